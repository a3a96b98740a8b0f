"""Cheaper forms within 3 ulp, for compiled code: small powers by products, constants folded."""

from __future__ import annotations

from fractions import Fraction
from math import frexp, isfinite

import numpy as np

from ...expr import OPS, Expr
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops.implementations import on_arrays
from ..exact import HALF, number, tidy_exponent
from ..match import wildcard
from ..row import EXACT, FAST, Form, Rule

HIGHEST = 7  # an n-th power by products makes n - 1 rounding errors of half an ulp


def fast_rows() -> list[Rule]:
    """The rows that need no constant."""
    a, b = wildcard("a"), wildcard("b")
    neg, mul, div = ar.neg, ar.mul, ar.div
    return [
        Rule("power by products", el.pow, _power, FAST),
        Rule("square by product", ar.square, _square, EXACT),
        Rule("over a power of two", ar.div, _over_power_of_two, EXACT),
        Rule("constant first in sum", ar.add, _constant_first, EXACT),
        Rule("constant first in product", ar.mul, _constant_first, EXACT),
        Rule("minus of minus in product", neg(mul(neg(a), b)), mul(a, b), EXACT),
        Rule("minus of minus in quotient", neg(div(neg(a), b)), div(a, b), EXACT),
    ]


def fold_rows() -> list[Rule]:
    """Constant folding for every elementwise operation that gives a real number."""
    return [
        Rule(f"fold {op.name}", op, _fold, FAST, of_constants=True)
        for op in OPS.values()
        if op.elementwise and op.arity in (1, 2) and op.kind is None and not op.param_names
    ]


def _square(form: Form, node: Expr) -> Expr | None:
    return form.apply(ar.mul, (node.args[0], node.args[0]))


def _power(form: Form, node: Expr) -> Expr | None:
    """Small powers, whole or half: products that share their parts, a root, a quotient."""
    base, exponent = node.args
    value = number(exponent)
    if value is None or base.kind != "real":
        return None
    value = tidy_exponent(value)
    if base.op is el.cbrt and isinstance(value, int) and value > 3:
        power = form.apply(el.pow, (base.args[0], const(value // 3)))
        return form.apply(ar.mul, (power, _raised(form, base, value % 3))) if value % 3 else power
    if isinstance(value, float) or (2 * value) % 1:
        return None
    whole, half = divmod(value, 1)
    if half and not form.facts.nonnegative(base):
        return None  # (-inf)**0.5 is inf, its root nan
    if value < 0:
        if value not in (-1, -2, -3, -HALF):
            return None
        over = form.apply(ar.div, (const(1), base))
        if value == -HALF:
            return form.apply(ar.div, (const(1), form.apply(el.sqrt, (base,))))
        return _raised(form, over, -int(value))
    if value > HIGHEST or value == 0:
        return None
    if not half:
        return _raised(form, base, int(whole))
    root = form.apply(el.sqrt, (base,))
    return form.apply(ar.mul, (_raised(form, base, int(whole)), root)) if whole else root


def _raised(form: Form, base: Expr, exponent: int) -> Expr:
    """``base**exponent`` by repeated squaring, the highest square first."""
    squares = [base]
    while 2 ** len(squares) <= exponent:
        squares.append(form.apply(ar.mul, (squares[-1], squares[-1])))
    wanted = [s for i, s in enumerate(squares) if exponent >> i & 1][::-1]
    product = wanted[0]
    for factor in wanted[1:]:
        product = form.apply(ar.mul, (product, factor))
    return product


def _over_power_of_two(form: Form, node: Expr) -> Expr | None:
    """``x/2**k`` is ``x*2**-k``, rounded once either way."""
    value = number(node.args[1])
    if value is None or isinstance(value, Fraction) or not value or abs(value) > 2**1000:
        return None
    mantissa, exponent = frexp(value)
    if abs(mantissa) != 0.5 or exponent < -1000 or node.args[0].op is Const:
        return None
    return form.apply(ar.mul, (const(1.0 / value), node.args[0]))


def _constant_first(form: Form, node: Expr) -> Expr | None:
    """``1 + x`` for ``x + 1`` and ``2*x`` for ``x*2``, so that the two are one node."""
    if len(node.args) != 2 or node.args[1].op is not Const or node.args[0].op is Const:
        return None
    return form.apply(node.op, node.args[::-1])


def _fold(form: Form, node: Expr) -> Expr | None:
    """The float value of an operation on constants, as the array implementation computes it."""
    values = [_constant(x) for x in node.args]
    if any(v is None for v in values):
        return None
    with np.errstate(all="ignore"):
        value = float(on_arrays(node.op)(*values))
    return const(value) if isfinite(value) else None


def _constant(node: Expr) -> float | None:
    if node.op.constant is not None:
        return node.op.constant
    value = number(node)
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None
