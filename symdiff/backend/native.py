"""When a compiled function runs as native code, and the code that it keeps and pickles."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import ArgumentError, MissingPackage
from ..expr import Kind, Shape
from ..messages import short
from .batch import common_core
from .program import Program

WORTH = 4e7  # elements times cost of the rows: about as long by NumPy as translating takes
EACH = 100  # instructions that are translated in that time
MOST = 2000  # instructions: translating takes more than its share beyond
LEAST = 64  # elements: more than one vector of any processor has
_KINDS: dict[Kind, str] = {"real": "f", "int": "i", "bool": "b"}


class Native:
    """The native code of one function, made at the first call that is large enough.

    ``kept`` holds objects by the processor that they were made for.
    Raises: MissingPackage where ``backend`` asks for native code and there is no way to make it.
    """

    def __init__(self, backend: str | None) -> None:
        self.asked = backend == "native"
        self.kept: dict[str, Any] = {}
        self.made: Any = None
        self.cost: float | None = None
        if backend not in (None, "numpy", "native"):
            raise ArgumentError(f"backend is 'numpy' or 'native', not {short(backend)}")
        if backend == "numpy":
            self.made = False
        elif self.asked:
            from ..native.machine import here

            if here() is None:
                raise MissingPackage("llvmlite", "native code", "jit")

    def blocks(self, program: Program, arrays: Sequence[Any], batch: Shape, real: Any) -> Any:
        """The function of arrays for a large batch of doubles, None where NumPy is the way."""
        if self.made is False or real is not np.float64:
            return None
        if self.cost is None:
            self.cost = sum([step.op.cost for step in program.instructions])
        size = prod(batch) * max([v.size for v in program.inputs], default=1)
        length = len(program.instructions)
        pays = length <= MOST and size * self.cost >= WORTH * max(1, length / EACH)
        if not pays and not (self.asked and size >= LEAST):
            return None
        if any(a.dtype.kind != _KINDS[v.kind] for a, v in zip(arrays, program.inputs, strict=True)):
            return None
        if self.made is None:
            self.made = self._make(program)
        return self.made or None

    def _make(self, program: Program) -> Any:
        from ..native.machine import here

        machine, core = here(), common_core(program)
        if machine is None or core is None:
            return False
        from ..native.batches import NativeBlocks

        made = NativeBlocks(program, core, machine, self.kept.get(machine.key, ()))
        self.kept[machine.key] = made.objects
        return made
