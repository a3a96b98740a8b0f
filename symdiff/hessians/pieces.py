"""The terms of a symbolic Hessian, sorted by structure.

A term is diagonal along the axes that identities pair.  On the others it is a matrix, or a
product of factors with few rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import prod
from operator import mul
from typing import Any, NamedTuple

from ..expr import Expr, Shape
from ..leaves import const
from ..ops.contraction import contract
from ..ops.functions import broadcast_to, reshape
from ..rewrite.arrays.operands import Term
from ..rewrite.arrays.terms import terms
from ..rewrite.simplify import simplify
from .assembly import Assembly
from .blocks import Labels, Layout, Part, Sparse

LARGE = 10_000  # entries: a product up to this is multiplied out

Operand = tuple[Expr, Labels]


class Piece(NamedTuple):
    """One term: the axes it is diagonal along, and arrays whose product it is, by their labels.

    These are as for ``Part``.  An array has no axis along which the term does not change.
    """

    paired: Labels
    arrays: tuple[Expr, ...]
    labels: tuple[Labels, ...]
    rows: Labels | None = None

    @property
    def is_varying(self) -> bool:
        """Whether an array changes along a paired axis."""
        return any(a in own for own in self.labels for a in self.paired)

    def added(self, other: Piece) -> Piece:
        """The sum with a piece that differs in the first array alone."""
        both = {*self.labels[0], *other.labels[0]}
        axes = tuple(sorted(both, key=lambda a: (a not in self.paired, a)))
        sizes: dict[int, int] = {}
        for p in (self, other):
            sizes |= zip(p.labels[0], p.arrays[0].shape, strict=True)
        one, two = [
            reshape(p.arrays[0], tuple([sizes[a] if a in p.labels[0] else 1 for a in axes]))
            for p in (self, other)
        ]
        arrays, labels = (one + two, *self.arrays[1:]), (axes, *self.labels[1:])
        return self._replace(arrays=arrays, labels=labels)

    def times(self, v: Expr, arrays: Mapping[Expr, Expr]) -> Expr:
        """The product with ``v``, with other nodes for the arrays."""
        of_rows = range(v.ndim)
        of_columns = tuple([a if a in self.paired else a + v.ndim for a in of_rows])
        labels = (*self.labels, of_columns)
        kept = tuple([a for a in of_rows if any(a in own for own in labels)])
        value = contract([*[arrays[x] for x in self.arrays], v], labels, kept)
        return broadcast_to(
            reshape(value, tuple([n if a in kept else 1 for a, n in enumerate(v.shape)])), v.shape
        )

    def at(self, layout: Layout, values: Sequence[Any]) -> Part:
        """The part for the values of the arrays."""
        return Part(layout, values, self.labels, self.rows)


class Entries(NamedTuple):
    """A sparse Hessian: the arrays that its entries are made of, and the way to them."""

    arrays: tuple[Expr, ...]
    assembly: Assembly
    paired: Labels = ()

    def at(self, layout: Layout, values: Sequence[Any]) -> Part:
        """The part for the values of the arrays."""
        return Sparse(layout, self.assembly.csr(values))


# -- reading -------------------------------------------------------------------------------------


def pieces_of(expr: Expr, shape: Shape) -> list[Piece] | None:
    """The pieces of a Hessian, of shape ``shape + shape``; None where a term is none."""
    found = terms(expr)
    if found is None:
        return None
    pieces = [_piece(term, shape) for term in found]
    if any(p is None for p in pieces):
        return None
    merged: dict[object, Piece] = {}
    for p in pieces:
        assert p is not None
        key = (p.paired, p.rows, p.labels[1:], *p.arrays[1:])
        merged[key] = merged[key].added(p) if key in merged else p
    order = sorted(merged.values(), key=lambda p: (-len(p.paired), p.rows is not None))
    simple = iter(simplify([x for p in order for x in p.arrays]))
    return [p._replace(arrays=tuple([next(simple) for _ in p.arrays])) for p in order]


def _piece(term: Term, shape: Shape) -> Piece | None:
    rank = len(shape)
    paired = {a for a in range(rank) if shape[a] == 1}
    operands = list(term.operands)
    for one, two in term.equal:
        if two == one + rank:
            paired.add(one)
        else:
            return None
    sizes = dict(enumerate(shape * 2))
    for x, labels in operands:
        sizes.update(zip(labels, x.shape, strict=True))
    reader = _Reader(term.scalars, operands, sizes, tuple(sorted(paired)), rank)
    return reader.piece()


class _Reader:
    """One term, its operands sorted by whether they belong to rows or to columns."""

    def __init__(
        self,
        scalars: tuple[Expr, ...],
        operands: list[Operand],
        sizes: dict[int, int],
        paired: Labels,
        rank: int,
    ) -> None:
        self.scalars, self.operands, self.sizes, self.paired = scalars, operands, sizes, paired
        self.rows = tuple([a for a in range(rank) if a not in paired])
        self.columns = tuple([a + rank for a in self.rows])
        self.rank = rank

    def piece(self) -> Piece:
        found = self.factors() if self.rows else None
        if found is not None:
            return found
        whole = self.paired + self.rows + self.columns
        if self.rows and self.is_larger(whole):
            return self.contracted()
        array, labels = self.array(self.operands, whole, scaled=True)
        return Piece(self.paired, (array,), (labels,))

    def is_larger(self, axes: Labels) -> bool:
        """Whether the product is much larger than its operands together."""
        used = {i for _, labels in self.operands for i in labels}
        entries = prod([self.sizes[i] for i in axes if i in used])
        return entries > max(LARGE, 4 * sum([x.size for x, _ in self.operands]))

    def contracted(self) -> Piece:
        """The operands as they are."""
        (x, labels), *others = self.operands
        arrays = (reduce(mul, self.scalars, x), *[x for x, _ in others])
        return Piece(self.paired, arrays, (labels, *[own for _, own in others]))

    def factors(self) -> Piece | None:
        """Few rows on the left and right of a weight, None where there are not few."""
        left = [o for o in self.operands if not {*o[1]}.isdisjoint(self.rows)]
        right = [o for o in self.operands if not {*o[1]}.isdisjoint(self.columns)]
        if any(o in right for o in left):
            return None
        middle = [o for o in self.operands if o not in left and o not in right]
        ends = [self.inner(side) for side in (left, right)]
        if ends[0] != ends[1] or not self.inner(middle) <= ends[0]:
            near = min((0, 1), key=lambda i: self.count(ends[i]))
            (right if near == 0 else left).extend(middle)
            middle, ends = [], [ends[near], ends[near]]
        if self.count(ends[0]) >= prod([self.sizes[a] for a in self.rows]):
            return None
        kept = tuple(sorted(ends[0]))
        named = dict(zip(kept, range(2 * self.rank, 2 * self.rank + len(kept)), strict=True))
        front = self.paired + kept
        one, of_rows = self.array(left, front + self.rows)
        turned = dict(zip(self.rows, self.columns, strict=True))
        other, of_columns = one, tuple([turned.get(i, i) for i in of_rows])
        if not self.mirrored(left, right):
            other, of_columns = self.array(right, front + self.columns)
        weight, of_weight = self.array(middle, front, scaled=True)
        labels = [tuple([named.get(i, i) for i in own]) for own in (of_weight, of_rows, of_columns)]
        return Piece(self.paired, (weight, one, other), tuple(labels), tuple(named.values()))

    def inner(self, operands: list[Operand]) -> set[int]:
        """The labels that are summed over."""
        return {i for _, labels in operands for i in labels if i >= 2 * self.rank}

    def count(self, labels: set[int]) -> int:
        return prod([self.sizes[i] for i in labels])

    def mirrored(self, left: list[Operand], right: list[Operand]) -> bool:
        """Whether the right side is the left one with columns for rows."""
        turned = dict(zip(self.columns, self.rows, strict=True))
        mirror = [(x, tuple([turned.get(i, i) for i in labels])) for x, labels in right]
        return sorted(map(_key, left)) == sorted(map(_key, mirror))

    def array(
        self, operands: list[Operand], axes: Labels, scaled: bool = False
    ) -> tuple[Expr, Labels]:
        """The product, and those of the axes that an operand has."""
        scalars = list(self.scalars) if scaled else []
        if not operands:
            return reduce(mul, scalars) if scalars else const(1), ()
        used = {i for _, labels in operands for i in labels}
        kept = tuple([i for i in axes if i in used])
        value = contract([x for x, _ in operands], [own for _, own in operands], kept)
        return reduce(mul, scalars, value), kept


def _key(operand: Operand) -> tuple[int, Labels]:
    return operand[0].digest, operand[1]


# -- words and formulas --------------------------------------------------------------------------


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
    low = all(p.rows is not None for p in rest)
    if not long:
        return f"low rank{plus}" if low else "dense"
    if not any(p.is_varying for p in rest):
        return f"Kronecker{plus}"
    return f"block diagonal, low rank{plus}" if low else "block diagonal"


class Notation(NamedTuple):
    """How sums of pieces are written, for given texts of arrays."""

    write: Callable[[Expr], str]
    factors: str = "{1}.T @ diag({0}) @ {2}"
    outer: str = "{0}*outer({1}, {2})"
    multiple: str = "{0}*I"
    kron: str = "kron({0}, {1})"
    diagonal: str = "diag({0})"
    blocks: str = "blocks({0})"


def formula_of(pieces: Sequence[Piece], rank: int, notation: Notation) -> str:
    """The sum of the pieces: diagonals, ``blocks`` along the diagonal, equal ones as ``kron``."""
    return " + ".join([_written(p, rank, notation) for p in pieces]) or "0"


def _written(piece: Piece, rank: int, notation: Notation) -> str:
    texts = [notation.write(x) for x in piece.arrays]
    bare = [t if t.isalnum() else f"({t})" for t in texts]
    if len(piece.paired) == rank:
        if piece.arrays[0].ndim:
            return notation.diagonal.format(texts[0])
        return "I" if texts[0] == "1" else notation.multiple.format(bare[0])
    if piece.rows:
        inner = notation.factors.format(texts[0], *bare[1:])
    elif piece.rows is not None:
        inner = notation.outer.format(bare[0], *texts[1:])
    else:
        inner = notation.write(simplify(_product(piece, rank)))
    if not piece.paired:
        return inner
    if piece.is_varying:
        return notation.blocks.format(inner)
    pair = ("I", inner) if piece.paired[0] == 0 else (inner, "I")
    return notation.kron.format(*pair)


def _product(piece: Piece, rank: int) -> Expr:
    """The product that ``labels`` say, with the paired axes that it has."""
    used = {i for labels in piece.labels for i in labels}
    others = [a for a in range(rank) if a not in piece.paired]
    front = [a for a in piece.paired if a in used]
    return contract(piece.arrays, piece.labels, (*front, *others, *[a + rank for a in others]))
