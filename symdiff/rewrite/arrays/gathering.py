"""Opened operands put together: multiplied, summed and written as one canonical node."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Any

from ...expr import Expr, Shape, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops.contraction import contract
from .opening import Labels, Opened, Operand, bears_identity, reshaped
from .symmetric import is_half_transposed, is_symmetric

MOST_TERMS = 4  # of a sum whose terms are summed one by one, to see whether they cancel


class Gathered(Opened):
    """The operands of one contraction, and the node that they make."""

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
            core = self.form.node(a.mul, tuple(sorted(factors, key=self.form.ranks.of_factor)))
        return self.form.times(coefficient, core)

    def _merged(self, output: tuple[int, ...]) -> list[Operand]:
        """Operands of distinct labels, each label in two of them or in the value."""
        operands = self._bare(output)
        while True:
            before = operands
            operands = self._summed_alone(self._multiplied(operands), output)
            if operands == before:
                return operands

    def _bare(self, output: tuple[int, ...]) -> list[Operand]:
        """The operands without most of their axes of size 1; scalars go outside."""
        left_out = self._left_out(output)
        if left_out and not self.squeezed:
            left_out -= self._put_to_use(left_out, output)
        found: list[Operand] = []
        for x, labels in self.operands:
            kept = tuple([i for i in labels if i not in left_out])
            bare = reshaped(self.form, x, tuple([self.sizes[i] for i in kept]))
            if len(kept) == 2 and kept[0] > kept[1] and is_symmetric(self.form, bare):
                kept = kept[::-1]
            self._sort_out(found, bare, kept)
        return found

    def _left_out(self, output: tuple[int, ...]) -> set[int]:
        """Labels of size 1 that say nothing: ``A @ B`` keeps that of a row or a column."""
        units = {i for _, labels in self.operands for i in labels if self.sizes[i] == 1}
        if not units or self.squeezed:
            return units
        groups = {frozenset(labels) for _, labels in self.operands}
        twice = {i for _, ls in self.operands for i in ls if ls.count(i) > 1}
        return twice & units | {i for i in units if not _is_told(i, groups, output)}

    def _put_to_use(self, left_out: set[int], output: Labels) -> set[int]:
        """A row that is summed over may as well be the row of the value; the label that is kept."""
        known = {i for _, labels in self.operands for i in labels}
        free = [i for i in output if self.sizes[i] == 1 and i not in known]
        groups = {labels for _, labels in self.operands}
        single = [i for i in left_out if sum([labels.count(i) for labels in groups]) == 1]
        if len(free) != 1 or len(single) != 1 or single[0] in output:
            return set()
        names = {single[0]: free[0]}
        self.operands = [(x, tuple([names.get(i, i) for i in ls])) for x, ls in self.operands]
        return {single[0]}

    def _multiplied(self, operands: list[Operand]) -> list[Operand]:
        """Operands of the same labels as one elementwise product."""
        form = self.form
        found: list[Operand] = []
        groups: dict[Labels, list[Expr]] = {}
        for x, labels in operands:
            groups.setdefault(labels, []).append(x)
        for labels, nodes in groups.items():
            if len(nodes) == 1:
                found.append((nodes[0], labels))
                continue
            own, x = form.split(form.mul(nodes))
            if own != 1:
                self.outside.append(form.constant(own))
            self._sort_out(found, *self._unstretched(x, labels))
        return found

    def _unstretched(self, x: Expr, labels: Labels) -> Operand:
        """An operand without the axes along which it is stretched."""
        while x.op is ax.broadcast_to:
            ((x, labels),) = self._broadcast(x, labels)
            labels = tuple([i for i, n in zip(labels, x.shape, strict=True) if n == self.sizes[i]])
            x = reshaped(self.form, x, tuple([self.sizes[i] for i in labels]))
        return x, labels

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
        if x.op is a.add and len(x.args) <= MOST_TERMS:
            apart = self._term_by_term(x, labels, kept)
            if apart is not None:
                return self._unstretched(apart, kept)
        return self.form.node(ax.sum, (x,), (axes, False)), kept

    def _term_by_term(self, total: Expr, labels: Labels, kept: Labels) -> Expr | None:
        """The sum of ``x - mean(x)``, which is 0: one in which no two terms are left."""
        form = self.form
        alone = [k - total.ndim for k, i in enumerate(labels) if i not in kept]
        plain = [[k for k in alone if k < -t.ndim or t.shape[k] == 1] for t in total.args]
        if not any(plain) or any(t.op is a.add for t in total.args):
            return None
        place = {i: k for k, i in enumerate(dict.fromkeys((*kept, *labels)))}
        named = tuple([place[i] for i in labels])
        shape = tuple([self.sizes[i] for i in kept])
        parts = []
        for t, stretched in zip(total.args, plain, strict=True):
            if len(stretched) == len(alone):
                left = tuple([n for k, n in enumerate(t.shape, -t.ndim) if k not in alone])
                part = reshaped(form, t, left)
            else:
                part = form.contract([(t, named[len(named) - t.ndim :])], shape)
            parts.append(form.times(prod([total.shape[k] for k in stretched]), part))
        found = form.shaped(form.add(parts), shape)
        return None if found.op is a.add else found

    def _diagonal(self, x: Expr, labels: tuple[int, ...], kept: tuple[int, ...]) -> Expr:
        """A diagonal or trace of ``x``; that of a sum is taken term by term."""
        if x.op is not a.add or x in self.form.shared:
            return contract([x], [labels], kept)
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
        keys = [form.ranks.of_factor(x) for x, _ in operands]
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
        return contract([x for x, _ in ready], [ls for _, ls in ready], output)


def _is_told(i: int, groups: set[frozenset[int]], output: Labels) -> bool:
    """Whether an axis of size 1 is a row or column in the product of operands of these labels."""
    having = sum([i in group for group in groups])
    if i in output:
        return having == 1
    if len(groups) == 1:
        return all(group.isdisjoint(output) for group in groups)
    return having == len(groups) == 2
