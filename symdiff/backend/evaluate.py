"""Evaluation without compiling: one loop over a program, for any table of implementations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..errors import NonFinite
from ..expr import Expr, Kind, Shape, as_expr
from ..ops.implementations import Function, as_float, in_kind, on_numbers
from ..structure import flatten
from ..walk import postorder
from .exact import on_exact_numbers, plain
from .inputs import NUMBERS, as_arrays, by_variable, check_domains, is_number
from .lower import lower
from .program import TO_REAL, Instruction, Output, Program, constant_value

Check = Callable[[Expr, Any], None]
Registers = Sequence[Any] | Mapping[int, Any]


class Implementations(Protocol):
    """What an interpreter computes with: a function per instruction, a value per constant."""

    def function(self, step: Instruction) -> Function: ...

    def constant(self, value: Any, kind: Kind) -> Any: ...


class Arrays:
    """NumPy, with ``real`` as the type of real numbers."""

    def __init__(self, real: Any = np.float64) -> None:
        self.real = real

    def function(self, step: Instruction) -> Function:
        if step.op is TO_REAL:
            return lambda a: np.asarray(a, dtype=self.real)
        return in_kind(step.op, step.params, step.node.kind)

    def constant(self, value: Any, kind: Kind) -> Any:
        return constant_value(value, kind, self.real)


class Numbers:
    """Python numbers: ints and fractions stay exact where the result is rational."""

    def function(self, step: Instruction) -> Function:
        if step.scalar and not step.params:
            return on_exact_numbers(step.op) if step.op is not TO_REAL else lambda a: a
        function = Arrays().function(step)
        return lambda *args: plain(function(*map(as_float, args)))

    def constant(self, value: Any, kind: Kind) -> Any:
        return value


class Floats:
    """Python floats, as compiled code computes with them; may raise where the value is inf."""

    def function(self, step: Instruction) -> Function:
        on_floats = on_numbers(step.op) if step.scalar and not step.params else None
        if on_floats is not None:
            return on_floats
        function = Arrays().function(step)
        return lambda *args: plain(function(*map(as_float, args)))

    def constant(self, value: Any, kind: Kind) -> Any:
        return plain(constant_value(value, kind))


def interpret(
    program: Program,
    implementations: Implementations,
    inputs: Sequence[Any],
    check: Check | None = None,
) -> list[Any]:
    """All registers after running ``program``; ``check(node, value)`` sees every value."""
    kinds = program.kinds
    held = [
        implementations.constant(value, kinds[i])
        for i, value in enumerate(program.constants, len(program.inputs))
    ]
    registers = [*inputs, *held, *[None] * (len(kinds) - program.first)]
    if check is not None:
        for node, value in zip((*program.inputs, *program.constant_nodes), registers, strict=False):
            check(node, value)
    resolve = implementations.function
    functions: dict[Any, Function] = {}
    for step in program.instructions:
        op, args, out, params, scalar, node = step
        key = (op, params, scalar)
        function = functions.get(key)
        if function is None:
            function = functions[key] = resolve(step)
        if len(args) == 2:
            value = function(registers[args[0]], registers[args[1]])
        else:
            value = function(*[registers[i] for i in args])
        registers[out] = value
        if check is not None:
            check(node, value)
    return registers


def evaluate(
    tree: Any, values: Mapping[Any, Any] | None = None, /, check: bool = False, **named: Any
) -> Any:
    """The numbers of an expression, or of a nested list, tuple or dict of them.

    ``values`` gives a number or an array for each variable, by node or by name; variables may
    also be given by keyword.  Ints and fractions stay exact where the result is rational.

    Shapes: a value has any leading batch axes before the shape of its variable; results have
    the broadcast batch axes before the shape of their expression.
    Raises: MissingVariable, UnknownVariable, ShapeError, KindError, DomainError; with ``check``
    NonFinite, which names the node that made the first nan or inf.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.evaluate([x**2*y + y + 2, x / y], {x: 3, y: 4})
    [42, Fraction(3, 4)]
    """
    for value in (*(values or {}).values(), *named.values()):
        if hasattr(value, "evaluates"):  # a dual number brings its own arithmetic
            return value.evaluates(tree, {**(values or {}), **named})
    return evaluator(tree)(values, named, check)


def evaluator(tree: Any) -> Callable[..., Any]:
    """The function ``(values, named, check)`` that evaluates ``tree``, for more than one point."""
    leaves, rebuild = flatten(tree)
    program = lower([as_expr(leaf) for leaf in leaves if leaf is not None])

    def at(
        values: Mapping[Any, Any] | None,
        named: Mapping[str, Any] | None = None,
        check: bool = False,
    ) -> Any:
        found = iter(_results(program, values, named or {}, check))
        return rebuild([None if leaf is None else next(found) for leaf in leaves])

    return at


def values_of(
    outputs: Sequence[Expr], values: Mapping[Any, Any] | None = None, /, **named: Any
) -> dict[Expr, Any]:
    """The value of every node of a graph, as :func:`evaluate` computes it."""
    order = postorder(outputs)
    return dict(zip(order, _results(lower(order), values, named, False), strict=True))


def _results(
    program: Program, values: Mapping[Any, Any] | None, named: Mapping[str, Any], check: bool
) -> list[Any]:
    given = by_variable(program.inputs, values, named)
    check_domains(program.inputs, given)
    watch = _finite if check else None
    exact = all(type(v) in NUMBERS for v in given) and not any(v.shape for v in program.inputs)
    with np.errstate(all="ignore"):
        if exact:
            arrays, batch, _ = as_arrays(program.inputs, given)  # for its checks
            registers = interpret(program, Numbers(), given, watch)
            return [collect_number(registers, out) for out in program.outputs]
        arrays, batch, real = as_arrays(program.inputs, given)
        registers = interpret(program, Arrays(real), arrays, watch)
        found = [collect(registers, out, batch, real) for out in program.outputs]
    return [plain(v) for v in found] if all(map(is_number, given)) else found


def collect_number(registers: Sequence[Any], out: Output) -> Any:
    """An output of a run on Python numbers: a number, or an array of its shape.

    An array put together of ints is an array of ints.
    """
    values = [registers[i] for i in out.registers]
    if not out.shape:
        return bool(values[0]) if out.kind == "bool" else plain(values[0])
    if out.assembled and all(type(v) is int and abs(v) < 2**63 for v in values):
        return np.array(values).reshape(out.shape)
    return collect(registers, out, (), np.float64)


def collect(registers: Registers, out: Output, batch: Shape, real: Any) -> Any:
    """An output as a fresh array of shape ``batch + out.shape``; a NumPy scalar for shape ()."""
    values = [
        constant_value(value, out.kind, real) if type(value) in NUMBERS else value
        for value in [registers[i] for i in out.registers]
    ]
    dtype = values[0].dtype if len(values) == 1 else np.result_type(*values)
    if out.kind == "real" and dtype.kind != "c":
        dtype = np.dtype(real)  # some functions of SciPy know float64 only
    shape = batch + out.shape
    if not out.assembled:
        value = values[0]
        return np.array(value if value.shape == shape else np.broadcast_to(value, shape), dtype)[()]
    flat = np.empty((*batch, len(values)), dtype=dtype)
    for i, value in enumerate(values):
        flat[..., i] = value
    return flat.reshape(shape)


def _finite(node: Expr, value: Any) -> None:
    try:
        fine = bool(np.isfinite(value).all())
    except TypeError:  # an int or a fraction beyond the range of floats
        return
    if not fine:
        raise NonFinite(repr(node), value)
