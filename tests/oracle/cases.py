"""What a maker makes: a text, the domains of its variables, and points to try it at."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mpmath import mp

from .truth import value

Point = dict[str, Any]
SIGNED = ("x", "y", "z")  # names of variables that take any number
POSITIVE = ("p", "q", "s")  # names of variables that are positive
SPECIAL = (0.0, 1.0, -1.0, 2, 0.5, 3, -2)
MODERATE = (1e-9, 1e9)  # between these lies the size of a value at an ordinary point


class Case(NamedTuple):
    """One thing to try.

    ``domains`` has the name of a domain of the package for each variable.  At ``far`` points
    values must be finite and right to three digits where the plain graph in floats is.
    """

    text: str
    domains: Mapping[str, str]
    points: Sequence[Point]
    far: bool = False


Maker = Callable[[random.Random], Case]


def number(r: random.Random, name: str) -> float:
    """An ordinary number of two decimals, positive for a name that says so."""
    if name in POSITIVE:
        return round(r.uniform(0.1, 4), 2)
    return round(r.choice((-1, 1)) * r.uniform(0.1, 3), 2)


def special(r: random.Random, name: str) -> Any:
    """A whole number or a half, 0 often: where kinks and removable points lie."""
    choice = r.choice(SPECIAL)
    return choice if name not in POSITIVE else abs(choice) or 1.0


def occurring(text: str, names: Iterable[str] = (*SIGNED, *POSITIVE)) -> list[str]:
    """The names that stand in a text as whole words."""
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
    return [name for name in names if name in words]


def domains(r: random.Random, names: Iterable[str]) -> dict[str, str]:
    """Domains for variables: those of positive numbers are declared, mostly."""
    declared = {name: name in POSITIVE and r.random() < 0.75 for name in names}
    return {name: "POSITIVE" if known else "REAL" for name, known in declared.items()}


def ordinary(text: str, point: Point) -> bool:
    """Whether a text has a value of moderate size at a point, or is 0 there."""
    found = value(text, point)
    return bool(mp.isfinite(found) and (not found or MODERATE[0] < abs(found) < MODERATE[1]))


def points(r: random.Random, text: str, names: Sequence[str], wanted: int = 3) -> list[Point]:
    """Points where the text is defined, one of them special where there is such a one."""
    found: list[Point] = []
    for trial in range(5 * wanted):
        draw = special if trial == 0 else number
        point = {name: draw(r, name) for name in names}
        if ordinary(text, point) and point not in found:
            found.append(point)
            if len(found) == wanted:
                break
    return found


def case_of(r: random.Random, text: str) -> Case | None:
    """The text at points of its own, or None where it is undefined at all that were tried."""
    names = occurring(text)
    found = points(r, text, names) if names else []
    return Case(text, domains(r, names), found) if found else None


def first_defined(r: random.Random, make: Callable[[random.Random], str]) -> Case:
    """The first text of a maker that has names and is defined somewhere."""
    while True:
        found = case_of(r, make(r))
        if found is not None:
            return found
