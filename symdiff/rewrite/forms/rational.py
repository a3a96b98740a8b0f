"""Scalar graphs as fractions: every sum over one denominator, what cancels cancelled.

``sqrt(u)**3`` is a power of ``u``, ``exp(2*x)`` one of ``exp(x)`` but none of ``exp(-x)``: no form
grows where its graph does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from ...expr import Expr, Op
from ...leaves import Const, const
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...ops.elementary import exp, pow
from ...walk import postorder
from .. import exact
from ..exact import Number, number, shorten
from ..order import has_bool
from ..terms import Product, Sum
from .ratios import (
    NONE,
    UNIT,
    Base,
    Powers,
    Ratios,
    Terms,
    TooLong,
    Value,
    Way,
    by_sums,
    taken_out,
)

if TYPE_CHECKING:
    from ..canonical import Canonical


class Fractions(Ratios):
    """The values of the nodes of one canonical graph.

    ``terms`` are products without sums as they are written, which is alike in every way.
    """

    def __init__(self, form: Canonical, way: Way, terms: dict[Value, Expr]) -> None:
        super().__init__(way.closed)
        self.form, self.way = form, way
        self.values: dict[Expr, Value] = {}
        self.images: dict[Expr, Expr] = {}
        self.output: Expr = form.one
        self.nodes: set[Expr] = set()
        self.fragile: set[Terms] = set()  # sums that round to zero
        self.logarithms: dict[Base, Value] = {}  # of sigmoid(u) and 1 - sigmoid(u)
        self.least: dict[tuple[Expr, Expr], int] = {}  # m of the lowest u**(t + m), by u and t
        self.terms = terms
        self.sums: dict[Terms, Expr] = {}  # as they are written
        self.nests = False  # whether factors of some terms are taken out
        self.wide = False  # whether there are sums where that may be

    def run(self, output: Expr) -> Expr:
        """The canonical node of an output as a fraction.

        Raises: TooLong where a form would divide by what may round to zero.
        """
        order = postorder([output])
        self.nodes.update(order)
        uses = Counter([x for node in order for x in node.args])
        for node in order:
            if node.op is pow:
                rest, whole = _apart(self.form, node.args[1])
                key = node.args[0], rest
                self.least[key] = min(whole, self.least.get(key, whole))
        for node in order:
            try:
                self.values[node] = self._value(node)
            except TooLong:
                args = tuple([self.image(x) for x in node.args])
                self.values[node] = self._atom(self.form.apply(node.op, args, node.params))
            if uses[node] > 1:
                self.common.update(self.values[node][1])
        self.values[output] = self.coprime(self.values[output])
        self.output = output
        return self.image(output)

    def rearranged(self) -> Iterator[Expr]:
        """The output as a sum of fractions, then with common factors in front of some terms.

        Raises: TooLong, as ``run`` does.
        """
        value = self.values[self.output]
        if min(value[1].values(), default=0) < 0:
            yield self._apart(value)
        self.nests = True  # functions and sums that are factors of some terms in front of them
        self.sums.clear()
        yield self._written(value)

    def _apart(self, value: Value) -> Expr:
        """A value as a sum of fractions, where its numerator is a sum."""
        c, powers = value
        total = next((b for b, e in powers.items() if isinstance(b, Sum) and e == 1), None)
        if total is None:
            return self._written(value)
        rest = c, powers.without(total)
        terms = [self.product([rest, (d, factor)]) for factor, d in total.items()]
        return self.form.add([self._written(term) for term in terms])

    def divides_by_sum_with(self, op: Op) -> bool:
        """Whether a value has a sum with this function in its denominator."""
        bases = [b for _, powers in self.values.values() for b, e in powers.items() if e < 0]
        sums = [b for b in bases if isinstance(b, Sum)]
        return any(isinstance(b, Expr) and b.op is op for u in sums for m in u for b in m)

    def image(self, node: Expr) -> Expr:
        """The canonical form of a node that has a value."""
        if node not in self.images:
            self.images[node] = self._written(self.values[node])
        return self.images[node]

    # -- reading ------------------------------------------------------------------------------

    def _value(self, node: Expr) -> Value:
        value = number(node)
        if value is not None and not isinstance(value, float):
            return value, NONE
        if node.op in (a.add, a.mul) and has_bool(node):
            raise TooLong  # truth values are not collected
        if node.op is a.add:
            if sum(x.op is Const and x.kind == "real" for x in node.args) > 1:
                raise TooLong  # floats that stand alone stay in their order
            return self.sum([self.values[x] for x in node.args])
        if node.op is a.mul:
            return self.product([self.values[x] for x in node.args])
        if node.op is pow:
            return self._power(node)
        if not node.args:
            return self._atom(node)
        new = self.form.apply(node.op, tuple([self.image(x) for x in node.args]), node.params)
        return self._function(new, self.values[node.args[0]])

    def _function(self, node: Expr, first: Value) -> Value:
        """A function by others, where this way says so; ``first`` is its first argument."""
        way, form, op = self.way, self.form, node.op
        if (halves := self._halves(node)) is not None:
            self.raised.update([f.op for f in halves])
            if way.trig:
                sine, cosine = map(self._related, halves)
                if op in (el.sin, el.sinh):
                    return self.product([(2, NONE), sine, cosine])
                sign: Value = (-1 if op is el.cos else 1, NONE)
                return self.sum([
                    self.power(cosine, 2), self.product([sign, self.power(sine, 2)]),
                ])  # fmt: skip
        if op in (a.abs, a.sign):
            return self._by_size(node, first)
        if way.trig and op in _QUOTIENTS:
            top, bottom = (self._related(form.apply(f, node.args)) for f in _QUOTIENTS[op])
            return self.product([top, self.power(bottom, -1)])
        if way.trig and op in _PARTNERS:
            return self._related(node)
        return self._logistic(node, first) if way.logistic else self._atom(node)

    def _logistic(self, node: Expr, first: Value) -> Value:
        """``exp(u)`` by ``sigmoid(u)``, what has ``-u`` in it by what has ``u``, logarithms of
        ``sigmoid(u)`` and ``1 - sigmoid(u)`` by one of them or by ``softplus(u)``.
        """
        form, op = self.form, node.op
        if op is el.log and first[0] == 1 and first[1].keys() <= self.logarithms.keys():
            return self.sum([_scaled(self.logarithms[b], e) for b, e in first[1].items()])
        if op not in (exp, el.sigmoid, el.softplus) or not first[1]:  # exp(0), once u - u is 0
            return self._atom(node)
        weight = first[0] if op is exp else 1 if first[0] > 0 else -1
        if self.way.turned and self._own_sums(first[1]):
            weight = -weight
        argument = _scaled(first, Fraction(1) / weight)
        inner = self._written(argument)
        s = form.apply(el.sigmoid, (inner,))
        rest: Terms = Sum([(NONE, 1), (Product([(s, 1)]), -1)])
        self.fragile.add(rest)
        if self.way.logistic == "log":
            log_s = self._atom(form.apply(el.log, (s,)))
            log_rest = self.sum([log_s, _scaled(argument, -1)])
        else:
            log_rest = _scaled(self._atom(form.apply(el.softplus, (inner,))), -1)
            log_s = self.sum([argument, log_rest])
        self.logarithms |= {s: log_s, rest: log_rest}
        if op is el.softplus:
            return _scaled(log_rest if weight > 0 else log_s, -1)
        if op is el.sigmoid:
            return 1, Product([(s if weight > 0 else rest, 1)])
        return self.power((1, Product([(s, 1), (rest, -1)])), weight)

    def _by_size(self, node: Expr, value: Value) -> Value:
        """``abs(u)`` as a root of ``u**2``, and ``sign(u)`` as ``u/abs(u)`` where it is divided by
        ``abs(u)``, so that 0 has no value anyway.
        """
        size = self.form.apply(a.abs, node.args)
        square = self.power(value, 2)
        if min(square[1].values(), default=0) >= 0:
            self.squares[size] = self.expanded(*square)
        divided = any(
            x.op is pow and x.args[0] is size and (number(x.args[1]) or 0) < 0 for x in self.nodes
        )
        if node is size or not divided:
            return self._atom(node)
        return self.product([value, self.power(self._atom(size), -1)])

    def _halves(self, node: Expr) -> tuple[Expr, Expr] | None:
        """The sine and cosine of half the angle, where the graph has one of them."""
        if node.op not in _PARTNERS:
            return None
        weight, inner = self.form.split(node.args[0])
        if type(weight) is not int or weight % 2:
            return None
        half = self.form.times(weight // 2, inner)
        circular = node.op in (el.sin, el.cos)
        s, c, t = (el.sin, el.cos, el.tan) if circular else (el.sinh, el.cosh, el.tanh)
        found = [self.form.apply(f, (half,)) for f in (s, c, t)]
        return None if self.nodes.isdisjoint(found) else (found[0], found[1])

    def _related(self, node: Expr) -> Value:
        """A sine or cosine, circular or hyperbolic, whose square is known by its partner's."""
        if node.op in _PARTNERS and _PARTNERS[node.op][0].name.startswith(self.way.trig):
            partner, constant, sign = _PARTNERS[node.op]
            other = self.form.apply(partner, node.args)
            self.squares[node] = Sum([(NONE, constant), (Product([(other, 2)]), sign)])
        return self._atom(node)

    def _atom(self, node: Expr) -> Value:
        """The value of a node that is not looked into: ``exp(-2*x)`` the square of ``exp(-x)``."""
        own, rest = self.form.split(node)
        if isinstance(own, float):
            own, rest = 1, node
        if rest is self.form.one:
            return own, NONE
        weight, inner = self.form.split(rest.args[0]) if rest.op is exp else (1, rest)
        if weight in (1, -1) or isinstance(weight, float) or inner is self.form.one:
            return own, Product([(rest, 1)])
        base = self.form.apply(exp, (inner if weight > 0 else self.form.times(-1, inner),))
        return own, Product([(base, abs(weight))])

    def _power(self, node: Expr) -> Value:
        base, exponent = self.values[node.args[0]], number(node.args[1])
        if exponent is None:
            return self._symbolic(node)
        if isinstance(exponent, float):
            return self._atom(self.form.power(self.image(node.args[0]), node.args[1]))
        return (
            self.power(base, exponent) if isinstance(exponent, int) else self._root(base, exponent)
        )

    def _symbolic(self, node: Expr) -> Value:
        """``u**(c*t + k)`` as powers of ``u**t`` and of ``u``; where u may be 0, of the lowest
        ``u**(c*t + m)`` in the graph and of ``u``, so that nothing is divided by ``u``.
        """
        form = self.form
        (base, exponent), value = map(self.image, node.args), self.values[node.args[0]]
        power = form.power(base, exponent)
        if form.facts.positive(base):
            rest, whole = _apart(form, exponent)
            weight, inner = form.split(rest)
            root = form.power(base, inner)
        else:
            weight, (rest, highest) = 1, _apart(form, node.args[1])
            whole = highest - self.least[node.args[0], rest]
            root = form.power(base, form.add([exponent, const(-whole)])) if whole else power
        own, rest = form.split(root)
        if isinstance(weight, float) or own != 1 or rest.op is not pow:
            return self._atom(power)
        return self.product([(1, Product([(root, weight)])), self.power(value, whole)])

    def _root(self, value: Value, exponent: Fraction) -> Value:
        """A value to a broken power: what is known to be positive comes out."""
        c, powers = value
        outside = powers.kept(lambda base: self.form.facts.positive(self._of_base(base)))
        inside = powers.without(*outside)
        own, roots = UNIT
        taken = exact.root(c, exponent)
        if taken is not None:
            c, own = 1, taken[0]
            roots = Product([(const(prime), e) for prime, e in taken[1]])
        parts: list[Value] = [(own, roots), (1, outside.of_positive(exponent))]
        if c != 1 or inside:
            parts.append(self._irrational((c, inside), exponent))
        return self.product(parts)

    def _irrational(self, value: Value, exponent: Fraction) -> Value:
        """The broken power of a value of unknown sign."""
        c, powers = value
        if c == 1 and [*powers.values()] == [1]:
            return 1, powers.of_positive(exponent)
        if all(type(e) is int and e > 0 for e in powers.values()):
            try:
                terms = self.expanded(c, powers)
            except TooLong:
                terms = Sum()
            if len(terms) > 1:
                return 1, Product([(terms, exponent)])
        return self._atom(self.form.power(self._written(value), const(exponent)))

    # -- writing ------------------------------------------------------------------------------

    def _written(self, value: Value) -> Expr:
        """The canonical node of a value, which is found once if no factor is a sum."""
        if value not in self.terms:
            node = self._product(value)
            if any(isinstance(base, Sum) for base in value[1]):
                return node
            self.terms[value] = node
        return self.terms[value]

    def _product(self, value: Value) -> Expr:
        """A number times powers: the number goes into a sum where it costs nothing."""
        c, powers = self._turned(*self.paired(value))
        form = self.form
        factors: list[Expr] = []
        sums = self._own_sums(powers)
        if len(sums) == 1 and min(powers.values()) > 0:
            inside = sums[0].scaled(c)
            saved = powers == {sums[0]: 1} and type(c) is int and abs(c) != 1
            if _multiples(inside) <= _multiples(sums[0]) + saved:
                factors.append(self._total(inside))
                c, powers = 1, powers.without(sums[0])
        for base, e in powers.items():
            if e < 0 and base in self.fragile:
                raise TooLong
            node = self._of_base(base)
            factors.append(node if e == 1 else form.power(node, const(shorten(e))))
        return form.mul([const(shorten(c)), *factors])

    def _own_sums(self, powers: Powers) -> list[Terms]:
        """The sums in a product that nothing else needs as they are."""
        return [
            b
            for b, e in powers.items()
            if isinstance(b, Sum) and e == 1 and (b not in self.common or len(powers) == 1)
        ]

    def _turned(self, c: Number, powers: Powers) -> Value:
        """``-2*(v - u)`` as ``2*(u - v)``."""
        for total in self._own_sums(powers) if c < 0 else ():
            if min(total.values()) < 0:
                return -c, powers.without(total).multiplied(total.scaled(-1), 1)
        return c, powers

    def _of_base(self, base: Base) -> Expr:
        if isinstance(base, Expr):
            return base
        if base not in self.sums:
            self.sums[base] = self._total(base)
        return self.sums[base]

    def _total(self, terms: Terms) -> Expr:
        """The canonical sum of terms."""
        parts: list[Expr] = []
        self.wide = self.wide or (len(terms) > 2 and self._may_nest(terms))
        if self.nests and len(terms) > 2:
            terms = by_sums(terms)
        while self.nests and len(terms) > 2 and (found := taken_out(terms)) is not None:
            factor, inner, terms = found
            parts.append(self._written(self.product([(1, factor), self.reduced(inner)])))
        parts += [self._written((c, powers)) for powers, c in terms.items()]
        return self.form.add(parts)

    def _may_nest(self, terms: Terms) -> bool:
        """Whether factors of some terms can be taken out."""
        has_sums = any(isinstance(base, Sum) and e >= 1 for m in terms for base, e in m.items())
        return has_sums or taken_out(terms) is not None


def _apart(form: Canonical, exponent: Expr) -> tuple[Expr, int]:
    """An exponent as a sum of something and a whole number."""
    terms = exponent.args if exponent.op is a.add else ()
    whole = sum([c for t in terms if type(c := number(t)) is int])
    return form.add([exponent, const(-whole)]) if whole else exponent, whole


def _scaled(value: Value, factor: Number) -> Value:
    return exact.shorten(Fraction(value[0]) * factor), value[1]


def _multiples(terms: Terms) -> int:
    return sum(bool(m) and abs(c) != 1 for m, c in terms.items())


_QUOTIENTS = {el.tan: (el.sin, el.cos), el.tanh: (el.sinh, el.cosh)}
_PARTNERS = {
    el.sin: (el.cos, 1, -1), el.cos: (el.sin, 1, -1),
    el.sinh: (el.cosh, -1, 1), el.cosh: (el.sinh, 1, 1),
}  # fmt: skip
