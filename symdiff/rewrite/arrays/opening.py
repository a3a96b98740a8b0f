"""Operands opened down to arrays that are no products, and freed of identities."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ..exact import Number
from ..nodes import split
from .operands import Labels, Operand, Sizes, at_end, bears_identity, stretched

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
