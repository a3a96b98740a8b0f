"""Guards go through products of arrays element by element: what is not read stays out of a
gradient where its own slope is infinite."""

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import ShapeError

X, A = sd.Var("X", (2, 2)), sd.Var("A", (2, 2))
READ = np.array([True, False])
AT = {X: [[1.0, 4.0], [0.0, 0.0]], A: [[2.0, 3.0], [5.0, 7.0]]}
ROWS = {
    "vecdot": sd.vecdot(A, sd.sqrt(X)),
    "einsum": sd.einsum("ij,ij->i", A, sd.sqrt(X)),
    "sum": sd.sum(A * sd.sqrt(X), axis=1),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_is_not_read_has_slope_zero(name):
    f = sd.sum(sd.where(READ, ROWS[name], 0))
    expected = [[2.0 / 2, 3.0 / 4], [0.0, 0.0]]  # the slope of sqrt is infinite in the second row
    for form in (sd.grad(f, X), sd.simplify(sd.grad(f, X))):
        np.testing.assert_allclose(sd.evaluate(form, AT), expected, rtol=1e-15)


@pytest.mark.parametrize("verb", [sd.vjp, sd.jvp])
def test_a_seed_of_another_shape_is_named_behind_what_it_is_for(verb):
    with pytest.raises(ShapeError, match=r"\(2, 2\) and \(3,\)"):
        verb(sd.exp(X), X, sd.Var("v", (3,)))


def test_the_largest_element_is_found_whatever_form_its_array_is_written_in():
    """``x == max(x)`` with its sides in two forms would hold for no element at many points."""
    C, z = sd.Var("C", (1, 3)), sd.Var("z", (1, 3))
    f = sd.max(sd.sin(C) ** 2 + z * sd.cos(C)) + sd.sum(C)
    ones = sd.asarray(np.ones((1, 3)))
    slopes = sd.compile(sd.hvp(f, [C, z], [ones, ones]), [C, z])
    rng = np.random.default_rng(3)
    for c, at in rng.uniform(0.1, 1, size=(50, 2, 1, 3)):
        k = np.argmax(np.sin(c) ** 2 + at * np.cos(c))
        by_c = 2 * np.cos(2 * c) - at * np.cos(c) - np.sin(c)
        expected = [np.zeros((1, 3)), np.zeros((1, 3))]
        expected[0][0, k], expected[1][0, k] = by_c[0, k], -np.sin(c)[0, k]
        np.testing.assert_allclose(slopes(c, at), expected, rtol=1e-12)


def test_equal_to_the_extreme_is_a_question_about_one_array():
    X = sd.Var("X", (3, 2))
    for extreme, chosen in ((sd.max, sd.is_max), (sd.min, sd.is_min)):
        largest = extreme(X, axis=1)[:, None]
        assert sd.simplify(sd.eq(X, largest)) is chosen(X, axis=1)
        assert sd.simplify(sd.eq(extreme(X), X)) is chosen(X)
        assert sd.simplify(sd.eq(extreme(X, axis=0), X)) is chosen(X, axis=0)
    S = sd.Var("S", (3, 3))  # broadcasts along the other axis: nothing is said of a row
    assert sd.simplify(sd.eq(S, sd.max(S, axis=1))).op is sd.eq
