"""Python's operators, NumPy's protocols and pickling on ``Expr``, installed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Rational
from typing import Any

import numpy as np

from .errors import ConversionError, ShapeError
from .expr import Expr, Op, as_expr, make
from .ops import arithmetic as a
from .ops import compare as c
from .ops.elementary import pow
from .ops.functions import getitem
from .ops.names import FUNCTIONS
from .pickling import dump

BINARY: dict[str, Op] = {
    "add": a.add, "sub": a.sub, "mul": a.mul, "truediv": a.div, "pow": pow, "mod": a.mod,
    "and": c.logical_and, "or": c.logical_or,
}  # fmt: skip
COMPARE: dict[str, Op] = {"lt": c.lt, "le": c.le, "gt": c.gt, "ge": c.ge}
UNARY: dict[str, Op] = {"neg": a.neg, "abs": a.abs, "invert": c.logical_not}

_OPERANDS = (int, float, np.generic, np.ndarray, Rational)


def install() -> None:
    """Give ``Expr`` its operators; called once by the package."""
    methods: dict[str, Callable[..., Any]] = {
        "__pos__": lambda self: self,
        "__getitem__": getitem,
        "__iter__": _iterate,
        "__len__": _length,
        "__array_ufunc__": _array_ufunc,
        "__array_function__": _array_function,
        "__reduce__": dump,
    }
    for name, op in {**BINARY, **COMPARE}.items():
        methods[f"__{name}__"] = _forward(op)
    for name, op in BINARY.items():
        methods[f"__r{name}__"] = _reflected(op)
    for name, op in UNARY.items():
        methods[f"__{name}__"] = _single(op)
    for name, method in methods.items():
        setattr(Expr, name, method)


def _forward(op: Op) -> Callable[[Expr, Any], Any]:
    def method(self: Expr, other: Any) -> Any:
        if type(other) is not Expr:
            if not isinstance(other, _OPERANDS):
                return NotImplemented
            other = as_expr(other)
        return make(op, (self, other))

    return method


def _reflected(op: Op) -> Callable[[Expr, Any], Any]:
    def method(self: Expr, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return make(op, (as_expr(other), self))

    return method


def _single(op: Op) -> Callable[[Expr], Expr]:
    return lambda self: make(op, (self,))


def _length(x: Expr) -> int:
    if not x.shape:
        raise ShapeError("len", (x.shape,), "a scalar has no length")
    return x.shape[0]


def _iterate(x: Expr) -> Iterator[Expr]:
    return iter([x[i] for i in range(len(x))])


def _array_ufunc(self: Expr, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    return _dispatch(called, args, kwargs)


def _array_function(
    self: Expr, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    return _dispatch(function.__name__, args, kwargs)


def _dispatch(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """NumPy's function of that name, on expressions."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise ConversionError(f"np.{name} has no counterpart on expressions; see dir(symdiff)")
    if isinstance(function, Op) and kwargs:
        raise ConversionError(f"np.{name} on expressions takes no {', '.join(kwargs)}=")
    return function(*args, **kwargs)
