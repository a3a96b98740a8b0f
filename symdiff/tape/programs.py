"""What a tape is asked and what it answers, by compiled derivatives.

These are found again by the structure of what was recorded.

Python numbers are constants of a program, so that it is as simple as they make it.  Where they
change from one recording to the next, those that do become inputs after a few programs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, KindError, ShapeError
from ..expr import Expr, Shape
from ..messages import short
from ..structure import flatten
from ..tracing.cache import Cache
from ..walk import collector_paused, reachable
from .derivatives import Derivative, Inner, Places, Record, Request, first, hessian
from .graphs import number, numbers_of
from .recording import Recording
from .templates import Template
from .tensor import Tensor, constant, operand
from .values import cast, dtype_of, kind_of
from .variable import Variable

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


# -- questions -----------------------------------------------------------------------------------

_HINT = (
    "make it with sd.constant or sd.Variable before computing with it, and keep to sd and NumPy "
    "functions: float(t) and t.numpy() leave the tape"
)
_OF_EXPRESSIONS = (
    "sd.grad differentiates expressions; sd.constant makes a tensor of one that has a value"
)
_RECORDED = (Tensor, Variable, list, tuple)  # what may hold tensors that a tape has recorded
_STRUCTURED = "output_gradients has the structure of the targets"


def tensor_of(verb: str, x: Any) -> Tensor:
    """A tensor, or that of the present version of a variable.

    Raises: KindError for anything else.
    """
    if type(x) is Tensor:
        return x
    if not isinstance(x, Variable):
        hint = _OF_EXPRESSIONS if isinstance(x, Expr) else _HINT
        raise KindError(f"{verb} takes tensors and variables, got {type(x).__name__}; {hint}")
    return x._tensor


def weights_of(target: Any, given: Any) -> list[Tensor]:
    """The weights of targets as tensors; those of one target may be a list of numbers.

    Raises: ShapeError, KindError.
    """
    targets, _ = flatten(target)
    own = [operand(w) if type(w) in _RECORDED else w for w in _along(target, given)]
    held = [w if type(w) is Tensor else constant(w) for w in own]
    shapes = [tensor_of("gradient", t).shape for t in targets]
    if [w.shape for w in held] != shapes:
        both = (*shapes, *[w.shape for w in held])
        raise ShapeError("output_gradients", both, "one weight for each element of the targets")
    return held


def _along(tree: Any, given: Any) -> list[Any]:
    """What is given for each leaf of a nested structure, in the same structure.

    Raises: KindError for another structure.
    """
    found, stack = [], [(tree, given)]
    while stack:
        part, own = stack.pop()
        if isinstance(part, Mapping):
            if not isinstance(own, Mapping) or own.keys() != part.keys():
                raise KindError(f"{_STRUCTURED}, a dict with the keys {', '.join(map(str, part))}")
            stack += [(x, own[key]) for key, x in reversed([*part.items()])]
        elif isinstance(part, (list, tuple)):
            if not isinstance(own, (list, tuple, np.ndarray)) or len(own) != len(part):
                raise KindError(f"{_STRUCTURED}, a list of {len(part)}")
            stack += zip(reversed(part), reversed(own), strict=True)
        else:
            found.append(own)
    return found


class Question:
    """A derivative of a recording: targets and sources found in it.

    Raises: KindError for what is no tensor or variable.
    """

    __slots__ = ("asked", "given", "inner", "recording", "request", "sources")

    def __init__(
        self,
        recording: Recording,
        verb: str,
        targets: list[Any],
        sources: list[Any],
        *,
        weights: list[Tensor] | None = None,
        stacked: bool = False,
    ) -> None:
        self.sources = [tensor_of(verb, s) for s in sources]
        asked = self.asked = [tensor_of(verb, t) for t in targets]
        for x, source in zip(self.sources, sources, strict=True):
            if recording.place(x) is None and any(x is t for t in asked):
                recording = recording.with_leaf(x, source)
        self.recording = recording
        places = tuple([recording.place(t) for t in asked])
        wrt = tuple([_places(recording, s) for s in sources])
        self.given: dict[Any, Tensor] = {}  # inputs that are no leaves of the recording
        for source, x in zip(wrt, self.sources, strict=True):
            for p in source:
                if p not in recording.held:
                    self.given[p] = x
        self.inner = {p: (x.shape, kind_of(x._value)) for p, x in self.given.items()}
        if weights:
            self.given |= {("seed", k): w for k, w in enumerate(weights)}
        self.request = (verb, places, wrt, bool(weights), stacked)

    def answer(self, unconnected: str) -> list[Tensor | None]:
        """The cells as tensors, which the tapes that are live record.

        Raises: ValueError for what ``unconnected`` may not be.
        """
        if unconnected not in ("none", "zero"):
            text = f"unconnected_gradients is 'none' or 'zero', got {short(unconnected)}"
            raise ArgumentError(text)
        found = program(self.request, self.recording, self.inner)
        inputs = found.operands(self.recording, self.given)
        cells: list[Tensor | None] = []
        for k, value in enumerate(found.template.values(inputs)):
            like = self.sources[k % len(self.sources)]
            cell = None
            if value is not None:
                wanted = cast(value, dtype_of(like._value))
                cell = found.template.recorded(k, wanted, like._weak, inputs)
            elif unconnected == "zero" and like.dtype.kind == "f":
                cell = constant(np.zeros(self._shape(k)), like.dtype)
            cells.append(cell)
        return cells

    def _shape(self, k: int) -> Shape:
        """The shape of a cell."""
        row, column = divmod(k, len(self.sources))
        own = self.sources[column].shape
        verb = self.request[0]
        if verb == "gradient":
            return own
        if verb == "hessian":
            return self.sources[row].shape + own
        return self.asked[row].shape + (own[1:] if verb == "batch_jacobian" else own)


def _places(recording: Recording, source: Any) -> Places:
    """Where a source stands: a variable at every version of it that was read."""
    found = recording.variables.get(id(source))
    if found is not None:
        return tuple(found[1])
    place = recording.place(source if type(source) is Tensor else source._tensor)
    return () if place is None else (place,)
