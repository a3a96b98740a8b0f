"""Arrays from nothing: zeros, ones, ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ConversionError, KindError, ShapeError
from ..expr import Expr, ExprLike, Shape, as_expr, make
from ..leaves import Const, const, sizes
from ..messages import short
from . import arrays
from .kernels import encode
from .structural import broadcast_to

_TYPES = {"b": bool, "i": int, "u": int, "f": float}


def asarray(x: ExprLike | list[Any] | tuple[Any, ...] | range) -> Expr:
    """Numbers, arrays, expressions and nested lists of them as one expression.

    Raises: ShapeError for lists of parts that differ in shape, NotAnExpression for other values.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(sd.asarray([[x, 1], [0, y]]))
    [[x, 1], [0, y]]
    """
    if isinstance(x, range):
        x = list(x)
    if not isinstance(x, (list, tuple)):
        return as_expr(x)
    if not _has_expressions(x):
        return const(_numbers(x))
    parts = tuple([asarray(part) for part in x])
    if len({part.shape for part in parts}) > 1:
        raise ShapeError("asarray", tuple([p.shape for p in parts]), "the parts must be alike")
    return make(arrays.stack, parts, (-1 - parts[0].ndim,))


def _has_expressions(x: Any) -> bool:
    stack = [x]
    while stack:
        item = stack.pop()
        if isinstance(item, Expr):
            return True
        if isinstance(item, (list, tuple)):
            stack.extend(item)
    return False


def _numbers(x: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(x)
    except ValueError:
        raise ShapeError("asarray", (), f"lists that are nested unevenly: {short(x)}") from None


def full(shape: int | Sequence[int], fill_value: ExprLike, dtype: Any = None) -> Expr:
    """An array of ``shape`` with ``fill_value`` everywhere, a number or an expression.

    Raises: ShapeError where ``fill_value`` does not broadcast to ``shape``.

    >>> import symdiff as sd
    >>> sd.full((2, 3), sd.Var("x")).shape
    (2, 3)
    """
    value = asarray(fill_value)
    if dtype is not None:
        if value.op is not Const:
            raise ConversionError(
                f"the kind of {short(value)} is {value.kind}; dtype is for numbers"
            )
        cast = np.asarray(value.value).astype(_type(dtype))
        value = const(cast)
    return make(arrays.broadcast_to, (value,), (value.ndim, _shape("full", shape)))


def _type(dtype: Any) -> Any:
    try:
        found = _TYPES.get(np.dtype(dtype).kind)
    except TypeError:
        found = None
    if found is None:
        raise KindError(f"arrays are of real numbers, ints or booleans, got dtype {short(dtype)}")
    return found


def _shape(name: str, shape: int | Sequence[int]) -> Shape:
    found = sizes(name, shape)
    if min(found, default=0) < 0:
        raise ShapeError(name, (found,), "sizes cannot be negative")
    return found


def zeros(shape: int | Sequence[int], dtype: Any = float) -> Expr:
    """An array of zeros.

    >>> import symdiff as sd
    >>> sd.zeros((2, 3)).shape, sd.zeros(2, int).kind
    ((2, 3), 'int')
    """
    return full(shape, 0, dtype)


def ones(shape: int | Sequence[int], dtype: Any = float) -> Expr:
    """An array of ones.

    >>> import symdiff as sd
    >>> sd.ones((2, 3)).shape
    (2, 3)
    """
    return full(shape, 1, dtype)


def full_like(x: ExprLike, fill_value: ExprLike, dtype: Any = None) -> Expr:
    """An array of the shape and kind of ``x`` with ``fill_value`` everywhere.

    >>> import symdiff as sd
    >>> sd.full_like(sd.Var("X", (2, 3)), 7).kind
    'real'
    """
    x, value = as_expr(x), asarray(fill_value)
    if dtype is None and value.op is Const:
        dtype = {"real": float, "int": int, "bool": bool}[x.kind]
    return full(x.shape, value, dtype)


def zeros_like(x: ExprLike, dtype: Any = None) -> Expr:
    """Zeros in the shape and kind of ``x``.

    >>> import symdiff as sd
    >>> sd.zeros_like(sd.Var("X", (2, 3))).shape
    (2, 3)
    """
    return full_like(x, 0, dtype)


def ones_like(x: ExprLike, dtype: Any = None) -> Expr:
    """Ones in the shape and kind of ``x``.

    >>> import symdiff as sd
    >>> sd.ones_like(sd.Var("X", (2, 3))).shape
    (2, 3)
    """
    return full_like(x, 1, dtype)


def arange(start: float, stop: float | None = None, step: float = 1, dtype: Any = None) -> Expr:
    """A constant: numbers from ``start`` (0 if only one bound is given) up to before ``stop``.

    Raises: ConversionError for a step of 0 or bounds that are no numbers.

    >>> import symdiff as sd
    >>> sd.arange(3).value, sd.arange(1, 2, 0.25).shape
    (array([0, 1, 2]), (4,))
    """
    low, high = (0, start) if stop is None else (start, stop)
    if any(isinstance(b, Expr) for b in (low, high, step)) or not step:
        raise ConversionError(
            f"arange takes numbers and a step that is not 0, got step {short(step)}"
        )
    found: Any = np.arange(low, high, step)
    return const(found if dtype is None else found.astype(_type(dtype)))


def linspace(
    start: ExprLike, stop: ExprLike, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> Expr:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which may be expressions.

    Raises: ShapeError for a negative ``num``.

    >>> import symdiff as sd
    >>> sd.linspace(0, 1, 3).value, sd.linspace(sd.Var("a"), 1, 3).shape
    (array([0. , 0.5, 1. ]), (3,))
    """
    (count,) = _shape("linspace", num)
    low, high = as_expr(start), as_expr(stop)
    if low.op is Const and high.op is Const:
        found = np.linspace(low.value, high.value, count, endpoint)
        return const(found if dtype is None else found.astype(_type(dtype)))
    if dtype is not None:
        raise ConversionError("linspace between expressions takes no dtype")
    parts = count - 1 if endpoint else count
    steps = np.arange(count) / max(parts, 1)
    rank = max(low.ndim, high.ndim)
    return low + (high - low) * const(steps.reshape((count,) + (1,) * rank))


def eye(n: int, m: int | None = None, k: int = 0) -> Expr:
    """The matrix of shape (n, m) with ones on diagonal ``k``; the identity matrix by default.

    Raises: ConversionError for what is no number of rows, ShapeError for a negative one.

    >>> import symdiff as sd
    >>> sd.eye(3).shape, sd.eye(2, 4, k=1).shape
    ((3, 3), (2, 4))
    """
    given = (n, n if m is None else m, k)
    if any(isinstance(i, bool) or not isinstance(i, (int, np.integer)) for i in given):
        raise ConversionError(
            f"eye takes numbers of rows and columns, integers, got {short(given[:2])}"
        )
    rows, columns, k = map(int, given)
    shape = _shape("eye", (rows, columns))
    top, left = max(-k, 0), max(k, 0)
    size = max(min(rows - top, columns - left), 0)
    ones = make(arrays.eye, (), ((size,),))
    if shape == (size, size):
        return ones
    if not size:
        return broadcast_to(const(0.0), shape)
    at = encode((slice(top, top + size), slice(left, left + size)))
    return make(arrays.scatter, (ones,), (at, 2, shape))


def identity(n: int) -> Expr:
    """The identity matrix, shape (n, n).

    >>> import symdiff as sd
    >>> sd.identity(3) is sd.eye(3)
    True
    """
    return eye(n)


PUBLIC: tuple[Callable[..., Any], ...] = (
    asarray, zeros, ones, full, zeros_like, ones_like, full_like, arange, linspace, eye, identity,
)  # fmt: skip
