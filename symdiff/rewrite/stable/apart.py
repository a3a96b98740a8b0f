"""A function next to 1 in a sum with other terms: ``u + tanh(x)**2 - 1`` is ``u - sech(x)**2``.

The rows for differences such as ``1 - tanh(x)**2`` see two terms side by side.  In a longer sum the
two that belong together may stand apart; they are put together where a row fits them.
"""

from __future__ import annotations

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..row import REAL, Form, Rule
from .factors import factors_of

MOST = 8  # terms of a sum that are looked at
NEAR_ONE = frozenset({el.exp, el.cos, el.cosh, el.sigmoid, el.tanh, sp.erf})  # 1 or -1 somewhere

Term = tuple[int, Expr]  # a sign and what it stands before


def apart_rows() -> list[Rule]:
    """The rows: the first term of a sum may be a sum itself."""
    return [
        Rule(f"one {name} with terms between", op, _together, REAL)
        for name, op in (("added", ar.add), ("taken", ar.sub))
    ]


def _together(form: Form, node: Expr) -> Expr | None:
    terms = _terms(node)
    ones = [i for i, (_, term) in enumerate(terms) if number(term) in (1, -1)]
    if len(terms) < 3 or len(ones) != 1:
        return None
    sign, one = terms.pop(ones[0])
    sign = sign if number(one) == 1 else -sign
    for i, (turn, term) in enumerate(terms):
        pair = _paired(form, turn, term, sign) if _is_near_one(term) else None
        if pair is not None:
            return _sum(form, [*terms[:i], *terms[i + 1 :]], pair)
    return None


def _terms(node: Expr) -> list[Term]:
    """The terms of a sum of sums with their signs, none of too long a sum."""
    terms: list[Term] = []
    pending = [(1, node)]
    while pending:
        sign, term = pending.pop()
        if term.op is ar.add:
            pending += [(sign, t) for t in reversed(term.args)]
        elif term.op is ar.sub:
            pending += [(-sign, term.args[1]), (sign, term.args[0])]
        elif term.op is ar.neg:
            pending.append((-sign, term.args[0]))
        else:
            terms.append((sign, term))
        if len(pending) + len(terms) > MOST:
            return []
    return terms


def _is_near_one(term: Expr) -> bool:
    """Whether a term is a function that may be near 1, or its square."""
    product = factors_of(term)
    if product is None or product.negative or len(set(product.factors)) != 1:
        return False
    base, power = product.factors[0]
    return base.op in NEAR_ONE and power * len(product.factors) <= 2


def _paired(form: Form, turn: int, term: Expr, sign: int) -> Expr | None:
    """``turn*term + sign`` as the row for the two makes it, None where none fits."""
    one = const(1)
    if turn == sign:
        op, args = ar.add, (one, term)
    else:
        op, args = ar.sub, (term, one) if turn > 0 else (one, term)
    found = form.apply(op, args)
    if found is make(op, args):
        return None
    return form.times(-1, found) if turn == sign < 0 else found


def _sum(form: Form, terms: list[Term], pair: Expr) -> Expr:
    """The other terms in their order, then the pair."""
    (sign, total), *rest = terms
    if sign < 0:
        total = form.times(-1, total)
    for turn, term in rest:
        total = form.apply(ar.add if turn > 0 else ar.sub, (total, term))
    if pair.op is ar.neg:
        return form.apply(ar.sub, (total, pair.args[0]))
    return form.apply(ar.add, (total, pair))
