"""Learning rates that change: functions of the number of steps made so far, as in Keras."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, pi

from ..errors import ArgumentError


class Schedule:
    """What an optimiser takes as ``learning_rate``: ``schedule(step)`` is the rate of that step.

    Any function of the number of steps serves as well.
    """

    def __call__(self, step: int) -> float:
        raise NotImplementedError


Rate = float | Callable[[int], float]


def _fraction(step: int, decay_steps: float, staircase: bool) -> float:
    return floor(step / decay_steps) if staircase else step / decay_steps


@dataclass(frozen=True)
class _Decay(Schedule):
    initial_learning_rate: float
    decay_steps: float

    def __post_init__(self) -> None:
        if not self.decay_steps > 0:
            raise ArgumentError(
                f"{type(self).__name__}: decay_steps is more than 0, got {self.decay_steps}"
            )


@dataclass(frozen=True)
class ExponentialDecay(_Decay):
    """``initial * decay_rate ** (step / decay_steps)``, the exponent cut to whole ones by
    ``staircase``.

    >>> ExponentialDecay(0.5, decay_steps=10, decay_rate=0.25)(5)
    0.25
    """

    decay_rate: float
    staircase: bool = False

    def __call__(self, step: int) -> float:
        exponent = _fraction(step, self.decay_steps, self.staircase)
        return float(self.initial_learning_rate * self.decay_rate**exponent)


@dataclass(frozen=True)
class InverseTimeDecay(_Decay):
    """``initial / (1 + decay_rate * step / decay_steps)``, the quotient cut by ``staircase``.

    >>> InverseTimeDecay(0.5, decay_steps=1, decay_rate=0.25)(4)
    0.25
    """

    decay_rate: float
    staircase: bool = False

    def __call__(self, step: int) -> float:
        time = _fraction(step, self.decay_steps, self.staircase)
        return self.initial_learning_rate / (1 + self.decay_rate * time)


@dataclass(frozen=True)
class PolynomialDecay(_Decay):
    """``(initial - end) * (1 - step / decay_steps) ** power + end``, which is held afterwards.

    With ``cycle`` the decay is stretched to the next multiple of ``decay_steps`` instead.

    >>> PolynomialDecay(0.5, decay_steps=100, end_learning_rate=0.25)(50)
    0.375
    """

    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False

    def __call__(self, step: int) -> float:
        steps = self.decay_steps
        if self.cycle:
            steps *= max(ceil(step / steps), 1)
        left = 1 - min(step, steps) / steps
        drop = self.initial_learning_rate - self.end_learning_rate
        return float(drop * left**self.power + self.end_learning_rate)


@dataclass(frozen=True)
class CosineDecay(_Decay):
    """From the initial rate to ``alpha`` times it by half a period of the cosine.

    With ``warmup_target`` the rate first rises to it, linearly in ``warmup_steps``, and decays
    from there.

    >>> CosineDecay(0.5, decay_steps=100)(50)
    0.25
    """

    alpha: float = 0.0
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __call__(self, step: int) -> float:
        top = self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - top) * (step / self.warmup_steps) + top
            top = self.warmup_target
            step -= self.warmup_steps
        wave = 0.5 * (1 + cos(pi * (min(step, self.decay_steps) / self.decay_steps)))
        return top * ((1 - self.alpha) * wave + self.alpha)


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """``values[i]`` up to and with step ``boundaries[i]``, the last value afterwards.

    >>> rate = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.1])
    >>> rate(100), rate(101), rate(201)
    (1.0, 0.5, 0.1)
    """

    boundaries: Sequence[float]
    values: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                "PiecewiseConstantDecay: one value more than boundaries, "
                f"got {len(self.values)} values and {len(self.boundaries)} boundaries"
            )

    def __call__(self, step: int) -> float:
        return self.values[bisect_left(self.boundaries, step)]
