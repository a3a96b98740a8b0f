"""What a row says of the derivative at one node, as expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..expr import Expr, as_expr
from ..rule import Custom, Linear, Multilinear, Partials
from .contraction import transposed
from .structural import number_in, times


def partials(node: Expr, wanted: Iterable[int]) -> dict[int, Expr]:
    """The local derivatives of an elementwise node; structural zeros are left out."""
    rule = node.op.rule
    assert isinstance(rule, Partials)
    found = rule.all(node.args, node) if rule.all else None
    result = {}
    for i in wanted:
        p = found[i] if found else as_expr(rule.each[i](*node.args, node))
        if number_in(p) != 0:
            result[i] = p
    return result


def contributions(
    node: Expr, bar: Expr, wanted: list[int]
) -> Iterator[tuple[int, Expr, Expr | None]]:
    """``(i, cotangent of argument i, its guard)`` by the kind of rule; zeros are left out."""
    rule = node.op.rule
    if isinstance(rule, Partials):
        for i, p in partials(node, wanted).items():
            yield i, times(p, bar), None
    elif isinstance(rule, Linear):
        for i in wanted:
            if rule.count is None or i < rule.count:
                yield i, rule.transpose(bar, node, i), None
    elif isinstance(rule, Multilinear):
        for i in wanted:
            yield i, transposed(bar, node, i), None
    elif isinstance(rule, Custom):
        for i in wanted:
            value, guard = rule.cotangent(bar, node, i)
            if value is not None:
                yield i, value, guard
