"""Every stable row falls in the order of its table, holds in context, and fires on nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from as_written import as_written
from overlaps import overlaps, wildcards

import symdiff as sd
from symdiff.expr import OPS, Expr, Op, make
from symdiff.leaves import Const, Var
from symdiff.rewrite.cse import subs
from symdiff.rewrite.engine import rewritten
from symdiff.rewrite.match import is_wildcard
from symdiff.rewrite.row import Form, Rule
from symdiff.rewrite.table import Table
from symdiff.rewrite.tables.ahead import ahead, ahead_rows
from symdiff.rewrite.tables.cheap import fast_rows
from symdiff.rewrite.tables.growth import growth_rows
from symdiff.rewrite.tables.near_one import near_rows, sum_rows
from symdiff.rewrite.tables.reading import multiple_of, powers_of, terms_of
from symdiff.rewrite.tables.stabilise import _table, stabilise
from symdiff.rewrite.tables.stable import stable_rows
from symdiff.walk import postorder, rebuild
from symdiff.witness import mp_evaluate

a, b, c, d = (sd.Var(name) for name in "abcd")
p = sd.Var("p", domain=sd.POSITIVE)
V, A = sd.Var("V", (3,)), sd.Var("A", (2, 2))
length, longer = a**2 + b**2, a**2 + b**2 + c**2

FAMILY = (("lgamma", sd.lgamma), ("digamma", sd.digamma),
          ("trigamma", lambda x: sd.polygamma(1, x)))  # fmt: skip

EXAMPLES: dict[str, list[Expr]] = {
    "log of sum of exponentials": [
        sd.log(2 * sd.exp(a) + 3 * sd.exp(b)), sd.log(1 + p * sd.exp(a)),
        sd.log(1 + 2 * sd.exp(a) + sd.exp(b)), sd.log(sd.exp(a) + 2),
        sd.log(p * sd.exp(a) + sd.exp(b) + sd.exp(c)), sd.log(0 + sd.exp(a) + sd.exp(b)),
        sd.log(sd.exp(a) / 7 + p * sd.exp(b) * sd.exp(c) / 3), sd.log(p / sd.exp(a) + sd.exp(b)),
    ],
    "hypot of many": [sd.sqrt(longer), sd.sqrt(a**2 + 1 + b**2)],
    "quotient of what grows": [
        sd.exp(a) / (sd.exp(a) + 1) ** 2, sd.exp(a) / (sd.exp(a) + sd.exp(b)),
        c * sd.exp(a) * (1 - sd.exp(a)) / (d * (sd.exp(a) + 1) ** 3),
        sd.exp(a) * sd.exp(b) * (sd.exp(b) - sd.exp(a)) / (sd.exp(a) + sd.exp(b)) ** 3,
        sd.exp(a) * (sd.exp(a) + 1) / (sd.exp(a) - 1) ** 3, sd.exp(a) / (sd.exp(a) - sd.exp(b)),
        -sd.exp(2 * a) ** 2 / (1 + sd.exp(2 * a)) ** 3,
        b * (-sd.exp(a)) ** 2 / (sd.exp(a) + 1) ** 3,
        # more terms, weights, an exponent that is a sum, a divisor that is left over
        sd.exp(a) * (sd.exp(b) + sd.exp(c)) / (sd.exp(a) + sd.exp(b) + sd.exp(c)) ** 2,
        sd.exp(a + b) / (sd.exp(a) + sd.exp(b)) ** 2,
        sd.exp(2 * a + b) / (sd.exp(a) + sd.exp(b)) ** 3,
        sd.exp(2 * a) / (sd.exp(a) + 1) ** 2, sd.exp(b) ** 2 / sd.expm1(b) ** 3,
        sd.exp(a) / (sd.exp(a) + 2 * sd.exp(b) + p * sd.exp(c)),
        p * sd.exp(a) / (p * sd.exp(a) + sd.exp(b)),
        3 * sd.exp(-a) / (1 + 3 * sd.exp(-a)) ** 2, sd.exp(a) / (sd.exp(a) + sd.exp(b)) ** 2,
        (sd.exp(a) - c * sd.exp(b)) * sd.exp(b) / (sd.exp(a) + sd.exp(b)) ** 2,
        sd.exp(b) / (sd.exp(a) + sd.exp(b) + sd.exp(c) + 2 * sd.exp(d) + 3),
        # cosh and sinh
        -2 * sd.sinh(a) / sd.cosh(a) ** 3, 2 * (2 * sd.cosh(a) ** 2 - 3) / sd.cosh(a) ** 4,
        b * (sd.cosh(a) - 2 * b * sd.sinh(a)) / (c * sd.cosh(a) ** 3),
        2 * sd.cosh(a) / sd.sinh(a) ** 3, b / sd.cosh(a) ** 2, sd.exp(-a) / sd.cosh(a),
        (a * sd.sinh(a) + sd.cosh(a)) / (a * sd.cosh(a) + 1) ** 2,
        # lengths
        a * b / length**1.5, -(b**2) / length**1.5, 3 * a * (b**2 + c**2) / longer**1.5,
        c * a / length**1.5, a * b / (length * sd.sqrt(length)), (-a) * (-b) / length**1.5,
    ],
    "product with a quotient": [
        sd.exp(b) * (sd.exp(a) / (sd.exp(a) + sd.exp(b)) ** 2),
        -sd.exp(b) * (sd.exp(a) / (sd.exp(a) + sd.exp(b) + sd.exp(c)) ** 2),
        sd.exp(a) * (c / (sd.exp(a) + 1) - sd.exp(a) / (sd.exp(a) + 1) ** 2),
        sd.exp(b) * (c / (sd.exp(a) + sd.exp(b)) - d * (a / (sd.exp(a) + sd.exp(b)) ** 2)),
    ],
    "one in a sum": [
        1 + (b + sd.exp(a) * -1), (1 - sd.cos(a)) + (b - c), sd.Add(1 - sd.erf(a), -c, b),
        (b - sd.tanh(a) ** 2) + 1, -1 + (b * c + sd.cosh(a)), (b + 1) + sd.erf(a) + c,
        1 + sd.tanh(a), 1 + sd.erf(a), -1 + sd.sigmoid(a), b + sd.sqrt(1 + a) + -1,
    ],
    "one in a difference": [
        b + sd.tanh(a) ** 2 - 1, 1 - (b + sd.cos(a)), (sd.exp(a) - b) - 1, b - c - (1 - sd.erf(a)),
        (b - 1) - (c - sd.sigmoid(a)), b - (sd.cosh(a) + c - 1), (b - sd.tanh(a) * sd.tanh(a)) - -1,
        *[side for f in (sd.exp, sd.cos, sd.cosh, sd.sigmoid, sd.tanh, sd.erf)
          for side in (f(a) - 1, 1 - f(a))],
        1 - sd.tanh(a) ** 2, sd.tanh(a) * sd.tanh(a) - 1, 1 - 2 * sd.sigmoid(a),
        2 * sd.sigmoid(a) - 1, sd.sqrt(1 + a) - 1, 1 - sd.sqrt(1 - a),
        1 - (1 - a), 3 + (b - 2) - c, (a - 1) - (b - 1),
    ],
    "log of sum of exps": [sd.log(sd.sum(sd.exp(V))), sd.log(sd.sum(sd.exp(A), axis=0))],
    "log of det": [sd.log(sd.linalg.det(A @ A.T))],
    "log of size of det": [sd.log(sd.abs(sd.linalg.det(A)))],
    "log of softmax": [sd.log(sd.softmax(V))],
    "exps over their sum": [sd.exp(V) / sd.sum(sd.exp(V))],
    "difference of squares": [
        a**2 - b**2, a * a - b * b, sd.square(a) - b**2, 1 - a * a, a**2 - 1, 1 - (a + b) ** 2,
    ],
    "power of norm": [sd.norm(V) ** 2],
    "square of a length": [sd.square(sd.norm(V)), sd.square(sd.hypot(a, b))],
    "exp of lgammas": [sd.exp(sd.lgamma(a + 1) - sd.lgamma(a))],
    **{f"{name} one further": [f(a + 1) - f(a), f(a + 3) - f(a + 2)] for name, f in FAMILY},
    **{f"{name} one back": [f(a) - f(a + 1), f(a - 1) - f(a)] for name, f in FAMILY},
    "gamma one further": [sd.gamma(a + 1) / sd.gamma(a), sd.gamma(a + 2) / sd.gamma(1 + a)],
    "gamma one back": [sd.gamma(a) / sd.gamma(a + 1)],
    "multiple of gamma one further": [b * sd.gamma(a + 1) / sd.gamma(a)],
    "multiple of gamma one back": [b * sd.gamma(a - 1) / sd.gamma(a)],
}  # fmt: skip
CLOSE = [  # whole graphs that a row with one condition less would take for its own
    (sd.cosh(a) + 1) * (sd.cosh(a) + 2) / sd.cosh(a) ** 3,
    sd.cosh(a) * sd.sinh(b) / sd.cosh(b) ** 3, sd.sinh(a) ** 3 / sd.cosh(a) ** 2,
    sd.exp(a) * sd.exp(c) / (sd.exp(a) + sd.exp(b)) ** 2, sd.exp(a) / (sd.exp(b) + 1) ** 2,
    sd.exp(a) ** 2 / (sd.exp(a) + sd.exp(b)) ** 3, sd.exp(a) / (sd.exp(2 * a) + 1) ** 2,
    sd.sigmoid(a) - b, sd.sigmoid(a) * sd.sigmoid(b), sd.sigmoid(a - a) * sd.sigmoid(a),
    a * b / (a**2 + c**2) ** 1.5, a * c / (length * sd.sqrt(a**2 + c**2)), a**4 / length**1.5,
    sd.exp(a + b) ** 1.5 / (sd.exp(a) - sd.exp(b)) ** 3, sd.exp(2 * a) ** 1.5 / sd.expm1(a) ** 3,
    sd.log(sd.exp(a) - sd.exp(b)), sd.log(b * sd.exp(a) + 1), sd.atan(a + 2) - sd.atan(a),
    sd.gamma(a + 2) / sd.gamma(a), sd.polygamma(2, a + 1) - sd.polygamma(2, a),
]  # fmt: skip
TABLE = [*stable_rows(), *near_rows(), *growth_rows(), *sum_rows(), *ahead_rows()]


def lefts(row: Rule) -> list[Expr]:
    """What a row fires on, over variables."""
    if row.name in EXAMPLES:
        return EXAMPLES[row.name]
    assert isinstance(row.left, Expr)
    wild = [n for n in postorder([row.left]) if is_wildcard(n)]
    return [subs(row.left, {w: p if row.when and w.name == "b" else sd.Var(w.name) for w in wild})]


IDS = [row.name for row in TABLE]


def test_every_computed_row_has_examples() -> None:
    assert set(EXAMPLES) >= {row.name for row in TABLE if isinstance(row.left, Op)}
    assert set(EXAMPLES) <= {*IDS}
    assert len(set(IDS)) == len(IDS) - 1  # asinh, before and after its root is a hypot


# -- the order ----------------------------------------------------------------------------------

# A quotient with an exponential above the bar that is made of those below it stands above all; it
# is read as MIXED of that.  What stands further left may be replaced by what stands further right;
# then comes all else, and last a minus.
MIXED = OPS["j0"]
ORDER = """logical_not exp gamma lgamma digamma polygamma acosh acos asin atan log add square pow
sqrt cbrt log1p div cosh sinh mul""".split()  # noqa: SIM905
RANK = {OPS[name]: len(ORDER) - i for i, name in enumerate(ORDER)}
RANK |= {MIXED: len(ORDER) + 1, OPS["neg"]: -1}


def read(node: Expr) -> Expr:
    """A difference as a sum, sums of sums as one sum, and terms and factors in one order."""

    def image(new: Expr, old: Expr) -> Expr:
        new = ordered(new)
        is_product = old.op in (OPS["div"], OPS["mul"])
        is_inside = is_product and any(f.op is MIXED for f, _ in factors(new))
        return make(MIXED, (new,)) if is_product and not is_inside and is_mixed(old) else new

    def ordered(new: Expr) -> Expr:
        if new.op is OPS["sub"]:
            new = new.args[0] + -new.args[1]
        if new.op is OPS["add"]:
            terms = [t for x in new.args for t in _terms(x)]
            return make(new.op, tuple(sorted(terms, key=lambda n: n.digest)))
        if new.op is OPS["mul"]:
            return make(new.op, tuple(sorted(new.args, key=lambda n: n.digest)))
        return new

    return rebuild([node], image)[node]


def is_mixed(node: Expr) -> bool:
    """Whether a quotient has an exponential above the bar that is made of those below it."""
    above: list[set[Expr]] = []
    below: set[Expr] = set()
    for factor, exponent in factors(node):
        if factor.op in EXPONENTIAL:
            parts = {multiple_of(term)[1] for _, term in terms_of(factor.args[0])}
            above += [parts] if exponent > 0 else []
            below |= parts if exponent < 0 else set()
    return any(parts <= below for parts in above)


def factors(node: Expr) -> Iterator[tuple[Expr, Any]]:
    """The factors of a quotient and of the terms of sums in it, with exponents."""
    pending = [*powers_of(node).items()]
    while pending:
        factor, exponent = pending.pop()
        yield factor, exponent
        if factor.op in (OPS["add"], OPS["sub"]):
            terms = [powers_of(term).items() for _, term in terms_of(factor)]
            pending += [(f, e * exponent) for powers in terms for f, e in powers]


EXPONENTIAL = (OPS["exp"], OPS["expm1"])


def _terms(node: Expr) -> list[Expr]:
    if node.op is OPS["neg"] and node.args[0].op is OPS["add"]:
        return [t.args[0] if t.op is OPS["neg"] else -t for t in node.args[0].args]
    return [*node.args] if node.op is OPS["add"] else [node]


@cache
def above(s: Expr, t: Expr) -> bool:
    """The lexicographic path order; sums and products compare their arguments as multisets."""
    if s is t or not s.args:
        return False
    if t.op is Const or any(arg is t or above(arg, t) for arg in s.args):
        return True
    rank = RANK.get(s.op, 0) - RANK.get(t.op, 0)
    if rank > 0:
        return all(above(s, arg) for arg in t.args)
    if rank < 0 or s.op is not t.op or s.params != t.params:
        return False
    if s.op is OPS["add"] and len(t.args) < len(s.args):  # fewer terms, the new ones below all
        return all(above(s, arg) for arg in t.args if arg not in s.args)
    if s.op in (OPS["add"], OPS["mul"]):
        more = [arg for arg in s.args if arg not in t.args]
        less = [arg for arg in t.args if arg not in s.args]
        return bool(more) and all(any(above(m, n) for m in more) for n in less)
    turned = s.op is OPS["div"]
    pairs = list(zip(s.args, t.args, strict=True))[:: -1 if turned else 1]
    first = next(((m, n) for m, n in pairs if m is not n), None)
    return first is not None and above(*first) and all(above(s, arg) for arg in t.args)


def written_out(node: Expr) -> int:
    """Nodes, shared ones counted each time."""
    sizes: dict[Expr, int] = {}
    for n in postorder([node]):
        sizes[n] = 1 + sum([sizes[arg] for arg in n.args])
    return sizes[node]


def misplaced(node: Expr) -> int:
    pairs = [n.args for n in postorder([node]) if n.op.arity is None and len(n.args) == 2]
    return sum(second.op is Const and first.op is not Const for first, second in pairs)


def falls(before: Expr, after: Expr) -> bool:
    """First the path order, then fewer nodes, then constants that come first."""
    s, t = read(before), read(after)
    if above(s, t):
        return True
    sizes = [(written_out(n), misplaced(n)) for n in (before, after)]
    return s is t and sizes[1] < sizes[0]


class Watched(Table):
    """A table that holds every step to the order."""

    def __init__(self, watched: Table) -> None:
        super().__init__()
        self.rows, self.numbers, self.steps = watched.rows, watched.numbers, 0

    def rewrite(self, form: Form, node: Expr) -> Expr | None:
        found = super().rewrite(form, node)
        if found is not None and found is not node:
            self.steps += 1
            assert falls(node, found), (str(node), str(found))
        return found


def watched(e: Expr, fast: bool) -> int:
    table = Watched(_table(fast))
    rewritten([e], table)
    return table.steps


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_every_application_falls(row: Rule) -> None:
    for e in lefts(row):
        assert watched(e, fast=False)
        assert watched(e, fast=True)


@pytest.mark.parametrize("count", [300, pytest.param(1200, marks=pytest.mark.slow)])
def test_overlapping_rows_come_to_an_end(count: int) -> None:
    rows = [*stable_rows(), *near_rows(), *fast_rows(), *ahead_rows()]
    wholes = list(overlaps(rows))
    wild = {w for e in wholes for w in wildcards(e)}
    found = dict.fromkeys(subs(wholes, {w: sd.Var(w.name, w.shape) for w in wild}))
    assert len(found) >= 150
    nested = [e for row in TABLE for e in lefts(row) if not e.shape]
    terms = [subs(outer, {a: inner}) for outer, inner in product(nested, nested) if a in
             postorder([outer])]  # fmt: skip
    r = random.Random(0)
    for e in [*found, *r.sample(terms, count)]:
        watched(e, fast=False)
        watched(e, fast=True)


# -- in context, and near misses ----------------------------------------------------------------


def drawn(e: Expr, r: random.Random) -> dict[Expr, Any]:
    """A point where the variables of a graph have ordinary values."""
    point: dict[Expr, Any] = {}
    for v in postorder([e]):
        if v.op is Var:
            low = 0.1 if v.domain == sd.POSITIVE else r.choice([-2.5, 0.1])
            value = [r.uniform(low, 2.5) for _ in range(v.size)]
            point[v] = np.array(value).reshape(v.shape) if v.shape else value[0]
    return point


def values(outputs: list[Expr], point: dict[Expr, Any]) -> tuple[list[Any], float]:
    """Values, and the relative error that they may have; floats where there is no witness."""
    rounded = any(n.op is Const and type(n.params[0]) is float for n in postorder(outputs))
    try:
        return mp_evaluate(outputs, point, digits=50), 1e-14 if rounded else 1e-35
    except (TypeError, sd.SymdiffError):
        return as_written(outputs, point), 1e-9


def differ(before: Expr, after: Expr, count: int = 6) -> tuple[int, Any]:
    """At how many points the first has a real value, and one where the second has another."""
    r, seen = random.Random(str(before)), 0
    for _ in range(4 * count):
        point = drawn(before, r)
        try:
            (old, new), error = values([before, after], point)
        except (ZeroDivisionError, ValueError):
            continue
        pairs = list(zip(np.ravel(old), np.ravel(new), strict=True))
        if any(isinstance(m, (mpmath.mpc, complex)) or not mpmath.isfinite(m) for m, _ in pairs):
            continue
        seen += 1
        with mpmath.workdps(50):
            if any(not abs(m - n) <= error * (1 + abs(m)) for m, n in pairs):
                return seen, point
        if seen == count:
            break
    return seen, None


def forms(e: Expr) -> list[Expr]:
    return [*stabilise([e], fast=False), *stabilise([e]), *ahead([e])]


CONTEXTS = [
    lambda e, f: 3 * e + f, lambda e, f: f * e**2, lambda e, f: e / (2 + f * f), lambda e, f: f - e,
    lambda e, f: 1 - e,
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_it_holds_alone_and_in_context(row: Rule) -> None:
    for e in lefts(row):
        assert any(form is not e for form in forms(e))
        beside = [n for n in postorder([e]) if n.args and n.shape == e.shape][:3]
        for whole in (e, *[context(e, f) for context in CONTEXTS for f in beside]):
            for form in set(forms(whole)):
                seen, point = differ(whole, form)
                assert point is None, (str(whole), str(form), point)
                assert seen, str(whole)


UNARY = [OPS[n] for n in "exp log sin tanh cosh sigmoid neg sqrt expm1 erf softmax".split()]  # noqa: SIM905
BINARY = [OPS[n] for n in ("add", "sub", "mul", "div", "pow", "hypot")]


def near_misses(e: Expr) -> Iterator[Expr]:
    """The graph with one operation, number or use of a variable replaced by another one."""
    for node in postorder([e]):
        others: list[Expr] = []
        if node.op is Const:
            others = [sd.Const(v) for v in (1, 2, -1, 3) if v != node.value]
        elif len(node.args) == 1 and node.op.elementwise:
            others = [op(*node.args) for op in UNARY if op is not node.op and op.elementwise]
        elif len(node.args) == 2 and node.op.elementwise:
            others = [op(*node.args) for op in BINARY if op is not node.op]
            others += [make(node.op, node.args[::-1], node.params)]
            for i, arg in enumerate(node.args):
                if arg.op is Var and not arg.shape:
                    args = [*node.args]
                    args[i] = d
                    others.append(make(node.op, tuple(args), node.params))
        for other in others:
            if other.shape == node.shape and other is not node:
                yield rebuild([e], given={node: other})[e]


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_it_fires_on_nothing_else(row: Rule) -> None:
    for e in lefts(row):
        for near in near_misses(e):
            for form in set(forms(near)):
                if form is not near:
                    point = differ(near, form, 3)[1]
                    assert point is None, (str(near), str(form), point)


@pytest.mark.parametrize("e", CLOSE, ids=str)
def test_what_is_close_to_a_row_keeps_its_value(e: Expr) -> None:
    for form in set(forms(e)):
        seen, point = differ(e, form)
        assert seen
        assert point is None, (str(form), point)


def test_no_row_takes_the_root_of_a_square_for_its_base() -> None:
    for f in (
        sd.sqrt(sd.log(a**2 + 1)),
        (a**2) ** 0.5,
        sd.sqrt(1 - sd.cos(a)),
        sd.expm1(a * a) ** 1.5,
    ):
        for e in (f, sd.grad(f, a), sd.derivative(f, a, 2)):
            exact = mp_evaluate(e, {a: -0.34}, digits=50)
            assert sd.compile(e, a)(-0.34) == pytest.approx(float(exact), rel=1e-13)
