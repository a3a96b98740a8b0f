"""Rules on arrays: axes moved, parts taken and put back, powers of norms."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...expr import OPS, Expr, make
from ...leaves import Const
from ...ops import arrays as ax
from ...ops import elementary as el
from ...ops import places
from ...ops.arithmetic import add, mul
from ...ops.kernels import decode
from ...ops.reductions import norm, softmax
from ..exact import number
from ..order import bare, is_padded
from ..row import EXACT, REAL, Form, Rule
from .linear_rules import of_multiple
from .norms import norm_rows
from .operands import stretched

_ALL = (None, None, None)  # the slice of a whole axis
_BACK = (None, None, -1)
_TRIANGLES = (places.tril, places.triu)


def array_rows() -> list[Rule]:
    """Every row on single arrays; those of one operation are tried in order."""
    return [
        Rule("even power of hypot",       el.pow,          power_of_hypot,     REAL),
        Rule("even power of norm",        el.pow,          power_of_norm,      REAL),
        Rule("reshape of reshape",        ax.reshape,      _reshape,           EXACT),
        Rule("broadcast of broadcast",    ax.broadcast_to, _broadcast,         EXACT),
        Rule("transpose of transpose",    ax.transpose,    _transpose,         EXACT),
        Rule("index of stack",            ax.index,        _index_of_stack,    EXACT),
        Rule("index of a whole",          ax.index,        _index_of_whole,    EXACT),
        Rule("index of a scattered part", ax.index,        _index_of_scatter,  EXACT),
        Rule("index of broadcast",        ax.index,        _index_of_broadcast, EXACT),
        Rule("index of concatenate",      ax.index,        _index_of_joined,   EXACT),
        Rule("scatter of zeros",          ax.scatter,      _scatter_of_zeros,  EXACT),
        Rule("scatter to an axis of one", ax.scatter,      _scatter_to_one,    EXACT),
        Rule("scatter backwards",         ax.scatter,      _scatter_backwards, EXACT),
        Rule("sum of softmax",            ax.sum,          _sum_of_softmax,    REAL),
        *[Rule(f"{op.name} of multiple", op, of_multiple, EXACT)
          for op in (ax.reshape, ax.index)],
        *[Rule(f"{op.name} of multiple", op, of_multiple, REAL)  # -0.0 beside the places
          for op in (ax.scatter, *_TRIANGLES)],
        *[Rule("function of broadcasts", op, _of_broadcasts, EXACT, of_arrays=True)
          for op in OPS.values() if op.elementwise and op not in (add, mul)],
        *[Rule(f"{op.name} of {op.name}", op, _triangle, EXACT) for op in _TRIANGLES],
        *norm_rows(),
    ]  # fmt: skip


def power_of_hypot(form: Form, node: Expr) -> Expr | None:
    """``hypot(x, y)**2`` as ``x**2 + y**2``, and so on for even powers."""
    base, exponent = node.args
    n = number(exponent)
    if base.op is not el.hypot or not isinstance(n, int) or n % 2:
        return None
    square = base.args[0] ** 2 + base.args[1] ** 2
    return square if n == 2 else square ** (n // 2)


def power_of_norm(form: Form, node: Expr) -> Expr | None:
    """``norm(x)**2`` as ``sum(x**2)``, and so on for even powers."""
    base, exponent = node.args
    n = number(exponent)
    if base.op is not norm or not isinstance(n, int) or n % 2:
        return None
    square = make(ax.sum, (base.args[0] ** 2,), base.params)
    return square if n == 2 else square ** (n // 2)


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
        return make(ax.transpose, x.args, (tuple(inner[at] for at in axes),))
    if x.op is ax.broadcast_to and not x.args[0].shape:
        return form.shaped(x.args[0], node.shape)
    return None


def _of_broadcasts(form: Form, node: Expr) -> Expr | None:
    """Strip broadcasts that the other arguments make anyway, or that can be made afterwards."""
    args = tuple([bare(x) for x in node.args])
    if args == node.args:
        return None
    return form.shaped(make(node.op, args), node.shape)


# -- parts ---------------------------------------------------------------------------------------


def _items(node: Expr) -> tuple[Any, ...] | None:
    """The items of an index, one for each axis; None where axes are put in."""
    items: tuple[Any, ...] = node.params[0]
    return items if len(items) == node.args[0].ndim and None not in items else None


def _index_of_stack(form: Form, node: Expr) -> Expr | None:
    (x,), items = node.args, _items(node)
    if x.op is not ax.stack or items is None:
        return None
    axis = x.ndim + x.params[0]
    if not isinstance(items[axis], int):
        return None
    part = form.shaped(x.args[items[axis]], x.shape[:axis] + x.shape[axis + 1 :])
    others = items[:axis] + items[axis + 1 :]
    return make(ax.index, (part,), (others,)) if others else part


def _index_of_whole(form: Form, node: Expr) -> Expr | None:
    """An index of one number, of a constant, or of all there is."""
    (x,), (items,) = node.args, node.params
    if x.op is ax.broadcast_to and not x.args[0].shape:
        return form.shaped(x.args[0], node.shape)
    if x.op is Const:
        return form.constant(np.asarray(x.value)[(..., *decode(items))])
    return x if all(item == _ALL for item in items) else None


def _index_of_scatter(form: Form, node: Expr) -> Expr | None:
    """An index of an array that is zero but for one place: that place, or another one."""
    (scattered,) = node.args
    if scattered.op is not ax.scatter:
        return None
    here, there = node.params[0], scattered.params[0]
    if here == there:
        return scattered.args[0]
    numbers = [p for p in zip(here, there, strict=False) if all(type(i) is int for i in p)]
    if len(here) == len(there) and any(i != j and i >= 0 <= j for i, j in numbers):
        return form.shaped(form.constant(0), node.shape)
    return None


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


def _index_of_joined(form: Form, node: Expr) -> Expr | None:
    (x,), items = node.args, _items(node)
    if x.op is not places.concatenate or items is None:
        return None
    axis = x.ndim + x.params[0]
    item = decode(items)[axis]
    alone = isinstance(item, int)
    start, stop, step = (item, item + 1, 1) if alone else item.indices(x.shape[axis])
    if start < 0 or step != 1 or stop <= start:
        return None
    for part in x.args:
        if part.ndim != x.ndim:
            return None
        size = part.shape[axis]
        if start < size:
            break
        start, stop = start - size, stop - size
    if stop > size:
        return None
    chosen = start if alone else _ALL if stop - start == size else (start, stop, None)
    return make(ax.index, (part,), ((*items[:axis], chosen, *items[axis + 1 :]),))


def _scatter_of_zeros(form: Form, node: Expr) -> Expr | None:
    (x,), items = node.args, node.params[0]
    if number(bare(x)) == 0:
        return form.shaped(form.constant(0), node.shape)
    return x if all(item == _ALL for item in items) else None


def _scatter_to_one(form: Form, node: Expr) -> Expr | None:
    """Elements put back where axes of size 1 were left out."""
    (x,), (items, _, shape) = node.args, node.params
    if len(items) != len(shape) or len(shape) != node.ndim:
        return None
    gone = [type(item) is int and n == 1 for item, n in zip(items, shape, strict=True)]
    if not all(single or item == _ALL for item, single in zip(items, gone, strict=True)):
        return None
    return make(ax.reshape, (x,), (x.ndim, shape))


def _scatter_backwards(form: Form, node: Expr) -> Expr | None:
    """Elements put back in reverse order are taken in reverse order."""
    items, _, shape = node.params
    (x,) = node.args
    if x.shape != node.shape or len(items) != x.ndim or len(shape) != x.ndim:
        return None
    if any(item not in (_ALL, _BACK) for item in items):
        return None
    return make(ax.index, (x,), (items,))


def _triangle(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    return x if x.op is node.op and x.params == node.params else None


def _sum_of_softmax(form: Form, node: Expr) -> Expr | None:
    (x,), (axes, _) = node.args, node.params
    if x.op is not softmax or not {*x.params[0]} <= {*axes}:
        return None
    count = prod([x.shape[i] for i in axes if i not in x.params[0]])
    return form.shaped(form.constant(count), node.shape)
