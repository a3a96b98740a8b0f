"""Hessians by inner values: sums over pairs, elements, neighbours, however they are connected."""

import random

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


LEAVES = (
    lambda x, draw, rng: x[draw.randrange(6) :][:4],
    lambda x, draw, rng: x[rng.integers(0, 9, 4)],
    lambda x, draw, rng: x[draw.randrange(9)],
    lambda x, draw, rng: x[rng.integers(0, 9, 4)] - x[rng.integers(0, 9, 4)],
    lambda x, draw, rng: draw.choice([2, -1, 0.5]) * x[::-1][:4] + 1,
    lambda x, draw, rng: sd.sum(sd.reshape(x, (3, 3)), axis=0)[[0, 1, 1, 2]],
    lambda x, draw, rng: np.array([1.0, 2.0, -1.0, 0.5]) * x[:4],
    lambda x, draw, rng: sd.sum(x[rng.integers(0, 9, (4, 3))] ** 3, axis=1),
)
STEPS = (
    lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b, lambda a, b: sd.sin(a),
    lambda a, b: a**2, lambda a, b: sd.where(b > 0, a, sd.exp(-a * a)),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_connected_at_random(seed):
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    x = sd.Var("x", (9,))
    a, b, c = [draw.choice(LEAVES)(x, draw, rng) for _ in range(3)]
    F = draw.choice(STEPS)(draw.choice(STEPS)(a, b), c)
    if draw.random() < 0.3:
        F = sd.concatenate([sd.reshape(F, (-1,)), sd.reshape(a**2, (-1,)), np.zeros(2)])
    f, point = sd.sum(F * draw.choice([1, 2])) + sd.sum(a * c), rng.normal(size=9)
    dense, slopes = sd.compile([sd.hessian(f, x), sd.jacobian(F, x)], x)(point)
    close = {"rtol": 1e-10, "atol": 1e-10 * (1 + np.abs(dense).max())}
    H = sd.hessian(f, x, structured=True)
    assert_allclose(H(x=point).dense(), dense, **close)
    assert_allclose(H.compile(x, format="csr")(point).toarray(), dense, **close)
    J = sd.jacobian(F, x, structured=True).compile(x, format="csc")
    assert_allclose(J(point).toarray(), slopes.reshape(F.size, 9), **close)
