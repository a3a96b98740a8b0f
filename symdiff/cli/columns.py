"""Files of points: columns of numbers in, results as further columns out.

pyarrow reads and writes them where it is installed, NumPy elsewhere; what they do not take (a
fraction in a cell, a missing one) the ``csv`` of the standard library reads, and it is named.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np

from ..backend.compile import compile
from ..backend.evaluate import evaluate
from ..bars import progress
from ..errors import ArgumentError, SymdiffError, UnknownVariable
from ..expr import Expr, Shape
from ..messages import listed, short
from ..show.parser import parse

Column = Any  # a one-dimensional array of floats
ROWS = 1 << 16  # of a block: so many are computed and written between two pictures of the bar
_FIRST = re.compile(r"\s*[^\n]*")
_COMMA = re.compile(r"\s*[-+]?\d+,\d+\s*")


def table(
    path: str, inputs: Mapping[str, Expr], results: Mapping[str, Expr], at: Mapping[str, Any]
) -> Iterator[str]:
    """The values of ``results`` at every row of a file, as CSV: the inputs' columns, then theirs.

    Values in ``at`` hold for all rows.  An array has a column for each element: ``X[0,1]``.  The
    file is read and the results are compiled at once, the text comes in blocks.

    Raises: ArgumentError that names the row and the column of what is missing or no number.
    """
    for name in at:
        if name not in inputs:
            raise UnknownVariable(name, tuple(inputs))
    wanted = {name: elements(name, v.shape) for name, v in inputs.items() if name not in at}
    if not wanted:
        raise ArgumentError(f"{path}: there is no variable left that could be a column")
    piped = path == "-"
    source = sys.stdin.read().encode() if piped else Path(path).read_bytes()
    columns = _read(
        "standard input" if piped else path,
        source,
        [cell for cells in wanted.values() for cell in cells],
        at,
    )
    function = compile(list(results.values()), list(inputs.values()))

    def computed(start: int) -> str:
        """The rows of a block."""
        block = {name: column[start : start + ROWS] for name, column in columns.items()}
        size = len(next(iter(block.values())))
        given = [
            _value(block, wanted[name], v.shape) if name in wanted else at[name]
            for name, v in inputs.items()
        ]
        return _written([*block.values(), *_flat(function(*given), results.values(), size)])

    names = [cell for label, e in results.items() for cell in elements(label, e.shape)]
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow([*columns, *names])
    count = len(next(iter(columns.values())))
    bar = "auto" if sys.stderr.isatty() and count > ROWS else None
    blocks = progress(range(0, count, ROWS), "rows", bar=bar)
    return chain([head.getvalue()], map(computed, blocks))


def elements(label: str, shape: Shape) -> list[str]:
    """The names of the columns of an array, or the label itself.

    >>> elements("x", ()), elements("w", (2,)), elements("X", (1, 2))
    (['x'], ['w[0]', 'w[1]'], ['X[0,0]', 'X[0,1]'])
    """
    if not shape:
        return [label]
    return [f"{label}[{','.join(map(str, place))}]" for place in product(*map(range, shape))]


def _value(block: Mapping[str, Column], cells: Sequence[str], shape: Shape) -> Any:
    """A variable at the rows of a block."""
    if not shape:
        return block[cells[0]]
    stacked = np.stack([block[cell] for cell in cells], -1) if cells else np.empty(shape)
    return stacked.reshape(-1, *shape)


def _flat(values: Sequence[Any], results: Iterable[Expr], size: int) -> Iterator[Column]:
    """The columns of results; one that depends on no column is the same in every row.

    Equal results are one array, which is formatted once.
    """
    found: dict[Expr, list[Column]] = {}
    for value, e in zip(values, results, strict=True):
        if e not in found:
            whole = np.broadcast_to(np.asarray(value, float), (size, *e.shape))
            found[e] = list(whole.reshape(size, -1).T)
        yield from found[e]


# -- writing --------------------------------------------------------------------------------------


def _written(columns: Sequence[Column]) -> str:
    """Rows of numbers, each with as many digits as it needs to be read back."""
    arrow, writer = _arrow(), io.BytesIO()
    if arrow is None:
        texts: dict[int, list[str]] = {}
        for column in columns:
            if id(column) not in texts:
                texts[id(column)] = list(map(repr, column.tolist()))
        rows = zip(*[texts[id(column)] for column in columns], strict=True)
        return "\n".join([*map(",".join, rows), ""])
    library, files = arrow
    block = library.table(list(columns), names=list(map(str, range(len(columns)))))
    files.write_csv(block, writer, files.WriteOptions(include_header=False))
    return writer.getvalue().decode()


def _arrow() -> tuple[Any, Any] | None:
    """pyarrow and its part for CSV, where it is installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.csv")
    except ImportError:
        return None


# -- reading --------------------------------------------------------------------------------------


def _read(
    path: str, source: bytes, names: Sequence[str], at: Mapping[str, Any]
) -> dict[str, Column]:
    """The columns of those names.

    Raises: ArgumentError.
    """
    try:
        text = source.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise ArgumentError(f"{path} is not UTF-8; save it as 'CSV UTF-8'") from None
    first = _FIRST.match(text)
    unquoted = re.sub(r'"[^"]*"', "", first[0] if first else "")
    delimiter = next((sign for sign in "\t;" if sign in unquoted), ",")
    header = [name.strip() for name in next(filter(None, _reader(text, delimiter)), [])]
    for name in names:
        if name not in header:
            message = f"{path} has no column {short(name)}; its first row names {listed(header)}"
            raise ArgumentError(message)
        if header.count(name) > 1:
            raise ArgumentError(f"{path} has two columns {short(name)}")
    for name in at:
        if name in header:
            raise ArgumentError(f"{short(name)} is a column of {path}; leave it out of --at")
    places = {name: header.index(name) for name in names}
    found = _at_once(text, delimiter, len(header), places)
    return _by_rows(path, text, delimiter, header, places) if found is None else found


def _at_once(
    text: str, delimiter: str, width: int, places: Mapping[str, int]
) -> dict[str, Column] | None:
    """The columns, if every cell that is read is a number and every row has as many."""
    head = _FIRST.match(text)
    assert head is not None
    if not text[head.end() :].strip():
        return {name: np.empty(0) for name in places}
    skipped = 1 + text.count("\n", 0, head.end())
    try:
        if _arrow() is not None:
            return _by_arrow(text, delimiter, width, skipped, places)
        lines = io.StringIO(text)
        rows = np.loadtxt(lines, comments=None, delimiter=delimiter, skiprows=skipped, ndmin=2)
    except ValueError:  # pyarrow's errors of reading are of this class too
        return None
    if rows.shape[1] != width:
        return None
    return {name: rows[:, place] for name, place in places.items()}


def _by_arrow(
    text: str, delimiter: str, width: int, skipped: int, places: Mapping[str, int]
) -> dict[str, Column]:
    arrow = _arrow()
    assert arrow is not None
    library, files = arrow
    kept = [str(place) for place in places.values()]
    types = dict.fromkeys(kept, library.float64())
    found = files.read_csv(
        io.BytesIO(text.encode()),
        files.ReadOptions(column_names=list(map(str, range(width))), skip_rows=skipped),
        files.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        files.ConvertOptions(include_columns=kept, column_types=types, null_values=[]),
    )
    return {name: found[str(place)].to_numpy() for name, place in places.items()}


def _by_rows(
    path: str, text: str, delimiter: str, header: Sequence[str], places: Mapping[str, int]
) -> dict[str, Column]:
    """The columns, by the standard library, and the name of what is no number."""
    limit = csv.field_size_limit(max(len(text), 1))
    try:
        rows = list(_reader(text, delimiter))
    except csv.Error as error:
        raise ArgumentError(f"{path}: {error}") from None
    finally:
        csv.field_size_limit(limit)
    kept = [(i, row) for i, row in enumerate(rows, 1) if row][1:]
    for i, row in kept:
        if len(row) > len(header) and any(cell.strip() for cell in row[len(header) :]):
            message = f"row {i} has {len(row)} cells, the first row {len(header)}"
            raise ArgumentError(f"{path}: {message}; decimals are written 1.5")
    return {name: _column(path, kept, name, place) for name, place in places.items()}


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter != "\t"
    )


def _column(path: str, rows: Sequence[tuple[int, list[str]]], name: str, place: int) -> Column:
    try:
        return np.array([float(row[place]) for _, row in rows], float)
    except (ValueError, IndexError):
        pass
    found = []
    for i, row in rows:
        cell = row[place].strip() if place < len(row) else ""
        if not cell:
            raise ArgumentError(f"{path}: row {i} has no value for {short(name)}")
        try:
            found.append(_number(cell))
        except (SymdiffError, TypeError, ValueError, ArithmeticError):
            hint = f"; write {cell.replace(',', '.')}" if _COMMA.fullmatch(cell) else ""
            message = f"row {i}, column {short(name)}: {short(cell)} is no number{hint}"
            raise ArgumentError(f"{path}: {message}") from None
    return np.array(found, float)


@lru_cache(4096)
def _number(cell: str) -> float:
    """The number in a cell, which may be a formula of numbers such as ``1/3`` or ``pi``."""
    try:
        return float(cell)
    except ValueError:
        return float(evaluate(parse(cell), {}))
