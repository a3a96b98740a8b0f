"""The ways from an array tree to its numbers: every public road that an expression may take."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

import symdiff as sd
from symdiff.walk import postorder

from .array_subject import Subject
from .trees import written

__all__ = ["PATHS", "chosen", "entries"]


class Answer(NamedTuple):
    """What a path gives, None for what it does not reach.

    The Hessian is given by rows of blocks, or by its product with the direction.
    """

    value: Any = None
    slopes: Sequence[Any] | None = None
    blocks: Sequence[Sequence[Any]] | None = None
    product: Sequence[Any] | None = None


class Path(NamedTuple):
    """One way, and the share of cases that take it unless it is asked for."""

    walk: Callable[[Subject], Answer]
    share: float


def _evaluated(s: Subject, outputs: Any) -> Any:
    return sd.evaluate(outputs, dict(zip(s.inputs, s.point.values(), strict=True)))


def _compiled(s: Subject, outputs: Any) -> Any:
    return sd.compile(outputs, s.inputs)(*s.point.values())


def _second_of_two(s: Subject, values: Sequence[Any]) -> Answer:
    """The part of an answer that belongs to the second point of a batch of two."""
    value, slopes, blocks = s.together(*values)
    return Answer(value[1], [g[1] for g in slopes], [[h[1] for h in row] for row in blocks])


def _batch(s: Subject) -> Answer:
    """The point behind another one, in one call."""
    other = [np.sin(value) + 0.25 for value in s.point.values()]
    return _second_of_two(s, [np.stack(pair) for pair in zip(other, s.point.values(), strict=True)])


def _batch_of_one(s: Subject) -> Answer:
    """Only the first variable has an axis in front."""
    first, *others = s.point.values()
    return _second_of_two(s, [np.stack([first + 1, first]), *others])


def _singles(s: Subject) -> Answer:
    """A gradient by each variable alone."""
    return Answer(slopes=_compiled(s, [sd.grad(s.out, v) for v in s.inputs]))


def _of_simplified(s: Subject) -> Answer:
    """Derivatives of the simplified value."""
    value = s.simplified[0]
    return Answer(slopes=_compiled(s, sd.grad(value, s.inputs)))


def _printed(s: Subject) -> Answer:
    """The printed value and gradient, read back."""
    value, slopes, _ = s.simplified
    texts = [sd.to_text(e) for e in (value, *slopes)]
    value, *slopes = _evaluated(s, [sd.parse(text, s.inputs) for text in texts])
    return Answer(value, slopes)


def _formula(s: Subject) -> Answer:
    """The formulas for people of value and gradient, read back, where they need no convention."""
    value, slopes, _ = s.simplified
    graphs = [value, *slopes]
    exact = _evaluated(s, graphs)
    read = _evaluated(s, [sd.parse(str(graph), s.inputs) for graph in graphs])
    for i, graph in enumerate(graphs):
        said = [n for n in postorder([graph]) if n.op.reading is not None]
        pairs = [(n, n.op.reading(*n.args)) for n in said]
        if any(np.any(a != b) for a, b in _evaluated(s, pairs)):
            read[i] = exact[i]
    return Answer(read[0], read[1:])


def _hvp(s: Subject) -> Answer:
    """The Hessian times the direction, never formed."""
    tangents = [sd.asarray(part.astype(float)) for part in s.parts(s.direction)]
    return Answer(product=_compiled(s, sd.hvp(s.out, s.inputs, tangents)))


def _cse(s: Subject) -> Answer:
    """Shared parts named, and put back."""
    value, slopes, _ = s.simplified
    bindings, outputs = sd.cse([value, *slopes])
    for name, part in reversed(bindings):
        outputs = [sd.subs(out, {name: part}) for out in outputs]
    value, *slopes = _evaluated(s, outputs)
    return Answer(value, slopes)


def _modes(inner: str, outer: str) -> Callable[[Subject], Answer]:
    def walk(s: Subject) -> Answer:
        blocks = sd.hessian(s.out, s.inputs, modes=(outer, inner), blocks=True)
        return Answer(blocks=_compiled(s, blocks))

    return walk


PATHS = {
    "raw": Path(lambda s: Answer(*_evaluated(s, s.raw)), 1),
    "compiled_raw": Path(lambda s: Answer(*_compiled(s, s.raw)), 1),
    "verbs": Path(lambda s: Answer(*_evaluated(s, s.simplified)), 1),
    "joint": Path(lambda s: Answer(*s.together(*s.point.values())), 1),
    "alone": Path(lambda s: Answer(*[_compiled(s, part) for part in s.simplified]), 0.3),
    "singles": Path(_singles, 0.3),
    "of_simplified": Path(_of_simplified, 0.2),
    "hvp": Path(_hvp, 0.3),
    "batch": Path(_batch, 0.5),
    "batch_of_one": Path(_batch_of_one, 0.5),
    "printed": Path(_printed, 0.5),
    "formula": Path(_formula, 0.5),
    "parsed": Path(lambda s: Answer(_evaluated(s, sd.parse(written(s.tree), s.inputs))), 0.5),
    "cse": Path(_cse, 0.2),
} | {
    f"{inner}_{outer}": Path(_modes(inner, outer), 0.25)
    for inner, outer in product(("forward", "reverse"), repeat=2)
}  # fmt: skip


def chosen(r: random.Random, wanted: Sequence[str] | None) -> list[str]:
    """The paths that a case takes."""
    if wanted is not None:
        return list(wanted)
    return [name for name, path in PATHS.items() if r.random() < path.share]


def entries(s: Subject, path: str) -> tuple[list[Any], list[float]]:
    """Value, gradient, and Hessian times the direction; None for what a path does not give.

    Then, for each, the sizes that the rounding of that last product refers to.
    """
    answer = PATHS[path].walk(s)
    found: list[Any] = [None] * (1 + 2 * s.count)
    sizes = [0.0] * len(found)
    if answer.value is not None:
        found[0] = float(answer.value)
    if answer.slopes is not None:
        found[1 : 1 + s.count] = _flat(answer.slopes)
    if answer.product is not None:
        found[1 + s.count :] = _flat(answer.product)
    if answer.blocks is not None:
        matrix = _matrix(s, answer.blocks)
        found[1 + s.count :] = (matrix @ s.direction).tolist()
        sizes[1 + s.count :] = (np.abs(matrix) @ np.abs(s.direction)).tolist()
    return found, sizes


def _matrix(s: Subject, blocks: Sequence[Sequence[Any]]) -> Any:
    lengths = [value.size for value in s.point.values()]
    return np.block([
        [np.reshape(h, (n, m)) for m, h in zip(lengths, row, strict=True)]
        for n, row in zip(lengths, blocks, strict=True)
    ])  # fmt: skip


def _flat(parts: Sequence[Any]) -> list[float]:
    return [float(v) for part in parts for v in np.ravel(part)]
