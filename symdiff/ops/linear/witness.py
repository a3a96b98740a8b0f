"""Linear algebra by mpmath, at any number of digits: matrices of objects, stacks in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Matrix = Any  # of mpmath
OfMatrix = Callable[..., Any]  # of (mp, *matrices)


def _stacked(function: OfMatrix) -> OfMatrix:
    """``function`` of matrices of mpmath, mapped over stacks of object arrays."""

    def mapped(mp: Any, *args: Array, **params: Any) -> Array:
        lead = np.broadcast_shapes(*[a.shape[:-2] for a in args])
        stacks = [np.broadcast_to(a, lead + a.shape[-2:]) for a in args]
        values = {
            k: _array(mp, function(mp, *[_matrix(mp, x[k]) for x in stacks], **params))
            for k in np.ndindex(lead)
        }
        core = next((v.shape for v in values.values()), ())
        out = np.empty(lead + core, dtype=object)
        for k, value in values.items():
            out[k] = value if core else value.item()
        return out

    return mapped


def _matrix(mp: Any, a: Array) -> Matrix:
    found = mp.matrix(*a.shape)
    for k, value in np.ndenumerate(a):
        found[k] = value
    return found


def _array(mp: Any, value: Any) -> Array:
    if not isinstance(value, mp.matrix):
        return np.array(value, dtype=object)
    out = np.empty((value.rows, value.cols), dtype=object)
    for k in np.ndindex(out.shape):
        out[k] = value[k]
    return out


def _symmetric(a: Matrix) -> Matrix:
    return (a + a.T) / 2


def _without(mp: Any, a: Matrix, i: int, j: int) -> Matrix:
    rows = [r for r in range(a.rows) if r != i]
    columns = [c for c in range(a.cols) if c != j]
    found = mp.matrix(len(rows), len(columns))
    for r, c in np.ndindex(len(rows), len(columns)):
        found[r, c] = a[rows[r], columns[c]]
    return found


def _cofactors(mp: Any, a: Matrix, number: OfMatrix) -> Matrix:
    """The matrix of ``number`` of what is left without row j and column i, with signs."""
    found = mp.matrix(a.rows, a.cols)
    for i, j in np.ndindex(a.rows, a.cols):
        found[i, j] = (-1) ** (i + j) * number(j, i)
    return found


def _adjugate_slope(mp: Any, a: Matrix, e: Matrix) -> Matrix:
    """A determinant is linear in each row: one term for each row taken from the direction."""

    def slope(i: int, j: int) -> Any:
        total = mp.zero
        small, moved = _without(mp, a, i, j), _without(mp, e, i, j)
        for row in range(small.rows):
            mixed = small.copy()
            for column in range(small.cols):
                mixed[row, column] = moved[row, column]
            total += mp.det(mixed)
        return total

    return _cofactors(mp, a, slope)


def _pinv(mp: Any, a: Matrix) -> Matrix:
    return mp.inverse(a.T * a) * a.T if a.rows >= a.cols else a.T * mp.inverse(a * a.T)


def _eigenvectors(mp: Any, a: Matrix) -> Matrix:
    """Their signs are mpmath's, which need not be those of LAPACK."""
    values, vectors = mp.eigsy(_symmetric(a))
    found = mp.matrix(a.rows, a.cols)
    for to, source in enumerate(sorted(range(a.rows), key=lambda i: values[i])):
        for row in range(a.rows):
            found[row, to] = vectors[row, source]
    return found


_solve = _stacked(lambda mp, a, b: mp.inverse(a) * b)
_eigvalsh = _stacked(lambda mp, a: mp.matrix(sorted(mp.eigsy(_symmetric(a), eigvals_only=True))))

inv = _stacked(lambda mp, a: mp.inverse(a))
pinv = _stacked(_pinv)
matrix_power = _stacked(lambda mp, a, n: a**n)
det = _stacked(lambda mp, a: mp.det(a))
det_sign = _stacked(lambda mp, a: mp.sign(mp.det(a)))
logabsdet = _stacked(lambda mp, a: mp.log(abs(mp.det(a))))
logdet = _stacked(lambda mp, a: mp.log(mp.det(a)))
adjugate = _stacked(lambda mp, a: _cofactors(mp, a, lambda i, j: mp.det(_without(mp, a, i, j))))
adjugate_slope = _stacked(_adjugate_slope)
eigvecsh = _stacked(_eigenvectors)
cholesky = _stacked(lambda mp, a: mp.cholesky(_symmetric(a)))


def solve(mp: Any, a: Array, b: Array, rank: int) -> Array:
    return _solve(mp, a, b) if rank == 2 else _solve(mp, a, b[..., None])[..., 0]


def eigvalsh(mp: Any, a: Array) -> Array:
    return _eigvalsh(mp, a)[..., 0]
