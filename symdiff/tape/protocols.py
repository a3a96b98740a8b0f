"""Python's operators, NumPy's protocols and the methods of arrays for tensors and variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import methods as of_expressions
from ..dispatch import TYPES
from ..errors import ConversionError
from ..expr import Op
from ..operators import BINARY, COMPARE, UNARY, numpy_call, numpy_ufunc
from ..ops.arithmetic import floor
from ..ops.compare import eq, ne
from ..ops.functions import transpose
from ..ops.indexing import getitem
from ..ops.names import FUNCTIONS
from ..structure import flatten
from .arithmetic import Arithmetic
from .casting import cast
from .recording import state
from .rows import forward, is_row, reflected
from .templates import apply, evaluated
from .tensor import Tensor, constant, operand

_OF_ARRAYS: dict[str, Callable[..., Any]] = {
    "__getitem__": getitem,
    "reshape": of_expressions.reshaped,
    "transpose": of_expressions.transposed,
    "flatten": of_expressions.flatten,
    "clip": of_expressions.clip,
    "round": of_expressions.rounded,
    "__round__": of_expressions.rounded,
}


def install() -> None:
    """Give tensors and variables their operators and methods; called once by the package."""
    methods: dict[str, Any] = {
        f"__{name}__": forward(op) if is_row(op) else _applied(op)
        for name, op in {**BINARY, **COMPARE, "eq": eq, "ne": ne}.items()
    }
    methods |= {
        f"__r{name}__": reflected(op) if is_row(op) else _swapped(op) for name, op in BINARY.items()
    }
    methods |= {f"__{name}__": _applied(op) for name, op in UNARY.items()}
    for name in ("truediv", "rtruediv"):
        methods[f"__{name.replace('true', 'floor')}__"] = _floored(methods[f"__{name}__"])
    methods |= {name: _applied(function) for name, function in _OF_ARRAYS.items()}
    methods |= {name: _applied(FUNCTIONS[name]) for name in of_expressions.SAME}
    methods |= {
        "T": property(_applied(transpose)),
        "mT": property(_applied(of_expressions.matrix_transpose)),
        "astype": cast,
        "evaluates": staticmethod(evaluated),
        "__pos__": lambda self: apply(of_expressions.unchanged, (self,), {}),
        "__array_ufunc__": _array_ufunc,
        "__array_function__": _array_function,
    }
    for name, method in methods.items():
        setattr(Arithmetic, name, method)


def _applied(function: Callable[..., Any]) -> Callable[..., Any]:
    plain = function if isinstance(function, Op) else getattr(function, "__wrapped__", function)
    return lambda self, *args, **kwargs: apply(plain, (self, *args), kwargs)


def _swapped(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: apply(function, (other, self), {})


def _floored(divide: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        quotient = divide(self, other)
        if quotient is NotImplemented:
            return quotient
        found = apply(floor, (quotient,), {})
        ints = self.dtype.kind != "f" and constant(other).dtype.kind != "f"
        return cast(found, int) if ints else found

    return method


def _array_ufunc(self: Any, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    try:
        call = numpy_ufunc(ufunc, method, args, dict(kwargs))
    except ConversionError as error:
        return _on_values(getattr(ufunc, method), args, kwargs, error)
    return apply(*call)


def _array_function(
    self: Any, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    try:
        call = numpy_call(function, args, dict(kwargs))
    except ConversionError as error:
        return _on_values(function, args, kwargs, error)
    return apply(*call)


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
