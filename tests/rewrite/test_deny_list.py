"""Famous wrong simplifications: each is wrong at a point where the original is finite."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.backend.evaluate import evaluate
from symdiff.expr import Expr
from symdiff.leaves import const
from symdiff.rewrite.simplify import simplify
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

x, y, z = sd.vars("x y z")
p = sd.Var("p", domain=sd.POSITIVE)
n, m = sd.Var("n", kind="int"), sd.Var("m", kind="int")
A, B, C = (sd.Var(name, (2, 2)) for name in "ABC")
u, v, w = (sd.Var(name, (2,)) for name in "uvw")
t = sd.Var("t", ())
empty = sd.Var("empty", (0,))
row, column = sd.Var("row", (1, 2)), sd.Var("column", (2, 1))

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
a_matrix, another = [[1.0, 2.0], [3.0, 5.0]], [[2.0, -1.0], [0.5, 4.0]]
a_vector = [1.5, -2.0]

Row = tuple[Expr, Expr, dict[Expr, Any]]  # expression, what it is not, a point where they differ

ROOTS_AND_POWERS: list[Row] = [
    (sd.sqrt(x**2), x, {x: -2.0}),
    ((x**2) ** HALF, x, {x: -2.0}),
    ((x**2) ** Fraction(3, 2), x**3, {x: -2.0}),
    ((x**4) ** Fraction(1, 4), x, {x: -2.0}),
    ((x**6) ** THIRD * p, p * x * sd.abs(x), {x: -2.0}),
    ((x**y) ** z, x ** (y * z), {x: -2.0, y: 2.0, z: 0.5}),
    ((x**y) ** HALF, x ** (y / 2), {x: -2.0, y: 2.0}),
    (sd.cbrt(x**2) ** Fraction(3, 2), x, {x: -8.0}),
    (sd.sqrt(x * y), sd.sqrt(x) * sd.sqrt(y), {x: -2.0, y: -3.0}),
    (sd.sqrt(x / y), sd.sqrt(x) / sd.sqrt(y), {x: -2.0, y: -3.0}),
    (sd.sqrt(1 / x**2), 1 / x, {x: -2.0}),
    (1 / sd.sqrt(x**2), 1 / x, {x: -1.0}),
    (sd.sqrt(x**2 * y), x * sd.sqrt(y), {x: -1.0, y: 1.0}),
    (sd.sqrt(x - y) * sd.sqrt(x - y) / sd.sqrt((x - y) ** 2), const(-1), {x: 3.0, y: 1.0}),
    (sd.sqrt((x - 1) ** 2), x - 1, {x: 0.25}),
    (sd.sqrt(x**2 + y**2), x + y, {x: 3.0, y: 4.0}),
    ((x + y) ** 2, x**2 + y**2, {x: 1.0, y: 1.0}),
    ((x + y) ** -1, 1 / x + 1 / y, {x: 1.0, y: 1.0}),
    ((x * y) ** z, x**z * y**z, {x: -2.0, y: -3.0, z: 0.5}),
    ((x / y) ** z, x**z / y**z, {x: -2.0, y: -3.0, z: 0.5}),
    (-(x**2), (-x) ** 2, {x: 1.0}),
    ((-x) ** y, -(x**y), {x: 3.0, y: 2.0}),
    ((-x) ** HALF, -sd.sqrt(x), {x: -1.0}),
    (2**x * 3**x, 5**x, {x: 1.0}),
    (2 ** (x + y), 2**x + 2**y, {x: 3.0, y: 1.0}),
    (x ** (y**z), (x**y) ** z, {x: 2.0, y: 3.0, z: 2.0}),
    (0**x, const(0), {x: 0.0}),
    (x**0, const(0), {x: 0.0}),
    (x**y / x, x**y, {x: 2.0, y: 1.0}),
    (x**-y, -(x**y), {x: 2.0, y: 2.0}),
    (1 / (x + y), 1 / x + 1 / y, {x: 2.0, y: 1.0}),
    (x / (y + z), x / y + x / z, {x: 2.0, y: 1.0, z: 1.0}),
    (x - (y - z), x - y - z, {x: 2.0, y: 1.0, z: 1.0}),
    (x / (y / z), x / y / z, {x: 2.0, y: 1.0, z: 3.0}),
]  # fmt: skip

EXPONENTIALS: list[Row] = [
    (sd.log(x * y), sd.log(x) + sd.log(y), {x: -2.0, y: -3.0}),
    (sd.log(x / y), sd.log(x) - sd.log(y), {x: -2.0, y: -3.0}),
    (sd.log(x**2), 2 * sd.log(x), {x: -2.0}),
    (sd.log(x**y), y * sd.log(x), {x: -2.0, y: 2.0}),
    (sd.log(sd.abs(x)), sd.log(x), {x: -1.0}),
    (sd.log(x + y), sd.log(x) + sd.log(y), {x: 1.0, y: 1.0}),
    (sd.log(x) ** 2, 2 * sd.log(x), {x: 3.0}),
    (sd.log(x) / sd.log(y), sd.log(x / y), {x: 3.0, y: 5.0}),
    (sd.log1p(x), sd.log(x), {x: 1.0}),
    (sd.xlogy(x, x), x * sd.log(x), {x: 0.0}),
    (sd.xlogy(x**y, x), x**y * sd.log(x), {x: 0.0, y: 1.0}),
    (sd.exp(x) + sd.exp(y), sd.exp(x + y), {x: 0.0, y: 0.0}),
    (sd.exp(x * y), sd.exp(x) * sd.exp(y), {x: 0.0, y: 1.0}),
    (sd.exp(x) ** y, sd.exp(x**y), {x: 2.0, y: 3.0}),
    (sd.cosh(x) + sd.sinh(x), sd.exp(-x), {x: 1.0}),
    (sd.sigmoid(-x), -sd.sigmoid(x), {x: 1.0}),
    (sd.softplus(-x), sd.softplus(x), {x: 1.0}),
    (sd.logaddexp(x, y), x + y, {x: 1.0, y: 2.0}),
    (sd.lgamma(x), sd.log(sd.gamma(x)), {x: -0.5}),
    (sd.erfc(-x), sd.erfc(x), {x: 1.0}),
    (sd.gamma(x + 1), x * sd.gamma(x) + 1, {x: 2.5}),
]  # fmt: skip

BRANCH_CUTS: list[Row] = [
    (sd.atan(sd.tan(x)), x, {x: 3.0}),
    (sd.asin(sd.sin(x)), x, {x: 3.0}),
    (sd.acos(sd.cos(x)), x, {x: -1.0}),
    (sd.acosh(sd.cosh(x)), x, {x: -1.0}),
    (sd.atan2(sd.sin(x), sd.cos(x)), x, {x: 5.0}),
    (sd.atan2(y, x), sd.atan(y / x), {x: -1.0, y: 1.0}),
    (sd.atan2(y, x), sd.pi / 2 - sd.atan2(x, y), {x: -1.0, y: -1.0}),
    (sd.atan(x) + sd.atan(1 / x), sd.pi / 2, {x: -1.0}),
    (sd.atan(x) + sd.atan(y), sd.atan((x + y) / (1 - x * y)), {x: 2.0, y: 3.0}),
    (sd.acos(-x), sd.acos(x), {x: 0.5}),
    (sd.sqrt(1 - sd.sin(x) ** 2), sd.cos(x), {x: 3.0}),
    (sd.sqrt(sd.tan(x) ** 2 + 1), 1 / sd.cos(x), {x: 3.0}),
    (sd.sqrt(sd.cosh(x) ** 2 - 1), sd.sinh(x), {x: -1.0}),
    (sd.sin(x + y), sd.sin(x) + sd.sin(y), {x: 1.0, y: 1.0}),
    (sd.sin(2 * x), 2 * sd.sin(x), {x: 1.0}),
    (sd.sin(x) ** 2, sd.sin(x**2), {x: 2.0}),
    (1 / sd.sin(x), sd.asin(x), {x: 0.5}),
    (sd.log(sd.sin(x) ** 2), 2 * sd.log(sd.sin(x)), {x: -1.0}),
]  # fmt: skip

STEPS: list[Row] = [
    (sd.abs(x), x, {x: -1.0}),
    (sd.abs(x + y), sd.abs(x) + sd.abs(y), {x: 1.0, y: -1.0}),
    (sd.abs(x - y), sd.abs(x) - sd.abs(y), {x: 1.0, y: -1.0}),
    (sd.abs(x) ** 3, x**3, {x: -1.0}),
    (x * sd.abs(x), x**2, {x: -1.0}),
    (sd.hypot(x, 0), x, {x: -1.0}),
    (sd.sign(x), const(1), {x: -1.0}),
    (sd.sign(x) ** 2, const(1), {x: 0.0}),
    (sd.sign(x + y), sd.sign(x) + sd.sign(y), {x: 1.0, y: 1.0}),
    (sd.sign(x) * sd.sign(y) + 1, sd.where(x * y >= 0, 2, 0), {x: 0.0, y: 1.0}),
    (sd.maximum(x, y), x, {x: 0.0, y: 1.0}),
    (sd.maximum(x, 0), x, {x: -1.0}),
    (sd.minimum(x, -x), -x, {x: -1.0}),
    (sd.maximum(x * y, x * z), x * sd.maximum(y, z), {x: -1.0, y: 1.0, z: 2.0}),
    (sd.maximum(-x, -y), -sd.maximum(x, y), {x: 1.0, y: 2.0}),
    (sd.where(x > 0, x, -x), x, {x: -1.0}),
    (sd.where(x > 0, x, 0), x, {x: -1.0}),
    (sd.where(x >= 0, 1, 0) + sd.where(x <= 0, 1, 0), const(1), {x: 0.0}),
    (sd.where((x > 0) & (y > 0), x, y), sd.where(x > 0, x, y), {x: 1.0, y: -1.0}),
    (sd.where(sd.ne(x, 0), sd.sin(x) / x, 1), sd.sin(x) / x, {x: 0.0}),
    (sd.floor(x + HALF), sd.round(x), {x: 0.5}),
    (sd.floor(x) + sd.floor(-x), const(0), {x: 0.5}),
    (sd.floor(2 * x), 2 * sd.floor(x), {x: 0.5}),
    (sd.floor(x + y), sd.floor(x) + sd.floor(y), {x: 0.5, y: 0.5}),
    (sd.floor(-x), -sd.floor(x), {x: 0.5}),
    (-sd.floor(-x), sd.floor(x), {x: 0.5}),
    (sd.trunc(x), sd.floor(x), {x: -0.5}),
    (sd.round(x + 1), sd.round(x) + 1, {x: 0.5}),
    (sd.round(2 * x), 2 * sd.round(x), {x: 0.375}),
]  # fmt: skip

WHOLE_NUMBERS: list[Row] = [
    (sd.floor(n / 2) * 2, n, {n: 3}),
    (sd.floor(n / 2), sd.trunc(n / 2), {n: -3}),
    (sd.floor(n / m) * m, n, {n: -7, m: 2}),
    (sd.floor(-n / 2), -sd.floor(n / 2), {n: 3}),
    (sd.mod(x, 1), const(0), {x: 0.5}),
    (sd.mod(-n, 3), -sd.mod(n, 3), {n: 7}),
    (sd.mod(n, -m), sd.mod(n, m), {n: 7, m: 3}),
    (sd.mod(sd.mod(n, 4), 3), sd.mod(n, 3), {n: 4}),
    (sd.mod(n + m, 3), sd.mod(n, 3) + sd.mod(m, 3), {n: 2, m: 2}),
    (sd.mod(2 * n, 4), 2 * sd.mod(n, 4), {n: 3}),
    ((-1) ** n, const(-1), {n: 2}),
    (sd.cos(sd.pi * x), (-1) ** sd.floor(x), {x: 0.25}),
]  # fmt: skip

ARRAYS: list[Row] = [
    (A @ B, B @ A, {A: a_matrix, B: another}),
    (A @ B, A * B, {A: a_matrix, B: another}),
    (A**2, A @ A, {A: a_matrix}),
    (A @ A, A**2, {A: a_matrix}),
    ((A + B) @ (A - B), A @ A - B @ B, {A: a_matrix, B: another}),
    ((A @ B).T, A.T @ B.T, {A: a_matrix, B: another}),
    (sd.inv(A @ B), sd.inv(A) @ sd.inv(B), {A: a_matrix, B: another}),
    (sd.inv(A + B), sd.inv(A) + sd.inv(B), {A: a_matrix, B: another}),
    (sd.inv(2 * A), 2 * sd.inv(A), {A: a_matrix}),
    (sd.inv(A), 1 / A, {A: a_matrix}),
    (sd.inv(A).T, sd.inv(A), {A: a_matrix}),
    (sd.solve(A, B), B @ sd.inv(A), {A: a_matrix, B: another}),
    (sd.det(A + B), sd.det(A) + sd.det(B), {A: a_matrix, B: another}),
    (sd.det(2 * A), 2 * sd.det(A), {A: a_matrix}),
    (sd.det(-A), -sd.det(A), {A: a_matrix}),
    (sd.trace(A @ B), sd.trace(A) * sd.trace(B), {A: a_matrix, B: another}),
    (sd.trace(A @ B @ C), sd.trace(B @ A @ C), {A: a_matrix, B: another, C: [[0, 1], [2, 0]]}),
    (sd.trace(A @ B), sd.sum(A * B), {A: a_matrix, B: another}),
    (u @ A @ v, v @ A @ u, {A: a_matrix, u: a_vector, v: [1.0, 0.5]}),
    (sd.outer(u, v), sd.outer(v, u), {u: a_vector, v: [1.0, 0.5]}),
    (A @ u, u @ A, {A: a_matrix, u: a_vector}),
    (A * u, A * u[:, None], {A: a_matrix, u: a_vector}),
    (sd.diagonal(A @ B), sd.diagonal(A) * sd.diagonal(B), {A: a_matrix, B: another}),
    (sd.diag(sd.diagonal(A)), A, {A: a_matrix}),
    (sd.tril(A @ B), sd.tril(A) @ sd.tril(B), {A: a_matrix, B: another}),
    (sd.sum(u * v), sd.sum(u) * sd.sum(v), {u: a_vector, v: [1.0, 0.5]}),
    (sd.sum(u / v), sd.sum(u) / sd.sum(v), {u: a_vector, v: [1.0, 0.5]}),
    (sd.sum(u**2), sd.sum(u) ** 2, {u: a_vector}),
    (sd.sum(sd.abs(u)), sd.abs(sd.sum(u)), {u: a_vector}),
    (sd.sum(A, axis=0), sd.sum(A, axis=1), {A: a_matrix}),
    (sd.mean(u * v), sd.mean(u) * sd.mean(v), {u: a_vector, v: [1.0, 0.5]}),
    (sd.prod(u + v), sd.prod(u) + sd.prod(v), {u: a_vector, v: [1.0, 0.5]}),
    (sd.max(u + v), sd.max(u) + sd.max(v), {u: a_vector, v: [-1.0, 3.0]}),
    (sd.max(-u), -sd.max(u), {u: a_vector}),
    (sd.norm(u + v), sd.norm(u) + sd.norm(v), {u: a_vector, v: [1.0, 0.5]}),
    (sd.norm(-2 * u), -2 * sd.norm(u), {u: a_vector}),
    (sd.sqrt(sd.sum(u**2)), sd.sum(u), {u: a_vector}),
    (sd.cumsum(u)[::-1], sd.cumsum(u[::-1]), {u: a_vector}),
    (u[::-1], u, {u: a_vector}),
    (A.reshape(4), A.T.reshape(4), {A: a_matrix}),
    (sd.sum(t + u), t + sd.sum(u), {t: 0.5, u: a_vector}),
    (sd.sum(t * sd.ones((3,))), t, {t: 0.5}),
    (sd.sum(row + column), sd.sum(row) + sd.sum(column), {row: [[1, 2]], column: [[3], [5]]}),
    (sd.sum(row * column), sd.sum(row.T * column), {row: [[1, 2]], column: [[3], [5]]}),
    (sd.sum(empty), const(1), {empty: []}),
    (sd.prod(empty), const(0), {empty: []}),
    (sd.sum(x + 0 * empty), x, {empty: [], x: 3.0}),
]  # fmt: skip

DENIED = [*ROOTS_AND_POWERS, *EXPONENTIALS, *BRANCH_CUTS, *STEPS, *WHOLE_NUMBERS, *ARRAYS]

FLOATS: list[Row] = [  # equal over the reals, different in 64 bits
    ((x + 1e16) - 1e16, x, {x: 1.0}),
    ((x - 1e16) + 1e16, x, {x: 1.0}),
    (x + 1e16 - y, x - y, {x: 1.0, y: 1e16}),
    ((0.1 + x) + 0.2, x + 0.3, {x: 0.0}),
    (x / 3.0, x * (1 / 3.0), {x: 5.0}),
    (0.1234567890123 * (0.2345678901234 * x), 0.028958998520025 * x, {x: 1.0}),
    (x / 0.1, 10 * x, {x: 0.3}),
    (1e200 * (1e-200 * x), 1e-200 * (1e200 * x), {x: 1e200}),
    (x * 1e-320 * 1e300, x * 1e-20, {x: 1.0}),
    (sd.sqrt(x * 1e300), sd.sqrt(x) * 1e151, {x: 1.0}),
]  # fmt: skip


def _at(nodes: list[Expr], values: dict[Expr, Any]) -> dict[Expr, Any]:
    """A value for every variable in ``nodes``; arrays as arrays."""
    names = [node for node in postorder(nodes) if node.op is sd.Var]
    return {v: np.asarray(values[v]) if v.shape else values.get(v, 0.5) for v in names}


def _finite(value: Any) -> bool:
    return all(mpmath.isfinite(each) for each in np.ravel(value))


def _equal(left: Any, right: Any) -> bool:
    """Whether two values, the left one finite, have one shape and agree to 30 digits."""
    if np.shape(left) != np.shape(right) or not _finite(right):
        return False
    pairs = zip(np.ravel(left), np.ravel(right), strict=True)
    return all(mpmath.almosteq(a, b, 1e-30, 1e-30) for a, b in pairs)


@pytest.mark.parametrize(("e", "wrong", "values"), DENIED, ids=[str(e) for e, _, _ in DENIED])
def test_wrong_simplifications_do_not_happen(e: Expr, wrong: Expr, values: dict[Expr, Any]) -> None:
    found = simplify(e)
    original, false, new = mp_evaluate([e, wrong, found], _at([e, wrong], values))
    assert _finite(original)
    assert not _equal(original, false), "the row's wrong form is right there"
    assert _equal(original, new), f"{e} became {found}"
    assert found is not simplify(wrong)
    assert simplify(found) is found


@pytest.mark.parametrize(("e", "wrong", "values"), FLOATS, ids=[str(e) for e, _, _ in FLOATS])
def test_floats_are_not_regrouped(e: Expr, wrong: Expr, values: dict[Expr, Any]) -> None:
    original, false, new = evaluate([e, wrong, simplify(e)], _at([e, wrong], values))
    assert np.isfinite(original)
    assert original != false
    assert new == original


def test_the_list_is_long() -> None:
    assert len(DENIED) >= 60
    assert len({e for e, _, _ in DENIED}) >= 60
