"""NumPy's protocols: what a call of one of its functions is on expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, signature
from typing import Any, NoReturn

from .errors import ConversionError
from .expr import Expr, ExprLike, Op, as_expr, make
from .methods import astype, clip, imaginary, matrix_transpose, rounded, unchanged
from .ops.arithmetic import mul
from .ops.contraction import outer as outer_product
from .ops.functions import reshape
from .ops.names import FUNCTIONS

# Methods of NumPy's ufuncs, and keywords of NumPy's functions that may have these values.
REDUCED = {
    "add.reduce": "sum", "multiply.reduce": "prod", "maximum.reduce": "max",
    "minimum.reduce": "min", "logical_and.reduce": "all", "logical_or.reduce": "any",
    "logaddexp.reduce": "logsumexp", "add.accumulate": "cumsum", "multiply.accumulate": "cumprod",
}  # fmt: skip
IDLE = {"out": None, "dtype": None, "where": True, "casting": "same_kind", "order": "K"}


def _lstsq(a: ExprLike, b: ExprLike, rcond: float | None = None) -> tuple[Expr]:
    """NumPy gives a tuple, the solution first; what follows it has no derivative here."""
    return (FUNCTIONS["lstsq"](a, b),)


# NumPy's functions whose arguments differ from those of the functions here, or that need no node.
ADAPTED: dict[str, Callable[..., Any]] = {
    "clip": clip,
    "round": rounded,
    "lstsq": _lstsq,
    "matrix_transpose": matrix_transpose,
    "positive": unchanged,
    "conjugate": unchanged,
    "real": unchanged,
    "imag": imaginary,
    "copy": unchanged,
    "astype": astype,
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a: a.size,
    "iscomplexobj": lambda x: False,
    "isrealobj": lambda x: True,
}

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def protocols(apply: Callable[..., Any], refused: Callable[..., Any]) -> dict[str, Any]:
    """The methods that NumPy calls: they ``apply`` the counterpart of a function.

    Where there is none, ``refused`` gets the function and its arguments with the error.
    """

    def of_ufunc(self: Any, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        try:
            call = numpy_ufunc(ufunc, method, args, dict(kwargs))
        except ConversionError as error:
            return refused(getattr(ufunc, method), args, kwargs, error)
        return apply(*call)

    def of_function(
        self: Any, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        try:
            call = numpy_call(function, args, dict(kwargs))
        except ConversionError as error:
            return refused(function, args, kwargs, error)
        return apply(*call)

    return {"__array_ufunc__": of_ufunc, "__array_function__": of_function}


def install() -> None:
    """Give ``Expr`` the protocols; called once by the package."""
    call = lambda function, args, kwargs: function(*args, **kwargs)
    for name, method in protocols(call, _refused).items():
        setattr(Expr, name, method)


def _refused(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: ConversionError
) -> NoReturn:
    raise error


def numpy_ufunc(ufunc: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """What a call of a ufunc, or of one of its methods, is here.

    Raises: ConversionError for one that has no counterpart, and for unknown keywords.
    """
    name = ufunc.__name__
    if method == "__call__":
        return _call(name, _function(name), args, kwargs)
    if method == "outer":
        return _call(f"{name}.outer", _outer(_function(name)), args, kwargs)
    called = REDUCED.get(f"{name}.{method}")
    if called is None:
        raise ConversionError(f"np.{name}.{method} has no counterpart on expressions")
    if len(args) == 1:
        kwargs.setdefault("axis", 0)
    return _call(f"{name}.{method}", _function(called), args, kwargs)


def numpy_call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """What a call of a NumPy function is here.

    Raises: ConversionError for one that has no counterpart, and for unknown keywords.
    """
    name = function.__name__
    first = next(iter(_parameters(function)), "")
    if first in kwargs:  # it has its own name in NumPy
        args = (kwargs.pop(first),)
    if function.__module__.startswith("numpy.linalg"):
        name = f"linalg.{name}"
    elif function.__module__ != "numpy":
        raise ConversionError(f"{function.__module__}.{name} has no counterpart on expressions")
    return _call(name, _function(name), args, kwargs)


def _function(name: str) -> Callable[..., Any]:
    """The counterpart of NumPy's function of that name."""
    room, _, last = name.rpartition(".")
    found = ADAPTED.get(last)
    if found is None and room:
        from . import linalg

        found = getattr(linalg, last, None)
    found = found or FUNCTIONS.get(last)
    if found is None:
        raise ConversionError(f"np.{name} has no counterpart on expressions; see dir(symdiff)")
    return found


@cache
def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    """``ufunc.outer``: every element of one with every element of the other."""

    def outer(left: Any, right: Any) -> Any:
        left, right = as_expr(left), as_expr(right)
        if function is mul and left.ndim == right.ndim == 1:
            return make(outer_product, (left, right))
        return function(reshape(left, (*left.shape, *(1,) * right.ndim)), right)

    return outer


@cache
def _parameters(function: Callable[..., Any]) -> Mapping[str, Parameter]:
    """The parameters of a function; an operation takes its arguments by position."""
    try:
        return {} if isinstance(function, Op) else signature(function).parameters
    except ValueError:  # some of NumPy's do not tell
        return {}


def _call(
    name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Call:
    """The call, without keywords that say what holds anyway; other unknown ones are refused."""
    kwargs = {k: v for k, v in kwargs.items() if k not in IDLE or v is not IDLE[k]}
    known = _parameters(function)
    if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        unknown = [f"{k}=" for k in kwargs if k not in known]
        if unknown:
            takes = ", ".join(known) or "arguments by position"
            if "out" in kwargs:
                takes += "; an array of numbers cannot hold expressions"
            raise ConversionError(
                f"np.{name} on expressions takes no {', '.join(unknown)}; it takes {takes}"
            )
    return function, args, kwargs
