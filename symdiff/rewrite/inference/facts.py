"""What is known of a value from the domains of variables and the rows of operations.

The facts of a node are the signs that its value may have, whether it is an integer, and the
interval it lies in.  One fold infers them; a missing fact means "not known", never "false".
They hold over the reals: ``sigmoid(x)`` is in (0, 1), though a float may be rounded to 1.  What
holds for floats too is asked of ``computed``.
"""

from __future__ import annotations

from ...domain import REAL, Interval
from ...expr import Expr
from ...walk import fold, postorder
from .bounds import enclosure
from .computing import Computing
from .intervals import is_below, is_inside
from .parity import EVEN, ODD, parity
from .signs import INTEGER, MINUS, PLUS, SIGNS, ZERO, infer, of_interval


class Facts:
    """Facts of nodes, inferred when asked for and remembered.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> Facts().nonnegative(x**2), Facts().positive(x**2 + 1), Facts().positive(x)
    (True, True, False)
    >>> Facts().bounds(2 - sd.sigmoid(x))
    (1, 2)
    """

    def __init__(self) -> None:
        self.known: dict[Expr, int] = {}
        self.ranges: dict[Expr, Interval] = {}
        self.computed = Computing()

    def of(self, node: Expr) -> int:
        """The bits of a node. Cost: one visit per node not asked for before."""
        known, ranges = self.known, self.ranges
        bits = known.get(node)
        if bits is None:
            for n in postorder([node], known.keys()):
                if n not in known:
                    found = ranges[n] = enclosure(n, [ranges[x] for x in n.args])
                    bits = infer(n, [known[x] for x in n.args])
                    known[n] = bits if found is REAL else bits & (of_interval(found) | INTEGER)
            bits = known[node]
        return bits

    def bounds(self, node: Expr) -> Interval:
        """The interval that the values of a node lie in."""
        self.of(node)
        return self.ranges[node]

    def positive(self, node: Expr) -> bool:
        return self.of(node) & SIGNS == PLUS

    def nonnegative(self, node: Expr) -> bool:
        return not self.of(node) & MINUS

    def nonpositive(self, node: Expr) -> bool:
        return not self.of(node) & PLUS

    def negative(self, node: Expr) -> bool:
        return self.of(node) & SIGNS == MINUS

    def nonzero(self, node: Expr) -> bool:
        return not self.of(node) & ZERO

    def integer(self, node: Expr) -> bool:
        return bool(self.of(node) & INTEGER)

    def below(self, left: Expr, right: Expr) -> bool:
        """Whether ``left < right`` at every point."""
        return is_below(self.bounds(left), self.bounds(right))

    def inside(self, node: Expr, low: float, high: float) -> bool:
        """Whether all values lie between two numbers, up to rounding of these."""
        return is_inside(self.bounds(node), low, high)


def known_positive(e: Expr) -> bool:
    """Whether ``e > 0`` follows from domains and rows, wherever ``e`` is defined."""
    return Facts().positive(e)


def known_nonnegative(e: Expr) -> bool:
    """Whether ``e >= 0`` follows from domains and rows, wherever ``e`` is defined."""
    return Facts().nonnegative(e)


def known_nonzero(e: Expr) -> bool:
    """Whether ``e != 0`` follows from domains and rows, wherever ``e`` is defined."""
    return Facts().nonzero(e)


def known_integer(e: Expr) -> bool:
    """Whether ``e`` is a whole number wherever it is defined."""
    return Facts().integer(e)


def known_even(e: Expr) -> bool:
    """Whether ``e`` stays the same when all its variables change their signs."""
    return bool(fold([e], parity)[e] & EVEN)


def known_odd(e: Expr) -> bool:
    """Whether ``e`` changes its sign when all its variables change theirs."""
    return bool(fold([e], parity)[e] & ODD)


def bounds(e: Expr) -> Interval:
    """An interval that holds all values of ``e``, from domains and rows.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> bounds(1 / (x**2 + 1)), bounds(sd.exp(sd.abs(x)) - 1)
    ((0, 1], [0, inf))
    """
    return Facts().bounds(e)
