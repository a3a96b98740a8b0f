"""NumPy implementations of the rows of linear algebra.

Arguments may carry any number of leading axes.  Where NumPy raises for a matrix (one that is
exactly singular, or not positive definite) its value is nan, and those of others in the stack
are not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

Array = Any


def _guarded(function: Callable[..., Array], core: tuple[int, ...], *args: Array) -> Array:
    """``function`` of stacked matrices; nan of shape ``core`` for those that it refuses."""
    with suppress(np.linalg.LinAlgError):
        return function(*args)
    lead = np.broadcast_shapes(*[a.shape[:-2] for a in args])
    stacks = [np.broadcast_to(a, lead + a.shape[-2:]) for a in args]
    out = np.full(lead + core, np.nan, dtype=np.result_type(*args))
    if lead:
        for k in np.ndindex(lead):
            with suppress(np.linalg.LinAlgError):
                out[k] = function(*[x[k] for x in stacks])
    return out


def _transposed(a: Array) -> Array:
    return np.swapaxes(a, -1, -2)


def _hermitian(a: Array) -> Array:
    """The part that equals its own transpose, conjugated for complex matrices."""
    return 0.5 * a + 0.5 * _transposed(a).conj()


def inv(a: Array) -> Array:
    return _guarded(np.linalg.inv, a.shape[-2:], a)


def solve(a: Array, b: Array, rank: int) -> Array:
    """Right sides are the last axis (rank 1) or the columns of the last two (rank 2).

    Stack axes that only the right sides have are solved as columns: one factorisation per matrix.
    """
    if rank == 1:
        b = b[..., None]
    depth = max(a.ndim, b.ndim)
    a, b = [np.reshape(x, (1,) * (depth - x.ndim) + x.shape) for x in (a, b)]
    shared = [i for i in range(depth - 2) if a.shape[i] == 1 != b.shape[i]]
    if shared:
        kept = [i for i in range(depth) if i not in shared]
        wide = np.transpose(b, (*kept, *shared))
        rows, columns = wide.shape[: len(kept) - 1], wide.shape[len(kept) - 1 :]
        x = _solve(np.squeeze(a, tuple(shared)), wide.reshape(*rows, prod(columns)))
        x = np.moveaxis(x.reshape(*x.shape[:-1], *columns), range(len(kept), depth), shared)
    else:
        x = _solve(a, b)
    return x[..., 0] if rank == 1 else x


def _solve(a: Array, b: Array) -> Array:
    return _guarded(np.linalg.solve, b.shape[-2:], a, b)


def matrix_power(a: Array, n: int) -> Array:
    return _guarded(lambda x: np.linalg.matrix_power(x, n), a.shape[-2:], a)


def pinv(a: Array) -> Array:
    return _guarded(np.linalg.pinv, a.shape[:-3:-1], a)


# -- determinants --------------------------------------------------------------------------------


def det(a: Array) -> Array:
    return np.linalg.det(a)


def det_sign(a: Array) -> Array:
    return np.linalg.slogdet(a)[0]


def logabsdet(a: Array) -> Array:
    return np.linalg.slogdet(a)[1]


def logdet(a: Array) -> Array:
    """The logarithm of the determinant; nan where it is negative."""
    sign, size = np.linalg.slogdet(a)
    if np.iscomplexobj(a):
        return size + 1j * np.angle(sign)
    return np.where(sign < 0, np.nan, size)


def _svd(a: Array) -> tuple[Array, Array, Array, Array]:
    """Factors U, s, V of matrices, and the determinant of ``U @ V.conj().T``."""
    n = a.shape[-1]
    factors = lambda x: np.concatenate(_square_factors(*np.linalg.svd(x)), axis=-1)
    packed = _guarded(factors, (n, 2 * n + 1), a)
    u, v, s = packed[..., :n], packed[..., n:-1], packed[..., -1]
    return u, s, v, np.linalg.det(u) * np.linalg.det(v).conj()


def _square_factors(u: Array, s: Array, vh: Array) -> tuple[Array, Array, Array]:
    return u, _transposed(vh).conj(), s[..., None].astype(u.dtype)


def _others(s: Array) -> Array:
    """The product of all elements but one along the last axis."""
    ones = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def _adjugate_of_two(a: Array) -> Array:
    return _transposed(a[..., ::-1, ::-1]) * np.array([[1, -1], [-1, 1]], dtype=a.dtype)


def _crossed(a: Array, b: Array) -> Array:
    """The vector products of columns of ``a`` with the next ones of ``b``, as rows."""
    left, right = _transposed(a), _transposed(b)
    return np.cross(left[..., [1, 2, 0], :], right[..., [2, 0, 1], :])


def adjugate(a: Array) -> Array:
    """Cofactors, transposed; above 3 rows through singular values, which need no inverse."""
    n = a.shape[-1]
    if not a.size or n == 1:
        return np.ones_like(a)
    if n <= 3:
        return _adjugate_of_two(a) if n == 2 else _crossed(a, a)
    u, s, v, sign = _svd(a)
    return (v * (sign[..., None] * _others(s))[..., None, :]) @ _transposed(u).conj()


def adjugate_slope(a: Array, direction: Array) -> Array:
    """The derivative of the adjugate along a direction."""
    n, shape = a.shape[-1], np.broadcast_shapes(a.shape, direction.shape)
    if n == 1 or 0 in shape:
        return np.zeros(shape, np.result_type(a, direction))
    if n == 2:
        return np.broadcast_to(_adjugate_of_two(direction), shape)
    if n == 3:
        return _crossed(direction, a) + _crossed(a, direction)
    u, s, v, sign = _svd(a)
    inner = _transposed(u).conj() @ direction @ v
    diagonal = np.eye(a.shape[-1], dtype=bool)
    pairs = np.where(diagonal, 0, _others(np.where(diagonal, 1, s[..., None, :])))
    along = np.einsum("...ij,...j->...i", pairs, np.einsum("...jj->...j", inner))
    slope = np.where(diagonal, along[..., None, :], -inner * pairs)
    return sign[..., None, None] * (v @ slope @ _transposed(u).conj())


# -- symmetric matrices --------------------------------------------------------------------------


def lower_half(x: Array) -> Array:
    """The lower triangle with half the diagonal."""
    diagonal = np.eye(x.shape[-1], dtype=bool)
    return np.where(diagonal, x / 2, np.tril(x))


def cholesky(a: Array) -> Array:
    return _guarded(np.linalg.cholesky, a.shape[-2:], _hermitian(a))


def eigvalsh(a: Array) -> Array:
    out = _guarded(lambda x: np.linalg.eigvalsh(x)[..., None], (a.shape[-1], 1), _hermitian(a))
    return out[..., 0]


def eigvecsh(a: Array) -> Array:
    return _guarded(lambda x: np.linalg.eigh(x)[1], a.shape[-2:], _hermitian(a))
