"""Ridge regression: the minimum, how it moves with the penalty, and leave-one-out errors.

Run: python examples/ridge.py
"""

import numpy as np

import symdiff as sd

X, w, y, lam = sd.Var("X", (50, 8)), sd.Var("w", (8,)), sd.Var("y", (50,)), sd.Var("lam")
f = sd.sum((X @ w - y) ** 2) + lam * sd.sum(w**2)
gradient = sd.grad(f, w)
hessian = sd.hessian(f, w)

print("f         =", f)
print("gradient  =", gradient)
print("          =", sd.pretty(gradient))
print("hessian   =", hessian)
print("          =", sd.pretty(hessian))
assert str(gradient) == "2*(lam*w + X.T @ (X @ w - y))"
assert str(hessian) == "2*(lam*eye(8) + X.T @ X)"

rng = np.random.default_rng(0)
design = rng.normal(size=(50, 8))
target = design @ rng.normal(size=8) + rng.normal(size=50)
gram = design.T @ design

slope, curvature = sd.compile([gradient, hessian], [w, X, y, lam])(np.zeros(8), design, target, 3.0)
fitted = -np.linalg.solve(curvature, slope)
closed = np.linalg.solve(gram + 3 * np.eye(8), design.T @ target)
np.testing.assert_allclose(fitted, closed, rtol=1e-12)

# The minimum as an expression: its derivative by the penalty is one more formula.
minimum = sd.linalg.solve(X.T @ X + lam * sd.eye(8), X.T @ y)
drift = sd.jacobian(minimum, lam)
print("d minimum =", drift)
print("          =", sd.pretty(drift))
found = sd.evaluate(drift, {X: design, y: target, lam: 3.0})
np.testing.assert_allclose(found, -np.linalg.solve(gram + 3 * np.eye(8), closed), rtol=1e-11)

# The Jacobian of the fit by the data is the hat matrix; its trace the degrees of freedom.
hat = sd.jacobian(X @ minimum, y)
print("hat       =", hat)
freedom = sd.evaluate(sd.trace(hat), {X: design, lam: 3.0})
singular = np.linalg.svd(design, compute_uv=False) ** 2
np.testing.assert_allclose(freedom, np.sum(singular / (singular + 3)), rtol=1e-12)
print("\ndegrees of freedom =", freedom)
