"""Norms in products: one power of each, and no guard where the product divides by 0 anyway."""

from __future__ import annotations

from ...expr import Expr, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import compare as co
from ...ops.elementary import pow
from ...ops.reductions import norm
from ..exact import number
from ..nodes import as_powers, factors_of
from ..row import REAL, Form, Rule
from ..terms import Product

_SIDES = {
    co.tie: 2,
    co.eq: 2,
    co.ne: 1,
}  # which argument of the choice is taken where the value is not 0


def norm_rows() -> list[Rule]:
    """The rows; they are for canonical products."""
    return [
        Rule("one power of a norm", a.mul, _with_one_norm, REAL, among=norm),
        *[
            Rule("guard of a divisor", a.mul, _without_guard, REAL, among=op)
            for op in (co.where, ax.reshape)
        ],
    ]


def _with_one_norm(form: Form, node: Expr) -> Expr | None:
    """``sum(x**2)/norm(x)`` as ``norm(x)``."""
    powers = factors_of(node)
    for base in [b for b in powers if b.op is norm]:
        square = _squared(form, base)
        if square is not None and square in powers and type(powers[square]) is int:
            rest = powers.without(square).multiplied(base, 2 * powers[square])
            return make(a.mul, tuple(as_powers(rest))) if rest else form.one
    return None


def _without_guard(form: Form, node: Expr) -> Expr | None:
    """A product without the choice that keeps a factor from a division by 0: with another divisor
    ``where(eq(n, 0), 0, x/n)/n`` is ``x/n**2`` wherever it is finite.
    """
    choices = [f for f in node.args if (f.args[0] if f.op is ax.reshape else f).op is co.where]
    powers = factors_of(node)
    divisors = [base for base, e in powers.items() if e < 0]
    for base in choices:
        choice = base.args[0] if base.op is ax.reshape else base
        condition = choice.args[0]
        side = _SIDES.get(condition.op)
        if side is None or number(condition.args[1]) != 0:
            continue
        if choice is not base and condition.shape:
            continue  # its elements would meet those of other divisors
        value = condition.args[0]
        free = any(_vanishes(form, d, value) for d in divisors)
        if free or _is_cancelled(form, choice, side, powers):
            taken = form.shaped(choice.args[side], choice.shape)
            taken = taken if choice is base else make(ax.reshape, (taken,), base.params)
            return make(a.mul, (*as_powers(powers.without(base)), taken))
    return None


def _is_cancelled(form: Form, choice: Expr, side: int, powers: Product[Expr]) -> bool:
    """Whether the product has a square of the norm that a guarded ``x/norm(x)`` divides by."""
    length, unit = choice.args[0].args[0], choice.args[side]
    if length.op is not norm or unit.op is not a.mul or number(choice.args[3 - side]) != 0:
        return False
    inverse = make(pow, (length, form.constant(-1)))
    divided = inverse in unit.args and length.args[0] in unit.args
    return divided and (_squared(form, length) in powers or powers[length] >= 2)


def _vanishes(form: Form, divisor: Expr, value: Expr) -> bool:
    """Whether a divisor is 0 where a value is, by its structure."""
    if any(f is value for f in (divisor.args if divisor.op is a.mul else (divisor,))):
        return True
    return _squared(form, value) is divisor


def _squared(form: Form, value: Expr) -> Expr | None:
    """The form of the square of a norm, None for anything else."""
    if value.op is not norm:
        return None
    return form.apply(ax.sum, (form.apply(pow, (value.args[0], form.constant(2))),), value.params)
