"""Which sums lose their first terms next to 0: a fold of the powers and factors of first terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...expr import Expr, Op
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ...ops import special as sp
from ..exact import number

SUMS = frozenset({ar.add, ar.sub})
_TRIGGERS = frozenset({ar.add, ar.sub, ar.div, el.log})
_WHOLE = frozenset({ar.add, ar.sub, ar.mul, ar.neg, ar.square})

_Lead = tuple[int, float] | None  # power and coefficient of the first term
_UNKNOWN = (0, math.nan)


def cancelling_sums(order: Sequence[Expr], bases: dict[Expr, Expr]) -> set[Expr]:
    """Sums whose first terms cancel, or may."""
    if not any(node.op in _TRIGGERS and bases[node] is not node for node in order):
        return set()
    leads: dict[Expr, _Lead] = {}
    whole: set[Expr] = set()  # polynomials: what cancels in them is meant
    found = set()
    for node in order:
        if bases[node] is node:
            leads[node] = _lead_of_leaf(node)
            whole.add(node)
            continue
        args = [leads[a] if a is not bases[node] else (1, 1.0) for a in node.args]
        if _is_whole(node) and whole.issuperset(node.args):
            whole.add(node)
        if any(a is None for a in args):
            leads[node] = None
        elif node.op in SUMS:
            unknown = any(math.isnan(a[1]) for a in args if a)
            lead = None if unknown else _lead_of_sum(node, args)
            if lead is None:
                lead = _UNKNOWN
                if node not in whole:
                    found.add(node)
            leads[node] = lead
        elif any(math.isnan(a[1]) for a in args if a):
            leads[node] = _UNKNOWN
        else:
            leads[node] = _lead(node, args)
            if _is_lost(node, args) and node not in whole:
                found.add(node)
    return found


def _is_lost(node: Expr, args: Sequence[_Lead]) -> bool:
    """Whether a node is the log of 1 and more, or 0/0 where its parts underflow."""
    above, below = args[0], args[-1]
    if above is None or below is None:
        return False
    if node.op is el.log:
        return above[0] == 0 and abs(above[1] - 1) < 1e-9
    return node.op is ar.div and above[0] > 1 and below[0] > 0


def _is_whole(node: Expr) -> bool:
    if node.op is el.pow:
        exponent = number(node.args[1])
        return isinstance(exponent, int) and exponent >= 0
    return node.op in _WHOLE


def _lead_of_leaf(node: Expr) -> _Lead:
    value = node.op.constant if node.op.constant is not None else number(node)
    try:
        return (0, float(value)) if value else None
    except OverflowError:
        return None


def _lead_of_sum(node: Expr, args: Sequence[Any]) -> _Lead:
    signs = (1, -1) if node.op is ar.sub else (1,) * len(args)
    start = min(start for start, _ in args)
    parts = [s * c for s, (k, c) in zip(signs, args, strict=True) if k == start]
    total = sum(parts)
    return None if abs(total) <= 1e-9 * max(map(abs, parts)) else (start, total)


def _lead(node: Expr, args: Sequence[Any]) -> _Lead:
    op, (start, c) = node.op, args[0]
    try:
        if op is ar.neg:
            return start, -c
        if op is ar.mul:
            return sum(k for k, _ in args), math.prod(v for _, v in args)
        if op is ar.div:
            return start - args[1][0], c / args[1][1]
        if op is ar.square:
            return 2 * start, c * c
        if op is ar.reciprocal:
            return -start, 1 / c
        if op is el.pow or op is el.sqrt:
            exponent = 0.5 if op is el.sqrt else number(node.args[1])
            if exponent is None:
                return None
            power = start * exponent
            value = c**exponent
            return None if power % 1 or isinstance(value, complex) else (int(power), float(value))
        if start > 0:
            odd = _ODD.get(op)
            return (start, c * odd) if odd else (0, _AT_ZERO[op]) if op in _AT_ZERO else None
        beside = _BESIDE.get(op)
        if start < 0 or beside is None:
            return None
        value = beside(c)
        return (0, value) if value else _UNKNOWN
    except (ArithmeticError, ValueError):
        return None


_ODD: dict[Op, float] = {
    **dict.fromkeys((el.sin, el.tan, el.sinh, el.tanh, el.asin, el.atan, el.asinh, el.atanh), 1.0),
    el.expm1: 1.0, el.log1p: 1.0, sp.erf: 2 / math.sqrt(math.pi),
}  # fmt: skip
_AT_ZERO: dict[Op, float] = {
    el.exp: 1.0, el.cos: 1.0, el.cosh: 1.0, el.sech: 1.0, el.sigmoid: 0.5,
    el.softplus: math.log(2.0), sp.erfc: 1.0,
}  # fmt: skip
_BESIDE: dict[Op, Callable[[float], float]] = {  # what series know at other points than 0
    el.exp: math.exp, el.expm1: math.expm1, el.log: math.log, el.log1p: math.log1p,
    el.sigmoid: lambda c: 1 / (1 + math.exp(-c)), el.softplus: lambda c: math.log1p(math.exp(c)),
}  # fmt: skip
