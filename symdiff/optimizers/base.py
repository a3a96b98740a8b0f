"""What the optimisers share: one state per variable, clipping, decay of weights, and the step."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np

from ..errors import ArgumentError, KindError, NoGradients, ShapeError
from ..tape import GradientTape, Tensor, Variable
from .schedules import Rate

Value = Any  # a Python float, a NumPy scalar or an array
Found = tuple[Value, tuple[Value, ...]]
BLOCK = 1 << 14  # elements: what a formula needs at a time stays in cache


class Optimizer:
    """The base of all optimisers.

    ``learning_rate`` is a number or a function of the number of steps made so far; it may be set
    at any time.  ``weight_decay`` takes that part of each variable off before each step, times
    the learning rate.  At most one of three may limit gradients: ``clipnorm`` the norm of each,
    ``global_clipnorm`` that of all together, ``clipvalue`` their entries.

    A new optimiser is a subclass with ``slots``, the names and first values of what is kept for
    each variable, and ``step``, its formula.

    >>> class SignDescent(Optimizer):
    ...     def step(self, rate, g, *slots):
    ...         return rate * np.sign(g), slots
    >>> SignDescent(0.5)
    SignDescent(learning_rate=0.5)
    """

    def __init__(
        self,
        learning_rate: Rate,
        *,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        limits = {
            "clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm,
        }  # fmt: skip
        given = [name for name, limit in limits.items() if limit is not None]
        if len(given) > 1:
            raise ArgumentError(f"{type(self).__name__}: give one of {' and '.join(given)}")
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self._limits = bool(given)
        self.iterations = 0
        self._states: dict[int, _State] = {}

    @property
    def learning_rate(self) -> float:
        """The rate of the next step."""
        return self._rate(self.iterations) if callable(self._rate) else self._rate

    @learning_rate.setter
    def learning_rate(self, rate: Rate) -> None:
        self._rate = rate if callable(rate) else float(rate)

    def slots(self) -> Mapping[str, float]:
        """Names and first values of what is kept for each variable."""
        return {}

    def step(self, rate: float, g: Value, *slots: Value) -> Found:
        """What is subtracted from a variable with gradient ``g``, and the slots afterwards."""
        raise NotImplementedError

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """One step: each variable is changed by its gradient; returns the number of steps made.

        A variable whose gradient is None is left as it is, with a warning.

        Shapes: each gradient has the shape of its variable.
        Raises: NoGradients if all are None; ShapeError.
        """
        steps: list[tuple[_State, Value]] = []
        missing: list[str] = []
        for i, (gradient, variable) in enumerate(grads_and_vars):
            if gradient is None:
                missing.append(getattr(variable, "name", None) or f"variable {i}")
            else:
                state = self._states.get(id(variable)) or self._new(variable)
                steps.append((state, state.read(gradient)))
        if missing:
            _warn(missing, bool(steps))
        if self._limits:
            steps = self._clipped(steps)
        rate = float(self.learning_rate)
        for state, g in steps:
            state.advance(self, rate, g)
        self.iterations += 1
        return self.iterations

    def minimize(self, loss: Callable[[], Any], variables: Any) -> Any:
        """One step down: ``loss()`` is recorded, differentiated by the variables, and they change.

        Returns what ``loss`` returned: its value before the step.
        Raises: NoGradients if it depends on none of the variables.
        """
        listed = list(variables) if isinstance(variables, Sequence) else [variables]
        with GradientTape() as tape:
            value = loss()
        self.apply_gradients(zip(tape.gradient(value, listed), listed, strict=True))
        return value

    def state(self, variable: Any) -> dict[str, Value]:
        """What is kept for a variable, by name: copies; empty before the first step."""
        held = self._states.get(id(variable))
        if held is None:
            return {}
        return {name: np.copy(x) for name, x in zip(self.slots(), held.slots, strict=True)}

    def _new(self, variable: Any) -> _State:
        found = self._states[id(variable)] = _State(variable, self.slots().values())
        return found

    def _clipped(self, steps: list[tuple[_State, Value]]) -> list[tuple[_State, Value]]:
        low, each, total = self.clipvalue, self.clipnorm, self.global_clipnorm
        if low is not None:
            return [(state, np.clip(g, -low, low)) for state, g in steps]
        with np.errstate(all="ignore"):
            if each is not None:
                return [(state, g * each / np.maximum(_norm([g]), each)) for state, g in steps]
            assert total is not None
            norm = _norm([g for _, g in steps])
            # the difference is nan where the norm is not finite, as in Keras
            scale = total * np.minimum(1 / norm, 1 / total) + (norm - norm)
            return [(state, g * scale) for state, g in steps]

    def __repr__(self) -> str:
        taken = [signature(cls).parameters for cls in type(self).__mro__ if cls is not object]
        names = [n for n in dict.fromkeys(n for ps in taken for n in ps) if hasattr(self, n)]
        values = {n: self._rate if n == "learning_rate" else getattr(self, n) for n in names}
        shown = [f"{n}={v}" for n, v in values.items() if v is not None]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_states": list(self._states.values())}

    def __setstate__(self, given: dict[str, Any]) -> None:
        self.__dict__.update(given, _states={id(s.variable): s for s in given["_states"]})


class _State:
    """A variable and its slots, in numbers of its kind: floats, float32 scalars or arrays."""

    __slots__ = ("number", "shape", "slots", "variable")

    def __init__(self, variable: Any, starts: Iterable[float]) -> None:
        if type(variable) is not Variable or variable.dtype.kind != "f":
            what = getattr(variable, "dtype", type(variable).__name__)
            raise KindError(
                f"an optimiser changes real variables, got {what}; give (gradient, sd.Variable)"
            )
        self.variable, self.shape, dtype = variable, variable.shape, variable.dtype
        self.number: Any = dtype if self.shape else float if dtype == np.float64 else dtype.type
        fill: Any = (lambda x: np.full(self.shape, x, dtype)) if self.shape else self.number
        self.slots: tuple[Value, ...] = tuple([fill(start) for start in starts])

    def read(self, gradient: Any) -> Value:
        """The gradient in numbers of the variable."""
        value = gradient._value if type(gradient) is Tensor else gradient
        if not self.shape and type(value) is self.number:
            return value
        if np.shape(value) != self.shape:
            raise ShapeError(
                "apply_gradients", (np.shape(value), self.shape),
                f"the gradient of {self.variable.name or 'a variable'} has its shape",
            )  # fmt: skip
        return np.asarray(value, self.number) if self.shape else self.number(value)

    def advance(self, optimizer: Optimizer, rate: float, g: Value) -> None:
        """One step of the variable and its slots."""
        w = self.variable._tensor._value
        if self.number is float:
            try:
                step, self.slots = optimizer.step(rate, g, *self.slots)
            except (ArithmeticError, ValueError):  # where arrays have inf or nan
                step, self.slots = self._as_arrays_do(optimizer, rate, g)
            self.variable._become(float(self._decayed(optimizer, rate, w) - step))
            return
        with np.errstate(all="ignore"):
            if self.shape and g.size > BLOCK:
                found = self._in_blocks(optimizer, rate, w.ravel(), g.ravel())
            else:
                step, self.slots = optimizer.step(rate, g, *self.slots)
                found = self._decayed(optimizer, rate, w) - step
        # a new value: what was read before is kept
        typed = found.astype(self.number, copy=False) if self.shape else self.number(found)
        self.variable._become(typed)

    def _decayed(self, optimizer: Optimizer, rate: float, w: Value) -> Value:
        decay = optimizer.weight_decay
        return w if decay is None else w - w * decay * rate

    def _as_arrays_do(self, optimizer: Optimizer, rate: float, g: Value) -> Found:
        with np.errstate(all="ignore"):
            step, slots = optimizer.step(rate, np.float64(g), *map(np.float64, self.slots))
        return float(step), tuple(map(float, slots))

    def _in_blocks(self, optimizer: Optimizer, rate: float, w: Value, g: Value) -> Value:
        found, slots = np.empty_like(w), [slot.reshape(-1) for slot in self.slots]
        for start in range(0, g.size, BLOCK):
            part = slice(start, start + BLOCK)
            held = [slot[part] for slot in slots]
            step, after = optimizer.step(rate, g[part], *held)
            np.subtract(self._decayed(optimizer, rate, w[part]), step, out=found[part])
            for old, new in zip(held, after, strict=True):
                if new is not old:  # a formula that does not change its slots in place
                    old[:] = new
        return found.reshape(self.shape)


def _warn(missing: list[str], others: bool) -> None:
    if not others:
        raise NoGradients(tuple(missing))
    warnings.warn(
        f"the loss does not depend on {', '.join(map(repr, missing))}: left as it is",
        stacklevel=3,
    )


def _norm(gradients: Sequence[Value]) -> Value:
    return np.sqrt(sum([np.sum(np.square(g)) for g in gradients]))
