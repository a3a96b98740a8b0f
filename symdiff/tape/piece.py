"""One result of a function of tensors, as recordings have it."""

from __future__ import annotations

from ..expr import Expr
from ..leaves import Var
from ..walk import postorder, rebuild


class Piece:
    """An expression over some of the stand-ins, those at ``places``: one result of a function."""

    __slots__ = ("expr", "inputs", "places")

    def __init__(self, expr: Expr, stand_ins: list[Expr]) -> None:
        used = {node for node in postorder([expr]) if node.op is Var}
        self.expr = expr
        self.places = [i for i, v in enumerate(stand_ins) if v in used]
        self.inputs = [stand_ins[i] for i in self.places]

    def build(self, args: list[Expr]) -> Expr:
        """The expression with other nodes in the places of its stand-ins."""
        given = dict(zip(self.inputs, args, strict=True))
        return rebuild([self.expr], given=given)[self.expr]
