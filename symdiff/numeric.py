"""Derivatives without derivative rules: difference quotients, the complex step, dual numbers.

The functions take an expression with ``at={x: 3, y: 4}`` or, in the order of the variables' names,
``at=[3, 4]``, or a Python function with ``at=[3, 4]`` (its positional arguments) or ``at={"x": 3}``
(its keywords); the result has the structure of ``at``, each entry of the shape of its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np

from .backend.evaluate import evaluator
from .errors import ArityError, NotScalar
from .expr import Expr
from .messages import listed, short
from .show.sharing import by_name
from .structure import Rebuild, flatten
from .walk import postorder

Function = Callable[..., Any]
Point = Sequence[Any] | Mapping[Any, Any]

CUBE_ROOT = np.finfo(float).eps ** (1 / 3)  # the step that balances truncation and rounding
FOURTH_ROOT = np.finfo(float).eps ** (1 / 4)


def forward_difference(f: Any, at: Point, step: float = 1e-4) -> Any:
    """The gradient by ``(f(x + step) - f(x)) / step``: n + 1 calls, an error of order ``step``.

    >>> print("%.4f %.4f" % tuple(forward_difference(lambda x, y: x**2*y + y + 2, [3, 4])))
    24.0004 10.0000
    """
    call, values, restore = _problem(f, at)
    base = _real(call(values))
    return restore(
        _each(values, lambda i, j: (_real(call(_moved(values, (i, j, step)))) - base) / step)
    )


def central_difference(f: Any, at: Point, step: float | None = None) -> Any:
    """The gradient by ``(f(x + h) - f(x - h)) / 2h``: 2n calls, an error of order ``h**2``.

    ``step`` is h; left out, it is 6e-6 times the size of each coordinate, at least 6e-6.

    >>> print("%.8f %.8f" % tuple(central_difference(lambda x, y: x**2*y + y + 2, [3, 4])))
    24.00000000 10.00000000
    """
    call, values, restore = _problem(f, at)

    def slope(i: int, j: tuple[int, ...]) -> Any:
        h = CUBE_ROOT * max(1.0, abs(values[i][j])) if step is None else step
        up, down = _moved(values, (i, j, h)), _moved(values, (i, j, -h))
        return (_real(call(up)) - _real(call(down))) / (up[i][j] - down[i][j])

    return restore(_each(values, slope))


def resolved_difference(
    f: Any, at: Mapping[Any, Any], key: Any, place: Any, noise: float = 0.0
) -> tuple[float, float]:
    """One entry of the gradient, and a bound on its error, however fast f varies.

    Central differences with steps from a sixteenth of the coordinate down to 1e-13 of it,
    extrapolated twice to the step 0 (Ridders, Adv. Eng. Software 4 (1982), 75).  The one that
    agrees best, for its size, with its neighbours on both sides is taken: steps longer than a wave
    of f give small values that agree by accident, but not to many digits.  ``noise`` is the
    rounding error of f.

    >>> from math import cos, sin
    >>> found, error = resolved_difference(lambda x: sin(4000*x), {"x": 0.3}, "x", ())
    >>> abs(found - 4000*cos(1200)) <= error <= 1e-3
    True
    """
    call, values, _ = _problem(f, at)
    i = list(at).index(key)
    size = max(1.0, abs(float(values[i][place])))
    quotients, rounding = [], []
    for halvings in range(4, 46, 2):
        h = 0.5**halvings * size
        up, down = _moved(values, (i, place, h)), _moved(values, (i, place, -h))
        above, below = _real(call(up)), _real(call(down))
        width = float(up[i][place] - down[i][place])
        quotients.append((above - below) / width)
        rounding.append((2.0**-50 * (abs(above) + abs(below)) + 2 * noise) / width)
    for factor in (16.0, 256.0):  # the terms of order h**2, then h**4, go
        quotients = [q + (q - coarser) / (factor - 1) for coarser, q in pairwise(quotients)]
    choices = []
    for k, here in enumerate(quotients[1:-1], 1):
        error = max(abs(here - quotients[k - 1]), abs(here - quotients[k + 1])) + rounding[k + 2]
        choices.append((error / abs(here) if here else inf, error, here))
    _, error, best = min(choices)
    return best, error


def complex_step(f: Any, at: Point, step: float = 1e-30) -> Any:
    """The gradient by ``imag(f(x + i*step)) / step``, exact to rounding for analytic functions.

    Every function on the way must accept complex numbers and be analytic: no ``abs``, no
    comparison that decides by the imaginary part.

    >>> print(*complex_step(lambda x, y: x**2*y + y + 2, [3, 4]))
    24.0 10.0
    """
    call, values, restore = _problem(f, at)

    def slope(i: int, j: tuple[int, ...]) -> Any:
        return float(np.imag(call(_moved(values, (i, j, 1j * step)))) / step)

    return restore(_each(values, slope))


def difference_hessian(f: Any, at: Point, step: float | None = None) -> Any:
    """The Hessian by central second differences, nested twice in the structure of ``at``.

    ``step`` is the distance in each coordinate; left out, 1.2e-4 times the size of each
    coordinate, at least 1.2e-4.

    >>> h = difference_hessian(lambda x, y: x**2*y + y + 2, [3, 4])
    >>> print(*["%.4f" % (abs(e) if abs(e) < 1e-6 else e) for row in h for e in row])
    8.0000 6.0000 6.0000 0.0000
    """
    call, values, restore = _problem(f, at)

    def size(i: int, j: tuple[int, ...]) -> float:
        return FOURTH_ROOT * max(1.0, abs(values[i][j])) if step is None else step

    def second(i: int, j: tuple[int, ...], k: int, m: tuple[int, ...]) -> Any:
        a, b = size(i, j), size(k, m)
        total = 0.0
        for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            total += s * t * _real(call(_moved(values, (i, j, s * a), (k, m, t * b))))
        return total / (4 * a * b)

    def block(i: int, k: int) -> Any:
        cells = np.empty(values[i].shape + values[k].shape)
        for j in np.ndindex(values[i].shape):
            for m in np.ndindex(values[k].shape):
                cells[j + m] = second(i, j, k, m)
        return _plain(cells)

    places = range(len(values))
    return restore([restore([block(i, k) for k in places]) for i in places])


def _problem(f: Any, at: Point) -> tuple[Callable[[list[Any]], Any], list[Any], Rebuild]:
    """The function of a list of float arrays, the point as such a list, and the structure."""
    leaves, restore = flatten(at)
    values = [np.asarray(leaf, dtype=float) for leaf in leaves]
    graph = evaluator(f) if isinstance(f, Expr) or not callable(f) else None
    names = [] if graph is None or isinstance(at, Mapping) else list(by_name(postorder([f])))
    if names and len(names) != len(values):
        raise ArityError(short(f), f"{len(names)} values, for {listed(names)}", len(values))

    def call(point: list[Any]) -> Any:
        given = restore([_plain(p) for p in point])
        if graph is not None:
            return graph(dict(zip(names, map(_plain, point), strict=True)) if names else given)
        several = isinstance(given, (list, tuple))
        out = f(**given) if isinstance(given, Mapping) else f(*given) if several else f(given)
        if np.shape(out):
            raise NotScalar("a difference quotient", np.shape(out))
        return out

    return call, values, restore


def _moved(values: list[Any], *moves: tuple[int, tuple[int, ...], complex]) -> list[Any]:
    point = list(values)
    for i, at, by in moves:
        point[i] = np.array(point[i], dtype=np.result_type(point[i], type(by)))
        point[i][at] += by
    return point


def _each(values: list[Any], slope: Callable[[int, tuple[int, ...]], Any]) -> list[Any]:
    found = []
    for i, value in enumerate(values):
        cells = np.empty(value.shape)
        for j in np.ndindex(value.shape):
            cells[j] = slope(i, j)
        found.append(_plain(cells))
    return found


def _plain(value: Any) -> Any:
    return value.item() if np.ndim(value) == 0 else value


def _real(value: Any) -> float:
    return float(value)
