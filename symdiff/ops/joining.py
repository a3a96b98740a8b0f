"""Parts joined, arrays split, padded and masked to a triangle, diagonals taken and made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import index as as_int
from typing import Any

import numpy as np

from ..errors import ConversionError, ShapeError
from ..expr import Expr, ExprLike, as_expr, make
from ..messages import short
from . import arrays, contraction, places
from .functions import normal_axis, reshape
from .indexing import getitem, take
from .kernels import encode
from .shaping import atleast_1d, atleast_2d, atleast_3d, moveaxis
from .structural import broadcast_to, number_in

PADS = ("constant", "edge", "reflect", "symmetric", "wrap")


def concatenate(parts: Iterable[ExprLike], axis: int | None = 0) -> Expr:
    """Parts joined along an axis; with ``axis=None`` their elements as one vector.

    Shapes: equal except along ``axis``, where the sizes add up.
    Raises: ShapeError for shapes that do not fit, and for no parts.

    >>> import symdiff as sd
    >>> sd.concatenate([sd.Var("X", (2, 3)), sd.Var("Y", (4, 3))]).shape
    (6, 3)
    """
    return _joined("concatenate", [as_expr(part) for part in parts], axis)


def _joined(name: str, nodes: Sequence[Expr], axis: int | None) -> Expr:
    shapes = tuple([node.shape for node in nodes])
    if not nodes:
        raise ShapeError(name, (), "give at least one part")
    if axis is None:
        nodes, axis = [reshape(node, -1) for node in nodes], 0
    elif not all(shapes):
        raise ShapeError(name, shapes, "scalars have no axis; use sd.stack")
    at = normal_axis(name, axis, nodes[0].shape, nodes[0].ndim)
    return make(places.concatenate, tuple(nodes), (at,))


def hstack(parts: Iterable[ExprLike]) -> Expr:
    """Parts side by side: along the second axis, vectors along their only one.

    >>> import symdiff as sd
    >>> sd.hstack([sd.Var("X", (2, 3)), sd.Var("Y", (2, 1))]).shape
    (2, 4)
    """
    nodes = [atleast_1d(part) for part in parts]
    return _joined("hstack", nodes, 0 if nodes and nodes[0].ndim == 1 else 1)


def vstack(parts: Iterable[ExprLike]) -> Expr:
    """Parts one above the other, vectors as rows.

    >>> import symdiff as sd
    >>> sd.vstack([sd.Var("X", (2, 3)), sd.Var("y", (3,))]).shape
    (3, 3)
    """
    return _joined("vstack", [atleast_2d(part) for part in parts], 0)


def dstack(parts: Iterable[ExprLike]) -> Expr:
    """Parts joined along a third axis.

    >>> import symdiff as sd
    >>> sd.dstack([sd.Var("X", (2, 3)), sd.Var("Y", (2, 3))]).shape
    (2, 3, 2)
    """
    return _joined("dstack", [atleast_3d(part) for part in parts], 2)


def column_stack(parts: Iterable[ExprLike]) -> Expr:
    """Parts side by side, vectors as columns.

    >>> import symdiff as sd
    >>> sd.column_stack([sd.Var("x", (3,)), sd.Var("y", (3,))]).shape
    (3, 2)
    """
    nodes = [as_expr(part) for part in parts]
    return _joined("column_stack", [reshape(x, (-1 if x.size else 0, 1)) if x.ndim < 2 else x
                                    for x in nodes], 1)  # fmt: skip


def array_split(x: ExprLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Expr]:
    """``x`` in as many parts as asked for, the first ones longer, or cut before the given places.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.array_split(sd.Var("x", (5,)), 2)]
    [(3,), (2,)]
    """
    return _split("array_split", as_expr(x), indices_or_sections, axis)


def split(x: ExprLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Expr]:
    """``x`` in as many equal parts as asked for, or cut before the given places.

    Raises: ShapeError where the size is no multiple of the number of parts.

    >>> import symdiff as sd
    >>> [part.shape for part in sd.split(sd.Var("x", (5,)), [2])]
    [(2,), (3,)]
    """
    x = as_expr(x)
    if not isinstance(indices_or_sections, Iterable):
        n = x.shape[normal_axis("split", axis, x.shape, x.ndim)]
        if not indices_or_sections or n % indices_or_sections:
            raise ShapeError(
                "split", (x.shape,), f"{n} is no multiple of {short(indices_or_sections)}"
            )
    return _split("split", x, indices_or_sections, axis)


def _split(name: str, x: Expr, given: int | Sequence[int], axis: int) -> list[Expr]:
    at = normal_axis(name, axis, x.shape, x.ndim) + x.ndim
    n = x.shape[at]
    if isinstance(given, Iterable):
        ends: list[int] = [as_int(i) for i in given]
    else:
        count = as_int(given)
        if count <= 0:
            raise ShapeError(
                name, (x.shape,), f"the number of parts is at least 1, got {short(count)}"
            )
        ends = [(k + 1) * (n // count) + min(k + 1, n % count) for k in range(count - 1)]
    bounds = zip([0, *ends], [*ends, n], strict=True)
    before = (slice(None),) * at
    return [getitem(x, (*before, slice(start, stop))) for start, stop in bounds]


def unstack(x: ExprLike, axis: int = 0) -> tuple[Expr, ...]:
    """The parts that ``stack`` along ``axis`` to ``x``.

    >>> import symdiff as sd
    >>> print(*sd.unstack(sd.Var("X", (2, 3))))
    X[0] X[1]
    """
    x = as_expr(x)
    at = normal_axis("unstack", axis, x.shape, x.ndim) + x.ndim
    before = (slice(None),) * at
    return tuple([getitem(x, (*before, i)) for i in range(x.shape[at])])


def pad(x: ExprLike, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Expr:
    """``x`` with a margin: of ``constant_values``, or continued by ``mode``.

    Modes: "constant", "edge" (the last element repeats), "reflect" and "symmetric" (mirrored,
    without and with the last element), "wrap" (from the other end).  ``pad_width`` and
    ``constant_values`` are one number, a pair (before, after), or a pair for each axis;
    constants may be expressions.

    Raises: ShapeError for a width that does not fit, ConversionError for another mode.

    >>> import symdiff as sd
    >>> sd.pad(sd.Var("X", (2, 3)), ((0, 1), (2, 2))).shape
    (3, 7)
    """
    x = as_expr(x)
    widths = [tuple(map(as_int, pair)) for pair in _pairs(x, pad_width)]
    if any(n < 0 for pair in widths for n in pair):
        raise ShapeError("pad", (x.shape,), f"widths cannot be negative: {short(pad_width)}")
    if mode not in PADS:
        raise ConversionError(f"the modes of pad are {', '.join(PADS)}; got {short(mode)}")
    if mode != "constant":
        return _continued(x, widths, mode)
    return _framed(x, widths, [tuple(map(as_expr, p)) for p in _pairs(x, constant_values)])


def _framed(x: Expr, widths: list[tuple[int, ...]], values: list[tuple[Expr, ...]]) -> Expr:
    """A margin of constants; one of zeros is no more than a place in a larger array."""
    sized = list(zip(widths, x.shape, strict=True))
    shape = tuple([low + n + high for (low, high), n in sized])
    if all(number_in(v) == 0 for pair in values for v in pair):
        at = encode(tuple([slice(low, low + n) for (low, _), n in sized]))
        return make(arrays.scatter, (x,), (at, x.ndim, shape)) if shape != x.shape else x
    for axis, (width, margin) in enumerate(zip(widths, values, strict=True)):
        low, high = [
            broadcast_to(v, (*x.shape[:axis], n, *x.shape[axis + 1 :]))
            for v, n in zip(margin, width, strict=True)
        ]
        x = make(places.concatenate, (low, x, high), (axis - x.ndim,))
    return x


def _pairs(x: Expr, value: Any) -> list[tuple[Any, Any]]:
    """One (before, after) for each axis."""
    if isinstance(value, Expr) or not np.iterable(value):
        return [(value, value)] * x.ndim
    parts = list(value)
    if not any(isinstance(p, Iterable) and not isinstance(p, Expr) for p in parts):
        parts = [parts]
    parts = [list(p) * (2 if len(p) == 1 else 1) for p in parts]
    parts = parts * (x.ndim if len(parts) == 1 else 1)
    if len(parts) != x.ndim or any(len(p) != 2 for p in parts):
        raise ShapeError(
            "pad", (x.shape,), f"{short(value)} does not give (before, after) for each axis"
        )
    return [(low, high) for low, high in parts]


def _continued(x: Expr, widths: list[tuple[int, ...]], mode: Any) -> Expr:
    for axis, (width, n) in enumerate(zip(widths, x.shape, strict=True)):
        if any(width):
            if not n:
                raise ShapeError("pad", (x.shape,), f"nothing along axis {short(axis)} to {mode}")
            x = take(x, np.pad(np.arange(n), width, mode), axis)
    return x


def tril(x: ExprLike, k: int = 0) -> Expr:
    """The lower triangle of the last two axes, up to diagonal ``k``; zeros above.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.tril(sd.Var("X", (2, 2))), X=[[1., 2.], [3., 4.]]).tolist()
    [[1.0, 0.0], [3.0, 4.0]]
    """
    return make(places.tril, (as_expr(x),), (as_int(k),))


def triu(x: ExprLike, k: int = 0) -> Expr:
    """The upper triangle of the last two axes, from diagonal ``k``; zeros below.

    >>> import symdiff as sd
    >>> sd.evaluate(sd.triu(sd.Var("X", (2, 2))), X=[[1., 2.], [3., 4.]]).tolist()
    [[1.0, 2.0], [0.0, 4.0]]
    """
    return make(places.triu, (as_expr(x),), (as_int(k),))


def diagonal(x: ExprLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Expr:
    """Diagonal ``offset`` of the matrices along two axes, as the last axis of the result.

    Raises: ShapeError for fewer than two axes, or an axis named twice.

    >>> import symdiff as sd
    >>> sd.diagonal(sd.Var("X", (2, 3)), offset=1).shape
    (2,)
    """
    return make(contraction.diagonal, (window("diagonal", as_expr(x), offset, axis1, axis2),))


def window(name: str, x: Expr, offset: int, axis1: int, axis2: int) -> Expr:
    """The square part, along the last two axes, whose main diagonal is diagonal ``offset``."""
    if x.ndim < 2:
        raise ShapeError(name, (x.shape,), "a diagonal needs two axes")
    one, other = [normal_axis(name, a, x.shape, x.ndim) for a in (axis1, axis2)]
    if one == other:
        raise ShapeError(name, (x.shape,), f"axis {short(axis1)} is named twice")
    x = x if (one, other) == (-2, -1) else moveaxis(x, (one, other), (-2, -1))
    rows, columns = x.shape[-2:]
    offset = as_int(offset)
    top, left = min(max(-offset, 0), rows), min(max(offset, 0), columns)
    size = min(rows - top, columns - left)
    if size == rows == columns:
        return x
    return getitem(x, (..., slice(top, top + size), slice(left, left + size)))


def diag(x: ExprLike, k: int = 0) -> Expr:
    """A matrix with the vector ``x`` on diagonal ``k``, or diagonal ``k`` of the matrix ``x``.

    Raises: ShapeError for anything but a vector or a matrix.

    >>> import symdiff as sd
    >>> sd.diag(sd.Var("x", (2,)), 1).shape, sd.diag(sd.Var("X", (2, 3))).shape
    ((3, 3), (2,))
    """
    x = as_expr(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError("diag", (x.shape,), "a vector or a matrix is needed; see sd.diagonal")
    k, matrix = as_int(k), make(contraction.diag, (x,))
    if not k:
        return matrix
    at = (slice(max(-k, 0), max(-k, 0) + x.size), slice(max(k, 0), max(k, 0) + x.size))
    return make(arrays.scatter, (matrix,), (encode(at), 2, (x.size + abs(k),) * 2))


def diagflat(x: ExprLike, k: int = 0) -> Expr:
    """A matrix with the elements of ``x`` in row-major order on diagonal ``k``.

    >>> import symdiff as sd
    >>> sd.diagflat(sd.Var("X", (2, 2))).shape
    (4, 4)
    """
    return diag(reshape(x, -1), k)


PUBLIC: tuple[Callable[..., Any], ...] = (
    concatenate, hstack, vstack, dstack, column_stack, array_split, split, unstack, pad, tril,
    triu, diagonal, diag, diagflat,
)  # fmt: skip
