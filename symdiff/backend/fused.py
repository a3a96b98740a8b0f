"""Runs of elementwise steps on large arrays, block by block on the threads of the pool.

A step of its own goes once through memory; a run of them on one block stays in cache.  Parts
that are scattered to shifted places are computed where the block of the result needs them, so
that blocks never write the same memory, and results do not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ..expr import Shape
from ..ops import arrays
from ..ops.kernels import decode
from .pool import MAX_THREADS, share
from .program import ADD_AT, Instruction, Program
from .runs import BLOCK, Run, Value


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
            self.lines.append(f"{function}({', '.join(given)}, out={self.result(i)})")
            return
        self.release(args)

    def operand(self, text: str, shape: Shape) -> str:
        """The name of rows of an operand, or of all of it where it broadcasts."""
        if text[0] not in "xrc":  # a number
            return self.numbers.setdefault(text, f"{self.name}_{len(self.numbers)}")
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
        self.lines.append(f"{function}({', '.join(parts)}, out={name}[s:e])")

    def add_at(self, i: int, step: Instruction, given: list[str]) -> None:
        self.range(step)
        name, part = given
        self.places[i] = name
        self.targets[i] = name
        verb = "subtract" if step.params[3] else "add"
        self.lines.append(f"{verb}({name}[s:e], {self.part(part)}, out={name}[s:e])")

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
