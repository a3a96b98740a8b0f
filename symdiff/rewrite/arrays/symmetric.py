"""Which canonical matrices equal their transposes by their structure."""

from __future__ import annotations

from ...expr import Expr, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.linear.determinants import adjugate
from ...ops.linear.inverse import inv
from ..nodes import split
from ..products import Known
from .opening import operands_of
from .operands import is_identity, sorted_einsum

MOST = 8  # terms of a sum that are looked at
_KEEP = frozenset({inv, adjugate})  # of a symmetric matrix symmetric


def is_symmetric(known: Known, x: Expr) -> bool:
    """Whether a canonical matrix is known to equal its transpose; ``X.T @ X``, ``A + A.T``."""
    x = _inner(x)
    if x.ndim != 2 or x.shape[0] != x.shape[1] or not x.args:
        return x.op is ax.eye
    if x not in known.symmetric:
        known.symmetric[x] = _is_closed(known, x) if x.op is a.add else _is_mirrored(known, x)
    return known.symmetric[x]


def _inner(x: Expr) -> Expr:
    """The matrix that decides: below inverses, multiples and elementwise functions."""
    while True:
        arrays = {f for f in x.args if f.ndim}
        follows = x.op in _KEEP or (x.op.elementwise and len(arrays) == 1)
        if not follows or next(iter(arrays)).ndim != 2:
            return x
        (x,) = arrays


def _is_mirrored(known: Known, x: Expr) -> bool:
    """Whether a matrix that is no sum is symmetric."""
    if is_identity(x) or (x.op is ax.broadcast_to and not x.args[0].shape):
        return True  # zero beside the diagonal, or all elements are equal
    return x.op is ct.einsum and transposed(known, x) is x


def transposed(known: Known, x: Expr) -> Expr:
    """The transpose of a canonical matrix, as it is where the matrix is not symmetric."""
    if x.op is not ct.einsum:
        return x.args[0] if x.op is ax.transpose else make(ax.transpose, (x,), ((-1, -2),))
    turned = {0: 1, 1: 0}
    operands = [(y, tuple([turned.get(i, i) for i in ls])) for y, ls in operands_of(x)]
    return sorted_einsum(known.ranks, operands, (0, 1))


def _is_closed(known: Known, total: Expr) -> bool:
    """Whether the terms of a sum are symmetric or come with their transposes."""
    if len(total.args) > MOST:
        return False
    single = {}
    for term in total.args:
        coefficient, rest = split(term)
        inner = _inner(rest)
        if rest.ndim not in (0, 2):
            return False
        if inner.op is a.add:
            mirrored = known.symmetric.get(inner, False)
        else:
            mirrored = not rest.ndim or _is_mirrored(known, inner)
        if not mirrored:
            single[rest] = coefficient
    if any(rest.op is a.mul for rest in single):
        return False
    return all(single.get(transposed(known, rest)) == c for rest, c in single.items())
