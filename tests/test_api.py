"""The verbs: structure, shapes, unconnected variables, intermediates, errors."""

from fractions import Fraction

import numpy as np
import pytest

import symdiff as sd

x, y, z = sd.vars("x y z")
X = sd.Var("X", shape=(3,))
f = x**2 * y + y + 2


def test_the_main_job():
    assert [str(g) for g in sd.grad(f, [x, y])] == ["2*x*y", "x**2 + 1"]
    H = sd.hessian(f, [x, y])
    assert H.shape == (2, 2)
    assert sd.evaluate(f, {x: 3, y: 4}) == 42
    assert sd.evaluate(sd.grad(f, [x, y]), {x: 3, y: 4}) == [24, 10]
    assert sd.evaluate(H, {x: 3, y: 4}).tolist() == [[8, 6], [6, 0]]
    assert f(x=3, y=4) == 42


def test_grad_keeps_the_structure():
    found = sd.grad(f, {"a": x, "b": (y, [x, y])})
    assert list(found) == ["a", "b"]
    assert isinstance(found["b"], tuple)
    assert found["b"][1] == [found["a"], found["b"][0]]
    assert sd.grad(f, x) is found["a"]
    assert sd.grad(f, []) == []


def test_hessian_structures():
    nested = sd.hessian(f, {"x": x, "y": y})
    assert str(nested["x"]["y"]) == "2*x"
    blocks = sd.hessian(f, [x, y], blocks=True)
    assert [[str(c) for c in row] for row in blocks] == [["2*y", "2*x"], ["2*x", "0"]]
    assert str(sd.hessian(f, x)) == "2*y"
    pair = sd.hessian(sd.sum(X * x), (X, x))
    assert [[c.shape for c in row] for row in pair] == [[(3, 3), (3,)], [(3,), ()]]


def test_jacobian_shapes():
    A = sd.Var("A", shape=(2, 3))
    v = sd.Var("v", shape=(4, 1, 1))
    F = A * v
    for mode in ("forward", "reverse", None):
        assert sd.jacobian(F, A, mode=mode).shape == (4, 2, 3, 2, 3)
        assert sd.jacobian(F, v, mode=mode).shape == (4, 2, 3, 4, 1, 1)
    assert sd.jacobian(X * x, [x, y]).shape == (3, 2)
    assert sd.jacobian([x * y, x], [x, y]).shape == (2, 2)
    assert sd.jacobian([x * y, x], X).shape == (2, 3)
    assert [c.shape for c in sd.jacobian(X * x, [x, y], blocks=True)] == [(3,), (3,)]
    assert sd.jacobian({"f": f}, {"x": x})["f"]["x"] is sd.grad(f, x)


def test_unconnected():
    assert sd.grad(x, y).value == 0
    assert sd.grad(sd.sum(X), [y, X])[0].value == 0
    assert sd.grad(x, X).shape == (3,)
    assert sd.grad(x, [x, y], unconnected="none")[1] is None
    with pytest.raises(sd.Unconnected, match="'zero'"):
        sd.grad(x, y, unconnected="raise")
    with pytest.raises(ValueError, match="unconnected"):
        sd.grad(x, y, unconnected="nothing")


def test_wrt_an_intermediate_replaces_every_occurrence():
    u = x**2
    e = sd.sin(u) * u + x
    assert sd.grad(e, u) is sd.simplify(sd.cos(u) * u + sd.sin(u))
    assert sd.evaluate(sd.hessian(e, u), {x: 1.5}) == pytest.approx(
        -np.sin(2.25) * 2.25 + 2 * np.cos(2.25)
    )
    assert sd.grad(e, [u, x])[1] is sd.grad(e, x)
    again = x * x
    assert (
        str(sd.grad(again * again + x * x, again)) == "2*(x*x) + 1"
        or sd.evaluate(sd.grad(again * again + x * x, again), {x: 3}) == 19
    )
    assert str(sd.derivative(sd.log(u), u, 2)) == "-1/x**4"


def test_jvp_vjp_hvp():
    v = sd.Var("v", shape=(3,))
    F = sd.sin(X) * x
    point = {X: np.array([0.3, -1.0, 2.0]), v: np.array([1.0, 2.0, -1.0]), x: 0.7}
    dot = sd.evaluate(sd.jvp(F, X, v), point)
    np.testing.assert_allclose(dot, np.cos(point[X]) * 0.7 * point[v], rtol=1e-15)
    bar = sd.evaluate(sd.vjp(F, [X, x], v), point)
    np.testing.assert_allclose(bar[1], np.sum(np.sin(point[X]) * point[v]), rtol=1e-14)
    H = sd.evaluate(sd.hessian(sd.sum(F**2), X), point)
    np.testing.assert_allclose(
        sd.evaluate(sd.hvp(sd.sum(F**2), X, v), point), H @ point[v], rtol=1e-13
    )
    assert [str(t) for t in sd.jvp([x * y, x], {"x": x}, {"x": z})] == ["y*z", "z"]
    with pytest.raises(sd.ShapeError, match="jvp"):
        sd.jvp(F, X, x)
    with pytest.raises(sd.ShapeError, match="structure"):
        sd.jvp(F, [X, x], [v])


def test_derivative():
    assert str(sd.derivative(x**5, x, 3)) == "60*x**2"
    assert sd.derivative(f, x, 0) is sd.simplify(f)
    assert str(sd.derivative(x**5, x, 6)) == "0"
    assert sd.derivative(X * x**2, x).shape == (3,)
    with pytest.raises(ValueError, match="order"):
        sd.derivative(x, x, -1)
    with pytest.raises(sd.NotScalar, match=r"\(3,\)"):
        sd.derivative(sd.sum(X), X)


def test_grad_of_an_array_says_what_to_do():
    with pytest.raises(sd.NotScalar, match=r"\(3,\).*sd\.sum.*jacobian.*vjp"):
        sd.grad(X, X)
    with pytest.raises(sd.NotScalar):
        sd.hessian(X, X)


def test_text_is_no_expression():
    with pytest.raises(sd.NotAnExpression, match=r"sd\.parse"):
        sd.grad("x**2", x)
    with pytest.raises(sd.NotAnExpression, match=r"sd\.Var"):
        sd.grad(x**2, "x")


def test_exact_numbers_stay_exact():
    g = sd.grad(sd.Const(1) / 3 * x**2, x)
    assert str(g) == "2*x/3"
    assert sd.evaluate(g, {x: Fraction(1, 2)}) == Fraction(1, 3)


def test_conventions_at_kinks():
    p = sd.Var("p")
    at = {x: 0.0, p: 0.0}
    assert sd.evaluate(sd.grad(abs(x), x), at) == 0
    assert sd.evaluate(sd.grad(sd.maximum(x, p), [x, p]), at) == [0.5, 0.5]
    assert sd.evaluate(sd.grad(sd.minimum(x, p), [x, p]), at) == [0.5, 0.5]
    assert sd.evaluate(sd.grad(sd.relu(x), x), at) == 0
    assert sd.evaluate(sd.grad(sd.maximum(x, 0), x), at) == 0.5
    assert sd.evaluate(sd.grad(sd.floor(x) + sd.sign(x), x), at) == 0
    assert sd.evaluate(sd.grad(sd.sqrt(x), x), at) == np.inf
    assert sd.evaluate(sd.grad(sd.hypot(x, p), [x, p]), at) == [0, 0]
    assert sd.evaluate(x**p, at) == 1


def test_stop_gradient_holds_a_node_fixed():
    assert str(sd.grad(x * sd.stop_gradient(x), x)) == "stop_gradient(x)"


def test_name_clash_is_found_when_it_matters():
    clash = x + sd.Var("x", domain=sd.POSITIVE)
    for use in (str, sd.latex, lambda e: sd.evaluate(e, {"x": 1.0})):
        with pytest.raises(sd.NameClash, match="'x'"):
            use(clash)
