"""The arithmetic of a graph in regions, and which of them may be written in another form.

A region is a sum, product or power that an output or another operation uses, with the sums,
products and powers below it; what it takes in from other operations are its atoms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...domain import Interval
from ...expr import Expr
from ...leaves import Const, Var, var
from ...ops import arithmetic as a
from ...ops import compare
from ...ops import elementary as el
from ...ops.arrays import broadcast_to, reshape, stack, transpose
from ...ops.arrays import sum as sum_of
from ...walk import postorder, rebuild, users
from ..exact import number
from ..facts.facts import Facts

ARITHMETIC = frozenset({a.add, a.sub, a.neg, a.mul, a.div, el.sqrt})
LIMITED = frozenset({a.div, a.reciprocal, el.pow})  # functions of all numbers that may be infinite
LINEAR = frozenset({sum_of, reshape, broadcast_to, transpose, stack})
# operations that give inf or nan if they get it
PASSING = LINEAR | {
    a.add, a.sub, a.neg, a.mul, a.abs, a.square, el.sqrt, el.sin, el.cos, el.sinh, el.cosh, el.log,
    el.log1p,
}  # fmt: skip
SYMBOL = -2  # the tag of variables that stand for atoms


class Region(NamedTuple):
    """One region: its root, its atoms, and the root over symbols in place of these."""

    root: Expr
    atoms: dict[Expr, Expr]  # by symbol, the most used first
    form: Expr

    def put_back(self, form: Expr) -> Expr:
        """A form over symbols as an expression over the atoms."""
        return rebuild([form], given=self.atoms)[form]


class Regions:
    """The regions of a graph that may be rewritten: wherever the outputs are finite, the values
    of their forms are equal.

    A form may be nan where a part of the region is infinite.  So divisors must be finite numbers
    everywhere; and where no infinity of the region reaches the outputs, as in ``atan(1/x)``,
    its atoms must be finite and its divisors not 0.
    """

    def __init__(self, outputs: Sequence[Expr], largest: int) -> None:
        self.order = postorder(outputs)
        self.facts = Facts()
        self.largest = largest
        self.users = users(self.order)
        self.finite = self._finite()
        self.exposed = self._exposed(outputs)
        self.ends = set(outputs)

    def all(self) -> list[Region]:
        """Every region that may be rewritten, with and without what others share."""
        found: dict[tuple[Expr, Expr], Region] = {}
        for node in self.order:
            if not is_arithmetic(node) or not self._is_root(node):
                continue
            for open_shared in (True, False):
                region = self._region(node, open_shared)
                if region is not None:
                    found.setdefault((node, region.form), region)
        return list(found.values())

    def _is_root(self, node: Expr) -> bool:
        above = self.users.get(node, [])
        return node in self.ends or len(above) > 1 or not all(map(is_arithmetic, above))

    def _region(self, root: Expr, open_shared: bool) -> Region | None:
        inside: set[Expr] = set()
        pending = [root]
        while pending and len(inside) <= self.largest:
            node = pending.pop()
            inside.add(node)
            pending += [x for x in node.args if x not in inside and is_arithmetic(x)
                        and (open_shared or len(self.users[x]) == 1)]  # fmt: skip
        if len(inside) < 2 or pending:
            return None
        uses: dict[Expr, int] = {}
        for node in postorder([root], _Outside(inside)):
            if node in inside:
                for x in node.args:
                    if x not in inside and x.op is not Const:
                        uses[x] = uses.get(x, 0) + 1
        if any(x.kind == "bool" for x in uses) or not self._may_change(root, inside, uses):
            return None
        order = sorted(uses, key=lambda x: -uses[x])
        symbols = {x: self._symbol(x, i) for i, x in enumerate(order)}
        form = rebuild([root], given=symbols)[root]
        return Region(root, {s: x for x, s in symbols.items()}, form)

    def _symbol(self, node: Expr, i: int) -> Expr:
        return var(f"s{i:03}", node.shape, node.kind, self.facts.bounds(node), tag=SYMBOL)

    def _may_change(self, root: Expr, inside: set[Expr], uses: dict[Expr, int]) -> bool:
        divisors = [d for d in map(divisor, inside) if d is not None]
        if any(d not in self.finite for d in divisors):
            return False
        if root in self.exposed:
            return True
        return self.finite.issuperset(uses) and all(map(self.facts.nonzero, divisors))

    def _finite(self) -> set[Expr]:
        """Nodes that are finite numbers for all numbers in the domains of the variables."""
        found: set[Expr] = set()
        for node in self.order:
            if found.issuperset(node.args) and self._keeps_finite(node):
                found.add(node)
        return found

    def _keeps_finite(self, node: Expr) -> bool:
        op = node.op
        if op is Const:
            return number(node) is not None
        if op is Var or not node.args or op in LINEAR:
            return True
        under = divisor(node)
        if under is not None:
            return self.facts.nonzero(under)
        if op is el.pow:
            return number(node.args[1]) is not None
        if op in LIMITED or not op.elementwise:
            return False
        return all(
            _is_inside(self.facts.bounds(x), op.domain[min(i, len(op.domain) - 1)])
            for i, x in enumerate(node.args)
        )

    def _exposed(self, outputs: Sequence[Expr]) -> set[Expr]:
        """Nodes whose infinities and nans all outputs that depend on them have too."""
        found = set(outputs)
        hidden: set[Expr] = set()
        for node in reversed(self.order):
            shown = node not in hidden
            if shown:
                found.add(node)
            for i, x in enumerate(node.args):
                if not (shown and _passes(node, i)):
                    hidden.add(x)
        return found - hidden


def _is_inside(bounds: Interval, domain: Interval) -> bool:
    """Whether no number within bounds is an end of an open domain."""
    low = domain.low < bounds.low or (domain.low == bounds.low and not bounds.closed_low)
    high = bounds.high < domain.high or (bounds.high == domain.high and not bounds.closed_high)
    return low and high


def _passes(node: Expr, i: int) -> bool:
    """Whether a node is infinite or nan where its argument is."""
    if node.op is compare.where:
        return i > 0  # in the branch not taken nothing matters
    if node.op is a.div:
        return i == 0
    if node.op is el.pow:
        exponent = number(node.args[1])
        return i == 0 and exponent is not None and exponent > 0
    return node.op in PASSING


def is_arithmetic(node: Expr) -> bool:
    """Whether a node is a sum, a product or a power with a number as exponent."""
    return node.op in ARITHMETIC or (node.op is el.pow and number(node.args[1]) is not None)


def divisor(node: Expr) -> Expr | None:
    """What a node divides by."""
    if node.op is a.div:
        return node.args[1] if number(node.args[1]) in (None, 0) else None
    exponent = number(node.args[1]) if node.op is el.pow else None
    return node.args[0] if exponent is not None and exponent < 0 else None


class _Outside:
    """All nodes but those of a set: where a walk stops."""

    def __init__(self, inside: set[Expr]) -> None:
        self.inside = inside

    def __contains__(self, node: object) -> bool:
        return node not in self.inside
