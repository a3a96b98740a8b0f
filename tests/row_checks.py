"""The checks that every row must pass; the test files loop over the rows with them.

The truth is mpmath at 50 digits: the row's witness for values, mpmath's numerical differentiation
of that witness for derivatives.  No derivative rule is used or transcribed here.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product
from math import inf, isinf
from typing import Any, NamedTuple

import mpmath
import numpy as np
from as_written import as_written

from symdiff.backend.evaluate import evaluate
from symdiff.calculus.derivatives import jacobian
from symdiff.domain import Interval
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Var, const, var
from symdiff.ops.structural import zeros
from symdiff.rule import NonDiff
from symdiff.testing import ULP, check_adjoint, error_bound, mp_evaluate, witness
from symdiff.walk import postorder

MODES = ("forward", "reverse")
COUNT = 64  # points inside; those at the edges come on top
DIGITS = 50
AGREE = mpmath.mpf(10) ** -25  # of a derivative graph at 50 digits with the truth
NOISE = 1e-40  # of the truth where it is zero
SLACK = 2.0  # multiple of the first-order error bound

ELEMENTWISE = [op for op in OPS.values() if op.elementwise]
SMOOTH = [op for op in ELEMENTWISE if not isinstance(op.rule, NonDiff)]


class Case(NamedTuple):
    """A row applied to variables, constants where the row wants an integer order."""

    op: Op
    lead: tuple[int, ...]  # constant arguments
    names: tuple[str, ...]

    @property
    def wrt(self) -> list[Expr]:
        return [var(name) for name in self.names]

    @property
    def node(self) -> Expr:
        return self.op(*map(const, self.lead), *self.wrt)


def cases(op: Op) -> list[Case]:
    names = tuple(f"x{i}" for i in range(3 if op.arity is None else op.arity))
    if "order" in op.facts:
        return [Case(op, (n,), names[1:]) for n in range(6)]
    return [Case(op, (), names)]


def interval(intervals: tuple[Interval, ...], i: int) -> Interval:
    return intervals[min(i, len(intervals) - 1)]


def _edges(where: Interval) -> list[float]:
    """Points close to the ends of an interval, and small ones."""
    found = [2.0**-10, -(2.0**-10), 2.0**-40, -(2.0**-40), 1.0, -1.0]
    width = min(where.high - where.low, 2.0)
    for end, sign in ((where.low, 1), (where.high, -1)):
        found += [sign * -(2.0**k) for k in (8, 13, 20)] if isinf(end) else []
        found += [end + sign * width * 2.0**-k for k in (6, 14, 30)] if not isinf(end) else []
    return [x for x in found if where.contains(x)]


@cache
def points(case: Case) -> np.ndarray:
    """Shape (number of arguments, number of points); no point of a kink."""
    op, first = case.op, len(case.lead)
    inside = [interval(op.test, first + i) for i in range(len(case.names))]
    columns = []
    for i, where in enumerate(inside):
        generic = 1e-3 * (i + 1) if len(inside) > 1 else 0.0  # off the ties of arguments
        full = [1 - 3.1e-6 * (1 + k % 7) for k in range(COUNT + 1)]  # a mantissa of all its bits
        sample = [x * m + generic for x, m in zip(where.sample(COUNT + 1), full, strict=True)]
        columns.append([sample[(k * (4 * i + 1) + 11 * i) % len(sample)] for k in range(COUNT + 1)])
    rows = [tuple(row) for row in zip(*columns, strict=True)]
    for i, where in enumerate(inside):
        rows += [(*rows[k][:i], x, *rows[k][i + 1 :]) for k, x in enumerate(_edges(where))]
    avoid = {p if isinstance(p, tuple) else (p,) for p, _ in op.kinks}
    return np.array([row for row in rows if row not in avoid]).T


class Truth(NamedTuple):
    value: list[Any]
    first: list[list[Any]]  # [argument][point]
    second: dict[tuple[int, int], list[Any]]


@cache
def truth(case: Case) -> Truth:
    mp = mpmath.mp
    function = witness(case.op, mp)
    f = lambda *xs: function(*map(mp.mpf, case.lead), *xs)
    n = len(case.names)
    with mp.workdps(DIGITS):
        where = [[mp.mpf(float(x)) for x in p] for p in points(case).T]
        unit = [tuple(int(i == j) for i in range(n)) for j in range(n)]
        pairs = [(i, j) for i in range(n) for j in range(i, n)]
        both = lambda i, j: tuple(a + b for a, b in zip(unit[i], unit[j], strict=True))
        return Truth(
            [f(*p) for p in where],
            [[_diff(f, p, unit[i]) for p in where] for i in range(n)],
            {(i, j): [_diff(f, p, both(i, j)) for p in where] for i, j in pairs},
        )


def _diff(f: Any, p: list[Any], counts: tuple[int, ...]) -> Any:
    live = [i for i, c in enumerate(counts) if c]

    def along(*xs: Any) -> Any:
        moved = list(p)
        for i, x in zip(live, xs, strict=True):
            moved[i] = x
        return f(*moved)

    if len(live) == 1:
        return mpmath.diff(along, p[live[0]], counts[live[0]])
    return mpmath.diff(along, tuple(p[i] for i in live), tuple(counts[i] for i in live))


def second(case: Case, i: int, j: int) -> list[Any]:
    return truth(case).second[min(i, j), max(i, j)]


def errors(case: Case, got: Any, want: list[Any], slopes: list[list[Any]]) -> np.ndarray:
    """The errors in units of ``2**-52 * |f|``, of ``|f| + sum |x_i f_i|`` where the row says so.

    An operation on n arguments rounds n - 1 times.
    """
    out = []
    for k, (g, w) in enumerate(zip(np.broadcast_to(got, len(want)), want, strict=True)):
        size = abs(w)
        if "mixed" in case.op.facts or case.op.arity is None:
            size += sum(
                abs(x * s[k]) for x, s in zip(points(case).T[k].tolist(), slopes, strict=True)
            )
        error = max(float(abs(mpmath.mpf(float(g)) - w)) - NOISE, 0.0) if np.isfinite(g) else inf
        unit = ULP * float(size) * max(1, len(points(case)) - 1)
        out.append(error / unit if error else 0.0)
    return np.array(out)


def at_points(case: Case, e: Expr) -> Any:
    inputs = {n for n in postorder([e]) if n.op is Var}
    values = {v: p for v, p in zip(case.wrt, points(case), strict=True) if v in inputs}
    (found,) = as_written([e], values)  # a row is judged by what it says, not by its stable form
    return np.broadcast_to(found, points(case).shape[1])


def slope(e: Expr, v: Expr, mode: Any) -> Expr:
    found = jacobian([e], [v], mode)[0][0]
    return zeros(()) if found is None else found


def _worst(case: Case, what: str, found: np.ndarray, limit: float) -> None:
    if not (found <= limit).all():
        k = int(np.nanargmax(np.where(np.isnan(found), inf, found)))
        at = (*case.lead, *points(case).T[k].tolist())
        raise AssertionError(f"{case.op.name}: {what} is off by {found[k]:.4g} ulp at {at}, "
                             f"the row allows {limit}")  # fmt: skip


# -- the checks ----------------------------------------------------------------------------------


def check_value(case: Case) -> float:
    """NumPy's path and the path of Python numbers against the witness; the largest error in ulp."""
    want, node = truth(case), case.node
    arrays = at_points(case, node)
    names = {v for v in case.wrt if v in postorder([node])}
    numbers = [
        evaluate(node, {v: x for v, x in zip(case.wrt, p, strict=True) if v in names})
        for p in points(case).T.tolist()
    ]
    worst = 0.0
    for path, got in (("arrays", arrays), ("numbers", np.array(numbers, dtype=float))):
        found = errors(case, got, want.value, want.first)
        _worst(case, f"the value ({path})", found, case.op.accuracy[0])
        worst = max(worst, float(found.max()))
    return worst


def check_first(case: Case) -> float:
    """Both modes: right at 50 digits, and within the row's accuracy in floats."""
    want, worst = truth(case), 0.0
    for (i, v), mode in product(enumerate(case.wrt), MODES):
        graph = slope(case.node, v, mode)
        _check_graph(case, f"{mode} d/d{v.name}", graph, want.first[i])
        curvature = [second(case, i, j) for j in range(len(case.names))]
        found = errors(case, at_points(case, graph), want.first[i], curvature)
        _worst(case, f"{mode} d/d{v.name}", found, case.op.accuracy[1])
        worst = max(worst, float(found.max()))
    return worst


def check_second(case: Case) -> None:
    """All four orders of the modes: right at 50 digits, and in floats within the error bound."""
    for (i, a), inner in product(enumerate(case.wrt), MODES):
        first = slope(case.node, a, inner)
        for (j, b), outer in product(enumerate(case.wrt), MODES):
            graph = slope(first, b, outer)
            want = second(case, i, j)
            title = f"{outer} over {inner} d/d{b.name} d/d{a.name}"
            _check_graph(case, title, graph, want)
            _check_bound(case, title, graph, want)


def _check_graph(case: Case, title: str, graph: Expr, want: list[Any]) -> None:
    """A derivative graph evaluated at 50 digits is the derivative."""
    for p, w in zip(points(case).T.tolist(), want, strict=True):
        got = mp_evaluate(graph, dict(zip(case.wrt, p, strict=True)), DIGITS)
        if not abs(got - w) <= AGREE * (1 + abs(w)):
            raise AssertionError(
                f"{case.op.name}: {title} is {mpmath.nstr(got, 12)} at {(*case.lead, *p)}, "
                f"the truth is {mpmath.nstr(w, 12)}"
            )


def _check_bound(case: Case, title: str, graph: Expr, want: list[Any]) -> None:
    got = at_points(case, graph)
    values = dict(zip(case.wrt, points(case), strict=True))
    bound = np.broadcast_to(error_bound(graph, values), got.shape)
    for k, (g, b, w) in enumerate(zip(got, bound, want, strict=True)):
        if not abs(mpmath.mpf(float(g)) - w) <= SLACK * float(b) + NOISE:
            raise AssertionError(
                f"{case.op.name}: {title} is {g} at {(*case.lead, *points(case).T[k].tolist())}, "
                f"the truth is {mpmath.nstr(w, 17)}, the bound {b:.3g}"
            )


def check_kinks(op: Op) -> None:
    """The conventions written on the row, in both modes and on both paths."""
    for point, wanted in op.kinks:
        (case,) = cases(op)
        p = point if isinstance(point, tuple) else (point,)
        slopes = wanted if isinstance(wanted, tuple) else (wanted,)
        for (v, want), mode in product(zip(case.wrt, slopes, strict=True), MODES):
            graph = slope(case.node, v, mode)
            inputs = [n for n in postorder([graph]) if n.op is Var]
            at = {n: x for n, x in zip(case.wrt, p, strict=True) if n in inputs}
            for values in (at, {n: np.array([x, x]) for n, x in at.items()}):
                got = np.asarray(evaluate(graph, values), dtype=float)
                assert np.array_equal(got, np.full(got.shape, want)), (op.name, mode, p, got, want)


SHAPES = {
    1: [((3,),), ((2, 3),)],
    2: [((3,), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((3,), (2, 3)), ((1,), (2, 1))],
    3: [((3,), (3,), (3,)), ((2, 1), (1, 3), ()), ((), (3,), (2, 3)), ((2, 3), (), (1,))],
}


def check_broadcast(case: Case) -> None:
    """Modes against each other, and Jacobians against the derivative at each pair of elements."""
    scalars = points(case)
    for shapes in SHAPES[len(case.names)]:
        nodes = [var(n, s) for n, s in zip(case.names, shapes, strict=True)]
        values = [
            row[: int(np.prod(s, dtype=int))].reshape(s)
            for row, s in zip(scalars, shapes, strict=True)
        ]
        at = dict(zip(nodes, values, strict=True))
        out = case.op(*map(const, case.lead), *nodes)
        assert out.shape == np.broadcast_shapes(*shapes)
        check_adjoint(out, at)
        grids = np.broadcast_arrays(*values)
        flat = {v: g.ravel() for v, g in zip(case.wrt, grids, strict=True)}
        for i, node in enumerate(nodes):
            local = slope(case.node, case.wrt[i], "forward")
            inputs = {n for n in postorder([local]) if n.op is Var}
            each = np.broadcast_to(
                evaluate(local, {v: x for v, x in flat.items() if v in inputs}), out.size
            )
            places = np.broadcast_to(np.arange(node.size).reshape(node.shape), out.shape).ravel()
            want = np.zeros((out.size, node.size))
            want[np.arange(out.size), places] = each
            for mode in MODES:
                graph = jacobian([out], [node], mode)[0][0]
                if graph is None:
                    assert not want.any()
                    continue
                assert graph.shape == out.shape + node.shape
                used = {n for n in postorder([graph]) if n.op is Var}
                got = evaluate(graph, {v: x for v, x in at.items() if v in used})
                np.testing.assert_allclose(
                    np.reshape(got, want.shape), want, rtol=1e-9, atol=1e-300,
                    err_msg=f"{case.op.name} {mode} {shapes}",
                )  # fmt: skip


def check_facts(op: Op) -> None:
    """The words on the row, on NumPy's values."""
    for case in cases(op):
        value, xs = at_points(case, case.node), points(case)
        low, high = op.range.low, op.range.high
        assert ((value >= low) & (value <= high)).all(), (op.name, "range")
        if "integer" in op.facts:
            assert (value == np.rint(value)).all()
        if op.facts & {"odd", "even"}:
            sign = -1.0 if "odd" in op.facts else 1.0
            mirrored = evaluate(case.node, {case.wrt[0]: -xs[0]})
            assert (mirrored == sign * value).all(), (op.name, xs[0][mirrored != sign * value])
        if op.facts & {"increasing", "decreasing"}:
            order = np.argsort(xs[0])
            steps = np.diff(value[order]) * (-1.0 if "decreasing" in op.facts else 1.0)
            room = op.accuracy[0] * ULP * np.abs(value[order][1:])
            assert (steps >= -room).all(), op.name
        if "commutative" in op.facts:
            a, b = case.wrt[:2]
            one, other = evaluate([op(a, b), op(b, a)], {a: xs[0], b: xs[1]})
            assert (one == other).all(), (op.name, np.max(np.abs(one - other)))


def check_zero(op: Op) -> None:
    """An operation without derivative gives zero, in both modes, or says why it cannot."""
    rule = op.rule
    assert isinstance(rule, NonDiff)
    assert rule.reason
    for case in cases(op):
        for v, mode in product(case.wrt, MODES):
            if rule.zero:
                assert jacobian([case.node], [v], mode)[0][0] is None


def check_row(op: Op) -> None:
    """Everything that a row with a derivative must pass."""
    for case in cases(op):
        check_value(case)
        check_first(case)
        check_second(case)
        check_broadcast(case)
    check_kinks(op)
    check_facts(op)


def ulps(a: Any, b: Any) -> float:
    """The distance in units of the last place of the larger one; 0 for two nans."""
    a, b = float(a), float(b)
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / math.ulp(max(abs(a), abs(b)))
