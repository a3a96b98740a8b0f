"""What a row may say of its derivative; ``calculus/rules.py`` derives both modes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

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
    """An operation linear in all its arguments together.

    ``transpose(y_bar, node, i)`` gives the cotangent of argument ``i``.  ``y_bar`` may carry
    leading batch axes before the axes of ``node``.
    """

    __slots__ = ("transpose",)

    def __init__(self, transpose: Callable[[Expr, Expr, int], Expr]) -> None:
        self.transpose = transpose


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


class NonDiff:
    """No derivative flows; ``zero`` says that it is 0 by convention, else asking for it raises."""

    __slots__ = ("reason", "zero")

    def __init__(self, reason: str, zero: bool = True) -> None:
        self.reason, self.zero = reason, zero


Rule: TypeAlias = Partials | Linear | Custom | NonDiff
