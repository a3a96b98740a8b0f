"""Arrays of ints where a formula has no number but 0 and 1: what compiled code makes of them."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.ops.linear import kernels

u = sd.Var("u", (3,))
k = sd.Var("k", (3,), kind="int")
AT = np.array([0.1, -0.2, 0.3])
MODES = [(outer, inner) for outer in ("forward", "reverse") for inner in ("forward", "reverse")]
SUMS: dict[str, tuple[Callable[[], Expr], Callable[[Any], Any]]] = {
    "cholesky": (lambda: sd.linalg.cholesky(sd.diag(sd.exp(u))), lambda t: mpmath.exp(t / 2)),
    "eigvalsh": (lambda: sd.linalg.eigvalsh(sd.diag(sd.exp(u))) ** 2, lambda t: mpmath.exp(2 * t)),
    "inv": (lambda: sd.linalg.inv(sd.diag(sd.exp(u))), lambda t: mpmath.exp(-t)),
    "diagonal": (lambda: sd.diagonal(sd.diag(sd.exp(u))) ** 2, lambda t: mpmath.exp(2 * t)),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("simplify", [True, False])
def test_hessians_of_diagonal_matrices(name: str, modes: Any, simplify: bool) -> None:
    make, term = SUMS[name]
    second = sd.hessian(sd.sum(make()), u, modes=modes, simplify=simplify)
    with mpmath.workdps(50):
        want = np.diag([float(mpmath.diff(term, mpmath.mpf(t), 2)) for t in AT.tolist()])
    compiled = sd.compile(second, [u])
    for found in (sd.evaluate(second, {u: AT}), compiled(AT), compiled(np.stack([AT, AT]))[1]):
        np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-13)


def test_half_of_an_odd_int_is_no_int() -> None:
    found = kernels.lower_half(np.array([[1, 5], [2, 3]]))
    np.testing.assert_array_equal(found, [[0.5, 0.0], [2.0, 1.5]])


def test_scattered_numbers_are_added_to_ints() -> None:
    slope = sd.grad(u[0] ** 2.5 + sd.exp(u[1]), u, simplify=False)
    first = mpmath.mpf(5) / 2 * mpmath.mpf("0.5") ** 1.5
    at, whole = [0.5, 0.0, 0.0], [1, 2, 3]
    for total in (slope + k * k, k * k + slope, sd.add(k * k, k, slope), k * k - slope):
        sign = -1 if total.op is sd.Sub else 1
        ints = np.array(whole) ** 2 + (np.array(whole) if len(total.args) == 3 else 0)
        want = ints + sign * np.array([float(first), 1.0, 0.0])
        np.testing.assert_allclose(sd.compile(total, [u, k])(at, whole), want, rtol=1e-14)
