"""Who owns the memory of a value: which arrays may be written again, which be returned as they are.

Told of every instruction in order, :class:`Storage` follows the arrays that the program makes:
the registers that look at them, and the register through which a whole one can be reached.
"""

from __future__ import annotations

from collections import Counter

from ..expr import Shape
from .program import Instruction, Program


class Buffer:
    """An array made by the program; ``home`` is the register that holds it whole, if any does."""

    __slots__ = ("home", "returned", "shape", "users")

    def __init__(self, shape: Shape) -> None:
        self.home: int | None = None
        self.shape = shape
        self.users = 0  # registers with live values that look at it
        self.returned = False


class Storage:
    """The arrays behind the registers of a program."""

    def __init__(self, program: Program) -> None:
        self.kinds = program.kinds
        self.held: dict[int, Buffer | None] = {}  # of live values; None where it is not known
        self.homes: dict[int, Buffer] = {}
        self.free: dict[Shape, list[Buffer]] = {}
        self.stretched: set[int] = set()
        self.deaths = deaths(program)
        self.dying: tuple[int, ...] = ()
        self.position = -1
        self.wanted = Counter([i for out in program.outputs for i in out.registers])

    def enter(self) -> None:
        """Begin the next instruction: values that it reads for the last time are let go."""
        self.position += 1
        self.dying = self.deaths[self.position]
        for i in self.dying:
            buffer = self.held.get(i)
            if buffer is not None:
                buffer.users -= 1

    def new(self, step: Instruction, shape: Shape) -> None:
        """The value is a new array."""
        self._settle(None)
        buffer = Buffer(shape)
        self._put(step.out, buffer)
        if self.kinds[step.out] == "real":
            self._dwell(buffer, step.out)

    def unknown(self, step: Instruction) -> None:
        """The value may share memory with any operand."""
        for i in step.args:
            buffer = self.held.get(i)
            if buffer is not None:
                self._dwell(buffer, None)
        self._settle(None)
        self._put(step.out, None)

    def view(self, step: Instruction, whole: bool, stretched: bool = False) -> None:
        """The value looks at the memory of the first operand."""
        source = step.args[0]
        buffer = self.held.get(source)
        stretched = stretched or source in self.stretched
        home = buffer.home if buffer is not None else None
        self._settle(buffer)
        self._put(step.out, buffer)
        if whole and buffer is not None and home == source:
            self._dwell(buffer, step.out)
        if stretched:
            self.stretched.add(step.out)

    def reuse(self, step: Instruction, shape: Shape, operands: bool) -> int | None:
        """The register of an array that nothing needs any more; the value is written there.

        With ``operands`` that may be an operand of this very instruction.
        """
        buffer = self._last_read(shape) if operands else None
        free = self.free.get(shape, [])
        while buffer is None and free:
            buffer = free.pop()
            buffer = buffer if buffer.home is not None else None
        if buffer is None:
            return None
        home = buffer.home
        self._settle(buffer)
        self._put(step.out, buffer)
        self._dwell(buffer, step.out)
        return home

    def _last_read(self, shape: Shape) -> Buffer | None:
        for i in self.dying:
            buffer = self.held.get(i)
            if buffer and not buffer.users and buffer.home == i and buffer.shape == shape:
                return buffer
        return None

    def returnable(self, register: int) -> bool:
        """Whether the value can be an output without a copy; its array is then given away."""
        buffer = self.held.get(register)
        if buffer is None or buffer.users > 1 or self.wanted[register] > 1:
            return False
        buffer.returned = register not in self.stretched
        return buffer.returned

    def _settle(self, kept: Buffer | None) -> None:
        """Arrays that nothing looks at any more become free, except for one that lives on."""
        for i in self.dying:
            buffer = self.held.pop(i, None)
            self.stretched.discard(i)
            if buffer is not None and buffer is not kept and not buffer.users:
                free = self.free.setdefault(buffer.shape, [])
                if buffer not in free:
                    free.append(buffer)

    def _put(self, register: int, buffer: Buffer | None) -> None:
        """The register holds the value; an array that was reached through it no longer is."""
        if register in self.homes:
            self._dwell(self.homes[register], None)
        self.stretched.discard(register)
        self.held[register] = buffer
        if buffer is not None:
            buffer.users += 1

    def _dwell(self, buffer: Buffer, register: int | None) -> None:
        if buffer.home is not None:
            del self.homes[buffer.home]
        buffer.home = register
        if register is not None:
            self.homes[register] = buffer


def deaths(program: Program) -> list[tuple[int, ...]]:
    """For every instruction the registers whose values it reads for the last time."""
    live = {i for out in program.outputs for i in out.registers}
    found: list[tuple[int, ...]] = []
    for step in reversed(program.instructions):
        live.discard(step.out)
        found.append(tuple([i for i in dict.fromkeys(step.args) if i not in live]))
        live.update(step.args)
    return found[::-1]
