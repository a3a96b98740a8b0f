"""Contractions as a person writes them: matrix products, transposes, traces, diagonals.

A contraction of many operands becomes products of two at a time, the cheapest order first.  Each
part is built for the order of axes that its user asks for, so that no transpose is written that
another one takes back.  What has no matrix form stays an einsum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from ...expr import Expr, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.contraction import Labels, contract
from .operands import Operand, Sizes, aligned, ordered


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


def _identity(deltas: list[Operand], output: Labels) -> Expr:
    """A product of identities alone, one of several axes if they pair off in order."""
    pairs = [labels for _, labels in deltas]
    half = len(output) // 2
    if sorted(pairs) == sorted(zip(output[:half], output[half:], strict=False)):
        sizes = {labels[0]: x.shape[0] for x, labels in deltas}
        return make(ax.eye, (), (tuple([sizes[i] for i in output[:half]]),))
    return contract([x for x, _ in deltas], pairs, output)


class _Part(NamedTuple):
    """A factor or a product of some: its labels, what it takes, its node for an order of axes."""

    labels: Labels
    cost: tuple[int, bool]  # multiplications, and whether nothing is summed
    node: Callable[[Labels], Expr]


def _matrix_form(operands: list[Operand], output: Labels, symmetric: set[Expr]) -> Expr | None:
    """Products of two parts at a time, the cheapest first; None where one is no matrix product.

    No node is made before all products are settled, so that each is asked for the order of axes
    that its user needs.
    """
    if len(operands) == 1:
        return _single(*operands[0], output)
    sizes = {i: n for x, ls in operands for i, n in zip(ls, x.shape, strict=True)}
    parts = [_factor(x, labels, x in symmetric) for x, labels in operands]
    while len(parts) > 1:
        found = []
        for left, right in combinations(parts, 2):
            others = [p for p in parts if p is not left and p is not right]
            needed = {*output}.union(*[p.labels for p in others])
            product = _product(left, right, needed, sizes)
            if product is not None:
                found.append((product, others))
        if not found:
            return None
        product, others = min(found, key=lambda pair: pair[0].cost)
        parts = [*others, product]
    return parts[0].node(output)


def _single(x: Expr, labels: Labels, output: Labels) -> Expr | None:
    if len({*labels}) == len(labels) - 1 and labels[-1] == labels[-2]:
        if output == labels[:-2]:
            return make(ct.trace, (x,))
        if output == labels[:-1]:
            return make(ct.diagonal, (x,))
    return ordered(x, labels, output) if sorted(labels) == sorted(output) else None


def _factor(x: Expr, labels: Labels, is_symmetric: bool) -> _Part:
    return _Part(labels, (0, True), lambda order: x if is_symmetric else ordered(x, labels, order))


# -- products of two parts -----------------------------------------------------------------------


def _product(left: _Part, right: _Part, needed: set[int], sizes: Sizes) -> _Part | None:
    """The product of two parts, summed over the labels that nothing else needs, where it is an
    elementwise, an inner or a matrix product.
    """
    both = [i for i in left.labels if i in right.labels]
    kept = tuple([i for i in both if i in needed])
    summed = tuple([i for i in both if i not in needed])
    rows = tuple([i for i in left.labels if i not in both])
    columns = tuple([i for i in right.labels if i not in both])
    labels = kept + rows + columns

    def elementwise(order: Labels) -> Expr:
        own = [tuple([i for i in order if i in part.labels]) for part in (left, right)]
        nodes = [part.node(ls) for part, ls in zip((left, right), own, strict=True)]
        return outer_or_product(
            [_stretched(x, ls, order) for x, ls in zip(nodes, own, strict=True)]
        )

    def inner(order: Labels) -> Expr:
        if len(summed) == 2 and left.labels == right.labels[::-1]:
            return make(ct.trace, (_matmul(left.node(summed), right.node(summed[::-1])),))
        return _inner(left.node(summed), right.node(summed))

    def matrix(order: Labels) -> Expr:
        """The right part comes first for a transpose, and a matrix before a vector."""
        if order == kept + columns + rows and (order != labels or not rows):
            return _matmul(right.node(kept + columns + summed), left.node(kept + summed + rows))
        product = _matmul(left.node(kept + rows + summed), right.node(kept + summed + columns))
        return ordered(product, labels, order)

    node = (matrix if labels else inner) if summed else elementwise
    is_wide = max(map(len, (rows, summed, columns))) > 1
    if node is matrix and (is_wide or (kept and not (rows and columns))):
        return None
    return _Part(labels, (prod([sizes[i] for i in summed + labels]), not summed), node)


def _stretched(x: Expr, labels: Labels, order: Labels) -> Expr:
    wide, (inner, *_) = aligned(x, labels, order), x.args or (x,)
    return inner if x.op is ax.reshape and inner.shape == wide.shape else wide


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
        return _matmul(_matmul(x, matrix), y)
    return _matmul(x, y)


def _matmul(x: Expr, y: Expr) -> Expr:
    if y.op is ct.matmul and x.ndim == y.ndim == 2 and x.shape[0] == y.shape[1] == 1:
        x, y = make(ct.matmul, (x, y.args[0])), y.args[1]  # a row, matrices and a column
    return make(ct.matmul, (x, y))
