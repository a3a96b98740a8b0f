"""The command line: ``symdiff hessian "x**2*y + y + 2" --at x=3 y=4 --svg graph.svg``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from . import api
from .backend.compile import compile
from .backend.evaluate import evaluate
from .comparing import same
from .draw import to_svg
from .errors import ArgumentError, ParseError, SymdiffError
from .explaining.derivation import explain
from .expr import Expr
from .installed import doctor
from .leaves import Var, var
from .messages import short
from .rewrite.simplify import simplify
from .show.latex import latex
from .show.parser import parse
from .show.pretty import pretty
from .show.text import SMALL, to_text
from .walk import postorder

Results = dict[str, Any]
Style = Callable[[Expr], str]

EPILOG = """\
examples:
  symdiff hessian "x**2*y + y + 2" --at x=3 y=4 --svg graph.svg
  symdiff grad "exp(-x**2/2)" --pretty
  symdiff grad "sin(x)*y" --points points.csv      columns named x and y
  symdiff grad "sum((X @ w - y)**2)" --shape X=5,3 w=3 y=5 --wrt w --pretty
  symdiff explain "x**2*sin(x)" --wrt x
  symdiff same "2*sin(x)*cos(x)" "sin(2*x)"        exit status 0: equal, 1: different
  echo "-x**2 + 1" | symdiff simplify --latex
"""


def variables(f: Expr) -> dict[str, Expr]:
    """The variables of an expression by name, in alphabetical order."""
    return {v.name: v for v in sorted((n for n in postorder([f]) if n.op is Var), key=_name)}


def _name(v: Expr) -> str:
    return v.name


# -- what each command computes -------------------------------------------------------------------


def _eval(f: Expr, wrt: dict[str, Expr]) -> Results:
    return {"f": f}


def _simplify(f: Expr, wrt: dict[str, Expr], effort: int) -> Results:
    return {"f": simplify(f, effort=effort)}


def _grad(f: Expr, wrt: dict[str, Expr]) -> Results:
    return {"f": f, "gradient": api.grad(f, wrt)}


def _jacobian(f: Expr, wrt: dict[str, Expr]) -> Results:
    return {"f": f, "jacobian": api.jacobian(f, wrt)}


def _hessian(f: Expr, wrt: dict[str, Expr]) -> Results:
    return {"f": f, "gradient": api.grad(f, wrt), "hessian": api.hessian(f, wrt)}


COMMANDS: dict[str, tuple[Callable[..., Results], str]] = {
    "eval": (_eval, "the value at a point"),
    "simplify": (_simplify, "a shorter form"),
    "grad": (_grad, "the gradient: formulas, and values with --at"),
    "jacobian": (_jacobian, "the Jacobian: formulas, and values with --at"),
    "hessian": (_hessian, "gradient and Hessian: formulas, and values with --at"),
    "draw": (_eval, "the graph as SVG, with values and adjoints with --at"),
}


EXPLAIN = "the derivative step by step"
SAME = "whether two expressions are equal: 0 equal, 1 different, 2 unknown"


# -- arguments ------------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="symdiff",
        description="Differentiate an expression: formulas, numbers, pictures.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        _add_expression(command)
        _add_options(command)
        if name == "simplify":
            command.add_argument("--effort", type=int, default=1, help="how much is tried: 0 to 3")
    steps = commands.add_parser("explain", help=EXPLAIN, description=EXPLAIN, allow_abbrev=False)
    _add_expression(steps)
    _add_options(steps, ("--wrt", "--shape", "--latex"))
    steps.add_argument("--limit", type=int, default=100, help="how many steps are written (100)")
    pair = commands.add_parser("same", help=SAME, description=SAME, allow_abbrev=False)
    pair.add_argument("expression", help="an expression, such as your own derivative")
    pair.add_argument("other", help="the expression that it is compared with")
    _add_options(pair, ("--at", "--shape"))
    commands.add_parser("doctor", help="what is installed and which drawing engines are found")
    return parser


OPTIONS: dict[str, dict[str, Any]] = {
    "--at": {"nargs": "+", "default": [], "metavar": "x=3", "help": "the point; formulas allowed"},
    "--wrt": {"nargs": "+", "default": [], "metavar": "x", "help": "differentiate by these (all)"},
    "--shape": {
        "nargs": "+",
        "default": [],
        "metavar": "X=5,3",
        "help": "variables that are arrays",
    },
    "--latex": {"action": "store_true", "help": "formulas as LaTeX"},
    "--pretty": {"action": "store_true", "help": "formulas in Unicode"},
    "--json": {"action": "store_true", "help": "one JSON object instead of text"},
    "--svg": {"metavar": "FILE", "help": "write a diagram of the graph"},
    "--points": {"metavar": "FILE.csv", "help": "evaluate at every row; columns are variables"},
}


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "expression", nargs="?", help="the expression; left out or '-': read from standard input"
    )


def _add_options(command: argparse.ArgumentParser, names: Sequence[str] = tuple(OPTIONS)) -> None:
    for name in names:
        command.add_argument(name, **OPTIONS[name])


def _guard_expression(argv: list[str]) -> list[str]:
    """Put expressions that begin with '-' where argparse does not take them for options."""
    known = {*OPTIONS, "--limit", "--effort", "-", "--", "-h", "--help"}
    count = 2 if argv[:1] == ["same"] else 1
    texts = [text.partition("=")[0] for text in argv[1 : count + 1]]
    if not any(text.startswith("-") for text in texts) or not known.isdisjoint(texts):
        return argv
    return [argv[0], *argv[count + 1 :], "--", *argv[1 : count + 1]]


def _shapes(tokens: Sequence[str]) -> list[Expr]:
    """The variables that ``--shape X=5,3 w=3`` declares."""
    found = []
    for token in tokens:
        name, equals, text = token.partition("=")
        sizes = text.replace("x", ",").replace("×", ",").strip("()").split(",")
        if not equals or not name.strip() or not all(n.strip().isdecimal() for n in sizes if n):
            raise ArgumentError(f"--shape takes name=sizes such as X=5,3, got {short(token)}")
        found.append(var(name.strip(), [int(n) for n in sizes if n]))
    return found


def _point(tokens: Sequence[str]) -> dict[str, Any]:
    point = {}
    for token in tokens:
        name, equals, text = token.partition("=")
        if not equals or not name.strip():
            raise ArgumentError(f"--at takes name=value, got {short(token)}")
        point[name.strip()] = evaluate(parse(text), {})
    return point


def _wrt(tokens: Sequence[str], known: dict[str, Expr]) -> dict[str, Expr]:
    names = [name for token in tokens for name in token.replace(",", " ").split()]
    for name in names:
        if name not in known:
            raise ArgumentError(f"--wrt {name}: the variables are {', '.join(known) or 'none'}")
    return {name: known[name] for name in names} or known


# -- output ---------------------------------------------------------------------------------------


def _labels(results: Results) -> list[tuple[str, Any]]:
    """Every single result with its label: f, df/dx, d2f/dxdy."""
    found = [("f", results["f"])]
    for key in ("gradient", "jacobian"):
        found += [(f"df/d{name}", cell) for name, cell in results.get(key, {}).items()]
    for row, cells in results.get("hessian", {}).items():
        found += [(f"d2f/d{row}d{column}", cell) for column, cell in cells.items()]
    return found


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


def _json_ready(value: Any, show: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _json_ready(cell, show) for key, cell in value.items()}
    return show(value)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: exact fractions and values that are not finite as text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value if isinstance(value, (int, float, list)) else str(value)


def _report(results: Results, point: dict[str, Any], style: Style, as_json: bool) -> str:
    values = evaluate(results, point) if point or not variables(results["f"]) else None
    if as_json:
        report = _json_ready(results, style)
        if values is not None:
            report["at"] = _json_ready(point, _plain)
            report["values"] = _json_ready(values, _plain)
        return json.dumps(report, indent=2, ensure_ascii=False)
    lines = _lines(results, style)
    if values is not None:
        where = ", ".join(f"{name} = {value}" for name, value in point.items())
        lines += ["", f"at {where}" if where else "value", *_lines(values, _number)]
    return "\n".join(lines)


def _table(path: str, results: Results, out: TextIO) -> None:
    """Evaluate at the rows of a CSV file and write them with the results as further columns."""
    import csv

    import numpy as np

    with Path(path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels, outputs = zip(*_labels(results), strict=True)
    inputs = variables(results["f"])
    for name in inputs:
        if not rows or name not in rows[0]:
            raise ArgumentError(
                f"{path} needs a row of names with a column {short(name)}, then numbers"
            )
    columns = [np.array([float(row[name]) for row in rows]) for name in inputs]
    found = compile(list(outputs), list(inputs.values()))(*columns)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*inputs, *labels])
    table = [np.broadcast_to(column, (len(rows),)) for column in (*columns, *found)]
    writer.writerows([[repr(float(v)) for v in row] for row in zip(*table, strict=True)])


# -- the commands ---------------------------------------------------------------------------------


def _style(options: argparse.Namespace) -> Style:
    return latex if options.latex else pretty if options.pretty else to_text


def _read(options: argparse.Namespace) -> Expr:
    text = options.expression
    if text in (None, "-"):
        text = sys.stdin.read().strip()
    return parse(text, _shapes(options.shape))


def _explained(f: Expr, wrt: dict[str, Expr], options: argparse.Namespace) -> str:
    if len(wrt) != 1:
        known = ", ".join(wrt) or "none"
        raise ArgumentError(f"explain takes one variable, --wrt x; the variables are {known}")
    if options.limit < 0:
        raise ArgumentError(f"--limit is 0 or more, got {short(options.limit)}")
    derivation = explain(f, *wrt.values())
    return derivation.latex(options.limit) if options.latex else derivation.text(options.limit)


def _compared(options: argparse.Namespace, out: TextIO) -> int:
    """Say whether two expressions are the same: the exit status."""
    shapes = _shapes(options.shape)
    point = _point(options.at) or None
    found = same(parse(options.expression, shapes), parse(options.other, shapes), at=point)
    where = "there" if point else "wherever both have one, as far as the points tried can tell"
    print(f"equal: both have the same value {where}" if found else found, file=out)
    return 2 if found.equal is None else int(not found)


def run(options: argparse.Namespace, out: TextIO) -> int:
    """Carry out a parsed command line, writing to ``out``; the exit status."""
    if options.command == "doctor":
        print(doctor(), file=out)
        return 0
    if options.command == "same":
        return _compared(options, out)
    f = _read(options)
    wrt = _wrt(options.wrt, variables(f))
    if options.command == "explain":
        print(_explained(f, wrt, options), file=out)
        return 0
    chosen = {"effort": options.effort} if options.command == "simplify" else {}
    results = COMMANDS[options.command][0](f, wrt, **chosen)
    point = _point(options.at)
    if options.points:
        _table(options.points, results, out)
    elif options.command != "draw" or options.json:
        print(_report(results, point, _style(options), options.json), file=out)
    if options.svg or options.command == "draw":
        drawn = to_svg(f, options.svg, at=point or None, wrt=list(wrt.values()) if point else None)
        print(drawn if options.svg is None else f"\nwrote {options.svg}", file=out)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point: 0, or 2 with a message on standard error for bad input; 1 for different."""
    given = list(sys.argv[1:] if argv is None else argv)
    options = arguments().parse_args(_guard_expression(given))
    try:
        return run(options, sys.stdout)
    except BrokenPipeError:
        return 0
    except ParseError as error:
        print(f"symdiff: {error}", file=sys.stderr)
        return 2
    except (SymdiffError, ValueError, OSError) as error:
        print(f"symdiff: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
