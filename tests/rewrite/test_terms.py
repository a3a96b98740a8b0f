"""Products of powers and sums of terms: an exponent that is there already is added to."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.leaves import Var
from symdiff.rewrite.terms import Builder, Product, Sum
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
KERNELS = [  # sums of kernels that come to another kernel
    "2*sqrt(y**(-2/3))*y**(2/3)*z - (y**(-2/3))**(-1/2)*z",
    "sqrt((2*sqrt(y**(-2/3))*y**(2/3) - (y**(-2/3))**(-1/2))*(x + 1))*x + x",
    "((2*sqrt(p**3)*p**(1/3) - p**(11/6))*(x + 1))**2*(x + 1) + y*(x + 1)**3",
]
MULTIPLES = [
    "1e308*x + 1e308*x + 1e308*x",
    "1e308*sin(x)**2 + 1e308*x + 1e308*cos(x)**2 + 1e308*x*(sin(x)**2 + cos(x)**2)",
    "sigmoid(x - x) + sigmoid(y)*y - sigmoid(-y)*y",
    "x**1e308*x**1e308/x**1e308",
]
SLOPES = [
    ("atan(tanh(x))*x", "x"), ("sqrt(x*3**1.5)", "x"), ("exp(((5*x)**(1/2))**(3/2))", "x"),
    ("exp((sin(x)**3)**(3/2))", "x"), ("softplus(y - sqrt(z)**(3/2))", "z"),
    ("log(sqrt(x)**(5/2) + 1)", "x"), ("sin((p**3)**(1/2)*sqrt(p))", "p"),
    ("atan(sinh(x))*cos(x)", "x"), ("(2**x)**(1/3)*sqrt(2**x)*x", "x"),
    ("x*abs(x/2)/(6**(1/9)*exp(2*x)*y*(p*q)**x) + x**2/sqrt(p) - (p**q)**(5/2)/q", "p"),
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


@pytest.mark.parametrize("text", [*PYTHAGOREAN, *LOGARITHMS, *ROOTS, *POWERS, *KERNELS, *MULTIPLES])
def test_exponents_of_equal_bases_are_added(text: str) -> None:
    f = sd.parse(text, _variables())
    for effort in (0, 1, 2):
        assert not _differences(f, sd.simplify(f, effort=effort))
    for named in (sd.expand, sd.together, sd.factor_terms):
        assert not _differences(f, named(f))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sqrt(sqrt(x))", "x**(1/4)"),
        ("(y**(-2/3))**(1/2)", "1/y**(1/3)"),
        ("(p**q)**(5/2)", "p**(5*q/2)"),
        ("(p**2)**(1/3)", "p**(2/3)"),
        ("(x**2)**(1/2)", "abs(x)"),
        ("(x**3)**(1/3)", "(x**3)**(1/3)"),
        ("(b**c)**(1/2)", "sqrt(b**c)"),
    ],
)
def test_powers_of_powers_merge_where_the_base_is_not_negative(text: str, found: str) -> None:
    assert str(sd.simplify(sd.parse(text, _variables()))) == found


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


def test_contractions_that_meet_their_opposite() -> None:
    a, u, v = sd.Var("A", shape=(2, 2)), sd.Var("u", shape=(2,)), sd.Var("v", shape=(2,))
    b = sd.Var("B", shape=(2, 2))
    values = {
        a: [[1.0, 2.0], [3.0, 5.0]],
        b: [[2.0, 0.5], [0.25, 4.0]],
        u: [1.0, 2.0],
        v: [3.0, 7.0],
    }
    for e in (
        a @ (u + v) - (a @ u + a @ v),
        (a @ u + a @ v) - a @ (u + v),
        (a + b) @ u - (a @ u + b @ u),
        a @ (u - v) - (a @ u - a @ v),
    ):
        found = sd.simplify(e)
        at = {x: values[x] for x in postorder([found]) if x.op is Var}
        assert not np.any(sd.evaluate(found, at))


def test_a_sigmoid_that_is_its_own_opposite() -> None:
    b = sd.Var("B", shape=(1, 1))
    found = sd.simplify(sd.sigmoid(b - b) + sd.sigmoid(b) * b)
    assert sd.evaluate(found, {b: [[0.0]]}) == 0.5


# -- the values themselves -------------------------------------------------------------------------


def test_what_is_there_is_added_to() -> None:
    p = Product([("x", 2), ("y", Fraction(1, 2)), ("x", 1)])
    assert dict(p) == {"x": 3, "y": Fraction(1, 2)}
    assert p.times(p) == Product([("y", 1), ("x", 6)])
    assert type(p.times(p)["y"]) is int
    assert p.over(p) == Product()
    assert p.multiplied("x", -3) == Product([("y", Fraction(1, 2))])
    assert p["z"] == 0
    total = Sum([(p, 2), (Product(), 1), (p, -2)])
    assert total == Sum([(Product(), 1)])
    assert total.plus(total, -1) == Sum()
    assert hash(Product([("x", 1), ("y", 2)])) == hash(Product([("y", 2), ("x", 1)]))


@pytest.mark.parametrize("kind", [Builder, Product, Sum])
def test_nothing_can_be_assigned(kind: Any) -> None:
    numbers = kind([("x", 1)])
    for change in (
        lambda: numbers.update({"x": 2}),
        lambda: numbers.__setitem__("x", 2),
        lambda: numbers.__delitem__("x"),
        lambda: numbers.__ior__({"x": 2}),
        lambda: numbers.setdefault("y", 2),
        lambda: numbers.pop("x"),
        lambda: numbers.clear(),
        lambda: numbers | {"x": 2},
    ):
        with pytest.raises(TypeError, match="added"):
            change()
    assert dict(numbers) == {"x": 1}


def test_numbers_without_a_sum_are_refused() -> None:
    terms = Builder([("x", 1e308)])
    with pytest.raises(OverflowError):
        terms.add("x", 1e308)
    assert terms["x"] == 1e308


# -- nobody else keeps such maps -------------------------------------------------------------------

REWRITE = Path(sd.__file__).parent / "rewrite"
NUMBERS = {"Number", "Exact", "Fraction", "Decimal"}
OTHERS = {"stable/decay.py", "stable/exponentials.py", "stable/scales.py"}  # go with their files


def _maps_to_numbers(tree: ast.AST) -> list[str]:
    """Types of maps from anything but operations to numbers."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple):
            continue
        key, *value = map(ast.unparse, node.slice.elts)
        if ast.unparse(node.value).lower() in ("dict", "defaultdict", "mapping", "mutablemapping"):
            parts = {part.strip() for part in "|".join(value).split("|")}
            if key != "Op" and not NUMBERS.isdisjoint(parts):
                found.append(ast.unparse(node))
    return found


def _maps_with_one_more(tree: ast.AST) -> list[str]:
    """``{**factors, base: exponent}`` in a function."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    displays = [n for f in functions for n in ast.walk(f) if isinstance(n, ast.Dict)]
    return [ast.unparse(d) for d in displays if None in d.keys and any(d.keys)]


@pytest.mark.parametrize(
    "path", sorted(REWRITE.rglob("*.py")), ids=lambda p: str(p.relative_to(REWRITE))
)
def test_maps_to_numbers_are_behind_one_door(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not _maps_with_one_more(tree)
    if path.name != "terms.py" and str(path.relative_to(REWRITE)) not in OTHERS:
        assert not _maps_to_numbers(tree)


def test_the_door_is_seen_to_be_passed_by() -> None:
    planted = """
Factors = dict[Expr, Number]
def partner(factors: dict[Expr, int | Fraction], base: Expr) -> object:
    return {**factors, base: 2}
"""
    tree = ast.parse(planted)
    assert len(_maps_to_numbers(tree)) == 2
    assert _maps_with_one_more(tree) == ["{**factors, base: 2}"]
