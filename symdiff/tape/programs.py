"""Compiled derivatives, found again by the structure of what was recorded.

Python numbers are constants of a program, so that it is as simple as they make it.  Where they
change from one recording to the next, those that do become inputs after a few programs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..tracing.cache import Cache
from ..walk import collector_paused, reachable
from .derivatives import Derivative, Inner, Record, Request, first, hessian
from .graphs import number, numbers_of
from .recording import Recording
from .templates import Template
from .tensor import Tensor

FIXED = 4  # programs with different numbers, before those numbers become inputs


class Program:
    """A compiled derivative; ``inputs`` tell what its inputs are."""

    __slots__ = ("inputs", "template")

    def __init__(self, derivative: Derivative) -> None:
        used = reachable([c for c in derivative.cells if c is not None])
        self.inputs = [key for key, v in derivative.inputs.items() if v in used]
        variables = [derivative.inputs[key] for key in self.inputs]
        self.template = Template(derivative.cells, variables)

    def operands(self, recording: Recording, given: Mapping[Any, Tensor]) -> list[Any]:
        """Tensors and numbers for the inputs; ``given`` has those that are no leaves."""
        held = recording.held
        return [
            held[key] if key in held else given[key] if key in given else number(recording, key[1])
            for key in self.inputs
        ]


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
    derive = hessian if asked.verb == "hessian" else first
    with collector_paused():
        return Program(derive(asked, Record(recording, inner, varying)))
