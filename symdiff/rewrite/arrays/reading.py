"""Contractions as a person writes them: matrix products, transposes, traces, diagonals.

A contraction of many operands becomes products of two at a time, the cheapest order first.  Each
part is built for the order of axes that its user asks for, so that no transpose is written that
another one takes back.  What has no matrix form stays an einsum.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from ...expr import Expr, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.contraction import Labels, contract
from .operands import Sizes, aligned, ordered


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

    @property
    def is_product(self) -> bool:
        """Whether it is an elementwise, an inner or a matrix product."""
        if not self.summed or not self.labels:
            return True
        is_wide = len(self.summed) > 1 or len(self.rows) > 1 or len(self.columns) > 1
        return not is_wide and (not self.kept or bool(self.rows and self.columns))


def read(node: Expr, operands: Sequence[Expr], symmetric: set[Expr]) -> Expr:
    """The matrix form of an einsum node on its operands in reading form.

    ``symmetric`` has those operands that are symmetric matrices, which are never transposed.
    """
    _, inputs, output = ct.reading(node)
    deltas = [(x, ls) for x, ls in zip(operands, inputs, strict=True) if x.op is ax.eye]
    rest = [(x, ls) for x, ls in zip(operands, inputs, strict=True) if x.op is not ax.eye]
    if not deltas:
        found = _matrix_form(rest, output, symmetric)
        return contract(operands, inputs, output) if found is None else found
    if not rest:
        return _identity(deltas, output)
    kept = tuple([i for i in output if any(i in ls for _, ls in rest)])
    inner = _matrix_form(rest, kept, symmetric)
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
    while len(waiting) > 1:
        step = _cheapest(parts, waiting, output, sizes)
        if not step.is_product:
            return None
        waiting = [k for k in waiting if k not in (step.left, step.right)] + [len(parts)]
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


def _cheapest(parts: list[Labels], waiting: list[int], output: Labels, sizes: Sizes) -> _Step:
    """The product of two waiting parts that takes the fewest multiplications."""

    def cost(step: _Step) -> tuple[bool, int, bool]:
        return (
            not step.is_product,
            prod([sizes[i] for i in step.summed + step.labels]),
            not step.summed,
        )

    steps = []
    for i, left in enumerate(waiting):
        for right in waiting[i + 1 :]:
            others = [parts[k] for k in waiting if k not in (left, right)]
            steps.append(_step(left, right, parts, {*output}.union(*others)))
    return min(steps, key=cost)


# -- products of two parts -----------------------------------------------------------------------


def _step(left: int, right: int, parts: list[Labels], needed: set[int]) -> _Step:
    """The product of two parts, summed over the labels that nothing else needs."""
    first, second = parts[left], parts[right]
    shared = [i for i in first if i in second]
    kept, summed = [i for i in shared if i in needed], [i for i in shared if i not in needed]
    rows, columns = [i for i in first if i not in shared], [i for i in second if i not in shared]
    return _Step(left, right, tuple(kept), tuple(rows), tuple(summed), tuple(columns))


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
        return outer_or_product([aligned(x, mine, order), aligned(y, theirs, order)])
    if not step.labels:
        return _inner(x, y) if mine == theirs else make(ct.trace, (_product(x, y),))
    if _is_turned(step, order):
        return _product(y, x)
    return ordered(_product(x, y), step.labels, order)


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
