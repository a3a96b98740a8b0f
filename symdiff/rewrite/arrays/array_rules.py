"""Computed rules on arrays: axes moved, parts taken and put back, norms."""

from __future__ import annotations

import numpy as np

from ...expr import Expr
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import compare as co
from ...ops import elementary as el
from ...ops.kernels import decode
from ...ops.reductions import norm
from ..exact import number
from ..match import multiple
from ..order import bare, is_padded
from ..row import EXACT, REAL, Form, Rule
from .operands import stretched
from .part_rules import part_rows

_ALL = (None, None, None)  # the slice of a whole axis
_CHOICES = (co.where, co.lt, co.le, co.gt, co.ge, co.eq, co.ne, co.logical_not)


def array_rows() -> list[Rule]:
    """Every computed row on arrays."""
    return [
        Rule("even power of hypot", el.pow, power_of_hypot, REAL),
        Rule("even power of norm", el.pow, power_of_norm, REAL),
        Rule("reshape of reshape", ax.reshape, _reshape, EXACT),
        Rule("broadcast of broadcast", ax.broadcast_to, _broadcast, EXACT),
        Rule("transpose of transpose", ax.transpose, _transpose, EXACT),
        Rule("index of stack", ax.index, _index, EXACT),
        Rule("scatter of zeros", ax.scatter, _scatter, EXACT),
        Rule("scatter of multiple", ax.scatter, _of_multiple, REAL),  # -0.0 beside the places
        *[Rule(f"{op.name} of broadcasts", op, _of_broadcasts, EXACT) for op in _CHOICES],
        *part_rows(),
    ]


def power_of_hypot(form: Form, node: Expr) -> Expr | None:
    """``hypot(x, y)**2`` as ``x**2 + y**2``, and so on for even powers."""
    base, exponent = node.args
    value = number(exponent)
    if base.op is not el.hypot or not isinstance(value, int) or value % 2:
        return None
    squares = tuple([form.apply(el.pow, (x, form.constant(2))) for x in base.args])
    return form.apply(el.pow, (form.apply(ar.add, squares), form.constant(value // 2)))


def power_of_norm(form: Form, node: Expr) -> Expr | None:
    """``norm(x)**2`` as ``sum(x**2)``, and so on for even powers."""
    base, exponent = node.args
    value = number(exponent)
    if base.op is not norm or not isinstance(value, int) or value % 2:
        return None
    total = form.apply(ax.sum, (form.apply(el.pow, (base.args[0], const(2))),), base.params)
    return total if value == 2 else form.apply(el.pow, (total, const(value // 2)))


def _reshape(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    rank, shape = node.params
    if x.shape == node.shape:
        return x
    if x.op is ax.reshape and x.params[0] == x.args[0].ndim and rank == x.ndim:
        return form.apply(ax.reshape, x.args, (x.args[0].ndim, shape))
    if x.op is ax.broadcast_to and x.params[0] == x.args[0].ndim:
        if not x.args[0].shape:
            return form.shaped(x.args[0], node.shape)
        if x.args[0].size == x.size:
            return form.apply(ax.reshape, x.args, (x.args[0].ndim, node.shape))
    if x.ndim == node.ndim and stretched(x.shape) == stretched(node.shape):
        units = iter([i for i, n in enumerate(x.shape) if n == 1])
        wide = iter([i for i, n in enumerate(x.shape) if n != 1])
        axes = tuple([next(units if n == 1 else wide) - x.ndim for n in node.shape])
        return form.apply(ax.transpose, (x,), (axes,))
    return _of_multiple(form, node)


def _broadcast(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    if x.shape == node.shape:
        return x
    if node.params[0] != x.ndim:
        return None
    if x.op is ax.broadcast_to and x.params[0] == x.args[0].ndim:
        return form.shaped(x.args[0], node.shape)
    if x.op is ax.reshape and is_padded(x.args[0].shape, x.shape):
        return form.shaped(x.args[0], node.shape)
    return None


def _transpose(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    (axes,) = node.params
    if all(i - len(axes) == at for i, at in enumerate(axes)):
        return x
    if x.op is ax.transpose and len(x.params[0]) == len(axes):
        inner = x.params[0]
        return form.apply(ax.transpose, x.args, (tuple(inner[at] for at in axes),))
    if x.op is ax.broadcast_to and not x.args[0].shape:
        return form.shaped(x.args[0], node.shape)
    return _of_multiple(form, node)


def _of_multiple(form: Form, node: Expr) -> Expr | None:
    """A linear operation on a multiple as the multiple of its value."""
    found = multiple(form, node.args[0])
    if found is None:
        return None
    coefficient, rest = found
    return form.times(coefficient, form.apply(node.op, (rest,), node.params))


def _index(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    at = decode(node.params[0])
    if x.op is ax.stack and len(at) == x.ndim and all(i is not None for i in at):
        axis = x.params[0]
        chosen = at[axis]
        if isinstance(chosen, int):
            part = form.shaped(x.args[chosen], x.shape[:axis] + x.shape[axis:][1:])
            rest = node.params[0][: len(at) + axis] + node.params[0][len(at) + axis + 1 :]
            return form.apply(ax.index, (part,), (rest,)) if rest else part
    if x.op is ax.broadcast_to and not x.args[0].shape:
        return form.shaped(x.args[0], node.shape)
    if all(item == _ALL for item in node.params[0]):
        return x
    if x.op is Const:
        return form.constant(np.asarray(x.value)[(..., *at)])
    if x.op is ax.scatter:
        return _gathered(form, node, x)
    return _of_multiple(form, node)


def _gathered(form: Form, node: Expr, scattered: Expr) -> Expr | None:
    """An index of an array that is zero but for one place: that place, or another one."""
    here, there = node.params[0], scattered.params[0]
    if here == there:
        return scattered.args[0]
    places = [p for p in zip(here, there, strict=False) if all(type(i) is int for i in p)]
    if len(here) == len(there) and any(i != j and i >= 0 <= j for i, j in places):
        return form.shaped(form.constant(0), node.shape)
    return None


def _scatter(form: Form, node: Expr) -> Expr | None:
    coefficient, rest = form.split(node.args[0])
    if (rest is form.one and coefficient == 0) or _is_zeros(node.args[0]):
        return form.shaped(form.constant(0), node.shape)
    if all(item == _ALL for item in node.params[0]):
        return node.args[0]
    return None


def _is_zeros(node: Expr) -> bool:
    return node.op is ax.broadcast_to and number(node.args[0]) == 0


def _of_broadcasts(form: Form, node: Expr) -> Expr | None:
    """Strip broadcasts that the other arguments make anyway, or that can be made afterwards."""
    args = tuple([bare(x) for x in node.args])
    if args == node.args:
        return None
    return form.shaped(form.apply(node.op, args), node.shape)
