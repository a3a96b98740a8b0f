"""Operands of a contraction with labelled axes: opened as far as can be, freed of identities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from ..expr import Expr, Op, Shape
from ..ops import arithmetic as a
from ..ops import arrays as ax
from ..ops import contraction as ct
from .exact import Number

if TYPE_CHECKING:
    from .canonical import Canonical

Operand: TypeAlias = tuple[Expr, tuple[int, ...]]
Labels: TypeAlias = tuple["int | None", ...]  # None: an axis of size 1, left out
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

    def __init__(self, form: Canonical, sizes: dict[int, int]) -> None:
        self.form = form
        self.sizes = sizes
        self.operands: list[tuple[Expr, Labels]] = []
        self.equal: list[tuple[int, int]] = []
        self.outside: list[Expr] = []
        self.renamed: dict[int, int] = {}
        self.summed: set[int] = set()  # labels that single operands were summed over
        self.fresh = max(sizes, default=0)

    # -- opening ------------------------------------------------------------------------------

    def take(self, operands: Iterable[tuple[Expr, Labels]]) -> None:
        """Open what can be opened, from the outermost in."""
        pending = list(operands)[::-1]
        for x, labels in pending:
            for label, n in zip(labels, x.shape, strict=True):
                if label is not None and n != 1:
                    self.sizes[label] = n
                    self.fresh = max(self.fresh, label)
        while pending:
            node, labels = pending.pop()
            labels = tuple([None if n == 1 else i for n, i in zip(node.shape, labels, strict=True)])
            room = len(self.operands) + len(pending) < MOST_OPERANDS
            opened = self._opened(node, labels, room and len(self.sizes) < MOST_LABELS)
            if opened is None:
                self.operands.append((node, labels))
            else:
                pending.extend(reversed(opened))

    def _opened(self, node: Expr, labels: Labels, room: bool) -> list[tuple[Expr, Labels]] | None:
        """What ``node`` is made of, None where it is to stay whole."""
        if not node.shape:
            self.outside.append(node)
            return []
        own, rest = self.form.split(node)
        if own != 1 and rest is not self.form.one:
            self.outside.append(self.form.constant(own))
            return [(rest, labels[len(labels) - rest.ndim :])]
        if node.op is a.add and node not in self.form.shared:
            content, rest = self._content(node)
            if content != 1:
                self.outside.append(self.form.constant(content))
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

    def _content(self, total: Expr) -> tuple[Number, Expr]:
        """The coefficient that all terms of a sum have, and the sum without it."""
        split = [self.form.split(t) for t in total.args]
        first = split[0][0]
        if first == 1 or any(type(c) is not type(first) or c != first for c, _ in split):
            return 1, total
        return first, self.form.add([rest for _, rest in split])

    def _inside(self, node: Expr, labels: Labels) -> list[tuple[Expr, Labels]]:
        assert node.op.contraction is not None
        operands, inputs, output = node.op.contraction(node)
        names: dict[int, int | None] = dict(zip(output, labels, strict=True))
        for x, found in zip(operands, inputs, strict=True):
            for label, n in zip(found, x.shape, strict=True):
                if label not in names or (names[label] is None and n != 1):
                    names[label] = self._new(n)
        return [
            (x, tuple([names[label] for label in found]))
            for x, found in zip(operands, inputs, strict=True)
        ]

    def _new(self, size: int) -> int:
        self.fresh += 1
        self.sizes[self.fresh] = size
        return self.fresh

    def _broadcast(self, node: Expr, labels: Labels) -> list[tuple[Expr, Labels]]:
        (x,), (rank, new) = node.args, node.params
        lead = x.ndim - rank
        core = labels[lead + len(new) - rank :]
        return [(x, labels[:lead] + core)]

    def _transpose(self, node: Expr, labels: Labels) -> list[tuple[Expr, Labels]]:
        (x,), (axes,) = node.args, node.params
        lead = x.ndim - len(axes)
        back = dict(zip([at % x.ndim for at in axes], labels[lead:], strict=True))
        return [(x, labels[:lead] + tuple([back[i] for i in range(lead, x.ndim)]))]

    def _reshape(self, node: Expr, labels: Labels) -> list[tuple[Expr, Labels]] | None:
        (x,) = node.args
        if stretched(x.shape) != stretched(node.shape):
            return None
        kept = iter([i for i in labels if i is not None])
        return [(x, tuple([None if n == 1 else next(kept) for n in x.shape]))]

    def _eye(self, node: Expr, labels: Labels) -> list[tuple[Expr, Labels]]:
        half = len(labels) // 2
        for left, right in zip(labels[:half], labels[half:], strict=True):
            if left is not None and right is not None:
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
        self.operands = [
            (x, tuple([None if i is None else self.root(i) for i in labels]))
            for x, labels in self.operands
        ]
        self.equal = [(self.root(i), i) for i in output if self.root(i) != i]


_OPENERS: dict[Op, Callable[[Opened, Expr, Labels], list[tuple[Expr, Labels]] | None]] = {
    ax.broadcast_to: Opened._broadcast,
    ax.transpose: Opened._transpose,
    ax.reshape: Opened._reshape,
    ax.eye: Opened._eye,
}
