"""Array cases along their paths, judged by their truth, and shrunk where they fail."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from mpmath import mp, mpf

from .array_elements import elements
from .array_far import far
from .array_identities import identities
from .array_paths import chosen, entries
from .array_subject import EPS, Subject
from .array_truth import LOST
from .arrays import is_moderate, is_representable, operations
from .trees import Call, leaf, leaves, nodes, replaced, written

__all__ = ["MAKERS", "Fault", "Report", "Tally", "made", "run_case", "shrunk", "walked"]

PLAIN = 128  # roundings that need no explanation
SLACK = 64  # multiples of what one rounding in every node does
WORST = 1e-6  # the relative error up to which a point counts as well conditioned
THREE_DIGITS = 1e-3
MINOR = 1e-6  # relative error below which a number has lost digits and is not another one
PATIENCE = 20  # seconds of processor time in which smaller trees are tried

MAKERS: dict[str, Callable[[random.Random], Call]] = {
    "arrays": operations,
    "array_identities": identities,
    "array_elements": elements,
    "far_arrays": far,
}


class Fault(NamedTuple):
    """What is not as it should be: ``kind`` is wrong, lost, digits or exceptions.

    Entries are the value, the gradient, and the Hessian times the direction.
    """

    kind: str
    entry: int
    truth: str
    got: str


class Tally(NamedTuple):
    """What came of one path."""

    checked: int
    skipped: int
    faults: list[Fault]


class Report(NamedTuple):
    """A fault with all that is needed to see it again."""

    seed: int
    maker: str
    index: int
    path: str
    tree: Call
    fault: Fault

    def __str__(self) -> str:
        at = {name: node.sample.astype(float).tolist() for name, node in leaves(self.tree).items()}
        kind, entry, truth, got = self.fault
        return (
            f"{kind} | {written(self.tree)} | {entry} at {at} | truth {truth} | got {got} "
            f"| --seed {self.seed} --case {self.maker}/{self.index} --path {self.path}"
        )


def made(seed: int, maker: str, index: int) -> Call:
    """Case ``index`` of a maker, the same whenever it is asked for."""
    return MAKERS[maker](random.Random(f"{seed}/{maker}/{index}"))


def run_case(
    key: tuple[int, str, int], paths: Sequence[str] | None, shrinking: bool = True
) -> tuple[dict[tuple[str, str], Counter[str]], list[Report]]:
    """One case along its paths: a report for each kind of fault, shrunk along its first path."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    tree = made(*key)
    subject = Subject(tree)
    reports: dict[str, Report] = {}
    for path in chosen(random.Random(f"{key}"), paths):
        checked, skipped, faults = walked(subject, path)
        tally = counts[key[1], path] = Counter(graphs=1, checked=checked, skipped=skipped)
        tally.update({fault.kind for fault in faults})
        for fault in faults:
            if fault.kind not in reports and not (subject.is_far and fault.kind == "digits"):
                small = shrunk(tree, path, fault.kind) if shrinking else tree
                shown = [f for f in walked(Subject(small), path).faults if f.kind == fault.kind]
                reports[fault.kind] = Report(*key, path, small, (shown or [fault])[0])
    return counts, list(reports.values())


# -- judgement -----------------------------------------------------------------------------------


def walked(s: Subject, path: str) -> Tally:
    """The numbers of one path against the truth; an exception is a fault too."""
    try:
        with np.errstate(all="ignore"):
            found, sizes = entries(s, path)
            plain = entries(s, "raw")[0] if s.is_far else None
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:200]
        return Tally(0, 0, [Fault("exceptions", -1, "-", told)])
    faults, checked, skipped = [], 0, 0
    for i, got in enumerate(found):
        if got is not None:
            near = None if plain is None else plain[i]
            verdict = _verdict(s, i, got, sizes[i]) if near is None else _far(s, i, got, near)
            if verdict not in ("right", "skipped") and not s.is_confirmed(i):
                verdict = "skipped"
            checked += verdict != "skipped"
            skipped += verdict == "skipped"
            if verdict not in ("right", "skipped"):
                faults.append(Fault(verdict, i, mp.nstr(s.truth[i], 17)[:60], repr(got)))
    return Tally(checked, skipped, faults)


def _far(s: Subject, i: int, got: float, plain: float) -> str:
    """Far out a number must be finite where the plain graph is right to three digits."""
    if not mp.isfinite(s.truth[i]) or (i and s.is_at_kink) or not _is_near(s, i, plain):
        return "skipped"
    return "right" if _is_near(s, i, got) else "digits" if math.isfinite(got) else "lost"


def _is_near(s: Subject, i: int, got: float) -> bool:
    if not math.isfinite(got):
        return False
    return bool(abs(mpf(got) - s.truth[i]) <= THREE_DIGITS * abs(s.truth[i]) + LOST)


def _verdict(s: Subject, i: int, got: float, size: float) -> str:
    """``size`` is what the rounding of a product with the direction refers to."""
    truth = s.truth[i]
    if not mp.isfinite(truth) or (i and s.is_at_kink):
        return "skipped"
    if not math.isfinite(got):
        return "skipped" if (i and s.is_singular) or _is_uncertain(s, i) else "lost"
    error = abs(mpf(got) - truth)
    if error <= EPS * (PLAIN * abs(truth) + SLACK * size) + LOST * (1 + abs(s.truth[0])):
        return "right"
    if _is_uncertain(s, i):
        return "skipped"
    if error <= SLACK * (s.noise[i] + EPS * (abs(truth) + size)) or error <= SLACK * s.bound(i):
        return "right"
    return "digits" if error <= MINOR * abs(truth) else "wrong"


def _is_uncertain(s: Subject, i: int) -> bool:
    """Whether roundings on the way leave few digits, or lead out of the domain of a function."""
    noise = s.noise[i]
    return not mp.isfinite(noise) or noise > WORST * abs(s.truth[i]) + WORST**2


# -- shrinking -----------------------------------------------------------------------------------


def shrunk(tree: Call, path: str, kind: str) -> Call:
    """A smaller tree with a fault of that kind along the path."""

    fits = is_moderate if all(map(is_moderate, nodes(tree))) else is_representable

    def fails(smaller: Call) -> bool:
        return all(map(fits, nodes(smaller))) and any(
            fault.kind == kind for fault in walked(Subject(smaller), path).faults
        )

    return _descended(tree, fails, time.process_time() + PATIENCE)


def _descended(tree: Call, fails: Callable[[Call], bool], end: float) -> Call:
    while True:
        for smaller in _smaller(tree):
            if time.process_time() > end:
                return tree
            if fails(smaller):
                tree = smaller
                break
        else:
            return tree


def _smaller(tree: Call) -> Iterator[Call]:
    """Trees with a node replaced by something below it or by a variable, the smallest first."""
    found: list[Call] = []
    for node in nodes(tree):
        if node.name in ("leaf", "array", "eye"):
            continue
        fresh = leaf("xyzwt"[node.ndim], np.asarray(node.sample, dtype=float))
        below = [n for n in nodes(node) if n is not node and n.shape == node.shape]
        for new in below if node is tree else [*below, fresh]:
            try:
                found.append(replaced(tree, node, new))
            except (ValueError, IndexError, TypeError):
                continue
    smaller = [t for t in found if not t.shape and _weight(t) < _weight(tree) and _is_sound(t)]
    yield from sorted(smaller, key=_weight)


def _weight(tree: Call) -> int:
    """The number of nodes, calls counting double."""
    return sum(1 if n.name == "leaf" else 2 for n in nodes(tree))


def _is_sound(tree: Call) -> bool:
    """Whether there is a variable, and a name stands for one."""
    names = [n.args[0] for n in nodes(tree) if n.name == "leaf"]
    return bool(names) and len(names) == len(set(names))
