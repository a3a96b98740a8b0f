"""Quotients of sums of exponentials, hyperbolic functions and sigmoids, read as such.

What is rational in one ``exp(u)`` is a sum of terms over powers of sums of exponentials; ``decay``
writes it in ``q = exp(-abs(u))``: ``exp(x)*(exp(x) - 1)/(exp(x) + 1)**3`` is
``q*(1 - q)/(1 + q)**3`` with the sign of x.  Terms that cancel as polynomials cancel here, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import NamedTuple, TypeAlias

from ...expr import Expr, Op
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import number
from .removable import bases_of

MOST = 24  # terms of a numerator
WIDEST = 6  # terms of a sum
BUDGET = 250  # nodes that are read, some 0.2 ms each, in one graph
HIGHEST = 6  # power that is multiplied out

Combination: TypeAlias = tuple[tuple[int, Fraction], ...]  # of nodes by number
Term: TypeAlias = tuple[Combination, Combination]  # what stands under exp, and powers beside it
Sum: TypeAlias = dict[Term, Fraction]
Factor: TypeAlias = tuple[tuple[Combination, Fraction], ...]


class Ratio(NamedTuple):
    """A sum of terms over a product of powers of sums of exponentials."""

    top: Sum
    bottom: dict[Factor, int]
    worth: bool  # whether something was put together that is better off in another form


_ONE: Term = ((), ())


def combined(*parts: tuple[int, Combination]) -> Combination:
    found: dict[int, Fraction] = {}
    for times, combination in parts:
        for i, c in combination:
            found[i] = found.get(i, Fraction(0)) + times * c
    return tuple(sorted((i, c) for i, c in found.items() if c))


def _product(a: Sum, b: Sum) -> Sum:
    found: Sum = {}
    for (la, ma), ca in a.items():
        for (lb, mb), cb in b.items():
            term = (combined((1, la), (1, lb)), combined((1, ma), (1, mb)))
            found[term] = found.get(term, Fraction(0)) + ca * cb
    return {t: c for t, c in found.items() if c}


def _raised(a: Sum, exponent: int) -> Sum:
    found: Sum = {_ONE: Fraction(1)}
    for _ in range(exponent):
        found = _product(found, a)
    return found


def _opened(factor: Factor) -> Sum:
    return {(exponent, ()): c for exponent, c in factor}


class TooLong(Exception):
    """A form that is not worth its length, or that has no form."""


class Reader:
    """The ratios of nodes; a node without one is an atom."""

    def __init__(self, order: Sequence[Expr]) -> None:
        self.bases = bases_of(order)
        self.atoms: list[Expr] = []
        self.numbers: dict[Expr, int] = {}
        self.known: dict[Expr, Ratio] = {}
        for node in order:
            read = _READ.get(node.op)
            if read is None or not _is_real(node) or len(node.args) > WIDEST:
                continue
            if len(self.known) > BUDGET:
                break
            if node.op not in FUNCTIONS and not any(a in self.known for a in node.args):
                continue
            try:
                found = read(self, node)
                if len(found.top) <= MOST and self._fits(found, node):
                    self.known[node] = found
            except TooLong:
                continue

    def atom(self, node: Expr) -> int:
        i = self.numbers.get(node)
        if i is None:
            i = self.numbers[node] = len(self.atoms)
            self.atoms.append(node)
        return i

    def of(self, node: Expr) -> Ratio:
        found = self.known.get(node)
        if found is not None:
            return found
        value = _rational(node)
        if value is not None:
            return Ratio({_ONE: value} if value else {}, {}, False)
        return Ratio({((), ((self.atom(node), Fraction(1)),)): Fraction(1)}, {}, False)

    def exponent(self, node: Expr, times: Fraction = Fraction(1)) -> Combination:
        """An argument as a combination of nodes with whole or half coefficients."""
        found: list[tuple[int, Combination]] = []
        stack = [(node, times)]
        while stack:
            n, c = stack.pop()
            factor = number(n.args[0]) if n.op is ar.mul and len(n.args) == 2 else None
            if n.op is ar.neg:
                stack.append((n.args[0], -c))
            elif n.op is ar.sub and len(found) + len(stack) < 4:
                stack += [(n.args[0], c), (n.args[1], -c)]
            elif isinstance(factor, int) and abs(factor) <= 4:
                stack.append((n.args[1], c * factor))
            else:
                found.append((1, ((self.atom(n), c),)))
        return combined(*found)

    def exponential(self, node: Expr, *parts: tuple[int, int]) -> Sum:
        """``sum(c*exp(k*argument))`` for pairs (k, c)."""
        inner = self.exponent(node.args[0])
        return {(combined((k, inner)), ()): Fraction(c) for k, c in parts}

    def _fits(self, ratio: Ratio, node: Expr) -> bool:
        """All exponents lie on one line, and what stands beside them in sums is of their kind."""
        line = direction(ratio)
        if line is None:
            return False
        beside = {m for _, m in ratio.top}
        if len(beside) <= 1:
            return True
        base = self.bases[node]
        common = reduce(set.intersection, [set(m) for m in beside])
        loose = {i for m in beside for i, c in m if (i, c) not in common}
        return all(self.bases.get(self.atoms[i], node) is base for i in loose)

    # -- arithmetic -----------------------------------------------------------------------------

    def product(self, parts: Sequence[Ratio]) -> Ratio:
        top, bottom = parts[0].top, dict(parts[0].bottom)
        mixed = any(_grows(p) for p in parts) and sum(map(_moves, parts)) > 1
        for p in parts[1:]:
            if len(top) * len(p.top) > 3 * MOST:
                raise TooLong
            top = _product(top, p.top)
            for f, n in p.bottom.items():
                bottom[f] = bottom.get(f, 0) + n
        return Ratio(
            top, bottom, any(p.worth for p in parts) or (mixed and (bool(bottom) or len(top) > 1))
        )

    def power(self, base: Ratio, exponent: int) -> Ratio:
        if abs(exponent) > HIGHEST:
            raise TooLong
        if exponent < 0:
            base, exponent = _inverse(base), -exponent
        if len(base.top) ** exponent > 3 * MOST:
            raise TooLong
        bottom = {f: n * exponent for f, n in base.bottom.items()}
        return Ratio(_raised(base.top, exponent), bottom, base.worth)

    def total(self, parts: Sequence[Ratio], signs: Sequence[int]) -> Ratio:
        bottom: dict[Factor, int] = {}
        for p in parts:
            for f, n in p.bottom.items():
                bottom[f] = max(n, bottom.get(f, 0))
        top: Sum = {}
        for p, sign in zip(parts, signs, strict=True):
            scaled = p.top
            for f, n in bottom.items():
                missing = n - p.bottom.get(f, 0)
                if len(scaled) * len(f) ** missing > 3 * MOST:
                    raise TooLong
                scaled = _product(scaled, _raised(_opened(f), missing))
            for term, c in scaled.items():
                top[term] = top.get(term, Fraction(0)) + sign * c
        top = {t: c for t, c in top.items() if c}
        if not top:
            raise TooLong
        pairs = zip(parts, signs, strict=True)
        falling = {(c > 0) == (sign > 0) for p, sign in pairs for c in p.top.values()}
        may_cancel = len(falling) > 1 or any(m for _, m in top)
        return Ratio(top, bottom, any(p.worth for p in parts) or (bool(bottom) and may_cancel))


def _grows(ratio: Ratio) -> bool:
    return not ratio.bottom and any(exponent for exponent, _ in ratio.top)


def _rational(node: Expr) -> Fraction | None:
    """An exact number, or a quotient of two."""
    parts = node.args if node.op is ar.div else (node,)
    values = [number(n) for n in parts]
    if any(v is None or isinstance(v, float) for v in values) or values[-1] == 0:
        return None
    exact = [Fraction(v) for v in values if v is not None]
    return exact[0] / exact[1] if len(exact) == 2 else exact[0]


def _moves(ratio: Ratio) -> bool:
    return bool(ratio.bottom) or any(exponent for exponent, _ in ratio.top)


def _is_real(node: Expr) -> bool:
    return node.kind == "real" and all(a.kind != "bool" for a in node.args)


def direction(ratio: Ratio) -> Combination | None:
    """The one step between exponents, its first coefficient positive; () for none, None for two."""
    rows = [[e for e, _ in part] for part in (ratio.top, *ratio.bottom)]
    steps = [d for row in rows for e in row[1:] if (d := combined((1, e), (-1, row[0])))]
    if not steps:
        return ()
    line = _rising(steps[0])
    lengths = []
    for step in steps:
        k = multiple_of(step, line)
        if k is None:
            return None
        lengths.append(k)
    unit = reduce(
        lambda a, b: Fraction(
            gcd(a.numerator * b.denominator, b.numerator * a.denominator),
            a.denominator * b.denominator,
        ),
        lengths,
    )
    return tuple((i, c * abs(unit)) for i, c in line)


def _rising(line: Combination) -> Combination:
    return line if line[0][1] > 0 else combined((-1, line))


def multiple_of(step: Combination, line: Combination) -> Fraction | None:
    """``k`` where ``step`` is ``k*line``."""
    if not step:
        return Fraction(0)
    if not line:
        return None
    k = step[0][1] / line[0][1]
    return k if tuple((i, c * k) for i, c in line) == step else None


def _inverse(ratio: Ratio) -> Ratio:
    if any(m for _, m in ratio.top) and len({m for _, m in ratio.top}) > 1:
        raise TooLong
    top: Sum = {_ONE: Fraction(1)}
    for f, n in ratio.bottom.items():
        if len(top) * len(f) ** n > 3 * MOST:
            raise TooLong
        top = _product(top, _raised(_opened(f), n))
    line = direction(Ratio(ratio.top, {}, False))
    if line is None:
        raise TooLong
    first = next(iter(ratio.top))[0]
    ordered = sorted(ratio.top.items(), key=lambda item: _place(item[0][0], first, line))
    (lowest, beside), c = ordered[0]
    scale: Sum = {(combined((-1, lowest)), combined((-1, beside))): 1 / c}
    top = _product(top, scale)
    if len(ordered) == 1:
        return Ratio(top, {}, ratio.worth)
    factor = tuple((combined((1, e), (-1, lowest)), v / c) for (e, _), v in ordered)
    return Ratio(top, {factor: 1}, True)


def _place(exponent: Combination, first: Combination, line: Combination) -> Fraction:
    found = multiple_of(combined((1, exponent), (-1, first)), line)
    return Fraction(0) if found is None else found


def _read_exp(reader: Reader, node: Expr) -> Ratio:
    return Ratio(reader.exponential(node, (1, 1)), {}, False)


def _over(*sums: tuple[tuple[int, int], ...]) -> Callable[[Reader, Expr], Ratio]:
    """A function that is a quotient of two sums of ``c*exp(k*x)``, given as pairs (k, c)."""
    top, bottom = sums

    def read(reader: Reader, node: Expr) -> Ratio:
        over = Ratio(reader.exponential(node, *bottom), {}, False)
        found = reader.product([Ratio(reader.exponential(node, *top), {}, False), _inverse(over)])
        return found._replace(worth=False)

    return read


def _read_mul(reader: Reader, node: Expr) -> Ratio:
    return reader.product([reader.of(a) for a in node.args])


def _read_div(reader: Reader, node: Expr) -> Ratio:
    top, bottom = [reader.of(a) for a in node.args]
    return reader.product([top, _inverse(bottom)])


def _read_sum(reader: Reader, node: Expr) -> Ratio:
    signs = (1, -1) if node.op is ar.sub else (1,) * len(node.args)
    return reader.total([reader.of(a) for a in node.args], signs)


def _read_neg(reader: Reader, node: Expr) -> Ratio:
    inner = reader.of(node.args[0])
    return inner._replace(top={t: -c for t, c in inner.top.items()})


def _read_power(reader: Reader, node: Expr) -> Ratio:
    exponent = 2 if node.op is ar.square else number(node.args[1])
    if not isinstance(exponent, int):
        raise TooLong
    return reader.power(reader.of(node.args[0]), exponent)


FUNCTIONS: dict[Op, Callable[[Reader, Expr], Ratio]] = {
    el.exp: _read_exp,
    el.expm1: lambda r, n: Ratio(r.exponential(n, (1, 1), (0, -1)), {}, False),
    el.cosh: _over(((1, 1), (-1, 1)), ((0, 2),)),
    el.sinh: _over(((1, 1), (-1, -1)), ((0, 2),)),
    el.tanh: _over(((2, 1), (0, -1)), ((2, 1), (0, 1))),
    el.sech: _over(((1, 2),), ((2, 1), (0, 1))),
    el.sigmoid: _over(((1, 1),), ((1, 1), (0, 1))),
}
_READ: dict[Op, Callable[[Reader, Expr], Ratio]] = {
    **FUNCTIONS, ar.mul: _read_mul, ar.div: _read_div, ar.add: _read_sum, ar.sub: _read_sum,
    ar.neg: _read_neg, ar.square: _read_power, el.pow: _read_power,
}  # fmt: skip
