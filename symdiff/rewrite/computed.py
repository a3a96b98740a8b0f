"""Rules whose left side is an operation: a function inspects the node.

They fold constants, decide comparisons from domains, and move axes; what they need to see
(parameters, shapes, intervals) has no place in a pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, prod, trunc
from typing import Any

import numpy as np

from ..domain import Interval
from ..expr import Expr, Op
from ..leaves import Const, Var
from ..ops import arithmetic as ar
from ..ops import arrays as ax
from ..ops import compare as co
from ..ops import elementary as el
from ..ops.kernels import decode
from .branches import decided
from .exact import Number, number
from .match import Form
from .rules import EXACT, REAL, Inspect, Rule

Comparison = Callable[[Number, Number], bool]


def inspections() -> list[Rule]:
    """Every computed row."""
    compared = [
        Rule(f"decide {op.name}", op, _decide(holds, swapped), EXACT)
        for op, holds, swapped in (
            (co.lt, lambda a, b: a < b, co.gt), (co.le, lambda a, b: a <= b, co.ge),
            (co.gt, lambda a, b: a > b, co.lt), (co.ge, lambda a, b: a >= b, co.le),
            (co.eq, lambda a, b: a == b, co.eq), (co.ne, lambda a, b: a != b, co.ne),
        )
    ]  # fmt: skip
    folded = [
        Rule(f"{op.name} of numbers", op, _folding(function), EXACT, of_constants=True)
        for op, function in (
            (co.maximum, max), (co.minimum, min), (ar.floor, floor), (ar.ceil, ceil),
            (ar.trunc, trunc), (ar.round, round), (ar.sign, lambda v: (v > 0) - (v < 0)),
            (ar.mod, lambda a, b: a % b if b else None),
        )
    ]  # fmt: skip
    return [
        *compared,
        *folded,
        Rule("abs of multiple", ar.abs, _abs_of_multiple, REAL),
        Rule("sign of multiple", ar.sign, _sign_of_multiple, REAL),
        Rule("even power of hypot", el.pow, _power_of_hypot, REAL),
        Rule("sum of broadcast", ax.sum, _sum, REAL),
        Rule("reshape of reshape", ax.reshape, _reshape, EXACT),
        Rule("broadcast of broadcast", ax.broadcast_to, _broadcast, EXACT),
        Rule("transpose of transpose", ax.transpose, _transpose, EXACT),
        Rule("index of stack", ax.index, _index, EXACT),
        Rule("scatter of zeros", ax.scatter, _scatter, EXACT),
        Rule("where of broadcasts", co.where, _where, EXACT),
        Rule("where in its branch", co.where, decided, EXACT),
    ]


def _folding(function: Callable[..., Any]) -> Inspect:
    def fold(form: Form, node: Expr) -> Expr | None:
        values = [number(x) for x in node.args]
        if any(v is None or type(v) is float for v in values):
            return None
        found = function(*values)
        return None if found is None else form.constant(found)

    return fold


def _decide(holds: Comparison, swapped: Op) -> Inspect:
    """Comparisons of two numbers, of a node with itself, and of a variable with its domain."""

    def decide(form: Form, node: Expr) -> Expr | None:
        left, right = node.args
        a, b = number(left), number(right)
        if a is not None and b is not None:
            return form.constant(holds(a, b))
        if a is not None and swapped is not node.op:
            return form.apply(swapped, (right, left))
        if b is not None and left.op is Var:
            verdict = _by_domain(holds, left.params[3], b)
            return None if verdict is None else form.shaped(form.constant(verdict), node.shape)
        return None

    return decide


def _by_domain(holds: Comparison, domain: Interval, limit: Number) -> bool | None:
    """Whether the comparison has one answer in the whole domain."""
    low, high = domain.low, domain.high
    inside = domain.contains(limit)
    if inside:
        interior = low < limit < high
        return None if interior or low == high else _at_end(holds, domain, limit)
    return holds(0, 1) if limit >= high and low < limit else holds(1, 0)


def _at_end(holds: Comparison, domain: Interval, limit: Number) -> bool | None:
    """The limit is a closed end: equality and the strict inequality must agree."""
    beside = holds(1, 0) if limit == domain.low else holds(0, 1)
    return beside if beside == holds(0, 0) else None


def _abs_of_multiple(form: Form, node: Expr) -> Expr | None:
    multiple = _multiple(form, node.args[0])
    if multiple is None:
        return None
    coefficient, rest = multiple
    size = -coefficient if coefficient < 0 else coefficient
    return form.times(size, form.apply(ar.abs, (rest,)))


def _sign_of_multiple(form: Form, node: Expr) -> Expr | None:
    multiple = _multiple(form, node.args[0])
    if multiple is None:
        return None
    coefficient, rest = multiple
    return form.times(1 if coefficient > 0 else -1, form.apply(ar.sign, (rest,)))


def _multiple(form: Form, node: Expr) -> tuple[Number, Expr] | None:
    """The coefficient to pull out of an argument, and what stays.

    A multiple of a multiple (their numbers have no exact product) stays whole: pulling number
    after number out at every level of a deep graph would take quadratic time.
    """
    coefficient, rest = form.split(node)
    if coefficient == 1 or rest is form.one or form.split(rest)[0] != 1:
        return None
    return coefficient, rest


def _power_of_hypot(form: Form, node: Expr) -> Expr | None:
    base, exponent = node.args
    value = number(exponent)
    if base.op is not el.hypot or not isinstance(value, int) or value % 2:
        return None
    squares = tuple([form.apply(el.pow, (x, form.constant(2))) for x in base.args])
    return form.apply(el.pow, (form.apply(ar.add, squares), form.constant(value // 2)))


def _sum(form: Form, node: Expr) -> Expr | None:
    (x,), (axes, keepdims) = node.args, node.params
    if not axes:
        return x
    multiple = _multiple(form, x)
    if multiple is not None:
        coefficient, rest = multiple
        return form.times(coefficient, form.apply(ax.sum, (rest,), node.params))
    if x.op is not ax.broadcast_to:
        return None
    (source,), (rank, _) = x.args, x.params
    if rank != source.ndim:
        return None
    padded = (1,) * (x.ndim - rank) + source.shape
    if any(padded[i] != 1 for i in axes):
        return None
    count = prod(x.shape[i] for i in axes)
    target = node.shape
    kept = padded if keepdims else tuple(
        n for i, n in enumerate(padded) if i - x.ndim not in axes and i not in axes
    )  # fmt: skip
    small = source if source.shape == kept else form.apply(ax.reshape, (source,), (rank, kept))
    return form.times(count, form.shaped(small, target))


def _reshape(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    rank, shape = node.params
    if x.shape == node.shape:
        return x
    if x.op is ax.reshape and x.params[0] == x.args[0].ndim and rank == x.ndim:
        return form.apply(ax.reshape, x.args, (x.args[0].ndim, shape))
    if x.op is ax.broadcast_to and not x.args[0].shape and node.size == x.size:
        return form.shaped(x.args[0], node.shape)
    return None


def _broadcast(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    if x.shape == node.shape:
        return x
    if x.op is ax.broadcast_to and x.params[0] == x.args[0].ndim and node.params[0] == x.ndim:
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
    multiple = _multiple(form, x)
    if multiple is not None:
        coefficient, rest = multiple
        return form.times(coefficient, form.apply(ax.transpose, (rest,), node.params))
    return None


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
    if all(isinstance(i, slice) and i == slice(None) for i in at):
        return x
    if x.op is Const:
        return form.constant(np.asarray(x.value)[(..., *at)])
    if x.op is ax.scatter:
        return _gathered(form, node, x)
    return None


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
    return None


def _is_zeros(node: Expr) -> bool:
    return node.op is ax.broadcast_to and number(node.args[0]) == 0


def _where(form: Form, node: Expr) -> Expr | None:
    """Strip broadcasts that the other arguments make anyway."""
    bare = tuple([_bare(x) for x in node.args])
    if bare == node.args:
        return None
    return form.shaped(form.apply(co.where, bare), node.shape)


def _bare(node: Expr) -> Expr:
    if node.op is ax.broadcast_to and node.params[0] == node.args[0].ndim:
        return node.args[0]
    return node
