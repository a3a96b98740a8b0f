"""Expressions of arrays as plain data: trees of calls by name, read by any table of functions.

A table of symdiff's functions builds the expression, the table of ``array_truth`` computes the
number; the two share nothing but the names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from .array_truth import EXACT, Array, exactly

__all__ = ["Call", "call", "f", "interpret", "leaf", "leaves", "nodes", "replaced", "written"]

INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "matmul": "@", "power": "**",
         "less": "<"}  # fmt: skip


def _sign(name: str, reflected: bool = False) -> Callable[[Call, Any], Call]:
    return lambda self, other: call(name, *((other, self) if reflected else (self, other)))


@dataclass(frozen=True, eq=False)
class Call:
    """A function applied to nodes, lists of nodes, and plain data; ``sample`` is one exact value.

    A leaf is the call of ``leaf`` with its name.
    """

    name: str
    args: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    sample: Array = None

    __add__, __radd__ = _sign("add"), _sign("add", True)
    __sub__, __rsub__ = _sign("subtract"), _sign("subtract", True)
    __mul__, __rmul__ = _sign("multiply"), _sign("multiply", True)
    __truediv__, __rtruediv__ = _sign("divide"), _sign("divide", True)
    __pow__, __rpow__ = _sign("power"), _sign("power", True)
    __matmul__ = _sign("matmul")

    def __getitem__(self, item: Any) -> Call:
        return call("index", self, item)

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.sample)

    @property
    def ndim(self) -> int:
        return len(self.shape)


def call(name: str, *args: Any, **keywords: Any) -> Call:
    """The node and its sample.

    Raises: what NumPy raises where shapes do not fit.
    """
    values = [_mapped(lambda node: node.sample, a) for a in args]
    return Call(name, args, keywords, EXACT[name](*values, **keywords))


def leaf(name: str, value: Any) -> Call:
    """A variable with its value."""
    return Call("leaf", (name,), {}, exactly(value))


class _Functions:
    """``f.sum(x, axis=0)`` is ``call("sum", x, axis=0)``."""

    def __getattr__(self, name: str) -> Callable[..., Call]:
        return partial(call, name)


f = _Functions()


def _mapped(change: Callable[[Call], Any], argument: Any) -> Any:
    """The argument of a call with something in place of its nodes."""
    if isinstance(argument, Call):
        return change(argument)
    if isinstance(argument, list) and argument and isinstance(argument[0], Call):
        return [change(node) for node in argument]
    return argument


def children(node: Call) -> list[Call]:
    """The nodes among the arguments."""
    flat = [a for arg in node.args for a in (arg if isinstance(arg, list) else [arg])]
    return [a for a in flat if isinstance(a, Call)]


def nodes(root: Call) -> list[Call]:
    """Every node once, arguments first."""
    seen: dict[Call, None] = {}

    def visit(node: Call) -> None:
        if node not in seen:
            for child in children(node):
                visit(child)
            seen[node] = None

    visit(root)
    return list(seen)


def leaves(root: Call) -> dict[str, Call]:
    """The variables by name."""
    return dict(sorted((n.args[0], n) for n in nodes(root) if n.name == "leaf"))


def interpret(
    root: Call,
    functions: Mapping[str, Callable[..., Any]],
    values: Mapping[str, Any],
    rounding: Mapping[Call, tuple[Any, Any]] | None = None,
) -> Any:
    """What the functions make of the tree, with ``values`` for the leaves.

    ``rounding`` has a factor for the value of a node, and a term to be added.
    """
    images: dict[Call, Any] = {}
    for node in nodes(root):
        if node.name == "leaf":
            image = values[node.args[0]]
        else:
            args = [_mapped(images.__getitem__, a) for a in node.args]
            image = functions[node.name](*args, **node.keywords)
        if rounding is not None and node in rounding:
            factor, term = rounding[node]
            image = image * factor + term
        images[node] = image
    return images[root]


def replaced(root: Call, old: Call, new: Call) -> Call:
    """The tree with one node in place of another.

    Raises: what NumPy raises where the shapes do not fit.
    """
    images: dict[Call, Call] = {}
    for node in nodes(root):
        if node is old:
            images[node] = new
        elif any(images[child] is not child for child in children(node)):
            args = [_mapped(images.__getitem__, a) for a in node.args]
            images[node] = call(node.name, *args, **node.keywords)
        else:
            images[node] = node
    return images[root]


# -- text ----------------------------------------------------------------------------------------


def written(node: Any) -> str:
    """The tree in the language of ``sd.parse``."""
    if not isinstance(node, Call):
        return f"[{', '.join(map(written, node))}]" if isinstance(node, list) else _literal(node)
    if node.name == "leaf":
        return str(node.args[0])
    if node.name in INFIX:
        left, right = map(written, node.args)
        return f"({left} {INFIX[node.name]} {right})"
    if node.name == "index":
        return f"{written(node.args[0])}[{_item(node.args[1])}]"
    words = [written(a) for a in node.args]
    words += [f"{key}={_literal(value)}" for key, value in node.keywords.items()]
    return f"{node.name}({', '.join(words)})"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _item(item: Any) -> str:
    return ", ".join(map(_place, item)) if isinstance(item, tuple) else _place(item)


def _place(part: Any) -> str:
    if not isinstance(part, slice):
        return "..." if part is Ellipsis else repr(part)
    ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
    return ":".join([*ends, str(part.step)] if part.step else ends)
