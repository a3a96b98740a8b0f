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
from ..ops.elementary import pow
from . import exact
from .exact import Number, number
from .products import Known, mul, raised
from .terms import Product

Roots = Product[Expr]
NONE: Roots = Product()


def gathered(
    known: Known, coefficient: Number, factors: Sequence[Expr]
) -> tuple[Number, tuple[Expr, ...]]:
    """A coefficient and factors with the roots among them under as few as can be."""
    bases: dict[Expr, Expr] = {}
    exponents: list[tuple[Expr, Number]] = []
    for factor in factors:
        exponent = number(factor.args[1]) if factor.op is pow else None
        if isinstance(exponent, Fraction):
            bases[factor] = factor.args[0]
            exponents.append((factor.args[0], exponent))
    roots = Product(exponents)
    numbers = roots.kept(_is_integer)
    hosts = _hosts(known, roots.kept(lambda base: base.op is not Const))
    ways: list[tuple[bool, tuple[int, int], int, Expr, Number, Roots]] = []
    for first, host in hosts.items():
        highest = max(host.values())
        both = highest > 0 or (highest > -1 and known.facts.positive(first))
        rest, taken = _taken(coefficient, numbers, highest, both)
        if taken:
            ways.append((not -1 < highest < 1, _length(rest), len(ways), first, rest, taken))
    if ways:
        *_, first, coefficient, taken = min(ways, key=lambda way: way[:3])
        numbers = numbers.without(*taken)
        hosts[first] = hosts[first].times(taken)
    coefficient, alone = _alone(coefficient, numbers)
    written = [_one_root(known, group) for group in alone]
    for factor in factors:
        base = bases.get(factor)
        if base is not None and base in hosts:
            written.append(_one_root(known, hosts[base]))
        elif base is None or (base.op is Const and not _is_integer(base)):
            written.append(factor)
    return coefficient, tuple(written)


def _hosts(known: Known, roots: Roots) -> dict[Expr, Roots]:
    """Roots that stand under one, by the first base: those of positive bases with one exponent or
    its opposite, and what goes under the root of a base of unknown sign.
    """
    is_positive = {base: known.facts.positive(base) for base in roots}
    hosts = {b: Product([(b, e)]) for b, e in roots.items() if not is_positive[b]}
    for base in [b for b in roots if is_positive[b]]:
        e = roots[base]
        for first, host in hosts.items():
            size = roots[first]
            if e == size or (e == -size and (size > 0 or is_positive[first])):
                hosts[first] = host.multiplied(base, e)
                break
        else:
            hosts[base] = Product([(base, e)])
    return hosts


def _is_integer(base: Expr) -> bool:
    """Whether a root is one of a positive integer: those of floats and nan stay alone."""
    value = number(base)
    return isinstance(value, int) and value > 0


def _taken(coefficient: Number, roots: Roots, exponent: Number, both: bool) -> tuple[Number, Roots]:
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
            if length >= alone + (-1 < new < 1):
                return coefficient, NONE
    return rest, Product(taken)


def _alone(coefficient: Number, numbers: Roots) -> tuple[Number, list[Roots]]:
    """The roots of numbers above the bar or below it, those with one exponent or its opposite
    together, and the coefficient that is left.
    """
    groups: dict[Number, Roots] = {}
    for base, e in numbers.items():
        ways = [(_length(c)[0], new < 0, c, new) for c, new in _ways(coefficient, base, e)]
        _, _, coefficient, new = min(ways)
        size = -new if new < 0 else new
        groups[size] = groups.get(size, NONE).multiplied(base, new)
    return coefficient, [*groups.values()]


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
