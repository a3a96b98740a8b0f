"""Rules on graphs as they were built, without canonical form: for ``exact=True`` and compiling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..expr import Expr, Op, Params, Shape, make
from ..leaves import Var, const
from ..ops import arithmetic as ar
from ..ops.arrays import broadcast_to
from ..ops.elementary import pow
from ..walk import rebuild
from .arrays.linear_rules import linear_rows
from .computed import inspections
from .exact import Number, number
from .facts.facts import Facts
from .match import Bindings, fill, is_wildcard, match, wildcard
from .rules import EXACT, Rule, rows

NARROW = 4  # arguments up to which rules are looked up by what the arguments are

_Needs = tuple[Op | None, ...]


class Book:
    """Rules by the operation at the head of their left side and the operations below it.

    A node that no rule can fit costs one look-up.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rows: dict[Op, list[tuple[Rule, _Needs]]] = {}
        for row in rules:
            self.rows.setdefault(row.head, []).append((row, _needs(row)))
        self.found: dict[tuple[Op, ...], list[Rule]] = {}

    def fitting(self, node: Expr) -> Sequence[Rule]:
        """The rules that may fit a node, in the order in which they are tried."""
        op = node.op
        if op not in self.rows:
            return ()
        if len(node.args) > NARROW:
            return [row for row, _ in self.rows[op]]
        key = (op, *[x.op for x in node.args])
        rules = self.found.get(key)
        if rules is None:
            rules = [row for row, needs in self.rows[op] if _may_fit(row, needs, key)]
            self.found[key] = rules
        return rules


def _needs(row: Rule) -> _Needs:
    """What the arguments of a node must be: an operation, or None for anything."""
    if isinstance(row.left, Op):
        return ()
    return tuple([None if _is_open(x) else x.op for x in row.left.args])


def _is_open(pattern: Expr) -> bool:
    scaled = pattern.op is ar.mul and number(pattern.args[0]) is not None
    return is_wildcard(pattern) or scaled


def _may_fit(row: Rule, needs: _Needs, key: tuple[Op, ...]) -> bool:
    op, *below = key
    if row.of_constants:
        return all(x.arity == 0 and x is not Var for x in below)
    if "commutative" in op.facts:
        return all(need is None or need in below for need in needs)
    return all(need is None or need is x for need, x in zip(needs, below, strict=False))


class Raw:
    """Builds nodes as they are and rewrites them while a rule fits.

    It has those methods of ``Canonical`` that matching and computed rules use.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.facts = Facts()
        self.one = const(1)

    def constant(self, value: object) -> Expr:
        return const(value)

    def shaped(self, node: Expr, shape: Shape) -> Expr:
        return node if node.shape == shape else make(broadcast_to, (node,), (node.ndim, shape))

    def split(self, term: Expr) -> tuple[Number, Expr]:
        value = number(term)
        if value is not None:
            return value, self.one
        return (-1, term.args[0]) if term.op is ar.neg else (1, term)

    def times(self, coefficient: Number, node: Expr) -> Expr:
        if coefficient == 1:
            return node
        if coefficient == -1:
            return node.args[0] if node.op is ar.neg else self.apply(ar.neg, (node,))
        return self.apply(ar.mul, (const(coefficient), node))

    def scaled(self, coefficient: Number, rest: Expr) -> Expr:
        return self.times(coefficient, rest)

    def apply(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
        return self.settle(make(op, args, params))

    def settle(self, node: Expr) -> Expr:
        """The node after the first rule that fits, whose right side is settled already."""
        for row in self.book.fitting(node):
            found = self._try(row, node)
            if found is not None and found.kind == node.kind:
                return self.shaped(found, node.shape)
        return node

    def _try(self, row: Rule, node: Expr) -> Expr | None:
        if isinstance(row.left, Op):
            return row.inspect(self, node)
        bound: Bindings = {}
        if not match(self, row.left, node, bound):
            return None
        if row.when is not None and not row.when(self.facts, bound):
            return None
        return fill(self, row.template, bound)


def bit_rows() -> list[Rule]:
    """Arithmetic that keeps every bit, whatever the input."""
    a, b = wildcard("a"), wildcard("b")
    one, minus, zero = const(1), const(-1), const(0)
    neg, sub, div = ar.neg, ar.sub, ar.div
    return [
        Rule("times one",         ar.mul(a, one),          a,               EXACT),
        Rule("times minus one",   ar.mul(a, minus),        neg(a),          EXACT),
        Rule("over one",          div(a, one),             a,               EXACT),
        Rule("over minus one",    div(a, minus),           neg(a),          EXACT),
        Rule("minus zero",        sub(a, zero),            a,               EXACT),
        Rule("power one",         pow(a, one),             a,               EXACT),
        Rule("neg of neg",        neg(neg(a)),             a,               EXACT),
        Rule("plus of neg",       ar.add(a, neg(b)),       sub(a, b),       EXACT),
        Rule("minus of neg",      sub(a, neg(b)),          ar.add(a, b),    EXACT),
        Rule("product of negs",   ar.mul(neg(a), neg(b)),  ar.mul(a, b),    EXACT),
        Rule("quotient of negs",  div(neg(a), neg(b)),     div(a, b),       EXACT),
        Rule("abs of neg",        ar.abs(neg(a)),          ar.abs(a),       EXACT),
        Rule("abs of abs",        ar.abs(ar.abs(a)),       ar.abs(a),       EXACT),
        Rule("square of neg",     ar.square(neg(a)),       ar.square(a),    EXACT),
        Rule("square of abs",     ar.square(ar.abs(a)),    ar.square(a),    EXACT),
    ]  # fmt: skip


def exact_rows() -> list[Rule]:
    """Every rule that keeps all bits."""
    return [
        r for r in [*bit_rows(), *rows(), *inspections(), *linear_rows()] if r.exactness is EXACT
    ]


@cache
def _exact_book() -> Book:
    return Book(exact_rows())


def exactly(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs after all rules that keep every bit."""
    return rewritten(outputs, _exact_book())


def rewritten(outputs: Sequence[Expr], book: Book) -> list[Expr]:
    """The outputs with the rules of a book applied, arguments before users."""
    form = Raw(book)
    images = rebuild(outputs, lambda new, old: form.settle(new))
    return [images[out] for out in outputs]
