"""Large batches with native code: the counterpart of NumPy's blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..backend.batch import BLOCK, PAGE, dtype_of, flat_inputs, new_results, store
from ..backend.pool import MAX_THREADS, share
from ..backend.program import Instruction, Program
from ..expr import Shape
from ..ops.implementations import in_kind, is_ufunc, may_overflow, on_arrays
from .loops import NAME, loop
from .machine import Loaded, Machine, translated
from .segments import Place, Segment, divided

SHORTEST = 64  # elements of a block: more than one vector of any processor has
WHOLE = PAGE // 8  # elements that one call takes where nothing passes between parts: one page


class NativeBlocks:
    """A program whose values all have the core shape ``core`` or none, on float64.

    ``objects`` is the code for each segment, in order, as an earlier ``NativeBlocks`` had it.
    """

    def __init__(
        self, program: Program, core: Shape, machine: Machine, objects: Sequence[Any] = ()
    ) -> None:
        self.program, self.core, self.machine = program, core, machine
        self.parts = divided(program)
        segments = [part for part in self.parts if isinstance(part, Segment)]
        self.objects = list(objects) or [_object(program, part, machine) for part in segments]
        loaded = iter([Loaded(code, NAME) for code in self.objects])
        self.loaded = [next(loaded) if isinstance(part, Segment) else None for part in self.parts]
        steps = [part for part in self.parts if isinstance(part, Instruction)]
        self.rows = BLOCK if len(self.parts) > 1 else WHOLE
        self.threads = 1 if any(callable(step.op.numpy) for step in steps) else MAX_THREADS
        self.crossing = {step.out for step in steps}
        for part in segments:
            self.crossing.update(part.writes)
        stored = {place for part in segments for _, place in part.stores}
        places = [
            (r, Place(i, j, len(out.registers) if out.assembled else 1))
            for i, out in enumerate(program.outputs)
            for j, r in enumerate(out.registers)
        ]
        self.left = [(r, place) for r, place in places if place not in stored]

    def __call__(
        self, arrays: Sequence[Any], batch: Shape, real: Any, results: Any = None
    ) -> list[Any]:
        """The outputs for inputs of broadcast batch shape ``batch``, in ``results`` if given."""
        program = self.program
        given, size = flat_inputs(program, self.core, arrays, batch, real)
        held = [_Register(self._readable(a), a.ndim > 0, not a.ndim) for a in given]
        results = results or new_results(program, size, real)
        blocks = max((size + self.rows - SHORTEST) // self.rows, 1)

        def work(numbers: Iterator[int]) -> None:
            registers, parts = self._prepared(held, results)
            with np.errstate(all="ignore"):
                for block in numbers:
                    start = block * self.rows
                    stop = size if block == blocks - 1 else start + self.rows
                    for part in parts:
                        part(start, stop)
                    for r, place in self.left:
                        values = registers[r].rows(start, stop)
                        store(results[place.output], place.column, values, start, stop)

        share(work, blocks, self.threads)
        return [
            r.reshape(batch + out.shape) for r, out in zip(results, program.outputs, strict=True)
        ]

    def _readable(self, a: Any) -> Any:
        """Elements side by side; of one number as many as a vector has."""
        return np.ascontiguousarray(a) if a.ndim else np.full(self.machine.width, a)

    def _prepared(
        self, held: list[_Register], results: list[Any]
    ) -> tuple[dict[int, _Register], list[Callable[[int, int], None]]]:
        """Registers and parts that a thread has of its own."""
        registers = dict(enumerate(held))
        for r in self.crossing:
            buffer = np.empty(self.rows + SHORTEST, dtype_of(self.program.kinds[r], np.float64))
            registers[r] = _Register(buffer, False, False)
        parts: list[Callable[[int, int], None]] = []
        for part, loaded in zip(self.parts, self.loaded, strict=True):
            if isinstance(part, Segment):
                parts.append(_Loop(part, loaded, registers, results))
            else:
                parts.append(_Step(part, registers))
        return registers, parts


def _object(program: Program, segment: Segment, machine: Machine) -> bytes:
    return translated(loop(program, segment, machine.width, machine.scaling), machine)


class _Register(NamedTuple):
    """An array of the whole batch, a buffer for a block, or one number as often as it is read."""

    array: Any
    whole: bool
    number: bool

    def rows(self, start: int, stop: int) -> Any:
        if self.number:
            return self.array[0]
        return self.array[start:stop] if self.whole else self.array[: stop - start]


class _Loop:
    """A segment on blocks of some arrays."""

    def __init__(
        self, segment: Segment, loaded: Any, registers: dict[int, _Register], results: list[Any]
    ) -> None:
        self.loaded = loaded
        used = [registers[r] for r in segment.reads]
        for r in set(segment.reads) & set(segment.writes):  # the last vector is read again
            registers[r] = registers[r]._replace(array=np.empty_like(registers[r].array))
        used += [registers[r] for r in segment.writes]
        used += [_Register(results[place.output], True, False) for _, place in segment.stores]
        self.used = used  # the code below knows their addresses alone
        self.bases = np.array([a.array.ctypes.data for a in used], np.uint64)
        self.steps = np.array([a.array.strides[0] if a.whole else 0 for a in used], np.uint64)
        self.pointers = np.empty(len(used), np.uint64)
        self.masks = np.array([0 if a.number else -1 for a in used], np.int64)
        self.given = self.pointers.ctypes.data, self.masks.ctypes.data

    def __call__(self, start: int, stop: int) -> None:
        np.multiply(self.steps, start, out=self.pointers)
        self.pointers += self.bases
        self.loaded.function(stop - start, *self.given)


class _Step:
    """An instruction of NumPy on blocks."""

    def __init__(self, step: Instruction, registers: dict[int, _Register]) -> None:
        self.function = in_kind(step.op, step.params, step.node.kind)
        own = callable(step.op.numpy) or may_overflow(step.op, step.node.kind) or step.params
        self.writes = not own and is_ufunc(on_arrays(step.op))
        self.out = registers[step.out]
        self.args = [registers[r] for r in step.args]

    def __call__(self, start: int, stop: int) -> None:
        given = [a.rows(start, stop) for a in self.args]
        out = self.out.rows(start, stop)
        if self.writes:
            self.function(*given, out=out)
        else:
            out[...] = self.function(*given)
