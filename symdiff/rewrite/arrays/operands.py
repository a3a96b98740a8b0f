"""Operands of products over axes: arrays whose axes are labelled, equal labels running together.

The axes of the value are labelled 0, 1, ...; labels beyond those are summed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from ...expr import Expr, Shape, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ..order import Ranks

Labels: TypeAlias = tuple[int, ...]
Operand: TypeAlias = tuple[Expr, Labels]
Sizes: TypeAlias = dict[int, int]  # the length of the axis that each label stands for
Rank: TypeAlias = tuple[int, int, list[Any]]


def bears_identity(node: Expr) -> bool:
    """Whether a canonical node is an identity, or a product with one, maybe with more axes."""
    while node.op is ax.broadcast_to or (
        node.op is ax.reshape and stretched(node.shape) == stretched(node.args[0].shape)
    ):
        node = node.args[0]
    return any(map(is_identity, node.args if node.op is a.mul else (node,)))


def is_identity(node: Expr) -> bool:
    """Whether a canonical node is an identity or a contraction with one."""
    return node.op is ax.eye or (node.op is ct.einsum and node.args[0].op is ax.eye)


def stretched(shape: Shape) -> Shape:
    """A shape without its axes of size 1."""
    return tuple([n for n in shape if n != 1])


def reshaped(node: Expr, shape: Shape) -> Expr:
    """``node`` in another shape of as many elements."""
    return node if node.shape == shape else make(ax.reshape, (node,), (node.ndim, shape))


def at_end(node: Expr, labels: Labels) -> Operand:
    """A node with the last ones of some labels, as broadcasting aligns its axes."""
    return node, labels[len(labels) - node.ndim :]


def sizes_of(operands: Iterable[Operand], shape: Shape) -> Sizes:
    """The length of the axis that each label stands for; axes of size 1 are stretched."""
    sizes = dict(enumerate(shape))
    for x, labels in operands:
        for label, n in zip(labels, x.shape, strict=True):
            if sizes.get(label, 1) == 1:
                sizes[label] = n
    return sizes


def ordered(x: Expr, labels: Labels, order: Labels) -> Expr:
    """``x`` with its axes in another order."""
    if labels == order:
        return x
    return make(ax.transpose, (x,), (tuple([labels.index(i) - len(labels) for i in order]),))


def aligned(x: Expr, labels: Labels, order: Labels) -> Expr:
    """``x`` with axes of size 1 for the labels that it lacks, counted from the last one; its own
    are in that order.
    """
    sizes = dict(zip(labels, x.shape, strict=True))
    shape = tuple([sizes.get(i, 1) for i in order[order.index(labels[0]) :]])
    return reshaped(x, shape)


def sorted_einsum(ranks: Ranks, operands: Sequence[Operand], output: Labels) -> Expr:
    """The einsum node, identities first, then operands in the order of factors and of labels."""
    deltas = [operand for operand in operands if operand[0].op is ax.eye]
    arrays = [operand for operand in operands if operand[0].op is not ax.eye]
    rank = label_ranks(ranks, arrays, output)
    arrays.sort(key=lambda o: (ranks.of_factor(o[0]), [rank[label] for label in o[1]]))
    ready = deltas + arrays
    return ct.contract([x for x, _ in ready], [labels for _, labels in ready], output)


def label_ranks(ranks: Ranks, operands: Iterable[Operand], output: Labels) -> dict[int, Rank]:
    """What tells labels apart: their place in the value, or the axes that they stand for."""
    axes: dict[int, list[Any]] = {}
    for x, labels in operands:
        for k, label in enumerate(labels):
            axes.setdefault(label, []).append((ranks.of_factor(x), k))
    known: dict[int, Rank] = {label: (1, 0, sorted(places)) for label, places in axes.items()}
    return known | {label: (0, k, []) for k, label in enumerate(output)}
