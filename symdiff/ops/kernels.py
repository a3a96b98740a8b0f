"""NumPy implementations of the rows that have no function of NumPy or SciPy to name.

Arguments may carry any number of leading batch axes; axes are counted from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import KindError

Array = Any
REFLECTED = -20.0  # SciPy's polygamma takes a step for each unit below 9
MOST_STEPS = 1000  # of a recurrence in the order


def softplus(x: Array) -> Array:
    """log(1 + exp(x)); inf and nan pass through."""
    return np.logaddexp(0.0, x)


def sech(x: Array) -> Array:
    """1/cosh(x), which is tiny where cosh overflows: beyond 700 it falls like exp(-x)."""
    far = np.abs(x)
    near = np.minimum(far, 700.0)
    return np.exp(near - far) / np.cosh(near)


def log_cosh(x: Array) -> Array:
    """log(cosh(x)) with all digits next to 0 and without overflow."""
    a = np.abs(x)
    near = np.log1p(2 * np.square(np.sinh(np.minimum(a, 1.0) / 2)))
    return np.where(a < 1, near, a + (np.log1p(np.exp(-2 * a)) - np.log(2.0)))[()]


def log1mexp(x: Array) -> Array:
    """log(1 - exp(-x)), -0 for large x."""
    near = np.log(-np.expm1(-np.minimum(x, 1.0)))
    return np.where(np.less(x, np.log(2.0)), near, np.log1p(-np.exp(-x)))[()]


def logit(x: Array) -> Array:
    """log(x/(1 - x)) with all digits next to 1/2, where it is 0."""
    middle = 2 * np.arctanh(2 * np.clip(x, 0.25, 0.75) - 1)
    return np.where(np.abs(x - 0.5) < 0.25, middle, np.log(np.divide(x, np.subtract(1.0, x))))[()]


def log_erfc(x: Array) -> Array:
    """log(erfc(x)) with all digits next to 0, where erfc is 1, and without underflow."""
    from scipy import special

    near = np.log1p(-special.erf(np.minimum(x, 0.5)))
    far = np.maximum(x, 0.5)
    return np.where(np.less(x, 0.5), near, np.log(special.erfcx(far)) - np.square(far))[()]


def inverse_mills(x: Array) -> Array:
    """The normal density over the normal distribution function; 0 for large x, -x for small."""
    from scipy import special

    return np.sqrt(2 / np.pi) / special.erfcx(-np.sqrt(0.5) * x)


def relu(x: Array) -> Array:
    """max(x, 0), a nan stays nan."""
    return np.maximum(x, 0.0)


def polygamma(n: Array, x: Array) -> Array:
    """The n-th derivative of digamma.

    Raises: KindError for an order that is no whole number.
    """
    from scipy import special

    order: Array = np.asarray(n, dtype=np.float64)
    cut = order[order % 1 > 0]
    if cut.size:
        raise KindError(
            f"polygamma is a derivative of digamma, of order 0, 1, 2, ...; got {cut.flat[0]}"
        )
    far = np.less(x, REFLECTED)
    found: Array = special.polygamma(order, np.where(far, np.nan, x))
    orders = np.unique(np.broadcast_to(order, np.shape(found))[far]) if np.any(far) else ()
    for degree in [int(k) for k in orders if k < np.inf]:
        reflected = _reflected_polygamma(degree, np.where(far, x, np.nan))
        found = np.where(far & (order == degree), reflected, found)
    return found


def _reflected_polygamma(n: int, x: Array) -> Array:
    """``(-1)**n * polygamma(n, 1 - x)`` less ``pi`` times the n-th derivative of ``cot(pi*x)``.

    Source: DLMF 5.15.6; the derivative of ``cot`` is ``-1 - cot**2``.
    """
    from scipy import special

    slope = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        slope = slope.deriv() * np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    with np.errstate(all="ignore"):
        cot = 1 / np.tan(np.pi * (x - np.round(x)))
        value = slope.coef[-1]
        for coefficient in slope.coef[-2::-1]:  # NumPy's own evaluation is nan at infinity
            value = value * cot + coefficient
        return (-1) ** n * special.polygamma(n, 1 - x) - np.pi ** (n + 1) * value


def bessel_i(n: Array, x: Array) -> Array:
    """Modified Bessel function of real order; nan for x < 0 unless the order is whole."""
    from scipy import special

    order, x, flip = _reflected(n, x)
    order = np.where(order % 1 == 0, np.abs(order), order)  # SciPy's has no values for -1 at x < 0
    return flip * special.iv(order, np.minimum(x, 1e4))


def spherical_jn(n: Array, x: Array) -> Array:
    """Spherical Bessel function of the first kind, of real order; nan for x < 0 unless it is whole.

    Source: DLMF 10.47.3; SciPy's has the orders 0, 1, 2, ... alone, and takes a step for each.
    """
    from scipy import special

    order, x, flip = _reflected(n, x)
    known = (order % 1 == 0) & (order >= 0) & (order <= MOST_STEPS)
    found = special.spherical_jn(np.where(known, order, 0).astype(np.int64), x)
    if not np.all(known):
        others = np.sqrt(np.pi / 2 / x) * special.jv(order + 0.5, x)
        found = np.where(known, found, np.where((x == 0) & (order > 0), 0.0, others))
    return flip * found


def _reflected(n: Array, x: Array) -> tuple[Array, Array, Array]:
    """The order, the argument and a sign in front: ``f(n, -x)`` is ``(-1)**n * f(n, x)`` for a
    whole order n, so that the argument need not be negative.
    """
    order = np.asarray(n, dtype=np.float64)
    flip = np.where((order % 2 == 1) & np.signbit(x), -1.0, 1.0)
    return order, np.where(order % 1 == 0, np.abs(x), x), flip


def reshape(x: Array, rank: int, shape: tuple[int, ...]) -> Array:
    """The last ``rank`` axes in a new shape."""
    lead = np.shape(x)[: np.ndim(x) - rank]
    return np.reshape(x, lead + shape)


def aligned_shape(shape: tuple[int, ...], rank: int, target: int) -> tuple[int, ...]:
    """A shape with axes of size 1 put in before its last ``rank`` axes, so that these are
    ``target`` axes and batch axes meet batch axes.

    >>> aligned_shape((16, 2), 1, 2)
    (16, 1, 2)
    """
    at = len(shape) - rank
    return shape[:at] + (1,) * (target - rank) + shape[at:]


def aligned(x: Array, rank: int, target: int) -> Array:
    """A batch of values of ``rank`` axes, with axes put in for values of ``target`` axes."""
    shape = np.shape(x)
    return x if rank in (target, len(shape)) else np.reshape(x, aligned_shape(shape, rank, target))


def broadcast_to(x: Array, rank: int, shape: tuple[int, ...]) -> Array:
    """The last ``rank`` axes broadcast to ``shape``."""
    lead = np.shape(x)[: np.ndim(x) - rank]
    return np.broadcast_to(aligned(x, rank, len(shape)), lead + shape)


def transpose(x: Array, axes: tuple[int, ...]) -> Array:
    """The last axes in a new order, given as negative numbers."""
    lead = tuple(range(np.ndim(x) - len(axes)))
    return np.transpose(x, lead + tuple(a % np.ndim(x) for a in axes))


def stack(*parts: Array, axis: int) -> Array:
    if not any(isinstance(part, np.ndarray) for part in parts):
        return np.array(parts)  # a tenth of the time
    return np.stack(np.broadcast_arrays(*parts), axis=axis)


def index(x: Array, index: tuple[Any, ...]) -> Array:
    return x[(..., *decode(index))]


def scatter(x: Array, index: tuple[Any, ...], rank: int, shape: tuple[int, ...]) -> Array:
    """Zeros of ``shape`` with ``x`` written at ``index``; ``rank`` is the rank that index gives."""
    out = np.zeros(np.shape(x)[: np.ndim(x) - rank] + shape, dtype=np.result_type(x))
    out[(..., *decode(index))] = x
    return out


def einsum(*operands: Array, subscripts: str) -> Array:
    """``np.einsum`` that maps over leading batch axes of every operand."""
    words, _, output = subscripts.partition("->")
    left = ",".join(["..." + word for word in words.split(",")])
    return np.einsum(f"{left}->...{output}", *operands, optimize=len(operands) > 2)


def diagonal(x: Array) -> Array:
    return np.diagonal(x, axis1=-2, axis2=-1)


def trace(x: Array) -> Array:
    return np.trace(x, axis1=-2, axis2=-1)


def diag(x: Array) -> Array:
    """Matrices with the vectors along the last axis on their diagonals."""
    n = np.shape(x)[-1]
    out = np.zeros((*np.shape(x), n), dtype=np.result_type(x))
    np.einsum("...ii->...i", out)[...] = x
    return out


def eye(shape: tuple[int, ...]) -> Array:
    """The identity of arrays of ``shape``: shape ``shape + shape``."""
    return np.eye(int(np.prod(shape, dtype=np.int64))).reshape(shape + shape)


def encode(index: tuple[Any, ...]) -> tuple[Any, ...]:
    """An index with its slices as tuples, so that it can be a hashable parameter."""
    return tuple((i.start, i.stop, i.step) if isinstance(i, slice) else i for i in index)


def decode(index: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(slice(*i) if isinstance(i, tuple) else i for i in index)


def sigmoid_cross_entropy(z: Array, x: Array) -> Array:
    """``log(1 + exp(x)) - x*z`` without overflow, and without cancellation where z is 0 or 1."""
    return np.maximum(x, 0) - x * z + np.log1p(np.exp(-np.abs(x)))
