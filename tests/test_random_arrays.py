"""Random array graphs: simplified against raw, gradient against complex step, four mode orders."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import SymdiffError
from symdiff.expr import Expr

Rng = np.random.Generator
Step = Callable[[Rng, Expr, Expr], Expr]
SIZES, NODES, LARGEST = (1, 2, 3), 14, 200


def _axes(rng: Rng, x: Expr) -> tuple[int, ...]:
    return tuple(int(a) for a in rng.permutation(x.ndim)[: rng.integers(1, x.ndim + 1)])


def _einsum(rng: Rng, x: Expr, y: Expr) -> Expr:
    operands = [x, y, x][: rng.integers(1, 4)]
    words = ["".join(rng.choice(list("ijkl"), e.ndim)) for e in operands]
    letters = sorted(set("".join(words)))
    output = "".join(rng.permutation(letters)[: rng.integers(0, len(letters) + 1)])
    return sd.einsum(",".join(words) + "->" + output, *operands)


STEPS: tuple[Step, ...] = (
    lambda rng, x, y: x + y,
    lambda rng, x, y: x * y,
    lambda rng, x, y: 2 * x - y / 3,
    lambda rng, x, y: x @ y,
    lambda rng, x, y: x @ y,
    lambda rng, x, y: sd.transpose(x, _axes(rng, x)),
    lambda rng, x, y: sd.sum(x, _axes(rng, x), keepdims=bool(rng.integers(2))),
    lambda rng, x, y: sd.mean(x, _axes(rng, x)),
    lambda rng, x, y: sd.sin(x),
    lambda rng, x, y: sd.tanh(x) * x,
    lambda rng, x, y: x**2,
    lambda rng, x, y: sd.trace(x),
    lambda rng, x, y: sd.diagonal(x),
    lambda rng, x, y: sd.diag(x),
    lambda rng, x, y: sd.outer(x, y),
    _einsum,
    lambda rng, x, y: sd.broadcast_to(x, (int(rng.choice(SIZES)), *x.shape)),
    lambda rng, x, y: sd.expand_dims(x, int(rng.integers(x.ndim + 1))),
    lambda rng, x, y: sd.reshape(x, x.size),
    lambda rng, x, y: sd.concatenate([x, y]),
    lambda rng, x, y: sd.stack([x, y]),
    lambda rng, x, y: x[..., : rng.integers(1, 3)],
    lambda rng, x, y: x[rng.integers(0, x.shape[0], 2)],
    lambda rng, x, y: sd.cumsum(x, axis=0),
    lambda rng, x, y: sd.prod(x, axis=0),
)


def random_graph(seed: int) -> tuple[Expr, list[Expr], dict[Expr, Any]]:
    """A scalar of a dozen array operations, its variables and a point."""
    rng = np.random.default_rng(seed)
    pool = [sd.Var(f"v{i}", tuple(rng.choice(SIZES, rng.integers(4)))) for i in range(4)]
    variables = list(pool)
    while len(pool) < NODES:
        x, y = (pool[rng.integers(len(pool))] for _ in range(2))
        try:
            node = STEPS[rng.integers(len(STEPS))](rng, x, y)
        except (SymdiffError, ValueError, IndexError):
            continue  # the operation does not take these shapes
        if node.size <= LARGEST and node.ndim <= 5:
            pool.append(node)
    f = sd.sum(sd.sin(pool[-1])) + 1.5 * sd.sum(pool[-2]) + sd.sum(sd.tanh(pool[-3]))
    return f, variables, {v: rng.normal(size=v.shape) * 0.5 for v in variables}


def complex_step(f: Expr, variables: list[Expr], at: dict[Expr, Any], wrt: Expr) -> Any:
    """The gradient from values of f alone, to the last digits."""
    function = sd.compile(f, variables)
    slopes = np.zeros(wrt.shape)
    for index in np.ndindex(*wrt.shape):
        moved = {v: np.array(at[v], dtype=complex) for v in variables}
        moved[wrt][index] += 1e-30j
        slopes[index] = np.imag(function(*[moved[v] for v in variables])) / 1e-30
    return slopes


ORDERS = list(product(("forward", "reverse"), repeat=2))


def check(seed: int) -> None:
    f, variables, at = random_graph(seed)
    rng = np.random.default_rng(seed)
    wrt = variables[rng.integers(len(variables))]
    close = lambda a, b, what: np.testing.assert_allclose(
        a, b, rtol=1e-9, atol=1e-9, err_msg=f"seed {seed}: {what} of {f} by {wrt.name}"
    )
    close(sd.evaluate(sd.simplify(f), at), sd.evaluate(f, at), "value")
    slope = sd.grad(f, wrt)
    exact = complex_step(f, variables, at, wrt)
    close(sd.evaluate(slope, at), exact, "gradient")
    close(sd.evaluate(sd.grad(f, wrt, simplify=False), at), exact, "raw gradient")
    close(sd.compile(slope, variables)(*[at[v] for v in variables]), exact, "compiled gradient")
    first, *others = [sd.evaluate(sd.hessian(f, wrt, modes=m), at) for m in ORDERS]
    for other in others:
        close(other, first, "Hessian")
    close(sd.evaluate(sd.hessian(f, wrt, simplify=False), at), first, "raw Hessian")
    axes = (*range(wrt.ndim, 2 * wrt.ndim), *range(wrt.ndim))
    close(np.transpose(first, axes), first, "transposed Hessian")
    weights = rng.normal(size=wrt.shape)
    along = complex_step(sd.sum(slope * weights), variables, at, wrt)
    close(np.tensordot(first, weights, wrt.ndim), along, "Hessian times a vector")


@pytest.mark.parametrize("block", range(10))
def test_a_thousand_random_array_graphs(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        check(seed)
