"""Sums of products over shared axes.  Every product of arrays reads as one contraction, which
labels the axes of its operands: equal labels run together, labels that the output lacks are
summed over.  From that reading follow both modes of the derivative, the canonical form and the
code that is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from string import ascii_letters
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..expr import Expr, Op, Params, Shape, broadcast_shapes, make
from ..leaves import const
from ..messages import short
from ..rule import Contraction, Multilinear
from .arrays import broadcast_to, eye, reshape
from .row import promote, row
from .spelling import Spelling, matrix_call, outer_product, subscripted
from .structural import times

Labels = tuple[int, ...]
MOST_LABELS = len(ascii_letters)


def contract(operands: Sequence[Expr], inputs: Sequence[Labels], output: Labels) -> Expr:
    """The node of a contraction; operands may have batch axes before those labelled."""
    scalars = [x for x in operands if not x.shape]
    axes = [(x, labels) for x, labels in zip(operands, inputs, strict=True) if x.shape]
    if not axes:
        return reduce(times, scalars)
    inputs = [labels for _, labels in axes]
    if inputs == [output]:
        return reduce(times, scalars, axes[0][0])
    letters: dict[int, str] = {}
    for labels in (*inputs, output):
        for label in labels:
            letters.setdefault(label, ascii_letters[len(letters)])
    words = ["".join([letters[label] for label in labels]) for labels in (*inputs, output)]
    subscripts = ",".join(words[:-1]) + "->" + words[-1]
    return reduce(times, scalars, make(einsum, tuple([x for x, _ in axes]), (subscripts,)))


def split_subscripts(subscripts: str) -> tuple[list[str], str]:
    """``"ij,j->i"`` as ``(["ij", "j"], "i")``."""
    left, _, output = subscripts.partition("->")
    return left.split(","), output


def reading(node: Expr) -> Contraction:
    """The contraction that a node stands for, all axes labelled."""
    assert node.op.contraction is not None
    found = node.op.contraction(node)
    (operands, inputs, output), sizes = found, found.sizes
    kept = [
        tuple([label for label, n in zip(labels, x.shape, strict=True) if n == sizes[label]])
        for x, labels in zip(operands, inputs, strict=True)
    ]
    fitted = [
        x
        if len(labels) == x.ndim
        else make(reshape, (x,), (x.ndim, tuple([sizes[label] for label in labels])))
        for x, labels in zip(operands, kept, strict=True)
    ]
    return Contraction(tuple(fitted), tuple(kept), output)


def replaced(node: Expr, i: int, dot: Expr) -> Expr:
    """The contraction of ``node`` with ``dot`` for argument ``i``: its part of the tangent.

    Shapes: ``dot`` may have batch axes before the shape of the argument; so has the result.
    """
    operands, inputs, output = reading(node)
    rank = node.args[i].ndim
    if operands[i] is not node.args[i]:
        dot = make(reshape, (dot,), (rank, operands[i].shape))
    return contract([*operands[:i], dot, *operands[i + 1 :]], inputs, output)


def transposed(g: Expr, node: Expr, i: int) -> Expr:
    """The cotangent of argument ``i`` for the cotangent ``g`` of a contraction.

    Axes that only this argument has are stretched, its repeated axes become a diagonal.
    """
    operands, inputs, output = reading(node)
    others = [k for k in range(len(operands)) if k != i]
    factors = [g, *[operands[k] for k in others]]
    labels = [output, *[inputs[k] for k in others]]
    known = {label for found in labels for label in found}
    fresh = max([*known, *inputs[i]], default=0)
    wanted: list[int] = []
    for label, n in zip(inputs[i], operands[i].shape, strict=True):
        if label in wanted:
            fresh += 1
            factors.append(make(eye, (), ((n,),)))
            labels.append((label, fresh))
            wanted.append(fresh)
            continue
        if label not in known:
            factors.append(make(broadcast_to, (const(1),), (0, (n,))))
            labels.append((label,))
        wanted.append(label)
    back = contract(factors, labels, tuple(wanted))
    shape = node.args[i].shape
    return back if operands[i] is node.args[i] else make(reshape, (back,), (len(wanted), shape))


# -- readings and shapes of the rows ---------------------------------------------------------------


def _read_einsum(node: Expr) -> Contraction:
    words, output = split_subscripts(node.params[0])
    batch = max([x.ndim - len(w) for x, w in zip(node.args, words, strict=True)])
    lead = tuple(range(-batch, 0))
    inputs = [
        lead[batch - x.ndim + len(w) :] + _labels(w) for x, w in zip(node.args, words, strict=True)
    ]
    return Contraction(node.args, tuple(inputs), lead + _labels(output))


def _labels(word: str) -> Labels:
    return tuple([ascii_letters.index(c) for c in word])


def _einsum_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    words, output = split_subscripts(params[0])
    if len(words) != len(shapes):
        raise ShapeError(
            title, shapes, f"{short(params[0])} has subscripts for {len(words)} operands"
        )
    sizes: dict[str, int] = {}
    leads = []
    for word, shape in zip(words, shapes, strict=True):
        lead = len(shape) - len(word)
        if lead < 0:
            raise ShapeError(
                title, shapes, f"{short(word)} in {short(params[0])} has too many subscripts"
            )
        leads.append(shape[:lead])
        for letter, n in zip(word, shape[lead:], strict=True):
            before = sizes.get(letter, 1)
            if before != n and 1 not in (before, n):
                raise ShapeError(title, shapes, f"{short(letter)} has the sizes {before} and {n}")
            sizes[letter] = n if before == 1 else before
    return broadcast_shapes(title, tuple(leads)) + tuple([sizes[c] for c in output])


def _read_matmul(node: Expr) -> Contraction:
    """Labels 0 and 1 are the rows and columns of the value, 2 is summed, batches are negative."""
    a, b = node.args
    batch = max(a.ndim, b.ndim) - 2
    rows, columns = (0,) * (a.ndim > 1), (1,) * (b.ndim > 1)
    left = (*range(2 - a.ndim, 0), *rows, 2)
    right = (*range(2 - b.ndim, 0), 2, *columns)
    return Contraction(node.args, (left, right), (*range(-batch, 0), *rows, *columns))


def _matmul_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    a, b = shapes
    if not a or not b:
        raise ShapeError(title, shapes, "a scalar has no matrix product; use *")
    if a[-1] != b[-2:][0]:
        raise ShapeError(title, shapes, f"{a[-1]} columns meet {b[-2:][0]} rows")
    rows, columns = a[:-1][-1:], b[-1:] if len(b) > 1 else ()
    return broadcast_shapes(title, (a[:-2], b[:-2])) + rows + columns


def _outer_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    if any(len(s) != 1 for s in shapes):
        raise ShapeError(title, shapes, "both must be vectors; use sd.ravel, or sd.einsum")
    return shapes[0] + shapes[1]


def square(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    """The shape of a function of square matrices whose value has their shape."""
    (shape,) = shapes
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(title, shapes, "the last two axes must be those of a square matrix")
    return shape


def _on_diagonal(x: Any, node: Expr) -> Any:
    return np.diagonal(x, axis1=-2, axis2=-1)


def _read_diagonal(node: Expr) -> Contraction:
    lead = tuple(range(1, node.args[0].ndim - 1))
    kept = (0,) if node.ndim == node.args[0].ndim - 1 else ()
    return Contraction(node.args, ((*lead, 0, 0),), lead + kept)


def _diag_shape(title: str, shapes: tuple[Shape, ...], params: Params) -> Shape:
    (shape,) = shapes
    if not shape:
        raise ShapeError(title, shapes, "a diagonal matrix is made of a vector")
    return (*shape, shape[-1])


def _read_diag(node: Expr) -> Contraction:
    (x,) = node.args
    labels = tuple(range(x.ndim))
    delta = make(eye, (), ((x.shape[-1],),))
    pair = (x.ndim - 1, x.ndim)
    return Contraction((x, delta), (labels, pair), (*labels, x.ndim))


# -- index notation, where no matrix form says it: ``[∑ₖ Aᵢₖ·Bₖⱼ]ᵢⱼ`` ------------------------------

_LETTERS = dict(zip("ijklmnprstuvaehox", "ᵢⱼₖₗₘₙₚᵣₛₜᵤᵥₐₑₕₒₓ", strict=True))


def contracted(node: Expr) -> Spelling:
    """``einsum("ab,bc->ac", X, Y)``; labels of the value come first in the alphabet."""
    (subscripts,) = node.params
    left, _, output = subscripts.partition("->")
    words = left.split(",")
    text = f'einsum("{subscripts}", {{*}})'
    if any(len(word) != x.ndim for word, x in zip(words, node.args, strict=True)):
        return Spelling()  # batched: the row's own call
    labels = list(dict.fromkeys(output + left.replace(",", "")))
    if len(labels) > len(_LETTERS):
        return Spelling(text)
    names = dict(zip(labels, _LETTERS, strict=False))
    summed = "".join([names[label] for label in labels if label not in output])
    kept = "".join([names[label] for label in output])
    indices = ["".join([names[label] for label in word]) for word in words]
    delta = _identity_beside(node, words, output)
    if delta:
        return Spelling(text, *delta)
    pretty = "·".join([_pretty(node.args[i], i, word) for i, word in enumerate(indices)])
    latex = " ".join([_latex(node.args[i], i, word) for i, word in enumerate(indices)])
    if summed:
        pretty, latex = f"∑{_below(summed)} {pretty}", rf"\sum_{{{{{summed}}}}} {latex}"
    if not output:
        return Spelling(text, f"({pretty})", rf"\left({latex}\right)")
    return Spelling(text, f"[{pretty}]{_below(kept)}", rf"\left[{latex}\right]_{{{{{kept}}}}}")


def _identity_beside(node: Expr, words: list[str], output: str) -> tuple[str, ...]:
    """``δ ⊗ M`` or ``M ⊗ δ``, the Kronecker product with an identity: ``δᵢₖ·Mⱼₗ``."""
    if len(words) != 2 or output != "".join([a + b for a, b in zip(*words, strict=False)]):
        return ()
    deltas = [x.op is eye for x in node.args]
    if sum(deltas) != 1 or len(words[0]) != len(words[1]):
        return ()
    if deltas[0]:
        return "δ ⊗ {1}", r"\delta \otimes {1}"
    return "{0} ⊗ δ", r"{0} \otimes \delta"


def _below(word: str) -> str:
    return "".join([_LETTERS[c] for c in word])


def _pretty(x: Expr, i: int, word: str) -> str:
    return ("δ" if x.op is eye else f"{{{i}}}") + _below(word)


def _latex(x: Expr, i: int, word: str) -> str:
    if x.op is eye:
        return rf"\delta_{{{{{word}}}}}"
    return subscripted(x, i, word) if word else f"{{{i}}}"


# fmt: off
einsum: Op = row("einsum", arity=None, contraction=_read_einsum, shape=_einsum_shape,
    spelled=contracted, params=("subscripts",), kind=promote, numpy="kernels.einsum",
    rule=Multilinear(), accuracy=(2.0, 2.0))
matmul: Op = row("matmul", arity=2, contraction=_read_matmul, shape=_matmul_shape, kind=promote,
    numpy="np.matmul", infix="@", precedence=70, rule=Multilinear(), accuracy=(2.0, 2.0))
outer: Op = row("outer", arity=2, shape=_outer_shape, kind=promote, spelled=outer_product,
    contraction=lambda node: Contraction(node.args, ((0,), (1,)), (0, 1)), numpy="np.outer",
    rule=Multilinear(), accuracy=(1.0, 1.0))
diagonal: Op = row("diagonal", contraction=_read_diagonal, kind=promote,
    shape=lambda title, shapes, params: square(title, shapes, params)[:-1],
    spelled=matrix_call("diagonal", 2), numpy="kernels.diagonal", facts="selects",
    rule=Multilinear(_on_diagonal, drops=True), accuracy=(0.0, 0.0))
trace: Op = row("trace", contraction=_read_diagonal, kind=promote,
    shape=lambda title, shapes, params: square(title, shapes, params)[:-2],
    spelled=matrix_call("trace", 2), numpy="kernels.trace", pretty="tr",
    latex=r"\operatorname{{tr}}\left({0}\right)",
    rule=Multilinear(_on_diagonal, drops=True), accuracy=(2.0, 2.0))
diag: Op = row("diag", contraction=_read_diag, shape=_diag_shape, kind=promote,
    spelled=matrix_call("diag", 1), numpy="kernels.diag",
    latex=r"\operatorname{{diag}}\left({0}\right)", rule=Multilinear(), accuracy=(0.0, 0.0))
