"""Every public function on a chain of 100,000 levels and on 60 shared levels."""

from __future__ import annotations

import gc
import math
import sys
import time
from pathlib import Path

from harness import readable, verdict

import symdiff as sd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from deep_calls import CALLS, Graph, chain, derivatives, ladder, wrong

LIMIT = 15.0  # seconds for any one function on the chain, a heavy one apart
HEAVY = 120.0


def slowest(graph: Graph, levels: int, heavy: bool) -> float:
    """Print the time of each call; the longest one in seconds, inf where a result is wrong."""
    x = sd.Var("x")
    e, numbers = graph(x, levels), derivatives(graph, levels)
    longest = 0.0
    for name in [name for name, call in CALLS.items() if call.heavy == heavy]:
        gc.collect()
        start = time.perf_counter()
        try:
            fault = wrong(name, e, x, numbers)
        except (RecursionError, MemoryError) as error:
            fault = type(error).__name__
        spent = time.perf_counter() - start
        print(f"  {name:24s} {readable(spent):>10s} {fault}")
        longest = max(longest, math.inf if fault else spent)
    return longest


def main() -> bool:
    print("deep, N = 100,000")
    fine = verdict("slowest function, seconds", slowest(chain, 100_000, False), LIMIT)
    fine = verdict("slowest heavy one, seconds", slowest(chain, 100_000, True), HEAVY) and fine
    print("shared, 60 levels")
    return verdict("slowest function, seconds", slowest(ladder, 60, False), 1.0) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
