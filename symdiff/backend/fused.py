"""Runs of elementwise steps on large arrays, block by block on the threads of the pool.

A step of its own goes once through memory; a run of them on one block stays in cache.  Parts
that are scattered to shifted places are computed where the block of the result needs them, so
that blocks never write the same memory, and results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..expr import Shape
from ..ops import arrays
from ..ops.kernels import decode
from .implementations import is_ufunc, on_arrays
from .pool import MAX_THREADS, share
from .program import ADD_AT, ALIGN, Instruction, Program

BLOCK = 1 << 15  # elements; threads that call NumPy for less wait for the interpreter lock
SMALLEST = 2 * BLOCK  # elements of a run
FEWEST = 3  # steps of a run
FARTHEST = 1024  # places that a scattered part may be shifted by


class Fused:
    """The rows of a run and its buffers; called with the function of a block and its arrays."""

    __slots__ = ("buffers", "extra", "idle", "inner", "outer", "rows", "shape")

    def __init__(self, inner: int, outer: int, shape: Shape, extra: int, buffers: int) -> None:
        self.inner, self.outer = inner, outer  # rows that are computed, and of the results
        self.rows = max(BLOCK // max(prod(shape), 1), 1)
        self.shape, self.extra, self.buffers = shape, extra, buffers
        self.idle: list[list[Any]] = []  # buffers between calls, a set for every thread

    def __call__(self, function: Callable[..., None], *given: Any) -> None:
        def work(blocks: Any) -> None:
            buffers = self._buffers()
            with np.errstate(all="ignore"):
                for block in blocks:
                    start = block * self.rows
                    stop = min(start + self.rows, self.outer)
                    high = min(stop, self.inner)
                    low = min(max(start - self.extra, 0), high)
                    function(low, high, start, stop, *buffers, *given)
            if len(self.idle) < MAX_THREADS:
                self.idle.append(buffers)

        share(work, -(-self.outer // self.rows))

    def _buffers(self) -> list[Any]:
        try:
            return self.idle.pop()
        except IndexError:
            shape = (self.rows + self.extra, *self.shape)
            return [np.empty(shape) for _ in range(self.buffers)]


def space(shape: Shape, held: Any = None) -> Any:
    """The array for a result: the one held for it, if any, else a new one."""
    return np.empty(shape) if held is None else held


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


class BlockText:
    """The source of the function of a block, and how it is called.

    Names: ``i``, ``j`` the rows to compute, ``p``, ``q`` the rows of scattered results, ``b0``
    ... the buffers, ``a0`` ... operands, ``t0`` ... results.
    """

    def __init__(self, name: str, run: Run, program: Program) -> None:
        self.run, self.program = run, program
        self.lines: list[str] = []
        self.operands: dict[str, str] = {}  # by their texts outside
        self.numbers: dict[str, str] = {}
        self.rows: dict[str, str] = {}  # of the names that stand for rows of arrays
        self.targets: dict[int, str] = {}  # the results that hold the values of members
        self.places: dict[int, str] = {}  # where the values of members are
        self.free: list[str] = []
        self.buffers = self.extra = 0
        self.left = dict.fromkeys(run.members, 0)
        for args in run.members.values():
            for x in args:
                if isinstance(x, Value):
                    self.left[x.at] += 1
        self.name = name

    def add(
        self, i: int, step: Instruction, texts: list[str], shapes: list[Shape], function: str
    ) -> None:
        """Write one member; ``texts`` and ``shapes`` of its operands outside."""
        args = self.run.members[i]
        given = [
            self.places[x.at] if isinstance(x, Value) else self.operand(text, shape)
            for x, text, shape in zip(args, texts, shapes, strict=True)
        ]
        if step.op is arrays.scatter:
            if args[0].at not in self.run.direct:
                self.lines.append(f"{self.start(i)}[s:e] = {self.part(given[0])}")
        elif step.op is ADD_AT:
            self.add_at(i, step, given)
        elif i in self.run.direct:
            self.direct(i, given, function)
        else:
            self.release(args)
            self.lines.append(f"{function}({', '.join(given)}, {self.result(i)})")
            return
        self.release(args)

    def operand(self, text: str, shape: Shape) -> str:
        """The name of rows of an operand, or of all of it where it broadcasts."""
        if text[0] not in "xrc":  # a number
            name = self.numbers.setdefault(text, f"{self.name}_{len(self.numbers)}")
            return name
        name = self.operands.setdefault(text, f"a{len(self.operands)}")
        core = self.run.core
        if len(shape) == len(core) and shape[0] == core[0] != 1:
            self.rows[name] = f"{name}[i:j]"
        return name

    def result(self, i: int) -> str:
        if i in self.run.kept:
            self.targets[i] = self.places[i] = f"t{len(set(self.targets.values()))}"
            self.rows[self.targets[i]] = f"{self.targets[i]}[i:j]"
        else:
            if not self.free:
                self.free.append(f"b{self.buffers}")
                self.rows[f"b{self.buffers}"] = f"b{self.buffers}[:j - i]"
                self.buffers += 1
            self.places[i] = self.free.pop()
        return self.places[i]

    def release(self, args: tuple[Any, ...]) -> None:
        """Buffers that are read for the last time are free for the result."""
        for x in args:
            if isinstance(x, Value):
                self.left[x.at] -= 1
                place = self.places.get(x.at, "")
                if not self.left[x.at] and place.startswith("b"):
                    self.free.append(place)

    def range(self, step: Instruction) -> None:
        """``s`` to ``e``: the places of a part in the rows of the result; it starts at ``o``."""
        assert self.run.length is not None
        offset = decode(step.params[0])[0].indices(self.run.length)[0]
        self.extra = max(self.extra, offset)
        end = offset + self.run.core[0]
        self.lines.append(f"s = min(max(p, {offset}), q); e = max(min(q, {end}), s)")
        self.lines.append(f"o = i + {offset}")

    def start(self, i: int) -> str:
        """Zeros around the places of the first part."""
        self.range(self.program.instructions[i])
        self.places[i] = name = self.targets[i] = f"t{len(set(self.targets.values()))}"
        self.lines.append(f"{name}[p:s] = 0.0; {name}[e:q] = 0.0")
        return name

    def direct(self, i: int, given: list[str], function: str) -> None:
        """Compute a value where it is scattered to."""
        at = self.run.direct[i]
        self.places[i] = ""
        name = self.start(at)
        parts = [self.part(x) for x in given]
        self.lines.append(f"{function}({', '.join(parts)}, {name}[s:e])")

    def add_at(self, i: int, step: Instruction, given: list[str]) -> None:
        self.range(step)
        name, part = given
        self.places[i] = name
        self.targets[i] = name
        verb = "subtract" if step.params[3] else "add"
        self.lines.append(f"{verb}({name}[s:e], {self.part(part)}, {name}[s:e])")

    def part(self, name: str) -> str:
        """The rows of an operand that go to the places ``s`` to ``e``."""
        return f"{name}[s - o:e - o]" if name in self.rows else name

    @property
    def names(self) -> dict[str, Any]:
        """The values of the names in the source: NumPy takes arrays faster than numbers."""
        return {name: np.array(float(text.strip("()"))) for text, name in self.numbers.items()}

    @property
    def arrays(self) -> list[str]:
        """The operands and results, as texts outside."""
        return [*self.operands, *dict.fromkeys(self.targets.values())]

    @property
    def source(self) -> list[str]:
        names = [f"b{k}" for k in range(self.buffers)]
        names += [*self.operands.values(), *dict.fromkeys(self.targets.values())]
        head = f"def {self.name}({', '.join(['i', 'j', 'p', 'q', *names])}):"
        rows = [f"{name} = {text}" for name, text in self.rows.items()]
        return [head, *[f"    {line}" for line in rows + self.lines]]

    def fused(self) -> Fused:
        rows, *rest = self.run.core
        outer = self.run.length or rows
        return Fused(rows, outer, tuple(rest), self.extra, self.buffers)
