"""Points at which two expressions are compared: moderate ones, on both sides of the constants
that values are compared with, and far ones.  They follow from the variables alone, so that they
are the same in every process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isinf
from typing import Any, NamedTuple

import numpy as np

from ..domain import Interval
from ..expr import Expr, Kind, Shape

MODERATE = 48
ANCHORED = 6  # points near each constant that values are compared with, on both sides in turn
MOST_ANCHORS = 6
FARTHEST = 1000.0
SIZES = 16  # from 4 to FARTHEST
HUGE = 1e14  # and the inverse: larger ones take in whatever is added to them
FAR = 2 * SIZES + 4
ALONE = 4  # variables that are far away alone
KEPT = 256  # columns that are kept
_SIDES = np.array([[1.0], [-1.0]] * (ANCHORED // 2))
_ALWAYS = np.arange(ANCHORED)[:, None] < 2  # where all variables are near, then some of them


class Points(NamedTuple):
    """Values of variables along a leading axis; the first ``moderate`` points are moderate.

    ``plain_far`` says which points are far away by no more than ``FARTHEST``, ``huge`` which have
    values of ``HUGE`` or its inverse.
    """

    inputs: dict[Expr, Any]
    moderate: int
    plain_far: Any
    huge: Any

    @property
    def total(self) -> int:
        return len(self.huge)


def points_given(inputs: Mapping[Expr, Any]) -> Points:
    """Points of the caller, all of them moderate."""
    count = len(next(iter(inputs.values()))) if inputs else 1
    return Points(dict(inputs), count, *_masks(count, 0))


@lru_cache(KEPT)
def _masks(moderate: int, blocks: int) -> tuple[Any, Any]:
    """Which points are plainly far away, and which are huge."""
    plain = np.arange(FAR * blocks) % FAR < 2 * SIZES
    none = np.zeros(moderate, bool)
    return np.concatenate([none, plain]), np.concatenate([none, ~plain])


def points_for(variables: Sequence[Expr], anchors: Sequence[float], far: bool = True) -> Points:
    """The points for expressions of these variables that compare something with ``anchors``.

    Shapes: a value has the axis of the points before the shape of its variable.
    """
    near = tuple(anchors[:MOST_ANCHORS])
    alone = min(len(variables), ALONE) if far and len(variables) > 1 else 0
    blocks = alone + 1 if far else 0
    inputs = {}
    for i, v in enumerate(variables):
        inputs[v] = _column(v.params[1:4], near, i, blocks)
    moderate = MODERATE + ANCHORED * len(near)
    return Points(inputs, moderate, *_masks(moderate, blocks))


@lru_cache(KEPT)
def _column(
    of: tuple[Shape, Kind, Interval], anchors: tuple[float, ...], place: int, blocks: int
) -> Any:
    """The values of the variable at a place among all; in far block 0 all are far, in block
    i + 1 the one at place i alone.
    """
    shape, kind, domain = of
    size = int(np.prod(shape, dtype=int))
    count = MODERATE + ANCHORED * len(anchors) + FAR * blocks
    u = _uniform(place, (3, count, size))
    if kind == "bool":
        return (u[0] < 0.5).reshape((count, *shape))
    values = _moderate(u, domain)
    for k, anchor in enumerate(anchors):
        rows = slice(MODERATE + ANCHORED * k, MODERATE + ANCHORED * (k + 1))
        near = anchor + _SIDES * (0.1 + 0.1 * abs(anchor)) * (0.01 + u[0, rows])
        chosen = (_ALWAYS | (u[1, rows] < 0.5)) & domain.contains(near)
        values[rows] = np.where(chosen, near, values[rows])
    for block in {0, place + 1} & set(range(blocks)):
        start = count - FAR * (blocks - block)
        values[start : start + FAR] = _far(u[:, start : start + FAR], domain, place)
    if kind == "int":
        values = _whole(values, domain).astype(int)
    values = values.reshape((count, *shape))
    values.flags.writeable = False
    return values


def _moderate(u: Any, domain: Interval) -> Any:
    """In turn: all positive, of either sign, between 0 and 1, over several powers of ten."""
    size = np.empty_like(u[0])
    size[0::4] = 0.2 + 2.8 * u[0, 0::4]
    size[1::4] = 0.1 + 2.9 * u[0, 1::4]
    size[2::4] = u[0, 2::4]
    size[3::4] = 10 ** (4 * u[0, 3::4] - 1.5)
    negative = u[1] < 0.5
    negative[0::2] = False
    negative[3::8] = False
    return _inside(np.where(negative, -size, size), domain, u[2])


def _far(u: Any, domain: Interval, place: int) -> Any:
    """Sizes up to ``FARTHEST`` and of ``HUGE`` and its inverse, with both signs."""
    size = 4 * (FARTHEST / 4) ** (np.arange(SIZES) / (SIZES - 1))
    size = np.concatenate([size, size, [HUGE, 1 / HUGE, HUGE, 1 / HUGE]])[:, None]
    size = np.where(size > FARTHEST, size, np.where(size < 1, size, size * (1 - 0.2 * u[0])))
    signs = np.repeat([1.0, -1.0, 1.0, -1.0], [SIZES, SIZES, 2, 2])[:, None]
    signs = np.where((u[1] < 0.5) & (place > 0), -signs, signs)
    if isinf(domain.low) or isinf(domain.high):
        return _inside(signs * size, domain)
    ends = 1 / (1 + size)
    return _inside(size, domain, np.where(signs > 0, ends, 1 - ends))


def _inside(values: Any, domain: Interval, share: Any = 0.5) -> Any:
    """Values moved into a domain; into a bounded one by their ``share`` of its length."""
    if isinf(domain.low) and isinf(domain.high):
        return values
    if isinf(domain.high):
        return domain.low + np.abs(values)
    if isinf(domain.low):
        return domain.high - np.abs(values)
    return domain.low + share * (domain.high - domain.low)


def _whole(values: Any, domain: Interval) -> Any:
    """The whole numbers of a domain next to values."""
    low, high = max(domain.low, -FARTHEST), min(domain.high, FARTHEST)
    first, last = np.ceil(low), np.floor(high)
    first += not domain.contains(first)
    last -= not domain.contains(last)
    return np.clip(np.rint(values), first, last)


def _uniform(seed: int, shape: tuple[int, ...]) -> Any:
    """Numbers between 0 and 1, neither included: splitmix64, one sequence for each ``seed``."""
    count = int(np.prod(shape, dtype=int))
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64((seed + 1) * 0xD1B54A32D192ED03 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (((z >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53).reshape(shape)
