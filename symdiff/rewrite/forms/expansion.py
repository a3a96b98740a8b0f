"""Products and powers of sums multiplied out, over a canonical graph."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

from ...errors import LimitError
from ...expr import Expr
from ...ops import arithmetic as a
from ...ops.elementary import pow
from ...walk import postorder
from .. import exact
from ..canonical import Canonical
from ..exact import Number, number
from ..order import has_bool
from ..sums import joined
from ..terms import Builder, Sum


class Expansion:
    """The terms of every node of a canonical graph, arguments first.

    The rest of an exact number is 1, that of a float which stands alone ``self.alone``: two of
    these never meet in one sum.  A sum of many terms with several users stays whole where it is
    only added, and is opened where it is multiplied.
    """

    def __init__(self, form: Canonical, limit: int) -> None:
        self.form, self.limit = form, limit
        self.left = limit
        self.alone = form.constant(1.0)
        self.terms: dict[Expr, Sum[Expr]] = {}  # coefficients by rest, as in a canonical sum
        self.image: dict[Expr, Expr] = {}
        self.whole: dict[Expr, Sum[Expr]] = {}  # what the sums that stayed whole are made of

    def run(self, outputs: Iterable[Expr]) -> list[Expr]:
        """The new forms of the outputs."""
        ends = list(outputs)
        for node in postorder(ends):
            self.terms[node] = self._visit(node)
        return [self.view(out) for out in ends]

    def is_fixed(self, node: Expr) -> bool:
        """Whether a node is not looked into."""
        return not node.args

    def written(self, terms: Sum[Expr]) -> Expr:
        """The sum of terms as a node."""
        form = self.form
        floats = [form.constant(terms[self.alone])] if self.alone in terms else []
        return joined(terms.without(self.alone, form.one), terms[form.one], floats, form.ranks)

    def view(self, node: Expr) -> Expr:
        """The new form of a node whose terms are known."""
        found = self.image.get(node)
        if found is None:
            found = self.form.shaped(self.written(self.terms[node]), node.shape)
            self.image[node] = found
        return found

    def _visit(self, node: Expr) -> Sum[Expr]:
        if self.is_fixed(node):
            return self._atom(node, node)
        if (node.op is a.add or node.op is a.mul) and not has_bool(node):
            found = self._sum(node) if node.op is a.add else self._product(node)
            return self._closed(node) if found is None else found
        exponent = number(node.args[1]) if node.op is pow else None
        if type(exponent) is int and exponent > 1 and node.args[0].kind != "bool":
            found = self._power(node.args[0], exponent)
            return self._closed(node) if found is None else found
        return self._closed(node)

    def _atom(self, node: Expr, image: Expr) -> Sum[Expr]:
        """The one term of a node that is not opened."""
        self.image[node] = image
        return self._single(image)

    def _closed(self, node: Expr) -> Sum[Expr]:
        """A node that stays over its new arguments."""
        args = tuple([self.view(x) for x in node.args])
        if args == node.args:
            return self._atom(node, node)
        if node.op is a.add:  # its floats keep their places
            return self._atom(node, self.form.node(a.add, args))
        return self._atom(node, self.form.apply(node.op, args, node.params))

    def piled(self, terms: Builder[Expr], value: float) -> bool:
        """Add a float to terms that have one alone already; False where that must not be."""
        return False

    # -- terms --------------------------------------------------------------------------------

    def spend(self, count: int) -> None:
        """Count terms that are written out.

        Raises: LimitError.
        """
        self.left -= count
        if self.left < 0:
            raise LimitError("terms to write out", self.limit - self.left, self.limit, "limit")

    def _put(self, terms: Builder[Expr], rest: Expr, coefficient: Number | None) -> bool:
        """Add a term; False where the sum of the coefficients must not be taken."""
        if coefficient is None:
            return False
        if type(coefficient) is float and rest is self.form.one:
            rest = self.alone
            if rest in terms:
                return self.piled(terms, coefficient)
        try:
            terms.add(rest, coefficient)
        except OverflowError:
            return False
        return True

    def _put_multiple(self, terms: Builder[Expr], coefficient: Number, inner: Sum[Expr]) -> bool:
        if len(inner) > 1:
            self.spend(len(inner))
        for r, c in inner.items():
            rest = self.form.one if r is self.alone else r
            if not self._put(terms, rest, exact.times(coefficient, c)):
                return False
        return True

    def _sum(self, node: Expr) -> Sum[Expr] | None:
        form, terms = self.form, Builder[Expr]()
        for term in node.args:
            own, rest = form.split(term)
            if rest is form.one:
                inner = Sum([(rest, 1)])
            elif rest.op is a.add and rest in form.shared and own in (1, -1):
                image = self.view(rest)
                inner = Sum([(image, 1)])
                if image.op is a.add and image not in self.terms[rest]:
                    self.whole[image] = self.terms[rest]
                    form.shared.add(image)
            else:
                inner = self.terms[rest]
            if not self._put_multiple(terms, own, inner):
                return None
        return terms.frozen()

    def _opened(self, terms: Sum[Expr]) -> Sum[Expr] | None:
        """Terms without sums that stayed whole."""
        if self.whole.keys().isdisjoint(terms):
            return terms
        opened = Builder[Expr]()
        pending: list[tuple[Number, Sum[Expr]]] = [(1, terms)]
        while pending:
            outer, inner = pending.pop()
            self.spend(1)
            for rest, c in inner.items():
                both = exact.times(outer, c)
                if rest in self.whole and both is not None:
                    pending.append((both, self.whole[rest]))
                elif not self._put_multiple(opened, outer, Sum([(rest, c)])):
                    return None
        self.spend(len(opened))
        return opened.frozen()

    # -- products -----------------------------------------------------------------------------

    def _product(self, node: Expr) -> Sum[Expr] | None:
        singles: list[Expr] = []
        several: list[Sum[Expr]] = []
        for x in node.args:
            terms = self._opened(self.terms[x])
            if terms is None:
                return None
            if len(terms) == 1:
                singles.append(self.view(x) if terms is self.terms[x] else self.written(terms))
            else:
                several.append(terms)
        if not several and tuple(singles) == node.args:
            return self._single(node)
        found = self._single(self.form.mul(singles) if singles else self.form.one)
        for terms in several:
            self.spend(len(found) * len(terms))
            product = self._times(found, terms)
            if product is None:
                return None
            found = product
        return found

    def _single(self, node: Expr) -> Sum[Expr]:
        own, rest = self.form.split(node)
        terms = Builder[Expr]()
        self._put(terms, rest, own)
        return terms.frozen()

    def _times(self, left: Sum[Expr], right: Sum[Expr]) -> Sum[Expr] | None:
        found = Builder[Expr]()
        for r, c in left.items():
            for s, d in right.items():
                both = exact.times(c, d)
                if both is None or not self._put_product(found, both, [r, s]):
                    return None
        return found.frozen()

    def _put_product(self, terms: Builder[Expr], coefficient: Number, rests: list[Expr]) -> bool:
        """Add the product of a coefficient and rests to terms."""
        form = self.form
        factors = [r for r in rests if r is not form.one and r is not self.alone]
        if len(factors) < 2:
            return self._put(terms, factors[0] if factors else form.one, coefficient)
        own, rest = form.split(form.mul(factors))
        return self._put(terms, rest, exact.times(coefficient, own))

    def _power(self, base: Expr, exponent: int) -> Sum[Expr] | None:
        """A power of a sum by the multinomial theorem, each of its terms made once."""
        form = self.form
        terms = self._opened(self.terms[base])
        if terms is None:
            return None
        if len(terms) < 2:
            return self._single(form.power(self.view(base), form.constant(exponent)))
        count = 1
        for k in range(1, len(terms)):
            count = count * (exponent + k) // k
            if count > self.left:
                break
        self.spend(count)
        found = Builder[Expr]()
        partial: list[tuple[int, Number, list[Expr]]] = [(exponent, 1, [])]
        for i, (rest, c) in enumerate(terms.items(), 1):
            raised = self._raised(rest, c, exponent)
            after = []
            for room, coefficient, factors in partial:
                for k in range(room if i == len(terms) else 0, room + 1):
                    own, factor = raised[k]
                    new = None if own is None else exact.times(coefficient, own)
                    new = None if new is None else exact.times(new, comb(room, k))
                    if new is None:
                        return None
                    chosen = [*factors, factor] if k else factors
                    if k < room:
                        after.append((room - k, new, chosen))
                    elif not self._put_product(found, new, chosen):
                        return None
            partial = after
        return found.frozen()

    def _raised(self, rest: Expr, c: Number, most: int) -> list[tuple[Number | None, Expr]]:
        """Powers of a term, coefficient and rest, from 0 to ``most``."""
        form = self.form
        found: list[tuple[Number | None, Expr]] = [(1, form.one)]
        for k in range(1, most + 1):
            own = exact.power(c, k)
            if rest is form.one or rest is self.alone:
                found.append((own, form.one))
                continue
            more, power = form.split(form.power(rest, form.constant(k)))
            found.append((None if own is None else exact.times(own, more), power))
        return found
