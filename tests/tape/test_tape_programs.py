"""Programs are found again: what is compiled, counted, and what is shared."""

import gc
import threading

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import OPS
from symdiff.tape import programs, templates
from symdiff.tracing.cache import Cache


@pytest.fixture
def built(monkeypatch):
    """The programs that were built, with a cache of their own."""
    made = []
    build = programs._built
    monkeypatch.setattr(programs, "_families", Cache(512, 2_000_000))
    monkeypatch.setattr(programs, "_built", lambda *a: made.append(a) or build(*a))
    return made


def descend(steps, x, loss):
    for k in range(steps):
        with sd.GradientTape() as tape:
            f = loss(k)
        g = tape.gradient(f, x)
        x.assign_sub(0.01 * g)
    return f


def test_a_loop_compiles_once(built):
    x, data = sd.Variable([1.0, 2.0]), np.array([3.0, 4.0])
    descend(20, x, lambda k: sd.mean((x * data - k * data) ** 2) if k < 0 else sd.sum(x * data))
    assert len(built) == 1
    other = sd.Variable([5.0, 6.0])
    descend(5, other, lambda k: sd.sum(other * np.array([1.0, k])))
    assert len(built) == 1  # the same operations on the same shapes
    wide = sd.Variable([5.0, 6.0, 7.0])
    descend(5, wide, lambda k: sd.sum(wide * np.ones(3)))
    assert len(built) == 2


def test_data_given_to_functions_are_inputs(built):
    x = sd.Variable([1.0, 2.0])
    for k in range(1, 10):
        data = np.array([k, 2.0 * k])
        with sd.GradientTape() as tape:
            f = sd.dot(x, data) + sd.sum(sd.maximum(data.tolist(), x * 0.5)) + sd.mean(data * x)
        np.testing.assert_allclose(tape.gradient(f, x), 1.5 * data, rtol=1e-15)
    assert len(built) == 1


def test_programs_are_run_in_the_precision_of_their_variables(built, monkeypatch):
    seen = []
    plain = templates.compile
    monkeypatch.setattr(templates, "compile", lambda *a: lambda *v: seen.append(v) or plain(*a)(*v))
    x = sd.Variable([1.0, 2.0], dtype="float32")
    with sd.GradientTape() as tape:
        f = sd.sum(sd.exp(x * np.array([3.0, 4.0])))
    assert tape.gradient(f, x).dtype == np.float32
    assert {a.dtype for a in seen[0]} == {np.dtype(np.float32)}


def test_numbers_that_change_become_inputs(built):
    x = sd.Variable([1.0, 2.0])
    for k in range(1, 40):
        with sd.GradientTape() as tape:
            f = sd.sum(x**2) / k * 0.9**k + 2.0 * x[0]
        np.testing.assert_allclose(
            tape.gradient(f, x), 2 * x.numpy() / k * 0.9**k + [2.0, 0.0], rtol=1e-14
        )
    assert len(built) == programs.FIXED + 1
    for k in range(40):
        with sd.GradientTape() as tape:
            f = sd.sum(x**2) / 3 * 0.25 + (1.0 + k) * x[0]
        np.testing.assert_allclose(tape.gradient(f, x), x.numpy() / 6 + [1.0 + k, 0.0], rtol=1e-14)
    assert len(built) <= programs.FIXED + 3


def test_exponents_stay_what_they_are(built):
    x = sd.Variable([0.0, 2.0])
    for n in range(10):
        with sd.GradientTape() as tape:
            f = sd.sum(x**n)
        expected = n * np.array([0.0, 2.0]) ** max(n - 1, 0)
        np.testing.assert_array_equal(tape.gradient(f, x), expected)
    assert len(built) == 10


def test_zeros_keep_their_sign(built):
    x = sd.Variable(2.0)
    found = []
    for zero in (0.0, -0.0):
        with sd.GradientTape() as tape:
            y = 1 / (x * zero)
        found.append(float(y))
        with sd.GradientTape() as tape:
            y = sd.atan2(x * zero, sd.constant(-1.0))
        tape.gradient(y, x)
        found.append(float(y))
    assert found == [np.inf, np.pi, -np.inf, -np.pi]
    assert len(built) == 2
    v = sd.Variable([1.0, 2.0])
    for zero in (0.0, -0.0, 0):
        with sd.GradientTape() as tape:
            y = v * zero
        tape.gradient(y, v)
    assert len(built) == 5


def test_different_questions_are_different_programs(built):
    x, y = sd.Variable(2.0), sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as tape:
        f, g = x * y, x + y
    for _ in range(2):
        tape.gradient(f, x)
        tape.gradient(f, y)
        tape.gradient(g, x)
        tape.gradient([f, g], x)
        tape.gradient(f, x, output_gradients=2.0)
        tape.jacobian(f, x)
        tape.hessian(f, x)
        tape.hessian(f, [x])
    assert len(built) == 8


def test_the_record_is_simplified_before_it_is_differentiated(built):
    x = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        f = sd.sum(sd.sin(x) ** 2 + sd.cos(x) ** 2) + sd.log(sd.exp(x[0]))
    assert tape.gradient(f, x).tolist() == [1.0, 0.0]


def test_long_recordings_are_not_simplified():
    x = sd.Variable(1.0)
    with sd.GradientTape(persistent=True) as tape:
        y = x
        for _ in range(2000):
            y = y * x * 1.0 - 0 * y
    assert float(tape.gradient(y, x)) == 2001.0
    assert float(tape.jacobian(y, x)) == 2001.0


def test_long_recordings_leave_nothing_behind(monkeypatch):
    monkeypatch.setattr(programs, "_families", Cache(512, 1000))
    x = sd.Variable(0.5)

    def nodes_kept(steps):
        with sd.GradientTape() as tape:
            y = x * 1.5
            for _ in range(steps):
                y = sd.sin(y) * x
        assert tape.gradient(y, x) is not None
        del tape, y
        gc.collect()
        return sum([len(op.table) for op in OPS.values()])

    before = nodes_kept(10)
    assert nodes_kept(700) <= before + 10
    assert programs.ENTRIES <= 50_000  # of 2.5 kB each


def test_cache():
    cache = Cache(3)
    for n in range(5):
        assert cache.get(n, lambda n=n: n * n) == n * n
    assert cache.keys() == [2, 3, 4]
    cache.find(2)
    cache.get(9, lambda: 81)
    assert cache.keys() == [4, 2, 9]
    assert cache.find(3) is None
    long = Cache(10, 7)
    for n in range(1, 5):
        long.get((n,) * n, lambda n=n: n)
    assert [len(key) for key in list(long.keys())] == [3, 4]
    assert long.get((9,) * 20, lambda: 5) == 5  # too long to be kept at all
    assert [len(key) for key in list(long.keys())] == [3, 4]
    long.clear()
    assert len(long) == 0


def test_threads_share_programs(built):
    x = sd.Variable([1.0, 2.0])
    wrong = []

    def work(k):
        c = float(k)
        for _ in range(100):
            with sd.GradientTape() as tape:
                f = sd.sum(x**2 * c + np.array([c, 2.0]) * x)
            g = tape.gradient(f, x).tolist()
            if g != [2 * c + c, 4 * c + 2.0]:
                wrong.append((k, g))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
