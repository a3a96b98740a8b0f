"""From a graph to a ``Program``.

Lowering folds constants, splits n-ary sums and products into chains, makes casts explicit, puts
axes in where operands of different rank meet (so that batch axes stand over batch axes) and
reuses the registers of values that are no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import KindError, NameClash
from ..expr import Expr, Kind, Op, Params
from ..leaves import Const, Var
from ..messages import short
from ..ops import arrays
from ..ops.arithmetic import mul, sub
from ..ops.arrays import eye, reshape
from ..ops.contraction import reading
from ..ops.implementations import casts
from ..ops.structural import elements
from ..walk import collector_paused, postorder
from .contract import CONTRACT
from .exact import fold
from .inputs import require
from .path import moves, product
from .program import ADD_AT, ALIGN, CASTS, Instruction, Output, Program
from .scatters import Scatters


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
    leaves = [elements(out) for out in outputs]
    order = postorder([leaf for found in leaves for leaf in found or ()] if leaves else [])
    used = variables([*order, *(inputs or ())])
    inputs = used if inputs is None else _checked_inputs(inputs)
    allowed = set(inputs)
    require([v for v in used if v not in allowed])
    build = _Lowering(inputs, Scatters(order, outputs))
    build.run(order)
    for found in leaves:
        build.need([build.place[leaf] for leaf in found], found)
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
            raise KindError(
                f"an input is a variable, got {short(v)}; use sd.subs to replace a node"
            )
        if v in seen:
            raise KindError(f"the input {short(v.name)} is given twice")
        seen.add(v)
    return list(inputs)


SIMPLE = frozenset({arrays.sum, arrays.transpose})  # contractions that keep a kernel of their own

_Step = tuple[Op, list[int], int, Params, bool, Expr]  # an instruction on numbered values


class _Lowering:
    """Instructions on numbered values, each written once; ``finish`` gives them registers."""

    def __init__(self, inputs: Sequence[Expr], scatters: Scatters) -> None:
        self.inputs = tuple(inputs)
        self.scatters = scatters
        self.place: dict[Expr, int] = {v: i for i, v in enumerate(inputs)}
        self.kinds: list[Kind] = [v.kind for v in inputs]
        self.computed: list[Kind | None] = list(self.kinds)  # the kind, None for a constant
        self.constants: dict[int, Any] = {}
        self.constant_nodes: list[Expr] = []
        self.converted: dict[tuple[int, Any], int] = {}
        self.code: list[_Step] = []
        self.written: dict[Any, int] = {}  # steps of contractions, by what they do

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
        if node in self.scatters.absorbed:
            self.need(operands, args)
            self.place[node] = operands[0]
            return
        if node in self.scatters.parts:
            self.place[node] = self.scattered(node)
            return
        if op is eye:  # made only where something other than a contraction takes it
            self.place[node] = self.hold(node, None, node.kind)
            return
        contracts = op.contraction is not None and op not in SIMPLE
        if not contracts:
            self.need(operands, args)
        if all(self.constants.get(i) is not None for i in operands):
            value = fold(node, [self.constants[i] for i in operands])
            self.place[node] = self.hold(node, value, node.kind)
            return
        wanted = casts(op, tuple([self.kinds[i] for i in operands]))
        if wanted:
            operands = [
                self.convert(i, k, a) if k else i
                for i, k, a in zip(operands, wanted, args, strict=True)
            ]
        if contracts:
            self.place[node] = self.contraction(node, operands)
            return
        scalar = not node.shape and not any(a.shape for a in args)
        if not scalar and (op.elementwise or "stacks" in op.facts or "aligns" in op.facts):
            operands = self.aligned(operands, args)
        if op.arity is None and "associative" in op.facts:
            self.place[node] = self.chain(node, operands, scalar)
        else:
            self.place[node] = self.emit(op, operands, node.params, scalar, node)

    def need(self, places: list[int], nodes: Iterable[Expr]) -> None:
        """Make the identities among values that are used as arrays."""
        for i, node in zip(places, nodes, strict=True):
            if node.op is eye and self.constants[i] is None:
                self.constants[i] = fold(node, [])

    def contraction(self, node: Expr, operands: list[int]) -> int:
        """The steps of a product of arrays; equal steps are made once."""
        found = reading(node)
        own = dict(zip(node.args, operands, strict=True))
        parts = product(found)
        places = []
        for x in parts.operands:
            if x not in own:  # an axis of size 1 taken away
                (arg,) = x.args
                self.need([own[arg]], [arg])
                own[x] = self.step(reshape, [own[arg]], x.params, x)
            places.append(own[x])
        if not places:
            places.append(self.hold(node, 1, node.kind))
            parts = parts._replace(inputs=((),))
        for args, step in moves(parts.inputs, parts.output, parts.sizes):
            given = [places[i] for i in args]
            distinct = len(set(step.output)) == len(step.output)
            same = len(given) == 1 and step.inputs[0] == step.output and distinct
            places.append(given[0] if same else self.step(CONTRACT, given, (step,), node))
        out = places[-1]
        if parts.times != 1:
            out = self.step(mul, [out, self.hold(node, parts.times, node.kind)], (), node)
        return self.convert(out, node.kind, node) if self.kinds[out] != node.kind else out

    def scattered(self, node: Expr) -> int:
        """A sum with scattered parts, which are added in place to an array of its own."""
        parts = list(self.scatters.parts[node])
        rest = [a for a in node.args if a not in parts]
        self.need([self.place[a] for a in rest], rest)
        first = rest[0] if rest else node
        own = first.shape == node.shape and self.scatters.fresh(first)
        if len(rest) == 1 and (self.place[first] in self.constants or not own):
            start = parts.pop(0)
            rest.append(start)
            part = self.place[start]
            self.place[start] = self.emit(start.op, [part], start.params, False, start)
        operands = self.aligned([self.place[a] for a in rest], tuple(rest))
        value = self.chain(node, operands, False)
        for other in parts:
            params = (*other.params, node.op is sub)
            value = self.emit(ADD_AT, [value, self.place[other]], params, False, node)
        return value

    def step(self, op: Op, args: list[int], params: Params, node: Expr) -> int:
        """The value of an instruction that may have been written before."""
        key = (op, tuple(args), params)
        out = self.written.get(key)
        if out is None:
            out = self.written[key] = self.emit(op, args, params, False, node)
        return out

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
        held = [
            (value, node)
            for value, node in zip(self.constants.values(), self.constant_nodes, strict=True)
            if value is not None
        ]
        constants, nodes = zip(*held, strict=True) if held else ((), ())
        return Program(self.inputs, constants, nodes, code, placed, kinds)

    def fixed(self, outputs: list[Output]) -> tuple[list[int], list[int], list[Kind]]:
        """Registers of inputs and constants, uses of every value (one more for those kept)."""
        register = list(range(len(self.inputs))) + [0] * (len(self.kinds) - len(self.inputs))
        kinds = self.kinds[: len(self.inputs)]
        uses = [1] * len(kinds) + [0] * (len(self.kinds) - len(kinds))
        for i, value in self.constants.items():
            if value is None:
                continue
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
