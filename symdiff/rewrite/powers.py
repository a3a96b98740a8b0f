"""Canonical powers: of numbers, products, powers and exponentials, where that is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..expr import Expr
from ..ops import arithmetic as a
from ..ops.arrays import broadcast_to
from ..ops.elementary import exp, pow
from . import exact
from .exact import Number, number
from .order import has_bool, shape_of

if TYPE_CHECKING:
    from .canonical import Canonical


def power(form: Canonical, base: Expr, exponent: Expr) -> Expr:
    """The canonical form of ``base**exponent``."""
    value = number(exponent)
    if value is None:
        return _symbolic_power(form, base, exponent)
    value = exact.tidy_exponent(value)
    if value == 0:
        return form.shaped(form.one, base.shape)
    if value == 1:
        return base
    coefficient, rest = form.split(base)
    if rest is form.one or coefficient != 1:
        return _scaled_power(form, coefficient, rest, base, value)
    return _plain_power(form, base, value)


def _scaled_power(
    form: Canonical, coefficient: Number, rest: Expr, base: Expr, value: Number
) -> Expr:
    """``(coefficient*rest)**value``, the coefficient taken out where that is exact."""
    if coefficient == 0 and value < 0:
        return form.node(pow, (base, form.minus))
    outside = exact.power(coefficient, value)
    if outside is None and type(value) is int and value < 0:
        under = exact.power(coefficient, -value)  # 1/2.25 is not rounded
        if under is not None:
            inverse = form.node(pow, (form.constant(abs(under)), form.minus))
            inverse = inverse if under > 0 else form.times(-1, inverse)
            if rest is form.one:
                return inverse
            return form.mul((inverse, _plain_power(form, rest, value)))
    if outside is None or (type(value) is not int and coefficient < 0):
        return form.node(pow, (base, form.constant(value)))
    if rest is form.one:
        return form.constant(outside)
    return form.times(outside, _plain_power(form, rest, value))


def _plain_power(form: Canonical, base: Expr, value: Number) -> Expr:
    """``base**value`` for a base without coefficient."""
    whole = type(value) is int
    op = base.op
    if op is a.mul and not has_bool(base):
        if whole and (base not in form.shared or _undone(form, base, value)):
            return form.mul([form.power(f, form.constant(value)) for f in base.args])
    elif op is pow:
        inner = number(base.args[1])
        if whole or _merges(form, base.args[0], inner):
            return form.power(base.args[0], form.mul((base.args[1], form.constant(value))))
        if isinstance(inner, int) and inner % 2 == 0:
            both = exact.times(inner, value)
            if both is not None:
                size = form.apply(a.abs, (base.args[0],))
                return form.power(size, form.constant(both))
    elif op is exp:
        if base not in form.shared or value < 0:
            return form.apply(exp, (form.times(value, base.args[0]),))
    elif op is a.abs and whole and value % 2 == 0:
        return form.power(base.args[0], form.constant(value))
    elif op is broadcast_to and base.params[0] == base.args[0].ndim:
        return form.shaped(form.power(base.args[0], form.constant(value)), base.shape)
    return form.node(pow, (base, form.constant(value)))


def _merges(form: Canonical, base: Expr, inner: Number | None) -> bool:
    """Whether ``(base**inner)**value`` is one power wherever it is defined, for any value.

    A broken power has a value for a base that is not negative alone.
    """
    if inner is None:
        return form.facts.positive(base)
    return inner % 1 != 0 or form.facts.nonnegative(base)


def _undone(form: Canonical, product: Expr, value: Number) -> bool:
    """Whether the power only takes back the powers of the two factors."""
    inner = [number(f.args[1]) if f.op is pow else None for f in product.args]
    return len(inner) == 2 and all(e is not None and abs(e * value) == 1 for e in inner)


def _symbolic_power(form: Canonical, base: Expr, exponent: Expr) -> Expr:
    shape = shape_of((base, exponent))
    if base is form.one:
        return form.shaped(base, shape)
    if base.op is a.e:
        return form.apply(exp, (exponent,))
    if base.op is pow and form.facts.positive(base.args[0]):
        return form.power(base.args[0], form.mul((base.args[1], exponent)))
    if base.op is exp:
        return form.apply(exp, (form.mul((base.args[0], exponent)),))
    return form.node(pow, (base, exponent))
