"""Linear algebra under the names of ``numpy.linalg`` and the array API standard.

Matrices are the last two axes; axes before them are a stack.

>>> import symdiff as sd
>>> A, b = sd.Var("A", (3, 3)), sd.Var("b", (3,))
>>> sd.linalg.solve(A, b).shape, sd.linalg.logdet(A).shape
((3,), ())
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import FunctionType

from .dispatch import dispatched
from .expr import Expr, ExprLike, as_expr
from .ops import joining, products
from .ops.contraction import matmul
from .ops.functions import reshape
from .ops.linear.functions import (
    EighResult,
    SlogdetResult,
    cholesky,
    det,
    eigh,
    eigvalsh,
    inv,
    logdet,
    lstsq,
    matrix_power,
    pinv,
    slogdet,
    solve,
)
from .ops.linear.norms import norm
from .ops.products import cross, multi_dot, outer, tensordot, vecdot
from .ops.shaping import matrix_transpose, moveaxis

__all__ = [
    "EighResult",
    "SlogdetResult",
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "logdet",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "slogdet",
    "solve",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


def diagonal(x: ExprLike, offset: int = 0) -> Expr:
    """The diagonals of matrices, those of the last two axes.

    Shapes: (..., n, n) gives (..., n).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> sd.linalg.diagonal(sd.Var("A", (5, 3, 3))).shape
    (5, 3)
    """
    return joining.diagonal(x, offset, -2, -1)


def trace(x: ExprLike, offset: int = 0) -> Expr:
    """The sums of the diagonals of matrices, those of the last two axes.

    Shapes: (..., n, n) gives (...).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> sd.linalg.trace(sd.Var("A", (5, 3, 3))).shape
    (5,)
    """
    return products.trace(x, offset, -2, -1)


def vector_norm(
    x: ExprLike,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> Expr:
    """The norm of all elements along ``axis`` together; ``ord`` is 2, 1, inf, -inf, 0 or a power.

    Raises: ShapeError for an axis that there is not.

    >>> import symdiff as sd
    >>> sd.linalg.vector_norm(sd.Var("X", (2, 3, 4)), axis=(0, 2)).shape
    (3,)
    """
    x = as_expr(x)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if ord == 2 or len(axes) == 1:
        return norm(x, ord if len(axes) == 1 else None, tuple(axes), keepdims)
    last = range(-len(axes), 0)
    moved = moveaxis(x, tuple(axes), tuple(last))
    rest, together = moved.shape[: x.ndim - len(axes)], moved.shape[x.ndim - len(axes) :]
    found = norm(reshape(moved, (*rest, prod(together))), ord, -1)
    if not keepdims:
        return found
    return moveaxis(reshape(found, (*rest, *(1 for _ in axes))), tuple(last), tuple(axes))


def matrix_norm(x: ExprLike, keepdims: bool = False, ord: float | str = "fro") -> Expr:
    """The norm of matrices, those of the last two axes; ``ord`` is "fro", 1, -1, inf or -inf.

    Raises: ConversionError for another ``ord``.

    >>> import symdiff as sd
    >>> sd.linalg.matrix_norm(sd.Var("A", (5, 3, 3)), ord=1).shape
    (5,)
    """
    return norm(x, ord, (-2, -1), keepdims)


for _name in __all__:
    if isinstance(globals()[_name], FunctionType):
        globals()[_name] = dispatched(globals()[_name])
