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
from .exact import always_rounded, on_exact_numbers, plain
from .inputs import (
    NUMBERS,
    as_arrays,
    by_variable,
    check_domains,
    check_mapping,
    is_number,
)
from .lower import lower, variables
from .prepare import program_of
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
        if on_floats is not None and step.node.kind == "int":
            return on_exact_numbers(step.op)
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
    also be given by keyword.  Ints and fractions stay exact where the result is rational; rounded
    results have the digits that :func:`compile` gives.

    Shapes: a value has any leading batch axes before the shape of its variable; results have
    the broadcast batch axes before the shape of their expression.
    Raises: MissingVariable, UnknownVariable, ShapeError, KindError, DomainError; with ``check``
    NonFinite, which names the node that made the first nan or inf.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.evaluate([x**2*y + y + 2, x / y], {x: 3, y: 4})
    [42, Fraction(3, 4)]
    """
    check_mapping(values)
    for value in (*(values or {}).values(), *named.values()):
        if hasattr(value, "evaluates"):  # a dual number brings its own arithmetic
            return value.evaluates(tree, {**(values or {}), **named})
    return evaluator(tree)(values, named, check)


def evaluator(tree: Any) -> Callable[..., Any]:
    """The function ``(values, named, check)`` that evaluates ``tree``, for more than one point."""
    leaves, rebuild = flatten(tree)
    evaluation = _Evaluation([as_expr(leaf) for leaf in leaves if leaf is not None])

    def at(
        values: Mapping[Any, Any] | None,
        named: Mapping[str, Any] | None = None,
        check: bool = False,
    ) -> Any:
        found = iter(evaluation.results(values, named or {}, _finite if check else None))
        return rebuild([None if leaf is None else next(found) for leaf in leaves])

    return at


def values_of(
    outputs: Sequence[Expr], values: Mapping[Any, Any] | None = None, /, **named: Any
) -> dict[Expr, Any]:
    """The value of every node of a graph as it is written, for pictures of it."""
    order = postorder(outputs)
    evaluation = _Evaluation(order)
    return dict(zip(order, evaluation.results(values, named, as_written=True), strict=True))


class _Evaluation:
    """Outputs and their variables; where rounding comes in, ``compile`` chooses the forms."""

    def __init__(self, outputs: list[Expr]) -> None:
        self.outputs = outputs
        self.order = postorder(outputs)
        self.inputs = variables(self.order)

    def results(
        self,
        values: Mapping[Any, Any] | None,
        named: Mapping[str, Any],
        check: Check | None = None,
        as_written: bool = False,
    ) -> list[Any]:
        """The values of the outputs; ``check`` sees every value of the graph as it is written."""
        given = by_variable(self.inputs, values, named)
        check_domains(self.inputs, given)
        arrays, batch, real = as_arrays(self.inputs, given)
        written = lower(self.outputs, self.inputs) if check or as_written else None
        with np.errstate(all="ignore"):
            if all(type(v) in NUMBERS for v in given) and not any(v.shape for v in self.inputs):
                return _on_numbers(written, given, check) if written else self._on_numbers(given)
            chosen = not any(a.dtype.kind == "c" for a in arrays)  # forms hold for real values
            program = written or program_of(self.outputs, self.inputs, chosen)
            registers = interpret(program, Arrays(real), arrays, check)
            found = [collect(registers, out, batch, real) for out in program.outputs]
        return [plain(v) for v in found] if all(map(is_number, given)) else found

    def _on_numbers(self, given: list[Any]) -> list[Any]:
        """Of ints and fractions, what is exact in the graph as it is written stays exact."""
        exact: list[Any] = []
        is_exact = self.outputs and not any(type(v) is float for v in given)
        if is_exact and not always_rounded(self.order).issuperset(self.outputs):
            exact = _on_numbers(program_of(self.outputs, self.inputs, chosen=False), given)
            if not any(map(_is_rounded, exact)):
                return exact
        found = _on_numbers(program_of(self.outputs, self.inputs, chosen=True), given)
        pairs = zip(exact or found, found, strict=True)
        return [rounded if _is_rounded(value) else value for value, rounded in pairs]


def _on_numbers(program: Program, given: list[Any], watch: Check | None = None) -> list[Any]:
    registers = interpret(program, Numbers(), given, watch)
    return [collect_number(registers, out) for out in program.outputs]


def _is_rounded(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


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
