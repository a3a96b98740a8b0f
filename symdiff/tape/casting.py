"""``cast``: a value of another dtype."""

from __future__ import annotations

from typing import Any

from ..dispatch import TYPES
from ..expr import Expr
from ..methods import astype, unchanged
from .recording import state
from .templates import apply
from .tensor import constant, operand, tensor
from .values import cast as cast_value
from .values import wanted_dtype


def cast(x: Any, dtype: Any) -> Any:
    """``x`` in another dtype: float32, float64, int or bool for tensors, variables and data.

    Real numbers become ints by leaving out their fraction; no derivative flows through that, nor
    through bools.  An expression becomes float, int or bool as by its method ``astype``.

    Raises: KindError for another dtype.

    >>> import symdiff as sd
    >>> sd.cast(sd.constant([1.5, -1.5]), int).tolist()
    [1, -1]
    """
    if isinstance(x, Expr):
        return astype(x, dtype)
    held, wanted = operand(x) if type(x) in TYPES else constant(x), wanted_dtype(dtype)
    made = tensor(cast_value(held._value, wanted), False)
    if state.live and held.dtype.kind == wanted.kind == "f":  # the same number to a tape
        same = apply(unchanged, (held,), {})
        made._mark, made._index, made._more = same._mark, same._index, same._more
    return made
