"""The values of nodes over constants."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from ..expr import Expr
from ..ops.implementations import casts, on_arrays, with_params
from .exact import on_exact_numbers, plain
from .program import constant_value


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
