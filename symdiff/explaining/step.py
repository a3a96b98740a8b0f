"""One step of a derivation."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ..expr import Expr
from .rules import Entry

StepKind: TypeAlias = Literal["differentiate", "assemble", "simplify"]


class Part(NamedTuple):
    """A derivative that a formula names: its symbol there, what it is of, and the step it gets."""

    symbol: Expr
    of: Expr
    step: int


class Step(NamedTuple):
    """A rule, applied once.

    ``kind`` is "differentiate" or "assemble" where ``after`` is the derivative of ``before`` by
    ``wrt``, "simplify" where it is equal to it.  ``formula`` is what is written: ``after`` with
    the symbols of ``parts`` for the derivatives that have steps of their own.  ``table`` holds
    the derivatives of functions that the rule looks up, ``source`` where they are written down,
    ``constants`` what is left out as it does not depend on ``wrt``, ``reason`` why a step is 0.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> step = sd.explain(sd.sin(x**2), x)[0]
    >>> print(step)
    1. chain rule: d/dx[sin(x**2)] = cos(x**2)*d/dx[x**2]   (d/du[sin(u)] = cos(u); DLMF 4.20.1)
    >>> step.before, step.after, [part.step for part in step.parts]
    (sin(x**2), cos(x**2)*(2*x), [2])
    """

    number: int
    rule: str
    kind: StepKind
    wrt: Expr
    before: Expr
    after: Expr
    formula: Expr
    parts: tuple[Part, ...] = ()
    table: tuple[Entry, ...] = ()
    source: str = ""
    constants: tuple[Expr, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        from .writing import line

        return line(self)
