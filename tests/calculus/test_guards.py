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
