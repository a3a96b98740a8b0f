"""Rules that ranges and signs decide: comparisons, choices, steps, and a few functions.

Where a value jumps, the ranges of computed values must decide, with the ends that rounding may
reach; elsewhere those over the reals do, and a tie must be out of reach, as its slope is that of
both arguments.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, nan

from ...expr import Expr, Op
from ...leaves import Var, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...ops.implementations import on_numbers
from ...rule import Partials
from ..exact import number
from ..row import EXACT, REAL, Form, Inspect, Rule
from ..rules import rises_flat

COMPARISONS = (co.lt, co.le, co.gt, co.ge, co.eq, co.ne, co.tie)


def decision_rows() -> list[Rule]:
    """Every row; what is said of exact numbers and variables alone holds for every bit."""
    steps = (ar.floor, ar.ceil, ar.trunc, ar.round, ar.sign)
    chosen: dict[Op, Inspect] = dict.fromkeys(COMPARISONS, _compared)
    chosen |= dict.fromkeys((co.maximum, co.minimum), _extremum) | {co.clip: _clipped}
    return [
        *[Rule(f"{op.name} of leaves", op, _of_leaves(rule), EXACT) for op, rule in chosen.items()],
        *[Rule(f"{op.name} by bounds", op, rule, REAL) for op, rule in chosen.items()],
        *[Rule(f"{op.name} by bounds", op, _step, REAL) for op in steps],
        Rule("log of product with exp", el.log, _log_of_product, REAL),
    ]


def _of_leaves(rule: Inspect) -> Inspect:
    def of_leaves(form: Form, node: Expr) -> Expr | None:
        exact = [x.op is Var or type(number(x)) in (int, Fraction) for x in node.args]
        return rule(form, node) if all(exact) else None

    return of_leaves


def _compared(form: Form, node: Expr) -> Expr | None:
    """The verdict that two values have in every order that they may be in."""
    a, b = [form.facts.computed(x) for x in node.args]
    holds = on_numbers(node.op)
    assert holds is not None
    orders = [(0.0, 1.0)] if a.low[0] < b.high[0] else []
    if a.low <= b.high and b.low <= a.high:
        orders.append((0.0, 0.0))
    if b.low[0] < a.high[0]:
        orders.append((1.0, 0.0))
    if a.nan or b.nan:
        orders.append((nan, nan))
    verdicts = {holds(*order) for order in orders}
    return const(verdicts.pop()) if len(verdicts) == 1 else None


def _step(form: Form, node: Expr) -> Expr | None:
    values = form.facts.computed(node)
    return const(int(values.low[0])) if values.low[0] == values.high[0] else None


def _is_at_most(form: Form, a: Expr, b: Expr) -> bool:
    """Whether floats never order the two values the other way."""
    return form.facts.computed(a).high[0] <= form.facts.computed(b).low[0]


def _is_below(form: Form, a: Expr, b: Expr) -> bool:
    return form.facts.of(a).high < form.facts.of(b).low


def _extremum(form: Form, node: Expr) -> Expr | None:
    """The argument that is chosen everywhere."""
    for chosen, other in (node.args, node.args[::-1]):
        low, high = (other, chosen) if node.op is co.maximum else (chosen, other)
        if _is_at_most(form, low, high) and (
            _is_below(form, low, high) or _touches_flat(form, node, chosen, other)
        ):
            return chosen
    return None


def _touches_flat(form: Form, node: Expr, chosen: Expr, limit: Expr) -> bool:
    """Whether a value meets a number only where its slope is 0, as ``sin(x)`` meets 1."""
    value, op = number(limit), chosen.op
    if value == 0 and node.op is co.maximum and rises_flat(form.facts, chosen):
        return True
    smooth = op.elementwise and len(chosen.args) == 1 and not op.kinks
    if not smooth or not isinstance(op.rule, Partials) or isfinite(op.domain[0].low):
        return False
    return value == (op.range.low if node.op is co.maximum else op.range.high)


def _clipped(form: Form, node: Expr) -> Expr | None:
    x, low, high = node.args
    if _is_at_most(form, low, x) and _is_at_most(form, x, high):
        return x
    if _is_at_most(form, low, high):
        for limit, lesser, greater in ((low, x, low), (high, high, x)):
            if _is_at_most(form, lesser, greater) and _is_below(form, lesser, greater):
                return limit
    return None


def _log_of_product(form: Form, node: Expr) -> Expr | None:
    """``log(v*exp(u))`` as ``u + log(v)``: where the log is defined, v is positive too."""
    coefficient, rest = form.split(node.args[0])
    factors = rest.args if rest.op is ar.mul else (rest,)
    terms = [f.args[0] for f in factors if f.op is el.exp]
    if not terms or coefficient < 0 or any(f.kind == "bool" for f in factors):
        return None
    others = [f for f in factors if f.op is not el.exp]
    if others or coefficient != 1:
        terms.append(el.log(ar.mul(coefficient, *others)))
    return ar.add(*terms)
