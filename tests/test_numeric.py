"""Difference quotients, the complex step, dual numbers, and the checks built on them."""

from __future__ import annotations

import math
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
from row_checks import SMOOTH, cases, points, slope

import symdiff as sd
from symdiff.backend.evaluate import evaluate
from symdiff.dual import Dual, evaluate_dual
from symdiff.errors import DerivativeMismatch, MissingPackage, NotScalar, SymdiffError
from symdiff.expr import OPS, Op
from symdiff.leaves import Var, const
from symdiff.numeric import (
    central_difference,
    complex_step,
    difference_hessian,
    forward_difference,
)
from symdiff.testing import check_adjoint, check_grad, error_bound, mp_derivative, mp_evaluate
from symdiff.walk import postorder


def f(x: Any, y: Any) -> Any:
    return x * x * y + y + 2


def test_the_textbook_numbers() -> None:
    by_x, by_y = forward_difference(f, [3, 4], step=1e-4)
    assert f"{by_x:.6f} {by_y:.6f}" == "24.000400 10.000000"
    assert central_difference(f, [3, 4]) == pytest.approx([24, 10], rel=1e-9)
    assert complex_step(f, [3, 4]) == [24.0, 10.0]
    assert difference_hessian(f, (3, 4)) == (
        pytest.approx((8, 6), abs=1e-6),
        pytest.approx((6, 0), abs=1e-6),
    )


def test_the_textbook_composition() -> None:
    x = sd.Var("x")
    z = sd.sin(x**2)
    exact = mp_derivative(z, {x: 3}, [(x, ())])
    assert f"{float(exact):.6f}" == "-5.466782"
    assert f"{forward_difference(z, {x: 3}, step=1e-4)[x]:.5f}" == "-5.46761"
    assert complex_step(z, {x: 3})[x] == pytest.approx(float(exact), rel=1e-15)
    assert evaluate_dual(z, {x: Dual(3, 1)}).eps == pytest.approx(float(exact), rel=1e-15)


def test_expressions_arrays_and_keywords() -> None:
    X, c = sd.Var("X", shape=(2, 2)), sd.Var("c")
    e = sd.sum(sd.exp(X) * c)
    at = {X: np.array([[0.0, 1.0], [2.0, 3.0]]), c: 2.0}
    for method in (forward_difference, central_difference, complex_step):
        found = method(e, at)
        assert list(found) == [X, c]
        np.testing.assert_allclose(found[X], 2 * np.exp(at[X]), rtol=1e-4)
        assert found[c] == pytest.approx(np.exp(at[X]).sum(), rel=1e-6)
    assert central_difference(lambda a, b: a * b, {"b": 5.0, "a": 2.0}) == pytest.approx(
        {"b": 2, "a": 5}
    )
    blocks = difference_hessian(e, at)
    assert blocks[X][X].shape == (2, 2, 2, 2)
    assert blocks[X][c].shape == (2, 2)
    np.testing.assert_allclose(blocks[X][c], np.exp(at[X]), rtol=1e-5)


def test_only_scalars_have_gradients() -> None:
    with pytest.raises(NotScalar):
        central_difference(lambda x: np.array([x, x]), [1.0])


# -- dual numbers --------------------------------------------------------------------------------


def test_dual_numbers_print_as_in_the_textbook() -> None:
    assert repr(Dual(3, 4) * Dual(5, 7)) == "15.0 + 41.0ε"
    assert repr(3 + Dual(3, 4)) == "6.0 + 4.0ε"
    assert repr(Dual(1, -2)) == "1.0 - 2.0ε"


def test_dual_numbers_through_a_python_function() -> None:
    assert f(Dual(3, 1), 4).eps == 24
    assert f(3, Dual(4, 1)).eps == 10
    assert f(Dual(3, 1), 4).value == 42


def test_dual_arithmetic() -> None:
    a, b = Dual(3, 4), Dual(5, 7)
    assert a + b == Dual(8, 11)
    assert a - 1 == Dual(2, 4)
    assert 1 - a == Dual(-2, -4)
    assert -a == Dual(-3, -4)
    assert +a is a
    assert (a / b).value == 0.6
    assert (a / b).eps == pytest.approx(-0.04, rel=1e-14)
    assert 1 / Dual(2, 1) == Dual(0.5, -0.25)
    assert a**2 == Dual(9, 24)
    assert 2 ** Dual(3, 1) == Dual(8, 8 * math.log(2))
    assert abs(Dual(-3, 4)) == Dual(3, -4)
    assert Dual(7, 1) % 4 == Dual(3, 1)
    assert (a < b) is True
    assert (a >= 3) is True
    assert a != b
    assert a == Dual(3, 4)
    assert Dual(3, 0) == 3


def test_dual_numbers_in_numpy_functions() -> None:
    assert np.exp(Dual(0, 2)) == Dual(1, 2)
    assert np.arctan2(Dual(0, 1), 2) == Dual(0, 0.5)
    assert np.maximum(Dual(2, 3), 1) == Dual(2, 3)
    with pytest.raises(SymdiffError):
        np.add.reduce(Dual(1, 2))


def test_dual_arrays() -> None:
    x = Dual([1.0, 2.0, 3.0], [1.0, 0.0, 2.0])
    y = np.sin(x) * x + np.array([1.0, 2.0, 3.0])
    at, dot = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 2.0])
    np.testing.assert_allclose(y.value, np.sin(at) * at + at, rtol=1e-15)
    np.testing.assert_allclose(y.eps, (np.cos(at) * at + np.sin(at)) * dot, rtol=1e-15)
    X = sd.Var("X", shape=(3,))
    total = evaluate_dual(sd.sum(X * X), {X: x})
    assert total == Dual(14, 14)


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_every_row_takes_dual_numbers(op: Op) -> None:
    """The ε part is the derivative of the row along the ε parts of the arguments."""
    for case in cases(op):
        p = points(case).T[5].tolist()
        dots = [1.0, -2.0, 0.5][: len(p)]
        at = dict(zip(case.wrt, p, strict=True))
        want = 0.0
        for v, dot in zip(case.wrt, dots, strict=True):
            graph = slope(case.node, v, "reverse")
            inputs = {n for n in postorder([graph]) if n.op is Var}
            want += dot * float(evaluate(graph, {n: x for n, x in at.items() if n in inputs}))
        duals = {v: Dual(x, dot) for v, x, dot in zip(case.wrt, p, dots, strict=True)}
        got = evaluate_dual(case.node, duals)
        assert got.eps == pytest.approx(want, rel=1e-12, abs=1e-15)
        assert got.value == evaluate(case.node, at)


def test_dual_numbers_as_values_of_variables() -> None:
    x, y = sd.vars("x y")
    e = x**2 * y + y + 2
    assert e(x=sd.Dual(3, 1), y=4) == Dual(42, 24)
    assert sd.evaluate(e, {x: 3, y: Dual(4, 1)}) == Dual(42, 10)
    batch = e(x=Dual([3.0, 1.0], [1.0, 0.0]), y=4)
    np.testing.assert_array_equal(batch.eps, [24, 0])


def test_dual_numbers_in_structures_and_without_a_slope() -> None:
    x, y = sd.vars("x y")
    found = evaluate_dual({"a": [x * y, y], "b": x > y}, {x: Dual(2, 1), y: 3})
    assert found["a"] == [Dual(6, 3), Dual(3, 0)]
    assert found["b"] is False


# -- checks --------------------------------------------------------------------------------------


FAST = [1e-9, 1e-3, 1, 4000, 1e6, 1e9]  # waves per unit; the last one leaves five digits


@pytest.mark.parametrize("scale", FAST)
@pytest.mark.parametrize("row", ["sin", "tanh", "atan", "expm1", "log1p"])
def test_check_grad_accepts_functions_of_any_scale(row: str, scale: float) -> None:
    x, y = sd.vars("x y")
    inner = scale * x if row in ("sin", "tanh", "atan") else -((scale * x) ** 2) / (1 + x * x)
    outer = OPS[row](inner if row != "log1p" else -inner)
    check_grad(y * outer + y * x, at={x: 0.3, y: 2.0})


def make_wrong_sine(error: float) -> Op:
    return sd.primitive("wrong_sine", np.sin, lambda x, out: (1 + error) * sd.cos(x))


@pytest.mark.parametrize("scale", FAST[1:-1])
def test_check_grad_refuses_a_fast_function_whose_rule_is_wrong(scale: float) -> None:
    x = sd.Var("x")
    wrong_sine = make_wrong_sine(1e-3)
    with pytest.raises(DerivativeMismatch):
        check_grad(wrong_sine(scale * x), at={x: 0.3}, order=1)
    with pytest.raises(DerivativeMismatch):
        check_grad(wrong_sine(scale * x) + sd.sin(scale * x), at={x: 0.3}, order=1)


def test_check_grad_accepts_what_is_right() -> None:
    x, y = sd.vars("x y")
    check_grad(x**2 * y + y + 2, at={x: 3, y: 4})
    check_grad(sd.exp(x * y) / (x + y), at={"x": 0.3, "y": 4})
    X, b = sd.Var("X", shape=(2, 3)), sd.Var("b", shape=(3,))
    check_grad(sd.sum(sd.tanh(X * b)) ** 2, at={X: np.arange(6.0).reshape(2, 3) / 5, b: [1, -1, 2]})
    with pytest.raises(NotScalar):
        check_grad(X, at={X: np.ones((2, 3))})


def test_the_mismatch_is_a_table() -> None:
    x = sd.Var("x")
    wrong = sd.stop_gradient(x) * x
    with pytest.raises(DerivativeMismatch) as info:
        check_grad(wrong, at={x: 3.0})
    assert isinstance(info.value, AssertionError)
    assert info.value.rows[0][0] == "forward df/dx"
    assert info.value.rows[0][1] == pytest.approx(6)
    assert info.value.rows[0][2] == 3
    assert "expected" in str(info.value)


def test_check_adjoint_accepts_structures() -> None:
    X, c = sd.Var("X", shape=(2, 3)), sd.Var("c")
    check_adjoint({"a": sd.sin(X) * c, "b": [sd.sum(X, axis=0), c**2]}, {X: np.ones((2, 3)), c: 2})


def test_the_bound_holds_and_is_not_slack() -> None:
    """The bound of a sum that cancels is about its error, thousands of times the value's ulp."""
    x = sd.Var("x")
    e = (x + 1e10) - 1e10
    worst, bound = 0.0, 0.0
    for p in np.linspace(0.1, 0.9, 50).tolist():
        error = abs(mpmath.mpf(evaluate(e, {x: p})) - mp_evaluate(e, {x: p}))
        bound = error_bound(e, {x: p})
        assert error <= bound
        worst = max(worst, float(error))
    assert worst > bound / 4
    assert worst > 1e-7


def test_the_bound_counts_what_is_rounded() -> None:
    x, y = sd.vars("x y")
    at = {x: 0.1, y: 0.7}
    assert error_bound(x, at) == 0
    assert error_bound(-abs(x), at) < 1e-300
    assert error_bound(x + y, at) == pytest.approx(0.8 * 2**-53)
    assert error_bound(OPS["add"](x, y, -y), at) == pytest.approx(2 * 1.5 * 2**-53)
    assert error_bound(sd.sqrt(const(2)) * x, at) > error_bound(x * x, at)
    batch = error_bound(x * y, {x: np.array([1.0, 2.0]), y: np.array([3.0, 4.0])})
    np.testing.assert_allclose(batch, [3 * 2**-53, 8 * 2**-53])
    X = sd.Var("X", shape=(3,))
    assert error_bound(sd.sum(X), {X: [1.0, -1.0, 1.0]}) >= 3 * 2**-53
    with pytest.raises(NotScalar):
        error_bound(X, {X: np.ones(3)})


def test_the_witness_reads_arrays_and_undefined_values() -> None:
    X = sd.Var("X", shape=(2,))
    found = mp_evaluate([sd.sum(X * X), sd.where(X > 0, sd.log(X), 0)], {X: [3.0, -1.0]})
    assert found[0] == 10
    assert found[1][1] == 0
    assert found[1][0] == mpmath.log(3) or abs(found[1][0] - mpmath.log(3)) < 1e-15
    x = sd.Var("x")
    assert mpmath.isnan(mp_evaluate(1 / x, {x: 0}))
    assert mpmath.isnan(mp_evaluate(sd.sqrt(x), {x: -1}))


def test_the_witness_names_the_package_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    x = sd.Var("x")
    with pytest.raises(MissingPackage, match="mpmath"):
        mp_evaluate(x, {x: 1})
