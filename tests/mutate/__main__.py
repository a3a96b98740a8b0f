"""``python -m tests.mutate SEED``: plant faults in copies of the tree and count those caught."""

from __future__ import annotations

import argparse
import random
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from .faults import Fault, sites
from .judging import FOLDERS, Verdict, copied, judge, planted, stages

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    """A fault, the file that it is planted in, relative to the root, and what that held."""

    path: Path
    source: bytes
    fault: Fault

    @property
    def name(self) -> str:
        return f"{self.path}:{self.fault.name}"


def places(folder: str) -> list[list[Site]]:
    """The places in a folder of the package, each with the faults that begin there."""
    paths = [p.relative_to(ROOT) for p in sorted((ROOT / "symdiff" / folder).rglob("*.py"))]
    texts = [(path, (ROOT / path).read_bytes()) for path in paths]
    return [[Site(*text, fault) for fault in place] for text in texts for place in sites(text[1])]


def drawn(options: argparse.Namespace) -> list[Site]:
    """Faults drawn uniformly over all places of the folders, alike for a seed, or the named one."""
    if options.only:
        every = places(Path(options.only).parts[1])
        return [site for place in every for site in place if site.name == options.only]
    folders = [options.folder] if options.folder else list(FOLDERS)
    every = [place for folder in folders for place in places(folder)]
    rng = random.Random(options.seed)
    return [rng.choice(place) for place in rng.sample(every, min(options.count, len(every)))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--count", type=int, default=100, help="how many faults")
    parser.add_argument("--processes", type=int, default=1, help="how many are tried at once")
    parser.add_argument("--folder", choices=FOLDERS, help="faults in this folder alone")
    parser.add_argument("--only", metavar="FILE:LINE:COLUMN:NUMBER", help="this fault alone")
    parser.add_argument("--green", action="store_true", help="do not try the tree without a fault")
    options = parser.parse_args()
    copies: SimpleQueue[Path] = SimpleQueue()

    def tried(site: Site) -> Verdict:
        copy = copies.get()
        try:
            with planted(copy / site.path, site.fault.plant(site.source)):
                return judge(copy, stages(copy, site.path.parts[1]))
        finally:
            copies.put(copy)

    chosen, caught = drawn(options), 0
    with ExitStack() as stack:
        for _ in range(options.processes):
            copies.put(copy := stack.enter_context(copied(ROOT)))
        if not options.green and (failure := judge(copy, stages(copy, "ops")).caught_by):
            print(f"the tree without a fault fails: {failure}")
            return 2
        pool = stack.enter_context(ThreadPoolExecutor(options.processes))
        for site, (caught_by, seconds) in zip(chosen, pool.map(tried, chosen), strict=True):
            fate = f"caught by {caught_by}" if caught_by else "SURVIVED"
            print(f"{site.name}  {fate}  ({seconds:.0f} s)\n{site.fault.lines(site.source)}")
            sys.stdout.flush()
            caught += bool(caught_by)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    hours = (used.ru_utime + used.ru_stime) / 3600
    print(f"{caught} of {len(chosen)} caught, {hours:.2f} hours of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main())
