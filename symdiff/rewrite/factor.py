"""Common factors of the terms of a sum, taken out where that saves operations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..expr import Expr
from ..ops import arithmetic as a
from ..ops.elementary import pow
from .exact import Number, number
from .terms import Product

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 16  # terms of a sum that are searched for a common factor


def factors_of(rest: Expr) -> Product[Expr]:
    """A term without its coefficient as powers; symbolic powers are bases."""
    powers: list[tuple[Expr, Number]] = []
    for factor in rest.args if rest.op is a.mul else (rest,):
        exponent = number(factor.args[1]) if factor.op is pow else None
        powers.append((factor, 1) if exponent is None else (factor.args[0], exponent))
    return Product(powers)


def as_powers(factors: Product[Expr]) -> list[Expr]:
    """The powers of a product as they are written."""
    return [base if e == 1 else base**e for base, e in factors.items()]


def powers_of(form: Canonical, factors: Product[Expr]) -> list[Expr]:
    """The powers of a product as nodes."""
    return [form.power(base, form.constant(e)) for base, e in factors.items()]


def term_of(form: Canonical, coefficient: Number, factors: Product[Expr]) -> Expr:
    """A number times a product as a node."""
    return form.mul([form.constant(coefficient), *powers_of(form, factors)])
