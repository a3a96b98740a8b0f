"""Structured Hessians: closed forms by hand, JAX's dense Hessian, JAX by colours, and ours.

``python structured.py`` runs all workloads, ``python structured.py rosen`` some.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, peer, race, readable, verdict

import symdiff as sd
from symdiff.hessians.structured import StructuredHessian

rng = np.random.default_rng(0)


def built(make: Callable[[], StructuredHessian], inputs: list[sd.Expr]) -> tuple[Any, Any]:
    """The Hessian and its compiled form; prints what they took."""
    start = time.perf_counter()
    H = make()
    run = H.compile(inputs)
    print(
        f"{H.kind}, {H.shape[0]} x {H.shape[1]}: {readable(time.perf_counter() - start)} to build"
    )
    return H, run


def with_jax() -> Any:
    jax = peer("jax")
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
    return jax


def matfac() -> bool:
    """The Hessian of |T - U V'|^2 by U at a point, and its product with a direction."""
    n, k = 100, 5
    T, U, V = sd.Var("T", (n, n)), sd.Var("U", (n, k)), sd.Var("V", (n, k))
    t, u, v, d = [rng.normal(size=shape) for shape in ((n, n), (n, k), (n, k), (n, k))]
    _, run = built(lambda: sd.hessian(sd.sum((T - U @ V.T) ** 2), U, structured=True), [V])

    def dense_by_hand() -> Any:
        out = np.zeros((n, k, n, k))
        np.einsum("ikil->ikl", out)[...] = 2 * (v.T @ v)
        return out

    agree(run(v).dense(), dense_by_hand())
    agree(run(v) @ d, 2 * (d @ (v.T @ v)))
    agree(run(v).solve(d), np.linalg.solve(2 * (v.T @ v), d.T).T)
    product = race("matfac, product", lambda: run(v) @ d, lambda: 2 * (d @ (v.T @ v)))
    fine = verdict("matfac, product over product by hand", product, 1.2)
    race("matfac, solve", lambda: run(v).solve(d), lambda: np.linalg.solve(2 * (v.T @ v), d.T).T)
    dense = race("matfac, entries if asked for", lambda: run(v).dense(), dense_by_hand)
    fine = verdict("matfac, entries over entries by hand", dense, 1.2) and fine
    race("matfac, product against all entries", lambda: run(v) @ d, dense_by_hand)
    jax = with_jax()
    if jax is not None:
        f = lambda u, t, v: ((t - u @ v.T) ** 2).sum()
        theirs = jax.jit(jax.hessian(f))
        agree(run(v).dense(), theirs(u, t, v))
        block = lambda: theirs(u, t, v).block_until_ready()
        fine = verdict("of JAX", race("matfac, JAX", lambda: run(v).dense(), block), 0.01) and fine
    return fine


def rosen() -> bool:
    """The compressed Hessian of Rosenbrock's function as one array expression."""
    from scipy.sparse import csr_array

    n = 100_000
    x = sd.Var("x", (n,))
    point = rng.normal(size=n)
    f = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    _, run = built(lambda: sd.hessian(f(x), x, structured=True), [x])

    def diagonals() -> Any:
        main = np.empty(n)
        main[:-1] = 1200 * point[:-1] ** 2 - 400 * point[1:] + 2
        main[-1] = 0
        main[1:] += 200
        return main, -400 * point[:-1]

    first = run(point).tosparse()
    pattern = (first.indices, first.indptr)

    def by_hand() -> Any:
        main, off = diagonals()
        data = np.empty(3 * n - 2)
        data[::3], data[1::3], data[2::3] = main, off, off
        return csr_array((data, *pattern), shape=(n, n))

    agree(first.data, by_hand().data)
    fine = verdict(
        "rosen over matrix by hand",
        race("rosen, CSR matrix", lambda: run(point).tosparse(), by_hand), 1.2,
    )  # fmt: skip
    race("rosen, over diagonals alone", lambda: run(point), diagonals)
    jax = with_jax()
    if jax is not None:
        colours = np.arange(n) % 3
        seeds = (colours == np.arange(3)[:, None]).astype(float)
        sweep = jax.jit(jax.vmap(lambda p, s: jax.jvp(jax.grad(f), (p,), (s,))[1], (None, 0)))
        rows = np.repeat(np.arange(n), np.diff(pattern[1]))
        agree(np.asarray(sweep(point, seeds))[colours[pattern[0]], rows], first.data)
        theirs = lambda: sweep(point, seeds).block_until_ready()
        ratio = race("rosen, JAX by 3 colours", lambda: run(point).tosparse(), theirs)
        fine = verdict("rosen of JAX", ratio, 1.0) and fine
    return fine


def logreg() -> bool:
    """A Newton step of logistic regression with a ridge: 200 samples, 5000 weights."""
    samples, weights = 200, 5000
    X, y, w = sd.Var("X", (samples, weights)), sd.Var("y", (samples,)), sd.Var("w", (weights,))
    f = sd.sum(sd.log(1 + sd.exp(-y * (X @ w)))) + sd.sum(w**2) / 2
    values = [rng.normal(size=X.shape), np.sign(rng.normal(size=samples)), np.zeros(weights)]
    b = rng.normal(size=weights)
    _, run = built(lambda: sd.hessian(f, w, structured=True), [X, y, w])

    def by_hand() -> Any:
        X, y, w = values
        s = 1 / (1 + np.exp(y * (X @ w)))
        half = X * np.sqrt(s * (1 - s))[:, None]
        return b - half.T @ np.linalg.solve(np.eye(samples) + half @ half.T, half @ b)

    def dense() -> Any:
        X, y, w = values
        s = 1 / (1 + np.exp(y * (X @ w)))
        return np.linalg.solve(np.eye(weights) + (X.T * (s * (1 - s))) @ X, b)

    agree(run(*values).solve(b), by_hand(), 1e-8)
    agree(run(*values).solve(b), dense(), 1e-8)
    ratio = race("logreg, Newton step", lambda: run(*values).solve(b), by_hand)
    race("logreg, dense", lambda: run(*values).solve(b), dense, rounds=2)
    return verdict("logreg over Woodbury by hand", ratio, 1.2)


WORKLOADS = {"matfac": matfac, "rosen": rosen, "logreg": logreg}


def main(names: list[str]) -> bool:
    found = [WORKLOADS[name]() for name in names or WORKLOADS]
    return all(found)


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
