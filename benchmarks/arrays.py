"""Arrays: closed forms by hand in NumPy, JAX's jit and ours; values first, then A B A B.

``python arrays.py`` runs all workloads, ``python arrays.py quadratic gmm`` some.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from math import lgamma, log, pi
from typing import Any, NamedTuple

import numpy as np
from harness import Run, agree, peer, race, readable, verdict

import symdiff as sd

rng = np.random.default_rng(0)


class Workload(NamedTuple):
    """A function of arrays: what we compile, what JAX runs, what an expert writes, limits."""

    inputs: list[sd.Expr]
    output: Callable[[], Any]
    values: list[Any]
    jax: Callable[[Any], Callable[..., Any]] | None = None  # from the module ``jax``
    hand: Callable[..., Any] | None = None
    within: float = 1.2  # of the closed form
    ahead: float = 1.0  # of JAX


def quadratic() -> dict[str, Workload]:
    n = 1000
    A, x = sd.Var("A", (n, n)), sd.Var("x", (n,))
    return {
        "quadratic hessian": Workload(
            [A, x],
            lambda: sd.hessian(x @ A @ x, x),
            [rng.normal(size=(n, n)), rng.normal(size=n)],
            lambda jax: jax.hessian(lambda A, x: x @ A @ x, 1),
            lambda A, x: A + A.T,
            ahead=0.02,
        )
    }


def logreg() -> dict[str, Workload]:
    n, d = 5000, 200
    X, y, w = sd.Var("X", (n, d)), sd.Var("y", (n,)), sd.Var("w", (d,))
    values = [rng.normal(size=(n, d)), np.sign(rng.normal(size=n)), rng.normal(size=d) / 10]

    def by_hand(X: Any, y: Any, w: Any) -> Any:
        s = 1 / (1 + np.exp(y * (X @ w)))
        return (X.T * (s * (1 - s) * y**2)) @ X

    def with_jax(jax: Any) -> Any:
        return jax.hessian(lambda X, y, w: jax.nn.softplus(-y * (X @ w)).sum(), 2)

    def ours() -> Any:
        return sd.hessian(sd.sum(sd.log(1 + sd.exp(-y * (X @ w)))), w)

    return {"logreg hessian": Workload([X, y, w], ours, values, with_jax, by_hand)}


def matfac() -> dict[str, Workload]:
    n, k = 100, 5
    T, U, V = sd.Var("T", (n, n)), sd.Var("U", (n, k)), sd.Var("V", (n, k))
    values = [rng.normal(size=(n, n)), rng.normal(size=(n, k)), rng.normal(size=(n, k))]

    def by_hand(T: Any, U: Any, V: Any) -> Any:
        out = np.zeros((n, k, n, k))
        np.einsum("ikil->ikl", out)[...] = 2 * (V.T @ V)
        return out

    return {
        "matfac hessian": Workload(
            [T, U, V],
            lambda: sd.hessian(sd.sum((T - U @ V.T) ** 2), U),
            values,
            lambda jax: jax.hessian(lambda T, U, V: ((T - U @ V.T) ** 2).sum(), 1),
            by_hand,
            ahead=0.01,
        )
    }


def mlp() -> dict[str, Workload]:
    n, d, h = 200, 10, 20
    shapes = {"X": (n, d), "t": (n,), "A": (d, h), "a": (h,), "b": (h,), "c": ()}
    v = [sd.Var(name, shape) for name, shape in shapes.items()]
    values = [rng.normal(size=shape) for shape in shapes.values()]
    p = sd.Var("p", (d * h + 2 * h + 1,))
    flat = [*values[:2], np.concatenate([np.ravel(x) for x in values[2:]])]

    def loss(np: Any, given: Any) -> Any:
        X, t, A, a, b, c = given
        return ((np.tanh(X @ A + a) @ b + c - t) ** 2).sum() / n

    def cut(X: Any, t: Any, p: Any) -> Any:
        at = d * h
        return X, t, p[:at].reshape((d, h)), p[at : at + h], p[at + h : -1], p[-1]

    def by_hand(*given: Any) -> Any:
        X, t, A, a, b, c = given
        z = np.tanh(X @ A + a)
        r = (z @ b + c - t) * (2 / n)
        g = (1 - z * z) * b * r[:, None]
        return [X.T @ g, g.sum(0), r @ z, r.sum()]

    f = loss(sd, v)
    return {
        "mlp gradient": Workload(
            v, lambda: sd.grad(f, v[2:]), values,
            lambda jax: jax.grad(lambda *args: loss(jax.numpy, args), (2, 3, 4, 5)),
            by_hand, within=2.0, ahead=2.0,
        ),
        "mlp hessian": Workload(
            v, lambda: sd.hessian(f, v[2:]), values,
            lambda jax: jax.hessian(lambda *args: loss(jax.numpy, args), (2, 3, 4, 5)),
        ),
        "mlp hessian, one vector": Workload(
            [*v[:2], p], lambda: sd.hessian(loss(sd, cut(v[0], v[1], p)), p), flat,
            lambda jax: jax.hessian(lambda *args: loss(jax.numpy, cut(*args)), 2),
        ),
    }  # fmt: skip


def gmm() -> dict[str, Workload]:
    found = {}
    for d, k in ((10, 25), (20, 50), (64, 25)):
        found |= mixture(d, k, 1000)
    return found


def mixture(d: int, k: int, n: int) -> dict[str, Workload]:
    """ADBench's Gaussian mixture: log weights, means, log diagonals and lower triangles."""
    shapes = {"alphas": (k,), "means": (k, d), "q": (k, d), "low": (k, d * (d - 1) // 2)}
    v = [sd.Var(name, shape) for name, shape in shapes.items()]
    x = sd.Var("x", (n, d))
    rows, columns = np.tril_indices(d, -1)
    order = np.argsort(columns, kind="stable")  # ADBench fills the triangle by columns
    place = np.zeros((d, d), dtype=int)
    place[rows[order], columns[order]] = np.arange(len(rows))
    mask = np.tril(np.ones((d, d)), -1)
    diagonal = np.eye(d)

    def objective(np: Any, logsumexp: Any) -> Any:
        def f(x: Any, alphas: Any, means: Any, q: Any, low: Any) -> Any:
            matrix = low[:, place] * mask + np.exp(q)[:, :, None] * diagonal
            apart = x[:, None, :] - means
            image = np.einsum("kij,nkj->nki", matrix, apart)
            inner = alphas + q.sum(axis=1) - 0.5 * (image**2).sum(axis=2)
            prior = 0.5 * ((np.exp(q) ** 2).sum() + (low**2).sum())
            weights = n * logsumexp(alphas, axis=0)
            return logsumexp(inner, axis=1).sum() - weights + prior + constant

        return f

    constant = -n * d * 0.5 * log(2 * pi) - k * (
        d * (d + 1) * (-0.5 * log(2)) - sum(lgamma(0.5 * (d + 1 - j)) for j in range(d))
    )
    f = objective(sd, sd.logsumexp)(x, *v)
    values = [rng.normal(size=(n, d)), *[rng.normal(size=s) / 2 for s in shapes.values()]]

    def with_jax(jax: Any) -> Any:
        return objective(jax.numpy, jax.nn.logsumexp)

    size = f"gmm ({d}, {k})"
    return {
        f"{size} objective": Workload([x, *v], lambda: f, values, with_jax),
        f"{size} gradient": Workload(
            [x, *v], lambda: sd.grad(f, v), values,
            lambda jax: jax.grad(with_jax(jax), (1, 2, 3, 4)),
        ),
    }  # fmt: skip


def rosen() -> dict[str, Workload]:
    n = 1_000_000
    x = sd.Var("x", (n,))

    def f(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    def by_hand(x: Any) -> Any:
        a = x[:-1]
        t = x[1:] - a**2
        out = np.zeros_like(x)
        out[:-1] = -400 * a * t - 2 * (1 - a)
        out[1:] += 200 * t
        return out

    return {
        "rosen gradient": Workload(
            [x], lambda: sd.grad(f(x), x), [rng.normal(size=n)],
            lambda jax: jax.grad(f), by_hand, within=1.5,
        )
    }  # fmt: skip


def jitted(jax: Any, make: Callable[[Any], Any], values: list[Any]) -> Run:
    run = jax.jit(make(jax))
    return lambda: jax.block_until_ready(run(*values))


def measure(name: str, work: Workload, jax: Any) -> tuple[bool, Run]:
    start = time.perf_counter()
    output = work.output()
    middle = time.perf_counter()
    compiled = sd.compile(output, work.inputs)
    end = time.perf_counter()
    print(
        f"{name}: diff {readable(middle - start)}, compile {readable(end - middle)}, "
        f"{sd.count_ops(output)} operations, {len(compiled.program.instructions)} instructions"
    )
    fine = True

    def run() -> Any:
        return compiled(*work.values)

    if work.hand is not None:
        hand = work.hand
        agree(run(), hand(*work.values), rtol=1e-7)
        ratio = race(f"{name} / by hand", run, lambda: hand(*work.values))
        fine = verdict(f"{name} against the closed form", ratio, work.within) and fine
    if jax and work.jax is not None:
        other = jitted(jax, work.jax, work.values)
        agree(run(), other(), rtol=1e-6)
        ratio = race(f"{name} / jax", run, other, rounds=5)
        fine = verdict(f"{name} against jax", ratio, work.ahead) and fine
    return fine, run


def main(names: list[str]) -> bool:
    jax = peer("jax")
    if jax:
        jax.config.update("jax_enable_x64", True)
    fine = True
    for make in (quadratic, logreg, matfac, mlp, gmm, rosen):
        if names and make.__name__ not in names:
            continue
        runs: dict[str, Run] = {}
        for name, work in make().items():
            passed, runs[name] = measure(name, work, jax)
            fine = passed and fine
        for name, run in runs.items():
            value = runs.get(name.replace("gradient", "objective"), run)
            if value is not run:
                ratio = race(f"{name} / objective", run, value)
                fine = verdict(f"{name} against its objective", ratio, 3.0) and fine
    return fine


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
