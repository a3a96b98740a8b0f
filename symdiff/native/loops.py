"""The loop of a segment as a module of LLVM: one vector after another, the last one flush with the
end, so that nothing is left over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend.program import Program, constant_value
from ..expr import Kind
from .segments import Segment, kernel
from .vectors import Code, Value

NAME = "on_batch"
_MEMORY: dict[Kind, str] = {"real": "double", "int": "i64", "bool": "i8"}
_START = f"""
define void @{NAME}(i64 %n, ptr %pointers, ptr %masks) {{
"""


def loop(program: Program, segment: Segment, width: int, scaling: bool) -> str:
    """``on_batch(n, pointers, masks)`` for ``n >= width`` elements.

    ``pointers`` are those of the arrays read, written and of the outputs, in the order of the
    segment; those read have masks, 0 for one that holds the same value ``width`` times, else -1.
    """
    code = Code(width, scaling)
    head: list[str] = []
    values: dict[int, Value] = {}
    for i, value in enumerate(program.constants, len(program.inputs)):
        if not isinstance(value, np.ndarray):
            values[i] = _number(code, value, program.kinds[i])
    for k, r in enumerate(segment.reads):
        head.append(_pointer(k))
        head.append(f"%m{k}.at = getelementptr i64, ptr %masks, i64 {k}")
        head.append(f"%m{k} = load i64, ptr %m{k}.at")
        values[r] = _loaded(code, k, program.kinds[r])
    for step in segment.steps:
        given = alike([values[i] for i in step.args])
        function = kernel(step.op)
        assert function is not None
        values[step.out] = function(*given)
    k = len(segment.reads)
    targets = [(r, 0, 1) for r in segment.writes]
    targets += [(r, place.column, place.columns) for r, place in segment.stores]
    for k, (r, column, columns) in enumerate(targets, len(segment.reads)):
        head.append(_pointer(k))
        _store(code, k, values[r], column, columns)
    return _module(code, head)


def alike(values: list[Value]) -> list[Value]:
    """Operands of one kind, but for a condition in front of others."""
    kinds = {v.kind for v in values[len(values) == 3 :]}
    if len(kinds) == 1:
        return values
    return [v.as_real() for v in values]


def _number(code: Code, value: Any, kind: Kind) -> Value:
    typed = constant_value(value, kind)
    if kind == "int" and not isinstance(typed, np.integer):
        kind = "real"
    return code.constant(typed.item(), kind)


def _pointer(k: int) -> str:
    return f"%p{k}.at = getelementptr ptr, ptr %pointers, i64 {k}\n%p{k} = load ptr, ptr %p{k}.at"


def _loaded(code: Code, k: int, kind: Kind) -> Value:
    memory = _MEMORY[kind]
    vector = memory if code.width == 1 else f"<{code.width} x {memory}>"
    code.lines.append(f"%i{k} = and i64 %i, %m{k}")
    code.lines.append(f"%a{k} = getelementptr {memory}, ptr %p{k}, i64 %i{k}")
    text = f"load {vector}, ptr %a{k}, align 1"
    if kind != "bool":
        return code.emit(kind, text)
    code.lines.append(f"%b{k} = {text}")
    zero = "0" if code.width == 1 else "zeroinitializer"
    return code.emit("bool", f"icmp ne {vector} %b{k}, {zero}")


def _store(code: Code, k: int, value: Value, column: int, columns: int) -> None:
    memory = _MEMORY[value.kind]
    vector = memory if code.width == 1 else f"<{code.width} x {memory}>"
    typed = value.typed
    if value.kind == "bool":
        code.lines.append(f"%s{k} = zext {typed} to {vector}")
        typed = f"{vector} %s{k}"
    if columns == 1:
        code.lines.append(f"%o{k} = getelementptr {memory}, ptr %p{k}, i64 %i")
        code.lines.append(f"store {typed}, ptr %o{k}, align 1")
        return
    code.lines.append(f"%o{k}.i = mul i64 %i, {columns}")
    code.lines.append(f"%o{k} = getelementptr {memory}, ptr %p{k}, i64 %o{k}.i")
    for lane in range(code.width):
        part = typed
        if code.width > 1:
            code.lines.append(f"%o{k}.v{lane} = extractelement {typed}, i64 {lane}")
            part = f"{memory} %o{k}.v{lane}"
        at = f"%o{k}.a{lane}"
        code.lines.append(
            f"{at} = getelementptr {memory}, ptr %o{k}, i64 {lane * columns + column}"
        )
        code.lines.append(f"store {part}, ptr {at}, align 1")


def _module(code: Code, head: list[str]) -> str:
    end = [
        f"%step = add i64 %i, {code.width}",
        "%beyond = icmp sgt i64 %step, %last",
        "%next = select i1 %beyond, i64 %last, i64 %step",
        "%done = icmp eq i64 %i, %last",
        "br i1 %done, label %end, label %loop",
        "end:\nret void\n}",
        '!0 = !{!"branch_weights", i32 1, i32 1000}',
    ]
    start = [
        *sorted(code.declared),
        *code.functions.values(),
        _START,
        *head,
        f"%last = sub i64 %n, {code.width}",
        "br label %loop\nloop:",
        f"%i = phi i64 [0, %0], [%next, %{code.block}]",
    ]
    return "\n".join([*start, *code.lines, *end])
