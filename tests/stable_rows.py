"""Expressions that lose digits or overflow as they are written, for tests and benchmarks.

Each is text that serves every library, with the points to try: where terms cancel, where parts
over- or underflow, and ordinary ones.  The inputs are exact, so the witness is too: mpmath's value
and its differences at 1600 digits; no rule of ours is used.

What is asked: value, gradient and Hessian within 4 ulp of the witness.  That is possible wherever
some form over functions of float64 has it.  It has not next to a zero of the result where rounded
functions are subtracted (``sigmoid(x) - y``), nor where exp is taken of a product that is rounded:
such points are left out of ``rows``.  ``beyond`` has whole expressions, each with its reason:
some have no such form, the others none without branches or within 1.2 times the operations.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import mpmath

DIGITS = 1600
STEP = 60  # digits of the relative step of a difference

Point = tuple[float, ...]


class Row(NamedTuple):
    """An expression over the variables named, the points to try it at, and what is true where
    the witness has only a limit; a reason where it is beyond reach.
    """

    text: str
    names: str
    points: list[Point]
    limits: dict[Point, list[float]] | None = None
    reason: str = ""

    def build(self, functions: dict[str, Any], variables: Sequence[Any]) -> Any:
        """The expression in a library, given its functions and variables."""
        given = dict(zip(self.names.split(), variables, strict=True))
        return eval(self.text, {"__builtins__": {}}, {**functions, **given})


def one(text: str, *points: float) -> Row:
    """A row of ``x``."""
    return Row(text, "x", [(p,) for p in points])


SERIES = "terms cancel next to 0, where the form that holds is a series"
BY_SIZE = "one form holds for small arguments and another for large ones"
BY_SIGN = "one form holds for positive arguments and another for negative ones"
BY_RANGE = (
    "a part over- or underflows where the result does not; the form without it has fewer "
    "digits elsewhere, or none for negative arguments"
)
SCALE = (
    "squares and products over- or underflow; scaling them takes more than 1.2 times the operations"
)
APART = "a function at two points one apart: each power and each derivative needs a form of its own"
LABEL = (
    "with a label next to 1 the slope is a difference of two products, three times the operations"
)


def because(reason: str, listed: list[Row]) -> list[Row]:
    """Rows that share a reason."""
    return [row._replace(reason=reason) for row in listed]


SMALL = (1e-300, 1e-160, 1e-20, 1e-9, 1e-5, 1e-3, 0.07)
NEAR = (*SMALL, -1e-9, -1e-4, -0.03, 0.4, -0.6)
SIGMOID = (-800.0, -745.2, -40.0, -36.5, -3.0, -1e-9, 0.0, 1e-9, 0.5, 3.0, 36.5, 40.0, 800.0)
PLANE = [
    (3.0, 4.0), (1e200, 1.5e200), (1e-200, 2e-200), (1e200, 1.0), (1e-200, 3e-200), (2e160, 1e160),
    (1.0, 1e-9), (1e160, -3e160),
]  # fmt: skip


def rows() -> list[Row]:
    """Every row."""
    two = lambda text, *points: Row(text, "x y", list(points))
    return [
        # exponentials and logarithms
        one("log(1 + exp(x))", *SIGMOID),
        one("log(1 + x)", *NEAR, 1e300),
        one("exp(x) - 1", *NEAR, 40.0, -40.0, 700.0),
        one("1 - exp(-x)", *NEAR, 40.0, -40.0, 800.0),
        Row("x*log(x)", "x", [(p,) for p in (0.0, *SMALL, 1.0, 3.0, 1e300)],
            {(0.0,): [0.0, -math.inf, math.inf]}),
        one("log(1 - exp(-x))", 1e-300, 1e-20, 1e-9, 1e-3, 0.3, 0.7, 3.0, 40.0, 700.0),
        two("log(exp(x) - exp(y))", (800.0, 799.0), (-800.0, -801.0), (2.0, 1.0),
            (1.0 + 1e-9, 1.0), (40.0, -3.0)),
        one("log(x/(1 - x))", 1e-300, 1e-9, 0.1, 0.5 + 1e-9, 0.75, 1 - 1e-9),
        one("log(x + 1) - log(x)", 1e-9, 0.3, 3.0, 1e5, 1e9, 1e20, 1e150),
        one("exp(-x)*(exp(x) - 1)", *NEAR, 3.0, 40.0, 800.0),
        two("log(exp(x) + exp(y))", (800.0, 799.0), (-800.0, -801.0), (1.0, 2.0), (40.0, -3.0),
            (0.0, -40.0)),
        two("exp(x)/(exp(x) + exp(y))", (800.0, 799.0), (-800.0, -801.0), (1.0, 2.0),
            (-40.0, 3.0), (3.0, -40.0)),
        two("x - log(exp(x) + exp(y))", (800.0, 799.0), (-800.0, -801.0), (1.0, 2.0),
            (40.0, -3.0), (-3.0, 40.0)),
        # the family of the sigmoid
        one("1/(1 + exp(-x))", *SIGMOID),
        one("exp(x)/(1 + exp(x))", *SIGMOID),
        one("1 - 1/(1 + exp(-x))", *SIGMOID),
        one("1 - sigmoid(x)", *SIGMOID),
        one("log(sigmoid(x))", *SIGMOID),
        one("log(1 - sigmoid(x))", *SIGMOID),
        one("-log(1/(1 + exp(-x)))", *SIGMOID),
        one("-log(1 + exp(x))", *SIGMOID),
        one("x*sigmoid(x)", *[x for x in SIGMOID if x != -745.2]),
        one("1/(exp(x) + 1)", *SIGMOID),
        # hyperbolic functions
        one("1 - tanh(x)**2", -400.0, -19.0, -1.0, 1e-9, 0.3, 5.0, 19.5, 300.0),
        one("1 - tanh(x)", -400.0, -1.0, 1e-9, 0.3, 5.0, 19.5, 300.0),
        one("sinh(x)/cosh(x)", -800.0, -20.0, -1.0, 1e-9, 0.3, 3.0, 20.0, 711.0, 800.0),
        one("1/cosh(x)**2", -711.0, -300.0, -3.0, 1e-9, 0.3, 20.0, 350.0, 711.0),
        one("(exp(x) - exp(-x))/(exp(x) + exp(-x))", -800.0, -20.0, -1.0, 1e-9, 0.3, 3.0, 800.0),
        one("cosh(x) - 1", *NEAR, 3.0, 40.0, 700.0),
        one("log(cosh(x))", -800.0, -20.0, 1.5, 20.0, 800.0, 0.3, *SMALL),
        one("tanh(x/2)", -1600.0, -20.0, 1e-9, 1.0, 40.0, 1600.0),
        # trigonometric functions
        one("1 - cos(x)", *NEAR, 3.0, 40.0),
        two("sin(x)**2 + cos(x)**2*(1 - cos(y))", (1e-9, 1e-9), (0.3, 1e-5), (1.0, 2.0)),
        # roots
        one("sqrt(1 + x) - 1", *NEAR, 3.0, 1e300),
        one("1 - sqrt(1 - x)", *NEAR),
        one("sqrt(1 + x**2) - 1", *NEAR, 3.0, 1e200),
        one("x/sqrt(1 + x**2)", *NEAR, 3.0, 1e5, 1e100, 1e200),
        one("sqrt(1 - x**2)", 1e-9, 0.3, 0.9, 0.999999, 1 - 1e-12, -1 + 1e-15),
        # squares and quotients
        two("sqrt(x**2 + y**2)", *PLANE),
        two("x**2 - y**2", (1.0 + 1e-9, 1.0), (3.0, 2.0), (1e150, 1e150 * (1 + 1e-9))),
        Row("sqrt(x**2 + y**2 + z**2)", "x y z",
            [(1e160, 2e160, -1e160), (1e-200, 1e-200, 3e-200), (1.0, 2.0, 2.0), (1e200, 1.0, 0.5)]),
        one("1 - x**2", 1e-9, 0.3, 0.999999, 1 - 1e-12, -1 + 1e-15, 3.0, 1 + 1e-12),
        one("(1 - x)*(1 + x)", 1e-9, 0.3, 0.999999, 1 - 1e-12, -1 + 1e-15, 3.0, 1 + 1e-12),
        one("atan(x + 1) - atan(x)", 3.0),
        # powers
        # special functions
        one("1 - erf(x)", -3.0, 1e-9, 0.3, 1.0, 3.0, 6.0, 20.0, 26.0),
        one("(1 + erf(x))/2", 3.0, -1e-9, -0.3, -1.0, -3.0, -6.0, -20.0),
        one("exp(lgamma(x + 1) - lgamma(x))", 0.1, 1.5, 5.0, 30.0, 300.0, 1e5),
        one("gamma(x + 1)/gamma(x)", 0.1, 1.5, 5.0, 30.0, 171.5, 300.0),
        # statistics, learning, physics
        one("-x*log(x) - (1 - x)*log(1 - x)", 1e-300, 1e-20, 1e-9, 0.1, 0.5, 0.9, 1 - 1e-9),
        two("x*log(x/y) + (1 - x)*log((1 - x)/(1 - y))", (0.3, 0.7), (1e-9, 0.5), (0.9, 0.1)),
        two("log(1 + x**2/y)", (1e-9, 3.0), (1e70, 2.0), (0.5, 3.0), (-1e9, 1e-5)),
        two("-((x/y)**2)/2 - log(y*sqrt(2*pi))", (1.0, 1e-60), (3.0, 1e60), (0.5, 2.0)),
        one("1/(exp(x) - 1)", *SMALL, 0.4, 3.0, 40.0, 700.0, 800.0),
        two("1/(exp((x - y)/0.03125) + 1)", (5.0, 4.0), (1.0, 30.0), (30.0, 1.0), (1.0, 1.01)),
        one("1/sqrt(1 - x**2) - 1", *SMALL, 0.4, 0.9, 1 - 1e-9),
        one("acosh(1 + x)", *SMALL, 0.4, 3.0, 1e200),
        one("acos(1 - x)", *SMALL, 0.4, 1.5),
        one("asin(sqrt(x))", *SMALL, 0.4, 1 - 1e-9),
        one("log(x + sqrt(x**2 + 1))", -1e9, -3.0, -1e-5, *SMALL, 0.4, 3.0, 1e9, 1e200),
        one("log((1 + x)/(1 - x))/2", *NEAR, 0.99, -0.999999),
        one("exp(-x**2/2)/x - exp(-x**2/2)/(x + 1)", 1.0, 10.0, 30.0),
    ]  # fmt: skip


def held_back() -> list[Row]:
    """A third of the rows, drawn at random: looked at only to report."""
    listed = rows()
    return random.Random(2718).sample(listed, len(listed) // 3)


def beyond() -> list[Row]:
    """Expressions without a short form that holds everywhere, and why."""
    two = lambda text, *points: Row(text, "x y", list(points))
    fails: Callable[[str, str, list[Point], str], Row] = lambda text, names, points, why: Row(
        text, names, points, reason=why
    )
    return [
        *because(SERIES, [
            one("(exp(x) - 1)/x", *NEAR, 3.0, 40.0, -40.0),
            one("x/(exp(x) - 1)", *NEAR, 3.0, 40.0, 700.0, -40.0, -800.0),
            one("cosh(x)/sinh(x) - 1/x", *SMALL, 0.4, 3.0, 20.0, 800.0),
            one("(1 - cos(x))/x**2", *NEAR, 3.0, 40.0),
            one("(1 - cos(x))/x", *NEAR, 3.0, 40.0),
            one("sin(x)/x", *NEAR, 3.0, 40.0),
            one("x - sin(x)", *NEAR, 3.0, 40.0),
            one("tan(x) - sin(x)", *NEAR, 1.2),
            one("(1 - cos(x))/sin(x)", *NEAR, 2.0),
            one("x**3/(exp(x) - 1)", *SMALL, 0.4, 3.0, 40.0, 800.0),
            one("x**2*exp(x)/(exp(x) - 1)**2", *SMALL, 0.4, 5.0, 40.0, 700.0, 800.0),
        ]),
        *because(BY_SIZE, [
            one("log(gamma(x))", 0.1, 1.5, 5.0, 30.0, 171.5, 300.0, 1e5),
            one("1/cosh(x)", -711.0, -300.0, -3.0, 1e-9, 0.3, 20.0, 360.0, 711.0, 740.0),
            one("log(sinh(x))", *SMALL, 0.4, 3.0, 20.0, 800.0),
            two("(1 + x)**y - 1", (1e-9, 12.0), (1e-5, 0.5), (0.05, 30.0), (1e-20, 3.0),
                (-0.3, 2.5)),
            two("x**y - 1", (1.0 + 1e-9, 12.0), (3.0, 1e-9), (0.5, 2.5), (1.0001, 3.0)),
            two("cos(x) - cos(y)", (1.0, 1.0 + 1e-9), (1e-5, 2e-5), (0.3, 2.0)),
            two("sin(x) - sin(y)", (1.0, 1.0 + 1e-9), (1e-5, 2e-5), (0.3, 2.0)),
        ]),
        *because(BY_SIGN, [
            one("sqrt(1 + x**2) - x", -3.0, 0.3, 3.0, 1e5, 1e9, 1e20),
            one("1 - x/sqrt(1 + x**2)", -1.0, 0.3, 3.0, 1e5, 1e9, 1e20),
        ]),
        *because(BY_RANGE, [
            two("exp(x)*exp(y)", (800.0, -799.0), (-800.0, 801.0), (1.0, 2.0)),
            two("exp(x)/exp(y)", (800.0, 799.0), (-800.0, -801.0), (1.0, 2.0)),
            two("log(x*y)", (1e200, 1e200), (1e-200, 1e-200), (2.0, 3.0), (1e-200, 1e150)),
            two("log(x/y)", (1e200, 1e-200), (1e-200, 1e200), (2.0, 3.0), (3.0, 1.0)),
            two("x*log(x/y)", (1e-200, 1e200), (0.3, 0.7), (1e-9, 0.5), (0.5, 1e-9)),
        ]),
        *because(SCALE, [
            one("1/(1 + x**2)", *SMALL, 0.4, -0.7, 3.0, 1e5, 1e100, 1e200),
            two("x/sqrt(x**2 + y**2)", *PLANE),
            two("x/(x**2 + y**2)", *PLANE),
            two("log(x**2 + y**2)", *PLANE),
            two("log(sqrt(x**2 + y**2))", *PLANE),
            two("atan(y/x)", *PLANE),
            two("atan2(y, x)", *PLANE, (-1.0, 1e-9)),
            two("(x - y)/(x + y)", (1e308, 1e308), (3.0, 1.0), (1.0, 1.0 + 1e-9), (1e-300, 2e-300)),
            two("x*y/(x + y)", (1e200, 1e200), (1e-200, 1e-200), (2.0, 3.0), (1e200, 1.0)),
            two("1/(1/x + 1/y)", (1e200, 1e200), (1e-200, 1e-200), (2.0, 3.0), (1e200, 1.0)),
            Row("x/sqrt(x**2 + y**2 + z**2)", "x y z",
                [(1e160, 2e160, -1e160), (1e-200, 1e-200, 3e-200), (1.0, 2.0, 2.0)]),
        ]),
        *because(APART, [
            one("sqrt(x + 1) - sqrt(x)", 1e-9, 0.3, 3.0, 1e5, 1e9, 1e20, 1e150),
            one("1/sqrt(x) - 1/sqrt(x + 1)", 1e-5, 0.3, 3.0, 1e5, 1e9, 1e20),
            one("cbrt(x + 1) - cbrt(x)", 1e-9, 0.5, 3.0, 1e5, 1e9, 1e20),
            one("1/x - 1/(x + 1)", 1e-9, 0.3, 3.0, 1e5, 1e9, 1e20, 1e100),
        ]),
        *because(LABEL, [
            two("-y*log(sigmoid(x)) - (1 - y)*log(1 - sigmoid(x))",
                *[(x, y) for x in (-800.0, -40.0, -1.0, 3.0, 40.0, 800.0)
                  for y in (0.0, 0.75, 1.0)]),
        ]),
        fails("log(x)/(x - 1)", "x", [(1 + 1e-12,), (1.001,), (0.9,), (3.0,)],
              "derivatives cancel next to 1; series are made around 0 only"),
        fails("acos(sin(x)*sin(y) + cos(x)*cos(y))", "x y", [(1.0, 1.001), (0.3, 2.0)],
              "the sum is a cosine next to 1, whose digits are gone before acos"),
        fails("2*asin(sqrt(sin((x - y)/2)**2 + cos(x)*cos(y)*sin(x/2)**2))", "x y",
              [(1e-9, 2e-9), (0.3, 0.7)],
              "the second derivative is a difference of many terms in two variables"),
        fails("(-b + sqrt(b**2 - 4*a*c))/(2*a)", "a b c", [(1.0, 1e9, 1.0), (1.0, 5.0, 6.0)],
              "b**2 - 4*a*c needs twice the digits next to a double root"),
        fails("atan(x + 1) - atan(x)", "x", [(1e5,), (1e9,), (1e20,)],
              "the slope is a difference of quotients, shorter than the one quotient that holds"),
        fails("atan(x + 1) - atan(x)", "x", [(0.3,), (0.1,)],
              "the second derivative is a rational function with a numerator that cancels: 7 ulp"),
        fails("(1 + x/y)**y", "x y", [(1.0, 1e9), (0.5, 1e15), (2.0, 3.0)],
              "the gradient in y is log1p(u) - u/(1 + u) times a power, with u a rounded quotient"),
        fails("log(erfc(x))", "x", [(-3.0,), (0.3,), (3.0,), (20.0,), (40.0,)],
              "the second derivative is the slope times a sum that cancels far to the right"),
        fails("log((1 + erf(x/sqrt(2)))/2)", "x", [(5.0,), (-1.0,), (-20.0,), (-40.0,)],
              "the same far to the left, and x/sqrt(2) is rounded before it is squared under exp"),
        fails("log(1 + x**2/y)", "x y", [(1e200, 2.0), (1e-170, 1.0)],
              "the gradient has x**2 and y in one sum: no one scale serves both"),
        fails("-((x/y)**2)/2 - log(y*sqrt(2*pi))", "x y", [(3.0, 1e160), (1e200, 1e200)],
              "the Hessian is a difference of squares over the fourth power of y alone"),
        fails("x/2 - x*sqrt(1 - 1/x)/2", "x", [(1.5,), (1e5,), (1e9,)],
              "cancels where x is large: series are made around 0 only"),
        fails("1/(exp((x - y)/0.025) + 1)", "x y", [(5.0, 4.0), (1.0, 1.01)],
              "exp of a quotient that is rounded: half an ulp of 40 is 20 ulp of the result"),
    ]  # fmt: skip


# -- the witness --------------------------------------------------------------------------------


def mp_functions() -> dict[str, Any]:
    """mpmath's functions under the names of the rows."""
    mp = mpmath.mp
    names = "exp log sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh acosh erf erfc gamma"
    found = {name: getattr(mp, name) for name in names.split()}
    found["cbrt"] = lambda v: mp.sign(v) * mp.cbrt(abs(v))
    found["lgamma"] = mp.loggamma
    found["sigmoid"] = lambda v: 1 / (1 + mp.exp(-v))
    found["pi"] = mp.pi
    return found


def truth(row: Row, point: Point) -> list[Any]:
    """Value, gradient, and upper triangle of the Hessian, as numbers of mpmath."""
    if row.limits and point in row.limits:
        return [mpmath.mpf(v) for v in row.limits[point]]
    with mpmath.workdps(DIGITS):
        functions = mp_functions()
        at = [mpmath.mpf(v) for v in point]
        f: Callable[..., Any] = lambda *args: mpmath.re(row.build(functions, args))
        steps = [(abs(v) or 1) * mpmath.mpf(10) ** -STEP for v in at]
        known: dict[tuple[int, ...], Any] = {}

        def moved(*shifts: int) -> Any:
            if shifts not in known:
                known[shifts] = f(*[v + s * h for v, s, h in zip(at, shifts, steps, strict=True)])
            return known[shifts]

        return _differences(moved, steps)


def _differences(moved: Callable[..., Any], steps: list[Any]) -> list[Any]:
    n = len(steps)
    unit = lambda *at: [sum(at[k][1] for k in range(len(at)) if at[k][0] == i) for i in range(n)]
    value = moved(*[0] * n)
    slopes = [(moved(*unit((i, 1))) - moved(*unit((i, -1)))) / (2 * steps[i]) for i in range(n)]
    curves = []
    for i, j in combinations_with_replacement(range(n), 2):
        if i == j:
            second = moved(*unit((i, 1))) - 2 * value + moved(*unit((i, -1)))
            curves.append(second / steps[i] ** 2)
        else:
            corners = [s * t * moved(*unit((i, s), (j, t))) for s in (1, -1) for t in (1, -1)]
            curves.append(sum(corners) / (4 * steps[i] * steps[j]))
    return [value, *slopes, *curves]


def off_by(found: float, exact: Any) -> float:
    """The error in units of the last place of the exact result; 0 where both are out of range."""
    with mpmath.workdps(60):
        if math.isnan(found):
            return math.inf
        rounded = float(exact)
        if math.isinf(found) or math.isinf(rounded):
            near = math.isinf(rounded) or abs(rounded) > 0.9999999999999996 * 2.0**1023 * 2
            return 0.0 if near and (found > 0) == (rounded > 0) and abs(found) > 1e308 else math.inf
        return float(abs(mpmath.mpf(found) - exact) / math.ulp(rounded))
