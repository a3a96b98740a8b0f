"""Templates of single nodes, made by their rows: ``sum({0}, axis=0)``, ``{0}.T``, ``‖{0.0}‖²``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from string import Formatter

from ..expr import ATOM, Expr
from ..leaves import Const
from .grammar import PRODUCT
from .layout import COMMA, Layout, Part, Slot, joined

_OPENING = ("(", "[", ", ", "‖", "|", r"\lVert ")
_CLOSING = (")", "]", ",", "‖", "|", r"\right", r" \rVert")
_RAISED = ("^", *"ᵀ⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")
_SQUARED = ("‖²", "‖_F²", r" \rVert^", r" \rVert_F^")
EVERY = "*"
POWER = 90


def fill(node: Expr, template: str, is_open: Callable[[Expr], bool] = lambda node: False) -> Layout:
    """The layout of a node; ``{0.1}`` is the second argument of the first argument.

    What stands between brackets is free, other arguments must be atoms, or factors of an infix
    template.  ``is_open`` tells what needs brackets though it is an atom, such as ``√x``.
    """
    pieces = _pieces(template)
    infix = len(pieces) > 1 and _is_path(pieces[-1])
    need = PRODUCT + 1 if infix else ATOM
    parts: list[Part] = []
    for i, piece in enumerate(pieces):
        if isinstance(piece, str):
            parts.append(piece)
        elif not piece:
            parts += joined(map(Slot, node.args), COMMA)
        else:
            target = node
            for step in piece:
                target = target.args[step]
            free = _is_free(pieces, i)
            bare = is_open(target) or (target.op is Const and not target.shape)
            parts.append(Slot(target, 0 if free else need + (bare and not infix)))
    if infix:
        return PRODUCT, parts
    if len(pieces) < 2:
        return ATOM, parts
    raised = _is_path(pieces[0]) and str(pieces[1]).startswith(_RAISED)
    return POWER if raised or str(pieces[-1]).startswith(_SQUARED) else ATOM, parts


def _is_path(piece: str | tuple[int, ...]) -> bool:
    return not isinstance(piece, str)


def _is_free(pieces: list[str | tuple[int, ...]], i: int) -> bool:
    if not 0 < i < len(pieces) - 1:
        return False
    before, after = pieces[i - 1], pieces[i + 1]
    return str(before).endswith(_OPENING) and str(after).startswith(_CLOSING)


@cache
def _pieces(template: str) -> list[str | tuple[int, ...]]:
    """Texts and paths to arguments; the empty path stands for all arguments."""
    found: list[str | tuple[int, ...]] = []
    text = ""
    for literal, field, _, _ in Formatter().parse(template):
        text += literal
        if field is None:
            continue
        if text:
            found.append(text)
            text = ""
        found.append(() if field == EVERY else tuple(map(int, field.split("."))))
    return [*found, text] if text else found
