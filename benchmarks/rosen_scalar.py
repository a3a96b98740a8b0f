"""Rosenbrock's function of n scalars: build, gradient (unsimplified), compile, first call."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
from harness import agree, peer, readable, verdict

import symdiff as sd
from symdiff.calculus.derivatives import gradient

POINT = 0.7


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def ours(n: int) -> tuple[float, Any]:
    """Seconds in all, and the gradient."""
    start = time.perf_counter()
    x = [sd.Var(f"x{i}") for i in range(n)]
    f = rosenbrock(x)
    run = sd.compile([f, gradient(f, x)], x)
    found = run(*[POINT] * n)
    return time.perf_counter() - start, found[1]


def with_casadi(n: int) -> tuple[float, Any]:
    import casadi

    start = time.perf_counter()
    x = [casadi.SX.sym(f"x{i}") for i in range(n)]
    f = rosenbrock(x)
    v = casadi.vertcat(*x)
    run = casadi.Function("run", [v], [f, casadi.gradient(f, v)])
    found = run([POINT] * n)
    return time.perf_counter() - start, np.array(found[1])


def closed_form(n: int) -> Any:
    g = np.zeros(n)
    x = np.full(n, POINT)
    g[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def main() -> bool:
    fine = True
    if peer("casadi"):
        agree(ours(1000)[1], closed_form(1000))
        agree(with_casadi(1000)[1], closed_form(1000))
        pairs = [(ours(1000)[0], with_casadi(1000)[0]) for _ in range(7)]
        mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"n = 1000: {readable(mine)}, casadi {readable(other)}")
        ratio = statistics.median(a / b for a, b in pairs)
        fine = verdict("rosen-scalar against casadi", ratio, 1.0)
    agree(ours(10_000)[1], closed_form(10_000))
    growth = min(ours(10_000)[0] for _ in range(4)) / min(ours(1000)[0] for _ in range(8))
    return verdict("time at n = 10,000 over n = 1000", growth, 12) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
