"""Whether two graphs are equal, judged by their values: what a search proposes is compared with
its original before it is taken.

Two values are equal if they differ by no more than rounding may, in their stable forms.  Far out,
where the original itself has few digits, nothing finite may be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..errors import SymdiffError
from ..expr import Expr
from ..leaves import Const, Var
from ..ops import arithmetic as ar
from ..ops import compare as cm
from ..ops import elementary as el
from ..ops.primitive import Primitive
from ..ops.rounding import TINY, ULP, rough_errors, rounding_bound
from ..ops.values import Values, value_of, values_at
from ..rule import NonDiff
from ..walk import exceeds, postorder
from .points import Points, points_for
from .stable.stabilise import stable

SMALL = 400  # nodes of graphs that are compared
LARGEST = 100  # elements of a value of theirs
RECENT = 128  # comparisons that are remembered: a second derivative starts with the first
MARGIN = 8.0  # times the sum of the bounds is no difference
UNCLEAR = 100.0  # times as much may be due to another libm: neither equal nor different
KINK = 1e-9  # points are no nearer to a jump than this
STEP = 1e-6  # what changes by more within KINK is a jump
TINIEST = 1e-290  # a smaller value may round to 0
EXTREME = 1e20  # nobody is held to powers of larger numbers at huge points, of its inverse at any
JUMPS = frozenset({ar.mod, cm.heaviside})  # besides those without a derivative
CHOICES = frozenset({cm.maximum, cm.minimum, cm.clip})  # where an argument may be a border


class Verdict(NamedTuple):
    """What a comparison found: true only if the two are equal.

    ``equal`` is True, False or None for unknown, ``why`` says so in words; where they differ,
    ``point`` gives the variables by name and ``values`` both values there.
    """

    equal: bool | None
    why: str
    point: dict[str, Any] | None = None
    values: tuple[Any, Any] | None = None

    def __bool__(self) -> bool:
        return self.equal is True

    def __str__(self) -> str:
        return self.why


EQUAL = Verdict(True, "equal")
UNCOMPUTED = "unknown: the values, or bounds on their errors, cannot be computed"
NO_POINT = "unknown: no point was found where both have a value"
LOST = "a value is lost"
CLOSE = "unknown: further apart than rounding explains, but not by much, or next to a jump,"


class Disagreement(NamedTuple):
    """Outputs that were proposed for others and have other values."""

    original: Sequence[Expr]
    proposed: Sequence[Expr]
    verdict: Verdict


_listener: ContextVar[list[Disagreement] | None] = ContextVar("disagreements", default=None)


@contextmanager
def disagreements() -> Iterator[list[Disagreement]]:
    """What falls in a check inside: every entry is a fault of a rule or a form, or of the check."""
    found: list[Disagreement] = []
    token = _listener.set(found)
    try:
        yield found
    finally:
        _listener.reset(token)


def judged(original: Sequence[Expr], proposed: Sequence[Expr], limit: int = SMALL) -> Verdict:
    """Whether proposed outputs may stand for the original ones.

    They may where nothing can be said: in graphs of more than ``limit`` nodes, with functions of
    the user, without an implementation in NumPy.  They may not where no point has a value.
    """
    zipped = zip(original, proposed, strict=True)
    pairs = [(a, b) for a, b in zipped if a is not b and a.size]
    if not pairs or any(exceeds(side, limit) for side in zip(*pairs, strict=True)):
        return EQUAL
    verdict = _remembered(tuple(pairs))
    found = _listener.get()
    if verdict.equal is False and found is not None:
        found.append(Disagreement(original, proposed, verdict))
    return verdict


@lru_cache(RECENT)
def _remembered(pairs: tuple[tuple[Expr, Expr], ...]) -> Verdict:
    order = postorder([e for pair in pairs for e in pair])
    if any(type(n.op) is Primitive or n.size > LARGEST for n in order):
        return EQUAL
    verdict = compared(pairs, far=True)
    return EQUAL if verdict.why == UNCOMPUTED else verdict


def compared(
    pairs: Sequence[tuple[Expr, Expr]], far: bool, inputs: Mapping[Expr, Any] | None = None
) -> Verdict:
    """What the values of pairs of expressions say.

    With ``far`` the second may not lose what is finite in the first.  ``inputs`` are points of
    the caller, along a leading axis.
    """
    try:
        with np.errstate(all="ignore"):
            comparison = _Comparison(postorder([e for pair in pairs for e in pair]), far, inputs)
            verdicts = (comparison.of(a, b) for a, b in pairs)
            return next((v for v in verdicts if not v), EQUAL)
    except (SymdiffError, IndexError, np.linalg.LinAlgError):  # an index beyond its axis
        return Verdict(None, UNCOMPUTED)


class _Comparison:
    """Expressions at the same points."""

    def __init__(self, order: Sequence[Expr], far: bool, inputs: Mapping[Expr, Any] | None) -> None:
        self.far, self.order = far, order
        self.errors: Values | None = None
        if inputs is None:
            variables = [n for n in order if n.op is Var]
            variables.sort(key=lambda v: (v.name, v.digest))
            self.points = points_for(variables, _anchors(order), far)
            self.count = self.points.total
        else:
            self.count = len(next(iter(inputs.values()))) if inputs else 1
            self.points = Points(dict(inputs), self.count, self.count)
        self.values = values_at(order, self.points.inputs)
        self.smooth = _away_from_jumps(order, self.values, self.count)
        self.torn = not self.smooth[: self.points.moderate].any()  # ``floor(2*x/x)``
        if self.torn:
            self.smooth = np.ones(self.count, bool)

    def of(self, a: Expr, b: Expr) -> Verdict:
        """First as they are, which costs less; then in stable forms."""
        plain = _Sides(a, b, self.values, self.smooth)
        moderate = self.points.moderate
        gone = plain.lost | plain.gone(self.points.plain_far)
        if plain.both[:moderate].any() and not gone.any():
            if not plain.apart(moderate).any():
                return EQUAL
            if self.errors is None:
                self.errors = rough_errors(self.order, self.values)
            if not plain.apart(moderate, self.errors[a] + self.errors[b]).any():
                return EQUAL
        a, b = stable([a, b])
        order = postorder([a, b])
        values = values_at(order, self.points.inputs)
        smooth = self.smooth
        if not self.torn:
            smooth = smooth & _away_from_jumps(order, values, self.count)
        return self._judged(_Sides(a, b, values, smooth))

    def _judged(self, sides: _Sides) -> Verdict:
        moderate = self.points.moderate
        if not sides.both[:moderate].any():
            return Verdict(None, NO_POINT)
        rows = sides.within_range(np.flatnonzero(sides.apart(moderate).any(axis=1)))
        if rows.size:
            excess = sides.excess(rows)
            k = int(rows[np.argmax(excess)])
            if excess.max() > UNCLEAR and not self.torn:
                return self._verdict(False, "different", sides, k)
            if excess.max() > 1:
                return self._verdict(None, CLOSE, sides, k)
        if self.far:
            lost = sides.held(sides.lost, self.points.huge)
            lost = lost if lost.size else sides.vanished(self.points.plain_far)
            if lost.size:
                return self._verdict(None, LOST, sides, int(lost[0]))
        return EQUAL

    def _verdict(self, equal: bool | None, why: str, sides: _Sides, k: int) -> Verdict:
        point = {v.name: value[k].tolist() for v, value in self.points.inputs.items()}
        pair = sides.pair(k)
        where = ", ".join([f"{name} = {_short(value)}" for name, value in point.items()])
        values = " and ".join(map(_short, pair))
        return Verdict(
            equal, f"{why} at {where}: {values}" if where else f"{why}: {values}", point, pair
        )


def _short(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, (int, float)) else repr(value)[:80]


class _Sides:
    """The values of two expressions, an axis of points and one of elements."""

    def __init__(self, a: Expr, b: Expr, values: Values, smooth: Any) -> None:
        self.a, self.b, self.values = a, b, values
        self.left, self.right = [_flat(values[e], e, len(smooth)).astype(float) for e in (a, b)]
        finite = np.isfinite(self.left) & smooth[:, None]
        self.both = finite & np.isfinite(self.right)
        self.lost = finite & ~self.both
        self.gap = np.where(self.both, np.abs(self.left - self.right), 0.0)

    def apart(self, moderate: int, error: Any = None) -> Any:
        """Where moderate values differ by more than an error; left out, by two units of the last
        place of the largest element.
        """
        near = slice(moderate)
        if error is None:
            least = np.minimum(np.abs(self.left[near]), np.abs(self.right[near]))
            allowed = (
                2
                * ULP
                * np.where(self.both[near], least, 0.0).max(axis=1, keepdims=True, initial=0.0)
            )
        else:
            allowed = _flat(error, self.a, len(self.left))[near]
        return ~(self.gap[near] <= MARGIN * allowed + TINIEST)

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
                    rows = rows[~_flat(infinite, node, len(rows)).any(axis=1)]
        return rows

    def held(self, where: Any, huge: Any) -> Any:
        """The points of a mask where the second has no power of a tiny number, nor, if the point
        itself is huge, of a large one.
        """
        rows = np.flatnonzero(where.any(axis=1))
        for node in postorder([self.b]) if rows.size else ():
            if node.op is el.pow and node.args[1].op is Const:
                size = np.abs(_flat(self.values[node.args[0]], node.args[0], len(where))[rows])
                large = np.isfinite(size) & (size > EXTREME) & huge[rows, None]
                rows = rows[~(large | (size < 1 / EXTREME)).any(axis=1)]
        return rows

    def gone(self, far: Any) -> Any:
        """Where the second is 0 at far points and the first is not."""
        return self.both & (self.right == 0) & (np.abs(self.left) > TINIEST) & far[:, None]

    def vanished(self, far: Any) -> Any:
        """The far points where the second underflows to 0 and the first is known not to be."""
        zero = self.gone(far)
        rows = np.flatnonzero(zero.any(axis=1))
        if not rows.size:
            return rows
        columns = np.argmax(zero[rows], axis=1)
        bound = sum(self._bound(e, rows, columns, tiny=0.0) for e in (self.a, self.b))
        return rows[np.abs(self.left[rows, columns]) > UNCLEAR * MARGIN * bound]

    def _bound(self, e: Expr, rows: Any, columns: Any, tiny: float = TINY) -> Any:
        order = postorder([e])
        here = {
            n: self.values[n][rows] if np.ndim(self.values[n]) > n.ndim else self.values[n]
            for n in order
        }
        seed = np.zeros((len(rows), self.left.shape[1]))
        seed[np.arange(len(rows)), columns] = 1.0
        return rounding_bound(order, here, seed.reshape(len(rows), *e.shape), tiny)

    def pair(self, k: int) -> tuple[Any, Any]:
        """Both values at a point."""
        left, right = self.left[k].reshape(self.a.shape), self.right[k].reshape(self.a.shape)
        return left.tolist(), right.tolist()


def _flat(value: Any, node: Expr, count: int) -> Any:
    """A value with one axis of points and one of elements."""
    return np.broadcast_to(value, (count, *node.shape)).reshape(count, -1)


def _anchors(order: Sequence[Expr]) -> list[float]:
    """The numbers that values are compared with: on each side of them lies another branch."""
    found = {
        float(a.params[0])
        for node in order
        if node.kind == "bool" or node.op in CHOICES
        for a in node.args
        if a.op is Const and not a.shape
    }
    return sorted(found - {0.0})


def _away_from_jumps(order: Sequence[Expr], values: Values, count: int) -> Any:
    """The points where no jump lies within ``KINK`` of an argument."""
    smooth = np.ones(count, bool)
    for node in order:
        if (isinstance(node.op.rule, NonDiff) or node.op in JUMPS) and node.op.elementwise:
            args = [values[a] for a in node.args]
            for i, a in enumerate(node.args):
                if a.kind == "real" and a.op is not Const:
                    smooth &= ~_jumps(node, args, i, count)
    return smooth


def _jumps(node: Expr, args: list[Any], i: int, count: int) -> Any:
    """The points where the value jumps within ``KINK`` of argument ``i``, or nan is compared."""
    found = np.zeros(count, bool)
    if node.kind == "bool":
        found |= _flat(np.isnan(args[i]), node.args[i], count).any(axis=1)
    here = np.asarray(value_of(node, args), float)
    for side in (-KINK, KINK):
        moved = args[i] + side * (1 + np.abs(args[i]))
        there = np.asarray(value_of(node, [*args[:i], moved, *args[i + 1 :]]), float)
        found |= _flat(np.abs(there - here) > STEP * (1 + np.abs(here)), node, count).any(axis=1)
    return found
