"""Models of many scalars: what is rolled up, its values against arrays by hand, its cost."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import symdiff as sd
from symdiff.backend.compile import Compiled
from symdiff.backend.rolling.roll import rolled
from symdiff.calculus.derivatives import gradient
from symdiff.expr import Expr
from symdiff.structure import flatten
from symdiff.witness import mp_evaluate

N = 120
DRAW = np.random.default_rng(7)


def scalars(name: str, n: int) -> list[Expr]:
    return [sd.Var(f"{name}{i}") for i in range(n)]


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def logistic(w: Any) -> Any:
    """Every coefficient is a number of its own."""
    data, signs = DRAW.normal(size=(N, len(w))), DRAW.choice([-1.0, 1.0], N)
    terms = [sum(float(a) * b for a, b in zip(row, w, strict=True)) for row in data]
    return sum(sd.log(1 + sd.exp(-float(s) * t)) for s, t in zip(signs, terms, strict=True))


def grid(u: Any) -> Any:
    """Neighbours on a square: sums of four, three and two terms, some of constants alone."""
    side = int(len(u) ** 0.5)
    at = lambda i, j: u[i * side + j] if min(i, j) >= 0 and max(i, j) < side else 0
    steps = [
        (at(i, j) - at(i - 1, j)) ** 2 + (at(i, j) - at(i, j - 1)) ** 2
        for i in range(side + 1)
        for j in range(side + 1)
    ]
    return sum(steps) - sum(sd.exp(v) for v in u) / side**2


def pairs(x: Any) -> Any:
    """Every element meets every other one: its slope is a sum of as many terms as others follow."""
    gaps = [x[i] - x[j] for i in range(len(x)) for j in range(i)]
    return sum(1 / (gap**2 + 1) for gap in gaps) + sd.maximum(x[0], x[1])


def hinges(x: Any) -> Any:
    """Comparisons and choices, exponents that differ, a product and a term by itself."""
    parts = [sd.where(a > b, a * b, sd.sin(a) - b) for a, b in pairwise(x)]
    powers = [a**3 if i % 2 else abs(a) ** 1.5 for i, a in enumerate(x)]
    return sum(parts) - sum(powers) + sd.hypot(x[0], x[-1])


MODELS: list[tuple[Callable[[Any], Any], int]] = [
    (rosenbrock, N), (logistic, 8), (grid, 100), (pairs, 24), (hinges, 150),
]  # fmt: skip
by_model = pytest.mark.parametrize(("model", "n"), MODELS, ids=lambda m: getattr(m, "__name__", ""))


def compiled(outputs: Any, inputs: list[Expr]) -> tuple[Compiled, Compiled]:
    """The function, which must be rolled, and the one of each scalar."""
    function = sd.compile(outputs, inputs)
    assert function._rolled is not None
    return function, Compiled(outputs, tuple(inputs), fast=True, rolls=False)


def assert_alike(found: Any, wanted: Any) -> None:
    pairs = list(zip(flatten(found)[0], flatten(wanted)[0], strict=True))
    scale = max(float(np.max(np.abs(b))) for _, b in pairs)
    for a, b in pairs:
        assert type(a) is type(b)
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13 * scale)


@by_model
def test_values_and_slopes_are_those_of_the_scalars(model: Any, n: int) -> None:
    x = scalars("x", n)
    f = model(x)
    function, plain = compiled([f, gradient(f, x)], x)
    assert len(function.program.instructions) * 10 < len(plain.program.instructions)
    point = DRAW.uniform(0.2, 1.1, n).tolist()
    assert_alike(function(*point), plain(*point))
    names = dict(zip([v.name for v in x], point, strict=True))
    assert_alike(function(**names), plain(*point))


@by_model
def test_values_agree_with_fifty_digits(model: Any, n: int) -> None:
    x = scalars("x", n)
    f = model(x)
    point = DRAW.uniform(0.2, 1.1, n).tolist()
    with mp.workdps(50):
        truth = mp_evaluate(f, dict(zip(x, point, strict=True)))
    outputs = [f, gradient(f, x)]
    assert sd.compile(outputs, x)(*point)[0] == pytest.approx(float(truth), rel=1e-13)


@by_model
def test_elements_of_one_array(model: Any, n: int) -> None:
    """A loop over the elements of an array is the same model; its gradient is an array."""
    x = sd.Var("x", n)
    f = model([x[i] for i in range(n)])
    function, plain = compiled([f, gradient(f, [x])[0]], [x])
    for point in (DRAW.uniform(0.2, 1.1, n), DRAW.uniform(0.2, 1.1, (3, n))):
        assert_alike(function(point), plain(point))


@by_model
def test_batches_float32_and_complex_points(model: Any, n: int) -> None:
    x = scalars("x", n)
    f = model(x)
    function, plain = compiled([f, sd.stack(gradient(f, x))], x)
    point = DRAW.uniform(0.2, 1.1, (n, 4))
    assert_alike(function(*point), plain(*point))
    assert function(*point.astype(np.float32))[1].dtype == np.float32
    mixed = [column[:, None] if i % 2 else column for i, column in enumerate(point)]
    assert_alike(function(*mixed), plain(*mixed))
    if model in (rosenbrock, grid):
        turned = point[:, 0] + 1e-30j
        assert_alike(function(*turned), plain(*turned))


def test_a_large_batch_is_computed_scalar_by_scalar() -> None:
    x = scalars("x", N)
    f = rosenbrock(x)
    function = sd.compile([f], x)
    point = DRAW.uniform(0.2, 1.1, (N, 1500))
    (found,) = function(*point)
    assert function._scalars is not None
    np.testing.assert_allclose(found, rosenbrock(point), rtol=1e-12)


def test_results_are_arrays_of_their_own() -> None:
    x = scalars("x", N)
    function = sd.compile(gradient(rosenbrock(x), x), x)
    first, *others = function(*DRAW.uniform(0.2, 1.1, (N, 2)))
    kept = [a.copy() for a in others]
    first[...] = 7
    assert all(np.array_equal(a, b) for a, b in zip(others, kept, strict=True))


def test_numbers_that_are_no_floats() -> None:
    x = scalars("x", N)
    function, plain = compiled(rosenbrock(x), x)
    ints = list(range(N))
    assert function(*ints) == pytest.approx(plain(*ints), rel=1e-13)
    wide = DRAW.uniform(0.2, 1.1, N)
    assert type(function(*wide)) is np.float64
    huge = [10**400] * N
    np.testing.assert_array_equal(function(*huge), plain(*huge))
    with pytest.raises(sd.KindError):
        function(*["1"] * N)


def test_pickles() -> None:
    x = scalars("x", N)
    function = sd.compile([rosenbrock(x)], x)
    point = DRAW.uniform(0.2, 1.1, N).tolist()
    assert pickle.loads(pickle.dumps(function))(*point) == function(*point)


def test_parameters_beside_an_array() -> None:
    """Scalars that are not members of a long row are elements of the vector too."""
    x, a = sd.Var("x", N), sd.Var("a")
    f = a * sum((x[i] - i * sd.exp(a)) ** 2 + sd.sin(x[i]) for i in range(N)) + sd.mean(x**2) * a
    function, plain = compiled([f, gradient(f, [a])], [a, x])
    point = DRAW.uniform(size=N)
    assert_alike(function(0.7, point), plain(0.7, point))


def test_special_values() -> None:
    """nan and inf come out where they come out of each scalar."""
    x = scalars("x", N)
    f = rosenbrock(x)
    function, plain = compiled(gradient(f, x), x)
    for bad in (np.nan, np.inf, -np.inf):
        point = [0.5] * N
        point[60] = bad
        np.testing.assert_array_equal(np.isfinite(function(*point)), np.isfinite(plain(*point)))


# -- what is not rolled ----------------------------------------------------------------------------


def test_recurrences_are_left_as_they_are() -> None:
    x = sd.Var("x")
    e = x
    for _ in range(3000):
        e = sd.sin(e) * 0.9 + x
    assert rolled([e], [x]) is None


def test_a_graph_that_hands_arrays_on_is_left_as_it_is() -> None:
    x = scalars("x", 400)
    f = sum(sd.exp(v) * 2 + 1 for v in x) + sd.sum(sd.stack(x) ** 2)
    assert rolled([f], x) is None


def test_wrong_inputs_are_refused_as_ever() -> None:
    x = scalars("x", N)
    f = rosenbrock(x)
    with pytest.raises(sd.MissingVariable, match="x5"):
        sd.compile(f, x[:5] + x[6:])
    with pytest.raises(sd.KindError, match="twice"):
        sd.compile(f, [*x, x[0]])
    with pytest.raises(sd.ArityError):
        sd.compile(f, x)(1.0)


# -- cost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [rosenbrock, hinges])
def test_the_number_of_instructions_does_not_grow(model: Any) -> None:
    counts = []
    for n in (150, 1500):
        x = scalars("x", n)
        f = model(x)
        counts.append(len(sd.compile([f, gradient(f, x)], x).program.instructions))
    assert counts[0] == counts[1]


def test_few_terms_keep_their_order() -> None:
    """What stands in brackets is added first: a difference of large numbers that is small."""
    x = scalars("x", 400)
    terms = [((v + 1e16) - 1e16) * 3 for v in x]
    function, plain = compiled(terms, x)
    point = [float(4 * i) for i in range(400)]
    assert function(*point) == plain(*point)
