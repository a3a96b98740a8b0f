"""Small arrays as lists of formulas: derivatives by elements, and matrices of a few scalars."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import rosen_der, rosen_hess

import symdiff as sd
from symdiff.expr import OPS
from symdiff.rewrite.arrays.elements import Elements
from symdiff.walk import postorder

x, y, z, w, t, r = sd.vars("x y z w t r")
A, B, C = sd.Var("A", (2, 2)), sd.Var("B", (2,)), sd.Var("C", (3,))
M = sd.stack([sd.stack([x, y]), sd.stack([z, w])])
TURNED = sd.stack([sd.stack([sd.cos(t), -sd.sin(t)]), sd.stack([sd.sin(t), sd.cos(t)])])
BY_ANGLE = sd.stack([r * sd.cos(t), r * sd.sin(t)])
f = sd.sin(B[0]) * B[1] ** 2 + B[0]

FORMULAS = [
    (sd.grad(f, B), "[B[1]**2*cos(B[0]) + 1, 2*B[1]*sin(B[0])]"),
    (sd.hessian(f, B), "[[-B[1]**2*sin(B[0]), 2*B[1]*cos(B[0])], [2*B[1]*cos(B[0]), 2*sin(B[0])]]"),
    (sd.grad(sd.sum(B) + B[0] ** 2, B), "[2*B[0] + 1, 1]"),
    (sd.hessian(sd.sum(B) + B[0] ** 2, B), "[[2, 0], [0, 0]]"),
    (sd.grad(sd.sum(C[:2] ** 3), C), "[3*C[0]**2, 3*C[1]**2, 0]"),
    (sd.grad(sd.sum(A[:, 1] ** 3), A), "[[0, 3*A[0, 1]**2], [0, 3*A[1, 1]**2]]"),
    (sd.grad(sd.sum(A[0] ** 3) + A[1, 0], A), "[[3*A[0, 0]**2, 3*A[0, 1]**2], [1, 0]]"),
    (sd.grad(sd.sum(sd.take(C, [0, 2]) ** 2), C), "[2*C[0], 0, 2*C[2]]"),
    (sd.grad(sd.prod(C), C), "[C[1]*C[2], C[0]*C[2], C[0]*C[1]]"),
    (sd.hessian(sd.prod(sd.take(C, [0, 2])), C), "[[0, 0, 1], [0, 0, 0], [1, 0, 0]]"),
    (sd.grad(sd.cumsum(C)[1], C), "[1, 1, 0]"),
    (sd.hvp(C[0] * C[1] ** 2, C, sd.stack([x, y, z])),
     "[2*C[1]*y, 2*(C[0]*y + C[1]*x), 0]"),
    (sd.jacobian(sd.stack([B[0] * B[1], B[0]]), B), "[[B[1], B[0]], [1, 0]]"),
    (sd.hessian(C[0] * C[1] * C[2], C), "[[0, C[2], C[1]], [C[2], 0, C[0]], [C[1], C[0], 0]]"),
    (sd.jacobian(sd.cross(C, sd.stack([x, y, z])), C), "[[0, z, -y], [-z, 0, x], [y, -x, 0]]"),
    (sd.simplify(sd.linalg.det(M)), "w*x - y*z"),
    (sd.simplify(sd.linalg.inv(M)), "[[w, -y], [-z, x]]/(w*x - y*z)"),
    (sd.simplify(sd.linalg.solve(M, sd.stack([r, t]))), "[r*w - t*y, t*x - r*z]/(w*x - y*z)"),
    (sd.simplify(sd.trace(sd.linalg.inv(M))), "(w + x)/(w*x - y*z)"),
    (sd.jacobian(sd.linalg.inv(M), x), "[[-w**2, w*y], [w*z, -y*z]]/(w*x - y*z)**2"),
    (sd.simplify(sd.linalg.det(TURNED)), "1"),
    (sd.derivative(sd.linalg.det(TURNED), t), "0"),
    (sd.simplify(sd.linalg.inv(TURNED)), "[[cos(t), sin(t)], [-sin(t), cos(t)]]"),
    (sd.simplify(sd.linalg.det(sd.jacobian(BY_ANGLE, [r, t]))), "r"),
    (sd.simplify(M @ sd.stack([r, t])), "[r*x + t*y, r*z + t*w]"),
    (sd.simplify(sd.stack([2 * C[0], 2 * C[1], 2 * C[2]]) / 2), "C"),
    # matrices and large arrays that are variables stay what they are
    (sd.simplify(sd.linalg.det(A)), "det(A)"), (sd.grad(sd.linalg.det(A), A), "adjugate(A).T"),
    (sd.simplify(A @ B), "A @ B"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "text"), FORMULAS, ids=[text for _, text in FORMULAS])
def test_formulas(found: sd.Expr, text: str) -> None:
    assert str(found) == text
    known = {v.name: v for v in (A, B, C)}
    assert sd.simplify(sd.parse(text, known)) is found
    assert sd.simplify(found) is found


def test_large_arrays_stay_sparse() -> None:
    X = sd.Var("X", (10_000,))
    for e in (sd.grad(X[3] ** 2, X), sd.hessian(X[3] * X[5], X)):
        assert "stack" not in {node.op.name for node in postorder([e])}
        assert len(postorder([e])) < 12


@pytest.mark.parametrize("n", [2, 3, 8])
def test_rosenbrock_by_elements(n: int) -> None:
    """As SciPy has its gradient and its Hessian."""
    b = sd.Var("b", (n,))
    terms = [100 * (b[i + 1] - b[i] ** 2) ** 2 + (1 - b[i]) ** 2 for i in range(n - 1)]
    total = sum(terms, start=sd.Const(0))
    at = np.linspace(-1.3, 1.7, n)
    for verb, witness in ((sd.grad, rosen_der), (sd.hessian, rosen_hess)):
        found = verb(total, b)
        assert "scatter" not in str(found)
        np.testing.assert_allclose(found(b=at), witness(at), rtol=1e-12)


@pytest.mark.parametrize("name", ["det", "inv", "solve", "adjugate"])
@pytest.mark.parametrize("n", [2, 3])
def test_closed_forms_hold_the_digits_of_elimination(name: str, n: int) -> None:
    """Near singular matrices too: errors are measured in what the condition of a matrix allows."""
    rng = np.random.default_rng(7)
    entries = sd.vars(" ".join([f"a{i}" for i in range(n * n)]))
    a = sd.stack([sd.stack(entries[i * n : i * n + n]) for i in range(n)])
    right = sd.vars("p q s")[:n]
    args = (a, sd.stack(right)) if name == "solve" else (a,)
    node = OPS[name](*args) if name != "solve" else sd.linalg.solve(*args)
    function = sd.compile(sd.simplify(node), entries + right)
    for k in range(60):
        at = rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-3, 3)
        if k % 2:
            at[-1] = at[0] * rng.normal() + rng.normal(size=n) * 10.0 ** rng.uniform(-12, -1)
        b = rng.normal(size=n)
        with mpmath.workdps(60):
            exact = mpmath.matrix(at.tolist())
            size = mpmath.det(exact)
            truth = {
                "det": lambda e=exact: mpmath.matrix([mpmath.det(e)]),
                "inv": lambda e=exact: e**-1,
                "adjugate": lambda e=exact, d=size: e**-1 * d,
                "solve": lambda e=exact, b=b: mpmath.lu_solve(e, mpmath.matrix(b.tolist())),
            }[name]()
            wanted = [float(v) for v in truth]
        got = np.ravel(function(*at.ravel(), *b))
        scale = np.prod(np.linalg.norm(at, axis=1)) if name == "det" else np.max(np.abs(wanted))
        room = 1 if name == "det" else np.linalg.cond(at)
        assert np.max(np.abs(got - wanted)) <= 16 * n * 2.0**-53 * room * scale


def test_no_more_elements_are_written_than_allowed() -> None:
    elements = Elements(most=10, left=20)
    wide, small = sd.Var("wide", (11,)), sd.Var("small", (10,))
    elements.add(wide)
    elements.add(small)
    assert elements.of(wide) is None
    assert [str(e) for e in elements.of(small) or []] == [f"small[{i}]" for i in range(10)]
