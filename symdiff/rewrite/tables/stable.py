"""Forms that hold their digits where those on the left lose them: one table, no branches.

A row is REAL, equal wherever the left side is defined, whatever the signs; it is FAST where it may
lose up to 3 ulp that the left side has at some arguments.  Rows come to an end because every
application falls in one order, the lexicographic path order in which quotients of exponentials
stand above log, inverse functions, sums and differences, and these above log1p and all else.
"""

from __future__ import annotations

from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..facts.facts import Facts
from ..match import wildcard
from ..row import REAL, Bindings, Rule
from .reading import shifted


def stable_rows() -> list[Rule]:
    """The patterns."""
    a, b = wildcard("a"), wildcard("b")
    one, two = const(1), const(2)
    exp, log, sigmoid, tanh, expm1 = el.exp, el.log, el.sigmoid, el.tanh, el.expm1
    add, sub, mul, div, neg = ar.add, ar.sub, ar.mul, ar.div, ar.neg
    lens, half = el.sqrt(mul(sub(one, a), add(one, a))), div(a, two)
    positive = lambda facts, bound: facts.positive(bound[b])
    return [
        # exponentials and logarithms
        Rule("softplus by log1p",   el.log1p(exp(a)),                 el.softplus(a),         REAL),
        Rule("log1p",               log(add(one, a)),                 el.log1p(a),            REAL),
        Rule("log1p of negative",   log(sub(one, a)),                 el.log1p(neg(a)),       REAL),
        Rule("expm1 back",          mul(exp(neg(a)), expm1(a)),       neg(expm1(neg(a))),     REAL),
        Rule("exp of minus softplus", exp(neg(el.softplus(a))),       sigmoid(neg(a)),        REAL),
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
        # the sigmoid and hyperbolic functions
        Rule("sigmoid",             div(one, add(exp(a), one)),       sigmoid(neg(a)),        REAL),
        Rule("sigmoids of both signs", sub(sigmoid(a), sigmoid(neg(a))), tanh(half),          REAL),
        Rule("the same turned",     sub(sigmoid(neg(a)), sigmoid(a)), neg(tanh(half)),        REAL),
        Rule("sech",                div(one, el.cosh(a)),             el.sech(a),             REAL),
        Rule("twice sinh",          sub(exp(a), exp(neg(a))),         mul(two, el.sinh(a)),   REAL),
        Rule("twice cosh",          add(exp(a), exp(neg(a))),         mul(two, el.cosh(a)),   REAL),
        # circular functions
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
        Rule("asinh",               log(add(a, el.hypot(a, one))),    el.asinh(a),            REAL),
        Rule("hypot minus a side",  sub(el.hypot(a, b), b),
             mul(a, div(a, add(b, el.hypot(a, b)))),                                REAL, positive),
        Rule("quotients one apart", sub(div(b, a), div(b, add(a, one))),
             div(div(b, a), add(a, one)),                                                     REAL),
        Rule("slowness of root",    sub(div(one, lens), one),
             div(mul(a, a), mul(lens, add(one, lens))),                                       REAL),
    ]  # fmt: skip


def gamma_rows() -> list[Rule]:
    """The gamma family at a = b + 1 and at b; DLMF 5.5.1, 5.5.2 and 5.15.5."""
    a, b, c = wildcard("a"), wildcard("b"), wildcard("c")
    one, sub, div, mul = const(1), ar.sub, ar.div, ar.mul
    differences = [
        ("lgamma", sp.lgamma(a), sp.lgamma(b), el.log(ar.abs(b))),
        ("digamma", sp.digamma(a), sp.digamma(b), div(one, b)),
        ("trigamma", sp.polygamma(one, a), sp.polygamma(one, b), div(const(-1), mul(b, b))),
    ]
    rows = [
        ("gamma one further", div(sp.gamma(a), sp.gamma(b)), b),
        ("gamma one back", div(sp.gamma(b), sp.gamma(a)), div(one, b)),
        ("multiple of gamma one further", div(mul(c, sp.gamma(a)), sp.gamma(b)), mul(c, b)),
        ("multiple of gamma one back", div(mul(c, sp.gamma(b)), sp.gamma(a)), div(c, b)),
        ("exp of lgammas", el.exp(sub(sp.lgamma(a), sp.lgamma(b))), ar.abs(b)),
        *[(f"{name} one further", sub(f, g), value) for name, f, g, value in differences],
        *[(f"{name} one back", sub(g, f), ar.neg(value)) for name, f, g, value in differences],
    ]
    return [Rule(name, left, right, REAL, _is_one_apart) for name, left, right in rows]


def _is_one_apart(_: Facts, bound: Bindings) -> bool:
    """Whether a is known to be b + 1."""
    (first, p), (second, q) = [shifted(bound[wildcard(name)]) for name in "ab"]
    return first is second and p - q == 1
