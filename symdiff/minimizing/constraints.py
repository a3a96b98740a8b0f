"""Constraints as comparisons of expressions, and what SciPy's methods make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

import numpy as np

from ..api import hvp, jacobian
from ..errors import KindError
from ..expr import Expr
from ..leaves import var
from ..messages import short
from ..ops.joining import concatenate
from .problem import Problem, joined, linear

Array = Any

# Where the left side minus the right side of a comparison lies, by its sign.
_LIMITS = {"<": (-inf, 0.0), "≤": (-inf, 0.0), ">": (0.0, inf), "≥": (0.0, inf), "=": (0.0, 0.0)}


def constraints_of(problem: Problem, given: Any, second: bool) -> list[Any]:
    """For SciPy: its own constraints as they are, equations as one and inequalities as another.

    With ``second`` they have second derivatives too.
    Raises: KindError for what is no comparison.
    """
    listed = [given] if isinstance(given, (Expr, Mapping)) or callable(given) else _listed(given)
    found: list[Any] = []
    sides: list[_Side] = []
    for c in listed:
        if isinstance(c, Mapping) or type(c).__module__.startswith("scipy."):
            found.append(c)
        else:
            made = problem.constraint(c) if not isinstance(c, Expr) and callable(c) else c
            sides.extend(map(_side, made if isinstance(made, (list, tuple)) else [made]))
    equations = [s for s in sides if s.is_equation]
    others = [s for s in sides if not s.is_equation]
    return [*found, *[_together(problem, g, second) for g in (equations, others) if g]]


def _listed(given: Any) -> list[Any]:
    own = type(given).__module__.startswith("scipy.")
    return [given] if own or not isinstance(given, Sequence) else list(given)


class _Side(NamedTuple):
    """What is compared with 0, and where it must lie."""

    value: Expr
    low: float
    high: float

    @property
    def is_equation(self) -> bool:
        return self.low == self.high


def _side(c: Any) -> _Side:
    limits = _LIMITS.get(c.op.pretty or c.op.infix) if isinstance(c, Expr) else None
    if limits is None:
        raise KindError(
            "a constraint is a comparison such as x + y <= 1, or sd.eq(x, y) for an equation "
            f"(== compares expressions), got {type(c).__name__} {short(c)}"
        )
    left, right = c.args
    return _Side(left - right, *limits)


def _together(problem: Problem, sides: Sequence[_Side], second: bool) -> Any:
    """One constraint for SciPy, with its Jacobian and products with its second derivatives."""
    from scipy.optimize import NonlinearConstraint

    space = problem.space
    c = concatenate([space.check(side.value) for side in sides], axis=None)
    low = np.concatenate([np.full(side.value.size, side.low) for side in sides])
    high = np.concatenate([np.full(side.value.size, side.high) for side in sides])
    made: dict[str, Callable[..., Any]] = {}

    def value(z: Array) -> Array:
        run = made.get("value") or made.setdefault("value", space.compile(c))
        return np.asarray(run(z), dtype=float)

    def slopes(z: Array) -> Array:
        if "slopes" not in made:
            made["slopes"] = space.compile(jacobian(c, space.wrt, blocks=True))
        return np.hstack([np.reshape(block, (c.size, -1)) for block in made["slopes"](z)])

    def curvature(z: Array, weights: Array) -> Any:
        if "curvature" not in made:
            directions = space.directions()
            w = var("w", c.shape, tag=0)
            along = hvp(w @ c, space.wrt, directions)
            made["curvature"] = space.products(along, directions, w)
        return linear(lambda p: joined(made["curvature"](z, p, weights)), space.size)

    more: dict[str, Any] = {"hess": curvature} if second else {}
    return NonlinearConstraint(value, low, high, jac=slopes, **more)
