"""Building blocks of derivative graphs: products and sums without structural ones and zeros,
and the undoing of broadcasting.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from ..expr import Expr, Shape, broadcast_shapes, make
from ..leaves import Const, const
from . import arrays
from .arithmetic import add, div, mul, neg
from .compare import where
from .kernels import aligned_shape

MOST_FACTORS = 8  # of a product in which a root is looked for


def number_in(node: Expr) -> Any:
    """The number that every element of a node is by its structure, None if there is none."""
    while node.op is arrays.broadcast_to or node.op is arrays.reshape:
        node = node.args[0]
    return node.params[0] if node.op is Const and not node.shape else None


def broadcast_to(x: Expr, shape: Shape) -> Expr:
    """``x`` stretched to ``shape``."""
    return x if x.shape == shape else make(arrays.broadcast_to, (x,), (x.ndim, shape))


def times(p: Expr, g: Expr) -> Expr:
    """``p*g``, of their broadcast shape, without a multiplication by 1 or -1.

    What is 0 by its structure stays so: ``where(c, g, 0)`` times an infinite slope is
    ``where(c, p*g, 0)``.
    """
    product = _where_not_zero(p, g)
    if p.shape == g.shape == product.shape:
        return product
    return broadcast_to(product, broadcast_shapes("Mul", (p.shape, g.shape)))


def _where_not_zero(p: Expr, g: Expr) -> Expr:
    if g.op is where and 0 in map(number_in, g.args[1:]):
        c, a, b = g.args
        return where(c, *[x if number_in(x) == 0 else _times(p, x) for x in (a, b)])
    if p.op is where and all(number_in(x) in (0, 1) for x in p.args[1:]):
        c, a, b = p.args
        return where(c, *[x if number_in(x) == 0 else g for x in (a, b)])
    return _times(p, g)


def _times(p: Expr, g: Expr) -> Expr:
    while True:
        for factor, other in ((number_in(p), g), (number_in(g), p)):
            if factor == 1:
                return other
            if factor == -1:
                return make(neg, (other,))
        if p.op is neg:
            return make(neg, (make(mul, (p.args[0], g)),))
        if p.op is div and number_in(p.args[0]) == 1:
            quotient = _over_roots(g, p.args[1])
            return make(div, (g, p.args[1])) if quotient is None else quotient
        quotient = _over_roots(p, g.args[1]) if g.op is div else None
        if quotient is None:
            break
        p, g = quotient, g.args[0]
    terms = g.args if g.op is add else (g,)
    if "weighs" in p.op.facts and any("weighs" in term.op.facts for term in terms):
        return total([_weighing(p, term) for term in terms])
    return make(mul, (p, g))


def _weighing(p: Expr, g: Expr) -> Expr:
    """``p*g`` with ``p`` as a weight of the logarithms in ``g``: where it is 0 and they are
    infinite the product is 0, as the weighted logarithm is.
    """
    logarithms = []
    while "weighs" in g.op.facts:
        logarithms.append(g)
        g = g.args[0]
    product = p if number_in(g) == 1 else make(mul, (p, g))
    for node in reversed(logarithms):
        product = make(node.op, (product, *node.args[1:]))
    return product


def _over_roots(top: Expr, bottom: Expr) -> Expr | None:
    """``top/bottom`` where both have powers of one root, without those: where it is 0 its own
    slope is infinite, and that of a higher power of it is not.  None for other quotients.
    """
    root = bottom.args[-1] if bottom.op is mul else bottom
    if "root" not in root.op.facts:
        return None
    parts = []
    for term in top.args if top.op is add else (top,):
        part = _over_root(term, bottom, root)
        if part is None:
            return None
        parts.append(part)
    return total(parts)


def _over_root(top: Expr, bottom: Expr, root: Expr) -> Expr | None:
    above, below = _factors(top), _factors(bottom)
    for i, factor in enumerate(above):
        raised = "literal" in factor.op.facts and factor.args[0] is root
        k = number_in(factor.args[1]) if raised else int(factor is root)
        if type(k) is int and k > 0:
            both = min(k, below.count(root))
            power = [root ** (k - both)] if k - both > 1 else [root] * (k - both)
            rest = [x for x in below if x is not root] + [root] * (below.count(root) - both)
            numerator = _product(above[:i] + power + above[i + 1 :])
            return make(div, (numerator, _product(rest))) if rest else numerator
    return None


def _factors(node: Expr) -> list[Expr]:
    """The factors of a product, at most ``MOST_FACTORS`` or so."""
    factors: list[Expr] = []
    pending = [node]
    while pending:
        factor = pending.pop()
        if factor.op is mul and len(factors) + len(pending) < MOST_FACTORS:
            pending += factor.args[::-1]
        else:
            factors.append(factor)
    return factors


def _product(factors: list[Expr]) -> Expr:
    return reduce(lambda x, y: make(mul, (x, y)), factors) if factors else const(1)


def total(terms: list[Expr]) -> Expr:
    """The sum of one or more terms of one shape."""
    return terms[0] if len(terms) == 1 else make(add, tuple(terms))


def zeros(shape: Shape) -> Expr:
    """A constant 0 of that shape."""
    return broadcast_to(const(0), shape)


def align(dot: Expr, rank: int, target: int) -> Expr:
    """A batched tangent of an argument of ``rank`` axes, with axes put in for ``target`` axes."""
    shape = aligned_shape(dot.shape, rank, target)
    if dot.ndim == rank or shape == dot.shape:
        return dot
    return make(arrays.reshape, (dot,), (dot.ndim, shape))


def elements(out: Expr) -> list[Expr]:
    """The scalars that nested stacks put together to ``out``, or ``[out]`` if it is none."""
    level = [out]
    for _ in out.shape:
        for node in level:
            if "stacks" not in node.op.facts or node.params[0] != -node.ndim:
                return [out]
        level = [a for node in level for a in node.args]
    fits = len(level) == out.size and not any(node.shape for node in level)
    return level if fits else [out]
