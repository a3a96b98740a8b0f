"""The update formulas, each written once for numbers and arrays.

``self.step(rate, g, *slots)`` returns what is subtracted from the variable and the slots after
the step.  Slots that are arrays are changed in place.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..messages import short
from .base import Found, Optimizer, Value
from .schedules import Rate


def kind(x: Value) -> Any:
    """The type of numbers in the precision of ``x``; Python's in double precision."""
    return float if type(x) is float or x.dtype == np.float64 else x.dtype.type


def root(x: Value) -> Value:
    return sqrt(x) if type(x) is float else np.sqrt(x)


def larger(x: Value, y: Value) -> Value:
    """The larger one, in place of ``x`` where it is an array; nan if one of them is."""
    if isinstance(x, np.ndarray):
        return np.maximum(x, y, out=x)
    return x if x >= y or x != x else y  # noqa: PLR0124


class SGD(Optimizer):
    """Gradient descent, with momentum and Nesterov's look ahead.

    >>> import symdiff as sd
    >>> print(sd.optimizers.SGD(0.1, momentum=0.9))
    SGD(learning_rate=0.1, momentum=0.9, nesterov=False)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **shared: Any,
    ) -> None:
        super().__init__(learning_rate, **shared)
        if not 0 <= momentum <= 1:
            raise ArgumentError(f"SGD: momentum is between 0 and 1, got {short(momentum)}")
        self.momentum, self.nesterov = momentum, nesterov

    def slots(self) -> dict[str, float]:
        return {"velocity": 0.0} if self.momentum else {}

    def step(self, rate: float, g: Value, *slots: Value) -> Found:
        if not slots:
            return g * rate, slots
        (v,) = slots
        v *= self.momentum
        v += g * rate
        return (v * self.momentum + g * rate if self.nesterov else v), (v,)


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squares so far.

    Source: Duchi, Hazan, Singer, JMLR 12 (2011).

    >>> import symdiff as sd
    >>> print(sd.optimizers.Adagrad(0.1))
    Adagrad(learning_rate=0.1, initial_accumulator_value=0.1, epsilon=1e-07)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **shared: Any,
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def slots(self) -> dict[str, float]:
        return {"accumulator": self.initial_accumulator_value}

    def step(self, rate: float, g: Value, *slots: Value) -> Found:
        (a,) = slots
        a += g * g
        return rate * g / root(a + self.epsilon), (a,)


class RMSProp(Optimizer):
    """Steps divided by the root of a running mean of squares, or of the variance if ``centered``.

    Source: Hinton, Neural networks for machine learning, lecture 6.

    >>> import symdiff as sd
    >>> sd.optimizers.RMSProp().rho
    0.9
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **shared: Any,
    ) -> None:
        super().__init__(learning_rate, **shared)
        self.rho, self.momentum = rho, momentum
        self.epsilon, self.centered = epsilon, centered

    def slots(self) -> dict[str, float]:
        names = ["square", *["mean"] * self.centered, *["velocity"] * (self.momentum > 0)]
        return dict.fromkeys(names, 0.0)

    def step(self, rate: float, g: Value, *slots: Value) -> Found:
        rho, left = self.rho, list(slots)
        s = left.pop(0)
        s *= rho
        s += (1 - rho) * (g * g)
        kept, spread = [s], s
        if self.centered:
            m = left.pop(0)
            m *= rho
            m += (1 - rho) * g
            kept.append(m)
            spread = s - m * m
        step = rate * g / root(spread + self.epsilon)
        if left:
            v = left.pop()
            v *= self.momentum
            v += step
            return v, (*kept, v)
        return step, tuple(kept)


RMSprop = RMSProp  # Keras' spelling


class Adam(Optimizer):
    """Steps by running means of gradients and of their squares, corrected for their start at 0.

    With ``amsgrad`` the largest mean of squares so far divides.

    Source: Kingma, Ba, arXiv:1412.6980 (epsilon is the one before its section 2.1); Reddi et al.,
    ICLR 2018.

    >>> import symdiff as sd
    >>> print(sd.optimizers.Adam())
    Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False)
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **shared: Any,
    ) -> None:
        super().__init__(learning_rate, **shared)
        for name, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= beta < 1:
                raise ArgumentError(
                    f"Adam: {name} is at least 0 and less than 1, got {short(beta)}"
                )
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.epsilon, self.amsgrad = epsilon, amsgrad

    def slots(self) -> dict[str, float]:
        return dict.fromkeys(["mean", "square", *["largest"] * self.amsgrad], 0.0)

    def step(self, rate: float, g: Value, *slots: Value) -> Found:
        m, s, *largest = slots
        b1, b2 = self.beta_1, self.beta_2
        number = kind(g)  # Keras corrects in the precision of the variable
        t = number(self.iterations + 1)
        alpha = number(rate) * root(1 - number(b2) ** t) / (1 - number(b1) ** t)
        m += (g - m) * (1 - b1)
        s += (g * g - s) * (1 - b2)
        top = [larger(top, s) for top in largest]
        return m * alpha / (root(top[0] if top else s) + self.epsilon), (m, s, *top)


class AdamW(Adam):
    """Adam, and ``learning_rate * weight_decay`` of each variable taken off before each step.

    Source: Loshchilov, Hutter, arXiv:1711.05101.

    >>> import symdiff as sd
    >>> sd.optimizers.AdamW().weight_decay
    0.004
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **shared: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, weight_decay=weight_decay, **shared
        )
