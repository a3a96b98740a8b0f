"""Gradients, Jacobians and Hessians as graphs, from the two modes.  Nothing is simplified here.

``wrt`` are any nodes; :func:`symbols_for` replaces those that are no variables first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from ..errors import NotScalar, ShapeError
from ..expr import Expr, Shape, make
from ..leaves import Var, const, var
from ..ops.arrays import eye, transpose
from ..walk import postorder, rebuild, users
from .modes import forward, reverse

Mode: TypeAlias = Literal["forward", "reverse"]


def identity(shape: Shape) -> Expr:
    """The derivative of a value of that shape by itself, shape ``shape + shape``."""
    return make(eye, (), (shape,)) if shape else const(1)


def jvp(outputs: Sequence[Expr], wrt: Sequence[Expr], dots: Sequence[Expr]) -> list[Expr | None]:
    """Tangents of the outputs for the tangents ``dots`` of ``wrt``."""
    _check_shapes("jvp", wrt, dots)
    seeds = dict(zip(wrt, dots, strict=True))
    found = forward(postorder(outputs, seeds), seeds)
    return [found[out] for out in outputs]


def vjp(outputs: Sequence[Expr], wrt: Sequence[Expr], bars: Sequence[Expr]) -> list[Expr | None]:
    """Cotangents of ``wrt`` for the cotangents ``bars`` of the outputs."""
    _check_shapes("vjp", outputs, bars)
    seeds: dict[Expr, Expr] = {}
    for out, bar in zip(outputs, bars, strict=True):
        seeds[out] = seeds[out] + bar if out in seeds else bar
    return _cotangents(seeds, wrt)


def _cotangents(seeds: Mapping[Expr, Expr], wrt: Sequence[Expr]) -> list[Expr | None]:
    found = reverse(seeds, wrt)
    return [found[w].settled() if w in found else None for w in wrt]


def adjoints(f: Expr, wrt: Sequence[Expr]) -> dict[Expr, Expr]:
    """The derivative of a scalar by every node between it and ``wrt``."""
    if f.shape:
        raise NotScalar("adjoints", f.shape)
    return {node: bar.settled() for node, bar in reverse({f: const(1)}, wrt).items()}


def gradient(f: Expr, wrt: Sequence[Expr]) -> list[Expr | None]:
    """The derivatives of a scalar, each of the shape of its ``wrt``."""
    if f.shape:
        raise NotScalar("grad", f.shape)
    return vjp([f], wrt, [const(1)])


def jacobian(
    outputs: Sequence[Expr], wrt: Sequence[Expr], mode: Mode | None = None
) -> list[list[Expr | None]]:
    """``result[i][j]`` is the derivative of output i by wrt j, shape ``output.shape + wrt.shape``.

    One sweep per ``wrt`` (forward) or per output (reverse), whichever has fewer elements.
    """
    if mode is None:
        narrow = sum(w.size for w in wrt) <= sum(out.size for out in outputs)
        mode = "forward" if narrow else "reverse"
    if mode == "reverse":
        return [_cotangents({out: identity(out.shape)}, wrt) for out in outputs]
    columns = _columns(outputs, wrt)
    return [
        [_output_axes_first(column[i], w.ndim) for column, w in zip(columns, wrt, strict=True)]
        for i in range(len(outputs))
    ]


def _columns(outputs: Sequence[Expr], wrt: Sequence[Expr]) -> list[list[Expr | None]]:
    """The derivatives of all outputs by each wrt, with the axes of wrt in front."""
    order = postorder(outputs)
    position = {node: i for i, node in enumerate(order)}
    takers = users(order)
    columns = []
    for w in wrt:
        reached = sorted(_above(w, takers), key=position.__getitem__)
        found = forward(reached, {w: identity(w.shape)}, w.shape)
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
) -> list[list[Expr | None]]:
    """``result[i][j]``: the derivative by wrt i and wrt j, shape ``wrt_i.shape + wrt_j.shape``.

    ``modes`` are those of the outer and the inner derivative; ``between`` is applied to the
    gradient before it is differentiated again.  Blocks below the diagonal mirror those above
    it, so the matrix is symmetric by construction.
    """
    if f.shape:
        raise NotScalar("hessian", f.shape)
    outer, inner = modes
    slopes = between(jacobian([f], wrt, inner)[0])
    live = [g for g in slopes if g is not None]
    swept = jacobian(live, wrt, outer) if outer == "reverse" else _columns(live, wrt)
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


def symbols_for(
    outputs: Sequence[Expr], wrt: Sequence[Expr], name: str = "u"
) -> tuple[list[Expr], list[Expr], dict[Expr, Expr]]:
    """Outputs and wrt with every wrt that is no variable replaced by a symbol of that name.

    The dict maps the symbols back to what they stand for.
    """
    symbols = {w: w if w.op is Var else _symbol(name, i, w) for i, w in enumerate(wrt)}
    back = {symbol: w for w, symbol in symbols.items() if symbol is not w}
    if not back:
        return list(outputs), list(wrt), back
    images = rebuild(outputs, given=symbols)
    return [images[out] for out in outputs], [symbols[w] for w in wrt], back


def _symbol(name: str, i: int, node: Expr) -> Expr:
    return var(f"{name}{i}", node.shape, node.kind, tag=i)


def _check_shapes(name: str, nodes: Iterable[Expr], given: Iterable[Expr]) -> None:
    for node, value in zip(nodes, given, strict=True):
        if node.shape != value.shape:
            raise ShapeError(name, (node.shape, value.shape), "they must be equal")
