"""What the terms of a sum have in common: one denominator below, or factors in front."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm

from ..errors import LimitError
from ..expr import Expr
from ..ops import arithmetic as a
from ..walk import rebuild
from . import exact
from .canonical import Canonical
from .exact import Number
from .factor import factors_of, powers_of, term_of
from .order import has_bool
from .standard import EAGER
from .terms import Product, lowest, shared


class _Pass:
    """One pass that rewrites the sums of a canonical graph, arguments first."""

    def __init__(self, form: Canonical) -> None:
        self.form = form

    def run(self, outputs: Iterable[Expr]) -> list[Expr]:
        """The new forms of the outputs."""
        ends = list(outputs)
        image = rebuild(ends, self.visit)
        return [image[out] for out in ends]

    def visit(self, new: Expr, old: Expr) -> Expr:
        """The form of a node over new arguments."""
        form = self.form
        if new.op is a.add and not has_bool(new):
            return form.shaped(self.sum(new), new.shape)
        if new is old:
            return old
        return form.apply(new.op, new.args, new.params)

    def sum(self, node: Expr) -> Expr:
        """The form of a sum over new arguments."""
        raise NotImplementedError

    def total(self, parts: list[Expr]) -> Expr:
        """A sum that stays whole where it is long, so that prefix sums stay linear."""
        found = self.form.add(parts)
        if len(found.args) > EAGER:
            self.form.shared.add(found)
        return found

    def factors(self, node: Expr) -> tuple[Number, Product[Expr]]:
        """Coefficient and powers of a term."""
        own, rest = self.form.split(node)
        return own, Product() if rest is self.form.one else factors_of(rest)


class Joining(_Pass):
    """Sums over one denominator.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.together(1 / (1 / x + 1 / y))
    x*y/(x + y)
    """

    def __init__(self, form: Canonical, limit: int) -> None:
        super().__init__(form)
        self.left = self.limit = limit

    def sum(self, node: Expr) -> Expr:
        form = self.form
        table = [self.factors(t) for t in node.args]
        below = lowest([factors for _, factors in table])
        below = below.kept(lambda b: below[b] < 0 and exact.number(b) is None)
        rounded = any(exact.number(base) is not None for _, factors in table for base in factors)
        divisor = 1 if rounded else _divisor([c for c, _ in table])
        if not below and divisor == 1:
            return node
        parts = []
        for c, factors in table:
            raised = factors.over(below)
            self._spend(len(raised) - len(factors))
            parts.append(term_of(form, c * divisor, raised))
        one = form.constant(exact.shorten(Fraction(1, divisor)))
        return form.mul([one, self.total(parts), *powers_of(form, below)])

    def _spend(self, count: int) -> None:
        self.left -= max(count, 0)
        if self.left < 0:
            raise LimitError("factors to write out", self.limit - self.left, self.limit, "limit")


class Factoring(_Pass):
    """Common factors of the terms of a sum in front of it.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.factor_terms(sd.sin(x**2 * y + x**3) / 2)
    sin(x**2*(x + y))/2
    """

    def sum(self, node: Expr) -> Expr:
        form, outside, inside = self.form, [], node
        while inside.op is a.add:
            table = [self.factors(t) for t in inside.args]
            content = exact.content([c for c, _ in table])
            common = _common([factors for _, factors in table])
            if content == 1 and not common:
                break
            parts = [
                term_of(form, exact.over(c, content), factors.over(common)) for c, factors in table
            ]
            outside += [form.constant(content), *powers_of(form, common)]
            inside = self.total(parts)
        return form.mul([*outside, inside]) if outside else node


def _divisor(coefficients: list[Number]) -> int:
    """The least number that makes all coefficients integers; 1 where there are floats."""
    if any(type(c) is float for c in coefficients):
        return 1
    return lcm(*[Fraction(c).denominator for c in coefficients])


def _common(table: list[Product[Expr]]) -> Product[Expr]:
    """The lowest power of each base that all terms have, above or below."""
    bases = shared(table)
    return lowest(table).kept(lambda base: base in bases)
