"""Making a million nodes: time and memory of one."""

from __future__ import annotations

import gc
import time
import tracemalloc

from harness import CollectorOff, median, verdict

import symdiff as sd

COUNT = 1_000_000


def build(count: int) -> float:
    """Seconds to make ``count`` different nodes, half sines and half sums."""
    x = sd.Var("x")
    e = x
    start = time.perf_counter()
    for _ in range(count // 2):
        e = sd.sin(e) + x
    spent = time.perf_counter() - start
    del e
    return spent


def paused() -> float:
    with CollectorOff():
        return build(COUNT)


def defaults() -> float:
    gc.collect()
    return build(COUNT)


def bytes_per_node() -> float:
    x = sd.Var("x")
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    e = x
    for _ in range(50_000):
        e = sd.sin(e) + x
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 100_000


def main() -> bool:
    quiet = median("nodes, collector paused", paused, 3) / COUNT * 1e6
    usual = median("nodes, collector as it is", defaults, 3) / COUNT * 1e6
    fine = verdict("us per node, collector paused", quiet, 3)
    fine = verdict("us per node, defaults", usual, 6) and fine
    return verdict("bytes per node", bytes_per_node(), 500) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
