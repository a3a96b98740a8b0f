"""The values of two expressions side by side: where they differ, and what is lost in the second."""

from __future__ import annotations

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

    def __init__(self, a: Expr, b: Expr, values: Values, smooth: Any, points: Points) -> None:
        self.a, self.b, self.values, self.points = a, b, values, points
        self.order = postorder([a, b])
        self.left, self.right = [self._flat(e).astype(float, copy=False) for e in (a, b)]
        self.finite = np.isfinite(self.left) & smooth[:, None]
        self.both = self.finite & np.isfinite(self.right)
        self.gap = np.where(self.both, np.abs(self.left - self.right), 0.0)

    def _flat(self, node: Expr) -> Any:
        return flat(self.values[node], node, self.points.total)

    def excess(self) -> tuple[float, int]:
        """The largest difference at a moderate point, in units of what rounding allows, and where.

        Nothing is known where a value inside is infinite.
        """
        least = np.where(self.both, np.minimum(np.abs(self.left), np.abs(self.right)), 0.0)
        allowed = MARGIN * FEW_ULP * least.max(axis=1, keepdims=True, initial=0.0) + TINIEST
        rows = np.flatnonzero(~(self.gap <= allowed).all(axis=1)[: self.points.moderate])
        for node in self.order:
            if rows.size and node.kind == "real" and np.ndim(self.values[node]) > node.ndim:
                rows = rows[~np.isinf(self._flat(node)[rows]).any(axis=1)]
        if not rows.size:
            return 0.0, 0
        columns = np.argmax(self.gap[rows], axis=1)
        bound = sum(self._bound(e, rows, columns) for e in (self.a, self.b))
        excess = self.gap[rows, columns] / (MARGIN * bound)
        excess[~np.isfinite(bound)] = 0.0
        k = int(np.argmax(excess))
        return float(excess[k]), int(rows[k])

    def lost(self) -> int | None:
        """A point where the second is not finite, or 0, and the first is known to have a value."""
        gone = self.finite & ~self.both & (np.abs(self.left) < 1 / TINIEST)
        rows = np.flatnonzero(gone.any(axis=1))
        for node in postorder([self.b]) if rows.size else ():  # nobody is held to powers of these
            if node.op is el.pow and node.args[1].op is Const:
                size = np.abs(self._flat(node.args[0])[rows])
                large = np.isfinite(size) & (size > EXTREME) & self.points.huge[rows, None]
                rows = rows[~(large | (size < 1 / EXTREME)).any(axis=1)]
        if not rows.size:
            rows = self._overflown()
        return int(rows[0]) if rows.size else self.faded(zero=True)

    def _overflown(self) -> Any:
        """The far points where the second alone is infinite, because what it divides is.

        Divided by a large number, what is infinite may have been of any size.
        """
        infinite = np.isinf(self.right) & np.isnan(self.left) & self.points.plain_far[:, None]
        rows = np.flatnonzero(infinite.any(axis=1))
        divided = np.zeros(len(rows), bool)
        for node in postorder([self.b]) if rows.size else ():
            if node.op is ar.div:
                above, below = [self._flat(x)[rows] for x in node.args]
                divided |= np.isinf(above).any(axis=1) & (np.abs(below) > EXTREME).any(axis=1)
        return rows[divided]

    def faded(self, zero: bool) -> int | None:
        """A far point where the second has few digits of the first, which has them itself; with
        ``zero`` one where it underflows to 0.
        """
        size = np.abs(self.left)
        unlike = self.both & (self.gap > FEW * size) & (size > TINIEST)
        unlike &= self.points.plain_far[:, None]
        if zero:
            unlike &= self.right == 0
        rows = np.flatnonzero(unlike.any(axis=1))
        if not rows.size:
            return None
        columns = np.argmax(unlike[rows], axis=1)
        sides, tiny = ((self.a, self.b), 0.0) if zero else ((self.a,), TINY)
        bound = sum(self._bound(e, rows, columns, tiny) for e in sides)
        rows = rows[self.gap[rows, columns] > UNCLEAR * MARGIN * bound]
        return int(rows[0]) if rows.size else None

    def _bound(self, e: Expr, rows: Any, columns: Any, tiny: float = TINY) -> Any:
        order = postorder([e])
        here = {n: v[rows] if np.ndim(v := self.values[n]) > n.ndim else v for n in order}
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
