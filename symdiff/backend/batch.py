"""Large batches: blocks that stay in cache, a reused buffer per register, a few threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..expr import Kind, Shape
from .codegen import BlockWriter
from .pool import MAX_THREADS, share
from .program import ALIGN, TO_INT, TO_REAL, Program, constant_value

BLOCK = 8192  # elements: a buffer of float64 is 64 KiB
PAGE = 1 << 21  # bytes of a large page
SMALLEST = 4 * BLOCK  # below, one pass over whole arrays is as fast
_DTYPES: dict[Kind, Any] = {"int": np.int64, "bool": np.bool_}


def common_core(program: Program) -> Shape | None:
    """The one shape that every value with axes has, None if there are several or sweeps.

    Such a program is elementwise throughout, so it can run on flat blocks.
    """
    shapes = {v.shape for v in program.inputs}
    for step in program.instructions:
        if not (step.op.elementwise or step.op in (ALIGN, TO_INT, TO_REAL)):
            return None
        shapes.add(step.node.shape)
    shapes |= {node.shape for node in program.constant_nodes}
    shapes.discard(())
    core = shapes.pop() if shapes else ()
    fits = all(out.shape == core or (out.assembled and not core) for out in program.outputs)
    return core if fits and not shapes else None


class Blocks:
    """A program whose values all have the core shape ``core`` or none."""

    def __init__(self, program: Program, core: Shape) -> None:
        self.program, self.core = program, core
        writer = BlockWriter(program)
        self.function: Callable[..., None] = writer.define("on_blocks")
        self.sources, self.threads = writer.sources, 1 if writer.foreign else MAX_THREADS
        single = [out.registers[0] for out in program.outputs if not out.assembled]
        self.direct = {r for r in single if r >= program.first and single.count(r) == 1}

    def __call__(
        self, arrays: Sequence[Any], batch: Shape, real: Any, results: Any = None
    ) -> list[Any]:
        """The outputs for inputs of broadcast batch shape ``batch``, in ``results`` if given."""
        program = self.program
        flat, size = flat_inputs(program, self.core, arrays, batch, real)
        results = results or new_results(program, size, real)
        share(
            lambda blocks: self._work(blocks, flat, results, real), -(-size // BLOCK), self.threads
        )
        return [
            r.reshape(batch + out.shape) for r, out in zip(results, program.outputs, strict=True)
        ]

    def _work(self, blocks: Any, flat: list[Any], results: list[Any], real: Any) -> None:
        """Run the blocks that ``blocks`` hands out, on buffers of its own."""
        program = self.program
        size = len(results[0]) if results else 0
        targets = {
            out.registers[0]: result
            for out, result in zip(program.outputs, results, strict=True)
            if not out.assembled and out.registers[0] in self.direct
        }
        buffers = [
            targets[i] if i in targets else np.empty(BLOCK, dtype_of(kind, real))
            for i, kind in enumerate(program.kinds[program.first :], program.first)
        ]
        with np.errstate(all="ignore"):
            for block in blocks:
                start = block * BLOCK
                stop = min(start + BLOCK, size)
                registers = [a[start:stop] if a.ndim else a for a in flat]
                for i, buffer in enumerate(buffers, program.first):
                    direct = i in targets
                    registers.append(buffer[start:stop] if direct else buffer[: stop - start])
                self.function(*[registers[i] for i in self.sources], real)
                self._store(registers, results, start, stop)

    def _store(self, registers: list[Any], results: list[Any], start: int, stop: int) -> None:
        for out, result in zip(self.program.outputs, results, strict=True):
            if out.assembled or out.registers[0] not in self.direct:
                for j, r in enumerate(out.registers):
                    store(result, j, registers[r], start, stop)


def flat_inputs(
    program: Program, core: Shape, arrays: Sequence[Any], batch: Shape, real: Any
) -> tuple[list[Any], int]:
    """Inputs and constants as one axis each, numbers without axes, and the size of that axis."""
    shape, rank = batch + core, len(core)
    given = zip(arrays, program.inputs, strict=True)
    flat = [_flat(a, v.ndim, rank, shape) for a, v in given]
    for i, value in enumerate(program.constants, len(flat)):
        typed = constant_value(value, program.kinds[i], real)
        flat.append(_flat(typed, np.ndim(typed), rank, shape))
    return flat, prod(shape)


def new_results(program: Program, size: int, real: Any) -> list[Any]:
    """Arrays for the outputs: a row for each element of those that are put together."""
    return [
        fresh((size, len(out.registers)) if out.assembled else (size,), dtype_of(out.kind, real))
        for out in program.outputs
    ]


def fresh(shape: Shape, dtype: Any) -> Any:
    """An empty array; a large one begins where a large page does, which saves most page faults."""
    array = np.empty(shape, dtype)
    if array.nbytes < 2 * PAGE:
        return array
    memory = np.empty((-(-array.nbytes // PAGE) + 1) * PAGE, np.uint8)
    start = -memory.ctypes.data % PAGE
    return memory[start : start + array.nbytes].view(dtype).reshape(shape)


def store(result: Any, column: int, values: Any, start: int, stop: int) -> None:
    """Write a block of values into an output, or into a column of one that is put together."""
    if result.ndim > 1:
        result[start:stop, column] = values
    else:
        result[start:stop] = values


def dtype_of(kind: Kind, real: Any) -> Any:
    return _DTYPES.get(kind, real)


def _flat(a: Any, rank: int, target: int, shape: Shape) -> Any:
    """``a`` as one axis of all elements, or without axes where it has only one."""
    a = np.asarray(a)
    if not a.ndim:
        return a
    if a.ndim > rank:
        a = a.reshape(a.shape[: a.ndim - rank] + (1,) * (target - rank) + a.shape[a.ndim - rank :])
    return np.broadcast_to(a, shape).reshape(-1)
