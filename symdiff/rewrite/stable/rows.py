"""Forms that hold their digits where those on the left lose them: one table, no branches.

A row is REAL, equal wherever the left side is defined, whatever the signs; it is FAST where it may
lose up to 3 ulp that the left side has at some arguments.  Rows come to an end because every
application falls in one order, the lexicographic path order in which exp, log and inverse functions
stand above sums and differences, these above log1p, quotients, products and all else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ...walk import rebuild
from ..match import wildcard
from ..row import FAST, REAL, Rule
from .apart import apart_rows
from .hyperbolic import hyperbolic_rows
from .lengths import length_rows
from .sigmoids import sigmoid_rows


def stable_rows() -> list[Rule]:
    """The patterns, with squares as products."""
    a, b = wildcard("a"), wildcard("b")
    one, two = const(1), const(2)
    exp, log, sigmoid, tanh, cosh, expm1 = el.exp, el.log, el.sigmoid, el.tanh, el.cosh, el.expm1
    add, sub, mul, div, neg = ar.add, ar.sub, ar.mul, ar.div, ar.neg
    grown = add(exp(a), one)
    root = el.sqrt(add(one, a))
    lens = el.sqrt(mul(sub(one, a), add(one, a)))
    half = div(a, two)
    sin_half, sinh_half = el.pow(el.sin(half), two), el.pow(el.sinh(half), two)
    slope = el.pow(el.sech(a), two)
    positive = lambda facts, bound: facts.positive(bound[b])
    may_reach_one = lambda facts, bound: not facts.inside(bound[a], -math.inf, 1)
    return [
        # exponentials and logarithms
        Rule("softplus",            log(grown),                       el.softplus(a),         REAL),
        Rule("softplus by log1p",   el.log1p(exp(a)),                 el.softplus(a),         REAL),
        Rule("log1p",               log(add(one, a)),                 el.log1p(a),            REAL),
        Rule("logaddexp",           log(add(exp(a), exp(b))),         el.logaddexp(a, b),     REAL),
        Rule("log1p of negative",   log(sub(one, a)),                 el.log1p(neg(a)),       REAL),
        Rule("expm1",               sub(exp(a), one),                 expm1(a),               REAL),
        Rule("minus expm1",         sub(one, exp(a)),                 neg(expm1(a)),          REAL),
        Rule("expm1 back",          mul(exp(neg(a)), expm1(a)),       neg(expm1(neg(a))),     REAL),
        Rule("logaddexp of the same", sub(a, el.logaddexp(a, b)),
             neg(el.softplus(sub(b, a))),                                                     REAL),
        Rule("log1mexp",            log(neg(expm1(a))),               el.log1mexp(neg(a)),    REAL),
        Rule("log of difference of exps", log(sub(exp(a), exp(b))),
             add(a, el.log1mexp(sub(a, b))),                                                  REAL),
        Rule("logit",               log(div(a, sub(one, a))),         el.logit(a),            REAL),
        Rule("logit by two logs",   sub(log(a), el.log1p(neg(a))),    el.logit(a),            REAL),
        Rule("logs one apart",      sub(el.log1p(a), log(a)),         el.log1p(div(one, a)),  REAL),
        Rule("minus logs one apart", sub(log(a), el.log1p(a)),
             neg(el.log1p(div(one, a))),                                                      REAL),
        Rule("x log x",             mul(a, log(a)),                   el.xlogy(a, a),         REAL),
        # the sigmoid
        Rule("sigmoid",             div(one, grown),                  sigmoid(neg(a)),        REAL),
        Rule("one minus sigmoid",   sub(one, sigmoid(a)),             sigmoid(neg(a)),
             REAL, may_reach_one),
        Rule("sigmoid minus one",   sub(sigmoid(a), one),             neg(sigmoid(neg(a))),   REAL),
        Rule("one minus two sigmoids", sub(one, mul(sigmoid(a), two)), neg(tanh(half)),       REAL),
        Rule("two sigmoids minus one", sub(mul(sigmoid(a), two), one), tanh(half),            REAL),
        Rule("sigmoids of both signs", sub(sigmoid(a), sigmoid(neg(a))), tanh(half),          REAL),
        Rule("the same turned",     sub(sigmoid(neg(a)), sigmoid(a)), neg(tanh(half)),        REAL),
        Rule("difference of sigmoids", sub(mul(b, sigmoid(neg(a))), mul(b, sigmoid(a))),
             neg(mul(b, tanh(half))),                                                         REAL),
        # hyperbolic functions
        Rule("one minus tanh",      sub(one, tanh(a)),
             mul(two, sigmoid(mul(const(-2), a))),                                            REAL),
        Rule("one plus tanh",       add(one, tanh(a)),
             mul(two, sigmoid(mul(two, a))),                                                  REAL),
        Rule("sech",                div(one, cosh(a)),                el.sech(a),             REAL),
        Rule("slope of tanh",       sub(one, mul(tanh(a), tanh(a))),  slope,                  FAST),
        Rule("minus slope of tanh", sub(mul(tanh(a), tanh(a)), one),  neg(slope),             FAST),
        Rule("twice sinh",          sub(exp(a), exp(neg(a))),         mul(two, el.sinh(a)),   REAL),
        Rule("twice cosh",          add(exp(a), exp(neg(a))),         mul(two, cosh(a)),      REAL),
        Rule("cosh minus one",      sub(cosh(a), one),                mul(two, sinh_half),    REAL),
        Rule("erfc",                sub(one, sp.erf(a)),              sp.erfc(a),             REAL),
        Rule("minus erfc",          sub(sp.erf(a), one),              neg(sp.erfc(a)),        REAL),
        Rule("erfc of negative",    add(one, sp.erf(a)),              sp.erfc(neg(a)),        REAL),
        # circular functions
        Rule("one minus cos",       sub(one, el.cos(a)),              mul(two, sin_half),     REAL),
        Rule("cos minus one",       sub(el.cos(a), one),
             mul(const(-2), sin_half),                                                        REAL),
        Rule("acosh next to one",   el.acosh(add(one, a)),
             mul(two, el.asinh(el.sqrt(half))),                                               REAL),
        Rule("acos next to one",    el.acos(sub(one, a)),
             mul(two, el.asin(el.sqrt(half))),                                                REAL),
        Rule("asin of root",        el.asin(el.sqrt(a)),
             el.atan2(el.sqrt(a), el.sqrt(sub(one, a))),                                      REAL),
        Rule("angles one apart",    sub(el.atan(add(a, one)), el.atan(a)),
             el.atan2(one, add(one, mul(a, add(a, one)))),                                    REAL),
        Rule("atanh",               log(div(add(one, a), sub(one, a))),
             mul(two, el.atanh(a)),                                                           REAL),
        # squares and roots
        Rule("hypot",               el.sqrt(add(mul(a, a), mul(b, b))), el.hypot(a, b),       REAL),
        Rule("hypot of one",        el.sqrt(add(mul(a, a), one)),     el.hypot(a, one),       REAL),
        Rule("asinh",               log(add(a, el.hypot(a, one))),    el.asinh(a),            REAL),
        Rule("root minus one",      sub(root, one),                   div(a, add(one, root)), REAL),
        Rule("one minus root",      sub(one, el.sqrt(sub(one, a))),
             div(a, add(one, el.sqrt(sub(one, a)))),                                          REAL),
        Rule("hypot minus a side",  sub(el.hypot(a, b), b),
             mul(a, div(a, add(b, el.hypot(a, b)))),                                REAL, positive),
        Rule("quotients one apart", sub(div(b, a), div(b, add(a, one))),
             div(div(b, a), add(a, one)),                                                     REAL),
        Rule("slowness of root",    sub(div(one, lens), one),
             div(mul(a, a), mul(lens, add(one, lens))),                                       REAL),
        Rule("difference of squares", sub(mul(a, a), mul(b, b)),
             mul(sub(a, b), add(a, b)),                                                       REAL),
        Rule("one minus square",    sub(one, mul(a, a)),
             mul(sub(one, a), add(one, a)),                                                   REAL),
        Rule("square minus one",    sub(mul(a, a), one),
             mul(sub(a, one), add(a, one)),                                                   REAL),
    ]  # fmt: skip


def with_powers(rows: Sequence[Rule]) -> list[Rule]:
    """Rows with squares as products, and the same rows with squares as powers."""
    images = rebuild([r.pattern for r in rows], _power_of_product)
    powers = [r._replace(left=images[r.pattern]) for r in rows if images[r.pattern] is not r.left]
    return [*rows, *powers]


def _power_of_product(new: Expr, old: Expr) -> Expr:
    if new.op is ar.mul and len(new.args) == 2 and new.args[0] is new.args[1]:
        return make(el.pow, (new.args[0], const(2)))
    return new


def computed_rows() -> list[Rule]:
    """The rows that a pattern cannot say."""
    return [
        *length_rows(),
        *sigmoid_rows(),
        *hyperbolic_rows(),
        *apart_rows(),
    ]
