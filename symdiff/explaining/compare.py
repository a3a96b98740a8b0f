"""Ways to one derivative side by side: difference quotients, dual numbers, the two modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..api import grad, jvp
from ..backend.evaluate import evaluate
from ..backend.inputs import by_variable
from ..dual import Dual
from ..errors import ArgumentError, MissingPackage, NotScalar, SymdiffError, UnsupportedOp
from ..expr import Expr, ExprLike, as_expr
from ..leaves import var
from ..numeric import central_difference, complex_step, forward_difference
from ..rewrite.cse import count_ops
from ..show.sharing import by_name
from ..walk import postorder
from ..witness import mp_derivative
from .tables import Column, Table
from .writing import WIDTH, at_point, script

STEPS = (1e-2, 1e-5, 1e-8)
MOST = 100  # numbers to differentiate by

SHOWN = 6  # numbers of a gradient that have columns
TINY = 1e-30

Point = dict[Expr, Any]
Place = tuple[Expr, tuple[int, ...]]


def compare(f: ExprLike, at: Mapping[Any, Any], *, steps: Sequence[float] = STEPS) -> Table:
    """The gradient at a point by each method, with its largest error and its operations.

    Forward and central difference quotients with each of ``steps``, the complex step, dual
    numbers, forward and reverse mode.  The error is that against 50 digits by mpmath where that is
    installed, else against reverse mode; a cell is empty where a method does not apply.
    Operations are those of the whole gradient: n numbers to differentiate by take n forward
    sweeps and one reverse sweep.

    Raises: NotScalar if ``f`` has axes; MissingVariable and the like for ``at``; ArgumentError
    for more than 100 numbers to differentiate by, and for none.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(sd.compare(x**3, {x: 2}, steps=[1e-2]))
    x**3 at x = 2
    method               step             df/dx    error  operations
    forward difference   0.01  12.0600999999997  6.0e-02           5
    central difference   0.01           12.0001  1.0e-04           7
    complex step        1e-30                12        0           3
    dual numbers                             12        0           4
    forward mode                             12        0           3
    reverse mode                             12        0           2
    """
    f = as_expr(f)
    if f.shape:
        raise NotScalar("compare", f.shape)
    inputs = list(by_name(postorder([f])).values())
    point = dict(zip(inputs, by_variable(inputs, at, {}), strict=True))
    places = [(v, i) for v in point if v.kind == "real" for i in np.ndindex(v.shape)]
    if not 0 < len(places) <= MOST:
        raise ArgumentError(f"compare takes 1 to {MOST} numbers to differentiate by: {len(places)}")
    methods = _methods(f, point, places, steps)
    found = [(name, step, _tried(gradient), count) for name, step, gradient, count in methods]
    exact, source = _truth(f, point, places)
    truth = exact or found[-1][2]
    none = (None,) * len(places)
    rows = [
        (name, step, *(tuple(slopes) or none)[:SHOWN], _error(slopes, truth), count)
        for name, step, slopes, count in found
    ]
    titles = [f"df/d{v.name}{list(i) if i else ''}" for v, i in places[:SHOWN]]
    columns = [Column("method", "words"), Column("step", "value")]
    columns += [Column(title, "digits") for title in titles]
    columns += [Column("error", "error"), Column("operations", "value")]
    how = script("text", WIDTH, {})
    where = at_point(list(point), point, how)
    return Table(f"{how.formula(f)} at {where}{source}", columns, rows, {})


def _methods(
    f: Expr, point: Point, places: list[Place], steps: Sequence[float]
) -> Iterator[tuple[str, float | None, Callable[[], list[Any]], int]]:
    """The name of each method, its step, the gradient that it finds, and how many operations
    that takes.
    """
    wrt = [v for v in point if v.kind == "real"]
    n, once = len(places), count_ops(f)
    dots = [var("dot", v.shape, tag=i) for i, v in enumerate(wrt)]
    forward, reverse = jvp(f, wrt, dots), grad(f, wrt)
    pair = count_ops([f, jvp(f, wrt, dots, simplify=False)])

    def along(v: Expr, i: tuple[int, ...]) -> list[Any]:
        unit = [np.zeros(w.shape) for w in wrt]
        unit[wrt.index(v)][i] = 1.0
        return unit

    def quotient(function: Callable[..., Any], step: float) -> list[Any]:
        found = function(f, point, step)
        return [np.asarray(found[v])[i] for v, i in places]

    def dual(v: Expr, i: tuple[int, ...]) -> Any:
        moving = dict(zip(wrt, along(v, i), strict=True))
        return evaluate(f, {w: Dual(x, moving.get(w, 0.0)) for w, x in point.items()}).eps

    def swept(v: Expr, i: tuple[int, ...]) -> Any:
        return evaluate([f, forward], {**point, **dict(zip(dots, along(v, i), strict=True))})[1]

    def all_at_once() -> list[Any]:
        _, slopes = evaluate([f, reverse], point)
        return [np.asarray(slopes[wrt.index(v)])[i] for v, i in places]

    for step in steps:
        each = partial(quotient, forward_difference, step)
        yield "forward difference", step, each, (n + 1) * once + 3 * n
    for step in steps:
        yield (
            "central difference",
            step,
            partial(quotient, central_difference, step),
            n * (2 * once + 5),
        )
    yield "complex step", TINY, partial(quotient, complex_step, TINY), n * (once + 2)
    yield "dual numbers", None, lambda: [dual(*place) for place in places], n * pair
    yield "forward mode", None, lambda: [swept(*place) for place in places], n * count_ops(forward)
    yield "reverse mode", None, all_at_once, count_ops(reverse)


def _tried(gradient: Callable[[], list[Any]]) -> list[float]:
    """The numbers of a gradient, none where the method does not apply."""
    try:
        return [float(slope) for slope in gradient()]
    except (SymdiffError, TypeError, ValueError, ArithmeticError):
        return []


def _truth(f: Expr, point: Point, places: list[Place]) -> tuple[list[Any], str]:
    """The gradient to 50 digits, and what is said of it where it cannot be had."""
    try:
        return [mp_derivative(f, point, [place]) for place in places], ""
    except (MissingPackage, UnsupportedOp):
        return [], "; errors against reverse mode, for want of mpmath"


def _error(slopes: list[float], truth: list[Any]) -> float | None:
    """The largest error of an entry."""
    return max([float(abs(a - b)) for a, b in zip(slopes, truth, strict=True)]) if slopes else None
