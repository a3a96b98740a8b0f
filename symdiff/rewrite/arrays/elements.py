"""Arrays of formulas, element by element: what is moved, added and multiplied as single formulas.

Elements are numbered, so that what moves elements about moves whole numbers; 0 is what is 0 by
its structure, and what is multiplied by it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

import numpy as np

from ...expr import Expr, make
from ...leaves import Const, const
from ...ops import arithmetic as ar
from ...ops import arrays as ax
from ...ops import places, sweeps
from ...ops.implementations import on_arrays
from ...ops.values import value_of
from ...rule import Contraction, Linear
from ..nodes import MINUS, ONE, many

ZERO = const(0)
SWEPT = frozenset({sweeps.cumprod, sweeps.recurrence})
MOVED = 64  # elements that are moved as numbers in the time in which one is written
_JOINED = frozenset({ax.stack, places.concatenate})


class Elements:
    """The elements of the nodes of a graph, those of an argument before those of its users.

    No array of more than ``most`` elements is taken apart, and about ``left`` elements are written
    altogether.
    """

    def __init__(self, most: int, left: int) -> None:
        self.most, self.left = most, left
        self.expressions = [ZERO, ONE]
        self.numbers = {ZERO: 0, ONE: 1}
        self.known: dict[Expr, Any] = {}  # arrays of numbers, None for what is too large
        self.minus = self._number(MINUS)

    def add(self, node: Expr) -> None:
        """Find the elements of a node whose arguments' are found."""
        numbers = None
        if node.size <= min(self.most, MOVED * self.left):
            if node.shape or any(x.shape for x in node.args):
                numbers = self._of_parts(node, [self.known[x] for x in node.args])
            numbers = self._apart(node) if numbers is None else numbers
            self.left -= int(np.count_nonzero(numbers)) + node.size // MOVED
        self.known[node] = numbers

    def of(self, node: Expr) -> list[Expr] | None:
        """The elements in row-major order, None where they are too many."""
        numbers = self.known[node]
        return None if numbers is None else [self.expressions[n] for n in numbers.ravel().tolist()]

    def _number(self, e: Expr) -> int:
        found = self.numbers.setdefault(e, len(self.expressions))
        if found == len(self.expressions):
            self.expressions.append(e)
        return found

    def _array(self, elements: Iterable[Expr], node: Expr) -> Any:
        return _filled([self._number(e) for e in elements], node)

    # -- arrays --------------------------------------------------------------------------------

    def _apart(self, node: Expr) -> Any:
        """The elements of an array that is not computed element by element."""
        at = np.ndindex(node.shape)
        if node.op is Const:
            return self._array([const(np.asarray(node.value)[place]) for place in at], node)
        if node.op is ax.eye:
            return _identity(node)
        if not node.shape:
            return self._array([node], node)
        return self._array([make(ax.index, (node,), (place,)) for place in at], node)

    def _of_parts(self, node: Expr, parts: list[Any]) -> Any:
        """The elements of a node by those of its arguments, None where no way is known."""
        op, rule = node.op, node.op.rule
        if op is ax.index and parts[0] is None:
            return self._read(node)
        if not parts or any(part is None for part in parts):
            return None
        if op.contraction is not None:
            return self._contracted(node, op.contraction(node))
        if op in _JOINED:
            return on_arrays(op)(*parts, axis=node.params[0])
        if op.elementwise:
            flat = [np.broadcast_to(part, node.shape).ravel().tolist() for part in parts]
            return _filled([self._applied(node, at) for at in zip(*flat, strict=True)], node)
        if op in SWEPT:
            return self._swept(node, parts)
        if not isinstance(rule, Linear):
            return None
        return self._combined(node, parts[0]) if rule.moves is None else rule.moves(parts[0], node)

    def _read(self, node: Expr) -> Any:
        """The elements of a part of an array that is too large to be taken apart."""
        (x,), rule = node.args, node.op.rule
        assert isinstance(rule, Linear)
        assert rule.moves is not None
        at = []
        for axis, n in enumerate(x.shape):
            grid = np.arange(n).reshape((n,) + (1,) * (x.ndim - axis - 1))
            at.append(rule.moves(np.broadcast_to(grid, x.shape), node).ravel().tolist())
        found = list(zip(*at, strict=True))
        if x.op is ax.eye:
            half = x.ndim // 2
            return _filled([int(place[:half] == place[half:]) for place in found], node)
        return self._array([make(ax.index, (x,), (place,)) for place in found], node)

    def _contracted(self, node: Expr, how: Contraction) -> Any:
        """Sums of products of the elements whose labels agree."""
        sizes = how.sizes
        total = prod(sizes.values())
        operands: list[Any] = [
            _identity(x) if x.op is ax.eye else self.known.get(x) for x in how.operands
        ]
        if total > self.left or any(x is None for x in operands):
            return None
        self.left -= total
        labels = [*how.output, *[i for i in sizes if i not in how.output]]
        grid = np.indices(tuple([sizes[i] for i in labels])).reshape(len(labels), total)
        place = dict(zip(labels, grid, strict=True))
        factors = [
            x[tuple([place[i] for i in own])] if own else np.broadcast_to(x, total)
            for x, own in zip(operands, how.inputs, strict=True)
        ]
        terms = [self._product(at) for at in zip(*[x.tolist() for x in factors], strict=True)]
        rows = np.array(terms, np.int64).reshape(node.size, total // node.size)
        return _filled([self._sum(row) for row in rows.tolist()], node)

    def _combined(self, node: Expr, part: Any) -> Any:
        """The sums of elements that a linear operation makes, as its values at units tell."""
        others = [x.value for x in node.args[1:] if x.op is Const]
        if 1 + len(others) < len(node.args) or part.size * node.size > MOVED * self.left:
            return None
        units = np.eye(part.size).reshape(part.size, *part.shape)
        weights = value_of(node, [units, *others]).reshape(part.size, node.size)
        if not np.isin(weights, (0, 1)).all():
            return None
        flat = part.ravel()
        return _filled([self._sum(flat[column > 0].tolist()) for column in weights.T], node)

    def _swept(self, node: Expr, parts: list[Any]) -> Any:
        """Running products, and recurrences ``y[k] = a[k]*y[k - 1] + b[k]``."""
        axis, reverse, exclusive = node.params
        lines: Any = np.moveaxis(np.array(np.broadcast_arrays(*parts)), axis, -1)
        lines = lines[..., ::-1] if reverse else lines
        found = np.empty(lines.shape[1:], np.int64)
        for at in np.ndindex(found.shape[:-1]):
            y = int(node.op is sweeps.cumprod)
            for k, steps in enumerate(zip(*lines[(slice(None), *at)].tolist(), strict=True)):
                before, y = y, self._product([steps[0], y])
                y = self._sum([y, *steps[1:]])
                found[(*at, k)] = before if exclusive else y
        return np.moveaxis(found[..., ::-1] if reverse else found, -1, axis)

    # -- formulas ------------------------------------------------------------------------------

    def _applied(self, node: Expr, numbers: tuple[int, ...]) -> int:
        """An elementwise operation of elements."""
        op = node.op
        if op is ar.add:
            return self._sum(numbers)
        if op is ar.sub:
            return self._sum([numbers[0], self._product([self.minus, numbers[1]])])
        if op is ar.mul:
            return self._product(numbers)
        if op is ar.neg:
            return self._product([self.minus, *numbers])
        if op is ar.div and not numbers[0]:
            return 0
        return self._number(make(op, tuple([self.expressions[n] for n in numbers]), node.params))

    def _sum(self, numbers: Sequence[int]) -> int:
        """A sum without zeros; of fractions with one divisor such a fraction."""
        live = [self.expressions[n] for n in numbers if n]
        if len(live) < 2:
            return sum(numbers)
        if (divisor := common_divisor(live)) is None:
            return self._number(make(ar.add, tuple(live)))
        above = make(ar.add, tuple([x.args[0] for x in live]))
        return self._number(make(ar.div, (above, divisor)))

    def _product(self, numbers: Sequence[int]) -> int:
        """A product without ones, as one fraction."""
        if 0 in numbers:
            return 0
        factors = [self.expressions[n] for n in numbers]
        above = _times([x.args[0] if x.op is ar.div else x for x in factors])
        divisors = [x.args[1] for x in factors if x.op is ar.div]
        return self._number(make(ar.div, (above, _times(divisors))) if divisors else above)


def _filled(numbers: list[int], node: Expr) -> Any:
    return np.array(numbers, np.int64).reshape(node.shape)


def _identity(node: Expr) -> Any:
    return np.eye(prod(node.params[0]), dtype=np.int64).reshape(node.shape)


def _times(factors: Sequence[Expr]) -> Expr:
    live = [x for x in factors if x is not ONE and x is not MINUS]
    value = many(ar.mul, live) if live else ONE
    return make(ar.neg, (value,)) if factors.count(MINUS) % 2 else value


def common_divisor(entries: Iterable[Expr]) -> Expr | None:
    """The divisor of fractions that all have the same."""
    divisors = {x.args[1] if x.op is ar.div else None for x in entries}
    return divisors.pop() if len(divisors) == 1 else None
