"""What ``compile`` does to a graph: the same function in forms that lose no digits and cost less.

Rows are EXACT, FAST (at most 3 ulp of extra error), or forms whose largest error over the domain
is not larger than that of what they replace.  None has a branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from ...expr import Expr, as_expr
from ...structure import flatten
from ..engine import rewritten
from ..row import Rule
from ..table import Table
from .ahead import ahead_rows
from .bits import exact_rows
from .cheap import fast_rows, fold_rows
from .guards import guard_rows
from .stable import computed_rows, stable_rows, with_powers


def _stable_rows() -> list[Rule]:
    return [*ahead_rows(), *computed_rows(), *with_powers(stable_rows())]


@cache
def _stable_table() -> Table:
    return Table(_stable_rows())


@cache
def _table(fast: bool) -> Table:
    """What keeps digits, and with ``fast`` also what saves time."""
    cheap = [*fold_rows(), *fast_rows()] if fast else []
    return Table([*cheap, *exact_rows(), *_stable_rows(), *guard_rows()])


def stabilise(outputs: Sequence[Expr], fast: bool = True) -> list[Expr]:
    """The outputs in the forms to compile: stable, and with ``fast`` also cheap.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> stabilise([sd.log(1 + sd.exp(x)), x**2])[0] is sd.softplus(x)
    True
    """
    return rewritten(outputs, _table(fast))


def stable(tree: Any) -> Any:
    """The forms that lose no digits, for printing: what ``compile`` starts from.

    ``tree`` is an expression or a nested list, tuple or dict of them.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(stable(sd.log(1 + sd.exp(x))), stable(1 - sd.cos(x)), sep=", ")
    softplus(x), 2*sin(x/2)**2
    """
    leaves, restore = flatten(tree)
    return restore(rewritten([as_expr(leaf) for leaf in leaves], _stable_table()))


def only_stable(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable forms, and else as they are: for graphs too large for more.

    Cost: well under 1 us per node where no form has to change.
    """
    return rewritten(outputs, _stable_table())
