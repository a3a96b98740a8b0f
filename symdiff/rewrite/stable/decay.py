"""Ratios of exponentials written in ``q = exp(-abs(u))``, which lies in (0, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import TypeAlias

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...walk import postorder, rebuild
from ..exact import number
from .exponentials import (
    FUNCTIONS,
    Combination,
    Ratio,
    Reader,
    combined,
    direction,
    multiple_of,
)

Coefficients: TypeAlias = dict[int, dict[Combination, Fraction]]  # power of q: parts beside it


def without_overflow(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with quotients of exponentials in ``exp(-abs(u))``.

    Cost: under 1 us per node that is no function of an exponential.
    """
    order = postorder(outputs)
    if not any(node.op in FUNCTIONS for node in order):
        return list(outputs)
    reader = Reader(order)
    wanted = set(outputs)
    done: dict[Expr, Expr | None] = {}
    for node in reversed(order):
        if node not in wanted:
            continue
        ratio = reader.known.get(node)
        image = None
        if ratio is not None and ratio.worth and node.op not in FUNCTIONS:
            image = _Writer(reader, ratio).run()
        if image is not None and image.shape == node.shape:
            done[node] = image
            wanted.update(a for a in postorder([image]) if a in reader.numbers)
        else:
            wanted.update(node.args)
    if not done:
        return list(outputs)
    images: dict[Expr, Expr] = {}
    for node in order:
        if node in done:
            image = done[node]
            assert image is not None
            given = {a: images[a] for a in reader.atoms if images.get(a, a) is not a}
            images[node] = rebuild([image], given=given)[image] if given else image
        elif node in wanted:
            args = tuple([images[a] for a in node.args])
            images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]


class _Writer:
    """One ratio in ``q``."""

    def __init__(self, reader: Reader, ratio: Ratio) -> None:
        self.reader, self.ratio = reader, ratio
        self.line = direction(ratio)

    def run(self) -> Expr | None:
        top, bottom = self.ratio.top, self.ratio.bottom
        line = self.line
        if not line:
            return None
        origin = self._origin([e for e, _ in top])
        if origin and (k := multiple_of(origin, line)) is not None and k.denominator == 2:
            line = self.line = tuple((i, c / 2) for i, c in line)
            origin = ()
        numerator: Coefficients = {}
        for (e, m), c in top.items():
            k = multiple_of(combined((1, e), (-1, origin)), line)
            if k is None or k.denominator != 1:
                return None
            numerator.setdefault(int(k), {})[m] = c
        factors = []
        for f, n in bottom.items():
            row: list[Fraction] = []
            for e, c in f:
                k = multiple_of(e, line)
                assert k is not None
                row += [Fraction(0)] * (int(k) - len(row)) + [c]
            factors += _split(row, n)
        numerator, factors = _cancelled(numerator, factors)
        return self._written(numerator, factors, origin)

    def _origin(self, exponents: list[Combination]) -> Combination:
        """What all exponents have but for multiples of the line."""
        line = self.line
        assert line
        first = exponents[0]
        part = next((c for i, c in first if i == line[0][0]), Fraction(0)) / line[0][1]
        whole = part.numerator // part.denominator
        return combined((1, first), (-whole, line))

    def _written(
        self,
        numerator: Coefficients,
        factors: list[tuple[list[Fraction], int]],
        origin: Combination,
    ) -> Expr:
        assert self.line
        u = self.combination(self.line)
        self.size = size = make(ar.abs, (u,))
        q = make(el.exp, (make(ar.neg, (size,)),))
        rest = make(ar.neg, (make(el.expm1, (make(ar.neg, (size,)),)),))  # 1 - q
        lost = self._rounding(u)
        if lost is not None:  # of u: exp(-abs(u)) has that relative error
            part = make(ar.mul, (q, lost))
            q, rest = make(ar.sub, (q, part)), make(ar.add, (rest, part))
        degree = sum((len(row) - 1) * n for row, n in factors)
        high = {degree - k: c for k, c in numerator.items()}
        above = self._bottom([(row[::-1], n) for row, n in factors], q, rest)
        below = self._bottom(factors, q, rest)
        positive = make(co.gt, (u, const(0)))
        sign = 1
        for row, n in factors:
            mirrored = [v / row[-1] for v in row[::-1]]
            if mirrored != row:
                break
            sign *= (1 if row[-1] > 0 else -1) ** n
        else:
            above = below
            high = {k: {m: sign * v for m, v in c.items()} for k, c in high.items()}
        tops = self._polynomial(high, q, rest), self._polynomial(numerator, q, rest)
        if above is below:
            found = make(co.where, (positive, *tops)) if tops[0] is not tops[1] else tops[0]
            found = make(ar.div, (found, below)) if below is not None else found
        else:
            assert above is not None
            assert below is not None
            high_side, low_side = make(ar.div, (tops[0], above)), make(ar.div, (tops[1], below))
            found = make(co.where, (positive, high_side, low_side))
        if not origin:
            return found
        return make(ar.mul, (make(el.exp, (self.combination(origin),)), found))

    def _rounding(self, u: Expr) -> Expr | None:
        """What a rounded difference or sum of two nodes lacks, with the sign of the sum."""
        assert self.line
        if u.op not in (ar.sub, ar.add) or any(abs(c) != 1 for _, c in self.line):
            return None
        a, b = u.args
        b = make(ar.neg, (b,)) if u.op is ar.sub else b
        second = make(ar.sub, (u, a))
        first = make(ar.sub, (u, second))
        found = make(ar.add, (make(ar.sub, (a, first)), make(ar.sub, (b, second))))
        signed = make(ar.mul, (make(ar.sign, (u,)), found))
        known = make(co.lt, (make(ar.abs, (found,)), const(1.0)))
        return make(co.where, (known, signed, const(0.0)))

    def _bottom(
        self, factors: list[tuple[list[Fraction], int]], q: Expr, rest: Expr
    ) -> Expr | None:
        found: list[Expr] = []
        for row, n in factors:
            found += [self._polynomial(_as_coefficients(row), q, rest)] * n
        return _powers(found) if found else None

    def _polynomial(self, found: Coefficients, q: Expr, rest: Expr) -> Expr:
        """``q**lowest * (1 - q)**n`` times what is left, written from low powers to high."""
        lowest = min(found)
        found = {k - lowest: dict(c) for k, c in found.items()}
        falls = 0
        while len(found) > 1 and (divided := _divided(found)) is not None:
            found, falls = divided, falls + 1
        terms: list[tuple[bool, Expr]] = []
        bent = _bent(found)
        if bent is not None:  # c*(1 - q)**2 - d*q, which cancels less than it does written out
            c, d = bent
            terms.append((c < 0, make(ar.mul, (const(float(abs(c))), make(ar.mul, (rest, rest))))))
            found = {1: {(): d}}
        for k in sorted(found):
            for m, c in sorted(found[k].items()):
                terms.append((c < 0, self._term(abs(c), m, k, q)))
        terms.sort(key=lambda term: term[0])
        negative, total = terms[0]
        for minus, term in terms[1:]:
            total = make(ar.sub if minus != negative else ar.add, (total, term))
        factors = [rest] * falls
        if lowest:
            factors.insert(0, _exp_multiple(q, lowest))
        if total.op is not Const or number(total) != 1 or not factors:
            factors.append(total)
        product = _powers(factors)
        return make(ar.neg, (product,)) if negative else product

    def _term(self, c: Fraction, beside: Combination, k: int, q: Expr) -> Expr:
        over: list[Expr] = []
        factors: list[Expr] = []
        for i, n in beside:
            assert n.denominator == 1
            (factors if n > 0 else over).extend([self.reader.atoms[i]] * abs(int(n)))
        if k:
            factors.append(_exp_multiple(q, k))
        if c != 1 or not factors:
            factors.insert(0, const(c.numerator if c.denominator == 1 else float(c)))
        product = _powers(factors)
        return make(ar.div, (product, _powers(over))) if over else product

    def combination(self, parts: Combination) -> Expr:
        """The sum of multiples of nodes, a positive one first if there is any."""
        ordered = sorted(parts, key=lambda part: part[1] < 0)
        total: Expr | None = None
        for i, c in ordered:
            size = abs(c)
            node = self.reader.atoms[i]
            if size != 1:
                factor = const(size.numerator if size.denominator == 1 else float(size))
                node = make(ar.mul, (factor, node))
            if total is None:
                total = make(ar.neg, (node,)) if c < 0 else node
            else:
                total = make(ar.sub if c < 0 else ar.add, (total, node))
        assert total is not None
        return total


def _exp_multiple(q: Expr, k: int) -> Expr:
    """``q**k``: by one exponential where the multiple of the argument is exact."""
    if k == 1:
        return q
    if q.op is el.exp and abs(k) in (1, 2, 4):
        return make(el.exp, (make(ar.mul, (const(-k), q.args[0].args[0])),))
    power = make(el.pow, (q, const(abs(k)))) if abs(k) > 1 else q
    return power if k > 0 else make(ar.div, (const(1), power))


def _split(row: list[Fraction], n: int) -> list[tuple[list[Fraction], int]]:
    """A power of a polynomial with its factors 1 + z and 1 - z apart."""
    found: list[tuple[list[Fraction], int]] = []
    for simple in ([Fraction(1), Fraction(1)], [Fraction(1), Fraction(-1)]):
        times = 0
        while len(row) > 2 and (rest := _quotient(_as_coefficients(row), simple)) is not None:
            row = [rest.get(k, {}).get((), Fraction(0)) for k in range(max(rest) + 1)]
            times += 1
        if len(row) == 2 and row == simple:
            row, times = [Fraction(1)], times + 1
        if times:
            found.append((simple, times * n))
    return [*found, (row, n)] if len(row) > 1 else found


def _bent(found: Coefficients) -> tuple[Fraction, Fraction] | None:
    """``c`` and ``d`` where the polynomial is ``c*(1 - q)**2 + d*q`` with terms that cancel."""
    if sorted(found) != [0, 1, 2] or any(list(part) != [()] for part in found.values()):
        return None
    low, middle, high = [found[k][()] for k in range(3)]
    bends = low == high and low * middle < 0 and middle != -2 * low
    return (low, middle + 2 * low) if bends else None


def _as_coefficients(row: list[Fraction]) -> Coefficients:
    return {k: {(): c} for k, c in enumerate(row) if c}


def _powers(factors: list[Expr]) -> Expr:
    return reduce(lambda a, b: make(ar.mul, (a, b)), factors)


def _divided(found: Coefficients) -> Coefficients | None:
    """The quotient by ``1 - q``, None where there is a remainder."""
    parts = dict.fromkeys([m for c in found.values() for m in c])
    result: Coefficients = {}
    for m in parts:
        carry = Fraction(0)
        for k in range(max(found) + 1):
            carry += found.get(k, {}).get(m, Fraction(0))
            if carry:
                result.setdefault(k, {})[m] = carry
        if carry:
            return None
    return result


def _cancelled(
    numerator: Coefficients, factors: list[tuple[list[Fraction], int]]
) -> tuple[Coefficients, list[tuple[list[Fraction], int]]]:
    """Without the factors that divide the numerator."""
    left = []
    for row, n in factors:
        times = n
        while times and (quotient := _quotient(numerator, row)) is not None:
            numerator, times = quotient, times - 1
        if times:
            left.append((row, times))
    return numerator, left


def _quotient(numerator: Coefficients, row: list[Fraction]) -> Coefficients | None:
    low, high = min(numerator), max(numerator)
    result: Coefficients = {}
    for m in dict.fromkeys([m for c in numerator.values() for m in c]):
        rest = [numerator.get(k, {}).get(m, Fraction(0)) for k in range(low, high + 1)]
        for i in range(len(rest) - len(row) + 1):
            c = rest[i] / row[0]
            if c:
                result.setdefault(low + i, {})[m] = c
                for j, d in enumerate(row):
                    rest[i + j] -= c * d
        if any(rest):
            return None
    return result or None
