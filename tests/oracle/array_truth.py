"""Functions of arrays and their derivatives in many digits, by what a derivative is.

Arrays are NumPy's, of dtype object, and hold mpmath's numbers.  No derivative rule stands here:
gradients and Hessians are quotients of differences over steps so small that a hundred digits
leave fifty of the quotient, taken from both sides.  Where the sides disagree there is no
derivative, and the entry is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf

__all__ = ["DIGITS", "EXACT", "LOST", "Array", "derivatives", "exactly", "number"]

Array = Any  # an object array of mpf
Function = Callable[[list[mpf]], mpf]

DIGITS = 110
LOST = 1e-45  # what a difference of numbers of size 1 cannot see
AGREES = mpf(10) ** -20  # far above what a smooth function leaves, far below what a kink does
NAN = mpf("nan")


def number(x: Any) -> mpf:
    """A real number; nan for what has left the real line."""
    return x if isinstance(x, mpf) else NAN if isinstance(x, mpmath.mpc) else mpf(x)


def exactly(values: Any) -> Array:
    """The floats of an array as they are."""
    return elementwise(mpf)(np.asarray(values, dtype=object))


# -- derivatives ---------------------------------------------------------------------------------


def derivatives(
    f: Function, at: Sequence[mpf], along: Sequence[mpf], digits: int = DIGITS
) -> tuple[mpf, list[mpf], list[mpf]]:
    """The value of f, its gradient, and its Hessian times ``along``.

    Cost: four values of f an element of ``at``.
    """
    with mp.workdps(digits), np.errstate(all="ignore"):
        value, step = f(list(at)), mpf(10) ** (-digits * 3 // 11)
        ahead, behind = [_one_sided(f, at, along, h, value) for h in (step, -step)]
    slopes = [_agreed(*sides) for sides in zip(ahead[0], behind[0], strict=True)]
    curvatures = [_agreed(*sides) for sides in zip(ahead[1], behind[1], strict=True)]
    pairs = zip(slopes, curvatures, strict=True)
    return value, slopes, [c if mp.isfinite(slope) else NAN for slope, c in pairs]


def _one_sided(
    f: Function, at: Sequence[mpf], along: Sequence[mpf], h: mpf, value: mpf
) -> tuple[list[mpf], list[mpf]]:
    moved = [x + h * v for x, v in zip(at, along, strict=True)]
    beyond = f(moved)
    slopes, curvatures = [], []
    for i, x in enumerate(at):
        stepped = f([*at[:i], x + h, *at[i + 1 :]])
        both = f([*moved[:i], moved[i] + h, *moved[i + 1 :]])
        slopes.append((stepped - value) / h)
        curvatures.append((both - beyond - stepped + value) / h**2)
    return slopes, curvatures


def _agreed(ahead: mpf, behind: mpf) -> mpf:
    mean = (ahead + behind) / 2
    return mean if abs(ahead - behind) <= AGREES * (1 + abs(mean)) else NAN


# -- functions -----------------------------------------------------------------------------------


def elementwise(function: Callable[..., Any], arity: int = 1) -> Callable[..., Array]:
    """The function on arrays of any shape."""
    vectorised = np.frompyfunc(function, arity, 1)

    def applied(*arrays: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(vectorised(*arrays), dtype=object)

    return applied


def _real(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function where it is real and finite, nan elsewhere: poles are no values."""

    def guarded(*numbers: Any) -> mpf:
        try:
            return number(function(*numbers))
        except (ValueError, ZeroDivisionError, OverflowError):
            return NAN

    return guarded


def _power(base: Any, exponent: Any) -> Any:
    return mpf(1) if exponent == 0 else mp.power(base, exponent)


def _sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def _logsumexp(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    return MATH["log"](np.sum(MATH["exp"](x), axis=axis, keepdims=keepdims))


def _softmax(x: Array, axis: Any = None) -> Array:
    weights = MATH["exp"](x)
    return weights / np.sum(weights, axis=axis, keepdims=True)


def _mean(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total * np.size(total) / mpf(np.size(x))


def _variance(x: Array, axis: Any = None) -> Array:
    return _mean((x - _mean(x, axis, True)) ** 2, axis)


def _norm(x: Array, ord: float | None = None, axis: Any = None) -> Array:
    """The norm of vectors, of order 2 where none is given."""
    order = 2 if ord is None else ord
    sizes = np.abs(x)
    if order in (np.inf, -np.inf):
        return np.max(sizes, axis=axis) if order > 0 else np.min(sizes, axis=axis)
    return MATH["power"](np.sum(MATH["power"](sizes, order), axis=axis), mpf(1) / order)


def _eliminated(matrix: Array, right: Array) -> tuple[mpf, Array]:
    """The determinant, and ``matrix**-1 @ right``, by elimination with pivots."""
    rows = np.concatenate([matrix, right], axis=1)
    size, det = len(matrix), mpf(1)
    for k in range(size):
        pivot = max(range(k, size), key=lambda i: abs(rows[i, k]))
        if rows[pivot, k] == 0:
            return mpf(0), np.full(right.shape, NAN)
        if pivot != k:
            rows[[k, pivot]], det = rows[[pivot, k]], -det
        det *= rows[k, k]
        rows[k] = rows[k] / rows[k, k]
        for i in range(size):
            if i != k:
                rows[i] = rows[i] - rows[i, k] * rows[k]
    return det, rows[:, size:]


def _check_square(matrices: Array) -> None:
    if np.ndim(matrices) < 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise ValueError("not square")


def _triangle(cut: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function of matrices alone: NumPy makes one of a vector."""

    def triangle(x: Array) -> Array:
        if np.ndim(x) < 2:
            raise ValueError("a triangle needs two axes")
        return cut(x)

    return triangle


def _each_matrix(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The function of a square matrix on stacks of them."""

    def stacked(matrices: Array) -> Array:
        _check_square(matrices)
        lead, shape = matrices.shape[:-2], matrices.shape[-2:]
        parts = [np.asarray(function(m)) for m in matrices.reshape(-1, *shape)]
        return np.stack(parts).reshape((*lead, *parts[0].shape))

    return stacked


def _det(matrix: Array) -> Array:
    return np.asarray(_eliminated(matrix, matrix[:, :0])[0], dtype=object)


def _inv(matrix: Array) -> Array:
    return _eliminated(matrix, exactly(np.eye(len(matrix))))[1]


def _solve(matrix: Array, right: Array) -> Array:
    _check_square(matrix)
    if np.ndim(matrix) != 2 or np.ndim(right) not in (1, 2) or len(right) != len(matrix):
        raise ValueError("one matrix, and a vector or a matrix of as many rows")
    columns = right.reshape(len(matrix), -1)
    return _eliminated(matrix, columns)[1].reshape(right.shape)


def _matrix_power(matrix: Array, n: int) -> Array:
    _check_square(matrix)
    base = EXACT["inv"](matrix) if n < 0 else matrix
    return reduce(np.matmul, [base] * abs(n), exactly(np.eye(matrix.shape[-1])))


def _cholesky(matrix: Array) -> Array:
    """The lower triangle whose product with its transpose is the symmetric part."""
    symmetric = (matrix + matrix.T) / 2
    lower = exactly(np.zeros(matrix.shape))
    for j in range(len(matrix)):
        lower[j, j] = MATH["sqrt"](symmetric[j, j] - lower[j] @ lower[j]).item()
        for i in range(j + 1, len(matrix)):
            lower[i, j] = (symmetric[i, j] - lower[i] @ lower[j]) / lower[j, j]
    return lower


_ELEMENTARY = (
    "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh",
    "sqrt", "erf", "erfc",
)  # fmt: skip
MATH = {name: elementwise(_real(getattr(mp, name))) for name in _ELEMENTARY} | {
    "power": elementwise(_real(_power), 2),
    "divide": elementwise(_real(lambda x, y: mpf(x) / y), 2),
    "sigmoid": elementwise(_sigmoid),
    "softplus": elementwise(lambda x: mp.log1p(mp.exp(x))),
    "logaddexp": elementwise(lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), 2),
    "hypot": elementwise(lambda x, y: mp.sqrt(x * x + y * y), 2),
    "relu": elementwise(lambda x: max(x, mpf(0))),
    "less": elementwise(lambda x, y: x < y, 2),
}
_SAME = (  # NumPy's own functions take arrays of objects
    np.add, np.subtract, np.multiply, np.negative, np.abs, np.square, np.maximum, np.minimum,
    np.matmul, np.sum, np.prod, np.max, np.min, np.cumsum, np.transpose, np.reshape,
    np.concatenate, np.stack, np.trace, np.diagonal, np.diag, np.outer, np.expand_dims,
    np.broadcast_to, np.flip, np.cumprod, np.kron, np.take, np.roll, np.tile, np.repeat, np.sort,
    np.swapaxes, np.tensordot, np.inner, np.ravel,
)  # fmt: skip
EXACT: dict[str, Callable[..., Array]] = {
    **{f.__name__: f for f in _SAME},
    **MATH,
    "abs": np.abs,
    "where": lambda c, x, y: np.where(np.asarray(c, dtype=bool), x, y),
    "einsum": lambda subscripts, *arrays: np.einsum(subscripts, *arrays, optimize=False),
    "tril": _triangle(np.tril),
    "triu": _triangle(np.triu),
    "index": lambda x, item: np.asarray(x, dtype=object)[item],
    "array": exactly,
    "eye": lambda size: exactly(np.eye(size)),
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "log_softmax": lambda x, axis=None: x - _logsumexp(x, axis, True),
    "mean": _mean,
    "var": _variance,
    "std": lambda x, axis=None: MATH["sqrt"](_variance(x, axis)),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "norm": _norm,
    "det": _each_matrix(_det),
    "inv": _each_matrix(_inv),
    "logdet": lambda x: MATH["log"](_each_matrix(_det)(x)),
    "solve": _solve,
    "matrix_power": _matrix_power,
    "cholesky": _each_matrix(_cholesky),
}
