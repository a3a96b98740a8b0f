"""Forms to differentiate: those whose derivative is a different, better function at the limits.

``log(sigmoid(z))`` has the slope ``sigmoid(-z)``; by the chain rule it would be a quotient of two
numbers that are both 0 for z = -800.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, reduce

from ...expr import Expr, make
from ...leaves import const, var
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import elementary as el
from ...ops import special as sp
from ...ops.contraction import matmul
from ...ops.linear import determinants as dt
from ...ops.reductions import log_softmax, logsumexp, norm, softmax
from ...walk import reachable
from ..arrays.array_rules import power_of_norm
from ..engine import rewritten
from ..exact import HALF, number
from ..match import wildcard
from ..roots import root_rows
from ..row import REAL, Form, Rule
from ..table import Table
from .gammas import gamma_rows

MOST_TERMS = 4  # exponentials of a sum under a logarithm
_TRIGGERS = frozenset({
    el.sigmoid, softmax, norm, ax.sum, sp.gamma, sp.lgamma, el.log, el.exp, el.sqrt, el.cbrt,
    el.hypot, matmul,
})  # fmt: skip


def ahead_rows() -> list[Rule]:
    """Every row; they hold their digits in the value too."""
    a = wildcard("a")
    up, down = el.exp(a), el.exp(ar.neg(a))
    one, two, half, root = const(1), const(2), const(HALF), el.sqrt(const(2))
    log, sigmoid, neg, mul, div = el.log, el.sigmoid, ar.neg, ar.mul, ar.div
    matrix = var("A", (2, 2), tag=-1)
    risen = ar.add(one, sp.erf(a))
    ndtr_rising, ndtr_falling = [sp.log_ndtr(mul(c, a)) for c in (root, neg(root))]
    return [
        Rule("log of sigmoid",     log(sigmoid(a)),              neg(el.softplus(neg(a))), REAL),
        Rule("log of its rest",    log(ar.sub(one, sigmoid(a))), neg(el.softplus(a)),      REAL),
        Rule("asinh",              log(ar.add(a, el.sqrt(ar.add(el.pow(a, const(2)), one)))),
             el.asinh(a),                                                      REAL),
        Rule("log of cosh",        log(el.cosh(a)),              el.log_cosh(a),           REAL),
        Rule("log of erfc",        log(sp.erfc(a)),              sp.log_erfc(a),           REAL),
        Rule("log of half of erfc", log(div(sp.erfc(a), two)),   ndtr_falling,             REAL),
        Rule("log of erfc by half", log(mul(sp.erfc(a), half)),  ndtr_falling,             REAL),
        Rule("log of ndtr",        log(div(risen, two)),         ndtr_rising,              REAL),
        Rule("log of ndtr by half", log(mul(risen, half)),       ndtr_rising,              REAL),
        Rule("log of sum of exponentials", log, _log_of_exponentials, REAL),
        Rule("log of sum of exps", log,       _logsumexp,       REAL),
        Rule("log of det",         log(dt.det(matrix)),          dt.logdet(matrix),        REAL),
        Rule("log of size of det", log(ar.abs(dt.det(matrix))),  dt.logabsdet(matrix),     REAL),
        Rule("log of softmax",     log,       _log_softmax,     REAL),
        Rule("exps over their sum", ar.div,   _softmax,         REAL),
        Rule("power of norm",      el.pow,    power_of_norm,    REAL),
        Rule("square of norm",     ar.square, _square_of_norm,  REAL),
        Rule("tanh by exponentials", ar.div(ar.sub(up, down), ar.add(up, down)), el.tanh(a), REAL),
        *gamma_rows(),
    ]  # fmt: skip


def _log_of_exponentials(form: Form, node: Expr) -> Expr | None:
    """``log(p*exp(a) + q*exp(b) + ...)`` for weights that are known to be positive."""
    terms = [node.args[0]]
    while any(t.op is ar.add for t in terms) and len(terms) <= MOST_TERMS:
        terms = [p for t in terms for p in (t.args if t.op is ar.add else (t,)) if number(p) != 0]
    if not 1 < len(terms) <= MOST_TERMS or not any(_has_exp(t) for t in terms):
        return None
    logs = [_log(form, t) for t in terms]
    known = [term for term in logs if term is not None]
    if len(known) < len(terms):
        return None
    if len(terms) == 2 and form.one in terms:
        return form.apply(el.softplus, (known[terms.index(form.one) - 1],))
    return reduce(lambda x, y: form.apply(el.logaddexp, (x, y)), known)


def _factors(term: Expr) -> tuple[Expr, ...]:
    """What is multiplied above the bar."""
    above = term.args[0] if term.op is ar.div else term
    return above.args if above.op is ar.mul else (above,)


def _has_exp(term: Expr) -> bool:
    below = (term.args[1],) if term.op is ar.div else ()
    return any(factor.op is el.exp for factor in (*_factors(term), *below))


def _log(form: Form, term: Expr) -> Expr | None:
    """The logarithm of a positive number, or of exponentials times and over positive weights."""
    if term is form.one:
        return const(0)
    factors = sorted(_factors(term), key=lambda factor: factor.op is not el.exp)
    below = [term.args[1]] if term.op is ar.div else []
    known = number(term) is not None or _has_exp(term)
    if not known or not all(form.facts.positive(factor) for factor in (*factors, *below)):
        return None
    logs = [_log_of_factor(form, factor) for factor in (*factors, *below)]
    value = reduce(lambda x, y: form.apply(ar.add, (x, y)), logs[: len(factors)])
    return form.apply(ar.sub, (value, logs[-1])) if below else value


def _log_of_factor(form: Form, factor: Expr) -> Expr:
    return factor.args[0] if factor.op is el.exp else form.apply(el.log, (factor,))


def _logsumexp(form: Form, node: Expr) -> Expr | None:
    (total,) = node.args
    if total.op is not ax.sum or total.args[0].op is not el.exp:
        return None
    return form.apply(logsumexp, total.args[0].args, total.params)


def _log_softmax(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    return form.apply(log_softmax, x.args, x.params) if x.op is softmax else None


def _softmax(form: Form, node: Expr) -> Expr | None:
    """``exp(x)/sum(exp(x), axes)`` where the sum keeps its axes or is that of all elements."""
    top, total = node.args
    if total.op is not ax.sum or total.args[0] is not top or top.op is not el.exp:
        return None
    axes, keepdims = total.params
    if not keepdims and total.ndim:
        return None
    return form.apply(softmax, top.args, (axes,))


def _square_of_norm(form: Form, node: Expr) -> Expr | None:
    return power_of_norm(form, make(el.pow, (node.args[0], const(2))))


@cache
def _table() -> Table:
    return Table([*ahead_rows(), *root_rows()])


def ahead(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in forms to differentiate.

    Cost: well under 1 us per node where no form may have to change.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> ahead([sd.log(sd.sigmoid(x))])
    [-softplus(-x)]
    """
    return rewritten(outputs, _table()) if is_concerned(reachable(outputs)) else list(outputs)


def is_concerned(nodes: Iterable[Expr]) -> bool:
    """Whether there is an operation among nodes that every row has one of."""
    return any(node.op in _TRIGGERS for node in nodes)
