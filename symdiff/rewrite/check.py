"""Whether two graphs are equal, judged by their values: what a search proposes is compared with
its original before it is taken.

Two values are equal if they differ by no more than rounding may, in their stable forms.  Far out,
where the original itself has few digits, nothing finite may be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from ..errors import SymdiffError
from ..expr import Expr
from ..leaves import Const, Var
from ..ops import arithmetic as ar
from ..ops import compare as cm
from ..ops.primitive import Primitive
from ..ops.values import Values, value_of, values_at
from ..rule import NonDiff
from ..walk import collector_paused, postorder
from .points import Points, points_for, points_given
from .recording import recording
from .sides import UNCLEAR, Sides, are_close, flat
from .tables.stabilise import stable

SMALL = 400  # nodes of graphs that are compared
LARGEST = 100  # elements of a value of theirs
KINK = 1e-9  # points are no nearer to a jump than this
STEP = 1e-6  # what changes by more within KINK is a jump
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
FADED = "digits of a value are lost"
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


def report(fallen: Sequence[Disagreement]) -> None:
    """Tell whoever listens what fell in checks."""
    found = _listener.get()
    if found is not None:
        found.extend(fallen)


def judged(
    original: Sequence[Expr], proposed: Sequence[Expr], limit: int = SMALL, digits: bool = False
) -> Verdict:
    """Whether proposed outputs may stand for the original ones.

    They may where nothing can be said: in graphs of more than twice ``limit`` nodes together,
    with functions of the user, without an implementation in NumPy.  They may not where no point
    has a value, nor, with ``digits``, lose digits far out that the original ones have.
    """
    zipped = zip(original, proposed, strict=True)
    pairs = [(a, b) for a, b in zipped if a is not b and a.size]
    if not pairs:
        return EQUAL
    verdict = _judged(pairs, limit, digits)
    if verdict.equal is False:
        report([Disagreement(original, proposed, verdict)])
    return verdict


def _judged(pairs: Sequence[tuple[Expr, Expr]], limit: int, digits: bool) -> Verdict:
    order = postorder([e for pair in pairs for e in pair])
    if len(order) > 2 * limit:
        return EQUAL
    for node in order:
        if type(node.op) is Primitive or (node.shape and node.size > LARGEST):
            return EQUAL
    verdict = _compared(pairs, _Comparison(order, True, None, digits))
    return EQUAL if verdict.why == UNCOMPUTED else verdict


def compared(
    pairs: Sequence[tuple[Expr, Expr]],
    far: bool,
    inputs: Mapping[Expr, Any] | None = None,
) -> Verdict:
    """What the values of pairs of expressions say.

    With ``far`` the second may not lose what is finite in the first.  ``inputs`` are points of
    the caller, along a leading axis.
    """
    order = postorder([e for pair in pairs for e in pair])
    return _compared(pairs, _Comparison(order, far, inputs, False))


def _compared(pairs: Sequence[tuple[Expr, Expr]], comparison: _Comparison) -> Verdict:
    try:
        with collector_paused(), np.errstate(all="ignore"):
            comparison.evaluate()
            verdicts = (comparison.of(a, b) for a, b in pairs)
            return next((v for v in verdicts if not v), EQUAL)
    except (SymdiffError, IndexError, np.linalg.LinAlgError):  # an index beyond its axis
        return Verdict(None, UNCOMPUTED)


class _Comparison:
    """Expressions at the same points."""

    def __init__(
        self, order: Sequence[Expr], far: bool, inputs: Mapping[Expr, Any] | None, digits: bool
    ) -> None:
        self.far, self.digits, self.order = far, digits, order
        if inputs is None:
            variables = [n for n in order if n.op is Var]
            variables.sort(key=lambda v: (v.name, v.digest))
            self.points = points_for(variables, _anchors(order), far)
        else:
            self.points = points_given(inputs)

    def evaluate(self) -> None:
        """The values at all points; ``torn`` if a jump is near to every moderate one."""
        self.values = values_at(self.order, self.points.inputs)
        self.smooth = _away_from_jumps(self.order, self.values, self.points.total)
        self.torn = not self.smooth[: self.points.moderate].any()  # ``floor(2*x/x)``
        if self.torn:
            self.smooth = np.ones(self.points.total, bool)

    def of(self, a: Expr, b: Expr) -> Verdict:
        """As they are, which costs less; else in stable forms."""
        points = self.points
        if are_close(self.values[a], self.values[b], points.moderate):
            return EQUAL
        with recording():  # what fires here is no step of what is checked
            a, b = stable([a, b])
        order = postorder([a, b])
        values = values_at(order, {n: self.values[n] for n in order if n in self.values})
        smooth = self.smooth
        if not self.torn:
            smooth = smooth & _away_from_jumps(order, values, points.total)
        sides = Sides(a, b, values, smooth, points)
        if not sides.both[: points.moderate].any():
            return Verdict(None, NO_POINT)
        excess, k = sides.excess()
        if excess > UNCLEAR and not self.torn:
            return _verdict(False, "different", sides, points, k)
        if excess > 1:
            return _verdict(None, CLOSE, sides, points, k)
        lost = sides.lost() if self.far else None
        if lost is not None:
            return _verdict(None, LOST, sides, points, lost)
        faded = sides.faded(zero=False) if self.far and self.digits else None
        return EQUAL if faded is None else _verdict(None, FADED, sides, points, faded)


def _verdict(equal: bool | None, why: str, sides: Sides, points: Points, k: int) -> Verdict:
    point = {v.name: value[k].tolist() for v, value in points.inputs.items()}
    pair = sides.pair(k)
    where = ", ".join([f"{name} = {_short(value)}" for name, value in point.items()])
    values = " and ".join(map(_short, pair))
    return Verdict(
        equal, f"{why} at {where}: {values}" if where else f"{why}: {values}", point, pair
    )


def _short(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, (int, float)) else repr(value)[:80]


def _anchors(order: Sequence[Expr]) -> list[float]:
    """The numbers that values are compared with: on each side of them lies another branch."""
    deciding = [n.args for n in order if n.kind == "bool" or n.op in CHOICES]
    found = {float(a.params[0]) for args in deciding for a in args if a.op is Const and not a.shape}
    return sorted(found - {0.0})


def _away_from_jumps(order: Sequence[Expr], values: Values, count: int) -> Any:
    """The points where no jump lies within ``KINK`` of an argument."""
    smooth = np.ones(count, bool)
    jumping = [n for n in order if type(n.op.rule) is NonDiff or n.op in JUMPS]
    for node in jumping:
        if node.op.elementwise:
            args = [values[a] for a in node.args]
            for i, a in enumerate(node.args):
                if a.kind == "real" and a.op is not Const:
                    smooth &= ~_jumps(node, args, i, count)
    return smooth


def _jumps(node: Expr, args: list[Any], i: int, count: int) -> Any:
    """The points where the value jumps within ``KINK`` of argument ``i``, or nan is compared."""
    found = np.zeros(count, bool)
    if node.kind == "bool":
        found |= flat(np.isnan(args[i]), node.args[i], count).any(axis=1)
    here = np.asarray(value_of(node, args), float)
    for side in (-KINK, KINK):
        moved = args[i] + side * (1 + np.abs(args[i]))
        there = np.asarray(value_of(node, [*args[:i], moved, *args[i + 1 :]]), float)
        found |= flat(np.abs(there - here) > STEP * (1 + np.abs(here)), node, count).any(axis=1)
    return found
