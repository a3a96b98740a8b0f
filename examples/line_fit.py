"""Fitting lines: by |error| in single precision, by least squares, and in one Newton step.

Run: python examples/line_fit.py [folder]     (one plot; by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import symdiff as sd


def absolute_fit(epochs=1999):
    """y = 2x − 8 from ten exact points, by the sum of |error|, in float32 all the way."""
    x = sd.constant(np.array([8, 10, 6, 3, 7, 9, 13, 1, 0, 11], dtype=np.float32))
    y = 2 * x - 8
    m = sd.Variable(0.60823025, dtype=np.float32, name="m")
    c = sd.Variable(0.19983897, dtype=np.float32, name="c")
    for _ in range(epochs):
        with sd.GradientTape() as tape:
            loss = sd.sum(sd.abs(m * x + c - y))
        by_m, by_c = tape.gradient(loss, [m, c])
        m.assign_sub(0.001 * by_m)
        c.assign_sub(0.001 * by_c)
    return m.numpy(), c.numpy()


def data():
    """2.5x + 3 and noise."""
    np.random.seed(10)
    x = np.linspace(0, 10, 100)
    return x, 2.5 * x + 3 + np.random.normal(0, 1.5, 100)


def square_fit(optimizer, steps=10_000):
    """Slope and intercept by the sum of error² over 2m, from zero."""
    x, y = (sd.constant(values) for values in data())
    w, b = sd.Variable(0.0, name="w"), sd.Variable(0.0, name="b")
    for _ in range(steps):
        with sd.GradientTape() as tape:
            loss = sd.sum((w * x + b - y) ** 2) / (2 * 100)
        optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b], strict=True))
    return w.numpy().item(), b.numpy().item()


def newton_fit():
    """The same loss as a formula: its Hessian is constant, so one step is the solution."""
    x, y = data()
    X, Y, w, b = sd.Var("x", (100,)), sd.Var("y", (100,)), sd.Var("w"), sd.Var("b")
    loss = sd.sum((w * X + b - Y) ** 2) / (2 * 100)
    gradient, hessian = sd.grad(loss, [w, b]), sd.hessian(loss, [w, b])
    print("gradient =", *gradient, sep="\n    ")
    print("Hessian  =", hessian)
    slope, curvature = sd.compile([sd.stack(gradient), hessian], [w, b, X, Y])(0.0, 0.0, x, y)
    print("         =", *np.asarray(curvature).tolist(), sep="\n    ")
    return tuple((-np.linalg.solve(curvature, slope)).tolist())


def plot(lines, path):
    from matplotlib.figure import Figure

    x, y = data()
    best, intercept = lines["Newton, one step"]
    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes, below = figure.subplots(2, sharex=True, height_ratios=[3, 1])
    axes.scatter(x, y, s=14, color="0.55", label="100 points of 2.5x + 3 + noise")
    for (name, (w, b)), look in zip(lines.items(), ("C0-", "C1--", "C3:"), strict=True):
        axes.plot(x, w * x + b, look, lw=2, label=f"{name}: {w:.5f}x + {b:.5f}")
        below.plot(x, (w - best) * x + b - intercept, look, lw=2)
    axes.set(ylabel="y", title="Least squares, three ways")
    below.set(xlabel="x", ylabel="line − Newton's")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(folder):
    m, c = absolute_fit()
    print("by |error|:", m, c, "\n")
    assert (str(m), str(c)) == ("1.9022306", "-7.5542665")

    lines = {"Newton, one step": newton_fit()}
    lines["gradient descent"] = square_fit(sd.optimizers.SGD(learning_rate=0.001))
    lines["Adam"] = square_fit(sd.optimizers.Adam(learning_rate=0.001))
    for name, (w, b) in lines.items():
        print(f"{name:17} {w:.5f} {b:.5f}")
    expected = [(2.46137, 3.31226), (2.49752, 3.07187), (2.47430, 3.22909)]
    np.testing.assert_allclose(list(lines.values()), expected, atol=5.1e-6, rtol=0)
    try:
        plot(lines, folder / "line_fit.png")
        print("plot:", folder / "line_fit.png")
    except ImportError:
        print("no plot without matplotlib: pip install 'symdiff-engine[examples]'")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
