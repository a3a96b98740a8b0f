"""Optimisers by gradients: Keras' formulas and defaults, on the variables of a tape."""

from . import schedules
from .base import Optimizer
from .updates import SGD, Adagrad, Adam, AdamW, RMSProp, RMSprop

__all__ = [
    "SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSProp", "RMSprop", "schedules",
]  # fmt: skip
