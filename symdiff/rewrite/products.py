"""Canonical products: powers of each base collected, numbers multiplied."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..expr import Expr
from ..leaves import Const
from ..ops import arithmetic as a
from ..ops.elementary import exp, pow
from . import exact
from .arrays import contractions
from .arrays.contractions import meets_identity
from .exact import Number, number
from .factor import MOST, factors_of
from .order import bare, has_bool, shape_of
from .terms import Builder

if TYPE_CHECKING:
    from .canonical import Canonical


def mul(form: Canonical, args: tuple[Expr, ...]) -> Expr:
    """The canonical product of canonical factors."""
    shape = shape_of(args)
    if form.contracts and any(map(meets_identity, args)):
        return contractions.product(form, args, shape)
    factors = _Factors(form)
    coefficient: Number = 1
    loose: list[Expr] = []  # numbers and multiples that cannot be multiplied without loss
    pending = list(reversed(args))
    while pending:
        factor = pending.pop()
        if factor.shape:
            factor = bare(factor)
        own, rest = form.split(factor)
        if rest.shape:
            rest = bare(rest)
        if own != 1:
            both = exact.times(coefficient, own)
            if both is None:  # opening it again for every user would take quadratic time
                coefficient, inner = exact.apart(coefficient, own)
                loose.append(form.term(inner, rest))
                continue
            coefficient = both
        if rest is form.one:
            continue
        if rest.op is a.mul and not has_bool(rest) and form.shared.isdisjoint((factor, rest)):
            if form.split(rest)[1] is rest:
                pending.extend(reversed(rest.args))
            else:
                pending.append(rest)  # a number times a multiple
            continue
        factors.multiply(rest)
    if coefficient == 0:
        return form.shaped(form.constant(0), shape)
    exponents = factors.exponents
    if len(exponents) > 1:
        coefficient = _cancel(form, coefficient, factors)
    return form.shaped(_product(form, coefficient, factors, loose), shape)


class _Factors:
    """The powers of a product while its factors are read, each base once.

    Exponents are numbers or, where they are not or cannot be added, nodes.
    """

    __slots__ = ("_symbolic", "exponents", "form")

    def __init__(self, form: Canonical) -> None:
        self.form = form
        self.exponents: Builder[Expr] = Builder()
        self._symbolic: dict[Expr, Expr] = {}

    def multiply(self, factor: Expr) -> None:
        """Add the exponent of one factor to that of its base."""
        form = self.form
        base, exponent = factor.args if factor.op is pow else (factor, form.one)
        if base.op is exp:
            own, base_rest = form.split(base.args[0])
            value = number(exponent)
            both = None if value is None else exact.times(own, value)
            if both is not None and base_rest is not form.one:
                base, exponent = form.node(exp, (base_rest,)), form.constant(both)
        value = number(exponent)
        if value is None or base in self._symbolic:
            self._add(base, exponent)
            return
        try:
            self.exponents.add(base, value)
        except OverflowError:
            self._add(base, exponent)

    def _add(self, base: Expr, exponent: Expr) -> None:
        before = self._symbolic.get(base)
        if before is None and base in self.exponents:
            before = self.form.constant(self.exponents.take(base))
        self._symbolic[base] = exponent if before is None else self.form.add((before, exponent))

    def nodes(self) -> list[Expr]:
        """The powers as nodes."""
        return [power for _, power in self.powers()]

    def powers(self) -> list[tuple[Expr, Expr]]:
        """Bases and what is written for their powers, which may be powers of other bases."""
        form = self.form
        pairs = [
            (b, b if e == 1 else form.power(b, form.constant(e))) for b, e in self.exponents.items()
        ]
        pairs += [(b, form.power(b, e)) for b, e in self._symbolic.items()]
        return pairs


def _cancel(form: Canonical, coefficient: Number, factors: _Factors) -> Number:
    """Open a shared product where that leaves no more factors: ``(u*v)/u``, ``(u*v)*v``."""
    exponents = factors.exponents
    closed = [b for b in exponents if b.op is a.mul and not has_bool(b)]
    while closed:
        at = next((i for i, b in enumerate(closed) if _opens(b, exponents)), None)
        if at is None:
            break
        product = closed.pop(at)
        sign = exponents.take(product)
        for factor in product.args:
            raised = factor if sign == 1 else form.power(factor, form.minus)
            own, raised = form.split(raised)
            coefficient *= own
            factors.multiply(raised)
            base = raised.args[0] if raised.op is pow else raised
            if base.op is a.mul and not has_bool(base):
                closed.append(base)
        if len(closed) > MOST:
            closed = closed[at:]  # look at each once, so that wide products stay linear
    return coefficient


def _opens(product: Expr, exponents: Builder[Expr]) -> bool:
    """Whether its factors meet others so that they cancel, or all but one of them merge."""
    sign = exponents[product]
    if sign not in (1, -1):
        return False
    inner = factors_of(product)
    met = sum(b in exponents for b in inner)
    if not met:
        return False
    cancels = any(exponents[b] * e * sign < 0 for b, e in inner.items())
    return cancels or met >= len(inner) - 1


def _product(form: Canonical, coefficient: Number, powers: _Factors, loose: list[Expr]) -> Expr:
    coefficient = _one_divisor(form, coefficient, powers)
    factors: list[Expr] = []
    again: list[Expr] = []
    for base, power in powers.powers():
        if power is base:
            plain = _is_whole(form, base)
        else:
            plain = power.op is exp or (power.op is pow and power.args[0] is base)
        (factors if plain else again).append(power)
    factors = _merge_exps(form, factors)
    if again:
        return form.mul([form.constant(coefficient), *factors, *again, *loose])
    factors += [n for n in loose if n.op is not Const]
    numbers = [n for n in loose if n.op is Const]
    if not factors:
        if not numbers:
            return form.constant(coefficient)
        factors.append(numbers.pop(0))
    factors.sort(key=form.ranks.of_factor)
    rest = factors[0] if len(factors) == 1 else form.node(a.mul, tuple(factors))
    for node in reversed(numbers):
        rest = form.node(a.mul, (node, rest))
    return form.scaled(coefficient, rest)


def _is_whole(form: Canonical, base: Expr) -> bool:
    """Whether a node is a factor as it stands: no number or multiple, no power or open product."""
    if base.op is pow or (base.op is a.mul and base not in form.shared and not has_bool(base)):
        return False
    return form.split(base)[1] is base


def _one_divisor(form: Canonical, coefficient: Number, factors: _Factors) -> Number:
    """Float divisors as one positive number, which takes in the denominator of a fraction."""
    divisors = [b for b, e in factors.exponents.items() if e == -1 and _is_divisor(b)]
    product: Number = 1
    for base in divisors:
        value = number(base)
        both = None if type(value) is not float else exact.times(product, value)
        if both is None:
            return coefficient
        product = both
    if not divisors:
        return coefficient
    if type(coefficient) is Fraction:
        both = exact.times(product, coefficient.denominator)
        if both is None:
            return coefficient
        product, coefficient = both, coefficient.numerator
    for base in divisors:
        factors.exponents.take(base)
    factors.multiply(form.node(pow, (form.constant(abs(product)), form.minus)))
    return coefficient if product > 0 else -coefficient


def _is_divisor(base: Expr) -> bool:
    return base.op is Const and type(base.params[0]) is float and bool(number(base))


def _merge_exps(form: Canonical, factors: list[Expr]) -> list[Expr]:
    """``exp(u)*exp(v)`` as ``exp(u + v)`` where no other user needs ``exp(u)`` anyway."""
    found = [f for f in factors if f.op is exp]
    if len(found) < 2 or any(f in form.shared for f in found):
        return factors
    rest = [f for f in factors if f.op is not exp]
    return [*rest, form.apply(exp, (form.add([f.args[0] for f in found]),))]
