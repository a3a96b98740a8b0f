"""Random graphs with shared nodes and mixed kinds: every path must give the same bits."""

from __future__ import annotations

import random

import numpy as np
import pytest

import symdiff as sd
from symdiff.backend.batch import SMALLEST
from symdiff.backend.compile import compile
from symdiff.backend.evaluate import evaluate, values_of
from symdiff.expr import OPS, Expr, Op, make
from symdiff.leaves import var

VARIABLES = [*sd.vars("x y z"), var("n", kind="int"), var("b", kind="bool")]
SAFE = [
    "add", "sub", "mul", "neg", "abs", "square", "sqrt", "sign", "floor", "ceil", "trunc", "where",
    "lt", "le", "gt", "ge", "eq", "ne", "logical_and", "logical_or", "logical_not",
    "stop_gradient",
]  # fmt: skip
# NumPy's maximum of 0.0 and -0.0 depends on the length of the array, so the sign of a zero must
# not show in a quotient.
ROUNDED_ONCE = [
    [OPS[name] for name in [*SAFE, "div", "reciprocal"]],
    [OPS[name] for name in [*SAFE, "maximum", "minimum", "clip", "relu"]],
]
ALL_ROWS = [op for op in OPS.values() if op.elementwise and "order" not in op.facts]


def graph(rows: list[Op], seed: int, size: int = 30) -> list[Expr]:
    """Three outputs over a pool of nodes, some of them constants, sums of up to four terms."""
    rng = random.Random(seed)
    pool: list[Expr] = [*VARIABLES, sd.Const(2), sd.Const(-0.75), sd.pi]
    while len(pool) < size + 8:
        op = rng.choice(rows)
        count = rng.choice([1, 2, 2, 3, 4]) if op.arity is None else op.arity
        pool.append(make(op, tuple(rng.choice(pool[-12:] + VARIABLES) for _ in range(count))))
    vector = sd.stack([rng.choice(pool) for _ in range(3)])
    return [pool[-1], rng.choice(pool), vector]


def points(size: int) -> list[np.ndarray]:
    rng = np.random.default_rng(size)
    columns = [rng.normal(size=size) * 3 for _ in range(3)]
    for column in columns:
        column[rng.integers(size, size=size // 10 + 1)] = rng.choice([0.0, -0.0, np.inf, np.nan])
    return [*columns, rng.integers(-3, 4, size=size), rng.integers(2, size=size) > 0]


@pytest.mark.parametrize("seed", range(60))
def test_arrays_blocks_and_interpreter_give_the_same_bits(seed: int) -> None:
    outputs = graph(ALL_ROWS, seed)
    compiled = compile(outputs, VARIABLES, fast=False)
    columns = points(SMALLEST + 1234)
    before = [c.copy() for c in columns]
    blocks = compiled(*columns)
    whole = compiled._run(compiled.program, columns, columns[0].shape, np.float64)
    for a, b in zip(blocks, whole, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    for a, b in zip(columns, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("rows", ROUNDED_ONCE, ids=["quotients", "selections"])
@pytest.mark.parametrize("seed", range(50))
def test_numbers_and_arrays_give_the_same_bits(rows: list[Op], seed: int) -> None:
    outputs = graph(rows, seed)
    compiled = compile(outputs, VARIABLES, fast=False)
    columns = points(40)
    many = compiled(*columns)
    slow = evaluate(outputs, dict(zip(VARIABLES, columns, strict=True)))
    for i, point in enumerate(zip(*[c.tolist() for c in columns], strict=True)):
        one = compiled(*point)
        for found, column, rest in zip(one, many, slow, strict=True):
            np.testing.assert_array_equal(found, column[i])
            np.testing.assert_array_equal(column[i], rest[i])


@pytest.mark.parametrize("rows", ROUNDED_ONCE, ids=["quotients", "selections"])
@pytest.mark.parametrize("seed", range(50))
def test_exact_evaluation_agrees_but_for_the_sign_of_zero(rows: list[Op], seed: int) -> None:
    outputs = graph(rows, seed)
    compiled = compile(outputs, VARIABLES, fast=False)
    for point in zip(*[c.tolist() for c in points(40)], strict=True):
        values = values_of(outputs, dict(zip(VARIABLES, point, strict=True)))
        if any(type(v) is int and v == 0 for v in values.values()):
            continue  # an exact zero has no sign, a float has
        for out, expected in zip(outputs, compiled(*point), strict=True):
            np.testing.assert_allclose(
                np.asarray(values[out], float), np.asarray(expected, float), rtol=1e-9
            )
