"""Simplifying raw gradients: time per node of the graph that goes in."""

from __future__ import annotations

import time
from itertools import pairwise

from harness import CollectorOff, agree, median, verdict

import symdiff as sd
from symdiff.walk import reachable

TARGET = 25.0  # microseconds


def rosenbrock_gradient(n: int) -> tuple[list[sd.Expr], list[sd.Expr]]:
    """Variables and unsimplified gradient of a wide graph; about 17 n nodes."""
    xs = [sd.Var(f"x{i}") for i in range(n)]
    f = sum((100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs)), sd.Const(0))
    return xs, sd.grad(f, xs, simplify=False)


def chain_gradient(n: int) -> tuple[list[sd.Expr], list[sd.Expr]]:
    """Variable and unsimplified derivative of a deep graph; about 4 n nodes."""
    x = e = sd.Var("x")
    for _ in range(n):
        e = sd.sin(e) + x
    return [x], [sd.grad(e, x, simplify=False)]


def spent(outputs: list[sd.Expr]) -> float:
    """Seconds of one pass."""
    with CollectorOff():
        start = time.perf_counter()
        sd.simplify(outputs)
        return time.perf_counter() - start


def main() -> bool:
    fine = True
    for make in (rosenbrock_gradient, chain_gradient):
        xs, raw = make(20)
        point = {v: 0.3 + 0.1 * i for i, v in enumerate(xs)}
        agree(sd.evaluate(sd.simplify(raw), point), sd.evaluate(raw, point))
    for name, make, n in (
        ("wide, 10^5 nodes", rosenbrock_gradient, 6_000),
        ("wide, 10^6 nodes", rosenbrock_gradient, 60_000),
        ("deep, 10^5 nodes", chain_gradient, 25_000),
        ("deep, 10^6 nodes", chain_gradient, 250_000),
    ):
        _, raw = make(n)
        nodes = len(reachable(raw))
        found = median(name, lambda raw=raw: spent(raw), 3) / nodes * 1e6
        fine = verdict(f"us per node, {name}", found, TARGET) and fine
    return fine


if __name__ == "__main__":
    raise SystemExit(not main())
