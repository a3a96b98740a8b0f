"""Which scalars of a graph do the same: classes, each of which is one array.

A loop such as ``sum((x[i + 1] - x[i]**2)**2 for i in range(n))`` makes a node for every turn.
Two nodes are in one class if they apply one operation to members of the same classes; variables
are one class, the elements of an array another, and numbers that are added or multiplied a third.
A class of m members is one operation on arrays of m elements, picked from the arrays of the
classes below.  Sums that a loop adds up are taken apart into the terms of each class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from ...expr import Expr, Op
from ...leaves import Const, Var
from ...ops.arithmetic import add, div, mul, neg, sub
from ...ops.arrays import index
from ...ops.kernels import decode

LONG = 8  # terms from which a sum is one of terms of any number, added in any order
FIRST_CLASSES = 200  # that any graph may have ...
SHARE = 16  # ... and then one for so many nodes; else arrays would be short, and pay nothing
VARIABLES, NUMBERS = 0, 1  # the first two classes
_RING = frozenset({add, sub, mul, div, neg})
_SUMS = frozenset({add, sub})

Home = tuple[int, int]  # a class and the place in it; class -1 - k is number k for itself


class TooMany(Exception):
    """The graph has no few classes, or parts that are arrays of these scalars."""


class Class(NamedTuple):
    """One operation: the classes of its arguments, and for each member the places in these."""

    op: Op
    params: tuple[Any, ...]
    parents: tuple[int, ...]
    rows: list[int]


class Sums(NamedTuple):
    """Long sums: the classes of terms with their signs, and for each member the places in these."""

    parents: tuple[tuple[int, int], ...]
    rows: list[list[list[int]]]


class Given(NamedTuple):
    """What is computed as it stands: an array whose elements are members, or a scalar."""

    node: Expr


class Classes:
    """The classes of a graph, those of arguments first; ``homes`` has the place of each scalar.

    Raises: TooMany where arrays would not pay.
    Cost: one visit per node, and little for a graph that is not like this.
    """

    def __init__(self, order: Sequence[Expr], outputs: Sequence[Expr], scalars: Sequence[Expr]):
        self.order = order
        self.homes: dict[Expr, Home] = {}
        self.numbers: list[Expr] = []
        self.classes: list[Any] = [None, None]  # and then of Class, Sums and Given
        self.scalars = scalars
        self._by_key: dict[Any, int] = {}
        self._plain: set[Expr] = set()
        for i, v in enumerate(self.scalars):
            self.homes[v] = VARIABLES, i
        self._terms, inside = _long_sums(order, outputs)
        self._group(inside)

    def _group(self, inside: Collection[Expr]) -> None:
        """Put every scalar into its class; the loop itself takes those of one or two scalars.

        ``inside`` are the steps on the way to long sums, which need no class.
        """
        home, special = self.homes.get, inside | self._terms.keys()
        for node in self.order:
            args = node.args
            if len(args) == 2:
                first, second = home(args[0]), home(args[1])
            elif len(args) == 1:
                first = second = home(args[0])
            else:
                first = second = None
            if first is None or second is None or node.shape or node in special:
                self._visit(node, inside)
                continue
            (c, i), (d, j) = first, second
            op = node.op
            if op in _RING:  # numbers here are members of one class
                if c < 0:
                    c, i = NUMBERS, -1 - c
                if d < 0:
                    d, j = NUMBERS, -1 - d
            if len(args) == 2:
                self._put(node, (op, (c, d), node.params, node.kind), (i, j))
            else:
                self._put(node, (op, (c,), node.params, node.kind), (i,))

    def _put(self, node: Expr, key: Any, places: tuple[int, ...]) -> None:
        number = self._by_key.get(key)
        if number is None:
            op, parents, params, _ = key
            number = self._new(key, Class(op, params, parents, []))
        rows = self.classes[number].rows
        self.homes[node] = number, len(rows) // len(places)
        rows += places

    def _new(self, key: Any, made: Class | Sums | Given) -> int:
        number = self._by_key[key] = len(self.classes)
        self.classes.append(made)
        if number > FIRST_CLASSES + len(self.homes) // SHARE:
            raise TooMany
        return number

    def _visit(self, node: Expr, inside: Collection[Expr]) -> None:
        op, args = node.op, node.args
        if node in inside:
            return
        if op is Var:
            if node not in self.homes:
                self._plain.add(node)
        elif node in self._terms:
            self._add_up(node)
        elif not args and (op is Const or op.constant is not None):
            self._plain.add(node)
            if not node.shape:
                self.homes[node] = -1 - len(self.numbers), 0
                self.numbers.append(node)
        elif op is index and not node.shape and args[0] in self._plain:
            at = decode(node.params[0])
            place = 0
            for i, n in zip(at, args[0].shape, strict=True):
                place = place * n + i % n
            self.homes[node] = self._given(args[0]), place
        elif node.shape or any(a.shape for a in args):
            if not all(a in self._plain for a in args):
                raise TooMany
            self._plain.add(node)
        else:
            self._apply(node)

    def home(self, node: Expr) -> Home:
        """The class of a scalar and its place there."""
        found = self.homes.get(node)
        if found is None:
            if node not in self._plain:
                raise TooMany
            found = self.homes[node] = self._given(node), 0
        return found

    def _given(self, node: Expr) -> int:
        number = self._by_key.get(node)
        return self._new(node, Given(node)) if number is None else number

    def _apply(self, node: Expr) -> None:
        places = [self.home(a) for a in node.args]
        if node.op in _RING:
            places = [(NUMBERS, -1 - c) if c < 0 else (c, i) for c, i in places]
        parents = tuple([c for c, _ in places])
        key = node.op, parents, node.params, node.kind
        self._put(node, key, tuple([i for _, i in places]))

    def _add_up(self, node: Expr) -> None:
        """A long sum: the places of its terms, by class and sign."""
        found: dict[tuple[int, int], list[int]] = {}
        for sign, term in self._terms[node]:
            c, i = self.home(term)
            if c < 0:
                c, i = NUMBERS, -1 - c
            found.setdefault((c, sign), []).append(i)
        parents = tuple(sorted(found))
        key = parents, node.kind
        number = self._by_key.get(key)
        if number is None:
            number = self._new(key, Sums(parents, []))
        rows = self.classes[number].rows
        self.homes[node] = number, len(rows)
        rows.append([found[parent] for parent in parents])


def _long_sums(
    order: Sequence[Expr], outputs: Sequence[Expr]
) -> tuple[dict[Expr, list[tuple[int, Expr]]], set[Expr]]:
    """The signed terms of every long sum, and the nodes that are only steps on the way to one.

    A loop adds to its first argument; what stands in brackets elsewhere stays one term unless it
    is long itself, because the order of few terms may be meant.
    """
    count: dict[Expr, int] = {}
    sums = [node for node in order if node.op in _SUMS and not node.shape]
    for node in sums:
        args = node.args
        terms = len(args)
        for a in args:
            if a in count and (a is args[0] or count[a] >= LONG):
                terms += count[a] - 1
        count[node] = terms
    if max(count.values(), default=0) < LONG:
        return {}, set()
    uses = Counter([a for node in order for a in node.args])
    uses.update(outputs)
    found: dict[Expr, list[tuple[int, Expr]]] = {}
    inside: set[Expr] = set()
    for node in reversed(sums):
        if count[node] < LONG or node in inside:
            continue
        opened: list[tuple[int, Expr]] = []
        stack = [(1, node)]
        while stack:
            sign, part = stack.pop()
            first = part.args[0]
            rest = -sign if part.op is sub else sign
            for s, a in zip((sign, *[rest] * (len(part.args) - 1)), part.args, strict=True):
                if a in count and uses[a] == 1 and (a is first or count[a] >= LONG):
                    inside.add(a)
                    stack.append((s, a))
                else:
                    opened.append((s, a))
        found[node] = opened
    return found, inside
