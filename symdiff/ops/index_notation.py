"""Contractions in index notation, where no matrix form says it: ``[∑ₖ Aᵢₖ·Bₖⱼ]ᵢⱼ``."""

from __future__ import annotations

from ..expr import Expr
from . import arrays
from .spelling import Spelling, subscripted

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
    deltas = [x.op is arrays.eye for x in node.args]
    if sum(deltas) != 1 or len(words[0]) != len(words[1]):
        return ()
    if deltas[0]:
        return "δ ⊗ {1}", r"\delta \otimes {1}"
    return "{0} ⊗ δ", r"{0} \otimes \delta"


def _below(word: str) -> str:
    return "".join([_LETTERS[c] for c in word])


def _pretty(x: Expr, i: int, word: str) -> str:
    return ("δ" if x.op is arrays.eye else f"{{{i}}}") + _below(word)


def _latex(x: Expr, i: int, word: str) -> str:
    if x.op is arrays.eye:
        return rf"\delta_{{{{{word}}}}}"
    return subscripted(x, i, word) if word else f"{{{i}}}"
