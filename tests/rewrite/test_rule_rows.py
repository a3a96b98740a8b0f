"""Every rule row is what it says: its exactness, its decrease, its condition, and that it fires."""

from __future__ import annotations

import math
import random
import struct
from itertools import product

import mpmath
import pytest
from as_written import as_written
from counting import measure
from scalar_checks import compare_exactly

import symdiff as sd
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Var
from symdiff.rewrite.cse import subs
from symdiff.rewrite.match import is_wildcard
from symdiff.rewrite.row import EXACT, FAST, Rule
from symdiff.rewrite.rules import rows
from symdiff.rewrite.tables.bits import bit_rows, exact_rows
from symdiff.rewrite.tables.cheap import fast_rows
from symdiff.rewrite.tables.stabilise import stabilise
from symdiff.rewrite.tables.stable import stable_rows
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-310, -1e-310, 1.0, -1.0, 0.5]
ORDINARY = [0.3, -0.7, 1.9, -2.6, 3.5, 0.0, 1.0, -1.0, 2.0, 1e-8, -1e-8, 12.0]
FAR = [1e300, -1e300, 1e155, -1e155, 1e-300, -1e-300, 5e-324, 0.5, -0.999]
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


DOMAINS = [sd.REAL, sd.POSITIVE, sd.NEGATIVE, sd.UNIT]


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
    r = random.Random(row.name)
    found = points(variables, ORDINARY + FAR)
    found = compare_exactly([left], [right], r.sample(found, min(len(found), 300)))
    assert not found.wrong, found.wrong[0]
    assert found.count


@pytest.mark.parametrize("row", PATTERNS, ids=names(PATTERNS))
def test_no_number_becomes_nan(row: Rule) -> None:
    """In floats: infinities, zeros, the largest and the smallest numbers."""
    left, right, variables = fitting(row)
    r = random.Random(row.name)
    found = points(variables, [x for x in SPECIAL + FAR if not math.isnan(x)])
    for point in r.sample(found, min(len(found), 300)):
        before, after = as_written([left, right], point)
        assert not (math.isfinite(before) and math.isnan(after)), point


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
        before, after = as_written([left, right], point)
        assert bits(before) == bits(after), point


@pytest.mark.parametrize("row", bit_rows(), ids=names(bit_rows()))
def test_arithmetic_rows_decrease(row: Rule) -> None:
    left, right, _ = written(row)
    assert measure([right]) < measure([left])


ULP = mpmath.mpf(2) ** -53
POINTS = 300


def conditioning(e: Expr, point: dict[Expr, object]) -> float:
    """One ulp of the value and of each input, in ulp of the value: the unit of ``accuracy``."""
    exact = mp_evaluate(e, point, digits=400)
    total = mpmath.mpf(1)
    step = mpmath.mpf(10) ** -100
    for v, value in point.items():
        moved = mp_evaluate(e, {**point, v: mpmath.mpf(value) * (1 + step)}, digits=400)
        total += abs(moved / exact - 1) / step
    return float(total)


def error(e: Expr, point: dict[Expr, object], exact: mpmath.mpf) -> float:
    """The error of the float value in ulp."""
    (value,) = as_written([e], point)
    return float(abs(mpmath.mpf(value) / exact - 1) / ULP / 2) if math.isfinite(value) else math.inf


def somewhere(r: random.Random) -> float:
    """A number of any size, often near 0 or 1, where differences cancel."""
    sign = r.choice([1, -1])
    draws = [
        r.uniform(-3, 3), r.uniform(-40, 40), r.uniform(-700, 700),
        sign * 10 ** r.uniform(-12, 0), sign * (1 + r.choice([1, -1]) * 10 ** r.uniform(-12, -1)),
        sign * 10 ** r.uniform(-200, 200),
    ]  # fmt: skip
    return r.choice(draws)


@pytest.mark.parametrize("row", stable_rows(), ids=names(stable_rows()))
def test_stable_rows_have_no_larger_error(row: Rule) -> None:
    left, right, variables = written(row, sd.POSITIVE if row.when else sd.REAL)
    r = random.Random(row.name)
    extra = 3 if row.exactness is FAST else 1
    pairs = []
    with mpmath.workdps(400):
        while len(pairs) < POINTS:
            point: dict[Expr, object] = {v: somewhere(r) for v in variables}
            if r.random() < 0.2:  # all of one size, where squares over- or underflow
                size = r.uniform(-200, 200)
                point = {v: 10 ** (size + r.uniform(-1, 1)) for v in variables}
            elif r.random() < 0.3:  # labels, and functions next to their limits
                point = {v: r.choice([0.0, 1.0, 40.0, -40.0]) for v in variables}
            point = {v: x if v.domain.contains(x) else abs(x) or 1.0 for v, x in point.items()}
            exact = mp_evaluate(left, point, digits=400)
            if mpmath.isfinite(exact) and 1e-290 < abs(exact) < 1e290:
                pairs.append((point, *[error(e, point, exact) for e in (left, right)]))
        assert max(after for _, _, after in pairs) <= max(before for _, before, _ in pairs)
        for point, before, after in pairs:
            assert after <= before + extra or after <= before + conditioning(left, point), point
    assert stabilise([left])[0] is not left


WIDE = [
    s * m * 10.0**k
    for s in (1, -1)
    for m in (1, 2.37, 7.1)
    for k in (-12, -5, -2, -1, 0, 1, 2, 5, 150)
]
POWERS = [2, 3, 4, 5, 6, 7, -1, -2, -3, 0.5, 1.5, 2.5, -0.5]


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_by_products_stay_within_three_ulp(exponent: float) -> None:
    whole = exponent == int(exponent)
    x = sd.Var("x", domain=sd.REAL if whole else sd.NONNEGATIVE)
    before = x**exponent
    (after,) = stabilise([before])
    assert not any(n.op is OPS["pow"] for n in postorder([after]))
    for value in WIDE:
        if value > 0 or whole:
            exact = mp_evaluate(before, {x: value}, digits=60)
            if 1e-290 < abs(exact) < 1e290:
                found = mpmath.mpf(*as_written([after], {x: value}))
                assert abs(found / exact - 1) <= 3 * 2 * ULP, value


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_by_products_keep_infinities_and_nans(exponent: float) -> None:
    x = sd.Var("x")
    before = x**exponent
    (after,) = stabilise([before])
    for value in (math.inf, -math.inf, math.nan, 0.0, -0.0, -1.0):
        old, new = as_written([before, after], {x: value})
        assert old == new or (math.isnan(old) and math.isnan(new)), value


def test_every_fast_row_fires() -> None:
    x = sd.Var("x")
    minus = (-(-x * sd.sin(x)), -(-x / sd.sin(x)))
    for e in (
        x**3,
        sd.square(x),
        x / 8,
        sd.log(sd.Const(10)),
        sd.sqrt(sd.pi),
        x + 1,
        x * 3,
        *minus,
    ):
        assert stabilise([e])[0] is not e
    assert len(fast_rows()) == 7
    assert all(stabilise([e])[0] is e for e in (x / 3, x / 0.1, x / 6))


def test_every_row_has_its_own_name() -> None:
    found = names([*rows(), *bit_rows()])
    assert len(set(found)) == len(found)
    assert all(r.exactness in type(EXACT) for r in rows())
    assert all(isinstance(r.left, (Expr, Op)) for r in rows())


@pytest.mark.parametrize("row", PATTERNS, ids=names(PATTERNS))
def test_it_holds_at_multiples(row: Rule) -> None:
    """A wildcard of a product may stand for a number times a node, of which the number is apart."""
    left, _, variables = fitting(row)
    reals = [v for v in variables if v.kind == "real"]
    p = sd.Var("p", domain=sd.POSITIVE)
    whole = subs(left, {v: (2 + i) * p for i, v in enumerate(reals)}) * sd.Var("q") + 1
    r = random.Random(row.name)
    others = [v for v in variables if v.kind != "real"]
    found = [{**point, p: r.uniform(0.1, 0.9)} for point in points(others, ORDINARY)][:20]
    found = [{**point, sd.Var("q"): 1.5} for point in found]
    compared = compare_exactly([whole], [sd.simplify(whole)], found)
    assert not compared.wrong, compared.wrong[0]
