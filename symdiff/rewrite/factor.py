"""Products of powers as canonical nodes."""

from __future__ import annotations

from ..expr import Expr
from .canonical import Canonical
from .exact import Number
from .nodes import factors_of
from .terms import Product

__all__ = ["factors_of", "powers_of", "term_of"]


def powers_of(form: Canonical, factors: Product[Expr]) -> list[Expr]:
    """The powers of a product as nodes."""
    return [form.power(base, form.constant(e)) for base, e in factors.items()]


def term_of(form: Canonical, coefficient: Number, factors: Product[Expr]) -> Expr:
    """A number times a product as a node."""
    return form.mul([form.constant(coefficient), *powers_of(form, factors)])
