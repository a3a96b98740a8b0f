"""What is known of a value from the domains of variables and the rows of operations.

One fold over the graph infers the range of every node: an interval, whether 0 is left out, whether
the value is a whole number.  A missing fact means "not known", never "false".  Facts hold over the
reals: ``sigmoid(x)`` is in (0, 1), though a float may be rounded to 1.  A second fold with the same
table tells where computed values lie.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...domain import Interval
from ...expr import Expr, Kind
from ...leaves import Const
from ...walk import remembered
from ..exact import number
from .ranges import ZERO, Range, beyond
from .rounding import computed
from .transfer import transfer


class Facts:
    """Facts of nodes, inferred when asked for and remembered.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> Facts().nonnegative(x**2), Facts().positive(x**2 + 1), Facts().positive(x)
    (True, True, False)
    >>> Facts().bounds(2 - sd.sigmoid(x)), Facts().computed(2 - sd.sigmoid(x)).interval
    ((1, 2), [1, 2])
    """

    def __init__(self) -> None:
        self._reals: dict[Expr, Range] = {}
        self._floats: dict[Expr, Range] = {}

    def of(self, node: Expr) -> Range:
        """Where the values of a node lie over the reals."""
        return self._reals.get(node) or remembered(node, self._reals, over_reals)

    def computed(self, node: Expr) -> Range:
        """Where the computed values of a node lie, and whether they may be nan."""
        return self._floats.get(node) or remembered(node, self._floats, computed)

    def bounds(self, node: Expr) -> Interval:
        """The interval that the values of a node lie in."""
        return self.of(node).interval

    def positive(self, node: Expr) -> bool:
        return self.of(node).low > ZERO

    def nonnegative(self, node: Expr) -> bool:
        return self.of(node).low >= ZERO

    def nonzero(self, node: Expr) -> bool:
        return self.of(node).nonzero

    def inside(self, node: Expr, low: float, high: float) -> bool:
        """Whether all values lie between two numbers, up to rounding of these."""
        bounds = self.of(node)
        return bounds.low[0] >= beyond(low, -4) and bounds.high[0] <= beyond(high, 4)


def over_reals(node: Expr, known: Mapping[Expr, Range]) -> Range:
    """The range of a node; values are whole where the row says so or ints would give an int."""
    args = [known[x] for x in node.args]
    found = transfer(node, args)
    op = node.op
    if node.kind != "real" or "integer" in op.facts:
        return found._replace(whole=True)
    if op is Const:
        value = number(node)
        return found if value is None or value % 1 else found._replace(whole=True)
    if args and op.kind is not None and all(x.whole for x in args):
        ints: list[Kind] = ["int"] * len(args)
        return found._replace(whole=op.kind(tuple(ints)) == "int")
    return found
