"""The interval that the values of a node lie in, from the intervals of its arguments.

Over the reals, wherever the node is defined: ``exp(x)`` is in (0, inf).  An end of a row's range
that no float can hold is moved outward.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from math import inf, pi

from ...domain import REAL, Interval
from ...expr import Expr, Op
from ...leaves import Const, Var
from ...ops import arithmetic as a
from ...ops import arrays, compare, places, reductions
from ...ops import elementary as el
from ...ops.contraction import diag, diagonal, einsum, matmul, outer, trace
from ..exact import number
from . import intervals as iv

UNBOUNDED = frozenset({a.add, a.sub, a.neg, a.div, compare.maximum, compare.minimum})
TRUTH = Interval(0.0, 1.0, True, True)


def enclosure(node: Expr, args: Sequence[Interval]) -> Interval:
    """Where the values of a node lie if those of its arguments lie in ``args``."""
    op = node.op
    if op in UNBOUNDED and all(x is REAL for x in args):
        return REAL
    if op is Var:
        return TRUTH if node.kind == "bool" else _in_floats(node.params[3])
    if op is Const:
        return _constant(node)
    if node.kind == "bool" and op not in KEEP:
        return TRUTH
    if op.constant is not None:
        return iv.around(op.constant, op.constant)
    found = _TABLE.get(op)
    if found is not None:
        return found(node, args)
    return _of_row(op, args)


def _constant(node: Expr) -> Interval:
    value = node.params[0]
    if not node.shape:
        exact = number(node)
        if exact is not None:
            return iv.point(exact)
        return TRUTH if node.kind == "bool" else REAL
    if not value.size:
        return REAL
    low, high = float(value.min()), float(value.max())
    return Interval(low, high, True, True) if low > -inf and high < inf else REAL


def _of_row(op: Op, args: Sequence[Interval]) -> Interval:
    """What range and facts of a row say; ends by the function of that name in ``math``."""
    found = row_range(op)
    words = op.facts
    if len(args) != 1 or not op.elementwise or args[0] == REAL:
        return found
    if "increasing" in words:
        return iv.meet(found, _between(op, args[0]))
    if "decreasing" in words:
        turned = _between(op, iv.negated(args[0]), -1.0)
        return iv.meet(found, turned)
    return found


@cache
def row_range(op: Op) -> Interval:
    """The range of a row; ends such as pi/2 moved outward, as no float is that number."""
    r = op.range
    low, high = (float(r.low), r.closed_low), (float(r.high), r.closed_high)
    if not (math.isinf(r.low) or (2 * low[0]).is_integer()):
        low = (iv.beyond(r.low, -1), False)
    if not (math.isinf(r.high) or (2 * high[0]).is_integer()):
        high = (iv.beyond(r.high, 1), False)
    return iv.made(low, high)


def _in_floats(domain: Interval) -> Interval:
    """A domain of the user with floats for ends, which may be any numbers."""
    if type(domain.low) is float and type(domain.high) is float:
        return domain
    low, high = iv.point(domain.low), iv.point(domain.high)
    ends = ((low.low, domain.closed_low), (high.high, domain.closed_high))
    return iv.made(*ends)


def _between(op: Op, arg: Interval, sign: float = 1.0) -> Interval:
    """From the value at one end to that at the other, of ``f(sign*v)``, which rises with v."""
    ulps = 4 * op.accuracy[0] + 4
    low = _value(op, sign, arg.low, arg.closed_low, -ulps)
    high = _value(op, sign, arg.high, arg.closed_high, ulps)
    return iv.made(low, high) if low[0] <= high[0] else REAL


def _value(op: Op, sign: float, at: float, closed: bool, ulps: float) -> iv.End:
    unknown = (math.copysign(inf, ulps), False)
    function = _EXTRA.get(op) or getattr(math, op.name, None)
    if function is None or math.isinf(at):
        return (0.0, closed) if at == 0 and "odd" in op.facts else unknown
    try:
        found = float(function(sign * at))
    except (ValueError, OverflowError):
        return unknown
    if at in (-1.0, 0.0, 1.0) and (2 * found).is_integer():
        return (found, closed)
    if op is el.sqrt and found.is_integer() and found * found == at:
        return (found, closed)
    return (iv.beyond(found, ulps), False)


_EXTRA: dict[Op, Callable[[float], float]] = {
    el.relu: lambda v: max(v, 0.0),
    el.sigmoid: lambda v: 1 / (1 + math.exp(-v)),
    el.softplus: lambda v: max(v, 0.0) + math.log1p(math.exp(-abs(v))),
}


# -- rows ----------------------------------------------------------------------------------------


def _product(node: Expr, args: Sequence[Interval]) -> Interval:
    """Factors in the order written; a factor that comes twice is a square."""
    if len(args) == 2 and node.args[0] is not node.args[1]:
        return iv.product(*args)
    counts: dict[Expr, int] = {}
    for x in node.args:
        counts[x] = counts.get(x, 0) + 1
    of = dict(zip(node.args, args, strict=True))
    found = iv.point(1)
    for x, count in counts.items():
        found = iv.product(found, of[x] if count == 1 else iv.raised(of[x], count))
    return found


def _quotient(node: Expr, args: Sequence[Interval]) -> Interval:
    return iv.product(args[0], iv.inverse(args[1]))


def _power(node: Expr, args: Sequence[Interval]) -> Interval:
    base, exponent = args
    value = number(node.args[1])
    if value is not None:
        return iv.raised(base, value)
    if base.low < 0 or (base.low == 0 and base.closed_low):
        return REAL
    if base.low >= 1 and exponent.low >= 0:
        return Interval(1.0, inf, True)
    return Interval(0.0, inf)


def _integer(function: Callable[[float], int]) -> Callable[[Expr, Sequence[Interval]], Interval]:
    def ends(node: Expr, args: Sequence[Interval]) -> Interval:
        (x,) = args
        low = x.low if math.isinf(x.low) else float(function(x.low))
        high = x.high if math.isinf(x.high) else float(function(x.high))
        if function is math.floor and high == x.high and not x.closed_high and high > low:
            high -= 1
        if function is math.ceil and low == x.low and not x.closed_low and low < high:
            low += 1
        closed_low = x.closed_low or not math.isinf(low)
        return Interval(low, high, closed_low, x.closed_high or not math.isinf(high))

    return ends


def _sign(node: Expr, args: Sequence[Interval]) -> Interval:
    (x,) = args
    low = 1 if x.low > 0 or (x.low == 0 and not x.closed_low) else 0 if x.low == 0 else -1
    high = -1 if x.high < 0 or (x.high == 0 and not x.closed_high) else 0 if x.high == 0 else 1
    return Interval(float(low), float(high), True, True)


def _sine(node: Expr, args: Sequence[Interval]) -> Interval:
    (x,) = args
    if -pi / 2 <= x.low and x.high <= pi / 2:
        return iv.meet(row_range(el.sin), _between(el.sin, x))
    if x.low >= 0 and x.high <= pi:
        return TRUTH
    return iv.negated(TRUTH) if x.low >= -pi and x.high <= 0 else row_range(el.sin)


def _cosine(node: Expr, args: Sequence[Interval]) -> Interval:
    (x,) = args
    if -pi / 2 <= x.low and x.high <= pi / 2:
        return TRUTH
    return row_range(el.cos)


def _modulus(node: Expr, args: Sequence[Interval]) -> Interval:
    divisor = args[1]
    if divisor.low >= 0:
        return Interval(0.0, divisor.high, True)
    return Interval(divisor.low, 0.0, False, True) if divisor.high <= 0 else REAL


def _sum_of(node: Expr, args: Sequence[Interval]) -> Interval:
    """Sums of as many elements as go into one."""
    return _many(args[0], node.args[0].size // node.size if node.size else 0)


def _trace(node: Expr, args: Sequence[Interval]) -> Interval:
    return _many(args[0], min(node.args[0].shape[-2:]))


def _contracted(node: Expr, args: Sequence[Interval]) -> Interval:
    return _many(iv.hull([_product(node, args), iv.point(0)]), 2)


def _many(one: Interval, count: int) -> Interval:
    """Sums of so many numbers of one interval: their sign, and a whole end."""
    if count <= 1:
        return one if count else iv.point(0)
    if one.low >= 0:
        return Interval(_times(one.low, count), inf, one.closed_low)
    if one.high <= 0:
        return Interval(-inf, _times(one.high, count), False, one.closed_high)
    return REAL


def _times(end: float, count: int) -> float:
    return end * count if end.is_integer() and abs(end * count) < iv.EXACT_INT else end


def _parts(node: Expr, args: Sequence[Interval]) -> Interval:
    return iv.hull(args)


def _parts_and_zero(node: Expr, args: Sequence[Interval]) -> Interval:
    return iv.hull([*args, iv.point(0)])


def _same(node: Expr, args: Sequence[Interval]) -> Interval:
    return args[0]


def _index(node: Expr, args: Sequence[Interval]) -> Interval:
    return Interval(0.0, float(max(node.args[0].size - 1, 0)), True, True)


KEEP = frozenset({
    arrays.reshape, arrays.broadcast_to, arrays.transpose, arrays.index, a.stop_gradient,
    diagonal, reductions.max, reductions.min, arrays.stack, places.concatenate,
})  # fmt: skip
_TABLE: dict[Op, Callable[[Expr, Sequence[Interval]], Interval]] = {
    a.add: lambda node, args: iv.total(args),
    a.sub: lambda node, args: iv.total([args[0], iv.negated(args[1])]),
    a.neg: lambda node, args: iv.negated(args[0]),
    a.mul: _product,
    a.div: _quotient,
    a.reciprocal: lambda node, args: iv.inverse(args[0]),
    a.square: lambda node, args: iv.raised(args[0], 2),
    a.abs: lambda node, args: iv.magnitude(args[0]),
    a.sign: _sign,
    a.floor: _integer(math.floor), a.ceil: _integer(math.ceil),
    a.trunc: _integer(math.trunc), a.round: _integer(round),
    a.mod: _modulus,
    el.pow: _power,
    el.sin: _sine,
    el.cos: _cosine,
    el.hypot: lambda node, args: iv.made(
        iv.low_end(iv.larger([iv.magnitude(x) for x in args])), (inf, False)),
    el.logaddexp: lambda node, args: iv.made((iv.larger(args).low, False), (inf, False)),
    compare.where: lambda node, args: iv.hull(args[1:]),
    compare.maximum: lambda node, args: iv.larger(args),
    compare.minimum: lambda node, args: iv.smaller(args),
    compare.clip: lambda node, args: iv.smaller([iv.larger(args[:2]), args[2]]),
    arrays.eye: lambda node, args: TRUTH,
    arrays.sum: _sum_of,
    trace: _trace,
    einsum: _contracted, matmul: _contracted, outer: _product,
    arrays.stack: _parts, places.concatenate: _parts,
    arrays.scatter: _parts_and_zero, diag: _parts_and_zero,
    places.tril: _parts_and_zero, places.triu: _parts_and_zero,
    reductions.argmax: _index, reductions.argmin: _index,
    **dict.fromkeys((
        arrays.reshape, arrays.broadcast_to, arrays.transpose, arrays.index, a.stop_gradient,
        diagonal, reductions.max, reductions.min), _same),
}  # fmt: skip
