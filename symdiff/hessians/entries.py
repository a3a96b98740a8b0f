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

from ..calculus.rules import tangent
from ..expr import Expr, Shape
from ..leaves import const
from ..ops.contraction import contract, reading
from ..ops.functions import broadcast_to, reshape
from ..ops.indexing import getitem
from ..ops.local import partials
from ..ops.structural import number_in, times
from ..rule import Linear, NonDiff, Partials
from ..walk import postorder
from .movement import positions

Array = Any
MOST_SLOPES = 48  # of one node
GROWTH = 24  # elements of all slopes of a node, for each element of the variable and the node


class Tight(NamedTuple):
    """Slopes of some elements alone, one each: ``at`` says of which, by their numbers."""

    value: Expr
    by: Array
    at: Array


class Slope(NamedTuple):
    """Derivatives of a node, and the element of the variable each is by (-1 for none).

    Where they were put among zeros, ``tight`` has them without the zeros.
    """

    value: Expr
    by: Array
    tight: Tight | None = None

    @property
    def least(self) -> Expr:
        """What is to be computed."""
        return self.value if self.tight is None else self.tight.value

    def computed(self, value: Expr) -> Slope:
        """The same with another form of that."""
        if self.tight is None:
            return self._replace(value=value)
        return self._replace(tight=self.tight._replace(value=value))


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
    op, rule = node.op, node.op.rule
    a = node.args[i]
    value: Expr | None
    batch = slope.by.shape[: slope.by.ndim - a.ndim]
    if rule is None or isinstance(rule, NonDiff):
        return []
    dots: list[Expr | None] = [slope.value if k == i else None for k in range(len(node.args))]
    if op.elementwise:
        value = tangent(node, dots, batch)
        wide = slope.by.reshape(batch + (1,) * (node.ndim - a.ndim) + a.shape)
        by = np.broadcast_to(wide, batch + node.shape)
        return [] if value is None else [Slope(value, by, _tight_factor(node, i, slope.tight))]
    if op.contraction is not None:
        return [_contracted(node, i, slope, batch)]
    if not isinstance(rule, Linear):
        return None
    places = positions(node, i)
    if places is None:
        return None
    number = number_in(slope.value)
    if number is not None and (places >= 0).all():
        value = broadcast_to(const(number), batch + node.shape)
    else:
        value = tangent(node, dots, batch)
    flat = slope.by.reshape(-1, a.size) if a.size else slope.by.reshape(prod(batch), 0)
    padded = np.concatenate([np.full((len(flat), 1), -1), flat], axis=1)
    by = padded[:, places.reshape(-1) + 1].reshape(batch + node.shape)
    tight = None if batch else _tight_move(a, places, slope)
    return [] if value is None else [Slope(value, by, tight)]


def _tight_move(a: Expr, places: Array, slope: Slope) -> Tight | None:
    """Moved elements without the zeros that come in, if each of them comes once."""
    flat = places.reshape(-1)
    moved = np.flatnonzero(flat >= 0)
    at = np.full(a.size, -1)
    at[flat[moved]] = moved
    if len(moved) != a.size or (at < 0).any():
        return None
    if slope.tight is not None:
        return slope.tight._replace(at=at[slope.tight.at])
    if len(moved) == len(flat):
        return None
    return Tight(slope.value, slope.by, at.reshape(a.shape))


def _tight_factor(node: Expr, i: int, tight: Tight | None) -> Tight | None:
    """Elements without zeros through an elementwise operation."""
    rule = node.op.rule
    if tight is None or node.args[i].shape != node.shape:
        return None
    if isinstance(rule, Linear):
        return tight._replace(value=rule.transpose(tight.value, node, i))
    p = partials(node, [i]).get(i) if isinstance(rule, Partials) else None
    if p is None:
        return None
    number = number_in(p)
    if number is not None or not p.shape:
        return tight._replace(value=times(p if number is None else const(number), tight.value))
    places = as_slice(tight.at.reshape(-1))
    if p.shape != node.shape or tight.at.ndim != 1 or not isinstance(places, slice):
        return None
    return tight._replace(value=times(getitem(reshape(p, -1), places), tight.value))


def _contracted(node: Expr, i: int, slope: Slope, batch: Shape) -> Slope:
    """Axes of the argument that are summed over go to the front: they tell elements apart."""
    operands, inputs, output = reading(node)
    labels = inputs[i]
    kept = tuple(dict.fromkeys([x for x in labels if x not in output]))
    lead = tuple(range(-len(batch) - 1000, -1000))
    shape = batch + operands[i].shape
    dot = slope.value if slope.value.shape == shape else reshape(slope.value, shape)
    parts = [*operands[:i], dot, *operands[i + 1 :]]
    words = [*inputs[:i], lead + labels, *inputs[i + 1 :]]
    sizes = dict(zip(lead, batch, strict=True))
    for x, own in zip(operands, inputs, strict=True):
        sizes.update(zip(own, x.shape, strict=True))
    whole = lead + kept + output
    value = contract(parts, words, whole)
    number = {x: k for k, x in enumerate(whole)}
    present = tuple([x for x in whole if x in lead + labels])
    by = np.einsum(
        slope.by.reshape(shape), [number[x] for x in lead + labels], [number[x] for x in present]
    )
    by = by.reshape([sizes[x] if x in present else 1 for x in whole])
    full = tuple([sizes[x] for x in whole])
    return Slope(broadcast_to(value, full), np.broadcast_to(by, full))


def _merged(slopes: Sequence[Slope]) -> list[Slope]:
    """Slopes by the same elements added; where one is by none, it is 0."""
    found: list[Slope] = []
    for s in slopes:
        for k, other in enumerate(found):
            if other.by.shape != s.by.shape:
                continue
            if s.tight is not None or other.tight is not None:
                both = _tight_sum(other, s)
                if both is None:
                    continue
                found[k] = both
                break
            same = (other.by == s.by) | (other.by < 0) | (s.by < 0)
            if same.all():
                found[k] = Slope(other.value + s.value, np.maximum(other.by, s.by))
                break
        else:
            found.append(s)
    return found


def _tight_sum(one: Slope, two: Slope) -> Slope | None:
    """The sum of slopes of the same elements by the same."""
    if one.tight is None or two.tight is None or one.tight.at.shape != two.tight.at.shape:
        return None
    if (one.tight.at != two.tight.at).any() or (one.tight.by != two.tight.by).any():
        return None
    value = one.tight.value + two.tight.value
    return Slope(one.value + two.value, one.by, one.tight._replace(value=value))


class Assembly:
    """The way from the values of slopes to the entries of a CSR matrix, prepared once."""

    def __init__(self, slopes: Sequence[Slope], shape: tuple[int, int]) -> None:
        self.shape = shape
        rows, columns, sources = [], [], []
        for s in slopes:
            by = (s.by if s.tight is None else s.tight.by).reshape(-1)
            source = np.flatnonzero(by >= 0)
            rows.append(s.tight.at.reshape(-1)[source] if s.tight else source % max(shape[0], 1))
            columns.append(by[source])
            sources.append(source)
        keys = np.concatenate(
            [r * shape[1] + c for r, c in zip(rows, columns, strict=True)] or [[]]
        )
        unique, slots = np.unique(keys.astype(np.int64), return_inverse=True)
        self.count = len(unique)
        kind = np.int32 if max(self.count, *shape) < 2**31 else np.int64
        self.indices: Array = (unique % max(shape[1], 1)).astype(kind)
        counts = np.bincount(unique // max(shape[1], 1), minlength=shape[0])
        self.indptr = np.concatenate([[0], np.cumsum(counts)]).astype(kind)
        self.numbers = [number_in(s.least) for s in slopes]
        self.moves: list[tuple[Any, Any, str]] = []
        self.fills: list[tuple[Any, float, str]] = []
        ends = np.cumsum([len(r) for r in rows])
        self.blank = self._plan(np.split(slots, ends[:-1]), sources)

    def _plan(self, slots: Sequence[Array], sources: Sequence[Array]) -> Any:
        """Which slopes set entries and which add to them, numbers first; where 0 is to be set."""
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
        """The matrix for the values of the slopes that are no numbers."""
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
