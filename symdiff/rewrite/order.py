"""The order in which a person writes terms and factors, from structure and names alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from ..expr import OPS, Expr, Op, Shape, make
from ..leaves import Const, Var
from ..ops.arithmetic import add, mul
from ..ops.arrays import broadcast_to, reshape
from ..ops.elementary import pow
from .exact import number

HIGHEST = 10**6  # degree beyond which powers are ranked alike
WIDTH = 48  # characters of a rank's text; longer texts are told apart by the digest
CONSTANT, SYMBOL, SUM, FUNCTION, LATE = range(5)  # LATE: sums of functions
_STRETCHES = frozenset({broadcast_to, reshape})
_DIGITS = re.compile(r"\d+")


class Rank(NamedTuple):
    """Where a node stands: its degree as a polynomial, its class and a text to compare."""

    degree: float
    group: int
    text: str


def rank_of(node: Expr, ranks: dict[Expr, Rank]) -> Rank:
    """The rank of a node whose arguments are ranked."""
    op = node.op
    if op is Var:
        return Rank(1.0, SYMBOL, _DIGITS.sub(_padded, node.params[0])[:WIDTH] + "\x01")
    if op is mul:
        parts = [ranks[a] for a in node.args]
        group = max([p.group for p in parts])
        return Rank(sum([p.degree for p in parts]), group, "".join([p.text for p in parts])[:WIDTH])
    if op is pow:
        return _power(node, ranks)
    if op is add:
        parts = [ranks[a] for a in node.args]
        degree = max([p.degree for p in parts])
        return Rank(degree, SUM if degree > 0 else LATE, parts[0].text)
    if op is Const:
        return Rank(0.0, CONSTANT, "")
    if not node.args:
        return Rank(0.0, CONSTANT if not node.shape else FUNCTION, op.name)
    text = _place(op) + "".join([ranks[a].text for a in node.args])
    return Rank(0.0, FUNCTION, text[:WIDTH])


def _power(node: Expr, ranks: dict[Expr, Rank]) -> Rank:
    base = ranks[node.args[0]]
    exponent = number(node.args[1])
    if exponent is None:
        return Rank(0.0, FUNCTION, (base.text + ranks[node.args[1]].text)[:WIDTH])
    size = float(max(-HIGHEST, min(HIGHEST, exponent)))
    times = max(1, min(4, int(abs(size))))
    return Rank(base.degree * size, base.group, (base.text * times)[:WIDTH])


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
