"""The operations of the package, one row each; importing this registers them all."""

from . import arithmetic, arrays, compare, elementary, special

__all__ = ["arithmetic", "arrays", "compare", "elementary", "special"]
