"""A Hessian at a point as an operator: it multiplies and solves without being formed."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import Any

import numpy as np

from ..errors import ConversionError, ShapeError, SingularHessian
from ..expr import Shape
from .blocks import Layout, Part, Sparse
from .solving import MOST_ENTRIES, Solve, solver, summed

Array = Any


class HessianAt:
    """A Hessian at a point: ``H @ v``, ``H.solve(b)``, ``H.dense()``.

    Vectors have the shape of the variable or ``(size,)``, either with one more axis for several
    columns; what comes back is shaped as what was given.
    """

    def __init__(self, inner: Shape, parts: Sequence[Part]) -> None:
        self.inner, self.parts = inner, list(parts)
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
        columns = self._columns("H @ v", v)
        terms = [part.times(columns) for part in self.parts]
        total = reduce(operator.add, terms) if terms else np.zeros_like(columns)
        return total.reshape(v.shape)

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
        names = ", ".join([type(part).__name__.lower() for part in self.parts]) or "zero"
        return f"<Hessian {self.size} x {self.size} at a point: {names}>"

    # -- solving --------------------------------------------------------------------------------

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
