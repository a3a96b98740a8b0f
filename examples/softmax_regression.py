"""Softmax regression: the gradient Xᵀ(softmax(X·W) − Y), and its Hessian as one tensor.

Run: python examples/softmax_regression.py
"""

import numpy as np

import symdiff as sd

X, W, Y = sd.Var("X", (120, 4)), sd.Var("W", (4, 3)), sd.Var("Y", (120, 3))
scores = X @ W
f = sd.sum(sd.logsumexp(scores, axis=1)) - sd.sum(Y * scores)  # the rows of Y are one-hot
gradient = sd.grad(f, W)
hessian = sd.hessian(f, W)

print("f        =", f)
print("gradient =", gradient)
print("         =", sd.pretty(gradient))
print("hessian  =", hessian)
assert gradient is sd.simplify(X.T @ (sd.softmax(X @ W, axis=1) - Y))
assert hessian.shape == (4, 3, 4, 3)

rng = np.random.default_rng(0)
design = rng.normal(size=(120, 4))
noisy = design @ rng.normal(size=(4, 3)) + rng.gumbel(size=(120, 3))
onehot = np.eye(3)[np.argmax(noisy, axis=1)]

# The classes have one direction too many (add a constant to all scores): lstsq takes that step.
step = sd.compile([f, gradient, hessian], [W, X, Y])
weights = np.zeros((4, 3))
print()
for iteration in range(20):
    loss, slope, curvature = step(weights, design, onehot)
    print(f"{iteration:2}  f = {loss:<20.15g} |gradient| = {np.linalg.norm(slope):.2e}")
    if np.linalg.norm(slope) < 1e-11:
        break
    newton = np.linalg.lstsq(curvature.reshape(12, 12), slope.ravel(), rcond=1e-10)[0]
    weights = weights - newton.reshape(4, 3)
assert iteration <= 10

# Against the formula of the textbook: blocks Xᵀ·diag(p_j(δ_jk − p_k))·X.
p = np.exp(design @ weights)
p /= p.sum(axis=1, keepdims=True)
np.testing.assert_allclose(design.T @ p, design.T @ onehot, atol=1e-10)
for j in range(3):
    for k in range(3):
        block = (design.T * (p[:, j] * ((j == k) - p[:, k]))) @ design
        np.testing.assert_allclose(curvature[:, j, :, k], block, rtol=1e-9, atol=1e-11)
print("\naccuracy =", np.mean(np.argmax(p, axis=1) == np.argmax(onehot, axis=1)))
