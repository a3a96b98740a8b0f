"""From the values of a few arrays to the entries of a sparse matrix, by a plan that is made once.

The pattern of the matrix, its constant entries and the way of every element are known before any
point is.  What remains at a point are copies between slices and one product with a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ..backend.evaluate import evaluate
from ..expr import Expr
from ..leaves import Var
from ..ops.structural import number_in
from ..walk import reachable

Array = Any
MOST_RUNS = 8  # slices for one value: rows at the ends of a band are shorter


class Placed(NamedTuple):
    """Entries of a matrix, all that ``value`` has, by the numbers of their rows and columns.

    A column of -1 tells that there is no entry.  ``mirrored`` entries stand at (column, row) too.
    """

    value: Expr
    rows: Array
    columns: Array
    mirrored: bool = False


class Spread(NamedTuple):
    """A sparse matrix with few entries in each row: their columns, -1 for none, and weights.

    Shapes: both (most entries of a row, rows).
    """

    columns: Array
    weights: Array


class _Way(NamedTuple):
    """Where elements of a value go: its number, theirs, the numbers of entries, and factors."""

    value: int
    sources: Array
    slots: Array
    weights: Any


class _Copy(NamedTuple):
    """A way between slices; ``base`` is the constant part of entries that are set."""

    value: int
    sources: slice
    slots: slice
    weight: float
    adds: bool
    base: Any


class Assembly:
    """The way from values to the entries of ``left.T @ B @ right``, for parts of ``B``.

    Without ``left`` the rows of ``B`` are those of the result; ``turned`` gives the transpose.
    ``arrays`` are the values that depend on the point; ``indptr`` and ``indices`` are those of a
    CSR matrix.
    """

    def __init__(
        self,
        parts: Sequence[Placed],
        shape: tuple[int, int],
        right: Spread,
        left: Spread | None = None,
        turned: bool = False,
    ) -> None:
        self.shape = shape[::-1] if turned else shape
        known = {k: value for k, p in enumerate(parts) if (value := _known(p.value)) is not None}
        varying = [k for k in range(len(parts)) if k not in known]
        self.arrays = tuple([parts[k].value for k in varying])
        found = [(k, *way) for k, p in enumerate(parts) for way in _ways(p, right, left)]
        rows, columns = [np.concatenate([f[i] for f in found] or [[]]) for i in (2, 3)]
        ends = (columns, rows) if turned else (rows, columns)
        self.indptr, self.indices, slots = _pattern(*ends, self.shape)
        self.count, self.work = len(self.indices), len(slots)
        parted = np.split(slots, np.cumsum([len(f[1]) for f in found])[:-1])
        listed = zip(found, parted, strict=True) if found else ()
        ways = [_Way(f[0], f[1], slot, f[4]) for f, slot in listed]
        constants = _constants([w for w in ways if w.value in known], known, self.count)
        number = {k: i for i, k in enumerate(varying)}
        self._plan(
            [w._replace(value=number[w.value]) for w in ways if w.value in number], constants
        )

    def _plan(self, ways: Sequence[_Way], constants: Array) -> None:
        """Slices are copied one by one, all else together; ``blank`` entries are constant."""
        covered = np.zeros(self.count, dtype=bool)
        touched = np.zeros(self.count, dtype=bool)
        self.copies: list[_Copy] = []
        others: list[_Way] = []
        for w in ways:
            runs = _runs(w.sources, w.slots) if np.ndim(w.weights) == 0 else None
            if runs is None:
                others.append(w)
            for sources, slots in runs or ():
                adds = bool(touched[slots].any())
                base = None if adds else _base(constants[slots])
                self.copies.append(_Copy(w.value, sources, slots, w.weights, adds, base))
                touched[slots] = True
                if not adds:
                    covered[slots] = True
        self.rest: _Rest | None = None
        if others:
            self.rest = _Rest(others, [x.size for x in self.arrays], touched, constants)
            if not self.rest.adds:
                covered[self.rest.slots] = True
        blank = np.flatnonzero(~covered)
        self.template = constants if 4 * len(blank) > self.count else None
        self.blank = as_slice(blank)
        self.constants = constants[blank]

    @property
    def reach(self) -> int:
        """The largest distance of an entry from the diagonal."""
        rows: Array = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        return int(np.abs(rows - self.indices).max(initial=0))

    @property
    def is_sparse(self) -> bool:
        """Whether less than half of the entries are there."""
        return 2 * self.count <= self.shape[0] * self.shape[1]

    def data(self, values: Sequence[Array], out: Array | None = None) -> Array:
        """The entries, row by row, for the values of ``arrays``; written to ``out`` if given."""
        data = np.empty(self.count) if out is None else out
        if self.template is not None:
            np.copyto(data, self.template)
        else:
            data[self.blank] = self.constants
        for value, sources, slots, weight, adds, base in self.copies:
            found = values[value].reshape(-1)[sources]
            if weight != 1:
                found = found * weight
            if adds:
                data[slots] += found
            elif base is None:
                data[slots] = found
            else:
                np.add(found, base, out=data[slots])
        if self.rest is not None:
            self.rest.put(values, data)
        return data

    @cached_property
    def _form(self) -> Any:
        from scipy.sparse import csr_array

        form = csr_array((np.zeros(self.count), self.indices, self.indptr), shape=self.shape)
        return with_pattern(form)

    def csr(self, values: Sequence[Array]) -> Any:
        """The matrix for the values of ``arrays``."""
        return with_data(self._form, self.data(values))


def with_pattern(matrix: Any) -> Any:
    """A matrix of SciPy that others share their pattern with, so that none can change it."""
    if matrix.format != "coo":
        _ = matrix.has_canonical_format  # found once, and known to all
        matrix.indices.flags.writeable = matrix.indptr.flags.writeable = False
    return matrix


def with_data(form: Any, data: Array) -> Any:
    """A matrix with the pattern of another; that takes a fifth of the time of making it anew."""
    found = copy(form)
    found.data = data
    return found


class _Rest:
    """What no slices describe: sums of elements of all values in a row, as one sparse matrix."""

    def __init__(
        self, ways: Sequence[_Way], sizes: Sequence[int], touched: Array, constants: Array
    ) -> None:
        from scipy.sparse import coo_array, csr_array

        mark = np.zeros(len(touched), dtype=bool)
        for w in ways:
            mark[w.slots] = True
        self.adds = bool((mark & touched).any())
        slots = np.flatnonzero(mark)
        self.slots = as_slice(slots)
        self.base = None if self.adds else _base(constants[slots])
        self.values = sorted({w.value for w in ways})
        ends = np.cumsum([0, *[sizes[k] for k in self.values]])
        first = dict(zip(self.values, ends.tolist(), strict=False))
        row_of = np.cumsum(mark) - 1
        rows = np.concatenate([row_of[w.slots] for w in ways])
        columns = np.concatenate([w.sources + first[w.value] for w in ways])
        weights = np.concatenate([np.broadcast_to(w.weights, w.slots.shape) for w in ways])
        shape = (len(slots), int(ends[-1]))
        self.matrix: Any = csr_array(coo_array((weights, (rows, columns)), shape=shape))
        alone = len(rows) == len(slots) and (weights == 1).all()
        self.order = as_slice(self.matrix.indices) if alone else None

    def put(self, values: Sequence[Array], data: Array) -> None:
        flat = [values[k].reshape(-1) for k in self.values]
        line = flat[0] if len(flat) == 1 else np.concatenate(flat)
        found = self.matrix @ line if self.order is None else line[self.order]
        if self.adds:
            data[self.slots] += found
        else:
            data[self.slots] = found if self.base is None else found + self.base


def _known(value: Expr) -> Any:
    """The elements of a value that depends on no variable, as a number where they are all equal."""
    number = number_in(value)
    if number is not None or any(x.op is Var for x in reachable([value])):
        return number
    return np.asarray(evaluate(value), dtype=float).reshape(-1)


def _constants(ways: Sequence[_Way], known: dict[int, Any], count: int) -> Array:
    """The constant part of every entry."""
    if not ways:
        return np.zeros(count)
    factors = [
        np.broadcast_to(w.weights * (v if np.ndim(v) == 0 else v[w.sources]), w.slots.shape)
        for w in ways
        for v in [known[w.value]]
    ]
    slots = np.concatenate([w.slots for w in ways])
    return np.bincount(slots, np.concatenate(factors), minlength=count)


def _base(constants: Array) -> Any:
    """Constants as one number where they are equal, None where they are 0."""
    if not constants.any():
        return None
    return float(constants[0]) if (constants == constants[0]).all() else constants


def _ways(
    part: Placed, right: Spread, left: Spread | None
) -> Iterator[tuple[Array, Array, Array, Any]]:
    """Elements of a part, the rows and columns that they go to, and factors."""
    sources = np.flatnonzero(part.columns >= 0).astype(np.int32)
    whole = len(sources) == len(part.columns)
    ends = [x if whole else x[sources] for x in (part.rows, part.columns)]
    for rows, columns in (ends, ends[::-1]) if part.mirrored else (ends,):
        across = _entries(right, columns)
        down = [(rows, 1.0)] if left is None else _entries(left, rows)
        for (row, one), (column, two) in product(down, across):
            weights = one * two
            there = (row >= 0) & (column >= 0)
            if there.all():
                yield sources, row, column, weights
            elif there.any():
                weights = weights if np.ndim(weights) == 0 else weights[there]
                yield sources[there], row[there], column[there], weights


def _entries(spread: Spread, rows: Array) -> list[tuple[Array, Any]]:
    """The columns and weights of some rows of a matrix, one array for each entry of a row."""
    found = []
    at = as_slice(rows)
    for columns, weights in zip(spread.columns, spread.weights, strict=True):
        weight = weights[at]
        even = len(weight) and (weight == weight[0]).all()
        found.append((columns[at], float(weight[0]) if even else weight))
    return found


def _pattern(rows: Array, columns: Array, shape: tuple[int, int]) -> tuple[Array, Array, Array]:
    """``indptr`` and ``indices`` of a CSR matrix, and the number of the entry at each place.

    Cost: linear; SciPy's changes of format sort, and leave equal places side by side.
    """
    from scipy.sparse import coo_array

    kind = np.int32 if max(len(rows), *shape) < 2**31 else np.int64
    places = (rows.astype(kind, copy=False), columns.astype(kind, copy=False))
    order: Any = np.arange(len(rows), dtype=kind)
    numbers: Any = coo_array((order, places), shape=shape)
    numbers.has_canonical_format = True  # so that it adds up nothing
    found = numbers.tocsc().tocsr()
    first = np.ones(len(rows), dtype=bool)
    np.not_equal(found.indices[1:], found.indices[:-1], out=first[1:])
    first[found.indptr[:-1][np.diff(found.indptr) > 0]] = True
    ends = np.concatenate([[0], np.cumsum(first, dtype=kind)]).astype(kind)
    slots = np.empty(len(rows), dtype=kind)
    slots[found.data] = ends[1:] - 1
    return ends[found.indptr], found.indices[first], slots


def _runs(sources: Array, slots: Array) -> list[tuple[slice, slice]] | None:
    """Two arrays of places as pairs of slices, None where they take many."""
    steps = np.stack([np.diff(sources), np.diff(slots)])
    turns = np.flatnonzero((steps[:, 1:] != steps[:, :-1]).any(axis=0)) + 2
    if len(turns) >= MOST_RUNS:
        return None
    pairs = zip(np.split(sources, turns), np.split(slots, turns), strict=True)
    found = [(as_slice(one), as_slice(two)) for one, two in pairs]
    return found if all(isinstance(x, slice) for pair in found for x in pair) else None


def as_slice(places: Array) -> Any:
    """Places at equal distances as a slice."""
    if len(places) == 1:
        return slice(int(places[0]), int(places[0]) + 1, 1)
    if len(places) > 1:
        step = int(places[1]) - int(places[0])
        if step > 0 and (np.diff(places) == step).all():
            return slice(int(places[0]), int(places[-1]) + 1, step)
    return places
