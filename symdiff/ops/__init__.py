"""The operations of the package, one row each; importing this registers them all."""

from . import (
    arithmetic,
    arrays,
    compare,
    contraction,
    determinants,
    elementary,
    linear,
    places,
    reductions,
    special,
    spectral,
    sweeps,
)

__all__ = [
    "arithmetic",
    "arrays",
    "compare",
    "contraction",
    "determinants",
    "elementary",
    "linear",
    "places",
    "reductions",
    "special",
    "spectral",
    "sweeps",
]
