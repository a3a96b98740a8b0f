"""The values of two expressions side by side: where they differ, and what is lost in the second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..expr import Expr
from ..leaves import Const
from ..ops import arithmetic as ar
from ..ops import elementary as el
from ..ops.rounding import TINY, ULP, rounding_bound
from ..ops.values import Values
from ..walk import postorder
from .points import Points

MARGIN = 8.0  # times the sum of the bounds is no difference
FEW_ULP = 16 * ULP  # what graphs of a dozen operations differ by, without any cancellation
UNCLEAR = 100.0  # times as much may be due to another libm: neither equal nor different
FEW = 1e-6  # a larger relative difference far out has to be explained by the original
TINIEST = 1e-290  # a smaller value may round to 0, a larger one than the inverse to infinity
EXTREME = 1e20  # nobody is held to powers of larger numbers at huge points, of its inverse at any


def values_of(nodes: Iterable[Expr], values: Values, rows: Any) -> Values:
    """The values of nodes at some of the points."""
    return {n: values[n][rows] if np.ndim(values[n]) > n.ndim else values[n] for n in nodes}


def are_close(left: Any, right: Any, moderate: int) -> bool:
    """Whether the second are equal up to a few roundings wherever the first are finite, and
    infinite only where they are, with a finite value at a moderate point.
    """
    near = np.abs(np.subtract(left, right, dtype=float)) <= MARGIN * FEW_ULP * np.abs(left)
    if near.all():
        return True
    if not (near.shape == np.shape(left) == np.shape(right) and near[:moderate].any()):
        return False
    left, right = left[~near], right[~near]
    return bool((~np.isfinite(left) & (np.isfinite(right) | (left == right))).all())


class Sides:
    """The values of two expressions, an axis of points and one of elements."""

    def __init__(self, a: Expr, b: Expr, values: Values, smooth: Any) -> None:
        self.a, self.b, self.values = a, b, values
        count = len(smooth)
        self.left, self.right = [
            flat(values[e], e, count).astype(float, copy=False) for e in (a, b)
        ]
        finite = np.isfinite(self.left) & smooth[:, None]
        self.both = finite & np.isfinite(self.right)
        self.lost = finite & ~self.both & (np.abs(self.left) < 1 / TINIEST)
        self.gap = np.abs(self.left - self.right)
        self.gap[~self.both] = 0.0

    def apart(self, moderate: int, error: Any = None) -> Any:
        """Where moderate values differ by more than an error, by default a few roundings of the
        largest element.
        """
        near = slice(moderate)
        if error is None:
            least = np.minimum(np.abs(self.left[near]), np.abs(self.right[near]))
            least[~self.both[near]] = 0.0
            allowed = FEW_ULP * least.max(axis=1, keepdims=True, initial=0.0)
        else:
            allowed = flat(error, self.a, len(self.left))[near]
        return ~(self.gap[near] <= MARGIN * allowed + TINIEST)

    def unclear(self, points: Points, digits: bool) -> Any:
        """The points where the two differ, or the second seems to lose what is finite, or, with
        ``digits``, the digits of it.
        """
        far, moderate = points.plain_far, points.moderate
        mask = self.lost
        if (self.right == 0).any():
            mask = mask | self.gone(far)
        if not self.both.all():
            mask = mask | (np.isnan(self.left) & ~np.isfinite(self.right) & far[:, None])
        if digits:
            mask = mask | self.unlike(far)
        rows = mask.any(axis=1)
        rows[:moderate] |= self.apart(moderate).any(axis=1)
        return np.flatnonzero(rows)

    def gone(self, far: Any) -> Any:
        """Where the second is 0 at far points and the first is not."""
        return self.both & (self.right == 0) & (np.abs(self.left) > TINIEST) & far[:, None]

    def unlike(self, far: Any) -> Any:
        """Where the second has few digits of the first at far points."""
        size = np.abs(self.left)
        return self.both & (self.gap > FEW * size) & (size > TINIEST) & far[:, None]

    def excess(self, rows: Any) -> Any:
        """The largest difference at each of some points, in units of what rounding allows.

        It is 0 where a bound is not known.
        """
        columns = np.argmax(self.gap[rows], axis=1)
        bound = sum(self._bound(e, rows, columns) for e in (self.a, self.b))
        found = self.gap[rows, columns] / (MARGIN * bound)
        return np.where(np.isfinite(bound), found, 0.0)

    def within_range(self, rows: Any) -> Any:
        """Those of some points where no value inside is infinite: else no bound is known."""
        for node in postorder([self.a, self.b]):
            if rows.size and node.kind == "real" and np.ndim(self.values[node]) > node.ndim:
                infinite = np.isinf(self.values[node][rows])
                if infinite.any():
                    rows = rows[~flat(infinite, node, len(rows)).any(axis=1)]
        return rows

    def held(self, where: Any, huge: Any) -> Any:
        """The points of a mask where the second has no power of a tiny number, nor, if the point
        itself is huge, of a large one.
        """
        rows = np.flatnonzero(where.any(axis=1))
        for node in postorder([self.b]) if rows.size else ():
            if node.op is el.pow and node.args[1].op is Const:
                size = np.abs(flat(self.values[node.args[0]], node.args[0], len(where))[rows])
                large = np.isfinite(size) & (size > EXTREME) & huge[rows, None]
                rows = rows[~(large | (size < 1 / EXTREME)).any(axis=1)]
        return rows

    def overflown(self, far: Any) -> Any:
        """The far points where the second alone is infinite, because what it divides is.

        Divided by a large number, what is infinite may have been of any size.
        """
        infinite = np.isinf(self.right) & np.isnan(self.left) & far[:, None]
        rows = np.flatnonzero(infinite.any(axis=1))
        divided = np.zeros(len(rows), bool)
        for node in postorder([self.b]) if rows.size else ():
            if node.op is ar.div:
                above, below = [flat(self.values[x], x, len(far))[rows] for x in node.args]
                divided |= np.isinf(above).any(axis=1) & (np.abs(below) > EXTREME).any(axis=1)
        return rows[divided]

    def vanished(self, far: Any) -> Any:
        """The far points where the second underflows to 0 and the first is known not to be."""
        zero = self.gone(far)
        rows = np.flatnonzero(zero.any(axis=1))
        if not rows.size:
            return rows
        columns = np.argmax(zero[rows], axis=1)
        bound = sum(self._bound(e, rows, columns, tiny=0.0) for e in (self.a, self.b))
        return rows[np.abs(self.left[rows, columns]) > UNCLEAR * MARGIN * bound]

    def faded(self, far: Any) -> Any:
        """The far points where the second has few digits of the first, which has them itself."""
        unlike = self.unlike(far)
        rows = np.flatnonzero(unlike.any(axis=1))
        if not rows.size:
            return rows
        columns = np.argmax(unlike[rows], axis=1)
        bound = self._bound(self.a, rows, columns)
        return rows[self.gap[rows, columns] > UNCLEAR * MARGIN * bound]

    def _bound(self, e: Expr, rows: Any, columns: Any, tiny: float = TINY) -> Any:
        order = postorder([e])
        here = values_of(order, self.values, rows)
        seed = np.zeros((len(rows), self.left.shape[1]))
        seed[np.arange(len(rows)), columns] = 1.0
        return rounding_bound(order, here, seed.reshape(len(rows), *e.shape), tiny)

    def pair(self, k: int) -> tuple[Any, Any]:
        """Both values at a point."""
        left, right = self.left[k].reshape(self.a.shape), self.right[k].reshape(self.a.shape)
        return left.tolist(), right.tolist()


def flat(value: Any, node: Expr, count: int) -> Any:
    """A value with one axis of points and one of elements."""
    if np.shape(value) == (count, *node.shape):
        return value.reshape(count, -1)
    return np.broadcast_to(value, (count, *node.shape)).reshape(count, -1)
