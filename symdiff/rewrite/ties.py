"""Computed rules on the halves that ``maximum`` and ``minimum`` give each argument at a tie.

The slope of ``maximum(c, 0)`` is 1 above, 0 below and 1/2 at the tie: ``heaviside(c, 1/2)``.
"""

from __future__ import annotations

from math import isfinite

from ..expr import Expr
from ..leaves import Var
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from .exact import HALF, Number, number, power, times
from .row import REAL, Form, Rule


def tie_rows() -> list[Rule]:
    """Every row."""
    return [
        Rule("slope at a tie", co.where, _slope, REAL),
        Rule("factor at a tie", co.where, _common_factor, REAL),
    ]


def _slope(form: Form, node: Expr) -> Expr | None:
    """``where(c >= 0, y*where(eq(c, 0), 1/2, 1), 0)`` as ``y*heaviside(c, 1/2)``.

    Where ``c < 0``, the rest must be a number for the product to be 0.
    """
    guard, yes, no = node.args
    if number(no) != 0 or guard.op not in (co.ge, co.le) or number(guard.args[1]) != 0:
        return None
    c = guard.args[0]
    coefficient, rest = form.split(yes)
    factors = rest.args if rest.op is ar.mul else (rest,)
    for i, factor in enumerate(factors):
        scale = _doubled_at_zero(factor, c)
        others = factors[:i] + factors[i + 1 :]
        both = None if scale is None else times(coefficient, scale)
        if both is None or not _are_numbers(others, c):
            continue
        above = c if guard.op is co.ge else form.times(-1, c)
        step = form.apply(co.heaviside, (above, form.constant(HALF)))
        return form.times(both, form.apply(ar.mul, (*others, step)) if others else step)
    return None


def _doubled_at_zero(factor: Expr, c: Expr) -> Number | None:
    """``k`` for the factor ``where(eq(c, 0), k/2, k)``."""
    if factor.op is not co.where or not _is_zero(factor.args[0], c):
        return None
    tie, beside = number(factor.args[1]), number(factor.args[2])
    if tie is None or beside is None or 2 * tie != beside:
        return None
    return beside


def _is_zero(condition: Expr, c: Expr) -> bool:
    if condition.op is not co.eq or c not in condition.args:
        return False
    return number(condition.args[condition.args[0] is c]) == 0


def _are_numbers(factors: tuple[Expr, ...], c: Expr) -> bool:
    """Whether a product is a number, without overflow, wherever ``c < 0`` and inputs are finite."""
    wide = 0
    for f in factors:
        if f.op is Var:
            wide += 1
        elif f.op is not el.relu and not (f.op is co.maximum and _has_limit(f, c)):
            bounded = isfinite(f.op.range.low) and isfinite(f.op.range.high)
            if not bounded or not all(x.op is Var for x in f.args):
                return False
    return wide <= 1


def _has_limit(node: Expr, c: Expr) -> bool:
    return c in node.args and number(node.args[node.args[0] is c]) == 0


def _common_factor(form: Form, node: Expr) -> Expr | None:
    """``where(eq(c, 0), u, 2*u)`` as ``u*where(eq(c, 0), 1, 2)``."""
    condition, yes, no = node.args
    if condition.op is not co.eq or yes is no:
        return None
    (k, one), (m, other) = form.split(yes), form.split(no)
    if one is not other or one is form.one or power(m, -1) is None:
        return None
    chosen = form.apply(co.where, (condition, form.constant(k), form.constant(m)))
    return form.apply(ar.mul, (one, chosen))
