"""A node as a product of factors with whole exponents, and back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import number
from ..row import Form

HIGHEST = 6  # power of a factor
MOST = 12  # factors that are looked at


class Product(NamedTuple):
    """Factors with whole exponents, and whether a minus stands before them."""

    factors: list[tuple[Expr, int]]
    negative: bool


def factors_of(node: Expr) -> Product | None:
    """A node as a product; None for too many factors."""
    found: list[tuple[Expr, int]] = []
    stack, negative = [(node, 1)], False
    while stack:
        n, times = stack.pop()
        exponent = 2 if n.op is ar.square else number(n.args[1]) if n.op is el.pow else None
        if n.op is ar.mul:
            stack += [(f, times) for f in reversed(n.args)]
        elif n.op is ar.neg:
            stack.append((n.args[0], times))
            negative ^= times % 2 == 1
        elif isinstance(exponent, int) and 0 < exponent <= HIGHEST:
            stack.append((n.args[0], times * exponent))
        else:
            found.append((n, times))
        if len(stack) + len(found) > MOST:
            return None
    return Product(found, negative)


def listed(factors: Iterable[tuple[Expr, int]]) -> list[Expr]:
    return [f for f, n in factors for _ in range(n)]


def product_of(form: Form, factors: list[Expr]) -> Expr:
    kept = [f for f in factors if number(f) != 1]
    return reduce(lambda x, y: form.apply(ar.mul, (x, y)), kept) if kept else const(1)
