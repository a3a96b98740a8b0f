"""Sums with squares of sums in them: ``x**2 + 2*x*y + y**2`` as ``(x + y)**2``."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from ...expr import Expr
from .. import exact
from ..common import _Pass
from ..exact import HALF, Number
from ..factor import factors_of, powers_of
from ..terms import Builder

MOST = 12  # terms of a sum that are looked at


class _Root(NamedTuple):
    """A term ``coefficient*rest**2``, by its rest ``square``."""

    square: Expr
    coefficient: Number
    rest: Expr


class Squaring(_Pass):
    """Squares of sums of two terms in place of their three terms.

    >>> import symdiff as sd
    >>> from symdiff.rewrite.forms.named import formed
    >>> x, y = sd.vars("x y")
    >>> squared = lambda e: formed(e, lambda form, outputs: Squaring(form).run(outputs))
    >>> print(squared(x**2 + 2 * x * y + y**2), squared(x**2 + 6 * x + 9 - y), sep=", ")
    (x + y)**2, (x + 3)**2 - y
    """

    def sum(self, node: Expr) -> Expr:
        form = self.form
        split = [form.split(t) for t in node.args]
        if len(split) > MOST or any(type(own) is float for own, _ in split):
            return node
        terms = Builder([(rest, own) for own, rest in split])
        found: list[Expr] = []
        while (hit := self._square(terms)) is not None:
            found.append(hit)
        if not found:
            return node
        return form.add([*found, *[form.term(c, rest) for rest, c in terms.items() if c]])

    def _square(self, terms: Builder[Expr]) -> Expr | None:
        """One square, whose terms are taken away."""
        roots = [root for rest, c in terms.items() if (root := self._root(rest, c)) is not None]
        for i, u in enumerate(roots):
            for v in roots[i + 1 :]:
                found = self._of_two(terms, u, v)
                if found is not None:
                    return found
        return None

    def _root(self, square: Expr, coefficient: Number) -> _Root | None:
        form = self.form
        if square is form.one:
            return _Root(square, coefficient, square)
        factors = factors_of(square)
        if any(type(e) is not int or e % 2 or e < 0 for e in factors.values()):
            return None
        root = factors.of_positive(HALF)  # or its negative: it is squared again
        return _Root(square, coefficient, form.mul(powers_of(form, root)))

    def _of_two(self, terms: Builder[Expr], u: _Root, v: _Root) -> Expr | None:
        form = self.form
        if u.square is form.one:
            u, v = v, u
        own, cross = form.split(form.mul([u.rest, v.rest]))
        twice = terms[cross]
        if cross is form.one or own != 1 or not twice:
            return None
        if twice * twice != 4 * u.coefficient * v.coefficient:
            return None
        for rest in (cross, u.square, v.square):
            terms.take(rest)
        return self._power(u, twice, v.rest)

    def _power(self, u: _Root, twice: Number, other: Expr) -> Expr:
        """``c*u**2 + twice*u*other`` and the third term as one square."""
        form = self.form
        inside = exact.power(u.coefficient, HALF) if u.coefficient > 0 else None
        outside = u.coefficient if inside is None else 1
        inside = 1 if inside is None else inside
        step = exact.shorten(Fraction(twice) / (2 * inside * outside))
        base = form.add([form.times(inside, u.rest), form.times(step, other)])
        return form.times(outside, form.power(base, form.constant(2)))
