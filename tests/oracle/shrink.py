"""Smaller texts that fail in the same way."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from typing import Any

from .cases import Case, occurring

Fails = Callable[[Case], bool]


def shrunk(case: Case, fails: Fails, seconds: float = 20.0) -> Case:
    """The smallest case that was found to fail: parts left out or replaced, numbers shortened."""
    end = time.process_time() + seconds
    case = next((one for at in case.points if fails(one := case._replace(points=[at]))), case)
    moved = True
    while moved and time.process_time() < end:
        moved = False
        for smaller in _smaller(case):
            if time.process_time() > end:
                break
            if fails(smaller):
                case, moved = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Cases a step simpler, the boldest first."""
    for text in _texts(case.text, list(case.domains)):
        names = occurring(text, case.domains)
        if names:
            domains = {n: d for n, d in case.domains.items() if n in names}
            points = [{n: at[n] for n in names} for at in case.points]
            yield case._replace(text=text, domains=domains, points=points)
    for at in case.points[:1] if len(case.points) == 1 else []:
        for name, v in at.items():
            for shorter in (1, 2, float(f"{float(v):.1g}")):
                if len(repr(shorter)) < len(repr(v)) and shorter * v > 0:
                    yield case._replace(points=[{**at, name: shorter}])
    if "POSITIVE" in case.domains.values():
        yield case._replace(domains=dict.fromkeys(case.domains, "REAL"))


def _texts(text: str, names: list[str]) -> list[str]:
    """The text with one part replaced by a part of it or by a leaf, shortest first."""
    tree = ast.parse(text, mode="eval").body
    found = {ast.unparse(new) for new in _variants(tree, names)}
    return sorted((t for t in found if len(t) < len(ast.unparse(tree))), key=len)


def _variants(node: ast.expr, names: list[str]) -> Iterator[ast.expr]:
    children = list(_children(node))
    if children and not is_truth(node):
        yield from [child for _, _, child in children if not is_truth(child)]
        yield from [ast.Name(name, ast.Load()) for name in names]
        yield ast.Constant(1)
        yield ast.Constant(2)
    for field, i, child in children:
        for new in _variants(child, names):
            yield _with(node, field, i, new)


def is_truth(node: ast.expr) -> bool:
    """Whether a node is a condition."""
    logical = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr))
    inverted = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert)
    return isinstance(node, ast.Compare) or logical or inverted


def _children(node: ast.expr) -> Iterator[tuple[str, int | None, ast.expr]]:
    for field, held in ast.iter_fields(node):
        if field == "func":
            continue
        if isinstance(held, ast.expr):
            yield field, None, held
        elif isinstance(held, list):
            for i, child in enumerate(held):
                if isinstance(child, ast.expr):
                    yield field, i, child


def _with(node: ast.expr, field: str, i: int | None, new: ast.expr) -> ast.expr:
    """A copy of a node with another child."""
    fields: dict[str, Any] = dict(ast.iter_fields(node))
    if i is None:
        fields[field] = new
    else:
        fields[field] = [new if k == i else child for k, child in enumerate(fields[field])]
    return type(node)(**fields)
