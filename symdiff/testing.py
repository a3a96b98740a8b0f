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
from .numeric import central_difference, resolved_difference
from .ops.implementations import as_float
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
    ``rtol`` times its size and by the error of the difference quotient; a quotient that disagrees
    is taken again with ever smaller steps.

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
    slopes = {mode: _slopes(f, wrt, mode) for mode in MODES}
    rows = _against_differences("df/d", f, slopes, point, rtol)
    if order > 1 and not rows:
        for inner, first in slopes.items():
            for v, slope in zip(wrt, first, strict=True):
                for place in np.ndindex(slope.shape):
                    entry = slope[place] if place else slope
                    title = f"over {inner} d/d{v.name}{list(place) or ''} d"
                    seconds = {mode: _slopes(entry, wrt, mode) for mode in MODES}
                    rows += _against_differences(title, entry, seconds, point, rtol)
    if rows:
        raise DerivativeMismatch("derivatives differ from central differences:", rows)


def _against_differences(
    title: str, e: Expr, slopes: Mapping[Mode, Sequence[Expr]], point: dict[Expr, Any], rtol: float
) -> list[tuple[str, float, float]]:
    """The derivatives of a scalar that differ from its difference quotients."""
    here = _only([e], point)
    wanted = central_difference(e, here)
    value, found = evaluate([e, slopes], point)
    atol = 1e-9 * abs(float(value))
    rows = []
    for mode, gots in found.items():
        for v, got in zip(point, gots, strict=True):
            want = wanted.get(v, np.zeros(v.shape))
            what = f"{mode} {title}{v.name}"
            for place in _differing(want, got, rtol, atol):
                a, b = float(np.asarray(want)[place]), float(np.asarray(got)[place])
                error = 0.0
                if v in here:
                    a, error = resolved_difference(e, here, v, place, error_bound(e, here))
                if not _is_close(a, b, rtol, atol + error):
                    rows.append((f"{what}{list(place) or ''}", a, b))
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
    if not _is_close(left[0], right[0], rtol, rtol * (left[1] + right[1])):
        rows = [("<w, J v> against <J^T w, v>", left[0], right[0])]
        raise DerivativeMismatch("forward and reverse mode are not transposes:", rows)


def _point(nodes: Sequence[Expr], at: Mapping[Any, Any]) -> dict[Expr, Any]:
    inputs = variables(postorder(nodes))
    given = by_variable(inputs, at, {})
    return {
        v: np.asarray(as_float(value), float)[()] if v.kind == "real" else value
        for v, value in zip(inputs, given, strict=True)
    }


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


def _differing(want: Any, got: Any, rtol: float, atol: float) -> list[tuple[int, ...]]:
    """The places where two arrays differ."""
    want, got = np.asarray(want, dtype=float), np.asarray(got, dtype=float)
    return [i for i in np.ndindex(got.shape) if not _is_close(want[i], got[i], rtol, atol)]


def _is_close(a: float, b: float, rtol: float, atol: float) -> bool:
    return bool(a == b or abs(a - b) <= rtol * max(abs(a), abs(b)) + atol)
