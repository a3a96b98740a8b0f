"""Hessians by inner values: sums over pairs, elements, neighbours, however they are connected."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import symdiff as sd


def pairs_of(points, i, j):
    """A Lennard-Jones energy of pairs of points."""
    inverse = 1 / sd.sum((points[i] - points[j]) ** 2, axis=1)
    return sd.sum(inverse**6 - 2 * inverse**3)


def cluster(count):
    grid = np.stack(np.meshgrid(*[np.arange(4.0)] * 3), axis=-1).reshape(-1, 3)[:count]
    return grid * 1.1 + np.random.default_rng(0).normal(size=(count, 3)) * 0.05


FIRST, SECOND = np.triu_indices(20, 1)
ARRAY, NEAR = sd.Var("points", (20, 3)), np.abs(FIRST - SECOND) <= 3
LINE = sd.Var("line", (60,))
WEIGHTS = np.linspace(1, 2, 59)
CONNECTED = {
    "all pairs": (pairs_of(ARRAY, FIRST, SECOND), "dense"),
    "neighbours": (pairs_of(ARRAY, FIRST[NEAR], SECOND[NEAR]) + sd.sum(ARRAY**4), "sparse"),
    "arrow": (sd.sum((LINE[:-1] ** 2 + LINE[-1] ** 2) ** 2 - 4 * LINE[:-1]), "sparse"),
    "arrow of differences": (sd.sum(WEIGHTS * (LINE[1:] - LINE[0]) ** 4), "sparse"),
    "arrow in a softmax": (
        sd.sum(sd.logsumexp(sd.stack([LINE[1:], LINE[:-1] * LINE[9]]), axis=0)), "sparse",
    ),
    "angles": (
        sd.sum(sd.cos(LINE[np.arange(0, 40)] - 2 * LINE[np.arange(40) // 2]) * LINE[5:45]),
        "sparse",
    ),
    "elements": (
        sd.sum(sd.exp(sd.sum((np.eye(3) + 1) * LINE[np.arange(30)[:, None] + [0, 9, 20]][:, None],
                             axis=2) / 9)),
        "sparse",
    ),
    "itself": (
        sd.sum((LINE[[0, 3, 5]] - LINE[[0, 4, 5]] * 2) ** 4 + LINE[[0, 0, 0]] ** 3), "sparse",
    ),
    "where and floor": (
        sd.sum(sd.where(LINE[1:] > 0, LINE[1:] ** 3, LINE[:-1] ** 3) * sd.floor(LINE[1:])),
        "sparse",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONNECTED)
def test_elements_that_are_connected(name):
    f, kind = CONNECTED[name]
    (x,) = [v for v in (ARRAY, LINE) if v.name in str(f)]
    H = sd.hessian(f, x, structured=True)
    assert H.kind == kind
    point = cluster(20) if x is ARRAY else np.random.default_rng(1).normal(size=60)
    at = H.compile(x)(point)
    dense = sd.compile(sd.hessian(f, x), x)(point).reshape(x.size, x.size)
    close = {"rtol": 1e-10, "atol": 1e-11 * np.abs(dense).max()}
    assert_allclose(at.dense().reshape(x.size, x.size), dense, **close)
    assert_allclose(at.tosparse().toarray(), dense, **close)
    pattern = at.tosparse() != 0
    assert (pattern != pattern.T).nnz == 0
    slope = sd.compile(sd.grad(f, x), x)
    v = np.random.default_rng(2).normal(size=x.shape)
    along = (slope(point + 1e-5 * v) - slope(point - 1e-5 * v)) / 2e-5
    assert_allclose(at @ v, along, rtol=1e-5, atol=1e-6 * np.abs(dense).max())


def test_entries_stay_where_a_value_is_zero():
    H = sd.hessian(sd.sum(LINE[1:] ** 3 * LINE[:-1]), LINE, structured=True)
    zero, other = H(line=np.zeros(60)).tosparse(), H(line=np.ones(60)).tosparse()
    assert (zero.indptr == other.indptr).all()
    assert (zero.indices == other.indices).all()
