"""Norms of vectors and matrices of every order that NumPy knows, by the reductions they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from ...errors import ConversionError
from ...expr import Expr, ExprLike, as_expr, make
from ...leaves import const
from ...messages import short
from .. import reductions
from ..arithmetic import abs as magnitude
from ..compare import ne, tie, where
from ..functions import Axis, normal_axes, sum
from ..reducing import max, min


def norm(
    x: ExprLike, ord: float | str | None = None, axis: Axis = None, keepdims: bool = False
) -> Expr:
    """A norm of vectors, or of matrices where two axes are meant; by default the Euclidean one.

    ``ord`` is as in NumPy: 1, 2, inf, -inf, 0 or a power for vectors, "fro", 1, -1, inf, -inf
    for matrices.  The derivatives of a norm are 0 where all elements are.

    Raises: ConversionError for an ``ord`` that the axes do not have.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (2,))
    >>> print(sd.evaluate(sd.norm(x), {x: [3.0, 4.0]}))
    5.0
    """
    x = as_expr(x)
    axes = normal_axes("norm", axis, x)
    if ord is None or (ord == 2 and len(axes) == 1) or (ord == "fro" and len(axes) == 2):
        return make(reductions.norm, (x,), (axes, bool(keepdims)))
    size = magnitude(x)
    if len(axes) == 1 and isinstance(ord, (int, float)):
        if ord in _EXTREMES:
            return _EXTREMES[ord](size, axes, keepdims)
        if ord == 0:
            return sum(ne(x, 0), axes, keepdims) * 1.0
        if ord == 1:
            return sum(size, axes, keepdims)
        root = const(1) / ord if isinstance(ord, int) else 1 / ord
        powers = sum(size**ord, axes, keepdims)
        if ord < 0:
            return powers**root
        return where(tie(powers, 0), 0, powers**root)  # so that the derivative is 0 there as well
    if len(axes) == 2 and ord in _MATRIX_NORMS:
        extreme, inner = _MATRIX_NORMS[ord]
        named = axis if isinstance(axis, Sequence) else axes
        return extreme(sum(size, named[inner], True), axes, keepdims)
    raise ConversionError(
        f"norm: ord {short(ord)} is not one for {len(axes)} axes of shape {x.shape}"
    )


_EXTREMES: dict[Any, Callable[..., Expr]] = {inf: max, -inf: min}
_MATRIX_NORMS: dict[Any, tuple[Callable[..., Expr], int]] = {
    1: (max, 0), -1: (min, 0), inf: (max, 1), -inf: (min, 1),
}  # fmt: skip


PUBLIC = (norm,)
