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
    """A fault, the file that it is planted in, relative to the root, and what that held."""

    path: Path
    source: bytes
    fault: Fault


def places(folder: str) -> list[list[Site]]:
    """The places in a folder of the package, each with the faults that begin there."""
    paths = [p.relative_to(ROOT) for p in sorted((ROOT / "symdiff" / folder).rglob("*.py"))]
    texts = [(path, (ROOT / path).read_bytes()) for path in paths]
    return [[Site(*text, fault) for fault in place] for text in texts for place in sites(text[1])]


def drawn(seed: int, count: int, folders: list[str]) -> list[Site]:
    """Faults at ``count`` places, uniformly over all places of the folders; alike for a seed."""
    rng = random.Random(seed)
    every = [place for folder in folders for place in places(folder)]
    return [rng.choice(place) for place in rng.sample(every, min(count, len(every)))]


def named(name: str) -> list[Site]:
    """The fault ``FILE:LINE:COLUMN:NUMBER``."""
    every = [site for place in places(Path(name).parts[1]) for site in place]
    return [site for site in every if f"{site.path}:{site.fault.name}" == name]


def tried(site: Site, copies: SimpleQueue[Path]) -> Verdict:
    """The verdict on a fault that is planted in one of the copies of the tree."""
    copy = copies.get()
    try:
        with planted(copy / site.path, site.fault.plant(site.source)):
            return judge(copy, stages(copy, site.path.parts[1]))
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
    chosen = named(options.only) if options.only else drawn(options.seed, options.count, folders)
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
    print(site.fault.lines(site.source), flush=True)
    return verdict


sys.exit(main())
