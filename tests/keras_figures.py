"""Optimisers and schedules whose steps are held to Keras' own, and how its figures are recorded.

``python tests/keras_figures.py``, with Keras installed, writes ``keras_figures.json`` anew.
"""

from __future__ import annotations

import json
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).with_name("keras_figures.json")
STEPS = 10
START = ([1.5, -0.75], 0.25)  # an array and a number

SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "exponential": ("ExponentialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 4, "decay_rate": 0.6}),
    "exponential stairs": ("ExponentialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 4, "decay_rate": 0.6, "staircase": True}),
    "inverse": ("InverseTimeDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 3, "decay_rate": 0.7}),
    "inverse stairs": ("InverseTimeDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 3, "decay_rate": 0.7, "staircase": True}),
    "polynomial": ("PolynomialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 7, "end_learning_rate": 0.05, "power": 2.0}),
    "polynomial cycles": ("PolynomialDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 4, "end_learning_rate": 0.05, "power": 0.5,
        "cycle": True}),
    "cosine": ("CosineDecay", {
        "initial_learning_rate": 0.5, "decay_steps": 8, "alpha": 0.1}),
    "cosine warm": ("CosineDecay", {
        "initial_learning_rate": 0.1, "decay_steps": 5, "warmup_target": 0.6, "warmup_steps": 4}),
    "pieces": ("PiecewiseConstantDecay", {
        "boundaries": [2, 5, 6], "values": [0.5, 0.25, 0.4, 0.1]}),
}  # fmt: skip

# A text as learning rate names a schedule.
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {}),
    "SGD momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "SGD nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "SGD decay": ("SGD", {"learning_rate": 0.1, "weight_decay": 0.05}),
    "SGD clipnorm": ("SGD", {"learning_rate": 0.1, "clipnorm": 0.5}),
    "SGD clipvalue": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.3}),
    "SGD global_clipnorm": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.8}),
    "SGD exponential": ("SGD", {"learning_rate": "exponential stairs"}),
    "Adagrad": ("Adagrad", {}),
    "Adagrad bare": ("Adagrad", {
        "learning_rate": 0.5, "initial_accumulator_value": 0.0, "epsilon": 1e-3}),
    "RMSprop": ("RMSprop", {}),
    "RMSprop momentum": ("RMSprop", {"learning_rate": 0.05, "momentum": 0.8, "rho": 0.7}),
    "RMSprop centered": ("RMSprop", {"learning_rate": 0.05, "centered": True}),
    "RMSprop both": ("RMSprop", {
        "learning_rate": 0.02, "momentum": 0.5, "centered": True, "epsilon": 1e-4}),
    "Adam": ("Adam", {}),
    "Adam fast": ("Adam", {
        "learning_rate": 0.2, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-5}),
    "Adam amsgrad": ("Adam", {"learning_rate": 0.1, "beta_2": 0.5, "amsgrad": True}),
    "Adam cosine": ("Adam", {"learning_rate": "cosine warm"}),
    "AdamW": ("AdamW", {}),
    "AdamW fast": ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.1}),
}  # fmt: skip


def gradients(w: Any, b: Any, step: int) -> tuple[Any, Any]:
    """Gradients at a point, in double precision: they change sign, grow and shrink."""
    w, b = np.asarray(w, dtype=float), float(b)
    pull = np.array([3 * w[0] - 1, w[1] ** 3 + 0.5 * b])
    return pull / (1 + 0.3 * step), 2 * (b - w[0]) + 0.4 * (-1) ** step


def main() -> None:
    import keras

    def exact(value: Any) -> Any:
        """For double precision: Keras casts Python's floats by way of single precision."""
        if isinstance(value, list):
            return [exact(part) for part in value]
        double = isinstance(value, float) and keras.config.floatx() == "float64"
        return np.float64(value) if double else value

    def schedule(name: str) -> Any:
        kind, options = SCHEDULES[name]
        made = getattr(keras.optimizers.schedules, kind)
        return made(**{key: exact(value) for key, value in options.items()})

    def steps(name: str) -> list[list[float]]:
        kind, options = SETTINGS[name]
        rate = options.get("learning_rate")
        if isinstance(rate, str):
            options = {**options, "learning_rate": schedule(rate)}
        made = getattr(keras.optimizers, kind)
        parameters = signature(made).parameters.values()
        defaults = {p.name: p.default for p in parameters if isinstance(p.default, float)}
        optimizer = made(**{key: exact(value) for key, value in (defaults | options).items()})
        dtype = keras.config.floatx()
        w, b = (keras.Variable(np.array(start), dtype=dtype) for start in START)
        rows = []
        for step in range(STEPS):
            found = gradients(w.numpy(), b.numpy(), step)
            typed = [keras.ops.convert_to_tensor(np.asarray(g, dtype)) for g in found]
            optimizer.apply_gradients(zip(typed, [w, b], strict=True))
            rows.append([float(x) for x in [*w.numpy(), b.numpy()]])
        return rows

    figures: dict[str, Any] = {"keras": keras.__version__}
    for dtype in ("float32", "float64"):
        keras.config.set_floatx(dtype)
        figures[dtype] = {name: steps(name) for name in SETTINGS}
    figures["schedules"] = {
        name: [float(schedule(name)(i)) for i in range(STEPS)] for name in SCHEDULES
    }
    PATH.write_text(json.dumps(figures).replace('], "', '],\n"').replace('{"', '{\n"') + "\n")


if __name__ == "__main__":
    main()
