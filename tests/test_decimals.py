"""Arithmetic of floats as decimals, against Python's ``decimal`` and the machine's own."""

import math
import random
from decimal import Context, Decimal
from fractions import Fraction

import pytest

import symdiff as sd
from symdiff import decimals

x, y = sd.vars("x y")
EXACT = Context(prec=60)


def written(r):
    """A float that a person writes, of up to six digits."""
    return float(f"{r.randint(-(10 ** r.randint(1, 6)), 10**6)}e{r.randint(-8, 8)}")


@pytest.mark.parametrize("name", ["plus", "minus", "times"])
def test_short_decimals_give_the_float_of_their_exact_result(name):
    exactly = {"plus": EXACT.add, "minus": EXACT.subtract, "times": EXACT.multiply}[name]
    r = random.Random(7)
    for _ in range(2000):
        a, b = written(r), written(r)
        wanted = exactly(Decimal(repr(a)), Decimal(repr(b)))
        found = getattr(decimals, name)(a, b)
        if len(wanted.normalize().as_tuple().digits) <= 15:
            assert found == float(wanted), (a, b)


@pytest.mark.parametrize("name", ["plus", "minus", "times"])
def test_no_result_is_further_from_that_of_the_machine_than_the_rounding_of_the_decimals(name):
    machine = {"plus": float.__add__, "minus": float.__sub__, "times": float.__mul__}[name]
    r = random.Random(8)
    for _ in range(4000):
        a, b = (r.choice([written(r), r.uniform(-2, 2), 0.1 * r.randint(-9, 9)]) for _ in "ab")
        value, found = machine(a, b), getattr(decimals, name)(a, b)
        rounding = math.ulp(a) + math.ulp(b) if name != "times" else 2 * math.ulp(value)
        assert abs(found - value) <= rounding / (1 if name == "times" else 2) + math.ulp(value)


def test_computed_floats_are_those_of_the_machine():
    r = random.Random(9)
    for _ in range(1000):
        a, b = r.sample([v for v in (r.random() for _ in range(40)) if len(repr(v)) > 18], 2)
        assert decimals.times(a, b) == a * b
        assert decimals.plus(a, b) == a + b
    assert decimals.minus(1.0000000000000002, 1) == 2.0**-52


@pytest.mark.parametrize(
    ("a", "b"),
    [(1e308, 10), (math.inf, 2), (math.nan, 1.5), (-0.0, 3), (5e-324, 3), (1e-200, 1e-200),
     (2**80, 3), (Fraction(1, 3), 3), (True, 2)],
)  # fmt: skip
def test_extremes_and_exact_numbers_are_as_they_were(a, b):
    found, value = decimals.times(a, b), a * b
    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("8.4*x**3", "25.2*x**2", "50.4*x"),
        ("0.1*x**3*3", "0.9*x**2", "1.8*x"),
        ("1.1*x**2.2", "2.42*x**1.2", "2.904*x**0.2"),
        ("0.1*x**1.1", "0.11*x**0.1", "0.011/x**0.9"),
        ("(2.2*x)**3", "31.944*x**2", "63.888*x"),
        ("1.5*exp(-0.7*x)", "-1.05*exp(-0.7*x)", "0.735*exp(-0.7*x)"),
    ],
)
def test_derivatives_have_the_decimals_of_a_person(text, first, second):
    f = sd.parse(text)
    assert str(sd.grad(f, x)) == first
    assert str(sd.derivative(f, x, 2)) == second


def test_like_terms_cancel_and_floats_that_stand_alone_stay():
    assert sd.simplify(sd.parse("0.3*x**2 - 0.1*x**2 - 0.2*x**2")) is sd.Const(0)
    assert str(sd.simplify((x + 0.1) + 0.2)) == "x + 0.1 + 0.2"
    assert sd.evaluate((x + 1e16) - 1e16, {x: 0.3}) == (0.3 + 1e16) - 1e16
