"""What floats may do: intervals with the ends that rounding may reach, and where nan may arise.

A jump (a comparison, a sign, a floor) may be decided only where rounding cannot decide it
otherwise: ``sigmoid(40.0)`` is 1.0, ``exp(-800.0)`` is 0.0, and of nan every comparison is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isinf

from ...domain import REAL, Interval
from ...expr import Expr, Op
from ...leaves import Const
from ...ops import arithmetic as a
from ...ops import arrays, compare
from ...ops import elementary as el
from ...rule import Linear
from ...walk import postorder
from ..exact import number
from . import intervals as iv
from .bounds import KEEP, enclosure

FULL = Interval(-inf, inf, True, True)


class Computing:
    """Intervals of computed values, inferred when asked for and remembered.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> Computing().of(sd.sigmoid(x)), Computing().of(x**2 + 1)
    ([0, 1], [1, inf])
    """

    def __init__(self) -> None:
        self.ranges: dict[Expr, Interval] = {}
        self.wild: set[Expr] = set()  # nodes that may be nan

    def of(self, node: Expr) -> Interval:
        """Where the computed values lie, but for nan."""
        ranges = self.ranges
        if node not in ranges:
            for n in postorder([node], ranges.keys()):
                if n not in ranges:
                    ranges[n] = self._visit(n, [ranges[x] for x in n.args])
        return ranges[node]

    def may_be_nan(self, node: Expr) -> bool:
        self.of(node)
        return node in self.wild

    def _visit(self, node: Expr, args: list[Interval]) -> Interval:
        if not node.args:
            if node.op is Const and node.kind == "real" and enclosure(node, args) is REAL:
                self.wild.add(node)
            return enclosure(node, args)
        if node.kind == "bool":
            return enclosure(node, args)
        values = node.args[1:] if node.op is compare.where else node.args
        if not self.wild.isdisjoint(values) or _makes_nan(node, args):
            self.wild.add(node)
        if _has_pole(node, args):
            return FULL
        found = enclosure(node, args)
        if node.op in _KEPT or "integer" in node.op.facts:
            return found
        keeps_low = found.low == 0 and not found.closed_low and _keeps_positive(node, args)
        return Interval(found.low, found.high, not keeps_low, True)


_KEPT = KEEP | {a.neg, a.abs, compare.where, compare.maximum, compare.minimum, compare.clip}


def _keeps_positive(node: Expr, args: Sequence[Interval]) -> bool:
    """Whether rounding gives no 0: of a product it may, as ``1e-200*1e-200`` does."""
    if node.op is a.add or node.op is a.sub:
        return len(args) == 2 or all(x.low >= 0 for x in args)
    if node.op is el.pow:
        exponent = number(node.args[1])
        return exponent is not None and 0 < exponent <= 1
    return node.op in (arrays.sum, el.sqrt, el.cbrt, el.hypot)


def _has_pole(node: Expr, args: Sequence[Interval]) -> bool:
    """Whether a divisor may be 0, whose sign is not known then."""
    op = node.op
    if op is a.div or op is a.reciprocal:
        return bool(args[-1].contains(0.0))
    if op is el.pow:
        value = number(node.args[1])
        return bool(args[0].contains(0.0)) and (value is None or value < 0)
    return False


def _makes_nan(node: Expr, args: Sequence[Interval]) -> bool:
    """Whether arguments that are no nan may give one."""
    op = node.op
    if op in _KEPT or op is el.hypot or (op.kind is not None and node.kind != "real"):
        return False
    if op is a.add or op is a.sub:
        signed = [args[0], iv.negated(args[1])] if op is a.sub else args
        return _reach(signed, inf) and _reach(signed, -inf)
    if op is a.mul:
        return _has_infinity(args) and any(x.contains(0.0) for x in args)
    if op is a.div:
        over, under = args
        both = _has_infinity([over]) and _has_infinity([under])
        return both or (over.contains(0.0) and under.contains(0.0))
    if op is el.pow:
        return _power_makes_nan(node, args)
    if op is a.square or op is a.reciprocal:
        return False
    if len(args) != 1 or not op.elementwise:
        return not (isinstance(op.rule, Linear) and not _has_infinity(args))
    return not _defined(op, args[0])


def _power_makes_nan(node: Expr, args: Sequence[Interval]) -> bool:
    value = number(node.args[1])
    if value is not None and float(value).is_integer():
        return False
    return args[0].low < 0


def _defined(op: Op, x: Interval) -> bool:
    """Whether a function gives numbers or infinities in a whole interval."""
    (domain,) = op.domain
    if "increasing" in op.facts or "decreasing" in op.facts or op is el.cosh:
        return domain.low <= x.low and x.high <= domain.high
    if isinf(domain.low) and isinf(domain.high):
        return not _has_infinity([x]) or "integer" in op.facts
    above = x.low > domain.low or (x.low == domain.low and not x.closed_low)
    return above and (x.high < domain.high or (x.high == domain.high and not x.closed_high))


def _reach(args: Sequence[Interval], infinity: float) -> bool:
    return any(x.contains(infinity) for x in args)


def _has_infinity(args: Sequence[Interval]) -> bool:
    return _reach(args, inf) or _reach(args, -inf)
