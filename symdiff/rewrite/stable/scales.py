"""Quotients of powers of lengths, whose squares over- or underflow where they do not.

``x*y/(x**2 + y**2)**2`` is computed from ``s*x`` and ``s*y`` for the power of two ``s`` that
brings the larger of them next to 1, and multiplied by ``s`` twice in the end: both are exact.
A number beside powers of a variable counts as a power of 1, which is scaled too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from ...expr import Expr, make
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops import compare as co
from ...ops import elementary as el
from ...walk import postorder
from ..exact import number

LARGEST = 60  # nodes of a quotient, shared ones counted each time
MOST = 4  # variables that are scaled together

_SUMS = frozenset({ar.add, ar.sub, el.hypot})
_REGION = _SUMS | {ar.mul, ar.div, ar.neg, ar.square, el.sqrt, el.pow}

_FACTORS = {ar.square: Fraction(2), el.sqrt: Fraction(1, 2)}  # of the degree of the argument
_MODEST = frozenset({el.exp, el.expm1, el.sigmoid, el.tanh, el.sin, el.cos})  # or out of reach


class _Unfit(Exception):
    """A quotient that is better left as it is."""


class _Length(NamedTuple):
    """What a divisor measures: nodes scaled together, and whether numbers stand beside them."""

    sides: frozenset[Expr]
    has_unit: bool


def without_scale(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs with such quotients scaled.

    Cost: under 1 us per node where there is none.
    """
    order = postorder(outputs)
    over = _over_lengths(order)
    if not over:
        return list(outputs)
    wanted = set(outputs)
    done: dict[Expr, Expr] = {}
    for node in reversed(order):
        if node not in wanted:
            continue
        if node in over:
            try:
                done[node] = _Region(node).scaled()
                continue
            except _Unfit:
                pass
        wanted.update(node.args)
    if not done:
        return list(outputs)
    images: dict[Expr, Expr] = {}
    for node in order:
        if node in done:
            images[node] = done[node]
        elif node in wanted:
            args = tuple([images[a] for a in node.args])
            images[node] = node if args == node.args else make(node.op, args, node.params)
    return [images[out] for out in outputs]


def _over_lengths(order: Sequence[Expr]) -> set[Expr]:
    """Quotients by something with a sum in it, and what is made of them by arithmetic."""
    sums: set[Expr] = set()
    found: set[Expr] = set()
    sizes: dict[Expr, int] = {}
    for node in order:
        if node.op not in _REGION or node.kind != "real":
            continue
        size = sizes[node] = min(1 + sum([sizes.get(a, 0) for a in node.args]), LARGEST + 1)
        if size > LARGEST:
            continue
        if node.op in _SUMS or not sums.isdisjoint(node.args):
            sums.add(node)
        if not found.isdisjoint(node.args) or (node.op is ar.div and node.args[1] in sums):
            found.add(node)
    return found


class _Region:
    """The arithmetic below a node, down to nodes that are no arithmetic."""

    def __init__(self, root: Expr) -> None:
        self.root = root
        self.order = postorder([root], _Outside())
        self.atoms = [n for n in self.order if not _inside(n) and number(n) is None]
        self.below = self._below()

    def _below(self) -> dict[Expr, frozenset[Expr]]:
        found: dict[Expr, frozenset[Expr]] = {}
        atoms = set(self.atoms)
        for n in self.order:
            own = frozenset([n]) if n in atoms else frozenset()
            inside = [found[a] for a in n.args] if _inside(n) else []
            found[n] = own.union(*inside)
        return found

    def scaled(self) -> Expr:
        """The root from scaled atoms. Raises: _Unfit."""
        lengths = set()
        for n in self.order:
            if n.op is ar.div and _inside(n):
                found = self._length(n.args[1])
                if found is not None:
                    lengths.add(found)
        if len({length.sides for length in lengths}) != 1:
            raise _Unfit
        sides = next(iter(lengths)).sides
        has_unit = any(length.has_unit for length in lengths)
        if len(sides) > MOST or len(sides) + has_unit < 2 or any(a.op in _MODEST for a in sides):
            raise _Unfit
        if not any(self._is_risky(n, sides) for n in self.order if n.op is ar.div):
            raise _Unfit
        listed = [a for a in self.atoms if a in sides]
        sizes = [make(ar.abs, (a,)) for a in listed] + ([const(1.0)] if has_unit else [])
        scale = make(ar.unit_scale, (reduce(lambda x, y: make(co.maximum, (x, y)), sizes),))
        return _Scaling(self, sides, scale).run()

    def _length(self, divisor: Expr) -> _Length | None:
        """What the sums among the factors of a divisor measure; None where there is no sum."""
        sides: set[frozenset[Expr]] = set()
        alone: set[Expr] = set()
        has_unit = False
        stack = [divisor]
        while stack:
            n = stack.pop()
            if n.op in _SUMS:
                sides.add(self.below[n])
                has_unit = has_unit or self._has_unit(n)
            elif n.op in (ar.mul, ar.neg, ar.square, el.sqrt):
                stack.extend(n.args)
            elif n.op is el.pow and number(n.args[1]) is not None and _inside(n):
                stack.append(n.args[0])
            elif n.op in _REGION:
                raise _Unfit
            elif number(n) is None:
                alone.add(n)
        if not sides:
            if alone:
                raise _Unfit
            return None
        if len(sides) > 1 or (alone and (alone != next(iter(sides)) or len(alone) > 1)):
            raise _Unfit
        return _Length(next(iter(sides)), has_unit)

    def _has_unit(self, total: Expr) -> bool:
        """Whether terms of a sum have different degrees in all atoms."""
        grades = _grades(postorder([total], _Outside()), set(self.atoms))
        return any(len({grades[a] for a in n.args}) > 1 for n in grades if n.op in _SUMS)

    def _is_risky(self, quotient: Expr, sides: frozenset[Expr]) -> bool:
        """Whether powers above and below may overflow where the quotient does not."""
        grades = _grades(self.order, sides)
        top, bottom = [grades[a] for a in quotient.args]
        return top >= 1 and max(top, bottom) >= 2


def _inside(node: Expr) -> bool:
    if node.op is el.pow:
        return isinstance(number(node.args[1]), (int, Fraction))
    return node.op in _REGION


class _Outside:
    """The nodes at which a region ends."""

    def __contains__(self, node: object) -> bool:
        return isinstance(node, Expr) and not _inside(node)


def _grades(order: Sequence[Expr], sides: frozenset[Expr] | set[Expr]) -> dict[Expr, Fraction]:
    """The degree of every node in the sides."""
    found: dict[Expr, Fraction] = {}
    for n in order:
        if not _inside(n):
            found[n] = Fraction(int(n in sides))
            continue
        below = [found[a] for a in n.args]
        if n.op in _SUMS:
            found[n] = max(below)
        elif n.op is ar.mul:
            found[n] = sum(below, Fraction(0))
        elif n.op is ar.div:
            found[n] = below[0] - below[1]
        elif n.op is el.pow:
            found[n] = below[0] * Fraction(number(n.args[1]) or 0)
        else:
            found[n] = below[0] * _FACTORS.get(n.op, Fraction(1))
    return found


class _Scaling:
    """One region from scaled atoms."""

    def __init__(self, region: _Region, sides: frozenset[Expr], scale: Expr) -> None:
        self.region, self.sides, self.scale = region, sides, scale
        self.grades = _grades(region.order, sides)

    def run(self) -> Expr:
        root = self.region.root
        grade = self.grades[root]
        if grade.denominator != 1:
            raise _Unfit
        if grade > 0:
            return self._product_over_length(root, int(grade))
        image = self._images()[root]
        for _ in range(-int(grade)):
            image = make(ar.mul, (image, self.scale))
        return image

    def _product_over_length(self, root: Expr, surplus: int) -> Expr:
        """``x*y/(x + y)``: as many factors as are too many stay as they are, outside."""
        if root.op is not ar.div:
            raise _Unfit
        images = self._images()
        factors = [root.args[0]]
        while any(f.op is ar.mul for f in factors):
            factors = [p for f in factors for p in (f.args if f.op is ar.mul else (f,))]
        outside: list[Expr] = []
        inside: list[Expr] = []
        for f in factors:
            if f in self.sides and len(outside) < surplus:
                outside.append(f)
            elif f in self.sides or number(f) is not None:
                inside.append(images[f])
            else:
                raise _Unfit
        if len(outside) < surplus or not inside:
            raise _Unfit
        times = lambda x, y: make(ar.mul, (x, y))
        inner = make(ar.div, (reduce(times, inside), images[root.args[1]]))
        return reduce(times, [*outside, inner])

    def _images(self) -> dict[Expr, Expr]:
        images: dict[Expr, Expr] = {}
        for n in self.region.order:
            if n in self.sides:
                images[n] = make(ar.mul, (n, self.scale))
            elif not _inside(n):
                images[n] = n
            elif n.op in _SUMS:
                images[n] = make(n.op, tuple([self._raised(a, n, images) for a in n.args]))
            else:
                images[n] = make(n.op, tuple([images[a] for a in n.args]), n.params)
        return images

    def _raised(self, term: Expr, total: Expr, images: dict[Expr, Expr]) -> Expr:
        """A term of a sum times the powers of the scale that the other terms have more."""
        missing = self.grades[total] - self.grades[term]
        if missing.denominator != 1:
            raise _Unfit
        image = images[term]
        for _ in range(int(missing)):
            image = make(ar.mul, (image, self.scale))
        return image
