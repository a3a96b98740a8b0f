"""Operands of a contraction with labelled axes: opened as far as can be, freed of identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from ...expr import Expr, Op, Shape
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct

if TYPE_CHECKING:
    from ..canonical import Canonical

Labels: TypeAlias = tuple[int, ...]
Operand: TypeAlias = tuple[Expr, Labels]
MOST_OPERANDS = 8  # of a contraction that takes in others
MOST_LABELS = 16


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


def reshaped(form: Canonical, node: Expr, shape: Shape) -> Expr:
    """``node`` in another shape of as many elements."""
    return node if node.shape == shape else form.apply(ax.reshape, (node,), (node.ndim, shape))


def stretched(shape: Shape) -> Shape:
    """A shape without its axes of size 1."""
    return tuple([n for n in shape if n != 1])


class Opened:
    """Operands with labels, pairs of labels held equal by identities, and factors outside."""

    def __init__(self, form: Canonical, sizes: dict[int, int], squeezed: bool = False) -> None:
        self.form = form
        self.sizes = sizes
        self.squeezed = squeezed  # without any axes of size 1
        self.operands: list[Operand] = []
        self.equal: list[tuple[int, int]] = []
        self.outside: list[Expr] = []
        self.renamed: dict[int, int] = {}
        self.summed: set[int] = set()  # labels that single operands were summed over
        self.fresh = max(sizes, default=0)

    # -- opening ------------------------------------------------------------------------------

    def take(self, operands: Iterable[Operand]) -> None:
        """Open what can be opened, from the outermost in."""
        pending = list(operands)[::-1]
        for x, labels in pending:
            for label, n in zip(labels, x.shape, strict=True):
                if self.sizes.get(label, 1) == 1:
                    self.sizes[label] = n
                self.fresh = max(self.fresh, label)
        while pending:
            node, labels = pending.pop()
            labels = self.fitted(node, labels)
            room = len(self.operands) + len(pending) < MOST_OPERANDS
            opened = self._opened(node, labels, room and len(self.sizes) < MOST_LABELS)
            if opened is None:
                self.operands.append((node, labels))
            else:
                pending.extend(reversed(opened))

    def fitted(self, node: Expr, labels: Labels) -> Labels:
        """The labels of a node, new ones for its axes of size 1 that are stretched."""
        fits = [self.sizes[i] == n for n, i in zip(node.shape, labels, strict=True)]
        if all(fits):
            return labels
        return tuple([i if fit else self._new(1) for i, fit in zip(labels, fits, strict=True)])

    def _opened(self, node: Expr, labels: Labels, room: bool) -> list[Operand] | None:
        """What ``node`` is made of, None where it is to stay whole."""
        if not node.shape:
            self.outside.append(node)
            return []
        own, rest = self.form.split(node)
        if own != 1 and rest is not self.form.one:
            self.outside.append(self.form.constant(own))
            return [(rest, labels[len(labels) - rest.ndim :])]
        opener = _OPENERS.get(node.op)
        if opener is not None:
            return opener(self, node, labels)
        whole = node in self.form.shared or not room or any(x.kind == "bool" for x in node.args)
        if whole and not bears_identity(node):
            return None
        if node.op is a.mul:
            return [(x, labels[len(labels) - x.ndim :]) for x in node.args]
        return self._inside(node, labels) if node.op.contraction is not None else None

    def _inside(self, node: Expr, labels: Labels) -> list[Operand]:
        assert node.op.contraction is not None
        operands, inputs, output = node.op.contraction(node)
        names = dict(zip(output, labels, strict=True))
        for x, found in zip(operands, inputs, strict=True):
            for label, n in zip(found, x.shape, strict=True):
                if label not in names or (n != 1 and self.sizes[names[label]] == 1):
                    names[label] = self._new(n)
        return [
            (x, tuple([names[label] for label in found]))
            for x, found in zip(operands, inputs, strict=True)
        ]

    def _new(self, size: int) -> int:
        self.fresh += 1
        self.sizes[self.fresh] = size
        return self.fresh

    def _broadcast(self, node: Expr, labels: Labels) -> list[Operand]:
        (x,), (rank, new) = node.args, node.params
        lead = x.ndim - rank
        core = labels[lead + len(new) - rank :]
        return [(x, labels[:lead] + core)]

    def _transpose(self, node: Expr, labels: Labels) -> list[Operand]:
        (x,), (axes,) = node.args, node.params
        lead = x.ndim - len(axes)
        back = dict(zip([at % x.ndim for at in axes], labels[lead:], strict=True))
        return [(x, labels[:lead] + tuple([back[i] for i in range(lead, x.ndim)]))]

    def _reshape(self, node: Expr, labels: Labels) -> list[Operand] | None:
        (x,) = node.args
        if stretched(x.shape) != stretched(node.shape):
            return None
        wide = iter([i for i, n in zip(labels, node.shape, strict=True) if n != 1])
        units = iter([i for i, n in zip(labels, node.shape, strict=True) if n == 1])
        found = [next(units, None) if n == 1 else next(wide) for n in x.shape]
        return [(x, tuple([self._new(1) if i is None else i for i in found]))]

    def _eye(self, node: Expr, labels: Labels) -> list[Operand]:
        half = len(labels) // 2
        for left, right in zip(labels[:half], labels[half:], strict=True):
            if self.sizes[left] != 1:
                self.equal.append((left, right))
        return []

    # -- identities ---------------------------------------------------------------------------

    def root(self, label: int) -> int:
        """The label that stands for this one and all that identities hold equal to it."""
        while label in self.renamed:
            label = self.renamed[label]
        return label

    def eliminate(self, output: tuple[int, ...]) -> None:
        """Rename labels that identities hold equal; only pairs of axes of the value stay."""
        place = {label: i for i, label in enumerate(output)}
        for pair in self.equal:
            ends = (self.root(pair[0]), self.root(pair[1]))
            one, two = sorted(ends, key=lambda i: place.get(i, len(place)))
            if one != two:
                self.renamed[two] = one
        self.operands = [(x, tuple([self.root(i) for i in labels])) for x, labels in self.operands]
        self.equal = [(self.root(i), i) for i in output if self.root(i) != i]


_OPENERS: dict[Op, Callable[[Opened, Expr, Labels], list[Operand] | None]] = {
    ax.broadcast_to: Opened._broadcast,
    ax.transpose: Opened._transpose,
    ax.reshape: Opened._reshape,
    ax.eye: Opened._eye,
}
