"""Functions of real order: values and derivatives against mpmath; orders that do not exist."""

from collections.abc import Callable
from fractions import Fraction

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


HALF = {"float": -0.5, "Fraction": Fraction(-1, 2), "quotient": sd.Const(-1) / 2, "variable": n}


@pytest.mark.parametrize("name", HALF)
@pytest.mark.parametrize("simplify", [True, False])
def test_a_spherical_function_of_order_minus_one_half(name, simplify):
    f = sd.spherical_jn(HALF[name], x)
    with mpmath.workdps(50):
        want = [mpmath.diff(lambda t: FUNCTIONS["spherical_jn"](-0.5, t), 2, k) for k in (0, 1, 2)]
    slopes = [sd.derivative(f, x, k, simplify=simplify) for k in (1, 2)]
    for graph, truth in zip((f, *slopes), want, strict=True):
        assert sd.evaluate(graph, {x: 2.0, n: -0.5}) == pytest.approx(float(truth), rel=1e-13)
        assert sd.compile(graph, [x, n])(2.0, -0.5) == pytest.approx(float(truth), rel=1e-13)


@pytest.mark.parametrize("simplify", [True, False])
def test_orders_from_which_a_derivative_leads_to_minus_one_half(simplify):
    orders = np.array([-0.5, 0, 1.0, -1.5, 0.5])
    f = sd.spherical_jn(orders, x)
    for k in (1, 2):
        with mpmath.workdps(50):
            want = [
                float(mpmath.diff(lambda t, v=v: FUNCTIONS["spherical_jn"](v, t), 2, k))
                for v in orders
            ]
        found = sd.derivative(f, x, k, simplify=simplify)
        np.testing.assert_allclose(sd.compile(found, [x])(2.0), want, rtol=1e-12)
        for v, truth in zip(orders.tolist(), want, strict=True):
            alone = sd.derivative(sd.spherical_jn(v, x), x, k, simplify=simplify)
            assert sd.evaluate(alone, {x: 2.0}) == pytest.approx(truth, rel=1e-12)


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


def test_an_order_beyond_counting():
    f = sd.spherical_jn(n, x)
    assert sd.evaluate(f, {n: 1e15, x: 2.0}) == 0.0
    with mpmath.workdps(30):
        want = float(FUNCTIONS["spherical_jn"](2000, mpmath.mpf(2010)))
    assert sd.evaluate(f, {n: 2000, x: 2010.0}) == pytest.approx(want, rel=1e-11)
