"""Forms that hold where parts leave the range of floats, chosen by the size of the argument.

``log(x*y)`` stays as it is while the product is a normal number, and is ``log(x) + log(y)``
where it is none.  The same for forms that hold their digits in a part of the domain only.
"""

from __future__ import annotations

from math import log as log_of

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number
from ..match import Form
from ..rules import REAL, Rule

LOG2 = log_of(2.0)
LEAST, MOST = 1e-307, 1.7e308  # products between them have all digits


def range_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("product of exps",   ar.mul, _product_of_exps,  REAL),
        Rule("quotient of exps",  ar.div, _quotient_of_exps, REAL),
        Rule("log in ranges",     el.log, _log,              REAL),
        Rule("log1p of quotient", el.log1p, _log1p,          REAL),
        Rule("power next to one", el.pow, _power,            REAL),
        Rule("power minus one",   ar.sub, _power_minus_one,  REAL),
        Rule("xlogy next to one", el.xlogy, _log_with_weight, REAL),
        Rule("tanh of half",      ar.sub, _tanh_of_half,     REAL),
        Rule("sigmoid less a share", ar.sub, _sigmoid_less,  REAL),
        Rule("hypot less a side", ar.sub, _hypot_less_side,  REAL),
        Rule("cosine less one",   ar.sub, _cosine_less_one,  REAL),
    ]  # fmt: skip


def _both(a: Expr, b: Expr) -> Expr:
    return make(co.logical_and, (a, b))


def _below(a: Expr, limit: float) -> Expr:
    return make(co.lt, (make(ar.abs, (a,)), const(limit)))


def _where(condition: Expr, a: Expr, b: Expr) -> Expr:
    return make(co.where, (condition, a, b))


def _product_of_exps(form: Form, node: Expr) -> Expr | None:
    if len(node.args) != 2 or any(a.op is not el.exp for a in node.args):
        return None
    (a,), (b,) = node.args[0].args, node.args[1].args
    joined = make(el.exp, (make(ar.add, (a, b)),))
    return _where(_both(_below(a, 700.0), _below(b, 700.0)), node, joined) if a is not b else None


def _quotient_of_exps(form: Form, node: Expr) -> Expr | None:
    if any(a.op is not el.exp for a in node.args):
        return None
    (a,), (b,) = node.args[0].args, node.args[1].args
    joined = make(el.exp, (make(ar.sub, (a, b)),))
    return _where(_both(_below(a, 700.0), _below(b, 700.0)), node, joined)


def _log(form: Form, node: Expr) -> Expr | None:
    (inner,) = node.args
    found = _LOGS.get(inner.op)
    return None if found is None else found(node, inner)


def _log_of_product(node: Expr, inner: Expr) -> Expr | None:
    a, *rest = inner.args
    if len(rest) != 1 or Const in (a.op, rest[0].op) or a is rest[0]:
        return None
    logs = make(ar.add, (make(el.log, (a,)), make(el.log, (rest[0],))))
    return _where(_is_normal(inner), node, logs)


def _is_normal(e: Expr) -> Expr:
    return _both(make(co.gt, (e, const(LEAST))), make(co.lt, (e, const(MOST))))


def _log_of_quotient(node: Expr, inner: Expr) -> Expr | None:
    """Next to 1 by the difference, which is exact there."""
    a, b = inner.args
    if Const in (a.op, b.op):
        return None
    near = _both(make(co.gt, (inner, const(0.5))), make(co.lt, (inner, const(2.0))))
    close = make(el.log1p, (make(ar.div, (make(ar.sub, (a, b)), b)),))
    far = make(ar.sub, (make(el.log, (a,)), make(el.log, (b,))))
    return _where(near, close, _where(_is_normal(inner), node, far))


def _log_of_cosh(node: Expr, inner: Expr) -> Expr:
    size = make(ar.abs, inner.args)
    far = make(ar.sub, (size, const(LOG2)))
    half = make(el.sinh, (make(ar.mul, (const(0.5), size)),))
    near = make(el.log1p, (make(ar.mul, (const(2), make(ar.mul, (half, half)))),))
    beyond = make(co.gt, (size, const(20.0)))
    return _where(make(co.lt, (size, const(1.0))), near, _where(beyond, far, node))


def _log_of_sinh(node: Expr, inner: Expr) -> Expr:
    (a,) = inner.args
    far = make(ar.sub, (a, const(LOG2)))
    return _where(make(co.gt, (a, const(20.0))), far, node)


def _log_of_hypot(node: Expr, inner: Expr) -> Expr:
    """Next to 1 by ``(m - 1)*(m + 1) + n**2`` for the larger and the smaller side."""
    one = const(1)
    a, b = [make(ar.abs, (x,)) for x in inner.args]
    m, n = make(co.maximum, (a, b)), make(co.minimum, (a, b))
    around = make(ar.mul, (make(ar.sub, (m, one)), make(ar.add, (m, one))))
    near = make(el.log1p, (make(ar.add, (around, make(ar.mul, (n, n)))),))
    close = _both(make(co.gt, (inner, const(0.5))), make(co.lt, (inner, const(2.0))))
    return _where(close, make(ar.mul, (const(0.5), near)), node)


def _log_of_gamma(node: Expr, inner: Expr) -> Expr:
    positive = make(co.gt, (inner, const(0)))
    return _where(positive, make(sp.lgamma, inner.args), node)


def _log_of_difference(node: Expr, inner: Expr) -> Expr | None:
    """``log(exp(a) - exp(b))``."""
    if any(x.op is not el.exp for x in inner.args):
        return None
    (a,), (b,) = inner.args[0].args, inner.args[1].args
    return make(ar.add, (a, _log_of_rest(make(ar.sub, (b, a)))))


def _log_of_rest(a: Expr) -> Expr:
    """``log(1 - exp(a))``."""
    above = make(el.log, (make(ar.neg, (make(el.expm1, (a,)),)),))
    below = make(el.log1p, (make(ar.neg, (make(el.exp, (a,)),)),))
    return _where(make(co.gt, (a, const(-LOG2))), above, below)


def _log_of_negative(node: Expr, inner: Expr) -> Expr | None:
    (x,) = inner.args
    return _log_of_rest(x.args[0]) if x.op is el.expm1 else None


_LOGS = {
    ar.mul: _log_of_product, ar.div: _log_of_quotient, el.cosh: _log_of_cosh,
    el.sinh: _log_of_sinh, el.hypot: _log_of_hypot, sp.gamma: _log_of_gamma,
    ar.sub: _log_of_difference, ar.neg: _log_of_negative,
}  # fmt: skip


def _log1p(form: Form, node: Expr) -> Expr | None:
    """``log1p(x*x/n)``, whose square may overflow."""
    (inner,) = node.args
    top = inner.args[0] if inner.op is ar.div else inner
    if top.op is not ar.mul or len(top.args) != 2 or top.args[0] is not top.args[1]:
        return None
    size = make(ar.abs, (top.args[0],))
    far = make(ar.mul, (const(2), make(el.log, (size,))))
    if inner is not top:
        far = make(ar.sub, (far, make(el.log, (inner.args[1],))))
    return _where(make(co.lt, (size, const(1e140))), node, far)


def _grown(node: Expr) -> tuple[Expr, Expr] | None:
    """``a`` and ``log1p(a)`` for ``(a + 1)**b``, where b is no number."""
    base, exponent = node.args
    if base.op is not ar.add or number(exponent) is not None or len(base.args) != 2:
        return None
    rest = [a for a in base.args if number(a) != 1]
    return (rest[0], make(el.log1p, (rest[0],))) if len(rest) == 1 else None


def _power(form: Form, node: Expr) -> Expr | None:
    """``(a + 1)**b`` with the digits of a that ``a + 1`` does not hold."""
    found = _grown(node)
    if found is None:
        return None
    a, log = found
    base, exponent = node.args
    lost = make(co.ne, (make(ar.sub, (base, const(1))), a))
    return _where(
        _both(lost, _below(log, 0.5)), make(el.exp, (make(ar.mul, (exponent, log)),)), node
    )


def _log_with_weight(form: Form, node: Expr) -> Expr | None:
    """``xlogy(c, a + 1)``."""
    weight, base = node.args
    if base.op is not ar.add or len(base.args) != 2:
        return None
    rest = [a for a in base.args if number(a) != 1]
    if len(rest) != 1:
        return None
    product = make(ar.mul, (weight, make(el.log1p, (rest[0],))))
    return _where(make(co.eq, (weight, const(0))), const(0.0), product)


def _power_minus_one(form: Form, node: Expr) -> Expr | None:
    power, one = node.args
    if number(one) != 1:
        return None
    whole = power.args[2] if power.op is co.where else power
    if whole.op is not el.pow or number(whole.args[1]) is not None:
        return None
    found = _grown(whole)
    log = make(el.log, (whole.args[0],)) if found is None else found[1]
    change = make(ar.mul, (whole.args[1], log))
    return _where(_below(change, 1.0), make(el.expm1, (change,)), node)


def _sigmoid_less(form: Form, node: Expr) -> Expr | None:
    """``sigmoid(a) - y``, whose y may be next to 1, and its negative."""
    flipped = node.args[0].op is not el.sigmoid
    curve, y = node.args[::-1] if flipped else node.args
    if curve.op is not el.sigmoid or y.op is Const or y.op is el.sigmoid:
        return None
    (a,) = curve.args
    rest = make(ar.sub, (const(1), y)), make(el.sigmoid, (make(ar.neg, (a,)),))
    high = make(ar.sub, rest[::-1] if flipped else rest)
    return _where(make(co.gt, (a, const(0))), high, node)


def _hypot_less_side(form: Form, node: Expr) -> Expr | None:
    """``hypot(a, b) - b`` for b > 0."""
    h, b = node.args
    if h.op is not el.hypot or b not in h.args:
        return None
    a = h.args[0] if h.args[1] is b else h.args[1]
    found = make(ar.mul, (a, make(ar.div, (a, make(ar.add, (h, b))))))
    if (value := number(b)) is not None:
        return found if value > 0 else None
    return _where(make(co.gt, (b, const(0))), found, node)


def _cosine_less_one(form: Form, node: Expr) -> Expr | None:
    """``a/hypot(a, b) - 1`` and its negative for a > 0."""
    ratio = node.args[1] if number(node.args[0]) == 1 else node.args[0]
    if number(node.args[0] if ratio is node.args[1] else node.args[1]) != 1:
        return None
    if ratio.op is not ar.div or ratio.args[1].op is not el.hypot:
        return None
    a, h = ratio.args
    if a not in h.args:
        return None
    b = h.args[0] if h.args[1] is a else h.args[1]
    found = make(ar.mul, (make(ar.div, (b, h)), make(ar.div, (b, make(ar.add, (h, a))))))
    found = found if ratio is node.args[1] else make(ar.neg, (found,))
    return _where(make(co.gt, (a, const(0))), found, node)


def _tanh_of_half(form: Form, node: Expr) -> Expr | None:
    """``1 - 2*sigmoid(a)`` and its negative."""
    double = node.args[1] if number(node.args[0]) == 1 else node.args[0]
    if number(node.args[0] if double is node.args[1] else node.args[1]) != 1:
        return None
    if double.op is not ar.mul or number(double.args[0]) != 2 or len(double.args) != 2:
        return None
    curve = double.args[1]
    if curve.op is not el.sigmoid:
        return None
    found = make(el.tanh, (make(ar.mul, (const(0.5), curve.args[0])),))
    return make(ar.neg, (found,)) if double is node.args[1] else found
