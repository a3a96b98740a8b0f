"""Operands of products over axes: arrays whose axes are labelled, equal labels running together,
opened down to arrays that are no products, and freed of identities.

The axes of the value are labelled 0, 1, ...; labels beyond those are summed over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ...expr import Expr, Shape, make
from ...leaves import const
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ..exact import Number
from ..nodes import split
from ..order import Ranks

Labels: TypeAlias = tuple[int, ...]
Operand: TypeAlias = tuple[Expr, Labels]
Sizes: TypeAlias = dict[int, int]  # the length of the axis that each label stands for
Rank: TypeAlias = tuple[int, int, list[Any]]

MOST_OPERANDS = 8  # of a contraction that takes in others
MOST_LABELS = 16
MOVES = frozenset({ax.broadcast_to, ax.transpose, ax.reshape})  # which move elements at most


class Term(NamedTuple):
    """A product: scalars, operands, and pairs of axes of the value that identities hold equal.

    The axes of the value are 0, 1, ...; further labels are summed over.  In the operands the
    first axis of a pair stands for both.
    """

    scalars: tuple[Expr, ...]
    operands: tuple[Operand, ...]
    equal: tuple[tuple[int, int], ...]


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


# -- operands opened ------------------------------------------------------------------------------


def opened(
    shared: Collection[Expr],
    term: Term,
    sizes: Sizes,
    output: Labels,
    split: Callable[[Expr], tuple[Number, Expr]] = split,
) -> Term:
    """A product with its operands opened from the outermost in; new labels get their sizes.

    Operands that are ``shared`` stay whole, unless there is an identity in them or they do nothing
    but move elements; ``split`` reads multiples.
    """
    scalars, equal = list(term.scalars), list(term.equal)
    closed: list[Operand] = []
    pending = list(term.operands)[::-1]
    while pending:
        node, labels = pending.pop()
        labels = _fitted(node, labels, sizes)
        coefficient, rest = split(node)
        room = len(closed) + len(pending) < MOST_OPERANDS and len(sizes) < MOST_LABELS
        if not node.shape:
            scalars.append(node)
        elif coefficient != 1:
            scalars.append(const(coefficient))
            pending.append(at_end(rest, labels))
        elif node.op is ax.eye:
            half = len(labels) // 2
            pairs = zip(labels[:half], labels[half:], strict=True)
            equal += [pair for pair in pairs if sizes[pair[0]] != 1]
        elif node.op in MOVES or bears_identity(node) or (room and _may_open(shared, node)):
            inner = inside(node, labels, sizes)
            closed += [(node, labels)] if inner is None else []
            pending += [] if inner is None else inner[::-1]
        else:
            closed.append((node, labels))
    return _without_identities(Term(tuple(scalars), tuple(closed), tuple(equal)), sizes, output)


def product_of(node: Expr, shape: Shape | None = None) -> Term:
    """A node, stretched to a shape, as the product of all that is in it."""
    shape = node.shape if shape is None else shape
    output = tuple(range(len(shape)))
    operand = at_end(node, output)
    return opened((), Term((), (operand,), ()), sizes_of([operand], shape), output)


def _may_open(shared: Collection[Expr], node: Expr) -> bool:
    return node not in shared and not any(x.kind == "bool" for x in node.args)


def _new(sizes: Sizes, n: int) -> int:
    """A label that no other axis has."""
    label = max(sizes, default=-1) + 1
    sizes[label] = n
    return label


def _fitted(node: Expr, labels: Labels, sizes: Sizes) -> Labels:
    """The labels of a node, new ones for its axes of size 1 that are stretched."""
    pairs = zip(node.shape, labels, strict=True)
    return tuple([i if sizes[i] == n else _new(sizes, 1) for n, i in pairs])


def inside(node: Expr, labels: Labels, sizes: Sizes) -> list[Operand] | None:
    """The operands that a node is the product of, None where it is none."""
    if node.op is a.mul:
        return [at_end(x, labels) for x in node.args]
    if node.op is ax.broadcast_to:
        (x,), (rank, core) = node.args, node.params
        lead = x.ndim - rank
        return [(x, labels[:lead] + labels[lead + len(core) - rank :])]
    if node.op is ax.reshape:
        return _without_units(node, labels, sizes)
    if node.op.contraction is None:
        return None
    if node.op is ax.sum and node.params[1]:
        labels = tuple([i for k, i in enumerate(labels, -node.ndim) if k not in node.params[0]])
    operands, inputs, output = node.op.contraction(node)
    names = dict(zip(output, labels, strict=True))
    for x, own in zip(operands, inputs, strict=True):
        for label, n in zip(own, x.shape, strict=True):
            if label not in names or (n != 1 and sizes[names[label]] == 1):
                names[label] = _new(sizes, n)
    renamed = [tuple([names[label] for label in own]) for own in inputs]
    return list(zip(operands, renamed, strict=True))


def operands_of(node: Expr) -> list[Operand]:
    """The operands of a product of arrays, identities among them; its axes are 0, 1, ..."""
    labels = tuple(range(node.ndim))
    parts = None if node.op is ax.eye else inside(node, labels, dict(enumerate(node.shape)))
    return parts or [(node, labels)]


def _without_units(node: Expr, labels: Labels, sizes: Sizes) -> list[Operand] | None:
    """The argument of a reshape that puts in or leaves out nothing but axes of size 1."""
    (x,) = node.args
    if stretched(x.shape) != stretched(node.shape):
        return None
    wide = iter([i for i, n in zip(labels, node.shape, strict=True) if n != 1])
    units = iter([i for i, n in zip(labels, node.shape, strict=True) if n == 1])
    places = [next(units, None) if n == 1 else next(wide) for n in x.shape]
    return [(x, tuple([_new(sizes, 1) if i is None else i for i in places]))]


def _without_identities(term: Term, sizes: Sizes, output: Labels) -> Term:
    """Labels that identities hold equal renamed; only pairs of axes of the value stay."""
    place = {label: i for i, label in enumerate(output)}
    name = {label: label for label in sizes}
    for pair in term.equal:
        one, two = sorted([name[i] for i in pair], key=lambda i: place.get(i, len(place)))
        name = {label: one if known == two else known for label, known in name.items()}
    for label in name.keys() - name.values() - place.keys():
        del sizes[label]
    operands = [(x, tuple([name[i] for i in labels])) for x, labels in term.operands]
    equal = [(name[i], i) for i in output if name[i] != i]
    return term._replace(operands=tuple(operands), equal=tuple(equal))


# -- operands put in order ------------------------------------------------------------------------


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
