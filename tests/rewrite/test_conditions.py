"""Slopes of maximum, minimum and relu: as choices for reading, as steps for compiling."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.ops.compare import heaviside
from symdiff.rewrite.tables.stabilise import stabilise
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

w, x, y, z = sd.vars("w x y z")
POINTS = (-2.0, -0.5, 0.0, 0.5, 1.0, 2.0)
SLOPES = {  # and whether a step is enough: what it is multiplied by cannot be infinite
    "hinge": (sd.maximum(0, 1 - y * x), True),
    "positive part": (sd.maximum(x, 0), True),
    "squared": (sd.maximum(x, 0) ** 2, True),
    "capped": (sd.minimum(x, 1), True),
    "of two values": (sd.maximum(x, y), False),
    "of a product": (sd.maximum(x * y * z, 0), False),
    "relu": (sd.relu(w * x - 1), False),
    "relu squared": (sd.relu(1 - x * y) ** 2, False),
    "of three": (sd.maximum(sd.maximum(x, y), z), False),
}


@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("simplify", [True, False])
def test_compiled_slopes_are_those_of_the_rules(name: str, simplify: bool) -> None:
    """At ties too; what is compiled has no tie any more."""
    f, by_step = SLOPES[name]
    exact = sd.grad(f, x, simplify=False)
    slope = sd.grad(f, x, simplify=simplify)
    (compiled,) = stabilise([slope])
    ops = {node.op for node in postorder([compiled])}
    assert sd.Tie not in ops
    assert (heaviside in ops) == by_step or not simplify
    variables = [v for v in (w, x, y, z) if v in postorder([f])]
    for values in product(POINTS, repeat=len(variables)):
        at = dict(zip(variables, values, strict=True))
        assert sd.evaluate(slope, at) == _true(exact, at), at


def _true(e: Expr, at: dict[Expr, float]) -> float:
    return float(mp_evaluate([e], {v: mpmath.mpf(value) for v, value in at.items()})[0])


def test_a_factor_that_may_overflow_keeps_its_choice() -> None:
    """Two variables times a slope of 0 may be infinity times 0."""
    slope = sd.grad(sd.maximum(x * y * z, 0), x)
    assert sd.evaluate(slope, {x: -1.0, y: 1e200, z: 1e200}) == 0


def test_comparisons_keep_their_side_of_the_number() -> None:
    """``1 - u > 0`` is ``u < 1`` for the floats next to 1 as well."""
    solved = sd.simplify(1 - x > 0)
    assert solved is sd.lt(x, 1)
    for value in (1.0, 1 - 2**-53, 1 + 2**-52, 5e-324, -1e300, float("inf"), float("nan")):
        assert solved(x=value) == (1 - value > 0)


@pytest.mark.parametrize(
    "text",
    [
        "y*x**(y - 1)", "y**2*x**(y - 1)", "y*x**(-y - 1)", "y*(x**(y - 1) + 3)",
        "-y*(3 - 2*x**(y - 1))", "y*(3 - (y - 1)*x**(y - 2)/2)",
    ],
)  # fmt: skip
def test_a_factor_that_is_0_makes_powers_of_0_beside_it_finite(text: str) -> None:
    """Beside it or in a sum beside it, bare or squared: such slopes of powers are 0 for y = 0."""
    x, y = sd.vars("x y")
    f = sd.parse(text, [x, y])
    assert sd.compile(f, [x, y])(0.0, 0.0) == 0
    assert sd.compile(f, [x, y])(0.5, 3.0) == pytest.approx(eval(text, {"x": 0.5, "y": 3.0}))


def test_exponents_that_are_sums_of_arrays_have_slopes_at_0() -> None:
    """``z**n*z**n`` for n = 0 is 1 everywhere, and its curvature 0 at z = 0 too."""
    z = sd.Var("z", 2)
    f = sd.sum((z ** np.array([0, 2])) ** 2)
    found = sd.evaluate(sd.hessian(f, z), {z: np.zeros(2)})
    assert np.array_equal(found, np.zeros((2, 2)))
