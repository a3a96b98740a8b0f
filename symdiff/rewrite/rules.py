"""The rules of simplification, one row each: name, left side, right side, condition, exactness.

A left side is a pattern over wildcards, or an operation whose nodes a function inspects.  The
condition must be *known* to hold.  Left sides are brought into canonical form before use, so a
row may be written the way a person writes it.
"""

from __future__ import annotations

import math

from ..expr import Expr
from ..leaves import const
from ..ops import arithmetic as ar
from ..ops import compare as co
from ..ops import elementary as el
from ..ops import special as sp
from ..ops.elementary import pow
from .exact import number
from .facts.facts import Facts
from .facts.ranges import ZERO
from .match import wildcard
from .row import EXACT, REAL, Condition, Rule


def rows() -> list[Rule]:
    """Every pattern row, in the order in which they are tried."""
    a, b, c = map(wildcard, "abc")
    p, q = wildcard("p"), wildcard("q")
    yes, no, one, zero = const(True), const(False), const(1), const(0)
    sin, cos, tan = el.sin, el.cos, el.tan
    sinh, cosh, tanh = el.sinh, el.cosh, el.tanh
    exp, log, sigmoid, softplus = el.exp, el.log, el.sigmoid, el.softplus
    where, both, either, no_longer = co.where, co.logical_and, co.logical_or, co.logical_not
    positive = lambda facts, found: facts.positive(found[a])
    # only an even power of a negative number is positive
    not_even = lambda facts, found: (
        facts.positive(found[a]) or (number(found[b]) or 0) % 2 != 0
    )
    a_or_log = lambda facts, found: facts.nonzero(found[a]) or facts.positive(found[b])
    whole = lambda facts, found: facts.of(found[a]).whole
    above = lambda facts, found: rises_flat(facts, found[a])
    below = lambda facts, found: facts.of(found[a]).high < ZERO
    nowhere_above = lambda facts, found: facts.of(found[a]).high <= ZERO
    right_angle = lambda facts, found: facts.inside(found[a], -math.pi / 2, math.pi / 2)
    half_turn = lambda facts, found: facts.inside(found[a], 0.0, math.pi)
    both_ways = [(exp, log), (el.expm1, el.log1p), (el.exp2, el.log2), (sinh, el.asinh),
                 (tanh, el.atanh), (sp.erf, sp.erfinv)]  # fmt: skip
    return [
        # functions of their inverses
        *[Rule(f"{outer.name} of {inner.name}", outer(inner(a)), a, REAL)
          for outer, inner in (*both_ways, (sin, el.asin), (cos, el.acos), (tan, el.atan),
                               (cosh, el.acosh), *[(g, f) for f, g in both_ways])],
        # exponentials and logarithms
        Rule("exp of n log",      exp(b * log(a)),           a**b,              REAL, positive),
        Rule("log of power",      log(a**b),                 b * log(a),        REAL, not_even),
        Rule("over its cube root", a / el.cbrt(a),           el.cbrt(a)**2,     REAL),
        Rule("over that squared", a / el.cbrt(a)**2,         el.cbrt(a),        REAL),
        *[Rule(f"{op.name} of nonzero", op(a, b),            a * log(b),        REAL, a_or_log)
          for op in (el.xlogy, el.weighted_log)],
        Rule("expm1 plus one",    el.expm1(a) + 1,           exp(a),            REAL),
        Rule("log of e",          log(ar.e()),               one,               REAL),
        Rule("log10 of 10",       el.log10(const(10)),       one,               REAL),
        # trigonometry
        Rule("Pythagoras",        sin(a)**2 + cos(a)**2,     one,               REAL),
        Rule("one minus sin²",    1 - sin(a)**2,             cos(a)**2,         REAL),
        Rule("one minus cos²",    1 - cos(a)**2,             sin(a)**2,         REAL),
        Rule("sin over cos",      sin(a) / cos(a),           tan(a),            REAL),
        Rule("cos over sin",      cos(a) / sin(a),           1 / tan(a),        REAL),
        Rule("tan times cos",     tan(a) * cos(a),           sin(a),            REAL),
        Rule("cos of asin",       cos(el.asin(a)),           el.sqrt(1 - a**2), REAL),
        Rule("sin of acos",       sin(el.acos(a)),           el.sqrt(1 - a**2), REAL),
        Rule("asin of sin",       el.asin(sin(a)),           a,                 REAL, right_angle),
        Rule("acos of cos",       el.acos(cos(a)),           a,                 REAL, half_turn),
        Rule("atan of tan",       el.atan(tan(a)),           a,                 REAL, right_angle),
        # hyperbolics and their family
        Rule("cosh² - sinh²",     cosh(a)**2 - sinh(a)**2,   one,               REAL),
        Rule("one plus sinh²",    1 + sinh(a)**2,            cosh(a)**2,        REAL),
        Rule("cosh² minus one",   cosh(a)**2 - 1,            sinh(a)**2,        REAL),
        Rule("cosh over sinh",    cosh(a) / sinh(a),         1 / tanh(a),       REAL),
        Rule("sum of exps",       exp(a) + exp(-a),          2 * cosh(a),       REAL),
        Rule("difference of exps", exp(a) - exp(-a),         2 * sinh(a),       REAL),
        Rule("exp over 1 + its square", exp(a) / (exp(2 * a) + 1), 1 / (2 * cosh(a)), REAL),
        Rule("exp over its square - 1", exp(a) / (exp(2 * a) - 1), 1 / (2 * sinh(a)), REAL),
        Rule("tanh times cosh",   tanh(a) * cosh(a),         sinh(a),           REAL),
        Rule("acosh of cosh",     el.acosh(cosh(a)),         ar.abs(a),         REAL),
        Rule("slope of tanh",     el.sech(a)**2,             1 - tanh(a)**2,    REAL),
        Rule("one over sech",     1 / el.sech(a),            cosh(a),           REAL),
        Rule("one over sech²",    1 / el.sech(a)**2,         cosh(a)**2,        REAL),
        Rule("slope of sigmoid",  sigmoid(a) * sigmoid(-a),  sigmoid(a) * (1 - sigmoid(a)), REAL),
        Rule("slope of sigmoid, written out", sigmoid(a) - sigmoid(a)**2,
             sigmoid(a) * (1 - sigmoid(a)), REAL),
        Rule("slope of sigmoid, negative", sigmoid(-a) * (1 - sigmoid(-a)),
             sigmoid(a) * (1 - sigmoid(a)), REAL),
        Rule("exp over its sum",  exp(a) / (exp(a) + 1),     sigmoid(a),        REAL),
        Rule("exp over its sum, negative", exp(-a) / (exp(-a) + 1), sigmoid(-a), REAL),
        Rule("two sigmoids",      sigmoid(a) + sigmoid(-a),  one,               REAL),
        Rule("two softplus",      softplus(a) - softplus(-a),  a,                 REAL),
        Rule("softplus less its argument", softplus(a) - a,    softplus(-a),      REAL),
        Rule("difference of squares", (1 - a) * (1 + a),     1 - a**2,          REAL),
        # special functions
        Rule("erf and erfc",      sp.erf(a) + sp.erfc(a),    one,               REAL),
        Rule("cube of cbrt",      el.cbrt(a)**3,             a,                 REAL),
        Rule("cbrt of cube",      el.cbrt(a**3),             a,                 REAL),
        # absolute values and signs
        Rule("abs of nonnegative", ar.abs(a),                a,                 REAL, above),
        Rule("abs of negative",    ar.abs(a),                -a,                REAL, below),
        Rule("sign times itself", ar.sign(a) * a,            ar.abs(a),         REAL),
        Rule("abs over itself",   ar.abs(a) / a,             ar.sign(a),        REAL),
        Rule("sign over abs",     ar.sign(a) / ar.abs(a),    1 / a,             REAL),
        Rule("itself over abs",   a / ar.abs(a),             ar.sign(a),        REAL),
        Rule("sign of sign",      ar.sign(ar.sign(a)),       ar.sign(a),        EXACT),
        Rule("relu of nonnegative", el.relu(a),            a,                 REAL, above),
        Rule("relu of nonpositive", el.relu(a),            zero,              REAL, nowhere_above),
        *[Rule(f"{op.name} of integer", op(a), a, REAL, whole)
          for op in (ar.floor, ar.ceil, ar.round, ar.trunc)],
        # choice
        Rule("maximum of equals", co.maximum(a, a),          a,                 EXACT),
        Rule("minimum of equals", co.minimum(a, a),          a,                 EXACT),
        Rule("where true",        where(yes, a, b),          a,                 EXACT),
        Rule("where false",       where(no, a, b),           b,                 EXACT),
        Rule("where of equals",   where(c, a, a),            a,                 EXACT),
        Rule("where not",         where(no_longer(c), a, b), where(c, b, a),    EXACT),
        Rule("hypot with one",    el.hypot(a, one),          el.sqrt(a**2 + 1), REAL),
        Rule("hypot with zero",   el.hypot(a, zero),         ar.abs(a),         REAL),
        # logic
        Rule("not not",           no_longer(no_longer(p)),   p,                 EXACT, is_bool(p)),
        Rule("and itself",        both(p, p),                p,                 EXACT, is_bool(p)),
        Rule("or itself",         either(p, p),              p,                 EXACT, is_bool(p)),
        Rule("and true",          both(p, yes),              p,                 EXACT, is_bool(p)),
        Rule("and false",         both(p, no),               no,                EXACT),
        Rule("or true",           either(p, yes),            yes,               EXACT),
        Rule("or false",          either(p, no),             p,                 EXACT, is_bool(p)),
        Rule("and its opposite",  both(p, no_longer(p)),     no,                EXACT),
        Rule("or its opposite",   either(p, no_longer(p)),   yes,               EXACT),
        Rule("absorbed and",      both(p, either(p, q)),     p,                 EXACT, is_bool(p)),
        Rule("absorbed or",       either(p, both(p, q)),     p,                 EXACT, is_bool(p)),
        Rule("not true",          no_longer(yes),            no,                EXACT),
        Rule("not false",         no_longer(no),             yes,               EXACT),
        Rule("not equal",         no_longer(co.eq(a, b)),    co.ne(a, b),       EXACT),
        Rule("not unequal",       no_longer(co.ne(a, b)),    co.eq(a, b),       EXACT),
        Rule("more or equal",     either(a > b, co.eq(a, b)),  a >= b,          EXACT),
        Rule("less or equal",     either(a < b, co.eq(a, b)),  a <= b,          EXACT),
        Rule("condition as a number", co.gt(where(p, one, zero), zero), p,      EXACT, is_bool(p)),
        Rule("its opposite as a number", co.gt(where(p, zero, one), zero), no_longer(p), EXACT,
             is_bool(p)),
        Rule("less than itself",  co.lt(a, a),               no,                EXACT),
        Rule("more than itself",  co.gt(a, a),               no,                EXACT),
    ]  # fmt: skip


def rises_flat(facts: Facts, node: Expr) -> bool:
    """Whether a value is positive, or made of parts that are 0 only where their slope is 0 or
    undefined.  ``abs(q)`` stays for q >= 0: its slope at 0 is 0, that of q is 1.
    """
    if facts.positive(node):
        return True
    terms = node.args if node.op is ar.add else (node,)
    parts = [f for t in terms for f in (t.args if t.op is ar.mul else (t,))]
    return all(facts.positive(f) or (f.op in _FLAT and facts.nonnegative(f)) for f in parts)


_FLAT = frozenset({ar.abs, pow, el.sqrt, el.relu})


def is_bool(wild: Expr) -> Condition:
    """The node bound to ``wild`` is a truth value, not a number that stands for one."""
    return lambda facts, found: found[wild].kind == "bool"
