"""Every rule row is what it says: its exactness, its decrease, its condition, and that it fires."""

from __future__ import annotations

import math
import struct
from itertools import product

import mpmath
import pytest

import symdiff as sd
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Var
from symdiff.rewrite.cse import subs
from symdiff.rewrite.match import is_wildcard
from symdiff.rewrite.raw import bit_rows, exact_rows
from symdiff.rewrite.rules import EXACT, Rule, measure, rows
from symdiff.rewrite.stabilise import fast_rows, stabilise, stable_rows
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-310, -1e-310, 1.0, -1.0]
ORDINARY = [0.3, -0.7, 1.9, -2.6, 3.5, 0.0, 1.0, -1.0, 2.0, 1e-8, -1e-8, 12.0]
PATTERNS = [r for r in rows() if isinstance(r.left, Expr)]


def names(found: list[Rule]) -> list[str]:
    return [r.name for r in found]


def wildcards(row: Rule) -> list[Expr]:
    assert isinstance(row.left, Expr)
    return [n for n in postorder([row.left]) if is_wildcard(n)]


def truth_valued(row: Rule) -> set[Expr]:
    """Wildcards that stand for a condition."""
    assert isinstance(row.left, Expr)
    found = set()
    for node in postorder([row.left]):
        if node.op in (OPS["logical_and"], OPS["logical_or"], OPS["logical_not"]):
            found.update(node.args)
        elif node.op is OPS["where"]:
            found.add(node.args[0])
    return found


DOMAINS = [sd.REAL, sd.POSITIVE, sd.NEGATIVE]


def written(row: Rule, domain: sd.Interval = sd.REAL) -> tuple[Expr, Expr, list[Expr]]:
    """Both sides over user variables."""
    conditions = truth_valued(row)
    given = {}
    for w in wildcards(row):
        kind = "bool" if w in conditions else "real"
        whole = "integer" in row.name and kind == "real"
        given[w] = sd.Var(
            w.name, kind="int" if whole else kind, domain=sd.REAL if kind == "bool" else domain
        )
    left, right = subs([row.left, row.right], given)
    return left, right, [v for v in given.values() if v.op is Var]


def fitting(row: Rule) -> tuple[Expr, Expr, list[Expr]]:
    """Both sides over variables whose domain makes the condition known."""
    for domain in DOMAINS:
        left, right, variables = written(row, domain)
        if sd.simplify(left) is sd.simplify(right):
            return left, right, variables
    raise AssertionError(f"{row.name} does not fire in any domain")


def points(variables: list[Expr], values: list[float]) -> list[dict[Expr, object]]:
    choices: list[list[object]] = []
    for v in variables:
        if v.kind == "bool":
            choices.append([True, False])
        elif v.kind == "int":
            choices.append([-3, 0, 1, 7])
        else:
            choices.append([x for x in values if v.domain.contains(x) or v.domain == sd.REAL])
    return [dict(zip(variables, c, strict=True)) for c in product(*choices)]


def bits(value: object) -> bytes:
    number = float(value)  # type: ignore[arg-type]
    return b"nan" if math.isnan(number) else struct.pack("d", number)


@pytest.mark.parametrize("row", PATTERNS, ids=names(PATTERNS))
def test_it_fires_and_decreases(row: Rule) -> None:
    left, right, _ = fitting(row)
    assert measure([right]) < measure([left]), (str(left), str(right))


@pytest.mark.parametrize("row", PATTERNS, ids=names(PATTERNS))
def test_it_holds_wherever_the_left_side_is_finite(row: Rule) -> None:
    left, right, variables = fitting(row)
    checked = 0
    for point in points(variables, ORDINARY):
        before, after = mp_evaluate([left, right], point)
        if isinstance(before, bool) or mpmath.isfinite(before):
            checked += 1
            assert mpmath.almosteq(mpmath.mpf(after), mpmath.mpf(before), 1e-35, 1e-35), point
    assert checked >= 1


CONDITIONAL = [r for r in PATTERNS if r.when and not truth_valued(r) and "integer" not in r.name]


@pytest.mark.parametrize("row", CONDITIONAL, ids=names(CONDITIONAL))
def test_a_condition_that_is_not_known_keeps_it_from_firing(row: Rule) -> None:
    left, right, _ = written(row)
    assert sd.simplify(left) is not sd.simplify(right)


BITWISE = [r for r in exact_rows() if isinstance(r.left, Expr)]


@pytest.mark.parametrize("row", BITWISE, ids=names(BITWISE))
def test_exact_rows_keep_every_bit(row: Rule) -> None:
    left, right, variables = written(row)
    assert sd.simplify(left, exact=True) is sd.simplify(right, exact=True)
    for point in points(variables, SPECIAL + ORDINARY):
        before, after = sd.evaluate([left, right], point)
        assert bits(before) == bits(after), point


@pytest.mark.parametrize("row", bit_rows(), ids=names(bit_rows()))
def test_arithmetic_rows_decrease(row: Rule) -> None:
    left, right, _ = written(row)
    assert measure([right]) < measure([left])


ULP = mpmath.mpf(2) ** -53


def error(e: Expr, point: dict[Expr, object]) -> float:
    """The relative error of the float value, in ulp."""
    exact = mp_evaluate(e, point, digits=60)
    value = sd.evaluate(e, point)
    if not mpmath.isfinite(exact) or exact == 0 or abs(exact) < 1e-290 or abs(exact) > 1e290:
        return 0.0
    if not math.isfinite(value):
        return math.inf
    return float(abs(mpmath.mpf(value) / exact - 1) / (2 * ULP))


WIDE = [
    s * m * 10.0**k
    for s in (1, -1)
    for m in (1, 2.37, 7.1)
    for k in (-12, -5, -2, -1, 0, 1, 2, 5, 150)
]


@pytest.mark.parametrize("row", stable_rows(), ids=names(stable_rows()))
def test_stable_rows_have_no_larger_error(row: Rule) -> None:
    left, right, variables = written(row)
    values = WIDE if len(variables) == 1 else WIDE[::3]
    before = max(error(left, p) for p in points(variables, values))
    after = max(error(right, p) for p in points(variables, values))
    assert after <= max(before, 4.0), (before, after)
    assert stabilise([left])[0] is not left


POWERS = [2, 3, 4, 5, 6, 7, -1, -2, -3, 0.5, 1.5, 2.5, -0.5]


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_by_products_stay_within_three_ulp(exponent: float) -> None:
    x = sd.Var("x")
    before = x**exponent
    (after,) = stabilise([before])
    assert not any(n.op is OPS["pow"] for n in postorder([after]))
    for value in WIDE:
        if value > 0 or exponent == int(exponent):
            exact = mp_evaluate(before, {x: value}, digits=60)
            if 1e-290 < abs(exact) < 1e290:
                found = mpmath.mpf(sd.evaluate(after, {x: value}))
                assert abs(found / exact - 1) <= 3 * 2 * ULP, value


def test_every_fast_row_fires() -> None:
    x = sd.Var("x")
    for e in (x**3, sd.square(x), x / 8, sd.log(sd.Const(10)), sd.sqrt(sd.pi)):
        assert stabilise([e])[0] is not e
    assert len(fast_rows()) == 3


def test_every_row_has_its_own_name() -> None:
    found = names([*rows(), *bit_rows()])
    assert len(set(found)) == len(found)
    assert all(r.exactness in type(EXACT) for r in rows())
    assert all(isinstance(r.left, (Expr, Op)) for r in rows())
