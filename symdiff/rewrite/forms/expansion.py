"""Canonical graphs with products and whole powers of sums multiplied out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from math import comb
from typing import TypeAlias

from ...errors import LimitError
from ...expr import Expr
from ...ops import arithmetic as a
from ...ops.elementary import pow
from ...walk import postorder
from .. import exact
from ..canonical import Canonical, term_of
from ..exact import Number, is_term, number
from ..nodes import power_of
from ..order import has_bool
from ..terms import Builder, Product, Sum

Terms: TypeAlias = Sum[Product[Expr]]
_Terms: TypeAlias = Builder[Product[Expr]]

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
    """The nodes of a canonical graph as sums of products of powers, arguments first.

    A float that stands alone is a factor with the coefficient 1, so that no two are added up.  A
    sum of many terms with several users stays whole where it is only added, and is opened where it
    is multiplied.  Where there are ``bases``, only what has one of them in it is multiplied out.
    """

    def __init__(self, form: Canonical, limit: int) -> None:
        self.form = form
        self.budget = Budget(limit, "terms")
        self.bases: Collection[Expr] = ()
        self.touched: set[Expr] = set()  # nodes with a base in them
        self.terms: dict[Expr, Terms] = {}
        self.image: dict[Expr, Expr] = {}
        self.floats: dict[Product[Expr], Expr] = {}  # those that stand alone
        self.whole: dict[Product[Expr], Terms] = {}  # what the sums that stayed whole are made of

    def run(self, outputs: Iterable[Expr]) -> list[Expr]:
        """The new forms of the outputs."""
        ends = list(outputs)
        for node in postorder(ends):
            if not self.touched.isdisjoint(node.args) or power_of(node)[0] in self.bases:
                self.touched.add(node)
            self.terms[node] = self._visit(node)
        return [self.view(out) for out in ends]

    def view(self, node: Expr) -> Expr:
        """The new form of a node whose terms are known."""
        image = self.image.get(node)
        if image is None:
            image = self.form.shaped(self.written(self.terms[node]), node.shape)
            self.image[node] = image
        return image

    def written(self, terms: Terms) -> Expr:
        """The sum of terms as a node."""
        return self.form.add([term_of(self.form, c, product) for product, c in terms.items()])

    # -- terms --------------------------------------------------------------------------------

    def _visit(self, node: Expr) -> Terms:
        is_fixed = bool(self.bases) and (node not in self.touched or node in self.bases)
        if is_fixed or not node.args:
            self.image[node] = node
            return self._atom(node)
        try:
            if (node.op is a.add or node.op is a.mul) and not has_bool(node):
                return self._sum(node) if node.op is a.add else self._product(node)
            exponent = number(node.args[1]) if node.op is pow else None
            if type(exponent) is int and exponent > 1 and node.args[0].kind != "bool":
                return self._power(node, exponent)
        except OverflowError:
            pass
        self.image[node] = self._closed(node)
        return self._atom(self.image[node])

    def _closed(self, node: Expr) -> Expr:
        """A node that stays over its new arguments."""
        args = tuple([self.view(x) for x in node.args])
        return node if args == node.args else self.form.apply(node.op, args, node.params)

    def _atom(self, node: Expr) -> Terms:
        """A node that is not opened as one term."""
        own, rest = self.form.split(node)
        if rest is self.form.one:
            product = NONE
        else:
            is_open = rest.op is a.mul and not is_term(rest) and rest not in self.bases
            factors = rest.args if is_open else (rest,)
            product = Product([power_of(factor) for factor in factors])
        terms = _Terms()
        self._put(terms, product, own)
        return terms.frozen()

    def _put(self, terms: _Terms, product: Product[Expr], c: Number) -> None:
        """Add a term.

        Raises: OverflowError where there is no sum of the coefficients.
        """
        if type(c) is float and c and not product:
            product = Product([(self.form.constant(c), 1)])
            self.floats[product] = self.form.constant(c)
            c = 1
        terms.add(product, c)

    def _numeric(self, terms: Terms | _Terms) -> Iterator[tuple[Product[Expr], Number]]:
        """Products and coefficients, floats that stand alone as coefficients of 1."""
        for product, c in terms.items():
            alone = self.floats.get(product)
            yield (product, c) if alone is None else (NONE, c * alone.params[0])

    # -- sums, products and powers ------------------------------------------------------------

    def _add(self, terms: _Terms, others: Terms, factor: Number = 1) -> None:
        if len(others) > 1:
            self.budget.spend(len(others))
        for product, c in others.items() if factor == 1 else self._numeric(others):
            self._put(terms, product, c if factor == 1 else _times(factor, c))

    def _sum(self, node: Expr) -> Terms:
        form, terms = self.form, _Terms()
        for term in node.args:
            own, rest = form.split(term)
            if rest.op is a.add and rest in form.shared and own in (1, -1):
                image = self.view(rest)
                product = Product([(image, 1)])
                if image.op is a.add and product not in self.terms[rest]:
                    self.whole[product] = self.terms[rest]
                    form.shared.add(image)
                self._put(terms, product, own)
            else:
                self._add(terms, self.terms[term])
        return terms.frozen()

    def _opened(self, terms: Terms) -> Terms:
        """Terms without sums that stayed whole."""
        while not self.whole.keys().isdisjoint(terms):
            product = next(p for p in terms if p in self.whole)
            opened = Builder(terms.without(product).items())
            self.budget.spend(len(opened))
            self._add(opened, self.whole[product], terms[product])
            terms = opened.frozen()
        return terms

    def _product(self, node: Expr) -> Terms:
        own, rest = self.form.split(node)
        if rest is not node:
            terms = _Terms()
            self._add(terms, self.terms[rest], own)
            return terms.frozen()
        inner = [self._opened(self.terms[x]) for x in node.args]
        sums = [terms for terms in inner if len(terms) > 1]
        if not sums:
            return self._atom(self._closed(node))
        single = [self.view(x) for x, terms in zip(node.args, inner, strict=True) if len(terms) < 2]
        product = self._atom(self.form.mul(single))
        for total in sums:
            product = self._multiplied(product, total)
        return product

    def _multiplied(self, left: Terms, right: Terms) -> Terms:
        """The product of two sums, term by term."""
        self.budget.spend(len(left) * len(right))
        terms = _Terms()
        for product, c in self._numeric(left):
            for factor, d in self._numeric(right):
                self._put(terms, product.times(factor), _times(c, d))
        return terms.frozen()

    def _power(self, node: Expr, exponent: int) -> Terms:
        """A power of a sum by the binomial theorem, one more term at a time."""
        terms = self._opened(self.terms[node.args[0]])
        if len(terms) < 2:
            return self._atom(self._closed(node))
        self.budget.spend(comb(exponent + len(terms) - 1, exponent))
        every = [[(product.power(k), _power(c, k)) for k in range(exponent + 1)]
                 for product, c in self._numeric(terms)]  # fmt: skip
        powers = [_Terms() for _ in every[0]]  # of the sum of the terms so far
        for power, (product, c) in zip(powers, every[0], strict=True):
            self._put(power, product, c)
        for raised in every[1:]:
            for n in range(exponent, 0 if raised is not every[-1] else exponent - 1, -1):
                for k, (factor, scale) in enumerate(raised[1 : n + 1], 1):
                    times = _times(comb(n, k), scale)
                    for before, d in self._numeric(powers[n - k]):
                        self._put(powers[n], before.times(factor), _times(times, d))
        return powers[exponent].frozen()


def _times(a: Number, b: Number) -> Number:
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
