"""Linear algebra: inverses, determinants, decompositions, a stack of matrices at a time."""

from . import determinants, inverse, spectral

__all__ = ["determinants", "inverse", "spectral"]
