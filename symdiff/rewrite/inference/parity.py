"""Parity: what becomes of a value when all variables change their signs."""

from __future__ import annotations

from ...expr import Expr, Op
from ...leaves import Const, Var
from ...ops import arithmetic as a
from ...ops import compare
from ...ops.elementary import pow
from ...rule import Linear, Multilinear
from ..exact import number

EVEN, ODD = 1, 2
ZERO = EVEN | ODD


def parity(node: Expr, args: list[int]) -> int:
    """Bits for "stays the same" and "changes its sign"; both for 0, none where neither is known.

    >>> import symdiff as sd
    >>> from symdiff.walk import fold
    >>> x, y = sd.vars("x y")
    >>> [fold([e], parity)[e] for e in (sd.cos(x * y), sd.sin(x) * y**2, x + 1)]
    [1, 2, 0]
    """
    op = node.op
    if op is Var:
        return ODD if node.kind == "real" else 0
    if op is Const:
        return ZERO if number(node) == 0 else EVEN
    if op is compare.where or op is compare.maximum or op is compare.minimum:
        return _choice(op, args)
    if isinstance(op.rule, Linear) and op.rule.count is None:
        return _all(args)
    if op is a.mul or op is a.div or isinstance(op.rule, Multilinear):
        return _product(args)
    if op is pow and isinstance(number(node.args[1]), int):
        return EVEN if number(node.args[1]) % 2 == 0 and args[0] else args[0]  # type: ignore[operator]
    if all(bits & EVEN for bits in args):
        return EVEN
    if len(args) == 1 and args[0] & ODD and op.elementwise:
        return EVEN if "even" in op.facts else ODD if "odd" in op.facts else 0
    if (op is compare.eq or op is compare.ne) and all(bits & ODD for bits in args):
        return EVEN
    return 0


def _all(args: list[int]) -> int:
    found = ZERO
    for bits in args:
        found &= bits
    return found


def _choice(op: Op, args: list[int]) -> int:
    if op is not compare.where:
        return EVEN if _all(args) & EVEN else 0
    return _all(args[1:]) if args[0] & EVEN else 0


def _product(args: list[int]) -> int:
    found = EVEN
    for bits in args:
        same, turned = bits & EVEN, bits & ODD
        swapped = (ODD if found & EVEN else 0) | (EVEN if found & ODD else 0)
        found = (found if same else 0) | (swapped if turned else 0)
    return found
