"""Hessians by parts: where a variable is only read in pieces, ``x[1:]`` and ``x[:-1]``, each pair
of pieces has its own block, which is put in its place; no slice of an identity is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from ..expr import Expr, Shape, make
from ..ops.arrays import reshape, scatter
from ..walk import postorder, rebuild, users
from . import derivatives
from .derivatives import Inner, Mode, symbols_for
from .modes import NOTHING

Cells = list[list[Expr | None]]
_ALL = (None, None, None)  # the slice of a whole axis


class Piece(NamedTuple):
    """A node that reads a part of a variable, where it is there, and the shape it has there."""

    node: Expr
    at: tuple[Any, ...]
    shape: Shape


def hessian(
    f: Expr,
    wrt: Sequence[Expr],
    modes: tuple[Mode | None, Mode] = (None, "reverse"),
    between: Callable[[list[Expr | None]], list[Expr | None]] = lambda found: found,
    inner: Inner = NOTHING,
) -> Cells:
    """What ``derivatives.hessian`` gives, by parts for variables that are only read in pieces.

    Where symbols stand for nodes made of others, nothing is taken in pieces.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> sd.evaluate(sd.hessian(x[0] * (x[1:] @ x[1:]), x), {x: [2, 3, 4]}).tolist()
    [[0.0, 6.0, 8.0], [6.0, 4.0, 0.0], [8.0, 0.0, 4.0]]
    """
    if inner:
        return derivatives.hessian(f, wrt, modes, between, inner)
    takers = users(postorder([f]))
    pieces = [_pieces(w, takers) for w in wrt]
    flat = [piece.node for found in pieces for piece in found]
    if len(flat) == len(wrt) and all(w in flat for w in wrt):
        return derivatives.hessian(f, wrt, modes, between)
    cut = symbols_for([f], flat, "part")
    cells = derivatives.hessian(cut.outputs[0], cut.symbols, modes, between)
    images = rebuild([c for row in cells for c in row if c is not None], given=cut.back)
    found = {
        (a, b): images[cell]
        for a, row in zip(flat, cells, strict=True)
        for b, cell in zip(flat, row, strict=True)
        if cell is not None
    }
    return [
        [_assembled(v, w, own, other, found) for w, other in zip(wrt, pieces, strict=True)]
        for v, own in zip(wrt, pieces, strict=True)
    ]


def _pieces(w: Expr, takers: dict[Expr, list[Expr]]) -> list[Piece]:
    """The indices and reshapes that alone read a variable, or the variable itself."""
    whole = (_ALL,) * w.ndim
    found = []
    for t in takers.get(w, ()):
        if "reshapes" in t.op.facts and t.params[0] == w.ndim:
            found.append(Piece(t, whole, w.shape))
        elif "indexes" in t.op.facts and None not in t.params[0]:
            readers = takers.get(t, [])
            moved = len(readers) == 1 and "reshapes" in readers[0].op.facts
            at = whole[: w.ndim - len(t.params[0])] + t.params[0]
            found.append(Piece(readers[0] if moved else t, at, t.shape))
        else:
            return [Piece(w, whole, w.shape)]
    return found or [Piece(w, whole, w.shape)]


def _assembled(
    v: Expr,
    w: Expr,
    own: list[Piece],
    other: list[Piece],
    blocks: Mapping[tuple[Expr, Expr], Expr],
) -> Expr | None:
    """The second derivatives by v and w, shape ``v.shape + w.shape``, from their pieces'."""
    found = []
    for a in own:
        for b in other:
            part = blocks.get((a.node, b.node))
            if part is not None:
                shape = a.shape + b.shape
                part = part if part.shape == shape else make(reshape, (part,), (part.ndim, shape))
                at = a.at + b.at
                if any(item != _ALL for item in at):
                    part = make(scatter, (part,), (at, part.ndim, v.shape + w.shape))
                found.append(part)
    return reduce(add, found) if found else None
