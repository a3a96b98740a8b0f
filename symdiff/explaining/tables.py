"""Tables of formulas and numbers, which show themselves as text, in Unicode, as LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from ..html import table
from .writing import WIDTH, Kind, Names, Script, in_text, script, shown

CellKind: TypeAlias = Literal["name", "words", "formula", "value", "digits", "error"]
_WORDS = ("name", "words", "formula")  # what stands to the left in its column


class Column(NamedTuple):
    """A column: its title, and how what stands in it is written.

    A name is one of a node, a formula is written out with names for its arguments, a value has
    six digits, digits are all there are, an error has two; None leaves a cell empty.
    """

    title: str
    kind: CellKind


class Table:
    """Rows of data under columns, over the names of nodes; ``title`` says what they are.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> table = Table("powers", [Column("formula", "formula"), Column("value", "value")],
    ...               [(x**2, 9), (x**3, 27)], {})
    >>> print(table)
    powers
    formula  value
    x**2         9
    x**3        27
    """

    def __init__(
        self, title: str, columns: Sequence[Column], rows: Sequence[tuple[Any, ...]], names: Names
    ) -> None:
        self.title, self.columns, self.rows, self.names = title, [*columns], [*rows], names

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[Any, ...]:
        return self.rows[i]

    def text(self, width: int = WIDTH) -> str:
        """A line for each row; a formula of more than ``width`` characters is cut with ``…``."""
        return self.written("text", width)

    def pretty(self, width: int = WIDTH) -> str:
        """The same with formulas in Unicode."""
        return self.written("pretty", width)

    def latex(self, width: int = 2 * WIDTH) -> str:
        """The rows as an ``array``, for math mode."""
        return self.written("latex", width)

    def written(self, kind: Kind, width: int = WIDTH) -> str:
        """The table in one of the three ways of writing."""
        titles, cells = [c.title for c in self.columns], self._cells(kind, width)
        to_left = [c.kind in _WORDS for c in self.columns]
        if kind == "latex":
            sides = "".join(["l" if left else "r" for left in to_left])
            head = " & ".join(map(in_text, titles)) + r" \\ \hline"
            lines = [" & ".join(row) + r" \\" for row in cells]
            return "\n".join([rf"\begin{{array}}{{{sides}}}", head, *lines, r"\end{array}"])
        widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
        lines = [self.title]
        for row in [titles, *cells]:
            padded = [
                cell.ljust(n) if left else cell.rjust(n)
                for cell, n, left in zip(row, widths, to_left, strict=True)
            ]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)

    def html(self, width: int = WIDTH) -> str:
        """A ``<table>``, its title as the caption."""
        sides = ["left" if c.kind in _WORDS else "right" for c in self.columns]
        head = [c.title for c in self.columns]
        return table(self.title, self._cells("pretty", width), sides, head)

    def _cells(self, kind: Kind, width: int) -> list[list[str]]:
        how = script(kind, width, self.names)
        writers = [_WRITERS[column.kind] for column in self.columns]
        return [
            [
                "" if cell is None else write(how, cell)
                for write, cell in zip(writers, row, strict=True)
            ]
            for row in self.rows
        ]

    __str__ = text

    def __repr__(self) -> str:
        return f"<Table {self.title!r}: {len(self)} rows>"

    def _repr_html_(self) -> str:
        return self.html()


_WRITERS: dict[CellKind, Callable[[Script, Any], str]] = {
    "name": lambda how, name: how.name(name),
    "words": lambda how, words: how.words(words),
    "formula": lambda how, e: how.formula(e, whole=True),
    "value": lambda how, value: how.digits(shown(value)),
    "digits": lambda how, value: how.digits(f"{value:.15g}"),
    "error": lambda how, value: how.digits(f"{value:.1e}" if value else "0"),
}
