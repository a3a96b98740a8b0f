"""How a product with roots of numbers is written: ``x*sqrt(2)/2`` is ``x/sqrt(2)``.

In canonical form these are roots of primes and of pi, each alone.  Read, what is under the same
root stands under one: ``1/sqrt(2*pi)``, ``sqrt(3*x)``.  A root stands above the bar or below it,
whichever leaves the shorter number in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..expr import Expr, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..ops.elementary import pow
from . import exact
from .exact import Number, number
from .products import Known, mul, raised
from .terms import Product

NUMBERS = (Const, a.pi)
Roots = Product[Expr]  # exponents of numbers, those of integers between 0 and 1
NONE: Roots = Product()


def gathered(
    known: Known, coefficient: Number, factors: Sequence[Expr]
) -> tuple[Number, tuple[Expr, ...]]:
    """A coefficient and factors with the roots of numbers among them under as few as can be."""
    exponents = {f: number(f.args[1]) if f.op is pow else None for f in factors}
    broken = {f: e for f, e in exponents.items() if isinstance(e, Fraction)}
    roots = Product([(f.args[0], e) for f, e in broken.items() if _is_number(f.args[0])])
    others = [f for f in factors if f not in broken or f.args[0] not in roots]
    hosts = [i for i, f in enumerate(others) if f in broken and f.args[0].op is not Const]
    ways = []
    for i in hosts:
        base, exponent = others[i].args[0], broken[others[i]]
        both = exponent > 0 or (exponent > -1 and known.facts.nonnegative(base))
        rest, taken = _taken(coefficient, roots, exponent, both)
        if taken:
            ways.append((_length(rest), abs(exponent) > 1, i, rest, taken))
    if ways:
        _, _, i, coefficient, taken = min(ways, key=lambda way: way[:3])
        roots = roots.without(*taken)
        others[i] = _one_root(known, taken.multiplied(others[i].args[0], broken[others[i]]))
    coefficient, alone = _alone(coefficient, roots)
    sizes = dict.fromkeys([abs(e) for e in alone.values()])
    together = [Product([(b, e) for b, e in alone.items() if abs(e) == s]) for s in sizes]
    return coefficient, (*[_one_root(known, group) for group in together], *others)


def _is_number(base: Expr) -> bool:
    """Whether a root is one of pi or of a positive integer: floats and nan stay alone."""
    value = number(base)
    return base.op is a.pi or (isinstance(value, int) and value > 0)


def _taken(
    coefficient: Number, roots: Roots, exponent: Fraction, both: bool
) -> tuple[Number, Roots]:
    """The roots of numbers that go under another one, with the exponents that they have there, and
    the coefficient that is left.  They go to ``both`` sides of a bar there, or to one; all that
    fit there go, or none.
    """
    taken: list[tuple[Expr, Number]] = []
    rest = coefficient
    for base, e in roots.items():
        alone = min([_length(c)[0] for c, _ in _ways(rest, base, e)])
        ways = []
        for new in (exponent, -exponent) if both else (exponent,):
            changed = _times_power(rest, base, e - new)
            if changed is not None:
                ways.append((*_length(changed), new != exponent, changed, new))
        if ways:
            length, *_, rest, new = min(ways)
            taken.append((base, new))
            if length >= alone + (abs(new) < 1 or new == e):
                return coefficient, NONE
    return rest, Product(taken)


def _alone(coefficient: Number, roots: Roots) -> tuple[Number, Roots]:
    """The roots of numbers above the bar or below it, and the coefficient that is left."""
    below = any(e < 0 for e in roots.values())
    alone: list[tuple[Expr, Number]] = []
    for base, e in roots.items():
        ways = [(_length(c), new < 0, c, new) for c, new in _ways(coefficient, base, e)]
        best = min(ways) if below else min(ways, key=lambda way: (way[0][0], way[1]))
        _, _, coefficient, new = best
        alone.append((base, new))
    return coefficient, Product(alone)


def _ways(coefficient: Number, base: Expr, exponent: Number) -> list[tuple[Number, Number]]:
    """A number and the root of another one above the bar, and below it."""
    other = _times_power(coefficient, base, 1)
    ways: list[tuple[Number, Number]] = [(coefficient, exponent)]
    return ways if other is None else [*ways, (other, exponent - 1)]


def _times_power(coefficient: Number, base: Expr, exponent: Number) -> Number | None:
    """A number times a whole power of another one, None if there is no such number."""
    if exponent == 0:
        return coefficient
    value = number(base)
    power = None if value is None or exponent % 1 else exact.power(value, int(exponent))
    return None if power is None else exact.times(coefficient, power)


def _length(coefficient: Number) -> tuple[int, int]:
    """The digits of a number, none of 1 and of a minus, and how large the integers in it are."""
    if isinstance(coefficient, float):
        return len(repr(abs(coefficient))) * (abs(coefficient) != 1), 0
    sizes = [abs(part) for part in coefficient.as_integer_ratio() if abs(part) != 1]
    return sum([len(str(size)) for size in sizes]), sum(sizes)


def _one_root(known: Known, exponents: Roots) -> Expr:
    """The product of powers whose exponents are alike but for the sign."""
    e = next(iter(exponents.values()))
    size = -e if e < 0 else e
    if all(e < 0 for e in exponents.values()):
        return make(pow, (mul(known, list(exponents)), const(-size)))
    parts = [raised(known, base, 1 if e > 0 else -1) for base, e in exponents.items()]
    return make(pow, (mul(known, parts), const(size)))
