"""What an operation makes of the ranges of its arguments: one table, for reals and for floats.

Over the reals, wherever the node is defined: ``exp(x)`` is above 0.  Operations that the table
lacks are known by their rows: the range, and whether the value rises or falls with the argument.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import reduce
from math import inf, isinf, prod

import numpy as np

from ...expr import Expr, Op
from ...leaves import Const, Var
from ...ops import arithmetic as ar
from ...ops import arrays, places, reductions
from ...ops import compare as co
from ...ops import contraction as ct
from ...ops import elementary as el
from ...ops.implementations import on_arrays
from ..exact import HALF, number
from . import ranges as rg
from .ranges import LOWER, REAL, UPPER, ZERO, ZERO_TO_ONE, End, Range

MANY = 8  # numbers that are added up one by one; of more, the sign of the sum is told


def transfer(node: Expr, args: Sequence[Range]) -> Range:
    """Where the values of a node lie if those of its arguments lie in ``args``."""
    return TABLE.get(node.op, _of_row)(node, *args)


# -- leaves and rows -----------------------------------------------------------------------------


def _constant(node: Expr) -> Range:
    value = number(node)
    if value is not None:
        return rg.point(value)
    if node.kind == "bool":
        return ZERO_TO_ONE
    array = node.params[0]
    if not node.shape or not array.size or not np.isfinite(array).all():
        return REAL._replace(nan=True)
    least, greatest = rg.point(array.min().item()), rg.point(array.max().item())
    return Range(least.low, greatest.high, bool(array.all()))


def _of_row(node: Expr, *args: Range) -> Range:
    op = node.op
    if node.kind == "bool":
        return ZERO_TO_ONE
    bounds = rg.between(op.range)
    sign = ("increasing" in op.facts) - ("decreasing" in op.facts)
    if sign == 0 or len(args) != 1 or not op.elementwise or args[0] is REAL:
        return bounds
    return rg.meet(bounds, _monotone(op, args[0], sign))


def _monotone(op: Op, x: Range, sign: int) -> Range:
    """From the value at one end to that at the other, of ``f(sign*v)``, which rises with v."""
    v = x if sign > 0 else rg.negated(x)
    low, high = _value(op, v.low, LOWER, sign), _value(op, v.high, UPPER, sign)
    return rg.spanned(low, high, x.hole and "odd" in op.facts and "integer" not in op.facts)


def _value(op: Op, end: End, way: int, sign: int) -> End:
    """The value at an end, or what bounds it where that is not known: 0 for odd functions."""
    at, side = end
    if side and "integer" in op.facts and abs(at) < 2.0**52:
        at, side = math.nextafter(at, side * inf), 0  # inside, as the function rises in steps
    bound = 0.0 if "odd" in op.facts and way * at <= 0 else way * inf
    unknown = (bound, side if at == 0 or isinf(at) else -way)
    if isinf(at) or "mixed" in op.facts:
        return unknown
    with np.errstate(all="ignore"):
        value = float(on_arrays(op)(sign * at)) or 0.0  # rather than -0.0
    exact = op.accuracy[0] == 0 or (at in (-1.0, 0.0, 1.0) and (2 * value).is_integer())
    ulps = 4 * op.accuracy[0] + 4
    return unknown if math.isnan(value) else rg.settled(value, way, exact, side, ulps)


# -- operations with a range of their own --------------------------------------------------------


def _product(node: Expr, *args: Range) -> Range:
    if len(args) == 2 and node.args[0] is not node.args[1]:
        return rg.product(*args)
    return _multiplied(zip(node.args, args, strict=True))


def _multiplied(factors: Iterable[tuple[Hashable, Range]]) -> Range:
    """Products; a factor that comes twice is a square."""
    pairs = list(factors)
    counts = Counter([factor for factor, _ in pairs])
    return reduce(rg.product, [rg.raised(x, counts[factor]) for factor, x in dict(pairs).items()])


def _power(node: Expr, base: Range, exponent: Range) -> Range:
    value = number(node.args[1])
    if value is not None:
        return rg.raised(base, value)
    if base.low >= (1.0, 0) and exponent.low >= ZERO:
        return Range((1.0, 0), rg.HIGHEST)
    return REAL if base.low < ZERO else Range((0.0, int(base.nonzero)), rg.HIGHEST)


def _contraction(node: Expr, *args: Range) -> Range:
    """Sums of products: two factors are one number where operand and labels are the same."""
    assert node.op.contraction is not None
    found = node.op.contraction(node)
    operands, inputs, output = found
    ranges = [*args, *[ZERO_TO_ONE] * (len(operands) - len(args))]  # identities come last
    one = _multiplied(zip(zip(operands, inputs, strict=True), ranges, strict=True))
    count = prod([n for label, n in found.sizes.items() if label not in output])
    added = one if count == 1 else rg.total([one] * min(count, MANY))
    if count <= MANY:
        return added
    low = added.low if one.low >= ZERO else rg.LOWEST
    return Range(low, added.high if one.high <= ZERO else rg.HIGHEST)


TABLE: dict[Op, Callable[..., Range]] = {  # of the node and the ranges of its arguments
    Var: lambda v: ZERO_TO_ONE if v.kind == "bool" else rg.between(v.params[3]),
    Const: _constant,
    ar.add: lambda node, *args: rg.total(args),
    ar.sub: lambda node, x, y: rg.total((x, rg.negated(y))),
    ar.neg: lambda node, x: rg.negated(x),
    ar.mul: _product,
    ar.div: lambda node, x, y:
        rg.point(1) if node.args[0] is node.args[1] else rg.product(x, rg.inverse(y)),
    ar.reciprocal: lambda node, x: rg.inverse(x),
    ar.square: lambda node, x: rg.raised(x, 2),
    ar.abs: lambda node, x: rg.magnitude(x),
    ar.mod: lambda node, x, y: Range(ZERO, (y.high[0], -1)) if y.low >= ZERO else REAL,
    el.pow: _power,
    el.sqrt: lambda node, x: rg.raised(x, HALF),
    el.hypot: lambda node, *args: Range(max([rg.magnitude(x).low for x in args]), rg.HIGHEST),
    el.relu: lambda node, x: rg.chosen((x, rg.point(0)), max, max),
    el.logaddexp: lambda node, x, y: Range((max(x.low[0], y.low[0]), 1), rg.HIGHEST),
    co.where: lambda node, condition, x, y: rg.chosen((x, y), min, max),
    co.maximum: lambda node, *args: rg.chosen(args, max, max),
    co.minimum: lambda node, *args: rg.chosen(args, min, min),
    co.clip: lambda node, x, low, high:
        rg.chosen((rg.chosen((x, low), max, max), high), min, min),
    **dict.fromkeys((arrays.stack, places.concatenate),
        lambda node, *args: rg.chosen(args, min, max)),
    **dict.fromkeys(
        (arrays.reshape, arrays.broadcast_to, arrays.transpose, arrays.index, ct.diagonal,
         ar.stop_gradient, reductions.max, reductions.min), lambda node, x: x),
    **dict.fromkeys(
        (arrays.scatter, places.tril, places.triu),
        lambda node, x: rg.chosen((x, rg.point(0)), min, max)),
    **dict.fromkeys((arrays.sum, ct.trace, ct.einsum, ct.matmul, ct.outer, ct.diag), _contraction),
}  # fmt: skip
