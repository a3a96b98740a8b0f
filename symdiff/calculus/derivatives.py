"""Gradients, Jacobians and Hessians as graphs, from the two modes.  Nothing is simplified here.

``wrt`` are any nodes; :func:`symbols_for` replaces those that are no variables first.  Each
derivative is the one that its node has alone, so ``inner`` says what symbols stand for where one
node of ``wrt`` is made of another: it is a mapping from symbols to nodes, the lowest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from ..errors import NotScalar, ShapeError
from ..expr import Expr, Shape, make
from ..leaves import Var, const, var
from ..ops.arrays import eye, transpose
from ..walk import postorder, rebuild, users
from .modes import NOTHING, forward, ordered, reverse

Mode: TypeAlias = Literal["forward", "reverse"]
Inner: TypeAlias = Mapping[Expr, Expr]


def identity(shape: Shape) -> Expr:
    """The derivative of a value of that shape by itself, shape ``shape + shape``."""
    return make(eye, (), (shape,)) if shape else const(1)


def jvp(
    outputs: Sequence[Expr], wrt: Sequence[Expr], dots: Sequence[Expr], inner: Inner = NOTHING
) -> list[Expr | None]:
    """Tangents of the outputs for the tangents ``dots`` of ``wrt``: the sum of those of each."""
    _check_shapes("jvp", wrt, dots)
    seeds = _seeds(wrt, dots)
    found = forward(ordered(outputs, inner, seeds), seeds, inner=inner)
    return [found[out] for out in outputs]


def vjp(
    outputs: Sequence[Expr], wrt: Sequence[Expr], bars: Sequence[Expr], inner: Inner = NOTHING
) -> list[Expr | None]:
    """Cotangents of ``wrt`` for the cotangents ``bars`` of the outputs."""
    _check_shapes("vjp", outputs, bars)
    return _cotangents(_seeds(outputs, bars), wrt, inner)


def _seeds(nodes: Sequence[Expr], given: Sequence[Expr]) -> dict[Expr, Expr]:
    """What is given for each node, the sum of it for one that stands there twice."""
    seeds: dict[Expr, Expr] = {}
    for node, seed in zip(nodes, given, strict=True):
        seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


def _cotangents(seeds: Mapping[Expr, Expr], wrt: Sequence[Expr], inner: Inner) -> list[Expr | None]:
    found = reverse(seeds, wrt, inner)
    return [found[w].settled() if w in found else None for w in wrt]


def adjoints(f: Expr, wrt: Sequence[Expr], inner: Inner = NOTHING) -> dict[Expr, Expr]:
    """The derivative of a scalar by every node between it and ``wrt``."""
    if f.shape:
        raise NotScalar("adjoints", f.shape)
    return {node: bar.settled() for node, bar in reverse({f: const(1)}, wrt, inner).items()}


def gradient(f: Expr, wrt: Sequence[Expr], inner: Inner = NOTHING) -> list[Expr | None]:
    """The derivatives of a scalar, each of the shape of its ``wrt``."""
    if f.shape:
        raise NotScalar("grad", f.shape)
    return vjp([f], wrt, [const(1)], inner)


def jacobian(
    outputs: Sequence[Expr],
    wrt: Sequence[Expr],
    mode: Mode | None = None,
    inner: Inner = NOTHING,
) -> list[list[Expr | None]]:
    """``result[i][j]`` is the derivative of output i by wrt j, shape ``output.shape + wrt.shape``.

    One sweep per ``wrt`` (forward) or per output (reverse), whichever has fewer elements.
    """
    if mode is None:
        narrow = sum(w.size for w in wrt) <= sum(out.size for out in outputs)
        mode = "forward" if narrow else "reverse"
    if mode == "reverse":
        return [_cotangents({out: identity(out.shape)}, wrt, inner) for out in outputs]
    columns = _columns(outputs, wrt, inner)
    return [
        [_output_axes_first(column[i], w.ndim) for column, w in zip(columns, wrt, strict=True)]
        for i in range(len(outputs))
    ]


def _columns(outputs: Sequence[Expr], wrt: Sequence[Expr], inner: Inner) -> list[list[Expr | None]]:
    """The derivatives of all outputs by each wrt, with the axes of wrt in front."""
    order = ordered(outputs, inner)
    position = {node: i for i, node in enumerate(order)}
    takers = users(order)
    for symbol, meaning in inner.items():
        takers.setdefault(meaning, []).append(symbol)
    columns = []
    for w in wrt:
        reached = sorted(_above(w, takers), key=position.__getitem__)
        found = forward(reached, {w: identity(w.shape)}, w.shape, inner)
        columns.append([found.get(out) for out in outputs])
    return columns


def _above(node: Expr, takers: dict[Expr, list[Expr]]) -> set[Expr]:
    """The nodes that depend on ``node``, itself left out."""
    found: set[Expr] = set()
    stack = [node]
    while stack:
        for user in takers.get(stack.pop(), ()):
            if user not in found:
                found.add(user)
                stack.append(user)
    return found


def _output_axes_first(dot: Expr | None, batch: int) -> Expr | None:
    """A batched tangent, ``wrt.shape + out.shape``, with the axes of the output in front."""
    if dot is None or not batch or dot.ndim == batch:
        return dot
    n = dot.ndim
    return make(transpose, (dot,), ((*range(batch - n, 0), *range(-n, batch - n)),))


def hessian(
    f: Expr,
    wrt: Sequence[Expr],
    modes: tuple[Mode | None, Mode] = (None, "reverse"),
    between: Callable[[list[Expr | None]], list[Expr | None]] = lambda found: found,
    inner: Inner = NOTHING,
) -> list[list[Expr | None]]:
    """``result[i][j]``: the derivative by wrt i and wrt j, shape ``wrt_i.shape + wrt_j.shape``.

    ``modes`` are those of the outer and the inner derivative; ``between`` is applied to the
    gradient before it is differentiated again.  Blocks below the diagonal mirror those above
    it, so the matrix is symmetric by construction.
    """
    if f.shape:
        raise NotScalar("hessian", f.shape)
    outer, first = modes
    slopes = between(jacobian([f], wrt, first, inner)[0])
    live = [g for g in slopes if g is not None]
    swept = jacobian(live, wrt, outer, inner) if outer == "reverse" else _columns(live, wrt, inner)
    blocks = _with_gaps(swept, slopes, by_row=outer == "reverse")
    for i in range(len(wrt)):
        for j in range(i):
            blocks[i][j] = _mirrored(blocks[j][i], wrt[j].ndim)
    return blocks


def _with_gaps(
    swept: list[list[Expr | None]], slopes: list[Expr | None], by_row: bool
) -> list[list[Expr | None]]:
    """All second derivatives from those of the slopes that are not zero."""
    if by_row:
        rows = iter(swept)
        return [[None] * len(slopes) if g is None else next(rows) for g in slopes]
    found = []
    for row in swept:
        cells = iter(row)
        found.append([None if g is None else next(cells) for g in slopes])
    return found


def _mirrored(block: Expr | None, rank: int) -> Expr | None:
    if block is None or rank in (0, block.ndim):
        return block
    n = block.ndim
    return make(transpose, (block,), ((*range(rank - n, 0), *range(-n, rank - n)),))


class Cut(NamedTuple):
    """A graph with symbols in place of the nodes to differentiate by that are no variables.

    ``symbols`` are what to differentiate by, variables among them.  ``back`` maps those that are
    no variables of the user to their nodes, ``inner`` to what they are in the graph that is cut,
    the lowest first.
    """

    outputs: list[Expr]
    symbols: list[Expr]
    back: dict[Expr, Expr]
    inner: dict[Expr, Expr]

    def pruned(self) -> Cut:
        """The same with what a sweep must go through alone in ``inner``."""
        active = set(self.symbols)
        for node in postorder(self.inner.values()):
            if not active.isdisjoint(node.args):
                active.add(node)
        inner = {symbol: meaning for symbol, meaning in self.inner.items() if meaning in active}
        needed = set(self.outputs)
        for node in reversed(ordered(self.outputs, inner) if inner else ()):
            if node in needed:
                needed.update(node.args)
                needed.update([inner[node]] if node in inner else ())
        inner = {symbol: meaning for symbol, meaning in inner.items() if symbol in needed}
        return self._replace(inner=inner)


def symbols_for(outputs: Sequence[Expr], wrt: Sequence[Expr], name: str = "u") -> Cut:
    """Outputs and wrt with every wrt that is no variable replaced by a symbol of that name.

    Cost: one visit per node above variables of ``wrt``, two where its nodes are nested.
    """
    symbols = {
        w: w if w.op is Var else var(f"{name}{i}", w.shape, w.kind, tag=i)
        for i, w in enumerate(wrt)
    }
    back = {symbol: w for w, symbol in symbols.items() if symbol is not w}
    if not back:
        return Cut(list(outputs), list(wrt), back, {})
    below = [a for w in back.values() for a in w.args]
    images = rebuild([*outputs, *below], given=symbols)
    meanings = {
        symbol: make(w.op, tuple([images[a] for a in w.args]), w.params)
        for symbol, w in back.items()
        if w.args
    }
    lowest_first = {
        symbols[w]: meanings[symbols[w]]
        for w in postorder(back.values())
        if w in symbols and symbols[w] in meanings
    }
    cut = Cut([images[out] for out in outputs], [symbols[w] for w in wrt], back, lowest_first)
    return cut.pruned()


def _check_shapes(name: str, nodes: Iterable[Expr], given: Iterable[Expr]) -> None:
    for node, value in zip(nodes, given, strict=True):
        if node.shape != value.shape:
            raise ShapeError(name, (node.shape, value.shape), "they must be equal")
