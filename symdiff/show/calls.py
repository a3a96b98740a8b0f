"""What a call in a text builds: the row itself, or the function with NumPy's arguments."""

from __future__ import annotations

from typing import Any

from ..errors import ArityError
from ..expr import Expr, Op, make
from ..ops.names import WRAPPERS

FLAGS = frozenset(["keepdims"])


def build(op: Op, args: list[Expr], keywords: dict[str, Any]) -> Expr:
    """``op`` on ``args``, with the parameters of its row or with the keywords of NumPy.

    Raises: ArityError, or whatever the row has against its parameters.
    """
    for key, value in keywords.items():
        _check_types(key, value)
    wrapper = WRAPPERS.get(op.name)
    if wrapper is not None and (
        keywords.keys() != set(op.param_names) or not _counts_from_the_end(args, keywords)
    ):
        return wrapper(args, **keywords) if op.arity is None else wrapper(*args, **keywords)
    if op.arity is not None and len(args) != op.arity:
        raise ArityError(op.title, f"{op.arity} argument{'s' * (op.arity != 1)}", len(args))
    return op(*args, **keywords)


def listed(op: Op, parts: list[Expr]) -> Expr:
    """``[a, b]``: ``op`` joins the parts along a new first axis.

    Raises: ShapeError for shapes that do not fit.
    """
    return make(op, tuple(parts), (-1 - max([part.ndim for part in parts]),))


def _check_types(key: str, value: Any) -> None:
    """Equal numbers of other types would make one interned node of different texts.

    Raises: TypeError for anything but True and False in a flag, integers and None elsewhere.
    """
    if key in FLAGS:
        if type(value) is not bool:
            raise TypeError(f"{key} is True or False, got {value}")
        return
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is tuple:
            stack.extend(item)
        elif item is not None and type(item) is not int:
            raise TypeError(f"{key} is made of integers, got {item}")


def _counts_from_the_end(args: list[Expr], keywords: dict[str, Any]) -> bool:
    """Whether axes are as rows have them: negative, and not before the first axis."""
    axes = keywords.get("axes", keywords.get("axis", -1))
    deepest = max([a.ndim for a in args], default=0) + 1
    flat = axes if isinstance(axes, tuple) else (axes,)
    return all(type(a) is int and -deepest <= a < 0 for a in flat)
