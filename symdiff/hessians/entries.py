"""The entries of a sparse Jacobian as formulas: what an expert would write for a band matrix.

Every node between the variable and the output carries slopes: expressions of its shape, maybe
with axes in front, whose elements are derivatives by one element of the variable each.  Which
one is known by number.  Slopes by the same elements add up; so the diagonals of a band matrix
come out as one expression each, and nothing is computed twice or thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..calculus.modes import forward
from ..calculus.rules import tangent
from ..expr import Expr, Shape
from ..leaves import const
from ..ops.contraction import contract, reading
from ..ops.functions import broadcast_to, reshape
from ..ops.structural import number_in
from ..rule import NonDiff
from ..walk import postorder
from .sparsity import colouring, jacobian_sparsity, labelled, moved, positions

Array = Any
MOST_SLOPES = 48  # of one node
GROWTH = 24  # elements of all slopes of a node, for each element of the variable and the node


class Slope(NamedTuple):
    """Derivatives of a node, and the element of the variable each is by (-1 for none)."""

    value: Expr
    by: Array


class Placed(NamedTuple):
    """Entries of a Jacobian, all that ``value`` has, by the numbers of their rows and columns.

    A column of -1 tells that there is no entry.
    """

    value: Expr
    rows: Array
    columns: Array


def slopes_of(output: Expr, wrt: Expr) -> list[Slope] | None:
    """The derivatives of ``output`` that are not zero by structure.

    None where an operation is neither elementwise nor a product nor a move of elements, or
    where there are too many.
    """
    start = Slope(broadcast_to(const(1), wrt.shape), np.arange(wrt.size).reshape(wrt.shape))
    held: dict[Expr, list[Slope]] = {wrt: [start]}
    for node in postorder([output], {wrt}):
        if node in held or not any(held.get(a) for a in node.args):
            continue
        found: list[Slope] = []
        for i, a in enumerate(node.args):
            for slope in held.get(a, ()):
                through = _through(node, i, slope)
                if through is None:
                    return None
                found += through
        merged = _merged(found)
        most = GROWTH * (wrt.size + node.size) + 1000
        if len(merged) > MOST_SLOPES or sum([s.by.size for s in merged]) > most:
            return None
        held[node] = merged
    return held.get(output, [])


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
        return [Slope(_contracted(node, i, slope.value, batch, by.shape), by)]
    if number is not None and not op.elementwise and (by >= 0).all():
        return [Slope(broadcast_to(const(number), by.shape), by)]
    value = tangent(node, [slope.value if k == i else None for k in range(len(node.args))], batch)
    return [] if value is None else [Slope(value, by)]


def _contracted(node: Expr, i: int, dot: Expr, batch: Shape, shape: Shape) -> Expr:
    """The slope of a contraction, with the axes that are summed over in front."""
    operands, inputs, _ = reading(node)
    lead, whole, _ = labelled(node, i, batch)
    dot = reshape(dot, batch + operands[i].shape)
    parts = [*operands[:i], dot, *operands[i + 1 :]]
    words = [*inputs[:i], lead + inputs[i], *inputs[i + 1 :]]
    return broadcast_to(contract(parts, words, whole), shape)


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


def coloured_slopes(output: Expr, wrt: Expr, limit: int) -> list[Slope]:
    """The derivatives of ``output`` by ``wrt`` from one sweep with a direction for each colour."""
    pattern = jacobian_sparsity(output, wrt, limit=limit)
    if not pattern.nnz:
        return []
    colours = colouring(pattern)
    count = int(colours.max()) + 1
    seeds = np.zeros((count, wrt.size))
    seeds[colours, np.arange(wrt.size)] = 1
    start = const(seeds.reshape((count, *wrt.shape)))
    value = forward(postorder([output], {wrt}), {wrt: start}, (count,))[output]
    rows = np.repeat(np.arange(output.size), np.diff(pattern.indptr))
    by = np.full((count, output.size), -1)
    by[colours[pattern.indices], rows] = pattern.indices
    assert value is not None
    return [Slope(value, by.reshape((count, *output.shape)))]


def entries_in(slope: Slope, size: int) -> list[Placed]:
    """The entries in simplified slopes of a node with ``size`` elements.

    What an operation puts among zeros is taken without them, in a sum of such terms one by one.
    """
    found = []
    rows = np.arange(slope.by.size) % max(size, 1)
    stack: list[tuple[Any, Expr, Array, Array]] = [(1, slope.value, rows, slope.by.reshape(-1))]
    while stack:
        scale, whole, rows, columns = stack.pop()
        factor, value = _scaled(whole)
        order = _gathered(value)
        if order is not None:
            stack.append((scale * factor, value.args[0], rows[order], columns[order]))
        elif "stacks" in value.op.facts and value.size == sum([a.size for a in value.args]):
            parts = [_in_parts(places, value) for places in (rows, columns)]
            listed = zip(value.args, *parts, strict=True)
            stack += [(scale * factor, a, r, c) for a, r, c in listed if number_in(a) != 0]
        elif value.op.infix == "+" and all(
            a.shape == value.shape and _gathered(_scaled(a)[1]) is not None for a in value.args
        ):
            stack += [(scale * factor, a, rows, columns) for a in reversed(value.args)]
        else:
            found.append(Placed(scale * whole, rows, columns))
    return found


def _in_parts(places: Array, value: Expr) -> list[Array]:
    """The places of each part of a list."""
    (axis,) = value.params
    return [part.reshape(-1) for part in np.moveaxis(places.reshape(value.shape), axis, 0)]


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


def _gathered(value: Expr) -> Array | None:
    """Where the elements of an argument are that the operation puts among zeros, each once."""
    if len(value.args) != 1 or value.op.elementwise:
        return None
    places = positions(value, 0)
    if places is None:
        return None
    moved = np.flatnonzero(places >= 0)
    order = np.full(value.args[0].size, -1)
    order[places.reshape(-1)[moved]] = moved
    return order if len(moved) == len(order) and (order >= 0).all() else None


class Assembly:
    """The way from values to the entries of a CSR matrix, prepared once."""

    def __init__(self, parts: Sequence[Placed], shape: tuple[int, int]) -> None:
        self.shape = shape
        sources = [np.flatnonzero(p.columns >= 0) for p in parts]
        rows = [p.rows[source] for p, source in zip(parts, sources, strict=True)]
        columns = [p.columns[source] for p, source in zip(parts, sources, strict=True)]
        keys = np.concatenate(
            [r * shape[1] + c for r, c in zip(rows, columns, strict=True)] or [[]]
        )
        unique, slots = np.unique(keys.astype(np.int64), return_inverse=True)
        self.count = len(unique)
        kind = np.int32 if max(self.count, *shape) < 2**31 else np.int64
        self.indices: Array = (unique % max(shape[1], 1)).astype(kind)
        counts = np.bincount(unique // max(shape[1], 1), minlength=shape[0])
        self.indptr = np.concatenate([[0], np.cumsum(counts)]).astype(kind)
        self.numbers = [number_in(p.value) for p in parts]
        self.moves: list[tuple[Any, Any, str]] = []
        self.fills: list[tuple[Any, float, str]] = []
        ends = np.cumsum([len(r) for r in rows])
        self.blank = self._plan(np.split(slots, ends[:-1]), sources)

    def _plan(self, slots: Sequence[Array], sources: Sequence[Array]) -> Any:
        """Which values set entries and which add to them, numbers first; where 0 is to be set."""
        written = np.zeros(self.count, dtype=bool)
        blank = np.zeros(self.count, dtype=bool)
        for k in sorted(range(len(sources)), key=lambda k: self.numbers[k] is None):
            slot = slots[k]
            once = len(np.unique(slot)) == len(slot)
            how = "count" if not once else "add" if written[slot].any() else "set"
            if how != "set":
                blank[slot[~written[slot]]] = True
            written[slot] = True
            if self.numbers[k] is None:
                self.moves.append((as_slice(slot), as_slice(sources[k]), how))
            else:
                self.fills.append((as_slice(slot), float(self.numbers[k]), how))
        return as_slice(np.flatnonzero(blank))

    @property
    def reach(self) -> int:
        """The largest distance of an entry from the diagonal."""
        rows: Array = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        return int(np.abs(rows - self.indices).max(initial=0))

    @property
    def is_sparse(self) -> bool:
        """Whether less than half of the entries are there."""
        return 2 * self.count <= self.shape[0] * self.shape[1]

    def csr(self, values: Sequence[Array]) -> Any:
        """The matrix for the values that are no numbers."""
        from scipy.sparse import csr_array

        data = np.empty(self.count)
        data[self.blank] = 0
        moved = [
            (slot, value.reshape(-1)[source], how)
            for (slot, source, how), value in zip(self.moves, values, strict=True)
        ]
        for slot, found, how in [*self.fills, *moved]:
            if how == "set":
                data[slot] = found
            elif how == "add":
                data[slot] += found
            else:
                np.add.at(data, slot, found)
        return csr_array((data, self.indices, self.indptr), shape=self.shape)


def as_slice(places: Array) -> Any:
    """Places at equal distances as a slice."""
    if len(places) > 1:
        step = int(places[1] - places[0])
        if step > 0 and (np.diff(places) == step).all():
            return slice(int(places[0]), int(places[-1]) + 1, step)
    return places
