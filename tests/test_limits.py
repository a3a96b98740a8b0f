"""Inputs that are no sizes, and inputs too large, are refused before any work is done."""

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from counting import calls_of

import symdiff as sd
from symdiff.backend.exact import MAX_BITS
from symdiff.leaves import bits

x = sd.Var("x")
V = sd.Var("v", (3,))
BAD_SIZES = [(2.5,), (True,), "23", (np.bool_(True),), ("2",), 2.0, (None,), ((2,),), (1 + 0j,)]
SHAPED = {
    "Var": lambda shape: sd.Var("v", shape),
    "zeros": sd.zeros,
    "ones": sd.ones,
    "full": lambda shape: sd.full(shape, x),
    "broadcast_to": lambda shape: sd.broadcast_to(x, shape),
    "reshape": lambda shape: sd.reshape(x, shape),
}


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize("shape", BAD_SIZES, ids=repr)
def test_a_shape_is_made_of_whole_numbers(name, shape):
    with pytest.raises(sd.KindError, match=f"{name}|full"):
        SHAPED[name](shape)


@pytest.mark.parametrize("name", SHAPED)
def test_no_array_has_sizes_beyond_those_of_numpy(name):
    for shape in ((-2,), (2**63,), (2**32, 2**31), (0, 10**5000)):
        with pytest.raises(sd.ShapeError):
            SHAPED[name](shape)


def test_whole_numbers_of_any_type_are_sizes():
    assert sd.Var("v", np.array([2, 3])) is sd.Var("v", (np.int8(2), 3)) is sd.Var("v", [2, 3])
    assert sd.Var("v", 2) is sd.Var("v", iter((2,)))


TOO_LARGE = [
    "sum(broadcast_to(x, (1000, 1001)))",
    "eye(1001)",
    "eye(1001, 1000, 1)",
    "identity(1001)",
    "sum(tile(tile(x, 1000), 1001))",
    "tile(tile(tile(tile(x, 1000), 1000), 1000), 1000)",
    "sum(repeat(repeat(v, 1000), 1000))",
    "full((1000, 1001), x)",
    "zeros((1000, 1001))",
    "v * tile(x, 400000)[:, None]",
    "tile(x, 400000)[:, None] < v",
    "outer(tile(x, 1001), tile(x, 1000))",
    "kron(tile(v, 1000), tile(v, 1000))",
    "diag(tile(x, 1001))",
    "stack([tile(x, 500001), tile(x, 500001)])",
    "[tile(x, 500001), tile(x, 500001)]",
    "concatenate([tile(x, 500001), tile(x, 500001)])",
    "pad(tile(x, 1000)[:, None], (500, 500))",
    "tile(x, (1001, 1)) @ tile(x, (1, 1000))",
    "einsum('i,j', tile(x, 1001), tile(x, 1000))",
    "BroadcastTo(x, rank=0, shape=(1000, 1001))",
    "x where y = eye(1001)",
]


@pytest.mark.parametrize("text", TOO_LARGE)
def test_a_text_makes_no_array_of_many_elements(text):
    with pytest.raises(sd.LimitError, match="max_elements"):
        sd.parse(text.replace(" where", "\nwhere"), [x, V])


def test_the_limit_on_elements_is_an_argument():
    assert sd.parse("eye(1000)").shape == (1000, 1000)
    assert sd.parse("eye(2000)", max_elements=4_000_000).shape == (2000, 2000)
    with pytest.raises(sd.LimitError):
        sd.parse("eye(3)", max_elements=8)


def test_a_text_on_large_variables_may_make_arrays_as_large():
    large = sd.Var("w", (3_000_000,))
    assert sd.parse("sin(w) + 1", [large]) is sd.sin(large) + 1
    with pytest.raises(sd.LimitError):
        sd.parse("[w, w]", [large])


# -- exact numbers ---------------------------------------------------------------------------------

FOLDS = {
    "product": lambda f: f * f,
    "power": lambda f: f**2,
    "quotient": lambda f: f / (1 / f),
    "sum and product": lambda f: (f + 1) * (f + 2),
    "product of many": lambda f: sd.Mul(f, f, f),
    "selection": lambda f: sd.maximum(f, 2) * sd.where(f > 1, f, 1),
    "rounding": lambda f: sd.floor(f) * sd.round(f),
    "reciprocal": lambda f: sd.reciprocal(f) ** -2,
    "square": sd.square,
    "remainder": lambda f: f * sd.mod(f, f + 1),
}
STEPS = 39  # of squaring a number of two bits: 10**11 digits
SMALL = {"3": 3, "3/2": Fraction(3, 2), "-3": -3}


def repeated(f, step):
    for _ in range(STEPS):
        f = step(f)
    return f


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("value", SMALL)
def test_exact_arithmetic_ends(name, value):
    f = repeated(x, FOLDS[name])
    n = sd.Var("n", kind="int")
    found = [sd.evaluate(f, {x: SMALL[value]}), f(x=SMALL[value])]
    found.append(sd.evaluate(repeated(sd.Const(SMALL[value]), FOLDS[name]), {}))
    if isinstance(SMALL[value], int):
        found.append(sd.evaluate(repeated(n, FOLDS[name]), {n: SMALL[value]}))
    for result in found:
        assert type(result) in (int, float, Fraction)
        assert type(result) is float or bits(result) <= 2 * MAX_BITS


@pytest.mark.parametrize("name", FOLDS)
def test_exact_arithmetic_of_constants_ends(name):
    c = repeated(sd.Const(3), FOLDS[name])
    sd.simplify(c * x)
    sd.grad(c * x**2, x)
    np.testing.assert_equal(sd.compile(c * x, [x])(1.0), float(sd.evaluate(c, {})))
    assert sd.subs(repeated(x, FOLDS[name]), {x: 3}) is c


def test_compiled_functions_of_ints_end():
    n = sd.Var("n", kind="int")
    f = repeated(n, FOLDS["product"])
    assert sd.compile(f, [n])(3) == float("inf")
    many = sd.compile([f + n * i for i in range(6000)], [n])  # too long for one function
    assert many(3)[-1] == float("inf")
    assert sd.compile(n * n * n, [n])(10**30) == 10**90
    with pytest.raises(sd.IntOverflow):
        sd.compile(sd.stack([n * n, n]), [n])(10**10)
    with pytest.raises(sd.IntOverflow):  # an int too long for a float meets one
        sd.compile(repeated(n, FOLDS["product of many"]), [n])(3)


def test_a_short_text_of_squarings():
    lines = [f"where t{i} = t{i - 1}*t{i - 1}" for i in range(1, STEPS + 1)]
    text = "\n".join([f"t{STEPS}", "where t0 = 3", *lines])
    assert len(text) < 800
    assert sd.evaluate(sd.parse(text), {}) == float("inf")


def test_exact_results_are_exact_up_to_the_limit():
    assert sd.evaluate(x * x * x, {x: 3**3000}) == 3**9000
    assert sd.evaluate(x / 7 + 1, {x: 3**9000}) == Fraction(3**9000, 7) + 1
    huge = 10**5000  # longer than the limit itself: what makes it no longer is exact
    assert sd.evaluate(x + 1 - huge, {x: huge}) == 1
    assert sd.evaluate(x / 10, {x: huge}) == huge // 10
    assert sd.evaluate(x * x, {x: huge}) == float("inf")
    assert sd.evaluate(-x * x, {x: huge}) == float("-inf")
    assert sd.evaluate(1 / (x * x), {x: huge}) == 0


HUGE = {"integer": 10**4300, "bits": 2**100_000, "over 3": Fraction(10**4300, 3),
        "under 1": Fraction(3, 10**4300), "negative": -(10**4300)}  # fmt: skip


@pytest.mark.parametrize("name", HUGE)
def test_constants_of_many_digits(name):
    """Python refuses to write or to read them in decimal, and they overflow a float."""
    c, n = sd.Const(HUGE[name]), sd.Var("n", kind="int")
    limit = float("-inf" if HUGE[name] < 0 else 0.0 if name == "under 1" else "inf")
    assert sd.compile(c * x, [x])(1.0) == limit
    assert sd.compile(c * V, [V])([1.0, 2.0, 3.0]).tolist() == [limit] * 3
    assert sd.compile(c + n, [n])(2) == limit + 2 * (limit == 0)
    assert sd.compile(c, [])() == limit
    assert sd.compile(sd.where(x < c, x, 2), [x])(1.0) == (1.0 if limit > 1 else 2.0)
    assert sd.evaluate(c * x, {x: 2.0}) == limit
    assert sd.evaluate(c * V, {V: [1.0, 2.0, 3.0]}).tolist() == [limit] * 3
    if isinstance(HUGE[name], int):
        assert sd.parse(sd.to_text(c * x, limit=None), max_bits=10**6) is c * x
    assert pickle.loads(pickle.dumps(c * x)) is c * x
    assert sd.simplify(c * x - c * x) == sd.Const(0)
    for show in (repr, str, sd.pretty, sd.latex, sd.to_dot):
        assert show(c * x + 1)
    assert sd.explain(c * x**2, x).text()
    for power in (sd.grad(x**c, x), sd.simplify(x**c * x)):
        assert power.shape == ()


def test_constants_of_many_digits_on_a_tape_and_in_checks():
    with pytest.raises(sd.KindError, match="too large"):
        sd.constant([1, 10**5000])
    with pytest.raises(sd.DerivativeMismatch):
        sd.check_grad(x * 10**5000, {x: 1})  # inf is no derivative that differences confirm


FORMS_OF_NUMBERS = [sd.canonical, sd.expand, sd.together, sd.factor_terms, sd.simplify, sd.stable]
LONG, LONGER = 3**600, 5**400
PRODUCTS = [
    [LONG] * 3, [LONG] * 4, [LONG, LONG, LONGER, LONGER], [LONG, LONG, LONG, Fraction(1, LONG)],
    [Fraction(1, LONG)] * 3, [-LONG, LONG, -LONGER, -LONG], [1e200, 1e-200, 1e200, 1e-200, 1e200],
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS_OF_NUMBERS)
@pytest.mark.parametrize("factors", PRODUCTS)
def test_equal_numbers_without_a_product_are_all_kept(factors, form):
    numbers = list(map(sd.Const, factors))
    for e in (sd.Mul(*numbers), math.prod(numbers), 2 + sd.Mul(*numbers), sd.Mul(*numbers, x)):
        truth = sd.evaluate(e, {x: 1}, check=False)
        assert sd.evaluate(form(e), {x: 1}, check=False) == pytest.approx(truth, rel=1e-15)


@pytest.mark.parametrize("form", [sd.canonical, sd.expand, sd.together, sd.simplify])
def test_exact_numbers_without_end_stay_products(form):
    def power_of_three(levels):
        f = sd.Const(3)
        for _ in range(levels):
            f = f / (1 / f)
        return f

    assert sd.evaluate(form(power_of_three(12))) == 3**4096
    few, many = [calls_of(lambda f=f: form(f)) for f in map(power_of_three, (40, 80))]
    assert many <= 3 * few
