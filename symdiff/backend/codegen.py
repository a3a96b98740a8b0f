"""Python source from a program: one statement per instruction, and only names invented here.

Three forms share one writer: on Python numbers, on whole arrays, and on blocks of arrays with a
buffer per register.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from ..expr import Kind, Op, Params
from ..ops.implementations import (
    Function,
    as_float,
    in_kind,
    is_ufunc,
    may_overflow,
    on_arrays,
    on_numbers,
    with_params,
)
from .exact import bounded, plain
from .program import ALIGN, TO_INT, TO_REAL, Instruction, Output, Program, constant_value

CHUNK = 2000  # statements per function: Python's compiler takes more than linear time on long ones


class NotNumbers(Exception):
    """An argument that is no Python number: the array path takes the call."""


def number(value: Any) -> float:
    """A Python number that is real, as a float."""
    if isinstance(value, (float, int)):
        return float(value)
    raise NotNumbers


def whole(value: Any) -> int:
    if isinstance(value, int):
        return int(value)
    raise NotNumbers


def truth(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise NotNumbers


_CHECKS: dict[Kind, tuple[str, str]] = {
    "real": ("float", "number"), "int": ("int", "whole"), "bool": ("bool", "truth"),
}  # fmt: skip
_COPIES = (ALIGN, TO_INT, TO_REAL)  # on blocks, where a buffer has its type already
_RESULT: dict[Kind, str] = {"real": "float", "int": "int", "bool": "bool"}


_CONVERT: dict[Kind, Callable[[Any], Any]] = {"real": number, "int": whole, "bool": truth}


def as_kind(kind: Kind, value: Any) -> Any:
    """A Python number in the kind of its variable; NotNumbers for anything else."""
    return _CONVERT[kind](value)


class Writer:
    """Source text and the values of the names in it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"inf": math.inf, "nan": math.nan, "errstate": np.errstate}
        self.texts: list[str] = [f"x{i}" for i in range(len(program.inputs))]
        self.functions: dict[tuple[Op, Params, bool], str] = {}

    def bind(self, function: Function, dotted: Any) -> str:
        """The name of a function in the source: its own if the row gives a dotted one."""
        text = dotted if isinstance(dotted, str) else ""
        name = text.rpartition(".")[2] if text and "{" not in text else ""
        if not name or self.names.get(name, function) is not function:
            name = f"f{len(self.names)}"
        self.names[name] = function
        return name

    def array_function(self, op: Op, params: Params, kind: Kind) -> str:
        """The name of the implementation on arrays, with the parameters filled in."""
        key = (op, params, may_overflow(op, kind))
        name = self.functions.get(key)
        if name is None:
            own = "" if params or key[2] else op.numpy
            name = self.functions[key] = self.bind(in_kind(op, params, kind), own)
        return name

    def define(self, name: str) -> Callable[..., Any]:
        """The function ``name`` of the source written so far."""
        scope = dict(self.names)
        exec(compile(self.source, f"<symdiff {name}>", "exec"), scope)
        found: Callable[..., Any] = scope[name]
        return found

    @property
    def source(self) -> str:
        return "\n".join(self.lines) + "\n"


def literal(value: Any, kind: Kind) -> str | None:
    """A scalar constant as text, None for what has no literal."""
    if kind == "bool":
        return repr(bool(value))
    if kind == "int" and -(2**63) <= value < 2**63:  # a longer one is a float, as in an array
        return repr(value) if value >= 0 else f"({value!r})"
    text = repr(float(as_float(value)))
    return text if text[0] != "-" else f"({text})"


# -- Python numbers ------------------------------------------------------------------------------


def _on_numpy_floats(function: Function, kind: Kind, *args: Any) -> Any:
    """A function of the user, which may use what NumPy's numbers have and Python's lack."""
    return _CONVERT[kind](plain(function(*map(as_float, args))))


class Call(NamedTuple):
    """All that the text of a call on numbers depends on, and its key among those written."""

    op: Op
    params: Params
    scalar: bool
    arity: int
    kind: Kind
    gives_number: bool


class ScalarWriter(Writer):
    """Straight-line Python on floats; may raise where the array path gives inf or nan."""

    def __init__(self, program: Program, tree: Any = None) -> None:
        super().__init__(program)
        self.tree = tree
        self.templates: dict[Call, str] = {}
        self.names |= {"number": number, "whole": whole, "truth": truth, "bounded": bounded}
        self.names["empty"] = np.empty
        self.numpy_used = False
        body = self.body()
        head = f"def on_numbers({', '.join(self.texts[: len(program.inputs)])}):"
        checks = []
        for i, v in enumerate(program.inputs):
            kind, convert = _CHECKS[v.kind]
            checks += [f"    if type(x{i}) is not {kind}:", f"        x{i} = {convert}(x{i})"]
        if self.numpy_used:
            body = ["    with errstate(all='ignore'):", *["    " + line for line in body]]
        self.lines = [head, *checks, *body]

    def body(self) -> list[str]:
        program = self.program
        for i, value in enumerate(program.constants, len(program.inputs)):
            self.texts.append(self.constant(i, value))
        self.texts += [f"r{i}" for i in range(len(program.kinds) - program.first)]
        lines = [f"    {self.texts[s.out]} = {self.expression(s)}" for s in program.instructions]
        results = []
        for i, out in enumerate(program.outputs):
            results.append(self.result(i, out, lines))
        returned = self.structure(self.tree, iter(results)) if self.tree is not None else ""
        return [*lines, f"    return {returned or '[' + ', '.join(results) + ']'}"]

    def structure(self, tree: Any, leaves: Iterator[str]) -> str:
        """The display that puts the results in the places of the leaves of ``tree``."""
        if isinstance(tree, Mapping):
            entries = [f"{self.key(k)}: {self.structure(v, leaves)}" for k, v in tree.items()]
            return f"{{{', '.join(entries)}}}"
        if isinstance(tree, (list, tuple)):
            parts = "".join([self.structure(child, leaves) + ", " for child in tree])
            return f"[{parts[:-2]}]" if isinstance(tree, list) else f"({parts.rstrip(' ')})"
        return "None" if tree is None else next(leaves)

    def key(self, key: Any) -> str:
        """A name for the key of a dict: text of the user never enters the source."""
        name = f"key{len(self.names)}"
        self.names[name] = key
        return name

    def constant(self, i: int, value: Any) -> str:
        kind = self.program.kinds[i]
        if isinstance(value, np.ndarray):
            self.names[f"k{i}"] = constant_value(value, kind)
            return f"k{i}"
        return literal(value, kind) or ""

    def expression(self, step: Instruction) -> str:
        args = [self.texts[i] for i in step.args]
        node = step.node
        call = Call(step.op, step.params, step.scalar, len(args), node.kind, not node.shape)
        template = self.templates.get(call)
        if template is None:
            template = self.templates[call] = self.template(call)
        listed = ", ".join(args)
        text = template.format(*args) if "{0}" in template else f"{template}({listed})"
        return f"bounded({text}, {listed})" if call.kind == "int" and call.scalar else text

    def template(self, call: Call) -> str:
        """A template, or the name of a function."""
        op = call.op
        if not call.scalar or call.params or not op.python:
            self.numpy_used = True
            name = self.array_function(op, call.params, call.kind)
            if not call.gives_number:
                return name
            if callable(op.numpy):
                function = with_params(on_arrays(op), op, call.params)
                return self.bind(partial(_on_numpy_floats, function, call.kind), "")
            holes = ", ".join(f"{{{i}}}" for i in range(call.arity))
            return f"{_RESULT[call.kind]}({name}({holes}))"
        on_floats = on_numbers(op)
        assert on_floats is not None
        return op.python if "{0}" in op.python else self.bind(on_floats, op.python)

    def result(self, i: int, out: Output, lines: list[str]) -> str:
        values = ", ".join([self.texts[r] for r in out.registers])
        if not out.assembled:
            if not out.shape:
                return values
            self.names["array"] = np.array
            return f"array({values})"
        code = {"real": "d", "int": "q", "bool": "?"}[out.kind]
        dtype = {"real": "", "int": ", int", "bool": ", bool"}[out.kind]
        self.names[f"fill{i}"] = Struct(f"{len(out.registers)}{code}").pack_into
        lines.append(f"    o{i} = empty({out.shape}{dtype})")
        lines.append(f"    fill{i}(o{i}, 0, {values})")
        return f"o{i}"


# -- arrays --------------------------------------------------------------------------------------


class ArrayWriter(Writer):
    """NumPy on whole arrays: ``on_arrays(real, constants, x0, ...)`` gives all output registers."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        first = len(program.inputs)
        for i, value in enumerate(program.constants, first):
            array = isinstance(value, np.ndarray)
            self.texts.append(
                f"c[{i - first}]" if array else literal(value, program.kinds[i]) or ""
            )
        self.texts += [f"r{i}" for i in range(len(program.kinds) - program.first)]
        head = ", ".join(["real", "c", *self.texts[:first]])
        self.lines = [f"def on_arrays({head}):"]
        for step in program.instructions:
            self.lines.append(f"    {self.texts[step.out]} = {self.expression(step)}")
        wanted = dict.fromkeys(i for out in program.outputs for i in out.registers)
        self.lines.append(f"    return [{', '.join([self.texts[i] for i in wanted])}]")

    def expression(self, step: Instruction) -> str:
        args = [self.texts[i] for i in step.args]
        if step.node.kind == "real" and not any(map(self.is_typed, step.args)):
            args = [self.typed(i) for i in step.args]
        if step.op is TO_REAL:
            self.names["asarray"] = np.asarray
            return f"asarray({args[0]}, real)"
        return f"{self.array_function(step.op, step.params, step.node.kind)}({', '.join(args)})"

    def is_typed(self, i: int) -> bool:
        """Whether a register holds a real value that is no literal, so that literals follow it."""
        return self.program.kinds[i] == "real" and self.texts[i][0] in "xr"

    def typed(self, i: int) -> str:
        """A constant as a value of the real type rather than a literal."""
        at = i - len(self.program.inputs)
        return f"c[{at}]" if 0 <= at < len(self.program.constants) else self.texts[i]


class BlockWriter(Writer):
    """NumPy on blocks: every value is written into the buffer of its register.

    ``sources`` are the registers that ``on_blocks`` takes, in order; ``foreign`` tells that a
    function which is not NumPy's or SciPy's takes part, so that threads are not safe.
    """

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.foreign = False
        self.names["copyto"] = np.copyto
        first = program.first
        literals = {
            i: literal(value, program.kinds[i]) or ""
            for i, value in enumerate(program.constants, len(program.inputs))
            if not isinstance(value, np.ndarray)
        }
        count = len(program.kinds)
        self.texts = [
            literals.get(i, f"x{i}" if i < first else f"r{i - first}") for i in range(count)
        ]
        self.sources = [i for i in range(count) if i not in literals]
        head = ", ".join([self.texts[i] for i in self.sources])
        self.lines = [f"def on_blocks({head}, real):"]
        self.lines += [f"    {self.statement(step)}" for step in program.instructions] or [
            "    pass"
        ]

    def statement(self, step: Instruction) -> str:
        out, args = self.texts[step.out], [self.texts[i] for i in step.args]
        if step.op in _COPIES:
            return f"copyto({out}, {args[0]})"
        self.foreign = self.foreign or callable(step.op.numpy)
        function = on_arrays(step.op)
        name = self.array_function(step.op, step.params, step.node.kind)
        own = callable(step.op.numpy) or may_overflow(step.op, step.node.kind)
        if is_ufunc(function) and not step.params and not own:
            return f"{name}({', '.join(args)}, out={out})"
        return f"{out}[...] = {name}({', '.join(args)})"
