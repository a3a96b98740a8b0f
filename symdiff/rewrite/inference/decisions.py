"""Rules that bounds decide: comparisons, choices, steps, and functions undone by their inverse.

Where a value jumps, the bounds of computed values must decide, with the ends that rounding may
reach; elsewhere the bounds over the reals do, and a tie must be out of reach, as its slope is
that of both arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, pi

from ...domain import Interval
from ...expr import OPS, Expr, Op
from ...leaves import Const, Var
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...rule import Partials
from ..exact import number
from ..row import REAL, Form, Inspect, Rule
from ..rules import rises_flat
from .intervals import is_below


def decision_rows() -> list[Rule]:
    """Every row."""
    return [
        *[Rule(f"{op.name} by bounds", op, _compared, REAL) for op in _VERDICTS],
        *[Rule(f"{op.name} by bounds", op, _step, REAL)
          for op in (ar.floor, ar.ceil, ar.trunc, ar.round, ar.sign)],
        *[Rule(f"{op.name} by bounds", op, _extremum(sign), REAL)
          for op, sign in ((co.maximum, 1), (co.minimum, -1))],
        *[Rule(f"{op.name} with two numbers", op, _limits(sign), REAL)
          for op, sign in ((co.maximum, 1), (co.minimum, -1))],
        Rule("clip by bounds", co.clip, _clipped, REAL),
        *[Rule(f"{outer.name} of {inner.name}", outer, _undone(inner, low, high), REAL)
          for outer, inner, low, high in (
              (el.asin, el.sin, -pi / 2, pi / 2), (el.acos, el.cos, 0.0, pi),
              (el.atan, el.tan, -pi / 2, pi / 2))],
        Rule("relu of nonpositive", el.relu, _relu_of_nonpositive, REAL),
        Rule("log of product with exp", el.log, _log_of_product, REAL),
        Rule("log of odd power", el.log, _log_of_odd_power, REAL),
        Rule("acosh of cosh", el.acosh, _acosh_of_cosh, REAL),
        *[Rule(f"{op.name} of a difference", op, _even_of_difference, REAL)
          for op in OPS.values()
          if op.arity == 1 and op.elementwise and "even" in op.facts and op is not ar.square],
    ]  # fmt: skip


def _at_most(a: Interval, b: Interval) -> bool:
    return a.high <= b.low


_Verdict = Callable[[Interval, Interval], bool]
_VERDICTS: dict[Op, tuple[_Verdict, _Verdict, bool]] = {  # surely, surely not, what it is of nan
    co.lt: (is_below, lambda a, b: _at_most(b, a), False),
    co.le: (_at_most, lambda a, b: is_below(b, a), False),
    co.gt: (lambda a, b: is_below(b, a), _at_most, False),
    co.ge: (lambda a, b: _at_most(b, a), is_below, False),
    co.eq: (lambda a, b: False, lambda a, b: is_below(a, b) or is_below(b, a), False),
    co.ne: (lambda a, b: is_below(a, b) or is_below(b, a), lambda a, b: False, True),
}


def _compared(form: Form, node: Expr) -> Expr | None:
    left, right = node.args
    if _is_free(left) and _is_free(right):
        return None
    computed = form.facts.computed
    a, b = computed.of(left), computed.of(right)
    surely, surely_not, of_nan = _VERDICTS[node.op]
    if surely(a, b):
        verdict = True
    elif surely_not(a, b):
        verdict = False
    else:
        return None
    if verdict != of_nan and (computed.may_be_nan(left) or computed.may_be_nan(right)):
        return None
    return form.shaped(form.constant(verdict), node.shape)


def _is_free(node: Expr) -> bool:
    """Whether a node has no bounds, or is a number, which bounds nothing by itself."""
    return node.op is Const or (node.op is Var and node.params[3].low == -node.params[3].high)


def _step(form: Form, node: Expr) -> Expr | None:
    found = form.facts.computed.of(node)
    if found.low != found.high:
        return None
    return form.shaped(form.constant(int(found.low)), node.shape)


def _extremum(sign: int) -> Inspect:
    """The argument that is the greater (``sign`` 1) or the less (-1) everywhere."""

    def choose(form: Form, node: Expr) -> Expr | None:
        facts, (a, b) = form.facts, node.args
        for chosen, other in ((a, b), (b, a)):
            low, high = (other, chosen) if sign > 0 else (chosen, other)
            if _at_most(facts.computed.of(low), facts.computed.of(high)) and (
                facts.below(low, high) or _touches_flat(form, chosen, other, sign)
            ):
                return form.shaped(chosen, node.shape)
        return None

    return choose


def _touches_flat(form: Form, chosen: Expr, limit: Expr, sign: int) -> bool:
    """Whether a value meets a number only where its slope is 0, as ``sin(x)`` meets 1."""
    value = number(limit)
    if value is None:
        return False
    if value == 0 and sign > 0 and rises_flat(form.facts, chosen):
        return True
    op = chosen.op
    smooth = op.elementwise and len(chosen.args) == 1 and not op.kinks
    if not smooth or not isinstance(op.rule, Partials) or isfinite(op.domain[0].low):
        return False
    return bool(value == (op.range.low if sign > 0 else op.range.high))


def _limits(sign: int) -> Inspect:
    """``maximum(maximum(x, 1), 2)`` as ``maximum(x, 2)``."""

    def limited(form: Form, node: Expr) -> Expr | None:
        outer, inner = _limit_of(node)
        if outer is None or inner.op is not node.op:
            return None
        limit, x = _limit_of(inner)
        if limit is None or (number(outer) - number(limit)) * sign <= 0:  # type: ignore[operator]
            return None
        return form.apply(node.op, (x, outer))

    return limited


def _limit_of(node: Expr) -> tuple[Expr | None, Expr]:
    """The number among two arguments, and the other one."""
    a, b = node.args
    if number(a) is not None:
        return a, b
    return (b if number(b) is not None else None), a


def _clipped(form: Form, node: Expr) -> Expr | None:
    computed = form.facts.computed
    x, low, high = [computed.of(arg) for arg in node.args]
    if _at_most(low, x) and _at_most(x, high):
        return form.shaped(node.args[0], node.shape)
    if _at_most(low, high):
        for found, limit, beyond in (
            (_at_most(x, low), 1, (0, 1)),
            (_at_most(high, x), 2, (2, 0)),
        ):
            if found and form.facts.below(node.args[beyond[0]], node.args[beyond[1]]):
                return form.shaped(node.args[limit], node.shape)
    return None


def _undone(inner: Op, low: float, high: float) -> Inspect:
    """An inverse function of a value inside the branch that it returns."""

    def undo(form: Form, node: Expr) -> Expr | None:
        (y,) = node.args
        if y.op is inner and form.facts.inside(y.args[0], low, high):
            return y.args[0]
        return None

    return undo


def _relu_of_nonpositive(form: Form, node: Expr) -> Expr | None:
    """0, with slope 0 at 0 as the convention says."""
    negative = form.facts.nonpositive(node.args[0])
    return form.shaped(form.constant(0), node.shape) if negative else None


def _log_of_product(form: Form, node: Expr) -> Expr | None:
    """``log(v*exp(u))`` as ``u + log(v)``: where the log is defined, v is positive too."""
    coefficient, rest = form.split(node.args[0])
    factors = rest.args if rest.op is ar.mul else (rest,)
    found = [f for f in factors if f.op is el.exp]
    others = [f for f in factors if f.op is not el.exp]
    if not found or coefficient < 0 or any(x.kind == "bool" for x in factors):
        return None
    left = form.apply(ar.mul, (form.constant(coefficient), *others)) if others else None
    left = form.constant(coefficient) if left is None else left
    parts = [f.args[0] for f in found]
    if number(left) != 1:
        parts.append(form.apply(el.log, (left,)))
    return form.apply(ar.add, tuple(parts)) if len(parts) > 1 else parts[0]


def _log_of_odd_power(form: Form, node: Expr) -> Expr | None:
    """``log(1/v)`` as ``-log(v)``: only an even power of a negative number is positive."""
    (x,) = node.args
    exponent = number(x.args[1]) if x.op is el.pow else None
    if exponent is None or exponent % 2 == 0:
        return None
    return form.times(exponent, form.apply(el.log, x.args[:1]))


def _acosh_of_cosh(form: Form, node: Expr) -> Expr | None:
    (y,) = node.args
    return form.apply(ar.abs, y.args) if y.op is el.cosh else None


def _even_of_difference(form: Form, node: Expr) -> Expr | None:
    """``cos(y - x)`` as ``cos(x - y)``."""
    (x,) = node.args
    if x.op is not ar.add or form.split(x.args[0])[0] > 0:
        return None
    flipped = form.times(-1, x)  # a product where the sum must stay as it is
    return form.apply(node.op, (flipped,), node.params) if flipped.op is ar.add else None
