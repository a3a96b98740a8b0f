"""What stands in square brackets: the parts of a stack, and the index behind a value."""

from __future__ import annotations

from typing import Any

from ..expr import Expr, Op

DOTS = "..."
_WHOLE = (None, None, None)  # the slice of a whole axis


def joins(op: Op) -> bool:
    """Whether the operation takes a list of parts, as ``stack([a, b], axis=-1)`` does."""
    return "stacks" in op.facts


def is_list(node: Expr) -> bool:
    """Whether the node is its parts along a new first axis: ``[a, b]``."""
    return joins(node.op) and node.params[0] == -node.ndim


def is_indexed(node: Expr) -> bool:
    """Whether the node is written as a value with an index behind it: ``X[0, 1:]``."""
    return "indexes" in node.op.facts


def is_python(node: Expr) -> bool:
    """Whether Python's brackets make this very node: an item for every axis, slices in full.

    Brackets that only put axes of size 1 in make a reshape.
    """
    if all(item is None or item == _WHOLE for item in node.params[0]) and None in node.params[0]:
        return False
    items = [item for item in node.params[0] if item is not None]
    for item in items:
        bounds = item if isinstance(item, tuple) else (None, item, None)
        if len(bounds) != 3 or any(b is not None and type(b) is not int for b in bounds):
            return False
    return len(items) == node.args[0].ndim


def index_items(node: Expr) -> list[str]:
    """The index as Python writes it, without whole axes at its end.

    >>> import symdiff as sd
    >>> X = sd.Var("X", (3, 4))
    >>> index_items(X[0]), index_items(X[::-1, None, 1:]), index_items(X[:, 0])
    (['0'], ['::-1', 'None', '1:'], [':', '0'])
    """
    items = list(node.params[0])
    if len(items) - items.count(None) < node.args[0].ndim:
        items.insert(0, Ellipsis)
    while items[-1:] == [_WHOLE] and any(item is not None for item in items[:-1]):
        items.pop()
    return [_item(item) for item in items] or [DOTS]


def _item(item: Any) -> str:
    if item is Ellipsis:
        return DOTS
    if not isinstance(item, tuple):
        return str(item)
    part = slice(*item)
    start, stop, step = ["" if b is None else str(b) for b in (part.start, part.stop, part.step)]
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
