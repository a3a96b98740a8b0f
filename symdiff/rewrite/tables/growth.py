"""What grows without bound, and the bounded quotients by it of what grows alike.

``exp(a)/(exp(a) + exp(b))`` is ``sigmoid(a - b)``, ``sinh(a)/cosh(a)`` is ``tanh(a)``, and
``x/hypot(x, y)`` is 1 at most, where numerator and divisor overflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import Number, number
from ..row import Form
from .reading import MINUS, ONE, SUMS, ZERO, Power, Powers, Term, powers_of, sum_of, terms_of

MOST_EXPONENTIALS = 8  # of a sum
MOST_SIDES = 4  # of a length that is written by hypot
TWO = const(2)
GROWING = SUMS | {el.cosh, el.sinh, el.expm1}

Quotients = dict[Expr, tuple[int, list[Power]]]


class Growth(NamedTuple):
    """Factors that grow, with a degree and the powers that the quotient by as many powers of the
    divisor is; the units that the inverse of a power is made of, with their degrees.
    """

    quotients: Quotients
    units: list[tuple[int, list[Power]]]
    is_bounded: bool = False  # whether the inverse is

    def is_power(self, powers: Powers) -> bool:
        """Whether a product is divided by it: of lengths by nothing but a third power."""
        below = [base for base, e in powers.items() if e < 0]
        degree = -sum([n * powers[base] for base, (n, rest) in self.quotients.items() if not rest])
        return len(self.units) == 1 or (degree == 3 and self.quotients.keys() >= {*below})

    def inverse(self, degree: int) -> list[Power]:
        """One over the power of a degree."""
        powers: list[Power] = []
        for size, unit in self.units:
            count, degree = divmod(degree, size)
            powers += [(base, count * exponent) for base, exponent in unit if count]
        return powers


def terms_in(node: Expr) -> list[Term]:
    """The terms of a sum, which ``expm1(a)`` is too."""
    if node.op is el.expm1:
        return [(1, make(el.exp, node.args)), (-1, ONE)]
    return terms_of(node) if node.op in SUMS else []


def growth_of(form: Form, divisor: Expr) -> Growth | None:
    """The growth of a divisor."""
    if divisor.op is el.cosh or divisor.op is el.sinh:
        return hyperbolic(form, divisor)
    sides = sides_of(divisor)
    return _of_exponentials(form, divisor) if sides is None else _of_length(divisor, sides)


def hyperbolic(form: Form, divisor: Expr) -> Growth:
    """That of ``cosh(u)`` or ``sinh(u)``."""
    (u,) = divisor.args
    cosh, sinh, tanh = make(el.cosh, (u,)), make(el.sinh, (u,)), make(el.tanh, (u,))
    if divisor is sinh:
        return Growth({sinh: (1, []), cosh: (1, [(tanh, -1)])}, [(1, [(sinh, -1)])])
    quotients: Quotients = {cosh: (1, []), sinh: (1, [(tanh, 1)])}
    for v in (u, form.times(-1, u)):
        share = make(el.sigmoid, (make(ar.mul, (TWO, v)),))
        quotients[make(el.exp, (v,))] = 1, [(TWO, 1), (share, 1)]
    return Growth(quotients, [(1, [(make(el.sech, (u,)), 1)])], is_bounded=True)


def _of_length(square: Expr, sides: Sequence[Expr]) -> Growth:
    h = hypot(sides)
    quotients: Quotients = {square: (2, []), h: (1, [])}
    quotients |= {x: (1, [(make(ar.div, (x, h)), 1)]) for x in sides if x is not ONE}
    return Growth(quotients, [(2, [(square, -1)]), (1, [(h, -1)])])


def hypot(sides: Sequence[Expr]) -> Expr:
    return reduce(lambda x, y: make(el.hypot, (x, y)), sides)


def sides_of(total: Expr) -> list[Expr] | None:
    """What is squared in each term of a sum of squares, last 1 for the number 1."""
    terms = terms_of(total) if total.op is ar.add else []
    if not 1 < len(terms) <= MOST_SIDES or any(sign < 0 for sign, _ in terms):
        return None
    roots = [ONE if number(t) == 1 else root_of(t) for _, t in terms]
    sides = [side for side in roots if side is not None]
    return sorted(sides, key=lambda s: s.op is Const) if len(sides) == len(roots) else None


def root_of(square: Expr) -> Expr | None:
    """``x`` for ``x**2``, however that is written."""
    op, args = square.op, square.args
    double = op is ar.mul and len(args) == 2 and args[0] is args[1]
    raised = op is el.pow and number(args[1]) == 2
    return args[0] if double or raised or op is ar.square else None


class Exponential(NamedTuple):
    """A term that is known to be positive: ``weight*exp(exponent)``, 1 being ``exp(0)``."""

    weight: Powers
    exponent: Expr

    @property
    def log(self) -> Expr:
        logs = [
            (-1 if e < 0 else 1, _multiple(e, make(el.log, (w,)))) for w, e in self.weight.items()
        ]
        own = [] if self.exponent is ZERO and logs else [(1, self.exponent)]
        return sum_of([*own, *logs])


def exponentials_of(form: Form, terms: Sequence[Expr]) -> list[Exponential]:
    """Terms as positive multiples of exponentials, if all are and not all are numbers."""
    if not 1 < len(terms) <= MOST_EXPONENTIALS:
        return []
    read = [_exponential(form, term) for term in terms]
    known = [e for e in read if e is not None]
    return known if len(known) == len(read) and any(e.exponent is not ZERO for e in known) else []


def _exponential(form: Form, term: Expr) -> Exponential | None:
    powers = powers_of(term)
    inner = [(f, e) for f, e in powers.items() if f.op is el.exp]
    if (not inner and number(term) is None) or not all(map(form.facts.positive, powers)):
        return None
    exponents = [(-1 if e < 0 else 1, _multiple(e, *f.args)) for f, e in inner]
    return Exponential(powers.without(*[f for f, _ in inner]), sum_of(exponents))


def _multiple(count: Number, x: Expr) -> Expr:
    return x if abs(count) == 1 else make(ar.mul, (const(abs(count)), x))


def log_of_sum(logs: Sequence[Expr]) -> Expr:
    """The logarithm of the sum of what has these logarithms."""
    return reduce(lambda x, y: make(el.logaddexp, (x, y)), logs)


def _of_exponentials(form: Form, total: Expr) -> Growth | None:
    """That of a sum of positive multiples of exponentials, or of a difference of two of them."""
    terms = terms_in(total)
    signs = [sign for sign, _ in terms]
    found = exponentials_of(form, [term for _, term in terms])
    if not found or (-1 in signs and (len(found) > 2 or signs[0] == signs[1])):
        return None
    shares = _shares_of_two(form, found, signs) if len(found) == 2 else _shares(form, found)
    quotients: Quotients = {total: (1, [])}
    unit: list[Power] = [(total, -1)]
    for e, share in zip(found, shares, strict=True):
        share += [(factor, -n) for factor, n in e.weight.items()]
        if e.exponent is not ZERO:
            quotients[make(el.exp, (e.exponent,))] = 1, share
        elif len(found) == 2:
            unit = share
    return Growth(quotients, [(1, unit)])


def _shares(form: Form, found: Sequence[Exponential]) -> list[list[Power]]:
    """``w*exp(a)/sum`` is ``exp(log(w*exp(a)) - log(sum))``."""
    level = log_of_sum([e.log for e in found])
    return [[(make(el.exp, (_minus(form, e.log, level),)), 1)] for e in found]


def _shares_of_two(
    form: Form, found: Sequence[Exponential], signs: Sequence[int]
) -> list[list[Power]]:
    """``sigmoid(a - b)`` in ``exp(a) + exp(b)``, and ``-1/expm1(b - a)`` in a difference."""
    d = _minus(form, *[e.log for e in found])
    pair = d, form.times(-1, d)
    if -1 not in signs:
        return [[(make(el.sigmoid, (v,)), 1)] for v in pair]
    rest = [(make(el.expm1, (v,)), -1) for v in reversed(pair)]
    return [[power, (MINUS, int(sign > 0))] for power, sign in zip(rest, signs, strict=True)]


def _minus(form: Form, x: Expr, y: Expr) -> Expr:
    if y is ZERO:
        return x
    return form.times(-1, y) if x is ZERO else make(ar.sub, (x, y))
