"""The one engine behind every way of writing an expression.

A style says how a single node is written: its precedence, and parts that are texts or slots for
arguments.  The engine puts the brackets, names shared nodes, and stops at a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ..expr import ATOM, Expr, as_expr
from .grammar import spell

UNLIMITED = 1 << 62
SHALLOW = 8  # levels that are always searched for the first piece of a text
CLOSED = ATOM + 2  # precedence of what has brackets of its own; even a name lacks it


class Slot(NamedTuple):
    """The place of an argument; below precedence ``need`` it goes in brackets."""

    node: Expr
    need: int = 0


class Sep(str):
    """A text between two parts, left out where one of them is.

    ``choose(text before, text after)`` gives another text in its place.
    """

    __slots__ = ("choose",)

    choose: Callable[[str, str], str] | None

    def __new__(cls, text: str, choose: Callable[[str, str], str] | None = None) -> Sep:
        self = super().__new__(cls, text)
        self.choose = choose
        return self


COMMA = Sep(", ")
Part: TypeAlias = "str | Slot"
Layout: TypeAlias = tuple[int, list[Part]]


def shape_lines(variables: list[Expr]) -> str:
    """A line below a text with the shapes of variables: ``where X: 5×3, w: 3``."""
    return "\nwhere " + ", ".join([f"{spell(v)}: {'×'.join(map(str, v.shape))}" for v in variables])


class Style(NamedTuple):
    """A way of writing.

    ``layout`` gives precedence and parts of one node; ``brackets`` are round, square and curly;
    ``ellipsis`` stands for what was left out; ``key`` writes the key of a dict; ``line`` begins
    the line of a shared node, whose name is written by ``name``; ``frame`` surrounds the lines;
    ``legend`` gives the shapes of variables.
    """

    layout: Callable[[Expr], Layout]
    brackets: tuple[tuple[str, str], ...] = (("(", ")"), ("[", "]"), ("{", "}"))
    ellipsis: str = "…"
    key: Callable[[object], str] = repr
    name: Callable[[str], str] = str
    line: str = "\nwhere {} = "
    frame: tuple[str, str] = ("", "")
    legend: Callable[[list[Expr]], str] = shape_lines


def write(
    parts: list[Part],
    style: Style,
    names: Mapping[Expr, str],
    limit: int | None = None,
    depth: int = UNLIMITED,
) -> str:
    """The text of ``parts``; nodes in ``names`` are written by name.

    Over ``limit`` characters the rest is left out; brackets that are open are closed.  A long
    sum begins with its innermost term: below ``depth`` levels its beginning is left out.  Each
    time that happens half as many levels are allowed, so that all searches together cost little.
    """
    pieces: list[str] = []
    room = UNLIMITED if limit is None else limit
    stack = parts[::-1]
    held: Sep | None = None  # a separator waits for what comes after it
    silent = 0  # levels entered since the last piece
    while stack:
        part = stack.pop()
        if isinstance(part, Slot):
            silent += 1
            inside = [] if room < 0 or silent > depth else _inside(part, style, names)
            # Brackets are paid for when they open, so that there is room to close them.
            room -= sum([len(p) for p in inside if type(p) is str])
            if room >= 0 and inside:
                stack.extend(reversed(inside))
                continue
            if pieces and pieces[-1] is style.ellipsis:
                held = None
                continue
            if silent > depth:
                depth = max(depth // 2, SHALLOW)
            part = style.ellipsis
        elif isinstance(part, Sep):
            held = part
            room -= len(part)
            continue
        if held is not None:
            pieces.append(held.choose(pieces[-1], part) if held.choose else held)
            held = None
        pieces.append(part)
        silent = 0
    return "".join(pieces)


def _inside(slot: Slot, style: Style, names: Mapping[Expr, str]) -> list[Part]:
    parts: list[Part]
    name = names.get(slot.node)
    if name is not None:
        precedence, parts = ATOM + 1, [name]
    else:
        precedence, parts = style.layout(slot.node)
    if precedence < slot.need:
        return [style.brackets[0][0], *parts, style.brackets[0][1]]
    return parts


def joined(slots: Iterable[Slot], sep: Sep) -> list[Part]:
    """The slots with ``sep`` between them."""
    parts: list[Part] = []
    for slot in slots:
        if parts:
            parts.append(sep)
        parts.append(slot)
    return parts


def call(
    node: Expr,
    opening: str,
    closing: str = ")",
    around: tuple[str, str] = ("", ""),
    parameter: Callable[[str], str] = str,
) -> list[Part]:
    """A function call with ``around`` its arguments; static parameters are keywords."""
    parts: list[Part] = [opening + around[0], *joined(map(Slot, node.args), COMMA)]
    if around[1]:
        parts.append(around[1])
    for key, value in zip(node.op.param_names, node.params, strict=True):
        if len(parts) > 1:
            parts.append(COMMA)
        parts.append(parameter(f"{key}={value!r}"))
    return [*parts, closing]


def structure(e: Any, style: Style) -> list[Part]:
    """The parts of an expression, or of nested lists, tuples and dicts as Python writes them."""
    if isinstance(e, Mapping):
        items = [[f"{style.key(key)}: ", *structure(value, style)] for key, value in e.items()]
        opening, closing = style.brackets[2]
    elif isinstance(e, (list, tuple)):
        items = [structure(value, style) for value in e]
        opening, closing = style.brackets[isinstance(e, list)]
        closing = "," + closing if isinstance(e, tuple) and len(e) == 1 else closing
    else:
        return [Slot(as_expr(e))]
    parts: list[Part] = [opening]
    for i, item in enumerate(items):
        parts += [COMMA, *item] if i else item
    return [*parts, closing]
