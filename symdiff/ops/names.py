"""The names of functions: those of the array API standard, and NumPy's older spellings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..dispatch import dispatched
from ..expr import OPS
from . import creation, functions, indexing, joining, products, reducing, shaping
from .linear import functions as linear
from .linear import norms
from .primitive import PRIMITIVES

ALIASES = {
    "absolute": "abs", "fabs": "abs", "negative": "neg", "multiply": "mul", "subtract": "sub",
    "divide": "div", "true_divide": "div", "power": "pow", "float_power": "pow",
    "remainder": "mod", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "rint": "round", "around": "round",
    "ln": "log", "fix": "trunc", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge", "equal": "eq", "not_equal": "ne", "bitwise_and": "logical_and",
    "bitwise_or": "logical_or", "invert": "logical_not", "expit": "sigmoid", "loggamma": "lgamma",
    "gammaln": "lgamma", "psi": "digamma", "jv": "jn", "amax": "max", "amin": "min",
    "cumulative_sum": "cumsum", "cumulative_prod": "cumprod",
    "permute_dims": "transpose", "concat": "concatenate", "flatten": "ravel", "array": "asarray",
}  # fmt: skip

_ROOMS = functions, indexing, reducing, shaping, joining, products, creation, linear, norms
WRAPPERS: dict[str, Callable[..., Any]] = {
    f.__name__: dispatched(f) for room in _ROOMS for f in room.PUBLIC
}

_LEAVES = {"const", "var"}


class _Functions(Mapping[str, Callable[..., Any]]):
    """Every function by every name, primitives of the user included."""

    def __getitem__(self, name: str) -> Callable[..., Any]:
        name = ALIASES.get(name, name)
        if name in _LEAVES and name not in WRAPPERS:
            raise KeyError(name)
        return WRAPPERS.get(name) or OPS.get(name) or PRIMITIVES[name]

    def __iter__(self) -> Iterator[str]:
        names = dict.fromkeys((*OPS, *PRIMITIVES, *WRAPPERS, *ALIASES))
        return iter([name for name in names if name not in _LEAVES or name in WRAPPERS])

    def __len__(self) -> int:
        return len(list(iter(self)))


FUNCTIONS: Mapping[str, Callable[..., Any]] = _Functions()


def public() -> set[str]:
    """The names that are for users: functions, their older spellings, and titles of operations.

    Operations that take their parameters as the graph has them are functions by their title alone,
    and rows that only the derivatives of others are made of have no name here.

    >>> {"sin", "Sin", "arcsin", "sum", "Sum", "Index"} <= public()
    True
    >>> {"index", "lower_half", "LowerHalf"} & public()
    set()
    """
    rows = [op for op in OPS.values() if op.arity != 0 and "inner" not in op.facts]
    plain = {op.name for op in rows if not op.param_names}
    return {*ALIASES, *WRAPPERS, *plain, *(op.title for op in rows)}
