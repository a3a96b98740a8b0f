"""Building blocks for derivatives of functions of matrices.

A matrix is the last two axes of a value.  ``lead`` counts the axes of a node before them; its
tangents and cotangents may have batch axes before those.
"""

from __future__ import annotations

from ...expr import Expr, Shape, make
from ...leaves import const
from .. import arrays
from ..arithmetic import div
from ..contraction import contract
from ..structural import times, total


def swapped(x: Expr) -> Expr:
    """The transpose of every matrix."""
    return make(arrays.transpose, (x,), ((-1, -2),))


def symmetric(x: Expr) -> Expr:
    """The symmetric part of every matrix."""
    return make(div, (total([x, swapped(x)]), const(2)))


def product(lead: int, *factors: Expr) -> Expr:
    """The matrix product of all factors."""
    s = tuple(range(lead))
    inputs = [(*s, lead + k, lead + k + 1) for k in range(len(factors))]
    return contract(factors, inputs, (*s, lead, lead + len(factors)))


def weighted(lead: int, weight: Expr, x: Expr) -> Expr:
    """Every matrix times its number."""
    s = tuple(range(lead))
    if not weight.shape:
        return times(weight, x)
    return contract((weight, x), (s, (*s, lead, lead + 1)), (*s, lead, lead + 1))


def traced(lead: int, a: Expr, b: Expr) -> Expr:
    """The trace of ``a @ b`` for every pair of matrices."""
    s = tuple(range(lead))
    return contract((a, b), ((*s, lead, lead + 1), (*s, lead + 1, lead)), s)


def padded(x: Expr, rank: int) -> Expr:
    """``x`` with axes of size 1 in front, up to ``rank`` axes."""
    return x if x.ndim >= rank else reshaped(x, (1,) * (rank - x.ndim) + x.shape)


def reshaped(x: Expr, shape: Shape, rank: int | None = None) -> Expr:
    """The last ``rank`` axes of ``x`` (all of them by default) in another shape."""
    return make(arrays.reshape, (x,), (x.ndim if rank is None else rank, shape))
