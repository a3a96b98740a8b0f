"""Sums of scattered parts: each is added where it belongs, no part is made large first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..expr import Expr
from ..ops.arithmetic import add, sub
from ..ops.arrays import scatter
from ..ops.implementations import is_ufunc, on_arrays


class Scatters:
    """The sums of a graph to which scattered parts are added in place."""

    def __init__(self, order: Sequence[Expr], outputs: Sequence[Expr]) -> None:
        self.parts: dict[Expr, list[Expr]] = {}
        self.absorbed: set[Expr] = set()
        self.uses: Counter[Expr] = Counter()
        if any(node.op is scatter for node in order):
            self.uses.update([a for node in order for a in node.args])
            self.uses.update(dict.fromkeys(outputs, 2))
            for node in order:
                if node.op is add or node.op is sub:
                    self._look(node)

    def _look(self, node: Expr) -> None:
        args = node.args
        parts = [a for a in args if self._alone(a) and a.shape == node.shape]
        others = [a for a in args if a not in parts]
        if node.op is sub:
            parts = parts if parts == [args[1]] else parts[1:]
            whole = args[0].shape == node.shape
        else:
            parts = parts if others else parts[1:]
            whole = not others or any(a.shape == node.shape for a in others)
        real = all(a.kind == "real" for a in (*args, *[p.args[0] for p in parts]))
        if parts and whole and real:
            self.parts[node] = parts
            self.absorbed.update(parts)

    def _alone(self, node: Expr) -> bool:
        return node.op is scatter and self.uses[node] == 1

    def fresh(self, node: Expr) -> bool:
        """Whether the value is a new array that only its one user looks at."""
        if self._alone(node):
            return True
        made = node.op.elementwise and not callable(node.op.numpy) and is_ufunc(on_arrays(node.op))
        return self.uses[node] == 1 and bool(node.shape) and made
