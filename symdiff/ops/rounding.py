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
from .arithmetic import add, div, mul, neg, sub
from .elementary import exp, pow
from .local import contributions, partials
from .values import Values, aligned, constant, step

ULP = 2.0**-52
TINY = 2.0**-1074
KEPT = 1024  # local derivatives that are kept
_BAR = "bar"
_TERMS = frozenset({add, sub, neg})
_FACTORS = frozenset({mul, div})


class _Flow(NamedTuple):
    """An adjoint, and where a branch that was not taken makes it zero whatever lies below."""

    bar: Any
    dead: Any = None


class _Local(NamedTuple):
    """What a node sends to its arguments, as steps over registers.

    The first registers are the arguments, the value of the node, its adjoint and constants.
    """

    constants: list[Any]
    steps: list[tuple[Callable[..., Any], list[int]]]
    sent: list[tuple[int, int, int | None]]  # argument, register, register of its guard
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
            found = [*[values[a] for a in node.args], values[node], flow.bar, *local.constants]
            for function, places in local.steps:
                found.append(function(*[found[i] for i in places]))
            if local.sizes:
                bound = bound + _own(node, flow.bar, [found[i] for i in local.sizes], tiny)
            for i, share in _shares(local, found, flow, node, batch):
                inbox.setdefault(node.args[i], []).append(share)
    return bound


def rough_errors(order: Sequence[Expr], values: Values) -> Values:
    """The rounding errors of nodes in units of ``ULP``, in one fold and without derivatives.

    Sums, products, quotients, powers and exponentials pass errors on; what another function
    makes of the error of its argument is left out.  nan or inf where a factor is 0.
    """
    errors: Values = {}
    with np.errstate(all="ignore"):
        for node in order:
            op, size = node.op, np.abs(values[node])
            error: Any = 0.5 * bool(node.args)
            if op in _TERMS:
                terms = [aligned(errors[a], a.ndim, node.ndim) for a in node.args]
                errors[node] = reduce(np.add, terms, error * size)
                continue
            if op in _FACTORS:
                for a in node.args:
                    if not isinstance(errors[a], float):
                        relative = errors[a] / np.abs(values[a])
                        error = error + aligned(relative, a.ndim, node.ndim)
            elif op is pow and node.args[1].op is Const and node.args[0].args:
                base, exponent = node.args
                relative = errors[base] / np.abs(values[base])
                error = error + np.abs(values[exponent]) * aligned(relative, base.ndim, node.ndim)
            elif op is exp:
                error = error + errors[node.args[0]]
            errors[node] = error * size if node.args else 0.0
    return errors


def _gathered(received: Sequence[_Flow]) -> _Flow:
    bar, dead = received[0]
    for more in received[1:]:
        bar = bar + more.bar
        dead = None if dead is None or more.dead is None else dead & more.dead
    return _Flow(bar, dead)


def _own(node: Expr, bar: Any, sizes: Sequence[Any], tiny: float) -> Any:
    """What the rounding of this node adds to the bound."""
    size = reduce(np.add, map(np.abs, sizes))
    eps = node.op.accuracy[0] * ULP * max(1, len(node.args) - 1)
    weight = np.abs(bar)
    term = np.where(weight == 0, 0.0, weight * (eps * size + tiny))  # a branch not taken
    return np.sum(term, axis=tuple(range(-node.ndim, 0))) if node.shape else term


def _shares(
    local: _Local, found: list[Any], flow: _Flow, node: Expr, batch: Shape
) -> list[tuple[int, _Flow]]:
    """The adjoints that a node sends to its arguments."""
    shares = []
    for i, place, guard in local.sent:
        arg, share = node.args[i], found[place]
        dead = flow.dead if node.op.elementwise else None
        if guard is not None:
            outside = ~np.asarray(found[guard], bool)
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
    needed = [e for _, share, guard in sent for e in (share, guard) if e is not None]
    given = [*symbols, node, bar]
    order = [e for e in postorder([*needed, *sizes], stop=set(given)) if e not in given]
    fixed = [e for e in order if e.op is Const]
    moving = [e for e in order if e.op is not Const]
    place = {e: i for i, e in enumerate([*given, *fixed, *moving])}
    return _Local(
        [constant(e) for e in fixed],
        [(step(e), [place[a] for a in e.args]) for e in moving],
        [(i, place[share], None if guard is None else place[guard]) for i, share, guard in sent],
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
