"""Operations along one axis that keep it: running sums and products, recurrences, sorting.

Parameters count axes from the end, so that values may carry any number of leading batch axes.

The derivative of running products is made of the linear recurrence
``y[k] = a[k]*y[k - 1] + b[k]``, whose own derivatives are recurrences: nothing is divided by an
element, so zeros need no care at any order.
"""

from __future__ import annotations

from ..errors import ShapeError
from ..expr import Expr, Kind, Op, Params, Shape, broadcast_shapes, make
from ..messages import short
from ..rule import Custom, Linear, NonDiff
from . import reduction_spelling as spelling
from .arrays import reshape, sum_to
from .row import promote, row

STEP = NonDiff("it is constant almost everywhere")


def _swept(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """The shape of something done along one axis."""
    shape = broadcast_shapes(title, shapes)
    if not -len(shape) <= params[0] < 0:
        raise ShapeError(title, shapes, f"axis {short(params[0])} is out of range")
    return shape


def index_kind(kinds: tuple[Kind, ...]) -> Kind:
    return "int"


def _recur(a: Expr, b: Expr, axis: int, reverse: bool, exclusive: bool) -> Expr:
    """A recurrence of operands of equal rank: batch axes stand over batch axes."""
    rank = a.ndim if a.ndim > b.ndim else b.ndim
    a, b = [x if x.ndim == rank else _led(x, rank) for x in (a, b)]
    return make(recurrence, (a, b), (axis, reverse, exclusive))


def _led(x: Expr, rank: int) -> Expr:
    return make(reshape, (x,), (x.ndim, (1,) * (rank - x.ndim) + x.shape))


def _back(a: Expr, g: Expr, params: Params) -> Expr:
    """The cotangent of ``b`` in ``recurrence(a, b)``: a recurrence in the other direction."""
    axis, reverse, exclusive = params
    if exclusive:
        return _recur(a, g, axis, not reverse, True)
    return g + _recur(a, a * g, axis, not reverse, True)


def _before(node: Expr) -> Expr:
    """The outputs one step earlier."""
    return make(node.op, node.args, (*node.params[:2], True))


def _cumprod_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    (x,), (dot,) = node.args, dots
    return None if dot is None else _recur(x, dot * _before(node), *node.params)


def _cumprod_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, None]:
    return _back(node.args[0], g, node.params) * _before(node), None


def _recurrence_tangent(node: Expr, dots: list[Expr | None]) -> Expr | None:
    a_dot, b_dot = dots
    terms = [] if b_dot is None else [b_dot]
    if a_dot is not None:
        terms.append(a_dot * _before(node))
    if not terms:
        return None
    return _recur(node.args[0], terms[0] if len(terms) == 1 else terms[0] + terms[1], *node.params)


def _recurrence_cotangent(g: Expr, node: Expr, i: int) -> tuple[Expr, None]:
    back = _back(node.args[0], g, node.params)
    if i == 0:
        back = back * _before(node)
    return sum_to(back, node.shape, node.args[i].shape), None


def _cumsum_transpose(g: Expr, node: Expr, i: int) -> Expr:
    axis, reverse = node.params
    return make(cumsum, (g,), (axis, not reverse))


cumsum: Op = row("cumsum", spelled=spelling.along, numpy="reduction_kernels.cumsum",
    params=("axis", "reverse"), shape=_swept, kind=promote, rule=Linear(_cumsum_transpose),
    accuracy=(2.0, 2.0))
cumprod: Op = row("cumprod", spelled=spelling.along, numpy="reduction_kernels.cumprod",
    params=("axis", "reverse", "exclusive"), shape=_swept, kind=promote,
    rule=Custom(_cumprod_tangent, _cumprod_cotangent), accuracy=(2.0, 4.0))
recurrence: Op = row("recurrence", arity=2, numpy="reduction_kernels.recurrence",
    params=("axis", "reverse", "exclusive"), shape=_swept,
    rule=Custom(_recurrence_tangent, _recurrence_cotangent), accuracy=(4.0, 8.0))
argsort: Op = row("argsort", spelled=spelling.along, numpy="reduction_kernels.argsort",
    params=("axis",), shape=_swept, kind=index_kind, rule=STEP, accuracy=(0.0, 0.0))
