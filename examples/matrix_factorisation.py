"""Matrix factorisation ‖T − U·Vᵀ‖² by alternating exact Newton steps with structured Hessians.

The Hessian by U is the identity times the small matrix 2·Vᵀ·V: 300·300 blocks of 3·3, of which
only one is computed and factorised.

Run: python examples/matrix_factorisation.py
"""

import numpy as np

import symdiff as sd

T, U, V = sd.Var("T", (300, 200)), sd.Var("U", (300, 3)), sd.Var("V", (200, 3))
f = sd.sum((T - U @ V.T) ** 2)
left_slope, right_slope = sd.grad(f, U), sd.grad(f, V)

print("f          =", f)
print("gradient U =", left_slope)
print("           =", sd.pretty(left_slope))
print("gradient V =", right_slope)
print("hessian U  =", sd.hessian(f, U))
print("           =", sd.pretty(sd.hessian(f, U)))
assert str(left_slope) == "-2*(T - U @ V.T) @ V"
assert sd.hessian(f, U) is sd.simplify(2 * sd.einsum("ik,jl->ijkl", sd.eye(300), V.T @ V))

left_curve, right_curve = (sd.hessian(f, factor, structured=True) for factor in (U, V))
print("structured =", left_curve)
print("           =", right_curve, "\n")
assert left_curve.kind == right_curve.kind == "Kronecker"

rng = np.random.default_rng(0)
data = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 200)) + 0.1 * rng.normal(size=(300, 200))
left, right = rng.normal(size=(300, 3)), rng.normal(size=(200, 3))
by_left, by_right = (sd.compile(slope, [U, V, T]) for slope in (left_slope, right_slope))
for sweep in range(6):
    left = left - left_curve(V=right).solve(by_left(left, right, data))
    np.testing.assert_allclose(left, np.linalg.lstsq(right, data.T)[0].T, rtol=1e-9, atol=1e-10)
    right = right - right_curve(U=left).solve(by_right(left, right, data))
    loss = np.sum((data - left @ right.T) ** 2)
    print(f"{sweep:2}  f = {loss:.15g}")

# No matrix of rank 3 is nearer than the truncated singular value decomposition.
best = np.sum(np.linalg.svd(data, compute_uv=False)[3:] ** 2)
print(f"best  {best:.15g}")
np.testing.assert_allclose(loss, best, rtol=1e-12)
