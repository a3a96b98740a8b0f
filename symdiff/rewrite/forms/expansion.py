"""Sums multiplied out, their terms grouped by powers of variables or functions, or nested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import TypeAlias

from ...errors import KindError, LimitError, NotPolynomial
from ...expr import Expr
from ...leaves import Const
from ...messages import short
from ...ops import arithmetic as a
from ...ops.elementary import pow
from ...walk import postorder, reachable, rebuild
from .. import exact
from ..canonical import Canonical, powers_of, term_of
from ..exact import Number, is_term, number
from ..nodes import power_of
from ..order import LATE, SUM, has_bool
from ..present import Presenter
from ..standard import EAGER
from ..terms import Builder, Product, Sum

Term: TypeAlias = tuple[Number, Product[Expr]]  # a coefficient and powers
Terms: TypeAlias = Sum[Product[Expr]]

NONE: Product[Expr] = Product()


class Budget:
    """What a call may write out."""

    def __init__(self, limit: int, what: str) -> None:
        self.limit, self.what, self.used = limit, what, 0

    def spend(self, count: int) -> None:
        """Count what is written out.

        Raises: LimitError.
        """
        self.used += min(count, self.limit + 1)
        if self.used > self.limit:
            raise LimitError(f"{self.what} to write out", self.used, self.limit, "limit")


class Expansion:
    """The nodes of a canonical graph with products and whole powers of sums multiplied out.

    A sum of many terms with several users stays whole where it is only added, and is opened where
    it is multiplied.  Where there are ``bases``, only what has one of them in it is multiplied out.
    """

    def __init__(self, form: Canonical, limit: int) -> None:
        self.form, self.budget = form, Budget(limit, "terms")
        self.targets: Product[Expr] = Product()  # units by base
        self.has_target: dict[Expr, bool] = {}

    def expanded(self, outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs multiplied out, arguments first."""
        form = self.form
        uses = Counter([x for node in postorder(outputs) for x in node.args])

        def visit(new: Expr, old: Expr) -> Expr:
            if old in self.targets:
                return old
            image = self._opened(old if new is old else form.apply(new.op, new.args, new.params))
            if old in form.shared or (uses[old] > 1 and len(image.args) > EAGER):
                form.shared.add(image)
            return image

        images = rebuild(outputs, visit)
        return [images[out] for out in outputs]

    def _is_touched(self, node: Expr) -> bool:
        """Whether a node has a target in it, if there are any: what has not is left alone."""
        known, targets = self.has_target, self.targets
        for n in postorder([node], known) if targets and node not in known else ():
            inside = any(known[x] for x in n.args)
            known[n] = inside or n in targets or power_of(n)[0] in targets
        return not targets or known[node]

    def _is_sum(self, node: Expr) -> bool:
        return node.op is a.add and not has_bool(node) and self._is_touched(node)

    def _opened(self, node: Expr) -> Expr:
        """A canonical node with its sums multiplied out; itself where coefficients overflow."""
        form = self.form
        exponent = number(node.args[1]) if node.op is pow else None
        try:
            if type(exponent) is int and exponent > 1 and self._is_sum(node.args[0]):
                terms = self._power(self._terms(node.args[0]), exponent)
            elif node.op is a.mul and not has_bool(node):
                own, rest = form.split(node)
                factors = rest.args if rest.op is a.mul and not is_term(rest) else (rest,)
                sums = [self._terms(x) for x in factors if self._is_sum(x)]
                if not sums:
                    return node
                terms = Sum([(Product([power_of(x) for x in factors if not self._is_sum(x)]), own)])
                for total in sums:
                    terms = self._times(terms, total)
            else:
                return node
        except OverflowError:
            return node
        return form.shaped(form.add([term_of(form, c, p) for p, c in terms.items()]), node.shape)

    def _parts(self, node: Expr, is_multiplied: bool = True) -> list[Term]:
        """The terms of a sum, those of inner sums too unless one is shared and only added.

        Raises: OverflowError where there is no product of coefficients.
        """
        parts: list[Term] = []
        pending: list[tuple[Number, Expr]] = [(1, node)]
        while pending:
            outer, term = pending.pop()
            own, rest = self.form.split(term)
            c = _product(outer, own)
            is_whole = rest in self.form.shared and not is_multiplied
            if self._is_sum(rest) and (rest is node or not is_whole):
                pending += [(c, x) for x in reversed(rest.args)]
            elif rest is self.form.one:
                parts.append((c, NONE))
            else:
                factors = rest.args if rest.op is a.mul and not is_term(rest) else (rest,)
                parts.append((c, Product([power_of(x) for x in factors])))
        return parts

    def _terms(self, total: Expr) -> Terms:
        terms: Builder[Product[Expr]] = Builder()
        for c, product in self._parts(total):
            _put(terms, product, c)
        return terms.frozen()

    def _times(self, left: Terms, right: Terms) -> Terms:
        """The product of two sums, term by term."""
        self.budget.spend(len(left) * len(right))
        terms: Builder[Product[Expr]] = Builder()
        for product, c in left.items():
            for factor, d in right.items():
                _put(terms, product.times(factor), _product(c, d))
        return terms.frozen()

    def _power(self, total: Terms, exponent: int) -> Terms:
        """A power of a sum by the multinomial theorem: which power of each term, one by one."""
        self.budget.spend(comb(exponent + len(total) - 1, exponent))
        chosen: list[tuple[Product[Expr], Number, int]] = [(NONE, 1, exponent)]
        for i, (term, c) in enumerate(total.items(), 1):
            powers = [(term.power(k), _power(c, k)) for k in range(exponent + 1)]
            chosen = [
                (before.times(powers[k][0]),
                 _product(_product(d, comb(left, k)), powers[k][1]), left - k)
                for before, d, left in chosen
                for k in range(left if i == len(total) else 0, left + 1)
            ]  # fmt: skip
        terms: Builder[Product[Expr]] = Builder()
        for product, c, _ in chosen:
            _put(terms, product, c)
        return terms.frozen()


class Collection(Expansion):
    """Sums with a target in them multiplied out, and their terms grouped.

    A target is ``base**unit``, or for ``exp(c*u)`` a power of the base ``exp(u)``.

    Raises: KindError where a target is a number or a product.
    """

    def __init__(
        self, form: Canonical, limit: int, given: Sequence[Expr], nodes: Sequence[Expr]
    ) -> None:
        super().__init__(form, limit)
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

    def collected(self, outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs multiplied out and grouped, arguments first."""
        form = self.form

        def visit(new: Expr, old: Expr) -> Expr:
            node = old if new is old else form.apply(new.op, new.args, new.params)
            if old in self.targets or node.op not in (a.add, a.mul) or has_bool(node):
                return old if old in self.targets else node
            if not self._is_touched(node):
                return node
            parts = [self._grouped(powers, c) for powers, c in self._groups(node)]
            return form.shaped(self._joined(parts), node.shape)

        expanded = self.expanded(outputs)
        images = rebuild(expanded, visit)
        return [images[out] for out in expanded]

    def _groups(self, node: Expr) -> list[tuple[Product[Expr], Expr]]:
        """The coefficient of each product of powers, falling."""
        form, units = self.form, self.targets
        parts: dict[Product[Expr], list[Expr]] = {}
        for c, product in self._parts(node, is_multiplied=False):
            exponents = [(b, u, product[b]) for b, u in units.items()]
            whole = [(b, e) for b, u, e in exponents if u == 1 or Fraction(e) % Fraction(u) == 0]
            powers = Product(whole)
            parts.setdefault(powers, []).append(term_of(form, c, product.over(powers)))

        def place(powers: Product[Expr]) -> tuple[Number, list[Number]]:
            degrees = [-Fraction(powers[b]) / Fraction(u) for b, u in units.items()]
            return sum(degrees), [*degrees]

        groups = [(powers, form.add(parts[powers])) for powers in sorted(parts, key=place)]
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

    def nested(self, outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs as polynomials in the one target, nested.

        Raises: NotPolynomial.
        """
        return [self.form.shaped(self._nested(out), out.shape) for out in self.collected(outputs)]

    def _nested(self, node: Expr) -> Expr:
        form, ((base, unit),) = self.form, self.targets.items()
        groups = self._groups(node)
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
        return total


def _put(terms: Builder[Product[Expr]], product: Product[Expr], c: Number) -> None:
    """Add a term.

    Raises: OverflowError where the sum over- or underflows, or a float that stands alone would be
    added to another number.
    """
    if not product and product in terms and float in (type(c), type(terms[product])):
        raise OverflowError("floats that stand alone are not added")
    terms.add(product, c)


def _product(a: Number, b: Number) -> Number:
    """The product of two coefficients.

    Raises: OverflowError where it over- or underflows or becomes too long.
    """
    product = exact.times(a, b)
    if product is None:
        raise OverflowError("two numbers have no product")
    return product


def _power(base: Number, exponent: int) -> Number:
    power = exact.power(base, exponent) if exponent else 1
    if power is None:
        raise OverflowError("a number has no power")
    return power
