"""Runs of elementwise steps in blocks: bit for bit the values of the steps one by one."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.backend import core, fused, pool, runs, spread
from symdiff.expr import Expr

rng = np.random.default_rng(0)
N = runs.SMALLEST + 4321
UNARY = (sd.sin, sd.tanh, sd.exp, sd.abs, lambda a: -a, lambda a: a**2, lambda a: 3 - a)
BINARY = (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, sd.maximum, sd.minimum)


def compiled(outputs: Any, inputs: list[Expr]) -> Any:
    """The function with runs; its source calls one."""
    f = sd.compile(outputs, inputs)
    assert "fused" in f.source
    return f


def unfused(monkeypatch: pytest.MonkeyPatch, outputs: Any, inputs: list[Expr], *given: Any) -> Any:
    """The values by one step after the other."""
    with monkeypatch.context() as m:
        m.setattr(core, "run_at", lambda *args: None)
        f = sd.compile(outputs, inputs)
        found = f(*given)
        assert "fused" not in f.source
    return found


def same(left: Any, right: Any) -> None:
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(np.signbit(a), np.signbit(b))


def rosen(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def grow(choose: random.Random, leaves: list[Any], steps: int) -> list[Any]:
    """Values over values, by random elementwise functions."""
    values = list(leaves)
    for _ in range(steps):
        if choose.random() < 0.5:
            values.append(choose.choice(UNARY)(choose.choice(values[-4:])))
        else:
            values.append(choose.choice(BINARY)(values[-1], choose.choice(values)))
    return values


@pytest.mark.parametrize("seed", range(12))
def test_random_runs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = random.Random(seed)
    shape: tuple[int, ...] = choose.choice([(N,), (N // 7, 7), (40, N // 600, 20)])
    few = [shape, shape[1:], (1, *shape[1:]), (*shape[:-1], 1), ()]
    names = [sd.Var("x", shape), sd.Var("y", shape)]
    names += [sd.Var(f"z{i}", choose.choice(few)) for i in range(2)]
    values = grow(choose, names, 9)
    total = sd.sum(values[-1])
    outputs = [values[-1], values[-3], total, choose.choice(values[4:])]
    given = [rng.normal(size=v.shape) for v in names]
    if choose.random() < 0.5:
        given[0] = np.repeat(given[0], 2, axis=-1)[..., ::2]
    held = [a.copy() for a in given]
    found = sd.compile(outputs, names)(*given)
    same(found, unfused(monkeypatch, outputs, names, *given))
    same(given, held)


@pytest.mark.parametrize("seed", range(12))
def test_random_shifts(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients of functions of overlapping slices, with sums of several scattered parts."""
    choose = random.Random(seed)
    n = choose.choice([N, runs.SMALLEST + 5, 3 * runs.BLOCK])
    width = choose.choice([1, 2, 5, 1000])
    x, w = sd.Var("x", (n,)), sd.Var("w", (n - width,))
    parts = [x[k : n - width + k] for k in choose.sample(range(width + 1), min(width + 1, 3))]
    e = sd.sum(grow(choose, [w, *parts], 5)[-1] * parts[0])
    e = e + sd.sum(x**3) * choose.choice([0, 1])
    outputs = sd.grad(e, [x, w])
    given = [rng.normal(size=n), rng.normal(size=n - width)]
    found = sd.compile(outputs, [x, w])(*given)
    same(found, unfused(monkeypatch, outputs, [x, w], *given))


def test_closed_form() -> None:
    n = 5 * runs.BLOCK + 17
    x = sd.Var("x", (n,))
    f = compiled(sd.grad(rosen(x), x), [x])
    point = rng.normal(size=n)
    a, t = point[:-1], point[1:] - point[:-1] ** 2
    expected = np.zeros(n)
    expected[:-1] = -400 * a * t - 2 * (1 - a)
    expected[1:] += 200 * t
    np.testing.assert_allclose(f(point), expected, rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_the_number_of_threads_changes_nothing(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = sd.Var("x", (9 * runs.BLOCK + 3,))
    outputs = [sd.grad(rosen(x), x), sd.sin(x) * x + 1 - x]
    point = rng.normal(size=x.shape)
    expected = unfused(monkeypatch, outputs, [x], point)
    monkeypatch.setattr(pool, "cores", lambda: threads)
    f = compiled(outputs, [x])
    for _ in range(3):
        same(f(point), expected)


def test_many_callers_at_once_get_their_own_results() -> None:
    x = sd.Var("x", (N,))
    f = compiled(sd.grad(rosen(x), x), [x])
    points = [rng.normal(size=N) for _ in range(6)]
    expected = [f(p) for p in points]
    with ThreadPoolExecutor(6) as callers:
        for _ in range(4):
            same(list(callers.map(f, points)), expected)


def test_results_are_fresh_and_special_values_as_without_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = sd.Var("x", (N,))
    outputs = [sd.grad(rosen(x), x), sd.exp(sd.log(x) / x) * x]
    point = rng.normal(size=N)
    point[::1000], point[1::1000], point[2::1000], point[3::1000] = np.inf, np.nan, 0.0, -0.0
    f = compiled(outputs, [x])
    found = f(point)
    same(found, unfused(monkeypatch, outputs, [x], point))
    kept = [a.copy() for a in found]
    again = f(rng.normal(size=N))
    same(found, kept)
    assert not any(np.shares_memory(a, b) for a in found for b in [*again, point])


def test_buffers_are_kept_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    empty = np.empty
    x = sd.Var("x", (N,))
    f = compiled(sd.grad(rosen(x), x), [x])
    point = rng.normal(size=N)
    for _ in range(3):
        f(point)
    monkeypatch.setattr(pool, "cores", lambda: 1)
    monkeypatch.setattr(fused.np, "empty", lambda *a, **k: made.append(a) or empty(*a, **k))
    for _ in range(5):
        f(point)
    assert len(made) == 5  # the results


def test_small_arrays_and_short_runs_stay_as_they_are() -> None:
    small, large = sd.Var("x", (runs.SMALLEST - 1,)), sd.Var("x", (N,))
    v = sd.Var("v", (3,))
    for x, e in ((small, sd.sin(small) * 2 + small), (large, sd.sin(large) + 1)):
        assert "fused" not in sd.compile([e, sd.sum(v)], [x, v]).source


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_starts_threads_of_its_own() -> None:
    x = sd.Var("x", (N,))
    f = compiled(sd.grad(rosen(x), x), [x])
    point = rng.normal(size=N)
    expected = f(point)
    child = os.fork()
    if not child:
        os._exit(0 if np.array_equal(f(point), expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(("n", "d", "k"), [(1000, 20, 50), (300, 30, 100), (2000, 3, 700)])
def test_stacks_of_products_by_threads(n: int, d: int, k: int) -> None:
    """Tall matrices lie in memory column by column; threads share the stack and wide steps."""
    x, m, w = sd.Var("x", (n, d)), sd.Var("m", (k, d)), sd.Var("L", (k, d, d))
    apart = x[:, None, :] - m
    image = np.einsum("kij,nkj->nki", w, apart)
    outputs = [sd.sum(image**2, axis=2), sd.sum(sd.tanh(image) * apart), image]
    given = [rng.normal(size=v.shape) for v in (x, m, w)]
    held = [a.copy() for a in given]
    f = sd.compile(outputs, [x, m, w])
    assert "spread(" in f.source
    expected = np.einsum("kij,nkj->nki", given[2], given[0][:, None, :] - given[1])
    found = f(*given)
    np.testing.assert_allclose(found[0], (expected**2).sum(2), rtol=1e-12)
    total = np.sum(np.tanh(expected) * (given[0][:, None, :] - given[1]))
    np.testing.assert_allclose(found[1], total, rtol=1e-10)
    np.testing.assert_allclose(found[2], expected, rtol=1e-10, atol=1e-12)
    for a, b in zip(found, f(*given), strict=True):
        np.testing.assert_array_equal(a, b)
    same(given, held)


def test_spread_steps_are_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "cores", lambda: 5)
    a, b = rng.normal(size=(7, 11, 13)), rng.normal(size=(11, 1))
    for axes in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        out = core._empty((7, 11, 13), axes)
        assert spread.spread(np.multiply, a, b, out=out) is out
        np.testing.assert_array_equal(out, a * b)
    for n, m, k in ((4, 3, 5), (1000, 64, 40), (64, 1000, 64)):
        left, right = rng.normal(size=(9, n, m)), rng.normal(size=(9, m, k))
        found = spread.stacked(left, right)
        np.testing.assert_allclose(found, left @ right, rtol=1e-12, atol=1e-11)
        np.testing.assert_array_equal(found, spread.stacked(left, right))


@pytest.mark.filterwarnings("error")
def test_maximum_of_large_arrays_warns_of_nothing() -> None:
    x = sd.Var("x", (100, 100))
    point = rng.normal(size=(100, 100))
    found = sd.compile(sd.maximum(x @ x, sd.minimum(x, 0)), [x])(point)
    np.testing.assert_allclose(found, np.maximum(point @ point, np.minimum(point, 0)), rtol=1e-12)
