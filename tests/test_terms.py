"""Products of powers and sums of terms: an exponent that is there already is added to."""

from __future__ import annotations

import mpmath
import pytest

import symdiff as sd
from symdiff.leaves import Var
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

DIGITS = 50
NAMES = ["b", "c", "p", "q", "x", "y", "z"]
POINTS = [
    dict(zip(NAMES, [0.7, -1.3, 1.25, 0.4, 0.9, 1.7, 2.3], strict=True)),
    dict(zip(NAMES, [-2.2, 0.6, 0.3, 2.5, 3.1, 0.45, 0.2], strict=True)),
    dict(zip(NAMES, [1.9, 2.4, 3.5, 0.8, -0.6, -1.1, 1.4], strict=True)),
]

PYTHAGOREAN = [
    "cos(b) + cos(b)*cos(2*b)",
    "sin(x) - sin(x)*cos(2*x)",
    "sin(b)**3 - sin(b)**3*cos(2*b)",
    "cos(b)**3 + cos(b)**3*cos(2*b)",
    "cosh(x)*cosh(2*x) + cosh(x)",
    "y*sinh(x)**5*cosh(2*x) - y*sinh(x)**5",
    "cos(b)*cos(2*b)**2 + cos(b)*cos(2*b)",
    "cos(2*x)*cos(x)**2 - cos(2*x)*sin(x)**2",
    "cos(2*x)*cosh(2*x)*cosh(x)**2 + cos(2*x)*cosh(2*x)*sinh(x)**2 + y",
    "sin(x)**2*cos(x) + cos(x)**3*y",
    "2*sin(x)**3 - sin(x) + y*cos(2*x)",
    "cos(2*x)*(2*cos(x)**2 - 1)**2*sin(x) - cos(2*x)**2*sin(x)",
    "(sin(x) + cos(x))**2*sin(x + pi/4)",
    "sin(x)*cos(x)*sin(2*x)**3",
]
LOGARITHMS = [
    "log(p/q)*log(p) - log(p/q)*log(q) + b",
    "log(p/q)**2*log(p) - log(p/q)**2*log(q)",
    "log(p*q)*log(p) + log(p*q)*log(q) + c*log(p)",
    "log(p)*log(q) - log(q)**2 + log(p/q)*log(q)",
]
ROOTS = [
    "1/sqrt(x/sqrt(3))",
    "(y/sqrt(3))**(3/2)*2",
    "(x/3**(2/3))**(1/2)",
    "sqrt(x*3**1.5)",
    "sqrt(3*x/3**(1/3)) + sqrt(x)",
    "(2*p/2**(1/3))**(3/4)*2**(1/5)",
    "(p*6**(1/3)/3**(3/4))**(5/2) + q",
    "sqrt(p*2.5**(1/3))/(0.5*5.0)",
    "x/0.5/5.0*2.5**(1/3)",
    "x/2.5*(0.4*y)**(1/3)/(0.5*5.0)",
    "sqrt(pi*x/sqrt(pi)) + pi**(1/4)",
    "(e**(1/3)*p)**(3/2) + e**p",
]
POWERS = [
    "x**2*sqrt(x**3)*sqrt(x**3)*exp(x) + x*exp(x)*sqrt(x**3)",
    "2**x*(2**x)**(1/3)*y + 2**x*(2**x)**(1/3)*3",
    "2**x*sqrt(2**x)*sqrt(2**x)",
    "(b**c)**2*b**c*sqrt(b**c) + b**c*y",
    "p**x*(p**x)**(1/3)*sqrt(p**x) + (p**x)**(1/3)*y",
    "x*sqrt(x*y)*sqrt(x*y) + x*y*sqrt(x*y)*z",
    "sqrt(x**3)*sqrt(x**3)/x**2",
    "(x**3)**(1/3)*(x**3)**(2/3)*x**2*y",
    "sqrt(x**2)*x**2*sqrt(x**2)*sqrt(x**2)",
    "((x**2)**(1/2))**3 + x**3",
    "(sin(x)**3)**(3/2)*sqrt(sin(x)**3)*sin(x)",
    "exp(x)**(1/3)*exp(2*x)*sqrt(exp(x))*y + exp(2*x)",
    "((x - y)**3)**(1/3)*((x - y)**3)**(2/3)*(x - y)*(y - x)**2",
    "x*y*(x*y)**1.5*(x*y)**1.5*z + x*y",
]
SLOPES = [
    ("atan(tanh(x))*x", "x"), ("sqrt(x*3**1.5)", "x"), ("exp(((5*x)**(1/2))**(3/2))", "x"),
    ("exp((sin(x)**3)**(3/2))", "x"), ("softplus(y - sqrt(z)**(3/2))", "z"),
    ("log(sqrt(x)**(5/2) + 1)", "x"), ("sin((p**3)**(1/2)*sqrt(p))", "p"),
    ("atan(sinh(x))*cos(x)", "x"), ("(2**x)**(1/3)*sqrt(2**x)*x", "x"),
]  # fmt: skip


def _variables() -> dict[str, sd.Expr]:
    positive = {"p", "q"}
    return {n: Var(n, domain=sd.POSITIVE if n in positive else sd.REAL) for n in NAMES}


def _differences(before: sd.Expr, after: sd.Expr) -> list[str]:
    """Where an expression with a value at many digits has another afterwards."""
    wrong, defined = [], 0
    for point in POINTS:
        at = {v: mpmath.mpf(point[v.name]) for v in postorder([before, after]) if v.op is Var}
        truth, value = mp_evaluate([before, after], at, DIGITS)
        if mpmath.isfinite(truth):
            defined += 1
            if not mpmath.almosteq(truth, value, 1e-14, 1e-14):
                wrong.append(f"{point}: {before} is {truth}, {after} is {value}")
    assert defined, before
    return wrong


@pytest.mark.parametrize("text", [*PYTHAGOREAN, *LOGARITHMS, *ROOTS, *POWERS])
def test_exponents_of_equal_bases_are_added(text: str) -> None:
    f = sd.parse(text, _variables())
    for effort in (0, 1, 2):
        assert not _differences(f, sd.simplify(f, effort=effort))
    for named in (sd.expand, sd.together, sd.factor_terms):
        assert not _differences(f, named(f))


@pytest.mark.parametrize(("text", "name"), SLOPES)
@pytest.mark.parametrize("order", [1, 2])
def test_derivatives_of_nested_powers(text: str, name: str, order: int) -> None:
    variables = _variables()
    f = sd.parse(text, variables)
    raw = sd.derivative(f, variables[name], order, simplify=False)
    for effort in (0, 1, 2):
        assert not _differences(raw, sd.simplify(raw, effort=effort))
    assert not _differences(raw, sd.derivative(f, variables[name], order))
    if order == 2:
        assert not _differences(raw, sd.hessian(f, [variables[name]], blocks=True)[0][0])
