"""Parts that formulas have in common across signs and fraction bars, as nodes of their own.

``2*x/u`` and ``2*y/u`` have ``2/u`` in common, ``-(a + b + c)`` and ``-(a + b)`` have ``-(a + b)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ..expr import Expr, Op, make
from ..leaves import Const, const
from ..ops.arithmetic import add, div, mul, neg, sub
from ..walk import postorder
from .exact import number
from .pairing import merge_pairs

WIDE = 24  # parts of a sum or product that are looked at in pairs

Part: TypeAlias = "Single | Group"
Key = tuple[Op, int, int]


class Single(NamedTuple):
    """A node that is added or multiplied; ``under`` where it is subtracted or a divisor."""

    node: Expr
    under: bool


class Group:
    """Two parts that become a node; subtracted or a divisor where both are.

    A negative one is itself the negative sum of parts that are subtracted.
    """

    __slots__ = ("negative", "parts", "under")

    def __init__(self, first: Part, second: Part) -> None:
        self.parts = (first, second)
        self.under: bool = first.under and second.under
        self.negative = False


class _Places:
    """The sums and products of a graph as lists of parts, and which pairs occur in which."""

    def __init__(self) -> None:
        self.rows: list[list[Part]] = []
        self.ops: list[Op] = []
        self.numbers: dict[Part, int] = {}
        self.of: dict[Key, tuple[Part, Part]] = {}
        self.where: dict[Key, dict[int, None]] = {}

    def add(self, op: Op, parts: list[Part]) -> None:
        self.rows.append(parts)
        self.ops.append(op)
        at = len(self.rows) - 1
        numbers = [self.numbers.setdefault(p, len(self.numbers)) for p in parts]
        for i, first in enumerate(parts):
            a = numbers[i]
            for j in range(i + 1, len(parts)):
                b = numbers[j]
                key = (op, a, b) if a < b else (op, b, a)
                places = self.where.get(key)
                if places is None:
                    self.where[key], self.of[key] = {at: None}, (first, parts[j])
                else:
                    places[at] = None

    def enter(self, at: int, first: Part, second: Part) -> Key:
        a, b = (self.numbers.setdefault(p, len(self.numbers)) for p in (first, second))
        key = (self.ops[at], min(a, b), max(a, b))
        self.where.setdefault(key, {})[at] = None
        self.of.setdefault(key, (first, second))
        return key

    def live(self, key: Key) -> list[int]:
        """Where both parts of a pair still stand."""
        first, second = self.of[key]
        return [i for i in self.where[key] if first in self.rows[i] and second in self.rows[i]]

    def worth(self, key: Key) -> int:
        """In how many places the pair stands, 0 where nothing is gained by a node for it."""
        live = self.live(key)
        return len(live) if any(len(self.rows[i]) > 2 for i in live) else 0

    def merge(self, key: Key) -> list[Key]:
        """Make a pair one part wherever it stands; the new pairs."""
        first, second = self.of[key]
        group = Group(first, second)
        found = []
        for i in self.live(key):
            row = self.rows[i]
            if len(row) > 2:
                row[row.index(first)] = group
                row.remove(second)
                found += [self.enter(i, group, other) for other in row if other is not group]
        return found

    def merge_all(self) -> None:
        """Make every pair that occurs twice a group."""
        merge_pairs(self.where, self.worth, self.merge)

    def negative(self) -> set[tuple[Part, ...]]:
        """The pairs of parts that are written as one negative sum."""
        found: set[tuple[Part, ...]] = set()
        pending = [p for row in self.rows for p in row if isinstance(p, Group)]
        while pending:
            group = pending.pop()
            if group.negative:
                found.add(group.parts)
            pending.extend([p for p in group.parts if isinstance(p, Group)])
        return found


def with_common_parts(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with common parts of scalar sums and products made nodes of their own."""
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 2)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    family = {n: _family(n) for n in order if not n.shape}
    inner: set[Expr] = set()
    for node in order:
        own = family.get(node)
        if own is not None:
            inner.update([x for x in node.args if uses[x] == 1 and family.get(x) is own])
    inner |= _only_subtracted(outputs, order, family)
    places = _Places()
    roots: dict[Expr, int] = {}
    for node in order:
        own = family.get(node)
        if own is not None and node not in inner:
            parts = _parts(node, own, inner)
            if 2 <= len(set(parts)) == len(parts) <= WIDE and not _keeps_order(own, parts):
                roots[node] = len(places.rows)
                places.add(own, parts)
    places.merge_all()
    _turn_groups(places)
    return _rebuilt(outputs, order, roots, places)


def _only_subtracted(
    outputs: Sequence[Expr], order: list[Expr], family: dict[Expr, Op | None]
) -> set[Expr]:
    """Sums that are used with a minus in front, or in sums that are, and nowhere else."""
    found = {n for n in order if n.op is add and family.get(n) is add} - set(outputs)
    for node in reversed(order):
        if node.op is not neg and node not in found:
            found.difference_update(node.args)
    return found


def _turn_groups(places: _Places) -> None:
    """Make groups negative that stand only where everything is subtracted."""
    turned: dict[Group, bool] = {}
    for op, row in zip(places.ops, places.rows, strict=True):
        negative = op is add and all(p.under for p in row)
        pending = [p for p in row if isinstance(p, Group)]
        while pending:
            group = pending.pop()
            turned[group] = turned.get(group, True) and negative
            pending.extend([p for p in group.parts if isinstance(p, Group)])
    for group, negative in turned.items():
        group.negative = negative


def _family(node: Expr) -> Op | None:
    """``add`` for sums and differences, ``mul`` for products and quotients."""
    if any(x.kind == "bool" or x.shape for x in node.args):
        return None
    if node.op is neg:
        return add if node.args[0].op in (add, sub) else mul
    return {add: add, sub: add, mul: mul, div: mul}.get(node.op)


def _parts(root: Expr, family: Op, inner: set[Expr]) -> list[Part]:
    """What a sum or product consists of, left to right."""
    found: list[Part] = []
    pending = [(root, False)]
    while pending:
        node, under = pending.pop()
        if node is not root and node not in inner:
            found.append(Single(node, under))
        elif node.op is neg and family is mul:
            found.append(_MINUS)
            pending.append((node.args[0], under))
        else:
            turned = node.op in (sub, div, neg)
            last = len(node.args) - 1
            signed = [(x, under != (turned and i == last)) for i, x in enumerate(node.args)]
            pending.extend(reversed(signed))
    return found


def _keeps_order(family: Op, parts: list[Part]) -> bool:
    """Sums of several floats are not regrouped."""
    nodes = [p.node for p in parts if isinstance(p, Single)]
    return family is add and sum(n.op is Const and n.kind == "real" for n in nodes) > 1


def _rebuilt(
    outputs: Sequence[Expr], order: list[Expr], roots: dict[Expr, int], places: _Places
) -> list[Expr]:
    images: dict[Expr, Expr] = {}
    groups: dict[Group, Expr] = {}
    opposite = {n.args[0] for n in order if n.op is neg}
    negative = places.negative()
    for node in order:
        at = roots.get(node)
        row = [] if at is None else places.rows[at]
        turned = at is not None and _turn(places.ops[at], row, opposite)
        turned = turned or tuple(row) in negative
        if at is not None and (turned or any(isinstance(p, Group) for p in row)):
            images[node] = _written(places.ops[at], row, images, groups)
        else:
            args = tuple([images[x] for x in node.args])
            images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]


def _turn(family: Op, row: list[Part], opposite: set[Expr]) -> bool:
    """Bring a part to the front whose negative is there or costs nothing, if all are subtracted."""
    if family is not add or not all(p.under for p in row):
        return False
    single = [p for p in row if isinstance(p, Single)]
    known = [p for p in single if p.node in opposite]
    known += [p for p in single if p.node.op is Const]
    known += [p for p in single if p.node.op in (mul, div) and p.node.args[0].op is Const]
    if known:
        row.remove(known[0])
        row.insert(0, known[0])
    return bool(known)


def _written(
    family: Op, row: Sequence[Part], images: dict[Expr, Expr], groups: dict[Group, Expr]
) -> Expr:
    """A row of parts as a node, the groups in it first."""
    pending = [p for p in row if isinstance(p, Group) and p not in groups]
    while pending:
        group = pending[-1]
        missing = [p for p in group.parts if isinstance(p, Group) and p not in groups]
        if missing:
            pending.extend(missing)
        else:
            pending.pop()
            plain = group.under and not group.negative  # their sum or product, as it stands below
            groups[group] = _joined(family, group.parts, images, groups, plain)
    return _joined(family, row, images, groups, False)


def _joined(
    family: Op,
    row: Sequence[Part],
    images: dict[Expr, Expr],
    groups: dict[Group, Expr],
    plain: bool,
) -> Expr:
    minus = _MINUS in row
    nodes: tuple[list[Expr], list[Expr]] = ([], [])
    for part in row:
        if part != _MINUS:
            node = groups[part] if isinstance(part, Group) else images[part.node]
            below_bar = part.under and not plain and not (isinstance(part, Group) and part.negative)
            nodes[below_bar].append(node)
    above, below = nodes
    if family is add:
        if not above:
            value = number(below[0])
            first = make(neg, (below[0],)) if value is None else const(-value)
            above, below = [first], below[1:]
        total = _many(add, above)
        for node in below:
            total = make(sub, (total, node))
        return total
    found = _many(mul, above) if above else _ONE
    if below:
        found = make(div, (found, _many(mul, below)))
    return make(neg, (found,)) if minus else found


def _many(op: Op, nodes: list[Expr]) -> Expr:
    return nodes[0] if len(nodes) == 1 else make(op, tuple(nodes))


_ONE = const(1)
_MINUS = Single(const(-1), False)
