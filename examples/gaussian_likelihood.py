"""A Gaussian log-likelihood (log-determinant, solve) and its gradients by mean and covariance.

Run: python examples/gaussian_likelihood.py
"""

import numpy as np

import symdiff as sd

n, d = 400, 3
x, mu, S = sd.Var("x", (d,)), sd.Var("mu", (d,)), sd.Var("S", (d, d))
f = -sd.logdet(S) / 2 - (x - mu) @ sd.solve(S, x - mu) / 2
by_mean, by_covariance = sd.grad(f, [mu, S])
curvature = sd.hessian(f, mu)

print("log-likelihood of one observation (without its constant)\n   ", f)
for name, found in (
    ("gradient by the mean", by_mean),
    ("gradient by the covariance", by_covariance),
    ("hessian by the mean", curvature),
):
    print(name, found, sd.pretty(found), sd.latex(found), sep="\n    ")

rng = np.random.default_rng(0)
mixing = rng.normal(size=(d, d))
data = rng.normal(size=(n, d)) @ mixing.T + rng.normal(size=d)
mean, covariance = rng.normal(size=d), mixing @ mixing.T + np.eye(d)

# All observations in one call: the axis in front of x is a batch, mean and covariance are shared.
scores = sd.compile([by_mean, by_covariance], [x, mu, S])
each_mean, each_covariance = scores(data, mean, covariance)
assert each_mean.shape == (n, d)
assert each_covariance.shape == (n, d, d)

# Against the closed forms, with the scatter matrix C: n S⁻¹(x̄ − μ) and (S⁻¹·C·S⁻¹ − n S⁻¹)/2.
precision = np.linalg.inv(covariance)
scatter = (data - mean).T @ (data - mean)
score = n * precision @ (data.mean(axis=0) - mean)
slope = (precision @ scatter @ precision - n * precision) / 2
np.testing.assert_allclose(each_mean.sum(axis=0), score, rtol=1e-11)
np.testing.assert_allclose(each_covariance.sum(axis=0), slope, rtol=1e-10)
np.testing.assert_allclose(sd.evaluate(curvature, {S: covariance}), -precision, rtol=1e-12)

# The same by matrices: the trace of S⁻¹·C for the whole data set.
C = sd.Var("C", (d, d))
whole = sd.grad(-n * sd.logdet(S) / 2 - sd.trace(sd.solve(S, C)) / 2, S)
print("gradient by the covariance, for all observations", whole, sd.pretty(whole), sep="\n    ")
np.testing.assert_allclose(sd.evaluate(whole, {S: covariance, C: scatter}), slope, rtol=1e-10)

# Both gradients are zero at the sample mean and the sample covariance.
best = scores(data, data.mean(axis=0), np.cov(data.T, bias=True))
assert max(np.abs(each.sum(axis=0)).max() for each in best) < 1e-9
