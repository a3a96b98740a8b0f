"""The command line: ``symdiff hessian "x**2*y + y + 2" --at x=3 y=4 --svg graph.svg``."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from .. import api
from ..comparing import same
from ..draw import draw
from ..errors import ArgumentError, NotScalar, ParseError, SymdiffError
from ..explaining.compare import compare
from ..explaining.derivation import explain
from ..explaining.steps import Derivation
from ..explaining.tables import Table
from ..explaining.trace import trace_table
from ..explaining.writing import Kind
from ..expr import Expr
from ..installed import doctor
from ..messages import cut
from ..rewrite.simplify import simplify
from ..show.latex import latex
from ..show.parser import parse, read
from ..show.pretty import pretty
from ..show.text import formula
from ..walk import postorder
from .arguments import check, parsed, point, shapes, text_of, wrt
from .columns import table
from .report import Results, Style, labels, plain, report, to_json, variables

Variables = dict[str, Expr]


def _value(f: Expr, wrt: Variables, options: argparse.Namespace) -> Results:
    return {"f": f}


def _simpler(f: Expr, wrt: Variables, options: argparse.Namespace) -> Results:
    return {"f": simplify(f, effort=options.effort)}


def _grad(f: Expr, wrt: Variables, options: argparse.Namespace) -> Results:
    return {"f": f, "gradient": api.grad(f, wrt)}


def _jacobian(f: Expr, wrt: Variables, options: argparse.Namespace) -> Results:
    return {"f": f, "jacobian": api.jacobian(f, wrt)}


def _hessian(f: Expr, wrt: Variables, options: argparse.Namespace) -> Results:
    return {"f": f, "gradient": api.grad(f, wrt), "hessian": api.hessian(f, wrt)}


RESULTS: dict[str, Callable[[Expr, Variables, argparse.Namespace], Results]] = {
    "eval": _value,
    "simplify": _simpler,
    "grad": _grad,
    "jacobian": _jacobian,
    "hessian": _hessian,
    "draw": _value,
}


def _kind(options: argparse.Namespace) -> Kind:
    return "latex" if options.latex else "pretty" if options.pretty else "text"


def _style(options: argparse.Namespace) -> Style:
    return latex if options.latex else pretty if options.pretty else formula


def _computed(options: argparse.Namespace, out: TextIO) -> int:
    """Formulas and values, columns of values, a picture; nothing is printed unless all succeed."""
    at = point(options)
    f, _ = _named(options)
    by = wrt(options, variables(f))
    results = RESULTS[options.command](f, by, options)
    is_report = options.command != "draw" and not options.points
    texts: Iterable[str] = []
    if options.points:
        texts = table(options.points, variables(f), dict(labels(results)), at)
    elif is_report:
        texts = [report(results, at, _style(options), options.json) + "\n"]
    if options.svg or options.command == "draw":
        texts = [*texts, _drawn(results["f"], {} if options.points else at, by, options)]
    out.writelines(texts)
    return 0


def _drawn(f: Expr, at: dict[str, Any], by: Variables, options: argparse.Namespace) -> str:
    """The picture, or the line that says where it was written.

    A number that is no derivative of anything, or one of many, has no adjoints.
    """
    smooth = f.kind == "real" and not f.shape
    picture = draw(f, at=at or None, wrt=list(by.values()) if at and smooth else None)
    if not options.svg:
        return picture.svg + "\n"
    picture.save(options.svg)
    if options.json or options.points:  # what is printed stays JSON or CSV
        print(f"wrote {options.svg}", file=sys.stderr)
        return ""
    return f"\nwrote {options.svg}\n"


def _named(options: argparse.Namespace) -> tuple[Expr, dict[str, Expr]]:
    """The expression, and the nodes in it that its text has definitions for."""
    declared = shapes(options)
    f, defined = read(text_of(options.expression), declared)
    inside = set(postorder([f]))
    for v in declared:
        if v not in inside:
            known = ", ".join(variables(f)) or "none"
            raise ArgumentError(f"--shape {cut(v.name, 40)}: the variables are {known}")
    return f, {name: e for name, e in defined.items() if e in inside and e.args}


def _explained(options: argparse.Namespace, out: TextIO) -> int:
    """A derivation for each variable."""
    f, names = _named(options)
    by = wrt(options, variables(f))
    if not by:
        raise ArgumentError("explain differentiates by variables, and there are none")
    at = point(options) or None
    found = {name: explain(f, v, at=at, names=names) for name, v in by.items()}
    if options.json:
        style = _style(options)
        text = to_json({name: _steps(steps, style, options.limit) for name, steps in found.items()})
    else:
        kind = _kind(options)
        text = "\n\n".join([steps.written(kind, options.limit) for steps in found.values()])
    out.write(text + "\n")
    return 0


def _steps(derivation: Derivation, style: Style, limit: int) -> dict[str, Any]:
    steps = [
        {"number": step.number, "rule": step.rule, "kind": step.kind,
         "before": style(step.before), "after": style(step.after), "text": str(step),
         **({} if step.value is None else {"value": plain(step.value)})}
        for step in derivation.steps[:limit]
    ]  # fmt: skip
    value = {} if derivation.at is None else {"value": plain(derivation.value)}
    return {"steps": steps, "result": style(derivation.result), **value}


def _traced(options: argparse.Namespace, out: TextIO) -> int:
    """The nodes of the expression, with their values and derivatives."""
    f, names = _named(options)
    by = list(wrt(options, variables(f)).values())
    found = trace_table(f, point(options), mode=options.mode, wrt=by, names=names)
    return _tabulated(found, options, out)


def _side_by_side(options: argparse.Namespace, out: TextIO) -> int:
    """The gradient by each method."""
    f, _ = _named(options)
    return _tabulated(compare(f, point(options), steps=options.steps), options, out)


def _tabulated(found: Table, options: argparse.Namespace, out: TextIO) -> int:
    if options.json:
        titles = [column.title for column in found.columns]
        style = _style(options)
        cells = [[style(c) if isinstance(c, Expr) else plain(c) for c in row] for row in found]
        rows = [dict(zip(titles, row, strict=True)) for row in cells]
        text = to_json({"title": found.title, "rows": rows})
    else:
        text = found.written(_kind(options))
    out.write(text + "\n")
    return 0


def _compared(options: argparse.Namespace, out: TextIO) -> int:
    """Say whether two expressions are the same: the exit status."""
    given, at = shapes(options), point(options) or None
    left, right = [parse(text_of(text), given) for text in (options.expression, options.other)]
    found = same(left, right, at=at)
    where = "there" if at else "wherever both have one, as far as the points tried can tell"
    print(f"equal: both have the same value {where}" if found else found, file=out)
    return 2 if found.equal is None else int(not found)


def _doctor(options: argparse.Namespace, out: TextIO) -> int:
    print(doctor(), file=out)
    return 0


RUN: dict[str, Callable[[argparse.Namespace, TextIO], int]] = {
    "doctor": _doctor,
    "same": _compared,
    "explain": _explained,
    "trace": _traced,
    "compare": _side_by_side,
}


def run(options: argparse.Namespace, out: TextIO) -> int:
    """Carry out a parsed command line, writing to ``out``; the exit status."""
    check(options)
    return RUN.get(options.command, _computed)(options, out)


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point: 0, or 2 with a message on standard error for bad input; 1 for different."""
    options = parsed(list(sys.argv[1:] if argv is None else argv))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _told
            status = run(options, sys.stdout)
            sys.stdout.flush()
            return status
    except BrokenPipeError:  # whoever read has gone; the flush at the end must not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except ParseError as error:
        return _failed(str(error))
    except NotScalar as error:
        reason = str(error).partition(";")[0]
        return _failed(f"{reason}; write sum(...), or use symdiff jacobian")
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (SymdiffError, ValueError) as error:
        return _failed(" ".join(str(error).split()))
    except (MemoryError, ArithmeticError, TypeError, LookupError) as error:
        return _failed(f"this is too much for symdiff, or a fault in it: {error!r}")


def _failed(message: str) -> int:
    print(f"symdiff: {message}", file=sys.stderr)
    return 2


def _told(message: Warning | str, *where: Any, **more: Any) -> None:
    print(f"symdiff: {message}", file=sys.stderr)
