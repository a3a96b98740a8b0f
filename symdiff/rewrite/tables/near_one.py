"""A function near 1 or -1 less or more 1, whatever stands between the two in a sum:
``u + tanh(x)**2 - 1`` is ``u - sech(x)**2``.
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
from .reading import SUMS, sum_of, terms_of

_may_have_numbers: Below = lambda below: not {Const, ar.neg, *SUMS}.isdisjoint(below)


def near_one_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("one in a sum", ar.add, _together, REAL, below=_may_have_numbers),
        Rule("one in a difference", ar.sub, _together, REAL, below=_may_have_numbers),
    ]


class _Near(NamedTuple):
    """A function f, the sign of the 1 that is added to it, and the sum, with its sign."""

    function: Expr
    one: int
    sign: int
    total: Expr
    when: Condition | None = None


def _functions() -> list[_Near]:
    a, one, two = wildcard("a"), const(1), const(2)
    neg, mul, div, half = ar.neg, ar.mul, ar.div, ar.div(a, two)
    tanh, sigmoid = el.tanh(a), el.sigmoid
    rise, fall = el.sqrt(ar.add(one, a)), el.sqrt(ar.sub(one, a))
    reaches_one = lambda facts, bound: not facts.inside(bound[a], -inf, 1)
    return [
        _Near(el.exp(a),            -1,  1, el.expm1(a)),
        _Near(el.cos(a),            -1, -1, mul(two, el.pow(el.sin(half), two))),
        _Near(el.cosh(a),           -1,  1, mul(two, el.pow(el.sinh(half), two))),
        _Near(sigmoid(a),           -1, -1, sigmoid(neg(a)), reaches_one),
        _Near(mul(sigmoid(a), two), -1,  1, el.tanh(half)),
        _Near(tanh,                 -1, -1, mul(two, sigmoid(mul(const(-2), a)))),
        _Near(tanh,                  1,  1, mul(two, sigmoid(mul(two, a)))),
        _Near(mul(tanh, tanh),      -1, -1, el.pow(el.sech(a), two)),
        _Near(el.pow(tanh, two),    -1, -1, el.pow(el.sech(a), two)),
        _Near(sp.erf(a),            -1, -1, sp.erfc(a)),
        _Near(sp.erf(a),             1,  1, sp.erfc(neg(a))),
        _Near(rise,                 -1,  1, div(a, ar.add(one, rise))),
        _Near(fall,                 -1, -1, div(a, ar.add(one, fall))),
    ]  # fmt: skip


@cache
def _found() -> dict[tuple[Op, int], list[_Near]]:
    """The functions by their operations and what is added to them."""
    found: dict[tuple[Op, int], list[_Near]] = {}
    for near in _functions():
        found.setdefault((near.function.op, near.one), []).append(near)
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
    sign, place = numbers[0]
    del terms[place]
    for i, (turn, term) in enumerate(terms):
        for near in _found().get((term.op, int(sign * turn)), ()):
            bound: Bindings = {}
            if match(form, near.function, term, bound) and (
                near.when is None or near.when(form.facts, bound)
            ):
                pair = turn * near.sign, fill(near.total, bound)
                return sum_of([*terms[:i], *terms[i + 1 :], pair])
    return None
