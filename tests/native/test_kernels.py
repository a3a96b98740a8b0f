"""Every kernel that a row names: its error in many digits, special values, every vector width."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from kernel_checks import FUNCTIONS, ROWS, SPECIAL, by_numpy, drawn, native, same_kind, worst

POINTS, MANY = 2000, 1_000_000
ids = lambda op: op.name
BINARY = [op for op in ROWS if op.arity in (1, 2, None)]


@pytest.mark.parametrize("op", FUNCTIONS, ids=ids)
def test_error_is_within_the_row(op):
    columns = drawn(op, POINTS, seed=11)
    found = worst(op, columns, native(op)(*columns))
    assert found.error <= op.native[1], found


@pytest.mark.slow
@pytest.mark.parametrize("op", FUNCTIONS, ids=ids)
def test_error_is_within_the_row_at_a_million_points(op):
    columns = drawn(op, MANY, seed=12)
    found = worst(op, columns, native(op)(*columns))
    assert found.error <= op.native[1], found


@pytest.mark.parametrize("op", BINARY, ids=ids)
def test_nan_inf_and_signs_are_those_of_numpy(op):
    columns = [a.ravel() for a in np.meshgrid(*[np.array(SPECIAL)] * (op.arity or 2))]
    ours, numpys = native(op)(*columns), by_numpy(op, columns)
    if ours.dtype == bool:
        np.testing.assert_array_equal(ours, numpys)
        return
    alike = same_kind(ours, numpys)
    assert alike.all(), [(*[c[~alike][:5] for c in columns], ours[~alike][:5], numpys[~alike][:5])]
    finite = np.isfinite(ours) & np.isfinite(numpys)
    np.testing.assert_allclose(ours[finite], numpys[finite], rtol=1e-13, atol=5e-323)


@pytest.mark.parametrize("op", BINARY, ids=ids)
def test_vectors_of_every_width_give_the_same_bits(op):
    columns = drawn(op, 500, seed=13)
    whole = native(op, 8)(*columns)
    for width in (4, 2, 1):
        np.testing.assert_array_equal(native(op, width)(*columns), whole)
