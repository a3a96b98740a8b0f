"""Computed rows on comparisons, and on choices by them: the slopes of maximum, minimum and relu.

The slope of ``maximum(c, 0)`` is 1 above, 0 below and 1/2 at the tie.  It is written as a choice,
of which formulas leave the tie out; compiled it is ``heaviside(c, 1/2)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isfinite

from ..expr import Expr, make
from ..leaves import Var, const
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from .exact import HALF, Number, number, power, times
from .facts.decisions import COMPARISONS
from .nodes import power_of
from .row import EXACT, REAL, Form, Rule
from .tables.reading import ZERO, powers_of, quotient_of

_SWAPPED = {co.lt: co.gt, co.le: co.ge, co.gt: co.lt, co.ge: co.le}


def condition_rows() -> list[Rule]:
    """What is read."""
    return [
        *[Rule("number on the left", op, _swapped, EXACT) for op in _SWAPPED],
        *[Rule("numbers on the right", op, _solved, REAL) for op in COMPARISONS],
        Rule("factor at a tie", co.where, _factored, REAL),
        Rule("relu where it is not 0", co.where, _without_guard, REAL),
    ]


def step_rows() -> list[Rule]:
    """What is compiled: a tie is an equation like any other."""
    return [
        Rule("tie", co.tie, lambda form, node: co.eq(*node.args), EXACT),
        Rule("slope at a tie", co.where, _step, REAL),
    ]


def _swapped(form: Form, node: Expr) -> Expr | None:
    """``2 < x`` as ``x > 2``."""
    left, right = node.args
    if number(left) is None or number(right) is not None:
        return None
    return make(_SWAPPED[node.op], (right, left))


def _solved(form: Form, node: Expr) -> Expr | None:
    """``1 - x*y > 0`` as ``x*y < 1``: numbers on the right, a minus on neither side."""
    left, right = node.args
    limit = number(right)
    terms = left.args if left.op is ar.add else (left,)
    numbers = [n for n in map(number, terms) if n is not None]
    rest = [term for term in terms if number(term) is None]
    if type(limit) not in (int, Fraction) or len(numbers) > 1 or not rest:
        return None
    if numbers and type(numbers[0]) is float and limit:
        return None
    assert limit is not None
    moved: Number = limit - numbers[0] if numbers else limit
    if all(form.split(term)[0] < 0 for term in rest):
        opposite = _sum(form, [form.times(-1, term) for term in rest])
        return make(_SWAPPED.get(node.op, node.op), (opposite, form.constant(-moved)))
    return make(node.op, (_sum(form, rest), form.constant(moved))) if numbers else None


def _sum(form: Form, terms: list[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else form.apply(ar.add, tuple(terms))


def _factored(form: Form, node: Expr) -> Expr | None:
    """``where(tie(x, y), u, 2*u)`` as ``2*u*where(tie(x, y), 1/2, 1)``."""
    condition, yes, no = node.args
    if condition.op is not co.tie or yes is no:
        return None
    (k, one), (m, other) = form.split(yes), form.split(no)
    inverse = power(m, -1)
    share = None if inverse is None else times(k, inverse)
    if one is not other or share is None or number(no) == 1:
        return None
    chosen = form.apply(co.where, (condition, form.constant(share), form.one))
    return form.times(m, chosen if one is form.one else form.apply(ar.mul, (one, chosen)))


def _without_guard(form: Form, node: Expr) -> Expr | None:
    """``where(c > 0, y*relu(c), 0)`` as ``y*relu(c)``; where ``c <= 0``, y must be a number."""
    guard, yes, no = node.args
    if number(no) != 0 or guard.op not in _SWAPPED:
        return None
    rest = form.split(yes)[1]
    factors = rest.args if rest.op is ar.mul else (rest,)
    for i, factor in enumerate(factors):
        base, exponent = power_of(factor)
        if base.op is el.relu and exponent > 0:
            above = make(co.gt, (*base.args, ZERO))
            solved = _solved(form, above)
            if guard is (above if solved is None else solved):
                others = factors[:i] + factors[i + 1 :]
                return yes if _are_numbers(others, guard) else None
    return None


def _step(form: Form, node: Expr) -> Expr | None:
    """``where(c >= 0, y*where(eq(c, 0), 1/2, 1), 0)`` as ``y*heaviside(c, 1/2)``.

    Where ``c < 0``, the rest must be a number for the product to be 0.
    """
    guard, yes, no = node.args
    if number(no) != 0 or guard.op not in (co.ge, co.le) or number(guard.args[1]) is None:
        return None
    powers = powers_of(yes)
    for factor, exponent in powers.items():
        if exponent > 0 and _is_halved(factor, guard):
            others = powers.without(factor)
            if all(e > 0 for e in others.values()) and _are_numbers(others, guard):
                step = co.heaviside(_excess(guard), const(HALF))
                return quotient_of([*others.items(), (step, exponent)])
    return None


def _excess(guard: Expr) -> Expr:
    """``c`` of the guard ``c >= 0``."""
    x, limit = guard.args
    if number(limit) == 0:
        return x if guard.op is co.ge else ar.neg(x)
    return x - limit if guard.op is co.ge else limit - x


def _is_halved(factor: Expr, guard: Expr) -> bool:
    """Whether a factor is ``where(eq(x, y), 1/2, 1)`` for the values that a guard compares."""
    if factor.op is not co.where or factor.args[0].op is not co.eq:
        return False
    same = {*factor.args[0].args} == {*guard.args}
    return same and number(factor.args[1]) == 0.5 and number(factor.args[2]) == 1


def _are_numbers(factors: Iterable[Expr], guard: Expr) -> bool:
    """Whether a product is a number, without overflow, wherever a guard fails and inputs are
    finite.
    """
    wide = 0
    for f in factors:
        if f.op is Var:
            wide += 1
        elif number(f) is None and f.op is not el.relu and not _has_limit(f, guard):
            bounded = isfinite(f.op.range.low) and isfinite(f.op.range.high)
            if not bounded or not all(x.op is Var for x in f.args):
                return False
    return wide <= 1


def _has_limit(node: Expr, guard: Expr) -> bool:
    """Whether a factor is one of the values that a guard compares, cut off at the other."""
    return node.op in (co.maximum, co.minimum) and {*node.args} == {*guard.args}
