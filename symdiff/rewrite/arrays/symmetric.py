"""Which canonical matrices equal their transposes by their structure."""

from __future__ import annotations

from collections.abc import Sequence

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops.linear.determinants import adjugate
from ...ops.linear.inverse import inv
from ..nodes import split
from ..products import Known
from .operands import product_of, sorted_einsum

MOST = 8  # terms of a sum that are looked at
_KEEP = frozenset({inv, adjugate})  # of a symmetric matrix symmetric
_TURNED = {0: 1, 1: 0}


def is_symmetric(known: Known, x: Expr) -> bool:
    """Whether a canonical matrix is known to equal its transpose; ``X.T @ X``, ``A + A.T``."""
    x = _inner(x)
    if x.ndim != 2 or x.shape[0] != x.shape[1] or not x.args:
        return x.op is ax.eye
    if x not in known.symmetric:
        known.symmetric[x] = _is_mirrored(known, x.args if x.op is a.add else (x,))
    return known.symmetric[x]


def _inner(x: Expr) -> Expr:
    """The matrix that decides: below inverses, multiples and elementwise functions."""
    while True:
        arrays = {f for f in x.args if f.ndim}
        follows = x.op in _KEEP or (x.op.elementwise and len(arrays) == 1)
        if not follows or next(iter(arrays)).ndim != 2:
            return x
        (x,) = arrays


def _is_mirrored(known: Known, terms: Sequence[Expr]) -> bool:
    """Whether terms are symmetric or come with their transposes."""
    if len(terms) > MOST:
        return False
    single: dict[tuple[Expr, ...], object] = {}
    mirrors = []
    for term in terms:
        coefficient, rest = split(term)
        inner = _inner(rest)
        if rest.ndim not in (0, 2):
            return False
        if not rest.ndim or inner.op is ax.eye or known.symmetric.get(inner, False):
            continue
        product = product_of(rest)
        carried = {i for _, labels in product.operands for i in labels}
        if product.equal or not carried:
            continue  # zero beside the diagonal, or all elements are equal
        if not carried.issuperset(_TURNED):
            return False
        turned = [(x, tuple([_TURNED.get(i, i) for i in ls])) for x, ls in product.operands]
        one, two = [
            (*product.scalars, sorted_einsum(known.ranks, operands, (0, 1)))
            for operands in (product.operands, turned)
        ]
        if one != two:
            single[one] = coefficient
            mirrors.append((two, coefficient))
    return all(single.get(mirror) == coefficient for mirror, coefficient in mirrors)
