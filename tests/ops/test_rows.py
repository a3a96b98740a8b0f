"""Every row against mpmath: value, both modes, all four second derivatives, facts, conventions.

The loops are over the table of operations: a new row is covered without an edit here.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from math import inf, nan

import mpmath
import numpy as np
import pytest
from row_checks import (
    ELEMENTWISE,
    SMOOTH,
    cases,
    check_broadcast,
    check_facts,
    check_first,
    check_kinks,
    check_row,
    check_second,
    check_value,
    check_zero,
    interval,
    points,
)

import symdiff as sd
from symdiff.backend.evaluate import evaluate
from symdiff.calculus.derivatives import gradient, jacobian
from symdiff.domain import REAL
from symdiff.expr import Expr, Op
from symdiff.rule import NonDiff
from symdiff.testing import mp_evaluate

NONDIFF = [op for op in ELEMENTWISE if isinstance(op.rule, NonDiff)]
by_name = pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)


@by_name
def test_value_is_within_the_accuracy_of_the_row(op: Op) -> None:
    for case in cases(op):
        assert points(case).shape[1] >= 64
        check_value(case)


@by_name
def test_the_witness_keeps_its_digits_far_out_and_next_to_zero(op: Op) -> None:
    """At 50 digits it gives what it gives at 700: no difference from 1 has been rounded away."""
    sizes = (1e-300, 1e-30, 1e-9, 0.3, 1.5, 20.0, 300.0, 1e5)
    near_and_far = [sign * size for size in sizes for sign in (1, -1)]
    if op.param_names or "order" in op.facts or op.arity not in (1, 2):
        return  # functions of an order have none far out
    for args in product(near_and_far, repeat=op.arity):
        names = [sd.Var(f"x{i}") for i in range(op.arity)]
        given = dict(zip(names, args, strict=True))
        with suppress(ValueError, ZeroDivisionError, OverflowError, mpmath.libmp.NoConvergence):
            few, many = [mp_evaluate(op(*names), given, digits) for digits in (50, 700)]
            if mpmath.isfinite(few):
                assert abs(few - many) <= abs(many) * mpmath.mpf(10) ** -20, args


@by_name
def test_first_derivative_is_within_the_accuracy_of_the_row(op: Op) -> None:
    for case in cases(op):
        check_first(case)


@by_name
def test_second_derivative_in_all_four_orders_of_the_modes(op: Op) -> None:
    for case in cases(op):
        check_second(case)


@by_name
def test_broadcasting_is_undone(op: Op) -> None:
    for case in cases(op):
        check_broadcast(case)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_facts(op: Op) -> None:
    check_facts(op)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.kinks], ids=lambda op: op.name)
def test_conventions_at_kinks(op: Op) -> None:
    check_kinks(op)


@pytest.mark.parametrize("op", NONDIFF, ids=lambda op: op.name)
def test_operations_without_derivative(op: Op) -> None:
    check_zero(op)
    for case in cases(op):
        check_value(case)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_samples_lie_in_the_domain(op: Op) -> None:
    for case in cases(op):
        for i, row in enumerate(points(case), len(case.lead)):
            domain = interval(op.domain, i)
            assert ((row >= domain.low) & (row <= domain.high)).all()


# -- powers: the singular cases written down -----------------------------------------------------


def _slopes(x: float, y: float) -> tuple[float, float, float]:
    a, b = sd.vars("a b")
    f = a**b
    da, db = gradient(f, [a, b])
    assert da is not None
    assert db is not None
    point = {a: float(x), b: float(y)}
    scalar = evaluate([f, da, db], point)
    arrays = evaluate([f, da, db], {v: np.array([x]) for v, x in point.items()})
    np.testing.assert_array_equal(np.array(scalar, float), np.array(arrays, float)[:, 0])
    return tuple(map(float, scalar))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("x", "y", "value", "by_base", "by_exponent"),
    [
        (0, 0, 1, 0, -inf),  # 0**0 = 1; the slope by x is 0 for y = 0, at every x
        (0, 1, 0, 1, 0),
        (0, 2, 0, 0, 0),
        (0, 0.5, 0, inf, 0),
        (0, -1, inf, -inf, -inf),
        (-2, 2, 4, -4, nan),  # a negative base has a value at integer exponents only
        (-2, 3, -8, 12, nan),
        (-2, -1, -0.5, -0.25, nan),
        (-2, 0, 1, 0, nan),
        (-2, 0.5, nan, nan, nan),
        (2, 0, 1, 0, np.log(2)),
        (1, 5, 1, 5, 0),
    ],
)
def test_singular_powers(
    x: float, y: float, value: float, by_base: float, by_exponent: float
) -> None:
    found = _slopes(x, y)
    for got, want in zip(found, (value, by_base, by_exponent), strict=True):
        assert got == pytest.approx(want, rel=4e-16, nan_ok=True)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, -1, -2, 0.5, 1.5, -0.5, 2.0, 0.0])
@pytest.mark.parametrize("x", [0.0, 0.5, 2.0, -2.0, -0.5])
def test_constant_exponents(n: float, x: float) -> None:
    """The value and n*x**(n-1) as Python computes them; 0 for n = 0, also at x = 0."""
    a = sd.Var("a")
    slope = jacobian([a**n], [a])[0][0]
    got = 0.0 if slope is None else float(evaluate(slope, {a: x} if slope.args else {}))
    if n == 0:
        assert got == 0
    elif x == 0 and n < 1:
        assert np.isinf(got)
    elif x < 0 and n != int(n):
        assert np.isnan(got)
    else:
        assert got == pytest.approx(n * x ** (n - 1), rel=1e-15)


def test_constant_base() -> None:
    y = sd.Var("y")
    for base, at, want in ((2, 3.0, 8 * np.log(2)), (0, 2.0, 0.0), (1, 7.0, 0.0)):
        slope = jacobian([base**y], [y])[0][0]
        assert slope is not None
        assert float(evaluate(slope, {y: at})) == pytest.approx(want, rel=1e-15)


def test_the_derivative_by_an_exponent_holds_at_a_zero_base() -> None:
    """``xlogy`` in place of a product, which would be ``0 * -inf``."""
    x, y = sd.vars("x y")
    slope = jacobian([x**y], [y])[0][0]
    assert slope is not None
    for at in (0.5, 1.0, 2.0, 7.5):
        assert float(evaluate(slope, {x: 0.0, y: at})) == 0.0


def _nodes(e: Expr) -> list[Expr]:
    from symdiff.walk import postorder

    return postorder([e])


# -- the form of a derivative holds up to the limits of floats -----------------------------------

POWERS = (3, 4, 5, 6, 7, 8, 9, 9.4, 9.46, 30, 60, 511, 512, 600, 1000)
LARGE = [sign * 1.1 * 2.0**k for k in POWERS for sign in (1, -1)]


@pytest.mark.parametrize(
    "op",
    [op for op in SMOOTH if op.arity == 1 and "mixed" not in op.facts],
    ids=lambda op: op.name,
)
def test_derivatives_hold_their_digits_up_to_overflow(op: Op) -> None:
    """Far out, wherever the true derivative is a normal number, its float is right; never nan."""
    import mpmath

    from symdiff.testing import witness

    x = sd.Var("x")
    first = jacobian([op(x)], [x])[0][0]
    if first is None:
        return
    second = jacobian([first], [x])[0][0]
    f = witness(op, mpmath.mp)
    periodic = "increasing" not in op.facts and op.range.high == 1 and op.range.low == -1
    from_scipy = str(op.numpy).startswith("special.") and op.cost > 15
    digits = 60 if op.range == REAL else 350  # a slope of 1e-300 beside a value of 1
    reach = 1e9 if periodic else 1e3 if from_scipy else inf
    for p in LARGE:
        if not op.domain[0].contains(p) or (reach < abs(p)):
            continue
        with mpmath.mp.workdps(digits):
            a = mpmath.mpf(p)
            scaled = (lambda u, a=a: f(a + u)) if periodic else (lambda u, a=a: f(a * (1 + u)))
            unit = 1 if periodic else a
            truth = [mpmath.diff(scaled, 0, k) / unit**k for k in (1, 2)]
        for graph, want in zip((first, second), truth, strict=True):
            got = 0.0 if graph is None else float(evaluate(graph, {x: p} if _has(graph, x) else {}))
            if abs(want) > 1e308:
                assert np.isinf(got), (op.name, p)
            elif abs(want) < 1e-290:
                assert abs(got) < 1e-280, (op.name, p, got)
            else:
                assert abs(got - want) <= 1e-12 * abs(want), (op.name, p, got, float(want))


def _has(graph: Expr, x: Expr) -> bool:
    return x in _nodes(graph)


# -- rows made at run time -----------------------------------------------------------------------


def test_a_primitive_passes_the_same_checks() -> None:
    """A user's operation with a witness is checked like a row; a wrong partial is caught."""
    fields = {"mpmath": lambda mp, x: mp.exp(-x * x), "accuracy": (8.0, 16.0), "facts": "even"}
    bell = lambda x: np.exp(-x * x)
    interval_ = sd.Interval(-3.0, 3.0)
    right = sd.primitive("bell", bell, lambda x, out: -2 * x * out, domain=interval_, **fields)
    check_row(right)
    wrong = sd.primitive("bell", bell, lambda x, out: -2 * x, domain=interval_, **fields)
    with pytest.raises(AssertionError, match="bell"):
        check_row(wrong)
