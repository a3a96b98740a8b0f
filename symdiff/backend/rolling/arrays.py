"""The classes of a graph as arrays: each is one operation on elements picked from those below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...expr import Expr, make
from ...leaves import Const, const, var
from ...ops import arrays
from ...ops.arithmetic import add, mul, neg, sub
from ...ops.arrays import index, reshape
from ...ops.implementations import as_float
from ...ops.kernels import encode
from ...ops.places import concatenate, gather, scatter_add
from .classes import NUMBERS, Class, Classes, Given, Home, Sums

Places = np.ndarray[Any, np.dtype[np.int64]]
MOST_PIECES = 16  # of an array that is joined, not picked from whole classes
_TAG = -1  # sets the vector of variables apart from every variable of the user


class Arrays:
    """The array of every class of a graph; a class of one member is a scalar."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.vector = var("x", (len(classes.scalars),), tag=_TAG)
        self.made: list[Expr] = [self.vector, self.vector]
        for group in classes.classes[2:]:
            self.made.append(self._array(group))

    def _array(self, group: Any) -> Expr:
        match group:
            case Given(node):
                return node if not node.shape else make(reshape, (node,), (node.ndim, (node.size,)))
            case Class(op, params, parents, rows):
                table = np.array(rows, np.int64).reshape(-1, len(parents))
                columns = [self.column(c, table[:, k]) for k, c in enumerate(parents)]
                return make(op, tuple(columns), params)
            case Sums(parents, rows):
                return self._added(parents, rows)
        raise AssertionError(group)

    def column(self, number: int, places: Places) -> Expr:
        """The members of a class at some places, a scalar where all these are the same."""
        if number < 0:
            return self.classes.numbers[-1 - number]
        if number == NUMBERS:
            return self._numbers(places)
        source = self.made[number]
        first = int(places[0])
        if not source.shape:
            return source
        if len(places) == 1 or (places == first).all():
            return make(index, (source,), (encode((first,)),))
        step = int(places[1]) - first
        if step and (np.diff(places) == step).all():
            if step == 1 and len(places) == source.size:
                return source
            stop = int(places[-1]) + (1 if step > 0 else -1)
            at = slice(first, stop if stop >= 0 else None, step)
            return make(index, (source,), (encode((at,)),))
        return make(gather, (source, const(places)), (-1, 1, 1))

    def _numbers(self, places: Places) -> Expr:
        nodes: list[Expr] = [self.classes.numbers[i] for i in dict.fromkeys(places.tolist())]
        if len(nodes) == 1:
            return nodes[0]
        values = [x.params[0] if x.op is Const else x.op.constant for x in self.classes.numbers]
        ints = all(isinstance(v, int) and abs(v) < 2**63 for v in values)
        held = np.array(values if ints else [as_float(v) for v in values])
        found: Expr = const(held[places])
        return found

    def _added(self, parents: Sequence[tuple[int, int]], rows: list[list[list[int]]]) -> Expr:
        """The long sums of one class: those of each class of terms, added and subtracted."""
        total: Expr | None = None
        for k in sorted(range(len(parents)), key=lambda k: -parents[k][1]):
            number, sign = parents[k]
            part = self._summed(number, [row[k] for row in rows])
            if total is None:
                total = part if sign > 0 else make(neg, (part,))
            else:
                total = make(add if sign > 0 else sub, (total, part))
        assert total is not None
        return total

    def _summed(self, number: int, lists: list[list[int]]) -> Expr:
        """For each list of places the sum of these members: along an axis, or where lists differ in
        length by a list of who gets which.
        """
        members = len(lists)
        counts = np.array([len(found) for found in lists])
        flat = np.array([i for found in lists for i in sorted(found)], np.int64)
        terms = self.column(number, flat)
        if members == len(flat):
            return terms
        if not terms.shape:
            return make(mul, (terms, const(counts if members > 1 else len(flat))))
        if (counts == counts[0]).all():
            if members > 1:
                terms = make(reshape, (terms,), (1, (members, int(counts[0]))))
            return make(arrays.sum, (terms,), ((-1,), False))
        owners = const(np.repeat(np.arange(members), counts))
        return make(scatter_add, (terms, owners), (-1, 1, 1, (members,)))

    def vector_of(self, homes: Sequence[Home]) -> Expr:
        """Scalars as one array in that order: joined pieces, or picked if these are many."""
        table = np.array(homes, np.int64)
        numbers, places = table[:, 0], table[:, 1]
        changes = 1 + np.flatnonzero((np.diff(numbers) != 0) | (np.diff(places) != 1))
        if len(changes) < MOST_PIECES:
            pieces = np.split(np.arange(len(homes)), changes)
            return self._joined([self.column(int(numbers[at[0]]), places[at]) for at in pieces])
        classes, inverse = np.unique(numbers, return_inverse=True)
        parts = [self.column(c, np.arange(1)) if c < 0 else self.made[c] for c in classes.tolist()]
        starts = np.cumsum([0, *[part.size for part in parts]])
        picked = const(starts[inverse] + np.where(numbers < 0, 0, places))
        return make(gather, (self._joined(parts), picked), (-1, 1, 1))

    def _joined(self, parts: list[Expr]) -> Expr:
        vectors = [part if part.shape else make(reshape, (part,), (0, (1,))) for part in parts]
        return vectors[0] if len(vectors) == 1 else make(concatenate, tuple(vectors), (-1,))

    def scalar(self, home: Home) -> Expr:
        number, place = home
        return self.column(number, np.array([place]))
