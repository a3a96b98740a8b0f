"""The operators and methods of arrays: one table for expressions, tensors and dual numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Rational
from typing import Any, NoReturn

import numpy as np

from .dispatch import TYPES, applier, dispatched
from .errors import ConversionError, ImmutableError, KindError, ShapeError, TruthError
from .expr import Expr, ExprLike, Kind, Op, as_expr, make
from .messages import short
from .ops import arithmetic as a
from .ops import compare as c
from .ops.contraction import matmul
from .ops.creation import asarray
from .ops.elementary import pow
from .ops.functions import floor_divide, reshape, transpose
from .ops.indexing import getitem
from .ops.names import FUNCTIONS
from .ops.structural import zeros
from .pickling import dump

Method = Callable[..., Any]

# Python's operators, by the names of their methods.
BINARY: dict[str, Method] = {
    "add": a.add, "sub": a.sub, "mul": a.mul, "truediv": a.div, "floordiv": floor_divide,
    "pow": pow, "mod": a.mod, "matmul": matmul, "and": c.logical_and, "or": c.logical_or,
}  # fmt: skip
COMPARE: dict[str, Op] = {"lt": c.lt, "le": c.le, "gt": c.gt, "ge": c.ge}
UNARY: dict[str, Op] = {"neg": a.neg, "abs": a.abs, "invert": c.logical_not}

# Functions that are methods under their own name, the array being their first argument.
SAME = (
    "all", "any", "argmax", "argmin", "argsort", "cumprod", "cumsum", "diagonal", "dot", "max",
    "mean", "min", "prod", "ravel", "repeat", "squeeze", "std", "sum", "swapaxes", "take",
    "trace", "var",
)  # fmt: skip

_OPERANDS = (int, float, np.generic, np.ndarray, Rational)
_NEEDS_NUMBERS = ("item", "tolist", "tobytes", "tofile", "dumps", "nonzero", "view")
_IN_PLACE = ("__setitem__", "fill", "partition", "put", "resize", "setflags")


def operators(
    binary: Callable[[Method, bool], Method],
    unary: Callable[[Method], Method],
    compare: Mapping[str, Method] = COMPARE,
) -> dict[str, Method]:
    """Python's operators as methods: ``binary(function, swapped)`` makes those of two operands.

    ``swapped`` tells that the object is the right one.
    """
    plain: dict[str, Method] = {**BINARY, **compare}
    methods = {f"__{name}__": binary(f, False) for name, f in plain.items()}
    methods |= {f"__r{name}__": binary(f, True) for name, f in BINARY.items()}
    return methods | {f"__{name}__": unary(f) for name, f in UNARY.items()}


def methods(method: Callable[[Method], Method]) -> dict[str, Any]:
    """The methods and properties of arrays, as ``method(function)`` makes them."""
    made: dict[str, Any] = {name: method(FUNCTIONS[name]) for name in SAME}
    made |= {name: method(function) for name, function in _ADAPTED.items()}
    return made | {name: property(method(function)) for name, function in _PROPERTIES.items()}


def install() -> None:
    """Give ``Expr`` its operators and methods; called once by the package."""
    found = operators(_binary, lambda op: lambda self: op(self)) | methods(_method)
    found |= dict.fromkeys(_NEEDS_NUMBERS, _no_numbers)
    found |= dict.fromkeys(_IN_PLACE, _in_place)
    found |= {
        "astype": astype,
        "sort": _sort,
        "__iter__": lambda x: iter([x[i] for i in range(len(x))]),
        "__len__": _length,
        "__reduce__": dump,
        "__contains__": _contains,
    }
    for name, method in found.items():
        setattr(Expr, name, method)


def _method(function: Method) -> Method:
    # an Op is no function: it does not bind
    return (lambda self: function(self)) if isinstance(function, Op) else function


def _binary(function: Method, swapped: bool) -> Method:
    """The method of an operator; NotImplemented where the other operand is none."""
    build: Callable[[tuple[Expr, Expr]], Expr] = lambda pair: function(*pair)
    if isinstance(function, Op):
        op = function
        build = lambda pair: make(op, pair)

    def method(self: Expr, other: Any) -> Any:
        if type(other) is not Expr:
            if isinstance(other, _OPERANDS):
                other = as_expr(other)
            elif _is_array(other):
                other = asarray(other)
            else:
                return NotImplemented
        return build((other, self) if swapped else (self, other))

    return method


def _is_array(value: Any) -> bool:
    """Whether a list, a Series of pandas or the like is an array; one with tensors is not, as they
    keep their record.
    """
    if isinstance(value, (list, tuple)):
        return applier(value, {}) is None
    return hasattr(type(value), "__array__") and type(value) not in TYPES


def _length(x: Expr) -> int:
    if not x.shape:
        raise ShapeError("len", (x.shape,), "a scalar has no length")
    return x.shape[0]


def unchanged(x: Expr) -> Expr:
    """``x``: expressions are real and immutable, so conjugates and copies are themselves."""
    return x


def imaginary(x: Expr) -> Expr:
    """The imaginary part of a real expression: zeros of its shape."""
    return zeros(x.shape)


def matrix_transpose(x: Expr) -> Expr:
    """The last two axes swapped."""
    x = as_expr(x)
    if x.ndim < 2:
        raise ShapeError("matrix_transpose", (x.shape,), "a matrix has two axes at least")
    return transpose(x, (*range(x.ndim - 2), -1, -2))


def _as_tuple(given: tuple[Any, ...]) -> Any:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    return given[0] if len(given) == 1 else given


def reshaped(x: Expr, *shape: Any, order: str = "C") -> Expr:
    """``x`` in another shape, given as integers or as one tuple; one of them may be -1."""
    if order != "C":
        raise ConversionError(f"elements are in row-major order, got order={short(order)}")
    return reshape(x, _as_tuple(shape))


def transposed(x: Expr, *axes: Any) -> Expr:
    """The axes reversed, or in the order given as integers or as one tuple."""
    return transpose(x, _as_tuple(axes) if axes else None)


def flatten(x: Expr, order: str = "C") -> Expr:
    """All elements along one axis."""
    return reshaped(x, x.size, order=order)


def clip(
    x: ExprLike,
    a_min: ExprLike | None = None,
    a_max: ExprLike | None = None,
    *,
    min: ExprLike | None = None,
    max: ExprLike | None = None,
) -> Expr:
    """``x`` limited from below and above; None is no limit."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    if low is None:
        return as_expr(x) if high is None else c.minimum(x, high)
    return c.maximum(x, low) if high is None else c.clip(x, low, high)


def rounded(x: Expr, decimals: int = 0) -> Expr:
    """``x`` to the nearest integers, halves to even."""
    if decimals:
        raise ConversionError(
            f"round on expressions takes no decimals={short(decimals)}; "
            f"use sd.round(x * 10**{short(decimals)}) / 10**{short(decimals)}"
        )
    return FUNCTIONS["round"](x)  # type: ignore[no-any-return]


_KINDS: dict[Any, Kind] = {np.float64: "real", np.int64: "int", np.bool_: "bool"}


def astype(x: Expr, dtype: Any, copy: bool = True) -> Expr:
    """``x`` as float, int or bool.

    Raises: KindError for other types, and where numbers would be cut off.
    """
    kind = _KINDS.get(np.dtype(dtype).type)
    if kind is None:
        raise KindError(
            f"astype takes float, int or bool, got {short(dtype)}; the precision of a computation "
            "is that of the values it is given"
        )
    if kind == x.kind:
        return x
    if kind == "bool":
        return c.ne(x, 0)
    if x.kind == "real":
        raise KindError("astype(int) would cut numbers off; use sd.trunc, sd.floor or sd.round")
    return x * (1.0 if kind == "real" else 1)


_ADAPTED: dict[str, Method] = {
    "__getitem__": getitem,
    "__pos__": unchanged,
    "__round__": rounded,
    "conj": unchanged,
    "conjugate": unchanged,
    "copy": unchanged,
    "reshape": reshaped,
    "transpose": transposed,
    "flatten": flatten,
    "clip": dispatched(clip),
    "round": rounded,
}
_PROPERTIES: dict[str, Method] = {
    "T": transpose, "mT": matrix_transpose, "real": unchanged, "imag": imaginary,
}  # fmt: skip


# -- what expressions cannot do ------------------------------------------------------------------


def _no_numbers(x: Expr, *args: Any, **kwargs: Any) -> NoReturn:
    raise ConversionError(f"{short(x)} has no numbers; use sd.evaluate(e, {{...}}) for its value")


def _in_place(x: Expr, *args: Any, **kwargs: Any) -> NoReturn:
    raise ImmutableError(
        "expressions are immutable; build a new one, with sd.where or sd.stack for parts"
    )


def _sort(x: Expr, *args: Any, **kwargs: Any) -> NoReturn:
    raise ImmutableError("expressions are immutable; sd.sort(x) gives the elements in order")


def _contains(x: Expr, value: object) -> NoReturn:
    raise TruthError(f"{short(value)} in {short(x)}")
