"""Compiled derivatives, found again by the structure of what was recorded.

Python numbers are constants of a program, so that it is as simple as they make it.  Where they
change from one recording to the next, those that do become inputs after a few programs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ..backend.compile import compile
from ..tracing.cache import Cache
from ..walk import collector_paused, reachable
from .derivatives import VERBS, Derivative, Inner, Record, Request
from .graphs import number, numbers_of
from .piece import Piece
from .recording import Recording
from .rows import has_single, same_precision
from .tensor import Tensor
from .values import settled

FIXED = 4  # programs with different numbers, before those numbers become inputs


class Program:
    """A compiled derivative; ``inputs`` tell what its inputs are."""

    __slots__ = ("_cells", "_pieces", "_variables", "function", "inputs", "shaped")

    def __init__(self, derivative: Derivative) -> None:
        cells = derivative.cells
        used = reachable([c for c in cells if c is not None])
        self.inputs = [key for key, v in derivative.inputs.items() if v in used]
        self._cells = cells
        self._variables = [derivative.inputs[key] for key in self.inputs]
        self._pieces: dict[int, Piece] = {}
        self.shaped = any(v.shape for v in self._variables)
        self.function = compile(cells, self._variables)

    def piece(self, k: int) -> Piece:
        """A cell that is not None, as recordings have it."""
        cell = self._cells[k]
        assert cell is not None
        return self._pieces.get(k) or self._pieces.setdefault(k, Piece(cell, self._variables))

    def operands(self, recording: Recording, given: Mapping[Any, Tensor]) -> list[Any]:
        """Tensors and numbers for the inputs; ``given`` has those that are no leaves."""
        held = recording.held
        return [held[key] if key in held else _other(key, recording, given) for key in self.inputs]

    def __call__(self, operands: list[Any]) -> list[Any]:
        """The value of every cell, None for one that is, from tensors and numbers."""
        values = [x._value if type(x) is Tensor else x for x in operands]
        if has_single(values):
            values, _ = same_precision(operands, values)
        elif self.shaped:
            values = [v if type(v) is np.ndarray else np.asarray(v) for v in values]
        found = self.function(*values)
        return [None if value is None else settled(value) for value in found]


class Family:
    """The programs of one request on recordings with the same entries, by their numbers."""

    __slots__ = ("bound", "general", "special", "varying")

    def __init__(self) -> None:
        self.special: dict[Any, Program] = {}
        self.general: Cache[Program] = Cache(FIXED)
        self.varying: set[int] = set()  # which of the numbers have changed ...
        self.bound: set[int] | None = None  # ... and which are constants nevertheless


ENTRIES = 50_000  # of all recordings whose programs are kept, at about 2.5 kB each
_families: Cache[Family] = Cache(512, ENTRIES)


def program(request: tuple[Any, ...], recording: Recording, inner: Inner) -> Program:
    """The program for the fields of a ``Request``, built if there is none."""
    family = _families.get((request, *recording.entries), Family)
    numbers = tuple(recording.numbers)
    found = family.special.get(numbers)
    if found is not None:
        return found
    if len(family.special) < FIXED:
        return family.special.setdefault(numbers, _built(request, recording, inner, ()))
    if family.bound is None:
        family.bound = _bound(recording)
    for known in list(family.special):
        family.varying |= {k for k, n in enumerate(known) if n != numbers[k]}
    varying = frozenset(family.varying - family.bound)
    rest = tuple([None if k in varying else n for k, n in enumerate(numbers)])
    return family.general.get((varying, rest), lambda: _built(request, recording, inner, varying))


def _bound(recording: Recording) -> set[int]:
    """Which of the numbers stay constants, because an operation takes its form from them."""
    entries = recording.entries
    return {
        k
        for k, (place, at) in enumerate(numbers_of(entries))
        if at == len(entries[place]) - 1 and "literal" in getattr(entries[place][0], "facts", ())
    }


def _built(
    request: tuple[Any, ...], recording: Recording, inner: Inner, varying: Collection[int]
) -> Program:
    asked = Request(*request)
    with collector_paused():
        return Program(VERBS[asked.verb](asked, Record(recording, inner, varying)))


def _other(key: Any, recording: Recording, given: Mapping[Any, Tensor]) -> Any:
    if key in given:
        return given[key]
    return number(recording, key[1])
