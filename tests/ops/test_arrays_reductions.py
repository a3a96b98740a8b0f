"""Reductions and sweeps against NumPy over random shapes, and their conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_checks import arrays, check_against_numpy, check_both_raise, examples, reductions
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

import symdiff as sd
from symdiff.errors import ConversionError, ShapeError

Array = Any
AT = tuple[Array, Any]


def both(name: str, *args: Any, **kwargs: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Our function of that name and NumPy's, with the same arguments after the array."""
    numpys = getattr(np, name, None) or getattr(np.linalg, name)
    return lambda x: getattr(sd, name)(x, *args, **kwargs), lambda x: numpys(x, *args, **kwargs)


def by_formula(numpy: Callable[..., Array], formula: Callable[..., Array]) -> Callable[..., Array]:
    """NumPy's function on floats, an analytic formula for the complex step."""
    return lambda x, **kw: (formula if np.iscomplexobj(x) else numpy)(x, **kw)


def _exp_sum(x: Array, axis: Any, keepdims: bool) -> Array:
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def _variance(x: Array, axis: Any, keepdims: bool, ddof: float = 0) -> Array:
    mean = np.mean(x, axis=axis, keepdims=True)
    square = np.sum((x - mean) ** 2, axis=axis, keepdims=keepdims)
    return square / (x.size / max(mean.size, 1) - ddof)


ANALYTIC: dict[str, tuple[Callable[..., Any], Callable[..., Array]]] = {
    "sum": (sd.sum, np.sum),
    "prod": (sd.prod, np.prod),
    "mean": (sd.mean, np.mean),
    "logsumexp": (sd.logsumexp, by_formula(np.logaddexp.reduce, _exp_sum)),
    "var": (sd.var, by_formula(np.var, _variance)),
    "std": (sd.std, by_formula(np.std, lambda x, **kw: np.sqrt(_variance(x, **kw)))),
    "norm": (
        sd.norm,
        lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
    ),
}
NEED_ELEMENTS = {"logsumexp", "mean", "var", "std"}  # NumPy's have none of nothing, or nan
CUSPS = {"std", "norm"}  # of one element they are 0 and |x|: no analytic functions


@pytest.mark.parametrize("name", ANALYTIC)
def test_analytic_reductions(name: str) -> None:
    ours, numpys = ANALYTIC[name]
    side = 2 if name in CUSPS else int(name in NEED_ELEMENTS)

    @examples(80)
    @given(reductions(min_side=side), st.booleans())
    def check(case: AT, keepdims: bool) -> None:
        x, axis = case
        if name in CUSPS and (axis == () or not x.ndim):
            return
        check_against_numpy(
            lambda x: ours(x, axis=axis, keepdims=keepdims),
            lambda x: numpys(x, axis=axis, keepdims=keepdims),
            [x],
            rtol=2e-12,
        )

    check()


@pytest.mark.parametrize("name", ["max", "min", "ptp", "median"])
def test_extremal_reductions(name: str) -> None:
    @examples(80)
    @given(reductions(min_side=1), st.booleans())
    def check(case: AT, keepdims: bool) -> None:
        x, axis = case
        if name == "median" and axis == ():
            return
        check_against_numpy(*both(name, axis=axis, keepdims=keepdims), [x], analytic=False)

    check()


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@examples(80)
@given(data=st.data())
def test_sweeps(name: str, data: Any) -> None:
    x, axis = data.draw(reductions(single=True))
    flat = data.draw(st.booleans())
    check_against_numpy(*both(name, axis=None if flat else axis), [x])


@examples(80)
@given(reductions(min_side=1))
def test_softmax_and_its_logarithm(case: AT) -> None:
    x, axis = case
    check_against_numpy(
        lambda x: sd.softmax(x, axis=axis),
        by_formula(
            lambda x: special.softmax(x, axis=axis),
            lambda x: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True),
        ),
        [x],
    )
    check_against_numpy(
        lambda x: sd.log_softmax(x, axis=axis),
        by_formula(
            lambda x: special.log_softmax(x, axis=axis),
            lambda x: x - _exp_sum(x, axis, True),
        ),
        [x],
    )


@examples(80)
@given(reductions(single=True))
def test_sort_follows_its_permutation(case: AT) -> None:
    x, axis = case
    check_against_numpy(*both("sort", axis=axis), [x], analytic=False)
    tied = np.round(x)
    check_against_numpy(
        lambda x: sd.argsort(x, axis=axis),
        lambda x: np.argsort(x, axis=axis, kind="stable"),
        [tied],
        slopes=False,
    )


@examples(60)
@given(reductions(), st.booleans(), st.booleans())
def test_truth_values_and_ints(case: AT, keepdims: bool, whole: bool) -> None:
    x, axis = case
    values = np.round(x).astype(int) if whole else x > 0
    for name in ("sum", "prod", "any", "all", "count_nonzero"):
        check_against_numpy(
            *both(name, axis=axis, keepdims=keepdims),
            [values],
            slopes=False,
        )


@examples(60)
@given(reductions(min_side=1), st.booleans())
def test_kinds_of_ints(case: AT, keepdims: bool) -> None:
    x, axis = case
    for values in (np.round(x).astype(int), x > 0):
        for name in ("max", "min", "mean", "std", "var"):
            check_against_numpy(
                *both(name, axis=axis, keepdims=keepdims),
                [values],
                slopes=False,
            )


@examples(80)
@given(reductions(single=True, min_side=1), st.booleans(), st.booleans())
def test_indices_of_extremes(case: AT, flat: bool, keepdims: bool) -> None:
    x, axis = case
    axis = None if flat else axis
    for name in ("argmax", "argmin"):
        check_against_numpy(
            *both(name, axis=axis, keepdims=keepdims),
            [np.round(x)],
            slopes=False,
        )


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 2.5, -1, np.inf, -np.inf])
@pytest.mark.parametrize(("shape", "axis"), [((3,), None), ((1,), None), ((2, 3, 4), -2)])
def test_norms_of_vectors(ord: Any, shape: Any, axis: Any) -> None:
    x = np.random.default_rng(1).normal(size=shape)
    for keepdims in (False, True):
        check_against_numpy(
            *both("norm", ord, axis, keepdims),
            [x],
            analytic=False,
        )


@pytest.mark.parametrize("ord", [None, "fro", 1, -1, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("shape", "axis"), [((2, 3), None), ((2, 3, 4), (2, 0)), ((2, 3, 4), (0, 1))]
)
def test_norms_of_matrices(ord: Any, shape: Any, axis: Any) -> None:
    x = np.random.default_rng(2).normal(size=shape)
    for keepdims in (False, True):
        check_against_numpy(
            *both("norm", ord, axis, keepdims),
            [x],
            analytic=False,
        )


@examples(60)
@given(st.data())
def test_average(data: Any) -> None:
    x, axis = data.draw(reductions(min_side=1))
    shape = x.shape
    if axis is not None and not isinstance(axis, tuple) and data.draw(st.booleans()):
        shape = (x.shape[axis],)
    weights = np.abs(data.draw(arrays(st.just(shape)))) + 0.5
    if axis == ():
        return
    check_against_numpy(
        lambda x, w: sd.average(x, axis, w), lambda x, w: np.average(x, axis, w), [x, weights]
    )


@pytest.mark.parametrize("ddof", [1, 0.5, 2])
@pytest.mark.parametrize("name", ["var", "std"])
def test_degrees_of_freedom(name: str, ddof: float) -> None:
    x = np.random.default_rng(4).normal(size=(2, 3, 2))
    for axis in (None, 1, (0, -1)):
        check_against_numpy(
            *both(name, axis=axis, ddof=ddof), [x], analytic=False, slopes=axis != 1 or ddof < 2
        )


def test_a_divisor_that_is_not_positive_gives_no_warning() -> None:
    x, nothing = sd.Var("x", (3,)), sd.Var("n", (0,))
    assert sd.evaluate(sd.var(x, ddof=4), {x: [1.0, 2.0, 3.0]}) == np.inf
    assert np.isnan(sd.evaluate(sd.std(x, ddof=3), {x: [1.0, 1.0, 1.0]}))
    for f in (sd.mean, sd.var, sd.std):
        assert np.isnan(sd.evaluate(f(nothing), {nothing: np.zeros(0)}))


def test_one_element_is_its_own_reduction() -> None:
    x = sd.Var("x")
    assert sd.max(x) is sd.min(x) is sd.prod(x) is sd.sum(x) is x


def test_equal_elements_keep_their_order() -> None:
    x = np.random.default_rng(5).integers(0, 3, size=200) * 1.0
    check_against_numpy(sd.argsort, lambda x: np.argsort(x, kind="stable"), [x], slopes=False)


# -- conventions ---------------------------------------------------------------------------------


ZEROS = [(0.0, 2.0, 3.0, 4.0), (0.0, 2.0, 0.0, 4.0), (0.0, 0.0, 0.0, 4.0), (2.0, 0.0, 3.0, -1.0)]


@pytest.mark.parametrize("values", ZEROS)
def test_products_with_zeros_to_second_order(values: tuple[float, ...]) -> None:
    x = np.array(values)
    check_against_numpy(sd.prod, np.prod, [x])
    check_against_numpy(sd.prod, np.prod, [x.reshape(2, 2)])
    check_against_numpy(*both("prod", axis=(0, 2)),
                        [np.tile(x, 3).reshape(2, 3, 2)])  # fmt: skip
    check_against_numpy(sd.cumprod, np.cumprod, [x])
    third = sd.grad(sd.sum(sd.hessian(sd.prod(v := sd.Var("v", (4,))), v)[0, 2]), v)
    assert sd.evaluate(third, {v: x}).tolist() == [0.0, x[3], 0.0, x[1]]


def test_long_recurrences_are_joined_from_blocks() -> None:
    rng = np.random.default_rng(3)
    x, v = 1 + 0.1 * rng.normal(size=1003), rng.normal(size=1003)
    x[[100, 700]] = 0.0
    e = sd.Var("x", x.shape)
    got = sd.evaluate(sd.jvp(sd.cumprod(e), e, v), {e: x})
    np.testing.assert_allclose(got, _along(x, v), rtol=1e-12, atol=1e-30)
    back = sd.evaluate(sd.vjp(sd.cumprod(e), e, v), {e: x})
    for k in (0, 99, 100, 101, 699, 700, 1002):
        unit = np.where(np.arange(1003) == k, 1.0, 0.0)
        np.testing.assert_allclose(back[k], v @ _along(x, unit), rtol=1e-11, atol=1e-30)


def _along(x: Array, v: Array) -> Array:
    """The complex step; where two factors are 0, it leaves 1e-30."""
    return np.cumprod(x + 1e-30j * v).imag / 1e-30


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("f", "values", "slopes"),
    [
        (sd.max, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
        (sd.min, [1.0, 1.0, 1.0], [1 / 3] * 3),
        (sd.norm, [0.0, 0.0], [0.0, 0.0]),
        (sd.std, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]),
        (sd.std, [0.7], [0.0]),
        (lambda x: sd.norm(x, 1), [0.0, -2.0], [0.0, -1.0]),
        (lambda x: sd.norm(x, np.inf), [2.0, -2.0], [0.5, -0.5]),
        (lambda x: sd.sort(x)[0], [2.0, 2.0], [1.0, 0.0]),
    ],
)
def test_slopes_by_convention(mode: Any, f: Any, values: list[float], slopes: list[float]) -> None:
    x = sd.Var("x", (len(values),))
    got = sd.evaluate(sd.jacobian(f(x), x, mode=mode), {x: values})
    assert np.array_equal(got, slopes)
    second = sd.evaluate(sd.hessian(f(x), x), {x: values})
    assert np.isfinite(second).all()


def test_an_element_that_is_not_the_largest_sends_nothing() -> None:
    x = sd.Var("x")
    for f in (sd.max(sd.stack([sd.sqrt(x), 1])), sd.min(sd.stack([sd.sqrt(x), -1.0]))):
        assert sd.evaluate(sd.grad(f, x), {x: 0.0}) == 0.0


INFINITE = [
    (-np.inf, -np.inf), (np.inf, 0.0), (np.inf, -np.inf), (np.inf, np.inf), (-np.inf, 1.5),
    (np.nan, 1.0), (1e308, 1e308), (800.0, -800.0), (0.0, -40.0),
]  # fmt: skip


@pytest.mark.parametrize("values", INFINITE)
def test_logsumexp_is_stable(values: tuple[float, float]) -> None:
    x = sd.Var("x", (2,))
    got = sd.evaluate(sd.logsumexp(x), {x: np.array(values)})
    with np.errstate(all="ignore"):
        want = np.logaddexp(*values)
    assert np.array_equal(got, want, equal_nan=True)


def test_logsumexp_and_softmax_at_extremes() -> None:
    x = sd.Var("x", (3,))
    at = {x: np.array([1000.0, 999.0, -np.inf])}
    want = special.softmax([1000.0, 999.0, -np.inf])
    slopes = sd.evaluate(sd.grad(sd.logsumexp(x), x), at)
    np.testing.assert_allclose(slopes, want, rtol=1e-15)
    np.testing.assert_allclose(sd.evaluate(sd.softmax(x), at), want, rtol=1e-15)
    tiny = sd.evaluate(sd.log_softmax(x), {x: np.array([0.0, -40.0, -41.0])})
    np.testing.assert_allclose(tiny[0], -np.log1p(np.exp(-40.0) + np.exp(-41.0)), rtol=1e-15)


@pytest.mark.parametrize("size", [1e200, 1e-200, 5e-324, 1.0])
def test_the_norm_neither_overflows_nor_vanishes(size: float) -> None:
    x = sd.Var("x", (2,))
    got = sd.evaluate(sd.norm(x), {x: np.array([3.0, 4.0]) * size})
    assert np.isclose(got, 5.0 * size, rtol=1e-15)
    assert sd.evaluate(sd.norm(x), {x: np.array([np.inf, 1.0])}) == np.inf
    assert np.isnan(sd.evaluate(sd.norm(x), {x: np.array([np.nan, 1.0])}))


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin", "ptp"])
@pytest.mark.parametrize(("shape", "axis"), [((0,), None), ((2, 0), 1), ((0, 0), 0)])
def test_nothing_has_no_extreme(name: str, shape: Any, axis: Any) -> None:
    error = check_both_raise(*both(name, axis=axis), [np.zeros(shape)])
    assert isinstance(error, ShapeError)
    assert str(shape) in str(error)


def test_what_has_no_value_on_nothing() -> None:
    x = sd.Var("x", (2, 0))
    for f in (sd.logsumexp, sd.softmax, sd.log_softmax, sd.median):
        with pytest.raises(ShapeError, match=r"\(2, 0\)"):
            f(x, axis=1)
    assert sd.evaluate(sd.sum(x), {x: np.zeros((2, 0))}) == 0
    assert sd.evaluate(sd.prod(x, axis=1), {x: np.zeros((2, 0))}).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2)])
def test_axes_that_do_not_exist(axis: Any) -> None:
    for name in ("sum", "prod", "max", "mean", "std", "any", "median"):
        error = check_both_raise(
            *both(name, axis=axis),
            [np.ones((2, 3))],
        )
        assert "(2, 3)" in str(error)


def test_sweeps_go_along_one_axis() -> None:
    for name in ("cumsum", "cumprod", "sort", "argmax"):
        for axis in ((0, 1), 2):
            check_both_raise(
                *both(name, axis=axis),
                [np.ones((2, 3))],
            )


def test_norms_that_do_not_exist() -> None:
    for ord, shape, axis in (("fro", (3,), None), (3, (2, 3), None), (1, (2, 3, 4), None)):
        check_both_raise(
            *both("norm", ord, axis),
            [np.ones(shape)],
        )
    with pytest.raises(ConversionError, match="nuc"):
        sd.norm(sd.Var("X", (2, 3)), "nuc")


def test_weights_that_do_not_fit() -> None:
    error = check_both_raise(
        lambda x, w: sd.average(x, 0, w), lambda x, w: np.average(x, 0, w),
        [np.ones((2, 3)), np.ones(3)],
    )  # fmt: skip
    assert "(2, 3)" in str(error)
    assert "(3,)" in str(error)


# -- graphs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "most"),
    [
        (sd.sum, 1), (sd.mean, 1), (sd.prod, 3), (sd.logsumexp, 1), (sd.norm, 5), (sd.max, 5),
        (lambda x: sd.sum(sd.sort(x) ** 2), 4), (lambda x: sd.sum(sd.cumsum(x) ** 2), 3),
        (lambda x: sd.sum(sd.softmax(x) ** 2), 7), (sd.var, 5), (sd.std, 8),
    ],
)  # fmt: skip
def test_derivative_graphs_are_small(f: Any, most: int) -> None:
    x = sd.Var("x", (50,))
    assert sd.count_ops(sd.grad(f(x), x)) <= most


def test_numpys_functions_take_expressions() -> None:
    x = sd.Var("x", (2, 3))
    for name in ("sum", "prod", "max", "amin", "mean", "std", "cumsum", "sort", "argmax", "median"):
        assert getattr(np, name)(x, axis=1) is getattr(sd, name)(x, axis=1)
    assert np.linalg.norm(x, axis=1) is sd.norm(x, axis=1)


X, V = sd.Var("X", (2, 3)), sd.Var("v", (3,))
WRITTEN = {
    "max(X, axis=0)": sd.max(X, axis=0),
    "prod(X)": sd.prod(X),
    "min(X, axis=1, keepdims=True)": sd.min(X, axis=1, keepdims=True),
    "logsumexp(X, axis=1)": sd.logsumexp(X, axis=-1),
    "softmax(X, axis=1)": sd.softmax(X, axis=1),
    "log_softmax(v)": sd.log_softmax(V),
    "norm(X, axis=0)": sd.norm(X, axis=0),
    "std(X, axis=0, ddof=1)": sd.std(X, axis=0, ddof=1),
    "var(v, keepdims=True)": sd.var(V, keepdims=True),
    "cumsum(X, axis=0)": sd.cumsum(X, axis=0),
    "cumprod(v)": sd.cumprod(V),
    "argmax(X, axis=0)": sd.argmax(X, axis=0),
    "argsort(v)": sd.argsort(V),
    "any(v > 0)": sd.any(V > 0),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_rows_are_written_as_they_are_called(text: str) -> None:
    assert str(WRITTEN[text]) == text
    assert sd.parse(text, {"X": X, "v": V}) is WRITTEN[text]
