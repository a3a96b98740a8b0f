"""The order in which a person writes terms and factors, from structure and names alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from ..expr import OPS, Expr, Op, Shape, make
from ..leaves import Const, Var
from ..ops.arithmetic import add, mul
from ..ops.arrays import broadcast_to, index, reshape
from ..ops.elementary import pow
from ..walk import remembered
from .exact import number

HIGHEST = 10**6  # degree beyond which powers are ranked alike
WIDTH = 48  # characters of a rank's text; longer texts are told apart by the digest
CONSTANT, SYMBOL, SUM, FUNCTION, LATE = range(5)  # LATE: sums of functions
_STRETCHES = frozenset({broadcast_to, reshape})
_DIGITS = re.compile(r"\d+")

Rank: TypeAlias = tuple[float, int, str]


class Ranks:
    """Ranks of nodes, found when asked for and remembered: a node's degree as a polynomial, its
    class and a text to compare.
    """

    def __init__(self) -> None:
        self.known: dict[Expr, Rank] = {}

    def of(self, node: Expr) -> Rank:
        """The rank of a node. Cost: one visit per node not asked for before."""
        rank = self.known.get(node)
        return remembered(node, self.known, _rank) if rank is None else rank

    def degree(self, node: Expr) -> float:
        return self.of(node)[0]

    def group(self, node: Expr) -> int:
        return self.of(node)[1]

    def of_term(self, node: Expr) -> tuple[float, bool, str, int]:
        """Where a term stands in a sum: by degree, then by name; constants last in theirs."""
        degree, group, text = self.of(node)
        return (-degree, group == CONSTANT, text, node.digest)

    def of_factor(self, node: Expr) -> tuple[int, str, int]:
        """Where a factor stands in a product: symbols, sums, functions."""
        _, group, text = self.of(node)
        return (group, text, node.digest)


def _rank(node: Expr, known: dict[Expr, Rank]) -> Rank:
    """The rank of a node whose arguments are ranked."""
    op, args = node.op, node.args
    if op is Var:
        return (1.0, SYMBOL, _alphabetical(node.params[0])[:WIDTH] + "\x01")
    if op is Const:
        return (0.0, CONSTANT, "")
    if op is index and args[0].op is Var:
        place = _DIGITS.sub(_padded, str(node.params))
        return (1.0, SYMBOL, f"{known[args[0]][2]}{place}"[:WIDTH])
    if not args:
        return (0.0, CONSTANT if not node.shape else FUNCTION, op.name)
    if op is mul:
        return _product([known[x] for x in args])
    if op is pow:
        return _power(node, known)
    if op is add:
        degree = max([known[x][0] for x in args])
        return (degree, SUM if degree > 0 else LATE, known[args[0]][2])
    text = _place(op) + "".join([known[x][2] for x in args])
    return (0.0, FUNCTION, text[:WIDTH])


def _product(parts: list[Rank]) -> Rank:
    if len(parts) == 2 and parts[0] == (0.0, CONSTANT, ""):
        return parts[1]
    text = "".join([text for _, _, text in parts])
    return (sum([p[0] for p in parts]), max([p[1] for p in parts]), text[:WIDTH])


def _power(node: Expr, known: dict[Expr, Rank]) -> Rank:
    degree, group, text = known[node.args[0]]
    exponent = number(node.args[1])
    if exponent is None:
        return (0.0, FUNCTION, (text + known[node.args[1]][2])[:WIDTH])
    size = float(max(-HIGHEST, min(HIGHEST, exponent)))
    times = max(1, min(4, int(abs(size))))
    return (degree * size, group, (text * times)[:WIDTH])


def _alphabetical(name: str) -> str:
    """What orders names as a book does, ``n*R*T``: capitals beside small letters, x2 before x10."""
    return _DIGITS.sub(_padded, f"{name.lower()}\x01{name.swapcase()}")


def _padded(digits: re.Match[str]) -> str:
    return digits.group().zfill(8)


@cache
def _place(op: Op) -> str:
    """Functions in the order of the rows: exp, log, sin, cos, ..."""
    names = [*OPS, op.name]  # an operation made at run time comes last
    return f"{names.index(op.name):05d} "


def shape_of(args: Sequence[Expr]) -> Shape:
    """The shape that all arguments broadcast to."""
    shape = args[0].shape if args else ()
    for x in args:
        if x.shape != shape:
            return make(add, tuple(args)).shape
    return shape


def bare(node: Expr) -> Expr:
    """A term or factor without what broadcasting does anyway: stretching, axes of 1 in front."""
    while node.op in _STRETCHES:
        (x,) = node.args
        if node.op is reshape and not is_padded(x.shape, node.shape):
            break
        if node.op is broadcast_to and node.params[0] != x.ndim:
            break
        node = x
    return node


def is_padded(shape: Shape, longer: Shape) -> bool:
    """Whether ``longer`` is ``shape`` with axes of size 1 in front."""
    return len(shape) <= len(longer) and (1,) * (len(longer) - len(shape)) + shape == longer


def has_bool(node: Expr) -> bool:
    """Whether a sum or product has truth values in it, which NumPy adds in its own way."""
    for x in node.args:  # noqa: SIM110 (three times as fast as any())
        if x.kind == "bool":
            return True
    return False
