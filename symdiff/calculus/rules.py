"""From the derivative on a row to both modes: one tangent and one cotangent rule per kind of rule.

This is the only place where a mode is derived from a row, so the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from ..errors import NotDifferentiable
from ..expr import Expr, Shape, as_expr, make
from ..leaves import const
from ..ops.arrays import sum_to
from ..ops.compare import gt, where
from ..ops.structural import align, broadcast_to, is_constant, times, total, zeros
from ..rule import Custom, Linear, NonDiff, Partials

Move: TypeAlias = Callable[[Expr], Expr]


class Cotangent(NamedTuple):
    """What flows back: a value, and the condition under which it is not zero (None for always)."""

    value: Expr
    guard: Expr | None = None

    def settled(self) -> Expr:
        """The value with its guard applied."""
        if self.guard is None:
            return self.value
        return where(self.guard, self.value, zeros(self.value.shape))


def gather(received: list[Cotangent]) -> Cotangent:
    """The sum of what several users send; their guards are or-ed."""
    if len(received) == 1:
        return received[0]
    first = received[0].guard
    if all(c.guard is first for c in received):
        return Cotangent(total([c.value for c in received]), first)
    guard: Expr | None = first
    for c in received[1:]:
        guard = None if guard is None or c.guard is None else guard | c.guard
    return Cotangent(total([c.settled() for c in received]), guard)


def partials(node: Expr, wanted: Iterable[int]) -> dict[int, Expr]:
    """The local derivatives of an elementwise node; structural zeros are left out."""
    rule = node.op.rule
    assert isinstance(rule, Partials)
    found = rule.all(node.args, node) if rule.all else None
    result = {}
    for i in wanted:
        p = found[i] if found else as_expr(rule.each[i](*node.args, node))
        if not is_constant(p, 0):
            result[i] = p
    return result


def tangent(node: Expr, dots: list[Expr | None], batch: Shape) -> Expr | None:
    """Forward mode: the tangent of ``node`` from those of its arguments (None for zero).

    Shapes: a tangent has shape ``batch + shape of its node``.
    """
    rule = node.op.rule
    if rule is None or all(dot is None for dot in dots):
        return None
    if isinstance(rule, NonDiff):
        _refuse(node, rule)
        return None
    rank = max(a.ndim for a in node.args)
    dots = [
        None if dot is None else align(dot, a.ndim, rank, len(batch))
        for a, dot in zip(node.args, dots, strict=True)
    ]
    live = {i: dot for i, dot in enumerate(dots) if dot is not None}
    if isinstance(rule, Partials):
        terms = [times(p, live[i]) for i, p in partials(node, live).items()]
        out = total(terms) if terms else None
    elif isinstance(rule, Custom):
        out = rule.tangent(node, dots)
    elif len(live) == len(dots) or not node.op.elementwise:
        out = make(node.op, tuple([const(0) if dot is None else dot for dot in dots]), node.params)
    else:
        out = total([rule.transpose(dot, node, i) for i, dot in live.items()])
    return None if out is None else broadcast_to(out, batch + node.shape)


def cotangents(
    node: Expr, received: Cotangent, wanted: list[int]
) -> Iterator[tuple[Expr, Cotangent]]:
    """Reverse mode: what ``node`` sends to its arguments ``wanted``.

    Shapes: a cotangent has shape ``batch + shape of its node``; broadcasting is undone here.
    """
    rule = node.op.rule
    if isinstance(rule, NonDiff):
        _refuse(node, rule)
        return
    bar, guard = received if node.op.elementwise else (received.settled(), received.guard)
    local = partials(node, wanted) if isinstance(rule, Partials) else {}
    for i in wanted:
        sent: Expr | None = None
        condition: Expr | None = None
        if isinstance(rule, Partials):
            sent = times(local[i], bar) if i in local else None
        elif isinstance(rule, Linear):
            sent = rule.transpose(bar, node, i)
        elif isinstance(rule, Custom):
            sent, condition = rule.cotangent(bar, node, i)
        if sent is None:
            continue
        argument = node.args[i]
        if node.op.elementwise:
            both = condition if guard is None else guard if condition is None else guard & condition
            yield argument, _fit(Cotangent(sent, both), node, argument)
        elif isinstance(rule, Linear):
            carry: Move = lambda g, i=i: rule.transpose(g, node, i)  # type: ignore[misc]
            yield argument, Cotangent(sent, _moved(guard, bar.shape, carry, argument))
        else:
            yield argument, Cotangent(sent)


def _fit(sent: Cotangent, node: Expr, argument: Expr) -> Cotangent:
    """Undo broadcasting, of the guard too."""
    if node.shape == argument.shape:
        return sent
    reduce: Move = lambda g: sum_to(g, node.shape, argument.shape)
    guard = _moved(sent.guard, sent.value.shape, reduce, argument)
    return Cotangent(reduce(sent.settled()), guard)


def _moved(guard: Expr | None, shape: Shape, move: Move, argument: Expr) -> Expr | None:
    """The guard of a cotangent whose elements were moved or summed: true where any of them was.

    Below a leaf nothing is left to be guarded.
    """
    if guard is None or argument.op.rule is None:
        return None
    return gt(move(where(guard, broadcast_to(const(1), shape), zeros(shape))), 0)


def _refuse(node: Expr, rule: NonDiff) -> None:
    if not rule.zero:
        raise NotDifferentiable(node.op.title, rule.reason)
