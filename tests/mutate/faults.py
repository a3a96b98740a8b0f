"""Single faults in a source text: a sign, a comparison, a condition, a constant, a branch.

A fault replaces a few bytes of the text and leaves all others as they are.  Texts, annotations,
``raise`` statements, ``__repr__`` and what an f-string holds are not at fault.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import unified_diff
from itertools import groupby, pairwise
from math import isfinite
from typing import NamedTuple, TypeAlias

SWAPS = {  # what may stand in the place of an operator between two operands
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "//": ["/"], "%": ["*"], "**": ["*"],
    "&": ["|"], "|": ["&"], "<<": [">>"], ">>": ["<<"], "and": ["or"], "or": ["and"],
    "<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"], ">=": [">", "<="], "==": ["!="],
    "!=": ["=="], "is": ["is not"], "is not": ["is"], "in": ["not in"], "not in": ["in"],
}  # fmt: skip
OPERATOR = re.compile("|".join(sorted(map(re.escape, SWAPS), key=len, reverse=True)).encode())
SYMMETRIC = {"max", "min"}  # whose arguments may be swapped
COMMENT = re.compile(rb"#[^\n]*")
Change: TypeAlias = "tuple[int, int, str]"  # the bytes from one place to another become a text


class Fault(NamedTuple):
    """``text`` instead of the bytes from ``start`` to ``end``; ``name`` is line:column:number."""

    name: str
    start: int
    end: int
    text: str

    def plant(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]

    def lines(self, source: bytes) -> str:
        """The lines that change, as a diff shows them."""
        rows = source.decode().splitlines(), self.plant(source).decode().splitlines()
        return "\n".join(list(unified_diff(*rows, n=0, lineterm=""))[3:])


def sites(source: bytes) -> list[list[Fault]]:
    """The places of a text that can be at fault, each with the faults that begin there.

    >>> [[fault.plant(b"-x < 1").decode() for fault in site] for site in sites(b"-x < 1")]
    [['x < 1'], ['-x <= 1', '-x > 1'], ['-x < 0', '-x < 2']]
    """
    found = []
    for start, group in groupby(Reader(source).changes(), lambda change: change[0]):
        line, column = source.count(b"\n", 0, start) + 1, start - source.rfind(b"\n", 0, start) - 1
        found.append([Fault(f"{line}:{column}:{i}", *c) for i, c in enumerate(group)])
    return found


class Reader:
    """A source text and its syntax."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.lines = [0]  # where they begin
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))

    def changes(self) -> list[Change]:
        """The changes in the order of the text, each of which leaves a program."""
        stack: list[ast.AST] = [ast.parse(self.source)]
        found: set[Change] = set()
        while stack:
            node = stack.pop()
            stack += _inside(node)
            found.update(self._operators(node))
            found.update(self._conditions(node))
            found.update(self._values(node))
        return sorted(found)

    def start(self, node: ast.expr) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.lines[node.end_lineno - 1] + node.end_col_offset

    def _operators(self, node: ast.AST) -> Iterator[Change]:
        """Operators that are swapped, and signs and negations that are left out."""
        match node:
            case ast.BinOp(left=a, right=b) | ast.AugAssign(target=a, value=b):
                operands = [a, b]
            case ast.BoolOp(values=operands):
                pass
            case ast.Compare(left=first, comparators=others):
                operands = [first, *others]
            case ast.UnaryOp(op=ast.USub() | ast.Not() as op):
                start = self.start(node)
                yield start, start + (1 if isinstance(op, ast.USub) else 3), ""
                return
            case _:
                return
        for a, b in pairwise(operands):  # between them stand brackets and comments besides
            start, end = self.end(a), self.start(b)
            gap = COMMENT.sub(lambda m: b" " * len(m[0]), self.source[start:end])
            if match := OPERATOR.search(gap):
                for other in SWAPS[match[0].decode()]:
                    yield start + match.start(), start + match.end(), other

    def _conditions(self, node: ast.AST) -> Iterator[Change]:
        """Conditions that are negated, and branches that are never taken."""
        match node:
            case ast.comprehension(ifs=tests):
                never = []
            case ast.If(test=test) | ast.IfExp(test=test):
                tests, never = [test], ["False", "True"] if node.orelse else ["False"]
            case ast.While(test=test):
                tests, never = [test], ["False"]
            case _:
                return
        for test in tests:
            start, end = self.start(test), self.end(test)
            if not isinstance(test, ast.UnaryOp):  # a ``not`` is taken away as an operator
                yield start, end, f"not ({self.source[start:end].decode()})"
            yield from ((start, end, constant) for constant in never)

    def _values(self, node: ast.AST) -> Iterator[Change]:
        """Constants, what a function returns, and the arguments of a call."""
        match node:
            case ast.Constant(value=bool(value)):
                yield self.start(node), self.end(node), str(not value)
            case ast.Constant(value=int(value)):
                yield from ((self.start(node), self.end(node), f"{value + d}") for d in (1, -1))
            case ast.Constant(value=float(value)) if isfinite(value):
                step = 1 if value + 1 != value else value
                yield from (
                    (self.start(node), self.end(node), f"{value + d}") for d in (step, -step)
                )
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield self.start(value), self.end(value), "None"
            case ast.Call(func=function, args=args) if ast.unparse(function) not in SYMMETRIC:
                for a, b in pairwise(args):
                    if not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
                        yield from self._swapped(a, b)

    def _swapped(self, a: ast.expr, b: ast.expr) -> Iterator[Change]:
        spans = self.start(a), self.end(a), self.start(b), self.end(b)
        texts = [self.source[i:j].decode() for i, j in pairwise(spans)]
        if texts[0] != texts[2] and ast.dump(a) != ast.dump(b):
            yield spans[0], spans[3], "".join(texts[::-1])


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that may be at fault."""
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "msg"):
            yield from (v for v in (value if isinstance(value, list) else [value]) if _counts(v))


def _counts(node: object) -> bool:
    match node:
        case ast.Raise() | ast.JoinedStr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return False
        case ast.keyword(arg="strict"):  # only guards ``zip`` against what does not happen
            return False
        case ast.FunctionDef(name="__repr__") | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return False
    return isinstance(node, ast.AST)
