"""Which entries of a Jacobian can differ from zero, and how few sweeps give them all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from ..backend.evaluate import evaluate
from ..errors import LimitError
from ..expr import Expr, Shape
from ..leaves import Var, var
from ..ops.contraction import reading
from ..ops.creation import asarray
from ..ops.implementations import on_arrays, with_params
from ..rule import Linear, NonDiff
from ..targets import wrt_of
from ..walk import postorder, reachable

Array = Any
Labels = tuple[int, ...]
Pattern = Any  # a boolean csr_array of SciPy, (elements of a value) x (elements of another)
MOST_ENTRIES = 20_000_000
PATIENCE = 8  # steps for each entry that is allowed: elements may be reached in many ways


def jacobian_sparsity(F: Any, wrt: Expr | Sequence[Expr], *, limit: int = MOST_ENTRIES) -> Any:
    """The entries of the Jacobian that can differ from zero, as a boolean CSR array of SciPy.

    Elements are numbered in row-major order, those of a list one after the other.  No entry that
    can differ from zero is left out; some may be there whose slopes cancel.

    Shapes: (F.size, wrt.size).
    Raises: LimitError where there are more than ``limit``.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (4,))
    >>> sd.jacobian_sparsity(x[1:] - x[:-1] ** 2, x).toarray().astype(int).tolist()
    [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    """
    from scipy import sparse

    F = asarray(F)
    if not isinstance(wrt, Expr):
        columns = [jacobian_sparsity(F, w, limit=limit) for w in wrt_of(wrt).nodes]
        return sparse.hstack(columns, format="csr", dtype=bool)
    held: dict[Expr, Pattern] = {wrt: sparse.eye_array(wrt.size, dtype=bool, format="csr")}
    for node in postorder([F], {wrt}):
        live = [i for i, a in enumerate(node.args) if a in held and held[a].nnz]
        if node in held or not live or node.op.rule is None or isinstance(node.op.rule, NonDiff):
            continue
        found = [_through(node, i, held[node.args[i]], limit) for i in live]
        held[node] = reduce(lambda p, q: p if p is q else p + q, found)
        if held[node].nnz > limit:
            raise LimitError("entries of the pattern", held[node].nnz, limit, "limit")
    return held.get(F, sparse.csr_array((F.size, wrt.size), dtype=bool))


def _through(node: Expr, i: int, pattern: Pattern, limit: int) -> Pattern:
    """What argument ``i`` brings into the pattern of ``node``."""
    if node.op.elementwise and node.args[i].shape == node.shape:
        return pattern
    local = _local(node, i, limit)
    if local is not None:
        return _product(local, pattern, limit)
    columns = np.unique(pattern.indices)  # every element depends on every one
    count = node.size * len(columns)
    if count > limit:
        raise LimitError("entries of the pattern", count, limit, "limit")
    rows = np.repeat(np.arange(node.size), len(columns))
    return _pattern(rows, np.tile(columns, node.size), (node.size, pattern.shape[1]))


def _product(left: Pattern, right: Pattern, limit: int) -> Pattern:
    work = int(np.diff(right.indptr)[left.indices].sum())
    if work > PATIENCE * limit:
        raise LimitError("steps to join patterns", work, PATIENCE * limit, "limit")
    return left @ right


def _local(node: Expr, i: int, limit: int) -> Pattern | None:
    """The pattern of the derivative of ``node`` by its argument ``i``, None where it is full."""
    op, a = node.op, node.args[i]
    size = (node.size, a.size)
    by = moved(node, i, np.arange(a.size).reshape(a.shape))
    if by is not None:
        if by.size > limit:
            raise LimitError("entries of the pattern", by.size, limit, "limit")
        return _rows(by, size)
    if isinstance(op.rule, Linear):
        g = var("g", node.shape, tag=0)
        back = op.rule.transpose(g, node, i)
        places = positions(back, 0) if back.args and back.args[0] is g else None
        if places is not None:
            return _rows(places, size[::-1]).T.tocsr()
    return _along_axes(node, a, limit)


def _pattern(rows: Array, columns: Array, shape: tuple[int, int]) -> Pattern:
    from scipy import sparse

    ones = np.ones(len(rows), dtype=bool)
    return sparse.csr_array(sparse.coo_array((ones, (rows, columns)), shape=shape))


def _rows(places: Array, shape: tuple[int, int]) -> Pattern:
    """One entry for each row at most, or for each along axes in front; none for -1."""
    flat = places.reshape(-1)
    found = np.flatnonzero(flat >= 0)
    return _pattern(found % max(shape[0], 1), flat[found], shape)


def _along_axes(node: Expr, a: Expr, limit: int) -> Pattern | None:
    """For an operation along axes: elements that differ in their places along those alone."""
    named = dict(zip(node.op.param_names, node.params, strict=True))
    axes = named.get("axes", named.get("axis"))
    if axes is None or any(x.shape != a.shape for x in node.args):
        return None
    dropped = {k % a.ndim for k in (axes if isinstance(axes, tuple) else (axes,))}
    lines = tuple([1 if k in dropped else n for k, n in enumerate(a.shape)])
    number = np.arange(prod(lines)).reshape(lines)
    inner = np.broadcast_to(number, a.shape).reshape(-1)
    if node.ndim == a.ndim:
        outer = np.broadcast_to(number, node.shape).reshape(-1)
    else:
        outer = number.reshape(-1)
    left = _rows(outer, (node.size, number.size))
    return _product(left, _rows(inner, (a.size, number.size)).T.tocsr(), limit)


# -- where elements go ---------------------------------------------------------------------------


def moved(node: Expr, i: int, by: Array) -> Array | None:
    """Numbers of the elements of argument ``i`` at those of the node that depend on them.

    ``by`` may have axes in front; those that a contraction sums over go there too, for they tell
    elements apart.  None if the node is neither elementwise nor a contraction nor a move.
    """
    a = node.args[i]
    batch = by.shape[: by.ndim - a.ndim]
    if node.op.elementwise:
        wide = by.reshape(batch + (1,) * (node.ndim - a.ndim) + a.shape)
        return np.broadcast_to(wide, batch + node.shape)
    if node.op.contraction is not None:
        operands, inputs, _ = reading(node)
        lead, whole, sizes = labelled(node, i, batch)
        number = {x: k for k, x in enumerate(whole)}
        labels = lead + inputs[i]
        present = [x for x in whole if x in labels]
        by = by.reshape(batch + operands[i].shape)
        by = np.einsum(by, [number[x] for x in labels], [number[x] for x in present])
        by = by.reshape([sizes[x] if x in present else 1 for x in whole])
        front = [sizes[x] for x in whole[: len(whole) - len(reading(node).output)]]
        return np.broadcast_to(by, [sizes[x] for x in whole]).reshape(*front, *node.shape)
    places = positions(node, i)
    if places is None:
        return None
    flat = by.reshape(-1, a.size) if a.size else by.reshape(prod(batch), 0)
    padded = np.concatenate([np.full((len(flat), 1), -1, dtype=by.dtype), flat], axis=1)
    return padded[:, places.reshape(-1) + 1].reshape(batch + node.shape)


def labelled(node: Expr, i: int, batch: Shape) -> tuple[Labels, Labels, dict[int, int]]:
    """Labels for axes in front of argument ``i`` of a contraction and for those of its derivative,
    and the sizes of all.
    """
    found = reading(node)
    lead = tuple(range(-len(batch) - 1000, -1000))
    kept = tuple(dict.fromkeys([x for x in found.inputs[i] if x not in found.output]))
    sizes = {**dict(zip(lead, batch, strict=True)), **found.sizes}
    return lead, lead + kept + found.output, sizes


def positions(node: Expr, i: int) -> Array | None:
    """For each element of ``node`` the place in argument ``i`` that it is equal to.

    The other arguments count as 0, and -1 stands for 0.  None if ``node`` does more than to
    move elements, or if it depends on variables where they go.

    >>> import symdiff as sd
    >>> positions(sd.Var("x", (3,))[::-1], 0)
    array([2, 1, 0])
    """
    rule = node.op.rule
    if not isinstance(rule, Linear) or not (rule.count is None or i < rule.count):
        return None
    count = len(node.args) if rule.count is None else rule.count
    data = node.args[count:]
    if any(x.op is Var for x in reachable(data)):
        return None
    rest = [np.asarray(evaluate(x)) for x in data]
    kernel = with_params(on_arrays(node.op), node.op, node.params)

    def at(x: Array) -> Array:
        given = [x if k == i else np.zeros(a.shape) for k, a in enumerate(node.args[:count])]
        return np.broadcast_to(kernel(*given, *rest), node.shape)

    size = node.args[i].size
    shape = node.args[i].shape
    found = at(np.arange(1.0, size + 1).reshape(shape))
    places = found.astype(np.int64)
    if (places != found).any() or (
        size and (places.min(initial=0) < 0 or places.max(initial=0) > size)
    ):
        return None
    probe = np.random.default_rng(size).uniform(1, 2, size + 1)
    probe[0] = 0
    if (at(probe[1:].reshape(shape)) != probe[places]).any():
        return None
    return places - 1
