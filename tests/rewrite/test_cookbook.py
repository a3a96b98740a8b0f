"""Derivatives of the tables of matrix calculus: expression | by | verb | closed form in NumPy.

The first column is read as an expression, the last one as NumPy code (after the Matrix Cookbook,
and Boyd and Vandenberghe's appendix); each is compared at a batch of points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import symdiff as sd
from symdiff.expr import Expr
from symdiff.ops.names import FUNCTIONS
from symdiff.walk import postorder

SHAPES = {
    "A": (4, 4), "B": (4, 4), "C": (4, 4), "S": (4, 4), "X": (6, 4), "Y": (6, 3), "W": (4, 3),
    "a": (4,), "b": (4,), "p": (4,), "q": (4,), "x": (4,), "w": (4,), "y": (6,), "t": (),
    "U": (4, 2),
}  # fmt: skip
VERBS: dict[str, Callable[..., Any]] = {"grad": sd.grad, "jac": sd.jacobian, "hess": sd.hessian}

ROWS = """
a @ x | x | grad | a
a @ A @ b | A | grad | outer(a, b)
a @ A.T @ b | A | grad | outer(b, a)
a @ A.T @ A @ b | A | grad | A @ (outer(a, b) + outer(b, a))
b @ A.T @ C @ A @ a | A | grad | C.T @ A @ outer(b, a) + C @ A @ outer(a, b)
(A @ b + a) @ C @ (A @ b + a) | A | grad | outer((C + C.T) @ (A @ b + a), b)
x @ A @ x | x | grad | (A + A.T) @ x
x @ A @ x | x | hess | A + A.T
(x - A @ p) @ C @ (x - A @ p) | p | grad | -A.T @ (C + C.T) @ (x - A @ p)
(x - A @ p) @ C @ (x - A @ p) | A | grad | -outer((C + C.T) @ (x - A @ p), p)
(x @ A @ x)*(b @ x) | x | grad | (b @ x)*(A + A.T) @ x + (x @ A @ x)*b
trace(A @ B @ C) | B | grad | A.T @ C.T
trace(A @ B.T @ C) | B | grad | C @ A
trace(A @ A) | A | grad | 2*A.T
trace(matrix_power(A, 4)) | A | grad | 4*matrix_power(A, 3).T
trace(A.T @ B @ A) | A | grad | (B + B.T) @ A
trace(A @ B @ A.T) | A | grad | A @ (B + B.T)
trace(A @ B @ C @ B) | B | grad | A.T @ B.T @ C.T + C.T @ B.T @ A.T
trace(A @ B @ C @ B.T @ S) | B | grad | A.T @ S.T @ B @ C.T + S @ A @ B @ C
trace(A.T @ A @ A.T @ A) | A | grad | 4*A @ A.T @ A
trace(A)**2 | A | grad | 2*trace(A)*eye(4)
diagonal(A) @ x | A | grad | diag(x)
logdet(S) | S | grad | inv(S).T
log(det(S)) | S | grad | inv(S).T
det(A) | A | grad | det(A)*inv(A).T
det(A @ B @ C) | B | grad | det(A @ B @ C)*inv(B).T
det(A)**3 | A | grad | 3*det(A)**3*inv(A).T
logdet(X.T @ X) | X | grad | 2*X @ inv(X.T @ X)
det(X.T @ X) | X | grad | 2*det(X.T @ X)*X @ inv(X.T @ X)
logdet(S + t*eye(4)) | t | grad | trace(inv(S + t*eye(4)))
inv(A) | A | jac | -einsum("ik,lj->ijkl", inv(A), inv(A))
a @ inv(A) @ b | A | grad | -inv(A).T @ outer(a, b) @ inv(A).T
a @ solve(A, b) | A | grad | -inv(A).T @ outer(a, b) @ inv(A).T
a @ solve(A, b) | b | grad | inv(A).T @ a
trace(inv(A) @ B) | A | grad | -(inv(A) @ B @ inv(A)).T
trace(solve(A, B)) | A | grad | -(inv(A) @ B @ inv(A)).T
solve(A, b) | A | jac | -einsum("ij,k->ijk", inv(A), inv(A) @ b)
(x - a) @ solve(S, x - a) | a | grad | -2*inv(S) @ (x - a)
(x - a) @ solve(S, x - a) | a | hess | 2*inv(S)
logdet(S) + (x - a) @ solve(S, x - a) | S | grad | inv(S) - inv(S) @ outer(x - a, x - a) @ inv(S)
norm(X @ w - y) | w | grad | X.T @ (X @ w - y)/norm(X @ w - y)
norm(x)**2 | x | hess | 2*eye(4)
norm(x) | x | hess | (eye(4) - outer(x, x)/(x @ x))/norm(x)
x/norm(x) | x | jac | (eye(4) - outer(x, x)/(x @ x))/norm(x)
x/sqrt(x @ x) | x | jac | (eye(4) - outer(x, x)/(x @ x))/norm(x)
norm(A @ B - C)**2 | A | grad | 2*(A @ B - C) @ B.T
sqrt(x @ S @ x) | x | grad | S @ x/sqrt(x @ S @ x)
sum((X @ w - y)**2)/6 | w | hess | X.T @ X/3
sum(log(1 + exp(-y*(X @ w)))) | w | grad | -X.T @ (y*sigmoid(-y*(X @ w)))
logsumexp(x) | x | hess | diag(softmax(x)) - outer(softmax(x), softmax(x))
logsumexp(X @ w) | w | hess | X.T*softmax(X @ w) @ (X - softmax(X @ w) @ X)
log(sum(exp(X @ w))) | w | grad | X.T @ softmax(X @ w)
softmax(x) | x | jac | diag(softmax(x)) - outer(softmax(x), softmax(x))
log_softmax(x) | x | jac | eye(4) - outer(ones(4), softmax(x))
x - mean(x) | x | jac | eye(4) - ones((4, 4))/4
sum(logsumexp(X @ W, axis=1)) - sum(Y*(X @ W)) | W | grad | X.T @ (softmax(X @ W, axis=1) - Y)
sum((b - 1)*log(1 - sigmoid(A @ x)) - b*log(sigmoid(A @ x))) | x | grad | A.T @ (sigmoid(A @ x) - b)
sum(exp(X @ w) - y*(X @ w)) | w | grad | X.T @ (exp(X @ w) - y)
sum(maximum(1 - y*(X @ w), 0)) | w | grad | -X.T @ (y*(y*(X @ w) < 1))
sum(maximum(1 - y*(X @ w), 0)**2) | w | grad | -2*X.T @ (y*maximum(1 - y*(X @ w), 0))
sum(where(abs(x) <= 1, x**2/2, abs(x) - 1/2)) | x | grad | clip(x, -1, 1)
(x @ x)/t | t | grad | -(x @ x)/t**2
norm(A @ x - b)**2/(a @ x) | x | grad | 2*A.T @ (A @ x - b)/(a @ x) - a*(norm(A @ x - b)/(a @ x))**2
(x @ S @ x)/(x @ x) | x | grad | 2*(S @ x - (x @ S @ x)/(x @ x)*x)/(x @ x)
(a @ x)/(norm(a)*norm(x)) | x | grad | (a - (a @ x)*x/(x @ x))/(norm(a)*norm(x))
sum(p*log(p/q)) | p | grad | log(p/q) + 1
sum(p*log(p/q)) | q | grad | -p/q
-sum(p*log(p)) | p | hess | -diag(1/p)
prod(x) | x | grad | prod(x)/x
-sum(log(100 + y - X @ w)) | w | hess | X.T @ diag(1/(100 + y - X @ w)**2) @ X
exp(-((x - a) @ (x - a))/(2*t**2)) | x | grad | -exp(-((x - a) @ (x - a))/(2*t**2))*(x - a)/t**2
sum((S - U @ U.T)**2) | U | grad | -4*(S - U @ U.T) @ U
sum((U.T @ U - eye(2))**2) | U | grad | 4*U @ (U.T @ U - eye(2))
trace(U.T @ S @ U) | U | grad | 2*S @ U
var(x) | x | grad | (x - mean(x))/2
A @ A.T | A | jac | einsum("ik,jl->ijkl", eye(4), A) + einsum("jk,il->ijkl", eye(4), A)
sum(diag(x) @ A @ diag(x)) | x | grad | (A + A.T) @ x
x*(A @ x) | x | jac | diag(A @ x) + diag(x) @ A
(x @ x)**2 | x | hess | 8*outer(x, x) + 4*(x @ x)*eye(4)
log(1 + x @ x) | x | hess | 2*eye(4)/(1 + x @ x) - 4*outer(x, x)/(1 + x @ x)**2
softmax(x) @ a | x | grad | softmax(x)*(a - softmax(x) @ a)
-softmax(x) @ log_softmax(x) | x | grad | softmax(x)*(softmax(x) @ x - x)
sum(sqrt(eigvalsh(X.T @ X))) | X | grad | svd(X)[0][:, :4] @ svd(X)[2]
"""
TABLE = [[cell.strip() for cell in row.split(" | ")] for row in ROWS.strip().splitlines()]
NUMPY = {**vars(np), **vars(np.linalg), **vars(scipy.special), "diagonal": np.diagonal,
         "trace": np.trace, "outer": np.outer, "sigmoid": scipy.special.expit}  # fmt: skip


def points(names: list[str], count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        at = {name: rng.normal(size=SHAPES[name]) for name in names}
        for name in at.keys() & {"p", "q", "t"}:
            at[name] = np.abs(at[name]) + 0.3
        for name in at.keys() & {"S"}:
            at[name] = at[name] @ at[name].T + np.eye(4)
        found.append(at)
    return found


@pytest.mark.parametrize(
    ("text", "by", "verb", "formula"),
    TABLE,
    ids=[f"{verb} of {f} by {by}" for f, by, verb, _ in TABLE],
)
def test_the_closed_form(text: str, by: str, verb: str, formula: str) -> None:
    variables = {name: sd.Var(name, shape) for name, shape in SHAPES.items()}
    f: Expr = eval(text, {**FUNCTIONS, **variables})
    found = VERBS[verb](f, variables[by])
    inputs = [n for n in postorder([f, found]) if n.op is sd.Var]
    names = [n.name for n in inputs]
    at = points(names, 3)
    expected = np.stack([np.asarray(eval(formula, {**NUMPY, **one})) for one in at])
    batch = [np.stack([one[name] for one in at]) for name in names]
    scale = np.max(np.abs(expected))
    got = sd.compile(found, inputs)(*batch)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-10 * scale)
    slowly = [sd.evaluate(found, dict(zip(inputs, [p[n] for n in names], strict=True))) for p in at]
    np.testing.assert_allclose(np.stack(slowly), expected, rtol=1e-9, atol=1e-10 * scale)
