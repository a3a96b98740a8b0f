"""Python's operators, NumPy's protocols and the methods of arrays for tensors and variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dispatch import TYPES
from ..errors import ConversionError
from ..expr import Expr, Op
from ..methods import COMPARE, astype, methods, operators, unchanged
from ..ops.compare import eq, ne
from ..ops.functions import floor_divide
from ..protocols import protocols
from ..structure import flatten
from .recording import state
from .rows import is_row, operator
from .templates import apply, evaluated
from .tensor import Arithmetic, Tensor, constant, operand, tensor
from .values import cast as cast_value
from .values import wanted_dtype


def install() -> None:
    """Give tensors and variables their operators and methods; called once by the package."""
    equal = {**COMPARE, "eq": eq, "ne": ne}
    found = operators(_binary, _applied, equal) | methods(_applied)
    found |= protocols(apply, _on_values)
    found |= {"astype": cast, "evaluates": staticmethod(evaluated)}
    for name, method in found.items():
        setattr(Arithmetic, name, method)


def _applied(function: Callable[..., Any]) -> Callable[..., Any]:
    plain = function if isinstance(function, Op) else getattr(function, "__wrapped__", function)
    return lambda self, *args, **kwargs: apply(plain, (self, *args), kwargs)


def _binary(function: Callable[..., Any], swapped: bool) -> Callable[..., Any]:
    if is_row(function):
        return operator(function, swapped)
    run = _floored if function is floor_divide else apply
    if swapped:
        return lambda self, other: run(function, (other, self), {})
    return lambda self, other: run(function, (self, other), {})


def _floored(function: Callable[..., Any], pair: tuple[Any, Any], _: Any) -> Any:
    """Ints by ints are ints."""
    if any(operand(x) is NotImplemented for x in pair):
        return NotImplemented
    found = apply(function, pair, {})
    return cast(found, int) if all(constant(x).dtype.kind != "f" for x in pair) else found


def _on_values(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    error: ConversionError,
) -> Any:
    """A function of NumPy that has no counterpart here, on the values; no tape may lose by it.

    Raises: the error, where live tapes watch an argument and the result is real.
    """
    leaves, restore = flatten((args, kwargs))
    held = [operand(x) if type(x) in TYPES else x for x in leaves]
    tensors = [x for x in held if type(x) is Tensor]
    watched = any(r.place(x) is not None for r in state.live for x in tensors)
    error.add_note("Its result would have no derivative: give it t.numpy() if that is meant.")
    if watched and kwargs.get("out") is not None:
        raise error
    plain, named = restore([np.asarray(x) if type(x) is Tensor else x for x in held])
    found = function(*plain, **named)
    if watched and any(np.asarray(x).dtype.kind in "fc" for x in flatten(found)[0]):
        raise error
    return found


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
