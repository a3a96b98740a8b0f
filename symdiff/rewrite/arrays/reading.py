"""Contractions as a person writes them: matrix products, transposes, traces, diagonals.

A contraction of many operands becomes products of two at a time, the cheapest order first.  Each
part is built for the order of axes that its user asks for, so that no transpose is written that
another one takes back.  What has no matrix form stays an einsum.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ...expr import Expr, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.contraction import Labels, contract

LONGEST = 5  # operands up to which every order is tried


class _Step(NamedTuple):
    """The product of two parts, by their positions among the operands and the products before it,
    and their labels: in both and in the value, in the left one alone, summed, in the right alone.
    """

    left: int
    right: int
    kept: Labels
    rows: Labels
    summed: Labels
    columns: Labels

    @property
    def labels(self) -> Labels:
        """The labels of the product."""
        return self.kept + self.rows + self.columns


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
    """Products of two parts at a time; None where one of them is no product of matrices.

    First it is settled which labels each part has, then, from the last one back, in which order,
    and last the nodes are made.
    """
    if len(operands) == 1:
        return _single(*operands[0], output)
    sizes = {i: n for x, ls in operands for i, n in zip(ls, x.shape, strict=True)}
    parts = [labels for _, labels in operands]
    waiting = [*range(len(parts))]
    steps: list[_Step] = []
    for chosen in contraction_order(tuple(parts), output, tuple(sizes.items())):
        right, left = [waiting.pop(i) for i in sorted(chosen, reverse=True)]
        needed = {*output, *[i for k in waiting for i in parts[k]]}
        step = _step(left, right, parts, needed)
        if step is None:
            return None
        waiting.append(len(parts))
        parts.append(step.labels)
        steps.append(step)
    orders = {len(parts) - 1: output}
    for at, step in reversed([*enumerate(steps, len(operands))]):
        orders[step.left], orders[step.right] = _asked(step, orders[at], parts)
    nodes = [
        x if x in symmetric else ordered(x, labels, orders[k])
        for k, (x, labels) in enumerate(operands)
    ]
    for at, step in enumerate(steps, len(operands)):
        nodes.append(_made(step, orders[at], orders, nodes))
    return nodes[-1]


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
    order: list[tuple[int, int]] = []
    count = len(inputs)
    for chosen in np.einsum_path(*pairs, list(output), optimize=how)[0][1:]:
        at = list(chosen)
        while len(at) > 1:  # NumPy may leave several for the last product
            order.append((at[0], at[1]))
            at = [i - 2 for i in at[2:]] + [count - 2]
            count -= 1
    return order


# -- products of two parts -----------------------------------------------------------------------


def _step(left: int, right: int, parts: list[Labels], needed: set[int]) -> _Step | None:
    """The product of two parts, summed over the labels that nothing else needs."""
    first, second = parts[left], parts[right]
    shared = [i for i in first if i in second]
    kept, summed = [i for i in shared if i in needed], [i for i in shared if i not in needed]
    rows, columns = [i for i in first if i not in shared], [i for i in second if i not in shared]
    groups = tuple(kept), tuple(rows), tuple(summed), tuple(columns)
    if summed and (kept or rows or columns):
        is_wide = len(summed) > 1 or len(rows) > 1 or len(columns) > 1
        if is_wide or (kept and not (rows and columns)):
            return None
    return _Step(left, right, *groups)


def _asked(step: _Step, order: Labels, parts: list[Labels]) -> tuple[Labels, Labels]:
    """The orders of axes of the two parts, for the product to have its axes in an order."""
    _, _, kept, rows, summed, columns = step
    first, second = parts[step.left], parts[step.right]
    if not summed:
        return tuple([i for i in order if i in first]), tuple([i for i in order if i in second])
    if not step.labels:
        is_trace = len(summed) == 2 and first == second[::-1]
        return summed, summed[::-1] if is_trace else summed
    if _is_turned(step, order):
        return kept + summed + rows, kept + columns + summed
    return kept + rows + summed, kept + summed + columns


def _is_turned(step: _Step, order: Labels) -> bool:
    """Whether the right part comes first: for a transpose, and a matrix before a vector."""
    return order == step.kept + step.columns + step.rows and (order != step.labels or not step.rows)


def _made(step: _Step, order: Labels, orders: dict[int, Labels], nodes: list[Expr]) -> Expr:
    """The node of a product with its axes in an order."""
    x, y = nodes[step.left], nodes[step.right]
    mine, theirs = orders[step.left], orders[step.right]
    if not step.summed:
        return outer_or_product([_stretched(x, mine, order), _stretched(y, theirs, order)])
    if not step.labels:
        return _inner(x, y) if mine == theirs else make(ct.trace, (_product(x, y),))
    if _is_turned(step, order):
        return _product(y, x)
    return ordered(_product(x, y), step.labels, order)


def ordered(x: Expr, labels: Labels, order: Labels) -> Expr:
    """``x`` with its axes in another order."""
    if labels == order:
        return x
    return make(ax.transpose, (x,), (tuple([labels.index(i) - len(labels) for i in order]),))


def _stretched(x: Expr, labels: Labels, order: Labels) -> Expr:
    """``x`` with axes of size 1 for the labels it lacks, counted from the last one."""
    sizes = dict(zip(labels, x.shape, strict=True))
    shape = tuple([sizes.get(i, 1) for i in order[order.index(labels[0]) :]])
    if x.op is ax.reshape and x.args[0].shape == shape:
        return x.args[0]
    return x if shape == x.shape else make(ax.reshape, (x,), (x.ndim, shape))


def outer_or_product(factors: list[Expr]) -> Expr:
    """An elementwise product, ``outer(x, y)`` for ``x[:, None]*y``."""
    for column, line in (factors, factors[::-1]):
        if column.op is ax.reshape and line.ndim == 1:
            (vector,) = column.args
            if vector.ndim == 1 and column.shape == (*vector.shape, 1):
                return make(ct.outer, (vector, line))
    return make(a.mul, tuple(factors))


def _inner(x: Expr, y: Expr) -> Expr:
    """All axes summed: ``x @ y`` or ``sum(A*B)``."""
    if x.ndim > 1:
        return make(ax.sum, (make(a.mul, (x, y)),), (tuple(range(-x.ndim, 0)), False))
    if x.op is ct.matmul and x.args[0].ndim == 2:
        x, y = y, x
    if y.op is ct.matmul and y.args[0].ndim == 2:  # x @ (A @ y) as x @ A @ y
        matrix, y = y.args
        if matrix.op is ax.transpose:
            matrix, x, y = matrix.args[0], y, x
        return _product(_product(x, matrix), y)
    return _product(x, y)


def _product(x: Expr, y: Expr) -> Expr:
    if y.op is ct.matmul and x.ndim == y.ndim == 2 and x.shape[0] == y.shape[1] == 1:
        x, y = make(ct.matmul, (x, y.args[0])), y.args[1]  # a row, matrices and a column
    return make(ct.matmul, (x, y))
