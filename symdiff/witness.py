"""The independent witness: graphs and their derivatives by mpmath, at any number of digits.

Nothing here trusts a derivative rule: the truth is mpmath's numerical differentiation of the
function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from .errors import MissingPackage, NotScalar, UnsupportedOp
from .expr import Expr, Op
from .leaves import Const, Var
from .ops.implementations import on_arrays, with_params
from .rule import Linear
from .structure import flatten
from .walk import fold

Values = Mapping[Expr, Any]


def mp_evaluate(outputs: Any, values: Values, digits: int = 50) -> Any:
    """The values of ``outputs`` by mpmath, through the ``mpmath`` field of each row.

    ``outputs`` is an expression or a nested structure of them.  Where an operation is undefined
    or leaves the real line the value is nan.

    Shapes: scalars give ``mpf`` (or bool), arrays give arrays of such objects.
    Raises: MissingPackage without mpmath; UnsupportedOp for a row without a witness.

    >>> import mpmath, symdiff as sd
    >>> from symdiff.witness import mp_evaluate
    >>> x = sd.Var("x")
    >>> mpmath.nstr(mp_evaluate(sd.sqrt(x), {x: 2}), 30)
    '1.41421356237309504880168872421'
    """
    mp = _mpmath()
    leaves, restore = flatten(outputs)
    with mp.workdps(digits):
        return restore(_interpret(mp, leaves, values))


def mp_derivative(
    f: Expr, values: Values, wrt: Sequence[tuple[Expr, tuple[int, ...]]], digits: int = 50
) -> Any:
    """A derivative of a scalar by mpmath's numerical differentiation: no rule of ours is used.

    ``wrt`` lists the elements ``(variable, index)`` to differentiate by, each as often as it
    counts; the index of a scalar is ``()``.

    >>> import symdiff as sd
    >>> from symdiff.witness import mp_derivative
    >>> x = sd.Var("x")
    >>> print(mp_derivative(x**3, {x: 2}, [(x, ()), (x, ())], digits=15))
    12.0
    """
    if f.shape:
        raise NotScalar("mp_derivative", f.shape)
    mp = _mpmath()
    elements = list(dict.fromkeys(wrt))
    counts = tuple(wrt.count(element) for element in elements)

    def along(*point: Any) -> Any:
        moved = {v: _objects(mp, value) for v, value in values.items()}
        for (v, at), coordinate in zip(elements, point, strict=True):
            if at:
                moved[v] = moved[v].copy()
                moved[v][at] = coordinate
            else:
                moved[v] = coordinate
        return _interpret(mp, [f], moved)[0]

    with mp.workdps(digits):
        point = tuple(_objects(mp, values[v])[at] if at else _number(mp, values[v])
                      for v, at in elements)  # fmt: skip
        if len(point) == 1:
            return mp.diff(along, point[0], counts[0])
        return mp.diff(along, point, counts)


def _mpmath() -> Any:
    try:
        from mpmath import mp
    except ImportError:
        raise MissingPackage("mpmath", "the witness at many digits", "test") from None
    return mp


def _interpret(mp: Any, outputs: Sequence[Expr], values: Values) -> list[Any]:
    def visit(node: Expr, args: list[Any]) -> Any:
        if node.op is Const:
            return _objects(mp, node.value)
        if node.op is Var:
            return _objects(mp, values[node])
        if not node.op.mpmath:
            move = with_params(on_arrays(node.op), node.op, node.params)
            rule = node.op.rule
            count = rule.count if isinstance(rule, Linear) else None
            data = [] if count is None else [np.asarray(a).astype(np.int64) for a in args[count:]]
            return _plain(move(*[np.asarray(a, dtype=object) for a in args[:count]], *data))
        if callable(node.op.mpmath) and not node.op.elementwise:
            function = with_params(partial(node.op.mpmath, mp), node.op, node.params)
            return _plain(function(*[np.asarray(a, dtype=object) for a in args]))
        return _elementwise(witness(node.op, mp), args)

    found = fold(outputs, visit)
    return [found[out] for out in outputs]


def witness(op: Op, mp: Any) -> Callable[..., Any]:
    """The function of mpmath that stands for a row; nan where it is undefined or not real."""
    if not op.mpmath:
        raise UnsupportedOp(op.title, "mpmath")
    function = getattr(mp, op.mpmath) if isinstance(op.mpmath, str) else op.mpmath
    lead = () if isinstance(op.mpmath, str) else (mp,)

    def real(*args: Any) -> Any:
        try:
            value = function(*lead, *args)
        except (ZeroDivisionError, ValueError, OverflowError):
            return mp.nan
        return mp.nan if isinstance(value, mp.mpc) else value

    return real


def _elementwise(function: Callable[..., Any], args: list[Any]) -> Any:
    if not any(isinstance(a, np.ndarray) for a in args):
        return function(*args)
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    columns = [np.broadcast_to(np.asarray(a, dtype=object), shape).ravel() for a in args]
    out = np.empty(len(columns[0]), dtype=object)
    for i, row in enumerate(zip(*columns, strict=True)):
        out[i] = function(*row)
    return out.reshape(shape)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray) and not value.ndim else value


def _objects(mp: Any, value: Any) -> Any:
    if not np.ndim(value):
        return _number(mp, value)
    out = np.empty(np.shape(value), dtype=object)
    for at, item in np.ndenumerate(np.asarray(value)):
        out[at] = _number(mp, item)
    return out


def _number(mp: Any, value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Fraction):
        return mp.mpf(value.numerator) / value.denominator
    return mp.mpf(value.item() if isinstance(value, (np.generic, np.ndarray)) else value)
