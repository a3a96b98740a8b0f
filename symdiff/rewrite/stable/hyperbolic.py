"""Quotients by powers of ``cosh`` and ``sinh``, whose parts overflow, by tanh, sech and 1/sinh."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...walk import postorder
from ..row import REAL, Form, Rule
from .factors import factors_of, listed, product_of


def hyperbolic_rows() -> list[Rule]:
    """The row."""
    return [Rule("over a power of cosh or sinh", ar.div, _over_power, REAL)]


class _Base(NamedTuple):
    """The function whose power is divided by, and the other one of the two."""

    base: Expr
    other: Expr

    def over(self, form: Form, top: Expr, others: int, power: int) -> Expr:
        """``top*other**others/base**(others + power)`` by functions that do not overflow."""
        tanh = form.apply(el.tanh, self.base.args)
        if self.base.op is el.cosh:
            sech = form.apply(el.sech, self.base.args)
            return product_of(form, [top, *[tanh] * others, *[sech] * power])
        divisors = [tanh] * others + [self.base] * power
        return reduce(lambda x, y: form.apply(ar.div, (x, y)), divisors, top)


def _over_power(form: Form, node: Expr) -> Expr | None:
    """With a sum above, each of its terms is divided alone."""
    below = factors_of(node.args[1])
    bases = [f for f, _ in below.factors if f.op in (el.cosh, el.sinh)] if below else []
    above = factors_of(node.args[0]) if bases else None
    if above is None or below is None:
        return None
    found = bases[0]
    of = _Base(found, make(el.sinh if found.op is el.cosh else el.cosh, found.args))
    power = sum(n for f, n in below.factors if f is of.base)
    mixed = [(f, n) for f, n in above.factors if _has(f, of)]
    if not mixed and (power == 1 or found.op is el.sinh):
        return None
    top, *more = listed(mixed) if mixed else [const(1)]
    sums = [f for f in (top, *more) if f not in of]
    if len(sums) > 1:
        return None
    rest = [f for f in (top, *more) if f not in sums]
    divided = _divided(form, sums[0] if sums else const(1), rest, of, power)
    if divided is None:
        return None
    value = product_of(
        form, [*listed((f, n) for f, n in above.factors if not _has(f, of)), divided]
    )
    bottom = listed((f, n) for f, n in below.factors if f is not of.base)
    value = form.apply(ar.div, (value, product_of(form, bottom))) if bottom else value
    return form.times(-1, value) if above.negative != below.negative else value


def _has(factor: Expr, of: _Base) -> bool:
    return not set(of).isdisjoint(postorder([factor]))


def _divided(form: Form, top: Expr, rest: list[Expr], of: _Base, power: int) -> Expr | None:
    """``top`` times the functions in ``rest`` over a power; None where a term grows."""
    terms = top.args if top.op in (ar.add, ar.sub) else (top,)
    divided = []
    for term in terms:
        product = factors_of(term)
        if product is None:
            return None
        factors = [*rest, *listed(product.factors)]
        others, same = factors.count(of.other), factors.count(of.base)
        kept = [f for f in factors if f not in of]
        if others + same > power or any(_has(f, of) for f in kept):
            return None
        value = of.over(form, product_of(form, kept), others, power - others - same)
        divided.append(form.times(-1, value) if product.negative else value)
    return divided[0] if len(terms) == 1 else form.apply(top.op, tuple(divided))
