"""Derivatives by arrays of which outputs read parts, or nothing."""

import numpy as np
import pytest

import symdiff as sd

X, Y, s = sd.Var("X", (3,)), sd.Var("Y", (2, 2)), sd.Var("s")
AT = {X: [2.0, 3.0, 5.0], Y: [[1.0, 2.0], [3.0, 4.0]], s: 0.5}


@pytest.mark.parametrize("times", [1, 4])
def test_what_is_not_read_has_zeros(times):
    """More outputs than inputs and fewer: one sweep goes forward, the other backward."""
    F = sd.tile(X * s, times)
    by_x, by_y, by_s = sd.evaluate(sd.jacobian(F, [X, Y, s]), AT)
    np.testing.assert_array_equal(by_x, np.tile(0.5 * np.eye(3), (times, 1)))
    np.testing.assert_array_equal(by_y, np.zeros((3 * times, 2, 2)))
    np.testing.assert_array_equal(by_s, np.tile(AT[X], times))


def test_the_hessian_of_what_reads_single_elements():
    f = X[0] * X[1] ** 2 + sd.sum(X[1:] * X[:2]) * s
    a, b, _ = AT[X]
    expected = [[0, 2 * b + 0.5, 0], [2 * b + 0.5, 2 * a, 0.5], [0, 0.5, 0]]
    np.testing.assert_allclose(sd.evaluate(sd.hessian(f, X), AT), expected, rtol=1e-15)


def test_the_hessian_of_what_reads_an_index_through_a_reshape():
    f = sd.sum(sd.reshape(Y[0], (2, 1)) ** 3) + Y[1, 0] * Y[0, 1]
    expected = np.zeros((2, 2, 2, 2))
    expected[0, 0, 0, 0], expected[0, 1, 0, 1] = 6.0, 12.0
    expected[1, 0, 0, 1] = expected[0, 1, 1, 0] = 1.0
    np.testing.assert_allclose(sd.evaluate(sd.hessian(f, Y), AT), expected, rtol=1e-15)
