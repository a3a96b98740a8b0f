"""NumPy implementations of the rows of ``reductions.py``.

Arguments may carry any number of leading batch axes; axes are counted from the end.
"""

from __future__ import annotations

from math import isqrt
from math import prod as prod_of
from typing import Any

import numpy as np

Array = Any
Axes = tuple[int, ...]

SMALLEST = 1e-140  # of the norms whose squares have all their bits
SHORT = 256  # steps of a recurrence that are taken one by one


def prod(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.prod(x, axis=axes, keepdims=keepdims)


def max(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.max(x, axis=axes, keepdims=keepdims)


def min(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.min(x, axis=axes, keepdims=keepdims)


def any(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.any(x, axis=axes, keepdims=keepdims)


def all(x: Array, axes: Axes, keepdims: bool) -> Array:
    return np.all(x, axis=axes, keepdims=keepdims)


def argmax(x: Array, axis: int, keepdims: bool) -> Array:
    return np.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Array, axis: int, keepdims: bool) -> Array:
    return np.argmin(x, axis=axis, keepdims=keepdims)


def argsort(x: Array, axis: int) -> Array:
    return np.argsort(x, axis=axis, kind="stable")


def cumsum(x: Array, axis: int, reverse: bool) -> Array:
    if reverse:
        return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)
    return np.cumsum(x, axis=axis)


def cumprod(x: Array, axis: int, reverse: bool, exclusive: bool) -> Array:
    x = np.flip(x, axis) if reverse else np.asarray(x)
    if exclusive:
        x = np.concatenate([np.ones_like(_part(x, axis, 0, 1)), _part(x, axis, 0, -1)], axis=axis)
    out = np.cumprod(x, axis=axis)
    return np.flip(out, axis) if reverse else out


def recurrence(a: Array, b: Array, axis: int, reverse: bool, exclusive: bool) -> Array:
    """``y[k] = a[k]*y[k - 1] + b[k]`` along an axis, started with 0; ``y[k - 1]`` if exclusive."""
    a, b = [np.moveaxis(x, axis, 0) for x in np.broadcast_arrays(a, b)]
    if reverse:
        a, b = a[::-1], b[::-1]
    y = _recurrence(a, b)
    if exclusive:
        y = np.concatenate([np.zeros_like(y[:1]), y[:-1]])
    return np.moveaxis(y[::-1] if reverse else y, 0, axis)


def _recurrence(a: Array, b: Array) -> Array:
    """Along the first axis; long ones by blocks side by side, which are joined at their ends."""
    n = len(a)
    y = np.array(b, dtype=np.result_type(a, b))
    if n <= SHORT:
        _run(a, y, 1)
        return y
    size = isqrt(n)
    whole = n - n % size
    inside, factors = [
        x[:whole].reshape(-1, size, *x.shape[1:]).swapaxes(0, 1).copy() for x in (y, a)
    ]
    _run(factors, inside, 1)
    scale = np.cumprod(factors, axis=0)
    ends = inside[-1].copy()
    _run(scale[-1], ends, 1)
    inside[:, 1:] += scale[:, 1:] * ends[:-1]
    y[:whole] = inside.swapaxes(0, 1).reshape(whole, *a.shape[1:])
    _run(a, y, whole)
    return y


def _run(a: Array, y: Array, start: int) -> None:
    """``y`` as the recurrence from its terms, in place, one step after another."""
    for k in range(start, len(y)):
        y[k] += a[k] * y[k - 1]


def logsumexp(x: Array, axes: Axes, keepdims: bool) -> Array:
    """Never overflows, and terms that are small next to the largest one count."""
    top, rest = _largest_and_rest(x, axes)
    out = top + rest
    return out if keepdims else np.squeeze(out, axes)


def log_softmax(x: Array, axes: Axes) -> Array:
    top, rest = _largest_and_rest(x, axes)
    return (x - top) - rest


def _largest_and_rest(x: Array, axes: Axes) -> tuple[Array, Array]:
    """The largest elements, and what the logarithm of the sum of exponentials has beyond them."""
    top = np.max(x, axis=axes, keepdims=True)
    at_top = np.asarray(x == top)
    powers = _powers(x, top)
    np.copyto(powers, 0, where=at_top)
    count = np.sum(at_top.astype(powers.dtype), axis=axes, keepdims=True)
    others = np.sum(powers, axis=axes, keepdims=True)
    return top, np.log(count) + np.log1p(others / count)


def _powers(x: Array, top: Array) -> Array:
    """``exp(x - top)``, with one new array: large ones cost more to get than to fill."""
    shifted = np.asarray(x - top)
    return np.asarray(np.exp(shifted, out=shifted if shifted.dtype.kind in "fc" else None))


def softmax(x: Array, axes: Axes) -> Array:
    powers = _powers(x, np.max(x, axis=axes, keepdims=True))
    powers /= np.sum(powers, axis=axes, keepdims=True)
    return powers


def norm(x: Array, axes: Axes, keepdims: bool) -> Array:
    """The Euclidean norm; scaled by the largest element where squares over- or underflow."""
    x = np.abs(x)
    out = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
    if not np.all((out > SMALLEST) & (out < np.inf)):
        top = np.max(x, axis=axes, keepdims=True, initial=0)
        scale = np.where((top > 0) & (top < np.inf), top, 1)
        out = scale * np.sqrt(np.sum(np.square(x / scale), axis=axes, keepdims=True))
    return out if keepdims else np.squeeze(out, axes)


def var(x: Array, axes: Axes, keepdims: bool, correction: float) -> Array:
    """NumPy's own warns of a divisor that is not positive; here the value is inf or nan."""
    x = _shifted(x, axes)
    count = prod_of([np.shape(x)[a] for a in axes])
    squares = np.square(np.abs(x - np.sum(x, axis=axes, keepdims=True) / count))
    divisor = count - correction if correction < count else 0
    return np.sum(squares, axis=axes, keepdims=keepdims) / divisor


def std(x: Array, axes: Axes, keepdims: bool, correction: float) -> Array:
    return np.sqrt(var(x, axes, keepdims, correction))


def _shifted(x: Array, axes: Axes) -> Array:
    """Less the first element, so that equal elements have a deviation of exactly 0."""
    first = x
    for axis in axes:
        first = _part(first, axis, 0, 1)
    return x - first


def _part(x: Array, axis: int, start: int, stop: int) -> Array:
    return x[(..., slice(start, stop), *(slice(None),) * (-axis - 1))]
