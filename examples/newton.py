"""Newton's method on Rosenbrock's function, with a compiled gradient and Hessian.

Run: python examples/newton.py
"""

import numpy as np

import symdiff as sd

x, y = sd.vars("x y")
f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
gradient = sd.grad(f, [x, y])
hessian = sd.hessian(f, [x, y])

print("f       =", f)
print("df/dx   =", gradient[0])
print("df/dy   =", gradient[1])
print("hessian =", hessian)
print()

step = sd.compile([f, sd.stack(gradient), hessian], [x, y])
point = np.array([-1.2, 1.0])
for iteration in range(20):
    value, g, H = step(*point.tolist())
    print(f"{iteration:2}  f = {value:<22.15g} x = {point[0]:<20.15g} y = {point[1]:.15g}")
    if np.linalg.norm(g) < 1e-12:
        break
    point = point - np.linalg.solve(H, g)

assert iteration == 7, iteration
np.testing.assert_allclose(point, [1.0, 1.0], rtol=0, atol=1e-15)
