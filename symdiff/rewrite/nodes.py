"""Canonical nodes read and written: a term is a number times a rest, a rest a product of powers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..expr import Expr, Op, Shape, make
from ..leaves import Const, const
from ..ops.arithmetic import mul
from ..ops.arrays import broadcast_to
from ..ops.elementary import exp, pow
from . import exact
from .exact import Number, number
from .terms import Builder, Product

ONE = const(1)
MINUS = const(-1)


def split(node: Expr) -> tuple[Number, Expr]:
    """Coefficient and rest of a canonical term; the rest of a number is 1."""
    if node.op is mul:
        if len(node.args) == 2 and node.args[0].op is Const:
            value = number(node.args[0])
            if value is not None:
                return value, node.args[1]
    elif node.op is Const:
        value = number(node)
        if value is not None:
            return value, ONE
    return 1, node


def term(coefficient: Number, rest: Expr) -> Expr:
    """``coefficient*rest`` as it stands in a sum."""
    if rest is ONE:
        return const(coefficient)
    if coefficient == 1:
        return rest
    if coefficient == 0:
        return shaped(const(0), rest.shape)
    return make(mul, (MINUS if coefficient == -1 else const(coefficient), rest))


def times(coefficient: Number, node: Expr) -> Expr:
    """A number times a canonical node; numbers that have no product stand one before the other."""
    stretched = node.op is broadcast_to and node.params[0] == node.args[0].ndim
    inner, rest = split(node.args[0] if stretched else node)
    product = exact.times(coefficient, inner)
    if product is None:
        outer, inner = exact.apart(coefficient, inner)
        return shaped(make(mul, (const(outer), term(inner, rest))), node.shape)
    return shaped(term(product, rest), node.shape)


def shaped(node: Expr, shape: Shape) -> Expr:
    """``node`` stretched to ``shape``."""
    return node if node.shape == shape else make(broadcast_to, (node,), (node.ndim, shape))


def many(op: Op, nodes: Sequence[Expr]) -> Expr:
    """A sum or product of nodes, which of one is that node."""
    return nodes[0] if len(nodes) == 1 else make(op, tuple(nodes))


def is_piled(node: Expr) -> bool:
    """Whether a node is a product of several numbers, whose product is too long a number."""
    rest = split(node)[1]
    return rest.op is mul and any(split(x)[0] != 1 for x in rest.args)


def collect(terms: Builder[Expr], coefficient: Number, rest: Expr) -> None:
    """Add a multiple of a node to the terms of a sum; multiples without a sum stay apart."""
    try:
        terms.add(rest, coefficient)
    except OverflowError:
        terms.add(term(coefficient, rest), 1)


def power_of(factor: Expr) -> tuple[Expr, Number]:
    """Base and exponent of a factor, ``exp(2*u)`` being the square of ``exp(u)``."""
    if factor.op is pow:
        exponent = number(factor.args[1])
        if exponent is not None:
            return factor.args[0], exponent
    elif factor.op is exp:
        weight, inner = split(factor.args[0])
        if weight != 1 and inner is not ONE:
            return make(exp, (inner,)), weight
    return factor, 1


def factors_of(rest: Expr) -> Product[Expr]:
    """A term without its coefficient as powers; symbolic powers are bases."""
    powers: list[tuple[Expr, Number]] = []
    for factor in rest.args if rest.op is mul else (rest,):
        exponent = number(factor.args[1]) if factor.op is pow else None
        powers.append((factor, 1) if exponent is None else (factor.args[0], exponent))
    return Product(powers)


def as_powers(factors: Product[Expr] | Builder[Expr]) -> Iterable[Expr]:
    """The powers of a product as they are written, in no form."""
    return [base if e == 1 else base**e for base, e in factors.items()]
