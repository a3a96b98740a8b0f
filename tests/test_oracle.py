"""The oracle: its truth against mpmath's own differentiation, and a short run of the fuzz."""

from __future__ import annotations

import doctest
from collections import Counter
from itertools import product

import mpmath
import pytest
from mpmath import mp
from oracle import truth
from oracle.formulas import BINARY, UNARY, WITH_ORDER
from oracle.planting import found
from oracle.running import ALL, FATAL, Counts, table, tried

# where each function is tried, unless it takes any number
PLACES = {
    "erfinv": (0.3, -0.7), "asin": (0.3, -0.7), "acos": (0.3, -0.7), "atanh": (0.3, -0.7),
    "acosh": (1.4, 3.0), "spherical_jn": (0.7, 2.5), "log1p": (-0.4, 2.5),
    "logit": (0.3, 0.8), "log1mexp": (0.3, 2.5),
}  # fmt: skip
POSITIVE = {"sqrt", "log", "log2", "log10", "gamma", "lgamma", "digamma", "beta", "xlogy", "pow",
            "polygamma"}  # fmt: skip


def test_examples_of_the_truth() -> None:
    assert doctest.testmod(truth).failed == 0


@pytest.mark.parametrize("name", [n for n in UNARY if n != "stop_gradient"])
def test_derivatives_of_functions_of_one_argument(name: str) -> None:
    for x in PLACES.get(name, (0.4, 2.5) if name in POSITIVE else (0.4, -1.3)):
        with mp.workdps(30):
            f = lambda t: UNARY[name](t)[0]
            value, slope, half = mp.taylor(f, mp.mpf(x), 2)
            found = truth.jet(f"{name}(x)", {"x": x})
            for got, want in zip(found.entries(), (value, slope, 2 * half), strict=True):
                assert abs(got - want) <= mp.mpf(10) ** -12 * (1 + abs(want)), (x, got, want)


@pytest.mark.parametrize("name", BINARY)
def test_derivatives_of_functions_of_two_arguments(name: str) -> None:
    by = ("b",) if name in WITH_ORDER else ("a", "b")
    for x, y in product((2,) if name in WITH_ORDER else (0.4, 2.5), PLACES.get(name, (0.7, 1.9))):
        at = {"a": x, "b": y}
        found = truth.jet(f"{name}(a, b)", at, by)
        for orders, got in _orders(by, found):
            with mp.workdps(30):
                f = lambda a, b: BINARY[name](a, b)[0]
                want = mpmath.diff(f, (mp.mpf(x), mp.mpf(y)), orders)
                assert abs(got - want) <= mp.mpf(10) ** -12 * (1 + abs(want)), (at, orders)


def _orders(by: tuple[str, ...], found: truth.Jet) -> list[tuple[tuple[int, int], mpmath.mpf]]:
    units = [(int(v == "a"), int(v == "b")) for v in by]
    first = list(zip(units, found.gradient, strict=True))
    second = [
        ((p[0] + q[0], p[1] + q[1]), found.hessian[i][j])
        for i, p in enumerate(units)
        for j, q in enumerate(units)
    ]
    return [((0, 0), found.value), *first, *second]


@pytest.mark.parametrize(
    ("text", "at", "entries"),
    [
        ("abs(x)", {"x": 0}, (0, 0, 0)),
        ("maximum(x, 3*x)", {"x": 0.0}, (0, 2, 0)),
        ("relu(x) + clip(x, 0, 1)", {"x": 0}, (0, 1, 0)),
        ("where(x > 0, log(x), x**2)", {"x": -3}, (9, -6, 2)),
        ("where((x > 1) & ~(x >= 3), x**3, 0)", {"x": 2}, (8, 12, 12)),
        ("x**0", {"x": 0}, (1, 0, 0)),
        ("x % 3", {"x": -1}, (2, 1, 0)),
        ("floor(x) + ceil(x) + round(x) + trunc(x)", {"x": -1.5}, (-2 - 1 - 2 - 1, 0, 0)),
        ("sin(x)**2 + cos(x)**2", {"x": 1.3}, (1, 0, 0)),
        ("(x*1e30 + 1) - x*1e30", {"x": 1.3}, (1, 0, 0)),
        ("-x**2", {"x": 3}, (-9, -6, -2)),
    ],
)
def test_values_known_by_hand(text: str, at: dict[str, float], entries: tuple[float, ...]) -> None:
    assert [float(v) for v in truth.jet(text, at).entries()] == list(entries)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("sign(sin(x)**2 + cos(x)**2 - 1)", {"x": 1.3}),  # floats cannot decide
        ("floor(x*0.1*10)", {"x": 3}),
        ("where(x*0.1 > 0.3, x, -x)", {"x": 3}),
        ("log(x)", {"x": -1}),
        ("sqrt(x)**(3/2)", {"x": -1}),
        ("1/(x - x)", {"x": 1}),
    ],
)
def test_nan_where_undefined_or_undecided(text: str, at: dict[str, float]) -> None:
    assert mp.isnan(truth.value(text, at))


# how many cases of each maker are tried here; ``python -m tests.oracle`` tries as many as one likes
FEW = {
    "scalars": 20, "identities": 20, "contexts": 20, "models": 2, "far": 6, "far_models": 2,
    "arrays": 8, "array_identities": 8, "array_elements": 5, "far_arrays": 4,
}  # fmt: skip
MORE = {"scalars": 40, "identities": 40, "contexts": 40, "models": 4, "far": 12, "far_models": 4}
CASES = [*FEW.items(), *[pytest.param(*row, marks=pytest.mark.slow) for row in MORE.items()]]
SEED = 10
MOST_SKIPPED = 0.4  # of the numbers of a maker


def test_every_maker_is_tried() -> None:
    assert FEW.keys() == set(ALL)


@pytest.mark.parametrize(("maker", "count"), CASES)
def test_numbers_along_every_path_are_right(maker: str, count: int) -> None:
    total: Counts = {}
    faults = []
    for index in range(count):
        counts, reports = tried((SEED, maker, index), None)
        faults += [str(report) for report in reports if report.fault.kind in FATAL]
        for place, tally in counts.items():
            total.setdefault(place, Counter()).update(tally)
    assert not faults, "\n".join(faults)
    numbers = sum(total.values(), Counter())
    skipped = numbers["skipped"] / (numbers["checked"] + numbers["skipped"])
    assert skipped <= MOST_SKIPPED, table(total)


@pytest.mark.parametrize(
    ("function", "old", "new", "maker", "cases"),
    [
        # a coefficient assigned, not added
        ("symdiff.rewrite.sums._gather", "collect(terms, coefficient, rest)",
         "(terms.take(rest), collect(terms, coefficient, rest))", "identities", 20),
        # a near miss: a sum of anything for a sum of exponentials
        ("symdiff.rewrite.tables.ahead._logsumexp", "is not el.exp", "is el.exp",
         "array_identities", 100),
        # a turned comparison
        ("symdiff.rewrite.tables.near_one._together", "s * v, i)", "v, i)",
         "contexts", 200),
        # signs dropped: in a stable form, in a rule
        ("symdiff.rewrite.tables.growth._shares", "int(sign > 0)", "int(sign < 0)",
         "contexts", 300),
        pytest.param("symdiff.rewrite.rules.rows", "exp(a) - exp(-a),         2 * sinh(a)",
                     "exp(a) - exp(-a), -2 * sinh(a)", "contexts", 300, marks=pytest.mark.slow),
        # a function taken for another one
        ("symdiff.rewrite.tables.near_one.near_rows", "el.sinh(half)", "el.sin(half)",
         "contexts", 300),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(
    function: str, old: str, new: str, maker: str, cases: int
) -> None:
    assert found(function, old, new, maker, cases), f"{new} in {function} was not found"


def test_an_exponent_whose_slope_is_zero_is_no_constant() -> None:
    curve = truth.jet("2**x**2", {"x": 0.0}, ("x",)).hessian[0][0]
    assert mpmath.almosteq(curve, 2 * mpmath.log(2))
