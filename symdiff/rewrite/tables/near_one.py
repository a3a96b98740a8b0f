"""A function near 1 or -1 less or more 1, whatever stands between the two in a sum:
``u + tanh(x)**2 - 1`` is ``u - sech(x)**2``.
"""

from __future__ import annotations

from functools import cache

from ...expr import Expr, Op
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..match import fill, match, wildcard
from ..row import REAL, Bindings, Form, Rule
from .reading import SUMS, Term, sum_of, terms_of


def near_one_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("one in a sum", ar.add, _together, REAL),
        Rule("one in a difference", ar.sub, _together, REAL),
    ]


@cache
def _differences() -> dict[tuple[Op, int], list[tuple[Expr, Term]]]:
    """Functions f by their operations, with ``f - 1`` for the sign -1 and ``f + 1`` for 1."""
    a, one, two = wildcard("a"), const(1), const(2)
    neg, mul, div, half = ar.neg, ar.mul, ar.div, ar.div(a, two)
    tanh, sigmoid = el.tanh(a), el.sigmoid
    rise, fall = el.sqrt(ar.add(one, a)), el.sqrt(ar.sub(one, a))
    rows = [
        (el.exp(a),            -1, (1, el.expm1(a))),
        (el.cos(a),            -1, (-1, mul(two, el.pow(el.sin(half), two)))),
        (el.cosh(a),           -1, (1, mul(two, el.pow(el.sinh(half), two)))),
        (sigmoid(a),           -1, (-1, sigmoid(neg(a)))),
        (mul(sigmoid(a), two), -1, (1, el.tanh(half))),
        (tanh,                 -1, (-1, mul(two, sigmoid(mul(const(-2), a))))),
        (tanh,                  1, (1, mul(two, sigmoid(mul(two, a))))),
        (mul(tanh, tanh),      -1, (-1, el.pow(el.sech(a), two))),
        (el.pow(tanh, two),    -1, (-1, el.pow(el.sech(a), two))),
        (sp.erf(a),            -1, (-1, sp.erfc(a))),
        (sp.erf(a),             1, (1, sp.erfc(neg(a)))),
        (rise,                 -1, (1, div(a, ar.add(one, rise)))),
        (fall,                 -1, (-1, div(a, ar.add(one, fall)))),
    ]  # fmt: skip
    differences: dict[tuple[Op, int], list[tuple[Expr, Term]]] = {}
    for function, sign, difference in rows:
        differences.setdefault((function.op, sign), []).append((function, difference))
    return differences


def _together(form: Form, node: Expr) -> Expr | None:
    if not any(x.op is Const or x.op in SUMS or x.op is ar.neg for x in node.args):
        return None
    terms = terms_of(node)
    ones = [i for i, (_, term) in enumerate(terms) if number(term) in (1, -1)]
    if len(ones) != 1:
        return None
    sign, one = terms.pop(ones[0])
    sign = sign if number(one) == 1 else -sign
    for i, (turn, term) in enumerate(terms):
        for function, (turned, value) in _differences().get((term.op, sign * turn), ()):
            bound: Bindings = {}
            if match(form, function, term, bound):
                others = [*terms[:i], *terms[i + 1 :]]
                return sum_of([*others, (turn * turned, fill(value, bound))])
    return None
