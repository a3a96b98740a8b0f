"""What ``compile`` does to a graph: the same function in forms that lose no digits and cost less.

Rows are EXACT, FAST (at most 3 ulp of extra error), or forms whose largest error over the domain
is not larger than that of what they replace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, reduce
from math import frexp, isfinite
from typing import Any

import numpy as np

from ...expr import OPS, Expr, Op, as_expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import kernels
from ...ops import special as sp
from ...structure import flatten
from ...walk import reachable, rebuild
from ..exact import HALF, number, tidy_exponent
from ..guards import guard_rows
from ..match import Form, wildcard
from ..raw import Book, exact_rows, rewritten
from ..rules import EXACT, FAST, REAL, Rule
from .ahead import ahead, ahead_rows, is_concerned
from .decay import without_overflow
from .differences import difference_rows
from .ranges import range_rows
from .removable import without_cancellation
from .scales import without_scale

MOST_SQUARES = 4  # under a root that is written by hypot
HIGHEST = 7  # an n-th power by products makes n - 1 rounding errors of half an ulp


def stable_rows() -> list[Rule]:
    """Forms that hold their digits where those on the left lose them."""
    a, b, c = map(wildcard, "abc")
    one = const(1)
    exp, log, sigmoid, tanh = el.exp, el.log, el.sigmoid, el.tanh
    add, sub, mul, div, neg = ar.add, ar.sub, ar.mul, ar.div, ar.neg
    grown = add(exp(a), one)
    root = el.sqrt(add(one, a))
    lens = el.sqrt(mul(sub(one, a), add(one, a)))
    two = const(2)
    sin_half = el.pow(el.sin(div(a, two)), two)
    sinh_half = el.pow(el.sinh(div(a, two)), two)
    return [
        Rule("softplus",            log(add(one, exp(a))),            el.softplus(a),         REAL),
        Rule("softplus by log1p",   el.log1p(exp(a)),                 el.softplus(a),         REAL),
        Rule("log1p",               log(add(one, a)),                 el.log1p(a),            REAL),
        Rule("logaddexp",           log(add(exp(a), exp(b))),         el.logaddexp(a, b),     REAL),
        Rule("log1p of negative",   log(sub(one, a)),                 el.log1p(neg(a)),       REAL),
        Rule("expm1",               sub(exp(a), one),                 el.expm1(a),            REAL),
        Rule("minus expm1",         sub(one, exp(a)),                 neg(el.expm1(a)),       REAL),
        Rule("logaddexp of the same", sub(a, el.logaddexp(a, b)),
             neg(el.softplus(sub(b, a))),                                                     REAL),
        Rule("one minus cos",       sub(one, el.cos(a)),              mul(two, sin_half),     REAL),
        Rule("cos minus one",       sub(el.cos(a), one),
             mul(const(-2), sin_half),                                                        REAL),
        Rule("cosh minus one",      sub(el.cosh(a), one),             mul(two, sinh_half),    REAL),
        Rule("erfc",                sub(one, sp.erf(a)),              sp.erfc(a),             REAL),
        Rule("minus erfc",          sub(sp.erf(a), one),              neg(sp.erfc(a)),        REAL),
        Rule("erfc of negative",    add(one, sp.erf(a)),              sp.erfc(neg(a)),        REAL),
        Rule("x log x",             mul(a, log(a)),                   el.xlogy(a, a),         REAL),
        Rule("one minus tanh",      sub(one, tanh(a)),
             mul(two, sigmoid(mul(const(-2), a))),                                            REAL),
        Rule("one plus tanh",       add(one, tanh(a)),
             mul(two, sigmoid(mul(two, a))),                                                  REAL),
        Rule("acosh next to one",   el.acosh(add(one, a)),
             mul(const(2), el.asinh(el.sqrt(div(a, two)))),                                  REAL),
        Rule("acos next to one",    el.acos(sub(one, a)),
             mul(const(2), el.asin(el.sqrt(div(a, two)))),                                   REAL),
        Rule("asin of root",        el.asin(el.sqrt(a)),
             el.atan2(el.sqrt(a), el.sqrt(sub(one, a))),                                      REAL),
        Rule("hypot",               el.sqrt(add(mul(a, a), mul(b, b))), el.hypot(a, b),       REAL),
        Rule("log of hypot",        log(add(mul(a, a), mul(b, b))),
             mul(const(2), log(el.hypot(a, b))),                                              REAL),
        Rule("asinh",               log(add(a, el.hypot(a, one))),    el.asinh(a),            REAL),
        Rule("root minus one",      sub(root, one),                   div(a, add(root, one)), REAL),
        Rule("one minus root",      sub(one, el.sqrt(sub(one, a))),
             div(a, add(one, el.sqrt(sub(one, a)))),                                          REAL),
        Rule("slowness of root",    sub(div(one, lens), one),
             div(mul(a, a), mul(lens, add(lens, one))),                                       REAL),
        Rule("difference of squares", sub(mul(a, a), mul(b, b)),
             mul(sub(a, b), add(a, b)),                                                       REAL),
        Rule("sigmoid",             div(one, grown),                  sigmoid(neg(a)),        REAL),
        Rule("exp over its sum",    div(exp(a), grown),               sigmoid(a),             REAL),
        Rule("slope of sigmoid",    div(exp(a), mul(grown, grown)),
             mul(sigmoid(a), sigmoid(neg(a))),                                                REAL),
        Rule("one minus sigmoid",   sub(one, sigmoid(a)),             sigmoid(neg(a)),        REAL),
        Rule("sigmoid minus one",   sub(sigmoid(a), one),             neg(sigmoid(neg(a))),   REAL),
        Rule("sigmoid less a label", sub(sigmoid(a), b),
             sub(mul(sub(one, b), sigmoid(a)), mul(b, sigmoid(neg(a)))),                      REAL),
        Rule("label less a sigmoid", sub(b, sigmoid(a)),
             sub(mul(b, sigmoid(neg(a))), mul(sub(one, b), sigmoid(a))),                      REAL),
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


def _norm_row() -> Rule:
    return Rule("hypot of many", el.sqrt, _norm, REAL)


def _norm(form: Form, node: Expr) -> Expr | None:
    """The root of a sum of squares by hypot."""
    terms = [node.args[0]]
    while any(t.op is ar.add for t in terms) and len(terms) <= MOST_SQUARES:
        terms = [p for t in terms for p in (t.args if t.op is ar.add else (t,))]
    if not 1 < len(terms) <= MOST_SQUARES or not all(_is_square(t) for t in terms):
        return None
    return reduce(lambda x, y: make(el.hypot, (x, y)), [t.args[0] for t in terms])


def _is_square(node: Expr) -> bool:
    if node.op is ar.square or (node.op is el.pow and number(node.args[1]) == 2):
        return True
    return node.op is ar.mul and len(node.args) == 2 and node.args[0] is node.args[1]


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
    if base.op in _ROOTS and isinstance(value, int) and value > _ROOTS[base.op]:
        degree = _ROOTS[base.op]
        power = form.apply(el.pow, (base.args[0], const(value // degree)))
        left = value % degree
        return form.apply(ar.mul, (power, _raised(form, base, left))) if left else power
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


_ROOTS = {el.cbrt: 3}


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


def _value(op: Op, *args: Any) -> Any:
    """The float value of an elementwise operation."""
    function = _implementation(op)
    return reduce(function, args) if op.arity is None else function(*args)


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
def _books() -> tuple[Book, Book, Book, Book]:
    """What keeps digits and nothing more; what keeps them, and what also saves time, each with
    what may follow.
    """
    kept, fast = exact_rows(), [*fold_rows(), *fast_rows()]
    first = [*kept, *_with_powers(stable_rows()), _norm_row(), *guard_rows(), *ahead_rows()]
    last = [*kept, *difference_rows(), *range_rows()]
    return Book(first), Book(last), Book([*fast, *first]), Book([*fast, *last])


def stabilise(outputs: Sequence[Expr], fast: bool = True) -> list[Expr]:
    """The outputs in the forms to compile: stable, and with ``fast`` also cheap.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> stabilise([sd.log(1 + sd.exp(x)), x**2])[0] is sd.softplus(x)
    True
    """
    first, last = _books()[2:] if fast else _books()[:2]
    found = rewritten(outputs, first)
    better = without_scale(without_overflow(without_cancellation(found, _value)))
    return rewritten(better, _computed_book() if better == found else last)


@cache
def _book_of_large() -> Book:
    return Book(_with_powers(stable_rows()))


def stable(tree: Any) -> Any:
    """The forms that lose no digits, for printing: what ``compile`` starts from.

    ``tree`` is an expression or a nested list, tuple or dict of them.  ``compile`` goes further,
    where a form holds in a part of the domain only.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(stable(sd.log(1 + sd.exp(x))), stable(1 - sd.cos(x)), sep=", ")
    softplus(x), 2*sin(x/2)**2
    """
    leaves, restore = flatten(tree)
    return restore(rewritten([as_expr(leaf) for leaf in leaves], _book_to_print()))


@cache
def _computed_book() -> Book:
    return Book([*difference_rows(), *range_rows()])


@cache
def _book_to_print() -> Book:
    return Book([*_with_powers(stable_rows()), _norm_row(), *ahead_rows()])


def only_stable(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable forms, and else as they are: for graphs too large for more.

    Cost: well under 1 us per node where no form has to change.
    """
    book, nodes = _book_of_large(), reachable(outputs)
    if is_concerned(nodes):
        outputs = ahead(outputs)
        nodes = reachable(outputs)
    if not any(book.fitting(node) for node in nodes):
        return list(outputs)
    return rewritten(outputs, book)
