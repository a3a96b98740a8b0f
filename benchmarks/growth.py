"""How many operations a derivative has against its function."""

from __future__ import annotations

from functools import reduce
from typing import Any

from harness import verdict

import symdiff as sd


def operations(tree: Any) -> int:
    """The operations of a tree after common subexpressions are shared."""
    bindings, outputs = sd.cse(tree)
    return sum(sd.count_ops(e) for _, e in bindings) + sd.count_ops(outputs)


def main() -> bool:
    n = 200
    x = sd.vars(" ".join(f"x{i}" for i in range(n)))
    f = reduce(
        lambda a, b: a + b,
        [100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(n - 1)],
    )
    alone, gradient = operations(f), operations(sd.grad(f, x))
    print(f"Rosenbrock, n = {n}: f {alone}, gradient {gradient}")
    fine = verdict("operations of the gradient over those of f", gradient / alone, 1.2)
    product = reduce(lambda a, b: a * b, x)
    for simplify in (True, False):
        count = sd.count_ops(sd.grad(product, x, simplify=simplify))
        fine = verdict(f"product gradient / n (simplify={simplify})", count / n, 3) and fine
    return fine


if __name__ == "__main__":
    raise SystemExit(not main())
