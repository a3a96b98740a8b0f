"""Far out, simplified derivatives and their compiled code have the values that they have."""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.leaves import Var
from symdiff.ops.elementary import cosh, exp, sinh
from symdiff.walk import postorder
from symdiff.witness import mp_derivative, mp_evaluate

CALL = (
    "S*(1 + erf((log(S/K) + (r + v**2/2)*t)/(v*sqrt(t))/sqrt(2)))/2"
    " - K*exp(-r*t)*(1 + erf(((log(S/K) + (r + v**2/2)*t)/(v*sqrt(t)) - v*sqrt(t))/sqrt(2)))/2"
)
DEEP = {"S": 1.0, "K": 40.0, "t": 0.3, "r": 0.05, "v": 0.2}
BATEMAN = "a/(b - a)*(exp(-a*x) - exp(-b*x))"

FAR = [
    ("m*exp(-x**2/2)/4 + exp(-x**2/8)/2", "", {"m": 1.3, "x": 40.0}),
    ("m*exp(-x**2/2)/4 + exp(-x**2/8)/2", "", {"m": 1.3, "x": 60.0}),
    ("m*exp(-x**2/2)/4 + exp(-x**2/8)/2", "x x", {"m": -2.0, "x": -60.0}),
    ("exp(-x**2)*x + exp(-2*x**2)", "x x", {"x": 26.0}),
    ("exp(-x**2)*x + exp(-2*x**2)", "x x", {"x": 27.0}),
    ("exp(-3*x) + y*exp(-x)", "x y", {"x": 600.0, "y": 0.5}),
    ("x*2**(-x) + 2**(-3*x)", "x", {"x": 900.0}),
    ("exp(-x)/(1 + exp(-x))**2 + exp(-2*x)", "x", {"x": 500.0}),
    (CALL, "S S S", DEEP),
    (CALL, "S S", {**DEEP, "K": 60.0}),
    (CALL, "v v", {**DEEP, "K": 40.0}),
    (BATEMAN, "a a", {"a": 0.5, "b": 1.2, "x": 800.0}),
    (BATEMAN, "a a", {"a": 800.0, "b": 1.2, "x": 1.0}),
    (BATEMAN, "a b", {"a": 1.5, "b": 800.0, "x": 0.7}),
    ("tanh(exp(x))", "x x", {"x": 5.0}),
    ("tanh(exp(x))", "x x", {"x": 15.7}),
    ("3*tanh(x)", "x x", {"x": 300.0}),
    ("3*tanh(x)", "x x", {"x": -1000.0}),
    ("3*tanh(x)", "x x x", {"x": 340.0}),
    ("tanh(x)**3 + tanh(2*x)", "x x", {"x": 150.0}),
    ("tanh(x)", "x", {"x": 16.0}),
    ("tanh(x)", "x", {"x": -25.0}),
    ("cosh(x)/sinh(x) - 1/x", "x", {"x": 380.0}),
    ("-V/(1 + exp((sqrt(x**2 + z**2) - R)/a))", "z z",
     {"V": 1.0, "x": 250.73, "z": 0.371, "R": 4.359, "a": 0.6738}),
    ("1/cosh(x)", "x", {"x": 400.0}),
    ("1/cosh(x)", "x x", {"x": 700.0}),
    ("cosh(a*x)/cosh(x)", "x", {"a": 0.1, "x": 800.0}),
    ("cosh(a*x)/cosh(x)", "x", {"a": 0.5, "x": 700.0}),
    ("cosh(a*x)/cosh(x)", "x x", {"a": 0.99, "x": 700.0}),
    ("cosh(a*x)/cosh(x)", "x x", {"a": 0.1, "x": 800.0}),
    ("cosh(a*x)/cosh(x)", "x a", {"a": -0.1, "x": 800.0}),
    ("sinh(x)**2/cosh(x)**3", "", {"x": 400.0}),
    *[(text, by, {"x": x, "y": y})
      for text in ("log(2*exp(x) + 3*exp(y) + 1)", "log(exp(x)/7 + 2 + exp(y))")
      for by in ("", "x", "y", "x x", "x y") for x, y in product((-800.0, 0.0, 800.0), repeat=2)],
    *[("log(exp(x) + 5*exp(y) + exp(z))", by, {"x": 800.0, "y": y, "z": 801.0})
      for by in ("", "x", "z z", "x z") for y in (-800.0, 798.0)],
    *[(text, by, {"x": x}) for by in ("", "x", "x x") for text, x in (
        ("log(cosh(x))", 800.0), ("log(cosh(x))", -750.0), ("log(cosh(x))", 1e-9),
        ("log(erfc(x))", 40.0), ("log(erfc(x))", -26.0), ("log(erfc(x))", 1e-9),
        ("log(erfc(-x)/2)", -40.0), ("log(0.5*erfc(-x))", 3.0), ("log(erfc(x/sqrt(2))/2)", 60.0),
        ("log((1 + erf(x/sqrt(2)))/2)", -40.0), ("log((1 + erf(x/sqrt(2)))/2)", 5.0),
        ("log(0.5*(1 + erf(x)))", -30.0))],
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "by", "at"), FAR, ids=[f"{t[:40]} by {b}, {list(at.values())}" for t, b, at in FAR]
)
def test_values_far_out(text: str, by: str, at: dict[str, float]) -> None:
    f = sd.parse(text)
    inputs = {v.name: v for v in postorder([f]) if v.op is Var}
    point = {v: at[name] for name, v in inputs.items()}
    wrt = [inputs[name] for name in by.split()]
    found = sd.simplify(f)
    raw = f
    for v in wrt:
        found, raw = sd.grad(found, v), sd.grad(raw, v, simplify=False)
    truth = (
        mp_derivative(f, point, [(v, ()) for v in wrt], 1000) if wrt else mp_evaluate(f, point, 400)
    )
    forms = [found, sd.simplify(raw), sd.simplify(raw, effort=2)]
    if _is_right(sd.evaluate(raw, point), truth):
        forms.append(sd.simplify(raw, effort=0))  # it only collects what is there
    for e in forms:
        assert _is_right(sd.compile(e, list(point))(*point.values()), truth), e
        assert _is_right(sd.evaluate(e, point), truth), e


def _is_right(value: Any, truth: Any) -> bool:
    return bool(abs(value - truth) <= 1e-9 * abs(truth) + mpmath.mpf(10) ** -300)


def test_no_infinity_comes_out_of_what_has_no_value() -> None:
    """An infinite numerator over a large denominator may be of any size."""
    y = sd.Var("y")
    for text in ("sin(1/(exp(y) - 1))", "cos(y/(exp(y) - 1))", "tanh(2/(exp(y) + 3))"):
        second = sd.hessian(sd.parse(text), y)
        for value in (300.0, 360.0, 456.0, 602.0, 700.0):
            assert not abs(sd.evaluate(second, {y: value})) > 1e-50, second


NO_GROWTH = [
    "m*exp(-x**2/2)/4 + exp(-x**2/8)/2",
    "exp(-x**2)*x + exp(-2*x**2)",
    "exp(-x)*exp(-2*y)*x + y*exp(-3*x)*exp(-y)",
    "exp(-x/7)/y + exp(-3*x)/(x + y)",
    "exp(-(x - y)**2/2)*x + exp(-(x - y)**2)",
    "(1 - exp(-x))*x*exp(-x/2)/y + exp(-2*x)",
    "tanh(x)**2*x - tanh(x)*y",
    "tanh(x)/y + x*tanh(y)",
]


@pytest.mark.parametrize("text", NO_GROWTH)
def test_no_exponential_grows_where_none_did(text: str) -> None:
    """No ``exp(u)`` where there was only ``exp(-u)``, no sinh or cosh above a bar."""
    f = sd.parse(text)
    x, y = sd.vars("x y")
    done = [sd.simplify(f), *sd.grad(f, [x, y]), sd.hessian(f, [x, y])]
    for node in postorder(done):
        if node.op is exp:
            assert str(node.args[0]).startswith("-"), node
        above = node.args[0] if node.op is sd.Div else node
        parts = above.args if above.op is sd.Mul else (above,)
        assert node.op in (sinh, cosh) or not {p.op for p in parts} & {sinh, cosh}, node


U, A = sd.Var("U", (2, 2)), sd.Var("A", (2, 2))
SATURATED = [  # functions of arrays, with the size of all elements where their slopes underflow
    (sd.tanh(sd.sum(U**-2)), 0.015), (sd.tanh(sd.sum(U - A @ A)), 60.0),
    (sd.sigmoid(sd.sum(U @ A)), 40.0), (sd.sech(sd.sum(U * A)) * sd.sum(U), 40.0),
    (sd.sum(U) / sd.cosh(sd.sum(U**2)), 30.0), (sd.sum(sd.tanh(U @ A) ** 2), 40.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "size"), SATURATED, ids=str)
def test_hessians_of_saturated_functions_of_arrays(f: sd.Expr, size: float) -> None:
    """What falls like ``exp(-size**2)`` is 0 there, and no quotient of infinities."""
    variables = [v for v in postorder([f]) if v.op is Var]
    point = {v: np.full(v.shape, size * (i + 1)) for i, v in enumerate(variables)}
    slopes = sd.grad(f, variables)
    blocks = [b for row in sd.hessian(f, variables) for b in row]
    for e in [*slopes, *blocks]:
        assert (np.abs(sd.evaluate(e, point)) < 1e-300).all(), e


@pytest.mark.parametrize("modes", [("reverse", "forward"), ("reverse", "reverse")])
def test_what_tanh_lacks_to_one_keeps_its_digits_in_hessians_of_arrays(modes) -> None:
    """``E*(1 - tanh(s)**2) - X`` where E and X, arrays to the search, are as small as it is."""
    C, D = sd.Var("C", (1, 3)), sd.Var("D", (1, 3))
    s = sd.sum(sd.clip(C, -0.5, D) ** 2 - D)
    at = {D: np.array([[1.244, 0.212, -3.464]]), C: np.array([[1.598, -1.0, 1.0]])}
    written = [
        sd.tanh(s),
        1 - 2 * sd.sigmoid(-2 * s),
    ]  # the same, and the slope of the second exact
    found, expected = (sd.hessian(f, [D, C], modes=modes, blocks=True) for f in written)
    for mine, exact in zip(found, expected, strict=True):
        for block, other in zip(mine, exact, strict=True):
            np.testing.assert_allclose(sd.evaluate(block, at), sd.evaluate(other, at), rtol=1e-9)
