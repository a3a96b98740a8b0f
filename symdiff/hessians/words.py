"""The structure of a Hessian in words, and its pieces as one formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..expr import Expr, Shape
from ..ops.contraction import contract
from ..rewrite.simplify import simplify
from .pieces import Piece


def kind_of(pieces: Sequence[Piece], shape: Shape) -> str:
    """The structure of a sum of pieces in words."""
    rank = len(shape)
    flat = [p for p in pieces if len(p.paired) == rank]
    rest = [p for p in pieces if len(p.paired) < rank]
    if not pieces:
        return "zero"
    if not rest:
        return "diagonal"
    plus = " plus diagonal" if flat else ""
    if len({p.paired for p in rest}) > 1:
        return f"mixed{plus}"
    long = [a for a in rest[0].paired if shape[a] > 1]
    low = all(p.has_factors for p in rest)
    if not long:
        return f"low rank{plus}" if low else "dense"
    if not any(p.varies(rank) for p in rest):
        return f"Kronecker{plus}"
    return f"block diagonal, low rank{plus}" if low else "block diagonal"


class Notation(NamedTuple):
    """How sums of pieces are written, for given texts of arrays."""

    write: Callable[[Expr], str]
    factors: str = "{1}.T @ diag({0}) @ {2}"
    outer: str = "{0}*outer({1}, {2})"
    multiple: str = "{0}*I"
    kron: str = "kron({0}, {1})"


def formula_of(pieces: Sequence[Piece], rank: int, notation: Notation) -> str:
    """The sum of the pieces: diagonals, ``blocks`` along the diagonal, equal ones as ``kron``."""
    return " + ".join([_written(p, rank, notation) for p in pieces]) or "0"


def _written(piece: Piece, rank: int, notation: Notation) -> str:
    texts = [notation.write(x) for x in piece.arrays]
    bare = [t if t.isalnum() else f"({t})" for t in texts]
    if len(piece.paired) == rank:
        if piece.arrays[0].ndim:
            return f"diag({texts[0]})"
        return "I" if texts[0] == "1" else notation.multiple.format(bare[0])
    inner = texts[0]
    if piece.labels:
        inner = notation.write(simplify(_product(piece, rank)))
    if piece.has_factors and piece.rows:
        inner = notation.factors.format(texts[0], *bare[1:])
    elif piece.has_factors:
        inner = notation.outer.format(bare[0], *texts[1:])
    if not piece.paired:
        return inner
    if piece.varies(rank):
        return f"blocks({inner})"
    pair = ("I", inner) if piece.paired[0] == 0 else (inner, "I")
    return notation.kron.format(*pair)


def _product(piece: Piece, rank: int) -> Expr:
    """The product that ``labels`` say, with the paired axes that it has."""
    used = {i for labels in piece.labels for i in labels}
    others = [a for a in range(rank) if a not in piece.paired]
    front = [a for a in piece.paired if a in used]
    return contract(piece.arrays, piece.labels, (*front, *others, *[a + rank for a in others]))
