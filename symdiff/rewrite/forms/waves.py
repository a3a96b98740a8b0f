"""Sums of two sines or cosines as products, in canonical graphs.

``cos(x*(a - b)) - cos(x*(a + b))`` is ``2*sin(a*x)*sin(b*x)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from ...expr import Expr, Op
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...walk import postorder, rebuild
from .. import exact
from .rational import Fractions
from .ratios import Way

if TYPE_CHECKING:
    from ..canonical import Canonical

# f(u) + f(v) and f(u) - f(v) as twice a product of functions of (u + v)/2 and (u - v)/2
_PRODUCTS: dict[tuple[Op, int], tuple[int, Op, Op]] = {
    (el.sin, 1): (1, el.sin, el.cos), (el.sin, -1): (1, el.cos, el.sin),
    (el.cos, 1): (1, el.cos, el.cos), (el.cos, -1): (-1, el.sin, el.sin),
    (el.sinh, 1): (1, el.sinh, el.cosh), (el.sinh, -1): (1, el.cosh, el.sinh),
    (el.cosh, 1): (1, el.cosh, el.cosh), (el.cosh, -1): (1, el.sinh, el.sinh),
}  # fmt: skip
WAVES = frozenset({op for op, _ in _PRODUCTS})


def multiplied(form: Canonical, outputs: Iterable[Expr]) -> list[Expr]:
    """The outputs with sums of two sines or cosines as products of functions of products."""

    def visit(new: Expr, old: Expr) -> Expr:
        if new is not old:
            new = form.apply(new.op, new.args, new.params)
        if new.op is a.add and len(new.args) == 2:
            return _product(form, new)
        return new

    ends = list(outputs)
    if not any(n.op is a.add and len(n.args) == 2 for n in postorder(ends)):
        return ends
    image = rebuild(ends, visit)
    return [image[out] for out in ends]


def _product(form: Canonical, total: Expr) -> Expr:
    (c, one), (d, two) = [form.split(term) for term in total.args]
    if one.op is not two.op or one.op not in WAVES or type(c) is float or abs(c) != abs(d):
        return total
    u, v = one.args[0], two.args[0]
    half = form.constant(exact.HALF)
    halves = [form.mul([half, form.add([u, w])]) for w in (v, form.times(-1, v))]
    plain = Fractions(form, Way()).run(halves)
    if any(form.split(inner)[1].op is a.add for inner in plain):
        return total
    sign, of_sum, of_difference = _PRODUCTS[one.op, 1 if c == d else -1]
    factor = form.constant(exact.shorten(Fraction(c) * 2 * sign))
    parts = [form.apply(f, (u,)) for f, u in zip((of_sum, of_difference), plain, strict=True)]
    return form.mul([factor, *parts])
