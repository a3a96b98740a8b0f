"""The corpus of formulas in ``corpus/*.txt``: ``formula | differentiated by | what is known``.

What is known: ``a > 0`` (everybody is told), ``x in (0.1, 0.9)`` (only where points are drawn).
"""

from __future__ import annotations

import random
import re
import zlib
from pathlib import Path
from typing import NamedTuple

import symdiff as sd

FOLDER = Path(__file__).parent / "corpus"
NAME = re.compile(r"\b[A-Za-z]\w*\b(?!\s*\()")
ABOVE = re.compile(r"(\w+) > 0")
INSIDE = re.compile(r"(\w+) in \(([^,]+), ([^)]+)\)")


class Formula(NamedTuple):
    """One line of the corpus."""

    group: str
    text: str
    by: tuple[str, ...]
    positive: frozenset[str]
    ranges: dict[str, tuple[float, float]]

    @property
    def names(self) -> list[str]:
        """Its variables."""
        return sorted({*NAME.findall(self.text)} - {"pi"})

    def variables(self) -> dict[str, sd.Expr]:
        """One of our variables for every name."""
        return {
            name: sd.Var(name, domain=sd.POSITIVE if name in self.positive else sd.REAL)
            for name in self.names
        }

    def points(self, count: int) -> list[dict[str, float]]:
        """Points at which the function is defined, the same in every run."""
        draw = random.Random(zlib.crc32(self.text.encode()))
        found = []
        for _ in range(count):
            point = {}
            for name in self.names:
                low, high = self.ranges.get(name, (0.3, 1.7))
                if name not in self.ranges and name not in self.positive and draw.random() < 0.5:
                    low, high = -high, -low
                point[name] = draw.uniform(low, high)
            found.append(point)
        return found


def held_back(text: str) -> bool:
    """Whether a formula is in the third that nobody looks at while working on the rules: it tells
    whether what was learnt from the other two thirds holds for formulas that nobody had in mind.
    """
    return zlib.crc32(text.encode()) % 3 == 0


def formulas() -> list[Formula]:
    """All lines of all groups."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                text, by, known = (part.strip() for part in line.split("|"))
                ranges = {n: (float(a), float(b)) for n, a, b in INSIDE.findall(known)}
                positive = frozenset(ABOVE.findall(known))
                names = tuple(name.strip() for name in by.split(","))
                found.append(Formula(path.stem, text, names, positive, ranges))
    return found


def derivative(formula: Formula, order: int, simplify: bool = True) -> list[sd.Expr]:
    """Its derivative: one expression, or the entries of the gradient or Hessian, row by row."""
    known = formula.variables()
    f = sd.parse(formula.text, known)
    xs = [known[name] for name in formula.by]
    if len(xs) == 1:
        return [sd.derivative(f, xs[0], order, simplify=simplify)]
    if order == 1:
        return list(sd.grad(f, xs, simplify=simplify))
    rows = sd.hessian(f, xs, blocks=True, simplify=simplify)
    return [entry for row in rows for entry in row]
