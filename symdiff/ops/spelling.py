"""How rows with static parameters are written: each function here makes the templates of a node.

A template is a text with ``{0}``, ``{1}`` for arguments and ``{*}`` for all of them with commas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..expr import Expr, Shape
from ..leaves import Const, Var

_BELOW = str.maketrans("0123456789,", "₀₁₂₃₄₅₆₇₈₉,")
_BOLD = {0: ("𝟎", r"\mathbf 0"), 1: ("𝟏", r"\mathbf 1")}


class Spelling(NamedTuple):
    """Templates of the plain text, of the Unicode and of the LaTeX formula.

    A plain call stands for formulas that are left out, unless the row has no parameters.  The
    plain text must be read back to the same node; without one, the row's own call is written.
    """

    text: str = ""
    pretty: str = ""
    latex: str = ""


Speller = Callable[[Expr], Spelling]


def axis_text(axes: Shape, rank: int) -> str:
    """Axes counted from the end as NumPy's users write them: ``1`` or ``(0, 2)``."""
    forward = [a % rank for a in axes]
    return str(forward[0]) if len(forward) == 1 else str(tuple(forward))


def over_axes(node: Expr) -> Spelling:
    """``std(X, axis=0, ddof=1)``, ``cumsum(x)``: rows over axes, with the words of NumPy for them.

    Sweeps in another direction than usual, and axes out of order, are the row's own call.
    """
    (x,), given = node.args, dict(zip(node.op.param_names, node.params, strict=True))
    axes = (given["axis"],) if "axis" in given else given["axes"]
    if list(axes) != sorted(axes) or given.get("reverse") or given.get("exclusive"):
        return Spelling()
    keepdims = given.get("keepdims")
    named = len(axes) < x.ndim or ("axis" in given and keepdims)
    words = f", axis={axis_text(axes, x.ndim)}" if named else ""
    words += f", ddof={given['correction']}" if given.get("correction") else ""
    words += ", keepdims=True" if keepdims else ""
    return Spelling(f"{node.op.name.replace('variance', 'var')}({{0}}{words})")


def norm(node: Expr) -> Spelling:
    """``norm(x)``, ‖x‖ where all axes are meant."""
    text = reduction()(node).text
    if len(node.params[0]) < node.args[0].ndim or node.params[1]:
        return Spelling(text, text)
    return Spelling(text, "‖{0}‖", r"\left\|{0}\right\|")


def reduction(symbol: str = "", command: str = "") -> Speller:
    """Rows with the parameters ``axes`` and ``keepdims``: ``sum(X, axis=0)``.

    ``symbol`` and ``command`` get the axes as a subscript.
    """

    def spelled(node: Expr) -> Spelling:
        (x,), (axes, keepdims) = node.args, node.params
        text = over_axes(node).text if axes else ""
        if not text or not symbol or keepdims:
            return Spelling(text)
        everything = len(axes) == x.ndim
        over = axis_text(axes, x.ndim)
        if everything and _is_square(x):
            frame = ("_F²", "_F^{{2}}") if x.ndim > 1 else ("²", "^{{2}}")
            return Spelling(text, f"‖{{0.0}}‖{frame[0]}", rf"\lVert {{0.0}} \rVert{frame[1]}")
        below = "" if everything else over.strip("()").replace(" ", "")
        pretty = f"{symbol}{below.translate(_BELOW)}({{0}})"
        bottom = f"_{{{{{below}}}}}" if below else ""
        return Spelling(text, pretty, rf"{command}{bottom}\left({{0}}\right)")

    return spelled


def _is_square(x: Expr) -> bool:
    if x.op.infix != "**" or x.args[0].ndim != x.ndim or x.args[0].kind == "bool":
        return False
    exponent = x.args[1]
    return exponent.op is Const and not exponent.shape and bool(exponent.params[0] == 2)


def subscripted(x: Expr, i: int, below: str) -> str:
    """The LaTeX template of argument ``i`` with a subscript; names may have one of their own."""
    bare = x.op is Var and x.params[0].isalpha()
    return f"{{{i}}}_{{{{{below}}}}}" if bare else f"{{{{{{{i}}}}}}}_{{{{{below}}}}}"


def transposed(node: Expr) -> Spelling:
    """``X.T`` for a matrix, ``transpose(X, (0, 2, 1))`` else; Xᵀ where the last two axes swap."""
    (x,), (axes,) = node.args, node.params
    swaps = axes[-2:] == (-1, -2) and axes[:-2] == tuple(range(-len(axes), -2))
    pretty, latex = ("{0}ᵀ", r"{0}^\top") if swaps else ("", "")
    if swaps and x.op.pretty == "{0}⁻¹":
        pretty, latex = "{0.0}⁻ᵀ", r"{0.0}^{{-\top}}"
    if len(axes) != x.ndim:
        return Spelling("", pretty, latex)
    order = tuple([a % x.ndim for a in axes])
    text = "{0}.T" if swaps and x.ndim == 2 else f"transpose({{0}}, {order})"
    return Spelling(text, pretty, latex)


def reshaped(node: Expr) -> Spelling:
    """``x[:, None]`` where only axes of size 1 come in, else ``reshape(x, (2, 3))``."""
    (x,), (rank, new) = node.args, node.params
    if rank != x.ndim:
        return Spelling()
    items = inserted(x.shape, new)
    if not items:
        return Spelling(f"reshape({{0}}, {new})")
    text = f"{{0}}[{', '.join(items)}]"
    below = ",".join(items).replace("None", r"\mathrm{{None}}")
    return Spelling(text, text, subscripted(x, 0, below))


def inserted(old: Shape, new: Shape) -> list[str]:
    """The items of the index that puts axes in, empty where no index does that.

    >>> inserted((2,), (2, 1)), inserted((2, 3), (1, 2, 3)), inserted((4,), (2, 2))
    ([':', 'None'], ['None', ':'], [])
    """
    items: list[str] = []
    rest = list(old)
    for n in new:
        if rest and n == rest[0]:
            rest.pop(0)
            items.append(":")
        elif n == 1:
            items.append("None")
        else:
            return []
    if rest or "None" not in items:
        return []
    while items[-1] == ":" and any(item != "None" for item in items[:-1]):
        items.pop()
    return items


def broadcast(node: Expr) -> Spelling:
    """``broadcast_to(x, (2, 3))``; of a number as NumPy's users write it: ``full((2, 3), 0)``."""
    (x,), (rank, new) = node.args, node.params
    if rank != x.ndim:
        return Spelling()
    text = f"broadcast_to({{0}}, {new})"
    if x.shape or x.kind == "bool" or not new:
        return Spelling(text)
    size = new[0] if len(new) == 1 else new
    text = f"full({size}, {{0}})"
    if x.op is not Const or x.params[0] not in _BOLD:
        return Spelling(text, "{0}·𝟏", r"{0} \mathbf 1")
    if isinstance(x.params[0], float) and str(x.params[0])[0] != "-":
        text = f"{('zeros', 'ones')[int(x.params[0])]}({size})"
    return Spelling(text, *_BOLD[x.params[0]])


def stacked(node: Expr) -> Spelling:
    """``stack([a, b], axis=1)``; parts that broadcast only the row can stack."""
    if len({a.shape for a in node.args}) > 1:
        return Spelling()
    return Spelling(f"stack([{{*}}], axis={node.params[0] + node.ndim})")


def identity(node: Expr) -> Spelling:
    """``eye(3)`` for a matrix."""
    (shape,) = node.params
    sizes = "×".join(map(str, shape))
    latex = r"I_{{" + r" \times ".join(map(str, shape)) + "}}"
    if len(shape) != 1:
        return Spelling("", f"δ[{sizes}]", latex.replace("I", r"\delta", 1))
    return Spelling(f"eye({shape[0]})", "I" + str(shape[0]).translate(_BELOW), latex)


def outer_product(node: Expr) -> Spelling:
    """``outer(x, y)``, x ⊗ y."""
    return Spelling("outer({0}, {1})", "{0} ⊗ {1}", r"{0} \otimes {1}")


def concatenated(node: Expr) -> Spelling:
    """``concatenate([x, y], axis=1)`` for parts with equally many axes."""
    if len({a.ndim for a in node.args}) > 1:
        return Spelling()
    return Spelling(f"concatenate([{{*}}], axis={node.params[0] % node.ndim})")


def triangle(node: Expr) -> Spelling:
    """``tril(A)``, ``triu(A, 1)``."""
    (k,) = node.params
    return Spelling(f"{node.op.name}({{0}}, {k})" if k else f"{node.op.name}({{0}})")


def taken(node: Expr) -> Spelling:
    """``take(X, i, axis=1)`` where one index array stands for one axis."""
    x, *indices = node.args
    axis, rank, index_rank = node.params
    if len(indices) > 1 or rank != x.ndim or index_rank != indices[0].ndim:
        return Spelling()
    return Spelling(f"take({{0}}, {{1}}, axis={axis % rank})")


def taken_along(node: Expr) -> Spelling:
    """``take_along_axis(X, i, axis=1)``."""
    x, index = node.args
    if x.ndim != index.ndim:
        return Spelling()
    return Spelling(f"take_along_axis({{0}}, {{1}}, axis={node.params[0] % x.ndim})")


def matrix_call(name: str, rank: int) -> Speller:
    """``name(A)`` for an argument of that rank; stacks of them are the row's own call."""

    def spelled(node: Expr) -> Spelling:
        plain = node.args[0].ndim == rank
        return Spelling(f"{name if plain else node.op.title}({{*}})")

    return spelled
