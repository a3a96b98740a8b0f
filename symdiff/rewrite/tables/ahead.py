"""Forms to differentiate: those whose derivative is a different, better function at the limits.

``log(sigmoid(z))`` has the slope ``sigmoid(-z)``; by the chain rule it would be a quotient of two
numbers that are both 0 for z = -800.  ``sqrt(x**4)`` has by it the slope
``4*x**3/(2*sqrt(x**4))``, which is 0/0 at 0, where that of ``x**2`` is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...expr import Expr, make
from ...leaves import const, var
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import elementary as el
from ...ops import special as sp
from ...ops.contraction import matmul
from ...ops.linear import determinants as dt
from ...ops.reductions import log_softmax, logsumexp, norm, softmax
from ..arrays.array_rules import even_power_of
from ..engine import rewritten
from ..exact import HALF, Number, number, shorten
from ..match import wildcard
from ..row import REAL, Below, Form, Rule
from ..table import table_of
from .growth import exponentials_of, log_of_sum
from .reading import ONE, powers_of, quotient_of, root_of, terms_of
from .stable import gamma_rows

MOST_TERMS = 4  # exponentials of a sum under a logarithm
THIRD = Fraction(1, 3)
_ROOTS = {el.sqrt: HALF, el.cbrt: THIRD}
_LENGTHS = frozenset({norm, el.hypot, el.sqrt})
_of_length: Below = lambda below: below[0] in _LENGTHS


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
        Rule("exps over their sum", ar.div, _softmax, REAL, below=[el.exp, ax.sum].__eq__),
        Rule("tanh by exponentials", div(ar.sub(up, down), ar.add(up, down)), el.tanh(a), REAL),
        *gamma_rows(),
        Rule("square of a length", ar.square(a), el.pow(a, two), REAL, below=_of_length),
        Rule("power of norm",      el.pow,    even_power_of(norm), REAL, below=_of_length),
    ]  # fmt: skip


def root_rows() -> list[Rule]:
    """Roots and lengths; each side is the other wherever the left one is defined."""
    return [
        Rule("root of a power",      el.sqrt,   _root_of_power,   REAL),
        Rule("cube root of a power", el.cbrt,   _root_of_power,   REAL),
        Rule("power of a root",      el.pow,    _power_of_root,   REAL),
        Rule("power of a length",    el.pow,    _power_of_length, REAL),
        Rule("power of hypot",       el.pow,    even_power_of(el.hypot), REAL, below=_of_length),
        Rule("product of lengths",   ar.mul,    _product,         REAL),
    ]  # fmt: skip


def _log_of_exponentials(form: Form, node: Expr) -> Expr | None:
    """``log(p*exp(a) + q*exp(b) + ...)`` for weights that are known to be positive."""
    (total,) = node.args
    terms = terms_of(total) if total.op is ar.add else []
    kept = [term for _, term in terms if number(term) != 0]
    if len(kept) > MOST_TERMS or any(sign < 0 for sign, _ in terms):
        return None
    found = exponentials_of(form, kept)
    if len(found) == 2 and ONE in kept:
        return make(el.softplus, (found[kept.index(ONE) - 1].log,))
    return log_of_sum([e.log for e in found]) if found else None


def _logsumexp(form: Form, node: Expr) -> Expr | None:
    (total,) = node.args
    if total.op is not ax.sum or total.args[0].op is not el.exp:
        return None
    return make(logsumexp, total.args[0].args, total.params)


def _log_softmax(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    return make(log_softmax, x.args, x.params) if x.op is softmax else None


def _softmax(form: Form, node: Expr) -> Expr | None:
    """``exp(x)/sum(exp(x), axes)`` where the sum keeps its axes or is that of all elements."""
    top, total = node.args
    if total.op is not ax.sum or total.args[0] is not top or top.op is not el.exp:
        return None
    axes, keepdims = total.params
    return make(softmax, top.args, (axes,)) if keepdims or not total.ndim else None


def _whole(node: Expr) -> tuple[Expr, int] | None:
    """Base and exponent of a whole power, however that is written."""
    root = root_of(node)
    n = number(node.args[1]) if node.op is el.pow else None
    if type(n) is int and n > 1:
        return node.args[0], n
    return None if root is None else (root, 2)


def _root_of_power(form: Form, node: Expr) -> Expr | None:
    """``sqrt(x**6)`` as ``abs(x)**3``, ``cbrt(x**6)`` as ``x**2``, ``cbrt(x**2)`` by a root."""
    power = _whole(node.args[0])
    if power is None:
        return None
    x, n = power
    if node.op is el.cbrt and n % 3:
        return make(el.pow, (make(el.cbrt, (x,)), const(n)))
    return _raised(
        make(ar.abs, (x,)) if node.op is el.sqrt and n % 4 == 2 else x, n * _ROOTS[node.op]
    )


def _power_of_root(form: Form, node: Expr) -> Expr | None:
    """``sqrt(x)**n`` and ``cbrt(x)**n`` as powers of x."""
    power = _whole(node)
    root = _ROOTS.get(power[0].op) if power else None
    if power is None or root is None or (power[0].op is el.cbrt and power[1] % 3):
        return None
    return _raised(power[0].args[0], power[1] * root)


def _raised(base: Expr, n: Number) -> Expr:
    return base if n == 1 else make(el.pow, (base, const(shorten(n))))


def _power_of_length(form: Form, node: Expr) -> Expr | None:
    """``sum(x**2)**(n/2)`` and ``sqrt(sum(x**2))**n`` as ``norm(x)**n`` for n = 3, 5, 7, ...: its
    second derivative has the slope of a length in it, which is 0 at 0 by convention.
    """
    base, exponent = node.args
    halves = number(exponent)
    if base.op is el.sqrt:
        (base,) = base.args
    elif halves is not None:
        halves = 2 * halves
    length = _length(base)
    if length is None or halves is None or halves < 3 or halves % 2 != 1:
        return None
    return make(el.pow, (length, const(int(halves))))


def _length(total: Expr) -> Expr | None:
    """The norm of which ``sum(x**2)`` or ``x @ x`` is the square."""
    if total.op is matmul and not total.shape and total.args[0] is total.args[1]:
        return make(norm, total.args[:1], ((-1,), False))
    side = root_of(total.args[0]) if total.op is ax.sum else None
    return None if side is None else make(norm, (side,), total.params)


def _product(form: Form, node: Expr) -> Expr | None:
    """A product with a length or a square root in it twice, with the square of that instead."""
    powers = powers_of(node)
    for length, exponent in powers.items():
        if length.op in _LENGTHS and exponent == 2:
            square = make(el.pow, (length, const(2)))
            return quotient_of([*powers.without(length).items(), (square, 1)])
    return None


def ahead(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in forms to differentiate.

    Cost: well under 1 us per node where no form may have to change.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> ahead([sd.log(sd.sigmoid(x))])
    [-softplus(-x)]
    """
    return rewritten(outputs, table_of(ahead_rows, root_rows))
