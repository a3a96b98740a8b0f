"""Entries of a sparse matrix from few sweeps: columns of one colour share a sweep.

Source: A. Gebremedhin, F. Manne, A. Pothen, What color is your Jacobian? SIAM Review 47 (2005).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..calculus.modes import forward
from ..expr import Expr
from ..leaves import const
from ..walk import postorder
from .assembly import Placed
from .sparsity import Pattern, jacobian_sparsity

Array = Any


def coloured_entries(output: Expr, wrt: Expr, limit: int, symmetric: bool) -> list[Placed]:
    """The entries of the Jacobian of ``output``, from one sweep with a direction for each colour.

    Raises: LimitError where the pattern has more than ``limit`` entries.
    """
    pattern = jacobian_sparsity(output, wrt, limit=limit)
    if symmetric:
        pattern = pattern.multiply(pattern.T).tocsr()
    pattern.sort_indices()
    if not pattern.nnz:
        return []
    rows = np.repeat(np.arange(output.size), np.diff(pattern.indptr))
    colours = colouring(pattern, symmetric)
    count = int(colours.max()) + 1
    seeds = np.zeros((count, wrt.size))
    seeds[colours, np.arange(wrt.size)] = 1
    start = const(seeds.reshape((count, *wrt.shape)))
    value = forward(postorder([output], {wrt}), {wrt: start}, (count,))[output]
    assert value is not None
    places = colours[pattern.indices].astype(np.int64) * output.size + rows
    alone = np.bincount(places, minlength=value.size)[places] == 1
    found = []
    for chosen, ends in _shared(rows, pattern.indices, alone):
        row_of, column_of = np.zeros(value.size, np.int64), np.full(value.size, -1)
        row_of[places[chosen]], column_of[places[chosen]] = ends
        found.append(Placed(value, row_of, column_of))
    return found


def _shared(rows: Array, columns: Array, alone: Array) -> Any:
    """The entries that a sweep gives alone; for the others, those at (column, row) once more."""
    yield alone, (rows[alone], columns[alone])
    if not alone.all():
        order = np.lexsort((rows, columns))  # entry (i, j) of the transpose
        lost = np.zeros(len(rows), dtype=bool)
        lost[order] = ~alone
        yield lost, (columns[lost], rows[lost])


def colouring(pattern: Pattern, symmetric: bool = False) -> Array:
    """Colours 0, 1, ... of the columns; no row has two columns of one colour.

    Bands get the fewest there are; else the columns with most neighbours choose first.  Of a
    ``symmetric`` matrix, each entry is alone in its row or that of its mirror image is.

    >>> from scipy.sparse import eye_array
    >>> colouring(eye_array(3, format="csr")).tolist()
    [0, 0, 0]
    """
    n = pattern.shape[1]
    counts = np.diff(pattern.indptr)
    widest = int(counts.max(initial=0))
    rows = np.repeat(np.arange(pattern.shape[0]), counts)
    if widest * pattern.shape[0] <= 8 * pattern.nnz:  # rows of a band are about equally long
        for k in range(max(widest, 1), min(widest + 3, n) + 1):
            if np.bincount(rows * k + pattern.indices % k).max(initial=0) <= 1:
                return np.arange(n) % k
    if symmetric:
        return star_colouring(pattern)
    return _greedy((pattern.T.tocsr() @ pattern).tocsr(), n)


def _greedy(graph: Pattern, n: int) -> Array:
    """The first colour that no neighbour has, for one column after the other."""
    colours = np.full(n, -1)
    degree = np.diff(graph.indptr)
    for j in np.argsort(-degree, kind="stable"):
        taken = colours[graph.indices[graph.indptr[j] : graph.indptr[j + 1]]]
        free = np.ones(len(taken) + 1, dtype=bool)
        free[taken[(taken >= 0) & (taken < len(free))]] = False
        colours[j] = free.argmax()
    return colours


def star_colouring(pattern: Pattern) -> Array:
    """Colours of the columns of a symmetric matrix; no path of four has only two of them.

    So each entry is alone in its row among those of its colour, or it is so on the other side of
    the diagonal: a column that all rows have takes one colour, and all others share a second one.

    >>> from scipy.sparse import csr_array
    >>> star_colouring(csr_array([[1, 1, 1], [1, 1, 0], [1, 0, 1]])).tolist()
    [0, 1, 1]
    """
    n = pattern.shape[0]
    colours = np.full(n, -1)
    near = np.split(pattern.indices, pattern.indptr[1:-1])
    for j in np.argsort([-len(found) for found in near], kind="stable").tolist():
        taken = [colours[near[j]]]
        for i in near[j].tolist():
            if i != j and colours[i]:  # no colour is below the first one
                beyond = colours[near[i]]
                taken.append(beyond if colours[i] < 0 else beyond[beyond < colours[i]])
        used = np.concatenate(taken)
        free = np.ones(len(used) + 1, dtype=bool)
        free[used[(used >= 0) & (used < len(free))]] = False
        colours[j] = free.argmax()
    return colours
