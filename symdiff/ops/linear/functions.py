"""Linear algebra with the arguments of NumPy and the array API standard, on top of the rows."""

from __future__ import annotations

import operator
from contextlib import suppress
from typing import Generic, NamedTuple

from ...arraylike import Made
from ...errors import ConversionError, ShapeError
from ...expr import Expr, ExprLike, as_expr, make
from ...messages import short
from ..contraction import matmul
from . import determinants, inverse, spectral
from .matrices import padded


class SlogdetResult(NamedTuple, Generic[Made]):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Made
    logabsdet: Made


class EighResult(NamedTuple, Generic[Made]):
    """Eigenvalues in ascending order, and the eigenvectors in the columns of a matrix."""

    eigenvalues: Made
    eigenvectors: Made


def solve(a: ExprLike, b: ExprLike) -> Expr:
    """The solution ``x`` of ``a @ x = b``, without the inverse of ``a``.

    Shapes: ``a`` is (..., n, n); ``b`` is a vector (n,) or columns (..., n, k); axes in front
    broadcast.  Where a matrix is exactly singular, the value is nan.
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> A, b = sd.Var("A", (3, 3)), sd.Var("b", (3,))
    >>> sd.linalg.solve(A, b).shape
    (3,)
    """
    a, b = as_expr(a), as_expr(b)
    if not b.shape:
        raise ShapeError("solve", (a.shape, b.shape), "the right side is a vector or columns")
    rank = min(b.ndim, 2)
    depth = max(a.ndim - 2, b.ndim - rank)
    if a.ndim >= 2:
        a, b = padded(a, depth + 2), padded(b, depth + rank)
    return make(inverse.solve, (a, b), (rank,))


def inv(a: ExprLike) -> Expr:
    """The inverse; nan where a matrix is exactly singular.

    Shapes: (..., n, n) gives the same.
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> A = sd.Var("A", (3, 3))
    >>> print(sd.linalg.inv(A))
    inv(A)
    """
    return make(inverse.inv, (as_expr(a),))


def pinv(a: ExprLike) -> Expr:
    """The pseudoinverse of a matrix of full rank, tall or wide; derivatives hold for these alone.

    Shapes: (..., m, n) gives (..., n, m).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> sd.linalg.pinv(sd.Var("A", (5, 3))).shape
    (3, 5)
    """
    return make(inverse.pinv, (as_expr(a),))


def lstsq(a: ExprLike, b: ExprLike) -> Expr:
    """The ``x`` for which ``a @ x`` is nearest to ``b``, the shortest one if there are several.

    ``a`` must have full rank.  NumPy's function gives residuals, rank and singular values too.

    Shapes: ``a`` is (m, n), ``b`` is (m,) or (m, k).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> A, b = sd.Var("A", (5, 3)), sd.Var("b", (5,))
    >>> print(sd.linalg.lstsq(A, b))
    pinv(A) @ b
    """
    a, b = as_expr(a), as_expr(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        raise ShapeError("lstsq", (a.shape, b.shape), "as many right sides as rows are needed")
    return make(matmul, (pinv(a), b))


def matrix_power(a: ExprLike, n: int) -> Expr:
    """``a @ a @ ...``, n times; the power 0 is the identity, negative ones are of the inverse.

    Shapes: (..., m, m) gives the same.
    Raises: ShapeError; ConversionError for an exponent that is no integer.

    >>> import symdiff as sd
    >>> sd.linalg.matrix_power(sd.Var("A", (3, 3)), -2).shape
    (3, 3)
    """
    exponent = None
    if not isinstance(n, Expr):
        with suppress(TypeError):
            exponent = operator.index(n)
    if exponent is None:
        raise ConversionError(f"matrix_power takes an integer, got {short(n)}")
    return make(inverse.matrix_power, (as_expr(a),), (exponent,))


def det(a: ExprLike) -> Expr:
    """The determinant; its gradient is the transposed adjugate, at singular matrices too.

    Shapes: (..., n, n) gives (...).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> sd.linalg.det(sd.Var("A", (3, 3))).shape
    ()
    """
    return make(determinants.det, (as_expr(a),))


def slogdet(a: ExprLike) -> SlogdetResult[Expr]:
    """The sign of the determinant, and the logarithm of its absolute value (-inf for 0).

    Shapes: (..., n, n) gives two of (...).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> print(sd.linalg.slogdet(sd.Var("A", (3, 3))).logabsdet)
    logabsdet(A)
    """
    a = as_expr(a)
    return SlogdetResult(make(determinants.det_sign, (a,)), make(determinants.logabsdet, (a,)))


def logdet(a: ExprLike) -> Expr:
    """The logarithm of a positive determinant, without overflow; nan where it is negative.

    Shapes: (..., n, n) gives (...).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> print(sd.linalg.logdet(sd.Var("A", (3, 3))))
    logdet(A)
    """
    return make(determinants.logdet, (as_expr(a),))


def cholesky(a: ExprLike) -> Expr:
    """The lower triangular ``L`` with ``L @ L.T = a``; nan where ``a`` is not positive definite.

    It is a function of the symmetric part ``(a + a.T)/2``, so its derivatives are symmetric.

    Shapes: (..., n, n) gives the same.
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> print(sd.linalg.cholesky(sd.Var("A", (3, 3))))
    cholesky(A)
    """
    return make(spectral.cholesky, (as_expr(a),))


def eigvalsh(a: ExprLike) -> Expr:
    """The eigenvalues of a symmetric matrix in ascending order; differentiable where distinct.

    It is a function of the symmetric part ``(a + a.T)/2``, so its derivatives are symmetric.

    Shapes: (..., n, n) gives (..., n).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> sd.linalg.eigvalsh(sd.Var("A", (3, 3))).shape
    (3,)
    """
    return make(spectral.eigvalsh, (as_expr(a),))


def eigh(a: ExprLike) -> EighResult[Expr]:
    """Eigenvalues in ascending order and eigenvectors of a symmetric matrix.

    Both are functions of the symmetric part ``(a + a.T)/2``, so their derivatives are symmetric;
    they are inf or nan where eigenvalues are equal.  The signs of the vectors are LAPACK's.

    Shapes: (..., n, n) gives (..., n) and (..., n, n).
    Raises: ShapeError.

    >>> import symdiff as sd
    >>> values, vectors = sd.linalg.eigh(sd.Var("A", (3, 3)))
    >>> values.shape, vectors.shape
    ((3,), (3, 3))
    """
    a = as_expr(a)
    return EighResult(make(spectral.eigvalsh, (a,)), make(spectral.eigvecsh, (a,)))


PUBLIC = (
    solve, inv, pinv, lstsq, matrix_power, det, slogdet, logdet, cholesky, eigvalsh, eigh,
)  # fmt: skip
