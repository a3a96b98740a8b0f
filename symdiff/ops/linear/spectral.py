"""Factors of symmetric matrices.

All of these are functions of the symmetric part ``(A + A.T)/2``, which is ``A`` to the last bit
where ``A`` is symmetric; so their derivatives by ``A`` are symmetric, and exact for every ``A``.
"""

from __future__ import annotations

from ...expr import Expr, Op, make
from ...leaves import const
from ...rule import Linear, custom_of_one
from ..arithmetic import div, mul, sub
from ..arrays import eye
from ..contraction import contract, square
from ..row import row
from ..structural import total
from . import witness as mp
from .inverse import GILES, inv
from .matrices import product, reshaped, swapped, symmetric

# -- Cholesky ------------------------------------------------------------------------------------


def _cholesky_tangent(node: Expr, dot: Expr) -> Expr:
    lead, back = node.ndim - 2, make(inv, (node,))
    inner = symmetric(product(lead, back, dot, swapped(back)))
    return product(lead, node, make(lower_half, (inner,)))


def _cholesky_cotangent(g: Expr, node: Expr) -> Expr:
    lead, back = node.ndim - 2, make(inv, (node,))
    inner = make(lower_half, (product(lead, swapped(node), g),))
    return symmetric(product(lead, swapped(back), inner, back))


# -- eigenvalues ---------------------------------------------------------------------------------


def _eigenvalue_tangent(node: Expr, dot: Expr) -> Expr:
    vectors = make(eigvecsh, node.args)
    n = node.ndim - 1
    s = tuple(range(n))
    left, inner, right = (*s, n, n + 2), (*s, n, n + 1), (*s, n + 1, n + 2)
    return contract((vectors, dot, vectors), (left, inner, right), (*s, n + 2))


def _eigenvalue_cotangent(g: Expr, node: Expr) -> Expr:
    vectors = make(eigvecsh, node.args)
    n = node.ndim - 1
    s = tuple(range(n))
    inputs = ((*s, n, n + 2), (*s, n + 2), (*s, n + 1, n + 2))
    return contract((vectors, g, vectors), inputs, (*s, n, n + 1))


def _inverse_gaps(a: Expr) -> Expr:
    """``1/(w[j] - w[i])`` at row i, column j, and 0 on the diagonal."""
    values = make(eigvalsh, (a,))
    n = a.shape[-1]
    gaps = make(sub, (reshaped(values, (1, n), 1), reshaped(values, (n, 1), 1)))
    unit = make(eye, (), ((n,),))
    return make(sub, (make(div, (const(1), total([gaps, unit]))), unit))


def _vectors_tangent(node: Expr, dot: Expr) -> Expr:
    lead = node.ndim - 2
    inner = symmetric(product(lead, swapped(node), dot, node))
    return product(lead, node, make(mul, (_inverse_gaps(node.args[0]), inner)))


def _vectors_cotangent(g: Expr, node: Expr) -> Expr:
    lead = node.ndim - 2
    inner = make(mul, (_inverse_gaps(node.args[0]), product(lead, swapped(node), g)))
    return symmetric(product(lead, node, inner, swapped(node)))


lower_half: Op = row("lower_half", rule=Linear(lambda g, node, i: make(lower_half, (g,))),
    shape=square, numpy="linear.lower_half", latex=r"\Phi\left({0}\right)", pretty="Φ",
    facts="inner", accuracy=(0.0, 0.0))
cholesky: Op = row("cholesky", rule=custom_of_one(_cholesky_tangent, _cholesky_cotangent),
    shape=square, numpy="linear.cholesky", mpmath=mp.cholesky, cost=50, accuracy=(8.0, 32.0),
    source="Murray 2016, Differentiation of the Cholesky decomposition")
eigvalsh: Op = row("eigvalsh", rule=custom_of_one(_eigenvalue_tangent, _eigenvalue_cotangent),
    shape=lambda *given: square(*given)[:-1], numpy="linear.eigvalsh", mpmath=mp.eigvalsh,
    cost=400, accuracy=(8.0, 32.0), source=GILES)
eigvecsh: Op = row("eigvecsh", rule=custom_of_one(_vectors_tangent, _vectors_cotangent),
    shape=square, numpy="linear.eigvecsh", mpmath=mp.eigvecsh,
    cost=600, accuracy=(8.0, 32.0), source=GILES)
