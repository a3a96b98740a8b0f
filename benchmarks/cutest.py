"""Problems as in the CUTEst set, written with arrays: sparse Hessians, ours and asdex's.

``python cutest.py`` runs all, ``python cutest.py woods`` some.  asdex takes JAX's derivatives by
colours, compiled by XLA; values are compared first.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, peer, race, readable, verdict
from scipy.sparse import csr_array

import symdiff as sd

N = 5000
Objective = Callable[[Any, Any], Any]  # of an array and the module with sum, sin, exp


def arwhead(x: Any, m: Any) -> Any:
    return m.sum((x[:-1] ** 2 + x[-1] ** 2) ** 2 - 4 * x[:-1] + 3)


def bdqrtic(x: Any, m: Any) -> Any:
    squares = x[:-4] ** 2 + 2 * x[1:-3] ** 2 + 3 * x[2:-2] ** 2 + 4 * x[3:-1] ** 2 + 5 * x[-1] ** 2
    return m.sum((3 - 4 * x[:-4]) ** 2 + squares**2)


def broydn3d(x: Any, m: Any) -> Any:
    inner = (3 - 2 * x[1:-1]) * x[1:-1] - x[:-2] - 2 * x[2:] + 1
    first = (3 - 2 * x[0]) * x[0] - 2 * x[1] + 1
    last = (3 - 2 * x[-1]) * x[-1] - x[-2] + 1
    return m.sum(inner**2) + first**2 + last**2


def cragglvy(x: Any, m: Any) -> Any:
    a, b, c, d = x[0:-3:2], x[1:-2:2], x[2:-1:2], x[3::2]
    first = (m.exp(a) - b) ** 4 + 100 * (b - c) ** 6
    return m.sum(first + (m.tan(c - d) + c - d) ** 4 + a**8 + (d - 1) ** 2)


def dixmaana(x: Any, m: Any) -> Any:
    third = N // 3
    pairs = x[:third] * x[2 * third : 3 * third]
    halves = x[: 2 * third] ** 2 * x[third : 3 * third] ** 4
    return 1 + m.sum(x**2) + 0.125 * m.sum(halves) + 0.125 * m.sum(pairs)


def edensch(x: Any, m: Any) -> Any:
    a, b = x[:-1], x[1:]
    return 16 + m.sum((a - 2) ** 4 + (a * b - 2 * b) ** 2 + (b + 1) ** 2)


def engval1(x: Any, m: Any) -> Any:
    return m.sum((x[:-1] ** 2 + x[1:] ** 2) ** 2 - 4 * x[:-1] + 3)


def freuroth(x: Any, m: Any) -> Any:
    a, b = x[:-1], x[1:]
    return m.sum((a - 13 + ((5 - b) * b - 2) * b) ** 2 + (a - 29 + ((b + 1) * b - 14) * b) ** 2)


def liarwhd(x: Any, m: Any) -> Any:
    return m.sum(4 * (x**2 - x[0]) ** 2 + (x - 1) ** 2)


def nondquar(x: Any, m: Any) -> Any:
    return (x[0] - x[1]) ** 2 + (x[-2] - x[-1]) ** 2 + m.sum((x[:-2] + x[1:-1] + x[-1]) ** 4)


def tridia(x: Any, m: Any) -> Any:
    weights = np.arange(2.0, N + 1)
    return (x[0] - 1) ** 2 + m.sum(weights * (2 * x[1:] - x[:-1]) ** 2)


def woods(x: Any, m: Any) -> Any:
    a, b, c, d = x[::4], x[1::4], x[2::4], x[3::4]
    one = 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
    return m.sum(one + 10 * (b + d - 2) ** 2 + 0.1 * (b - d) ** 2)


def srosenbr(x: Any, m: Any) -> Any:
    return m.sum(100 * (x[1::2] - x[::2] ** 2) ** 2 + (x[::2] - 1) ** 2)


def cosine(x: Any, m: Any) -> Any:
    return m.sum(m.cos(x[:-1] ** 2 - 0.5 * x[1:]))


PROBLEMS: dict[str, Objective] = {
    f.__name__: f
    for f in (
        arwhead, bdqrtic, broydn3d, cragglvy, dixmaana, edensch, engval1, freuroth, liarwhd,
        nondquar, tridia, woods, srosenbr, cosine,
    )
}  # fmt: skip


def compared(name: str, f: Objective) -> bool:
    """One problem: the time to build, and a call from a point to the sparse matrix."""
    x = sd.Var("x", (N,))
    point = np.random.default_rng(0).normal(size=N) / 2
    start = time.perf_counter()
    run = sd.hessian(f(x, sd), x, structured=True).compile(x, format="csr")
    mine = run(point)
    ours = time.perf_counter() - start
    jax, asdex = peer("jax"), peer("asdex")
    if jax is None or asdex is None:
        print(f"{name}: {readable(ours)} to build, {mine.nnz} entries")
        return True
    jax.config.update("jax_enable_x64", True)
    there = jax.numpy.asarray(point)
    start = time.perf_counter()
    hessian = jax.jit(asdex.hessian(lambda x: f(x, jax.numpy), there))
    theirs = hessian(there)
    first = time.perf_counter() - start
    rows, columns = np.asarray(theirs.indices).T
    other = csr_array((np.asarray(theirs.data), (rows, columns)), shape=mine.shape)
    agree(abs(mine - other).max() / abs(other).max(), 0)
    print(f"{name}: {readable(ours)} to build, asdex {readable(first)}")
    ratio = race(name, lambda: run(point), lambda: hessian(there).data.block_until_ready())
    return verdict(f"{name} over asdex", ratio, 1.0)


def main(names: list[str]) -> bool:
    found = [compared(name, PROBLEMS[name]) for name in names or PROBLEMS]
    return all(found)


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
