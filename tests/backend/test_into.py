"""Results written into arrays of the user, on every path that computes them."""

import numpy as np
import pytest

import symdiff as sd

BACKENDS = ["numpy", "native"]


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite")
    return request.param


@pytest.mark.parametrize("size", [1, 7, 300, 100_003])
def test_values_are_those_of_a_call(backend, size):
    x, y = sd.vars("x y")
    outputs = {"f": sd.sin(x) * y, "g": (sd.stack([x * y, sd.exp(x)]), None), "b": x > y}
    F = sd.compile(outputs, [x, y], backend=backend)
    a, b = np.random.default_rng(5).normal(size=(2, size))
    fresh = F(a, b)
    out = {"f": np.empty(size), "g": (np.empty((size, 2)), None), "b": np.empty(size, bool)}
    assert F(a, b, out=out) is out
    assert F.into(out, a, y=b) is out
    for mine, new in ((out["f"], fresh["f"]), (out["g"][0], fresh["g"][0]), (out["b"], fresh["b"])):
        np.testing.assert_array_equal(mine, new)


@pytest.mark.parametrize("size", [300, 100_003])
def test_inputs_strides_and_other_types_may_be_targets(backend, size):
    x, y = sd.vars("x y")
    F = sd.compile([x + y, x * y], [x, y], backend=backend)
    a, b = np.random.default_rng(6).normal(size=(2, size))
    total, product = F(a, b)
    F.into([a, b], a, b)
    np.testing.assert_array_equal([a, b], [total, product])
    a, wide, single = a.copy(), np.zeros((size, 3)), np.zeros(size, np.float32)
    total, product = F(a, b)
    F.into([wide[:, 1], single], a, b)
    np.testing.assert_array_equal(wide[:, 1], total)
    np.testing.assert_array_equal(single, product.astype(np.float32))
    assert not wide[:, ::2].any()
    one = np.empty(size + 1)
    F.into([one[:-1], one[1:]], a, b)  # the second one is written last
    np.testing.assert_array_equal(one[1:], product)


def test_arrays_of_the_declared_shapes_and_numbers():
    A, v = sd.Var("A", (4, 4)), sd.Var("v", (4,))
    F = sd.compile([A @ v, sd.sum(v)], [A, v])
    a, u = np.arange(16.0).reshape(4, 4), np.arange(4.0)
    out = [np.empty(4), np.empty(())]
    F(a, u, out=out)
    np.testing.assert_array_equal(out[0], a @ u)
    assert out[1] == 6
    x = sd.Var("x")
    assert sd.compile(x + 1, x)(2, out=np.empty(())) == 3


def test_a_variable_called_out_keeps_its_name():
    out = sd.Var("out")
    assert sd.compile(out + 1, out)(out=2) == 3


@pytest.mark.parametrize("size", [3, 100_003])
def test_what_does_not_fit_is_named_and_nothing_is_written(backend, size):
    x = sd.Var("x")
    F = sd.compile([x, x * 2], x, backend=backend)
    given, first = np.arange(float(size)), np.full(size, 7.0)
    with pytest.raises(sd.errors.ShapeError):
        F.into([first, np.empty(size + 1)], given)
    with pytest.raises(sd.errors.KindError):
        F.into([first, np.empty(size, int)], given)
    with pytest.raises(sd.errors.ArgumentError):
        F.into([first], given)
    with pytest.raises(sd.errors.KindError):
        F.into([first, 1.0], given)
    assert (first == 7).all()
    with pytest.raises(sd.errors.ArityError):
        F.into([first, first])
