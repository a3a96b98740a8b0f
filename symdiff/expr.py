"""The graph: ``Op``, the record of one operation, and ``Expr``, the node that applies it.

Nodes are immutable and interned: the same operation on the same arguments with the same
parameters is the same object, so identity is structural equality and every graph is a DAG
without copies.  Building a node rewrites nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from numbers import Rational
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias
from weakref import ref

from _weakref import _remove_dead_weakref  # type: ignore[attr-defined]
import numpy as np

from .domain import REAL, Interval
from .errors import (
    ArityError,
    ConversionError,
    ImmutableError,
    KindError,
    NotAnExpression,
    ShapeError,
    TruthError,
    UnknownOp,
)

Shape: TypeAlias = tuple[int, ...]
Kind: TypeAlias = Literal["real", "int", "bool"]
Params: TypeAlias = tuple[Any, ...]
ExprLike: TypeAlias = "Expr | float | Rational | np.ndarray[Any, Any] | np.generic[Any]"

ATOM = 100  # binding strength of a name, a number or a call
_lock = RLock()


class _Entry(ref["Expr"]):
    """A weak reference that knows its place in the table of its operation."""

    __slots__ = ("key", "table")

    key: Any
    table: dict[Any, _Entry]


def _forget(entry: _Entry) -> None:
    _remove_dead_weakref(entry.table, entry.key)


class Expr:
    """A node: an operation applied to arguments, with the shape and kind of its value.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> x * 2 + 1 is x * 2 + 1
    True
    >>> (x * 2).op is sd.Mul, (x * 2).args, x.shape
    (True, (x, 2), ())
    """

    __slots__ = ("__weakref__", "args", "digest", "kind", "op", "params", "shape")

    op: Op
    args: tuple[Expr, ...]
    params: Params
    shape: Shape
    kind: Kind
    digest: int

    __array_priority__ = 1000

    def __new__(cls, *args: object) -> Expr:
        raise TypeError("build expressions with sd.Var, sd.Const, operators and functions")

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        product = 1
        for n in self.shape:
            product *= n
        return product

    @property
    def value(self) -> Any:
        """The number or the read-only array of a constant."""
        if self.op is not Const:
            raise AttributeError(f"{self!r} is not a constant; use sd.evaluate")
        return self.params[0]

    @property
    def name(self) -> str:
        """The name of a variable."""
        if self.op is not Var:
            raise AttributeError(f"{self!r} is not a variable")
        name: str = self.params[0]
        return name

    @property
    def domain(self) -> Interval:
        """The domain that a variable declares."""
        if self.op is not Var:
            raise AttributeError(f"{self!r} is not a variable")
        domain: Interval = self.params[3]
        return domain

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ImmutableError(f"expressions are immutable: cannot set {name!r}; build a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise ImmutableError(f"expressions are immutable: cannot delete {name!r}")

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, np.ndarray):
            raise TruthError("x == array")
        return self is other

    def __bool__(self) -> NoReturn:
        raise TruthError(repr(self))

    def __array__(self, *args: object, **kwargs: object) -> NoReturn:
        raise ConversionError(
            f"{self!r} has no numbers; use sd.stack([...]) to make an array of expressions, "
            "sd.evaluate(e, {...}) for its value"
        )

    def _no_number(self) -> NoReturn:
        raise ConversionError(f"{self!r} has no value yet; use sd.evaluate(e, {{...}})")

    __float__ = __int__ = __index__ = __complex__ = _no_number

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: object) -> Expr:
        return self

    if TYPE_CHECKING:  # installed by the layers above

        def __add__(self, other: ExprLike) -> Expr: ...
        def __radd__(self, other: ExprLike) -> Expr: ...
        def __sub__(self, other: ExprLike) -> Expr: ...
        def __rsub__(self, other: ExprLike) -> Expr: ...
        def __mul__(self, other: ExprLike) -> Expr: ...
        def __rmul__(self, other: ExprLike) -> Expr: ...
        def __truediv__(self, other: ExprLike) -> Expr: ...
        def __rtruediv__(self, other: ExprLike) -> Expr: ...
        def __pow__(self, other: ExprLike) -> Expr: ...
        def __rpow__(self, other: ExprLike) -> Expr: ...
        def __mod__(self, other: ExprLike) -> Expr: ...
        def __rmod__(self, other: ExprLike) -> Expr: ...
        def __and__(self, other: ExprLike) -> Expr: ...
        def __rand__(self, other: ExprLike) -> Expr: ...
        def __or__(self, other: ExprLike) -> Expr: ...
        def __ror__(self, other: ExprLike) -> Expr: ...
        def __lt__(self, other: ExprLike) -> Expr: ...
        def __le__(self, other: ExprLike) -> Expr: ...
        def __gt__(self, other: ExprLike) -> Expr: ...
        def __ge__(self, other: ExprLike) -> Expr: ...
        def __neg__(self) -> Expr: ...
        def __pos__(self) -> Expr: ...
        def __abs__(self) -> Expr: ...
        def __invert__(self) -> Expr: ...
        def __getitem__(self, index: Any) -> Expr: ...
        def __iter__(self) -> Iterator[Expr]: ...
        def __len__(self) -> int: ...
        def __call__(self, **values: Any) -> Any: ...


_new = object.__new__
_set_op, _set_args, _set_params, _set_shape, _set_kind, _set_digest = [
    vars(Expr)[slot].__set__ for slot in ("op", "args", "params", "shape", "kind", "digest")
]


def _intern(op: Op, key: Any, args: tuple[Expr, ...], params: Params) -> Expr:
    """The node for ``key``, made now; the caller has looked for it without the lock."""
    table = op.table
    shape, kind = op.infer(args, params)
    if params:
        digest = hash((op.digest, stable_hash(op.digest_params(params)), *[a.digest for a in args]))
    else:
        digest = hash((op.digest, *[a.digest for a in args]))
    with _lock:
        entry = table.get(key)
        if entry is not None:
            found = entry()
            if found is not None:
                return found
        node = _new(Expr)
        _set_op(node, op)
        _set_args(node, args)
        _set_params(node, params)
        _set_shape(node, shape)
        _set_kind(node, kind)
        _set_digest(node, digest)
        entry = _Entry(node, _forget)
        entry.key = key
        entry.table = table
        table[key] = entry
    return node


def make(op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
    """The interned node that applies ``op`` to ``args``."""
    key = (args, params) if params else args
    entry = op.table.get(key)
    if entry is not None:
        node = entry()
        if node is not None:
            return node
    return _intern(op, key, args, params)


def stable_hash(text: str) -> int:
    """A hash of a text that is the same in every process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) | zlib.adler32(
        text.encode("utf-8", "surrogatepass")
    ) << 32


# -- derivative rules: what a row may say; calculus/rules.py derives both modes from it --------


class Partials:
    """Local derivatives, one function of ``(*args, out)`` per argument (elementwise operations).

    A variadic row gives one function of ``(args, out)`` that returns all of them.
    """

    __slots__ = ("all", "each")

    def __init__(
        self,
        *each: Callable[..., ExprLike],
        all: Callable[[tuple[Expr, ...], Expr], list[Expr]] | None = None,
    ) -> None:
        self.each, self.all = each, all


class Linear:
    """An operation linear in all its arguments together.

    ``transpose(y_bar, node, i)`` gives the cotangent of argument ``i``.  ``y_bar`` may carry
    leading batch axes before the axes of ``node``.
    """

    __slots__ = ("transpose",)

    def __init__(self, transpose: Callable[[Expr, Expr, int], Expr]) -> None:
        self.transpose = transpose


class Custom:
    """Tangent and cotangent rule side by side.

    ``tangent(node, tangents)`` gets ``None`` for a zero tangent.  ``cotangent(y_bar, node, i)``
    gives ``(value, guard)``: where the boolean ``guard`` is false, the cotangent is zero
    whatever the value; ``guard=None`` stands for true.  ``(None, None)`` is a zero.
    """

    __slots__ = ("cotangent", "tangent")

    def __init__(
        self,
        tangent: Callable[[Expr, list[Expr | None]], Expr | None],
        cotangent: Callable[[Expr, Expr, int], tuple[Expr | None, Expr | None]],
    ) -> None:
        self.tangent, self.cotangent = tangent, cotangent


class NonDiff:
    """No derivative flows; ``zero`` says that it is 0 by convention, else asking for it raises."""

    __slots__ = ("reason", "zero")

    def __init__(self, reason: str, zero: bool = True) -> None:
        self.reason, self.zero = reason, zero


Rule: TypeAlias = Partials | Linear | Custom | NonDiff


# -- operations ----------------------------------------------------------------------------------

OPS: dict[str, Op] = {}  # every operation by name, in the order of the rows


class Op:
    """The record of one operation: everything the package knows about it.

    Calling it builds a node: ``Add(x, 2)``, ``Sin(x)``.  The fields are documented where rows
    are written, in ``ops/row.py``.
    """

    __slots__ = (
        "accuracy",
        "arity",
        "constant",
        "cost",
        "digest",
        "domain",
        "facts",
        "infix",
        "kind",
        "kinks",
        "latex",
        "mpmath",
        "name",
        "numpy",
        "param_names",
        "precedence",
        "pretty",
        "python",
        "range",
        "rule",
        "shape",
        "source",
        "table",
        "test",
    )

    def __init__(
        self,
        name: str,
        *,
        arity: int | None = 1,
        rule: Rule | None = None,
        numpy: str | Callable[..., Any] = "",
        python: str = "",
        mpmath: str | Callable[..., Any] = "",
        params: tuple[str, ...] = (),
        shape: Callable[[str, tuple[Shape, ...], Params], Shape] | None = None,
        kind: Callable[[tuple[Kind, ...]], Kind] | None = None,
        domain: tuple[Interval, ...] = (REAL,),
        test: tuple[Interval, ...] = (),
        range: Interval = REAL,
        kinks: tuple[tuple[Any, Any], ...] = (),
        facts: str = "",
        infix: str = "",
        precedence: int = ATOM,
        latex: str = "",
        pretty: str = "",
        cost: float = 1.0,
        accuracy: tuple[float, float] = (1.0, 4.0),
        constant: float | None = None,
        source: str = "",
    ) -> None:
        self.name, self.arity, self.rule = name, arity, rule
        self.numpy, self.python, self.mpmath = numpy, python, mpmath
        self.param_names, self.shape, self.kind = params, shape, kind
        self.domain, self.test, self.range = domain, test or domain, range
        self.kinks, self.facts = kinks, frozenset(facts.split())
        self.infix, self.precedence, self.latex = infix, precedence, latex
        self.pretty, self.cost, self.accuracy = pretty, cost, accuracy
        self.constant, self.source = constant, source
        self.digest = stable_hash(name)
        self.table: dict[Any, _Entry] = {}

    @property
    def title(self) -> str:
        """The name of the functional form: ``Add``, ``StopGradient``."""
        return "".join(part[:1].upper() + part[1:] for part in self.name.split("_"))

    @property
    def elementwise(self) -> bool:
        """Whether shapes broadcast, so that every element is computed on its own."""
        return self.shape is None and self.arity != 0

    def __repr__(self) -> str:
        return self.title

    def __reduce__(self) -> str | tuple[Any, ...]:
        return (operation, (self.name,))

    def __call__(self, *args: ExprLike, **params: Any) -> Expr:
        if self.arity is not None and len(args) != self.arity:
            plural = "" if self.arity == 1 else "s"
            raise ArityError(self.title, f"{self.arity} argument{plural}", len(args))
        if self.arity is None and not args:
            raise ArityError(self.title, "at least 1 argument", 0)
        if params.keys() != set(self.param_names):
            plural = "" if len(self.param_names) == 1 else "s"
            expected = f"the parameter{plural} {', '.join(self.param_names)}"
            raise ArityError(
                self.title, expected if self.param_names else "no parameters", len(params)
            )
        nodes = tuple([a if type(a) is Expr else as_expr(a) for a in args])
        return make(self, nodes, tuple([params[name] for name in self.param_names]))

    def infer(self, args: tuple[Expr, ...], params: Params) -> tuple[Shape, Kind]:
        """Shape and kind of the value."""
        if self.shape is None:
            shape: Shape = ()
            for a in args:
                if a.shape and a.shape != shape:
                    shape = broadcast_shapes(self.title, tuple([a.shape for a in args]))
                    break
        else:
            shape = self.shape(self.title, tuple([a.shape for a in args]), params)
        return shape, "real" if self.kind is None else self.kind(tuple([a.kind for a in args]))

    def digest_params(self, params: Params) -> str:
        """The text of parameters that enters the digest of a node."""
        return repr(params)


def operation(name: str) -> Op:
    """The operation of that name."""
    try:
        return OPS[name]
    except KeyError:
        raise UnknownOp(name) from None


def broadcast_shapes(op: str, shapes: tuple[Shape, ...]) -> Shape:
    """NumPy's broadcasting rule; the error names all shapes."""
    rank = max(map(len, shapes), default=0)
    out = [1] * rank
    for shape in shapes:
        for axis, n in enumerate(shape, rank - len(shape)):
            if n != 1 and out[axis] not in (1, n):
                raise ShapeError(op, shapes, "sizes must be equal or 1, counted from the last axis")
            if n != 1:
                out[axis] = n
    return tuple(out)


# -- leaves --------------------------------------------------------------------------------------


class ArrayValue:
    """A read-only copy of an array, interned per copy."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        if array.dtype.kind not in "biuf":
            raise KindError(f"array constants are real, int or bool, got dtype {array.dtype}")
        self.array = np.array(array)
        self.array.flags.writeable = False

    def __repr__(self) -> str:
        return f"{self.array.dtype.str}{self.array.shape}{zlib.crc32(self.array.tobytes())}"


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
        if isinstance(value, (int, Fraction)) and value.numerator.bit_length() > 10_000:
            return f"{value.numerator:x}/{value.denominator:x}"  # repr refuses so many digits
        return repr(ArrayValue(value) if isinstance(value, np.ndarray) else value)


_SCALAR_KINDS: dict[type, Kind] = {int: "int", bool: "bool", float: "real", Fraction: "real"}
_HINTS: dict[type, str] = {
    list: "use sd.stack([...]) or np.array(...)",
    tuple: "use sd.stack([...]) or np.array(...)",
    str: "use sd.parse for text, sd.Var(name) for a variable",
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
    """The constant of that value; keyed by type and exact bits."""
    if isinstance(value, Expr):
        if value.op is Const:
            return value
        raise NotAnExpression(value, "Const takes a number or an array")
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        value = value.item()
    kind = type(value)
    if kind is float:
        if not (value and value == value):
            return _const(("float", repr(value)), value)
        return _const(value, value)
    if kind in _SCALAR_KINDS:
        return _const((kind, value), value)
    if isinstance(value, np.ndarray):
        held = ArrayValue(value)
        return _const(held, held.array)
    for base in (bool, int, float, Fraction):
        if isinstance(value, base):
            return const(base(value))
    raise NotAnExpression(value, _HINTS.get(kind, ""))


def _const(key: Any, value: Any) -> Expr:
    entry = Const.table.get(key)
    if entry is not None:
        node = entry()
        if node is not None:
            return node
    return _intern(Const, key, (), (value,))


def var(
    name: str,
    shape: int | Iterable[int] = (),
    kind: Kind = "real",
    domain: Interval = REAL,
    *,
    tag: int | None = None,
) -> Expr:
    """A variable; the same name, shape, kind and domain give the same object.

    ``tag`` sets internal symbols apart from every variable of the user.

    Raises: KindError for a name that is no text or an unknown kind, ShapeError for a bad shape.
    """
    if not isinstance(name, str) or not name:
        raise KindError(f"a variable needs a name, a non-empty text, got {name!r}")
    sizes = (shape,) if isinstance(shape, int) else tuple(map(int, shape))
    if any(n < 0 for n in sizes):
        raise ShapeError("Var", (sizes,), "sizes cannot be negative")
    if kind not in ("real", "int", "bool"):
        raise KindError(f"the kind of a variable is 'real', 'int' or 'bool', got {kind!r}")
    if not isinstance(domain, Interval):
        raise KindError(f"the domain of a variable is an interval such as sd.POSITIVE: {domain!r}")
    params = (name, sizes, kind, domain, tag)
    return make(Var, (), params)


def as_expr(value: ExprLike) -> Expr:
    """``value`` itself if it is an expression, else the constant of that value."""
    return value if isinstance(value, Expr) else const(value)


Const = OPS["const"] = _ConstOp("const", arity=0, params=("value",))
Var = OPS["var"] = _VarOp("var", arity=0, params=("name", "shape", "kind", "domain", "tag"))
