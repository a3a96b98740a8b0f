"""Which instructions of a program run as native code, and what passes between them.

An instruction without a kernel cuts the program: it runs as NumPy on the block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from ..backend.program import Instruction, Program
from ..expr import Op


class Place(NamedTuple):
    """Where an output keeps a value: number ``column`` of ``columns`` in each of its rows."""

    output: int
    column: int
    columns: int


class Segment(NamedTuple):
    """Instructions of one loop, the registers it reads and writes, and outputs it finishes."""

    steps: list[Instruction]
    reads: list[int]
    writes: list[int]
    stores: list[tuple[int, Place]]


Part = Segment | Instruction


@cache
def kernel(op: Op) -> Callable[..., Any] | None:
    """The function that writes the instructions of an operation, None where its row has none."""
    if not op.native:
        return None
    module, _, name = op.native[0].partition(".")
    found: Callable[..., Any] = getattr(import_module(f".{module}", __package__), name)
    return found


def is_native(step: Instruction, program: Program) -> bool:
    whole = program.kinds[step.out] == "int"
    return not whole and not step.params and kernel(step.op) is not None


def divided(program: Program) -> list[Part]:
    """The program as segments and single instructions, in order."""
    parts: list[Part] = []
    for step in program.instructions:
        if not is_native(step, program):
            parts.append(step)
        elif parts and isinstance(parts[-1], Segment):
            parts[-1].steps.append(step)
        else:
            parts.append(Segment([step], [], [], []))
    return _connected(program, parts)


def _connected(program: Program, parts: list[Part]) -> list[Part]:
    """The parts with what they read and write; ``live`` are registers that later ones read."""
    places: dict[int, list[Place]] = {}
    for i, out in enumerate(program.outputs):
        for j, r in enumerate(out.registers):
            places.setdefault(r, []).append(Place(i, j, len(out.registers) if out.assembled else 1))
    live: set[int] = set()
    finished: list[Part] = []
    for part in reversed(parts):
        if isinstance(part, Segment):
            reads, written = _reads(part.steps, program)
            stores = [(r, place) for r in sorted(written) for place in places.pop(r, ())]
            writes = sorted(written & live)
            live = (live - written) | set(reads)
            finished.append(Segment(part.steps, reads, writes, stores))
        else:
            live.discard(part.out)
            places.pop(part.out, None)
            live.update(part.args)
            finished.append(part)
    return finished[::-1]


def _reads(steps: list[Instruction], program: Program) -> tuple[list[int], set[int]]:
    """The registers that are read before they are written, but for numbers; and those written."""
    first = len(program.inputs)
    numbers = {i for i, v in enumerate(program.constants, first) if not isinstance(v, np.ndarray)}
    reads: dict[int, None] = {}
    written: set[int] = set()
    for step in steps:
        reads.update(dict.fromkeys([i for i in step.args if i not in written | numbers]))
        written.add(step.out)
    return list(reads), written
