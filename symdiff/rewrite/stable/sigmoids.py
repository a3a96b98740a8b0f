"""Quotients of exponentials and hyperbolic functions by sigmoid, expm1, tanh and sech.

With ``E = exp(a - b)`` a quotient of powers of ``exp(a)``, ``exp(b)``, ``exp(a) + exp(b)`` and
``exp(a) - exp(b)`` of total degree 0 is one of powers of E, E + 1 and E - 1.  Parts of it overflow
where ``E/(E + 1) = sigmoid(a - b)``, ``1/(E + 1) = sigmoid(b - a)``,
``(E - 1)/(E + 1) = tanh((a - b)/2)`` and ``E/(E - 1) = -1/expm1(b - a)`` do not.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import number
from ..row import REAL, Form, Rule
from .factors import HIGHEST, factors_of, listed, product_of


def sigmoid_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("quotient of exponentials", ar.div, _of_exponentials, REAL),
    ]  # fmt: skip


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
            value = product_of(form, [top, *factors])
        else:
            rising = form.times(-1, form.apply(el.expm1, (opposite,)))
            falling = form.apply(el.expm1, (d,))
            divisors = [rising] * i + [falling] * (n - i) + [curve] * self.plus
            value = reduce(lambda x, y: form.apply(ar.div, (x, y)), divisors, top)
        return form.times(-1, value) if self.negative else value


def _of_exponentials(form: Form, node: Expr) -> Expr | None:
    """A quotient by sums or differences of exponentials, of which parts above may overflow."""
    below = factors_of(node.args[1])
    pairs = [pair for factor, _ in below.factors if (pair := _pair(factor))] if below else []
    above = factors_of(node.args[0]) if pairs else None
    if above is None or below is None:
        return None
    powers = _Powers(pairs[0].a, pairs[0].b)
    powers.negative = above.negative != below.negative
    top = [(f, n) for f, n in above.factors if not powers.takes(f, n)]
    if len(top) == len(above.factors):
        return None
    bottom = [(f, n) for f, n in below.factors if not powers.takes(f, -n)]
    value = powers.value(form, product_of(form, listed(top)))
    if value is None:
        return None
    return form.apply(ar.div, (value, product_of(form, listed(bottom)))) if bottom else value
