"""What a tape is asked and what it answers: targets and sources as places, cells as tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ArgumentError, KindError, ShapeError
from ..expr import Expr, Shape
from ..messages import short
from ..structure import Rebuild, flatten
from .derivatives import Places
from .programs import program
from .recording import Recording
from .tensor import Tensor, constant, operand
from .values import cast, dtype_of, kind_of
from .variable import Variable

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


def leaves_of(given: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a nested structure, and the way back to it."""
    if type(given) is Variable or type(given) is Tensor:
        return [given], _single
    return flatten(given)


def _single(leaves: list[Any]) -> Any:
    return leaves[0]


def weights_of(target: Any, given: Any) -> list[Tensor]:
    """The weights of targets as tensors; those of one target may be a list of numbers.

    Raises: ShapeError, KindError.
    """
    targets, _ = leaves_of(target)
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


def filled(found: list[Any], sources: list[Any], outer: list[Shape], unconnected: str) -> list[Any]:
    """The cells, with zeros for those that are not connected if they are asked for.

    Raises: ValueError.
    """
    if unconnected == "none":
        return found
    if unconnected != "zero":
        raise ArgumentError(f"unconnected_gradients is 'none' or 'zero', got {short(unconnected)}")
    known = [tensor_of("gradient", s) for s in sources]
    shapes = [(shape + s.shape, s.dtype) for shape in outer for s in known]
    return [
        constant(np.zeros(shape), dtype) if cell is None and dtype.kind == "f" else cell
        for cell, (shape, dtype) in zip(found, shapes, strict=True)
    ]


class Question:
    """A derivative of a recording: targets and sources found in it.

    Raises: KindError for what is no tensor or variable.
    """

    __slots__ = ("given", "inner", "recording", "request", "sources")

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
        asked = [tensor_of(verb, t) for t in targets]
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

    def answer(self) -> list[Tensor | None]:
        """The cells as tensors, which the tapes that are live record."""
        found = program(self.request, self.recording, self.inner)
        inputs = found.operands(self.recording, self.given)
        template = found.template
        results: list[Tensor | None] = []
        for k, value in enumerate(template.values(inputs)):
            like = self.sources[k % len(self.sources)]
            cell = None
            if value is not None:
                settled = cast(value, dtype_of(like._value))
                cell = template.recorded(k, settled, like._weak, inputs)
            results.append(cell)
        return results


def _places(recording: Recording, source: Any) -> Places:
    """Where a source stands: a variable at every version of it that was read."""
    found = recording.variables.get(id(source))
    if found is not None:
        return tuple(found[1])
    place = recording.place(source if type(source) is Tensor else source._tensor)
    return () if place is None else (place,)
