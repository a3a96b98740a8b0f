"""Every rule of the tables in context, and near misses: inputs on which it must not fire.

The left side of a row stands in ``c*L + d``, ``c*L**k``, ``L/c``, with c and d made of the row's
own functions and their powers.  A near miss turns a sign, takes another function, exponent or
argument, or exchanges operands.  Truth is by value, so a rule that fires wrongly is seen.
"""

from __future__ import annotations

import ast
import copy
import pkgutil
import random
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import symdiff.rewrite
from symdiff.expr import Expr
from symdiff.leaves import Const, Var, var
from symdiff.show.text import to_text
from symdiff.walk import postorder, rebuild

from . import formulas, truth
from .cases import Case, first_defined
from .identities import ARGUMENTS, POSITIVES, POWERS
from .scalars import UNARY

CONDITIONS = ("x > 0", "x < y", "y >= 1", "p > 2", "(x > 0) & (y < 1)")
LOGICAL = ("logical_and", "logical_or", "logical_not")
OTHERS = sorted({*UNARY} - {"floor", "sign", "gamma", "lgamma"})
KNOWN = {*formulas.UNARY, *UNARY, *truth.CHOICES}
PAIRS = ("hypot", "maximum", "minimum", "logaddexp", "atan2", "xlogy")


class Side(NamedTuple):
    """The left side of a row as a text, its wildcards, and which of them are truth values."""

    name: str
    text: str
    numbers: tuple[str, ...]
    truths: tuple[str, ...]


@cache
def sides() -> list[Side]:
    """The left sides of all rows on numbers, wherever tables of rows are defined."""
    found = {}
    for module in pkgutil.walk_packages(symdiff.rewrite.__path__, "symdiff.rewrite."):
        for name, make in vars(import_module(module.name)).items():
            if name == "rows" or name.endswith("_rows"):
                for row in make() if callable(make) else ():
                    side = _side(row) if hasattr(row, "left") else None
                    if side is not None:
                        found[side.text] = side
    return sorted(found.values())


def _side(row: Any) -> Side | None:
    """A row whose left side is a pattern, or an elementwise operation that a function inspects."""
    left = row.left
    if not isinstance(left, Expr):
        if not left.elementwise or left.name in LOGICAL or left.kind is not None or left.arity == 0:
            return None
        arguments = [var(name, tag=-1) for name in "abc"[: left.arity or 2]]
        left = left(*([2, *arguments[1:]] if "order" in left.facts else arguments))
    nodes = postorder([left])
    if any(n.shape for n in nodes) or not all(n.op.elementwise or not n.args for n in nodes):
        return None
    if any(n.op.arity == 1 and n.op.kind is None and n.op.name not in KNOWN for n in nodes):
        return None  # the truth has no formula for it yet
    wild = [n for n in nodes if n.op is Var]
    conditions = [a for n in nodes for a in n.args[: len(n.args) if n.op.name in LOGICAL else 1]
                  if n.op.name in (*LOGICAL, "where")]  # fmt: skip
    truths = {a.name for a in conditions if a.op is Var}
    plain = {n: var(f"wild_{n.name}") for n in wild}
    if any(n.op is Const and isinstance(n.value, bool) for n in nodes) and not wild:
        return None
    text = to_text(rebuild([left], given=plain)[left])
    numbers = tuple(n.name for n in wild if n.name not in truths)
    return Side(row.name, text, numbers, tuple(sorted(truths)))


def make(r: random.Random) -> Case:
    return first_defined(r, context_text)


def context_text(r: random.Random) -> str:
    """A row's left side, or something close to it, in a context of its own functions."""
    side = r.choice(sides())
    pattern = ast.parse(side.text, mode="eval").body
    missed = r.random() < 0.5
    if missed:
        pattern = near_miss(r, pattern)
    arguments = {f"wild_{n}": _argument(r) for n in side.numbers}
    arguments |= {f"wild_{n}": r.choice(CONDITIONS) for n in side.truths}
    if missed and side.numbers and r.random() < 0.3:  # one occurrence has another argument
        _Filling(arguments, r).visit(pattern)
    left = ast.unparse(ast.fix_missing_locations(_Filling(arguments).visit(pattern)))
    own = [ast.unparse(n) for n in ast.walk(ast.parse(left, mode="eval").body)
           if isinstance(n, ast.Call) and n.func.id != "where"]  # type: ignore[attr-defined]  # fmt: skip
    own += [a for name, a in arguments.items() if name[5:] in side.numbers]
    c, d = _monomial(r, own or ["x"]), _monomial(r, own or ["x"])
    return r.choice(
        [
            f"{c}*({left}) + {d}", f"{c}*({left}) + {d}", f"{c}*({left}){r.choice(POWERS[3:])}",
            f"({left})/({c})", f"({c})/({left})", f"{left}", f"{d} - ({left})*{c}",
            f"({left} + {d})*{c}",
        ]
    )  # fmt: skip


def _argument(r: random.Random) -> str:
    return r.choice(POSITIVES[:-2] if r.random() < 0.4 else ARGUMENTS)


def _monomial(r: random.Random, kernels: list[str]) -> str:
    factors = [r.choice(["2", "-1", "3", "1/2", "y"])] if r.random() < 0.4 else []
    count = r.choice([0, 1, 1, 2])
    factors += [f"({r.choice(kernels)}){r.choice(POWERS)}" for _ in range(count)]
    return "*".join(factors) or "1"


class _Filling(ast.NodeTransformer):
    """Arguments in the places of wildcards; with ``r``, another one in one of the places."""

    def __init__(self, arguments: dict[str, str], r: random.Random | None = None) -> None:
        self.arguments, self.r = arguments, r

    def visit_Name(self, node: ast.Name) -> ast.expr:
        text = self.arguments.get(node.id)
        if text is None:
            return node
        if self.r is not None:
            if self.r.random() < 0.6:
                return node
            text = text if text in CONDITIONS else _argument(self.r)
            self.r = None if self.r.random() < 0.7 else self.r
            return ast.parse(text, mode="eval").body
        return ast.parse(text, mode="eval").body


def near_miss(r: random.Random, pattern: ast.expr) -> ast.expr:
    """The pattern with one thing changed."""
    pattern = copy.deepcopy(pattern)
    changes = [c for node in ast.walk(pattern) for c in _changes(r, node)]
    if changes:
        r.choice(changes)()
    return pattern


def _changes(r: random.Random, node: ast.AST) -> list[Any]:
    """What can be changed at a node of a pattern."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_]) if name not in LOGICAL:
            return [lambda: setattr(node.func, "id", r.choice(OTHERS))]
        case ast.Call(func=ast.Name(id=name)) if name in formulas.WITH_ORDER:
            return []  # an order is a number: there is no derivative by it
        case ast.Call(func=ast.Name(id=name), args=[a, b]) if name not in LOGICAL:
            return [
                lambda: setattr(node.func, "id", r.choice(PAIRS)),
                lambda: setattr(node, "args", [b, a]),
            ]
        case ast.BinOp(op=ast.Add()):
            return [lambda: setattr(node, "op", ast.Sub())]
        case ast.BinOp(left=a, op=ast.Sub(), right=b):
            return [
                lambda: setattr(node, "op", ast.Add()),
                lambda: (setattr(node, "left", b), setattr(node, "right", a)),
            ]
        case ast.BinOp(left=a, op=ast.Div(), right=b):
            return [lambda: (setattr(node, "left", b), setattr(node, "right", a))]
        case ast.BinOp(op=ast.Mult()):
            return [lambda: setattr(node, "op", ast.Add())]
        case ast.Constant(value=(int() | float()) as v) if not isinstance(v, bool):
            return [lambda: setattr(node, "value", r.choice([v + 1, 2 * v or 1, v + 0.5, 3]))]
        case ast.Compare(ops=[_]):
            others = [ast.Lt, ast.LtE, ast.Gt, ast.GtE]
            return [lambda: setattr(node, "ops", [r.choice(others)()])]
    return []
