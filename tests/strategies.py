"""Random graphs from the rows: every operation, shared nodes, depth to 40, inside the domains."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from symdiff.domain import Interval
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import const, var
from symdiff.ops.compare import where
from symdiff.ops.implementations import on_arrays
from symdiff.rule import Custom

MAX_STEPS = 40
WILD = 13  # of 16: from here on a row is applied to what comes, outside its domain too
LARGEST, SMALLEST = 1e6, 1e-6  # values inside a graph stay between, or are 0
# all but what a derivative by differences cannot know: stop_gradient, flat only by decree
ROWS = [op for op in OPS.values() if op.elementwise and op.name != "stop_gradient"]


class Graph(NamedTuple):
    """A scalar, and the point that keeps every operation of it inside its domain."""

    f: Expr
    values: dict[Expr, float]


class _Builder:
    """Applies rows one after the other and follows the values at the point."""

    def __init__(self, point: list[float]) -> None:
        self.values = {var(f"v{i}"): x for i, x in enumerate(point)}
        self.nodes: list[tuple[Expr, float]] = list(self.values.items())

    def add(self, op: Op, choices: tuple[int, int, int], spot: int) -> None:
        count = op.arity or 2 + spot % 2
        picked = [self.nodes[-1 - c % len(self.nodes)] for c in choices[:count]]
        if "order" in op.facts:
            picked[0] = (const(spot % 6), float(spot % 6))
        first = 1 if "order" in op.facts else 0
        wild = spot >= WILD and not isinstance(op.rule, Custom)  # clip needs low <= high
        for i in range(first, 0 if wild else count):
            inside = op.test[min(i, len(op.test) - 1)]
            picked[i] = _fitted(*picked[i], inside, spot + i)
        self.apply(op, picked)

    def apply(self, op: Op, picked: list[tuple[Expr, float]]) -> None:
        numbers = [x for _, x in picked]
        value = _value(op, numbers)
        if not np.isfinite(value):
            self.hide(op(*[e for e, _ in picked]))
        if not _fair(value) or _at_a_kink(op, numbers) or _jumps(op, numbers, value):
            return
        node = op(*[e for e, _ in picked])
        if node.kind == "bool":  # a condition chooses between the two newest values
            (a, x), (b, y) = self.nodes[-1], self.nodes[-2 % len(self.nodes)]
            node, value = where(node, a, b), x if value else y
        self.nodes.append((node, float(value)))

    def hide(self, bad: Expr) -> None:
        """The newest node, with a value that is nan or inf in the branch not taken."""
        (v, x), *_ = self.values.items()
        good, value = self.nodes[-1]
        up = len(self.nodes) % 2
        node = where(v > x - 1, good, bad) if up else where(v > x + 1, bad, good)
        self.nodes.append((node, value))


def _value(op: Op, numbers: list[float]) -> Any:
    function = on_arrays(op)
    with np.errstate(all="ignore"):
        if op.arity is not None:
            return function(*map(np.float64, numbers)).item()
        total = np.float64(numbers[0])
        for x in numbers[1:]:
            total = function(total, np.float64(x))
        return total.item()


def _fair(value: Any) -> bool:
    return bool(value == 0 or SMALLEST < abs(value) < LARGEST)


def _at_a_kink(op: Op, numbers: list[float]) -> bool:
    """Whether a point of the row's conventions, or a tie of a choice, is within rounding."""
    points = [p for p, _ in op.kinks if not isinstance(p, tuple)]
    pairs = [*product(numbers, points)]
    if isinstance(op.rule, Custom):
        pairs += combinations(numbers, 2)
    return any(abs(x - y) <= 1e-9 * (1 + abs(x)) for x, y in pairs)


def _jumps(op: Op, numbers: list[float], value: Any) -> bool:
    """Whether a tiny change of arguments changes the value much: a jump, where no truth is."""
    first = int("order" in op.facts)
    subsets = [[i] for i in range(first, len(numbers))] + [[*range(first, len(numbers))]]
    for subset, by in product(subsets, (1e-9, -1e-9)):
        moved = [x + by * (1 + abs(x)) * (i in subset) for i, x in enumerate(numbers)]
        if not abs(_value(op, moved) - value) <= 1e-5 * (1 + abs(value)):
            return True
    return False


def _fitted(e: Expr, x: float, inside: Interval, spot: int) -> tuple[Expr, float]:
    """The node itself if its value lies inside, else scaled or shifted by a short number."""
    if _within(inside, x):
        return e, x
    target = inside.sample(16)[spot % 16]
    if abs(x) > 1e-3:
        c = float(f"{target / x:.2g}")
        if _within(inside, x * c):
            return e * c, x * c
    d = float(f"{target - x:.3g}")
    if _within(inside, x + d):
        return e + d, x + d
    return const(target), target


def _within(inside: Interval, x: float) -> bool:
    room = 0.01 * min(1.0, inside.high - inside.low)
    return inside.low + room <= x <= inside.high - room and abs(x) < 40


@st.composite
def graphs(draw: st.DrawFn, max_steps: int = MAX_STEPS) -> Graph:
    """A scalar of one to three variables; each step applies a row to recent nodes."""
    number = st.floats(-4, 4, allow_subnormal=False, width=32).map(lambda x: round(x, 4))
    builder = _Builder(draw(st.lists(number, min_size=1, max_size=3)))
    step = st.tuples(
        st.sampled_from(ROWS),
        st.tuples(st.sampled_from((0, 0, 0, 1)), st.integers(0, 9), st.integers(0, 9)),
        st.integers(0, 15),
    )
    count = draw(st.integers(2, max_steps))
    for op, choices, spot in draw(st.lists(step, min_size=count, max_size=count)):
        builder.add(op, choices, spot)
    return Graph(builder.nodes[-1][0], builder.values)
