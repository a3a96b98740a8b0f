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

OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {  # the operator, and what replaces it
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"), ast.Mod: ("%", "*"), ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
    ast.Lt: ("<", "<=", ">"), ast.LtE: ("<=", "<", ">="), ast.Gt: (">", ">=", "<"),
    ast.GtE: (">=", ">", "<="), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
    ast.And: ("and", "or"), ast.Or: ("or", "and"), ast.USub: ("-", ""), ast.Not: ("not", ""),
}  # fmt: skip
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
        match node:
            case ast.BinOp(left=a, op=op, right=b) | ast.AugAssign(target=a, op=op, value=b):
                operands, ops = [a, b], [op]
            case ast.BoolOp(op=op, values=operands):
                ops = [op] * (len(operands) - 1)
            case ast.Compare(left=first, ops=ops, comparators=others):
                operands = [first, *others]
            case ast.UnaryOp(op=op, operand=a):
                yield from self._between(self.start(node), op, self.start(a))
                return
            case _:
                return
        for op, (a, b) in zip(ops, pairwise(operands), strict=True):
            yield from self._between(self.end(a), op, self.start(b))

    def _between(self, start: int, op: ast.AST, end: int) -> Iterator[Change]:
        """The operator is the only text between its operands, but for brackets and comments."""
        if type(op) not in OPERATORS:
            return
        sign, *others = OPERATORS[type(op)]
        gap = re.sub(rb"#[^\n]*", lambda m: b" " * len(m[0]), self.source[start:end])
        match = re.search(re.escape(sign).replace(r"\ ", r"\s+").encode(), gap)
        assert match, (sign, gap)
        yield from ((start + match.start(), start + match.end(), other) for other in others)

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
            case ast.Call(args=args):
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
        case ast.FunctionDef(name="__repr__") | ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return False
    return isinstance(node, ast.AST)
