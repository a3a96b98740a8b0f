"""Structured Jacobians and Hessians as SciPy's arrays, against dense ones and differences."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

import symdiff as sd
from symdiff.errors import ArgumentError, KindError, MissingVariable, ShapeError

x, c = sd.Var("x", (30,)), sd.Var("c", (29,))
X = sd.Var("X", (6, 4))
STEP = 0.1
PLACES = np.random.default_rng(5).integers(0, 30, (40, 2))


def pendulum(z):
    """Defects of the trapezoidal rule for angles and speeds, 15 points each."""
    angle, speed = z[:15], z[15:]
    force = -sd.sin(angle)
    return sd.concatenate(
        [
            angle[1:] - angle[:-1] - STEP / 2 * (speed[1:] + speed[:-1]),
            speed[1:] - speed[:-1] - STEP / 2 * (force[1:] + force[:-1]),
        ]
    )


CASES = {
    "differences": (x[1:] - x[:-1], x, "sparse"),
    "squares": (c * x[1:] ** 2 - x[:-1] * x[5], x, "sparse"),
    "collocation": (pendulum(x), x, "sparse"),
    "pairs": ((x[PLACES[:, 0]] - x[PLACES[:, 1]]) ** 3, x, "sparse"),
    "rows": (sd.softmax(X, axis=1), X, "sparse"),
    "sums of rows": (sd.sum(X**3, axis=1), X, "sparse"),
    "one value": (sd.sum(x**2), x, "dense"),
    "running sums": (sd.cumsum(x**2), x, "dense"),
    "a full matrix": (sd.sin(np.arange(60.0).reshape(2, 30) @ x), x, "dense"),
    "nothing": (c**2, x, "sparse"),
    "itself": (x, x, "sparse"),
    "a node": (sd.sin(x)[1:] * sd.sin(x)[:-1], sd.sin(x), "sparse"),
}


def point_of(variables, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=v.shape) for v in variables]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("format", ["csr", "csc", "coo"])
def test_jacobians(name, format):
    F, wrt, kind = CASES[name]
    J = sd.jacobian(F, wrt, structured=True)
    assert J.kind == kind
    assert J.shape == (F.size, wrt.size)
    assert str(J).startswith(kind)
    run = J.compile(format=format)
    values = point_of(J.variables)
    dense = sd.compile(sd.jacobian(F, wrt), J.variables)(*values).reshape(J.shape)
    found = run(*values)
    assert found.format == format
    assert found.shape == J.shape
    assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-13)
    assert_allclose(
        J.evaluate(dict(zip(J.variables, values, strict=True))).toarray(), dense, 1e-12, 1e-13
    )
    out = np.full(run.nnz, np.nan)
    again = run(*values, out=out)
    assert_allclose(again.toarray(), found.toarray(), rtol=0)
    assert np.shares_memory(again.data, out) or not run.nnz
    assert_allclose(run.data(*values), found.data, rtol=0)
    copy = pickle.loads(pickle.dumps(run))
    assert_allclose(copy(*values).toarray(), found.toarray(), rtol=0)


def test_jacobians_are_slopes():
    F = pendulum(x)
    run = sd.jacobian(F, x, structured=True).compile()
    value = sd.compile(F, x)
    point, v = point_of([x, x])
    along = (value(point + 1e-6 * v) - value(point - 1e-6 * v)) / 2e-6
    assert_allclose(run(point) @ v, along, rtol=1e-7, atol=1e-8)
    assert run.nnz == 14 * 4 * 2


@pytest.mark.parametrize("format", ["csr", "csc", "coo"])
@pytest.mark.parametrize(
    "f",
    [
        sd.sum(x**4), sd.sum(x[1:] ** 2 * x[:-1]), sd.sum(x) ** 3, sd.sum((x[1:] - x[0]) ** 4),
        sd.sum(sd.cumsum(x) ** 2), c @ (x[1:] - x[:-1] ** 3),
    ],
)  # fmt: skip
def test_hessians(f, format):
    H = sd.hessian(f, x, structured=True)
    run = H.compile([x, c], format=format)
    point = point_of([x, c])
    dense = sd.compile(sd.hessian(f, x), [x, c])(*point)
    found = run(*point)
    assert found.format == format
    assert_allclose(found.toarray(), dense, rtol=1e-11, atol=1e-11)
    assert run(*point, out=np.empty(run.nnz)).nnz == run.nnz


def test_the_hessian_of_a_lagrangian():
    """An objective plus multipliers times constraints, with one pattern for all multipliers."""
    y = sd.Var("y", (28,))
    f, g = sd.sum(x**4), pendulum(x)
    run = sd.hessian(f + y @ g, x, structured=True).compile([x, y], format="csc")
    point, weights = point_of([x, y])
    parts = sd.compile([sd.hessian(f, x), sd.hessian(y @ g, x)], [x, y])(point, weights)
    assert_allclose(run(point, weights).toarray(), sum(parts), rtol=1e-12, atol=1e-12)
    assert run(point, 0 * weights).nnz == run.nnz == 30


def test_errors():
    J = sd.jacobian(x[1:] * c, x, structured=True)
    run = J.compile([x, c])
    with pytest.raises(ArgumentError, match="csr, csc, coo"):
        J.compile(format="dia")
    with pytest.raises(KindError, match="one node"):
        sd.jacobian(x, [x, c], structured=True)
    with pytest.raises(ShapeError, match="29 floats"):
        run(*point_of([x, c]), out=np.empty(3))
    with pytest.raises(ShapeError, match="29 floats"):
        run(*point_of([x, c]), out=np.empty(29, dtype=np.float32))
    with pytest.raises(ShapeError, match="one point at a time"):
        run(np.ones((3, 30)), np.ones((3, 29)))
    with pytest.raises(MissingVariable, match="'c'"):
        J(x=np.ones(30))
    assert repr(J) == "<Jacobian by x, 29 x 30, sparse>"
    assert repr(run) == "<csr matrix of (x, c), 29 entries>"
