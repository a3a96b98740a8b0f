"""Sums by falling powers of variables or other nodes, polynomials nested."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...errors import KindError, NotPolynomial
from ...expr import Expr
from ...leaves import Const
from ...messages import short
from ...ops import arithmetic as a
from ...walk import reachable
from ..canonical import Canonical, powers_of
from ..exact import Number, number
from ..nodes import power_of
from ..order import LATE, SUM
from ..present import Presenter
from ..terms import Builder, Product
from .expansion import NONE, Expansion, Terms


class Collection(Expansion):
    """Sums with a target in them multiplied out, and their terms grouped.

    A target is ``base**unit``, or for ``exp(c*u)`` a power of the base ``exp(u)``.

    Raises: KindError where a target is a number or a product.
    """

    def __init__(
        self, form: Canonical, limit: int, given: Sequence[Expr], nodes: Sequence[Expr]
    ) -> None:
        super().__init__(form, limit)
        self.targets: Product[Expr] = Product()  # units by base
        for e, node in zip(given, nodes, strict=True):
            own, rest = form.split(node)
            if own != 1 or rest.op is Const or rest.op is a.mul or e.kind == "bool":
                raise KindError(
                    f"cannot collect by {short(e)}: take a variable or a function; "
                    "for a product replace it by a variable first, with sd.subs"
                )
            base, unit = power_of(node)
            if base not in self.targets:
                self.targets = self.targets.multiplied(base, unit)
        self.bases = self.targets.keys()

    def written(self, terms: Terms) -> Expr:
        return self._joined([self._grouped(powers, c) for powers, c in self._groups(terms)])

    def _powers(self, product: Product[Expr]) -> Product[Expr]:
        """The powers of targets in a product: whole ones, unless the target is the base."""
        powers = [(base, unit, product[base]) for base, unit in self.targets.items()]
        return Product([(b, e) for b, u, e in powers if u == 1 or Fraction(e) % Fraction(u) == 0])

    def _groups(self, terms: Terms) -> list[tuple[Product[Expr], Expr]]:
        """The coefficient of each product of powers, falling."""
        parts: dict[Product[Expr], Builder[Product[Expr]]] = {}
        for product, c in terms.items():
            powers = self._powers(product)
            parts.setdefault(powers, Builder()).add(product.over(powers), c)

        def place(powers: Product[Expr]) -> tuple[Number, list[Number]]:
            degrees = [-Fraction(powers[b]) / Fraction(u) for b, u in self.targets.items()]
            return sum(degrees), [*degrees]

        groups = [(powers, super(Collection, self).written(parts[powers].frozen()))
                  for powers in sorted(parts, key=place)]  # fmt: skip
        return [(powers, c) for powers, c in groups if number(c) != 0]

    def _grouped(self, powers: Product[Expr], coefficient: Expr) -> Expr:
        """A coefficient times powers of the targets; a sum stands in front of them."""
        form, nodes = self.form, powers_of(self.form, powers)
        if not nodes:
            return coefficient
        own, rest = form.split(coefficient)
        factors = rest.args if rest.op is a.mul else (rest,)
        if not any(form.ranks.group(f) in (SUM, LATE) for f in factors):
            return form.mul([coefficient, *nodes])
        return form.term(own, form.node(a.mul, (*factors, *nodes)))

    def _joined(self, parts: Sequence[Expr]) -> Expr:
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
        form, ((base, unit),) = self.form, self.targets.items()
        groups = self._groups(self.terms[node])
        for powers, coefficient in groups:
            is_whole = Fraction(powers[base]) % Fraction(unit) == 0 <= powers[base] * unit
            if not is_whole or base in reachable([coefficient]):
                pair = [*powers_of(form, self.targets), self._grouped(powers, coefficient)]
                raise NotPolynomial(*map(repr, Presenter(pair, form).run()))
        above, first = groups[0] if groups else (NONE, form.constant(0))
        total = first
        for powers, coefficient in [*groups[1:], (NONE, form.constant(0))]:
            step = above.over(powers)
            if total is first:
                total = self._grouped(step, total)
            elif step:
                total = form.node(a.mul, (*powers_of(form, step), total))
            total, above = self._joined([total, coefficient]), powers
        return form.shaped(total, node.shape)
