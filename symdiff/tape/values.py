"""The values of tensors: Python numbers and NumPy arrays, float32 or float64, int64 or bool.

A scalar of double precision is a Python float, so that arithmetic on it is Python's.  A value is
*weak* where nobody chose its precision: it follows the others, as Python numbers do in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from ..errors import KindError, ShapeError
from ..expr import Kind, Shape
from ..leaves import refuse_masked
from ..messages import short

FLOAT64, FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)
INT64, BOOL = np.dtype(np.int64), np.dtype(np.bool_)
_PYTHON: dict[type, Any] = {float: FLOAT64, int: INT64, bool: BOOL}
_KINDS: dict[str, Kind] = {"f": "real", "i": "int", "b": "bool"}
_KEPT = (FLOAT64, FLOAT32, INT64, BOOL)
_KEPT_AS: dict[str, np.dtype[Any]] = {"f2": FLOAT32, "f4": FLOAT32, "f8": FLOAT64, "b1": BOOL}
_KEPT_AS |= {f"{kind}{size}": INT64 for kind in "iu" for size in (1, 2, 4, 8)}
_NAMED = {"real": FLOAT64, "int": INT64}


def dtype_of(value: Any) -> np.dtype[Any]:
    """The dtype of a value."""
    found: np.dtype[Any] = _PYTHON.get(type(value)) or value.dtype
    return found


def kind_of(value: Any) -> Kind:
    """The kind of a value, as expressions have it."""
    return _KINDS[dtype_of(value).kind]


def shape_of(value: Any) -> Shape:
    """The shape of a value."""
    return value.shape if type(value) is np.ndarray else ()


def settled(value: Any) -> Any:
    """What NumPy computed as a value: numbers of double precision are Python's."""
    kind = type(value)
    if kind is float:
        return value
    if kind is np.ndarray:
        if value.ndim:
            return value
        value = value[()]
    if isinstance(value, (np.float64, np.int64, np.bool_)):
        return value.item()
    return value


def wanted_dtype(dtype: Any) -> np.dtype[Any]:
    """The dtype that a user asks for.

    Raises: KindError for one that tensors do not have.
    """
    try:
        found = np.dtype(_NAMED.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in _KEPT:
        raise KindError(f"a tensor is of dtype float32, float64, int64 or bool, not {short(dtype)}")
    return found


def converted(data: Any, dtype: Any = None) -> tuple[Any, bool]:
    """Data as a value of its own, and whether it is weak.

    Raises: KindError for what is no array of real numbers, ints or bools, ShapeError for lists
    whose parts differ in shape.
    """
    if dtype is None and (type(data) is float or type(data) is bool):
        return data, True
    refuse_masked("a tensor", data)
    try:
        array = np.array(data)
    except ValueError:
        raise ShapeError("a list of numbers", _unlike(data), "its parts must be alike") from None
    if array.dtype.kind == "O":
        array = _from_objects(array)
    if dtype is not None:
        wanted = wanted_dtype(dtype)
        if array.dtype.kind not in "biuf" or (array.dtype.kind == "f") > (wanted.kind == "f"):
            raise KindError(f"data of dtype {array.dtype} cannot be a tensor of dtype {wanted}")
        return cast(settled(array), wanted), wanted.kind != "f"
    kept = _KEPT_AS.get(array.dtype.str[1:])
    if kept is None:
        raise KindError(
            f"data of dtype {array.dtype} cannot be a tensor; give real numbers, ints or bools"
        )
    return settled(array.astype(kept, copy=False)), kept is not FLOAT32


def _unlike(data: Any) -> tuple[Shape, ...]:
    """The shapes of the parts of a nested list, where they first differ."""
    parts = [data]
    while len(shapes := {(len(p),) if isinstance(p, Sequence) else np.shape(p) for p in parts}) < 2:
        parts = [x for p in parts for x in p]
    return tuple(sorted(shapes))


def _from_objects(array: Any) -> Any:
    """Fractions and other real numbers as floats."""
    try:
        if None not in array.ravel().tolist():  # NumPy would make it nan
            return array.astype(FLOAT64)
    except OverflowError:
        raise KindError("a number is too large for the floats of a tensor") from None
    except (TypeError, ValueError):
        pass
    kinds = sorted({type(x).__name__ for x in array.flat if not isinstance(x, Real)})
    raise KindError(f"{', '.join(kinds)}: elements of a tensor are real numbers, ints or bools")


def cast(value: Any, dtype: np.dtype[Any]) -> Any:
    """A value in another dtype; the same object where it has it."""
    if type(value) is float and dtype is FLOAT64:
        return value
    if dtype_of(value) == dtype:
        return value
    with np.errstate(all="ignore"):
        return settled(np.asarray(value).astype(dtype))
