"""Any function of expressions on tensors: its graph is built once for stand-ins, then evaluated.

A *template* is what a function makes of variables that have the shapes and kinds of its
arguments.  It gives the value of a call, and its pieces are what tapes record of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..backend.compile import compile
from ..backend.inputs import by_variable
from ..backend.lower import variables
from ..dispatch import TYPES
from ..errors import KindError, NotAnExpression, NoValue, ShapeError, SymdiffError
from ..expr import Expr, as_expr
from ..leaves import var
from ..ops.indexing import getitem
from ..rewrite.cse import subs
from ..structure import fill, flatten, outline
from ..tracing.cache import Cache
from ..tracing.function import Function
from ..walk import postorder
from .graphs import Piece
from .recording import record, state
from .rows import apply_row, is_row, run
from .tensor import Tensor, constant, operand, packed, tensor
from .values import kind_of, settled, shape_of

STAND_IN = -3  # the tag of the variables that stand for tensors


class Template:
    """What a function makes of stand-ins, and how to compute and to record it.

    It may hold None and other values that are no expressions.
    """

    __slots__ = ("function", "leaves", "pieces", "restore", "stand_ins")

    def __init__(self, result: Any, stand_ins: list[Expr]) -> None:
        self.stand_ins = stand_ins
        self.leaves, self.restore = flatten(result)
        self.pieces: dict[int, Piece] = {}
        outputs = [x for x in self.leaves if isinstance(x, Expr)]
        self.function = compile(outputs, stand_ins)

    def values(self, operands: list[Any]) -> list[Any]:
        """The values of all leaves, from tensors and numbers."""
        found = iter(run(self.function, operands))
        return [settled(next(found)) if isinstance(x, Expr) else x for x in self.leaves]

    def recorded(self, k: int, value: Any, weak: bool | None, operands: list[Any]) -> Tensor:
        """The value of a leaf as a tensor; it is weak as its operands are where that is open."""
        piece = self.pieces.get(k) or self.pieces.setdefault(
            k, Piece(self.leaves[k], self.stand_ins)
        )
        used = tuple([operands[i] for i in piece.places])
        made = tensor(value, all(x._weak for x in used) if weak is None else weak)
        if state.live and used:
            record(made, piece, used)
        return made

    def __call__(self, operands: list[Tensor]) -> Any:
        results = self.values(operands)
        for k, leaf in enumerate(self.leaves):
            if isinstance(leaf, Expr):
                results[k] = self.recorded(k, results[k], None, operands)
        return self.restore(results)


# -- the arguments of a call --------------------------------------------------------------------

_NESTED = (list, tuple, dict)
_PLAIN = (bool, int, str, type(None), type(Ellipsis))


class Reading(NamedTuple):
    """How arguments are read: arrays of the kinds ``fixed`` shape the graph, as masks and counts
    do, and Python floats as well, unless ``floats`` says that they are inputs.
    """

    fixed: str
    floats: bool = False

    def is_input(self, value: Any) -> bool:
        kind = type(value)
        if kind in TYPES or kind is np.ndarray:
            return value.dtype.kind not in self.fixed
        return kind is float and self.floats

    def structure(self, value: Any, found: list[Tensor]) -> Any:
        """What the graph of a call depends on; inputs are appended to ``found``.

        Raises: KindError for what cannot be hashed, NoValue for an expression with variables.
        """
        return outline(value, partial(self._leaf, found))

    def _leaf(self, found: list[Tensor], value: Any) -> Any:
        kind = type(value)
        if self.is_input(value):
            held = constant(value) if kind is float else operand(value)
            found.append(held)
            return Tensor, shape_of(held._value), kind_of(held._value)
        if kind in TYPES or kind is np.ndarray:
            data = np.asarray(value)
            return data.dtype.str, data.shape, data.tobytes()
        if kind is float:
            return float, value.hex()
        if kind is slice:
            return slice, *_bounds(value)
        if kind is Expr:
            return operand(value)
        if kind not in _PLAIN:
            try:
                hash(value)
            except TypeError:
                raise KindError(
                    f"a {kind.__name__} is no tensor, no array and no number, and cannot be hashed"
                ) from None
        return kind, value

    def fill(self, value: Any, stand_ins: Iterator[Expr]) -> Any:
        """The arguments with stand-ins for inputs, in the order of ``structure``."""

        def filled(_: str, leaf: Any) -> Any:
            kind = type(leaf)
            if self.is_input(leaf):
                return next(stand_ins)
            if kind in TYPES or kind is np.ndarray:
                return np.array(leaf)
            return slice(*_bounds(leaf)) if kind is slice else leaf

        return fill(value, "", filled)


def _bounds(at: slice) -> list[int | None]:
    return [b if b is None else int(b) for b in (at.start, at.stop, at.step)]


def has_places(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an argument is an array of ints or bools."""
    leaves: list[Any] = flatten([args, kwargs])[0]
    arrays: list[Any] = [x for x in leaves if isinstance(x, (np.ndarray, *TYPES))]
    return any(x.dtype.kind in "biu" for x in arrays)


def packed_at(refused: Any, tree: Any, filled: Any) -> Any:
    """``tree`` with one tensor for the list that is ``refused`` in ``filled``, its twin.

    It is the same object where there is no such list.
    """
    if type(tree) not in _NESTED:
        return tree
    if filled is refused:
        return packed(tree)
    keys = [*tree] if type(tree) is dict else [*range(len(tree))]
    parts = [packed_at(refused, tree[key], filled[key]) for key in keys]
    if all(part is tree[key] for key, part in zip(keys, parts, strict=True)):
        return tree
    return dict(zip(keys, parts, strict=True)) if type(tree) is dict else type(tree)(parts)


# -- calls --------------------------------------------------------------------------------------

_templates: Cache[Template] = Cache(4096)


def apply(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function of expressions on arguments some of which are tensors."""
    if is_row(function) and not kwargs and len(args) == (function.arity or 2):
        operands = tuple(map(operand, args))
        if NotImplemented not in operands:
            return apply_row(function, operands)
    if function is getitem:
        return _applied(function, args, kwargs, Reading("b"))
    try:
        return _applied(function, args, kwargs, Reading("", isinstance(function, Function)))
    except (NoValue, ShapeError):
        raise
    except (SymdiffError, TypeError):
        if not has_places(args, kwargs):
            raise
        return _applied(function, args, kwargs, Reading("biu"))


def _applied(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], reading: Reading
) -> Any:
    given = (args, kwargs)
    while True:
        filled: list[Any] = []
        key, inputs = _read(function, given[0], given[1], reading)
        build = partial(_template, function, given, reading, inputs, filled)
        try:
            return _templates.get(key, build)(inputs)
        except NotAnExpression as refused:  # a list stands for an array there
            packed = packed_at(refused.value, given, filled[0]) if filled else given
            if packed is given:
                raise
            given = packed


def _read(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], reading: Reading
) -> tuple[Any, list[Tensor]]:
    """What tells the graph of a call from others, and the inputs of it."""
    simple = not kwargs and not reading.fixed and not reading.floats
    if simple and TYPES.keys() >= {*map(type, args)}:
        inputs = [x if type(x) is Tensor else x.value() for x in args]
        shapes = [(shape_of(x._value), kind_of(x._value)) for x in inputs]
        return (function, *shapes), inputs
    inputs = []
    generation = function.generation if isinstance(function, Function) else 0
    return (function, generation, reading.structure((args, kwargs), inputs)), inputs


def _template(
    function: Callable[..., Any],
    given: Any,
    reading: Reading,
    inputs: list[Tensor],
    filled: list[Any],
) -> Template:
    """The template of a call; ``filled`` gets the arguments that the function is entered with."""
    stand_ins = [
        var(f"x{i}", shape_of(x._value), kind_of(x._value), tag=STAND_IN)
        for i, x in enumerate(inputs)
    ]
    filled.append(reading.fill(given, iter(stand_ins)))
    args, kwargs = filled[0]
    return Template(function(*args, **kwargs), stand_ins)


class Graphs(NamedTuple):
    """Expressions as a function of their variables."""

    outputs: tuple[Any, ...]
    variables: tuple[Expr, ...]

    def __call__(self, *values: Any) -> list[Any]:
        given: dict[Any, Any] = dict(zip(self.variables, map(as_expr, values), strict=True))
        return list(subs(list(self.outputs), given))


def evaluated(tree: Any, values: Mapping[Any, Any]) -> Any:
    """An expression, or a nested structure, where variables are tensors: what ``evaluate`` calls.

    >>> import symdiff as sd
    >>> x, t = sd.Var("x"), sd.Variable(3.0)
    >>> with sd.GradientTape() as tape:
    ...     y = sd.evaluate(x**2, {x: t})
    >>> print(y, tape.gradient(y, t))
    9.0 6.0
    """
    leaves, restore = flatten(tree)
    nodes = [as_expr(leaf) for leaf in leaves]
    inputs = variables(postorder(nodes))
    given = by_variable(inputs, values, {})
    graphs: Any = Graphs(tuple(nodes), tuple(inputs))
    return restore(apply(graphs, tuple(given), {}))


TYPES[Tensor] = apply
