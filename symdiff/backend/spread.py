"""One step on large arrays, on the threads of the pool: slices along one axis, no two the same."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..expr import Shape
from .pool import cores, share

ELEMENTS = 1 << 19  # of an elementwise step
PRODUCTS = 1 << 23  # of numbers, in a stack of products of matrices
LARGEST = 1 << 23  # in one product of them: beyond, BLAS's own threads do better
ALONE = 1 << 19  # in one call: OpenBLAS wakes no threads, which stall where cores are busy ...
QUIET = 1 << 17  # ... nor with this many, into which larger ones are divided
FLAT = 16  # rows: BLAS is slow on fewer, and is left to its own threads then


def is_wide(shape: Shape) -> bool:
    """Whether it pays to spread an elementwise step with a result of this shape."""
    return prod(shape) >= ELEMENTS


def is_tall(stack: Shape, each: int) -> bool:
    """Whether it pays to spread a stack of products that multiply ``each`` pairs of numbers."""
    return prod(stack) * each >= PRODUCTS and each <= LARGEST


def spread(function: Callable[..., Any], *args: Any, out: Any = None) -> Any:
    """``function(*args, out=out)`` for an elementwise function, in slices if there is ``out``."""
    if out is None:
        return function(*args)
    axis = max(range(out.ndim), key=lambda k: int(out.strides[k]))

    def part(x: Any, rows: slice) -> Any:
        at = np.ndim(x) - out.ndim + axis
        return x if at < 0 or x.shape[at] == 1 else x[(slice(None),) * at + (rows,)]

    def slices(rows: slice) -> None:
        function(*[part(x, rows) for x in args], out=part(out, rows))

    _in_slices(slices, out.shape[axis])
    return out


def stacked(a: Any, b: Any, out: Any = None) -> Any:
    """``matmul`` of stacks of the same length, in slices along the first axis and of rows."""
    if out is None:
        out = np.empty(a.shape[:-1] + b.shape[-1:])
    rows = a.shape[-2]
    each = a.shape[-1] * b.shape[-1]
    height = rows if rows * each <= ALONE else QUIET // each
    if height < FLAT:
        np.matmul(a, b, out)
        return out

    def slices(part: slice) -> None:
        for start in range(0, rows, height):
            at = (part, ..., slice(start, start + height), slice(None))
            np.matmul(a[at], b[part], out[at])

    _in_slices(slices, len(a))
    return out


def _in_slices(function: Callable[[slice], Any], length: int) -> None:
    step = max(-(-length // (4 * cores())), 1)

    def work(blocks: Any) -> None:
        with np.errstate(all="ignore"):
            for block in blocks:
                function(slice(block * step, min((block + 1) * step, length)))

    share(work, -(-length // step))
