"""Random scalars made of arrays: a dozen operations, and the sides of identities.

A maker takes a ``random.Random`` and gives a tree whose leaves carry the point.  Shapes are made
of two sizes of the case's own, so that most operations fit; what does not fit, or has no moderate
value, is drawn again.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from .trees import Call, call, f, leaf, leaves, nodes

__all__ = ["ENDS", "KINDS", "REFUSED", "SCALES", "Step", "axis_of", "ended", "fitting",
           "is_moderate", "is_representable", "number", "operations", "regular",
           "values"]  # fmt: skip

Step = Callable[[random.Random, Call, Call], Call]
LARGEST, MOST_AXES, MOST_INPUTS = 32, 4, 14
LEAST, MOST = 1e-30, 1e6  # of the sizes of numbers, but for 0
FARTHEST = 1e300
SCALES = (0.3, 1.0, 1.0, 2.0)
SPECIAL = (0.0, 1.0, -1.0, 2.0, 0.5)
REFUSED = (ValueError, IndexError, TypeError, ZeroDivisionError, np.exceptions.AxisError)

ALL = slice(None)


# -- choices ---------------------------------------------------------------------------------------


def axis_of(draw: random.Random, x: Call) -> int:
    return draw.randrange(-x.ndim, x.ndim)


def _axes(draw: random.Random, x: Call) -> int | tuple[int, ...] | None:
    if draw.random() < 0.3:
        return None
    chosen = draw.sample(range(x.ndim), draw.randint(1, x.ndim))
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


def _item(draw: random.Random, x: Call) -> tuple[object, ...]:
    """An index of an array: numbers, slices, new axes."""
    if not x.ndim:
        raise IndexError("a number has no elements")
    parts: list[object] = []
    for size in x.shape:
        start = draw.randrange(size)
        choices: list[object] = [start, ALL, ALL, slice(start, None), slice(None, None, -1)]
        parts.append(draw.choice(choices))
    if draw.random() < 0.2:
        parts.insert(draw.randint(0, len(parts)), None)
    return tuple(parts)


def _permutation(draw: random.Random, x: Call) -> tuple[int, ...]:
    return tuple(draw.sample(range(x.ndim), x.ndim))


def _shape(draw: random.Random, x: Call) -> tuple[int, ...]:
    """Another shape of as many elements."""
    size = int(np.prod(x.shape))
    factors = [d for d in range(1, size + 1) if size % d == 0]
    first = draw.choice(factors)
    shape = [first, size // first]
    if draw.random() < 0.3:
        shape.insert(draw.randint(0, 2), 1)
    return (size,) if draw.random() < 0.3 else tuple(shape)


def _einsum(draw: random.Random, x: Call, y: Call) -> Call:
    operands = [x, y, x][: draw.randint(1, 3)]
    words = ["".join(draw.choice("ijk") for _ in e.shape) for e in operands]
    letters = sorted(set("".join(words)))
    output = "".join(draw.sample(letters, draw.randint(0, len(letters))))
    return f.einsum(",".join(words) + "->" + output, *operands)


def _constant(draw: random.Random, shape: Sequence[int], whole: bool) -> Call:
    """Small whole numbers or others, in an array."""
    if not shape:
        raise ValueError("a number is no array")
    choose = (lambda: draw.choice((0, 1, 2, 3, -1))) if whole else lambda: draw.uniform(-2, 2)
    values = np.array([choose() for _ in range(int(np.prod(shape)))]).reshape(shape)
    return f.array(values.tolist())


def number(draw: random.Random) -> float:
    return draw.choice((2, 3, -1, 0.5, -2, 1.5, 0.1))


def regular(x: Call) -> Call:
    """A square matrix made of another, with an inverse."""
    return x @ _turned(x) + f.eye(x.shape[-2])


def _turned(x: Call) -> Call:
    """The transpose of matrices."""
    return f.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def _positive(draw: random.Random, x: Call) -> Call:
    return draw.choice((f.exp(x), x**2 + 1, f.softplus(x), f.sigmoid(x), f.abs(x) + 0.5))


# -- operations ----------------------------------------------------------------------------------

ARITHMETIC: tuple[Step, ...] = (
    lambda d, x, y: x + y,
    lambda d, x, y: x - y,
    lambda d, x, y: x * y,
    lambda d, x, y: number(d) * x - y,
    lambda d, x, y: x / y,
    lambda d, x, y: x / (1 + y**2),
    lambda d, x, y: x * x * y,
    lambda d, x, y: x + number(d),
    lambda d, x, y: f.where(f.less(x, y), x, y * y),
    lambda d, x, y: f.where(f.less(x, number(d)), x, y),
    lambda d, x, y: f.maximum(x, y),
    lambda d, x, y: f.minimum(x, y),
    lambda d, x, y: f.hypot(x, y),
    lambda d, x, y: f.logaddexp(x, y),
    lambda d, x, y: f.clip(x, -0.5, y),
)
POWERS: tuple[Step, ...] = (
    lambda d, x, y: x ** d.choice((2, 3, 4, -1, -2)),
    lambda d, x, y: _positive(d, x) ** d.choice((0.5, 1.5, -0.5, 2.5)),
    lambda d, x, y: x ** d.choice((0.5, 1.5)),
    lambda d, x, y: x ** _constant(d, x.shape, whole=True),
    lambda d, x, y: _positive(d, x) ** _constant(d, y.shape, whole=False),
    lambda d, x, y: _positive(d, x) ** y,
    lambda d, x, y: d.choice((2, 0.5)) ** x,
    lambda d, x, y: f.sqrt(x),
    lambda d, x, y: f.sqrt(x**2 + y**2),
)
ELEMENTWISE: tuple[Step, ...] = (
    lambda d, x, y: call(d.choice(("exp", "sin", "cos", "tanh", "atan", "sigmoid", "softplus")), x),
    lambda d, x, y: call(d.choice(("sinh", "cosh", "asinh", "erf", "relu", "abs", "expm1")), x),
    lambda d, x, y: call(d.choice(("log", "log1p", "sqrt")), x),
    lambda d, x, y: f.log(_positive(d, x)),
    lambda d, x, y: f.tanh(x) * x,
    lambda d, x, y: f.sin(x) ** 2 + y * f.cos(x),
    lambda d, x, y: f.exp(x) / (1 + f.exp(x)),
)
REDUCTIONS: tuple[Step, ...] = (
    lambda d, x, y: f.sum(x, axis=_axes(d, x), keepdims=d.random() < 0.5),
    lambda d, x, y: f.mean(x, axis=_axes(d, x)),
    lambda d, x, y: f.prod(x, axis=_axes(d, x)),
    lambda d, x, y: f.max(x, axis=_axes(d, x), keepdims=d.random() < 0.5),
    lambda d, x, y: f.min(x, axis=_axes(d, x)),
    lambda d, x, y: f.var(x, axis=_axes(d, x)),
    lambda d, x, y: f.norm(x, axis=axis_of(d, x)),
    lambda d, x, y: f.norm(x, ord=d.choice((1, 2, 3, 1.5, np.inf)), axis=axis_of(d, x)),
    lambda d, x, y: f.logsumexp(x, axis=_axes(d, x), keepdims=d.random() < 0.5),
    lambda d, x, y: f.softmax(x, axis=axis_of(d, x)),
    lambda d, x, y: f.log_softmax(x, axis=axis_of(d, x)),
    lambda d, x, y: f.cumsum(x, axis=axis_of(d, x)),
    lambda d, x, y: f.cumprod(x, axis=axis_of(d, x)),
    lambda d, x, y: f.std(x, axis=_axes(d, x)),
)
SHAPES: tuple[Step, ...] = (
    lambda d, x, y: f.transpose(x, _permutation(d, x)),
    lambda d, x, y: f.transpose(x),
    lambda d, x, y: f.reshape(x, _shape(d, x)),
    lambda d, x, y: x[_item(d, x)],
    lambda d, x, y: f.concatenate([x, y], axis=axis_of(d, x)),
    lambda d, x, y: f.stack([x, y], axis=d.randint(0, x.ndim)),
    lambda d, x, y: f.expand_dims(x, d.randint(0, x.ndim)),
    lambda d, x, y: f.broadcast_to(x, (d.choice((1, 2)), *x.shape)),
    lambda d, x, y: f.flip(x, axis_of(d, x)),
    lambda d, x, y: f.take(x, d.choices(range(x.shape[0]), k=d.randint(1, 3)), axis=0),
    lambda d, x, y: f.roll(x, d.choice((1, -1, 2)), axis=axis_of(d, x)),
    lambda d, x, y: call(d.choice(("tile", "repeat")), x, 2),
    lambda d, x, y: f.sort(x, axis=axis_of(d, x)),
    lambda d, x, y: f.swapaxes(x, 0, axis_of(d, x)),
    lambda d, x, y: f.diag(x),
    lambda d, x, y: f.diagonal(x),
    lambda d, x, y: call(d.choice(("tril", "triu")), x),
)
PRODUCTS: tuple[Step, ...] = (
    lambda d, x, y: x @ y,
    lambda d, x, y: x @ y,
    lambda d, x, y: x @ _turned(x),
    lambda d, x, y: f.outer(x, y),
    lambda d, x, y: f.trace(x),
    lambda d, x, y: call(d.choice(("kron", "inner")), x, y),
    lambda d, x, y: f.tensordot(x, y, axes=d.choice((0, 1, 2))),
    _einsum,
    _einsum,
)
MATRICES: tuple[Step, ...] = (
    lambda d, x, y: f.inv(x),
    lambda d, x, y: f.inv(regular(x)),
    lambda d, x, y: f.det(x),
    lambda d, x, y: f.logdet(regular(x)),
    lambda d, x, y: f.logdet(x),
    lambda d, x, y: f.solve(x, y),
    lambda d, x, y: f.solve(regular(x), y),
    lambda d, x, y: f.solve(x, x),
    lambda d, x, y: f.matrix_power(x, d.choice((2, 3, -1))),
    lambda d, x, y: f.cholesky(regular(x)),
)
KINDS = (ARITHMETIC, ARITHMETIC, POWERS, ELEMENTWISE, REDUCTIONS, SHAPES, PRODUCTS, MATRICES)

# Scalars of any array, and of two.
ENDS: tuple[Step, ...] = (
    lambda d, x, y: f.sum(x),
    lambda d, x, y: f.sum(x),
    lambda d, x, y: f.sum(f.sin(x)),
    lambda d, x, y: f.sum(x**2),
    lambda d, x, y: f.mean(x),
    lambda d, x, y: f.sum(x * y),
    lambda d, x, y: f.logsumexp(x),
    lambda d, x, y: f.max(x),
    lambda d, x, y: f.norm(f.reshape(x, (int(np.prod(x.shape)),))),
    lambda d, x, y: f.norm(f.reshape(x, (int(np.prod(x.shape)),))) ** d.choice((2, 3, -1)),
    lambda d, x, y: f.sum(x) * f.sum(y),
    lambda d, x, y: f.sum(x) / (1 + f.sum(y) ** 2),
    lambda d, x, y: f.log(f.sum(f.exp(x))),
    lambda d, x, y: f.log(f.sum(x)),
    lambda d, x, y: f.sqrt(f.sum(x**2)),
    lambda d, x, y: f.tanh(f.sum(x)),
)


# -- makers --------------------------------------------------------------------------------------


def _inputs(draw: random.Random) -> list[Call]:
    """Two to four variables with their point: numbers of one size, a few of them special."""
    n, m = draw.choice(((1, 2), (2, 2), (2, 3), (3, 2), (3, 1), (1, 1), (2, 1), (4, 2)))
    shapes = [(), (n,), (n,), (m,), (n, m), (m, n), (n, n), (n, n), (1, n), (n, 1), (2, n, n)]
    scale, odds = draw.choice(SCALES), draw.choice((0.0, 0.0, 0.1, 0.4))
    found: list[Call] = []
    room = MOST_INPUTS
    for name in "ABCD"[: draw.randint(2, 4)]:
        shape = draw.choice([s for s in shapes if np.prod(s) <= room] or [()])
        found.append(leaf(name, values(draw, shape, scale, odds)))
        room -= math.prod(shape)
    return found


def values(draw: random.Random, shape: Sequence[int], scale: float, odds: float) -> np.ndarray:
    """Numbers of a size, some of them special."""
    return np.reshape([coordinate(draw, scale, odds) for _ in range(math.prod(shape))], shape)


def coordinate(draw: random.Random, scale: float, odds: float) -> float:
    return draw.choice(SPECIAL) if draw.random() < odds else round(draw.gauss(0, scale), 3)


def is_moderate(node: Call) -> bool:
    """Whether all its elements are numbers of a size that floats have no trouble with."""
    sizes = [abs(v) for v in np.ravel(node.sample).tolist()]
    return all(not v or LEAST < v < MOST for v in sizes)


def is_representable(node: Call) -> bool:
    """Whether floats have numbers of these sizes."""
    return all(abs(v) < FARTHEST for v in np.ravel(node.sample).tolist())


def fitting(
    step: Step, draw: random.Random, x: Call, y: Call, fits: Callable[[Call], bool] = is_moderate
) -> Call | None:
    try:
        node = step(draw, x, y)
    except REFUSED:
        return None
    small = 0 < int(np.prod(node.shape)) <= LARGEST and node.ndim <= MOST_AXES
    return node if small and all(map(fits, nodes(node))) else None


def _grown(draw: random.Random, pool: list[Call], steps: int) -> list[Call]:
    """The pool with some more nodes, made of what is there; the last ones more often."""
    pool = list(pool)
    for _ in range(8 * steps):
        x, y = (pool[-1 - int(draw.random() ** 3 * len(pool))] for _ in range(2))
        node = fitting(draw.choice(draw.choice(KINDS)), draw, x, y)
        if node is not None:
            pool.append(node)
            steps -= 1
        if not steps:
            break
    return pool


def ended(draw: random.Random, x: Call, y: Call) -> Call:
    while True:
        node = fitting(draw.choice(ENDS), draw, x, y)
        if node is not None and not node.shape:
            return node


def operations(draw: random.Random) -> Call:
    """A scalar of two to eight random operations."""
    while True:
        pool = _grown(draw, _inputs(draw), draw.randint(2, 8))
        total = ended(draw, pool[-1], draw.choice(pool))
        if draw.random() < 0.4:
            total = total + number(draw) * ended(draw, pool[-2], pool[-1])
        if leaves(total) and len(nodes(total)) > 2:
            return total
