"""Roots of numbers: how they are read, that equal ones are equal, and their values by mpmath."""

import random

import mpmath
import pytest

import symdiff as sd
from symdiff.rewrite import exact
from symdiff.walk import postorder

x, y = sd.vars("x y")
NAMES = {"x": x, "y": y, "p": sd.Var("p", domain=sd.POSITIVE), "q": sd.Var("q", domain=sd.POSITIVE)}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sqrt(8)", "2*sqrt(2)"),
        ("sqrt(12)*x", "2*sqrt(3)*x"),
        ("sqrt(8*x)", "2*sqrt(2*x)"),
        ("8**(1/3)", "2"),
        ("27**(2/3)", "9"),
        ("sqrt(3/4)", "sqrt(3)/2"),
        ("sqrt(2)/2", "1/sqrt(2)"),
        ("1/sqrt(2)", "1/sqrt(2)"),
        ("sqrt(1/2)*x", "x/sqrt(2)"),
        ("3*sqrt(2)*x/2", "3*x/sqrt(2)"),
        ("x/sqrt(12)", "sqrt(3)*x/6"),
        ("sqrt(6)/sqrt(2)", "sqrt(3)"),
        ("sqrt(2)*sqrt(8)", "4"),
        ("sqrt(2)**3", "2*sqrt(2)"),
        ("sqrt(2)*sqrt(pi)", "sqrt(2*pi)"),
        ("x/(sqrt(2)*sqrt(pi))", "x/sqrt(2*pi)"),
        ("2*x/(sqrt(2)*sqrt(pi))", "sqrt(2/pi)*x"),
        ("sqrt(2)*sqrt(2*pi)", "2*sqrt(pi)"),
        ("sqrt(2)*sqrt(x)", "sqrt(2*x)"),
        ("sqrt(x)/sqrt(2)", "sqrt(x/2)"),
        ("sqrt(2)/sqrt(x)", "sqrt(2)/sqrt(x)"),
        ("sqrt(2)/sqrt(p)", "sqrt(2/p)"),
        ("sqrt(-8*x)", "2*sqrt(-2*x)"),
        ("(2*x)**(3/2)", "(2*x)**(3/2)"),
        ("sqrt(2)*x**(3/2)", "sqrt(2)*x**(3/2)"),
        ("(p/(2*pi*q))**(3/2)", "(p/(2*pi*q))**(3/2)"),
        ("0.3*x/sqrt(2)", "0.3*x/sqrt(2)"),
        ("sqrt(p)*sqrt(q)", "sqrt(p*q)"),
        ("sqrt(p)/sqrt(q)*x", "sqrt(p/q)*x"),
        ("x/(sqrt(2)*sqrt(p)*sqrt(pi))", "x/sqrt(2*pi*p)"),
        ("sqrt(p)*sqrt(x)", "sqrt(p*x)"),
        ("sqrt(x)*sqrt(y)", "sqrt(x)*sqrt(y)"),
        ("sqrt(p)*q**(3/2)", "sqrt(p)*q**(3/2)"),
        ("sqrt(10**40 + 1)", "sqrt(10000000000000000000000000000000000000001)"),
        ("sqrt(10**40)", "100000000000000000000"),
        ("sqrt(2*1009**2)", "1009*sqrt(2)"),
    ],
)
def test_roots_of_numbers_read_as_in_a_book(text, read):
    e = sd.parse(text, NAMES)
    found = sd.simplify(e)
    assert str(found) == read
    assert sd.simplify(found) is found


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sqrt(2)/2", "1/sqrt(2)"),
        ("sqrt(6)*sqrt(10)", "2*sqrt(15)"),
        ("sqrt(x)*sqrt(2*x)", "sqrt(8)*sqrt(x)**2/2"),
        ("sqrt(2*x) + sqrt(8*x)", "3*sqrt(2)*sqrt(x)"),
        ("4**(1/3)*2**(1/3)", "2"),
        ("sqrt(2*pi*x)", "sqrt(pi)*sqrt(2*x)"),
        ("(3*x/4)**(-1/2)", "2/sqrt(3)/sqrt(x)"),
        ("sqrt(3*p*q/4)/p", "sqrt(3)*sqrt(q)/sqrt(4*p)"),
    ],
)
def test_equal_roots_have_one_form(left, right):
    assert sd.simplify(sd.parse(left, NAMES)) is sd.simplify(sd.parse(right, NAMES))


@pytest.mark.parametrize(
    ("text", "by", "read"),
    [
        ("sqrt(3*p*q)", "p", "sqrt(3*q/p)/2"),
        ("2*pi*sqrt(p/q)", "p", "pi/sqrt(p*q)"),
        ("exp(-x**2/(4*p*q))/sqrt(4*pi*p*q)", "x",
         "-x*exp(-x**2/(4*p*q))/(4*sqrt(pi)*(p*q)**(3/2))"),
        ("erf(x/sqrt(4*p*q))", "x", "exp(-x**2/(4*p*q))/sqrt(pi*p*q)"),
        ("0.5*x*(1 + erf(x/sqrt(2)))", "x", "x*exp(-x**2/2)/sqrt(2*pi) + 0.5*(erf(x/sqrt(2)) + 1)"),
    ],
)  # fmt: skip
def test_derivatives_have_one_root_where_a_book_has(text, by, read):
    assert str(sd.grad(sd.parse(text, NAMES), NAMES[by])) == read


def test_a_root_of_a_negative_number_stays_nan():
    for text in ("sqrt(-2)*sqrt(-3)", "sqrt(-8)", "(-8)**(1/3)", "sqrt(-2)*sqrt(8)"):
        assert str(sd.evaluate(sd.simplify(sd.parse(text)), {})) == "nan"


def test_long_numbers_end():
    for n in (10**300 + 7, 2**1023 - 1, 7**300):
        found = sd.simplify(sd.sqrt(sd.Const(n)) * x)
        assert abs(sd.evaluate(found, {x: 1.0}) / float(mpmath.sqrt(n)) - 1) < 1e-15


@pytest.mark.parametrize("degree", [2, 3, 5])
def test_factors_multiply_to_the_number(degree):
    r = random.Random(degree)
    for n in [*range(1, 200), *[r.randrange(1, 10**30) for _ in range(50)], 1009**degree * 6]:
        found = exact.factors(n, degree)
        product = 1
        for factor, count in found:
            product *= factor**count
        assert product == n
        assert all(f > 1000 or all(f % d for d in range(2, f)) for f, _ in found)


NUMBERS = ("2", "3", "6", "8", "12", "(3/4)", "(1/2)", "(2/3)", "pi", "(2*pi)", "18", "(5/8)")
BASES = ("x", "p", "q", "(p*q)", "(p/q)", "(x**2 + 1)", "(x + 3)")
POWERS = ("(1/2)", "(-1/2)", "(3/2)", "(-3/2)", "(1/3)", "(-2/3)", "(5/2)", "(1/4)")


def product_of_roots(r):
    factors = []
    for _ in range(r.randint(1, 4)):
        base = r.choice(NUMBERS)
        if r.random() < 0.5:
            base = f"({base}*{r.choice(BASES)})" if r.random() < 0.7 else r.choice(BASES)
        factors.append(f"{base}**{r.choice(POWERS)}")
    return r.choice(["", "-", "3*", "0.3*", "1/6*"]) + "*".join(factors)


def test_products_of_roots_keep_their_values_and_settle():
    r = random.Random(11)
    for _ in range(150):
        text = product_of_roots(r)
        at = {"x": r.uniform(0.2, 3), "p": r.uniform(0.2, 3), "q": r.uniform(0.2, 3)}
        with mpmath.workdps(40):
            numbers = {name: mpmath.mpf(v) for name, v in at.items()}
            exactly = text.replace("0.3", "mpf(0.3)")
            for n in ("1/2", "3/2", "1/3", "2/3", "5/2", "1/4", "3/4", "5/8", "1/6"):
                exactly = exactly.replace(n, f"mpf({n[0]})/{n[2]}")
            wanted = eval(exactly, {"mpf": mpmath.mpf, "pi": mpmath.pi, **numbers})
        found = sd.simplify(sd.parse(text, NAMES))
        named = {v: at[name] for name, v in NAMES.items() if name in at}
        value = sd.evaluate(found, {v: n for v, n in named.items() if v in postorder([found])})
        assert abs(float(value) - wanted) <= 1e-14 * abs(wanted), text
        assert sd.simplify(sd.parse(str(found), NAMES)) is found, text
        assert sd.simplify(found) is found, text


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(3)**3*sqrt(p/exp(x))**3*p**(3/2) - 1",
        "sqrt(p/exp(x))*sqrt(p + 1)*sqrt(3)",
        "(sqrt(p + 1)*sqrt(exp(x)/(p + 1)))**3/sqrt(2)",
        "(sqrt(3/exp(2*x))**3*sqrt(p)**-2 - p)**(-1/2)",
    ],
)
def test_roots_that_come_under_one_may_hold_what_the_formula_did_not(text: str) -> None:
    """Under the root of a quotient, ``1/exp(x)`` is ``exp(-x)``, a part of its own."""
    names = [sd.Var("p", domain=sd.POSITIVE), sd.Var("x")]
    f = sd.parse(text, names)
    for e in (f, *sd.grad(f, names, simplify=False)):
        plain, short = sd.compile([e, sd.simplify(e)], names)(1.3, -0.7)
        assert short == pytest.approx(plain, rel=1e-13)
