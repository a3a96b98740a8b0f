"""Computed rules of linear algebra: inverses of inverses, transposes, multiples and identities."""

from __future__ import annotations

from collections.abc import Callable

from ...expr import Expr, Op, make
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops import elementary as el
from ...ops.linear import determinants as dt
from ...ops.linear import inverse as ln
from ...ops.linear import spectral as sp
from ...ops.linear.matrices import swapped
from .. import exact
from ..match import multiple
from ..row import EXACT, REAL, Form, Inspect, Rule
from .diagonal_rules import diagonal_rows

Of = Callable[[Form, Expr], Expr | None]  # of the argument that a rule has looked into


def linear_rows() -> list[Rule]:
    """Every row; those of one operation are tried in order."""
    inv, pinv, power, solve = ln.inv, ln.pinv, ln.matrix_power, ln.solve
    det, sign, size, logdet = dt.det, dt.det_sign, dt.logabsdet, dt.logdet
    squares = (inv, power, dt.adjugate)
    return [
        Rule("inverse of inverse", inv, _inside(inv, _same), REAL),
        Rule("pinv of pinv", pinv, _inside(pinv, _same), REAL),
        *[Rule(f"{op.name} of transpose", op, _moved_out, REAL) for op in (*squares, pinv)],
        *[Rule(f"{op.name} of transpose", op, _dropped, REAL) for op in (det, sign, size, logdet)],
        *[Rule(f"{op.name} of transpose", op, _dropped, EXACT)
          for op in (sp.cholesky, sp.eigvalsh, sp.eigvecsh)],
        *[Rule(f"{op.name} of identity", op, _of_identity, REAL)
          for op in (*squares, pinv, sp.cholesky)],
        *[Rule(f"{op.name} of identity", op, _number_of_identity(n), REAL)
          for op, n in ((det, 1), (sign, 1), (size, 0), (logdet, 0))],
        Rule("det of inverse", det, _inside(inv, _reciprocal), REAL),
        *[Rule(f"{op.name} of inverse", op, _inside(inv, _negative(op)), REAL)
          for op in (size, logdet)],
        *[Rule(f"{op.name} of multiple", op, _of_multiple, REAL) for op in (inv, pinv)],
        Rule("det of multiple", det, _det_of_multiple, REAL),
        Rule("zeroth power", power, _zeroth, REAL),
        Rule("first power", power, lambda form, node: node.args[0] if node.params == (1,) else None,
             EXACT),
        Rule("power of power", power, _power_of_power, REAL),
        Rule("square", power, _squared, REAL),
        Rule("inverse power", power, _inverse_power, REAL),
        Rule("solve for identity", solve, _solve_for_identity, REAL),
        Rule("solve with identity", solve, _solve_with_identity, REAL),
        Rule("solve with inverse", solve, _solve_with_inverse, REAL),
        Rule("solve with multiple", solve, _solve_with_multiple, REAL),
        *diagonal_rows(),
        Rule("log of det", el.log, log_of_det, REAL),
        Rule("exp of logdet", el.exp, _inside(logdet, _apply(det)), REAL),
        Rule("sign of det", ar.sign, _inside(det, _apply(sign)), REAL),
    ]  # fmt: skip


def _inside(op: Op, of: Of) -> Inspect:
    """``of`` the argument of an argument that is an ``op``."""

    def inspect(form: Form, node: Expr) -> Expr | None:
        (x,) = node.args
        return of(form, x.args[0]) if x.op is op else None

    return inspect


def _same(form: Form, x: Expr) -> Expr:
    return x


def _apply(op: Op) -> Of:
    return lambda form, x: form.apply(op, (x,))


def _negative(op: Op) -> Of:
    return lambda form, x: form.times(-1, form.apply(op, (x,)))


def _reciprocal(form: Form, x: Expr) -> Expr:
    return form.apply(el.pow, (form.apply(dt.det, (x,)), form.constant(-1)))


# -- transposes ----------------------------------------------------------------------------------


def _unswapped(x: Expr) -> Expr | None:
    """What ``x`` is the transpose of, matrix by matrix."""
    if x.op is not ax.transpose:
        return None
    (axes,) = x.params
    return x.args[0] if axes == (*range(-len(axes), -2), -1, -2) else None


def _moved_out(form: Form, node: Expr) -> Expr | None:
    inner = _unswapped(node.args[0])
    if inner is None:
        return None
    found = form.apply(node.op, (inner,), node.params)
    return form.apply(ax.transpose, (found,), swapped(found).params)


def _dropped(form: Form, node: Expr) -> Expr | None:
    inner = _unswapped(node.args[0])
    return None if inner is None else form.apply(node.op, (inner,), node.params)


# -- identities ----------------------------------------------------------------------------------


def _is_identity(x: Expr) -> bool:
    """Whether ``x`` is one identity matrix."""
    return x.op is ax.eye and x.ndim == 2


def _of_identity(form: Form, node: Expr) -> Expr | None:
    return node.args[0] if _is_identity(node.args[0]) else None


def _number_of_identity(value: int) -> Inspect:
    return lambda form, node: form.constant(value) if _is_identity(node.args[0]) else None


def _solve_for_identity(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    b = b.args[0] if b.op is ax.broadcast_to else b
    return form.apply(ln.inv, (a,)) if node.shape == a.shape and _is_identity(b) else None


def _solve_with_identity(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    return b if _is_identity(a) else None


# -- multiples and powers ------------------------------------------------------------------------


def _of_multiple(form: Form, node: Expr) -> Expr | None:
    found = multiple(form, node.args[0])
    scale = None if found is None else exact.power(found[0], -1)
    if found is None or scale is None:
        return None
    return form.times(scale, form.apply(node.op, (found[1],)))


def _det_of_multiple(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    found = multiple(form, x)
    scale = None if found is None else exact.power(found[0], x.shape[-1])
    if found is None or scale is None:
        return None
    return form.times(scale, form.apply(dt.det, (found[1],)))


def _solve_with_multiple(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    found = multiple(form, b)
    if found is not None:
        return form.times(found[0], form.apply(ln.solve, (a, found[1]), node.params))
    found = multiple(form, a)
    scale = None if found is None else exact.power(found[0], -1)
    if found is None or scale is None:
        return None
    return form.times(scale, form.apply(ln.solve, (found[1], b), node.params))


def _solve_with_inverse(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    if a.op is not ln.inv or (a.ndim > 2 and node.params == (1,)):
        return None
    return form.apply(ct.matmul, (a.args[0], b))


def _zeroth(form: Form, node: Expr) -> Expr | None:
    if node.params != (0,):
        return None
    return form.shaped(make(ax.eye, (), (node.shape[-1:],)), node.shape)


def _squared(form: Form, node: Expr) -> Expr | None:
    return form.apply(ct.matmul, node.args * 2) if node.params == (2,) else None


def _inverse_power(form: Form, node: Expr) -> Expr | None:
    return form.apply(ln.inv, node.args) if node.params == (-1,) else None


def _power_of_power(form: Form, node: Expr) -> Expr | None:
    (x,), (n,) = node.args, node.params
    if x.op is ln.matrix_power:
        return form.apply(ln.matrix_power, x.args, (x.params[0] * n,))
    return form.apply(ln.matrix_power, x.args, (-n,)) if x.op is ln.inv else None


def log_of_det(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    if x.op is dt.det:
        return form.apply(dt.logdet, x.args)
    if x.op is ar.abs and x.args[0].op is dt.det:
        return form.apply(dt.logabsdet, x.args[0].args)
    return None
