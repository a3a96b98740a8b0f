"""The leaves of a graph: constants, keyed by type and exact bits, and variables."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from math import isnan
from operator import index
from types import FunctionType
from typing import Any

import numpy as np

from .dispatch import TYPES
from .domain import REAL, Interval
from .errors import ArityError, KindError, NotAnExpression
from .expr import OPS, Expr, Kind, Op, Params, Shape, intern, make
from .messages import short

FOREIGN = frozenset({"cupy", "dask", "jax", "jaxlib", "mlx", "tensorflow", "torch"})


def refuse_masked(name: str, value: Any) -> None:
    """A masked array has elements without a value, which there is no way to compute with.

    Raises: KindError unless nothing is masked.
    """
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        count = int(np.ma.getmaskarray(value).sum())
        raise KindError(
            f"{name}: {count} elements are masked; give value.filled(number), or weights of 0 and 1"
        )


def refuse_foreign(name: str, value: Any) -> None:
    """Arrays of JAX, torch and their like would lose their library, device and derivatives.

    Raises: KindError.
    """
    library = type(value).__module__.partition(".")[0]
    arraylike = hasattr(value, "__array__") or hasattr(value, "__dlpack__")
    if arraylike and not isinstance(value, (np.ndarray, np.generic)) and library in FOREIGN:
        hint = ", or call F.gufunc where F is compiled" if library == "dask" else ""
        raise KindError(
            f"{name}: the value is an array of {library}; symdiff computes with NumPy, "
            f"so give np.asarray(value){hint}"
        )


class ArrayValue:
    """A read-only copy of an array, interned per copy."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        refuse_masked("an array constant", array)
        if array.dtype.kind not in "biuf":
            raise KindError(f"array constants are real, int or bool, got dtype {array.dtype}")
        self.array = np.array(array)
        self.array.flags.writeable = False

    def __repr__(self) -> str:
        return f"{self.array.dtype.str}{self.array.shape}{zlib.crc32(self.array.tobytes())}"


def bits(value: int | Fraction) -> int:
    """The length of an exact number: that of its numerator or denominator."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


class _ConstOp(Op):
    """Leaves that hold a number or an array: ``Const(2)``, ``Const(Fraction(1, 3))``."""

    __slots__ = ()

    def __call__(self, *args: Any, **params: Any) -> Expr:
        if len(args) != 1 or params:
            raise ArityError("Const", "1 value", len(args))
        return const(args[0])

    def infer(self, args: tuple[Expr, ...], params: Params) -> tuple[Shape, Kind]:
        value = params[0]
        if isinstance(value, np.ndarray):
            return value.shape, _ARRAY_KINDS[value.dtype.kind]
        return (), _SCALAR_KINDS[type(value)]

    def digest_params(self, params: Params) -> str:
        value = params[0]
        if isinstance(value, (int, Fraction)) and bits(value) > 10_000:
            return f"{value.numerator:x}/{value.denominator:x}"  # repr refuses so many digits
        return repr(ArrayValue(value) if isinstance(value, np.ndarray) else value)


_SCALAR_KINDS: dict[type, Kind] = {int: "int", bool: "bool", float: "real", Fraction: "real"}
_HINTS: dict[type, str] = {
    list: "sd.stack([...]) is an array of expressions, np.array([...]) one of numbers",
    tuple: "sd.stack([...]) is an array of expressions, np.array([...]) one of numbers",
    str: "use sd.parse for text, sd.Var(name) for a variable",
    FunctionType: "call it with variables, f(x), for the expression that it gives",
}
_ARRAY_KINDS: dict[str, Kind] = {"b": "bool", "i": "int", "u": "int", "f": "real"}


class _VarOp(Op):
    """Leaves that stand for an input: ``Var("x", shape=(3,), domain=sd.POSITIVE)``."""

    __slots__ = ()

    def __call__(self, *args: Any, **params: Any) -> Expr:
        return var(*args, **params)

    def infer(self, args: tuple[Expr, ...], params: Params) -> tuple[Shape, Kind]:
        return params[1], params[2]


def const(value: Any) -> Expr:
    """The constant of a number or an array: ``1``, ``1.0`` and ``True`` are different ones.

    >>> import symdiff as sd
    >>> sd.Const(2) + 1, sd.Const(2).value, sd.Const(2) is sd.Const(2.0)
    (2 + 1, 2, False)
    """
    kind = type(value)
    if kind is float:
        exact = value if value and not isnan(value) else ("float", repr(value))
        return _const(exact, value)
    if kind in _SCALAR_KINDS:
        return _const((kind, value), value)
    if isinstance(value, Expr):
        if value.op is Const:
            return value
        raise NotAnExpression(value, "Const takes a number or an array")
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return const(value.item())
    if isinstance(value, np.ndarray):
        held = ArrayValue(value)
        return _const(held, held.array)
    for base in (bool, int, float, Fraction):
        if isinstance(value, base):
            return const(base(value))
    if hasattr(value, "__array__") and kind not in TYPES:  # a Series of pandas, say
        refuse_foreign("an array constant", value)
        return const(np.asarray(value))
    raise NotAnExpression(value, _HINTS.get(kind, ""))


def _const(key: Any, value: Any) -> Expr:
    entry = Const.table.get(key)
    if entry is not None:
        node = entry()
        if node is not None:
            return node
    return intern(Const, key, (), (value,))


def sizes(op: str, shape: Any) -> Shape:
    """A shape as a tuple of ints, from a whole number or several; True, 2.0, "23" are none.

    Raises: KindError.

    >>> sizes("Var", 3), sizes("Var", np.array([2, 3]))
    ((3,), (2, 3))
    """
    given = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    if not any(isinstance(n, (bool, np.bool_)) for n in given):
        with suppress(TypeError):
            return tuple(map(index, given))
    raise KindError(f"{op}: a shape is a whole number or several, as (2, 3), not {short(shape)}")


def var(
    name: str,
    shape: int | Iterable[int] = (),
    kind: Kind = "real",
    domain: Interval = REAL,
    *,
    tag: int | None = None,
) -> Expr:
    """A variable; the same name, shape, kind and domain give the same object.

    ``kind`` is "real", "int" or "bool"; ``domain``, an interval such as ``sd.POSITIVE``, is what
    ``simplify`` may rely on and ``evaluate`` checks.
    ``tag`` sets internal symbols apart from every variable of the user.

    Raises: KindError for a name that is no text, sizes that are no whole numbers or an
    unknown kind; ShapeError for sizes that no array has.

    >>> import symdiff as sd
    >>> x, X, p = sd.Var("x"), sd.Var("X", shape=(3, 4)), sd.Var("p", domain=sd.POSITIVE)
    >>> x is sd.Var("x"), X.shape, sd.simplify(sd.sqrt(p**2))
    (True, (3, 4), p)
    """
    if not isinstance(name, str) or not name:
        raise KindError(f"a variable needs a name, a non-empty text, got {short(name)}")
    if kind not in ("real", "int", "bool"):
        raise KindError(f"the kind of a variable is 'real', 'int' or 'bool', got {short(kind)}")
    if not isinstance(domain, Interval):
        raise KindError(
            f"the domain of a variable is an interval such as sd.POSITIVE: {short(domain)}"
        )
    params = (name, sizes("Var", shape), kind, domain, tag)
    return make(Var, (), params)


Const = OPS["const"] = _ConstOp("const", arity=0, params=("value",))
Var = OPS["var"] = _VarOp("var", arity=0, params=("name", "shape", "kind", "domain", "tag"))
