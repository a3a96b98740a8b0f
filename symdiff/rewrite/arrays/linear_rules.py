"""Rules of linear algebra: inverses, transposes, multiples, identities and diagonal matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...expr import Expr, Op, make
from ...leaves import var
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import contraction as ct
from ...ops import elementary as el
from ...ops import reductions as rd
from ...ops.linear import determinants as dt
from ...ops.linear import inverse as ln
from ...ops.linear import spectral as sp
from ...ops.linear.matrices import swapped
from .. import exact
from ..match import multiple
from ..row import EXACT, REAL, Form, Inspect, Rule

SQUARES = (ln.inv, ln.matrix_power, dt.adjugate)
NUMBERS = {dt.det: 1, dt.det_sign: 1, dt.logabsdet: 0, dt.logdet: 0}  # of the identity


def linear_rows() -> list[Rule]:
    """Every row; those of one operation are tried in order."""
    A = var("A", (2, 2), tag=-1)  # a wildcard for matrices of any size
    inv, pinv, power, solve = ln.inv, ln.pinv, ln.matrix_power, ln.solve
    det, sign, size, logdet = dt.det, dt.det_sign, dt.logabsdet, dt.logdet
    return [
        Rule("inverse of inverse",    inv(inv(A)),         A,            REAL),
        Rule("pinv of pinv",          pinv(pinv(A)),       A,            REAL),
        Rule("det of inverse",        det(inv(A)),         1 / det(A),   REAL),
        Rule("logabsdet of inverse",  size(inv(A)),        -size(A),     REAL),
        Rule("logdet of inverse",     logdet(inv(A)),      -logdet(A),   REAL),
        Rule("log of det",            el.log(det(A)),      logdet(A),    REAL),
        Rule("log of size of det",    el.log(abs(det(A))), size(A),      REAL),
        Rule("exp of logdet",         el.exp(logdet(A)),   det(A),       REAL),
        Rule("sign of det",           ar.sign(det(A)),     sign(A),      REAL),
        *[Rule(f"{op.name} of transpose", op, _turned, REAL) for op in (*SQUARES, pinv)],
        *[Rule(f"{op.name} of transpose", op, _alike, REAL) for op in NUMBERS],
        *[Rule(f"{op.name} of transpose", op, _alike, EXACT)
          for op in (sp.cholesky, sp.eigvalsh, sp.eigvecsh)],
        *[Rule(f"{op.name} of identity", op, _of_identity, REAL)
          for op in (*SQUARES, pinv, sp.cholesky, *NUMBERS)],
        *[Rule(f"{op.name} of multiple", op, _of_multiple, REAL) for op in (inv, pinv, det)],
        Rule("first power",           power, _first_power,         EXACT),
        Rule("power",                 power, _power,               REAL),
        Rule("solve for identity",    solve, _solve_for_identity,  REAL),
        Rule("solve with identity",   solve, _solve_with_identity, REAL),
        Rule("solve with inverse",    solve, _solve_with_inverse,  REAL),
        Rule("solve with multiple",   solve, _solve_with_multiple, REAL),
        Rule("solve with diagonal",   solve, _solve_with_diagonal, REAL),
        *_diagonal_rows(),
    ]  # fmt: skip


def _unswapped(x: Expr) -> Expr | None:
    """What ``x`` is the transpose of, matrix by matrix."""
    if x.op is not ax.transpose:
        return None
    (axes,) = x.params
    return x.args[0] if axes == (*range(-len(axes), -2), -1, -2) else None


def _turned(form: Form, node: Expr) -> Expr | None:
    """The transpose of the value at a matrix whose transpose is given."""
    inner = _unswapped(node.args[0])
    return None if inner is None else swapped(make(node.op, (inner,), node.params))


def _alike(form: Form, node: Expr) -> Expr | None:
    """The same value at the transpose."""
    inner = _unswapped(node.args[0])
    return None if inner is None else make(node.op, (inner,), node.params)


def _is_identity(x: Expr) -> bool:
    return x.op is ax.eye and x.ndim == 2


def _of_identity(form: Form, node: Expr) -> Expr | None:
    (x,) = node.args
    if not _is_identity(x):
        return None
    return form.constant(NUMBERS[node.op]) if node.op in NUMBERS else x


def _of_multiple(form: Form, node: Expr) -> Expr | None:
    """The determinant of order n takes the number to the power n, an inverse to the power -1."""
    (x,) = node.args
    coefficient, rest = multiple(form, x) or (1, x)
    scale = exact.power(coefficient, x.shape[-1] if node.op is dt.det else -1)
    return (
        form.times(scale, make(node.op, (rest,))) if scale is not None and rest is not x else None
    )


# -- powers and equations ------------------------------------------------------------------------


def _first_power(form: Form, node: Expr) -> Expr | None:
    return node.args[0] if node.params == (1,) else None


def _power(form: Form, node: Expr) -> Expr | None:
    """The powers 0, 2 and -1 of a matrix, powers of powers and of inverses."""
    (x,), (n,) = node.args, node.params
    if n == 0:
        return form.shaped(make(ax.eye, (), (node.shape[-1:],)), node.shape)
    if x.op is ln.matrix_power:
        return make(ln.matrix_power, x.args, (x.params[0] * n,))
    if x.op is ln.inv:
        return make(ln.matrix_power, x.args, (-n,))
    if n == 2:
        return ct.matmul(x, x)
    return ln.inv(x) if n == -1 else None


def _solve_for_identity(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    b = b.args[0] if b.op is ax.broadcast_to else b
    return ln.inv(a) if node.shape == a.shape and _is_identity(b) else None


def _solve_with_identity(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    return b if _is_identity(a) else None


def _solve_with_multiple(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    below, matrix = multiple(form, a) or (1, a)
    above, right = multiple(form, b) or (1, b)
    scale = exact.power(below, -1)
    if scale is None or (matrix is a and right is b):
        return None
    return form.times(above, form.times(scale, make(ln.solve, (matrix, right), node.params)))


def _solve_with_inverse(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    if a.op is not ln.inv or (a.ndim > 2 and node.params == (1,)):
        return None
    return ct.matmul(a.args[0], b)


def _solve_with_diagonal(form: Form, node: Expr) -> Expr | None:
    a, b = node.args
    d = _diagonal(a)
    if d is None or b.ndim != node.params[0]:
        return None
    if d.shape and b.ndim == 2:
        d = make(ax.reshape, (d,), (1, (*d.shape, 1)))
    return form.shaped(b / d, node.shape)


# -- diagonal matrices, which need no factorisation ----------------------------------------------


def _diagonal(x: Expr) -> Expr | None:
    """The diagonal of a canonical matrix that is zero beside it by its structure, or the one
    number on it.
    """
    if x.ndim != 2:
        return None
    if x.op is ct.einsum and x.params == ("ab,a->ab",) and x.args[0].op is ax.eye:
        return x.args[1]
    if x.op is ar.mul and x.args[-1].op is ax.eye and not any(f.shape for f in x.args[:-1]):
        return make(ar.mul, x.args[:-1]) if len(x.args) > 2 else x.args[0]
    return None


def _diagonal_rows() -> Iterator[Rule]:
    for op, of in {
        ln.inv: lambda d, n: _spread(1 / d, n),
        sp.cholesky: lambda d, n: _spread(el.sqrt(d), n),
        dt.det: lambda d, n: make(rd.prod, (d,), ((-1,), False)) if d.shape else d**n,
        dt.logabsdet: lambda d, n: _total(el.log(abs(d)), n),
        dt.logdet: lambda d, n: _total(el.log(d), n),
    }.items():
        yield Rule(f"{op.name} of diagonal", op, _of_diagonal(op, of), REAL)


def _of_diagonal(op: Op, of: Callable[[Expr, int], Expr]) -> Inspect:
    """``of`` the diagonal; two negative numbers have a logarithm together but none of their own."""

    def inspect(form: Form, node: Expr) -> Expr | None:
        (x,) = node.args
        d = _diagonal(x)
        if d is None or (op is dt.logdet and not form.facts.positive(d)):
            return None
        return of(d, x.shape[-1])

    return inspect


def _spread(d: Expr, n: int) -> Expr:
    """The diagonal matrix of order n with a vector or a number on its diagonal."""
    return ct.diag(d) if d.shape else d * make(ax.eye, (), ((n,),))


def _total(d: Expr, n: int) -> Expr:
    return make(ax.sum, (d,), ((-1,), False)) if d.shape else n * d
