"""Sums of terms of every structure, drawn at random, against the dense Hessian."""

import random

import numpy as np
import pytest
from numpy.testing import assert_allclose

import symdiff as sd

A, B, K, L = sd.Var("A", (4, 4)), sd.Var("B", (3, 3)), sd.Var("K", (2, 4)), sd.Var("L", (3, 2))
a, b, c, X = sd.Var("a", (4,)), sd.Var("b", (3,)), sd.Var("c"), sd.Var("X", (4, 3))
TERMS = [
    sd.sum(sd.exp(A @ X)), sd.sum((A @ X) ** 2), sd.sum((X @ B) ** 2), sd.sum((K @ X) ** 3),
    sd.sum(sd.sin(X @ L)), sd.sum(X**4), c * sd.sum(X**2), sd.sum((X * b) ** 2),
    sd.sum(X, axis=0) @ (b * sd.sum(X, axis=0)), sd.sum(a * sd.sum(X, axis=1) ** 2),
    sd.sum(sd.logsumexp(X, axis=0)), sd.sum(sd.logsumexp(X, axis=1) * a), (a @ X @ b) ** 2,
    sd.sum(sd.exp(X @ b)), sd.sum(sd.exp(a @ X)), sd.trace(X.T @ A @ X), sd.sum(X) ** 3,
    sd.sum((X[1:] - X[:-1]) ** 4), sd.sum(sd.outer(X @ b, a) ** 2), sd.sum((A @ X @ B) ** 2),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_a_sum_of_terms(seed):
    draw = random.Random(seed)
    f = sum(draw.sample(TERMS, draw.choice([1, 2, 3])))
    H = sd.hessian(f, X, structured=True)
    values = [np.random.default_rng(seed).standard_normal(v.shape) for v in H.variables]
    dense = np.reshape(sd.compile(sd.hessian(f, X), H.variables)(*values), (12, 12))
    at = H.compile()(*values)
    columns = np.random.default_rng(seed + 1).standard_normal((12, 3))
    close = {"rtol": 1e-9, "atol": 1e-10 * max(1, np.abs(dense).max())}
    assert_allclose(at.dense().reshape(12, 12), dense, **close)
    assert_allclose(at.diagonal().ravel(), np.diag(dense), **close)
    assert_allclose(at @ columns, dense @ columns, **close)
    assert_allclose(
        at @ columns[:, 0].reshape(4, 3), (dense @ columns[:, 0]).reshape(4, 3), **close
    )
    if np.linalg.cond(dense) < 1e8:
        assert_allclose(dense @ at.solve(columns), columns, atol=1e-5)
