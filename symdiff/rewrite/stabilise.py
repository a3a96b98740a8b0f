"""What ``compile`` does to a graph: the same function in forms that lose no digits and cost less.

Rows are EXACT, FAST (at most 3 ulp of extra error), or forms whose largest error over the domain
is not larger than that of what they replace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import frexp, isfinite
from typing import Any

import numpy as np

from ..expr import OPS, Expr, Op, make
from ..leaves import Const, const
from ..ops import arithmetic as ar
from ..ops import elementary as el
from ..ops import kernels
from ..walk import reachable, rebuild
from .ahead import ahead, ahead_rows, is_concerned
from .exact import HALF, number, tidy_exponent
from .match import Form, wildcard
from .raw import Book, exact_rows, rewritten
from .rules import EXACT, FAST, REAL, Rule

HIGHEST = 7  # an n-th power by products makes n - 1 rounding errors of half an ulp


def stable_rows() -> list[Rule]:
    """Forms that hold their digits where those on the left lose them."""
    a, b, c = map(wildcard, "abc")
    one = const(1)
    exp, log, sigmoid, tanh = el.exp, el.log, el.sigmoid, el.tanh
    add, sub, mul, div, neg = ar.add, ar.sub, ar.mul, ar.div, ar.neg
    grown = add(exp(a), one)
    return [
        Rule("softplus",            log(add(one, exp(a))),            el.softplus(a),         REAL),
        Rule("softplus by log1p",   el.log1p(exp(a)),                 el.softplus(a),         REAL),
        Rule("log1p",               log(add(one, a)),                 el.log1p(a),            REAL),
        Rule("logaddexp",           log(add(exp(a), exp(b))),         el.logaddexp(a, b),     REAL),
        Rule("expm1",               sub(exp(a), one),                 el.expm1(a),            REAL),
        Rule("sigmoid",             div(one, grown),                  sigmoid(neg(a)),        REAL),
        Rule("exp over its sum",    div(exp(a), grown),               sigmoid(a),             REAL),
        Rule("slope of sigmoid",    div(exp(a), mul(grown, grown)),
             mul(sigmoid(a), sigmoid(neg(a))),                                                REAL),
        Rule("one minus sigmoid",   sub(one, sigmoid(a)),             sigmoid(neg(a)),        REAL),
        Rule("sigmoid minus one",   sub(sigmoid(a), one),             neg(sigmoid(neg(a))),   REAL),
        Rule("minus slope of tanh", sub(mul(tanh(a), tanh(a)), one),
             neg(mul(mul(const(4), sigmoid(mul(const(2), a))), sigmoid(mul(const(-2), a)))),  REAL),
        Rule("slope of tanh",       sub(one, mul(tanh(a), tanh(a))),
             mul(mul(const(4), sigmoid(mul(const(2), a))), sigmoid(mul(const(-2), a))),       REAL),
        Rule("hypot of one",        el.sqrt(add(mul(a, a), one)),     el.hypot(a, one),       REAL),
        Rule("over sum of squares", div(c, add(mul(a, a), mul(b, b))),
             div(div(c, el.hypot(a, b)), el.hypot(a, b)),                                     REAL),
        Rule("one minus square",    sub(one, mul(a, a)),
             mul(sub(one, a), add(one, a)),                                                   REAL),
        Rule("square minus one",    sub(mul(a, a), one),
             mul(sub(a, one), add(a, one)),                                                   REAL),
    ]  # fmt: skip


def fast_rows() -> list[Rule]:
    """Cheaper forms within 3 ulp."""
    return [
        Rule("power by products", el.pow, _power, FAST),
        Rule("square by product", ar.square, _square, EXACT),
        Rule("over a power of two", ar.div, _over_power_of_two, EXACT),
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
    return form.apply(ar.mul, (node.args[0], const(1.0 / value)))


def _fold(form: Form, node: Expr) -> Expr | None:
    """The float value of an operation on constants, as the array implementation computes it."""
    values = [_constant(x) for x in node.args]
    if any(v is None for v in values):
        return None
    with np.errstate(all="ignore"):
        value = _implementation(node.op)(*values)
    found = float(value)
    return const(found) if isfinite(found) else None


def _constant(node: Expr) -> float | None:
    if node.op.constant is not None:
        return node.op.constant
    value = number(node)
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None


def _implementation(op: Op) -> Callable[..., Any]:
    """The array implementation that the row names."""
    if callable(op.numpy):
        return op.numpy
    package, _, name = op.numpy.partition(".")
    if package == "special":
        from scipy import special

        found: Callable[..., Any] = getattr(special, name)
    else:
        found = getattr(np if package == "np" else kernels, name)
    return found


def fold_rows() -> list[Rule]:
    """Constant folding for every elementwise operation that gives a real number."""
    return [
        Rule(f"fold {op.name}", op, _fold, FAST, of_constants=True)
        for op in OPS.values()
        if op.elementwise and op.arity in (1, 2) and op.kind is None and not op.param_names
    ]


def _with_powers(found: Sequence[Rule]) -> list[Rule]:
    """Rows with squares as products, and the same rows with squares as powers."""
    images = rebuild([r.pattern for r in found], _power_of_product)
    powers = [r._replace(left=images[r.pattern]) for r in found if images[r.pattern] is not r.left]
    return [*found, *powers]


def _power_of_product(new: Expr, old: Expr) -> Expr:
    if new.op is ar.mul and len(new.args) == 2 and new.args[0] is new.args[1]:
        return make(el.pow, (new.args[0], const(2)))
    return new


@cache
def _books() -> tuple[Book, Book, Book]:
    """What keeps digits and nothing more; what keeps them; what also saves time."""
    stable = _with_powers(stable_rows())
    kept = [*exact_rows(), *stable, *ahead_rows()]
    return Book(stable), Book(kept), Book([*fold_rows(), *fast_rows(), *kept])


def stabilise(outputs: Sequence[Expr], fast: bool = True) -> list[Expr]:
    """The outputs in the forms to compile: stable, and with ``fast`` also cheap.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> stabilise([sd.log(1 + sd.exp(x)), x**2])[0] is sd.softplus(x)
    True
    """
    _, stable, both = _books()
    return rewritten(outputs, both if fast else stable)


def only_stable(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable forms, and else as they are: for graphs too large for more.

    Cost: well under 1 us per node where no form has to change.
    """
    book, nodes = _books()[0], reachable(outputs)
    if is_concerned(nodes):
        outputs = ahead(outputs)
        nodes = reachable(outputs)
    if not any(book.fitting(node) for node in nodes):
        return list(outputs)
    return rewritten(outputs, book)
