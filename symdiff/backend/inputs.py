"""Values of variables: checked, converted to what NumPy computes with, and their batch shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np

from ..domain import REAL
from ..errors import (
    DomainError,
    KindError,
    LeakedVariable,
    MissingVariable,
    ShapeError,
    UnknownVariable,
)
from ..expr import Expr, Shape, broadcast_shapes
from ..leaves import Var, refuse_foreign, refuse_masked
from ..messages import short
from ..ops.implementations import as_float

NUMBERS = (float, int, bool, Fraction)
_FLOAT64 = np.dtype(np.float64)
_ALLOWED = {"real": "fiucb", "int": "iub", "bool": "b"}


def by_variable(
    variables: Sequence[Expr], values: Mapping[Any, Any] | None, named: Mapping[str, Any]
) -> list[Any]:
    """The values in the order of ``variables``, given by node or by name.

    Raises: UnknownVariable for a name that is not among them, MissingVariable for one left out,
    KindError for values without names.
    """
    check_mapping(values)
    names = {v.name: v for v in variables if v.params[4] is None}
    given: dict[Expr, Any] = {}
    for key, value in [*(values or {}).items(), *named.items()]:
        if isinstance(key, Expr) and key.op is Var:
            given[key] = value
        elif key in names:
            given[names[key]] = value
        else:
            require([v for v in variables if v.name == key])  # internal: it has no public name
            raise UnknownVariable(key if isinstance(key, str) else repr(key), tuple(names))
    require([v for v in variables if v not in given])
    return [given[v] for v in variables]


def check_mapping(values: Any) -> None:
    if values is not None and not isinstance(values, Mapping):
        message = f"values are given by variable, as in {{x: 3}} or x=3, not as {short(values)}"
        raise KindError(f"{message}; f(3, 4) takes them in the order of the names")


def require(missing: Sequence[Expr]) -> None:
    """Raise MissingVariable, or LeakedVariable where one of them is internal to a call."""
    leaked = tuple([v.name for v in missing if v.params[4] is not None])
    if leaked:
        raise LeakedVariable(leaked)
    if missing:
        raise MissingVariable(tuple([v.name for v in missing]))


def check_domains(variables: Sequence[Expr], values: Sequence[Any]) -> None:
    """Raise DomainError for a value outside the domain that its variable declares."""
    for v, value in zip(variables, values, strict=True):
        if v.domain != REAL:
            inside = v.domain.contains(value if type(value) in NUMBERS else np.asarray(value))
            if not np.all(inside):
                raise DomainError(v.name, value, v.domain)


def as_arrays(variables: Sequence[Expr], values: Sequence[Any]) -> tuple[list[Any], Shape, Any]:
    """Arrays for the variables, the shape of the batch, and the real type of the computation.

    Ints and bools become float64 where the variable is real; the real type is float32 if all
    arrays of floats are; Python numbers follow it.

    Raises: ShapeError where a value does not end in the shape of its variable, KindError for
    values that are no numbers or of the wrong kind.
    """
    arrays = [_array(v, value) for v, value in zip(variables, values, strict=True)]
    if any(a.dtype is not _FLOAT64 for a in arrays) or not all(v.kind == "real" for v in variables):
        real = _real_type(variables, values, arrays)
        arrays = [_typed(a, v, real) for a, v in zip(arrays, variables, strict=True)]
    else:
        real = np.float64
    batches = []
    for v, a in zip(variables, arrays, strict=True):
        lead = a.ndim - len(v.shape)
        if a.shape[max(lead, 0) :] != v.shape:
            raise ShapeError(v.name, (a.shape, v.shape), "batch axes go before the declared shape")
        batches.append(a.shape[:lead])
    batch = batches[0] if batches else ()
    if any(other != batch for other in batches):
        batch = broadcast_shapes("inputs", tuple(batches))
    return arrays, batch, real


def _real_type(variables: Sequence[Expr], values: Sequence[Any], arrays: Sequence[Any]) -> Any:
    strong = [
        a.real.dtype if a.dtype.kind in "fc" else _FLOAT64
        for a, v, value in zip(arrays, variables, values, strict=True)
        if v.kind == "real" and type(value) not in NUMBERS
    ]
    return np.result_type(*strong).type if strong else np.float64


def _typed(a: Any, v: Expr, real: Any) -> Any:
    if v.kind == "int":
        return a.astype(np.int64, copy=False) if a.dtype.kind in "iub" else a
    if v.kind == "bool":
        return a
    if a.dtype.kind == "c":
        return a.astype(np.result_type(real, np.complex64), copy=False)
    return a.astype(real, copy=False)


def is_number(value: Any) -> bool:
    """Whether results for it are Python numbers."""
    return isinstance(value, (float, int, Fraction, complex))


def _array(v: Expr, value: Any) -> Any:
    if type(value) is np.ndarray and value.dtype is _FLOAT64 and v.kind == "real":
        return value
    if type(value) in NUMBERS and (v.kind == "real" or type(value) is int):
        if v.kind == "real":
            return np.asarray(as_float(value), dtype=np.float64)
        value = value if -(2**63) <= value < 2**63 else as_float(value)
        if v.kind == "int":
            return np.asarray(value)
    refuse_masked(v.name, value)
    refuse_foreign(v.name, value)
    try:
        a = np.asarray(value)
    except ValueError:
        raise ShapeError(v.name, ((), v.shape), "the value is a ragged nesting of lists") from None
    if a.dtype.kind == "O" and v.kind == "real":
        if not all(isinstance(item, Real) for item in a.flat):
            raise KindError(f"{short(v.name)}: the value holds objects that are no real numbers")
        a = np.array([as_float(item) for item in a.flat], dtype=np.float64).reshape(a.shape)
    if a.dtype.kind not in _ALLOWED[v.kind]:
        raise KindError(f"{short(v.name)} is a {v.kind} variable, its value has dtype {a.dtype}")
    return a
