"""Parity: what becomes of a value when all variables change their signs."""

from __future__ import annotations

from functools import reduce

from ...expr import Expr
from ...leaves import Const, Var
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops.elementary import pow
from ...rule import Linear, Multilinear
from ..exact import number

Parity = frozenset[int]
EVEN, ODD, UNKNOWN = Parity({1}), Parity({-1}), Parity()


def parity(node: Expr, args: list[Parity]) -> Parity:
    """The numbers that the value may be said to be multiplied by: 1 or -1, and both if it is 0.

    >>> import symdiff as sd
    >>> from symdiff.walk import fold
    >>> x, y = sd.vars("x y")
    >>> [sorted(fold([e], parity)[e]) for e in (sd.cos(x * y), sd.sin(x) * y**2, x + 1)]
    [[1], [-1], []]
    """
    op = node.op
    if op is Var:
        return ODD if node.kind == "real" else UNKNOWN
    if op is Const:
        return EVEN | ODD if number(node) == 0 else EVEN
    if op is co.where:
        return args[1] & args[2] if args[0] >= EVEN else UNKNOWN
    if isinstance(op.rule, Linear) and op.rule.count is None:
        return (EVEN | ODD).intersection(*args)
    if op is ar.mul or op is ar.div or isinstance(op.rule, Multilinear):
        return _product(args)
    exponent = number(node.args[1]) if op is pow else None
    if isinstance(exponent, int):
        return _product(args[:1] * (2 - exponent % 2))
    if all(signs >= EVEN for signs in args):
        return EVEN
    if not all(signs >= ODD for signs in args):
        return UNKNOWN
    is_even = "even" in op.facts or op is co.eq or op is co.ne
    return EVEN if is_even else ODD if "odd" in op.facts and op.elementwise else UNKNOWN


def _product(factors: list[Parity]) -> Parity:
    return reduce(lambda a, b: Parity([i * j for i in a for j in b]), factors, EVEN)
