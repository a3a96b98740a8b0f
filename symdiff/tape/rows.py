"""Elementwise operations on tensors: computed at once, and recorded as the row that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np

from ..expr import Op, broadcast_shapes
from ..ops.implementations import on_arrays, on_numbers
from ..ops.row import promote
from .recording import record, state
from .tensor import Tensor, operand, tensor, value_of
from .values import BOOL, FLOAT32, FLOAT64, INT64, cast, dtype_of, kind_of, settled, shape_of

_FAILED = (ArithmeticError, ValueError)
_FLOATS = {float}
_NUMPY = (np.ndarray, np.generic)
Method = Callable[..., Any]


def is_row(function: Any) -> TypeGuard[Op]:
    """Whether a function is an elementwise operation without parameters."""
    return isinstance(function, Op) and function.elementwise and not function.param_names


def apply_row(op: Op, operands: tuple[Any, ...]) -> Tensor:
    """An elementwise operation without parameters on operands."""
    values = [value_of(x) for x in operands]
    made = tensor(
        computed(op, operands, values), all(x._weak for x in operands if type(x) is Tensor)
    )
    if state.live:
        record(made, op, operands)
    return made


def computed(op: Op, operands: tuple[Any, ...], values: list[Any]) -> Any:
    """The value of an operation: by Python on floats, else by NumPy.

    Real numbers are computed in the widest precision that an operand asks for.
    Raises: ShapeError.
    """
    if {*map(type, values)} == _FLOATS:
        function = on_numbers(op)
        if function is not None:
            try:
                return function(*values)
            except _FAILED:  # the true value is inf or nan
                pass
    if not all(dtype_of(v).kind == "f" for v in values):
        values = _of_kind(op, values)
    single = has_single(values)
    if single:
        values, real = same_precision(operands, values)
    try:
        with np.errstate(all="ignore"):
            found = on_arrays(op)(*values)
    except ValueError:
        broadcast_shapes(op.title, tuple(map(shape_of, values)))  # says which shapes do not fit
        raise
    if type(found) is np.ndarray and found.dtype is FLOAT64 and not single:
        return found if found.ndim else found.item()
    found = settled(found)
    return cast(found, real) if single and kind_of(found) == "real" else found


def _of_kind(op: Op, values: list[Any]) -> list[Any]:
    """Ints and bools as what the operation computes with, where that is not what NumPy does."""
    if op.kind is None:
        return [_real(v) for v in values]
    if op.kind is promote:  # True + True is 2
        return [cast(v, INT64) if dtype_of(v) == BOOL else v for v in values]
    return values


def _real(value: Any) -> Any:
    if type(value) is int or type(value) is bool:
        return float(value)
    return cast(value, FLOAT64) if dtype_of(value).kind != "f" else value


def has_single(values: list[Any]) -> bool:
    """Whether a value has single precision."""
    for v in values:
        if isinstance(v, _NUMPY) and v.dtype is not FLOAT64 and v.dtype == FLOAT32:
            return True
    return False


def same_precision(operands: Any, values: list[Any]) -> tuple[list[Any], np.dtype[Any]]:
    """Values some of which are float32, made fit to be computed together, and their precision."""
    strong = [type(x) is Tensor and not x._weak for x in operands]
    wide = any(s and dtype_of(v) == FLOAT64 for s, v in zip(strong, values, strict=True))
    real = FLOAT64 if wide else FLOAT32
    return [_in(v, real, s) for v, s in zip(values, strong, strict=True)], real


def _in(value: Any, real: np.dtype[Any], strong: bool) -> Any:
    if type(value) is float:
        return np.float64(value) if strong else value  # Python's floats would yield
    is_real = type(value) is np.ndarray and value.dtype.kind == "f"
    return value.astype(real, copy=False) if is_real else value


def run(function: Callable[..., list[Any]], operands: list[Any]) -> list[Any]:
    """What a compiled function gives for the values of operands, in the precision they ask for."""
    values = [x._value if type(x) is Tensor else x for x in operands]
    if has_single(values):
        values, _ = same_precision(operands, values)
    elif any(type(v) is np.ndarray for v in values):
        values = [v if type(v) is np.ndarray else np.asarray(v) for v in values]
    return function(*values)


def operator(op: Op, swapped: bool) -> Method:
    """The method of an operator; ``swapped`` where the tensor is on its right."""
    numbers = on_numbers(op)

    def method(self: Any, other: Any) -> Any:
        if type(self) is not Tensor:
            self = self.value()
        kind = type(other)
        y = other._value if kind is Tensor else other
        if type(self._value) is float and (type(y) is float or kind is int) and numbers:
            try:
                found = numbers(y, self._value) if swapped else numbers(self._value, y)
            except _FAILED:
                return apply_row(op, (other, self) if swapped else (self, other))
            made = tensor(found, self._weak and (kind is not Tensor or other._weak))
            for recording in state.live:
                if kind is Tensor:
                    recording.add(made, op, (other, self) if swapped else (self, other))
                else:
                    recording.add_scaled(made, op, self, other, swapped)
            return made
        if kind is not Tensor:
            other = operand(other)
        if other is NotImplemented:
            return other
        return apply_row(op, (other, self) if swapped else (self, other))

    return method
