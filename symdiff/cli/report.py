"""Formulas and values of a command, as lines of text or as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..backend.evaluate import evaluate
from ..expr import Expr
from ..show.sharing import by_name
from ..show.text import SMALL
from ..structure import flatten
from ..walk import postorder

Results = dict[str, Any]
Style = Callable[[Expr], str]


def variables(f: Expr) -> dict[str, Expr]:
    """The variables of an expression by name, in the order of the names."""
    return by_name(postorder([f]))


def labels(results: Results) -> list[tuple[str, Any]]:
    """Every single result with its label: f, df/dx, d2f/dxdy."""
    found = [("f", results["f"])]
    for key in ("gradient", "jacobian"):
        found += [(f"df/d{name}", cell) for name, cell in results.get(key, {}).items()]
    for row, cells in results.get("hessian", {}).items():
        found += [(f"d2f/d{row}d{column}", cell) for column, cell in cells.items()]
    return found


def report(results: Results, point: dict[str, Any], style: Style, as_json: bool) -> str:
    """Formulas, and values where there is a point or no variable."""
    values = evaluate(results, point) if point or not variables(results["f"]) else None
    if as_json:
        found = _each(results, style)
        if values is not None:
            found |= {"at": _each(point, plain), "values": _each(values, plain)}
        return to_json(found)
    lines = _lines(results, style)
    if values is not None:
        where = ", ".join(f"{name} = {_number(value)}" for name, value in point.items())
        lines += ["", f"at {where}" if where else "value", *_lines(values, _number)]
    return "\n".join(lines)


def to_json(found: Any) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)


def _grid(cells: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = [[c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in cells]
    return [f"  [{'  '.join(row)}]" for row in rows]


def _lines(results: Results, show: Callable[[Any], str]) -> list[str]:
    lines = [f"f = {show(results['f'])}"]
    for key in ("gradient", "jacobian"):
        if key in results:
            lines += ["", key]
            lines += [f"  df/d{name} = {show(cell)}" for name, cell in results[key].items()]
    if "hessian" in results:
        names = list(results["hessian"])
        lines += ["", f"hessian ({', '.join(names)})"]
        lines += _grid([[show(results["hessian"][a][b]) for b in names] for a in names])
    return lines


def _number(value: Any) -> str:
    """A value on one line, unless it is a large array."""
    small = getattr(value, "ndim", 0) and value.size <= SMALL
    return str(value.tolist() if small else value)


def _each(tree: Any, show: Callable[[Any], Any]) -> Any:
    leaves, rebuild = flatten(tree)
    return rebuild([show(leaf) for leaf in leaves])


def plain(value: Any) -> Any:
    """A value as JSON can hold it: exact fractions and values that are not finite as text."""
    return _each(value.tolist() if hasattr(value, "tolist") else value, _plain_number)


def _plain_number(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value if value is None or isinstance(value, (int, float)) else str(value)
