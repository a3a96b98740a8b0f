"""Calls of a rolled graph: scalar inputs are put into one vector, results taken out of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

import numpy as np

from ...expr import Expr, Shape
from .roll import Rolled

_NUMBERS: dict[type, Callable[[Any], list[Any]]] = {  # how results are taken apart
    float: np.ndarray.tolist, int: np.ndarray.tolist, np.float64: list,
}  # fmt: skip


class Call:
    """A function of the vector of scalars and of arrays as one of the inputs that were given."""

    __slots__ = ("function", "others", "pack", "rolled", "shapes", "where")

    def __init__(
        self, rolled: Rolled, nodes: Sequence[Expr], inputs: Sequence[Expr], function: Any
    ) -> None:
        self.rolled, self.function = rolled, function
        self.where = [i for i, v in enumerate(inputs) if not v.shape]
        self.others = [i for i, v in enumerate(inputs) if v.shape]
        self.pack = Struct(f"{len(self.where)}d").pack
        self.shapes = [node.shape for node in nodes]

    def direct(self, args: Sequence[Any]) -> list[Any] | None:
        """The outputs for Python numbers, as such, or for arrays of just the declared shapes.

        None for other arguments.
        """
        if self.others:
            return None if self.where else self.parted(self.function(*args), _rows)
        try:
            kind = type(sum(args))  # an array or an expression among numbers makes the sum one
        except TypeError:
            return None
        if kind not in _NUMBERS:
            return None
        return self.parted(self.function(np.frombuffer(self.pack(*args))), _NUMBERS[kind])

    def on_arrays(self, arrays: Sequence[Any], batch: Shape, real: Any) -> list[Any]:
        """The outputs for arrays whose batch axes broadcast to ``batch``."""
        given = [arrays[i] for i in self.others]
        if self.where:
            vector = np.empty((*batch, len(self.where)), real)
            for k, i in enumerate(self.where):
                vector[..., k] = arrays[i]
            given.insert(0, vector)
        return self.parted(self.function(*given), _rows)

    def parted(self, found: list[Any], split: Callable[[Any], list[Any]]) -> list[Any]:
        """The outputs one by one, in their order."""
        if not self.rolled.together:
            return found
        scalars, *arrays = found
        if not arrays:
            return split(scalars)
        singles, rest = iter(split(scalars)), iter(arrays)
        return [next(rest if shape else singles) for shape in self.shapes]


def _rows(values: Any) -> list[Any]:
    """The results along the last axis, each a new array or number."""
    return list(np.ascontiguousarray(np.moveaxis(values, -1, 0)))
