"""What floats may do: the ends of ranges that rounding may reach, and where nan may arise.

A jump (a comparison, a sign, a floor) may be decided only where rounding cannot decide it
otherwise: ``sigmoid(40.0)`` is 1.0, ``exp(-800.0)`` is 0.0, and of nan every comparison is false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isinf, prod

from ...expr import Expr, Op
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops.arrays import sum as sum_of
from ...rule import Linear
from ..exact import number
from .ranges import ZERO, Range, negated
from .transfer import TABLE, transfer

SAFE = 1e280  # what is added up to as often as an array may have elements, and stays finite


def computed(node: Expr, known: Mapping[Expr, Range]) -> Range:
    """Where the computed values of a node lie, if those of its arguments are known."""
    args = [known[x] for x in node.args]
    real, op = transfer(node, args), node.op
    if not args or node.kind == "bool":
        return real
    nan = any(x.nan for x in args)
    if op.accuracy[0] == 0 and op in TABLE:  # nothing is rounded
        return real._replace(nan=nan)
    nan = nan or _makes_nan(node, args)
    if _has_pole(node, args):
        return Range((-inf, 0), (inf, 0), nan=nan)
    is_positive = real.low == (0.0, 1) and _keeps_positive(node, args)
    return Range((real.low[0], int(is_positive)), (real.high[0], 0), nan=nan)


def _keeps_positive(node: Expr, args: Sequence[Range]) -> bool:
    """Whether rounding gives no 0: of a product it may, as ``1e-200*1e-200`` does."""
    if node.op is ar.add:
        return len(args) == 2 or all(x.low >= ZERO for x in args)
    if node.op is el.pow:
        exponent = number(node.args[1])
        return exponent is not None and 0 < exponent <= 1
    return node.op in (ar.sub, sum_of, el.sqrt, el.cbrt, el.hypot)


def _has_pole(node: Expr, args: Sequence[Range]) -> bool:
    """Whether a divisor may be 0, whose sign is not known then."""
    if node.op is el.pow:
        value = number(node.args[1])
        return args[0].contains(0.0) and (value is None or value < 0)
    return node.op in (ar.div, ar.reciprocal) and args[-1].contains(0.0)


# -- nan -----------------------------------------------------------------------------------------


def _makes_nan(node: Expr, args: Sequence[Range]) -> bool:
    """Whether arguments that are no nan may give one."""
    op = node.op
    if op.kind is not None and node.kind != "real":
        return False
    if op in _NAN:
        return _NAN[op](node, *args)
    if len(args) == 1 and op.elementwise:
        return not _is_defined(op, args[0])
    return not isinstance(op.rule, Linear) or not _sums_to_numbers(args)


def _is_whole(exponent: Expr) -> bool:
    value = number(exponent)
    return value is not None and value % 1 == 0


def _opposite(*terms: Range) -> bool:
    return any(x.contains(inf) for x in terms) and any(x.contains(-inf) for x in terms)


def _is_infinite(x: Range) -> bool:
    return x.contains(inf) or x.contains(-inf)


_NAN: dict[Op, Callable[..., bool]] = {
    ar.add: lambda node, *args: _opposite(*args),
    ar.sub: lambda node, x, y: _opposite(x, negated(y)),
    ar.mul: lambda node, *args: any(x.contains(0.0) for x in args) and _overflows(args),
    ar.div: lambda node, x, y:
        (_is_infinite(x) and _is_infinite(y)) or (x.contains(0.0) and y.contains(0.0)),
    el.pow: lambda node, base, exponent: base.low < ZERO and not _is_whole(node.args[1]),
    **dict.fromkeys((ar.square, ar.reciprocal, el.hypot), lambda node, *args: False),
}  # fmt: skip


def _overflows(factors: Sequence[Range]) -> bool:
    """Whether a product of some but not all factors may be infinite."""
    sizes = [max(1.0, -x.low[0], x.high[0]) for x in factors]
    return any(map(_is_infinite, factors)) or (len(factors) > 2 and prod(sizes) > SAFE)


def _sums_to_numbers(args: Sequence[Range]) -> bool:
    """Whether partial sums cannot be infinite with both signs, in whatever order they are taken."""
    signed = all(x.low >= ZERO for x in args) or all(x.high <= ZERO for x in args)
    return signed or all(x.low[0] > -SAFE and x.high[0] < SAFE for x in args)


def _is_defined(op: Op, x: Range) -> bool:
    """Whether a function gives numbers or infinities in a whole range."""
    (domain,) = op.domain
    low, high = (domain.low, 0), (domain.high, 0)
    if "increasing" in op.facts or "decreasing" in op.facts or op is el.cosh:
        return low <= x.low and x.high <= high
    if isinf(domain.low) and isinf(domain.high):
        return not _is_infinite(x)
    return low < x.low and x.high < high
