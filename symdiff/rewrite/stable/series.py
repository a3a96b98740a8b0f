"""Truncated Laurent series in one variable around 0, at 50 digits.

A series is the power of its first term and its coefficients from there on.  What an operation
cannot expand (a branch point, an essential singularity, an unknown function) is None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import wraps
from typing import NamedTuple, TypeAlias

from ...expr import Expr, Op
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number

TERMS = 76  # of a variable; what cancels is lost from them
CONTEXT = Context(prec=50, Emin=-999_999, Emax=999_999)
NOTHING = Decimal("1e-40")  # a coefficient that is so much smaller than what it came from is 0

Terms: TypeAlias = list[Decimal]


class Series(NamedTuple):
    """``sum(terms[k] * x**(start + k))``; the first coefficient is not 0 unless there is none."""

    start: int
    terms: Terms

    @property
    def end(self) -> int:
        return self.start + len(self.terms)


def of_variable() -> Series:
    return Series(1, [Decimal(1)] + [Decimal(0)] * (TERMS - 1))


def of_constant(node: Expr) -> Series | None:
    """The series of a number, exact; None where it is none."""
    if node.op.constant is not None:
        return None if node.op is not ar.pi else _constant(PI)
    value = number(node)
    if value is None:
        return None
    with localcontext(CONTEXT):
        exact = Fraction(value)
        return _constant(Decimal(exact.numerator) / Decimal(exact.denominator))


def apply(op: Op, args: Sequence[Series], exponent: Expr | None = None) -> Series | None:
    """The series of an operation; ``exponent`` is that of a power."""
    function = _TABLE.get(op)
    with localcontext(CONTEXT):
        if op is el.pow:
            value = None if exponent is None else number(exponent)
            return None if value is None else _power(args[0], Fraction(value))
        return None if function is None else function(*args)


PI = Decimal("3.1415926535897932384626433832795028841971693993751058209749")


def _constant(value: Decimal) -> Series:
    return Series(0, [value] + [Decimal(0)] * (TERMS - 1))


def _trimmed(start: int, terms: Terms, sizes: Terms) -> Series | None:
    """Without leading terms that are 0 next to the sizes of what they are the sum of."""
    for k, (term, size) in enumerate(zip(terms, sizes, strict=True)):
        if abs(term) > size * NOTHING:
            return Series(start + k, terms[k:])
    return None


def _sum(*parts: Series) -> Series | None:
    start = min(p.start for p in parts)
    end = min(p.end for p in parts)
    terms, sizes = [Decimal(0)] * (end - start), [Decimal(0)] * (end - start)
    for p in parts:
        for k, c in enumerate(p.terms[: end - p.start], p.start - start):
            terms[k] += c
            sizes[k] += abs(c)
    for k, size in enumerate(sizes):
        if abs(terms[k]) <= size * NOTHING:
            terms[k] = Decimal(0)
    return _trimmed(start, terms, sizes)


def _negative(a: Series) -> Series:
    return Series(a.start, [-c for c in a.terms])


def _difference(a: Series, b: Series) -> Series | None:
    return _sum(a, _negative(b))


def _times(a: Terms, b: Terms) -> Terms:
    n = min(len(a), len(b))
    found = [Decimal(0)] * n
    for i, x in enumerate(a[:n]):
        if x:
            for j, y in enumerate(b[: n - i], i):
                if y:
                    found[j] += x * y
    return found


def _product(*parts: Series) -> Series:
    start, terms = parts[0]
    for p in parts[1:]:
        start, terms = start + p.start, _times(terms, p.terms)
    return Series(start, terms)


def _quotient(a: Series, b: Series) -> Series | None:
    inverse = _power(b, Fraction(-1))
    return None if inverse is None else _product(a, inverse)


def _power(a: Series, exponent: Fraction) -> Series | None:
    """By the recurrence of ``f' * a = p * a' * f``."""
    lead, start = a.terms[0], a.start * exponent
    if start.denominator != 1 or (lead < 0 and exponent.denominator != 1):
        return None
    p = Decimal(exponent.numerator) / Decimal(exponent.denominator)
    first = lead**exponent.numerator if exponent.denominator == 1 else lead**p
    tail = [c / lead for c in a.terms]
    used = [j for j, c in enumerate(tail) if c and j]
    found = [first]
    for k in range(1, len(tail)):
        total = sum(
            ((p * j - (k - j)) * tail[j] * found[k - j] for j in used if j <= k), Decimal(0)
        )
        found.append(total / k)
    return Series(int(start), found)


def _from_zero(function: Callable[[Terms], Terms], a: Series) -> Series | None:
    """A function of the coefficients from ``x**0`` on."""
    if a.start < 0:
        return None
    found = function(([Decimal(0)] * a.start + a.terms)[:TERMS])
    return _trimmed(0, found, [abs(c) for c in found])


def _needs_zero(function: Callable[[Series], Series | None]) -> Callable[[Series], Series | None]:
    @wraps(function)
    def checked(a: Series) -> Series | None:
        return function(a) if a.start > 0 else None

    return checked


def _exp_terms(t: Terms) -> Terms:
    found = [t[0].exp()]
    used = [j for j, c in enumerate(t) if c and j]
    for k in range(1, len(t)):
        found.append(sum((j * t[j] * found[k - j] for j in used if j <= k), Decimal(0)) / k)
    return found


def _exp(a: Series) -> Series | None:
    return _from_zero(_exp_terms, a)


def _slope(a: Series) -> Series:
    terms = [c * k for k, c in enumerate(a.terms, a.start)]
    return Series(a.start - 1, terms)


def _integral(a: Series | None) -> Series | None:
    if a is None or a.start < 0:
        return None
    return Series(a.start + 1, [c / k for k, c in enumerate(a.terms, a.start + 1)])


def _log(a: Series) -> Series | None:
    if a.start or a.terms[0] <= 0:
        return None
    first = a.terms[0].ln() if a.terms[0] != 1 else Decimal(0)
    rate = _trimmed(-1, *([_slope(a).terms] * 2)) if any(a.terms[1:]) else None
    if rate is None:
        return _constant(first) if first else None
    rest = _integral(_quotient(rate, a))
    if rest is None:
        return None
    return rest if not first else _sum(_constant(first), rest)


def _by_slope(slope: Callable[[Series], Series | None]) -> Callable[[Series], Series | None]:
    """A function that is 0 at 0, from its derivative at ``a**2``."""

    @_needs_zero
    def function(a: Series) -> Series | None:
        inner = slope(_product(a, a))
        return None if inner is None else _integral(_product(_slope(a), inner))

    return function


def _plus(value: int, a: Series | None) -> Series | None:
    return None if a is None else _sum(_constant(Decimal(value)), a)


def _waves(t: Terms, sign: int) -> tuple[Terms, Terms]:
    """sine and cosine, or with ``sign`` 1 the hyperbolic ones."""
    s, c = [Decimal(0)], [Decimal(1)]
    used = [j for j, v in enumerate(t) if v and j]
    for k in range(1, len(t)):
        s.append(sum((j * t[j] * c[k - j] for j in used if j <= k), Decimal(0)) / k)
        c.append(sign * sum((j * t[j] * s[k - j] for j in used if j <= k), Decimal(0)) / k)
    return s, c


def _wave(which: int, sign: int) -> Callable[[Series], Series | None]:
    return _needs_zero(lambda a: _from_zero(lambda t: _waves(t, sign)[which], a))


Function: TypeAlias = Callable[[Series], Series | None]


def _ratio(top: Function, bottom: Function) -> Function:
    def function(a: Series) -> Series | None:
        above, below = top(a), bottom(a)
        return None if above is None or below is None else _quotient(above, below)

    return function


def _sigmoid(a: Series) -> Series | None:
    grown = _plus(1, _exp(_negative(a)))
    return None if grown is None else _power(grown, Fraction(-1))


def _softplus(a: Series) -> Series | None:
    grown = _plus(1, _exp(a))
    return None if grown is None else _log(grown)


def _log1p(a: Series) -> Series | None:
    grown = _plus(1, a)
    return None if grown is None else _log(grown)


_HALF = Fraction(1, 2)
_sin, _cos, _sinh, _cosh = _wave(0, -1), _wave(1, -1), _wave(0, 1), _wave(1, 1)
_erf = _by_slope(lambda q: _scaled(2 / PI.sqrt(CONTEXT), _exp(_negative(q))))


def _scaled(factor: Decimal, a: Series | None) -> Series | None:
    return None if a is None else Series(a.start, [factor * c for c in a.terms])


def _inverse_of(sign: int, power: Fraction) -> Callable[[Series], Series | None]:
    """The function whose derivative is ``(1 + sign*x**2)**power``."""

    def slope(q: Series) -> Series | None:
        grown = _plus(1, q if sign > 0 else _negative(q))
        return None if grown is None else _power(grown, power)

    return _by_slope(slope)


_TABLE: dict[Op, Callable[..., Series | None]] = {
    ar.add: _sum, ar.sub: _difference, ar.neg: _negative, ar.mul: _product, ar.div: _quotient,
    ar.square: lambda a: _product(a, a), ar.reciprocal: lambda a: _power(a, Fraction(-1)),
    el.sqrt: lambda a: _power(a, _HALF), el.exp: _exp, el.expm1: lambda a: _plus(-1, _exp(a)),
    el.log: _log, el.log1p: _log1p, el.sin: _sin, el.cos: _cos, el.tan: _ratio(_sin, _cos),
    el.sinh: _sinh, el.cosh: _cosh, el.tanh: _ratio(_sinh, _cosh),
    el.sech: _ratio(lambda a: _constant(Decimal(1)), _cosh),
    el.asin: _inverse_of(-1, -_HALF), el.asinh: _inverse_of(1, -_HALF),
    el.atan: _inverse_of(1, Fraction(-1)), el.atanh: _inverse_of(-1, Fraction(-1)),
    el.sigmoid: _sigmoid, el.softplus: _softplus, sp.erf: _erf,
    sp.erfc: lambda a: _plus(1, None if (e := _erf(a)) is None else _negative(e)),
}  # fmt: skip
EXPANDABLE = frozenset(_TABLE) | {el.pow}
