"""What users and tests share to check a derivative: both modes against differences of the
function and against each other, and a bound on the rounding error of an evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .backend.evaluate import evaluate
from .backend.inputs import by_variable
from .backend.lower import variables
from .calculus.derivatives import Mode, jacobian, jvp, vjp
from .errors import DerivativeMismatch, NotScalar
from .expr import Expr, as_expr
from .leaves import Var
from .numeric import central_difference
from .ops.rounding import ULP, rounding_bound
from .ops.structural import zeros
from .ops.values import TYPES, values_at
from .structure import flatten
from .walk import postorder
from .witness import Values, mp_derivative, mp_evaluate, witness

__all__ = [
    "ULP",
    "check_adjoint",
    "check_grad",
    "error_bound",
    "mp_derivative",
    "mp_evaluate",
    "witness",
]

MODES: tuple[Mode, ...] = ("forward", "reverse")


# -- a bound on rounding errors ------------------------------------------------------------------


def error_bound(outputs: Any, values: Values) -> Any:
    """A bound on the rounding error of evaluating each scalar output in floats, to first order.

    It is ``sum |adjoint_i| * (eps_i * |value_i| + 2**-1074)`` over the nodes, with eps_i from
    ``accuracy`` on the operation's row.  Where a row says ``mixed``, ``|value_i|`` is
    ``|f| + sum |x_j * df/dx_j|``; for a sum it is the sum of the sizes of what is added.

    Shapes: outputs are scalar; values with leading batch axes give bounds with those axes.
    Raises: NotScalar.
    Cost: one evaluation and one reverse sweep in numbers per output.

    >>> import symdiff as sd
    >>> from symdiff.testing import error_bound
    >>> x = sd.Var("x")
    >>> error_bound((x + 1e16) - 1e16, {x: 0.3})
    1.1102230246251565
    """
    leaves, restore = flatten(outputs)
    return restore([_bound(as_expr(leaf), values) for leaf in leaves])


def _bound(out: Expr, values: Values) -> Any:
    if out.shape:
        raise NotScalar("error_bound", out.shape)
    order = postorder([out])
    inputs: dict[Expr, Any] = {
        v: np.asarray(values[v], TYPES[v.kind]) for v in order if v.op is Var
    }
    batch = np.broadcast_shapes(*[a.shape[: a.ndim - v.ndim] for v, a in inputs.items()])
    total = rounding_bound(order, values_at(order, inputs), np.ones(batch))
    return total if batch else float(total)


# -- comparisons ---------------------------------------------------------------------------------


def check_grad(f: Any, at: Mapping[Any, Any], order: int = 2, rtol: float = 1e-5) -> None:
    """Compare the derivatives of a scalar, in both modes, with central differences.

    ``at`` gives a value for each variable, by node or by name.  ``order=2`` compares all four
    orders of forward and reverse with differences of the gradient as well.  An entry may differ by
    ``rtol`` times its size and by what rounding does to the difference quotient.

    Raises: DerivativeMismatch, an AssertionError whose text is a table of the disagreements.

    >>> import symdiff as sd
    >>> from symdiff.testing import check_grad
    >>> x, y = sd.vars("x y")
    >>> check_grad(x**2 * y + sd.sin(y), at={x: 3, y: 4})
    """
    f = as_expr(f)
    if f.shape:
        raise NotScalar("check_grad", f.shape)
    point = _point([f], at)
    wrt = list(point)
    expected = central_difference(f, point)
    slopes = {mode: _slopes(f, wrt, mode) for mode in MODES}
    value, found = evaluate([f, slopes], point)
    rows: list[tuple[str, float, float]] = []
    for mode, gots in found.items():
        for v, got in zip(wrt, gots, strict=True):
            title = f"{mode} df/d{v.name}"
            rows += _differences(title, expected[v], got, rtol, 1e-9 * abs(float(value)))
    if order > 1 and not rows:
        for inner, first in slopes.items():
            for v, slope in zip(wrt, first, strict=True):
                rows += _second(f"{inner} d/d{v.name}", slope, wrt, point, rtol)
    if rows:
        raise DerivativeMismatch("derivatives differ from central differences:", rows)


def _second(
    title: str, slope: Expr, wrt: Sequence[Expr], point: dict[Expr, Any], rtol: float
) -> list[tuple[str, float, float]]:
    rows: list[tuple[str, float, float]] = []
    for at in np.ndindex(slope.shape):
        entry = slope[at] if at else slope
        here = _only([entry], point)
        wanted = central_difference(entry, here)
        value, found = evaluate([entry, {mode: _slopes(entry, wrt, mode) for mode in MODES}], here)
        for outer, gots in found.items():
            for v, got in zip(wrt, gots, strict=True):
                want = wanted.get(v, np.zeros(v.shape))
                rows += _differences(f"{outer} over {title}{list(at) or ''} d{v.name}", want, got,
                                     rtol, 1e-9 * abs(float(value)))  # fmt: skip
    return rows


def _slopes(f: Expr, wrt: Sequence[Expr], mode: Mode) -> list[Expr]:
    found = jacobian([f], wrt, mode)[0]
    return [zeros(v.shape) if slope is None else slope for slope, v in zip(found, wrt, strict=True)]


def check_adjoint(outputs: Any, at: Mapping[Any, Any], rtol: float = 1e-9) -> None:
    """Check that forward and reverse mode are transposes: ``<w, J v> == <J^T w, v>``.

    ``outputs`` is an expression of any shape or a nested structure; v and w are fixed vectors.

    Raises: DerivativeMismatch.

    >>> import symdiff as sd
    >>> from symdiff.testing import check_adjoint
    >>> X = sd.Var("X", shape=(2, 3))
    >>> check_adjoint(sd.sum(sd.exp(X), axis=0), at={X: [[0, 1, 2], [3, 4, 5]]})
    """
    nodes = [as_expr(leaf) for leaf in flatten(outputs)[0]]
    point = _point(nodes, at)
    wrt = list(point)
    tangents = [_weights(v.shape, 1.0) for v in wrt]
    bars = [_weights(out.shape, 2.0) for out in nodes]
    dots = jvp(nodes, wrt, [as_expr(v) for v in tangents])
    pulled = vjp(nodes, wrt, [as_expr(w) for w in bars])
    left = _inner(dots, bars, point)
    right = _inner(pulled, tangents, point)
    rows = _differences("<w, J v> against <J^T w, v>", left[0], right[0], rtol,
                        rtol * (left[1] + right[1]))  # fmt: skip
    if rows:
        raise DerivativeMismatch("forward and reverse mode are not transposes:", rows)


def _point(nodes: Sequence[Expr], at: Mapping[Any, Any]) -> dict[Expr, Any]:
    inputs = variables(postorder(nodes))
    given = by_variable(inputs, at, {})
    return dict(zip(inputs, given, strict=True))


def _only(nodes: Sequence[Expr], point: Mapping[Expr, Any]) -> dict[Expr, Any]:
    return {n: point[n] for n in postorder(nodes) if n.op is Var}


def _weights(shape: tuple[int, ...], phase: float) -> Any:
    count = int(np.prod(shape, dtype=int))
    values = np.cos(phase + np.arange(count)).reshape(shape)
    return values if shape else float(values)


def _inner(
    found: Sequence[Expr | None], weights: Sequence[Any], point: Mapping[Expr, Any]
) -> tuple[float, float]:
    """The inner product, and the sum of the sizes of its terms."""
    total = size = 0.0
    for e, w in zip(found, weights, strict=True):
        if e is not None:
            terms = np.asarray(evaluate(e, _only([e], point)), dtype=float) * w
            total += float(np.sum(terms))
            size += float(np.sum(np.abs(terms)))
    return total, size


def _differences(
    title: str, want: Any, got: Any, rtol: float, atol: float
) -> list[tuple[str, float, float]]:
    want, got = np.asarray(want, dtype=float), np.asarray(got, dtype=float)
    rows = []
    for at in np.ndindex(got.shape):
        a, b = float(want[at]), float(got[at])
        if not (abs(a - b) <= rtol * max(abs(a), abs(b)) + atol or a == b):
            rows.append((f"{title}{list(at) or ''}", a, b))
    return rows
