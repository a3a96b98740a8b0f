"""Short texts for pictures: numbers to six digits, symbols, formulas, safe characters."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..expr import Expr
from ..leaves import Const, Var
from .hints import ELLIPSIS
from .layout import Part, Slot
from .measure import Line
from .text import short_style, short_text

LABEL_LENGTH = 28
FORMULA_LENGTH = 200  # characters of a formula in a tooltip
MANY_DIGITS = 10**30  # integers beyond are rounded in tooltips too
BRIEF = 4  # digits where several numbers stand in one line
SMALL = 9  # elements of an array that shows its numbers
MANY = 5000  # nodes; a larger graph gets formulas of a quarter of that length

RANKS = 3  # texts kept of each node, each at most half as long as the one before

# How the infix signs of the printed form look on their own.
_GLYPHS = {"-": "−", "*": "×", "·": "×", "/": "÷"}


def printable(text: str, limit: int = 0) -> str:
    """``text`` with control characters and the like made visible, elided beyond ``limit``.

    >>> printable("a\\x00b"), printable("abcdef", 4)
    ('a�b', 'abc…')
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)


def number(value: Any, digits: int = 6) -> str:
    """A value in few characters: six significant digits, an array as its shape.

    Where fewer ``digits`` are asked for, whole numbers still have six.

    >>> number(2 / 3), number(42), number(10**5000), number(Fraction(1, 3)), number(np.ones((2, 3)))
    ('0.666667', '42', '1e+5000', '1/3', '(2, 3)')
    """
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    if isinstance(value, np.ndarray):
        return str(value.shape)
    if isinstance(value, float):
        return f"{value:.{digits if value % 1 else 6}g}"
    if isinstance(value, complex):
        return f"{value:.{digits}g}"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**9 else _large(value)
    if isinstance(value, Fraction):
        if max(abs(value.numerator), value.denominator) < 10**4:
            return str(value)
        return _ratio(value)
    return printable(str(value), LABEL_LENGTH)


def is_number(value: Any) -> bool:
    """Whether a value is one number, not an array."""
    return value is not None and not np.shape(value)


def value_lines(value: Any, style: str, before: str = "") -> list[Line]:
    """A value in a picture: a number, the rows of a small array, or shape and range of a large one.

    >>> [line.text for line in value_lines(np.full((2, 2), 8.0), "value", "f: ")]
    ['f:', '[8, 8]', '[8, 8]']
    >>> [line.text for line in value_lines(np.arange(12.0), "value")]
    ['(12,)', '0 to 11']
    >>> [line.text for line in value_lines(np.full(12, 0.5), "adjoint", "∂f: ")]
    ['∂f: all 0.5']
    """
    shape = np.shape(value)
    if not shape:
        return [Line(before + number(value), style)]
    array = np.asarray(value)
    if array.size > SMALL or not array.size:
        within = [] if before else [Line(str(shape), "shape")]
        return [*within, Line(before + _range(array), style)] if array.size else within
    table = array.reshape(-1, shape[-1])
    rows = [Line(f"[{', '.join([number(v, BRIEF) for v in row])}]", style) for row in table]
    if before and len(rows) > 1:
        return [Line(before.rstrip(), style), *rows]
    return [rows[0]._replace(text=before + rows[0].text), *rows[1:]]


def _range(array: Any) -> str:
    low, high = number(array.min(), BRIEF), number(array.max(), BRIEF)
    return f"all {low}" if low == high else f"{low} to {high}"


def described(value: Any) -> str:
    """A value with all its digits, or the beginning of an array with its range."""
    if isinstance(value, np.ndarray) and value.ndim:
        head = ", ".join(number(v) for v in value.flat[:6])
        within = f", {_range(value)}" if value.size > 6 else ""
        return f"[{head}{', …' if value.size > 6 else ''}] of shape {value.shape}{within}"
    exact = isinstance(value, (int, Fraction))
    if exact and max(abs(value.numerator), value.denominator) >= MANY_DIGITS:
        return number(value)
    return printable(str(value), FORMULA_LENGTH)


def _large(value: int) -> str:
    """An integer of any length; ``str`` would refuse beyond 4300 digits and ``float`` at 309."""
    size = math.log10(abs(value))
    exponent = math.floor(size)
    digits = f"{10 ** (size - exponent):.5f}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{digits}e+{exponent}"


def _ratio(value: Fraction) -> str:
    try:
        return f"{float(value):.6g}"
    except OverflowError:
        return _large(int(value))


def symbol(node: Expr) -> str:
    """What stands in the node: a name, a number, the sign or the name of an operation."""
    op = node.op
    if op is Var:
        return printable(node.name, LABEL_LENGTH)
    if op is Const:
        return number(node.params[0])
    words = _words(node)
    if words:
        return printable(words, LABEL_LENGTH)
    if op.pretty and "{" not in op.pretty:
        return _GLYPHS.get(op.pretty, op.pretty)
    if len(op.infix) == 1:
        return _GLYPHS.get(op.infix, op.infix)
    return printable(op.name, LABEL_LENGTH)


def _words(node: Expr) -> str:
    """The call or the sign of an operation with parameters, without its arguments."""
    if node.op.spelled is None or not node.op.param_names:
        return ""
    text, pretty, _ = node.op.spelled(node)
    for template in (pretty, text):
        if template.startswith("{0}") and "{" not in template[3:]:
            return template[3:].replace(".T", "ᵀ")
    name, _, inside = text.partition("(")
    words = [word for word in _ARGUMENTS.sub("", inside[:-1]).split(", ") if word]
    return " ".join([name, ", ".join(words)]).rstrip()


_ARGUMENTS = re.compile(r"\[?\{[0-9*]\}\]?")


def role(node: Expr) -> str:
    """``variable``, ``constant`` or ``operation``."""
    if node.op is Var:
        return "variable"
    return "constant" if node.op.arity == 0 else "operation"


def formulas(nodes: Sequence[Expr]) -> dict[Expr, str]:
    """The formula of each node on one line, long ones elided; ``nodes`` is in postorder."""
    if len(nodes) > MANY:
        found = brief_texts(nodes, FORMULA_LENGTH // 4)
    else:
        found = {node: short_text(node, FORMULA_LENGTH) for node in nodes}
    return {node: printable(text, FORMULA_LENGTH) for node, text in found.items()}


# -- bounded texts of all nodes of a large graph at once, each made from those of its arguments ----


class _Brief(NamedTuple):
    """A node's precedence and its texts, the longest one first."""

    precedence: int
    texts: tuple[str, ...]


_Found = dict[Expr, _Brief]


def brief_texts(order: Sequence[Expr], limit: int) -> dict[Expr, str]:
    """The text of every node in at most ``limit`` characters; ``…`` stands for long arguments.

    A text that fits is the whole one.  ``order`` holds arguments before their users.
    Cost: a few short texts per node, however large the graph is.
    """
    layout = short_style(limit).layout
    limits = [limit >> rank for rank in range(RANKS)]
    found: _Found = {}
    for node in order:
        precedence, parts = layout(node)
        for part in parts:
            # A layout may write another node than the argument: ``a - b`` for ``a + -1*b``.
            if isinstance(part, Slot) and part.node not in found:
                texts = tuple([short_text(part.node, most) for most in limits])
                found[part.node] = _Brief(layout(part.node)[0], texts)
        found[node] = _Brief(precedence, _texts(parts, found, limits))
    return {node: found[node].texts[0] for node in order}


def _texts(parts: list[Part], found: _Found, limits: list[int]) -> tuple[str, ...]:
    """For each limit the text with the longest texts of the arguments that fits."""
    texts = [_joined(parts, found, 0)]
    if len(texts[0]) <= limits[-1]:
        return (texts[0],) * RANKS
    texts += [_joined(parts, found, rank) for rank in range(1, RANKS)]
    result = []
    for rank, limit in enumerate(limits):
        fitting = [text for text in texts[rank:] if len(text) <= limit]
        result.append(fitting[0] if fitting else _cut(parts, found, limit))
    return tuple(result)


def _joined(parts: list[Part], found: _Found, rank: int) -> str:
    return "".join([_piece(part, found, rank) for part in parts])


def _cut(parts: list[Part], found: _Found, limit: int) -> str:
    """Long arguments are left out; where that is not enough, all but the beginning and the end."""
    pieces = [ELLIPSIS if _is_long(p, found, limit) else _piece(p, found) for p in parts]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    last = parts[-1]
    closing = last if isinstance(last, str) and len(parts) > 1 and 2 * len(last) < limit else ""
    room = limit - len(ELLIPSIS) - len(closing)
    kept = ""
    for piece in pieces[:-1]:
        if len(kept) + len(piece) > room:
            break
        kept += piece
    return (kept or pieces[0][:room]) + ELLIPSIS + closing


def _is_long(part: Part, found: _Found, limit: int) -> bool:
    return isinstance(part, Slot) and bool(part.node.args) and 4 * len(_piece(part, found)) > limit


def _piece(part: Part, found: _Found, rank: int = -1) -> str:
    """A part with one of the argument's texts, the shortest if no other is asked for."""
    if not isinstance(part, Slot):
        return part
    precedence, texts = found[part.node]
    return f"({texts[rank]})" if precedence < part.need else texts[rank]
