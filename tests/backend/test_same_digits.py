"""``evaluate`` gives the digits of ``compile``, and keeps ints and fractions exact."""

from __future__ import annotations

import gc
import random
import weakref
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from row_checks import ulps
from scalar_graphs import points, random_outputs

import symdiff as sd
from symdiff.backend.evaluate import values_of
from symdiff.backend.exact import always_rounded
from symdiff.backend.prepare import _kept
from symdiff.errors import NonFinite
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Var
from symdiff.walk import postorder

ULP = 2
ROWS = [op for op in OPS.values() if op.elementwise and op.arity]
x, y = sd.Var("x"), sd.Var("y")


def both(outputs: list[Expr], point: dict[Expr, Any]) -> list[float]:
    """How far evaluated and compiled values are apart."""
    variables = [n for n in postorder(outputs) if n.op is Var]
    compiled = sd.compile(outputs, variables)(*[point[v] for v in variables])
    evaluated = sd.evaluate(outputs, {v: point[v] for v in variables})
    return [ulps(a, b) for a, b in zip(evaluated, compiled, strict=True)]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_and_its_derivatives(op: Op) -> None:
    assert op.arity is not None
    r = random.Random(op.name)
    args = tuple([sd.Var(name) for name in "abc"[: op.arity]])
    if "order" in op.facts:
        args = (sd.Const(2), *args[1:])
    if op is OPS["where"]:
        args = (sd.gt(args[0], 0), *args[1:])
    f = op(*args)
    if f.kind != "real" or op is OPS["mod"]:
        return
    variables = [n for n in postorder([f]) if n.op is Var]
    outputs = [f]
    if op.rule is not None and type(op.rule).__name__ == "Partials":
        outputs += sd.grad(f, variables)
    for _ in range(20):
        point = {
            v: r.choice([r.uniform(-3, 3), r.uniform(0, 1), r.uniform(1, 30)]) for v in variables
        }
        assert max(both(outputs, point)) <= ULP, point


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs(seed: int) -> None:
    outputs = random_outputs(seed)
    for point in points(seed, outputs):
        floats = {v: float(value) if v.kind == "real" else value for v, value in point.items()}
        assert max(both(outputs, floats)) <= ULP, floats


@pytest.mark.parametrize("at", [16, 16.0, 25.0, 300.0])
def test_the_slope_of_tanh_has_all_digits(at: float) -> None:
    slope = sd.grad(sd.tanh(x), x)
    with mpmath.workdps(400):
        exact = 1 - mpmath.tanh(at) ** 2
    assert sd.evaluate(slope, {x: at}) == pytest.approx(float(exact), rel=4e-16)
    assert sd.evaluate(slope, {x: np.array([at])})[0] == pytest.approx(float(exact), rel=4e-16)


def test_what_is_exact_stays_exact() -> None:
    f = x**2 * y + y + 2
    assert sd.evaluate([f, x / y, sd.exp(x) - 1], {x: 3, y: 4})[:2] == [42, Fraction(3, 4)]
    assert sd.evaluate((x + 10**20) - 10**20, {x: 1}) == 1
    assert sd.evaluate(x**2 - y**2, {x: Fraction(1, 3), y: Fraction(1, 4)}) == Fraction(7, 144)
    assert sd.evaluate(x / 8, {x: 3}) == Fraction(3, 8)
    assert sd.evaluate(sd.log(1 + sd.exp(x)), {x: 800}) == 800.0


@pytest.mark.parametrize("seed", range(60))
def test_what_is_known_to_be_rounded_is_a_float(seed: int) -> None:
    outputs = random_outputs(seed)
    order = postorder(outputs)
    rounded = always_rounded(order)
    r = random.Random(seed)
    for _ in range(5):
        at = {v: r.choice([0, 1, -2, 3, Fraction(3, 7)]) for v in order if v.op is Var}
        at = {v: int(abs(value)) + 1 if v.kind == "int" or v.domain != sd.REAL else value
              for v, value in at.items()}  # fmt: skip
        found = values_of(outputs, at)
        assert all(type(found[node]) is float for node in rounded)
    assert sd.exp(x) * y + 1 in always_rounded(postorder([sd.exp(x) * y + 1]))


def test_check_names_the_node_of_the_graph_as_it_is_written() -> None:
    f = sd.log(1 + sd.exp(x))
    assert sd.evaluate(f, {x: 800.0}) == 800.0
    with pytest.raises(NonFinite, match=r"exp\(x\)"):
        sd.evaluate(f, {x: 800.0}, check=True)


def test_complex_values_take_no_forms_for_real_ones() -> None:
    at = np.array([1 + 2j])
    assert sd.evaluate(sd.log(1 + x), {x: at})[0] == np.log(2 + 2j)


def test_programs_do_not_keep_their_graphs() -> None:
    f = sd.sin(x) * 1234.5 + y
    assert sd.evaluate([f, x], {x: 0.0, y: 1.0}) == [1.0, 0.0]
    before, gone = len(_kept), weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None
    assert len(_kept) == before - 1


@pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid", "log1p", "hypot"])
def test_functions_of_truth_values_have_all_their_digits(name: str) -> None:
    x = sd.Var("x")
    truth = sd.lt(x, 2)
    e = OPS[name](*[truth] * OPS[name].arity)
    assert sd.evaluate(e, {x: 1.0}) == sd.compile(e, [x])(1.0)
