"""Scalar graphs as fractions: every sum over one denominator, what cancels cancelled.

``exp(2*x)`` is the square of the kernel ``exp(x)``, ``sqrt(u)**3`` a power of ``u``.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING

from ...expr import Expr, Op
from ...leaves import Const
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...ops.elementary import exp, pow
from ...walk import postorder
from .. import exact
from ..exact import Number, number
from ..order import has_bool
from ..terms import Polynomial, Product, Sum
from .ratios import HIGHEST, NONE, ONE, Base, TooLong, Value, Way
from .written import Writing

if TYPE_CHECKING:
    from ..canonical import Canonical


class Fractions(Writing):
    """The values of the nodes of one canonical graph."""

    def __init__(self, form: Canonical, way: Way) -> None:
        super().__init__(form, way)
        self.values: dict[Expr, Value] = {}
        self.images: dict[Expr, Expr] = {}
        self.output: Expr = form.one
        self.exponents: dict[Expr, int] = {}  # of exponentials; -1: none grows with it

    def run(self, output: Expr) -> Expr:
        """The canonical node of an output as a fraction.

        Raises: TooLong where a form would divide by what may round to zero.
        """
        order = postorder([output])
        for node in order:
            if node.op is exp and node.args[0].op is not a.add:
                weight, inner = self.form.split(node.args[0])
                self.exponents[inner] = 1 if weight > 0 else self.exponents.get(inner, -1)
        uses: dict[Expr, int] = {}
        for node in order:
            for arg in node.args:
                uses[arg] = uses.get(arg, 0) + 1
        for node in order:
            try:
                self.values[node] = self._value(node)
            except TooLong:
                args = tuple([self.image(x) for x in node.args])
                self.values[node] = self._kernel(self.form.apply(node.op, args, node.params))
            if uses.get(node, 0) > 1:
                self.common.update(self.values[node][1])
        self.values[output] = self._coprime(self.values[output])
        self.output = output
        return self.image(output)

    def _coprime(self, value: Value) -> Value:
        """A value without sums that are multiples of other ones in it."""
        c, bases = value
        sums = [b for b in bases if isinstance(b, Sum)]
        for whole, divisor in permutations(sums, 2):
            quotient = whole.quotient(divisor) if whole in bases and divisor in bases else None
            if quotient is not None and type(e := bases[whole]) is int:
                rest = self._raised(self._reduced(quotient, NONE), e)
                c, bases = self.product([(c, bases.without(whole).multiplied(divisor, e)), rest])
        return c, bases

    def nested(self) -> Expr:
        """The output again, functions and sums that are factors of some terms in front of them."""
        self.nests = True
        self.sums.clear()
        for terms, q in list(self.roots.values()):
            if q == 1:  # inner sums first, so that writing does not go deep
                self._of_base(terms)
        return self.written(self.values[self.output])

    def divides_by_sum_with(self, op: Op) -> bool:
        """Whether a value has a sum with this function in its denominator."""
        bases = [b for _, factors in self.values.values() for b, e in factors.items() if e < 0]
        sums = {b for b in bases if isinstance(b, Sum)}
        return any(self.kernels[k].op is op for b in sums for m in b for k in m)

    def image(self, node: Expr) -> Expr:
        """The canonical form of a node that has a value."""
        if node not in self.images:
            self.images[node] = self.written(self.values[node])
        return self.images[node]

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
            return self._kernel(node)
        new = self.form.apply(node.op, tuple([self.image(x) for x in node.args]), node.params)
        return self._function(new)

    def _function(self, node: Expr) -> Value:
        """A function by others, where this way says so."""
        way, form, op = self.way, self.form, node.op
        if way.trig and op in (el.tan, el.tanh):
            above, below = (el.sin, el.cos) if op is el.tan else (el.sinh, el.cosh)
            top, bottom = (self._related(form.apply(f, node.args)) for f in (above, below))
            return self.product([top, self._raised(bottom, -1)])
        if op is el.hypot:
            squares = [self._raised(self.values.get(x) or self._kernel(x), 2) for x in node.args]
            return self._root(self.sum(squares), Fraction(1, 2))
        if way.trig and op in _PARTNERS:
            return self._related(node)
        if way.logistic and op in (exp, el.sigmoid):
            weight, inner = form.split(node.args[0])
            if not isinstance(weight, float) and (op is exp or weight == -1):
                s = self._index(form.apply(el.sigmoid, (inner,)))
                rest: Polynomial = Sum([(ONE, 1), (Product([(s, 1)]), -1)])
                self.fragile[rest] = None
                if op is el.sigmoid:
                    return 1, Product([(rest, 1)])
                return self._of_positive((1, Product([(s, 1), (rest, -1)])), weight)
        return self._kernel(node)

    def _related(self, node: Expr) -> Value:
        """A sine or cosine, circular or hyperbolic, whose square is known by its partner's."""
        value = self._kernel(node)
        if node.op not in _PARTNERS:  # sin(u + pi) became something else
            return value
        even = node.op in (el.cos, el.cosh)
        if even == (self.way.trig == "cos") or node not in self.index:
            return value
        partner, constant, sign = _PARTNERS[node.op]
        other = self._index(self.form.apply(partner, node.args))
        square = Sum([(ONE, constant), (Product([(other, 2)]), sign)])
        self.squares[self.index[node]] = square, 2
        return value

    def _kernel(self, node: Expr) -> Value:
        """The value of a node that is not looked into; exponentials by their primitive part."""
        own, rest = self.form.split(node)
        if isinstance(own, float):
            own, rest = 1, node
        if rest is self.form.one:
            return own, NONE
        if rest.op is exp:
            inner = rest.args[0]
            weight, inner = self.form.split(inner)
            if not isinstance(weight, float) and inner is not self.form.one:
                sign = self.exponents.setdefault(inner, 1 if weight > 0 else -1)
                kernel = self.form.apply(exp, (self.form.times(sign, inner),))
                return own, Product([(self._index(kernel), sign * weight)])
        return own, Product([(self._index(rest), 1)])

    def _power(self, node: Expr) -> Value:
        base, exponent = self.values[node.args[0]], number(node.args[1])
        if exponent is None:
            return self._symbolic(self.image(node.args[0]), base, self.image(node.args[1]))
        if isinstance(exponent, float):
            return self._kernel(self.form.power(self.image(node.args[0]), node.args[1]))
        if type(exponent) is int:
            return self._raised(base, exponent)
        return self._root(base, Fraction(exponent))

    def _symbolic(self, base: Expr, value: Value, exponent: Expr) -> Value:
        """``u**(c*t + k)`` as a power of the kernel ``u**t`` and one of ``u``, where u > 0."""
        form = self.form
        if not form.facts.positive(base):
            return self._kernel(form.power(base, exponent))
        whole = 0
        if exponent.op is a.add:
            numbers = [number(t) for t in exponent.args]
            whole = sum([c for c in numbers if type(c) is int])
            rest = [t for t, c in zip(exponent.args, numbers, strict=True) if type(c) is not int]
            exponent = form.add(rest)
        weight, inner = form.split(exponent)
        if isinstance(weight, float):
            weight, inner = 1, exponent
        kernel = form.power(base, inner)
        own, found = self._kernel(kernel)
        if kernel.op is not pow or own != 1:
            return self._kernel(form.power(base, form.add([exponent, form.constant(whole)])))
        return self.product([self._of_positive((own, found), weight), self._raised(value, whole)])

    def _root(self, value: Value, exponent: Fraction) -> Value:
        """A value to a broken power: what is known to be positive comes out."""
        c, bases = value
        outside = bases.kept(lambda base: self.form.facts.positive(self._of_base(base)))
        inside = bases.without(*outside)
        parts: list[Value] = [(1, outside.of_positive(exponent))]
        own = exact.power(c, exponent) if c > 0 else None
        if own is None or isinstance(own, float):
            ratio = self._quotient(c) if c > 0 else None
            own = 1
            if ratio is not None:
                c = 1
                parts.append((1, ratio.of_positive(exponent)))
        else:
            c = 1
        parts.append((own, NONE))
        if c != 1 or inside:
            parts.append(self._irrational((c, inside), exponent))
        return self.product(parts)

    def _irrational(self, value: Value, exponent: Fraction) -> Value:
        """The broken power of a value of unknown sign."""
        c, bases = value
        if c == 1 and len(bases) == 1:
            ((base, e),) = bases.items()
            if e == 1:
                return 1, Product([(base, exponent)])
        terms = self._polynomial(value)
        if terms is not None and len(terms) > 1:
            return 1, Product([(terms, exponent)])
        return self._kernel(self.form.power(self.written(value), self.form.constant(exponent)))

    def _quotient(self, c: Number) -> Product[Base] | None:
        """A positive fraction by kernels for its numerator and denominator."""
        top, bottom = c.as_integer_ratio()
        if max(top, bottom) >= HIGHEST:
            return None
        sides = [(n, e) for n, e in ((top, 1), (bottom, -1)) if n != 1]
        return Product([(self._index(self.form.constant(n)), e) for n, e in sides])

    def _polynomial(self, value: Value) -> Polynomial | None:
        """A value without denominators as a polynomial."""
        c, bases = value
        if any(type(e) is not int or e < 0 for e in bases.values()):
            return None
        try:
            return self._expanded(c, bases)
        except TooLong:
            return None


_PARTNERS: dict[Op, tuple[Op, int, int]] = {
    el.sin: (el.cos, 1, -1), el.cos: (el.sin, 1, -1),
    el.sinh: (el.cosh, -1, 1), el.cosh: (el.sinh, 1, 1),
}  # fmt: skip
