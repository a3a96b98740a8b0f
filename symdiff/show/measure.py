"""Sizes of what is drawn: lines of text, and the shapes that hold them.  Unit: px."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from math import sqrt
from typing import NamedTuple


class Line(NamedTuple):
    """One line of text inside a node; ``style`` is a key of ``FONTS``."""

    text: str
    style: str


class Font(NamedTuple):
    """Size in px, and how much wider than the regular face the letters run."""

    size: float
    stretch: float = 1.0

    @property
    def height(self) -> float:
        return 1.25 * self.size


FONTS: dict[str, Font] = {
    "name": Font(12, 1.12),
    "label": Font(14, 1.12),
    "symbol": Font(20, 1.0),
    "value": Font(12),
    "adjoint": Font(12),
    "shape": Font(11),
    "note": Font(11),
}

# Advance widths of the characters 32 to 126 in hundredths of the font size.  They are those of
# DejaVu Sans, one of the widest of the common sans-serif faces: a label that fits in it fits in
# Helvetica, Arial, Segoe, Roboto and San Francisco too.
_ADVANCES = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip


def text_width(line: Line) -> float:
    """An upper estimate of the width of a line."""
    font = FONTS[line.style]
    return sum(map(_advance, line.text)) * font.size * font.stretch / 100


def _advance(char: str) -> int:
    code = ord(char) - 32
    if 0 <= code < len(_ADVANCES):
        return _ADVANCES[code]
    if unicodedata.combining(char):
        return 0
    if unicodedata.east_asian_width(char) in "WF" or ord(char) > 0xFFFF:
        return 130
    return 108 if unicodedata.category(char) == "Lu" else 100 if char == "…" else 88


def baselines(lines: tuple[Line, ...]) -> list[float]:
    """Where the lines stand, measured from the middle of the block downwards."""
    y = -text_height(lines) / 2
    found = []
    for line in lines:
        font = FONTS[line.style]
        found.append(y + font.height / 2 + 0.36 * font.size)
        y += font.height
    return found


def text_height(lines: tuple[Line, ...]) -> float:
    """Height of the block of lines."""
    return sum(FONTS[line.style].height for line in lines)


def round_up(size: float) -> float:
    """To whole even px, so that halves are whole and every engine agrees on them."""
    return 2.0 * -(-size // 2)


@lru_cache(4096)
def box_size(lines: tuple[Line, ...]) -> tuple[float, float]:
    """Width and height of a rectangle around the lines."""
    width = max(map(text_width, lines)) + 20
    return round_up(max(width, 34)), round_up(text_height(lines) + 12)


@lru_cache(4096)
def hexagon_size(lines: tuple[Line, ...]) -> tuple[float, float]:
    """Width and height of a hexagon, pointed left and right, around the lines."""
    width, height = box_size(lines)
    return round_up(width + 2 * CORNER - 8), height


CORNER = 10.0  # how far the left and right corners of a hexagon stand out


@lru_cache(4096)
def ellipse_size(lines: tuple[Line, ...]) -> tuple[float, float]:
    """Width and height of an ellipse that holds every line."""
    height = text_height(lines)
    b = 0.5 * height * (1.24 if len(lines) > 1 else 1.35) + 3
    a, y = b, -height / 2
    for line in lines:
        font = FONTS[line.style]
        edge = max(abs(y + 0.1 * font.height), abs(y + 0.9 * font.height))
        a = max(a, (text_width(line) / 2 + 4) / sqrt(1 - (edge / b) ** 2))
        y += font.height
    return round_up(2 * a), round_up(2 * b)


@lru_cache(4096)
def text_size(lines: tuple[Line, ...]) -> tuple[float, float]:
    """Width and height of lines without an outline."""
    return round_up(max(map(text_width, lines)) + 6), round_up(text_height(lines) + 4)


SIZES = {
    "variable": box_size, "constant": hexagon_size, "operation": ellipse_size, "block": box_size,
    "flow": text_size,
}  # fmt: skip
