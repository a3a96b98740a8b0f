"""Rules of linear algebra: inverses, transposes, multiples, identities and diagonal matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...expr import Expr, Op, make
from ...leaves import const, var
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
from ..row import EXACT, REAL, Form, Rule

TURNED = (ln.inv, ln.pinv, ln.matrix_power, dt.adjugate)  # at the transpose their transpose
ALIKE = (dt.det, dt.det_sign, dt.logabsdet, dt.logdet)  # at the transpose the same
TRIANGLES = (sp.cholesky, sp.eigvalsh, sp.eigvecsh)  # the same bits
DEGREES: dict[Op, tuple[int, ...]] = {ln.inv: (-1,), ln.pinv: (-1,), ln.solve: (-1, 1)}


def _total(d: Expr) -> Expr:
    return make(ax.sum, (d,), ((-1,), False))


def _product(d: Expr) -> Expr:
    same = d.op is ax.broadcast_to
    return d.args[0] ** d.shape[0] if same else make(rd.prod, (d,), ((-1,), False))


# Functions of a diagonal matrix: of each number on the diagonal, then of all of them.
OF_DIAGONAL: dict[Op, tuple[Callable[[Expr], Expr], Callable[[Expr], Expr]]] = {
    ln.inv:       (lambda d: 1 / d,          ct.diag),
    sp.cholesky:  (el.sqrt,                  ct.diag),
    dt.det:       (lambda d: d,              _product),
    dt.det_sign:  (ar.sign,                  _product),
    dt.logabsdet: (lambda d: el.log(abs(d)), _total),
    dt.logdet:    (el.log,                   _total),
}  # fmt: skip


def linear_rows() -> list[Rule]:
    """Every row; those of one operation are tried in order."""
    A = var("A", (2, 2), tag=-1)  # a wildcard for matrices of any size
    inv, pinv, det, sign, size, logdet = (
        ln.inv, ln.pinv, dt.det, dt.det_sign, dt.logabsdet, dt.logdet,
    )  # fmt: skip
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
        *[Rule(f"{op.name} of transpose", op, _of_transpose, EXACT if op in TRIANGLES else REAL)
          for op in (*TURNED, *ALIKE, *TRIANGLES)],
        *[Rule(f"{op.name} of multiple", op, of_multiple, REAL) for op in (inv, pinv, det)],
        *[Rule(f"{op.name} of diagonal", op, _of_diagonal, REAL) for op in OF_DIAGONAL],
        *[Rule(f"{op.name} of a list", op, _closed, REAL, below=lambda ops: ops[0] is ax.stack)
          for op in CLOSED],
        Rule("power of a matrix",     ln.matrix_power,     _power,       REAL),
        Rule("solve of multiple",     ln.solve,            of_multiple,  REAL),
        Rule("solve by a product",    ln.solve,            _solve,       REAL),
    ]  # fmt: skip


def of_multiple(form: Form, node: Expr) -> Expr | None:
    """``f(2*x)`` as ``2**k*f(x)``: k is 1 where f is linear, n for a determinant of order n."""
    degrees = (node.args[0].shape[-1],) if node.op is dt.det else DEGREES.get(node.op, (1,))
    split = [multiple(form, x) or (1, x) for x in node.args]
    scales = [exact.power(c, k) for (c, _), k in zip(split, degrees, strict=True)]
    args = tuple([rest for _, rest in split])
    if args == node.args or None in scales:
        return None
    value = make(node.op, args, node.params)
    for scale in scales:
        value = value if scale is None else form.times(scale, value)
    return value


def _of_transpose(form: Form, node: Expr) -> Expr | None:
    """The value at a transpose, matrix by matrix, by that at the matrix itself."""
    (x,) = node.args
    if x.op is not ax.transpose or x.params != ((*range(-x.ndim, -2), -1, -2),):
        return None
    value = make(node.op, x.args, node.params)
    return swapped(value) if node.op in TURNED else value


def _power(form: Form, node: Expr) -> Expr | None:
    """The powers 0, 1, 2 and -1 of a matrix, powers of powers, of inverses and of the identity."""
    (x,), (n,) = node.args, node.params
    if n == 1 or x.op is ax.eye:
        return x
    if n == 0:
        return form.shaped(make(ax.eye, (), (node.shape[-1:],)), node.shape)
    if x.op is ln.matrix_power:
        return make(ln.matrix_power, x.args, (x.params[0] * n,))
    if x.op is ln.inv:
        return make(ln.matrix_power, x.args, (-n,))
    if n == 2:
        return ct.matmul(x, x)
    return ln.inv(x) if n == -1 else None


def _solve(form: Form, node: Expr) -> Expr | None:
    """``solve(A, I)`` as an inverse; a product for an inverse, a quotient for a diagonal matrix."""
    (a, b), (rank,) = node.args, node.params
    right = b.args[0] if b.op is ax.broadcast_to else b
    if right.op is ax.eye and right.ndim == 2 and node.shape == a.shape:
        return ln.inv(a)
    if a.op is ln.inv and (a.ndim == 2 or rank == 2):
        return ct.matmul(a.args[0], b)
    d = _diagonal(a)
    if d is None or b.ndim != rank:
        return None
    column = make(ax.reshape, (d,), (1, (*d.shape, 1))) if d.shape and rank == 2 else d
    return form.shaped(b / column, node.shape)


# -- diagonal matrices, which need no factorisation ----------------------------------------------


def _diagonal(x: Expr) -> Expr | None:
    """The diagonal of a canonical matrix that is zero beside it by its structure, or the one
    number on it.
    """
    if x.ndim != 2:
        return None
    if x.op is ct.einsum and x.params == ("ab,a->ab",) and x.args[0].op is ax.eye:
        return x.args[1]
    factors = x.args if x.op is ar.mul else (x,)
    if factors[-1].op is not ax.eye or any(f.shape for f in factors[:-1]):
        return None
    return make(ar.mul, (const(1), *factors[:-1]))


def _of_diagonal(form: Form, node: Expr) -> Expr | None:
    """Two negative numbers have a logarithm together but none of their own."""
    (x,) = node.args
    d = _diagonal(x)
    if d is None or (node.op is dt.logdet and not form.facts.positive(d)):
        return None
    of_each, of_all = OF_DIAGONAL[node.op]
    return of_all(form.shaped(of_each(d), x.shape[:1]))


# -- two or three rows of formulas -----------------------------------------------------------------


def _closed(form: Form, node: Expr) -> Expr | None:
    """A function of a matrix that is written as rows of formulas, in their formulas."""
    a, *others = node.args
    n = a.shape[-1]
    if a.ndim != 2 or n not in CLOSED[node.op] or any(part.op is not ax.stack for part in a.args):
        return None
    return CLOSED[node.op][n](_Entries(a), *others)


class _Entries:
    """A matrix whose entries are asked for by row and column, counted in a circle."""

    def __init__(self, a: Expr) -> None:
        self.a, self.n = a, a.shape[-1]

    def __getitem__(self, at: tuple[int, int]) -> Expr:
        return make(ax.index, (self.a,), (tuple([i % self.n for i in at]),))


def _matrix(entries: Sequence[Sequence[Expr]]) -> Expr:
    rows = [make(ax.stack, tuple(row), (-1,)) for row in entries]
    return make(ax.stack, tuple(rows), (-2,))


def _det2(a: _Entries) -> Expr:
    return a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]


def _adjugate2(a: _Entries) -> Expr:
    return _matrix([[a[1, 1], -a[0, 1]], [-a[1, 0], a[0, 0]]])


def _cofactor(a: _Entries, i: int, j: int) -> Expr:
    """Of a matrix of three rows, in which the signs go with the circle."""
    return a[i + 1, j + 1] * a[i + 2, j + 2] - a[i + 1, j + 2] * a[i + 2, j + 1]


def _det3(a: _Entries) -> Expr:
    return ar.add(*[a[0, j] * _cofactor(a, 0, j) for j in range(3)])


def _adjugate3(a: _Entries) -> Expr:
    return _matrix([[_cofactor(a, i, j) for i in range(3)] for j in range(3)])


# By operation and number of rows; with more rows formulas grow long and lose digits.
CLOSED: dict[Op, dict[int, Callable[..., Expr]]] = {
    dt.det:            {2: _det2, 3: _det3},
    dt.adjugate:       {2: _adjugate2, 3: _adjugate3},
    ln.inv:            {2: lambda a: _adjugate2(a) / _det2(a)},
    ln.solve:          {2: lambda a, b: ct.matmul(_adjugate2(a), b) / _det2(a)},
}  # fmt: skip
