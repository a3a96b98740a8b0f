"""Python's operators, NumPy's protocols and pickling on ``Expr``, installed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from inspect import Parameter, signature
from numbers import Rational
from typing import Any

import numpy as np

from .errors import ConversionError, ShapeError
from .expr import Expr, Op, as_expr, make
from .methods import ADAPTED
from .ops import arithmetic as a
from .ops import compare as c
from .ops import contraction
from .ops.elementary import pow
from .ops.functions import reshape
from .ops.indexing import getitem
from .ops.names import FUNCTIONS
from .pickling import dump

BINARY: dict[str, Op] = {
    "add": a.add, "sub": a.sub, "mul": a.mul, "truediv": a.div, "pow": pow, "mod": a.mod,
    "matmul": contraction.matmul,
    "and": c.logical_and, "or": c.logical_or,
}  # fmt: skip
COMPARE: dict[str, Op] = {"lt": c.lt, "le": c.le, "gt": c.gt, "ge": c.ge}
UNARY: dict[str, Op] = {"neg": a.neg, "abs": a.abs, "invert": c.logical_not}

# Methods of NumPy's ufuncs, and keywords of NumPy's functions that may have these values.
REDUCED = {
    "add.reduce": "sum", "multiply.reduce": "prod", "maximum.reduce": "max",
    "minimum.reduce": "min", "logical_and.reduce": "all", "logical_or.reduce": "any",
    "logaddexp.reduce": "logsumexp", "add.accumulate": "cumsum", "multiply.accumulate": "cumprod",
}  # fmt: skip
IDLE = {"out": None, "dtype": None, "where": True, "casting": "same_kind", "order": "K"}

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

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
    for name in ("truediv", "rtruediv"):
        methods[f"__{name.replace('true', 'floor')}__"] = _floored(methods[f"__{name}__"])
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


def _floored(divide: Callable[[Expr, Any], Any]) -> Callable[[Expr, Any], Any]:
    def method(self: Expr, other: Any) -> Any:
        quotient = divide(self, other)
        return quotient if quotient is NotImplemented else make(a.floor, (quotient,))

    return method


def _length(x: Expr) -> int:
    if not x.shape:
        raise ShapeError("len", (x.shape,), "a scalar has no length")
    return x.shape[0]


def _iterate(x: Expr) -> Iterator[Expr]:
    return iter([x[i] for i in range(len(x))])


def _array_ufunc(self: Expr, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    function, args, kwargs = numpy_ufunc(ufunc, method, args, kwargs)
    return function(*args, **kwargs)


def _array_function(
    self: Expr, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    function, args, kwargs = numpy_call(function, args, kwargs)
    return function(*args, **kwargs)


def numpy_ufunc(ufunc: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """What a call of a ufunc, or of one of its methods, is here.

    Raises: ConversionError for one that has no counterpart, and for unknown keywords.
    """
    name = ufunc.__name__
    if method == "__call__":
        return _call(name, _function(name), args, kwargs)
    if method == "outer":
        return _call(f"{name}.outer", _outer(_function(name)), args, kwargs)
    called = REDUCED.get(f"{name}.{method}")
    if called is None:
        raise ConversionError(f"np.{name}.{method} has no counterpart on expressions")
    if len(args) == 1:
        kwargs.setdefault("axis", 0)
    return _call(f"{name}.{method}", _function(called), args, kwargs)


def numpy_call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """What a call of a NumPy function is here.

    Raises: ConversionError for one that has no counterpart, and for unknown keywords.
    """
    name = function.__name__
    first = next(iter(_parameters(function)), "")
    if first in kwargs:  # it has its own name in NumPy
        args = (kwargs.pop(first),)
    if function.__module__.startswith("numpy.linalg"):
        name = f"linalg.{name}"
    elif function.__module__ != "numpy":
        raise ConversionError(f"{function.__module__}.{name} has no counterpart on expressions")
    return _call(name, _function(name), args, kwargs)


def _function(name: str) -> Callable[..., Any]:
    """The counterpart of NumPy's function of that name."""
    room, _, last = name.rpartition(".")
    found = ADAPTED.get(last)
    if found is None and room:
        from . import linalg

        found = getattr(linalg, last, None)
    found = found or FUNCTIONS.get(last)
    if found is None:
        raise ConversionError(f"np.{name} has no counterpart on expressions; see dir(symdiff)")
    return found


@cache
def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """``ufunc.outer``: every element of one with every element of the other."""

    def outer(left: Any, right: Any) -> Any:
        left, right = as_expr(left), as_expr(right)
        if function is a.mul and left.ndim == right.ndim == 1:
            return make(contraction.outer, (left, right))
        return function(reshape(left, (*left.shape, *(1,) * right.ndim)), right)

    return outer


@cache
def _parameters(function: Callable[..., Any]) -> Mapping[str, Parameter]:
    """The parameters of a function; an operation takes its arguments by position."""
    try:
        return {} if isinstance(function, Op) else signature(function).parameters
    except ValueError:  # some of NumPy's do not tell
        return {}


def _call(
    name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call:
    """The call, without keywords that say what holds anyway; other unknown ones are refused."""
    kwargs = {k: v for k, v in kwargs.items() if k not in IDLE or v is not IDLE[k]}
    known = _parameters(function)
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        unknown = [f"{k}=" for k in kwargs if k not in known]
        if unknown:
            takes = ", ".join(known) or "arguments by position"
            if "out" in kwargs:
                takes += "; an array of numbers cannot hold expressions"
            raise ConversionError(
                f"np.{name} on expressions takes no {', '.join(unknown)}; it takes {takes}"
            )
    return function, args, kwargs
