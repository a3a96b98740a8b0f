"""Sums grouped by the powers of variables or other nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops.elementary import exp, pow
from ...walk import postorder
from ..canonical import Canonical
from ..exact import Number, number, shorten
from ..order import LATE, SUM
from ..terms import Builder, Sum
from .expansion import Expansion

Key = tuple[Number, ...]  # exponents of the targets


class Target(NamedTuple):
    """What powers are collected of: ``base**unit``, or for ``exp(c*u)`` the base ``exp(u)``."""

    base: Expr
    unit: Number

    @classmethod
    def of(cls, form: Canonical, node: Expr) -> Target:
        base, exponent = _powers(form, node)
        return cls(base, exponent)

    def exponent(self, base: Expr, power: Number) -> Number:
        """The power of the target in a factor ``base**power``, 0 if there is none."""
        if base is not self.base:
            return 0
        if type(power) is float or type(self.unit) is float:
            return power / self.unit if self.unit == 1 else int(power == self.unit)
        times = shorten(Fraction(power) / self.unit)
        return times if self.unit == 1 or type(times) is int else 0

    def raised(self, form: Canonical, exponent: Number) -> Expr:
        """The target to a power, as canonical node."""
        power = exponent if self.unit == 1 else shorten(exponent * self.unit)
        return form.power(self.base, form.constant(power))


def _powers(form: Canonical, factor: Expr) -> tuple[Expr, Number]:
    """Base and exponent of a factor, ``exp(2*u)`` being the square of ``exp(u)``."""
    if factor.op is pow:
        value = number(factor.args[1])
        if value is not None:
            return factor.args[0], value
    elif factor.op is exp:
        own, rest = form.split(factor.args[0])
        if own != 1 and rest is not form.one:
            return form.node(exp, (rest,)), own
    return factor, 1


class Collection(Expansion):
    """Multiplies out the sums with a target in them and groups their terms."""

    def __init__(self, form: Canonical, limit: int, targets: Sequence[Target]) -> None:
        super().__init__(form, limit)
        self.targets = targets
        self.bases = {t.base for t in targets}
        self.touched: set[Expr] = set()  # nodes with a target in them

    def run(self, outputs: Iterable[Expr]) -> list[Expr]:
        ends = list(outputs)
        for node in postorder(ends):
            if not self.touched.isdisjoint(node.args) or _powers(self.form, node)[0] in self.bases:
                self.touched.add(node)
        return super().run(ends)

    def is_fixed(self, node: Expr) -> bool:
        return node not in self.touched or node in self.bases

    def piled(self, terms: Builder[Expr], value: float) -> bool:
        """Floats that stand alone become a sum that is not added up."""
        floats = (terms.take(self.alone), value)
        pile = self.form.node(a.add, tuple([self.form.constant(f) for f in floats]))
        self.form.shared.add(pile)
        return self._put(terms, pile, 1)

    def written(self, terms: Sum[Expr]) -> Expr:
        parts = [self.term(key, coefficient) for key, coefficient in self.groups(terms)]
        return self.joined(parts)

    def groups(self, terms: Sum[Expr]) -> list[tuple[Key, Expr]]:
        """The coefficient of each product of powers, falling."""
        form = self.form
        found: dict[Key, list[Expr]] = {}
        for rest, c in terms.items():
            if rest is self.alone or rest is form.one:
                found.setdefault((0,) * len(self.targets), []).append(form.constant(c))
                continue
            factors = rest.args if rest.op is a.mul and rest not in self.bases else (rest,)
            split = [self._exponents(factor) for factor in factors]
            key = tuple([shorten(sum(column)) for column in zip(*split, strict=True)])
            others = [f for f, own in zip(factors, split, strict=True) if not any(own)]
            left = form.one if not others else others[0] if len(others) == 1 else None
            left = form.node(a.mul, tuple(others)) if left is None else left
            found.setdefault(key, []).append(form.term(c, left))
        keys = sorted(found, key=lambda key: (-sum(key), [-e for e in key]))
        groups = [(key, form.add(found[key])) for key in keys]
        return [(key, c) for key, c in groups if number(c) != 0]

    def _exponents(self, factor: Expr) -> Key:
        base, power = _powers(self.form, factor)
        if base not in self.bases:
            return (0,) * len(self.targets)
        return tuple([t.exponent(base, power) for t in self.targets])

    def term(self, key: Key, coefficient: Expr) -> Expr:
        """A coefficient times powers of the targets; a sum stands in front of them."""
        form = self.form
        powers = [t.raised(form, e) for t, e in zip(self.targets, key, strict=True) if e]
        if not powers:
            return coefficient
        own, rest = form.split(coefficient)
        factors = rest.args if rest.op is a.mul else (rest,)
        if not any(form.ranks.group(f) in (SUM, LATE) for f in factors):
            return form.mul([coefficient, *powers])
        return form.term(own, form.node(a.mul, (*factors, *powers)))

    def joined(self, parts: Sequence[Expr]) -> Expr:
        """The sum of terms in the order given, without brackets around sums."""
        form, terms = self.form, []
        for part in parts:
            own, rest = form.split(part)
            if rest.op is not a.add or own not in (1, -1) or rest in form.shared:
                terms.append(part)
                continue
            for inner in rest.args:
                c, r = form.split(inner)
                terms.append(inner if own == 1 else form.term(-c, r))
        terms = [t for t in terms if number(t) != 0] or terms[:1]
        if not terms:
            return form.constant(0)
        return terms[0] if len(terms) == 1 else form.node(a.add, tuple(terms))
