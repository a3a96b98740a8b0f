"""An expression for every computed rule to fire on; the tests of rules loop over them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import symdiff as sd
from symdiff.expr import OPS, Expr, make
from symdiff.leaves import const

x, y, z = sd.vars("x y z")
p, q = sd.Var("p", domain=sd.POSITIVE), sd.Var("q", domain=sd.NONNEGATIVE)
u, v = sd.Var("u", 3), sd.Var("v", 3)
A, B, X = sd.Var("A", (3, 3)), sd.Var("B", (3, 3)), sd.Var("X", (2, 3))
I = sd.eye(3)  # noqa: E741
third = const(Fraction(-7, 3))


def examples() -> Iterator[tuple[str, Expr]]:
    """The name of a rule, and an expression that it rewrites at its head."""
    linalg = sd.linalg
    w = sd.Var("w")
    by_rows = sd.stack([sd.stack([x, y]), sd.stack([z, w])])
    three = sd.stack([sd.stack([x, y, z]), sd.stack([y, w, x]), sd.stack([z, x, 2 * w])])
    yield from [
        *[(f"{name} of leaves", OPS[name](const(2), const(3)))
          for name in ("lt", "le", "gt", "ge", "eq", "ne", "tie")],
        *[("number on the left", OPS[name](const(2), x)) for name in ("lt", "le", "gt", "ge")],
        *[("numbers on the right", OPS[name](1 - x * y, 0))
          for name in ("lt", "le", "gt", "ge", "eq", "ne", "tie")],
        ("numbers on the right", sd.lt(2 * x + y - 3, Fraction(1, 2))),
        ("numbers on the right", sd.ge(-x, 2)), ("numbers on the right", sd.gt(x - 0.1, 0)),
        *[("quarter turns", f(Fraction(n, 2) * sd.pi + x - y))
          for f in (sd.sin, sd.cos) for n in (-3, -2, -1, 1, 2, 5)],
        ("lt of leaves", p < 0), ("ge of leaves", q >= 0), ("ne of leaves", sd.ne(p, 0)),
        *[(f"{name} of leaves", OPS[name](third, const(2))) for name in ("maximum", "minimum")],
        ("clip of leaves", sd.clip(third, 1, 2)),
        ("abs of multiple", abs(-3 * x)), ("sign of multiple", sd.sign(x / -3)),
        *[("value at 0, 1 or 2", OPS[name](const(at)))
          for at, names in enumerate((
              "exp exp2 expm1 log1p sin cos tan asin atan sinh cosh tanh asinh atanh sigmoid "
              "cbrt relu erf erfc erfinv j0 j1 i0 i1 sinc",
              "log log2 log10 acos acosh cbrt gamma lgamma", "log2 exp2 gamma lgamma"))
          for name in names.split()],
        ("mod of numbers", const(7) % 3), ("mod of numbers", const(-7) % const(Fraction(2, 3))),
        ("odd function", sd.tanh(-2 * x)), ("odd function", sd.erf(-x * y)),
        ("even function", sd.cos(-x)), ("even function", abs(-x)),
        ("sinh over a power of cosh", sd.sinh(x) / sd.cosh(x) ** 3),
        ("sinh over a power of cosh", y * sd.sinh(x) ** 2 / sd.cosh(x)),
        ("one power of a norm", sd.sum(u**2) / sd.norm(u)),
        ("one power of a norm", x * sd.sum(u**2) * sd.norm(u) ** 3),
        ("guard of a divisor",
         sd.where(sd.eq(sd.norm(u), 0), 0, x / sd.norm(u)) / sd.norm(u)),
        ("guard of a divisor", sd.where(sd.ne(x, 0), y, 0) / x),
        ("terms with one operand apart", A @ u + B @ u),
        ("terms with one operand apart", 2 * (A @ u) - 3 * (A @ v)),
        ("sum of lists", sd.stack([x, y]) - 2 * sd.stack([z, 0 * z])),
        ("choice of diagonals", sd.where(sd.lt(x, y), sd.diag(u), sd.diag(v))),
        ("even power of hypot", sd.hypot(x, y) ** 4), ("even power of norm", sd.norm(u) ** 2),
        ("reshape of reshape", sd.reshape(sd.reshape(X, 6), (3, 2))),
        ("reshape of reshape", sd.reshape(X, (2, 3))),
        ("reshape of reshape", sd.reshape(sd.broadcast_to(u, (1, 3)), (3,))),
        ("broadcast of broadcast", sd.broadcast_to(sd.broadcast_to(u, (2, 3)), (4, 2, 3))),
        ("index of parts", sd.stack([x, y, z])[1]),
        ("index of a whole", sd.broadcast_to(x, (4,))[2]), ("index of a whole", X[:, :]),
        ("reshape of multiple", sd.reshape(-2 * X, (3, 2))), ("index of multiple", (3 * X)[0]),
        ("scatter of multiple", make(OPS["scatter"], (2 * u,), (((0, 3, None),), 1, (6,)))),
        ("function of broadcasts",
         sd.where(sd.broadcast_to(x, (3,)) > 0, sd.broadcast_to(y, (3,)), u)),
        *[("function of broadcasts", OPS[name](sd.broadcast_to(x, (3,)), u))
          for name in ("lt", "le", "gt", "ge", "eq", "ne", "hypot", "maximum")],
        ("function of broadcasts", sd.exp(sd.broadcast_to(x, (3,)))),
        ("function of broadcasts", ~sd.broadcast_to(sd.lt(x, y), (3,))),
        ("index of broadcast", sd.broadcast_to(X, (4, 2, 3))[1, ::-1, 2]),
        ("index of broadcast", sd.broadcast_to(X[:, :1], (2, 3))[1, 1:]),
        ("index of parts", sd.concatenate([u, v, u])[4:6]),
        ("index of parts", sd.concatenate([X, B])[2, ::-1]),
        ("list of all parts", sd.stack([u[0], u[1], u[2]])),
        ("list of all parts", sd.stack([X[1, 0], X[1, 1], X[1, 2]])),
        ("list of all parts", sd.stack([X[:, 0], X[:, 1], X[:, 2]], axis=1)),
        ("scatter backwards",
         make(OPS["scatter"], (X,), (((None, None, -1), (None, None, None)), 2, (2, 3)))),
        ("tril of multiple", sd.tril(-2 * A)), ("triu of multiple", sd.triu(3 * A)),
        ("sum of softmax", sd.sum(sd.softmax(X, axis=1), axis=1)),
        ("sum of softmax", sd.sum(sd.softmax(X, axis=1))),
        ("equal to the extreme", sd.eq(X, sd.max(X))),
        ("equal to the extreme", sd.eq(sd.min(X, axis=1, keepdims=True), X)),
        ("sum of deviations", sd.sum(X - sd.mean(X))),
        ("where in its branch", sd.where(x > 1, y + sd.where(x > 0, z, 1), 2)),
        ("where in its branch, of numbers", sd.where(x > 1, y, sd.where(x <= 1, z, 2))),
        ("factor at a tie", sd.where(sd.tie(x, 0), y, -2 * y)),
        ("factor at a tie", sd.where(sd.tie(x, y), Fraction(1, 6), Fraction(1, 3))),
        ("relu where it is not 0", sd.where(x > 0, 2 * sd.relu(x), 0)),
        ("relu where it is not 0", sd.where(x * y < 1, -z * sd.relu(1 - x * y) ** 2, 0)),
        ("inverse of inverse", linalg.inv(linalg.inv(A))),
        ("pinv of pinv", linalg.pinv(linalg.pinv(A))),
        *[(f"{name} of transpose", OPS[name](A.T)) for name in ("inv", "adjugate", "pinv")],
        ("matrix_power of transpose", linalg.matrix_power(A.T, 3)),
        *[(f"{name} of transpose", OPS[name](A.T))
          for name in ("det", "det_sign", "logabsdet", "logdet", "cholesky")],
        *[(f"{name} of transpose", OPS[name](B.T)) for name in ("eigvalsh", "eigvecsh")],
        *[(f"{name} of diagonal", OPS[name](I))
          for name in ("inv", "cholesky", "det", "det_sign", "logabsdet", "logdet")],
        *[(f"{name} of inverse", OPS[name](linalg.inv(A))) for name in ("det", "logabsdet")],
        ("logdet of inverse", OPS["logdet"](linalg.inv(A @ A.T + I))),
        *[(f"{name} of multiple", OPS[name](-4 * A)) for name in ("inv", "pinv", "det")],
        *[(f"{name} of a list", OPS[name](matrix)) for name in ("det", "adjugate")
          for matrix in (by_rows, sd.stack([sd.stack([x, y]), sd.stack([z, w])], axis=1),
                         sd.stack([by_rows[0], by_rows[1]], axis=1), three)],
        ("inv of a list", linalg.inv(by_rows)),
        ("solve of a list", linalg.solve(by_rows, sd.Var("b", 2))),
        ("solve of a list", linalg.solve(by_rows, X)),
        *[("power of a matrix", linalg.matrix_power(A, n)) for n in (0, 1, 2, -1)],
        ("power of a matrix", linalg.matrix_power(linalg.matrix_power(A, 3), 4)),
        ("power of a matrix", linalg.matrix_power(I, 3)),
        ("solve by a product", linalg.solve(A, I)), ("solve by a product", linalg.solve(I, B)),
        ("solve by a product", linalg.solve(linalg.inv(A), u)),
        ("solve by a product", linalg.solve(sd.diag(u), v)),
        ("solve of multiple", linalg.solve(A, 3 * u)),
        ("solve of multiple", linalg.solve(-3 * A, 2 * u)),
        ("inv of diagonal", linalg.inv(sd.diag(u))), ("det of diagonal", linalg.det(sd.diag(u))),
        ("cholesky of diagonal", linalg.cholesky(sd.diag(sd.exp(u)))),
        ("logabsdet of diagonal", OPS["logabsdet"](sd.diag(u))),
        ("logdet of diagonal", OPS["logdet"](sd.diag(sd.exp(u)))),
        ("log of det", sd.log(linalg.det(A @ A.T + I))),
        ("log of size of det", sd.log(abs(linalg.det(A)))),
        ("exp of logdet", sd.exp(OPS["logdet"](A @ A.T + I))),
        ("sign of det", sd.sign(linalg.det(A))),
        *[(f"{name} by bounds", OPS[name](sd.exp(x) + 1, const(1 if name in "ge lt" else 0)))
          for name in ("lt", "le", "gt", "ge", "eq", "ne", "tie")],
        *[(f"{name} by bounds", OPS[name](sd.sin(x) / 16 + Fraction(1, 3)))
          for name in ("floor", "ceil", "trunc", "round", "sign")],
        ("maximum by bounds", sd.maximum(x**2, -1)), ("minimum by bounds", sd.minimum(x**2, -1)),
        ("clip by bounds", sd.clip(sd.sin(x), -2, 2)), ("clip by bounds", sd.clip(x**2, -2, -1)),
        ("log of product with exp", sd.log(x * sd.exp(y))),
        *[("even function", op(y - 2 * x)) for op in OPS.values()
          if op.arity == 1 and op.elementwise and "even" in op.facts and op is not sd.square],
    ]  # fmt: skip
