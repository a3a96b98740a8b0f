"""Linear systems with sums of parts, each solved as its structure allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import LimitError, SingularHessian
from ..expr import Shape
from .blocks import Diagonal, Factors, Layout, Part, Sparse

Array = Any
Solve = Callable[[Array], Array]
MOST_ENTRIES = 2**27  # of the matrices that are formed to solve: a gigabyte
MOST_REACH = 16  # of entries from the diagonal, for a band matrix
_EPS = float(np.finfo(float).eps)


def solver(parts: Sequence[Part], shape: Shape, limit: int) -> Solve:
    """What solves systems with the sum of ``parts``, for columns of shape (size, k).

    Raises: SingularHessian; LimitError where matrices of more than ``limit`` entries are needed.
    """
    if all(isinstance(p, Diagonal) for p in parts):
        return _division(np.sum([p.diagonal() for p in parts], axis=0), prod(shape))
    first = parts[0]
    if len(parts) == 1 and isinstance(first, Sparse):
        return _sparse(first.csr)
    common = set.intersection(*[set(p.layout.paired) for p in parts])
    layout = Layout(shape, tuple(sorted(common)))
    low = [p for p in parts if isinstance(p, Factors)]
    flat = [p for p in parts if isinstance(p, Diagonal)]
    thin = flat and sum([p.rows for p in low]) < layout.width
    if thin and len(low) + len(flat) == len(parts):
        d = layout.split(np.sum([p.full for p in flat], axis=0)[:, None])[..., 0]
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


def _woodbury(layout: Layout, d: Array, low: list[Factors]) -> Solve:
    """``D + F.T @ diag(w) @ G``; square roots of the weights on both sides where there are."""
    stacks = [p.stacks() for p in low]
    count = max([p.count for p in low])
    left, weight, right = [
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
