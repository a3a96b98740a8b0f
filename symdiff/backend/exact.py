"""Arithmetic on Python numbers that keeps ints and fractions exact where the result is rational."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache, reduce
from typing import Any

import numpy as np

from ..expr import OPS, Expr, Op
from ..leaves import Const, bits
from ..ops.implementations import Function, as_float, casts, on_arrays, on_numbers, with_params
from .program import constant_value

MAX_BITS = 1 << 14  # an exact result longer than this, and than its arguments, is a float
_RATIONAL = (int, Fraction)


def _quotient(a: Any, b: Any) -> Any:
    if isinstance(a, _RATIONAL) and isinstance(b, _RATIONAL):
        return _whole(Fraction(a) / b)
    return a / b


def _power(a: Any, b: Any) -> Any:
    rational = isinstance(a, _RATIONAL) and isinstance(b, _RATIONAL) and b.denominator == 1
    if rational and bits(a) * abs(b.numerator) <= MAX_BITS:
        return _whole(Fraction(a) ** b.numerator)
    return math.pow(a, b)


def _rounded(function: Callable[[Any], Any]) -> Function:
    def exact(a: Any) -> Any:
        if isinstance(a, _RATIONAL):
            return function(a)
        raise ValueError("not rational")

    return exact


def _chosen(function: Callable[..., Any]) -> Function:
    """Selections among ordered values: exact, and left to NumPy where a nan may be among them."""

    def exact(*args: Any) -> Any:
        if all(isinstance(a, _RATIONAL) for a in args):
            return function(*args)
        raise ValueError("not rational")

    return exact


def _whole(a: Fraction) -> int | Fraction:
    return a.numerator if a.denominator == 1 else a


_EXACT: dict[str, Function] = {
    "div": _quotient,
    "pow": _power,
    "reciprocal": lambda a: _quotient(1, a),
    "sign": _rounded(lambda a: (a > 0) - (a < 0)),
    "floor": _rounded(math.floor),
    "ceil": _rounded(math.ceil),
    "round": _rounded(round),
    "trunc": _rounded(math.trunc),
    "mod": _chosen(lambda a, b: a % b),
    "maximum": _chosen(max),
    "minimum": _chosen(min),
    "clip": _chosen(lambda x, a, b: min(max(x, a), b)),
    "relu": _chosen(lambda x: max(x, 0)),
}


_SPREADS = frozenset(OPS[name] for name in ("add", "sub", "mul", "div", "neg", "pow"))


@cache
def _is_rounding(op: Op) -> bool:
    """Whether the row is a function of ``math``, a float for every argument."""
    return (op.python or "").startswith("math.") and op.name not in _EXACT


def always_rounded(order: Iterable[Expr]) -> frozenset[Expr]:
    """The nodes that are floats whatever the values of variables, by the functions in them.

    ``order`` has arguments before the nodes that use them.
    """
    rounded: set[Expr] = set()
    for node in order:
        given = node.op is Const and type(node.params[0]) is float
        spread = node.op in _SPREADS and not rounded.isdisjoint(node.args)
        if not node.shape and (given or spread or _is_rounding(node.op)):
            rounded.add(node)
    return frozenset(rounded)


@cache
def on_exact_numbers(op: Op) -> Function:
    """The row on ints, fractions and floats; never raises where floats give inf or nan."""
    first = _EXACT.get(op.name) or on_numbers(op)
    fallback = on_arrays(op)
    cast = as_float if op.kind is not None else _as_real
    if first is None:
        return lambda *args: plain(fallback(*map(cast, args)))

    def apply(*args: Any) -> Any:
        try:
            return bounded(first(*args), *args)
        except (ArithmeticError, ValueError):
            return plain(fallback(*map(cast, args)))

    return apply


def _as_real(value: Any) -> Any:
    """A number as a NumPy float, a truth value as 0 or 1: NumPy computes functions of these in half
    precision.
    """
    return as_float(int(value) if isinstance(value, (bool, np.bool_)) else value)


def bounded(value: Any, *args: Any) -> Any:
    """The result of a function of ``args``, as a float where it is too long to go on with."""
    if not isinstance(value, _RATIONAL) or bits(value) <= MAX_BITS:
        return value
    longest = max([bits(a) for a in args if isinstance(a, _RATIONAL)], default=0)
    return value if bits(value) <= longest else plain(as_float(value))


def plain(value: Any) -> Any:
    """A NumPy scalar or array without axes as a Python number; other values unchanged."""
    if isinstance(value, (np.generic, np.ndarray)) and not value.ndim:
        return value.item()
    return value


def fold(node: Expr, values: list[Any]) -> Any:
    """The value of a node over constants, exact where it is rational."""
    op = node.op
    wanted = casts(op, tuple([a.kind for a in node.args])) or (None,) * len(values)
    scalar = not node.shape and not node.params and not any(a.shape for a in node.args)
    if scalar:
        function = on_exact_numbers(op)
    else:
        function = with_params(on_arrays(op), op, node.params)
        values = [
            constant_value(v, k or a.kind)
            for v, k, a in zip(values, wanted, node.args, strict=True)
        ]
    with np.errstate(all="ignore"):
        if op.arity is None and "associative" in op.facts:
            return plain(reduce(function, values))
        return plain(function(*values))
