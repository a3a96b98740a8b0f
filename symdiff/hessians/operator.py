"""A Hessian at a point as an operator: it multiplies and solves without being formed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from ..errors import ConversionError, LimitError, ShapeError, SingularHessian
from ..expr import Shape
from .blocks import Layout, Part, Sparse

Array = Any
Solve = Callable[[Array], Array]
MOST_ENTRIES = 2**27  # of the matrices that are formed to solve: a gigabyte
MOST_REACH = 16  # of entries from the diagonal, for a band matrix
_EPS = float(np.finfo(float).eps)


class HessianAt:
    """A Hessian at a point: ``H @ v``, ``H.solve(b)``, ``H.dense()``.

    Vectors have the shape of the variable or ``(size,)``, either with one more axis for several
    columns; what comes back is shaped as what was given.
    """

    def __init__(
        self, inner: Shape, parts: Sequence[Part], times: Solve, along: Solve | None = None
    ) -> None:
        """``times`` multiplies columns, ``along`` one vector in the shape of the variable."""
        self.inner, self.parts, self._times, self._along = inner, parts, times, along
        self.size = prod(inner)
        self._solves: Solve | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix, (size, size)."""
        return self.size, self.size

    @property
    def dtype(self) -> Any:
        return np.dtype(np.float64)

    def __matmul__(self, v: Any) -> Array:
        v = np.asarray(v, dtype=float)
        if self._along is not None and v.ndim and v.shape == self.inner:
            return self._along(v)
        columns = self._columns("H @ v", v)
        product = self._times(columns) if columns.size else np.zeros_like(columns)
        return product.reshape(v.shape)

    matvec = matmat = __matmul__

    def _columns(self, name: str, v: Array) -> Array:
        for shape in (self.inner, (self.size,)):
            if v.shape == shape or v.shape[:-1] == shape:
                return v.reshape(self.size, -1 if v.size else prod(v.shape[len(shape) :]))
        hint = f"give a vector of shape {self.inner} or ({self.size},), or columns of them"
        raise ShapeError(name, (self.inner * 2, v.shape), hint)

    def diagonal(self) -> Array:
        """The diagonal, in the shape of the variable."""
        total = np.zeros(self.size)
        for part in self.parts:
            total += part.diagonal()
        return total.reshape(self.inner)

    def dense(self) -> Array:
        """All entries, shape ``x.shape + x.shape``."""
        return summed(self.parts, Layout(self.inner, ()), 1).reshape(self.inner * 2)

    def tosparse(self) -> Any:
        """The matrix as SciPy's CSR array, of shape (size, size).

        Raises: ConversionError where it is dense.
        """
        from scipy import sparse

        found = [_entries(part, self.shape) for part in self.parts]
        return reduce(operator.add, found) if found else sparse.csr_array(self.shape)

    def aslinearoperator(self) -> Any:
        """For SciPy's iterative solvers."""
        from scipy.sparse.linalg import LinearOperator

        flat = lambda v: self @ np.asarray(v, dtype=float)
        return LinearOperator(self.shape, matvec=flat, rmatvec=flat, matmat=flat, dtype=self.dtype)

    def __repr__(self) -> str:
        names = ", ".join([part.name for part in self.parts]) or "zero"
        return f"<Hessian {self.size} x {self.size} at a point: {names}>"

    def solve(self, b: Any, *, limit: int = MOST_ENTRIES) -> Array:
        """``x`` with ``H @ x = b``.

        A diagonal divides, blocks are solved as a stack, a diagonal with few rows by Woodbury's
        formula, sparse ones by SuperLU; one matrix that is positive definite by Cholesky.

        Raises: SingularHessian; LimitError if matrices of more than ``limit`` entries are needed.
        """
        b = np.asarray(b, dtype=float)
        columns = self._columns("H.solve(b)", b)
        if self._solves is None:
            self._solves = solver(self.parts, self.inner, limit)
        x = self._solves(columns)
        if not np.isfinite(x).all() and np.isfinite(b).all():
            raise SingularHessian(self.size)
        return x.reshape(b.shape)


def _entries(part: Part, shape: tuple[int, int]) -> Any:
    from scipy import sparse

    layout = part.layout
    if isinstance(part, Sparse):
        return part.csr
    if layout.count == 1 and layout.width > 1:
        raise ConversionError("this Hessian is dense: use H.dense(), or H @ v")
    matrices = part.matrices()
    wide = np.broadcast_to(matrices, (layout.count, *matrices.shape[1:]))
    places = layout.split(np.arange(shape[0])[:, None])[..., 0]
    rows = np.broadcast_to(places[:, :, None], wide.shape).ravel()
    columns = np.broadcast_to(places[:, None, :], wide.shape).ravel()
    return sparse.csr_array(sparse.coo_array((wide.ravel(), (rows, columns)), shape=shape))


# -- linear systems: sums of parts, each solved as its structure allows --------------------------


def solver(parts: Sequence[Part], shape: Shape, limit: int) -> Solve:
    """What solves systems with the sum of ``parts``, for columns of shape (size, k).

    Raises: SingularHessian; LimitError where matrices of more than ``limit`` entries are needed.
    """
    flat = [p for p in parts if p.name == "diagonal"]
    low = [p for p in parts if p.name == "factors"]
    if len(flat) == len(parts):
        return _division(np.sum([p.diagonal() for p in parts], axis=0), prod(shape))
    first = parts[0]
    if len(parts) == 1 and isinstance(first, Sparse) and 2 * first.csr.nnz <= prod(shape) ** 2:
        return _sparse(first.csr)
    common = set.intersection(*[set(p.layout.paired) for p in parts])
    layout = Layout(shape, tuple(sorted(common)))
    thin = flat and sum([p.stacks()[0].shape[-1] for p in low]) < layout.width
    if thin and len(low) + len(flat) == len(parts):
        d = layout.split(np.sum([p.diagonal() for p in flat], axis=0)[:, None])[..., 0]
        if d.all() and all(p.layout.paired == layout.paired for p in low):
            return _woodbury(layout, d, low)
    return _direct(parts, layout, limit)


def _division(d: Array, size: int) -> Solve:
    """By the diagonal, which is a bare 0 where there are no parts."""
    if size and not (np.ndim(d) and d.all()):
        raise SingularHessian(size)
    column = np.reshape(d, (-1, 1))
    return lambda b: b / column


def summed(parts: Sequence[Part], layout: Layout, count: int) -> Array:
    """The sum of parts as matrices of a layout whose paired axes all of them have paired."""
    front = layout.front if count != 1 else (1,) * len(layout.front)
    total: Array = np.zeros(front + layout.back * 2)
    rows = [*layout.paired, *layout.others, *layout.others]
    first = len(layout.order)
    for k, part in enumerate(parts):
        own = part.layout
        inside = set(own.paired)
        n = len(layout.shape)
        labels = [a + n * (i >= first and a not in inside) for i, a in enumerate(rows)]
        order = [*own.order, *[a + n for a in own.others]]
        view = np.einsum(total, labels, order) if rows else total  # einsum copies 0-d arrays
        held = own.front if part.count != 1 else (1,) * len(own.front)
        found = part.matrices().reshape(held + own.back * 2)
        if k:
            view += found
        else:  # a copy is faster than a sum with zeros
            view[...] = found
    return total.reshape(count, layout.width, layout.width)


def _sparse(csr: Any) -> Solve:
    coo = csr.tocoo()
    reach = int(np.abs(coo.row - coo.col).max(initial=0))
    if reach <= MOST_REACH:
        return _banded(coo, reach)
    from scipy.sparse.linalg import splu

    try:
        factors = splu(csr.tocsc())
    except RuntimeError:
        raise SingularHessian(csr.shape[0]) from None
    pivots = np.abs(factors.U.diagonal())
    if not pivots.min() > _EPS * pivots.max():
        raise SingularHessian(csr.shape[0])
    solve: Solve = factors.solve
    return solve


def _banded(coo: Any, reach: int) -> Solve:
    """LAPACK's factors of a band matrix, its diagonals in rows."""
    from scipy.linalg import lapack

    n = coo.shape[0]
    band = np.zeros((3 * reach + 1, n))
    band[2 * reach + coo.row - coo.col, coo.col] = coo.data
    norm = np.abs(band).sum(axis=0).max(initial=0.0)
    factor, pivots, fails = lapack.dgbtrf(band, reach, reach, overwrite_ab=1)
    if fails or not np.abs(factor[2 * reach]).min(initial=1.0) > _EPS * norm:
        raise SingularHessian(n)
    return lambda b: lapack.dgbtrs(factor, reach, reach, b, pivots)[0]


def _woodbury(layout: Layout, d: Array, low: Sequence[Part]) -> Solve:
    """``D + F.T @ diag(w) @ G``; square roots of the weights on both sides where there are."""
    stacks = [p.stacks() for p in low]
    count = max([p.count for p in low])
    weight, left, right = [
        np.concatenate([np.broadcast_to(s[i], (count, *s[i].shape[1:])) for s in stacks], axis=1)
        if len(stacks) > 1
        else stacks[0][i]
        for i in range(3)
    ]
    even = all(p.is_even for p in low) and bool((d > 0).all())
    root = np.sqrt(d) if even else d
    if even:
        left = left * np.sqrt(weight)[..., None]
        left = right = np.divide(left, root[:, None, :], out=left if len(left) == len(d) else None)
    else:
        left, right = left / root[:, None, :], right * weight[..., None]
    back = left.swapaxes(1, 2)
    product = right @ back if len(left) > 1 else (right[0] @ back[0])[None]
    inner = product + np.eye(product.shape[-1])
    if even:  # no vector gets shorter
        small: Solve = lambda b: np.linalg.solve(inner, b)
    else:
        least = 8 * inner.shape[-1] * _EPS * (1 + np.abs(product).sum(-1).max(-1))
        small = _stack(inner, layout.count * layout.width, least)

    def solve(b: Array) -> Array:
        base = layout.split(b) / root[..., None]
        found = base - back @ small(right @ base)
        return layout.join(found / root[..., None] if even else found)

    return solve


def _direct(parts: Sequence[Part], layout: Layout, limit: int) -> Solve:
    count = layout.count if any(p.count != 1 for p in parts) else 1
    size = count * layout.width**2
    if size > limit:
        raise LimitError("entries of the matrices to solve with", size, limit, "limit")
    matrices = summed(parts, layout, count)
    least = _EPS * np.abs(matrices).sum(axis=1).max(axis=1, initial=0.0)
    full = layout.count * layout.width
    solve = _one(matrices[0], full, least[0]) if count == 1 else _stack(matrices, full, least)
    return lambda b: layout.join(solve(layout.split(b)))


def _stack(matrices: Array, size: int, least: Array) -> Solve:
    """Many systems at once; none may bring a vector below ``least`` of its length."""
    try:
        inverses = np.linalg.inv(matrices)
    except np.linalg.LinAlgError:
        raise SingularHessian(size) from None
    with np.errstate(all="ignore"):
        fine = np.abs(inverses).sum(axis=1).max(axis=1) * least < 1
    if not fine.all():
        raise SingularHessian(size)
    return lambda b: np.linalg.solve(matrices, b)


def _one(matrix: Array, size: int, least: float) -> Solve:
    """One matrix for all right sides: Cholesky, LU where it is not positive definite."""
    from scipy.linalg import lapack

    norm = np.abs(matrix).sum(axis=0).max(initial=0.0)
    factor, fails = lapack.dpotrf(matrix, lower=1)
    if not fails:
        rcond, _ = lapack.dpocon(factor, norm, uplo="L")
        back: Solve = lambda b: lapack.dpotrs(factor, b, lower=1)[0]
    else:
        factor, pivots, fails = lapack.dgetrf(matrix)
        rcond = 0.0 if fails else lapack.dgecon(factor, norm)[0]
        back = lambda b: lapack.dgetrs(factor, pivots, b)[0]
    if not rcond * norm > least:
        raise SingularHessian(size)

    def solve(b: Array) -> Array:
        count, width, k = b.shape
        x = back(b.transpose(1, 0, 2).reshape(width, count * k))
        return x.reshape(width, count, k).transpose(1, 0, 2)

    return solve
