"""The entries of a sparse Jacobian as formulas: what an expert would write for a band matrix.

Every node between the variable and the output carries slopes: expressions of its shape, maybe
with axes in front, whose elements are derivatives by one element of the variable each.  Which
one is known by number.  Slopes by the same elements add up; so the diagonals of a band matrix
come out as one expression each, and nothing is computed twice or thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..calculus.rules import tangent
from ..expr import Expr, Shape
from ..leaves import const
from ..ops.contraction import contract, reading
from ..ops.functions import broadcast_to, reshape
from ..ops.structural import number_in
from ..rule import NonDiff
from ..walk import postorder
from .assembly import Placed
from .sparsity import labelled, moved, positions

Array = Any
MOST_SLOPES = 48  # of one node
GROWTH = 24  # elements of all slopes of a node, for each element of the variable and the node


class Slope(NamedTuple):
    """Derivatives of a node, and the element of the variable each is by (-1 for none)."""

    value: Expr
    by: Array


def starts(wrt: Sequence[Expr]) -> dict[Expr, list[Slope]]:
    """The slope of each node by itself; its elements are numbered after those before it."""
    held, first = {}, 0
    for w in wrt:
        by = np.arange(first, first + w.size, dtype=np.int32).reshape(w.shape)
        held[w] = [Slope(broadcast_to(const(1), w.shape), by)]
        first += w.size
    return held


def slopes_of(outputs: Sequence[Expr], wrt: Sequence[Expr]) -> list[list[Slope]] | None:
    """The derivatives of each output that are not zero by structure.

    None where an operation is neither elementwise nor a product nor a move of elements, or
    where there are too many.
    """
    held = starts(wrt)
    size = sum([w.size for w in wrt])
    for node in postorder(outputs, held):
        if node in held or not any(held.get(a) for a in node.args):
            continue
        merged = slopes_at(node, held)
        if merged is None:
            return None
        most = GROWTH * (size + node.size) + 1000
        if len(merged) > MOST_SLOPES or sum([s.by.size for s in merged]) > most:
            return None
        held[node] = merged
    return [held.get(out, []) for out in outputs]


def slopes_at(node: Expr, held: Mapping[Expr, list[Slope]]) -> list[Slope] | None:
    """The slopes of a node from those of its arguments, None where they are not known."""
    found: list[Slope] = []
    for i, a in enumerate(node.args):
        for slope in held.get(a, ()):
            through = _through(node, i, slope)
            if through is None:
                return None
            found += through
    return _merged(found)


def _through(node: Expr, i: int, slope: Slope) -> list[Slope] | None:
    """What a slope of argument ``i`` becomes."""
    op, a = node.op, node.args[i]
    if op.rule is None or isinstance(op.rule, NonDiff):
        return []
    by = moved(node, i, slope.by)
    if by is None:
        return None
    batch = slope.by.shape[: slope.by.ndim - a.ndim]
    number = number_in(slope.value)
    if op.contraction is not None:
        return [_contracted(node, i, slope.value, batch, by)]
    if number is not None and not op.elementwise and (by >= 0).all():
        return [Slope(broadcast_to(const(number), by.shape), by)]
    value = tangent(node, [slope.value if k == i else None for k in range(len(node.args))], batch)
    return [] if value is None else [Slope(value, by)]


def _contracted(node: Expr, i: int, dot: Expr, batch: Shape, by: Array) -> Slope:
    """The slope of a contraction, with those axes in front, of the ones that are summed over,
    along which the elements of the variable differ.
    """
    operands, inputs, output = reading(node)
    lead, whole, sizes = labelled(node, i, batch)
    for k in reversed(range(len(lead), len(whole) - len(output))):
        first = by.take([0], axis=k)
        if by.shape[k] and (by == first).all():
            by, whole = first.squeeze(k), whole[:k] + whole[k + 1 :]
    dot = reshape(dot, batch + operands[i].shape)
    parts = [*operands[:i], dot, *operands[i + 1 :]]
    words = [*inputs[:i], lead + inputs[i], *inputs[i + 1 :]]
    value = broadcast_to(contract(parts, words, whole), tuple([sizes[x] for x in whole]))
    return Slope(reshape(value, by.shape), by)  # which may have axes of size 1 that were kept


def _merged(slopes: Sequence[Slope]) -> list[Slope]:
    """Slopes by the same elements added."""
    found: list[Slope] = []
    for s in slopes:
        for k, other in enumerate(found):
            if np.array_equal(other.by, s.by):
                found[k] = Slope(other.value + s.value, s.by)
                break
        else:
            found.append(s)
    return found


def entries_in(slope: Slope, size: int) -> list[Placed]:
    """The entries in simplified slopes of a node with ``size`` elements.

    What an operation puts among zeros is taken without them, in a sum of such terms one by one.
    """
    found = []
    rows = np.arange(slope.by.size, dtype=np.int32)
    if len(rows) > size:
        rows %= max(size, 1)
    stack: list[tuple[Any, Expr, Array, Array]] = [(1, slope.value, rows, slope.by.reshape(-1))]
    while stack:
        scale, whole, rows, columns = stack.pop()
        factor, value = _scaled(whole)
        orders = _gathered(value)
        if orders is not None:
            listed = zip(value.args, orders, strict=True)
            stack += [
                (scale * factor, a, rows[order], columns[order])
                for a, order in listed
                if number_in(a) != 0
            ]
        elif value.op.infix == "+" and all(
            a.shape == value.shape and _gathered(_scaled(a)[1]) is not None for a in value.args
        ):
            stack += [(scale * factor, a, rows, columns) for a in reversed(value.args)]
        else:
            found.append(Placed(scale * whole, rows, columns))
    return found


def _scaled(value: Expr) -> tuple[Any, Expr]:
    """A value as a number times another one of its shape."""
    factor: Any = 1
    while value.op.infix == "*" or (value.op.infix == "-" and len(value.args) == 1):
        numbers = [n for a in value.args if (n := number_in(a)) is not None]
        others = [a for a in value.args if number_in(a) is None]
        if len(others) != 1 or others[0].shape != value.shape:
            break
        factor *= prod(numbers) if numbers else -1
        value = others[0]
    return factor, value


def _gathered(value: Expr) -> list[Array] | None:
    """Where the elements of each argument are that the operation puts side by side or among zeros,
    each once.
    """
    if value.op.elementwise:
        return None
    found = []
    for i, a in enumerate(value.args):
        places = positions(value, i)
        if places is None:
            return None
        moved = np.flatnonzero(places >= 0)
        order = np.full(a.size, -1)
        order[places.reshape(-1)[moved]] = moved
        if len(moved) != a.size or (order < 0).any():
            return None
        found.append(order)
    return found or None
