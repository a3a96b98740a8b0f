"""Sharing made visible: named common subexpressions, substitution, counting operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import UnknownVariable
from ..expr import Expr, ExprLike, Op, as_expr, make
from ..leaves import Const, Var, var
from ..ops.arithmetic import add, mul
from ..structure import flatten
from ..walk import postorder, rebuild
from .pairing import merge_pairs
from .sharing import with_common_parts

WIDE = 24  # arguments up to which every pair is looked at; longer ones share what they begin with

Item: TypeAlias = "Expr | Group"


def count_ops(tree: Any) -> int:
    """How many operations the shared graph of ``tree`` takes.

    Every node counts once however often it is used, a sum or product of k arguments as k - 1;
    leaves and operations that only look at data differently (reshape, transpose) are free.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> count_ops([x**2 + 1, sd.sin(x**2)])
    3
    """
    outputs = [as_expr(leaf) for leaf in flatten(tree)[0]]
    total = 0
    for node in postorder(outputs):
        if node.args and node.op.cost:
            many = node.op.arity is None and node.op.elementwise
            total += len(node.args) - 1 if many else 1
    return total


def subs(tree: Any, mapping: Mapping[Expr | str, ExprLike]) -> Any:
    """``tree`` with nodes replaced, all at once: ``subs(x + y, {x: y, y: x})`` swaps.

    Keys are any nodes, or names of variables.

    Raises: UnknownVariable for a name that no variable of the tree has.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> subs(x / y, {x: y, "y": x}) is y / x
    True
    """
    leaves, restore = flatten(tree)
    outputs = [as_expr(leaf) for leaf in leaves]
    given = {key: as_expr(value) for key, value in mapping.items() if isinstance(key, Expr)}
    names = {key: as_expr(value) for key, value in mapping.items() if isinstance(key, str)}
    if names:
        found = [n for n in postorder(outputs) if n.op is Var and n.params[4] is None]
        known = dict.fromkeys(n.name for n in found)
        for name in names:
            if name not in known:
                raise UnknownVariable(name, tuple(known))
        given.update({n: names[n.name] for n in found if n.name in names})
    images = rebuild(outputs, given=given)
    return restore([images[out] for out in outputs])


def cse(tree: Any) -> tuple[list[tuple[Expr, Expr]], Any]:
    """Common subexpressions by name: ``(bindings, outputs)``.

    ``bindings`` are pairs (variable, expression) in the order of evaluation; ``outputs`` has
    the structure of ``tree`` and uses the variables.  Names are t0, t1, ..., without those
    that the tree uses itself.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> bindings, (f, g) = cse((sd.sin(x + y), sd.Add(x, y, 1)))
    >>> len(bindings), bindings[0][1] is x + y, g is bindings[0][0] + 1
    (1, True, True)
    """
    leaves, restore = flatten(tree)
    outputs = most_shared([as_expr(leaf) for leaf in leaves])
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 0)
    for node in [*outputs, *[a for n in order for a in n.args]]:
        uses[node] = uses.get(node, 0) + 1
    names = _names({n.name for n in order if n.op is Var})
    bindings: list[tuple[Expr, Expr]] = []
    images: dict[Expr, Expr] = {}
    for node in order:
        args = tuple([images[a] for a in node.args])
        new = node if args == node.args else make(node.op, args, node.params)
        if uses[node] > 1 and node.args and node.op.cost:
            name = var(next(names), node.shape, node.kind)
            bindings.append((name, new))
            new = name
        images[node] = new
    return bindings, restore([images[out] for out in outputs])


def most_shared(outputs: list[Expr]) -> list[Expr]:
    """The outputs with common parts made nodes, across signs and fraction bars where that helps."""
    plain, crossed = shared(outputs), shared(with_common_parts(outputs))
    return crossed if count_ops(crossed) < count_ops(plain) else plain


def _names(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        if f"t{number}" not in taken:
            yield f"t{number}"
        number += 1


class Group:
    """Some arguments of a sum or product that become a node of their own."""

    __slots__ = ("op", "parts")

    def __init__(self, op: Op, parts: tuple[Item, ...]) -> None:
        self.op, self.parts = op, parts


class _Pairs:
    """Which pairs of arguments occur in which sums and products."""

    def __init__(self) -> None:
        self.items: list[list[Item]] = []
        self.ops: list[Op] = []
        self.numbers: dict[Item, int] = {}
        self.places: dict[tuple[Op, int, int], dict[int, None]] = {}
        self.of: dict[tuple[Op, int, int], tuple[Item, Item]] = {}

    def number(self, item: Item) -> int:
        return self.numbers.setdefault(item, len(self.numbers))

    def enter(self, place: int, first: Item, second: Item) -> tuple[Op, int, int]:
        a, b = self.number(first), self.number(second)
        key = (self.ops[place], min(a, b), max(a, b))
        self.places.setdefault(key, {})[place] = None
        self.of.setdefault(key, (first, second))
        return key

    def add(self, node: Expr) -> None:
        place = len(self.items)
        args: list[Item] = list(node.args)
        self.items.append(args)
        self.ops.append(node.op)
        for i, first in enumerate(args):
            for second in args[i + 1 :]:
                self.enter(place, first, second)

    def merge(self, key: tuple[Op, int, int]) -> list[tuple[Op, int, int]]:
        """Make the pair a node of its own wherever it occurs; the new pairs this gives."""
        first, second = self.of[key]
        pair = Group(key[0], (first, second))
        found = []
        for place in self._live(key):
            items = self.items[place]
            if len(items) == 2:
                continue
            at = items.index(first)
            items[at] = pair
            items.remove(second)
            found += [self.enter(place, pair, other) for other in items if other is not pair]
        return found

    def _live(self, key: tuple[Op, int, int]) -> list[int]:
        first, second = self.of[key]
        return [p for p in self.places[key] if first in self.items[p] and second in self.items[p]]

    def count(self, key: tuple[Op, int, int]) -> int:
        live = self._live(key)
        return len(live) if any(len(self.items[p]) > 2 for p in live) else 0


def shared(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with common parts of sums and products made nodes of their own.

    ``a + b`` inside ``a + b + c`` is shared with ``a + b`` elsewhere, which interning cannot see.
    The most frequent pair comes first, ties in the order of the graph.
    """
    order = postorder(outputs)
    nodes = [n for n in order if _splittable(n)]
    if not any(len(n.args) > 2 for n in nodes):
        return list(outputs)
    groups = _common_beginnings([n for n in nodes if len(n.args) > WIDE])
    nodes = [n for n in nodes if len(n.args) <= WIDE]
    pairs = _Pairs()
    for node in nodes:
        pairs.add(node)
    merge_pairs(pairs.places, pairs.count, pairs.merge)
    groups.update(zip(nodes, pairs.items, strict=True))
    return _regrouped(outputs, order, groups)


def _common_beginnings(nodes: list[Expr]) -> dict[Expr, list[Item]]:
    """Long sums and products over groups of the first arguments that several of them have."""
    steps: dict[tuple[Any, Expr], int] = {}
    paths = []
    counts: dict[int, int] = {}
    for node in nodes:
        at: Any = node.op
        path = []
        for arg in node.args:
            at = steps.setdefault((at, arg), len(steps))
            counts[at] = counts.get(at, 0) + 1
            path.append(at)
        paths.append(path)
    found: dict[Expr, list[Item]] = {}
    for node, path in zip(nodes, paths, strict=True):
        items: list[Item] = []
        for i, (arg, at) in enumerate(zip(node.args, path, strict=True)):
            items.append(arg)
            after = counts[path[i + 1]] if i + 1 < len(path) else counts[at]
            if after < counts[at] and len(items) > 1:
                items = [Group(node.op, tuple(items))]
        found[node] = items
    return found


def _splittable(node: Expr) -> bool:
    """A sum or product of different arguments; sums of several floats keep their order."""
    if node.op is not add and node.op is not mul:
        return False
    args = node.args
    if len(args) < 2 or len(set(args)) < len(args) or any(a.kind == "bool" for a in args):
        return False
    return sum(a.op is Const and a.kind == "real" for a in args) < 2


def _regrouped(
    outputs: Sequence[Expr], order: list[Expr], groups: dict[Expr, list[Item]]
) -> list[Expr]:
    images: dict[Item, Expr] = {}
    for node in order:
        items = groups.get(node, node.args)
        stack = [i for i in items if isinstance(i, Group)]
        while stack:
            group = stack[-1]
            missing = [p for p in group.parts if isinstance(p, Group) and p not in images]
            if missing:
                stack.extend(missing)
            else:
                stack.pop()
                images[group] = make(group.op, tuple([images[p] for p in group.parts]))
        args = tuple([images[i] for i in items])
        images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]
