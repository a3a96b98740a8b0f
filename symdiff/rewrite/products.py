"""Canonical products and powers: exponents collected by base, numbers multiplied, where sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from ..expr import Expr, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from ..ops.arrays import broadcast_to
from ..ops.elementary import exp, pow
from . import exact, sums
from .exact import Number, number
from .facts.facts import Facts
from .nodes import MINUS, ONE, factors_of, shaped, split, term, times
from .order import Ranks, bare, has_bool, shape_of
from .terms import Builder

MOST = 4  # factors of a shared product that is opened


class Known(NamedTuple):
    """What is known of the nodes of a graph: those that must not be flattened into a user, where
    they stand among others, facts of their values, and which matrices equal their transposes.
    """

    shared: set[Expr]
    ranks: Ranks
    facts: Facts
    symmetric: dict[Expr, bool]

    def add(self, args: Iterable[Expr]) -> Expr:
        """The canonical sum of canonical terms."""
        return sums.add([(1, x) for x in args], self.shared, self.ranks)

    def is_open(self, product: Expr) -> bool:
        """Whether a product may be taken apart."""
        return product.op is a.mul and product not in self.shared and not has_bool(product)


def mul(known: Known, args: Sequence[Expr]) -> Expr:
    """The canonical product of canonical factors."""
    shape = shape_of(args)
    powers = _Powers(known)
    coefficient: Number = 1
    loose: list[Expr] = []  # numbers and multiples that cannot be multiplied without loss
    pending = list(reversed(args))
    while pending:
        factor = pending.pop()
        factor = bare(factor) if factor.shape else factor
        inner, rest = split(factor)
        rest = bare(rest) if rest.shape else rest
        both = exact.times(coefficient, inner)
        if both is None:  # opening it again for every user would take quadratic time
            coefficient, inner = exact.apart(coefficient, inner)
            loose.append(term(inner, rest))
            continue
        coefficient = both
        if known.is_open(rest) and factor not in known.shared:
            is_product = split(rest)[1] is rest  # else it is a number times a multiple
            pending += reversed(rest.args) if is_product else [rest]
        elif rest is not ONE:
            powers.multiply(rest)
    if coefficient == 0:
        return shaped(const(0), shape)
    for product in [b for b in powers.exponents if b.op is a.mul and len(b.args) <= MOST]:
        if _opens(product, powers.exponents):
            sign = powers.exponents.take(product)
            for factor in product.args:
                powers.multiply(raised(known, factor, sign))
    return shaped(_product(known, coefficient, powers, loose), shape)


def _opens(product: Expr, exponents: Builder[Expr]) -> bool:
    """Whether the factors of a shared product meet others so that they cancel, or all but one of
    them merge: ``(u*v)/u``, ``(u*v)*v``.
    """
    sign = exponents[product]
    inner = factors_of(product)
    met = [b for b in inner if b in exponents]
    if not met or sign not in (1, -1) or has_bool(product):
        return False
    return len(met) >= len(inner) - 1 or any(exponents[b] * inner[b] * sign < 0 for b in met)


class _Powers:
    """The powers of a product while its factors are read, each base once.

    Exponents are numbers or, where they are not or cannot be added, nodes.
    """

    def __init__(self, known: Known) -> None:
        self.known = known
        self.exponents: Builder[Expr] = Builder()
        self.symbolic: dict[Expr, Expr] = {}

    def multiply(self, factor: Expr) -> None:
        """Add the exponent of one factor to that of its base."""
        base, exponent = factor.args if factor.op is pow else (factor, ONE)
        value = number(exponent)
        if base.op is exp and value is not None:
            weight, inner = split(base.args[0])
            both = exact.times(weight, value)
            if both is not None and inner is not ONE:
                base, value = make(exp, (inner,)), both
                exponent = const(both)
        if value is not None and base not in self.symbolic:
            try:
                self.exponents.add(base, value)
                return
            except OverflowError:
                pass
        before = self.symbolic.get(base)
        if before is None and base in self.exponents:
            before = const(self.exponents.take(base))
        self.symbolic[base] = exponent if before is None else self.known.add((before, exponent))

    def written(self) -> list[tuple[Expr, Expr]]:
        """Bases and what is written for their powers, which may be powers of other bases."""
        known = self.known
        whole = [(b, b if e == 1 else raised(known, b, e)) for b, e in self.exponents.items()]
        return whole + [(b, power(known, b, e)) for b, e in self.symbolic.items()]


def _product(known: Known, coefficient: Number, powers: _Powers, loose: list[Expr]) -> Expr:
    """The product of a number, powers, and what stands beside them as it is."""
    factors: list[Expr] = []
    changed: list[Expr] = []
    for base, node in powers.written():
        if node is base:
            kept = base.op is not pow and not known.is_open(base) and split(base)[1] is base
        else:
            kept = node.op is exp or (node.op is pow and node.args[0] is base)
        (factors if kept else changed).append(node)
    factors = _with_one_exp(known, factors)
    if changed:
        return mul(known, [const(coefficient), *factors, *changed, *loose])
    factors += [n for n in loose if n.op is not Const]
    numbers = [n for n in loose if n.op is Const]
    if not factors:
        if not numbers:
            return const(coefficient)
        factors.append(numbers.pop(0))
    factors.sort(key=known.ranks.of_factor)
    rest = factors[0] if len(factors) == 1 else make(a.mul, tuple(factors))
    for node in reversed(numbers):
        rest = make(a.mul, (node, rest))
    return term(coefficient, rest)


def _with_one_exp(known: Known, factors: list[Expr]) -> list[Expr]:
    """``exp(u)*exp(v)`` as ``exp(u + v)`` where no other user needs ``exp(u)`` anyway."""
    exps = [f for f in factors if f.op is exp]
    if len(exps) < 2 or not known.shared.isdisjoint(exps):
        return factors
    others = [f for f in factors if f.op is not exp]
    return [*others, make(exp, (known.add([f.args[0] for f in exps]),))]


# -- powers --------------------------------------------------------------------------------------


def power(known: Known, base: Expr, exponent: Expr) -> Expr:
    """The canonical form of ``base**exponent``."""
    value = number(exponent)
    if value is not None:
        return raised(known, base, value)
    shape = shape_of((base, exponent))
    if base is ONE:
        return shaped(base, shape)
    if base.op is a.e:
        return make(exp, (exponent,))
    if base.op is exp:
        return make(exp, (mul(known, (base.args[0], exponent)),))
    if base.op is pow and known.facts.positive(base.args[0]):
        return power(known, base.args[0], mul(known, (base.args[1], exponent)))
    return make(pow, (base, exponent))


def raised(known: Known, base: Expr, exponent: Number) -> Expr:
    """The canonical form of a power whose exponent is a number."""
    exponent = exact.tidy_exponent(exponent)
    if exponent == 0:
        return shaped(ONE, base.shape)
    if exponent == 1:
        return base
    coefficient, rest = split(base)
    if rest is not ONE and coefficient == 1:
        return _plain_power(known, base, exponent)
    if coefficient == 0 and exponent < 0:
        return make(pow, (base, MINUS))
    if isinstance(exponent, Fraction) and coefficient:
        return _root(known, base, exponent)
    outside = exact.power(coefficient, exponent)
    if outside is None and type(exponent) is int and exponent < 0:
        under = exact.power(coefficient, -exponent)  # 1/2.25 is not rounded
        if under is not None:
            inverse = times(1 if under > 0 else -1, make(pow, (const(abs(under)), MINUS)))
            return inverse if rest is ONE else mul(known, (inverse, raised(known, rest, exponent)))
    if outside is None or (type(exponent) is not int and coefficient < 0):
        return make(pow, (base, const(exponent)))
    return const(outside) if rest is ONE else times(outside, raised(known, rest, exponent))


def _root(known: Known, base: Expr, exponent: Fraction) -> Expr:
    """``(12*x)**(1/2)`` as ``2*3**(1/2)*x**(1/2)``: the roots of numbers are those of primes, so
    that they cancel.
    """
    coefficient, rest = split(base)
    if coefficient < 0 and rest is not ONE and coefficient != -1:
        coefficient, rest = -coefficient, times(-1, rest)
    parts = exact.root(coefficient, exponent)
    if parts is None:
        return make(pow, (base, const(exponent)))
    outside, inside = parts
    roots = [make(pow, (const(prime), const(e))) for prime, e in inside]
    if rest is not ONE:
        return mul(known, [const(outside), *roots, raised(known, rest, exponent)])
    return roots[0] if outside == len(roots) == 1 else mul(known, [const(outside), *roots])


def _plain_power(known: Known, base: Expr, exponent: Number) -> Expr:
    """``base**exponent`` for a base without coefficient."""
    whole = type(exponent) is int
    op = base.op
    if known.is_open(base) and whole:
        return mul(known, [raised(known, f, exponent) for f in base.args])
    if op is pow:
        inner = number(base.args[1])
        if whole or _merges(known.facts, base.args[0], inner):
            return power(known, base.args[0], mul(known, (base.args[1], const(exponent))))
        both = exact.times(inner, exponent) if isinstance(inner, int) and inner % 2 == 0 else None
        if both is not None:
            return raised(known, make(a.abs, base.args[:1]), both)
    elif known.is_open(base) and (positive := [*filter(known.facts.positive, base.args)]):
        others = [f for f in base.args if f not in positive]
        parts = [*positive, mul(known, others)] if others else positive
        return mul(known, [raised(known, part, exponent) for part in parts])
    elif op is exp and (base not in known.shared or exponent < 0):
        return make(exp, (times(exponent, base.args[0]),))
    elif op is a.abs and whole and exponent % 2 == 0:
        return raised(known, base.args[0], exponent)
    elif op is broadcast_to and base.params[0] == base.args[0].ndim:
        return shaped(raised(known, base.args[0], exponent), base.shape)
    return make(pow, (base, const(exponent)))


def _merges(facts: Facts, base: Expr, inner: Number | None) -> bool:
    """Whether ``(base**inner)**value`` is one power wherever it is defined, for any value.

    A broken power has a value for a base that is not negative alone.
    """
    if inner is None:
        return facts.positive(base)
    return inner % 1 != 0 or facts.nonnegative(base)
