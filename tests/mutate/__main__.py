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
from .judging import FIRST, Verdict, copied, judge, planted, stages

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    """A fault and the file that it is planted in, relative to the root."""

    path: Path
    fault: Fault

    @property
    def folder(self) -> str:
        return self.path.parts[1]


def drawn(seed: int, count: int, folders: list[str]) -> list[Site]:
    """Faults at ``count`` places, uniformly over all places of the folders; alike for a seed."""
    paths = [p for folder in folders for p in sorted((ROOT / "symdiff" / folder).rglob("*.py"))]
    places = [(p.relative_to(ROOT), place) for p in paths for place in sites(p.read_bytes())]
    rng = random.Random(seed)
    chosen = rng.sample(places, min(count, len(places)))
    return [Site(path, rng.choice(place)) for path, place in chosen]


def named(name: str) -> Site:
    """The fault ``FILE:LINE:COLUMN:NUMBER``."""
    path, place = name.split(":", 1)
    faults = [f for site in sites((ROOT / path).read_bytes()) for f in site if f.name == place]
    return Site(Path(path), *faults)


def tried(site: Site, copies: SimpleQueue[Path]) -> Verdict:
    """The verdict on a fault that is planted in one of the copies of the tree."""
    copy = copies.get()
    try:
        source = (copy / site.path).read_bytes()
        with planted(copy / site.path, site.fault.plant(source)):
            return judge(copy, stages(copy, site.folder))
    finally:
        copies.put(copy)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--count", type=int, default=100, help="how many faults")
    parser.add_argument("--processes", type=int, default=1, help="how many are tried at once")
    parser.add_argument("--folder", choices=FIRST, help="faults in this folder alone")
    parser.add_argument("--only", metavar="FILE:LINE:COLUMN:NUMBER", help="this fault alone")
    parser.add_argument("--green", action="store_true", help="do not try the tree without a fault")
    options = parser.parse_args()
    folders = [options.folder] if options.folder else list(FIRST)
    chosen = [named(options.only)] if options.only else drawn(options.seed, options.count, folders)
    copies: SimpleQueue[Path] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(options.processes):
            copies.put(stack.enter_context(copied(ROOT)))
        if not (options.green or options.only):
            copy = copies.get()
            failure = judge(copy, stages(copy, folders[0])).caught_by
            if failure:
                print(f"the tree without a fault fails: {failure}")
                return 2
            copies.put(copy)
        pool = stack.enter_context(ThreadPoolExecutor(options.processes))
        verdicts = list(map(told, chosen, pool.map(lambda site: tried(site, copies), chosen)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    hours = (used.ru_utime + used.ru_stime) / 3600
    caught = sum(bool(verdict.caught_by) for verdict in verdicts)
    print(f"{caught} of {len(chosen)} caught, {hours:.2f} hours of processor time")
    return 0


def told(site: Site, verdict: Verdict) -> Verdict:
    fate = f"caught by {verdict.caught_by}" if verdict.caught_by else "SURVIVED"
    print(f"{site.path}:{site.fault.name}  {fate}  ({verdict.seconds:.0f} s)")
    print(site.fault.lines((ROOT / site.path).read_bytes()), flush=True)
    return verdict


sys.exit(main())
