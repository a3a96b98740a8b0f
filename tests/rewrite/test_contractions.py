"""Derivatives of array expressions reach the formulas of a textbook, node for node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import const
from symdiff.walk import postorder

A, B = sd.Var("A", (4, 4)), sd.Var("B", (4, 4))
X, w, y = sd.Var("X", (6, 4)), sd.Var("w", (4,)), sd.Var("y", (6,))
T, U, V = sd.Var("T", (5, 6)), sd.Var("U", (5, 2)), sd.Var("V", (6, 2))
x, b = sd.Var("x", (4,)), sd.Var("b", (4,))
c = sd.Var("c")
s = sd.sigmoid(-y * (X @ w))
I5 = sd.eye(5)
row, data, labels = sd.Var("theta", (1, 4)), sd.Var("X", (6, 4)), sd.Var("y", (1, 6))
column, target = sd.Var("w", (4, 1)), sd.Var("y", (6, 1))
one, W1 = sd.Var("v", (1,)), sd.Var("W", (1, 4))
quadratic, other = x @ A @ x, x @ B @ x

CLOSED: list[tuple[str, Expr, Expr, Callable[..., Any], Expr]] = [
    ("linear", b @ x, x, sd.grad, b),
    ("quadratic", x @ A @ x, x, sd.grad, (A + A.T) @ x),
    ("quadratic twice", x @ A @ x, x, sd.hessian, A + A.T),
    ("quadratic by its matrix", x @ A @ x, A, sd.grad, sd.outer(x, x)),
    ("bilinear", b @ A @ x, A, sd.grad, sd.outer(b, x)),
    ("bilinear by the left", b @ A @ x, b, sd.grad, A @ x),
    ("least squares", sd.sum((X @ w - y) ** 2), w, sd.grad, 2 * X.T @ (X @ w - y)),
    ("least squares twice", sd.sum((X @ w - y) ** 2), w, sd.hessian, 2 * X.T @ X),
    ("scaled", c * sd.sum((X @ w - y) ** 2) / 6, w, sd.hessian, c * (X.T @ X) / 3),
    (
        "ridge twice",
        sd.sum((X @ w - y) ** 2) + c * (w @ w),
        w,
        sd.hessian,
        2 * X.T @ X + 2 * c * sd.eye(4),
    ),
    ("logistic", sd.sum(sd.log(1 + sd.exp(-y * (X @ w)))), w, sd.grad, -X.T @ (y * s)),
    (
        "logistic twice",
        sd.sum(sd.log(1 + sd.exp(-y * (X @ w)))),
        w,
        sd.hessian,
        (X.T * (s * (1 - s) * y**2)) @ X,
    ),
    ("factors", sd.sum((T - U @ V.T) ** 2), U, sd.grad, -2 * (T - U @ V.T) @ V),
    (
        "factors twice",
        sd.sum((T - U @ V.T) ** 2),
        U,
        sd.hessian,
        2 * sd.einsum("ik,jl->ijkl", I5, V.T @ V),
    ),
    ("separable", sd.sum(sd.exp(x) + x**3), x, sd.grad, sd.exp(x) + 3 * x**2),
    ("separable twice", sd.sum(sd.exp(x) + x**3), x, sd.hessian, sd.diag(sd.exp(x) + 6 * x)),
    ("weighted", b @ sd.sin(x), x, sd.hessian, -sd.diag(b * sd.sin(x))),
    ("trace", sd.trace(A @ B), A, sd.grad, B.T),
    ("trace of a square", sd.trace(A @ A), A, sd.grad, 2 * A.T),
    ("trace of a Gram matrix", sd.trace(A.T @ A), A, sd.grad, 2 * A),
    ("trace of three", sd.trace(A @ B @ A.T), A, sd.grad, A @ (B + B.T)),
    ("elementwise square", sd.sum(A**2), A, sd.grad, 2 * A),
    ("chain", sd.sum(sd.tanh(X @ w)), w, sd.grad, X.T @ (1 - sd.tanh(X @ w) ** 2)),
    (
        "chain twice",
        sd.sum(sd.tanh(X @ w)),
        w,
        sd.hessian,
        -2 * (X.T * (sd.tanh(X @ w) * (1 - sd.tanh(X @ w) ** 2))) @ X,
    ),
    ("choice", sd.sum(sd.where(x > 0, x**3, sd.sin(x))), x, sd.hessian,
     sd.diag(sd.where(x > 0, 6 * x, -sd.sin(x)))),
    ("a linear map", A @ x + b, x, sd.jacobian, A),
    ("the identity", x, x, sd.jacobian, sd.eye(4)),
    ("elementwise map", sd.exp(A @ x), x, sd.jacobian, sd.exp(A @ x)[:, None] * A),
    ("product of matrices", A @ B, B, sd.jacobian, sd.einsum("ik,jl->ijkl", A, sd.eye(4))),
    ("transpose", A.T, A, sd.jacobian, sd.einsum("jk,il->ijkl", sd.eye(4), sd.eye(4))),
    ("sum of all", sd.sum(A), A, sd.grad, sd.broadcast_to(1, (4, 4))),
    ("row sums", sd.sum(A @ x), A, sd.grad, sd.broadcast_to(x, (4, 4))),
    ("outer", sd.sum(sd.outer(x, b) * A), x, sd.grad, A @ b),
    ("a row of weights", sd.mean(sd.softplus(row @ data.T) - labels * (row @ data.T)), row, sd.grad,
     (sd.sigmoid(row @ data.T) - labels) @ data / 6),
    ("a row and a vector", sd.mean(sd.softplus(row @ data.T) - y * (row @ data.T)), row, sd.grad,
     (sd.sigmoid(row @ data.T) - y) @ data / 6),
    ("a column of weights", sd.sum((data @ column - target) ** 2), column, sd.grad,
     2 * data.T @ (data @ column - target)),
    ("a column of probabilities",
     sd.mean(sd.softplus(data @ column) - target * (data @ column)), column, sd.grad,
     data.T @ (sd.sigmoid(data @ column) - target) / 6),
    ("a row quadratic", sd.sum(row @ A @ row.T), row, sd.grad, row @ (A + A.T)),
    ("a matrix of one row", sd.sum(one * sd.tanh(W1 @ x)), x, sd.grad,
     W1.T @ (one * (1 - sd.tanh(W1 @ x) ** 2))),
    ("a column times a row", sd.sum((column @ row - A) ** 2), column, sd.grad,
     2 * (column @ row - A) @ row.T),
    ("mean of squares", sd.mean((X @ w - y) ** 2), w, sd.grad, X.T @ (X @ w - y) / 3),
    ("softplus loss", sd.mean(sd.softplus(X @ w) - y * (X @ w)), w, sd.grad,
     X.T @ (sd.sigmoid(X @ w) - y) / 6),
    ("root of a quadratic", sd.sqrt(quadratic), x, sd.grad,
     (A + A.T) @ x / (2 * sd.sqrt(quadratic))),
    ("exponential of a quadratic", sd.exp(quadratic), x, sd.grad,
     sd.exp(quadratic) * (A + A.T) @ x),
    ("Rayleigh quotient", quadratic / (x @ x), x, sd.grad,
     (A + A.T) @ x / (x @ x) - 2 * x * quadratic / (x @ x) ** 2),
    ("generalised Rayleigh quotient", quadratic / other, x, sd.grad,
     (A + A.T) @ x / other - quadratic * ((B + B.T) @ x) / other**2),
    ("Sharpe ratio", b @ x / sd.sqrt(quadratic), x, sd.grad,
     b / sd.sqrt(quadratic) - (b @ x) * ((A + A.T) @ x) / (2 * quadratic ** (3 / const(2)))),
    ("portfolio", b @ x - c * quadratic / 2, x, sd.grad, b - c * ((A + A.T) @ x) / 2),
    ("log of a determinant", sd.log(sd.linalg.det(A)), A, sd.grad, sd.linalg.inv(A).T),
    ("volume", sd.linalg.logdet(X.T @ X), X, sd.grad, 2 * X @ sd.linalg.inv(X.T @ X)),
    ("entropy", -sd.sum(sd.softmax(x) * sd.log(sd.softmax(x))), x, sd.grad,
     sd.softmax(x) * (sd.softmax(x) @ sd.log_softmax(x) - sd.log_softmax(x))),
    ("direction", x / sd.norm(x), x, sd.jacobian,
     sd.eye(4) / sd.norm(x) - sd.outer(x, x) / sd.norm(x) ** 3),
    ("cube of a norm", sd.norm(x) ** 3, x, sd.grad, 3 * x * sd.norm(x)),
    ("a force", 1 / sd.norm(x), x, sd.hessian,
     3 * sd.outer(x, x) / sd.norm(x) ** 5 - sd.eye(4) / sd.norm(x) ** 3),
    ("deviations", sd.sum((X - sd.mean(X, axis=0)) ** 2) / 2, X, sd.grad, X - sd.mean(X, axis=0)),
    ("weighted deviations", sd.sum(T * (T - sd.mean(T))) / 2, T, sd.grad, T - sd.mean(T)),
    ("backwards", sd.sum(x[::-1] * x), x, sd.grad, 2 * x[::-1]),
    ("joined", sd.sum(sd.concatenate([x, b]) ** 2), x, sd.grad, 2 * x),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "f", "wrt", "verb", "formula"), CLOSED, ids=[c[0] for c in CLOSED]
)
def test_closed_forms_are_reached(
    name: str, f: Expr, wrt: Expr, verb: Callable[..., Any], formula: Expr
) -> None:
    found = verb(f, wrt)
    assert found is sd.simplify(formula), f"{found}  is not  {sd.simplify(formula)}"
    rng = np.random.default_rng(1)
    variables = [n for n in postorder([f, formula]) if n.op is sd.Var]
    at = {v: rng.normal(size=v.shape) for v in variables}
    raw = sd.evaluate(verb(f, wrt, simplify=False), at)
    np.testing.assert_allclose(sd.evaluate(found, at), raw, rtol=1e-12, atol=1e-12)


def test_the_logistic_hessian_is_small_and_keeps_its_digits() -> None:
    """``s*(1 - s)`` is 0 at a margin of 40 where the truth is 4.2e-18: printed, not compiled."""
    f = sd.sum(sd.log(1 + sd.exp(-y * (X @ w))))
    hessian = sd.hessian(f, w)
    assert len(postorder([hessian])) <= 15
    data = np.zeros((6, 4))
    data[0, 0] = 1.0
    at = {X: data, w: np.array([40.0, 0, 0, 0]), y: np.ones(6)}
    found = sd.compile(hessian, [X, w, y])(at[X], at[w], at[y])
    slope = np.exp(-40.0) / (1 + np.exp(-40.0)) ** 2
    np.testing.assert_allclose(found[0, 0], slope, rtol=1e-14)
    assert np.count_nonzero(found) == 1


@pytest.mark.parametrize(
    "f",
    [
        sd.sum(y * sd.log(sd.sigmoid(X @ w)) + (1 - y) * sd.log(1 - sd.sigmoid(X @ w))),
        sd.sum(sd.log(sd.softmax(X @ w))),
        sd.norm(X @ w) ** 2,
    ],
    ids=["cross entropy", "log of softmax", "square of a norm"],
)
def test_losses_far_out(f: Expr) -> None:
    """Gradients at margins of 800 are those of one-sided difference quotients."""
    variables = [n for n in postorder([f]) if n.op is sd.Var]
    rng = np.random.default_rng(2)
    data = 200 * rng.normal(size=(6, 4))
    at = {X: data, w: rng.normal(size=4), y: rng.integers(0, 2, 6).astype(float)}
    value = sd.compile(f, variables)
    found = sd.compile(sd.grad(f, w), variables)(*[at[v] for v in variables])
    for k in range(4):
        step = np.eye(4)[k] * 1e-5
        ends = [
            value(*[at[v] + sign * step if v is w else at[v] for v in variables])
            for sign in (1, -1)
        ]
        quotient = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(found[k], quotient, rtol=1e-6, atol=1e-4)


def test_a_sum_of_matrices_is_printed_and_not_computed() -> None:
    """``(A + A.T) @ x`` is compiled as two products, which read ``A`` and write no matrix."""
    found = sd.grad(x @ A @ x, x)
    assert str(found) == "(A + A.T) @ x"
    program = sd.compile(found, [A, x]).program
    assert all(step.node.ndim < 2 for step in program.instructions)
    at = {A: np.arange(16.0).reshape(4, 4), x: np.array([1.0, -2.0, 3.0, 0.5])}
    value = sd.compile(found, [A, x])(at[A], at[x])
    np.testing.assert_allclose(value, at[A] @ at[x] + at[x] @ at[A], rtol=1e-15)
    batch = sd.compile([found, x @ A @ x], [A, x])(np.stack([at[A], -at[A]]), at[x])[0]
    np.testing.assert_allclose(batch, [value, -value], rtol=1e-15)
