"""Signs and integrality: sets of bits, inferred from the bits of the arguments.

A bit is set for each sign that the value may have; INTEGER says that it is a whole number.
"""

from __future__ import annotations

from fractions import Fraction

from ...domain import Interval
from ...expr import Expr, Op
from ...leaves import Const, Var
from ...ops import arithmetic as a
from ...ops import arrays, compare
from ...ops.contraction import diag, diagonal, einsum, matmul, outer, trace
from ...ops.elementary import hypot, pow, sqrt
from ..exact import number

MINUS, ZERO, PLUS, INTEGER = 1, 2, 4, 8
SIGNS = MINUS | ZERO | PLUS


def infer(node: Expr, args: list[int]) -> int:
    """The bits of a node."""
    op = node.op
    if op is Const:
        return _of_value(node)
    if op is Var:
        return of_interval(node.params[3]) | (0 if node.kind == "real" else INTEGER)
    whole = INTEGER if "integer" in op.facts or node.kind != "real" else 0
    if args and all(bits & INTEGER for bits in args) and op in _CLOSED:
        whole = INTEGER
    return _signs(node, op, args) | whole


def _signs(node: Expr, op: Op, args: list[int]) -> int:
    if op is a.add:
        return _sum(args)
    if op is a.sub:
        return _sum([args[0], _negated(args[1])])
    if op is a.neg:
        return _negated(args[0])
    if op is a.mul or op is a.div:
        repeated = len(set(node.args)) < len(args)
        return _product_of_powers(node, args) if repeated else _product(args)
    if op is pow:
        return _power(node, args)
    if op is sqrt or op is a.abs or op is a.square:
        inside = PLUS if op is sqrt else PLUS | MINUS
        return (args[0] & ZERO) | (PLUS if args[0] & inside else ZERO)
    if op is compare.where:
        return (args[1] | args[2]) & SIGNS
    if op is compare.maximum:
        return _extremum(args, PLUS)
    if op is compare.minimum:
        return _extremum(args, MINUS)
    if op is hypot:
        return PLUS | (args[0] & args[1] & ZERO)
    if op in _KEEP:
        return args[0] & SIGNS
    if op is arrays.eye:
        return ZERO | PLUS
    if op is diag:
        return (args[0] & SIGNS) | ZERO
    if op is einsum or op is matmul or op is outer:
        bits = _product(args)
        return _sum([bits, bits]) | ZERO
    if op is arrays.sum or op is trace or op is arrays.stack:
        bits = 0
        for found in args:
            bits |= found
        return bits & SIGNS if op is arrays.stack else _sum([bits, bits])
    if "odd" in op.facts and "increasing" in op.facts:
        return args[0] & SIGNS
    return of_interval(op.range)


def _extremum(args: list[int], strong: int) -> int:
    """Signs of a maximum (``strong`` is PLUS) or a minimum (MINUS)."""
    weak = MINUS + PLUS - strong
    bits = (args[0] | args[1]) & SIGNS
    for found in args:
        if not found & weak:
            bits &= ~weak
            if not found & ZERO:
                bits &= ~ZERO
    return bits


def _of_value(node: Expr) -> int:
    value = number(node)
    if value is None:
        return SIGNS | (INTEGER if node.kind != "real" else 0)
    is_whole = value.is_integer() if isinstance(value, float) else isinstance(value, int)
    whole = INTEGER if is_whole else 0
    return (PLUS if value > 0 else MINUS if value < 0 else ZERO) | whole


def of_interval(domain: Interval) -> int:
    """The signs of the numbers in an interval."""
    bits = MINUS if domain.low < 0 else 0
    if domain.high > 0:
        bits |= PLUS
    low_ok = domain.low < 0 or (domain.low == 0 and domain.closed_low)
    high_ok = domain.high > 0 or (domain.high == 0 and domain.closed_high)
    return bits | (ZERO if low_ok and high_ok else 0)


def _negated(bits: int) -> int:
    return (PLUS if bits & MINUS else 0) | (MINUS if bits & PLUS else 0) | (bits & ZERO)


def _sum(args: list[int]) -> int:
    seen = 0
    zero = ZERO
    for bits in args:
        seen |= bits & (PLUS | MINUS)
        zero &= bits
    if seen == PLUS | MINUS:
        return SIGNS
    return seen | zero if seen else ZERO


def _product(args: list[int]) -> int:
    signs = PLUS
    for bits in args:
        nonzero = 0
        if bits & PLUS:
            nonzero |= signs & (PLUS | MINUS)
        if bits & MINUS:
            nonzero |= _negated(signs) & (PLUS | MINUS)
        signs = nonzero | ((bits | signs) & ZERO)
    return signs


def _product_of_powers(node: Expr, args: list[int]) -> int:
    counts: dict[Expr, int] = {}
    bits: dict[Expr, int] = {}
    for arg, found in zip(node.args, args, strict=True):
        counts[arg] = counts.get(arg, 0) + 1
        bits[arg] = found
    return _product([_even(bits[n]) if k % 2 == 0 else bits[n] for n, k in counts.items()])


def _even(bits: int) -> int:
    return (bits & ZERO) | (PLUS if bits & (PLUS | MINUS) else 0)


def _power(node: Expr, args: list[int]) -> int:
    exponent = number(node.args[1])
    base = args[0]
    if base & SIGNS == PLUS:
        return PLUS
    if isinstance(exponent, int):
        if exponent == 0:
            return PLUS
        bits = _even(base) if exponent % 2 == 0 else base & SIGNS
        return bits & ~ZERO if exponent < 0 else bits
    if isinstance(exponent, (Fraction, float)) and not float(exponent).is_integer():
        return PLUS | (base & ZERO if exponent > 0 else 0)
    if not base & MINUS:
        return PLUS | ZERO
    return SIGNS


_KEEP = frozenset({
    arrays.reshape, arrays.broadcast_to, arrays.transpose, arrays.index, a.stop_gradient,
    a.reciprocal, diagonal,
})  # fmt: skip
_CLOSED = frozenset({
    a.add, a.sub, a.mul, a.neg, a.abs, a.square, a.stop_gradient, compare.maximum, compare.minimum,
    arrays.sum, arrays.reshape, arrays.broadcast_to, arrays.transpose, arrays.stack, arrays.index,
    einsum, matmul, outer, trace, diagonal, diag,
})  # fmt: skip
