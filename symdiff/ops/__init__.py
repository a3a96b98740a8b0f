"""The operations of the package, one row each; importing this registers them all."""

from . import (
    arithmetic,
    arrays,
    compare,
    contraction,
    elementary,
    linear,
    places,
    reductions,
    special,
    sweeps,
)

__all__ = [
    "arithmetic",
    "arrays",
    "compare",
    "contraction",
    "elementary",
    "linear",
    "places",
    "reductions",
    "special",
    "sweeps",
]
