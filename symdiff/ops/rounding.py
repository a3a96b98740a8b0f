"""A bound on the rounding error of an evaluation: adjoints in numbers, over a batch of points.

The error of a graph is bounded, to first order, by ``sum |adjoint_i| * (eps_i * |value_i| +
2**-1074)`` over its nodes, with eps_i from ``accuracy`` on the operation's row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np

from ..errors import NotDifferentiable
from ..expr import Expr, Op, Params, Shape, make
from ..leaves import Const, Var, var
from ..rule import Linear, NonDiff, Partials
from ..walk import postorder
from .arithmetic import abs as magnitude
from .kernels import aligned
from .local import contributions, partials
from .values import Values, constant, step

ULP = 2.0**-52
TINY = 2.0**-1074
KEPT = 4096  # local derivatives that are kept
_BAR = "bar"


class _Flow(NamedTuple):
    """An adjoint, and where a branch that was not taken makes it zero whatever lies below."""

    bar: Any
    dead: Any = None


class _Local(NamedTuple):
    """What a node sends to its arguments, as steps over registers.

    The first registers are the arguments, the value of the node, its adjoint and constants.
    ``sent`` has the number of an argument, its register, that of a guard, and the guard's axes.
    """

    constants: list[Any]
    steps: list[tuple[Callable[..., Any], list[int]]]
    sent: list[tuple[int, int, int | None, int]]
    sizes: list[int]  # whose absolute values add up to what the accuracy refers to


def rounding_bound(order: Sequence[Expr], values: Values, seed: Any, tiny: float = TINY) -> Any:
    """The bound for the last node of ``order`` times ``seed``, summed over its elements.

    ``values`` are those of all nodes; with ``tiny=0`` underflow is left out.  Where the bound is
    not known it is nan or inf.

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
            if local.sizes:
                term = _own(node, flow.bar, [found[i] for i in local.sizes], tiny)
                bound = bound + np.sum(term, axis=tuple(range(-node.ndim, 0)))
            for i, share in _shares(local, found, flow, node, batch):
                arg = node.args[i]
                if _rounds_arguments(node.op):
                    axes = tuple(range(-arg.ndim, 0))
                    largest = np.max(np.abs(values[arg]), axis=axes, keepdims=True)
                    bound = bound + np.sum(_own(node, share.bar, [largest], tiny), axis=axes)
                if _carries(arg):
                    inbox.setdefault(arg, []).append(share)
    return bound


def _computed(local: _Local, node: Expr, bar: Any, values: Values) -> list[Any]:
    """The registers of a node's local derivative."""
    found = [*[values[a] for a in node.args], values[node], bar, *local.constants]
    for function, places in local.steps:
        found.append(function(*[found[i] for i in places]))
    return found


def _gathered(received: Sequence[_Flow]) -> _Flow:
    bar, dead = received[0]
    for more in received[1:]:
        bar = bar + more.bar
        dead = None if dead is None or more.dead is None else dead & more.dead
    return _Flow(bar, dead)


def _own(node: Expr, bar: Any, sizes: Sequence[Any], tiny: float) -> Any:
    """What the rounding of each element of this node adds to the bound."""
    size = reduce(np.add, map(np.abs, sizes), 0.0)
    eps = node.op.accuracy[0] * ULP * max(1, len(node.args) - 1)
    weight = np.abs(bar)
    return np.where(weight == 0, 0.0, weight * (eps * size + tiny))  # 0: a branch not taken


def _shares(
    local: _Local, found: list[Any], flow: _Flow, node: Expr, batch: Shape
) -> list[tuple[int, _Flow]]:
    """The adjoints that a node sends to its arguments."""
    shares = []
    for i, place, guard, rank in local.sent:
        arg, share = node.args[i], found[place]
        dead = flow.dead if node.op.elementwise else None
        if guard is not None:
            target = node.ndim if node.op.elementwise else arg.ndim
            outside = aligned(~np.asarray(found[guard], bool), rank, target)
            dead = outside if dead is None else dead | outside
        if dead is not None:
            share = np.where(dead, 0.0, share)
        if node.op.elementwise and arg.shape != node.shape:
            share, dead = _summed(share, batch, node.shape, arg.shape), None
        if np.shape(share) != batch + arg.shape:
            share = np.broadcast_to(share, batch + arg.shape)
        shares.append((i, _Flow(share, dead)))
    return shares


def _summed(share: Any, batch: Shape, shape: Shape, target: Shape) -> Any:
    """The broadcasting of an argument undone."""
    share = np.broadcast_to(share, batch + shape)
    padded = (1,) * (len(shape) - len(target)) + target
    axes = tuple(i - len(shape) for i, n in enumerate(padded) if n == 1 != shape[i])
    return np.sum(share, axis=axes, keepdims=True).reshape(batch + target)


# -- local derivatives over symbols ----------------------------------------------------------------


def _carries(node: Expr) -> bool:
    """Whether an error may arise or enter here: in no variable, and in constants by a fraction."""
    return node.op is not Var and (node.op is not Const or isinstance(node.params[0], Fraction))


def _rounds_arguments(op: Op) -> bool:
    """Whether an operation is as accurate as if its arguments had changed by roundings of
    their largest elements: factorisations are.
    """
    return str(op.numpy).startswith("linear.") and op.accuracy[0] > 0


def _local_of(node: Expr) -> _Local:
    keys = tuple([a if a.op is Const and not a.shape else (a.shape, a.kind) for a in node.args])
    carrying = tuple([_carries(a) or _rounds_arguments(node.op) for a in node.args])
    return _local(node.op, node.params, keys, carrying)


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
    needed = [e for _, share, guard in sent for e in (share, guard) if e is not None]
    given = [*symbols, node, bar]
    order = [e for e in postorder([*needed, *sizes], stop=set(given)) if e not in given]
    fixed = [e for e in order if e.op is Const]
    moving = [e for e in order if e.op is not Const]
    place = {e: i for i, e in enumerate([*given, *fixed, *moving])}
    return _Local(
        [constant(e) for e in fixed],
        [(step(e), [place[a] for a in e.args]) for e in moving],
        [
            (i, place[share], *((None, 0) if guard is None else (place[guard], guard.ndim)))
            for i, share, guard in sent
        ],
        [place[e] for e in sizes],
    )


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
