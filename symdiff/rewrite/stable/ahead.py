"""Forms to differentiate: those whose derivative is a different, better function at the limits.

``log(sigmoid(z))`` has the slope ``sigmoid(-z)``; by the chain rule it would be a quotient of two
numbers that are both 0 for z = -800.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import elementary as el
from ...ops import special as sp
from ...ops.contraction import matmul
from ...ops.reductions import log_softmax, logsumexp, norm, softmax
from ...walk import reachable
from ..arrays.array_rules import power_of_norm
from ..arrays.linear_rules import log_of_det
from ..match import Form, wildcard
from ..raw import Book, rewritten
from ..roots import root_rows
from ..rules import REAL, Rule
from .gammas import gamma_rows

_TRIGGERS = frozenset({
    el.sigmoid, softmax, norm, ax.sum, sp.gamma, sp.lgamma, el.log, el.exp, el.sqrt, el.cbrt,
    el.hypot, matmul,
})  # fmt: skip


def ahead_rows() -> list[Rule]:
    """Every row; they hold their digits in the value too."""
    a = wildcard("a")
    up, down = el.exp(a), el.exp(ar.neg(a))
    one, log, sigmoid, neg = const(1), el.log, el.sigmoid, ar.neg
    return [
        Rule("log of sigmoid",     log(sigmoid(a)),              neg(el.softplus(neg(a))), REAL),
        Rule("log of its rest",    log(ar.sub(one, sigmoid(a))), neg(el.softplus(a)),      REAL),
        Rule("asinh",              log(ar.add(a, el.sqrt(ar.add(el.pow(a, const(2)), one)))),
             el.asinh(a),                                                      REAL),
        Rule("log of sum of exps", log,       _logsumexp,       REAL),
        Rule("log of det",         log,       log_of_det,       REAL),
        Rule("log of softmax",     log,       _log_softmax,     REAL),
        Rule("exps over their sum", ar.div,   _softmax,         REAL),
        Rule("power of norm",      el.pow,    power_of_norm,    REAL),
        Rule("square of norm",     ar.square, _square_of_norm,  REAL),
        Rule("tanh by exponentials", ar.div(ar.sub(up, down), ar.add(up, down)), el.tanh(a), REAL),
        *gamma_rows(),
    ]  # fmt: skip


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
def _book() -> Book:
    return Book([*ahead_rows(), *root_rows()])


def ahead(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in forms to differentiate.

    Cost: well under 1 us per node where no form may have to change.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> ahead([sd.log(sd.sigmoid(x))])
    [-softplus(-x)]
    """
    return rewritten(outputs, _book()) if is_concerned(reachable(outputs)) else list(outputs)


def is_concerned(nodes: Iterable[Expr]) -> bool:
    """Whether there is an operation among nodes that every row has one of."""
    return any(node.op in _TRIGGERS for node in nodes)
