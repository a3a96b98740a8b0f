"""Logistic regression by Newton's method, with the Hessian of the textbook: Xᵀ·diag(...)·X.

Run: python examples/logistic_regression.py
"""

import numpy as np

import symdiff as sd

X, w, y = sd.Var("X", (300, 4)), sd.Var("w", (4,)), sd.Var("y", (300,))
f = sd.sum(sd.log(1 + sd.exp(-y * (X @ w))))  # y is -1 or 1
gradient = sd.grad(f, w)
hessian = sd.hessian(f, w)

print("f        =", f)
print("gradient =", gradient)
print("         =", sd.pretty(gradient))
print("hessian  =", hessian)
print("         =", sd.pretty(hessian))
print("         =", sd.latex(hessian))
s = sd.sigmoid(-y * (X @ w))
assert gradient is sd.simplify(-X.T @ (y * s))
assert hessian is sd.simplify((X.T * (s * (1 - s) * y**2)) @ X)

rng = np.random.default_rng(0)
design = rng.normal(size=(300, 4))
chance = 1 / (1 + np.exp(-design @ [1.0, -2.0, 0.5, 0.0]))
label = np.where(rng.random(300) < chance, 1.0, -1.0)

step = sd.compile([f, gradient, hessian], [w, X, y])
weights = np.zeros(4)
print()
for iteration in range(20):
    loss, slope, curvature = step(weights, design, label)
    print(f"{iteration:2}  f = {loss:<20.15g} |gradient| = {np.linalg.norm(slope):.2e}")
    if np.linalg.norm(slope) < 1e-11:
        break
    weights = weights - np.linalg.solve(curvature, slope)
assert iteration <= 8

# At the minimum the fitted probabilities reproduce the moments of the data.
fitted = 1 / (1 + np.exp(-design @ weights))
np.testing.assert_allclose(design.T @ fitted, design.T @ (label == 1), atol=1e-10)
information = (design.T * (fitted * (1 - fitted))) @ design
np.testing.assert_allclose(curvature, information, rtol=1e-10)
print("\nweights         =", weights)
print("standard errors =", np.sqrt(np.diag(np.linalg.inv(curvature))))

# What is compiled is the stable form: far out the curvature is tiny, not zero.
far = sd.compile(sd.hessian(sd.log(1 + sd.exp(-w[0])), w[0]), w)(np.array([40.0, 0, 0, 0]))
np.testing.assert_allclose(far, np.exp(-40.0), rtol=1e-15)
