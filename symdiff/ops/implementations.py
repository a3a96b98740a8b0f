"""From the names on a row to callables, for arrays and for Python numbers, and the casts between
the kinds that they compute in.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import IntOverflow, UnsupportedOp
from ..expr import Kind, Op, Params
from .row import promote

Function = Callable[..., Any]

_MODULES = {"np": "numpy", "special": "scipy.special", "kernels": "symdiff.ops.kernels",
            "places": "symdiff.ops.places", "reductions": "symdiff.ops.reductions",
            "sweeps": "symdiff.ops.sweeps", "linear": "symdiff.ops.linear.kernels",
            "math": "math"}  # fmt: skip

_TEMPLATES: dict[str, Function] = {
    "{0}": operator.pos, "-{0}": operator.neg, "abs({0})": operator.abs,
    "{0} + {1}": operator.add, "{0} - {1}": operator.sub, "{0} * {1}": operator.mul,
    "{0} / {1}": operator.truediv, "{0} < {1}": operator.lt, "{0} <= {1}": operator.le,
    "{0} > {1}": operator.gt, "{0} >= {1}": operator.ge, "{0} == {1}": operator.eq,
    "{0} != {1}": operator.ne, "(not {0})": operator.not_,
}  # fmt: skip


@cache
def on_arrays(op: Op) -> Function:
    """The NumPy implementation of a row, without its parameters.

    Raises: UnsupportedOp where the row names none.
    """
    if callable(op.numpy):
        return op.numpy
    if not op.numpy:
        raise UnsupportedOp(op.title, "NumPy")
    return _named(op.numpy)


@cache
def on_numbers(op: Op) -> Function | None:
    """The implementation of a row on Python floats, None where that on arrays serves both."""
    if not op.python:
        return None
    if "{" not in op.python:
        return _named(op.python)
    found = _TEMPLATES.get(op.python)
    if found is not None:
        return found
    names = [f"a{i}" for i in range(op.arity or 0)]
    text = f"lambda {', '.join(names)}: {op.python.format(*names)}"
    made: Function = eval(text, {"math": math})
    return made


def with_params(function: Function, op: Op, params: Params) -> Function:
    """``function`` with the static parameters of a node filled in; NumPy says ``axis`` for axes."""
    if not params:
        return function
    plain = isinstance(op.numpy, str) and op.numpy.startswith("np.")
    names = ["axis" if plain and name == "axes" else name for name in op.param_names]
    return partial(function, **dict(zip(names, params, strict=True)))


def in_kind(op: Op, params: Params, kind: Kind) -> Function:
    """The NumPy implementation of a node of that kind; ints raise IntOverflow instead of wrapping
    around, as NumPy's do.
    """
    function = with_params(on_arrays(op), op, params)
    return partial(_within_64_bits, op, function) if may_overflow(op, kind) else function


def may_overflow(op: Op, kind: Kind) -> bool:
    """Whether values of an operation on ints may be larger than its arguments."""
    return kind == "int" and op.kind is promote


def _within_64_bits(op: Op, function: Function, *args: Any) -> Any:
    value = function(*args)
    if np.result_type(value).kind == "i":
        size = function(*[np.asarray(a, np.float64) for a in args])
        if np.any(np.abs(size) >= 2.0**63):
            raise IntOverflow(op.title)
    return value


def _named(dotted: str) -> Function:
    module, _, name = dotted.partition(".")
    found: Function = getattr(import_module(_MODULES[module]), name)
    return found


def is_ufunc(function: Function) -> bool:
    """Whether it can write its one result into an array given as ``out``."""
    return isinstance(function, np.ufunc) and function.nout == 1


@cache
def casts(op: Op, kinds: tuple[Kind, ...]) -> tuple[Kind | None, ...] | None:
    """The kind that each argument is cast to before ``op`` (None: left alone), None for no cast."""
    out = "real" if op.kind is None else op.kind(kinds)
    if out == "bool":
        return None
    wanted = tuple(
        [out if k != out and _widens(op, i, len(kinds)) else None for i, k in enumerate(kinds)]
    )
    return wanted if any(wanted) else None


def _widens(op: Op, i: int, count: int) -> bool:
    """Whether argument ``i`` is a value that the kind of the result follows, no condition."""
    if op.kind is None:
        return True
    kinds: list[Kind] = ["bool"] * count
    kinds[i] = "real"
    return op.kind(tuple(kinds)) == "real"


def as_float(value: Any) -> Any:
    """A number as a NumPy float, too large ones as inf; bools and arrays stay as they are."""
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        try:
            return np.float64(value)
        except OverflowError:
            return np.float64(math.inf if value > 0 else -math.inf)
    return np.float64(value) if isinstance(value, float) else value
