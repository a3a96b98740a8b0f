"""Random programs recorded eagerly, against complex steps and mpmath on the same Python code.

The code of a program is run on tensors, on complex NumPy arrays and on mpmath's numbers; nothing
of the calculus is used by the oracle.
"""

import mpmath
import numpy as np
import pytest
from array_checks import examples
from hypothesis import given
from hypothesis import strategies as st

import symdiff as sd

STEP = 1e-30

UNARY = {
    "sin": (sd.sin, np.sin, mpmath.sin), "cos": (sd.cos, np.cos, mpmath.cos),
    "exp": (lambda x: sd.exp(x * 0.25), lambda x: np.exp(x * 0.25), lambda x: mpmath.exp(x / 4)),
    "tanh": (sd.tanh, np.tanh, mpmath.tanh),
    "square": (lambda x: x**2 / 4, lambda x: x**2 / 4, lambda x: x**2 / 4),
    "inverse": (lambda x: 1 / (x * x + 2), lambda x: 1 / (x * x + 2), lambda x: 1 / (x * x + 2)),
    "scaled": (lambda x: 3 - 0.5 * x, lambda x: 3 - 0.5 * x, lambda x: 3 - x / 2),
    "root": (lambda x: sd.sqrt(x * x + 1), lambda x: np.sqrt(x * x + 1),
             lambda x: mpmath.sqrt(x * x + 1)),
    "log": (lambda x: sd.log(x * x + 1), lambda x: np.log(x * x + 1),
            lambda x: mpmath.log(x * x + 1)),
}  # fmt: skip
BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y * 0.5,
    "div": lambda x, y: x / (y * y + 1),
}
ARRAYS = {  # (3, 3) to (3, 3)
    "matmul": lambda x, y: (x @ y) * 0.3,
    "transpose": lambda x, y: x.T - y,
    "row": lambda x, y: x * y[0],
    "sum": lambda x, y: x + y.sum(axis=0),
    "corner": lambda x, y: x[1:, 1:].sum() * y * 0.2,
    "reversed": lambda x, y: x[::-1] * y,
    "picked": lambda x, y: x[[0, 0, 2]] + y[:, [2, 1, 1]],
    "mean": lambda x, y: x.mean(axis=1).reshape(3, 1) * y,
}


@st.composite
def programs(draw, binary, leaves=3, steps=12):
    """Steps (name, operands); operands are places of earlier values, leaves first."""
    code = []
    for k in range(draw(st.integers(3, steps))):
        name = draw(st.sampled_from([*UNARY, *binary, *binary]))
        places = st.integers(0, leaves + k - 1)
        code.append((name, draw(places), draw(places)))
    return code


def run(code, values, binary, column):
    """All values of a program in one arithmetic."""
    values = list(values)
    for name, a, b in code:
        if name in UNARY:
            values.append(UNARY[name][column](values[a]))
        else:
            values.append(binary[name](values[a], values[b]))
    return values


@examples(60)
@given(programs(BINARY))
def test_scalar_programs(code):
    points = [0.7, -1.2, 0.4]
    variables = [sd.Variable(p) for p in points]
    with sd.GradientTape(persistent=True) as tape:
        values = run(code, variables, BINARY, 0)
        out = values[-1]
    with mpmath.workdps(40):
        exact = [mpmath.mpf(p) for p in points]
        true = run(code, exact, BINARY, 2)[-1]
        assert float(out) == pytest.approx(float(true), rel=1e-12, abs=1e-12)
        found = tape.gradient(out, variables, unconnected_gradients="zero")
        for k, slope in enumerate(found):
            at = lambda t, k=k: run(code, [*exact[:k], t, *exact[k + 1 :]], BINARY, 2)[-1]
            assert float(slope) == pytest.approx(
                float(mpmath.diff(at, exact[k])), rel=1e-9, abs=1e-9
            )
    graph = tape.graph(out)
    at = {tape.graph(v): p for v, p in zip(variables, points, strict=True)}
    used = {v: p for v, p in at.items() if v in set(sd.walk.postorder([graph]))}
    assert sd.evaluate(graph, used) == pytest.approx(float(out), rel=1e-12)


@examples(60)
@given(programs(BINARY), st.integers(3, 6))
def test_gradients_by_intermediates(code, where):
    """The rest of the program is run from there, as a function of that value."""
    points = [0.7, -1.2, 0.4]
    where = min(where, len(code) + 1)
    variables = [sd.Variable(p) for p in points]
    with sd.GradientTape() as tape:
        values = run(code, variables, BINARY, 0)
    held = [complex(float(v.numpy() if isinstance(v, sd.Variable) else v)) for v in values]

    def rest(value):
        known = [*held[:where], value]
        for name, a, b in code[where - 2 :]:
            if name in UNARY:
                known.append(UNARY[name][1](known[a]))
            else:
                known.append(BINARY[name](known[a], known[b]))
        return known[-1]

    expected = rest(held[where] + 1j * STEP).imag / STEP
    found = tape.gradient(values[-1], values[where], unconnected_gradients="zero")
    assert float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@examples(60)
@given(programs(ARRAYS, leaves=2, steps=8), st.integers(0, 2**32 - 1))
def test_array_programs(code, seed):
    rng = np.random.default_rng(seed)
    points = [rng.normal(size=(3, 3)) for _ in range(2)]
    variables = [sd.Variable(p) for p in points]
    with sd.GradientTape(persistent=True) as tape:
        out = run(code, variables, ARRAYS, 0)[-1]
    np.testing.assert_allclose(out, run(code, points, ARRAYS, 1)[-1], rtol=1e-12, atol=1e-12)
    slopes = tape.gradient(out, variables, unconnected_gradients="zero")
    jacobians = tape.jacobian(out, variables, unconnected_gradients="zero")
    for k, point in enumerate(points):
        expected = np.empty((3, 3, 3, 3))
        for at in np.ndindex(3, 3):
            moved = point.astype(complex)
            moved[at] += 1j * STEP
            given = [moved if i == k else p.astype(complex) for i, p in enumerate(points)]
            expected[(..., *at)] = run(code, given, ARRAYS, 1)[-1].imag / STEP
        size = np.abs(expected).max() + 1
        np.testing.assert_allclose(jacobians[k], expected, rtol=1e-10, atol=1e-12 * size)
        np.testing.assert_allclose(slopes[k], expected.sum((0, 1)), rtol=1e-10, atol=1e-11 * size)


@examples(20)
@given(programs(BINARY, steps=6))
def test_second_order_by_nested_tapes(code):
    points = [0.7, -1.2, 0.4]
    variables = [sd.Variable(p) for p in points]
    with sd.GradientTape(persistent=True) as outer:
        with sd.GradientTape() as inner:
            out = run(code, variables, BINARY, 0)[-1]
        slopes = inner.gradient(out, variables, unconnected_gradients="zero")
    rows = [outer.gradient(g, variables, unconnected_gradients="zero") for g in slopes]
    found = np.array([[float(cell) for cell in row] for row in rows])
    np.testing.assert_allclose(outer.hessian(out, variables), found, rtol=1e-9, atol=1e-10)
    with mpmath.workdps(40):
        f = lambda *at: run(code, list(at), BINARY, 2)[-1]
        for i in range(3):
            for j in range(3):
                orders = tuple((k == i) + (k == j) for k in range(3))
                expected = float(mpmath.diff(f, tuple(map(mpmath.mpf, points)), orders))
                assert found[i, j] == pytest.approx(expected, rel=1e-8, abs=1e-8)


@examples(20)
@given(programs(ARRAYS, leaves=2, steps=6), st.integers(0, 2**32 - 1))
def test_single_precision(code, seed):
    rng = np.random.default_rng(seed)
    points = [rng.normal(size=(3, 3)).astype(np.float32) for _ in range(2)]
    both = []
    for dtype in (np.float32, np.float64):
        variables = [sd.Variable(p, dtype=dtype) for p in points]
        with sd.GradientTape() as tape:
            out = sd.mean(run(code, variables, ARRAYS, 0)[-1])
        found = tape.gradient(out, variables, unconnected_gradients="zero")
        assert {out.dtype, *[g.dtype for g in found]} == {np.dtype(dtype)}
        both.append(found)
    for single, double in zip(*both, strict=True):
        size = np.abs(double.numpy()).max() + 1
        np.testing.assert_allclose(single, double, rtol=1e-3, atol=1e-4 * size)
