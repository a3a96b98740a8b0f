"""The graph: ``Op``, the record of one operation, and ``Expr``, the node that applies it.

Nodes are immutable and interned: the same operation on the same arguments with the same
parameters is the same object, so identity is structural equality and every graph is a DAG
without copies.  Building a node rewrites nothing.
"""

from __future__ import annotations

import zlib
from _weakref import _remove_dead_weakref  # type: ignore[attr-defined]
from collections.abc import Callable
from math import prod
from numbers import Rational
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias
from weakref import ref

import numpy as np

from .dispatch import PLAIN, TYPES, applier
from .domain import REAL, Interval
from .errors import (
    ArityError,
    ConversionError,
    EagerOperand,
    ImmutableError,
    NotAnExpression,
    ShapeError,
    TruthError,
    UnknownOp,
)
from .messages import short

if TYPE_CHECKING:
    from .arraylike import ArrayLike

    _Arrays = ArrayLike["Expr", "ExprLike"]
else:
    _Arrays = object

Shape: TypeAlias = tuple[int, ...]
Kind: TypeAlias = Literal["real", "int", "bool"]
Params: TypeAlias = tuple[Any, ...]
ExprLike: TypeAlias = "Expr | float | Rational | np.ndarray[Any, Any] | np.generic[Any]"

MOST_ELEMENTS = 2**63 - 1  # of an array
ATOM = 100  # binding strength of a name, a number or a call
_digest, _kind = attrgetter("digest"), attrgetter("kind")


class _Entry(ref["Expr"]):
    """A weak reference that knows its place in the table of its operation."""

    __slots__ = ("key", "table")

    key: Any
    table: dict[Any, _Entry]


def _forget(entry: _Entry) -> None:
    _remove_dead_weakref(entry.table, entry.key)


class Expr(_Arrays):
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
    __pandas_priority__ = 5000  # so that a Series leaves its operators to the expression

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
        return self._parameter("value", "a constant; use sd.evaluate")

    @property
    def name(self) -> str:
        """The name of a variable."""
        name: str = self._parameter("name", "a variable")
        return name

    @property
    def domain(self) -> Interval:
        """The domain that a variable declares."""
        domain: Interval = self._parameter("domain", "a variable")
        return domain

    def _parameter(self, name: str, kind: str) -> Any:
        if name not in self.op.param_names:
            raise AttributeError(f"{short(self)} is not " + kind)
        return self.params[self.op.param_names.index(name)]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ImmutableError(
            f"expressions are immutable: cannot set {short(name)}; build a new one"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise ImmutableError(f"expressions are immutable: cannot delete {short(name)}")

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, np.ndarray):
            raise TruthError("x == array")
        return self is other

    def __bool__(self) -> NoReturn:
        raise TruthError(repr(self))

    def __array__(self, *args: object, **kwargs: object) -> NoReturn:
        raise ConversionError(
            f"{short(self)} has no numbers, so NumPy cannot make an array of it; sd.stack([x, y]) "
            "is an array of expressions, np.sum(sd.stack([x, y])) their sum; sd.evaluate(e, {...}) "
            "gives numbers"
        )

    def _no_number(self) -> NoReturn:
        raise ConversionError(
            f"{short(self)} is an expression; Python's math takes numbers alone: write sd.sin(x) "
            "for math.sin(x), and sd.evaluate(e, {...}) for the value"
        )

    __float__ = __int__ = __index__ = __complex__ = _no_number

    def __copy__(self) -> Expr:
        return self

    def __deepcopy__(self, memo: object) -> Expr:
        return self

    if TYPE_CHECKING:  # installed by the layers above, for expressions alone

        @property
        def variables(self) -> tuple[Expr, ...]: ...
        def __len__(self) -> int: ...
        def __call__(self, /, *point: Any, **values: Any) -> Any: ...
        def diff(self, *by: Expr | int, n: int | None = None, simplify: bool = True) -> Expr: ...
        def latex(self, **options: Any) -> str: ...
        def simplify(self, exact: bool = False, effort: int = 1) -> Expr: ...
        def subs(self, *given: Any, **named: Any) -> Expr: ...
        def astype(self, dtype: Any, copy: bool = True) -> Expr: ...


PLAIN.add(Expr)
_new = object.__new__
_set_op, _set_args, _set_params, _set_shape, _set_kind, _set_digest = [
    vars(Expr)[slot].__set__ for slot in ("op", "args", "params", "shape", "kind", "digest")
]


def intern(op: Op, key: Any, args: tuple[Expr, ...], params: Params) -> Expr:
    """The node for ``key``, made now; the caller has looked for it without the lock."""
    table = op.table
    shape, kind = op.infer(args, params)
    if shape and (min(shape) < 0 or max(shape) > MOST_ELEMENTS or prod(shape) > MOST_ELEMENTS):
        raise ShapeError(op.title, (shape,), "sizes cannot be negative, nor 2**63 or more together")
    if params:
        digest = hash((op.digest, stable_hash(op.digest_params(params)), *map(_digest, args)))
    else:
        digest = hash((op.digest, *map(_digest, args)))
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
    while (held := table.setdefault(key, entry)) is not entry:  # atomic, so threads need no lock
        found = held()
        if found is not None:
            return found
        _remove_dead_weakref(table, key)
    return node


def make(op: Op, args: tuple[Expr, ...], params: Params = ()) -> Expr:
    """The interned node that applies ``op`` to ``args``."""
    key = (args, params) if params else args
    entry = op.table.get(key)
    if entry is not None:
        node = entry()
        if node is not None:
            return node
    return intern(op, key, args, params)


def stable_hash(text: str) -> int:
    """A hash of a text that is the same in every process."""
    return (
        zlib.crc32(text.encode("utf-8", "surrogatepass"))
        | zlib.adler32(text.encode("utf-8", "surrogatepass")) << 32
    )


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
        "contraction",
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
        "native",
        "numpy",
        "param_names",
        "precedence",
        "pretty",
        "python",
        "range",
        "reading",
        "rule",
        "shape",
        "source",
        "spelled",
        "table",
        "test",
    )

    def __init__(
        self,
        name: str,
        *,
        arity: int | None = 1,
        rule: object = None,  # one of those in ``rule``, which knows expressions
        numpy: str | Callable[..., Any] = "",
        python: str = "",
        mpmath: str | Callable[..., Any] = "",
        native: tuple[str, float] | None = None,
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
        contraction: Callable[[Expr], Any] | None = None,
        spelled: Callable[[Expr], tuple[str, str, str]] | None = None,
        reading: Callable[..., Expr] | None = None,
        source: str = "",
    ) -> None:
        self.name, self.arity, self.rule = name, arity, rule
        self.numpy, self.python, self.mpmath, self.native = numpy, python, mpmath, native
        self.param_names, self.shape, self.kind = params, shape, kind
        self.domain, self.test, self.range = domain, test or domain, range
        self.kinks, self.facts = kinks, frozenset(facts.split())
        self.infix, self.precedence, self.latex = infix, precedence, latex
        self.pretty, self.cost, self.accuracy = pretty, cost, accuracy
        self.constant, self.contraction, self.source = constant, contraction, source
        self.spelled, self.reading = spelled, reading
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
        try:
            nodes = tuple([a if type(a) is Expr else as_expr(a) for a in args])
        except NotAnExpression:
            apply = applier(args, params)
            if apply is None:
                raise
            return apply(self, args, params)  # type: ignore[no-any-return]
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
        return shape, "real" if self.kind is None else self.kind(tuple(map(_kind, args)))

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


def as_expr(value: ExprLike) -> Expr:
    """``value`` itself if it is an expression, else the constant of that value."""
    if isinstance(value, Expr):
        return value
    if type(value) in TYPES:
        raise EagerOperand(value)
    return OPS["const"](value)
