"""The kinds that operations compute in, and the values of nodes over constants."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import numpy as np

from ..expr import Expr, Kind, Op
from .exact import on_exact_numbers, plain
from .implementations import on_arrays, with_params
from .program import constant_value


@cache
def casts(op: Op, kinds: tuple[Kind, ...]) -> tuple[Kind | None, ...] | None:
    """The kind that each argument is cast to before ``op`` (None: left alone), None for no cast."""
    out = "real" if op.kind is None else op.kind(kinds)
    if out == "bool":
        return None
    wanted = tuple(
        [out if k != out and _widens(op, i, len(kinds)) else None for i, k in enumerate(kinds)]
    )
    return wanted if any(wanted) else None


def _widens(op: Op, i: int, count: int) -> bool:
    """Whether argument ``i`` is a value that the kind of the result follows, no condition."""
    if op.kind is None:
        return True
    kinds: list[Kind] = ["bool"] * count
    kinds[i] = "real"
    return op.kind(tuple(kinds)) == "real"


def fold(node: Expr, values: list[Any]) -> Any:
    """The value of a node over constants, exact where it is rational."""
    op = node.op
    wanted = casts(op, tuple([a.kind for a in node.args])) or (None,) * len(values)
    scalar = not node.shape and not node.params and not any(a.shape for a in node.args)
    if scalar:
        function = on_exact_numbers(op)
    else:
        function = with_params(on_arrays(op), op, node.params)
        values = [
            constant_value(v, k or a.kind)
            for v, k, a in zip(values, wanted, node.args, strict=True)
        ]
    with np.errstate(all="ignore"):
        if op.arity is None and "associative" in op.facts:
            return plain(reduce(function, values))
        return plain(function(*values))
