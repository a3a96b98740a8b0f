"""Compiled and evaluated [f, gradient, Hessian] of formulas that once came out with another sign,
as nan, as 0, or not at all; the truth is forward differentiation of the text in many digits.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from oracle.truth import jet

import symdiff as sd
from symdiff.expr import Expr

CASES: list[tuple[str, dict[str, float]]] = [
    # signs that a root of a square does not tell
    ("sqrt(log(x**2 + 1))", {"x": -0.34}),
    ("expm1(x*x)**(3/2)", {"x": -0.34}),
    ("asinh(tanh(x)/x**2) + x", {"x": -0.34}),
    ("acos(sech(x))", {"x": -0.34}),
    ("sqrt(1 - cos(x)) - sin(x)", {"x": -0.34}),
    ("(b**2)**1.5/b**2", {"b": -0.34}),
    ("sqrt(tanh(x)*x)", {"x": -0.226}),
    # rows that undid each other
    ("sigmoid(x) - sigmoid(-x)", {"x": 0.3}),
    ("sigmoid(x*y + z)", {"x": 0.3, "y": -1.2, "z": 2.0}),
    ("softplus(sigmoid(x))", {"x": 0.3}),
    ("1/(exp((y - m)/x) + 1)", {"m": 1.5, "x": 0.3, "y": 1.0}),
    ("c + (1 - c)/(1 + exp(-a*(x - b)))", {"a": 1.3, "b": 0.4, "c": 0.25, "x": -0.7}),
    ("-V/(1 + exp((sqrt(x**2 + z**2) - R)/a))",
     {"R": 1.0, "V": 2.0, "a": 0.3, "x": 0.6, "z": -0.5}),
    ("sigmoid(x)*(1 - sigmoid(x))*sigmoid(-y)", {"x": 0.3, "y": 0.2}),
    # powers of exponentials of more than one thing
    ("exp(cosh(x + 1 + sinh(y)))", {"x": 0.3, "y": -0.2}),
]  # fmt: skip
FAR: list[tuple[str, dict[str, float]]] = [
    ("tanh(exp(x))", {"x": 15.7}),
    ("3*tanh(x)", {"x": 1000.0}),
    ("cosh(a*x)/cosh(x)", {"a": 0.25, "x": 300.0}),
    ("a/(b - a)*(exp(-a*x) - exp(-b*x))", {"a": 800.0, "b": 1.5, "x": 1.0}),
    ("1/(1 + exp(-exp(-y**2/2)))", {"y": -193.6}),
    ("1/cosh(x)**2", {"x": 516.0}),
    ("1/tanh(x)", {"x": 300.0}),
    ("sqrt((9.81*k + s*k**3)*tanh(k*h))", {"h": 2.8211, "k": 4.446, "s": 0.2462}),
    ("K/(1 + (K - N)/N*exp(-r*t))", {"K": 164.0, "N": 1.04, "r": 0.946, "t": 605.0}),
    ("P*u*(a - b*exp(-u))/(1 - exp(-u))", {"P": 0.413, "a": 7.07, "b": 147.2, "u": 448.7}),
    ("x*tanh(log(1 + exp(x))) + a*x/(1 + exp(-b*x))", {"a": -0.719, "b": 1.647, "x": 326.7}),
    ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", {"x": 800.0}),
]  # fmt: skip


def truth(text: str, at: dict[str, float]) -> list[float]:
    names = sorted(at)
    return [float(v) for v in jet(text, at, names).entries()]


def outputs(text: str, at: dict[str, float], simplify: bool) -> tuple[list[Expr], list[Expr]]:
    f = sd.parse(text)
    by = [sd.Var(name) for name in sorted(at)]
    slopes = list(sd.grad(f, by, simplify=simplify))
    curves = sd.hessian(f, by, simplify=simplify, blocks=True)
    return [f, *slopes, *[e for row in curves for e in row]], by


def found(nodes: list[Expr], by: list[Expr], at: dict[str, float]) -> list[list[float]]:
    """What compiling and evaluating give."""
    values = [at[v.name] for v in by]
    return [sd.compile(nodes, by)(*values), sd.evaluate(nodes, dict(zip(by, values, strict=True)))]


@pytest.mark.parametrize("simplify", [True, False], ids=["simplified", "raw"])
@pytest.mark.parametrize(("text", "at"), CASES, ids=[text for text, _ in CASES])
def test_values_and_derivatives(text: str, at: dict[str, float], simplify: bool) -> None:
    wanted = truth(text, at)
    for values in found(*outputs(text, at, simplify), at):
        assert values == pytest.approx(wanted, rel=1e-12, abs=1e-15 * max(map(abs, wanted)))


@pytest.mark.parametrize(("text", "at"), FAR, ids=[text for text, _ in FAR])
def test_far_out(text: str, at: dict[str, float]) -> None:
    """Every entry alone, however much larger the others are."""
    wanted = truth(text, at)
    for values in found(*outputs(text, at, simplify=True), at):
        assert values == pytest.approx(wanted, rel=1e-11, abs=1e-300)


def test_a_logarithm_of_weighted_exponentials() -> None:
    text = "log(2*exp(x) + 3*exp(y) + 1)"
    at = {"x": 800.0, "y": 799.0}
    by = [sd.Var("x"), sd.Var("y")]
    for (value,) in found([sd.parse(text)], by, at):
        assert value == pytest.approx(truth(text, at)[0], rel=1e-15)


def test_a_division_of_zero_by_zero_compiles() -> None:
    x = sd.Var("x")
    f = sd.compile((sd.exp(x) + sd.log1p(x)) * (x - x) ** (-1), x)
    assert f(0.3) == np.inf


@pytest.mark.parametrize("at", [16.0, 19.5, 25.0, 300.0])
def test_a_simplified_slope_of_tanh_has_all_digits(at: float) -> None:
    x = sd.Var("x")
    slope = sd.grad(sd.tanh(x), x)
    assert str(slope) == "1 - tanh(x)**2"
    with mpmath.workdps(600):
        exact = float(1 - mpmath.tanh(at) ** 2)
    for found in (sd.evaluate(slope, {x: at}), sd.compile(slope, x)(at)):
        assert found == pytest.approx(exact, rel=1e-15)
