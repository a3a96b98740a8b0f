"""Results written into arrays that the user gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError, KindError, ShapeError
from ..expr import Shape
from ..messages import short
from ..structure import flatten, outline
from .batch import dtype_of, fresh
from .program import Program


def targets_in(out: Any, outputs: Any) -> list[Any]:
    """The arrays in a structure, which is that of the outputs; None stands where these have it.

    Raises: ArgumentError for another structure, KindError for what cannot be written to.
    """
    if outline(out, lambda leaf: leaf is None) != outline(outputs, lambda leaf: leaf is None):
        raise ArgumentError("out is no nesting of arrays as the outputs are nested")
    targets = [leaf for leaf in flatten(out)[0] if leaf is not None]
    for target in targets:
        if not isinstance(target, np.ndarray) or not target.flags.writeable:
            raise KindError(f"out takes arrays that can be written to, not {short(target)}")
    return targets


def direct(
    program: Program, targets: Sequence[Any], arrays: Sequence[Any], batch: Shape, real: Any
) -> list[Any]:
    """Flat memory for the results: that of the targets where nothing is in the way, else new.

    Raises: ShapeError, KindError where a result does not fit.
    """
    results = []
    for i, (out, target) in enumerate(zip(program.outputs, targets, strict=True)):
        dtype = np.dtype(dtype_of(out.kind, real))
        _check(batch + out.shape, dtype, target)
        columns = len(out.registers)
        shape = (target.size // columns, columns) if out.assembled else (target.size,)
        others = [*arrays, *targets[:i], *targets[i + 1 :]]
        fits = target.dtype == dtype and target.flags.c_contiguous and target.flags.aligned
        if fits and not any(np.may_share_memory(target, a) for a in others):
            results.append(target.reshape(shape))
        else:
            results.append(fresh(shape, dtype))
    return results


def write(values: Sequence[Any], targets: Sequence[Any]) -> None:
    """Copy the results that are not in their places yet.

    Raises: ShapeError, KindError where a result does not fit, before anything is copied.
    """
    for value, target in zip(values, targets, strict=True):
        _check(np.shape(value), np.asarray(value).dtype, target)
    for value, target in zip(values, targets, strict=True):
        if not _is_view(value, target):
            np.copyto(target, value, casting="same_kind")


def _check(shape: Shape, dtype: Any, target: Any) -> None:
    if shape != target.shape:
        raise ShapeError("out", (shape, target.shape), "the first is the shape of the result")
    if not np.can_cast(dtype, target.dtype, "same_kind"):
        raise KindError(f"a result of {dtype} cannot be written into an array of {target.dtype}")


def _is_view(value: Any, target: Any) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype == target.dtype
        and value.ctypes.data == target.ctypes.data
        and value.strides == target.strides
    )
