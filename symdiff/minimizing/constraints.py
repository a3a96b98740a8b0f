"""Constraints as comparisons of expressions, and what SciPy's methods make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np

from ..api import jacobian
from ..errors import KindError
from ..expr import Expr
from ..leaves import var
from ..messages import short
from ..ops.joining import concatenate
from .problem import Problem, multiplied

Array = Any
LARGE = 10_000  # entries: a Jacobian up to this is dense

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
    made = [_Group(problem, g) for g in (equations, others) if g]
    # SciPy takes no dense Jacobians beside sparse ones.
    sparse = second and not found and any(g.is_sparse for g in made)
    return [*found, *[g.for_scipy(second, sparse) for g in made]]


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


class _Group:
    """Constraints as one for SciPy, with its derivatives, compiled when they are asked for."""

    def __init__(self, problem: Problem, sides: Sequence[_Side]) -> None:
        self.space = problem.space
        self.value = concatenate([self.space.check(side.value) for side in sides], axis=None)
        self.low, self.high = [
            np.concatenate(
                [np.full(side.value.size, end) for side, end in zip(sides, ends, strict=True)]
            )
            for ends in ([s.low for s in sides], [s.high for s in sides])
        ]

    @property
    def is_sparse(self) -> bool:
        """Whether the Jacobian is large, and sparse."""
        return self.value.size * self.space.size > LARGE and self._matrix[0]

    @cached_property
    def _matrix(self) -> tuple[bool, Callable[[Array], Any]]:
        return self.space.jacobian(self.value)

    @cached_property
    def _run(self) -> Callable[..., Any]:
        return self.space.compile(self.value)

    @cached_property
    def _blocks(self) -> Callable[..., Any]:
        return self.space.compile(jacobian(self.value, self.space.wrt, blocks=True))

    @cached_property
    def _hessian(self) -> Callable[..., Any]:
        w = var("w", self.value.shape, tag=0)
        return self.space.hessian(w @ self.value, w)

    def slopes(self, z: Array) -> Array:
        """The Jacobian as an array."""
        return np.hstack([np.reshape(b, (self.value.size, -1)) for b in self._blocks(z)])

    def for_scipy(self, second: bool, sparse: bool) -> Any:
        from scipy.optimize import NonlinearConstraint

        more: dict[str, Any] = {}
        if second:
            more["hess"] = lambda z, weights: multiplied(self._hessian(z, weights))
        return NonlinearConstraint(
            lambda z: np.asarray(self._run(z), dtype=float), self.low, self.high,
            jac=self._matrix[1] if sparse else self.slopes, **more,
        )  # fmt: skip
