"""What the command line takes: commands, options, and the values that options hold."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

from ..backend.evaluate import evaluate
from ..errors import ArgumentError, MissingVariable, SymdiffError
from ..expr import Expr
from ..installed import VERSION
from ..leaves import var
from ..messages import cut, short
from ..show.diagram import suffix_of
from ..show.parser import parse

EPILOG = """\
examples:
  symdiff hessian "x**2*y + y + 2" --at x=3 y=4 --svg graph.svg
  symdiff grad "exp(-x**2/2)" --pretty
  symdiff grad "r = sqrt(x**2 + y**2); 1/r"        definitions in front
  symdiff grad "sin(x)*y" --points points.csv      columns named x and y
  symdiff grad "sum((X @ w - y)**2)" --shape X=5,3 w=3 y=5 --wrt w --pretty
  symdiff explain "x**2*sin(x)" --wrt x
  symdiff trace "h = tanh(w*x); (h - y)**2" --at x=1 y=2 w=0.5 --mode forward
  symdiff same "2*sin(x)*cos(x)" "sin(2*x)"        exit status 0: equal, 1: different
  echo "-x**2 + 1" | symdiff simplify --latex

e is Euler's number and pi that of the circle; variables of these names are `e` and `pi`,
for a shell in single quotes: symdiff grad '`e`*x'
"""

FORMS = ("--latex", "--pretty")
SHOWN = ("--shape", *FORMS, "--json")
VALUES = ("--at", *SHOWN, "--svg", "--points")
COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "eval": ("the value at a point", VALUES),
    "simplify": ("a shorter form", (*VALUES, "--effort")),
    "grad": ("the gradient: formulas, and values with --at", ("--wrt", *VALUES)),
    "jacobian": ("the Jacobian: formulas, and values with --at", ("--wrt", *VALUES)),
    "hessian": ("gradient and Hessian: formulas, and values with --at", ("--wrt", *VALUES)),
    "draw": (
        "the graph as SVG, with values and adjoints with --at",
        ("--at", "--wrt", "--shape", "--svg"),
    ),
    "explain": ("the derivative step by step", ("--at", "--wrt", *SHOWN, "--limit")),
    "trace": (
        "a row for each node: its value, and its adjoint or its tangents",
        ("--at", "--wrt", *SHOWN, "--mode"),
    ),
    "compare": (
        "the gradient by difference quotients, dual numbers and both modes: values, errors, costs",
        ("--at", *SHOWN, "--steps"),
    ),
    "same": (
        "whether two expressions are equal: 0 equal, 1 different, 2 unknown",
        ("--at", "--shape"),
    ),
    "doctor": ("what is installed and which drawing engines are found", ()),
}
_SEVERAL = {"nargs": "+", "action": "extend", "default": []}
OPTIONS: dict[str, dict[str, Any]] = {
    "--at": {**_SEVERAL, "metavar": "x=3", "help": "the point; formulas of numbers allowed"},
    "--wrt": {**_SEVERAL, "metavar": "x", "help": "differentiate by these (all)"},
    "--shape": {**_SEVERAL, "metavar": "X=5,3", "help": "variables that are arrays"},
    "--latex": {"action": "store_true", "help": "formulas as LaTeX"},
    "--pretty": {"action": "store_true", "help": "formulas in Unicode"},
    "--json": {"action": "store_true", "help": "one JSON object instead of text"},
    "--svg": {
        "metavar": "FILE.svg",
        "help": "write a diagram of the graph (or .html, .png, .pdf, .dot, .gv)",
    },
    "--points": {
        "metavar": "FILE.csv",
        "help": "evaluate at every row, columns are variables; '-': standard input",
    },
    "--effort": {"type": int, "default": 1, "help": "how much is tried: 0 to 3 (1)"},
    "--limit": {"type": int, "default": 100, "help": "how many steps are written (100)"},
    "--mode": {
        "choices": ["forward", "reverse"],
        "default": "reverse",
        "help": "tangents of the variables, or adjoints (reverse)",
    },
    "--steps": {
        "nargs": "+",
        "type": float,
        "default": [1e-2, 1e-5, 1e-8],
        "metavar": "h",
        "help": "step sizes of the difference quotients (1e-2 1e-5 1e-8)",
    },
}
_EXPRESSION = "the expression; @FILE: from a file; left out or '-': from standard input"


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are short and say where help is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"symdiff: {message} (symdiff --help, symdiff COMMAND --help)\n")


def arguments() -> argparse.ArgumentParser:
    """The parser of the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="symdiff",
        description="Differentiate an expression: formulas, numbers, pictures.",
        epilog=EPILOG,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=f"symdiff {VERSION}")
    parser.set_defaults(**{name[2:]: OPTIONS[name].get("default") for name in OPTIONS})
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (text, options) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        if name == "same":
            command.add_argument("expression", help="an expression, such as your own derivative")
            command.add_argument("other", help="the expression that it is compared with")
        elif options:
            command.add_argument("expression", nargs="?", help=_EXPRESSION)
        either = command.add_mutually_exclusive_group()
        for option in options:
            (either if option in FORMS else command).add_argument(option, **OPTIONS[option])
    return parser


def parsed(argv: list[str]) -> argparse.Namespace:
    """The command line as a record; an option that the command does not use is refused by name."""
    parser = arguments()
    options, unused = parser.parse_known_args(guarded(argv))
    if unused:
        name = unused[0].partition("=")[0]
        known = f"{options.command} has no option {name}" if name in OPTIONS else ""
        value = f"; values of variables follow --at: --at {cut(unused[0], 40)}"
        hint = value if re.fullmatch(r"\w+=[^=]+", unused[0]) else ""
        parser.error(known or f"unrecognized arguments: {cut(' '.join(unused), 80)}{hint}")
    return options


def guarded(argv: list[str]) -> list[str]:
    """The arguments with expressions that begin with '-' where they are not taken for options."""
    known = {*OPTIONS, "--version", "-", "--", "-h", "--help"}
    count = 2 if argv[:1] == ["same"] else 1
    texts = [text.partition("=")[0] for text in argv[1 : count + 1]]
    if not any(text.startswith("-") for text in texts) or not known.isdisjoint(texts):
        return argv
    return [argv[0], *argv[count + 1 :], "--", *argv[1 : count + 1]]


# -- what options hold ----------------------------------------------------------------------------


def check(options: argparse.Namespace) -> None:
    """Options that fit no other; before anything is read or written.

    Raises: ArgumentError.
    """
    given = {name for name in OPTIONS if getattr(options, name[2:], None)}
    if options.command == "draw" and "--wrt" in given and "--at" not in given:
        raise ArgumentError("--wrt needs --at: adjoints are drawn at a point")
    for name in (*FORMS, "--json"):
        if "--points" in given and name in given:
            raise ArgumentError(f"--points writes numbers as CSV; leave {name} out")
    if options.command == "explain" and options.limit < 0:
        raise ArgumentError(f"--limit is 0 or more, got {short(options.limit)}")
    if options.command == "compare" and not all(step > 0 for step in options.steps):
        raise ArgumentError("--steps are positive numbers, such as 1e-5")
    if "--svg" in given:
        suffix_of(options.svg)
    if "--points" in given and options.points == "-" and options.expression in (None, "-"):
        raise ArgumentError("standard input holds the points; write the expression out")


def shapes(options: argparse.Namespace) -> list[Expr]:
    """The variables that ``--shape X=5,3 w=3`` declares."""
    found = []
    for token in options.shape:
        name, equals, text = token.partition("=")
        sizes = text.replace("x", ",").replace("×", ",").strip("()").split(",")
        if not equals or not name.strip() or not all(n.strip().isdecimal() for n in sizes if n):
            raise ArgumentError(f"--shape takes name=sizes such as X=5,3, got {short(token)}")
        found.append(var(name.strip().strip("`"), [int(n) for n in sizes if n]))
    return found


def point(options: argparse.Namespace) -> dict[str, Any]:
    """The values of ``--at x=3 y=pi/2``."""
    found: dict[str, Any] = {}
    for token in options.at:
        name, equals, text = token.partition("=")
        name = name.strip().strip("`")
        if not equals or not name:
            message = f"--at takes name=value, such as x=3, got {short(token)}"
            raise ArgumentError(f"{message}; the expression comes first")
        if name in found:
            raise ArgumentError(f"--at gives {short(name)} twice")
        try:
            found[name] = evaluate(parse(text), {})
        except MissingVariable:
            raise ArgumentError(f"--at {cut(name, 40)}: {short(text)} is no number") from None
        except SymdiffError as error:
            reason = str(error).partition(" at position")[0]
            raise ArgumentError(f"--at {cut(name, 40)}={cut(text, 80)}: {reason}") from error
    return found


def wrt(options: argparse.Namespace, known: dict[str, Expr]) -> dict[str, Expr]:
    """The variables of ``--wrt x y``, or else all."""
    names = [name.strip("`") for token in options.wrt for name in re.split("[, ]+", token) if name]
    for name in names:
        if name not in known:
            variables = ", ".join(known) or "none"
            raise ArgumentError(f"--wrt {cut(name, 40)}: the variables are {variables}")
    return {name: known[name] for name in names} or known


def text_of(argument: str | None) -> str:
    """An expression as it was typed, from a file, or from standard input.

    Raises: ArgumentError for one that is empty.
    """
    text = _text_of(argument)
    if not text.strip():
        raise ArgumentError("the expression is empty; write it out, as in: symdiff grad 'x**2'")
    return text


def _text_of(argument: str | None) -> str:
    if argument in (None, "-"):
        if sys.stdin.isatty():
            print(
                "symdiff: type the expression; Ctrl-D (Ctrl-Z on Windows) ends it", file=sys.stderr
            )
        return sys.stdin.read().strip()
    if argument.startswith("@"):
        return Path(argument[1:]).read_text(encoding="utf-8-sig").strip()
    return argument
