"""What somebody writes who uses the package with a type checker: ``test_types`` has mypy read it,
and runs it, with ``assert_type`` looking at the values.  An ignored line is one that must be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, assert_type

import numpy as np

import symdiff as sd
from symdiff.hessians.matrix import StructuredJacobian
from symdiff.hessians.structured import StructuredHessian
from symdiff.ops.linear.functions import EighResult
from symdiff.rewrite.cse import Shared
from symdiff.tracing.function import Function

x, y = sd.vars("x y")
X = sd.Var("X", (2, 2), domain=sd.REAL)
t, v, d = sd.constant([1.0, 2.0]), sd.Variable([1.0, 2.0]), sd.Dual(3, 1)
a: np.ndarray[Any, Any] = np.array([1.0, 2.0])
f = x**2 * y + y + 2
tensors, nodes = [t, t], [x, y]


def square(w: Any) -> Any:
    return w * w


def slope(w: sd.Expr, out: sd.Expr) -> sd.Expr:
    return 2 * w


assert_type(sd.Var("n", shape=3, kind="int", domain=sd.POSITIVE), sd.Expr)

# Functions give what they are given: expressions of expressions and numbers, tensors of tensors.
assert_type(f, sd.Expr)
assert_type(sd.sin(x), sd.Expr)
assert_type(sd.sin(2.0), sd.Expr)
assert_type(sd.Sin(a), sd.Expr)
assert_type(sd.arcsin(t), sd.Tensor)
assert_type(sd.exp(v), sd.Tensor)
assert_type(sd.atan2(1, t), sd.Tensor)
assert_type(sd.atan2(a, v), sd.Tensor)
assert_type(sd.where(x > 0, x, 0), sd.Expr)
assert_type(sd.add(x, 1, y), sd.Expr)
assert_type(sd.Const(2) + sd.pi, sd.Expr)
assert_type(sd.sum(X, axis=0), sd.Expr)
assert_type(sd.max(t), sd.Tensor)
assert_type(sd.stack([x, 1.0]), sd.Expr)
assert_type(sd.stack(tensors), sd.Tensor)
assert_type(sd.zeros(3), sd.Expr)
assert_type(sd.asarray([x, y]), sd.Expr)
assert_type(sd.split(t, 2), list[sd.Tensor])
assert_type(sd.linalg.solve(X, sd.stack([x, 2])), sd.Expr)
assert_type(sd.linalg.inv(sd.constant([[2.0]])), sd.Tensor)
assert_type(sd.linalg.vector_norm(t), sd.Tensor)
assert_type(sd.slogdet(X).sign, sd.Expr)
assert_type(sd.eigh(sd.constant([[1.0]])), EighResult[sd.Tensor])
assert_type(sd.primitive("squared_", square, slope)(x), sd.Expr)
assert_type(d * d + 1, sd.Dual)
assert_type(t * 2 + v, sd.Tensor)
assert_type(X.T @ X, sd.Expr)
assert_type(x.sum().real, sd.Expr)

# Derivatives have the structure of what they are taken by.
assert_type(sd.grad(f, x), sd.Expr)
assert_type(sd.grad(f, [x, y]), list[sd.Expr])
assert_type(sd.grad(f, (x, y)), tuple[sd.Expr, sd.Expr])
assert_type(sd.grad(f, {"x": x, "both": y}), dict[str, sd.Expr])
assert_type(sd.grad(f, {"x": [x], "both": [x, y]}), dict[str, list[sd.Expr]])
assert_type(sd.grad(f, [x], unconnected="none"), Any)
assert_type(sd.grad(square), Function)
assert_type(sd.value_and_grad(f, [x]), tuple[sd.Expr, list[sd.Expr]])
assert_type(sd.jacobian(X, X), sd.Expr)
assert_type(sd.jacobian(X, (x, y)), tuple[sd.Expr, sd.Expr])
assert_type(sd.jacobian(f, nodes, blocks=True), list[sd.Expr])
assert_type(sd.jacobian(nodes, nodes), sd.Expr | Any)
assert_type(sd.hessian(f, x), sd.Expr)
assert_type(sd.hessian(f, nodes), sd.Expr | Any)
assert_type(sd.hessian(f, nodes, blocks=True), list[list[sd.Expr]])
assert_type(sd.hessian(f, (x, y)), tuple[tuple[sd.Expr, ...], ...])
assert_type(sd.hessian(f, {"x": x}), dict[str, dict[str, sd.Expr]])
assert_type(sd.hessian(sd.sum(X**2), X, structured=True), StructuredHessian)
assert_type(sd.jacobian(X**2, X, structured=True), StructuredJacobian)
assert_type(sd.jvp(f, [x, y], [1, 2]), sd.Expr)
assert_type(sd.jvp([f, x], [x, y], [1, 2]), list[sd.Expr])
assert_type(sd.vjp(f, [x, y], 1), list[sd.Expr])
assert_type(sd.hvp(f, (x, y), (1, 1)), tuple[sd.Expr, sd.Expr])
assert_type(sd.derivative(f, x, 2), sd.Expr)
assert_type(sd.diff(f, x, y), sd.Expr)
assert_type(f.diff(x), sd.Expr)
first, second = sd.grad(f, [x, y])
slopes: Sequence[sd.Expr] = sd.grad(f, [x, y])

# Rewriting keeps the structure, evaluation gives numbers, and nodes are told apart by identity.
assert_type(sd.simplify(f), sd.Expr)
assert_type(sd.expand([f, x]), list[sd.Expr])
assert_type(sd.cse((f, x)), Shared[tuple[sd.Expr, sd.Expr]])
assert_type(sd.subs(f, {x: 2, "y": y}), sd.Expr)
assert_type(f.subs(x, 2).simplify().latex(), str)
assert_type(f(3, y=4), Any)
assert_type(sd.evaluate(f, {x: 3, y: 4}), Any)
assert_type(sd.compile([f, x], [x, y]), sd.Compiled)
assert_type(f.op is sd.Add or f.op is sd.Sum or f.op is sd.sin, bool)
assert_type(sd.Add is sd.add, bool)

if TYPE_CHECKING:
    sd.sinn(x)  # type: ignore[attr-defined]
    sd.linalg.inverse(X)  # type: ignore[attr-defined]
    sd.index(x)  # type: ignore[attr-defined]
    sd.atan2(x)  # type: ignore[call-arg]
    sd.atan2(x, t)  # type: ignore[misc]
    sd.sin("x")  # type: ignore[arg-type]
    sd.grad(f, 2.0)  # type: ignore[call-overload]
    sd.max(x, axs=0)  # type: ignore[call-arg]
    f.sinh()  # type: ignore[attr-defined]
    f.item()  # type: ignore[attr-defined]
