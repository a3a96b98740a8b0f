"""Computed rules of linear algebra for diagonal matrices, which need no factorisation."""

from __future__ import annotations

from collections.abc import Callable

from ...expr import Expr, make
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops import elementary as el
from ...ops import reductions as rd
from ...ops.linear import determinants as dt
from ...ops.linear import inverse as ln
from ...ops.linear import spectral as sp
from ..row import REAL, Form, Inspect, Rule

Vector = Expr  # the diagonal, or the one number on it
OfVector = Callable[[Form, Vector, int], Expr | None]


def diagonal_rows() -> list[Rule]:
    """Every row."""
    return [
        Rule("inv of diagonal", ln.inv, _of_diagonal(_spread(_inverse)), REAL),
        Rule("cholesky of diagonal", sp.cholesky, _of_diagonal(_spread(_root)), REAL),
        Rule("det of diagonal", dt.det, _of_diagonal(_det), REAL),
        Rule("logabsdet of diagonal", dt.logabsdet, _of_diagonal(_logabsdet), REAL),
        Rule("logdet of diagonal", dt.logdet, _of_diagonal(_logdet), REAL),
        Rule("solve with diagonal", ln.solve, _solve, REAL),
    ]


def _of_diagonal(of: OfVector) -> Inspect:
    def inspect(form: Form, node: Expr) -> Expr | None:
        (x,) = node.args
        d = _diagonal(form, x)
        return None if d is None else of(form, d, x.shape[-1])

    return inspect


def _diagonal(form: Form, x: Expr) -> Vector | None:
    """The diagonal of a canonical matrix that is zero beside it by its structure."""
    if x.ndim != 2:
        return None
    if x.op is ct.einsum and x.params == ("ab,a->ab",) and x.args[0].op is ax.eye:
        return x.args[1]
    if x.op is ar.mul and x.args[-1].op is ax.eye and not any(f.shape for f in x.args[:-1]):
        return form.apply(ar.mul, x.args[:-1]) if len(x.args) > 2 else x.args[0]
    return None


def _spread(of: Callable[[Form, Vector], Expr]) -> OfVector:
    """The diagonal matrix with ``of`` the diagonal."""

    def spread(form: Form, d: Vector, n: int) -> Expr:
        if d.shape:
            return form.apply(ct.diag, (of(form, d),))
        return form.apply(ar.mul, (of(form, d), make(ax.eye, (), ((n,),))))

    return spread


def _inverse(form: Form, d: Vector) -> Expr:
    return form.apply(el.pow, (d, form.constant(-1)))


def _root(form: Form, d: Vector) -> Expr:
    return form.apply(el.sqrt, (d,))


def _total(form: Form, d: Vector, n: int) -> Expr:
    return form.apply(ax.sum, (d,), ((-1,), False)) if d.shape else form.times(n, d)


def _det(form: Form, d: Vector, n: int) -> Expr:
    if d.shape:
        return form.apply(rd.prod, (d,), ((-1,), False))
    return form.apply(el.pow, (d, form.constant(n)))


def _logabsdet(form: Form, d: Vector, n: int) -> Expr:
    return _total(form, form.apply(el.log, (form.apply(ar.abs, (d,)),)), n)


def _logdet(form: Form, d: Vector, n: int) -> Expr | None:
    """Two negative numbers have a logarithm together, but none of their own."""
    return _total(form, form.apply(el.log, (d,)), n) if form.facts.positive(d) else None


def _solve(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    d = _diagonal(form, a)
    if d is None or b.ndim != node.params[0]:
        return None
    if d.shape and b.ndim == 2:
        d = form.apply(ax.reshape, (d,), (1, (*d.shape, 1)))
    return form.shaped(form.apply(ar.mul, (_inverse(form, d), b)), node.shape)
