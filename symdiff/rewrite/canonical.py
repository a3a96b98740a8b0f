"""Canonical form: sums, products and powers collected, sorted and flattened.

In canonical form there is no subtraction, negation, division, square, reciprocal or root:

* a sum is ``Add(terms...)``: terms in the order of writing, each ``coefficient * rest`` once;
* a term is ``Mul(coefficient, rest)``, the coefficient alone in front, so that the rest stays
  shared whatever its coefficient;
* a rest is ``Mul(factors...)`` without numbers, each base once;
* a factor is ``Pow(base, exponent)`` or any other node.

A child is flattened into its parent only when nothing else uses it, so the total number of
arguments never grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from ..expr import Expr, Op, Params, Shape, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..ops.arrays import broadcast_to, eye, reshape
from ..ops.contraction import einsum
from ..ops.elementary import pow, sqrt
from . import exact, powers, products, sums
from .arrays import contractions
from .exact import Number, is_difference, number
from .inference.facts import Facts
from .order import Ranks, bare, has_bool
from .terms import Builder


class Canonical:
    """Builds canonical nodes; holds what is known of them during one pass."""

    def __init__(self, last: Canonical | None = None) -> None:
        self.shared: set[Expr] = set()  # nodes that must not be flattened into a user
        self.ranks: Ranks = Ranks() if last is None else last.ranks
        self.facts: Facts = Facts() if last is None else last.facts
        self.symmetric: dict[Expr, bool] = {}
        self.contracts = False  # whether there are contractions or identities
        self.one: Expr = const(1)
        self.minus: Expr = const(-1)

    # -- nodes --------------------------------------------------------------------------------

    node = staticmethod(make)
    constant = staticmethod(const)

    def leaf(self, node: Expr) -> Expr:
        """A leaf of the graph; fractions without denominator become integers."""
        value = number(node)
        self.contracts = self.contracts or node.op is eye
        return node if value is None else self.constant(exact.shorten(value))

    def shaped(self, node: Expr, shape: Shape) -> Expr:
        """``node`` stretched to ``shape``."""
        if node.shape == shape:
            return node
        return self.node(broadcast_to, (node,), (node.ndim, shape))

    def apply(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
        """The canonical form of ``op`` applied to canonical arguments."""
        build = _BUILDERS.get(op)
        if build is not None:
            if any(x.kind == "bool" for x in args):
                args = tuple([self._counted(x) for x in args])
            if not any(x.kind == "bool" for x in args):
                return build(self, args)
        if op.contraction is not None and not any(x.kind == "bool" for x in args):
            self.contracts = True
            return contractions.apply(self, op, args, params)
        if "commutative" in op.facts and len(args) == 2 and "associative" not in op.facts:
            args = tuple(sorted(args, key=self.ranks.of_term))
        if op is reshape or op is broadcast_to:
            args, params = self._of_all_axes(op, args, params)
        return self.node(op, args, params)

    def _counted(self, x: Expr) -> Expr:
        """A truth value that is known as the 0 or 1 that arithmetic takes it for."""
        value = bare(x)
        if value.op is not Const or value.kind != "bool" or value.shape:
            return x
        return self.shaped(self.constant(int(value.params[0])), x.shape)

    def _of_all_axes(
        self, op: Op, args: tuple[Expr, ...], params: Params
    ) -> tuple[tuple[Expr, ...], Params]:
        """A reshape or broadcast that leaves out no leading axes."""
        (x,), (rank, core) = args, params
        lead = x.shape[: x.ndim - rank]
        if lead and op is broadcast_to and len(core) > rank:
            padded = lead + (1,) * (len(core) - rank) + x.shape[x.ndim - rank :]
            x = self.apply(reshape, (x,), (x.ndim, padded))
        return (x,), (x.ndim, lead + core)

    # -- terms --------------------------------------------------------------------------------

    def split(self, term: Expr) -> tuple[Number, Expr]:
        """Coefficient and rest of a canonical term; the rest of a number is 1."""
        if term.op is a.mul:
            if len(term.args) == 2 and term.args[0].op is Const:
                value = number(term.args[0])
                if value is not None:
                    return value, term.args[1]
        elif term.op is Const:
            value = number(term)
            if value is not None:
                return value, self.one
        return 1, term

    def term(self, coefficient: Number, rest: Expr) -> Expr:
        """``coefficient*rest`` as it stands in a sum."""
        if rest is self.one:
            return self.constant(coefficient)
        if coefficient == 1:
            return rest
        if coefficient == 0:
            return self.shaped(self.constant(0), rest.shape)
        value = self.minus if coefficient == -1 else self.constant(coefficient)
        return self.node(a.mul, (value, rest))

    def scaled(self, coefficient: Number, rest: Expr) -> Expr:
        """``coefficient*rest`` on its own; a minus goes inside a difference if there is one."""
        if coefficient == -1 or (type(coefficient) is Fraction and coefficient.numerator == -1):
            flipped = self._flipped_operand(rest) if rest.op is einsum else self._flipped(rest)
            if flipped is not None:
                return self.term(-coefficient, flipped)
        return self.term(coefficient, rest)

    def _flipped(self, rest: Expr) -> Expr | None:
        """``-u*(v - w)`` as ``u*(w - v)``, and ``-(v - w)`` as ``w - v``."""
        if self._is_difference(rest):
            return self.opposite(rest)
        if rest.op is not a.mul or rest in self.shared:
            return None
        for i, factor in enumerate(rest.args):
            if self._is_difference(factor):
                turned, others = self.opposite(factor), [*rest.args[:i], *rest.args[i + 1 :]]
                if turned in others or any(o.op is pow and o.args[0] is turned for o in others):
                    continue  # it would stand there twice
                return self.node(a.mul, tuple(sorted([*others, turned], key=self.ranks.of_factor)))
        return None

    def _flipped_operand(self, product: Expr) -> Expr | None:
        """A contraction with one of its operands flipped."""
        for i, x in enumerate(product.args):
            flipped = None if product in self.shared else self._flipped(x)
            if flipped is not None:
                operands = (*product.args[:i], flipped, *product.args[i + 1 :])
                return self.apply(einsum, operands, product.params)
        return None

    def _is_difference(self, total: Expr) -> bool:
        """Whether a node is a sum of terms of both signs that nothing else uses."""
        return total not in self.shared and is_difference(total) and not has_bool(total)

    def opposite(self, total: Expr) -> Expr:
        """The negative of a canonical sum, term by term."""
        split = [self.split(t) for t in total.args]
        return self.node(a.add, tuple([self.term(-c, rest) for c, rest in split]))

    def times(self, coefficient: Number, node: Expr) -> Expr:
        """A number times a canonical node."""
        if node.op is broadcast_to and node.params[0] == node.args[0].ndim:
            bare = node.args[0]  # which is no broadcast itself
            return self.shaped(self._multiple(coefficient, bare), node.shape)
        return self._multiple(coefficient, node)

    def _multiple(self, coefficient: Number, node: Expr) -> Expr:
        own, rest = self.split(node)
        both = exact.times(coefficient, own)
        if both is None:
            outer, inner = exact.apart(coefficient, own)
            return self.node(a.mul, (self.constant(outer), self.term(inner, rest)))
        return self.scaled(both, rest)

    def collect(self, terms: Builder[Expr], coefficient: Number, rest: Expr) -> None:
        """Add a multiple of a node to the terms of a sum; multiples without a sum stay apart."""
        try:
            terms.add(rest, coefficient)
        except OverflowError:
            terms.add(self.term(coefficient, rest), 1)

    def is_piled(self, node: Expr) -> bool:
        """Whether a node is a product of several numbers, whose product is too long a number."""
        rest = self.split(node)[1]
        return rest.op is a.mul and any(self.split(x)[0] != 1 for x in rest.args)

    def contract(self, operands: Iterable[tuple[Expr, tuple[int, ...]]], shape: Shape) -> Expr:
        """The canonical contraction of canonical operands; axes of the value are 0, 1, ..."""
        return contractions.build(self, operands, shape)

    def add(self, args: Iterable[Expr]) -> Expr:
        """The canonical sum of canonical terms."""
        return sums.add(self, [(1, x) for x in args])

    def mul(self, args: Iterable[Expr]) -> Expr:
        """The canonical product of canonical factors."""
        return products.mul(self, tuple(args))

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The canonical form of ``base**exponent``."""
        return powers.power(self, base, exponent)


_BUILDERS: dict[Op, Callable[[Canonical, tuple[Expr, ...]], Expr]] = {
    a.add: lambda form, args: form.add(args),
    a.mul: lambda form, args: form.mul(args),
    a.sub: lambda form, args: sums.add(form, [(1, args[0]), (-1, args[1])]),
    a.neg: lambda form, args: form.times(-1, args[0]),
    a.div: lambda form, args: form.mul((args[0], form.power(args[1], form.minus))),
    pow: lambda form, args: form.power(*args),
    a.reciprocal: lambda form, args: form.power(args[0], form.minus),
    a.square: lambda form, args: form.power(args[0], form.constant(2)),
    sqrt: lambda form, args: form.power(args[0], form.constant(exact.HALF)),
}
