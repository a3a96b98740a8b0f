"""Sums whose terms cancel: a function near 1 or -1 less or more 1, whatever stands between the two,
so that ``u + tanh(x)**2 - 1`` is ``u - sech(x)**2``; and differences of squares.
"""

from __future__ import annotations

from functools import cache
from math import inf
from typing import NamedTuple

from ...expr import Expr, Op
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..match import fill, match, wildcard
from ..row import REAL, Below, Bindings, Condition, Form, Rule
from .reading import ONE, SUMS, root_of, sum_of, terms_of

_may_have_numbers: Below = lambda below: not {Const, ar.neg, *SUMS}.isdisjoint(below)


def sum_rows() -> list[Rule]:
    """The rows that a pattern cannot say."""
    return [
        Rule("one in a sum", ar.add, _together, REAL, below=_may_have_numbers),
        Rule("one in a difference", ar.sub, _together, REAL, below=_may_have_numbers),
        Rule("difference of squares", ar.sub, _by_factors, REAL),
    ]


def near_rows() -> list[Rule]:
    """Each function and 1, which may be terms of any sum, and what the two come to."""
    a, one, two = wildcard("a"), const(1), const(2)
    add, sub, mul, neg, div, pow = ar.add, ar.sub, ar.mul, ar.neg, ar.div, el.pow
    tanh, sigmoid, half = el.tanh(a), el.sigmoid, div(a, two)
    rise, fall = el.sqrt(add(one, a)), el.sqrt(sub(one, a))
    reaches_one = lambda facts, bound: not facts.inside(bound[a], -inf, 1)
    return [
        Rule("exp less 1", sub(el.exp(a), one), el.expm1(a), REAL),
        Rule("1 less cos", sub(one, el.cos(a)), mul(two, pow(el.sin(half), two)), REAL),
        Rule("cosh less 1", sub(el.cosh(a), one), mul(two, pow(el.sinh(half), two)), REAL),
        Rule("1 less sigmoid", sub(one, sigmoid(a)), sigmoid(neg(a)), REAL, reaches_one),
        Rule("two sigmoids less 1", sub(mul(sigmoid(a), two), one), el.tanh(half), REAL),
        Rule("1 less tanh", sub(one, tanh), mul(two, sigmoid(mul(const(-2), a))), REAL),
        Rule("1 and tanh", add(one, tanh), mul(two, sigmoid(mul(two, a))), REAL),
        Rule("1 less the square of tanh", sub(one, pow(tanh, two)), pow(el.sech(a), two), REAL),
        Rule("1 less tanh times tanh", sub(one, mul(tanh, tanh)), pow(el.sech(a), two), REAL),
        Rule("1 less erf", sub(one, sp.erf(a)), sp.erfc(a), REAL),
        Rule("1 and erf", add(one, sp.erf(a)), sp.erfc(neg(a)), REAL),
        Rule("root less 1", sub(rise, one), div(a, add(one, rise)), REAL),
        Rule("1 less root", sub(one, fall), div(a, add(one, fall)), REAL),
    ]  # fmt: skip


class Near(NamedTuple):
    """A function with its sign, and what it and the 1 beside it come to."""

    function: Expr
    sign: int
    total: Expr
    when: Condition | None


@cache
def _near() -> dict[tuple[Op, int], list[Near]]:
    """The functions by their operations and the 1 that is added to them."""
    found: dict[tuple[Op, int], list[Near]] = {}
    for _, left, total, _, when, *_ in near_rows():
        assert isinstance(left, Expr)
        assert isinstance(total, Expr)
        terms = sorted(terms_of(left), key=lambda term: term[1] is not ONE)
        (one, _), (sign, function) = terms
        found.setdefault((function.op, one * sign), []).append(Near(function, sign, total, when))
    return found


def _together(form: Form, node: Expr) -> Expr | None:
    """Whole numbers added up, then the only number put together with the function next to it."""
    terms = terms_of(node)
    numbers = [(s * v, i) for i, (s, t) in enumerate(terms) if (v := number(t)) is not None]
    if len(numbers) > 1 and all(type(v) is int for v, _ in numbers):
        total = sum([v for v, _ in numbers])
        others = [pair for pair in terms if number(pair[1]) is None]
        return sum_of([*others, (1, const(total))] if total or not others else others)
    if len(numbers) != 1 or numbers[0][0] not in (1, -1):
        return None
    one, place = numbers[0]
    del terms[place]
    for i, (turn, term) in enumerate(terms):
        for function, sign, result, when in _near().get((term.op, int(one * turn)), ()):
            bound: Bindings = {}
            if match(form, function, term, bound) and (when is None or when(form.facts, bound)):
                pair = turn * sign, fill(result, bound)
                return sum_of([*terms[:i], *terms[i + 1 :], pair])
    return None


def _by_factors(form: Form, node: Expr) -> Expr | None:
    """``x**2 - y**2`` and ``1 - x**2`` as products."""
    x, y = [ONE if number(square) == 1 else root_of(square) for square in node.args]
    return None if x is None or y is None or x is y else (x - y) * (x + y)
