"""Least squares: the gradient and the Hessian as matrix formulas; one Newton step is the solution.

Run: python examples/least_squares.py
"""

import numpy as np

import symdiff as sd

X, w, y = sd.Var("X", (200, 5)), sd.Var("w", (5,)), sd.Var("y", (200,))
f = sd.sum((X @ w - y) ** 2)
gradient = sd.grad(f, w)
hessian = sd.hessian(f, w)

print("f        =", f)
print("gradient =", gradient)
print("         =", sd.pretty(gradient))
print("         =", sd.latex(gradient))
print("hessian  =", hessian)
assert str(gradient) == "2*X.T @ (X @ w - y)"
assert str(hessian) == "2*X.T @ X"

rng = np.random.default_rng(0)
design = rng.normal(size=(200, 5))
target = design @ rng.normal(size=5) + 0.1 * rng.normal(size=200)

# A quadratic function: from anywhere, one step of Newton's method ends at the minimum.
newton = sd.compile([gradient, hessian], [w, X, y])
start = rng.normal(size=5)
slope, curvature = newton(start, design, target)
fitted = start - np.linalg.solve(curvature, slope)
np.testing.assert_allclose(slope, 2 * design.T @ (design @ start - target), rtol=1e-12)
np.testing.assert_allclose(curvature, 2 * design.T @ design, rtol=1e-13)
np.testing.assert_allclose(fitted, np.linalg.lstsq(design, target)[0], rtol=1e-12)

# Extra axes in front are a batch: the slope at 1,000 starts for the same data in one call.
starts = rng.normal(size=(1000, 5))
slopes = sd.compile(gradient, [w, X, y])(starts, design, target)
np.testing.assert_allclose(slopes, 2 * (starts @ design.T - target) @ design, rtol=1e-9)
print("\nfitted   =", fitted)
