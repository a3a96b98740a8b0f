"""``python -m tests.oracle SEED SECONDS``: try cases until the time is over, and count."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from .array_paths import PATHS as ARRAY_PATHS
from .paths import PATHS
from .running import ALL, FATAL, run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--maker", default=",".join(ALL), help="a,b of " + " ".join(ALL))
    parser.add_argument("--path", help="a,b of " + " ".join(PATHS) + "; some of them if left out")
    parser.add_argument("--start", type=int, default=0, help="the first case, to go on")
    parser.add_argument("--cases", type=int, help="of each maker, at most: alike on any machine")
    parser.add_argument("--count", action="store_true", help="show what is found and do not fail")
    parser.add_argument("--case", help="MAKER/INDEX: this case alone, along all paths or --path")
    options = parser.parse_args()
    paths = options.path.split(",") if options.path else None
    if options.case:
        maker, index = options.case.split("/")
        makers, indices, paths = [maker], iter([int(index)]), paths or [*PATHS, *ARRAY_PATHS]
    else:
        makers, indices = options.maker.split(","), _until(options)
    counts = run(options.seed, indices, makers, paths)
    print(table(counts))
    fatal = any(tally[kind] for tally in counts.values() for kind in FATAL)
    return int(fatal and not options.count)


def _until(options: argparse.Namespace) -> Iterator[int]:
    """Whole numbers from the first case on until the time is over, or their number."""
    end = time.monotonic() + options.seconds
    index = options.start
    while time.monotonic() < end and index - options.start != options.cases:
        yield index
        index += 1
    print(f"go on with --start {index}")


sys.exit(main())
