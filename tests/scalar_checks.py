"""Comparison of two scalar graphs that should be one function: in floats, and at many digits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath
import numpy as np

from symdiff.backend.evaluate import values_of
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Const, Var
from symdiff.ops import special
from symdiff.ops.arithmetic import mod, stop_gradient
from symdiff.ops.compare import where
from symdiff.testing import error_bound
from symdiff.walk import fold, postorder
from symdiff.witness import witness

SLACK = 4.0  # multiple of the first-order bound on rounding errors
NORMAL = 2.0**-1022
DIGITS = (60, 700, 2500)  # 1e300 + 1e-300 has six hundred
FAR = mpmath.mpf(10) ** 700  # beyond it nothing is compared: exp(exp(1e300)) has no digits
AGREE = mpmath.mpf(10) ** -25  # of two values at many digits
NOTHING = mpmath.mpf(10) ** -1000  # a zero at 2500 digits

SLOW = [op for op in vars(special).values() if isinstance(op, Op)]  # in mpmath, at their limits
STEPS = [mod, *[op for op in OPS.values() if "integer" in op.facts]]
_TYPES = {"real": float, "int": int, "bool": bool}

Point = dict[Expr, Any]


class TooFarError(Exception):
    """A value inside is so large that mpmath would take for ever."""


class Compared(NamedTuple):
    """How many values were compared, and what differs."""

    count: int
    wrong: list[str]


# -- floats --------------------------------------------------------------------------------------


def compare_in_floats(before: Expr, after: Expr, points: Sequence[Point]) -> Compared:
    """At the points where nothing inside over- or underflows and the bounds are finite."""
    if any(n.op is stop_gradient for n in postorder([before])):
        return Compared(0, [])  # the bound sees nothing below it
    batch = {v: np.array([p[v] for p in points], _TYPES[v.kind]) for v in points[0]}
    normal, sides = np.ones(len(points), bool), []
    for e in (before, after):
        at = {v: batch[v] for v in postorder([e]) if v.op is Var}
        if not at:
            return Compared(0, [])
        values = values_of([e], at)
        bound = np.broadcast_to(error_bound(e, at), len(points))
        normal &= np.isfinite(bound) & _all_normal(values)
        sides.append((np.broadcast_to(values[e], len(points)).astype(float), bound))
    (u, room), (v, more) = sides
    with np.errstate(invalid="ignore"):
        apart = normal & ~(np.abs(u - v) <= SLACK * (room + more))
    wrong = []
    for i in np.flatnonzero(apart):
        try:
            truth = exact_values([before], points[i], DIGITS[1])[before]
        except TooFarError:
            continue
        off = float(abs(float(v[i]) - truth))  # the bound on an original may be of first order only
        if not off <= SLACK * more[i] and not any(_turns(e, points[i]) for e in (before, after)):
            wrong.append(f"{_at(points[i])}: {u[i]!r} became {v[i]!r}, off by {off:.3g}, "
                         f"bound {more[i]:.3g}: {before} -> {after}")  # fmt: skip
    return Compared(int(normal.sum()), wrong)


def _all_normal(values: dict[Expr, Any]) -> Any:
    normal: Any = True
    for value in values.values():
        size = np.abs(np.asarray(value, dtype=float))
        normal = normal & np.isfinite(size) & ((size == 0) | (size >= NORMAL))
    return normal


def _turns(e: Expr, point: Point) -> bool:
    """Whether rounding turns a comparison or a step, so that floats follow another branch."""
    steps = [n for n in postorder([e]) if n.kind == "bool" or n.op in STEPS]
    if not steps:
        return False
    at = {v: np.asarray(point[v], _TYPES[v.kind]) for v in postorder([e]) if v.op is Var}
    floats = values_of([e], at)
    exact = exact_values([e], point, DIGITS[0])
    jump = lambda n: abs(exact[n.args[1]]) / 2 if n.op is mod else 0
    return any(
        abs(float(floats[n]) - exact[n]) > jump(n) for n in steps if not mpmath.isnan(exact[n])
    )


def _at(point: Point) -> str:
    return ", ".join(f"{v.name}={x!r}" for v, x in point.items())


# -- many digits ---------------------------------------------------------------------------------


def compare_exactly(
    before: Sequence[Expr], after: Sequence[Expr], points: Sequence[Point]
) -> Compared:
    """Over the reals, wherever the originals are defined."""
    count, wrong = 0, []
    if all(e is s for e, s in zip(before, after, strict=True)):
        return Compared(0, [])
    for point in points:
        for e, s in zip(before, after, strict=True):
            if e is s:
                continue
            try:
                found = _disagreement(e, s, point)
            except (TooFarError, mpmath.libmp.NoConvergence):
                continue
            count += found is not None
            if found:
                wrong.append(f"{_at(point)}: {found}: {e} -> {s}")
    return Compared(count, wrong)


def _disagreement(before: Expr, after: Expr, point: Point) -> str | None:
    """'' where both agree, None where the original is undefined or rounding decides."""
    for digits in DIGITS:
        old, new = exact_values([before], point, digits), exact_values([after], point, digits)
        with mpmath.workdps(digits):
            u, v = mpmath.mpf(old[before]), mpmath.mpf(new[after])
            if not mpmath.isfinite(u):
                return None
            room = NOTHING if digits == DIGITS[-1] else 0
            if mpmath.isfinite(v) and abs(u - v) <= AGREE * abs(u) + room:
                return ""
    if _hangs_on_rounding(old) or _hangs_on_rounding(new):
        return None
    if any(n.op is Const and type(n.value) is float for n in old):  # float factors multiply
        at = {v: np.asarray(x, _TYPES[v.kind]) for v, x in point.items() if v in old}
        room = error_bound(before, at) if at else 0.0
        if abs(u - v) <= SLACK * room or not np.isfinite(room):
            return "" if np.isfinite(room) else None
    return f"{mpmath.nstr(u, 20)} became {mpmath.nstr(v, 20)}"


def is_defined(e: Expr, point: Point) -> bool:
    """Whether ``e`` has a value over the reals."""
    try:
        return bool(mpmath.isfinite(exact_values([e], point, DIGITS[0])[e]))
    except (TooFarError, mpmath.libmp.NoConvergence):
        return False


def exact_values(outputs: list[Expr], point: Point, digits: int) -> dict[Expr, Any]:
    """The value of every node, nan where it is undefined; a comparison with nan is undefined."""
    mp = mpmath.mp

    def visit(node: Expr, args: list[Any]) -> Any:
        if node.op is Const:
            value = node.value
            exact = isinstance(value, Fraction)
            return mp.mpf(value.numerator) / value.denominator if exact else mp.mpf(value)
        if node.op is Var:
            return mp.mpf(point[node])
        if node.op is where:
            return mp.nan if mp.isnan(args[0]) else args[1] if args[0] else args[2]
        if any(map(mp.isnan, args)):
            return mp.nan
        if node.op in SLOW and not all(a == 0 or 1e-12 < abs(a) < 1e4 for a in args):
            raise TooFarError
        if node.op is mod and any(0 < abs(a) < 1 / FAR for a in args):
            raise TooFarError
        value = witness(node.op, mp)(*args)
        if not mp.isnan(value) and abs(value) > FAR:
            raise TooFarError
        return value

    with mp.workdps(digits):
        return fold(outputs, visit)


def _hangs_on_rounding(values: dict[Expr, Any]) -> bool:
    """Whether a comparison or a step is decided by the last digits alone."""
    with mpmath.workdps(DIGITS[-1]):
        for node in values:
            args = [values[a] for a in node.args]
            if any(map(mpmath.isnan, args)):
                continue
            if node.kind == "bool" and all(a.kind != "bool" for a in node.args):
                gaps = [args[0] - args[1]]
            elif node.op in STEPS:
                x = args[0] / args[1] if node.op is mod else args[0]
                gaps = [x, 2 * x - mpmath.nint(2 * x)]
            else:
                continue
            if any(0 < abs(gap) < NOTHING for gap in gaps):
                return True
    return False
