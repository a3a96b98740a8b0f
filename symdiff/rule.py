"""What a row may say of its derivative; ``calculus/rules.py`` derives both modes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .expr import Expr, ExprLike


class Partials:
    """Local derivatives, one function of ``(*args, out)`` per argument (elementwise operations).

    A variadic row gives one function of ``(args, out)`` that returns all of them.
    """

    __slots__ = ("all", "each")

    def __init__(
        self,
        *each: Callable[..., ExprLike],
        all: Callable[[tuple[Expr, ...], Expr], list[Expr]] | None = None,
    ) -> None:
        self.each, self.all = each, all


class Linear:
    """An operation linear in all its arguments together, or in the first ``count`` of them.

    ``transpose(y_bar, node, i)`` gives the cotangent of argument ``i``.  ``y_bar`` may carry
    leading batch axes before the axes of ``node``.  Arguments from ``count`` on are data such as
    an index: no derivative flows to them.  ``widen(params, axes)`` gives the parameters for
    arguments with so many more axes in front, where parameters tell how many there are.
    ``moves(x, node)`` gives the elements that the value is made of, for an array of numbers as the
    first argument: where an operation copies elements or leaves some out (``drops``).
    """

    __slots__ = ("count", "drops", "moves", "transpose", "widen")

    def __init__(
        self,
        transpose: Callable[[Expr, Expr, int], Expr],
        count: int | None = None,
        widen: Callable[[tuple[Any, ...], int], tuple[Any, ...]] | None = None,
        moves: Callable[[Any, Expr], Any] | None = None,
        drops: bool = False,
    ) -> None:
        self.transpose, self.count, self.widen = transpose, count, widen
        self.moves, self.drops = moves, drops


class Contraction(NamedTuple):
    """A product of arrays, read as a sum over axes with equal labels.

    ``inputs`` label the axes of the operands; labels that ``output`` lacks are summed over.  The
    first operands stand for the arguments of the node.
    """

    operands: tuple[Expr, ...]
    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]

    @property
    def sizes(self) -> dict[int, int]:
        """The length of the axes that each label stands for; axes of size 1 are stretched."""
        sizes: dict[int, int] = {}
        for x, labels in zip(self.operands, self.inputs, strict=True):
            for label, n in zip(labels, x.shape, strict=True):
                if sizes.get(label, 1) == 1:
                    sizes[label] = n
        return sizes


class Multilinear:
    """An operation linear in each argument: both modes follow from its ``contraction`` field.

    ``moves`` and ``drops`` are those of ``Linear``.
    """

    __slots__ = ("drops", "moves")

    def __init__(
        self, moves: Callable[[Any, Expr], Any] | None = None, drops: bool = False
    ) -> None:
        self.moves, self.drops = moves, drops


class Custom:
    """Tangent and cotangent rule side by side.

    ``tangent(node, tangents)`` gets ``None`` for a zero tangent.  ``cotangent(y_bar, node, i)``
    gives ``(value, guard)``: where the boolean ``guard`` is false, the cotangent is zero
    whatever the value; ``guard=None`` stands for true.  ``(None, None)`` is a zero.
    """

    __slots__ = ("cotangent", "tangent")

    def __init__(
        self,
        tangent: Callable[[Expr, list[Expr | None]], Expr | None],
        cotangent: Callable[[Expr, Expr, int], tuple[Expr | None, Expr | None]],
    ) -> None:
        self.tangent, self.cotangent = tangent, cotangent


def custom_of_one(
    tangent: Callable[[Expr, Expr], Expr | None], cotangent: Callable[[Expr, Expr], Expr | None]
) -> Custom:
    """``tangent(node, dot)`` and ``cotangent(y_bar, node)`` of an operation of one argument."""

    def from_dots(node: Expr, dots: list[Expr | None]) -> Expr | None:
        (dot,) = dots  # a rule is not asked where all tangents are zero
        assert dot is not None
        return tangent(node, dot)

    return Custom(from_dots, lambda y_bar, node, i: (cotangent(y_bar, node), None))


class NonDiff:
    """No derivative flows; ``zero`` says that it is 0 by convention, else asking for it raises."""

    __slots__ = ("reason", "zero")

    def __init__(self, reason: str, zero: bool = True) -> None:
        self.reason, self.zero = reason, zero


Rule: TypeAlias = Partials | Linear | Multilinear | Custom | NonDiff
