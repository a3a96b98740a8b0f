"""The minus in front of a product, found and taken away."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from ..expr import Expr, make
from ..leaves import Const, const

PRODUCTS = frozenset("*/")


def _spine(node: Expr, signs: frozenset[str] = PRODUCTS) -> list[Expr]:
    """The node, its first argument, that one's first argument, ... through products."""
    path = [node]
    while path[-1].op.infix in signs and len(path[-1].args) > 1:
        path.append(path[-1].args[0])
    return path


def _is_negative(node: Expr) -> bool:
    if node.op is Const:
        return not node.shape and -inf < node.params[0] < 0
    return node.op.infix == "-" and len(node.args) == 1


def starts_with_minus(node: Expr) -> bool:
    return _is_negative(_spine(node, PRODUCTS | {"@"})[-1])


def with_minus(order: Iterable[Expr]) -> set[Expr]:
    """The nodes of a graph that have an :func:`opposite`; ``order`` has arguments before users."""
    found: set[Expr] = set()
    for node in order:
        product = node.op.infix in PRODUCTS and len(node.args) > 1
        if node.args[0] in found if product else _is_negative(node):
            found.add(node)
    return found


def opposite(node: Expr) -> Expr | None:
    """The node without the minus it is written with: ``2*x*y`` of ``-2*x*y``; None without one."""
    *path, first = _spine(node)
    if not _is_negative(first):
        return None
    positive = const(-first.params[0]) if first.op is Const else first.args[0]
    for product in reversed(path):
        args = (positive, *product.args[1:])
        if positive is const(1) and product.op.infix == "*":
            args = args[1:]
        positive = args[0] if len(args) == 1 else make(product.op, args)
    return positive
