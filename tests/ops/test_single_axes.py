"""Axes of size 1: products keep them, and random graphs full of them keep their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import SymdiffError
from symdiff.expr import Expr

SHAPES = {
    "r": (1, 3), "k": (3, 1), "v": (1,), "s": (1, 1), "x": (3,), "A": (3, 3), "B": (2, 3),
    "p": (2, 1), "q": (1, 2), "c": (), "T": (1, 3, 1), "U": (2, 1, 3),
}  # fmt: skip
VARIABLES = [sd.Var(name, shape) for name, shape in SHAPES.items()]
r, k, v, s, x, A, B, p, q, *_ = VARIABLES
FUNCTIONS = (sd.tanh, sd.sin, sd.exp, sd.square)
GRAPHS = 400


def _reshaped(a: Expr, draw: Random) -> Expr:
    shape = [n for n in a.shape if n != 1]
    for _ in range(draw.randint(0, 2)):
        shape.insert(draw.randint(0, len(shape)), 1)
    return sd.reshape(a, tuple(shape))


STEPS: list[Callable[[Expr, Expr, Random], Expr]] = [
    *[lambda a, b, draw: a @ b] * 4,
    lambda a, b, draw: a.T,
    lambda a, b, draw: a + b,
    lambda a, b, draw: a - b / 3,
    lambda a, b, draw: a * b,
    lambda a, b, draw: _reshaped(a, draw),
    lambda a, b, draw: draw.choice(FUNCTIONS)(a),
    lambda a, b, draw: sd.sum(a, draw.randrange(a.ndim), draw.random() < 0.4),
    lambda a, b, draw: a[draw.choice([0, -1, slice(0, 1), None])],
    lambda a, b, draw: sd.where(a > 0, b, a),
    lambda a, b, draw: sd.softmax(a, -1),
    lambda a, b, draw: sd.concatenate([a, b], axis=draw.randrange(a.ndim)),
]


def _graph(draw: Random) -> Expr:
    """A scalar of a few steps; those whose shapes do not fit are left out."""
    pool = list(VARIABLES)
    for _ in range(draw.randint(8, 26)):
        step = draw.choice(STEPS)
        a, b = draw.choice(pool[-6:] + VARIABLES), draw.choice(pool[-6:] + VARIABLES)
        try:
            found = step(a, b, draw)
        except (SymdiffError, ValueError):
            continue
        if found.size < 200 and found.ndim < 5:
            pool.append(found)
    last = pool[-1]
    return sd.sum(last * draw.choice([2, sd.sin(last)])) if last.shape else last


@pytest.mark.parametrize("start", range(0, GRAPHS, 50))
def test_simplified_derivatives_are_those_as_built(start: int) -> None:
    for seed in range(start, start + 50):
        draw, rng = Random(seed), np.random.default_rng(seed)
        f, wrt = _graph(draw), draw.choice(VARIABLES)
        at = {v: rng.normal(size=v.shape) / 2 for v in VARIABLES}
        for verb in (sd.grad, sd.hessian):
            truth = np.asarray(sd.evaluate(verb(f, wrt, simplify=False), at), dtype=float)
            found: Any = verb(f, wrt)
            assert sd.simplify(found) is found, f"{seed}: {found}"
            compiled = sd.compile(found, VARIABLES)(*[at[v] for v in VARIABLES])
            for value in (sd.evaluate(found, at), compiled):
                assert np.shape(value) == truth.shape
                value_of = np.asarray(value, dtype=float)
                np.testing.assert_allclose(value_of, truth, rtol=1e-9, atol=1e-9, err_msg=str(seed))


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (sd.tanh(r @ A), "tanh(r @ A)"),
        (B @ k + p, "p + B @ k"),
        (k @ r, "k @ r"),
        (r @ k, "r @ k"),
        (r @ A @ k, "r @ A @ k"),
        (k.T @ A.T, "k.T @ A.T"),
        (sd.reshape(r, (3, 1)), "r.T"),
        (A @ sd.reshape(r, (3,)), "A @ reshape(r, (3,))"),
        (sd.sum(k), "sum(k)"),
        (sd.sum(k * k), "sum(k**2)"),
    ],
    ids=str,
)
def test_rows_and_columns_stay_in_products(e: Expr, text: str) -> None:
    found = sd.simplify(e)
    assert str(found) == text
    assert sd.simplify(found) is found
