"""Long sums and products that two-argument nodes cannot stand for.

``Add(a, b, c)`` prints as ``a + b + c``, which is read as two nodes of two arguments; both have
one canonical form.  That fails where canonicalisation keeps the order of evaluation, in sums of
several float constants, and where it keeps the kind, in sums of conditions: these are calls.
"""

from __future__ import annotations

from fractions import Fraction

from ..expr import Expr
from ..leaves import Const
from .grammar import is_infix

_SUMS = frozenset("+-")
_ARITHMETIC = frozenset(["+", "-", "*", "/", "**"])
_EXACT = (int, bool, Fraction)


def unchainable(order: list[Expr]) -> frozenset[Expr]:
    """The nodes of more than two arguments that are written as calls."""
    if not any(is_infix(node) and len(node.args) > 2 for node in order):
        return frozenset()
    floats: dict[Expr, int] = {}  # standing alone in the sum that the node is, at most 2
    numbers: dict[Expr, bool] = {}  # made of constants alone: whether one of them is a float
    found = set()
    for node in order:
        infix = node.op.infix
        if node.op is Const:
            numbers[node] = not isinstance(node.params[0], _EXACT)
        elif infix in _ARITHMETIC and all(a in numbers for a in node.args):
            numbers[node] = any(numbers[a] for a in node.args)
        if infix in _SUMS:
            inside = list(node.args)
        elif infix == "*" and sum(a not in numbers for a in node.args) == 1:  # may be opened
            inside = [a for a in node.args if a.op.infix in _SUMS]
        else:
            inside = []
        count = sum([floats[a] for a in inside])
        floats[node] = 1 if numbers.get(node) else min(count, 2)
        long = is_infix(node) and len(node.args) > 2
        if long and (count > 1 or any(a.kind == "bool" for a in node.args)):
            found.add(node)
    return frozenset(found)
