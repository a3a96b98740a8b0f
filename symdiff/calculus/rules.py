"""From the derivative on a row to both modes: one tangent and one cotangent rule per kind of rule.

This is the only place where a mode is derived from a row, so the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..errors import NotDifferentiable
from ..expr import Expr, Shape, make
from ..leaves import const
from ..ops import arrays
from ..ops.arrays import sum_to
from ..ops.compare import gt, where
from ..ops.contraction import replaced, transposed
from ..ops.local import contributions, partials
from ..ops.structural import align, broadcast_to, times, total, zeros
from ..rule import Custom, Linear, Multilinear, NonDiff, Partials

Move: TypeAlias = Callable[[Expr], Expr]


class Guard(NamedTuple):
    """Conditions that must all hold: ``condition`` and those of ``outer``, together ``live``."""

    live: Expr
    condition: Expr
    outer: Guard | None
    depth: int


def narrowed(outer: Guard | None, condition: Expr) -> Guard:
    """``outer`` with one more condition."""
    if outer is None:
        return Guard(condition, condition, None, 1)
    return Guard(outer.live & condition, condition, outer, outer.depth + 1)


class Cotangent(NamedTuple):
    """What flows back: a value, and the guard outside of which it is zero (None for none).

    ``applied`` tells that the value is zero there as it stands.  Where only parts of a node are
    read, ``read`` has the places of their elements, counted from 1.
    """

    value: Expr
    guard: Guard | None = None
    applied: bool = False
    read: tuple[Any, ...] = ()

    def settled(self) -> Expr:
        """The value with its guard applied."""
        if self.guard is None or self.applied:
            return self.value
        return where(self.guard.live, self.value, zeros(self.value.shape))


def gather(received: list[Cotangent]) -> Cotangent:
    """The sum of what users send: branches of one ``where`` join, other guards are or-ed."""
    if len(received) == 1:
        return received[0]
    read = (
        tuple([part for c in received for part in c.read]) if all(c.read for c in received) else ()
    )
    return _sum(received)._replace(read=read)


def _sum(received: list[Cotangent]) -> Cotangent:
    if all(c.guard is None for c in received):
        return Cotangent(total([c.value for c in received]))
    parts = _joined(received)
    if len(parts) == 1:
        return parts[0]
    lives = [c.guard.live for c in parts if c.guard is not None]
    guard = narrowed(None, reduce(or_, lives)) if len(lives) == len(parts) else None
    return Cotangent(total([c.settled() for c in parts]), guard, applied=True)


def _joined(received: list[Cotangent]) -> list[Cotangent]:
    """One cotangent per guard; those under ``c`` and ``~c`` become one, ``where(c, a, b)``."""
    by_live: dict[Expr | None, Cotangent] = {}
    depth = max([c.guard.depth for c in received if c.guard is not None])
    levels: list[list[Guard]] = [[] for _ in range(depth + 1)]

    def add(sent: Cotangent) -> None:
        live = None if sent.guard is None else sent.guard.live
        known = by_live.get(live)
        if known is None and sent.guard is not None:
            levels[sent.guard.depth].append(sent.guard)
        by_live[live] = sent if known is None else Cotangent(known.value + sent.value, sent.guard)

    for sent in received:
        add(sent)
    while levels:
        for guard in levels.pop():
            other = narrowed(guard.outer, ~guard.condition).live
            if guard.live in by_live and other in by_live:
                taken, rest = by_live.pop(guard.live).value, by_live.pop(other).value
                add(Cotangent(where(guard.condition, taken, rest), guard.outer))
    return list(by_live.values())


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
    if isinstance(rule, Multilinear):
        parts = [replaced(node, i, dot) for i, dot in enumerate(dots) if dot is not None]
        return total([broadcast_to(part, batch + node.shape) for part in parts])
    if node.op.elementwise or "stacks" in node.op.facts:
        rank = max(a.ndim for a in node.args)
        dots = [
            None if dot is None else align(dot, a.ndim, rank)
            for a, dot in zip(node.args, dots, strict=True)
        ]
    elif isinstance(rule, Linear):
        return _moved_along(node, rule, dots, batch)
    live = {i: dot for i, dot in enumerate(dots) if dot is not None}
    if isinstance(rule, Partials):
        terms = [times(p, live[i]) for i, p in partials(node, live).items()]
        out = total(terms) if terms else None
    elif isinstance(rule, Custom):
        out = rule.tangent(node, dots)
    elif len(live) == len(dots) or not node.op.elementwise:
        out = make(node.op, tuple([const(0) if dot is None else dot for dot in dots]), node.params)
    else:
        assert isinstance(rule, Linear)
        out = total([rule.transpose(dot, node, i) for i, dot in live.items()])
    return None if out is None else broadcast_to(out, batch + node.shape)


def _moved_along(node: Expr, rule: Linear, dots: list[Expr | None], batch: Shape) -> Expr | None:
    """The tangent of a linear operation: the operation itself, on tangents."""
    dots = dots[: rule.count]
    if all(dot is None for dot in dots):
        return None
    zipped = zip(dots, node.args, strict=False)
    moved = [zeros(batch + a.shape) if dot is None else dot for dot, a in zipped]
    params = rule.widen(node.params, len(batch)) if rule.widen else node.params
    return make(node.op, (*moved, *node.args[len(dots) :]), params)


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
    elementwise = node.op.elementwise
    if elementwise and received.read:
        received = _of_what_is_read(node, received)
    bar, guard = received.value if elementwise else received.settled(), received.guard
    for i, value, condition in contributions(node, bar, wanted):
        argument = node.args[i]
        if elementwise:
            both = guard if condition is None else narrowed(guard, condition)
            yield argument, _fit(Cotangent(value, both), node, argument)
        else:
            moved = _moved(received, _carry(node, i), argument)
            both = moved if condition is None else narrowed(moved, condition)
            yield argument, Cotangent(value, both, read=_read_of(argument, node, received))


def _read_of(argument: Expr, node: Expr, received: Cotangent) -> tuple[Any, ...]:
    """The places that are read of the argument of a node which may be read in parts itself."""
    rule = node.op.rule
    if not isinstance(rule, (Linear, Multilinear)) or rule.moves is None or not argument.args:
        return ()
    if not received.read and not rule.drops:
        return ()
    places = rule.moves(np.arange(1, argument.size + 1).reshape(argument.shape), node)
    if places is None:
        return ()
    in_parts = received.read and places.shape == node.shape
    return (places[_mask(node, received)] if in_parts else places,)


def _mask(node: Expr, received: Cotangent) -> Any:
    """True for the elements that are read."""
    mask = np.zeros(node.size + 1, bool)
    for places in received.read:
        mask[places] = True
    return mask[1:].reshape(node.shape)


def _of_what_is_read(node: Expr, received: Cotangent) -> Cotangent:
    """The cotangent of an elementwise node guarded by what is read of it: 0 times an infinite
    slope in an element that is not read would be nan.
    """
    mask = _mask(node, received)
    if mask.all():
        return received
    applied = received.guard is None or received.applied
    return Cotangent(received.value, narrowed(received.guard, const(mask)), applied)


def _carry(node: Expr, i: int) -> Move:
    """How a guard of ``node`` reaches argument ``i`` of an operation that is not elementwise."""
    rule = node.op.rule
    if isinstance(rule, Linear):
        return lambda g: rule.transpose(g, node, i)
    if isinstance(rule, Multilinear):
        ones = make(node.op, tuple([_ones(a.shape) for a in node.args]), node.params)
        return lambda g: transposed(g, ones, i)
    shape = node.args[i].shape
    every = tuple(range(-node.ndim, 0))

    def anywhere(g: Expr) -> Expr:
        batch = g.shape[: g.ndim - node.ndim]
        core = make(arrays.sum, (g,), (every, False)) if every else g
        spread = make(arrays.reshape, (core,), (0, (1,) * len(shape)))
        return broadcast_to(spread, batch + shape)

    return anywhere


def _ones(shape: Shape) -> Expr:
    return broadcast_to(const(1), shape)


def _fit(sent: Cotangent, node: Expr, argument: Expr) -> Cotangent:
    """Undo broadcasting, of the guard too."""
    if node.shape == argument.shape:
        return sent
    back: Move = lambda g: sum_to(g, node.shape, argument.shape)
    return Cotangent(back(sent.settled()), _moved(sent, back, argument))


def _moved(sent: Cotangent, move: Move, argument: Expr) -> Guard | None:
    """The guard of a cotangent whose elements were moved or summed: true where any of them was.

    Below a leaf nothing is left to be guarded.
    """
    if sent.guard is None or argument.op.rule is None:
        return None
    ones = Cotangent(_ones(sent.value.shape), sent.guard)
    return narrowed(None, gt(move(ones.settled()), 0))


def _refuse(node: Expr, rule: NonDiff) -> None:
    if not rule.zero:
        raise NotDifferentiable(node.op.title, rule.reason)
