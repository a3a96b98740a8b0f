"""Python's operators, NumPy's protocols and array habits on ``Expr``, installed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .errors import ConversionError, ShapeError
from .expr import OPS, Expr, Op, as_expr, make
from .ops import arithmetic as a
from .ops import compare as c
from .ops.arrays import index
from .ops.elementary import pow
from .ops.kernels import encode

BINARY: dict[str, Op] = {
    "add": a.add, "sub": a.sub, "mul": a.mul, "truediv": a.div, "pow": pow, "mod": a.mod,
    "and": c.logical_and, "or": c.logical_or,
}  # fmt: skip
COMPARE: dict[str, Op] = {"lt": c.lt, "le": c.le, "gt": c.gt, "ge": c.ge}
UNARY: dict[str, Op] = {"neg": a.neg, "abs": a.abs, "invert": c.logical_not}

_OPERANDS = (int, float, np.generic, np.ndarray)


def install() -> None:
    """Give ``Expr`` its operators; called once by the package."""
    for name, op in {**BINARY, **COMPARE}.items():
        setattr(Expr, f"__{name}__", _forward(op))
    for name, op in BINARY.items():
        setattr(Expr, f"__r{name}__", _reflected(op))
    for name, op in UNARY.items():
        setattr(Expr, f"__{name}__", _single(op))
    for name, method in {
        "__pos__": lambda self: self, "__getitem__": getitem, "__iter__": _iterate,
        "__len__": _length, "__array_ufunc__": _array_ufunc,
    }.items():  # fmt: skip
        setattr(Expr, name, method)


def _forward(op: Op) -> Callable[[Expr, Any], Expr]:
    def method(self: Expr, other: Any) -> Expr:
        if type(other) is not Expr:
            if not _is_operand(other):
                return NotImplemented
            other = as_expr(other)
        return make(op, (self, other))

    return method


def _reflected(op: Op) -> Callable[[Expr, Any], Expr]:
    def method(self: Expr, other: Any) -> Expr:
        if not _is_operand(other):
            return NotImplemented
        return make(op, (as_expr(other), self))

    return method


def _single(op: Op) -> Callable[[Expr], Expr]:
    return lambda self: make(op, (self,))


def _is_operand(value: Any) -> bool:
    return isinstance(value, _OPERANDS) or hasattr(value, "numerator")


def getitem(x: Expr, at: Any) -> Expr:
    """``x[at]`` with integers, slices, ``...`` and ``None``, as in NumPy."""
    if x.ndim == 0:
        raise ShapeError("index", (x.shape,), "a scalar has no axes to index")
    at = at if isinstance(at, tuple) else (at,)
    for item in at:
        if not (item is None or item is Ellipsis or isinstance(item, (int, slice, np.integer))):
            raise ConversionError(f"an index is made of integers, slices, ... and None: {item!r}")
    used = sum(item is not None and item is not Ellipsis for item in at)
    if Ellipsis in at:
        i = at.index(Ellipsis)
        at = at[:i] + (slice(None),) * (x.ndim - used) + at[i + 1 :]
    else:
        at = at + (slice(None),) * (x.ndim - used)
    if used > x.ndim:
        raise ShapeError("index", (x.shape, (used,)), "too many indices")
    return make(index, (x,), (encode(tuple(int(i) if isinstance(i, np.integer) else i for i in at)),))


def _length(x: Expr) -> int:
    if not x.shape:
        raise ConversionError(f"{x!r} is a scalar and has no length")
    return x.shape[0]


def _iterate(x: Expr) -> Iterator[Expr]:
    return iter([x[i] for i in range(len(x))])


def _array_ufunc(self: Expr, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Expr:
    op = UFUNCS.get(ufunc.__name__)
    if op is None or method != "__call__":
        raise ConversionError(
            f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method} has no counterpart "
            "on expressions; dir(symdiff) lists what there is"
        )
    if kwargs:
        raise ConversionError(f"np.{ufunc.__name__} on expressions takes no {', '.join(kwargs)}")
    return op(*args)


def _ufuncs() -> dict[str, Op]:
    named = {op.numpy[3:]: op for op in OPS.values() if str(op.numpy).startswith("np.")}
    scipy = {op.numpy[8:]: op for op in OPS.values() if str(op.numpy).startswith("special.")}
    return {**scipy, **named, "absolute": a.abs, "remainder": a.mod, "true_divide": a.div,
            "bitwise_and": c.logical_and, "bitwise_or": c.logical_or, "invert": c.logical_not}  # fmt: skip


UFUNCS = _ufuncs()
