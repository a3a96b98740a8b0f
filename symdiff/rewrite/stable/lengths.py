"""Lengths: roots of sums of squares by ``hypot``, and the second derivatives of ``hypot``.

The square of a length overflows where the length does not.  So ``a*b/(a**2 + b**2)**(3/2)`` is
``(a/h)*(b/h)/h`` with ``h = hypot(a, b)``: the quotients are 1 at most.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import Const, Var
from ...ops import arithmetic as ar
from ...ops import elementary as el
from ..exact import number
from ..row import REAL, Form, Rule

MOST_SQUARES = 4  # under a root that is written by hypot
MOST_FACTORS = 8  # of a numerator


def length_rows() -> list[Rule]:
    """The rows."""
    return [
        Rule("hypot of many",          el.sqrt, _norm,        REAL),
        Rule("over a cube of length",  ar.div,  _over_cube,   REAL),
    ]  # fmt: skip


def _norm(form: Form, node: Expr) -> Expr | None:
    sides = _sides(node.args[0])
    return None if sides is None else _hypot(sides)


def _hypot(sides: tuple[Expr, ...]) -> Expr:
    return reduce(lambda x, y: make(el.hypot, (x, y)), sides)


def _sides(total: Expr) -> tuple[Expr, ...] | None:
    """What is squared in each term of a sum of squares, last 1 for the number 1."""
    terms = [total]
    while any(t.op is ar.add for t in terms) and len(terms) <= MOST_SQUARES:
        terms = [p for t in terms for p in (t.args if t.op is ar.add else (t,))]
    if not 1 < len(terms) <= MOST_SQUARES:
        return None
    sides = [t if number(t) == 1 else _root(t) for t in terms]
    known = [s for s in sides if s is not None]
    known.sort(key=lambda side: side.op is Const)
    return tuple(known) if len(known) == len(sides) else None


def _root(node: Expr) -> Expr | None:
    """``a`` for ``a**2``."""
    if node.op is ar.square or (node.op is el.pow and number(node.args[1]) == 2):
        return node.args[0]
    if node.op is ar.mul and len(node.args) == 2 and node.args[0] is node.args[1]:
        return node.args[0]
    return None


def _over_cube(form: Form, node: Expr) -> Expr | None:
    """A quotient of up to three factors that lie along the sides by the cube of the length."""
    top, bottom = node.args
    sides = _cubed(bottom)
    if sides is None:
        return None
    factors = _factors(top, frozenset(sides))
    if factors is None or not 0 < len(factors.linear) <= 3:
        return None
    h = _hypot(sides)
    parts = [*factors.others, *[form.apply(ar.div, (f, h)) for f in factors.linear]]
    value = reduce(lambda x, y: form.apply(ar.mul, (x, y)), parts)
    rest = {1: [_square(sides)], 2: [h], 3: []}[len(factors.linear)]
    value = reduce(lambda x, y: form.apply(ar.div, (x, y)), rest, value)
    return form.times(-1, value) if factors.negative else value


def _square(sides: tuple[Expr, ...]) -> Expr:
    squares = [make(ar.mul, (s, s)) for s in sides]
    return reduce(lambda x, y: make(ar.add, (x, y)), squares)


def _cubed(bottom: Expr) -> tuple[Expr, ...] | None:
    """The sides of a length where a node is its third power."""
    if bottom.op is el.pow and number(bottom.args[1]) in (1.5, Fraction(3, 2)):
        return _sides(bottom.args[0])
    if bottom.op is not ar.mul or len(bottom.args) != 2:
        return None
    square, length = bottom.args if bottom.args[0].op is ar.add else bottom.args[::-1]
    sides = _sides(square)
    fits = sides is not None and length in (_hypot(sides), make(el.sqrt, (square,)))
    return sides if fits else None


class _Factors(NamedTuple):
    """The factors of a numerator that are lengths along the sides, and the others."""

    linear: list[Expr]
    others: list[Expr]
    negative: bool


def _factors(top: Expr, sides: frozenset[Expr]) -> _Factors | None:
    """None where a factor depends on the sides in another way."""
    linear: list[Expr] = []
    others: list[Expr] = []
    stack, negative = [top], False
    while stack:
        factor = stack.pop()
        roots = _sides(factor)
        if factor.op is ar.mul:
            stack += factor.args[::-1]
        elif factor.op is ar.neg:
            stack.append(factor.args[0])
            negative = not negative
        elif (root := _root(factor)) is not None:
            stack += [root, root]
        elif roots is not None and sides.issuperset(roots):
            linear.extend([_hypot(roots)] * 2)
        elif factor in sides:
            linear.append(factor)
        elif number(factor) is not None or factor.op is Var:
            others.append(factor)
        else:
            return None
        if len(stack) + len(linear) + len(others) > MOST_FACTORS:
            return None
    return _Factors(linear, others, negative)
