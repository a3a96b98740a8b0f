"""Roots and lengths in forms to differentiate: by the chain rule ``sqrt(x**4)`` has the slope
``4*x**3/(2*sqrt(x**4))``, which is 0/0 at 0, where that of ``x**2`` is 0.
"""

from __future__ import annotations

from fractions import Fraction

from ..expr import Expr, make
from ..leaves import const
from ..ops import arithmetic as ar
from ..ops import arrays as ax
from ..ops import elementary as el
from ..ops.contraction import matmul
from ..ops.reductions import norm
from .arrays.array_rules import power_of_hypot
from .exact import Number, number
from .row import REAL, Form, Rule

_LENGTHS = frozenset({norm, el.hypot, el.sqrt})
MOST_FACTORS = 8  # of a product in which a length may occur twice


def root_rows() -> list[Rule]:
    """Every row; each side is the other wherever the left one is defined."""
    return [
        Rule("root of a power",       el.sqrt,   _root_of_power,   REAL),
        Rule("root of a square",      el.sqrt,   _root_of_square,  REAL),
        Rule("cube root of a power",  el.cbrt,   _cube_root,       REAL),
        Rule("power of a length",     el.pow,    _power_of_length, REAL),
        Rule("power of a root",       el.pow,    _power_of_root,   REAL),
        Rule("square of a root",      ar.square, _square_of_root,  REAL),
        Rule("power of hypot",        el.pow,    power_of_hypot,   REAL),
        Rule("square of hypot",       ar.square, _square_of_hypot, REAL),
        Rule("product of lengths",    ar.mul,    _product,         REAL),
    ]  # fmt: skip


def _whole(node: Expr) -> int | None:
    value = number(node)
    return value if type(value) is int else None


def _root_of_power(form: Form, node: Expr) -> Expr | None:
    """``sqrt(x**n)``: ``abs(x)**(n/2)``, and without ``abs`` where it is not needed."""
    (power,) = node.args
    n = _whole(power.args[1]) if power.op is el.pow else None
    if n is None or n < 2:
        return None
    half, odd = divmod(n, 2)
    base = power.args[0] if odd or half % 2 == 0 else form.apply(ar.abs, (power.args[0],))
    return _raised(form, base, Fraction(n, 2) if odd else half)


def _root_of_square(form: Form, node: Expr) -> Expr | None:
    side = _side(node.args[0])
    return None if side is None else form.apply(ar.abs, (side,))


def _side(square: Expr) -> Expr | None:
    """``x`` for ``x**2``, however that is written."""
    op, args = square.op, square.args
    double = op is ar.mul and len(args) == 2 and args[0] is args[1]
    raised = op is el.pow and _whole(args[1]) == 2
    return args[0] if double or raised or op is ar.square else None


def _cube_root(form: Form, node: Expr) -> Expr | None:
    """``cbrt(x**n)`` as a power of x or of its cube root."""
    (power,) = node.args
    n = _whole(power.args[1]) if power.op is el.pow else None
    if n is None or n < 2:
        return None
    if n % 3 == 0:
        return _raised(form, power.args[0], n // 3)
    return form.apply(el.pow, (form.apply(el.cbrt, power.args[:1]), const(n)))


def _raised(form: Form, base: Expr, n: Number) -> Expr:
    return base if n == 1 else form.apply(el.pow, (base, const(n)))


def _power_of_root(form: Form, node: Expr) -> Expr | None:
    """``sqrt(x)**n`` and ``cbrt(x)**n`` as powers of x."""
    root, exponent = node.args
    n = _whole(exponent)
    if n is None or n < 2:
        return None
    if root.op is el.sqrt:
        return _raised(form, root.args[0], Fraction(n, 2) if n % 2 else n // 2)
    if root.op is el.cbrt and n % 3 == 0:
        return _raised(form, root.args[0], n // 3)
    return None


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
    length = _length(form, base)
    if length is None or halves is None or halves < 3 or halves % 2 != 1:
        return None
    return form.apply(el.pow, (length, const(int(halves))))


def _length(form: Form, total: Expr) -> Expr | None:
    """The norm of which ``sum(x**2)`` or ``x @ x`` is the square."""
    if total.op is matmul and not total.shape and total.args[0] is total.args[1]:
        return form.apply(norm, total.args[:1], ((-1,), False))
    side = _side(total.args[0]) if total.op is ax.sum else None
    return None if side is None else form.apply(norm, (side,), total.params)


def _square_of_root(form: Form, node: Expr) -> Expr | None:
    (root,) = node.args
    return root.args[0] if root.op is el.sqrt else None


def _square_of_hypot(form: Form, node: Expr) -> Expr | None:
    return power_of_hypot(form, make(el.pow, (node.args[0], const(2))))


def _product(form: Form, node: Expr) -> Expr | None:
    """A product with a length or a square root in it twice, with the square of that instead."""
    factors: list[Expr] = []
    pending = list(node.args)
    while pending and len(factors) + len(pending) <= MOST_FACTORS:
        factor = pending.pop()
        if factor.op is ar.mul and factor.shape == node.shape:
            pending += factor.args
        else:
            factors.append(factor)
    for length in factors if not pending else ():
        if length.op in _LENGTHS and factors.count(length) > 1:
            factors.remove(length)
            factors.remove(length)
            square = form.apply(el.pow, (length, const(2)))
            return form.apply(ar.mul, (*reversed(factors), square)) if factors else square
    return None
