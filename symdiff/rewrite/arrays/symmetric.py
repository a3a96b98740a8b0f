"""Which canonical matrices equal their transposes by their structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops.linear.determinants import adjugate
from ...ops.linear.inverse import inv

if TYPE_CHECKING:
    from ..canonical import Canonical

MOST = 8  # terms of a sum that are looked at
_KEEP = frozenset({inv, adjugate})  # of a symmetric matrix symmetric


def is_symmetric(form: Canonical, x: Expr) -> bool:
    """Whether a canonical matrix is known to equal its transpose; ``X.T @ X``, ``A + A.T``."""
    x = _inner(x)
    if x.ndim != 2 or x.shape[0] != x.shape[1] or not x.args:
        return x.op is ax.eye
    known = form.symmetric.get(x)
    if known is None:
        form.symmetric[x] = False  # while the question is open
        known = form.symmetric[x] = _is_mirrored(form, x)
    return known


def _inner(x: Expr) -> Expr:
    """The matrix that decides: below inverses, multiples and elementwise functions."""
    while True:
        arrays = {f for f in x.args if f.ndim}
        follows = x.op in _KEEP or (x.op.elementwise and len(arrays) == 1)
        if not follows or next(iter(arrays)).ndim != 2:
            return x
        (x,) = arrays


def _is_mirrored(form: Canonical, x: Expr) -> bool:
    if x.op is ct.einsum:
        return _swapped(form, x) is x
    if x.op is a.add and len(x.args) <= MOST:
        return _is_closed(form, x)
    if x.op is a.mul:
        return _is_outer_square(x)
    return x.op is ax.broadcast_to and not x.args[0].shape


def _swapped(form: Canonical, product: Expr) -> Expr:
    """A contraction with the two axes of its value exchanged."""
    operands, inputs, output = ct.reading(product)
    place = {output[0]: 1, output[1]: 0}
    for labels in inputs:
        for i in labels:
            place.setdefault(i, len(place))
    named = [tuple([place[i] for i in labels]) for labels in inputs]
    return form.contract(zip(operands, named, strict=True), product.shape)


def _is_closed(form: Canonical, total: Expr) -> bool:
    """Whether the terms of a sum are symmetric or come with their transposes."""
    single = {}
    for t in total.args:
        coefficient, rest = form.split(t)
        inner = _inner(rest)
        known = form.symmetric.get(inner, False) if inner.op is a.add else None
        if rest.ndim not in (0, 2):
            return False
        if rest.ndim and not (is_symmetric(form, inner) if known is None else known):
            single[rest] = coefficient
    if any(rest.op is a.mul for rest in single):
        return False
    return all(
        single.get(form.apply(ax.transpose, (rest,), ((-1, -2),))) == coefficient
        for rest, coefficient in single.items()
    )


def _is_outer_square(product: Expr) -> bool:
    """``x[:, None]*x`` and its like: factors that come with their own columns."""
    lines = [f for f in product.args if f.ndim == 1]
    columns = [f.args[0] for f in product.args if f.op is ax.reshape and f.shape[1:] == (1,)]
    others = len(product.args) - len(lines) - len(columns)
    return not others and sorted(map(id, lines)) == sorted(map(id, columns))


def is_half_transposed(total: Expr) -> bool:
    """Whether transposing term by term leaves no more transposes than there are."""
    bare = [t.args[1] if t.op is a.mul and len(t.args) == 2 else t for t in total.args]
    turned = sum(t.op in (ax.transpose, ct.einsum) for t in bare)
    kept = all(t.op not in (a.mul, a.add) for t in bare)
    full = all(t.ndim == total.ndim for t in bare)
    return kept and full and 2 * turned >= len(bare)
