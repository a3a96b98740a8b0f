"""Rules on graphs as they were built, without canonical form: for ``exact=True`` and compiling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..expr import Expr, Op, Params, Shape, make
from ..leaves import const
from ..ops import arithmetic as ar
from ..ops.arrays import broadcast_to
from ..ops.elementary import pow
from ..walk import rebuild
from .computed import inspections
from .exact import Number, number
from .facts import Facts
from .match import Bindings, fill, match, wildcard
from .rules import EXACT, Rule, rows

Book = dict[Op, list[Rule]]


class Raw:
    """Builds nodes as they are and rewrites them while a rule fits.

    It has those methods of ``Canonical`` that matching and computed rules use.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.facts = Facts()
        self.one = const(1)

    def keep(self, node: Expr) -> Expr:
        return node

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
        for row in self.book.get(node.op, ()):
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
    return [r for r in [*bit_rows(), *rows(), *inspections()] if r.exactness is EXACT]


def book_of(found: Sequence[Rule]) -> Book:
    """Rules by the operation at the head of their left side."""
    book: Book = {}
    for row in found:
        book.setdefault(row.head, []).append(row)
    return book


@cache
def _exact_book() -> Book:
    return book_of(exact_rows())


def exactly(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs after all rules that keep every bit."""
    return rewritten(outputs, _exact_book())


def rewritten(outputs: Sequence[Expr], book: Book) -> list[Expr]:
    """The outputs with the rules of a book applied, arguments before users."""
    form = Raw(book)
    images = rebuild(outputs, lambda new, old: form.settle(new))
    return [images[out] for out in outputs]
