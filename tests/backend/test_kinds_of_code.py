"""Constants that are arrays where a rule expects a number, and one operation on several kinds."""

import numpy as np
import pytest

import symdiff as sd

x = sd.Var("x")
v = sd.Var("v", (2,))
c = sd.Var("c", (4,))
b = np.array([0.5, 1.2])


@pytest.mark.parametrize("reduce", [sd.max, sd.min, sd.prod, sd.sum])
def test_a_reduction_of_truth_values_and_one_of_reals(reduce):
    for outputs in ([reduce(b * x > 1), reduce(b * x)], [reduce(b * x), reduce(b * x > 1)]):
        for at in (1.0, 2.5):
            found = sd.compile(outputs, [x])(at)
            assert found == [sd.evaluate(out, {x: at}) for out in outputs]


def test_the_slope_of_a_largest_element():
    assert sd.compile(sd.grad(sd.max(x * b), x), [x])(1.0) == 1.2
    assert sd.compile(sd.grad(sd.prod(x * b), x), [x])(1.0) == pytest.approx(1.2, rel=1e-15)


def test_arrays_of_exponents():
    powers = sd.sum(v ** np.array([2, 3]))
    assert sd.compile(powers, [v])(np.array([1.0, 2.0])) == 9.0
    np.testing.assert_array_equal(
        sd.compile(sd.grad(powers, v), [v])(np.array([1.0, 2.0])), [2.0, 12.0]
    )
    polynomial = sd.sum(c * x ** np.arange(4))
    compiled = sd.compile([polynomial, sd.grad(polynomial, x), sd.hessian(polynomial, x)], [c, x])
    assert compiled(np.array([1.0, 2.0, 3.0, 4.0]), 2.0) == [49.0, 62.0, 54.0]
    assert compiled(np.array([1.0, 2.0, 3.0, 4.0]), 0.0) == [1.0, 2.0, 6.0]


def test_sigmoids_whose_arguments_are_scaled_by_a_number_and_by_an_array():
    for scale in (np.array([-2.0, 3.0]), np.array([-2.0, -2.0])):
        product = sd.sigmoid(2 * v) * sd.sigmoid(scale * v)
        at = np.array([1.0, -0.5])
        want = 1 / (1 + np.exp(-2 * at)) / (1 + np.exp(-scale * at))
        np.testing.assert_allclose(sd.compile(product, [v])(at), want, rtol=1e-14)
