"""A bound on the rounding error of an evaluation: adjoints in numbers, over a batch of points.

The error of a graph is bounded, to first order, by ``sum |adjoint_i| * (eps_i * |value_i| +
2**-1074)`` over its nodes, with eps_i from ``accuracy`` on the operation's row.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..errors import NotDifferentiable
from ..expr import Expr, Op, Params, Shape, make
from ..leaves import Const, Var, var
from ..rule import Linear, NonDiff, Partials
from ..walk import postorder
from .arithmetic import abs as magnitude
from .local import contributions, partials
from .values import Values, value_of

ULP = 2.0**-52
TINY = 2.0**-1074
KEPT = 1024  # local derivatives that are kept
_BAR = "bar"


class _Flow(NamedTuple):
    """An adjoint, and where a branch that was not taken makes it zero whatever lies below."""

    bar: Any
    dead: Any = None


class _Local(NamedTuple):
    """The contributions of a node to the adjoints of its arguments, over symbols."""

    symbols: tuple[Expr, ...]  # for the arguments
    node: Expr
    bar: Expr
    sent: list[tuple[int, Expr, Expr | None]]
    sizes: list[Expr]  # whose absolute values add up to what the accuracy refers to
    order: list[Expr]  # what has to be computed


def rounding_bound(order: Sequence[Expr], values: Values, seed: Any) -> Any:
    """The bound for the last node of ``order`` times ``seed``, summed over its elements.

    ``values`` are those of all nodes.  Where the bound is not known it is nan or inf.

    Shapes: ``seed`` has batch axes before the shape of the node; the bound has the batch axes.
    Raises: NotDifferentiable.
    """
    batch = np.shape(seed)[: np.ndim(seed) - order[-1].ndim]
    inbox: dict[Expr, list[_Flow]] = {order[-1]: [_Flow(np.asarray(seed, float))]}
    bound: Any = np.zeros(batch)
    if not _carries(order[-1]):
        return bound
    with np.errstate(all="ignore"):
        for node in reversed(order):
            received = inbox.pop(node, None)
            if received is None:
                continue
            flow = _gathered(received)
            local = _local_of(node)
            found = _computed(local, node, flow.bar, values)
            bound = bound + _own(node, flow.bar, [found[size] for size in local.sizes])
            for i, share in _shares(local, found, flow, node, batch):
                inbox.setdefault(node.args[i], []).append(share)
    return bound


def _gathered(received: Sequence[_Flow]) -> _Flow:
    bar, dead = received[0]
    for more in received[1:]:
        bar = bar + more.bar
        dead = None if dead is None or more.dead is None else dead & more.dead
    return _Flow(bar, dead)


def _computed(local: _Local, node: Expr, bar: Any, values: Values) -> Values:
    found: Values = {local.node: values[node], local.bar: bar}
    for symbol, arg in zip(local.symbols, node.args, strict=True):
        found[symbol] = values[arg]
    for e in local.order:
        if e not in found:
            found[e] = value_of(e, [found[a] for a in e.args])
    return found


def _own(node: Expr, bar: Any, sizes: Sequence[Any]) -> Any:
    """What the rounding of this node adds to the bound."""
    accuracy = node.op.accuracy[0]
    if not accuracy:
        return 0.0
    size: Any = sum(np.abs(s) for s in sizes)
    eps = accuracy * ULP * max(1, len(node.args) - 1)
    weight = np.abs(bar)
    term = np.where(weight == 0, 0.0, weight * (eps * size + TINY))  # a branch not taken
    return np.sum(term, axis=tuple(range(-node.ndim, 0))) if node.shape else term


def _shares(
    local: _Local, found: Values, flow: _Flow, node: Expr, batch: Shape
) -> list[tuple[int, _Flow]]:
    """The adjoints that a node sends to its arguments."""
    shares = []
    for i, e, guard in local.sent:
        arg, share = node.args[i], found[e]
        dead = flow.dead if node.op.elementwise else None
        if guard is not None:
            outside = ~np.asarray(found[guard], bool)
            dead = outside if dead is None else dead | outside
        if dead is not None:
            share = np.where(dead, 0.0, share)
        if node.op.elementwise and arg.shape != node.shape:
            share, dead = _summed(share, batch, node.shape, arg.shape), None
        shares.append((i, _Flow(np.broadcast_to(share, batch + arg.shape), dead)))
    return shares


def _summed(share: Any, batch: Shape, shape: Shape, target: Shape) -> Any:
    """The broadcasting of an argument undone."""
    share = np.broadcast_to(share, batch + shape)
    padded = (1,) * (len(shape) - len(target)) + target
    axes = tuple(i - len(shape) for i, n in enumerate(padded) if n == 1 != shape[i])
    return np.sum(share, axis=axes, keepdims=True).reshape(batch + target)


# -- local derivatives over symbols ---------------------------------------------------------------


def _carries(node: Expr) -> bool:
    """Whether an error may arise or enter here: in no variable, and in constants by a fraction."""
    return node.op is not Var and (node.op is not Const or isinstance(node.params[0], Fraction))


def _local_of(node: Expr) -> _Local:
    keys = tuple([a if a.op is Const and not a.shape else (a.shape, a.kind) for a in node.args])
    return _local(node.op, node.params, keys, tuple([_carries(a) for a in node.args]))


@lru_cache(KEPT)
def _local(op: Op, params: Params, keys: tuple[Any, ...], carrying: tuple[bool, ...]) -> _Local:
    symbols = tuple([
        key if isinstance(key, Expr) else var("a", *key, tag=i) for i, key in enumerate(keys)
    ])  # fmt: skip
    node = make(op, symbols, params)
    if isinstance(op.rule, NonDiff) and not op.rule.zero and any(carrying):
        raise NotDifferentiable(op.title, op.rule.reason)
    bar = var(_BAR, node.shape)
    wanted = [i for i, carries in enumerate(carrying) if carries]
    sent = list(contributions(node, bar, wanted))
    sizes = _sizes(node) if op.accuracy[0] else []
    needed = [e for i, share, guard in sent for e in (share, guard) if e is not None]
    order = postorder([*needed, *sizes], stop={node, bar, *symbols})
    return _Local(symbols, node, bar, sent, sizes, order)


def _sizes(node: Expr) -> list[Expr]:
    """Expressions whose absolute values add up to the size that the row's accuracy refers to."""
    rule = node.op.rule
    if isinstance(rule, Linear) and (len(node.args) > 2 or not node.op.elementwise):
        parts = [make(magnitude, (a,)) for a in node.args[: rule.count]]
        return [make(node.op, (*parts, *node.args[len(parts) :]), node.params)]
    if isinstance(rule, Partials) and "mixed" in node.op.facts:
        wanted = range("order" in node.op.facts, len(node.args))
        return [node, *[node.args[i] * p for i, p in partials(node, wanted).items()]]
    return [node]
