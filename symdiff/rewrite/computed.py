"""Rules whose left side is an operation: a function inspects the node.

They fold constants and decide comparisons from domains; what they need to see (numbers, kinds,
intervals) has no place in a pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, trunc
from typing import Any

import numpy as np

from ..domain import Interval
from ..expr import OPS, Expr, Op, make
from ..leaves import Var
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from ..ops.implementations import on_arrays
from .arrays.alike import alike_rows
from .arrays.array_rules import array_rows
from .branches import choice_compared, decided, decided_without_nan
from .exact import Number, number, shorten
from .facts.decisions import decision_rows
from .match import multiple
from .nodes import as_powers, factors_of
from .row import EXACT, REAL, Form, Inspect, Rule, of_constants
from .terms import Product
from .ties import tie_rows

Comparison = Callable[[Number, Number], bool]


def inspections() -> list[Rule]:
    """Every computed row."""
    compared = [
        Rule(f"decide {op.name}", op, _decide(holds, swapped), EXACT)
        for op, holds, swapped in (
            (co.lt, lambda a, b: a < b, co.gt), (co.le, lambda a, b: a <= b, co.ge),
            (co.gt, lambda a, b: a > b, co.lt), (co.ge, lambda a, b: a >= b, co.le),
            (co.eq, lambda a, b: a == b, co.eq), (co.ne, lambda a, b: a != b, co.ne),
        )
    ]  # fmt: skip
    folded = [
        Rule(f"{op.name} of numbers", op, _folding(function), EXACT, below=of_constants)
        for op, function in (
            (co.maximum, max), (co.minimum, min), (ar.floor, floor), (ar.ceil, ceil),
            (ar.trunc, trunc), (ar.round, round), (ar.sign, lambda v: (v > 0) - (v < 0)),
            (ar.mod, lambda a, b: a % b if b else None),
        )
    ]  # fmt: skip
    turned = [
        Rule("odd function", op, _turned(-1), EXACT)
        if "odd" in op.facts
        else Rule("even function", op, _turned(1), EXACT)
        for op in OPS.values()
        if op.arity == 1 and op.elementwise and not {"odd", "even"}.isdisjoint(op.facts)
    ]
    valued = [
        Rule("value at 0 or 1", op, _value, REAL, below=of_constants)
        for op in OPS.values()
        if op.arity == 1 and op.elementwise and op.kind is None
    ]
    return [
        *valued,
        *turned,
        *compared,
        *folded,
        Rule("abs of multiple", ar.abs, _abs_of_multiple, REAL),
        Rule("sign of multiple", ar.sign, _sign_of_multiple, REAL),
        Rule("sinh over a power of cosh", ar.mul, _bounded, REAL, among=el.sinh),
        *array_rows(),
        *alike_rows(),
        Rule("where in its branch", co.where, decided, EXACT),
        *[
            Rule(f"{op.name} of choice", op, choice_compared, EXACT)
            for op in (co.lt, co.le, co.gt, co.ge, co.eq, co.ne)
        ],
        Rule("where in its branch, of numbers", co.where, decided_without_nan, REAL),
        *decision_rows(),
        *tie_rows(),
    ]


def _value(form: Form, node: Expr) -> Expr | None:
    """The value of a function at 0 or 1 where that is a multiple of 1/2.

    No other number is rounded to such a value there, as ``erf(6)`` is to 1.
    """
    at = number(node.args[0])
    if type(at) is not int or at not in (0, 1):
        return None
    with np.errstate(all="ignore"):
        value = float(on_arrays(node.op)(float(at)))
    return form.constant(shorten(Fraction(value))) if (2 * value).is_integer() else None


def _turned(sign: int) -> Inspect:
    """An odd (``sign`` -1) or even function of an argument that is written with a minus."""

    def turned(form: Form, node: Expr) -> Expr | None:
        if form.split(node.args[0])[0] >= 0:
            return None
        opposite = form.apply(node.op, (form.times(-1, node.args[0]),), node.params)
        return form.times(sign, opposite)

    return turned


def _bounded(form: Form, node: Expr) -> Expr | None:
    """``sinh(u)/cosh(u)**3`` as ``tanh(u)/cosh(u)**2``, where nothing above the bar overflows."""
    powers = factors_of(node)
    for base, above in powers.items():
        if base.op is el.sinh:
            under = make(el.cosh, base.args)
            below = -powers[under]
            if type(above) is type(below) is int and above > 0 and below > 0:
                share = min(above, below)
                rest = powers.over(Product([(base, share), (under, -share)]))
                return make(ar.mul, (*as_powers(rest), el.tanh(*base.args) ** share))
    return None


def _folding(function: Callable[..., Any]) -> Inspect:
    def fold(form: Form, node: Expr) -> Expr | None:
        values = [number(x) for x in node.args]
        if any(v is None or type(v) is float for v in values):
            return None
        found = function(*values)
        return None if found is None else form.constant(shorten(found))

    return fold


def _decide(holds: Comparison, swapped: Op) -> Inspect:
    """Comparisons of two numbers, of a node with itself, and of a variable with its domain."""

    def decide(form: Form, node: Expr) -> Expr | None:
        left, right = node.args
        a, b = number(left), number(right)
        if a is not None and b is not None:
            return form.constant(holds(a, b))
        if a is not None and swapped is not node.op:
            return form.apply(swapped, (right, left))
        if b is not None and left.op is Var:
            verdict = _by_domain(holds, left.params[3], b)
            return None if verdict is None else form.shaped(form.constant(verdict), node.shape)
        return None

    return decide


def _by_domain(holds: Comparison, domain: Interval, limit: Number) -> bool | None:
    """Whether the comparison has one answer in the whole domain."""
    low, high = domain.low, domain.high
    inside = domain.contains(limit)
    if inside:
        interior = low < limit < high
        return None if interior or low == high else _at_end(holds, domain, limit)
    return holds(0, 1) if limit >= high and low < limit else holds(1, 0)


def _at_end(holds: Comparison, domain: Interval, limit: Number) -> bool | None:
    """The limit is a closed end: equality and the strict inequality must agree."""
    beside = holds(1, 0) if limit == domain.low else holds(0, 1)
    return beside if beside == holds(0, 0) else None


def _abs_of_multiple(form: Form, node: Expr) -> Expr | None:
    found = multiple(form, node.args[0])
    if found is None:
        return None
    coefficient, rest = found
    size = -coefficient if coefficient < 0 else coefficient
    return form.times(size, form.apply(ar.abs, (rest,)))


def _sign_of_multiple(form: Form, node: Expr) -> Expr | None:
    found = multiple(form, node.args[0])
    if found is None:
        return None
    coefficient, rest = found
    return form.times(1 if coefficient > 0 else -1, form.apply(ar.sign, (rest,)))
