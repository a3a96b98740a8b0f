"""The rules that ``simplify`` uses, and canonical forms by them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from ..expr import Expr, Op
from .arrays.linear_rules import linear_rows
from .canonical import Canonical
from .computed import inspections
from .engine import collected
from .rules import rows
from .table import Table

EAGER = 32  # arguments up to which ``canonical`` flattens shared children too


@cache
def standard() -> Table:
    """All rules that ``simplify`` uses; computed ones come first."""
    return Table([*inspections(), *linear_rows(), *rows()], canonical=True)


def build(
    outputs: Sequence[Expr],
    eager: int = 0,
    last: Canonical | None = None,
    whole: Collection[Op] = (),
) -> tuple[list[Expr], Canonical]:
    """The canonical forms of a graph's outputs, and what is known of the nodes in them."""
    return collected(outputs, standard(), eager, last, whole)


def canonical(e: Expr) -> Expr:
    """The canonical form of an expression: equal forms mean equal functions.

    Shared sums and products of up to 32 arguments are flattened too, so the form does not
    depend on how the expression was nested.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> canonical(x * (y * x) - x / y) is canonical(-x / y + y * x**2)
    True
    """
    return build([e], EAGER)[0][0]
