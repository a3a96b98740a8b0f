"""Gradient descent on x² − 20x + 100, step by step; the minimum is at 10.

Run: python examples/minimise_quadratic.py
"""

import numpy as np

import symdiff as sd


def descend(start=50.0, learning_rate=0.1, steps=50, dtype=np.float32):
    """The point after each step."""
    x = sd.Variable(start, dtype=dtype, name="x")
    path = []
    for step in range(steps):
        with sd.GradientTape() as tape:
            loss = x**2 - 20 * x + 100
        if step == 0:
            print("loss =", tape.graph(loss))
        slope = tape.gradient(loss, x)
        x.assign_sub(learning_rate * slope)
        path.append(x.numpy().item())
    return path


def main():
    path = descend()
    for step in (1, 2, 3, 10, 20, 37, 50):
        print(f"step {step:2}   x = {path[step - 1]:.6f}")
    assert [round(x, 2) for x in path[:3]] == [42.0, 35.6, 30.48]
    assert f"{path[36]:.6f} {path[49]:.6f}" == "10.010385 10.000570"

    # Each step shrinks the distance to 10 by the factor 1 − 2·0.1, here in double precision.
    exact = [10 + 40 * 0.8 ** (step + 1) for step in range(50)]
    np.testing.assert_allclose(descend(dtype=np.float64), exact, rtol=1e-14)

    # The same by an optimiser, and in one step by Newton's method: the Hessian is 2 everywhere.
    x = sd.Variable(50.0, name="x")
    optimizer = sd.optimizers.SGD(learning_rate=0.1)
    for _ in range(50):
        optimizer.minimize(lambda: x**2 - 20 * x + 100, [x])
    print("SGD, 50 steps   ", x.numpy())
    np.testing.assert_allclose(x.numpy(), exact[-1], rtol=1e-14)
    found = sd.minimize(lambda x: x**2 - 20 * x + 100, 50.0, method="Newton-CG")
    print("sd.minimize     ", found.x, "in", found.nit, "steps")
    np.testing.assert_allclose(found.x, 10, rtol=1e-12)


if __name__ == "__main__":
    main()
