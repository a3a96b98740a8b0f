"""Sparse derivatives by inner values: those that are linear in the variable, by few elements each.

Where ``f`` is ``g(u)`` with ``u = A @ x + b`` and a sparse ``A``, the Hessian is ``A.T @ B @ A``.
For energies of pairs or finite elements ``B``, the Hessian of ``g``, consists of small blocks side
by side, however the elements of ``x`` are connected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..backend.evaluate import evaluate
from ..calculus.derivatives import gradient
from ..errors import LimitError
from ..expr import Expr
from ..leaves import Var, var
from ..ops.structural import zeros
from ..rewrite.simplify import simplify
from ..targets import cut_of, finish
from ..walk import postorder, reachable, rebuild
from .assembly import Assembly, Placed, Spread
from .colours import coloured_entries
from .entries import Slope, entries_in, slopes_at, slopes_of, starts

MOST_VALUES = 24  # that stand for the variable
MOST_IN_ROW = 256  # entries, on average: beyond them, the sweeps are as many as for a dense matrix
WIDEST = 4  # elements of the variable that an element of an inner value may depend on


class Inner(NamedTuple):
    """Symbols that stand for a variable, their values, and the matrix from it to all of them."""

    symbols: list[Expr]
    back: dict[Expr, Expr]
    spread: Spread


def hessian_entries(f: Expr, wrt: Expr) -> Assembly | None:
    """The entries of the Hessian of a scalar; None where neither formulas nor colours give them."""
    (out,), (symbol,), back, _ = cut_of([f], [wrt])
    slopes: list[Expr] = []
    for inner in _choices([out], symbol):
        slopes = _gradient(_image([out], inner)[0], inner.symbols)
        found = slopes_of(slopes, inner.symbols)
        if found is not None:
            sizes = [s.size for s in inner.symbols]
            parts = _parts(found, inner, back, sizes, symmetric=True)
            return Assembly(parts, (wrt.size, wrt.size), inner.spread, inner.spread)
    return _coloured(slopes[0], symbol, back, symmetric=True)


def _gradient(f: Expr, wrt: Sequence[Expr]) -> list[Expr]:
    pairs = zip(gradient(f, wrt), wrt, strict=True)
    found = finish([zeros(w.shape) if slope is None else slope for slope, w in pairs], {}, True)
    return [slope for slope in found if slope is not None]


def jacobian_entries(F: Expr, wrt: Expr, turned: bool = False) -> Assembly | None:
    """The entries of the Jacobian of an array, or of its transpose; None where neither formulas
    nor colours give them.
    """
    (out,), (symbol,), back, _ = cut_of([F], [wrt])
    for inner in _choices([out], symbol):
        found = slopes_of(_image([out], inner), inner.symbols)
        if found is not None:
            parts = _parts(found, inner, back, [F.size], symmetric=False)
            return Assembly(parts, (F.size, wrt.size), inner.spread, turned=turned)
    return _coloured(out, symbol, back, turned=turned)


def _coloured(
    output: Expr, wrt: Expr, back: dict[Expr, Expr], symmetric: bool = False, turned: bool = False
) -> Assembly | None:
    """The entries of a sparse Jacobian by colours; None where it has many in each row."""
    limit = max(output.size * min(wrt.size // 2, MOST_IN_ROW), 1)
    try:
        parts = coloured_entries(output, wrt, limit, symmetric)
    except LimitError:
        return None
    images = simplify([p.value for p in parts])
    mapped = rebuild(images, given=back)
    parts = [p._replace(value=mapped[x]) for p, x in zip(parts, images, strict=True)]
    return Assembly(parts, (output.size, wrt.size), identity(wrt.size), turned=turned)


def _image(outputs: Sequence[Expr], inner: Inner) -> list[Expr]:
    """The outputs in the symbols."""
    images = rebuild(outputs, given={value: symbol for symbol, value in inner.back.items()})
    return [images[out] for out in outputs]


def _parts(
    slopes: Sequence[Sequence[Slope]],
    inner: Inner,
    back: dict[Expr, Expr],
    sizes: Sequence[int],
    symmetric: bool,
) -> list[Placed]:
    """The entries in the slopes of outputs of some sizes; of a symmetric matrix those in blocks on
    the diagonal and above.
    """
    firsts = np.cumsum([0, *sizes]).tolist()
    kept = [
        (k, s)
        for k, row in enumerate(slopes)
        for s in row
        if not symmetric or s.by.max(initial=-1) >= firsts[k]
    ]
    values = simplify([s.value for _, s in kept])
    found: list[Placed] = []
    for (k, s), value in zip(kept, values, strict=True):
        for p in entries_in(Slope(value, s.by), sizes[k]):
            mirrored = symmetric and bool(p.columns.max(initial=-1) >= firsts[k + 1])
            found.append(p._replace(rows=p.rows + firsts[k], mirrored=mirrored))
    images = simplify([p.value for p in found])
    for given in (inner.back, back):
        mapped = rebuild(images, given=given)
        images = [mapped[x] for x in images]
    return [p._replace(value=image) for p, image in zip(found, images, strict=True)]


# -- inner values --------------------------------------------------------------------------------


def _choices(outputs: Sequence[Expr], wrt: Expr) -> Iterator[Inner]:
    """Where to cut the graph: at inner values, then at the variable itself."""
    held = _linear(outputs, wrt)
    if 0 < len(held) <= MOST_VALUES and [*held] != [wrt]:
        symbols = [var(f"inner{k}", x.shape, tag=k) for k, x in enumerate(held)]
        yield Inner(symbols, dict(zip(symbols, held, strict=True)), _spread(held))
    yield Inner([wrt], {}, identity(wrt.size))


def identity(size: int) -> Spread:
    """The matrix where the variable stands for itself."""
    return Spread(np.arange(size, dtype=np.int32)[None], np.ones((1, size)))


def _linear(outputs: Sequence[Expr], wrt: Expr) -> dict[Expr, list[Slope]]:
    """The last values that are linear in ``wrt``, with constant slopes, on the way to outputs.

    A multiple of one value plus a constant is known by that value.
    """
    held, origin = starts([wrt]), {wrt: wrt}
    others: set[Expr] = set()  # they depend on wrt and are not linear
    last: dict[Expr, None] = {}
    for node in postorder(outputs, {wrt}):
        live = [a for a in dict.fromkeys(node.args) if a in held or a in others]
        if node in held or not live:
            continue
        slopes = None if any(a in others for a in live) else slopes_at(node, held)
        if slopes is None or not _is_simple(node, slopes):
            others.add(node)
            last.update([(origin[a], None) for a in live if a in held])
        else:
            held[node] = slopes
            origin[node] = origin[live[0]] if node.op.elementwise and len(live) == 1 else node
    last.update([(origin[out], None) for out in outputs if out in held])
    return {x: held[x] for x in sorted(last, key=lambda x: -x.size)}


def _is_simple(node: Expr, slopes: Sequence[Slope]) -> bool:
    """Whether slopes are constant, and few for each element."""
    return sum([s.by.size for s in slopes]) <= WIDEST * node.size and not any(
        x.op is Var for x in reachable([s.value for s in slopes])
    )


def _spread(held: dict[Expr, list[Slope]]) -> Spread:
    """The matrix from the variable to all the values, one after the other."""
    width = max([sum([s.by.size for s in found]) // max(x.size, 1) for x, found in held.items()])
    columns = np.full((width, sum([x.size for x in held])), -1, dtype=np.int32)
    weights = np.zeros(columns.shape)
    first = 0
    for x, found in held.items():
        here, k = slice(first, first + x.size), 0
        for s in found:
            count = s.by.size // max(x.size, 1)
            value = np.broadcast_to(evaluate(s.value), s.by.shape).reshape(count, x.size)
            columns[k : k + count, here] = s.by.reshape(count, x.size)
            weights[k : k + count, here] = value
            k += count
        first += x.size
    return Spread(columns, weights)
