"""The loop: cases from makers, along paths, counted; what fails is shrunk and told in one line."""

from __future__ import annotations

import random
import signal
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from . import contexts, far, identities, scalars
from .apart import apart
from .cases import Case, Maker
from .paths import PATHS, chosen
from .shrink import shrunk
from .subject import Fault, Subject

MAKERS: dict[str, Maker] = {
    "scalars": scalars.make,
    "identities": identities.make,
    "contexts": contexts.make,
    "far": far.make,
}
PATIENCE = 20  # seconds that one path may take over one case
COUNTS = ("graphs", "checked", "skipped", "wrong", "lost", "digits", "exceptions")
Counts = dict[tuple[str, str], Counter[str]]


class HangingError(Exception):
    """A path that does not come to an end."""


class Report(NamedTuple):
    """A fault with all that is needed to see it again."""

    seed: int
    maker: str
    index: int
    path: str
    case: Case
    fault: Fault

    def __str__(self) -> str:
        kind, label, entry, point, truth, got = self.fault
        named = {n: d for n, d in self.case.domains.items() if d != "REAL"}
        where = f"{point} {named}" if named else f"{point}"
        return (
            f"{kind} | {self.case.text} | {entry} at {where} | truth {truth} | got {got} | {label} "
            f"| --seed {self.seed} --case {self.maker}/{self.index} --path {self.path}"
        )


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise HangingError in what takes longer, in seconds of processor time."""

    def stop(*_: Any) -> None:
        raise HangingError(f"no end within {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def made(seed: int, maker: str, index: int) -> Case:
    """Case ``index`` of a maker, the same whenever it is asked for."""
    return MAKERS[maker](random.Random(f"{seed}/{maker}/{index}"))


def walked(subject: Subject, path: str) -> tuple[int, int, list[Fault]]:
    """Numbers checked and skipped along a path, and the faults; an exception is a fault too."""
    checked = skipped = 0
    faults: list[Fault] = []
    try:
        with limited(PATIENCE), warnings.catch_warnings():
            warnings.simplefilter("error")
            for reading in PATHS[path].walk(subject):
                tally = subject.judge(reading)
                checked, skipped = checked + tally.checked, skipped + tally.skipped
                faults += tally.faults
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {str(error)[:100]} ({place.filename}:{place.lineno})"
        faults.append(Fault("exceptions", path, "-", {}, "-", told))
    return checked, skipped, faults


def fails_like(path: str, kind: str) -> Any:
    """Whether a case shows a fault of that kind on that path."""

    def fails(case: Case) -> bool:
        try:
            subject = Subject(case)
        except Exception:
            return False
        return any(fault.kind == kind for fault in walked(subject, path)[2])

    return fails


def run_case(
    key: tuple[int, str, int], paths: Sequence[str] | None, shrinking: bool = True
) -> tuple[Counts, list[Report]]:
    """One case along its paths: a report for each fault that is not one of those before, shrunk."""
    case = made(*key)
    subject = Subject(case)
    counts: Counts = {}
    reports: list[Report] = []
    for path in chosen(random.Random(f"{key}"), paths):
        checked, skipped, faults = walked(subject, path)
        tally = counts[key[1], path] = Counter(graphs=1, checked=checked, skipped=skipped)
        tally.update({fault.kind for fault in faults})
        for fault in faults[:1]:
            fails = fails_like(path, fault.kind)
            if any(known.fault.kind == fault.kind and fails(known.case) for known in reports):
                continue
            small = shrunk(case, fails) if shrinking else case
            shown = [f for f in walked(Subject(small), path)[2] if f.kind == fault.kind]
            reports.append(Report(*key, path, small, (shown or [fault])[0]))
    return counts, reports


def run(
    seed: int, indices: Iterable[int], makers: Sequence[str], paths: Sequence[str] | None
) -> tuple[Counts, list[Report]]:
    """Cases of each maker in turn, each in its own process; faults are printed as found."""
    total: Counts = {}
    reports = []
    for index in indices:
        for maker in makers:
            key = (seed, maker, index)
            counts, found = apart(partial(run_case, key, paths)) or _ended(key)
            for place, tally in counts.items():
                total.setdefault(place, Counter()).update(tally)
            for report in found:
                print(report, flush=True)
            reports += found
    return total, reports


def _ended(key: tuple[int, str, int]) -> tuple[Counts, list[Report]]:
    """What to say of a case whose process came to no result."""
    fault = Fault("exceptions", "all", "-", {}, "-", "the process hung or crashed")
    counts = {(key[1], "crashed"): Counter(graphs=1, exceptions=1)}
    return counts, [Report(*key, "crashed", made(*key), fault)]


def table(counts: Counts) -> str:
    """The counts by maker and path."""
    rows = [("maker", "path", *COUNTS)]
    for (maker, path), tally in sorted(counts.items()):
        rows.append((maker, path, *[str(tally[name]) for name in COUNTS]))
    total: Counter[str] = sum(counts.values(), Counter())
    rows.append(("all", "", *[str(total[name]) for name in COUNTS]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)) for row in rows]
    share = total["skipped"] / max(1, total["checked"] + total["skipped"])
    return "\n".join([*lines, f"skipped: {share:.0%} of the numbers"])
