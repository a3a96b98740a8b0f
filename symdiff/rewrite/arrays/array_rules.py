"""Rules on arrays: axes moved, parts taken and put back, powers of norms."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...expr import OPS, Expr, Op, make
from ...leaves import Const
from ...ops import arrays as ax
from ...ops import elementary as el
from ...ops import places, reductions
from ...ops.arithmetic import add, mul
from ...ops.compare import eq
from ...ops.kernels import decode
from ...ops.reductions import norm, softmax
from ..exact import number
from ..order import bare
from ..row import EXACT, REAL, Form, Inspect, Rule
from .linear_rules import of_multiple
from .norms import norm_rows
from .operands import stretched

_ALL = (None, None, None)  # the slice of a whole axis
_BACK = (None, None, -1)
EXTREMES = {reductions.max: reductions.is_max, reductions.min: reductions.is_min}
MOST = 4  # terms of a sum that are summed one by one


def array_rows() -> list[Rule]:
    """Every row on single arrays; those of one operation are tried in order."""
    return [
        *[Rule(f"even power of {op.name}", el.pow, even_power_of(op), REAL)
          for op in (norm, el.hypot)],
        Rule("reshape of reshape",        ax.reshape,      _reshape,            EXACT),
        Rule("broadcast of broadcast",    ax.broadcast_to, _broadcast,          EXACT),
        Rule("index of a whole",          ax.index,        _index_of_whole,     EXACT),
        Rule("index of broadcast",        ax.index,        _index_of_broadcast, EXACT),
        Rule("index of parts",            ax.index,        _index_of_parts,     EXACT),
        Rule("list of all parts",         ax.stack,        _list_of_all_parts,  EXACT),
        Rule("scatter backwards",         ax.scatter,      _scatter_backwards,  EXACT),
        Rule("sum of softmax",            ax.sum,          _sum_of_softmax,     REAL),
        Rule("sum of deviations",         ax.sum,          _sum_of_deviations,  REAL),
        Rule("equal to the extreme",      eq,              _equal_to_extreme,   EXACT),
        *[Rule(f"{op.name} of multiple", op, of_multiple, EXACT)
          for op in (ax.reshape, ax.index)],
        *[Rule(f"{op.name} of multiple", op, of_multiple, REAL)  # -0.0 beside the places
          for op in (ax.scatter, places.tril, places.triu)],
        *[Rule("function of broadcasts", op, _of_broadcasts, EXACT, of_arrays=True)
          for op in OPS.values() if op.elementwise and op not in (add, mul)],
        *norm_rows(),
    ]  # fmt: skip


def even_power_of(length: Op) -> Inspect:
    """``norm(x)**2`` as ``sum(x**2)``, ``hypot(x, y)**2`` as ``x**2 + y**2``, and so on."""

    def inspect(form: Form, node: Expr) -> Expr | None:
        base, exponent = node.args
        n = number(exponent)
        if base.op is not length or not isinstance(n, int) or n % 2:
            return None
        squares = tuple([x**2 for x in base.args])
        square = make(add if length.elementwise else ax.sum, squares, base.params)
        return square if n == 2 else square ** (n // 2)

    return inspect


# -- axes ----------------------------------------------------------------------------------------


def _reshape(form: Form, node: Expr) -> Expr | None:
    x = node.args[0]
    rank, shape = node.params
    if x.shape == node.shape:
        return x
    if x.op is ax.reshape and x.params[0] == x.args[0].ndim and rank == x.ndim:
        return make(ax.reshape, x.args, (x.args[0].ndim, shape))
    if x.op is ax.broadcast_to and x.params[0] == x.args[0].ndim:
        if not x.args[0].shape:
            return form.shaped(x.args[0], node.shape)
        if x.args[0].size == x.size:
            return make(ax.reshape, x.args, (x.args[0].ndim, node.shape))
    if x.ndim == node.ndim and stretched(x.shape) == stretched(node.shape):
        units = iter([i for i, n in enumerate(x.shape) if n == 1])
        wide = iter([i for i, n in enumerate(x.shape) if n != 1])
        axes = tuple([next(units if n == 1 else wide) - x.ndim for n in node.shape])
        return make(ax.transpose, (x,), (axes,))
    return None


def _broadcast(form: Form, node: Expr) -> Expr | None:
    (x,), (rank, _) = node.args, node.params
    if x.shape == node.shape:
        return x
    inner = bare(x)
    return None if rank != x.ndim or inner is x else form.shaped(inner, node.shape)


def _of_broadcasts(form: Form, node: Expr) -> Expr | None:
    """Strip broadcasts that the other arguments make anyway, or that can be made afterwards."""
    args = tuple([bare(x) for x in node.args])
    if args == node.args:
        return None
    return form.shaped(make(node.op, args, node.params), node.shape)


# -- parts ---------------------------------------------------------------------------------------


def _items(node: Expr) -> tuple[Any, ...] | None:
    """The items of an index, one for each axis; None where axes are put in."""
    items: tuple[Any, ...] = node.params[0]
    return items if len(items) == node.args[0].ndim and None not in items else None


def _index_of_whole(form: Form, node: Expr) -> Expr | None:
    """An index of one number, of a constant, or of all there is."""
    (x,), (items,) = node.args, node.params
    if x.op is ax.broadcast_to and not x.args[0].shape:
        return form.shaped(x.args[0], node.shape)
    if x.op is Const:
        return form.constant(np.asarray(x.value)[(..., *decode(items))])
    return x if all(item == _ALL for item in items) else None


def _index_of_broadcast(form: Form, node: Expr) -> Expr | None:
    (x,), items = node.args, _items(node)
    if x.op is not ax.broadcast_to or items is None or x.params[0] != x.args[0].ndim:
        return None
    (inner,) = x.args
    own = []
    for item, n in zip(items[x.ndim - inner.ndim :], inner.shape, strict=True):
        if n != 1:
            own.append(item)
        else:
            own.append(0 if type(item) is int else _ALL)
    return form.shaped(make(ax.index, (inner,), (tuple(own),)), node.shape)


def _index_of_parts(form: Form, node: Expr) -> Expr | None:
    """An index of arrays stacked or joined that takes elements of one of them alone."""
    (x,), items = node.args, _items(node)
    if x.op not in (ax.stack, places.concatenate) or items is None:
        return None
    axis = x.ndim + x.params[0]
    before, item, behind = items[:axis], decode(items)[axis], items[axis + 1 :]
    alone = isinstance(item, int)
    start = item % x.shape[axis] if alone else item.indices(x.shape[axis])[0]
    stop, step = (start + 1, 1) if alone else item.indices(x.shape[axis])[1:]
    if x.op is ax.stack:
        part = form.shaped(x.args[start], x.shape[:axis] + x.shape[axis + 1 :])
        return make(ax.index, (part,), ((*before, *behind),)) if alone else None
    for part in x.args:
        size = part.shape[axis] if part.ndim == x.ndim else 0
        if not size or start < size:
            break
        start, stop = start - size, stop - size
    if step != 1 or not start < stop <= size:
        return None
    inside = start if alone else _ALL if stop - start == size else (start, stop, None)
    return make(ax.index, (part,), ((*before, inside, *behind),))


def _list_of_all_parts(form: Form, node: Expr) -> Expr | None:
    """``[A[0, 0], A[0, 1]]`` as ``A[0, :]``, and ``[x[0], x[1]]`` as ``x``."""
    first = node.args[0]
    items = _items(first) if first.op is ax.index else None
    if items is None or any(x.op is not ax.index or x.args != first.args for x in node.args):
        return None
    places_ = [x.params[0] for x in node.args]
    for axis, n in enumerate(first.args[0].shape):
        wanted = [(*items[:axis], i, *items[axis + 1 :]) for i in range(n)]
        before = sum([type(item) is not int for item in items[:axis]])  # axes that are left
        if places_ == wanted and node.params[0] == -node.ndim + before:
            return make(ax.index, first.args, ((*items[:axis], _ALL, *items[axis + 1 :]),))
    return None


def _scatter_backwards(form: Form, node: Expr) -> Expr | None:
    """Elements put back in reverse order are taken in reverse order."""
    items, _, shape = node.params
    (x,) = node.args
    if x.shape != node.shape or len(items) != x.ndim or len(shape) != x.ndim:
        return None
    if any(item not in (_ALL, _BACK) for item in items):
        return None
    return make(ax.index, (x,), (items,))


def _sum_of_softmax(form: Form, node: Expr) -> Expr | None:
    (x,), (axes, _) = node.args, node.params
    if x.op is not softmax or not {*x.params[0]} <= {*axes}:
        return None
    count = prod([x.shape[i] for i in axes if i not in x.params[0]])
    return form.shaped(form.constant(count), node.shape)


def _equal_to_extreme(form: Form, node: Expr) -> Expr | None:
    """``x == max(x)`` as ``is_max(x)``: written in two forms, the two x might round differently."""
    for x, other in (node.args, node.args[::-1]):
        stretched_from = other.args[0] if other.op is ax.broadcast_to else other
        is_kept = stretched_from.op is ax.reshape
        extreme = stretched_from.args[0] if is_kept else stretched_from
        if extreme.op in EXTREMES and extreme.args[0] is x:
            axes, rank = extreme.params[0], stretched_from.ndim
            kept = ax.reduced_shape("", (x.shape,), (axes, True))
            if (1,) * (x.ndim - rank) + stretched_from.shape == kept:
                return make(EXTREMES[extreme.op], (x,), (axes,))
    return None


def _sum_of_deviations(form: Form, node: Expr) -> Expr | None:
    """The sum of ``x - mean(x)``, which is 0: one of whose terms one is left at most."""
    (x,) = node.args
    if x.op is not add or len(x.args) > MOST or all(t.shape == x.shape for t in x.args):
        return None
    sums = [form.apply(ax.sum, (form.shaped(t, x.shape),), node.params) for t in x.args]
    total = form.apply(add, tuple(sums))
    return None if total.op is add else total
