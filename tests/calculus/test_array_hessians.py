"""Hessians of functions of arrays, simplified and compiled, against a complex step: builders of
sums and of contractions call each other, and have to come to an end.
"""

from collections.abc import Callable

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr

A = sd.Var("A", (2, 3))
B = sd.Var("B", (3, 3))
a = sd.Var("a", (3,))
MATRIX = np.array([[1.3, 0.2, -0.4], [0.1, 1.7, 0.3], [0.5, -0.2, 2.1]])
POINT = {A: MATRIX[:2] + 0.1, B: MATRIX, a: np.array([0.4, 0.9, 1.6])}

FUNCTIONS: dict[str, tuple[Callable[[], Expr], Expr]] = {
    "volume": (lambda: sd.linalg.logdet(A @ A.T) - sd.sum(A * A), A),
    "trace of a softmax": (lambda: sd.trace(sd.softmax(B, axis=1)), B),
    "solution by itself": (lambda: sd.sum(sd.linalg.solve(B, B)), B),
    "solution": (lambda: sd.sum(sd.linalg.solve(B, a) ** 2), B),
    "trace of an inverse": (lambda: sd.trace(sd.linalg.inv(B @ B.T + sd.eye(3))), B),
    "log of a determinant": (lambda: sd.linalg.logdet(B.T @ B) * sd.trace(B), B),
    "diagonal of a product": (lambda: sd.sum(sd.diagonal(B @ B) ** 2) - sd.trace(B @ B.T), B),
    "softmax of rows": (lambda: sd.sum(sd.softmax(B, axis=0) * B) + sd.trace(B), B),
    "quartic": (lambda: sd.trace(B @ B.T @ B @ B.T) - sd.trace(B) ** 2, B),
    "scaled rows": (lambda: sd.sum((B * a[:, None] - B.T) ** 2), B),
    "logsumexp": (lambda: sd.sum(sd.logsumexp(B @ B, axis=1)) - sd.sum(B * B.T), B),
    "outer product": (lambda: sd.sum((sd.outer(a, a) - B) ** 2 * sd.outer(a, a)), a),
    "determinant": (lambda: sd.linalg.det(B) + sd.trace(B) * sd.sum(B), B),
    "centred": (lambda: sd.sum((B - sd.mean(B, axis=0)) ** 2) + sd.trace(B @ B), B),
    "quadratic form": (lambda: (a @ B @ a) ** 2 + sd.trace(sd.diag(a) @ B), a),
    "part": (lambda: sd.trace(B[:2, 1:] @ A[:, :2]) * sd.sum(B) + sd.trace(B[1:, 1:]) ** 3, B),
}  # fmt: skip


def by_complex_step(slope: Expr, wrt: Expr) -> np.ndarray:
    run = sd.compile(slope, [A, B, a])
    values = [POINT[v].astype(complex) for v in (A, B, a)]
    place = (A, B, a).index(wrt)
    columns = []
    for at in np.ndindex(wrt.shape):
        moved = [v.copy() for v in values]
        moved[place][at] += 1e-200j
        columns.append(np.imag(run(*moved)) / 1e-200)
    return np.reshape(columns, wrt.shape + wrt.shape)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_hessians(name: str) -> None:
    make, wrt = FUNCTIONS[name]
    f = make()
    value = sd.compile(f, [A, B, a])
    raw = sd.grad(f, wrt, simplify=False)
    slope = np.asarray(sd.evaluate(sd.grad(f, wrt), POINT))
    steps = np.empty(wrt.shape)
    for at in np.ndindex(wrt.shape):
        moved = {v: POINT[v].astype(complex) for v in POINT}
        moved[wrt][at] += 1e-200j
        steps[at] = np.imag(value(*moved.values())) / 1e-200
    np.testing.assert_allclose(slope, steps, rtol=1e-10, atol=1e-12)
    want = by_complex_step(raw, wrt)
    for modes in ((None, "reverse"), ("reverse", "forward")):
        found = sd.hessian(f, wrt, modes=modes)
        for got in (sd.evaluate(found, POINT), sd.compile(found, list(POINT))(*POINT.values())):
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sd.sum((A @ a) ** 2 * A[:, 0]),
        lambda: sd.min(a) ** 2,
        lambda: sd.exp(sd.max(B)) * sd.trace(B),
        lambda: sd.sum((B @ a)[:, None] * B),
        lambda: sd.sum(sd.broadcast_to(sd.sum(a), (2, 3)) * A) ** 2,
    ],
)
@pytest.mark.parametrize("wrt", [A, B, a])
def test_compiled_raw_hessians_broadcast_behind_batch_axes(make: Callable[[], Expr], wrt: Expr):
    found = sd.hessian(make(), wrt, simplify=False)
    run = sd.compile(found, list(POINT))
    np.testing.assert_allclose(
        run(*POINT.values()), sd.evaluate(found, POINT), rtol=1e-13, atol=1e-13
    )


C, p, q = sd.Var("C", (3, 3)), sd.Var("p", (3,)), sd.Var("q", (3,))


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        (B @ (p + q), B @ p + B @ q),
        (B @ (p - q), B @ p - B @ q),
        ((B + C) @ p, B @ p + C @ p),
        (p @ (B + C), p @ B + p @ C),
        (2 * B @ (p + q), 2 * B @ p + 2 * B @ q),
    ],
)
def test_products_joined_cancel_the_one_that_is_there(whole: Expr, parts: Expr) -> None:
    for difference in (whole - parts, parts - whole):
        assert sd.simplify(difference) is sd.simplify(sd.broadcast_to(0, (3,)))
    assert sd.simplify(whole + parts) is sd.simplify(2 * whole)
    assert sd.simplify(whole - 2 * parts) is sd.simplify(-whole)


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 1), (3, 2)])
def test_a_row_of_an_outer_product(shape: tuple[int, int]) -> None:
    """A vector of length 1 times one that is longer is no inner product."""
    D, r = sd.Var("D", shape), sd.Var("r", shape[1:])
    row = sd.outer(D @ r, r)[0]
    point = {D: np.arange(1.0, 1 + D.size).reshape(shape) / 3, r: np.linspace(0.5, 1.1, r.size)}
    f = sd.sum(row * row)
    for wrt in (D, r):
        want = sd.evaluate(sd.grad(f, wrt, simplify=False), point)
        np.testing.assert_allclose(sd.evaluate(sd.grad(f, wrt), point), want, rtol=1e-13)
