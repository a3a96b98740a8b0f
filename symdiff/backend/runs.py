"""Which steps of a program run together: elementwise ones on arrays of one large shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from ..expr import Shape
from ..ops import arrays
from ..ops.implementations import is_ufunc, on_arrays
from ..ops.kernels import decode
from .program import ADD_AT, ALIGN, Instruction, Program

BLOCK = 1 << 16  # elements; threads that call NumPy for less wait for the interpreter lock
SMALLEST = 2 * BLOCK  # elements of a run
FEWEST = 3  # steps of a run
FARTHEST = 1024  # places that a scattered part may be shifted by


class Value(NamedTuple):
    """What a register holds within a run, by the position of its step; ``whole`` if scattered."""

    at: int
    whole: bool


class Run(NamedTuple):
    """The steps ``start`` to ``stop`` of a program: ``members`` of the run, others before it."""

    stop: int
    core: Shape
    members: dict[int, tuple[Any, ...]]  # for every operand its Value, or its register
    kept: set[int]  # members whose value is written into an array of its own
    left: dict[int, int]  # the member whose value a register holds that is read after the run
    direct: dict[int, int]  # members whose value is only scattered, by the step that does it
    length: int | None  # of the scattered results


def run_at(
    program: Program, start: int, shapes: Sequence[Shape], shape_of: Callable[..., Shape]
) -> Run | None:
    """The longest run that starts with an instruction, None if there is none worth while."""
    first = program.instructions[start]
    if not first.op.elementwise or first.op is ALIGN:
        return None
    if prod(shape_of(first, shapes)) < SMALLEST:
        return None
    return _Search(program, start, list(shapes), shape_of).found()


class _Search:
    """Goes through the instructions from ``start`` as long as they fit."""

    def __init__(
        self, program: Program, start: int, shapes: list[Shape], shape_of: Callable[..., Shape]
    ) -> None:
        self.program, self.shapes, self.shape_of = program, shapes, shape_of
        self.start = start
        self.core = shape_of(program.instructions[start], shapes)
        self.inside: dict[int, Value] = {}
        self.taken: set[int] = set()  # registers that the run reads from outside
        self.members: dict[int, tuple[Any, ...]] = {}
        self.length: int | None = None

    def found(self) -> Run | None:
        steps = self.program.instructions
        stop = self.start
        while stop < len(steps) and self.takes(stop, steps[stop]):
            stop += 1
        while stop - 1 not in self.members and stop > self.start:
            stop -= 1
        plain = [i for i in self.members if steps[i].op.elementwise]
        if len(plain) < FEWEST:
            return None
        uses: dict[int, list[int]] = {i: [] for i in self.members}
        for i, args in self.members.items():
            for x in args:
                if isinstance(x, Value):
                    uses[x.at].append(i)
        left = {r: value.at for r, value in self.inside.items() if self.read(r, stop)}
        kept = {i for i in self.members if steps[i].op is arrays.scatter}
        kept |= {i for i in left.values() if steps[i].op.elementwise}
        direct = {
            i: uses[i][0]
            for i in plain
            if i not in kept and len(uses[i]) == 1 and steps[uses[i][0]].op is arrays.scatter
        }
        return Run(stop, self.core, self.members, kept, left, direct, self.length)

    def takes(self, i: int, step: Instruction) -> bool:
        """Whether the step can be part of the run or be made before it."""
        shape = self.shape_of(step, self.shapes)
        args = tuple([self.inside.get(x, x) for x in step.args])
        if self.joins(step, args, shape):
            self.members[i] = args
            self.taken.update([x for x in args if not isinstance(x, Value)])
            whole = not step.op.elementwise
            self.inside[step.out] = Value(i, whole)
        elif self.before(step, args, shape):
            self.inside.pop(step.out, None)
        else:
            return False
        self.shapes[step.out] = shape
        return True

    def joins(self, step: Instruction, args: tuple[Any, ...], shape: Shape) -> bool:
        kinds = self.program.kinds
        if kinds[step.out] != "real" or any(kinds[x] != "real" for x in step.args):
            return False
        whole = [isinstance(x, Value) and x.whole for x in args]
        if step.op is arrays.scatter:
            return not whole[0] and isinstance(args[0], Value) and self.shifts(step, shape)
        if step.op is ADD_AT:
            fits = self.shapes[step.args[1]] == self.core
            return whole == [True, False] and fits and self.shifts(step, shape)
        simple = step.op.elementwise and not step.params and not callable(step.op.numpy)
        return simple and shape == self.core and not any(whole) and is_ufunc(on_arrays(step.op))

    def shifts(self, step: Instruction, shape: Shape) -> bool:
        """Whether the places are a range of the result, which is one row of numbers."""
        place = decode(step.params[0])
        if len(shape) != 1 or len(place) != 1 or not isinstance(place[0], slice):
            return False
        offset, _, stride = place[0].indices(shape[0])
        if stride != 1 or offset > FARTHEST or self.length not in (None, shape[0]):
            return False
        self.length = shape[0]
        return True

    def before(self, step: Instruction, args: tuple[Any, ...], shape: Shape) -> bool:
        """Whether the step can be made before the run: it writes nothing that the run reads."""
        free = step.out not in self.taken and not any(isinstance(x, Value) for x in args)
        small = prod(shape) < SMALLEST // 16 and step.op is not ADD_AT
        return free and (small or step.op in (ALIGN, arrays.index))

    def read(self, register: int, stop: int) -> bool:
        """Whether the value in a register is used at or after an instruction."""
        for step in self.program.instructions[stop:]:
            if register in step.args:
                return True
            if step.out == register:
                return False
        return any(register in out.registers for out in self.program.outputs)
