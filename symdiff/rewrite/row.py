"""A rule of rewriting as a row of data: name, left side, right side, condition, exactness.

A left side is a pattern over wildcards, or an operation whose nodes a function inspects.  The
condition must be *known* to hold.

EXACT   the same bits for every input, all nans counting as one
REAL    equal over the reals wherever the original is defined
FAST    an extra error of at most 3 ulp; for compiled code only
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from ..expr import Expr, Op, Params, Shape
from ..leaves import Var
from .exact import Number
from .facts.facts import Facts

Bindings = dict[Expr, Expr]  # what the wildcards of a pattern stand for


class Exactness(Enum):
    """What may differ between the two sides of a rule."""

    EXACT = 0
    REAL = 1
    FAST = 2


EXACT, REAL, FAST = Exactness


class Form(Protocol):
    """Reads and builds the nodes of the form that a graph is rewritten in."""

    facts: Facts
    one: Expr

    def constant(self, value: Any) -> Expr: ...
    def shaped(self, node: Expr, shape: Shape) -> Expr: ...
    def split(self, term: Expr) -> tuple[Number, Expr]: ...
    def times(self, coefficient: Number, node: Expr) -> Expr: ...
    def apply(self, op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr: ...


Condition = Callable[[Facts, Bindings], bool]
Inspect = Callable[[Form, Expr], Expr | None]
Below = Callable[[Sequence[Op]], bool]


def of_constants(below: Sequence[Op]) -> bool:
    """Whether all arguments are constants."""
    return all(op.arity == 0 and op is not Var for op in below)


class Rule(NamedTuple):
    """One row.  The right side of an operation is a function of its nodes, which returns the new
    expression in any form, or None where the rule does not fit.
    """

    name: str
    left: Expr | Op
    right: Expr | Inspect
    exactness: Exactness
    when: Condition | None = None
    below: Below | None = None  # whether it may fit over arguments of these operations
    of_arrays: bool = False  # whether it fits arrays alone
    among: Op | None = None  # what one of the factors must be, or a power of

    @property
    def head(self) -> Op:
        """The operation of the nodes it may fit."""
        return self.left if isinstance(self.left, Op) else self.left.op

    @property
    def pattern(self) -> Expr:
        assert isinstance(self.left, Expr)
        return self.left

    @property
    def template(self) -> Expr:
        assert isinstance(self.right, Expr)
        return self.right

    def inspect(self, form: Form, node: Expr) -> Expr | None:
        """What a computed rule makes of a node of its operation."""
        assert not isinstance(self.right, Expr)
        return self.right(form, node)
