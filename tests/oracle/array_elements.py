"""Models by elements: scalars made of single elements, parts of arrays, and lists of scalars, with
small matrices of them whose determinants, inverses and solutions are formulas.
"""

from __future__ import annotations

import random
from functools import partial

import numpy as np

from .arrays import (
    ARITHMETIC,
    ELEMENTWISE,
    POWERS,
    SCALES,
    Step,
    axis_of,
    ended,
    fitting,
    number,
    values,
)
from .trees import Call, f, leaf, leaves, nodes

__all__ = ["elements"]

SCALARS = (ARITHMETIC, ARITHMETIC, ARITHMETIC, POWERS, ELEMENTWISE)


def _element(draw: random.Random, x: Call) -> Call:
    """One element of an array, a number as it is."""
    return x[tuple([draw.randrange(-n, n) for n in x.shape])] if x.shape else x


def _part(draw: random.Random, x: Call) -> Call:
    """A row, a column, a few elements in a row or by their places."""
    axis = axis_of(draw, x) % x.ndim
    n = x.shape[axis]
    start = draw.randrange(n)
    if draw.random() < 0.3:
        return f.take(x, draw.choices(range(n), k=draw.randint(1, 2)), axis=axis)
    item = draw.choice((start, slice(start, None), slice(None, start + 1), slice(None, None, 2)))
    return x[(*(slice(None),) * axis, item)]


def _rosenbrock(draw: random.Random, x: Call) -> Call:
    places = range(x.shape[0] - 1)
    terms = [number(draw) * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in places]
    return sum(terms[1:], start=terms[0])


def _listed(draw: random.Random, pool: list[Call], *shape: int) -> Call:
    """A list of scalars, or a list of such lists; some of them are numbers."""
    if len(shape) > 1:
        rows = [_listed(draw, pool, *shape[1:]) for _ in range(shape[0])]
        return f.stack(rows, axis=draw.choice((0, 0, 0, 1)))
    scalars = [x for x in pool if not x.shape]
    return f.stack([draw.choice(scalars) for _ in range(shape[0])], axis=0)


def _of_matrix(draw: random.Random, pool: list[Call]) -> Call:
    n = draw.choice((2, 2, 2, 3))
    a = _listed(draw, pool, n, n)
    ways: tuple[Step, ...] = (
        lambda d, a, b: f.det(a),
        lambda d, a, b: f.det(a),
        lambda d, a, b: f.inv(a),
        lambda d, a, b: f.solve(a, b),
        lambda d, a, b: f.solve(a, a @ b),
        lambda d, a, b: f.trace(a),
        lambda d, a, b: a @ b,
        lambda d, a, b: b @ a @ b,
        lambda d, a, b: f.inv(a) @ a,
    )
    return draw.choice(ways)(draw, a, _listed(draw, pool, n))


def _more(pool: list[Call], draw: random.Random, *_: Call) -> Call:
    """One more node: mostly a scalar, else a list, a part or a function of a small matrix."""
    arrays = [x for x in pool if x.shape]
    way = draw.random()
    if way < 0.35:
        return _element(draw, draw.choice(pool))
    if way < 0.5:
        return _of_matrix(draw, pool)
    if way < 0.6:
        return _listed(draw, pool, draw.choice((2, 3)))
    if way < 0.7:
        return _part(draw, draw.choice(arrays))
    if way < 0.75:
        return _rosenbrock(draw, draw.choice([x for x in arrays if x.ndim == 1 and x.shape[0] > 1]))
    step = draw.choice(draw.choice(SCALARS))
    pair = draw.choices(pool if way > 0.95 else [x for x in pool if not x.shape], k=2)
    return step(draw, *pair)


def elements(draw: random.Random) -> Call:
    """A scalar of the elements of one to three arrays."""
    while True:
        scale, odds = draw.choice(SCALES), draw.choice((0.0, 0.0, 0.2))
        shapes = [draw.choice(((2,), (2,), (3,), (4,), (2, 2), (2, 3))) for _ in "AB"]
        pool = [
            leaf(name, values(draw, shape, scale, odds))
            for name, shape in zip("AB", shapes[: draw.randint(1, 2)], strict=False)
        ]
        pool += [_element(draw, draw.choice(pool)) for _ in range(draw.randint(2, 4))]
        pool.append(leaf("s", values(draw, (), scale, odds)))
        for _ in range(draw.randint(3, 10)):
            found = fitting(partial(_more, pool), draw, pool[0], pool[-1])
            pool += [] if found is None else [found]
        total = ended(draw, pool[-1], pool[-2])
        total = total + ended(draw, draw.choice(pool), pool[-1])
        if leaves(total) and len(nodes(total)) > 4 and np.isfinite(float(total.sample)):
            return total
