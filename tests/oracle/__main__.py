"""``python -m tests.oracle SEED SECONDS``: try cases until the time is over, and count."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from .paths import PATHS
from .running import MAKERS, run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--maker", default=",".join(MAKERS), help="a,b of " + " ".join(MAKERS))
    parser.add_argument("--path", help="a,b of " + " ".join(PATHS) + "; some of them if left out")
    parser.add_argument("--start", type=int, default=0, help="the first case, to go on")
    parser.add_argument("--case", help="MAKER/INDEX: this case alone, along all paths or --path")
    options = parser.parse_args()
    paths = options.path.split(",") if options.path else None
    if options.case:
        maker, index = options.case.split("/")
        makers, indices, paths = [maker], iter([int(index)]), paths or list(PATHS)
    else:
        makers, indices = options.maker.split(","), _until(options.seconds, options.start)
    counts, reports = run(options.seed, indices, makers, paths)
    print(table(counts))
    return int(any(report.fault.kind != "digits" for report in reports))


def _until(seconds: float, start: int) -> Iterator[int]:
    """Whole numbers from ``start`` on until the time is over."""
    end = time.monotonic() + seconds
    index = start
    while time.monotonic() < end:
        yield index
        index += 1
    print(f"go on with --start {index}")


sys.exit(main())
