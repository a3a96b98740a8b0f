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

from mpmath import mp

from symdiff.rewrite.check import Disagreement, disagreements

from . import array_running, contexts, far, identities, named, scalars
from .apart import apart
from .array_paths import PATHS as ARRAY_PATHS
from .bounds import measured
from .cases import Case, Maker
from .paths import PATHS, chosen
from .shrink import shrunk
from .subject import SLACK, Fault, Subject

MAKERS: dict[str, Maker] = {
    "scalars": scalars.make,
    "identities": identities.make,
    "contexts": contexts.make,
    "models": named.make,
    "far": far.make,
    "far_models": named.make_far,
}
ALL = (*MAKERS, *array_running.MAKERS)
MANY = 500  # digits: where a difference of exp(148) decides, 50 say nothing
PATIENCE = 20  # seconds that one path may take over one case
COUNTS = ("graphs", "checked", "skipped", "wrong", "lost", "digits", "proposed", "exceptions")
FATAL = ("wrong", "lost", "proposed", "exceptions")
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
        with limited(PATIENCE), disagreements() as dropped, warnings.catch_warnings():
            warnings.simplefilter("error")
            for reading in PATHS[path].walk(subject):
                tally = subject.judge(reading)
                checked, skipped = checked + tally.checked, skipped + tally.skipped
                faults += tally.faults
        faults += [fault for d in dropped for fault in _confirmed(path, d)]
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__}: {str(error)[:100]} ({place.filename}:{place.lineno})"
        faults.append(Fault("exceptions", path, "-", {}, "-", told))
    return checked, skipped, faults


def _confirmed(path: str, dropped: Disagreement) -> Iterator[Fault]:
    """The outputs of a form that the package dropped by itself, where many digits say so too."""
    point = dropped.verdict.point
    for a, b in zip(dropped.original, dropped.proposed, strict=True):
        if point is not None and not (a.shape or b.shape):
            original, proposed = measured(a, point, MANY), measured(b, point, MANY)
            with mp.workdps(60):
                bound = SLACK * (original.bound + proposed.bound)
                differ = abs(original.value - proposed.value) > bound
            if differ and mp.isfinite(bound):
                shown = mp.nstr(original.value, 17), f"{mp.nstr(proposed.value, 17)} from {b}"
                yield Fault("proposed", f"{path}, dropped by the check", f"{a}", point, *shown)


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


def tried(
    key: tuple[int, str, int], wanted: Sequence[str] | None, shrinking: bool = True
) -> tuple[Counts, list[Any]]:
    """A case of numbers or of arrays, along those of the wanted paths that it has."""
    arrays = key[1] in array_running.MAKERS
    known = ARRAY_PATHS if arrays else PATHS
    paths = None if wanted is None else [path for path in wanted if path in known]
    return (array_running.run_case if arrays else run_case)(key, paths, shrinking)


def run(
    seed: int, indices: Iterable[int], makers: Sequence[str], paths: Sequence[str] | None
) -> Counts:
    """Cases of each maker in turn, each in its own process; faults are printed as found."""
    total: Counts = {}
    for index in indices:
        for maker in makers:
            key = (seed, maker, index)
            counts, reports = apart(partial(tried, key, paths)) or _ended(key)
            for place, tally in counts.items():
                total.setdefault(place, Counter()).update(tally)
            for report in reports:
                print(report, flush=True)
    return total


def _ended(key: tuple[int, str, int]) -> tuple[Counts, list[Any]]:
    """What to say of a case whose process came to no result."""
    told = f"exceptions | the process hung or crashed | --seed {key[0]} --case {key[1]}/{key[2]}"
    return {(key[1], "all"): Counter(exceptions=1)}, [told]


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
