"""Tables of formulas and numbers, which show themselves as text, in Unicode, as LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any, Literal, NamedTuple, TypeAlias

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
        return self._lines("text", width)

    def pretty(self, width: int = WIDTH) -> str:
        """The same with formulas in Unicode."""
        return self._lines("pretty", width)

    def _lines(self, kind: Kind, width: int) -> str:
        cells = [[c.title for c in self.columns], *self._cells(kind, width)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = []
        for row in cells:
            padded = [
                cell.ljust(n) if column.kind in _WORDS else cell.rjust(n)
                for cell, n, column in zip(row, widths, self.columns, strict=True)
            ]
            lines.append("  ".join(padded).rstrip())
        return "\n".join([self.title, *lines])

    def latex(self, width: int = 2 * WIDTH) -> str:
        """The rows as an ``array``, for math mode."""
        sides = "".join(["l" if c.kind in _WORDS else "r" for c in self.columns])
        head = " & ".join([in_text(c.title) for c in self.columns])
        lines = [" & ".join(row) + r" \\" for row in self._cells("latex", width)]
        return "\n".join(
            [rf"\begin{{array}}{{{sides}}}", rf"{head} \\ \hline", *lines, r"\end{array}"]
        )

    def html(self, width: int = WIDTH) -> str:
        """A ``<table>``, its title as the caption."""
        sides = [' style="text-align: left"' * (c.kind in _WORDS) for c in self.columns]
        lines = [[c.title for c in self.columns], *self._cells("pretty", width)]
        rows = [
            "".join(
                [f"<{tag}{s}>{escape(cell)}</{tag}>" for s, cell in zip(sides, row, strict=True)]
            )
            for tag, row in zip(["th", *["td"] * len(self)], lines, strict=True)
        ]
        body = "\n".join([f"<tr>{row}</tr>" for row in rows])
        return f"<table>\n<caption>{escape(self.title)}</caption>\n{body}\n</table>"

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
