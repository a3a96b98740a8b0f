"""From a graph to a ``Program``.

Lowering folds constants, splits n-ary sums and products into chains, makes casts explicit, puts
axes in where operands of different rank meet (so that batch axes stand over batch axes) and
reuses the registers of values that are no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from typing import Any

import numpy as np

from ..errors import KindError, MissingVariable, NameClash
from ..expr import Expr, Kind, Op, Params
from ..leaves import Const, Var
from ..walk import collector_paused, postorder
from .exact import on_exact_numbers, plain
from .implementations import on_arrays, with_params
from .program import ALIGN, CASTS, Instruction, Output, Program, constant_value


def variables(order: Iterable[Expr]) -> list[Expr]:
    """The variables among nodes, in their order.

    Raises: NameClash for two different ones of the same name.
    """
    found: dict[tuple[str, int | None], Expr] = {}
    for node in order:
        if node.op is Var:
            name, tag = node.params[0], node.params[4]
            other = found.setdefault((name, tag), node)
            if other is not node:
                raise NameClash(name, describe(other), describe(node))
    return list(found.values())


def describe(variable: Expr) -> str:
    """A variable with all that sets it apart from others of its name."""
    name, shape, kind, domain, _ = variable.params
    return f"Var({name!r}, shape={shape}, kind={kind!r}, domain={domain})"


def lower(outputs: Sequence[Expr], inputs: Sequence[Expr] | None = None) -> Program:
    """The program that computes ``outputs`` from ``inputs`` (by default: every variable there is).

    Raises: NameClash, MissingVariable for a variable that is no input, KindError for an input
    that is no variable or is given twice.
    Cost: one visit per node.
    """
    with collector_paused():
        return _lower(outputs, inputs)


def _lower(outputs: Sequence[Expr], inputs: Sequence[Expr] | None) -> Program:
    leaves = [_elements(out) for out in outputs]
    order = postorder([leaf for found in leaves for leaf in found or ()] if leaves else [])
    used = variables([*order, *(inputs or ())])
    inputs = used if inputs is None else _checked_inputs(inputs)
    allowed = set(inputs)
    missing = tuple([v.name for v in used if v not in allowed])
    if missing:
        raise MissingVariable(missing)
    build = _Lowering(inputs)
    build.run(order)
    wanted = [
        Output(
            tuple([build.as_kind(leaf, out.kind) for leaf in found]),
            out.shape,
            out.kind,
            found[0] is not out if found else True,
        )
        for out, found in zip(outputs, leaves, strict=True)
    ]
    return build.finish(wanted)


def _checked_inputs(inputs: Sequence[Expr]) -> list[Expr]:
    seen: set[Expr] = set()
    for v in inputs:
        if not isinstance(v, Expr) or v.op is not Var:
            raise KindError(f"an input is a variable, got {v!r}; use sd.subs to replace a node")
        if v in seen:
            raise KindError(f"the input {v.name!r} is given twice")
        seen.add(v)
    return list(inputs)


def _elements(out: Expr) -> list[Expr]:
    """The scalars that nested stacks put together to ``out``, or ``[out]`` if it is none."""
    level = [out]
    for _ in out.shape:
        for node in level:
            if "stacks" not in node.op.facts or node.params[0] != -node.ndim:
                return [out]
        level = [a for node in level for a in node.args]
    fits = len(level) == out.size and not any(node.shape for node in level)
    return level if fits else [out]


_Step = tuple[Op, list[int], int, Params, bool, Expr]  # an instruction on numbered values


class _Lowering:
    """Instructions on numbered values, each written once; ``finish`` gives them registers."""

    def __init__(self, inputs: Sequence[Expr]) -> None:
        self.inputs = tuple(inputs)
        self.place: dict[Expr, int] = {v: i for i, v in enumerate(inputs)}
        self.kinds: list[Kind] = [v.kind for v in inputs]
        self.computed: list[Kind | None] = list(self.kinds)  # the kind, None for a constant
        self.constants: dict[int, Any] = {}
        self.constant_nodes: list[Expr] = []
        self.converted: dict[tuple[int, Any], int] = {}
        self.code: list[_Step] = []

    def run(self, order: Iterable[Expr]) -> None:
        """Lower every node; the loop itself takes the usual ones, scalars of one kind."""
        place, kinds, computed, code = self.place, self.kinds, self.computed, self.code
        for node in order:
            operands = [place[a] for a in node.args]
            op, kind, count = node.op, node.kind, len(operands)
            if (count == 2 or count == op.arity == 1) and op.shape is None and not node.shape:
                for i in operands:
                    if computed[i] != kind:
                        operands = self.reals(operands, node) if kind == "real" else []
                        break
                if operands:
                    out = place[node] = len(kinds)
                    code.append((op, operands, out, node.params, True, node))
                    kinds.append(kind)
                    computed.append(kind)
                    continue
                operands = [place[a] for a in node.args]
            if op is not Var:
                self.visit(node, operands)

    def reals(self, operands: list[int], node: Expr) -> list[int]:
        """The operands of a real node with its constants made real; empty if others need a cast."""
        computed, kinds = self.computed, self.kinds
        found = []
        constant = 0
        for i, a in zip(operands, node.args, strict=True):
            if computed[i] is None:
                constant += 1
                found.append(i if kinds[i] == "real" else self.convert(i, "real", a))
            elif computed[i] == "real":
                found.append(i)
            else:
                return []
        return found if constant < len(found) else []

    def visit(self, node: Expr, operands: list[int]) -> None:
        op, args = node.op, node.args
        if not args and (op is Const or op.constant is not None):
            self.place[node] = self.hold(
                node, node.params[0] if op is Const else op.constant, node.kind
            )
            return
        if all(i in self.constants for i in operands):
            value = fold(node, [self.constants[i] for i in operands])
            self.place[node] = self.hold(node, value, node.kind)
            return
        wanted = casts(op, tuple([self.kinds[i] for i in operands]))
        if wanted:
            operands = [
                self.convert(i, k, a) if k else i
                for i, k, a in zip(operands, wanted, args, strict=True)
            ]
        scalar = not node.shape and not any(a.shape for a in args)
        if not scalar and (op.elementwise or "stacks" in op.facts):
            operands = self.aligned(operands, args)
        if op.arity is None and "associative" in op.facts:
            self.place[node] = self.chain(node, operands, scalar)
        else:
            self.place[node] = self.emit(op, operands, node.params, scalar, node)

    def chain(self, node: Expr, operands: list[int], scalar: bool) -> int:
        value = operands[0]
        for other in operands[1:]:
            value = self.emit(node.op, [value, other], node.params, scalar, node)
        return value

    def emit(self, op: Op, args: list[int], params: Params, scalar: bool, node: Expr) -> int:
        out = self.number(node.kind, node.kind)
        self.code.append((op, args, out, params, scalar, node))
        return out

    def number(self, kind: Kind, computed: Kind | None) -> int:
        self.kinds.append(kind)
        self.computed.append(computed)
        return len(self.kinds) - 1

    def hold(self, node: Expr, value: Any, kind: Kind) -> int:
        out = self.number(kind, None)
        self.constants[out] = value
        self.constant_nodes.append(node)
        return out

    def as_kind(self, node: Expr, kind: Kind) -> int:
        """The place of ``node``, cast to ``kind``."""
        place = self.place[node]
        return place if self.kinds[place] == kind else self.convert(place, kind, node)

    def convert(self, place: int, kind: Kind, node: Expr) -> int:
        """The place of a value in another kind."""
        out = self.converted.get((place, kind))
        if out is None:
            if place in self.constants:
                out = self.hold(node, self.constants[place], kind)
            else:
                out = self.number(kind, kind)
                self.code.append((CASTS[kind], [place], out, (), not node.shape, node))
            self.converted[place, kind] = out
        return out

    def aligned(self, operands: list[int], args: tuple[Expr, ...]) -> list[int]:
        target = max([a.ndim for a in args])
        return [
            i if a.ndim == target or i in self.constants else self.align(i, a, target)
            for i, a in zip(operands, args, strict=True)
        ]

    def align(self, place: int, node: Expr, target: int) -> int:
        out = self.converted.get((place, target))
        if out is None:
            out = self.converted[place, target] = self.number(self.kinds[place], self.kinds[place])
            self.code.append((ALIGN, [place], out, (node.ndim, target), not node.shape, node))
        return out

    def finish(self, outputs: list[Output]) -> Program:
        """Registers: inputs, constants, then one per value that is alive at the same time."""
        register, uses, kinds = self.fixed(outputs)
        free: dict[Kind, list[int]] = {"real": [], "int": [], "bool": []}
        code = []
        new, kind_of = tuple.__new__, self.kinds
        for op, args, out, params, scalar, node in self.code:
            moved = tuple([register[i] for i in args])
            for i in args:
                left = uses[i] = uses[i] - 1
                if not left:
                    free[kind_of[i]].append(register[i])
            kind = kind_of[out]
            pool = free[kind]
            if pool:
                target = pool.pop()
            else:
                target = len(kinds)
                kinds.append(kind)
            register[out] = target
            code.append(new(Instruction, (op, moved, target, params, scalar, node)))
        placed = [o._replace(registers=tuple([register[i] for i in o.registers])) for o in outputs]
        constants = tuple(self.constants.values())
        return Program(self.inputs, constants, tuple(self.constant_nodes), code, placed, kinds)

    def fixed(self, outputs: list[Output]) -> tuple[list[int], list[int], list[Kind]]:
        """Registers of inputs and constants, uses of every value (one more for those kept)."""
        register = list(range(len(self.inputs))) + [0] * (len(self.kinds) - len(self.inputs))
        kinds = self.kinds[: len(self.inputs)]
        uses = [1] * len(kinds) + [0] * (len(self.kinds) - len(kinds))
        for i in self.constants:
            register[i] = len(kinds)
            uses[i] = 1
            kinds.append(self.kinds[i])
        for out in outputs:
            for i in out.registers:
                uses[i] += 1
        for step in self.code:
            for i in step[1]:
                uses[i] += 1
        return register, uses, kinds


@cache
def casts(op: Op, kinds: tuple[Kind, ...]) -> tuple[Kind | None, ...] | None:
    """The kind that each argument is cast to before ``op`` (None: left alone), None for no cast."""
    if not op.elementwise and "stacks" not in op.facts and op.kind is not None:
        kind = op.kind(kinds)
        return tuple([kind if k != kind else None for k in kinds]) if _widens(op, 0, 1) else None
    out = "real" if op.kind is None else op.kind(kinds)
    if out == "bool":
        return None
    wanted = tuple(
        [out if k != out and _widens(op, i, len(kinds)) else None for i, k in enumerate(kinds)]
    )
    return wanted if any(wanted) else None


def _widens(op: Op, i: int, count: int) -> bool:
    """Whether argument ``i`` is a value that the kind of the result follows, no condition."""
    if op.kind is None:
        return True
    kinds: list[Kind] = ["bool"] * count
    kinds[i] = "real"
    return op.kind(tuple(kinds)) == "real"


def fold(node: Expr, values: list[Any]) -> Any:
    """The value of a node over constants, exact where it is rational."""
    op = node.op
    wanted = casts(op, tuple([a.kind for a in node.args])) or (None,) * len(values)
    scalar = not node.shape and not node.params and not any(a.shape for a in node.args)
    if scalar:
        function = on_exact_numbers(op)
    else:
        function = with_params(on_arrays(op), op, node.params)
        values = [
            constant_value(v, k or a.kind)
            for v, k, a in zip(values, wanted, node.args, strict=True)
        ]
    with np.errstate(all="ignore"):
        if op.arity is None and "associative" in op.facts:
            return plain(reduce(function, values))
        return plain(function(*values))
