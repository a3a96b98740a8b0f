"""Where the elements of a value come from: operations that only move elements, found by trial."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend.evaluate import evaluate
from ..expr import Expr
from ..leaves import Var
from ..ops.implementations import on_arrays, with_params
from ..rule import Linear
from ..walk import reachable

Array = Any


def positions(node: Expr, i: int) -> Array | None:
    """For each element of ``node`` the place in argument ``i`` that it is equal to.

    The other arguments count as 0, and -1 stands for 0.  None if ``node`` does more than to
    move elements, or if it depends on variables where they go.

    >>> import symdiff as sd
    >>> positions(sd.Var("x", (3,))[::-1], 0)
    array([2, 1, 0])
    """
    rule = node.op.rule
    if not isinstance(rule, Linear) or not (rule.count is None or i < rule.count):
        return None
    count = len(node.args) if rule.count is None else rule.count
    data = node.args[count:]
    if any(x.op is Var for x in reachable(data)):
        return None
    rest = [np.asarray(evaluate(x)) for x in data]
    kernel = with_params(on_arrays(node.op), node.op, node.params)

    def at(x: Array) -> Array:
        moved = [x if k == i else np.zeros(a.shape) for k, a in enumerate(node.args[:count])]
        return np.broadcast_to(kernel(*moved, *rest), node.shape)

    size = node.args[i].size
    shape = node.args[i].shape
    found = at(np.arange(1.0, size + 1).reshape(shape))
    places = found.astype(np.int64)
    if (places != found).any() or (
        size and (places.min(initial=0) < 0 or places.max(initial=0) > size)
    ):
        return None
    probe = np.random.default_rng(size).uniform(1, 2, size + 1)
    probe[0] = 0
    if (at(probe[1:].reshape(shape)) != probe[places]).any():
        return None
    return places - 1
