"""Elements by their places: ``x[...]`` with integers, slices, masks and index arrays, and take."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConversionError, KindError, ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, broadcast_shapes, make
from ..leaves import Const, const
from ..messages import short
from . import arrays, places
from .compare import clip
from .creation import asarray
from .functions import normal_axis, reshape, transpose
from .kernels import encode
from .structural import broadcast_to

_WHOLE = slice(None)
_LISTS = (list, tuple, range, np.ndarray)


class _Fancy(NamedTuple):
    """An index array for one axis; ``size`` is the size that a mask has along it.

    ``new`` stands for no axis of the array, as ``True`` and ``False`` do: one is put in.
    """

    places: Expr
    size: int | None = None
    new: bool = False


def getitem(x: Expr, at: Any) -> Expr:
    """``x[at]`` as in NumPy: integers, slices, ``...``, ``None``, index arrays and masks.

    An index array is an array or a list of integers, or an expression of kind ``int``; a mask is
    an array of booleans.  A place that is named twice is taken twice.

    Raises: ShapeError for too many or unfitting indices and for those known to be out of range,
    KindError and ConversionError for what is no index.
    """
    given = at if isinstance(at, tuple) else (at,)
    items = [part for item in given for part in _parts(item)]
    if items.count(Ellipsis) > 1:
        raise ConversionError("an index has ... at most once")
    used = len([i for i in items if not (i is None or i is Ellipsis or _is_new(i))])
    if used > x.ndim:
        raise ShapeError("index", (x.shape,), f"{used} indices for {x.ndim} axes")
    apart = _are_apart(items)
    fill = items.index(Ellipsis) if Ellipsis in items else len(items)
    items[fill : fill + 1] = [_WHOLE] * (x.ndim - used)
    return _apply(x, items, apart)


def _is_new(item: Any) -> bool:
    return isinstance(item, _Fancy) and item.new


def _are_apart(items: list[Any]) -> bool:
    """Whether something else stands between the index arrays; an integer counts as one."""
    numbers = [k for k, item in enumerate(items) if isinstance(item, (_Fancy, int))]
    return bool(numbers) and numbers[-1] - numbers[0] >= len(numbers)


def _apply(x: Expr, items: list[Any], apart: bool) -> Expr:
    """First what is no array, then all index arrays together.

    The axes of the index come where the first of its arrays stood, in front if they are apart.
    """
    basic: list[Any] = []
    axes: list[int] = []
    indices: list[Expr] = []
    sizes = iter(x.shape)
    start, rank = None, 0
    for item in items:
        n = 1 if item is None or _is_new(item) else next(sizes)
        if isinstance(item, (int, _Fancy)) and start is None:
            start = rank
        if isinstance(item, int):
            if not -n <= item < n:
                raise ShapeError(
                    "index", (x.shape,), f"index {short(item)} is out of range for size {n}"
                )
            basic.append(item)
            continue
        if isinstance(item, _Fancy):
            if item.size not in (None, n):
                raise ShapeError("index", (x.shape,), f"a mask of size {item.size} for size {n}")
            axes.append(rank)
            indices.append(within("index", item.places, n, x.shape))
            basic.append(None if item.new else _WHOLE)
        else:
            basic.append(item)
        rank += 1
    only_new = None in basic and all(i is None or i == _WHOLE for i in basic)
    if only_new and not indices and len(basic) <= arrays.MOST_AXES:
        axes_left = iter(x.shape)  # axes of size 1 come in, nothing else
        return reshape(x, [1 if item is None else next(axes_left) for item in basic])
    if not indices or any(item != _WHOLE for item in basic):
        x = make(arrays.index, (x,), (encode(tuple(basic)),))
    return gathered(x, axes, indices, 0 if apart else start or 0) if indices else x


def gathered(x: Expr, axes: list[int], indices: list[Expr], place: int) -> Expr:
    """``x`` at ``indices`` for ``axes``; the axes of the index come before axis ``place``."""
    shapes = tuple([i.shape for i in indices])
    rank = len(broadcast_shapes("index", shapes))
    aligned = [
        i if i.ndim == rank else reshape(i, (1,) * (rank - i.ndim) + i.shape) for i in indices
    ]
    others = [a for a in range(x.ndim) if a not in axes]
    order = [*others[:place], *axes, *others[place:]]
    if order != list(range(x.ndim)):
        x = transpose(x, order)
    return make(places.gather, (x, *aligned), (place - x.ndim, x.ndim, rank))


def within(name: str, index: Expr, n: int, shape: Shape) -> Expr:
    """An index for an axis of size ``n`` of an array of ``shape``; constants count from its start.

    Raises: ShapeError for a constant out of range.
    """
    if index.op is not Const:
        return index
    given = np.asarray(index.value)
    wrong = given[(given < -n) | (given >= n)]
    if wrong.size:
        raise ShapeError(name, (shape,), f"index {short(wrong[0])} is out of range for size {n}")
    return const(np.where(given < 0, given + n, given)) if (given < 0).any() else index


def _parts(item: Any) -> Iterator[Any]:
    """An item of an index as what it stands for: integers as ``int``, a mask as its places."""
    if isinstance(item, Expr) and item.op is Const:
        item = item.value
    if isinstance(item, np.ndarray) and not item.ndim:
        item = item.item()
    if item is None or item is Ellipsis:
        yield item
    elif isinstance(item, (bool, np.bool_)):
        yield _Fancy(const(np.zeros(int(item), np.int64)), None, True)
    elif isinstance(item, (int, np.integer)):
        yield int(item)
    elif isinstance(item, slice):
        yield _slice(item)
    elif isinstance(item, (Expr, *_LISTS)):
        index = _as_index(item)
        if index.kind == "bool":
            mask = index.value
            for found, n in zip(mask.nonzero(), mask.shape, strict=True):
                yield _Fancy(const(found), n)
        else:
            yield _Fancy(index)
    else:
        raise ConversionError(
            f"an index is made of integers, slices, ..., None and index arrays: {short(item)}"
        )


def _slice(item: slice) -> slice:
    bounds = (item.start, item.stop, item.step)
    if item.step == 0:
        raise ConversionError("the step of a slice cannot be zero")
    with suppress(TypeError):
        return slice(*[None if b is None else int(operator.index(b)) for b in bounds])
    raise ConversionError(f"the bounds of a slice are integers: {short(item)}")


def _as_index(value: Any) -> Expr:
    """An index array as an expression of kind int, or a constant mask.

    Raises: KindError for other kinds, ConversionError for a mask that is not constant.
    """
    index = asarray(value)
    if not index.size and isinstance(value, (list, tuple)):
        index = const(np.zeros(index.shape, np.int64))
    if index.kind == "real":
        raise KindError(f"an index is made of integers, got {short(value)}; use kind='int'")
    if index.kind == "bool" and index.op is not Const:
        raise ConversionError(
            f"{short(value)} is a mask whose size depends on its value; use sd.where(mask, x, 0)"
        )
    if index.op is Const and isinstance(index.value, np.ndarray) and index.value.dtype.kind == "u":
        return const(index.value.astype(np.int64))
    return index


def take(x: ExprLike, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Expr:
    """The elements of ``x`` at ``indices`` along ``axis``, by default of all in row-major order.

    ``mode`` "wrap" and "clip" bring indices that are out of range into it.

    Shapes: the axes of ``indices`` replace ``axis``.
    Raises: ShapeError for an index known to be out of range, KindError for one that is no integer.

    >>> import symdiff as sd
    >>> sd.take(sd.Var("X", (2, 3)), [[0, 2], [2, 2]], axis=1).shape
    (2, 2, 2)
    """
    x = as_expr(x)
    shape = x.shape
    if axis is None:
        x, axis = reshape(x, -1), 0
    at = normal_axis("take", axis, shape, x.ndim) + x.ndim
    n = x.shape[at]
    index = _as_index(indices)
    if index.op is Const:
        index = const(np.asarray(index.value, np.int64))
    if mode != "raise":
        index = _brought(index, n, mode, shape)
    return gathered(x, [at], [within("take", index, n, shape)], at)


def _brought(index: Expr, n: int, mode: str, shape: Shape) -> Expr:
    """An index brought into ``range(n)``."""
    if mode not in ("wrap", "clip"):
        raise ConversionError(f"the mode of take is 'raise', 'wrap' or 'clip', got {short(mode)}")
    if not n:
        return within("take", index, 0, shape)
    if index.op is not Const:
        return index % n if mode == "wrap" else clip(index, 0, n - 1)
    given = index.value
    return const(np.mod(given, n) if mode == "wrap" else np.clip(given, 0, n - 1))


def take_along_axis(x: ExprLike, indices: Any, axis: int | None = -1) -> Expr:
    """The elements of ``x`` at ``indices`` along ``axis``, line by line: what sorts, sorts by this.

    Shapes: both have as many axes and broadcast except along ``axis``; with ``axis=None`` the
    elements of ``x`` in row-major order and a vector of indices.
    Raises: ShapeError, KindError for an index that is no integer.

    >>> import symdiff as sd
    >>> sd.take_along_axis(sd.Var("X", (2, 3)), [[0], [2]], axis=1).shape
    (2, 1)
    """
    x, index = as_expr(x), _as_index(indices)
    if index.kind == "bool":
        raise KindError("take_along_axis takes integers, not a mask")
    if axis is None:
        x, axis = reshape(x, -1), 0
    if x.ndim != index.ndim:
        raise ShapeError("take_along_axis", (x.shape, index.shape), "both need as many axes")
    axis = normal_axis("take_along_axis", axis, x.shape, x.ndim)
    index = within("take_along_axis", index, x.shape[axis], x.shape)
    shapes = [list(x.shape), list(index.shape)]
    for shape in shapes:
        shape[axis] = 1
    common = broadcast_shapes("take_along_axis", tuple(map(tuple, shapes)))
    fitted = []
    for node in (x, index):
        whole = list(common)
        whole[axis] = node.shape[axis]
        fitted.append(broadcast_to(node, tuple(whole)))
    return make(places.take_along_axis, tuple(fitted), (axis,))


PUBLIC: tuple[Callable[..., Any], ...] = (take, take_along_axis)
