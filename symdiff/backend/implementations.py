"""The lowering table: from the names on a row to callables, for arrays and for Python numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import UnsupportedOp
from ..expr import Op, Params

Function = Callable[..., Any]

_MODULES = {"np": "numpy", "special": "scipy.special", "kernels": "symdiff.ops.kernels",
            "places": "symdiff.ops.place_kernels",
            "reduction_kernels": "symdiff.ops.reduction_kernels",
            "linear": "symdiff.ops.linear.kernels",
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
    """``function`` with the static parameters of a node filled in."""
    return (
        partial(function, **dict(zip(op.param_names, params, strict=True))) if params else function
    )


def _named(dotted: str) -> Function:
    module, _, name = dotted.partition(".")
    found: Function = getattr(import_module(_MODULES[module]), name)
    return found


def is_ufunc(function: Function) -> bool:
    """Whether it can write its one result into an array given as ``out``."""
    return isinstance(function, np.ufunc) and function.nout == 1
