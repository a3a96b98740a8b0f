"""NumPy implementations of the rows of ``places.py``.

Arguments may carry any number of leading batch axes, an index too; axes are counted from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
Shape = tuple[int, ...]
FEW = 1000  # elements: below, NumPy's loop over them is faster than to set up a sparse product


def concatenate(*parts: Array, axis: int) -> Array:
    """Parts joined along an axis; their batch axes broadcast."""
    shapes = [np.shape(part) for part in parts]
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    at = rank + axis
    others = np.broadcast_shapes(*[shape[:at] + shape[at + 1 :] for shape in padded])
    wanted = [(*others[:at], shape[at], *others[at:]) for shape in padded]
    fitted = [
        part if shape == whole else np.broadcast_to(part, whole)
        for part, shape, whole in zip(parts, shapes, wanted, strict=True)
    ]
    return np.concatenate(fitted, axis=axis)


def tril(x: Array, k: int) -> Array:
    return np.tril(x, k)


def triu(x: Array, k: int) -> Array:
    return np.triu(x, k)


def gather(x: Array, *indices: Array, axis: int, rank: int, index_rank: int) -> Array:
    """``x`` at index arrays for consecutive axes, the first of which is ``axis``."""
    if all(np.ndim(i) <= index_rank for i in indices):
        if len(indices) == 1:
            return np.take(x, indices[0], axis=axis)
        return x[(..., *indices, *(slice(None),) * (-axis - len(indices)))]
    tail = -axis - len(indices)
    x = np.asarray(x)
    fixed, core = x.shape[: x.ndim - rank], x.shape[x.ndim - rank :]
    batch = np.broadcast_shapes(fixed, *[_lead(i, index_rank) for i in indices])
    x = np.broadcast_to(x, batch + core)
    first, last = x.ndim + axis, x.ndim - tail
    lead = tuple(range(len(batch), first))
    x = x.transpose(*range(len(batch)), *range(first, last), *lead, *range(last, x.ndim))
    grids = np.ix_(*map(np.arange, batch))
    aligned = [g.reshape(g.shape + (1,) * index_rank) for g in grids]
    found = x[(*aligned, *indices)]
    moved = range(len(batch), len(batch) + index_rank)
    return np.moveaxis(found, moved, range(len(batch) + len(lead), found.ndim - tail))


def scatter_add(
    x: Array, *indices: Array, axis: int, rank: int, index_rank: int, sizes: Shape
) -> Array:
    """Zeros with ``x`` added at index arrays for axes of ``sizes``: places that repeat add up."""
    x = np.asarray(x)
    tail = -axis - len(sizes)
    lead = rank - len(sizes) - tail
    batch: Shape = ()
    core = np.broadcast_shapes(*[np.shape(i)[max(np.ndim(i) - index_rank, 0) :] for i in indices])
    if any(np.ndim(i) > index_rank for i in indices):
        held = lead + index_rank + tail
        fixed = x.shape[: x.ndim - held]
        batch = np.broadcast_shapes(fixed, *[_lead(i, index_rank) for i in indices])
        x = np.broadcast_to(x, batch + x.shape[x.ndim - held :])
    places = np.broadcast_to(_places(indices, sizes), batch + core)
    size, blocks = _size(sizes), _size(batch)
    if batch:
        shift = np.arange(blocks).reshape(batch + (1,) * index_rank) * size
        places = places + shift
    first = x.ndim - tail - index_rank
    before, after = x.shape[len(batch) : first], x.shape[x.ndim - tail :]
    flat = x.reshape(blocks, _size(before), _size(core), _size(after)).swapaxes(1, 2)
    rows = flat.reshape(blocks * _size(core), _size(before) * _size(after))
    total = _added(rows, places.ravel(), blocks * size)
    total = total.reshape(blocks, size, _size(before), _size(after)).swapaxes(1, 2)
    return total.reshape(batch + before + sizes + after)


def take_along_axis(x: Array, indices: Array, axis: int) -> Array:
    x, indices = _same_rank(x, indices)
    return np.take_along_axis(x, indices, axis)


def add_along_axis(x: Array, indices: Array, axis: int, size: int) -> Array:
    """Zeros with ``x`` added at ``indices`` along an axis of ``size``."""
    x, indices = np.broadcast_arrays(x, indices)
    x, indices = np.moveaxis(x, axis, -1), np.moveaxis(indices, axis, -1)
    lead = x.shape[:-1]
    count = _size(lead)
    places = _places((indices,), (size,))
    if count > 1:
        places = places + np.arange(count).reshape((*lead, 1)) * size
    total = _added(x.reshape(-1, 1), places.ravel(), count * size)
    return np.moveaxis(total.reshape((*lead, size)), -1, axis)


class _Unlocked:
    """An array that passes for writable: ``np.bincount`` copies an index that is not.

    Constants are read-only; for a million places the copy takes twice as long as the sum.
    """

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, owner: Array) -> None:
        self.owner = owner
        about = owner.__array_interface__
        self.__array_interface__ = {**about, "data": (about["data"][0], False)}


def _added(rows: Array, places: Array, size: int) -> Array:
    """``size`` rows of zeros with each of ``rows`` added at its place; one pass over ``rows``."""
    count, width = rows.shape
    if count and width == 1 and rows.dtype == np.float64:
        return np.bincount(np.asarray(_Unlocked(places)), rows[:, 0], size).reshape(size, 1)
    if rows.size < FEW or rows.dtype.kind == "b":
        total = np.zeros((size, width), rows.dtype)
        np.add.at(total, places, rows)
        return total
    from scipy import sparse

    ones, ends = np.ones(count, rows.dtype), np.arange(count + 1)
    return sparse.csc_matrix((ones, places, ends), shape=(size, count)) @ rows


def _places(indices: tuple[Array, ...], sizes: Shape) -> Array:
    """Index arrays for several axes as one for all of them together, in row-major order.

    Raises: IndexError for an index that is out of range.
    """
    place: Array = None
    for given, n in zip(indices, sizes, strict=True):
        i = np.asarray(given)
        if i.size:
            low, high = i.min(), i.max()
            if low < -n or high >= n:
                wrong = high if high >= n else low
                raise IndexError(f"index {int(wrong)} is out of bounds for size {int(n)}")
            if low < 0:
                i = np.where(i < 0, i + n, i)
        place = i if place is None else place * n + i
    return place


def _lead(i: Array, rank: int) -> Shape:
    return np.shape(i)[: max(np.ndim(i) - rank, 0)]


def _same_rank(*arrays: Array) -> list[Array]:
    """Arrays with axes put in front, so that all have as many."""
    rank = max(map(np.ndim, arrays))
    return [np.reshape(a, (1,) * (rank - np.ndim(a)) + np.shape(a)) for a in arrays]


def _size(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))
