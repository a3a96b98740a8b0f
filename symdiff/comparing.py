"""``same``: whether two expressions are equal, for those who check a derivative by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .backend.inputs import as_arrays, by_variable, check_domains
from .backend.lower import variables
from .errors import ShapeError
from .expr import Expr, ExprLike, as_expr
from .ops.values import TYPES
from .rewrite.check import Verdict, compared
from .walk import postorder


def same(a: ExprLike, b: ExprLike, at: Mapping[Any, Any] | None = None) -> Verdict:
    """Whether two expressions have equal values, up to rounding, wherever both have one.

    They are compared at fixed points of the domains of their variables, on both sides of the
    numbers that they compare with, or at the point ``at``, which gives a value for each variable
    by node or by name.  The result is true only if they are equal; its ``equal`` is True, False
    or None for unknown, its text says why, and where they differ ``point`` and ``values`` show it.
    Equal values at points are no proof, but a wrong formula has little chance to pass.

    Shapes: both have the same; values with leading batch axes are as many points.
    Raises: ShapeError, NameClash; MissingVariable, UnknownVariable and DomainError for ``at``.
    Cost: two or three evaluations at about a hundred points.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> sd.same(sd.sin(2*x), 2*sd.sin(x)*sd.cos(x)).equal
    True
    >>> print(sd.same(sd.sqrt(x**2), x, at={x: -3}))
    different at x = -3: 3 and -3
    """
    left, right = as_expr(a), as_expr(b)
    if left.shape != right.shape:
        raise ShapeError("same", (left.shape, right.shape), "they must be equal")
    inputs = variables(postorder([left, right]))
    points = None if at is None else _points(inputs, at)
    return compared([(left, right)], far=False, inputs=points)


def _points(inputs: list[Expr], at: Mapping[Any, Any]) -> dict[Expr, Any]:
    """The values of the variables with one leading axis."""
    given = by_variable(inputs, at, {})
    check_domains(inputs, given)
    arrays, batch, _ = as_arrays(inputs, given)
    return {
        v: np.broadcast_to(a, batch + v.shape).reshape(-1, *v.shape).astype(TYPES[v.kind])
        for v, a in zip(inputs, arrays, strict=True)
    }
