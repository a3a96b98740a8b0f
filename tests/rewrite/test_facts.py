"""What is inferred of a value never contradicts a sample: over every row, and on random graphs.

The truth is mpmath at 50 digits for what holds over the reals, NumPy's floats for what is said of
computed values.
"""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from fact_checks import HALVES, HOSTILE, check_computed, check_real, is_inside, samples
from oracle.running import made
from oracle.subject import Subject
from row_checks import ELEMENTWISE

import symdiff as sd
from symdiff.domain import Interval
from symdiff.expr import Expr, Op
from symdiff.leaves import Var, const
from symdiff.rewrite.facts.facts import Facts
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

x, y, z = sd.vars("x y z")
p = sd.Var("p", domain=sd.POSITIVE)
q = sd.Var("q", domain=sd.NONNEGATIVE)
u = sd.Var("u", domain=sd.UNIT)
n = sd.Var("n", kind="int")


def _moderate(point: tuple[float, ...]) -> bool:
    """Whether 120 digits tell ``tanh(x)`` from 1 and ``exp(x)`` from 1 or 0."""
    return all(v == 0 or 1e-9 < abs(v) < 12 for v in point)


ROWS = [op for op in ELEMENTWISE if "order" not in op.facts]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_bounds_of_every_row_hold(op: Op) -> None:
    count = 2 if op.arity is None else op.arity
    choices = HALVES if count < 3 else HALVES[:6]
    for domains in product(choices, repeat=count):
        if count > 1 and HALVES.index(domains[0]) % 3 and HALVES.index(domains[-1]) % 4:
            continue
        args = [sd.Var(f"v{i}", domain=d) for i, d in enumerate(domains)]
        node = op(*args)
        grids = [samples(d, 3)[:: 1 if count == 1 else 5] for d in domains]
        points = list(product(*grids))[:: 1 if count < 3 else 7]
        facts = Facts()
        for point in points if count == 1 else points[:60]:
            values = dict(zip(args, point, strict=True))
            try:
                check_real(facts, node, mp_evaluate(node, values, 120), _moderate(point))
            except (OverflowError, mpmath.libmp.NoConvergence, ValueError):
                continue  # the witness has no value there
        columns = {a: np.array(c) for a, c in zip(args, zip(*points, strict=True), strict=True)}
        for value in np.atleast_1d(sd.evaluate(node, columns)):
            check_computed(facts, node, value)


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_facts_of_random_graphs_hold(start: int) -> None:
    for seed in range(start, start + 100):
        subject = Subject(made(seed, "scalars", 0))
        nodes, facts = postorder([subject.f]), Facts()
        for point in subject.case.points:
            found = mp_evaluate(nodes, subject.by_variable(point), 50)
            defined: set[Expr] = set()  # every number on the way is finite
            for node, value in zip(nodes, found, strict=True):
                if mpmath.isfinite(value) and defined.issuperset(node.args):
                    defined.add(node)
                    check_real(facts, node, value, strict=False)


@pytest.mark.parametrize("start", range(1000, 1400, 100))
def test_computed_values_of_random_graphs_lie_where_they_should(start: int) -> None:
    for seed in range(start, start + 100):
        nodes, facts = postorder([Subject(made(seed, "scalars", 0)).f]), Facts()
        for a, b in zip(HOSTILE, HOSTILE[5:] + HOSTILE[:5], strict=True):
            given = {"x": a, "y": b, "p": abs(a) or 1e-300, "q": abs(b) or 1e-300}
            point = {v: given[v.name] for v in nodes if v.op is Var}
            for node, value in zip(nodes, sd.evaluate(nodes, point), strict=True):
                check_computed(facts, node, value)


BOUNDS = [
    (x**2 + 1, Interval(1, math.inf, True)),
    (sd.exp(x), sd.POSITIVE),
    (sd.cosh(x) - 1, sd.NONNEGATIVE),
    (2 - sd.sigmoid(x), Interval(1, 2)),
    (sd.sin(x) * sd.tanh(y), Interval(-1, 1)),
    (1 / (x**2 + 1), Interval(0, 1, False, True)),
    (sd.exp(-(x**2)), Interval(0, 1, False, True)),
    (sd.sqrt(p + 1), Interval(1, math.inf)),
    (sd.where(x > 0, sd.sin(y), 2), Interval(-1, 2, True, True)),
    (sd.clip(x, -1, 3), Interval(-1, 3, True, True)),
    (sd.maximum(x, 2), Interval(2, math.inf, True)),
    (sd.mod(x, 3), Interval(0, 3, True)),
    (sd.floor(u), Interval(0, 0, True, True)),
    (u * (1 - u), Interval(0, 1)),
    (sd.sum(sd.Var("X", (3,)) ** 2), sd.NONNEGATIVE),
    (sd.Var("X", (3, 2), domain=sd.UNIT)[0] + 1, Interval(1, 2)),
    (sd.Var("X", (3, 3)) @ sd.Var("X", (3, 3)), sd.REAL),
    (sd.outer(sd.Var("v", (3,)), sd.Var("v", (3,))), sd.REAL),
    (sd.Var("v", (3,)) @ sd.Var("v", (3,)), sd.NONNEGATIVE),
    (const(np.array([0.5, 2.0, -1.0])), Interval(-1, 2, True, True)),
    (x * y, sd.REAL),
    (1 / x, sd.REAL),
]


@pytest.mark.parametrize(("e", "wanted"), BOUNDS, ids=[str(e) for e, _ in BOUNDS])
def test_bounds(e: Expr, wanted: Interval) -> None:
    assert Facts().bounds(e) == wanted


def test_what_may_overflow_on_the_way_may_be_nan() -> None:
    A, b = sd.Var("A", (9,)), sd.Var("b", (9,), domain=sd.UNIT)
    facts = Facts()
    assert all(facts.computed(e).nan for e in (x * y * z, sd.sum(A), A @ A, x * y - x * y))
    assert not any(facts.computed(e).nan for e in (x * y, p + q + u, sd.sum(b), sd.sum(sd.sin(A))))
    assert math.isnan(sd.evaluate(x * y * z, {x: 1e200, y: 1e200, z: 0.0}))


def test_bounds_of_numbers_hold_the_number() -> None:
    third = Facts().bounds(const(1) / 3)
    assert third.low < third.high
    assert is_inside(third, mpmath.mpf(1) / 3)
    with mpmath.workdps(50):
        assert is_inside(Facts().bounds(sd.pi), +mpmath.pi)
        assert is_inside(Facts().bounds(sd.atan(x)), mpmath.atan(mpmath.mpf(10) ** 40))


def test_bounds_of_array_rows_hold() -> None:
    X = sd.Var("X", (3, 3), domain=Interval(-1.0, 2.0, True, True))
    P = sd.Var("P", (3, 3), domain=sd.UNIT)
    r = np.random.default_rng(3)
    nodes = [
        sd.sum(X), sd.sum(P, axis=0), X @ P, P @ P, sd.trace(P), sd.max(X), sd.min(P, axis=1),
        sd.softmax(X), sd.stack([X, P]), sd.concatenate([P, X]), P.T, P[1:], sd.tril(P),
        sd.mean(P), sd.prod(P), sd.linalg.norm(X), sd.argmax(X), sd.cumsum(P), sd.outer(P[0], P[1]),
        sd.diag(P[0]), sd.var(X), sd.logsumexp(P), sd.broadcast_to(P, (2, 3, 3)),
    ]  # fmt: skip
    facts = Facts()
    for _ in range(20):
        values = {X: r.uniform(-1, 2, (3, 3)), P: r.uniform(1e-9, 1 - 1e-9, (3, 3))}
        for node, value in zip(nodes, sd.evaluate(nodes, values), strict=True):
            for element in np.ravel(value):
                check_computed(facts, node, element)
                check_real(facts, node, mpmath.mpf(float(element)))
    assert Facts().bounds(sd.softmax(X)).low == 0
    assert Facts().bounds(sd.max(X)) == X.domain


DECIDED = [
    (sd.where(x**2 + 1 > 0, y, z), "y"),
    (sd.where(sd.cosh(x) < 1, y, z), "z"),
    (sd.where(sd.exp(x) >= 0, y, z), "y"),
    (sd.where(sd.tanh(x) > 1, y, z), "z"),
    (sd.where(sd.eq(sd.exp(x) + 1, 0), y, z), "z"),
    (sd.where(x**2 + 1 > -sd.abs(y), y, z), "y"),
    (sd.maximum(sd.exp(x), 0), "exp(x)"),
    (sd.maximum(x**2, 0), "x**2"),
    (sd.maximum(-1, sd.sin(x)), "sin(x)"),
    (sd.minimum(sd.sin(x), 2), "sin(x)"),
    (sd.minimum(sd.cos(x) - 3, y**2), "cos(x) - 3"),
    (sd.clip(sd.tanh(x), -1, 1), "tanh(x)"),
    (sd.clip(sd.sin(x), 2, 3), "2"),
    (sd.clip(sd.exp(x) + 5, 2, 3), "3"),
    (sd.abs(sd.sigmoid(x) - 2), "2 - sigmoid(x)"),
    (sd.abs(1 - u), "1 - u"),
    (sd.sign(sd.cosh(x)), "1"),
    (sd.sign(-(x**2) - 1), "-1"),
    (sd.floor(sd.sigmoid(x) / 2), "0"),
    (sd.ceil(u), "1"),
    (sd.relu(-(x**2)), "0"),
    (sd.relu(2 - sd.sin(x)), "2 - sin(x)"),
    (sd.sqrt((sd.sin(x) - 2) ** 2), "2 - sin(x)"),
    (sd.asin(sd.sin(u)), "u"),
    (sd.asin(sd.sin(sd.atan(x))), "atan(x)"),
    (sd.acos(sd.cos(u + 1)), "u + 1"),
    (sd.atan(sd.tan(sd.tanh(x))), "tanh(x)"),
    (sd.acosh(sd.cosh(x)), "abs(x)"),
    (sd.acosh(sd.cosh(p)), "p"),
    (sd.cos(y - x) + sd.cos(x - y), "2*cos(x - y)"),
    (sd.abs(y - x) - sd.abs(x - y), "0"),
    (sd.log(x * sd.exp(y)), "y + log(x)"),
    (sd.log(1 / x), "-log(x)"),
    (sd.where(x > 0, sd.where(x > -1, y, z), p), "where(x > 0, y, p)"),
    (sd.where((x > 0) & (y > 0), sd.where(x < 0, y, z), p), "where((x > 0) & (y > 0), z, p)"),
    (sd.where(x < y, sd.where(y > x, p, z), 0), "where(x < y, p, 0)"),
    (sd.where(x > 0, y, sd.where(x <= 0, z, p)), "where(x > 0, y, z)"),
    (sd.where(sd.eq(sd.hypot(x, p), 0), 0, y), "y"),
    (sd.where(sd.eq(sd.sqrt(x**2 + p), 0), 0, y), "y"),
    (sd.where(sd.eq(p * p, -1), 0, y), "y"),
]  # fmt: skip


@pytest.mark.parametrize(("e", "text"), DECIDED, ids=[t for _, t in DECIDED])
def test_what_bounds_decide(e: Expr, text: str) -> None:
    assert str(sd.simplify(e)) == text


OPEN = [  # floats may decide these otherwise than the reals, or ties share their slope
    sd.where(sd.exp(x) > 0, y, z),
    sd.where(sd.sigmoid(x) < 1, y, z),
    sd.where(sd.log(x) ** 2 >= 0, y, z),
    sd.where(sd.sin(x**2) <= 1, y, z),
    sd.where(1 / x**2 > 0, y, z),
    sd.floor(sd.sigmoid(x)),
    sd.ceil(sd.tanh(x)),
    sd.sign(sd.exp(x)),
    sd.eq(sd.exp(x), 0),
    sd.maximum(q, 0),
    sd.maximum(x, sd.maximum(x, y)),
    sd.maximum(sd.maximum(x, 1), 1),
    sd.clip(x, -1, 1),
    sd.asin(sd.sin(x)),
    sd.acos(sd.cos(u - 1)),
    sd.log(x**2),
    sd.where(sd.log(x) > 0, y, sd.where(sd.log(x) <= 0, z, p)),
    sd.where(sd.eq(p**2, 0), y, z),
]


@pytest.mark.parametrize("e", OPEN, ids=map(str, OPEN))
def test_what_bounds_do_not_decide(e: Expr) -> None:
    assert sd.simplify(e) is e


def same(old: Any, new: Any) -> bool:
    return bool(abs(old - new) <= 1e-9 * (1 + abs(old)))


@pytest.mark.parametrize("e", [e for e, _ in DECIDED] + OPEN, ids=str)
def test_values_stay_at_hostile_points(e: Expr) -> None:
    """The simplified equals the original in floats wherever that is finite, nan in none."""
    found = sd.simplify(e)
    names = [v for v in postorder([e]) if v.op is Var]
    for a, b in product(HOSTILE, HOSTILE[::5]):
        point = {v: (a if v.name in "xp" else b) for v in names}
        if not all(v.domain.contains(point[v]) for v in names):
            continue
        old, new = sd.evaluate([e, found], point)
        if math.isfinite(old) and not same(old, new):
            assert same(mp_evaluate(e, point), new), (point, old, new)


@pytest.mark.parametrize("e", [e for e, _ in DECIDED if e.kind == "real"], ids=str)
def test_slopes_stay_kinks_included(e: Expr) -> None:
    found = sd.simplify(e)
    names = [v for v in postorder([e]) if v.op is Var]
    before = sd.grad(e, names, simplify=False)
    after = sd.grad(found, names, simplify=False)
    for a, b in product([0.0, 1.0, -1.0, 2.0, math.pi / 2, -math.pi / 2, 0.3, -2.7], repeat=2):
        point = {v: (a if v.name in "xp" else b) for v in names}
        if not all(v.domain.contains(point[v]) for v in names):
            continue
        old, new = sd.evaluate([before, after], point)
        for s, t in zip(old, new, strict=True):
            assert not math.isfinite(s) or same(s, t), (point, s, t)


def test_facts_cost_one_visit_a_node() -> None:
    e: Expr = x
    for _ in range(30_000):
        e = sd.sin(e) ** 2 + p
    facts = Facts()
    assert facts.positive(e)
    assert facts.bounds(e).low == 0
    assert facts.computed(e).interval == Interval(0, math.inf, False, True)
