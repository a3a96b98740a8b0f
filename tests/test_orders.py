"""Functions of real order: values and derivatives against mpmath; orders that do not exist."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import KindError, NotDifferentiable

x, n = sd.vars("x n")
ORDERS = (0, 1, 2, 3.0, -1, -2, 1.3, 0.5, 2.7, -1.3, -0.25)
FUNCTIONS: dict[str, Callable] = {
    "iv": mpmath.besseli,
    "jn": mpmath.besselj,
    "spherical_jn": lambda v, t: (
        mpmath.sqrt(mpmath.pi / 2) * mpmath.besselj(v + mpmath.mpf(1) / 2, t) / mpmath.sqrt(t)
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", ORDERS)
def test_values_and_derivatives_of_real_orders(name, order):
    f = getattr(sd, name)(order, x)
    for point in (0.3, 2.0, 17.5, -0.7):
        with mpmath.workdps(50):
            truth = [
                mpmath.diff(lambda t: FUNCTIONS[name](order, t), point, k) for k in (0, 1, 2, 1)
            ]
        graphs = [f, sd.derivative(f, x), sd.derivative(f, x, 2), sd.grad(f, x, simplify=False)]
        for graph, want in zip(graphs, truth, strict=True):
            run = sd.compile(graph, [x])
            for got in (sd.evaluate(graph, {x: point}), run(point), run(np.array([point]))[0]):
                if abs(mpmath.im(want)) > 1e-20:
                    assert np.isnan(got)
                else:
                    assert got == pytest.approx(float(mpmath.re(want)), rel=1e-11)


def test_an_array_of_orders_with_0_among_them():
    orders = np.array([0, 1, 2])
    for name in FUNCTIONS:
        function = getattr(sd, name)
        slopes = sd.jacobian(function(orders, x), x)
        for point in (0.0, 1.1):
            alone = [sd.evaluate(sd.grad(function(int(k), x), x), {x: point}) for k in orders]
            np.testing.assert_allclose(sd.compile(slopes, [x])(point), alone, rtol=1e-14)


def test_orders_at_0():
    assert sd.evaluate(sd.spherical_jn(0.5, x), {x: 0.0}) == 0
    assert sd.evaluate(sd.spherical_jn(0, x), {x: 0.0}) == 1


@pytest.mark.parametrize("value", [1.2, np.array([1.2, 3.0])])
def test_polygamma_refuses_what_is_no_derivative(value):
    f = sd.polygamma(1.5, x)
    for run in (lambda: sd.evaluate(f, {x: value}), lambda: sd.compile(f, [x])(value)):
        with pytest.raises(KindError, match=r"0, 1, 2, \.\.\.; got 1\.5"):
            run()
    assert np.all(sd.evaluate(sd.polygamma(2.0, x), {x: value}) < 0)
    with pytest.raises(KindError, match=r"got 0\.5"):
        sd.evaluate(sd.polygamma(n, x), {n: 0.5, x: value})


def test_no_derivative_by_the_order():
    with pytest.raises(NotDifferentiable, match="constant"):
        sd.grad(sd.iv(n, x), n)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
def test_polygamma_far_below_0(order):
    f = sd.polygamma(order, x)
    for point in (-0.3, -19.7, -20.3, -77.25, -134.625):
        with mpmath.workdps(40):
            want = float(mpmath.polygamma(order, mpmath.mpf(point)))
        assert sd.evaluate(f, {x: point}) == pytest.approx(want, rel=1e-12)
        assert sd.compile(f, [x])(np.array([point, 2.0]))[0] == pytest.approx(want, rel=1e-12)
    assert sd.evaluate(sd.polygamma(1, x), {x: -1e9 - 0.5}) == pytest.approx(np.pi**2, rel=1e-9)
    assert sd.evaluate(sd.polygamma(1, x), {x: -1e9}) == np.inf
    both = sd.compile(sd.polygamma(np.array([1, 2]), x), [x])(-33.25)
    assert both.tolist() == [sd.evaluate(sd.polygamma(k, x), {x: -33.25}) for k in (1, 2)]
