"""Bounded texts of all nodes of a large graph at once, each made from those of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..expr import Expr
from .layout import Part, Slot
from .text import short_style, short_text

ELLIPSIS = "…"
RANKS = 3  # texts kept of each node, each at most half as long as the one before


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
