"""What ``compile`` does to a graph: the same function in forms that lose no digits and cost less.

Rows are EXACT, FAST (at most 3 ulp of extra error), or forms whose largest error over the domain
is not larger than that of what they replace.  None has a branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...expr import Expr, as_expr
from ...structure import flatten
from ..conditions import step_rows
from ..engine import rewritten
from ..table import Table, table_of
from .ahead import ahead_rows
from .bits import exact_rows
from .cheap import fast_rows, fold_rows
from .growth import growth_rows
from .guards import guard_rows
from .near_one import sum_rows
from .stable import stable_rows

_STABLE = (ahead_rows, growth_rows, sum_rows, stable_rows)
_ALL = (step_rows, exact_rows, *_STABLE, guard_rows)


def _table(fast: bool) -> Table:
    """What keeps digits, and with ``fast`` also what saves time."""
    return table_of(fold_rows, fast_rows, *_ALL) if fast else table_of(*_ALL)


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
    return restore(rewritten([as_expr(leaf) for leaf in leaves], table_of(*_STABLE)))


def only_stable(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs in stable forms, and else as they are: for graphs too large for more.

    Cost: well under 1 us per node where no form has to change.
    """
    return rewritten(outputs, table_of(*_STABLE))
