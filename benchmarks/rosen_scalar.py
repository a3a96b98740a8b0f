"""Rosenbrock's function of n scalars: from nothing to value and gradient, then call by call."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, peer, race, readable, verdict

POINT = 0.7
Run = Callable[[], Any]  # the value and the gradient at the point
FRESH = "import sys; sys.path[:0] = {path!r}; import rosen_scalar as r; r.MAKERS[{name!r}]({n})()"


def rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


def ours(n: int) -> Run:
    import symdiff as sd
    from symdiff.calculus.derivatives import gradient

    x = [sd.Var(f"x{i}") for i in range(n)]
    f = rosenbrock(x)
    run = sd.compile([f, gradient(f, x)], x)
    point = [POINT] * n
    return lambda: run(*point)


def with_casadi(n: int) -> Run:
    import casadi

    x = [casadi.SX.sym(f"x{i}") for i in range(n)]
    f = rosenbrock(x)
    v = casadi.vertcat(*x)
    run = casadi.Function("run", [v], [f, casadi.gradient(f, v)])
    point = np.full(n, POINT)
    return lambda: [np.array(part) for part in run(point)]


def with_heyoka(n: int) -> Run:
    import heyoka

    x = heyoka.make_vars(*[f"x{i}" for i in range(n)])
    f = rosenbrock(x)
    tensors = heyoka.diff_tensors([f], diff_args=x, diff_order=1)
    run = heyoka.cfunc([f, *tensors.gradient], x)
    point = np.full(n, POINT)
    return lambda: run(point)


def by_hand(n: int) -> Run:
    """NumPy on one array."""
    x, g = np.full(n, POINT), np.empty(n)

    def run() -> Any:
        d, e = x[1:] - x[:-1] ** 2, 1 - x[:-1]
        g[-1] = 0
        g[:-1] = -400 * x[:-1] * d - 2 * e
        g[1:] += 200 * d
        return [100 * d @ d + e @ e, g]

    return run


MAKERS = {"symdiff": ours, "casadi": with_casadi, "heyoka": with_heyoka, "by hand": by_hand}


def total(name: str, n: int) -> float:
    """Seconds from nothing but imports to the end of the first call."""
    start = time.perf_counter()
    MAKERS[name](n)()
    return time.perf_counter() - start


def fresh(name: str, n: int) -> float:
    """Seconds of a process that does the same, the start of Python and all imports included."""
    start = time.perf_counter()
    code = FRESH.format(path=sys.path, name=name, n=n)
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def against(name: str, n: int, rounds: int) -> tuple[float, float]:
    """Ratios to a peer: to the end of the first call, and a call; a fresh process is printed."""
    mine, other = ours(n), MAKERS[name](n)
    agree(mine(), by_hand(n)())
    agree(other(), by_hand(n)())
    ratio = 0.0
    for what, measured in (("to the first call", total), ("fresh process", fresh)):
        pairs = [(measured("symdiff", n), measured(name, n)) for _ in range(rounds)]
        a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
        found = statistics.median(a / b for a, b in pairs)
        print(f"n = {n}, {what}: {readable(a)}, {name} {readable(b)}, ratio {found:.3f}")
        ratio = ratio or found
    for _ in range(30):  # the first calls of a long program are interpreted
        mine()
    return ratio, race(f"n = {n}, a call, {name}", mine, other)


def main() -> bool:
    fine = True
    if peer("casadi"):
        whole, _ = against("casadi", 1000, rounds=7)
        fine = verdict("rosen-scalar against casadi", whole, 1.0)
    if peer("heyoka"):  # which compiles for seconds
        _, call = against("heyoka", 1000, rounds=1)
        fine = verdict("a call against heyoka", call, 1.0) and fine
    against("by hand", 1000, rounds=3)
    agree(ours(10_000)(), by_hand(10_000)())
    large = min(total("symdiff", 10_000) for _ in range(4))
    growth = large / min(total("symdiff", 1000) for _ in range(8))
    return verdict("time at n = 10,000 over n = 1000", growth, 12) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
