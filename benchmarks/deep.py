"""Chains of 100,000 nested functions and 60 shared levels through every public function."""

from __future__ import annotations

import copy
import math
import pickle
import time
from collections.abc import Callable
from typing import Any

from harness import readable, verdict

import symdiff as sd

LIMIT = 15.0  # seconds, for any one function


def chain(n: int) -> tuple[Any, Any]:
    x = sd.Var("x")
    e = x
    for _ in range(n):
        e = sd.sin(e) + x
    return e, x


def ladder(levels: int) -> tuple[Any, Any]:
    x = sd.Var("x")
    e = x
    for _ in range(levels):
        e = sd.sin(e) * sd.cos(e)
    return e, x


def timed(name: str, run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    try:
        found = run()
    except (RecursionError, MemoryError) as error:
        print(f"  {name:24s} FAILED: {type(error).__name__}")
        return math.inf, None
    spent = time.perf_counter() - start
    print(f"  {name:24s} {readable(spent):>10s}")
    return spent, found


def every_function(e: Any, x: Any) -> list[float]:
    """Seconds of each public function on the graph."""
    spent = []

    def step(name: str, run: Callable[[], Any]) -> Any:
        time_taken, found = timed(name, run)
        spent.append(time_taken)
        return found

    value = step("evaluate", lambda: sd.evaluate(e, {x: 0.5}))
    run = step("compile", lambda: sd.compile(e, [x]))
    first = step("call", lambda: run(0.5))
    assert math.isclose(first, value, rel_tol=1e-9)
    step("grad", lambda: sd.grad(e, x))
    step("grad, unsimplified", lambda: sd.grad(e, x, simplify=False))
    step("jvp", lambda: sd.jvp(e, x, 1.0))
    step("simplify", lambda: sd.simplify(e))
    step("cse", lambda: sd.cse(e))
    step("subs", lambda: sd.subs(e, {x: sd.Var("y")}))
    step("count_ops", lambda: sd.count_ops(e))
    step("str", lambda: str(e))
    step("repr", lambda: repr(e))
    step("pretty", lambda: sd.pretty(e))
    step("latex", lambda: sd.latex(e))
    step("to_networkx", lambda: sd.to_networkx(e))
    data = step("pickle", lambda: pickle.dumps(e))
    assert data is None or step("unpickle", lambda: pickle.loads(data)) is e
    step("deepcopy", lambda: copy.deepcopy(e))
    return spent


def main() -> bool:
    print("deep, N = 100,000")
    fine = verdict("slowest function, seconds", max(every_function(*chain(100_000))), LIMIT)
    print("shared, 60 levels")
    return verdict("slowest function, seconds", max(every_function(*ladder(60))), 1.0) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
