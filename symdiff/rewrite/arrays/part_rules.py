"""Computed rules on parts of arrays: of what was stretched, joined, reversed, cut or normalised."""

from __future__ import annotations

from math import prod
from typing import Any

from ...expr import Expr
from ...ops import arrays as ax
from ...ops import places
from ...ops.kernels import decode
from ...ops.reductions import softmax
from ..match import multiple
from ..row import EXACT, REAL, Form, Rule

_ALL = (None, None, None)  # the slice of a whole axis
_BACK = (None, None, -1)


def part_rows() -> list[Rule]:
    """Every row."""
    return [
        Rule("index of broadcast", ax.index, _index_of_broadcast, EXACT),
        Rule("scatter to an axis of one", ax.scatter, _scatter_to_one, EXACT),
        Rule("index of concatenate", ax.index, _index_of_joined, EXACT),
        Rule("scatter backwards", ax.scatter, _scatter_backwards, EXACT),
        *[Rule(f"{op.name} of {op.name}", op, _triangle, EXACT)
          for op in (places.tril, places.triu)],
        *[Rule(f"{op.name} of multiple", op, _triangle_of_multiple, REAL)
          for op in (places.tril, places.triu)],
        Rule("sum of softmax", ax.sum, _sum_of_softmax, REAL),
    ]  # fmt: skip


def _items(node: Expr) -> tuple[Any, ...] | None:
    """The items of an index, one for each axis; None where axes are put in."""
    items: tuple[Any, ...] = node.params[0]
    return items if len(items) == node.args[0].ndim and None not in items else None


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
    return form.shaped(form.apply(ax.index, (inner,), (tuple(own),)), node.shape)


def _scatter_to_one(form: Form, node: Expr) -> Expr | None:
    """Elements put back where axes of size 1 were left out."""
    (x,), (items, _, shape) = node.args, node.params
    if len(items) != len(shape) or len(shape) != node.ndim:
        return None
    gone = [type(item) is int and n == 1 for item, n in zip(items, shape, strict=True)]
    if not all(single or item == _ALL for item, single in zip(items, gone, strict=True)):
        return None
    return form.apply(ax.reshape, (x,), (x.ndim, shape))


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
    return form.apply(ax.index, (part,), ((*items[:axis], chosen, *items[axis + 1 :]),))


def _scatter_backwards(form: Form, node: Expr) -> Expr | None:
    """Elements put back in reverse order are taken in reverse order."""
    items, _, shape = node.params
    (x,) = node.args
    if x.shape != node.shape or len(items) != x.ndim or len(shape) != x.ndim:
        return None
    if any(item not in (_ALL, _BACK) for item in items):
        return None
    return form.apply(ax.index, (x,), (items,))


def _triangle(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    return x if x.op is node.op and x.params == node.params else None


def _triangle_of_multiple(form: Form, node: Expr) -> Expr | None:
    found = multiple(form, node.args[0])
    if found is None:
        return None
    return form.times(found[0], form.apply(node.op, (found[1],), node.params))


def _sum_of_softmax(form: Form, node: Expr) -> Expr | None:
    (x,), (axes, _) = node.args, node.params
    if x.op is not softmax or not {*x.params[0]} <= {*axes}:
        return None
    count = prod([x.shape[i] for i in axes if i not in x.params[0]])
    return form.shaped(form.constant(count), node.shape)
