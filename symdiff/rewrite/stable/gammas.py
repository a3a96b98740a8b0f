"""The gamma family at arguments that lie one apart: quotients and differences have closed forms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from ...expr import Expr, Op, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..row import REAL, Form, Rule


def gamma_rows() -> list[Rule]:
    """The rows; DLMF 5.5.1, 5.5.2 and 5.15.5."""
    return [
        Rule("gamma one further",      ar.div, _quotient,        REAL),
        Rule("exp of lgammas",         el.exp, _exp_of_lgammas,  REAL),
        Rule("gamma family one apart", ar.sub, _difference,      REAL),
    ]  # fmt: skip


def _distance(p: Expr, q: Expr) -> Fraction | None:
    """``p - q`` where it is a known number."""
    (a, c), (b, d) = _shifted(p), _shifted(q)
    return c - d if a is b else None


def _shifted(node: Expr) -> tuple[Expr, Fraction]:
    """A node as another one plus a number."""
    if node.op in (ar.add, ar.sub) and len(node.args) == 2:
        first, second = node.args
        value = number(second)
        if value is not None:
            return first, Fraction(value) * (1 if node.op is ar.add else -1)
        value = number(first)
        if value is not None and node.op is ar.add:
            return second, Fraction(value)
    return node, Fraction(0)


def _quotient(form: Form, node: Expr) -> Expr | None:
    """``gamma(a + 1)/gamma(a)``, with other factors above."""
    above, below = node.args
    if below.op is not sp.gamma:
        return None
    factors = list(above.args) if above.op is ar.mul else [above]
    for i, factor in enumerate(factors):
        if factor.op is not sp.gamma:
            continue
        distance = _distance(factor.args[0], below.args[0])
        if distance == 1:
            return _product([*factors[:i], below.args[0], *factors[i + 1 :]])
        if distance == -1:
            return make(ar.div, (_product(factors[:i] + factors[i + 1 :]), factor.args[0]))
    return None


def _product(factors: list[Expr]) -> Expr:
    return reduce(lambda x, y: make(ar.mul, (x, y)), factors) if factors else const(1)


def _exp_of_lgammas(form: Form, node: Expr) -> Expr | None:
    """``exp(lgamma(a + 1) - lgamma(a))``."""
    (inner,) = node.args
    if inner.op is not ar.sub or any(x.op is not sp.lgamma for x in inner.args):
        return None
    p, q = [x.args[0] for x in inner.args]
    return form.apply(ar.abs, (q,)) if _distance(p, q) == 1 else None


def _difference(form: Form, node: Expr) -> Expr | None:
    """lgamma, digamma and trigamma at a + 1 less those at a, and the negatives."""
    first, second = node.args
    step = _STEPS.get(first.op)
    if step is None or second.op is not first.op or first.args[:-1] != second.args[:-1]:
        return None
    distance = _distance(first.args[-1], second.args[-1])
    other_order = len(first.args) > 1 and number(first.args[0]) != 1
    if distance is None or abs(distance) != 1 or other_order:
        return None
    value = step((second if distance == 1 else first).args[-1])
    return value if distance == 1 else form.times(-1, value)


_STEPS: dict[Op, Callable[[Expr], Expr]] = {
    sp.lgamma: lambda a: make(el.log, (make(ar.abs, (a,)),)),
    sp.digamma: lambda a: make(ar.div, (const(1), a)),
    sp.polygamma: lambda a: make(ar.div, (const(-1), make(ar.mul, (a, a)))),
}
