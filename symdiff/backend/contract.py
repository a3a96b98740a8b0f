"""One step of a contraction as one NumPy expression: BLAS where it can, a view where it may.

``expression`` writes the step for operands of exactly the labelled shapes; ``contract`` runs it
on operands with any leading batch axes, which it labels like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from string import ascii_letters
from typing import Any, NamedTuple

import numpy as np

from ..expr import Op, Shape, broadcast_shapes
from ..ops.row import promote

Labels = tuple[int, ...]
STALLING = range(10001, 1 << 18)  # lengths of vectors for whose product OpenBLAS wakes threads:
# it takes 10 microseconds, and milliseconds where the cores are busy


class Step(NamedTuple):
    """One or two operands by the labels of their axes, and the result; ``sizes`` of the labels.

    Labels that the result lacks are summed, those that it repeats make a diagonal, those that
    only it has are stretched.
    """

    inputs: tuple[Labels, ...]
    output: Labels
    sizes: Shape

    @property
    def fresh(self) -> bool:
        """Whether the result never shares memory with an operand and can be written."""
        if len(set(self.output)) < len(self.output):
            return True
        known = {label for labels in self.inputs for label in labels}
        return known.issuperset(self.output) and (len(self.inputs) == 2 or self.sums)

    @property
    def sums(self) -> bool:
        """Whether an axis longer than 1 is summed over."""
        return any(
            self.sizes[label] != 1 and label not in self.output
            for labels in self.inputs
            for label in labels
        )


def on_diagonal(x: Any, shape: Shape, subscripts: str) -> Any:
    """Zeros of ``shape`` with ``x`` on the diagonal that ``subscripts`` names."""
    out = np.zeros(shape, np.result_type(x))
    np.einsum(subscripts, out)[...] = x
    return out


NAMES: dict[str, Callable[..., Any]] = {
    "dot": np.dot, "matmul": np.matmul, "multiply": np.multiply, "add_reduce": np.add.reduce,
    "einsum": np.einsum, "broadcast_to": np.broadcast_to, "on_diagonal": on_diagonal,
    "contiguous": np.ascontiguousarray,
}  # fmt: skip


def _no_target(shape: Shape) -> str:
    return ""


def expression(step: Step, args: Sequence[str], target: Callable[[Shape], str] = _no_target) -> str:
    """The step as source text over ``NAMES``.

    ``target(shape)`` gives the text of a last argument: where BLAS writes an array of that shape.
    """
    parts = [
        _reduced(text, labels, step, others)
        for text, labels, others in zip(args, step.inputs, reversed(step.inputs), strict=True)
    ]
    text, labels = _product(parts, step, target) if len(parts) == 2 else parts[0]
    return _finished(text, labels, step)


def _reduced(text: str, labels: Labels, step: Step, others: Labels) -> tuple[str, Labels]:
    """An operand with its diagonals taken and the axes that only it has summed."""
    unique = tuple(dict.fromkeys(labels))
    if len(labels) == 2 and len(unique) == 1:
        text = f"{text}.diagonal()"
    elif unique != labels:
        text = f"einsum('{_word(labels)}->{_word(unique)}', {text})"
    other = others if len(step.inputs) == 2 else ()
    kept = tuple([x for x in unique if x in step.output or x in other])
    axes = tuple([i for i, x in enumerate(unique) if x not in kept and step.sizes[x] != 1])
    left = [x for x in unique if x in kept or step.sizes[x] == 1]
    if axes:
        axis = "None" if not left else str(axes[0]) if len(axes) == 1 else str(axes)
        text = f"add_reduce({text}, {axis})"
    if len(left) > len(kept):
        text = f"{text}.reshape({_sizes(kept, step)})"
    return text, kept


def _product(
    parts: list[tuple[str, Labels]], step: Step, target: Callable[[Shape], str]
) -> tuple[str, Labels]:
    (a, left), (b, right) = parts
    out = tuple(dict.fromkeys(step.output))
    summed = [x for x in left if x in right and x not in out]
    both = tuple([x for x in out if x in left and x in right])
    rows = tuple([x for x in left if x in out and x not in right])
    columns = tuple([x for x in right if x in out and x not in left])
    if not summed:
        order = tuple([x for x in out if x in left or x in right])
        return f"multiply({_spread(a, left, order)}, {_spread(b, right, order)})", order
    if rows and columns and out.index(columns[0]) < out.index(rows[0]):
        a, left, rows, b, right, columns = b, right, columns, a, left, rows
    larger = left if len(rows) >= len(columns) else right
    inner = tuple([x for x in larger if x in summed])
    if not both:
        one = _matrix(a, left, (rows, inner), step)
        two = _matrix(b, right, (inner, columns), step)
        if not rows and not columns and _volume(inner, step) in STALLING:
            return f"einsum('a,a->', {one}, {two})", ()
        text = f"dot({one}, {two}{target(_volumes((rows, columns), step))})"
        return _unfolded(text, (rows, columns), step), rows + columns
    if not rows and not columns:
        return f"einsum('{_word(left)},{_word(right)}->{_word(both)}', {a}, {b})", both
    one = _stack(a, left, (both, rows, inner), step)
    two = _stack(b, right, (both, inner, columns), step)
    shape = tuple([step.sizes[x] for x in both])
    last = target(shape + tuple([_volume(block, step) for block in (rows, columns)]))
    text = f"matmul({one}, {two}{last})"
    if not rows or not columns:
        text = f"{text}.reshape({_sizes(both + rows + columns, step)})"
        return text, both + rows + columns
    return _unfolded(text, (*[(x,) for x in both], rows, columns), step), both + rows + columns


def _matrix(text: str, labels: Labels, blocks: tuple[Labels, Labels], step: Step) -> str:
    """An operand with its axes in two blocks, each as one axis; empty blocks are left out."""
    first, second = blocks
    if first and second and labels == second + first:
        return f"{_folded(text, (second, first), step)}.T"
    return _folded(_arranged(text, labels, first + second), blocks, step)


def _stack(text: str, labels: Labels, blocks: tuple[Labels, Labels, Labels], step: Step) -> str:
    """Matrices over the axes of the first block, an axis of size 1 for an empty block."""
    both, first, second = blocks
    if labels[-1] in both:  # BLAS wants one of the last two axes without gaps
        text = _arranged(text, labels, both + first + second)
        return f"contiguous({text}){_as_matrices(blocks, step)}"
    if len(first) == len(second) == 1:
        return _arranged(text, labels, both + first + second)
    if labels == both + second + first and first and second:
        return f"{text}{_as_matrices((both, second, first), step)}.swapaxes(-1, -2)"
    return _arranged(text, labels, both + first + second) + _as_matrices(blocks, step)


def _as_matrices(blocks: tuple[Labels, Labels, Labels], step: Step) -> str:
    if all(len(block) == 1 for block in blocks[1:]):
        return ""
    shape = [step.sizes[x] for x in blocks[0]] + [_volume(block, step) for block in blocks[1:]]
    return f".reshape({', '.join(map(str, shape))})"


def _folded(text: str, blocks: tuple[Labels, ...], step: Step) -> str:
    if all(len(block) < 2 for block in blocks):
        return text
    return f"{text}.reshape({', '.join([str(_volume(b, step)) for b in blocks if b])})"


def _unfolded(text: str, blocks: tuple[Labels, ...], step: Step) -> str:
    if all(len(block) < 2 for block in blocks):
        return text
    return f"{text}.reshape({_sizes(sum(blocks, ()), step)})"


def _volume(labels: Labels, step: Step) -> int:
    product = 1
    for x in labels:
        product *= step.sizes[x]
    return product


def _volumes(blocks: tuple[Labels, ...], step: Step) -> Shape:
    return tuple([_volume(block, step) for block in blocks if block])


def _arranged(text: str, labels: Labels, wanted: Labels) -> str:
    if labels == wanted:
        return text
    if labels == wanted[::-1]:
        return f"{text}.T"
    return f"{text}.transpose({', '.join([str(labels.index(x)) for x in wanted])})"


def _spread(text: str, labels: Labels, order: Labels) -> str:
    """An operand with its axes in ``order`` and axes put in for those that it lacks."""
    text = _arranged(text, labels, tuple([x for x in order if x in labels]))
    places = [":" if x in labels else "None" for x in order]
    while places and places[0] == "None":
        places.pop(0)
    return f"{text}[{', '.join(places)}]" if "None" in places else text


def _finished(text: str, labels: Labels, step: Step) -> str:
    """The result in the order of the output, stretched and put on a diagonal where that says so."""
    unique = tuple(dict.fromkeys(step.output))
    if len(unique) == len(step.output):
        if len(labels) == len(unique):
            return _arranged(text, labels, unique)
        return f"broadcast_to({_spread(text, labels, unique)}, {_shape(unique, step)})"
    pattern = f"'{_word(step.output)}->{_word(unique)}'"
    return f"on_diagonal({_spread(text, labels, unique)}, {_shape(step.output, step)}, {pattern})"


def _sizes(labels: Labels, step: Step) -> str:
    return ", ".join([str(step.sizes[x]) for x in labels]) or "()"


def _shape(labels: Labels, step: Step) -> str:
    return repr(tuple([step.sizes[x] for x in labels]))


def _word(labels: Labels) -> str:
    return "".join([ascii_letters[x] for x in labels])


# -- with batch axes -----------------------------------------------------------------------------


def contract(*operands: Any, step: Step) -> Any:
    """The value of a step; operands may have batch axes, which broadcast, before those labelled."""
    return _function(step, tuple([np.shape(x) for x in operands]))(*operands)


@lru_cache(maxsize=1024)
def _function(step: Step, shapes: tuple[Shape, ...]) -> Callable[..., Any]:
    """The function of arrays of just these shapes."""
    names = [f"a{i}" for i in range(len(shapes))]
    leads = [
        shape[: len(shape) - len(labels)] for shape, labels in zip(shapes, step.inputs, strict=True)
    ]
    lead = broadcast_shapes("contraction", tuple(leads))
    first = len(step.sizes)
    inputs, texts = [], []
    for name, labels, own, shape in zip(names, step.inputs, leads, shapes, strict=True):
        axes = range(first + len(lead) - len(own), first + len(lead))
        kept = tuple([x for x, n in zip(axes, own, strict=True) if n == lead[x - first]])
        inputs.append(kept + labels)
        core = tuple([lead[x - first] for x in kept]) + shape[len(own) :]
        texts.append(name if core == shape else f"{name}.reshape({core})")
    output = (*range(first, first + len(lead)), *step.output)
    text = expression(Step(tuple(inputs), output, step.sizes + lead), texts)
    found: Callable[..., Any] = eval(f"lambda {', '.join(names)}: {text}", dict(NAMES))
    return found


def _shape_of(title: str, shapes: tuple[Shape, ...], params: tuple[Step]) -> Shape:
    (step,) = params
    return tuple([step.sizes[x] for x in step.output])


CONTRACT = Op(
    "contract", arity=None, params=("step",), numpy=contract, kind=promote, shape=_shape_of
)
