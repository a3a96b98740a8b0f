"""Norms in products: one power of each, and no guard where the product divides by 0 anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import compare as co
from ...ops.elementary import pow
from ...ops.reductions import norm
from ..exact import number
from ..terms import Builder
from .array_rules import power_of_norm

if TYPE_CHECKING:
    from ..canonical import Canonical

_SIDES = {co.eq: 2, co.ne: 1}  # which argument of the choice is taken where the value is not 0


def with_one_norm(form: Canonical, exponents: Builder[Expr]) -> None:
    """Merge ``sum(x**2)`` into ``norm(x)`` in place: ``sum(x**2)/norm(x)`` is ``norm(x)``."""
    for base in [b for b in exponents if b.op is norm]:
        square = _squared(form, base)
        if square is not None and type(exponents[square]) is int:
            exponents.add(base, 2 * exponents.take(square))  # 0 where there is none


def without_guards(form: Canonical, exponents: Builder[Expr]) -> list[Expr]:
    """Take guarded factors out of a product in place: what stands for them.

    ``where(eq(n, 0), 0, x/n)/n`` is ``x/n**2`` wherever it is finite.
    """
    found = []
    divisors = [base for base, e in exponents.items() if e < 0]
    for base in list(exponents):
        choice = base.args[0] if base.op is ax.reshape else base
        if choice.op is not co.where or exponents[base] != 1:
            continue
        condition = choice.args[0]
        side = _SIDES.get(condition.op)
        if side is None or number(condition.args[1]) != 0:
            continue
        if choice is not base and condition.shape:
            continue  # its elements would meet those of other divisors
        value = condition.args[0]
        free = any(_vanishes(form, d, value) for d in divisors)
        if free or _is_cancelled(form, choice, side, exponents):
            exponents.take(base)
            taken = form.shaped(choice.args[side], choice.shape)
            found.append(taken if choice is base else form.apply(ax.reshape, (taken,), base.params))
    return found


def _is_cancelled(form: Canonical, choice: Expr, side: int, exponents: Builder[Expr]) -> bool:
    """Whether the product has a square of the norm that a guarded ``x/norm(x)`` divides by."""
    length, unit = choice.args[0].args[0], choice.args[side]
    if length.op is not norm or unit.op is not a.mul or number(choice.args[3 - side]) != 0:
        return False
    divided = form.power(length, form.minus) in unit.args and length.args[0] in unit.args
    return divided and (_squared(form, length) in exponents or exponents[length] >= 2)


def _vanishes(form: Canonical, divisor: Expr, value: Expr) -> bool:
    """Whether a divisor is 0 where a value is, by its structure."""
    if any(f is value for f in (divisor.args if divisor.op is a.mul else (divisor,))):
        return True
    if value.op is pow and (number(value.args[1]) or 0) > 0:
        return value.args[0] is divisor
    return _squared(form, value) is divisor


def _squared(form: Canonical, value: Expr) -> Expr | None:
    """The form of the square of a norm, None for anything else."""
    return power_of_norm(form, form.node(pow, (value, form.constant(2))))
