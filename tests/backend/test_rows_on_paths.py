"""Every elementwise row on all paths: Python numbers, whole arrays, blocks, both interpreters."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from row_checks import ulps

from symdiff.backend.batch import SMALLEST, Blocks
from symdiff.backend.compile import compile
from symdiff.backend.evaluate import Arrays, collect, evaluate, interpret
from symdiff.backend.lower import lower
from symdiff.expr import OPS, Expr, Op, make
from symdiff.leaves import var

ROWS = [op for op in OPS.values() if op.elementwise]
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, -1e-308, 1.0, -1.0,
           0.5, -2.0, 3.0, 1e16, 710.0, -745.2, math.pi, 1e-17, 1.0000000000000002]  # fmt: skip


def _node(op: Op) -> Expr:
    count = 2 if op.arity is None else op.arity
    kinds = ["bool" if _is_condition(op, i, count) else "real" for i in range(count)]
    return make(op, tuple(var(f"x{i}", kind=k) for i, k in enumerate(kinds)))


def _is_condition(op: Op, i: int, count: int) -> bool:
    """Whether a bool there leaves the kind of the result to the other arguments."""
    if op.kind is None or op.kind(("real",) * count) == "bool":
        return False
    kinds = ["bool"] * count
    kinds[i] = "real"
    return op.kind(tuple(kinds)) == "bool"


def _points(op: Op, node: Expr) -> list[tuple[Any, ...]]:
    rng = np.random.default_rng(7)
    count = len(node.args)
    conditions = [a.kind == "bool" for a in node.args]
    special = list(product(SPECIAL[: 12 if count > 1 else None], repeat=min(count, 2)))
    points = [p + (1.5,) * (count - len(p)) for p in special]
    for _ in range(300):
        points.append(tuple(rng.normal(size=count) * 10.0 ** rng.uniform(-3, 3, count)))
        points.append(tuple(rng.uniform(-1, 1, size=count)))
    if "order" in op.facts:
        points = [(float(i % 6), *p[1:]) for i, p in enumerate(points)]
    return [
        tuple([bool(v > 0) if c else float(v) for v, c in zip(p, conditions, strict=True)])
        for p in points
    ]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_number_path_and_array_path_agree_within_one_ulp(op: Op) -> None:
    node = _node(op)
    points = _points(op, node)
    compiled = compile(node, node.args)
    columns = [np.array(c) for c in zip(*points, strict=True)]
    on_arrays = compiled(*columns)
    for point, expected in zip(points, on_arrays, strict=True):
        found = compiled(*point)
        assert type(found) in (float, int, bool), (op, point)
        assert ulps(found, expected) <= 1, (op, point, found, expected)


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_exact_evaluation_agrees_on_floats(op: Op) -> None:
    node = _node(op)
    for point in _points(op, node)[::7]:
        values = dict(zip(node.args, point, strict=True))
        columns = {v: np.array([x]) for v, x in values.items()}
        found, expected = evaluate(node, values), evaluate(node, columns)[0]
        assert ulps(found, expected) <= 1, (op, point, found, expected)


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
@pytest.mark.parametrize("real", [np.float64, np.float32])
def test_blocks_whole_arrays_and_interpreter_agree(op: Op, real: Any) -> None:
    node = _node(op)
    points = _points(op, node)
    size = SMALLEST + 77
    with np.errstate(over="ignore"):
        columns = [
            np.resize(np.array(c, dtype=real if type(c[0]) is float else bool), size)
            for c in zip(*points, strict=True)
        ]
    program = lower([node], node.args)
    with np.errstate(all="ignore"):
        registers = interpret(program, Arrays(real), columns)
        interpreted = collect(registers, program.outputs[0], (size,), real)
        (blocked,) = Blocks(program, ())(columns, (size,), real)
    compiled = compile(node, node.args)
    small = compiled(*[c[: len(points)] for c in columns])
    big = compiled(*columns)
    assert big.dtype == blocked.dtype
    tail = slice(None, len(points))
    for found in (interpreted, blocked, big):
        for a, b in zip(found[tail], small, strict=True):
            assert ulps(a, b) <= _scale(real), (op, a, b)


def _scale(real: Any) -> float:
    return float(np.finfo(real).eps / np.finfo(np.float64).eps)
