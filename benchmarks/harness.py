"""What the benchmarks share: values are compared first, then both sides run in turn, A B A B."""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[], Any]


def one_thread_for_products() -> None:
    """Products of matrices take one thread on both sides: BLAS here, Eigen in JAX."""
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false"
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        print("threadpoolctl: not installed, set OPENBLAS_NUM_THREADS=1")
    else:
        threadpool_limits(1, "blas")


one_thread_for_products()  # JAX reads its flags when it is imported


def agree(ours: Any, theirs: Any, rtol: float = 1e-10) -> None:
    """Raise unless both sides give the same numbers, in the order of their leaves."""
    np.testing.assert_allclose(flat(ours), flat(theirs), rtol=rtol, atol=1e-12)


def flat(tree: Any) -> np.ndarray[Any, Any]:
    """All numbers of a nested structure in one array."""
    if isinstance(tree, (list, tuple)):
        return np.concatenate([flat(part) for part in tree])
    return np.asarray(tree, dtype=float).ravel()


def seconds(run: Run, calls: int) -> float:
    """Seconds per call over ``calls`` calls in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return (time.perf_counter() - start) / calls


def calls_for(run: Run, budget: float) -> int:
    """How many calls fill ``budget`` seconds."""
    run()
    once = seconds(run, 1)
    return max(1, int(budget / max(once, 1e-7)))


def race(name: str, ours: Run, theirs: Run, rounds: int = 7, budget: float = 0.2) -> float:
    """Print both times and the median of the ratios ours/theirs, which is returned."""
    a, b = calls_for(ours, budget), calls_for(theirs, budget)
    pairs = [(seconds(ours, a), seconds(theirs, b)) for _ in range(rounds)]
    ratio = statistics.median(x / y for x, y in pairs)
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:28s} {readable(mine):>10s}  peer {readable(other):>10s}  ratio {ratio:.3f}")
    return ratio


def median(name: str, run: Callable[[], float], rounds: int = 5) -> float:
    """Print and return the median of what ``run`` measures, in seconds."""
    found = statistics.median(run() for _ in range(rounds))
    print(f"{name:28s} {readable(found):>10s}")
    return found


def readable(time_in_seconds: float) -> str:
    """A duration with its unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if time_in_seconds >= scale:
            return f"{time_in_seconds / scale:.3g} {unit}"
    return f"{time_in_seconds / 1e-9:.3g} ns"


def peer(name: str) -> Any:
    """The module of a peer, None with a note if it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name}: not installed, left out")
        return None


def verdict(what: str, value: float, limit: float) -> bool:
    """Print whether a target is met."""
    print(f"{'ok  ' if value <= limit else 'MISS'} {what}: {value:.3g} (target {limit:g})")
    return value <= limit


class CollectorOff:
    """A block in which the cyclic garbage collector rests."""

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
