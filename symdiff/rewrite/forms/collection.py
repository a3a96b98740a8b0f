"""Sums by falling powers of variables or other nodes, polynomials nested."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from ...errors import KindError, NotPolynomial
from ...expr import Expr
from ...leaves import Const
from ...messages import short
from ...ops import arithmetic as a
from ...walk import reachable
from ..canonical import Canonical
from ..exact import Number, number, shorten
from ..factor import powers_of
from ..order import LATE, SUM
from ..present import Presenter
from ..terms import Builder, Product
from .expansion import Expansion, Terms

Key = tuple[Number, ...]  # exponents of the targets


class Target(NamedTuple):
    """What powers are collected of: ``base**unit``, or for ``exp(c*u)`` the base ``exp(u)``."""

    base: Expr
    unit: Number

    def exponent(self, product: Product[Expr]) -> Number:
        """The power of the target in a product: a whole one, unless the target is the base."""
        power = product[self.base]
        if self.unit == 1:
            return power
        times = shorten(Fraction(power) / Fraction(self.unit))
        return times if type(times) is int else 0

    def power(self, exponent: Number) -> tuple[Expr, Number]:
        """The target to a power, as base and exponent."""
        return self.base, exponent if self.unit == 1 else shorten(exponent * self.unit)


class Collection(Expansion):
    """Sums with a target in them multiplied out, and their terms grouped.

    Raises: KindError where a target is a number or a product.
    """

    def __init__(
        self, form: Canonical, limit: int, given: Sequence[Expr], nodes: Sequence[Expr]
    ) -> None:
        for e, node in zip(given, nodes, strict=True):
            own, rest = form.split(node)
            if own != 1 or rest.op is Const or rest.op is a.mul or e.kind == "bool":
                raise KindError(
                    f"cannot collect by {short(e)}: take a variable or a function; "
                    "for a product replace it by a variable first, with sd.subs"
                )
        super().__init__(form, limit)
        self.targets = [Target(*self.power_of(node)) for node in nodes]
        self.bases = {target.base for target in self.targets}

    def written(self, terms: Terms) -> Expr:
        return self.joined([self.grouped(key, c) for key, c in self.groups(terms)])

    def groups(self, terms: Terms) -> list[tuple[Key, Expr]]:
        """The coefficient of each product of powers, falling."""
        parts: dict[Key, Builder[Product[Expr]]] = {}
        for product, c in terms.items():
            key = tuple([target.exponent(product) for target in self.targets])
            powers = [t.power(e) for t, e in zip(self.targets, key, strict=True)]
            parts.setdefault(key, Builder()).add(product.over(Product(powers)), c)
        keys = sorted(parts, key=lambda key: (-sum(key), [-e for e in key]))
        groups = [(k, self._coefficient(parts[k])) for k in keys]
        return [(key, c) for key, c in groups if number(c) != 0]

    def _coefficient(self, terms: Builder[Product[Expr]]) -> Expr:
        form = self.form
        return form.add([form.term(*self.term_of(product, c)) for product, c in terms.items()])

    def grouped(self, key: Key, coefficient: Expr) -> Expr:
        """A coefficient times powers of the targets; a sum stands in front of them."""
        form = self.form
        powers = Product([t.power(e) for t, e in zip(self.targets, key, strict=True)])
        if not powers:
            return coefficient
        own, rest = form.split(coefficient)
        factors = rest.args if rest.op is a.mul else (rest,)
        if not any(form.ranks.group(f) in (SUM, LATE) for f in factors):
            return form.mul([coefficient, *powers_of(form, powers)])
        return form.term(own, form.node(a.mul, (*factors, *powers_of(form, powers))))

    def joined(self, parts: Sequence[Expr]) -> Expr:
        """The sum of terms in the order given, without brackets around sums."""
        form, terms = self.form, []
        for part in parts:
            own, rest = form.split(part)
            if rest.op is a.add and own in (1, -1) and rest not in form.shared:
                inner = [form.split(term) for term in rest.args]
                terms += [form.term(c * own, r) for c, r in inner]
            else:
                terms.append(part)
        terms = [t for t in terms if number(t) != 0] or [form.constant(0)]
        return terms[0] if len(terms) == 1 else form.node(a.add, tuple(terms))

    def nested(self, node: Expr) -> Expr:
        """The nested form of a node that is a polynomial in the one target.

        Raises: NotPolynomial.
        """
        form, (target,) = self.form, self.targets
        groups = [(e, c) for (e,), c in self.groups(self.terms[node])]
        for e, coefficient in groups:
            if type(e) is not int or e < 0 or target.base in reachable([coefficient]):
                pair = [self.grouped((1,), form.one), self.grouped((e,), coefficient)]
                raise NotPolynomial(*map(repr, Presenter(pair, form).run()))
        (above, first), *lower = groups or [(0, form.constant(0))]
        total = first
        for e, coefficient in [*lower, (0, form.constant(0))]:
            if total is first:
                total = self.grouped((above - e,), total)
            elif above != e:
                total = form.node(a.mul, (self.grouped((above - e,), form.one), total))
            total, above = self.joined([total, coefficient]), e
        return form.shaped(total, node.shape)
