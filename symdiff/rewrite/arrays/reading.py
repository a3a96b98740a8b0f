"""Contractions as a person writes them: matrix products, transposes, traces, diagonals.

A contraction of many operands becomes products of two at a time, the cheapest order first.  Each
part is built for the order of axes that its user asks for, so that no transpose is written that
another one takes back.  What has no matrix form stays an einsum.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ...expr import Expr, Op, Shape, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.contraction import Labels, contract

LONGEST = 5  # operands up to which every order is tried

Builder: TypeAlias = "Callable[[Labels], Expr | None]"


class _Part(NamedTuple):
    """A value with labelled axes; ``build`` gives its node for an order of them, or None."""

    labels: Labels
    build: Builder


def read(node: Expr, operands: Sequence[Expr], symmetric: Collection[int]) -> Expr:
    """The matrix form of an einsum node on its operands in reading form.

    ``symmetric`` has the positions of symmetric matrices, which are never transposed.
    """
    _, inputs, output = ct.reading(node)
    deltas = [(x, ls) for x, ls in zip(operands, inputs, strict=True) if x.op is ax.eye]
    rest = [(x, ls) for x, ls in zip(operands, inputs, strict=True) if x.op is not ax.eye]
    equal = {operands[i] for i in symmetric}
    if not deltas:
        found = _matrix_form(rest, output, equal)
        return contract(operands, inputs, output) if found is None else found
    if not rest:
        return _identity(deltas, output)
    kept = tuple([i for i in output if any(i in ls for _, ls in rest)])
    inner = _matrix_form(rest, kept, equal)
    if inner is None:
        return contract(operands, inputs, output)
    if len(deltas) == 1 and deltas[0][1] == output and len(kept) == 1:
        return make(ct.diag, (inner,))
    return contract([*[x for x, _ in deltas], inner], [*[ls for _, ls in deltas], kept], output)


def _identity(deltas: list[tuple[Expr, Labels]], output: Labels) -> Expr:
    """A product of identities alone, one of several axes if they pair off in order."""
    pairs = [labels for _, labels in deltas]
    half = len(output) // 2
    if sorted(pairs) == sorted(zip(output[:half], output[half:], strict=False)):
        sizes = {labels[0]: x.shape[0] for x, labels in deltas}
        return make(ax.eye, (), (tuple([sizes[i] for i in output[:half]]),))
    return contract([x for x, _ in deltas], pairs, output)


def _matrix_form(
    operands: list[tuple[Expr, Labels]], output: Labels, symmetric: set[Expr]
) -> Expr | None:
    sizes = {i: n for x, ls in operands for i, n in zip(ls, x.shape, strict=True)}
    if len(operands) == 1:
        return _single(*operands[0], output)
    parts = [_leaf(x, labels, x in symmetric) for x, labels in operands]
    for chosen in contraction_order(tuple([p.labels for p in parts]), output, tuple(sizes.items())):
        pair = [parts.pop(i) for i in sorted(chosen, reverse=True)][::-1]
        needed = {*output, *[i for p in parts for i in p.labels]}
        joined = _pair(pair[0], pair[1], needed)
        if joined is None:
            return None
        parts.append(joined)
    return parts[0].build(output)


def _single(x: Expr, labels: Labels, output: Labels) -> Expr | None:
    if len({*labels}) == len(labels) - 1 and labels[-1] == labels[-2]:
        if output == labels[:-2]:
            return make(ct.trace, (x,))
        if output == labels[:-1]:
            return make(ct.diagonal, (x,))
    return ordered(x, labels, output) if sorted(labels) == sorted(output) else None


@lru_cache(maxsize=4096)
def contraction_order(
    inputs: tuple[Labels, ...], output: Labels, sizes: tuple[tuple[int, int], ...]
) -> list[tuple[int, int]]:
    """Pairs of positions to contract, cheapest in total; each result goes to the end.

    >>> contraction_order(((0, 1), (1, 2), (2,)), (0,), ((0, 9), (1, 9), (2, 9)))
    [(1, 2), (0, 1)]
    """
    if len(inputs) == 2:
        return [(0, 1)]
    size = dict(sizes)
    pairs: list[Any] = []
    for axes, labels in [(tuple([size[i] for i in ls]), ls) for ls in inputs]:
        pairs += [np.broadcast_to(0.0, axes), list(labels)]
    how = "optimal" if len(inputs) <= LONGEST else "greedy"
    found: list[tuple[int, int]] = []
    left = len(inputs)
    for chosen in np.einsum_path(*pairs, list(output), optimize=how)[0][1:]:
        at = list(chosen)
        while len(at) > 2:  # NumPy may leave the last ones together
            found.append((at[0], at[1]))
            at = [i - 2 for i in at[2:]] + [left - 2]
            left -= 1
        found.append((at[0], at[1]))
        left -= 1
    return found


# -- parts ---------------------------------------------------------------------------------------


def _leaf(x: Expr, labels: Labels, symmetric: bool) -> _Part:
    def build(order: Labels) -> Expr:
        return x if symmetric else ordered(x, labels, order)

    return _Part(labels, build)


def ordered(x: Expr, labels: Labels, order: Labels) -> Expr:
    """``x`` with its axes in another order."""
    if labels == order:
        return x
    return make(ax.transpose, (x,), (tuple([labels.index(i) - len(labels) for i in order]),))


def _pair(left: _Part, right: _Part, needed: set[int]) -> _Part | None:
    """The product of two parts, summed over the labels that nothing else needs."""
    shared = [i for i in left.labels if i in right.labels]
    summed = [i for i in shared if i not in needed]
    if not summed:
        return _elementwise(left, right)
    kept = [i for i in shared if i in needed]
    rows = [i for i in left.labels if i not in shared]
    columns = [i for i in right.labels if i not in shared]
    if not rows and not columns and not kept:
        return _inner(left, right, tuple(summed))
    if len(summed) > 1 or len(rows) > 1 or len(columns) > 1:
        return None
    if kept and not (rows and columns):
        return None
    return _matmul(left, right, (tuple(kept), tuple(rows), tuple(summed), tuple(columns)))


def _elementwise(left: _Part, right: _Part) -> _Part:
    labels = left.labels + tuple([i for i in right.labels if i not in left.labels])

    def build(order: Labels) -> Expr | None:
        factors = [_stretched(part, order) for part in (left, right)]
        if factors[0] is None or factors[1] is None:
            return None
        return outer_or_product([factors[0], factors[1]])

    return _Part(labels, build)


def _stretched(part: _Part, order: Labels) -> Expr | None:
    """A part with axes of size 1 for the labels it lacks, counted from the last one."""
    mine = tuple([i for i in order if i in part.labels])
    x = part.build(mine)
    if x is None:
        return None
    sizes = dict(zip(mine, x.shape, strict=True))
    shape = tuple([sizes.get(i, 1) for i in order[order.index(mine[0]) :]])
    if x.op is ax.reshape and x.args[0].shape == shape:
        return x.args[0]
    return x if shape == x.shape else make(ax.reshape, (x,), (x.ndim, shape))


def outer_or_product(factors: list[Expr]) -> Expr:
    """An elementwise product, ``outer(x, y)`` for ``x[:, None]*y``."""
    for column, line in (factors, factors[::-1]):
        vector = _column(column)
        if vector is not None and line.ndim == 1:
            return make(ct.outer, (vector, line))
    return make(a.mul, tuple(factors))


def _column(x: Expr) -> Expr | None:
    """The vector that ``x`` has as its one column."""
    if x.op is ax.reshape and x.args[0].ndim == 1 and x.shape == (*x.args[0].shape, 1):
        return x.args[0]
    return None


def _inner(left: _Part, right: _Part, labels: Labels) -> _Part:
    """All axes summed: ``x @ y``, ``trace(A @ B)`` or ``sum(A*B)``."""

    def build(order: Labels) -> Expr | None:
        if len(labels) == 2 and left.labels == right.labels[::-1]:
            return _then(ct.trace, _product(left.build(left.labels), right.build(right.labels)))
        x, y = left.build(left.labels), right.build(left.labels)
        if x is None or y is None:
            return None
        if len(labels) > 1:
            axes: Shape = tuple(range(-len(labels), 0))
            return make(ax.sum, (make(a.mul, (x, y)),), (axes, False))
        if x.op is ct.matmul and x.args[0].ndim == 2:
            x, y = y, x
        if y.op is ct.matmul and y.args[0].ndim == 2:  # x @ (A @ y) as x @ A @ y
            matrix, y = y.args
            if matrix.op is ax.transpose:
                matrix, x, y = matrix.args[0], y, x
            return _product(_product(x, matrix), y)
        return _product(x, y)

    return _Part((), build)


def _matmul(left: _Part, right: _Part, groups: tuple[Labels, Labels, Labels, Labels]) -> _Part:
    """A matrix product; a matrix stands before a vector."""
    kept, rows, summed, columns = groups

    def build(order: Labels) -> Expr | None:
        if order == kept + rows + columns and rows:
            return _product(left.build(kept + rows + summed), right.build(kept + summed + columns))
        if order == kept + columns + rows:
            return _product(right.build(kept + columns + summed), left.build(kept + summed + rows))
        x = _product(left.build(kept + rows + summed), right.build(kept + summed + columns))
        return None if x is None else ordered(x, kept + rows + columns, order)

    return _Part(kept + rows + columns, build)


def _product(x: Expr | None, y: Expr | None) -> Expr | None:
    if x is None or y is None:
        return None
    if y.op is ct.matmul and x.ndim == y.ndim == 2 and x.shape[0] == y.shape[1] == 1:
        x, y = make(ct.matmul, (x, y.args[0])), y.args[1]  # a row, matrices and a column
    return make(ct.matmul, (x, y))


def _then(op: Op, x: Expr | None) -> Expr | None:
    return None if x is None else make(op, (x,))
