"""Source for inputs without batch axes: shapes are known, so views and products are written out,
arrays that nothing needs any more are written into, and results that are new are not copied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..expr import Op, Shape, broadcast_shapes
from ..ops import arrays
from ..ops.implementations import is_ufunc, on_arrays
from ..ops.kernels import decode
from .codegen import NotNumbers, Writer, literal
from .contract import CONTRACT, NAMES, Step, expression
from .fused import BlockText, space
from .program import ADD_AT, ALIGN, TO_REAL, Instruction, Output, Program, typed_constants
from .runs import Run, run_at
from .spread import is_tall, is_wide, spread, stacked
from .storage import Buffer, Storage

_FLOAT64 = np.dtype(np.float64)
MOST_KEPT = 1 << 27  # bytes of scratch arrays that a function keeps between calls
LARGE = 4096  # elements from which it pays to write into an old array
RECYCLED = 1 << 21  # elements of an array that is freed at once, see Core.values
NARROW = 32  # a last axis up to this long, and much shorter than another, costs time in loops


def _index(x: str, step: Instruction, shape: Shape) -> str:
    at = decode(step.params[0])
    parts = ["None" if i is None else _slice(i) if isinstance(i, slice) else str(i) for i in at]
    if sum(i is not None for i in at) < len(shape):
        parts.insert(0, "...")
    return f"{x}[{', '.join(parts)}]"


def _slice(at: slice) -> str:
    start, stop, step = ["" if i is None else str(i) for i in (at.start, at.stop, at.step)]
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _sum(x: str, step: Instruction, shape: Shape) -> str:
    axes, keepdims = step.params
    whole = len({a % len(shape) for a in axes}) == len(shape) if shape else True
    axis = "None" if whole and axes else str(axes[0]) if len(axes) == 1 else str(axes)
    return f"add_reduce({x}, {axis}, keepdims=True)" if keepdims else f"add_reduce({x}, {axis})"


def _transpose(x: str, step: Instruction, shape: Shape) -> str:
    (axes,) = step.params
    lead = len(shape) - len(axes)
    order = (*range(lead), *[a % len(shape) for a in axes])
    reverse = order == tuple(reversed(range(len(shape))))
    return f"{x}.T" if reverse else f"{x}.transpose{order}"


def _broadcast(x: str, step: Instruction, shape: Shape) -> str:
    """Axes before the last ``rank`` stay in front of those that are put in."""
    rank, new = step.params
    lead, core = shape[: len(shape) - rank], shape[len(shape) - rank :]
    if lead and len(new) > rank:
        x = f"{x}.reshape({lead + (1,) * (len(new) - rank) + core})"
    return f"broadcast_to({x}, {lead + new})"


_VIEWS: dict[Op, Callable[[str, Instruction, Shape], str]] = {
    ALIGN: lambda x, step, shape: x,
    arrays.reshape: lambda x, step, shape: f"{x}.reshape({step.node.shape})",
    arrays.broadcast_to: _broadcast,
    arrays.transpose: _transpose,
    arrays.index: _index,
}
_NEW = frozenset({arrays.scatter, arrays.stack})  # results are new arrays


def structured(tree: Any, values: list[Any]) -> Any:
    """The values in the places of the leaves of a tree, as ``flatten`` took it apart.

    Instead of leaves there may be None, where every leaf has a value.
    """
    leaves, rebuild = tree
    if leaves is None:
        return rebuild(values)
    found = iter(values)
    return rebuild([None if leaf is None else next(found) for leaf in leaves])


class Core:
    """The function of a program for inputs of just the declared shapes.

    Raises: NotNumbers for other arguments, which the path for batches takes.
    """

    __slots__ = ("constants", "function", "idle", "program", "scratch", "shapes", "tree")

    def __init__(self, program: Program, tree: Any) -> None:
        self.program, self.tree = program, tree
        self.function: Callable[..., list[Any]] | None = None
        self.constants: list[Any] = []
        self.scratch: list[tuple[Shape, tuple[int, ...]]] = []
        self.idle: list[list[Any]] = []  # scratch arrays between calls, a set for every thread
        real = all(v.kind == "real" for v in program.inputs)
        self.shapes = [v.shape for v in program.inputs] if real else None

    def __call__(self, *args: Any) -> Any:
        if self.shapes is None:
            raise NotNumbers
        for a, shape in zip(args, self.shapes, strict=True):
            if type(a) is not np.ndarray or a.dtype is not _FLOAT64 or a.shape != shape:
                raise NotNumbers
        return structured(self.tree, self.values(args))

    def values(self, arrays: Sequence[Any]) -> list[Any]:
        """The outputs for float64 arrays (int64 and bool for inputs of such a kind)."""
        if self.function is None:
            writer = CoreWriter(self.program)
            self.constants = typed_constants(self.program, np.float64)
            self.scratch = writer.scratch
            if self.scratch:  # until glibc has seen an array this large freed, it gives memory back
                np.empty(RECYCLED)  # after every call, and every page of a temporary is a fault
            self.function = writer.define("on_core")
        try:
            scratch = self.idle.pop()
        except IndexError:
            scratch = [_empty(shape, axes) for shape, axes in self.scratch]
        with np.errstate(all="ignore"):
            found = self.function(self.constants, scratch, *arrays)
        if sum([a.nbytes for a in scratch]) <= MOST_KEPT and len(self.idle) < 2:
            self.idle.append(scratch)
        return found


def _narrow(short: int, long: int) -> bool:
    return short <= NARROW and 4 * short <= long


def laid(x: Any, axes: tuple[int, ...]) -> Any:
    """``x`` with its axes in memory in the order ``axes``; a copy unless they are."""
    return np.ascontiguousarray(x.transpose(axes)).transpose(np.argsort(axes))


def shape_of(step: Instruction, shapes: Sequence[Shape]) -> Shape:
    """The shape of a value from those in registers: its node's, but for steps on the way to it."""
    if step.op is CONTRACT:
        (how,) = step.params
        return tuple([how.sizes[x] for x in how.output])
    if step.op.elementwise:
        return broadcast_shapes(step.op.title, tuple([shapes[i] for i in step.args]))
    return step.node.shape


def _empty(shape: Shape, axes: tuple[int, ...]) -> Any:
    """An array whose axes lie in memory in the order ``axes``."""
    return np.empty([shape[i] for i in axes]).transpose(np.argsort(axes))


class CoreWriter(Writer):
    """``on_core(c, s, x0, ...)`` gives the finished outputs for float64 inputs without batch axes.

    ``c`` holds the constants, ``s`` arrays of the shapes ``scratch`` that the call may write.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        first = len(program.inputs)
        self.names |= NAMES
        self.names |= {"array": np.array, "asarray": np.asarray, "laid": laid, "space": space}
        self.names |= {"add": np.add, "subtract": np.subtract, "spread": spread, "stacked": stacked}
        for i, value in enumerate(program.constants, first):
            text = None if isinstance(value, np.ndarray) else literal(value, program.kinds[i])
            self.texts.append(text or f"c[{i - first}]")
        self.texts += [f"r{i}" for i in range(len(program.kinds) - program.first)]
        self.shapes: list[Shape] = [v.shape for v in (*program.inputs, *program.constant_nodes)]
        self.shapes += [()] * (len(program.kinds) - program.first)
        self.storage = Storage(program)
        self.marks: list[Shape] = []
        self.buffers: list[Buffer | None] = []  # of the marks
        self.layouts: dict[int, tuple[int, ...]] = {}  # axes in memory, for marks of any layout
        self.scratch: list[tuple[Shape, tuple[int, ...]]] = []
        self.blocks: list[str] = []  # functions for runs of steps
        self.lines = [f"def on_core({', '.join(['c', 's', *self.texts[:first]])}):"]
        at = 0
        while at < len(program.instructions):
            run = run_at(program, at, self.shapes, shape_of)
            if run is None:
                self.write(program.instructions[at])
            else:
                self.fuse(at, run)
            at = at + 1 if run is None else run.stop
        results = [self.result(out) for out in program.outputs]
        self.lines.append(f"    return [{', '.join(results)}]")
        self.settle()
        self.lines = self.blocks + self.lines

    def write(self, step: Instruction) -> None:
        text = self.statement(step)
        self.shapes[step.out] = shape_of(step, self.shapes)
        if text != self.texts[step.out]:
            self.lines.append(f"    {self.texts[step.out]} = {text}")

    def fuse(self, start: int, run: Run) -> None:
        """Write the function of a block for a run, and its call."""
        name = f"fused{len(self.names)}"
        block = BlockText(f"{name}_block", run, self.program)
        spaces = []
        for i, step in enumerate(self.program.instructions[start : run.stop], start):
            if i not in run.members:
                self.write(step)
                continue
            shape = shape_of(step, self.shapes)
            self.storage.enter()
            if i in run.kept:
                self.made(step, shape, new=True)
                spaces.append((i, f"space({shape}, @{len(self.marks)}@)"))
                self.marks.append(shape)
                self.buffers.append(self.storage.held[step.out])
            elif step.op is ADD_AT:
                self.storage.view(step, whole=True)
            else:
                self.storage.unknown(step)
            function = (
                self.array_function(step.op, step.params, "real") if step.op.elementwise else ""
            )
            texts = [self.texts[k] for k in step.args]
            block.add(i, step, texts, [self.shapes[k] for k in step.args], function)
            self.shapes[step.out] = shape
        self.names |= {name: block.fused(), **block.names}
        self.blocks += block.source
        self.lines += [f"    {block.targets[i]} = {text}" for i, text in spaces]
        self.lines.append(f"    {name}({', '.join([block.name, *block.arrays])})")
        self.lines += [f"    {self.texts[r]} = {block.targets[i]}" for r, i in run.left.items()]

    def statement(self, step: Instruction) -> str:
        args = [self.texts[i] for i in step.args]
        self.storage.enter()
        if step.op in _VIEWS:
            self.storage.view(step, step.op is ALIGN, step.op is arrays.broadcast_to)
            return _VIEWS[step.op](args[0], step, self.shapes[step.args[0]])
        if step.op is ADD_AT:
            self.storage.view(step, whole=True)
            place = _index(args[0], step, self.shapes[step.args[0]])
            self.lines.append(f"    {place} {'-=' if step.params[3] else '+='} {args[1]}")
            return args[0]
        if step.op is CONTRACT:
            return self.contraction(step, args)
        if step.op is arrays.sum:
            self.made(step, step.node.shape, bool(step.params[0]))
            return _sum(args[0], step, self.shapes[step.args[0]])
        if step.op is TO_REAL:
            self.storage.unknown(step)
            return f"asarray({args[0]}, float)"
        return self.call(step, args)

    def made(self, step: Instruction, shape: Shape, new: bool) -> None:
        if new and shape:
            self.storage.new(step, shape)
        else:
            self.storage.unknown(step)

    def call(self, step: Instruction, args: list[str]) -> str:
        name, shape = self.array_function(step.op, step.params, "real"), shape_of(step, self.shapes)
        ours = not callable(step.op.numpy)
        real = self.program.kinds[step.out] == "real"
        if real and ours and not step.params and is_ufunc(on_arrays(step.op)):
            mark = self.target(step, shape, operands=True)
            args = self.followed(step, args, shape, mark) + [f"out={text}" for text in mark]
            if is_wide(shape):
                name, args = "spread", [name, *args]
        else:
            self.made(step, shape, ours and (step.op.elementwise or step.op in _NEW))
        return f"{name}({', '.join(args)})"

    def contraction(self, step: Instruction, args: list[str]) -> str:
        (how,) = step.params
        shape = shape_of(step, self.shapes)
        if not how.fresh:
            if len(how.inputs) == 1:
                self.storage.view(step, False, not set(how.output) <= set(how.inputs[0]))
            else:
                self.storage.unknown(step)
            return expression(how, args)
        real = self.program.kinds[step.out] == "real"
        if len(how.inputs) == 2:
            self.stack(step)
        first = len(self.marks)
        text = expression(how, args, self.mark if real else lambda shape: "")
        if real and _is_call(text, "multiply("):
            target = self.target(step, shape, operands=True)
            return ", ".join([text[:-1], *target]) + ")"
        self.made(step, shape, new=True)
        if text.startswith("matmul(") and f"@{first}@).reshape" not in text:
            self.turn(first)
        if real and text.startswith("matmul(") and _is_tall(how):
            text = "stacked" + text.removeprefix("matmul")
        self.buffers[first:] = [self.storage.held[step.out]] * (len(self.marks) - first)
        return text

    def target(self, step: Instruction, shape: Shape, operands: bool) -> list[str]:
        """The array to write the value into, if it is large."""
        large = prod(shape) >= LARGE
        old = self.storage.reuse(step, shape, operands) if large else None
        if old is not None:
            return [self.texts[old]]
        self.made(step, shape, new=True)
        mark = self.mark(shape)[2:]
        if mark:
            self.layouts[len(self.marks) - 1] = tuple(range(len(shape)))
        self.buffers += [self.storage.held[step.out]] * bool(mark)
        return [mark] * bool(mark)

    def followed(
        self, step: Instruction, args: list[str], shape: Shape, mark: list[str]
    ) -> list[str]:
        """The operands of an elementwise step; small ones will have the layout of the result."""
        if not mark or mark[0][0] != "@":
            return args
        few = [
            len(own) == len(shape) and 1 < 4 * prod(own) <= prod(shape)
            for own in [self.shapes[i] for i in step.args]
        ]
        return [f"{mark[0]}<{x}>" if small else x for x, small in zip(args, few, strict=True)]

    def mark(self, shape: Shape) -> str:
        """A last argument for a large array: one of those kept between calls, unless returned."""
        if prod(shape) < LARGE:
            return ""
        self.marks.append(shape)
        return f", @{len(self.marks) - 1}@"

    def turn(self, at: int) -> None:
        """Let tall matrices that a product makes lie in memory column by column."""
        if at < len(self.marks):
            *lead, rows, columns = range(len(self.marks[at]))
            if _narrow(self.marks[at][columns], self.marks[at][rows]):
                self.layouts[at] = (*lead, columns, rows)

    def stack(self, step: Instruction) -> None:
        """Let operands of products of matrices lie in memory matrix by matrix."""
        (how,) = step.params
        left, right = how.inputs
        shared = {x for x in left if x in right and x in how.output}
        summed = any(x in right and x not in how.output for x in left)
        if not shared or not summed or set(left) == set(right):
            return
        for i, labels in zip(step.args, how.inputs, strict=True):
            buffer = self.storage.held.get(i)
            if buffer is not None and buffer in self.buffers and self.shapes[i] == buffer.shape:
                at = self.buffers.index(buffer)
                axes = range(len(labels))
                if buffer.home == i and self.layouts.get(at) == tuple(axes):
                    *lead, rows, columns = sorted(axes, key=lambda k: labels[k] not in shared)
                    if len(lead) == len(shared) and _narrow(
                        buffer.shape[columns], buffer.shape[rows]
                    ):
                        rows, columns = columns, rows
                    self.layouts[at] = (*lead, rows, columns)

    def settle(self) -> None:
        """Give every mark its array, or none if the value is returned."""
        source = "\n".join(self.lines)
        for i, (shape, buffer) in enumerate(zip(self.marks, self.buffers, strict=True)):
            axes = self.layouts.get(i, tuple(range(len(shape))))
            lies = buffer is None or buffer.returned or axes == tuple(range(len(shape)))
            text = r"\1" if lies else rf"laid(\1, {axes})"
            source = re.sub(rf"@{i}@<([^<>]*)>", text, source)
            if buffer is None or buffer.returned:
                source = re.sub(rf", (out=)?@{i}@", "", source)
            else:
                source = source.replace(f"@{i}@", f"s[{len(self.scratch)}]")
                self.scratch.append((shape, axes))
        self.lines = source.split("\n")

    def result(self, out: Output) -> str:
        texts = [self.texts[i] for i in out.registers]
        dtype = ", float" if out.kind == "real" else ""
        if out.assembled:
            return f"array([{', '.join(texts)}]{dtype}).reshape({out.shape})"
        if out.shape and self.storage.returnable(out.registers[0]):
            return texts[0]
        return f"array({texts[0]}{dtype})" + ("" if out.shape else "[()]")


def _is_tall(how: Step) -> bool:
    """Whether a stack of products is so large that threads share it."""
    left, right = [set(labels) for labels in how.inputs]
    shared = left & right & set(how.output)
    stack = tuple([how.sizes[x] for x in shared])
    return is_tall(stack, prod([how.sizes[x] for x in (left | right) - shared]))


def _is_call(text: str, start: str) -> bool:
    """Whether the text is one call of a function, which it starts with."""
    if not text.startswith(start):
        return False
    depth = 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if c == ")" and not depth:
            return i == len(text) - 1
    return False
