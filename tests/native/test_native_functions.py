"""Compiled functions that run as native code: values, cuts, kinds, outputs, pickles, absence."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import symdiff as sd

SIZE = 20_011  # more than two blocks, and no multiple of a vector


def both(outputs, inputs, *columns, atol=1e-14):
    """The native function, after its results were compared with NumPy's."""
    native = sd.compile(outputs, inputs, backend="native")
    ours, numpys = native(*columns), sd.compile(outputs, inputs, backend="numpy")(*columns)
    for a, b in zip(ours, numpys, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=atol)
    assert native._native.made, "it ran as NumPy"
    return native


@pytest.fixture
def columns():
    pytest.importorskip("llvmlite")
    return np.random.default_rng(3).normal(size=(3, SIZE))


def test_value_gradient_and_hessian(columns):
    x, y, z = v = sd.vars("x y z")
    f = sd.sin(x * y) * sd.exp(-(z**2)) + sd.log(1 + x**2) / sd.sqrt(1 + z**2) + sd.tanh(x - y)
    F = both([f, sd.stack(sd.grad(f, v)), sd.hessian(f, v)], v, *columns)
    assert len(F._native.made.parts) == 1


def test_operations_without_a_kernel_run_as_numpy_on_the_block(columns):
    x, y = v = sd.vars("x y")
    f = sd.exp(sd.j0(x) * y) + sd.digamma(2 + x * x)
    F = both([f, sd.j0(x), sd.j0(x + y), y, x * 0 + 3], v, *columns[:2])
    assert len(F._native.made.parts) > 2


def test_choices_comparisons_and_bools(columns):
    x, y = v = sd.vars("x y")
    b, n = sd.Var("b", kind="bool"), sd.Var("n", kind="int")
    outputs = [sd.where((x > y) & ~b, sd.exp(x), y), x > 0, b | (y < 2), sd.maximum(x, y), n * x,
               sd.where(n > 2, x, y), n + 1, sd.eq(n, 3)]  # fmt: skip
    whole = np.arange(SIZE) % 7
    both(outputs, [*v, b, n], *columns[:2], columns[2] > 0, whole)


def test_numbers_strides_and_broadcasting(columns):
    x, y, z = v = sd.vars("x y z")
    f = sd.exp(-x * x) * sd.sin(y) + z
    both([f, z], v, columns[0], 0.5, 2.0)
    both([f], v, np.ascontiguousarray(columns.T)[:, 0], columns[1, ::-1], 3)
    both([f], v, columns[0, :500, None], columns[1, :60], columns[2, :1])


def test_shapes_of_variables(columns):
    a, b = sd.Var("a", (4,)), sd.Var("b", (4,))
    rows = columns[:2, : SIZE // 4 * 4].reshape(2, -1, 4)
    both([sd.exp(a * b), sd.grad(sd.sum(sd.sin(a * b)), a)], [a, b], *rows)


def test_float32_and_complex_numbers_stay_with_numpy(columns):
    x = sd.Var("x")
    F = sd.compile(sd.exp(x), x, backend="native")
    assert F(columns[0].astype(np.float32)).dtype == np.float32
    assert F(columns[0] * 1j).dtype == np.complex128


def test_large_calls_are_native_by_themselves_and_small_ones_are_not(columns):
    x = sd.Var("x")
    F = sd.compile(sd.tanh(sd.sin(x)) * sd.exp(x), x)
    F(columns[0])
    assert F._native.made is None
    F(np.zeros(3_000_000))
    assert F._native.made


def test_a_pickle_carries_the_code(columns):
    x = sd.Var("x")
    F = sd.compile(sd.sin(x), x, backend="native")
    values = F(columns[0])
    other = pickle.loads(pickle.dumps(F))
    assert other._native.kept == F._native.kept
    np.testing.assert_array_equal(other(columns[0]), values)
    other._native.kept = {"another processor": [b"no code"]}
    other._native.made = None
    np.testing.assert_array_equal(other(columns[0]), values)


def test_results_do_not_depend_on_threads_or_blocks(columns, monkeypatch):
    x = sd.Var("x")
    F = sd.compile(sd.sin(sd.exp(x)), x, backend="native")
    whole = F(np.tile(columns[0], 20))
    np.testing.assert_array_equal(whole.reshape(20, -1), np.tile(F(columns[0]), (20, 1)))


WITHOUT = """
import sys
sys.modules["llvmlite"] = None
import numpy as np, symdiff as sd
x = sd.Var("x")
F = sd.compile(sd.tanh(x) * sd.exp(x), x)
z = np.full(5_000_000, 0.5)
assert np.allclose(F(z), np.tanh(z) * np.exp(z)) and not F._native.made
try:
    sd.compile(x, x, backend="native")
except sd.errors.MissingPackage as error:
    assert "symdiff-engine[jit]" in str(error), error
else:
    raise AssertionError
"""


def test_without_llvmlite_numpy_does_it():
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


def test_an_unknown_back_end_is_named():
    with pytest.raises(sd.errors.ArgumentError, match="numpy"):
        sd.compile(sd.Var("x"), sd.Var("x"), backend="gpu")
