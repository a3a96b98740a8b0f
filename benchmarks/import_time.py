"""``import symdiff`` against ``import numpy``, each in a fresh process."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from harness import readable, verdict


def fresh(module: str) -> float:
    """Seconds to import a module in a new process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


def main() -> bool:
    fresh("symdiff"), fresh("numpy")
    pairs = [(fresh("symdiff"), fresh("numpy")) for _ in range(15)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"symdiff {readable(mine)}, numpy {readable(other)}")
    ratio = statistics.median(a / b for a, b in pairs)
    return verdict("import symdiff over import numpy", ratio, 1.4)


if __name__ == "__main__":
    raise SystemExit(not main())
