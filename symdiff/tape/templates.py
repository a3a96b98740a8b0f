"""Any function of expressions on tensors: its graph is built once for stand-ins, then evaluated.

A *template* is what a function makes of variables that have the shapes and kinds of its
arguments.  It gives the value of a call, and its pieces are what tapes record of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..backend.compile import Compiled, compile
from ..backend.evaluate import Arrays, collect
from ..backend.inputs import by_variable
from ..backend.lower import lower, variables
from ..backend.program import Output, Program, typed_constants
from ..dispatch import TYPES
from ..errors import NotAnExpression, NoValue, ShapeError, SymdiffError
from ..expr import Expr, as_expr
from ..leaves import var
from ..ops.indexing import getitem
from ..rewrite.cse import subs
from ..structure import flatten
from ..tracing.cache import Cache
from ..tracing.function import Function
from ..walk import postorder
from .piece import Piece
from .reading import Reading, has_places, packed_at
from .recording import record, state
from .rows import apply_row, has_single, is_row, same_precision
from .tensor import Tensor, operand, tensor
from .values import FLOAT64, kind_of, settled, shape_of

STAND_IN = -3  # the tag of the variables that stand for tensors
LONG = 12  # instructions: from here on a template is compiled


class Steps:
    """A short program made ready to run in one precision."""

    __slots__ = ("held", "outputs", "real", "steps")

    def __init__(self, program: Program, real: Any) -> None:
        table = Arrays(real)
        self.real, self.outputs = real, program.outputs
        rest = len(program.kinds) - program.first
        self.held = [*typed_constants(program, real), *[None] * rest]
        self.steps = [(table.function(step), step.args, step.out) for step in program.instructions]

    def __call__(self, *values: Any) -> list[Any]:
        registers = [*values, *self.held]
        with np.errstate(all="ignore"):
            for function, args, out in self.steps:
                registers[out] = function(*[registers[i] for i in args])
        return [self._result(registers, out) for out in self.outputs]

    def _result(self, registers: list[Any], out: Output) -> Any:
        """An output; it may share memory with inputs, for nothing writes into values."""
        value = registers[out.registers[0]]
        if not out.assembled and out.kind == "real" and type(value) is np.ndarray:
            return value if value.dtype == self.real else value.astype(self.real)
        return collect(registers, out, (), self.real)


class Template:
    """What a function makes of stand-ins, and how to compute it."""

    __slots__ = ("leaves", "pieces", "program", "ready", "restore", "stand_ins")

    def __init__(self, result: Any, stand_ins: list[Expr]) -> None:
        self.stand_ins = stand_ins
        self.leaves, self.restore = flatten(result)
        self.pieces = [Piece(x, stand_ins) for x in self.leaves if isinstance(x, Expr)]
        self.program = lower([piece.expr for piece in self.pieces], stand_ins)
        self.ready: dict[Any, Steps | Compiled] = {}

    def __call__(self, operands: list[Tensor]) -> Any:
        values, real = [x._value for x in operands], FLOAT64
        if has_single(values):
            values, real = same_precision(operands, values)
        run = self.ready.get(real.type) or self._made_ready(real.type)
        found = iter(run(*[_as_numpy(v, real.type) for v in values]))
        results = []
        pieces = iter(self.pieces)
        for leaf in self.leaves:
            if isinstance(leaf, Expr):
                piece = next(pieces)
                used = tuple([operands[i] for i in piece.places])
                made = tensor(settled(next(found)), all(x._weak for x in used))
                if state.live and used:
                    record(made, piece, used)
                results.append(made)
            else:
                results.append(leaf)
        return self.restore(results)

    def _made_ready(self, real: Any) -> Steps | Compiled:
        if len(self.program.instructions) < LONG:
            self.ready[real] = Steps(self.program, real)
        else:
            self.ready[real] = compile([piece.expr for piece in self.pieces], self.stand_ins)
        return self.ready[real]


def _as_numpy(value: Any, real: Any) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return value
    return real(value) if kind is float else np.asarray(value)[()]


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
