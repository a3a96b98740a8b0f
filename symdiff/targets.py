"""What a verb of differentiation works on: the structure the user gave, and the graphs to sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from numbers import Number
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from .calculus.derivatives import Cut, Mode, gradient, jvp, symbols_for
from .calculus.parts import hessian as hessian_by_parts
from .errors import ArgumentError, KindError, ShapeError, Unconnected
from .expr import Expr, Shape, as_expr, make
from .leaves import Var
from .messages import short
from .ops import arrays
from .ops.structural import total, zeros
from .rewrite.arrays.selected import selected
from .rewrite.simplify import simplified, together
from .rewrite.tables.ahead import ahead
from .rewrite.tables.growth import bounded
from .rewrite.tables.guards import plain
from .structure import Rebuild, flatten
from .walk import rebuild

Missing: TypeAlias = Literal["zero", "none", "raise"]
Found: TypeAlias = "Expr | None"


class Tree(NamedTuple):
    """The nodes of a nested structure, and the way back to it."""

    nodes: list[Expr]
    restore: Rebuild
    is_vector: bool  # a list of scalars


def tree_of(given: Any) -> Tree:
    leaves, restore = flatten(given)
    nodes = [as_expr(leaf) for leaf in leaves]
    flat = type(given) is list and all(leaf is given[i] for i, leaf in enumerate(leaves))
    return Tree(nodes, restore, flat and bool(nodes) and all(not n.shape for n in nodes))


def wrt_of(given: Any) -> Tree:
    """What to differentiate by: nodes, no numbers.

    Raises: KindError for a number, NotAnExpression for a name.
    """
    for leaf in flatten(given)[0]:
        if not isinstance(leaf, Expr) and isinstance(leaf, (Number, np.ndarray, np.generic)):
            raise KindError(
                f"derivatives are taken by variables and other expressions, and {short(leaf)} is a "
                "number; name what it stands for: x = sd.Var('x')"
            )
    return tree_of(given)


def finish(
    cells: Sequence[Found], back: dict[Expr, Expr], simplify: bool, whole: bool = False
) -> list[Found]:
    """Put the nodes back for which symbols stood, then simplify; a ``whole`` is read as one."""

    def finished(live: list[Expr]) -> list[Expr]:
        if back:
            images = rebuild(live, given=back)
            live = [images[c] for c in live]
        if not simplify:
            return live
        return together(plain(live)) if whole else simplified(plain(live))

    return _mapped(finished, cells)


def again(slopes: Sequence[Found], simplify: bool) -> list[Found]:
    """Derivatives in forms to differentiate once more: what is simplified is written for a reader,
    and ``1/cosh(u)**2`` has a slope with ``sinh`` above the bar, that of ``sech(u)**2`` is bounded.
    """
    if simplify:
        slopes = _mapped(lambda live: bounded(simplified(plain(live), briefly=True)), slopes)
    return _mapped(ready, slopes)


def _mapped(change: Callable[[list[Expr]], list[Expr]], cells: Sequence[Found]) -> list[Found]:
    """The cells that are not zero after a change of all of them together."""
    done = iter(change([c for c in cells if c is not None]))
    return [None if c is None else next(done) for c in cells]


class Part(NamedTuple):
    """A graph to differentiate by some nodes of ``wrt``, and where those stand in it."""

    places: list[int]
    cut: Cut


def cut_of(outputs: Sequence[Expr], wrt: Sequence[Expr]) -> Cut:
    """Outputs with symbols for the nodes of ``wrt`` that are no variables, ready for a sweep."""
    return rewritten(symbols_for(outputs, wrt), ready)


def ready(nodes: Sequence[Expr]) -> list[Expr]:
    """Nodes in forms to differentiate: where a derivative exists, theirs has a value."""
    return ahead(selected(nodes))


def rewritten(cut: Cut, forms: Callable[[list[Expr]], list[Expr]]) -> Cut:
    """A cut with its outputs, and what its symbols stand for, rewritten together."""
    images = forms([*cut.outputs, *cut.inner.values()])
    count = len(cut.outputs)
    inner = dict(zip(cut.inner, images[count:], strict=True))
    return cut._replace(outputs=images[:count], inner=inner)


def parts_of(outputs: Sequence[Expr], wrt: Sequence[Expr]) -> list[Part]:
    """The graphs to differentiate: one, or two where a node of ``wrt`` is made of another one.

    Variables then have a graph without symbols, so that a sum of exponentials, say, is still
    seen to be one, and the derivatives by them are to the digit what they are alone.
    """
    whole = cut_of(outputs, wrt)
    variables = [i for i, w in enumerate(wrt) if w.op is Var]
    if not whole.inner or not variables:
        return [Part([*range(len(wrt))], whole)]
    others = [i for i, w in enumerate(wrt) if w.op is not Var]
    return [Part(at, cut_of(outputs, [wrt[i] for i in at])) for at in (variables, others)]


def back_of(parts: Sequence[Part]) -> dict[Expr, Expr]:
    """What symbols stand for; one graph has all of them."""
    return parts[-1].cut.back


def in_place(parts: Sequence[Part], found: Sequence[Sequence[Found]]) -> list[Found]:
    """The derivatives that the parts give, in the order of ``wrt``."""
    cells: dict[int, Found] = {}
    for part, row in zip(parts, found, strict=True):
        cells |= zip(part.places, row, strict=True)
    return [cells[i] for i in range(len(cells))]


def fill(cell: Found, shape: Shape, wrt: Expr, unconnected: Missing) -> Found:
    if cell is not None or unconnected == "none":
        return cell
    if unconnected == "raise":
        raise Unconnected(repr(wrt))
    if unconnected != "zero":
        raise ArgumentError(f"unconnected is 'zero', 'none' or 'raise', got {short(unconnected)}")
    return zeros(shape)


def assemble(
    cells: list[list[Found]], outer: Tree, inner: Tree, blocks: bool
) -> tuple[list[list[Found]], Callable[[list[Found]], Any]]:
    """Cells by (outer, inner) node, with lists of scalars stacked, and the way to the result."""
    outer_restore, inner_restore = outer.restore, inner.restore
    first: Rebuild = lambda leaves: leaves[0]
    if inner.is_vector and not blocks:
        cells, inner_restore = [[_stack(row, at_end=True)] for row in cells], first
    if outer.is_vector and not blocks:
        cells, outer_restore = [[_stack(column) for column in zip(*cells, strict=True)]], first
    width = len(cells[0]) if cells else 0

    def restore(flat: list[Found]) -> Any:
        rows = [inner_restore(flat[i * width : (i + 1) * width]) for i in range(len(cells))]
        return outer_restore(rows)

    return cells, restore


def sum_of(cells: Sequence[Found]) -> Found:
    live = [c for c in cells if c is not None]
    return total(live) if live else None


def _stack(cells: Sequence[Found], at_end: bool = False) -> Expr:
    shape = next((c.shape for c in cells if c is not None), ())
    parts = tuple([zeros(shape) if c is None else c for c in cells])
    return make(arrays.stack, parts, (-1 if at_end else -len(shape) - 1,))


def paired(name: str, tree: Tree, given: Any) -> list[Expr]:
    """A direction for each node; that of a single array may be a list of numbers."""
    leaves = flatten(given)[0]
    if len(tree.nodes) == 1 and tree.nodes[0].shape and all(isinstance(n, Number) for n in leaves):
        given = np.asarray(given)
    nodes = tree_of(given).nodes
    if len(nodes) != len(tree.nodes):
        raise ShapeError(
            name, ((len(tree.nodes),), (len(nodes),)), "give one value per node, in its structure"
        )
    return nodes


def second_derivatives(
    f: Expr,
    wrt: Sequence[Expr],
    modes: tuple[Mode | None, Mode] = (None, "reverse"),
    simplify: bool = True,
    unconnected: Missing = "zero",
) -> tuple[list[list[Found]], dict[Expr, Expr]]:
    """The cells of the Hessian of a scalar, and what the symbols in them stand for."""
    (out,), symbols, back, inner = cut_of([f], wrt)
    between = partial(again, simplify=simplify)
    rows = hessian_by_parts(out, symbols, modes, between, inner)
    cells = [
        [fill(c, a.shape + b.shape, b, unconnected) for c, b in zip(row, wrt, strict=True)]
        for row, a in zip(rows, wrt, strict=True)
    ]
    return cells, back


def gradient_along(
    f: Expr, wrt: Sequence[Expr], dots: Sequence[Expr], simplify: bool = True
) -> list[Found]:
    """The derivatives of the gradient of a scalar along tangents, by forward over reverse mode."""
    (out,), symbols, back, inner = cut_of([f], wrt)
    smooth = again(_zeros_for(gradient(out, symbols, inner), wrt), simplify)
    slopes = jvp([s for s in smooth if s is not None], symbols, dots, inner)
    return finish(_zeros_for(slopes, wrt), back, simplify)


def _zeros_for(cells: Sequence[Found], wrt: Sequence[Expr]) -> list[Found]:
    return [fill(c, w.shape, w, "zero") for c, w in zip(cells, wrt, strict=True)]
