"""The figures of the examples, recomputed here without symdiff."""

from __future__ import annotations

import importlib.util
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import symdiff as sd

EXAMPLES = Path(__file__).parent.parent / "examples"


def example(name: str) -> ModuleType:
    """The module of an example; its ``main`` does not run."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_methods_compared() -> None:
    compared = example("methods_compared")
    p = math.prod(compared.POINT)
    exact = [(math.cos(p) + 2 * p / (1 + p * p)) * p / x for x in compared.POINT]
    np.testing.assert_allclose([float(slope) for slope in compared.truth()], exact, rtol=1e-15)
    found = {name: (gradient(compared.POINT), ops) for name, gradient, ops in compared.methods()}
    assert len(found) == 8
    for name, (gradient, _) in found.items():
        rtol = {"forward difference": 1e-4, "central difference": 1e-9}.get(name, 1e-15)
        np.testing.assert_allclose(gradient, exact, rtol=rtol, err_msg=name)
    # Reverse mode costs a few times the function; the others pay for each input.
    operations = {name: ops for name, (_, ops) in found.items()}
    assert operations["reverse mode"] <= 4 * 10
    assert operations["reverse mode"] * 3 < operations["symbolic"] < operations["forward mode"]


def test_backprop_picture(tmp_path: Path) -> None:
    example("backprop_picture").main(tmp_path)
    texts = ET.parse(tmp_path / "backprop.svg").iter("{http://www.w3.org/2000/svg}text")
    assert sorted(t.text or "" for t in texts if "legend" not in t.attrib["class"]) == sorted(
        [
            *("x", "3", "∂f: 12 + 12 = 24", "y", "4", "∂f: 9 + 1 = 10", "2"),
            *("×", "9", "∂f: 4", "×", "36", "∂f: 1", "+", "6", "∂f: 1", "f =", "+", "42", "∂f: 1"),
            *("4 · 3 = 12", "4 · 3 = 12", "1 · 4 = 4", "1 · 9 = 9", *["1 · 1 = 1"] * 3),
        ]
    )


def test_small_network() -> None:
    """By finite differences, and the published figures inside the example."""
    network = example("small_network")
    values, slopes = network.by_hand(network.POINT)
    assert f"{values['E']:.9f}" == "0.274811083"
    point = {v.name: value for v, value in network.POINT.items()}

    def error(**p: float) -> float:
        sigmoid = lambda z: 1 / (1 + math.exp(-z))
        h1 = sigmoid(p["w1"] * p["x1"] + p["w2"] * p["x2"] + p["b1"])
        h2 = sigmoid(p["w3"] * p["x1"] + p["w4"] * p["x2"] + p["b1"])
        return (p["t"] - sigmoid(p["w5"] * h1 + p["w6"] * h2 + p["b2"])) ** 2 / 2

    found = sd.evaluate(sd.grad(network.E, network.WEIGHTS), network.POINT)
    for w, slope, by_rule in zip(network.WEIGHTS, slopes, found, strict=True):
        up, down = [error(**{**point, w.name: point[w.name] + h}) for h in (1e-5, -1e-5)]
        assert slope == pytest.approx((up - down) / 2e-5, rel=1e-7)
        assert by_rule == pytest.approx(slope, rel=1e-13)


def test_textbook_graph() -> None:
    book = example("textbook_graph")
    x = book.Var("x", 1.3)
    cube = book.Mul(book.Mul(x, x), book.Add(x, book.Const(2)))  # x³ + 2x²
    assert cube.evaluate() == pytest.approx(1.3**3 + 2 * 1.3**2)
    assert cube.gradient(x).evaluate() == pytest.approx(3 * 1.3**2 + 4 * 1.3)
    assert cube.gradient(x).gradient(x).evaluate() == pytest.approx(6 * 1.3 + 4)


def test_tape_basics(capsys: pytest.CaptureFixture[str]) -> None:
    basics = example("tape_basics")
    by_x, by_sum = basics.sum_squared()
    np.testing.assert_array_equal(by_x, np.full((2, 2), 8.0))
    assert by_sum == 8
    assert basics.persistent() == (108, 6)
    assert [basics.cube(at) for at in (1.0, 3.0)] == [3, 27]
    assert [basics.cube_twice(at) for at in (1.0, 5.0)] == [(3, 6), (75, 30)]
    assert [basics.loop(2.0, y) for y in (6, 5, 4)] == [12, 12, 4]
    assert basics.polynomial(10.0) == 920
    assert basics.not_connected() == ([36, 10], [[6, 2], [2, None]])
    assert basics.two_inputs() == ([24, 10], [[8, 6], [6, 0]])
    assert "df/dx = 2*x*y" in capsys.readouterr().out


def test_reconstruct_matrix() -> None:
    rebuilt = example("reconstruct_matrix")
    assert f"{rebuilt.SHRINK:.6f}" == "0.215738"
    R, X0 = rebuilt.start()
    assert set(R.ravel()) == {0, 1, 2, 3}
    assert X0[0, 0] == 0
    X = X0.copy()
    for i in range(1, 1001):
        X -= 0.1 / i * (2 * (X - R) + 0.2 * np.sign(X))
    np.testing.assert_allclose(rebuilt.descend(R, X0), X, rtol=1e-11)
    first = 2 * (X0 - R) + 0.2 * np.sign(X0)
    once = X0 - 0.1 * math.fsum(1 / i for i in range(1, 1001)) * first
    np.testing.assert_allclose(rebuilt.descend_recorded_once(R, X0), once, rtol=1e-10, atol=1e-12)


def test_minimise_quadratic() -> None:
    quadratic = example("minimise_quadratic")
    exact = [10 + 40 * 0.8 ** (step + 1) for step in range(50)]
    path = quadratic.descend()
    np.testing.assert_allclose(path, exact, rtol=1e-6)
    assert all(np.float32(x) == x for x in path)
    assert f"{path[36]:.6f} {path[49]:.6f}" == "10.010385 10.000570"
    np.testing.assert_allclose(quadratic.descend(dtype=np.float64), exact, rtol=1e-14)


def test_line_fit_by_absolute_error() -> None:
    f = np.float32
    x = np.array([8, 10, 6, 3, 7, 9, 13, 1, 0, 11], f)
    m, c = f(0.60823025), f(0.19983897)
    for _ in range(1999):
        signs = np.sign(m * x + c - (2 * x - 8))
        m, c = m - f(0.001) * np.sum(signs * x), c - f(0.001) * np.sum(signs)
    assert (str(m), str(c)) == ("1.9022306", "-7.5542665")
    found = example("line_fit").absolute_fit()
    assert [type(value) for value in found] == [f, f]
    assert found == (m, c)


def test_line_fit_by_squares() -> None:
    fit = example("line_fit")
    x, y = fit.data()
    A = np.stack([x, np.ones(100)], axis=1)
    best = np.linalg.lstsq(A, y)[0]
    np.testing.assert_allclose(fit.newton_fit(), best, rtol=1e-12)
    np.testing.assert_allclose(best, [2.46137, 3.31226], atol=5.1e-6)

    shrink = np.linalg.matrix_power(np.eye(2) - 0.001 * A.T @ A / 100, 10_000)
    descended = best - shrink @ best
    found = fit.square_fit(sd.optimizers.SGD(learning_rate=0.001))
    np.testing.assert_allclose(found, descended, rtol=1e-10)
    np.testing.assert_allclose(found, [2.49752, 3.07187], atol=5.1e-6)

    at, m, v = np.zeros((3, 2))
    for t in range(1, 10_001):
        g = A.T @ (A @ at - y) / 100
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        rate = 0.001 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        at = at - rate * m / (np.sqrt(v) + 1e-7)
    found = fit.square_fit(sd.optimizers.Adam(learning_rate=0.001))
    np.testing.assert_allclose(found, at, rtol=1e-9)
    np.testing.assert_allclose(found, [2.47430, 3.22909], atol=5.1e-6)


def test_logistic_digits() -> None:
    pytest.importorskip("sklearn", reason="pip install '.[examples]'")
    logistic = example("logistic_digits")
    train_set, test_set = logistic.digits()
    X, y = train_set
    assert (X.shape, test_set[0].shape) == ((324, 64), (36, 64))
    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    slopes = {
        "intended": lambda z: sigmoid(z) - y,
        "tutorial": lambda z: (sigmoid(sigmoid(z)) - y) * sigmoid(z) * (1 - sigmoid(z)),
    }
    for name, slope in slopes.items():
        at = np.append(np.random.default_rng(0).normal(0, 0.05, (1, 64)), [[0.0]], axis=1)
        ones = np.append(X, np.ones((324, 1)), axis=1)  # the last weight is the bias
        m, v = np.zeros((2, 1, 65))
        for t in range(1, 71):
            g = slope(at @ ones.T) @ ones / 324
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            rate = 0.001 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            at = at - rate * m / (np.sqrt(v) + 1e-7)
        theta, bias, history = logistic.train(getattr(logistic, name), 0, train_set)
        assert len(history) == 70
        np.testing.assert_allclose(np.append(theta, bias)[None], at, rtol=1e-9, atol=1e-12)
        right = int(np.sum((at[:, :64] @ test_set[0].T + at[0, 64] > 0) == test_set[1]))
        assert right == {"intended": 36, "tutorial": 35}[name]
        assert logistic.accuracy(theta, bias, *test_set) == right / 36

    theta, norms = logistic.newton(train_set)
    assert len(norms) <= 11
    gradient = (sigmoid(theta[0] @ X.T) - y) @ X / 324 + 0.01 * theta[0]
    assert np.linalg.norm(gradient) < 1e-10
