"""Random scalars made of arrays: a dozen operations, and the sides of identities.

A maker takes a ``random.Random`` and gives a tree whose leaves carry the point.  Shapes are made
of two sizes of the case's own, so that most operations fit; what does not fit, or has no moderate
value, is drawn again.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from mpmath import mp

from .trees import Call, call, f, leaf, leaves, nodes

__all__ = ["MAKERS", "identities", "operations"]

Step = Callable[[random.Random, Call, Call], Call]
LARGEST, MOST_AXES, MOST_INPUTS = 32, 4, 14
MODERATE = 1e6
SCALES = (0.3, 1.0, 1.0, 2.0)
SPECIAL = (0.0, 1.0, -1.0, 2.0, 0.5)
REFUSED = (ValueError, IndexError, TypeError, ZeroDivisionError, np.exceptions.AxisError)

ALL = slice(None)


# -- choices ---------------------------------------------------------------------------------------


def _axis(draw: random.Random, x: Call) -> int:
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


def _number(draw: random.Random) -> float:
    return draw.choice((2, 3, -1, 0.5, -2, 1.5, 0.1))


def _regular(x: Call) -> Call:
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
    lambda d, x, y: _number(d) * x - y,
    lambda d, x, y: x / y,
    lambda d, x, y: x / (1 + y**2),
    lambda d, x, y: x * x * y,
    lambda d, x, y: x + _number(d),
    lambda d, x, y: f.where(f.less(x, y), x, y * y),
    lambda d, x, y: f.where(f.less(x, _number(d)), x, y),
    lambda d, x, y: f.maximum(x, y),
    lambda d, x, y: f.minimum(x, y),
    lambda d, x, y: f.hypot(x, y),
    lambda d, x, y: f.logaddexp(x, y),
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
    lambda d, x, y: f.norm(x, axis=_axis(d, x)),
    lambda d, x, y: f.norm(x, ord=d.choice((1, 2, 3, 1.5, np.inf)), axis=_axis(d, x)),
    lambda d, x, y: f.logsumexp(x, axis=_axes(d, x), keepdims=d.random() < 0.5),
    lambda d, x, y: f.softmax(x, axis=_axis(d, x)),
    lambda d, x, y: f.log_softmax(x, axis=_axis(d, x)),
    lambda d, x, y: f.cumsum(x, axis=_axis(d, x)),
)
SHAPES: tuple[Step, ...] = (
    lambda d, x, y: f.transpose(x, _permutation(d, x)),
    lambda d, x, y: f.transpose(x),
    lambda d, x, y: f.reshape(x, _shape(d, x)),
    lambda d, x, y: x[_item(d, x)],
    lambda d, x, y: f.concatenate([x, y], axis=_axis(d, x)),
    lambda d, x, y: f.stack([x, y], axis=d.randint(0, x.ndim)),
    lambda d, x, y: f.expand_dims(x, d.randint(0, x.ndim)),
    lambda d, x, y: f.broadcast_to(x, (d.choice((1, 2)), *x.shape)),
    lambda d, x, y: f.flip(x, _axis(d, x)),
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
    _einsum,
    _einsum,
)
MATRICES: tuple[Step, ...] = (
    lambda d, x, y: f.inv(x),
    lambda d, x, y: f.inv(_regular(x)),
    lambda d, x, y: f.det(x),
    lambda d, x, y: f.logdet(_regular(x)),
    lambda d, x, y: f.logdet(x),
    lambda d, x, y: f.solve(x, y),
    lambda d, x, y: f.solve(_regular(x), y),
    lambda d, x, y: f.solve(x, x),
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
        values = [_coordinate(draw, scale, odds) for _ in range(int(np.prod(shape)))]
        found.append(leaf(name, np.reshape(values, shape)))
        room -= len(values)
    return found


def _coordinate(draw: random.Random, scale: float, odds: float) -> float:
    return draw.choice(SPECIAL) if draw.random() < odds else round(draw.gauss(0, scale), 3)


def is_moderate(node: Call) -> bool:
    """Whether all its elements are numbers of a size that floats have no trouble with."""
    return all(mp.isfinite(v) and abs(v) < MODERATE for v in np.ravel(node.sample).tolist())


def _made(step: Step, draw: random.Random, x: Call, y: Call) -> Call | None:
    try:
        node = step(draw, x, y)
    except REFUSED:
        return None
    small = 0 < int(np.prod(node.shape)) <= LARGEST and node.ndim <= MOST_AXES
    return node if small and is_moderate(node) else None


def _grown(draw: random.Random, pool: list[Call], steps: int) -> list[Call]:
    """The pool with some more nodes, made of what is there; the last ones more often."""
    pool = list(pool)
    for _ in range(8 * steps):
        x, y = (pool[-1 - int(draw.random() ** 3 * len(pool))] for _ in range(2))
        node = _made(draw.choice(draw.choice(KINDS)), draw, x, y)
        if node is not None:
            pool.append(node)
            steps -= 1
        if not steps:
            break
    return pool


def _ended(draw: random.Random, x: Call, y: Call) -> Call:
    while True:
        node = _made(draw.choice(ENDS), draw, x, y)
        if node is not None and not node.shape:
            return node


def operations(draw: random.Random) -> Call:
    """A scalar of two to eight random operations."""
    while True:
        pool = _grown(draw, _inputs(draw), draw.randint(2, 8))
        total = _ended(draw, pool[-1], draw.choice(pool))
        if draw.random() < 0.4:
            total = total + _number(draw) * _ended(draw, pool[-2], pool[-1])
        if leaves(total) and len(nodes(total)) > 2:
            return total


# Both sides of an identity, of two square matrices and two vectors.
IDENTITIES: tuple[Callable[[Call, Call, Call, Call], tuple[Call, Call]], ...] = (
    lambda A, B, u, v: (f.trace(A @ B), f.sum(A * f.transpose(B))),
    lambda A, B, u, v: (f.trace(A @ B), f.trace(B @ A)),
    lambda A, B, u, v: (f.trace(f.transpose(A) @ A), f.sum(A**2)),
    lambda A, B, u, v: (f.transpose(A @ B), f.transpose(B) @ f.transpose(A)),
    lambda A, B, u, v: (A @ f.inv(A), f.eye(len(A.sample))),
    lambda A, B, u, v: (A @ f.solve(A, u), u),
    lambda A, B, u, v: (f.inv(A) @ u, f.solve(A, u)),
    lambda A, B, u, v: (f.inv(A @ B), f.inv(B) @ f.inv(A)),
    lambda A, B, u, v: (f.transpose(f.inv(A)), f.inv(f.transpose(A))),
    lambda A, B, u, v: (f.det(A @ B), f.det(A) * f.det(B)),
    lambda A, B, u, v: (f.log(f.det(_regular(A))), f.logdet(_regular(A))),
    lambda A, B, u, v: (f.logdet(A @ f.transpose(A)), f.log(f.det(A) ** 2)),
    lambda A, B, u, v: (f.log(f.softmax(u, axis=0)), f.log_softmax(u, axis=0)),
    lambda A, B, u, v: (f.log(f.softmax(A, axis=1)), A - f.logsumexp(A, axis=1, keepdims=True)),
    lambda A, B, u, v: (f.softmax(u, axis=0), f.exp(u) / f.sum(f.exp(u))),
    lambda A, B, u, v: (f.exp(f.log_softmax(u, axis=0)), f.softmax(u, axis=0)),
    lambda A, B, u, v: (f.sum(f.softmax(A, axis=0), axis=0), f.array([1.0] * len(A.sample))),
    lambda A, B, u, v: (f.log(f.sum(f.exp(u))), f.logsumexp(u)),
    lambda A, B, u, v: (f.log(f.sum(f.exp(u) * f.exp(v))), f.logsumexp(u + v)),
    lambda A, B, u, v: (f.norm(u) ** 2, u @ u),
    lambda A, B, u, v: (f.norm(u) ** 2, f.sum(u**2)),
    lambda A, B, u, v: (f.norm(u - v) ** 2, f.sum(u**2) - 2 * (u @ v) + f.sum(v**2)),
    lambda A, B, u, v: (f.norm(u) ** 3, f.sum(u**2) * f.sqrt(f.sum(u**2))),
    lambda A, B, u, v: (f.sqrt(f.sum(u**2)), f.norm(u)),
    lambda A, B, u, v: (u @ A @ v, f.sum(A * f.outer(u, v))),
    lambda A, B, u, v: (f.outer(u, v) @ u, u * (v @ u)),
    lambda A, B, u, v: (f.diag(u) @ v, u * v),
    lambda A, B, u, v: (f.diag(u) @ A, f.expand_dims(u, 1) * A),
    lambda A, B, u, v: (A @ (B @ u), (A @ B) @ u),
    lambda A, B, u, v: (A @ (u + v), A @ u + A @ v),
    lambda A, B, u, v: (f.einsum("ij,jk->ik", A, B), A @ B),
    lambda A, B, u, v: (f.einsum("ij,ij->", A, B), f.sum(A * B)),
    lambda A, B, u, v: (f.einsum("ii->i", A), f.diagonal(A)),
    lambda A, B, u, v: (f.mean(u), f.sum(u) / len(u.sample)),
    lambda A, B, u, v: (f.var(u), f.mean(u**2) - f.mean(u) ** 2),
    lambda A, B, u, v: (f.cumsum(u, axis=0)[-1], f.sum(u)),
    lambda A, B, u, v: (f.concatenate([u, v], axis=0), f.reshape(f.stack([u, v], axis=0), (-1,))),
    lambda A, B, u, v: (f.sum(f.concatenate([u, v], axis=0)), f.sum(u) + f.sum(v)),
    lambda A, B, u, v: (f.tril(A) + f.triu(A), A + f.diag(f.diagonal(A))),
    lambda A, B, u, v: (f.exp(f.sum(u)), f.prod(f.exp(u))),
    lambda A, B, u, v: (f.prod(u * v), f.prod(u) * f.prod(v)),
    lambda A, B, u, v: (f.maximum(u, v) + f.minimum(u, v), u + v),
    lambda A, B, u, v: (f.max(u), -1 * f.min(-1 * u)),
    lambda A, B, u, v: (f.sigmoid(u) + f.sigmoid(-1 * u), f.array([1.0] * len(u.sample))),
    lambda A, B, u, v: (f.sigmoid(A) * (1 - f.sigmoid(A)), f.sigmoid(A) - f.sigmoid(A) ** 2),
    lambda A, B, u, v: (f.tanh(u), 2 * f.sigmoid(2 * u) - 1),
    lambda A, B, u, v: (f.sin(A) ** 2, 1 - f.cos(A) ** 2),
    lambda A, B, u, v: (f.exp(u) * f.exp(v), f.exp(u + v)),
)
# Ways to put two expressions of one value, and of any shape, together.
SCATTERED: tuple[Step, ...] = (
    lambda d, p, q: p + q,
    lambda d, p, q: _number(d) * p - q,
    lambda d, p, q: p * q,
    lambda d, p, q: p**2 - 3 * q,
    lambda d, p, q: p * p * q,
    lambda d, p, q: p / (1 + q**2),
    lambda d, p, q: p / q,
    lambda d, p, q: f.exp(p) - q,
    lambda d, p, q: f.stack([p, q], axis=0),
    lambda d, p, q: (p - q) * _number(d) + p,
)


def identities(draw: random.Random) -> Call:
    """The sides of an identity, scattered into a scalar, in half of the cases below a step more."""
    while True:
        n = draw.choice((1, 2, 2, 3))
        scale, odds = draw.choice(SCALES), draw.choice((0.0, 0.0, 0.2))
        named = zip("ABuv", ((n, n), (n, n), (n,), (n,)), strict=True)
        inputs = [leaf(name, _values(draw, shape, scale, odds)) for name, shape in named]
        try:
            left, right = draw.choice(IDENTITIES)(*inputs)
        except REFUSED:
            continue
        mixed = _made(draw.choice(SCATTERED), draw, left, right)
        above = mixed
        if mixed is not None and draw.random() < 0.5:
            above = _made(draw.choice(draw.choice(KINDS)), draw, mixed, draw.choice(inputs))
        if above is not None:
            return _ended(draw, above, draw.choice([left, right, *inputs]))


def _values(draw: random.Random, shape: tuple[int, ...], scale: float, odds: float) -> np.ndarray:
    values = [_coordinate(draw, scale, odds) for _ in range(int(np.prod(shape)))]
    return np.reshape(values, shape)


MAKERS: dict[str, Callable[[random.Random], Call]] = {
    "arrays": operations, "array identities": identities,
}  # fmt: skip
