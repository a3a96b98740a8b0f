"""The loop that rewrites a graph: each node is brought into a form and offered to a table of rules.

A rule returns a new expression as it comes to mind; its nodes that are new go onto the same stack.
Every node is looked at once a pass, and what it becomes is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from ..expr import Expr, Op, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..walk import postorder
from . import sums
from .canonical import Canonical
from .exact import Number, number
from .facts.facts import Facts
from .nodes import is_piled, shaped
from .order import has_bool
from .table import Table

SUMS = frozenset({a.add, a.sub, a.neg})
PRODUCTS = frozenset({a.mul, a.div})
STEPS = 8  # applications of rules for each node of a graph, so that no table runs for ever
FEW = 1000  # more for small graphs


class Plain:
    """Nodes as they are: the form of graphs that are rewritten without being collected."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.one = const(1)

    constant = staticmethod(const)
    shaped = staticmethod(shaped)

    def leaf(self, node: Expr) -> Expr:
        return node

    def split(self, term: Expr) -> tuple[Number, Expr]:
        """A number as a multiple of 1, what has a minus as that times -1."""
        value = number(term)
        if value is not None:
            return value, self.one
        return (-1, term.args[0]) if term.op is a.neg else (1, term)

    def times(self, coefficient: Number, node: Expr) -> Expr:
        if coefficient == 1:
            return node
        if coefficient == -1:
            value = number(node)
            if value:  # there is no integer -0
                return const(-value)
            return node.args[0] if node.op is a.neg else make(a.neg, (node,))
        return make(a.mul, (const(coefficient), node))

    apply = staticmethod(make)


class Engine:
    """Rewrites the nodes of one graph, in one form, by one table."""

    def __init__(self, form: Plain | Canonical, table: Table, steps: int) -> None:
        self.form = form
        self.table = table
        self.steps = steps
        self.image: dict[Expr, Expr] = {}  # what nodes become

    def settled(self, root: Expr, is_built: bool = False) -> Expr:
        """What becomes of a node: a node of the form, to which no rule applies any more.

        Rules that take back each other's work end where a node comes again that waits for another.
        """
        image = self.image
        waiting: dict[Expr, Expr] = {}  # nodes by what they become
        stack = [(root, is_built)]
        while stack:
            node, is_built = stack[-1]
            if node in image:
                stack.pop()
            elif node in waiting:
                image[node] = image.get(waiting[node], waiting[node])
            elif fresh := [x for x in node.args if x not in image and x not in waiting]:
                stack.extend([(x, is_built) for x in reversed(fresh)])
            else:
                new, is_built = self._next(node, is_built)
                if new is node or new in waiting:
                    image[node] = new
                else:
                    waiting[node] = new
                    stack.append((new, is_built))
        return image[root]

    def _next(self, node: Expr, is_built: bool) -> tuple[Expr, bool]:
        """The node in the right form, or, if it has that, what a rule makes of it; and whether
        that has the form.
        """
        form = self.form
        if not node.args:
            return form.leaf(node), True
        args = tuple([self.image.get(x, x) for x in node.args])
        if not is_built or args != node.args:
            new = form.apply(node.op, args, node.params)
            if new is not node:
                return new, True
        found = self.table.rewrite(form, node) if self.steps else None
        if found is None:
            return node, True
        self.steps -= 1
        return form.shaped(found, node.shape), False


def rewritten(outputs: Sequence[Expr], table: Table) -> list[Expr]:
    """The outputs with the rules of a table applied to their nodes as they are."""
    order, form = postorder(outputs), Plain()
    engine = Engine(form, table, STEPS * len(order) + FEW)
    image = engine.image
    for node in order:
        args = tuple([image[x] for x in node.args])
        new = node if args == node.args else make(node.op, args, node.params)
        if new not in image:
            found = table.rewrite(form, new)
            image[new] = new if found is None else engine.settled(form.shaped(found, new.shape))
        image[node] = image[new]
    return [image[out] for out in outputs]


def collected(
    outputs: Sequence[Expr],
    table: Table,
    eager: int = 0,
    last: Canonical | None = None,
    whole: Collection[Op] = (),
) -> tuple[list[Expr], Canonical]:
    """The canonical forms of a graph's outputs, rules applied, and what is known of their nodes.

    What another pass found out of single nodes need not be found again.  Sums and products with
    several users are flattened into these up to ``eager`` arguments, but for ``whole`` operations.
    """
    collecting = _Collecting(outputs, table, eager, last, whole)
    collecting.run()
    return [collecting.image[out] for out in outputs], collecting.form


class _Collecting:
    """One pass over a graph.

    A sum that only one other sum uses is not built but left for that one to take in (``held``),
    and so are products; a chain of a million additions is collected once, at its top.
    """

    def __init__(
        self,
        outputs: Sequence[Expr],
        table: Table,
        eager: int,
        last: Canonical | None,
        whole: Collection[Op],
    ) -> None:
        self.form = Canonical(last)
        self.eager, self.whole = eager, whole
        self.order = postorder(outputs)
        self.engine = Engine(self.form, table, STEPS * len(self.order) + FEW)
        self.image: dict[Expr, Expr] = {}
        self.held: set[Expr] = set()
        self.floats: dict[Expr, int] = {}  # how many floats stand alone in a node
        self.user: dict[Expr, Expr | None] = dict.fromkeys(outputs)  # None where there are more
        user = self.user
        for node in self.order:
            for arg in node.args:
                user[arg] = None if arg in user else node

    def run(self) -> None:
        form, image, user = self.form, self.image, self.user
        for node in self.order:
            op = node.op
            if op in SUMS or op in PRODUCTS:
                new = self._merged(node)
                if new is None:
                    continue
            elif node.args:
                new = form.apply(op, tuple([image[x] for x in node.args]), node.params)
            else:
                new = form.leaf(node)
                self.engine.image[new] = new
            known = self.engine.image.get(new)
            new = image[node] = self.engine.settled(new, True) if known is None else known
            if new.op is Const and new.kind == "real" and type(number(new)) is not Fraction:
                self.floats[node] = 1
            if user[node] is None and (
                len(new.args) > self.eager or new.op in self.whole or is_piled(new)
            ):
                form.shared.add(new)
                if new.op is a.mul:
                    form.shared.add(form.split(new)[1])

    def _merged(self, node: Expr) -> Expr | None:
        """The form of a sum or product with what it takes in; None if it is held itself."""
        form, op = self.form, node.op
        alone = sum([self.floats.get(x, 0) for x in node.args]) if op in SUMS else 0
        if alone > 1 or has_bool(node):
            self._release(node)
            return form.apply(op, tuple([self.image[x] for x in node.args]))
        if _takes_in(self.user[node], node):
            self.held.add(node)
            if alone:
                self.floats[node] = alone
            return None
        return self._taken_in(node)

    def _release(self, node: Expr) -> None:
        """Build the arguments of ``node`` that were held."""
        for x in node.args:
            if x in self.held:
                self.held.remove(x)
                self.image[x] = self.engine.settled(self._taken_in(x), True)

    def _taken_in(self, node: Expr) -> Expr:
        """A sum or product together with all that is held for it."""
        if node.op in SUMS:
            return sums.add(self._terms(node), self.form.shared, self.form.ranks)
        return self.form.mul(self._factors(node))

    def _terms(self, node: Expr) -> list[tuple[int, Expr]]:
        """The terms of a sum and of all sums held for it, left to right, with their signs."""
        found = []
        pending = [(1, node)]
        while pending:
            sign, term = pending.pop()
            if term is node or term in self.held:
                signed = [(sign, x) for x in term.args]
                if term.op is not a.add:
                    signed[-1] = (-sign, term.args[-1])
                pending.extend(reversed(signed))
            else:
                found.append((sign, self.image[term]))
        return found

    def _factors(self, node: Expr) -> list[Expr]:
        """The factors of a product and of all products held for it, left to right."""
        form, found = self.form, []
        pending = [(node, False)]
        while pending:
            factor, under = pending.pop()
            if factor is node or factor in self.held:
                parts = [(x, False) for x in factor.args]
                if factor.op is a.div:
                    parts[-1] = (factor.args[-1], True)
                pending.extend(reversed(parts))
            else:
                new = self.image[factor]
                found.append(form.power(new, form.minus) if under else new)
        return found


def _takes_in(user: Expr | None, node: Expr) -> bool:
    """Whether the only user of a sum is a sum, or that of a product a product."""
    if user is None:
        return False
    if node.op in SUMS:
        return user.op in SUMS
    return user.op is a.mul or (user.op is a.div and user.args[0] is node)
