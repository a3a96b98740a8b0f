"""Cheaper forms within 3 ulp, for compiled code: small powers by products, constants folded."""

from __future__ import annotations

from fractions import Fraction
from math import frexp, isfinite

import numpy as np

from ...expr import OPS, Expr
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...ops.implementations import on_arrays
from ..exact import HALF, number, tidy_exponent
from ..match import wildcard
from ..row import EXACT, FAST, Below, Form, Rule, of_constants
from .reading import ONE

HIGHEST = 7  # an n-th power by products makes n - 1 rounding errors of half an ulp


_constant_last: Below = lambda below: below[-1] is Const is not below[0]


def fast_rows() -> list[Rule]:
    """The rows that need no constant."""
    a, b = wildcard("a"), wildcard("b")
    neg, mul, div = ar.neg, ar.mul, ar.div
    return [
        Rule("power by products", el.pow, _power, FAST),
        Rule("square by product", ar.square(a), mul(a, a), EXACT),
        Rule("over a power of two", div, _over_power_of_two, EXACT, below=_constant_last),
        Rule("constant first in sum", ar.add, _constant_first, EXACT, below=_constant_last),
        Rule("constant first in product", mul, _constant_first, EXACT, below=_constant_last),
        Rule("minus of minus in product", neg(mul(neg(a), b)), mul(a, b), EXACT),
        Rule("minus of minus in quotient", neg(div(neg(a), b)), div(a, b), EXACT),
    ]


_COMPARISONS = (co.lt, co.le, co.gt, co.ge, co.eq, co.ne)


def fold_rows() -> list[Rule]:
    """Constant folding for comparisons and every operation that gives a real number."""
    return [
        Rule(f"fold {op.name}", op, _fold, FAST, below=of_constants)
        for op in OPS.values()
        if op.elementwise and op.arity in (1, 2) and not op.param_names
        if op.kind is None or op in _COMPARISONS
    ]


def _power(form: Form, node: Expr) -> Expr | None:
    """Small powers, whole or half: products that share their parts, a root, a quotient."""
    base, exponent = node.args
    value = tidy_exponent(number(exponent) or 0)
    size = -value if value < 0 else value
    if isinstance(size, float) or (2 * size) % 1 or not 0 < size <= HIGHEST or base.kind != "real":
        return None
    whole, half = divmod(size, 1)
    if (half and not form.facts.nonnegative(base)) or (value < 0 and size not in (1, 2, 3, HALF)):
        return None  # (-inf)**0.5 is inf, its root nan; of 1/x a power has more rounding errors
    if value < 0 and whole:
        return _raised(ONE / base, int(whole))
    power = el.sqrt(base) if half else _raised(base, int(whole))
    if value < 0:
        return ONE / power
    return _raised(base, int(whole)) * power if half and whole else power


def _raised(base: Expr, exponent: int) -> Expr:
    """``base**exponent`` by repeated squaring, the highest square first."""
    power, square = base if exponent % 2 else ONE, base
    while exponent := exponent // 2:
        square = square * square
        if exponent % 2:
            power = square if power is ONE else square * power
    return power


def _over_power_of_two(form: Form, node: Expr) -> Expr | None:
    """``x/2**k`` is ``x*2**-k``, rounded once either way; so is ``-x/2**k``."""
    value = number(node.args[1])
    if value is None or isinstance(value, Fraction) or not value or abs(value) > 2**1000:
        return None
    mantissa, exponent = frexp(value)
    if abs(mantissa) != 0.5 or exponent < -1000 or node.args[0].op is Const:
        return None
    top = node.args[0]
    if top.op is ar.neg:
        return ar.mul(const(-1.0 / value), *top.args)
    return ar.mul(const(1.0 / value), top)


def _constant_first(form: Form, node: Expr) -> Expr | None:
    """``1 + x`` for ``x + 1`` and ``2*x`` for ``x*2``, so that the two are one node."""
    if len(node.args) != 2 or node.args[1].op is not Const or node.args[0].op is Const:
        return None
    return node.op(*node.args[::-1])


def _fold(form: Form, node: Expr) -> Expr | None:
    """The float value of an operation on constants, as the array implementation computes it."""
    values = [x.op.constant if x.op.constant is not None else number(x) for x in node.args]
    if None in values:
        return None
    try:
        with np.errstate(all="ignore"):
            value = float(on_arrays(node.op)(*[float(v) for v in values if v is not None]))
    except OverflowError:
        return None
    if node.kind == "bool":
        return const(bool(value))
    return const(value) if isfinite(value) else None
