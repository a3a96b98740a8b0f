"""Pictures of the tables in benchmarks/README.md: the time of symdiff over that of each peer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

README = Path(__file__).parents[2] / "benchmarks" / "README.md"
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
RATIOS = re.compile(r"\**\d[\d.]*(?:-\d[\d.]*)?(?:\b.*missed.*)?\**$")


class Bar(NamedTuple):
    """The ratio of a workload to a peer, from ``low`` to ``high`` where several were measured."""

    label: str
    low: float
    high: float


def tables(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each table that has ratios: what stands above it, and its rows with the title row first."""
    heading, rows = "", []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows and any("ratio" in title for title in rows[0]):
            yield heading, [rows[0], *rows[2:]]
        rows = []
        if re.match(r"#|\w+, `python", line):
            heading = line.lstrip("# ").partition(", `")[0]


def bars(rows: list[list[str]]) -> list[Bar]:
    """A bar for each ratio of a table; a column of ratios belongs to the peer before it."""
    titles, *body = rows
    found, workload = [], ""
    for row in body:
        workload = re.sub(r" \(20\d\d-.*", "", row[0]) or workload  # without the date
        for i, title in enumerate(titles):
            if title != "ratio" or not RATIOS.match(row[i]):
                continue
            told = titles[i - 1] in ("peer", "against")
            name = row[i - 1] if told else titles[i - 1]
            if told:  # the name without its time
                name = re.sub(r"\s*[\d.]+(?:-[\d.]+)?\s*(?:n|µ|m)?s\b.*", "", name)
            numbers = [float(n) for n in NUMBER.findall(row[i].partition(",")[0])]
            if name and numbers:
                found.append(Bar(f"{workload} / {name}", min(numbers), max(numbers)))
    return found


def plot(heading: str, rows: list[Bar]) -> Any:
    """Bars on a logarithmic axis: left of the line symdiff is ahead."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 0.27 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    for y, bar in enumerate(reversed(rows)):
        color = "#2a7" if bar.high <= 1 else "#c55" if bar.low > 1 else "#ca4"
        axes.plot([1, bar.low], [y, y], color=color, lw=1.5)
        axes.plot([bar.low, bar.high], [y, y], color=color, lw=5, solid_capstyle="round")
        axes.text(max(bar.high, 1) * 1.15, y, f"{bar.high:.3g}", va="center", fontsize=7)
    axes.set_yticks(range(len(rows)), [bar.label for bar in reversed(rows)], fontsize=8)
    axes.axvline(1, color="gray", lw=0.8)
    axes.set(xscale="log", xlabel="symdiff / the other", title=heading)
    axes.margins(x=0.15)
    return figure


def figures() -> Iterator[Any]:
    """One picture for each table of ratios."""
    for heading, rows in tables(README.read_text(encoding="utf-8")):
        found = bars(rows)
        if found:
            yield plot(heading, found)
