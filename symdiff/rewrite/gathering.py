"""Operands of a contraction with labelled axes: opened, freed of identities, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..expr import Expr, Op, Shape, make
from ..ops import arithmetic as a
from ..ops import arrays as ax
from ..ops import contraction as ct
from ..ops.contraction import contract
from .exact import Number
from .symmetric import is_half_transposed, is_symmetric

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


class Gathered:
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

    # -- the value ----------------------------------------------------------------------------

    def result(self, output: tuple[int, ...], shape: Shape) -> Expr:
        """The canonical node with the axes ``output``."""
        form = self.form
        operands = self.parts(output)
        used = self._used(operands)
        inner = tuple([i for i in output if i in used])
        if not inner and not operands:
            return form.shaped(form.mul(self.outside) if self.outside else form.one, shape)
        core = self._core(operands, inner, self.equal)
        first = min([k for k, i in enumerate(output) if i in used], default=len(output))
        kept = tuple([n if i in used else 1 for i, n in zip(output, shape, strict=True)][first:])
        core = form.shaped(reshaped(form, core, kept), shape)
        return self._times(form.mul(self.outside), core) if self.outside else core

    def parts(self, output: tuple[int, ...]) -> list[Operand]:
        """The merged operands that the axes of the value depend on; all else goes outside."""
        operands = self._connected(self._merged(output), output)
        labels = {self.root(i) for i in self.sizes} - self._used(operands)
        counts = [self.sizes[i] for i in sorted(labels - self.summed - {*output})]
        self.outside += [self.form.constant(n) for n in counts if n != 1]
        return operands

    def _used(self, operands: list[Operand]) -> set[int]:
        return {i for _, ls in operands for i in ls} | {i for p in self.equal for i in p}

    def _times(self, scalar: Expr, core: Expr) -> Expr:
        """``scalar*core``, as it is where there is an identity in it."""
        if not bears_identity(core):
            return self.form.mul([scalar, core])
        coefficient, rest = self.form.split(scalar)
        if rest is not self.form.one:
            factors = [*(rest.args if rest.op is a.mul else (rest,)), core]
            core = self.form.node(a.mul, tuple(sorted(factors, key=self.form.factor_key)))
        return self.form.times(coefficient, core)

    def _merged(self, output: tuple[int, ...]) -> list[Operand]:
        """Operands of distinct labels, each label in two of them or in the value."""
        operands = self._bare()
        while True:
            before = operands
            operands = self._summed_alone(self._multiplied(operands), output)
            if operands == before:
                return operands

    def _bare(self) -> list[Operand]:
        """The operands without their axes of size 1; scalars go outside."""
        found: list[Operand] = []
        for x, labels in self.operands:
            kept = tuple([i for i in labels if i is not None])
            bare = reshaped(self.form, x, tuple([self.sizes[i] for i in kept]))
            if len(kept) == 2 and kept[0] > kept[1] and is_symmetric(self.form, bare):
                kept = kept[::-1]
            self._sort_out(found, bare, kept)
        return found

    def _multiplied(self, operands: list[Operand]) -> list[Operand]:
        """Operands of the same labels as one elementwise product."""
        form = self.form
        found: list[Operand] = []
        groups: dict[tuple[int, ...], list[Expr]] = {}
        for x, labels in operands:
            groups.setdefault(labels, []).append(x)
        for labels, nodes in groups.items():
            if len(nodes) == 1:
                found.append((nodes[0], labels))
                continue
            own, x = form.split(form.mul(nodes))
            if own != 1:
                self.outside.append(form.constant(own))
            left = labels
            while x.op is ax.broadcast_to:
                ((x, rest),) = self._broadcast(x, left)
                left = tuple([i for i in rest if i is not None])
            self._sort_out(found, x, left)
        return found

    def _sort_out(self, found: list[Operand], x: Expr, labels: tuple[int, ...]) -> None:
        """Put an operand among those found, a scalar outside."""
        if labels:
            found.append((x, labels))
        else:
            self.outside.append(x)

    def _summed_alone(self, operands: list[Operand], output: tuple[int, ...]) -> list[Operand]:
        """Operands summed over the axes that nothing else has, diagonals taken."""
        count = Counter([*output, *[i for _, labels in operands for i in {*labels}]])
        found: list[Operand] = []
        for x, labels in operands:
            kept = tuple([i for i in dict.fromkeys(labels) if count[i] > 1])
            alone = {*labels} - {*kept}
            self.summed |= alone
            self._sort_out(
                found, *(self._summed(x, labels, kept) if kept != labels else (x, labels))
            )
        return found

    def _summed(self, x: Expr, labels: tuple[int, ...], kept: tuple[int, ...]) -> Operand:
        if len({*labels}) < len(labels):
            return self._diagonal(x, labels, kept), kept
        axes = tuple([k - x.ndim for k, i in enumerate(labels) if i not in kept])
        return self.form.node(ax.sum, (x,), (axes, False)), kept

    def _diagonal(self, x: Expr, labels: tuple[int, ...], kept: tuple[int, ...]) -> Expr:
        """A diagonal or trace of ``x``; that of a sum is taken term by term."""
        if x.op is not a.add or x in self.form.shared:
            return self.form.keep(contract([x], [labels], kept))
        place = {i: k for k, i in enumerate(dict.fromkeys((*kept, *labels)))}
        named = tuple([place[i] for i in labels])
        return self.form.contract([(x, named)], tuple([self.sizes[i] for i in kept]))

    def _connected(self, operands: list[Operand], output: tuple[int, ...]) -> list[Operand]:
        """The operands that the axes of the value depend on; scalars of the others go outside."""
        groups: list[tuple[set[int], list[Operand]]] = []
        for x, labels in operands:
            touching = [g for g in groups if not g[0].isdisjoint(labels)]
            groups = [g for g in groups if g[0].isdisjoint(labels)]
            reach = {*labels}.union(*[g[0] for g in touching])
            groups.append((reach, [*[o for g in touching for o in g[1]], (x, labels)]))
        for reach, members in groups:
            if reach.isdisjoint(output):
                self.summed |= reach
                self.outside.append(self._core(members, (), []))
        return [o for reach, members in groups if not reach.isdisjoint(output) for o in members]

    def _core(
        self, operands: list[Operand], output: tuple[int, ...], equal: list[tuple[int, int]]
    ) -> Expr:
        """The node of merged operands and identities; they have every label of ``output``."""
        if not equal and all(i in output for _, labels in operands for i in labels):
            if len(operands) == 1:
                return self._ordered(*operands[0], output)
            return self.form.mul([self._aligned(x, labels, output) for x, labels in operands])
        return self._einsum(operands, output, equal)

    def _ordered(self, x: Expr, labels: tuple[int, ...], order: tuple[int, ...]) -> Expr:
        if labels == order:
            return x
        axes = tuple([labels.index(i) - len(labels) for i in order])
        if is_symmetric(self.form, x):
            return x
        if x.op is a.add and x not in self.form.shared and is_half_transposed(x):
            return self.form.add([self.form.apply(ax.transpose, (t,), (axes,)) for t in x.args])
        return self.form.node(ax.transpose, (x,), (axes,))

    def _aligned(self, x: Expr, labels: tuple[int, ...], output: tuple[int, ...]) -> Expr:
        """``x`` with its axes where they are in ``output``, counted from the last one."""
        x = self._ordered(x, labels, tuple([i for i in output if i in labels]))
        first = min([output.index(i) for i in labels])
        shape = tuple([self.sizes[i] if i in labels else 1 for i in output[first:]])
        return reshaped(self.form, x, shape)

    def _einsum(
        self, operands: list[Operand], output: tuple[int, ...], equal: list[tuple[int, int]]
    ) -> Expr:
        """The einsum node, its operands in the order of factors and its labels in theirs."""
        form = self.form
        signatures: dict[int, list[Any]] = {i: [] for _, labels in operands for i in labels}
        keys = [form.factor_key(x) for x, _ in operands]
        for key, (_, labels) in zip(keys, operands, strict=True):
            for k, i in enumerate(labels):
                signatures[i].append((key, k))
        place: dict[int, tuple[int, int, list[Any]]]
        place = {label: (0, k, []) for k, label in enumerate(output)}
        rank = {i: place.get(i, (1, 0, sorted(found))) for i, found in signatures.items()}
        order = sorted(
            range(len(operands)), key=lambda n: (keys[n], [rank[i] for i in operands[n][1]])
        )
        deltas = [(form.leaf(make(ax.eye, (), ((self.sizes[i],),))), (i, j)) for i, j in equal]
        ready = [*deltas, *[operands[n] for n in order]]
        return form.keep(contract([x for x, _ in ready], [ls for _, ls in ready], output))


_OPENERS: dict[Op, Callable[[Gathered, Expr, Labels], list[tuple[Expr, Labels]] | None]] = {
    ax.broadcast_to: Gathered._broadcast,
    ax.transpose: Gathered._transpose,
    ax.reshape: Gathered._reshape,
    ax.eye: Gathered._eye,
}
