"""Parts that several sums or products have in common, as nodes of their own.

Interning sees that ``a + b`` occurs twice; it does not see it inside ``a + b + c``.  Here every
sum and every product is a row of signed parts: terms that are added or subtracted, factors that
stand above or below the bar.  The pair that occurs in most rows becomes one part, again and again.
So ``2*x/u`` and ``2*y/u`` come to share ``2/u``, ``c + a - b`` and ``d - a + b`` share ``a - b``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from heapq import heapify, heappop, heappush
from itertools import accumulate, chain, combinations
from typing import TypeAlias

from ..expr import Expr, Op, make
from ..leaves import Const, const
from ..ops.arithmetic import add, div, mul, neg, sub
from ..walk import postorder
from .exact import number
from .nodes import many

WIDE = 24  # common parts of a row that are looked at in pairs; longer rows share beginnings

Parts: TypeAlias = "dict[int, bool]"
"""Parts of a sum or product by number, each with whether it is subtracted or a divisor."""
Pair: TypeAlias = "tuple[int, int, int]"
"""Two parts, the lower number first: 0 with equal signs, 1 ``a - b`` or ``a/b``, 2 ``b/a``."""

_FAMILY = {add: add, sub: add, neg: mul, mul: mul, div: mul}
_ONE, _MINUS = const(1), const(-1)


def shared(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs over common parts of sums and products, each of which is taken as written.

    What is nested stays nested, so that ``(x - y) + z`` keeps the digits that its order keeps.
    """
    return _Search(outputs, False, postorder(outputs)).written()


def most_shared(outputs: Sequence[Expr], order: Sequence[Expr] = ()) -> list[Expr]:
    """The outputs over common parts of sums and products of scalars, through signs and bars.

    ``-(a + b)`` is ``-a - b``, and ``x*(y/z)`` is ``x*y/z``, wherever that lets parts be shared.
    ``order`` is their postorder, if that is known.
    """
    return _Search(outputs, True, order or postorder(outputs)).written()


class _Search:
    """The sums and products of a graph as rows of parts, which are nodes, and groups of parts."""

    def __init__(self, outputs: Sequence[Expr], nested: bool, order: Sequence[Expr]) -> None:
        self.outputs, self.order = outputs, order
        self.family = {node: op for node in self.order if (op := _family(node)) is not None}
        self.numbers: dict[tuple[Op, Expr], int] = {}
        self.nodes: dict[int, Expr] = {}
        self.groups: dict[int, Parts] = {}
        self.first: dict[Expr, list[int]] = {}  # groups by the row that needs them first
        uses = Counter(chain(outputs, *[node.args for node in self.order]))
        inner = {  # scalar sums that are used once, as a part of a sum, and products alike
            x
            for node, op in self.family.items()
            if nested and not node.shape
            for x in node.args
            if uses[x] == 1 and self.family.get(x) is op
        }
        rows = {node: self._row(node, inner) for node in self.family if node not in inner}
        self.rows = {node: row for node, row in rows.items() if row is not None}
        self._share_beginnings()
        self._share_pairs()

    def _row(self, root: Expr, inner: set[Expr]) -> Parts | None:
        """The parts of a node, unless one occurs twice or floats must keep their order."""
        family = self.family[root]
        parts: Parts = {}
        floats = 0
        pending = [(root, False)]
        while pending:
            node, under = pending.pop()
            op, args = node.op, node.args
            if node is not root and node not in inner:
                part = self.numbers.setdefault((family, node), len(self.nodes))
                self.nodes[part] = node
                if part in parts:
                    return None
                parts[part] = under
                floats += op is Const and node.kind == "real"
            elif op is neg and family is mul:
                pending += [(args[0], under), (_MINUS, False)]
            else:
                turned = op is sub or op is div or op is neg
                pending.append((args[-1], under is not turned))
                pending += [(x, under) for x in args[-2::-1]]
        return parts if len(parts) > 1 and floats < 2 else None

    def _group(self, parts: Parts, root: Expr) -> int:
        """The number of a new part that is made of others, first needed in the row of ``root``."""
        number = len(self.nodes) + len(self.groups)
        self.groups[number] = parts
        self.first.setdefault(root, []).append(number)
        return number

    def _share_beginnings(self) -> None:
        """Make what long rows begin with groups, the most frequent parts first."""
        long = [root for root, parts in self.rows.items() if len(parts) > WIDE]
        often = Counter(chain.from_iterable([self.rows[root] for root in long]))
        steps: dict[tuple[int, tuple[int, bool]], int] = {}  # from one beginning to the next
        step = lambda at, part: steps.setdefault((at, part), len(steps))
        paths = []
        for root in long:
            parts = sorted(self.rows[root].items(), key=lambda part: -often[part[0]])
            self.rows[root] = dict(parts)
            paths.append([*accumulate(parts, step, initial=-1)][1:])
        counts = Counter(chain.from_iterable(paths))
        groups: dict[int, int] = {}
        for root, path in zip(long, paths, strict=True):
            begun: Parts = {}
            row = zip(self.rows[root].items(), path, [*path[1:], -1], strict=True)
            for (part, under), at, after in row:
                begun[part] = under
                if counts[after] < counts[at] > 1 and len(begun) > 1:
                    if at not in groups:
                        groups[at] = self._group(begun, root)
                    begun = {groups[at]: False}
            self.rows[root] = begun

    def _share_pairs(self) -> None:
        """Make pairs groups as long as that saves operations, the most frequent pair first."""
        often = Counter(chain.from_iterable(self.rows.values()))
        where: dict[Pair, list[Expr]] = {}
        for root, parts in self.rows.items():
            common = sorted([x for x in parts if often[x] > 1])[:WIDE]
            for a, b in combinations(common, 2):
                where.setdefault(self._pair(root, a, b), []).append(root)
        heap = [(-len(roots), pair) for pair, roots in where.items() if len(roots) > 1]
        heapify(heap)
        while heap:
            promised, pair = heappop(heap)
            a, b, _ = pair
            roots = [root for root in where[pair] if a in self.rows[root] and b in self.rows[root]]
            if len(roots) < -promised:
                pairs = {pair: roots}
            elif any(len(self.rows[root]) > 2 for root in roots):
                pairs = self._merged(pair, roots, often)
            else:
                continue
            where.update(pairs)
            for new, roots in pairs.items():
                if len(roots) > 1:
                    heappush(heap, (-len(roots), new))

    def _pair(self, root: Expr, a: int, b: int) -> Pair:
        first, second = self.rows[root][a], self.rows[root][b]
        if first is second:
            return a, b, 0
        return a, b, 2 if first and self.family[root] is mul else 1

    def _merged(self, pair: Pair, roots: list[Expr], often: Counter[int]) -> dict[Pair, list[Expr]]:
        """Make a pair one part of the rows; the new pairs that this gives, with their rows."""
        a, b, mixed = pair
        shortest = min([self.rows[root] for root in roots], key=len)
        sign = mixed > 0 and shortest[a]  # so that ``b - a`` alone is no ``-(a - b)``
        group = self._group({a: sign, b: sign is (mixed == 0)}, roots[0])
        often[group] = len(roots)
        pairs: dict[Pair, list[Expr]] = {}
        for root in roots:
            parts = self.rows[root]
            new = (group, parts[a] is not sign)
            self.rows[root] = dict([new if x == a else (x, parts[x]) for x in parts if x != b])
            common = [x for x in self.rows[root] if often[x] > 1 and x != group]
            for other in common[:WIDE]:
                pairs.setdefault(self._pair(root, other, group), []).append(root)
        return pairs

    def written(self) -> list[Expr]:
        """The outputs, with the rows that changed as nodes again."""
        negated = {node.args[0] for node in self.family if node.op is neg}
        changed = {
            root
            for root, parts in self.rows.items()
            if self._turned(root, negated) or not self.groups.keys().isdisjoint(parts)
        }
        images: dict[Expr, Expr] = {}
        for node in self.order if changed else ():
            if node in changed:
                for group in self.first.get(node, ()):
                    self.nodes[group] = self._joined(node, self.groups[group], images)
                images[node] = self._joined(node, self.rows[node], images)
            elif not images.keys().isdisjoint(node.args):
                args = tuple([images.get(x, x) for x in node.args])
                images[node] = make(node.op, args, node.params)
        return [images.get(out, out) for out in self.outputs]

    def _turned(self, root: Expr, negated: set[Expr]) -> bool:
        """Bring a term to the front whose negative costs nothing, if all terms are subtracted."""
        parts = self.rows[root]
        if self.family[root] is not add or not all(parts.values()):
            return False
        for part in [x for x in parts if x not in self.groups]:
            node = self.nodes[part]
            factor = node.args[0] if node.op in (mul, div) else node
            if factor.op is Const or node in negated:
                self.rows[root] = dict.fromkeys([part, *parts], True)
                return True
        return False

    def _joined(self, root: Expr, parts: Parts, images: dict[Expr, Expr]) -> Expr:
        """Parts of a sum or product as a node: ``a + b - c - d``, ``-a*b/(c*d)``."""
        sides: tuple[list[Expr], list[Expr]] = ([], [])
        for part, under in parts.items():
            node = self.nodes[part]
            sides[under].append(images.get(node, node))
        above, below = sides
        if self.family[root] is add:
            if not above:
                first, *below = below
                value = number(first)
                above = [make(neg, (first,)) if value is None else const(-value)]
            return reduce(lambda total, node: make(sub, (total, node)), below, many(add, above))
        factors = [x for x in above if x is not _MINUS]
        quotient = many(mul, factors or [_ONE])
        if below:
            quotient = make(div, (quotient, many(mul, below)))
        return quotient if len(factors) == len(above) else make(neg, (quotient,))


def _family(node: Expr) -> Op | None:
    """``add`` for sums and differences, ``mul`` for products and quotients, without bools."""
    family = _FAMILY.get(node.op)
    if node.op is neg and node.args[0].op in (add, sub):
        family = add
    return None if family is None or any(x.kind == "bool" for x in node.args) else family
