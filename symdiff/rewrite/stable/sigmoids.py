"""Quotients of exponentials and hyperbolic functions by sigmoid, expm1, tanh and sech.

With ``E = exp(a - b)`` a quotient of powers of ``exp(a)``, ``exp(b)``, ``exp(a) + exp(b)`` and
``exp(a) - exp(b)`` of total degree 0 is one of powers of E, E + 1 and E - 1.  Parts of it overflow
where ``E/(E + 1) = sigmoid(a - b)``, ``1/(E + 1) = sigmoid(b - a)``,
``(E - 1)/(E + 1) = tanh((a - b)/2)`` and ``E/(E - 1) = -1/expm1(b - a)`` do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...walk import postorder
from ..exact import number
from ..match import Form
from ..rules import REAL, Rule

HIGHEST = 6  # power of a factor
MOST = 12  # factors that are looked at


def sigmoid_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("quotient of exponentials", ar.div, _of_exponentials, REAL),
        Rule("over a power of cosh",     ar.div, _over_cosh,       REAL),
    ]  # fmt: skip


class _Product(NamedTuple):
    """Factors with whole exponents, and whether a minus stands before them."""

    factors: list[tuple[Expr, int]]
    negative: bool


def _factors(node: Expr) -> _Product | None:
    """A node as a product; None for too many factors."""
    found: list[tuple[Expr, int]] = []
    stack, negative = [(node, 1)], False
    while stack:
        n, times = stack.pop()
        exponent = 2 if n.op is ar.square else number(n.args[1]) if n.op is el.pow else None
        if n.op is ar.mul:
            stack += [(f, times) for f in reversed(n.args)]
        elif n.op is ar.neg:
            stack.append((n.args[0], times))
            negative ^= times % 2 == 1
        elif isinstance(exponent, int) and 0 < exponent <= HIGHEST:
            stack.append((n.args[0], times * exponent))
        else:
            found.append((n, times))
        if len(stack) + len(found) > MOST:
            return None
    return _Product(found, negative)


class _Pair(NamedTuple):
    """``exp(a) + sign*exp(b)``; b is None for 1."""

    a: Expr
    b: Expr | None
    sign: int


def _pair(factor: Expr) -> _Pair | None:
    """A factor as a sum or difference of two exponentials."""
    if factor.op is el.expm1:
        return _Pair(factor.args[0], None, -1)
    if factor.op not in (ar.add, ar.sub) or len(factor.args) != 2:
        return None
    first, second = factor.args
    sign = 1 if factor.op is ar.add else -1
    if first.op is not el.exp and sign > 0:
        first, second = second, first
    if first.op is not el.exp:
        return None
    if second.op is el.exp:
        return _Pair(first.args[0], second.args[0], sign)
    return _Pair(first.args[0], None, sign) if number(second) == 1 else None


class _Powers:
    """Exponents of ``exp(a)``, ``exp(b)``, ``exp(a) + exp(b)``, ``exp(a) - exp(b)``."""

    def __init__(self, a: Expr, b: Expr | None) -> None:
        self.a, self.b = a, b
        self.of_a = self.of_b = self.plus = self.minus = 0
        self.negative = False

    def takes(self, factor: Expr, times: int) -> bool:
        """Enter a factor, if it is one of the four."""
        if factor.op is el.exp and factor.args[0] is self.a:
            self.of_a += times
        elif factor.op is el.exp and factor.args[0] is self.b:
            self.of_b += times
        else:
            pair = _pair(factor)
            if pair is None or {pair.a, pair.b} != {self.a, self.b}:
                return False
            if pair.sign > 0:
                self.plus += times
            else:
                self.minus += times
                self.negative ^= pair.a is not self.a and times % 2 == 1
        return True

    def value(self, form: Form, top: Expr) -> Expr | None:
        """``top`` times the product of the powers, by bounded functions; None where it grows."""
        n, i = -self.plus - self.minus, self.of_a
        if not 0 <= i <= n <= HIGHEST or (self.plus < 0 and self.minus < 0):
            return None
        if self.b is not None and i + self.of_b != n:
            return None
        d = self.a if self.b is None else form.apply(ar.sub, (self.a, self.b))
        opposite = form.times(-1, d)
        curve = form.apply(el.tanh, (form.apply(ar.div, (d, const(2))),))
        if self.plus < 0:
            rising, falling = form.apply(el.sigmoid, (d,)), form.apply(el.sigmoid, (opposite,))
            factors = [rising] * i + [falling] * (n - i) + [curve] * self.minus
            value = _product(form, [top, *factors])
        else:
            rising = form.times(-1, form.apply(el.expm1, (opposite,)))
            falling = form.apply(el.expm1, (d,))
            divisors = [rising] * i + [falling] * (n - i) + [curve] * self.plus
            value = reduce(lambda x, y: form.apply(ar.div, (x, y)), divisors, top)
        return form.times(-1, value) if self.negative else value


def _of_exponentials(form: Form, node: Expr) -> Expr | None:
    """A quotient by sums or differences of exponentials, of which parts above may overflow."""
    above, below = map(_factors, node.args)
    if above is None or below is None:
        return None
    pairs = [pair for factor, _ in below.factors if (pair := _pair(factor)) is not None]
    if not pairs:
        return None
    powers = _Powers(pairs[0].a, pairs[0].b)
    powers.negative = above.negative != below.negative
    top = [(f, n) for f, n in above.factors if not powers.takes(f, n)]
    if len(top) == len(above.factors):
        return None
    bottom = [(f, n) for f, n in below.factors if not powers.takes(f, -n)]
    value = powers.value(form, _product(form, _listed(top)))
    if value is None:
        return None
    return form.apply(ar.div, (value, _product(form, _listed(bottom)))) if bottom else value


def _listed(factors: Iterable[tuple[Expr, int]]) -> list[Expr]:
    return [f for f, n in factors for _ in range(n)]


def _product(form: Form, factors: list[Expr]) -> Expr:
    kept = [f for f in factors if number(f) != 1]
    return reduce(lambda x, y: form.apply(ar.mul, (x, y)), kept) if kept else const(1)


def _over_cosh(form: Form, node: Expr) -> Expr | None:
    """A quotient by powers of ``cosh(a)``, by powers of ``tanh(a)`` and ``sech(a)``."""
    above, below = map(_factors, node.args)
    if above is None or below is None:
        return None
    a = next((f.args[0] for f, _ in below.factors if f.op is el.cosh), None)
    if a is None:
        return None
    cosh, sinh = make(el.cosh, (a,)), make(el.sinh, (a,))
    high = sum(n for f, n in above.factors if f is sinh)
    low = sum(n for f, n in below.factors if f is cosh) - high
    tops = _listed((f, n) for f, n in above.factors if f is not sinh)
    mixed = [f for f in tops if cosh in postorder([f])]
    divided = _over_power(form, mixed[0] if mixed else const(1), cosh, low)
    if divided is None or len(mixed) > 1 or (low == 1 and not high and not mixed):
        return None
    curves = [form.apply(el.tanh, (a,))] * high
    value = _product(form, [*[f for f in tops if f not in mixed], divided, *curves])
    bottom = _listed((f, n) for f, n in below.factors if f is not cosh)
    value = form.apply(ar.div, (value, _product(form, bottom))) if bottom else value
    return form.times(-1, value) if above.negative != below.negative else value


def _over_power(form: Form, top: Expr, cosh: Expr, power: int) -> Expr | None:
    """``top/cosh(a)**power``, each term of a sum divided alone; None where one grows."""
    terms = top.args if top.op in (ar.add, ar.sub) else (top,)
    divided = []
    for term in terms:
        product = _factors(term)
        if product is None:
            return None
        left = power - sum(n for f, n in product.factors if f is cosh)
        others = _listed((f, n) for f, n in product.factors if f is not cosh)
        if left < 0 or any(cosh in postorder([f]) for f in others):
            return None
        value = _product(form, [*others, *[form.apply(el.sech, cosh.args)] * left])
        divided.append(form.times(-1, value) if product.negative else value)
    return divided[0] if len(terms) == 1 else form.apply(top.op, tuple(divided))
