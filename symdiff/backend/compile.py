"""``compile``: a graph as a fast function of numbers or arrays."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import Any, Literal

import numpy as np

from ..dispatch import TYPES, applier
from ..errors import ArityError, KindError
from ..expr import Expr, Shape, as_expr
from ..leaves import Var
from ..messages import short
from ..ops.implementations import may_overflow
from ..rewrite.cse import subs
from ..structure import flatten
from .batch import SMALLEST, Blocks, common_core
from .codegen import ArrayWriter, NotNumbers, ScalarWriter, as_kind
from .core import Core, CoreWriter, structured
from .evaluate import Arrays, Floats, collect, collect_number, interpret
from .exact import plain
from .gufunc import Gufunc
from .inputs import as_arrays, by_variable, is_number
from .into import direct, targets_in, write
from .lower import lower
from .native import Native
from .prepare import prepared
from .program import Program, typed_constants
from .rolling.call import Call
from .rolling.roll import rolled

MAX_SOURCE = 3000  # instructions: beyond, source costs more than the first calls save ...
MOST_ROLLED = 1000  # points of a batch: beyond, each scalar is an array long enough for itself
PATIENCE = 25  # ... and is written after that many calls


class Compiled:
    """The function that :func:`compile` makes; it pickles by its graph."""

    __slots__ = (
        "__weakref__", "_arrays", "_blocks", "_calls", "_core", "_direct", "_held", "_native",
        "_nodes", "_plain", "_rolled", "_scalars", "_tree", "backend", "fast", "inputs", "outputs",
        "program",
    )  # fmt: skip

    def __init__(
        self,
        outputs: Any,
        inputs: tuple[Expr, ...],
        fast: bool,
        backend: str | None = None,
        rolls: bool = True,
    ) -> None:
        self.outputs, self.inputs, self.fast, self.backend = outputs, inputs, fast, backend
        leaves, rebuild = flatten(outputs)
        self._nodes = [as_expr(leaf) for leaf in leaves if leaf is not None]
        self._tree = (leaves if len(self._nodes) < len(leaves) else None, rebuild)
        self._calls = 0
        self._held: dict[Any, list[Any]] = {}
        self._blocks: Blocks | bool | None = None
        self._native = Native(backend)
        self._plain: Program | None = None
        self._scalars: Any = None  # the function of each scalar, once a batch asks for it
        self._arrays: Callable[..., list[Any]] | None = None
        self._core: Core | None = None
        self._direct: Callable[..., Any] | None = None
        self._rolled = self._roll() if rolls else None
        if self._rolled is not None:
            self.program = self._rolled.function.program
            self._direct = self._on_vector
        else:
            self.program = lower(prepared(self._nodes, fast), inputs)
            self._core = self._core_path()
            on_arrays = any(v.shape for v in self.program.inputs)
            self._direct = self._core or (_refuse if on_arrays else None)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The outputs in their structure: Python numbers if all arguments are, else arrays.

        With ``out=arrays`` they are written into these, as by :meth:`into`.
        """
        if named:
            if "out" in named and all(v.name != "out" for v in self.inputs):
                return self.into(named.pop("out"), *args, **named)
            args = (*args, *by_variable(self.inputs[len(args) :], None, named))
        if len(args) != len(self.inputs):
            raise ArityError("the compiled function", f"{len(self.inputs)} values", len(args))
        try:
            return (self._direct or self._on_numbers)(*args)
        except (NotNumbers, ArithmeticError, ValueError, struct.error):
            apply = applier(args, {}) if TYPES else None
            if apply is not None:
                return apply(self.graph, args, {})
            return structured(self._tree, self._on_arrays(args))

    def into(self, out: Any, /, *args: Any, **named: Any) -> Any:
        """Write the outputs into the arrays ``out``, nested as they are, and return that.

        A large result then costs no new memory.  The arrays may be inputs or views of them.
        Raises: ShapeError, KindError and ArgumentError for arrays that do not fit.

        >>> import numpy as np, symdiff as sd
        >>> x = sd.Var("x")
        >>> F, y = sd.compile(x**2, x), np.empty(3)
        >>> F.into(y, [1, 2, 3]) is y, y.tolist()
        (True, [1.0, 4.0, 9.0])
        """
        args = (*args, *by_variable(self.inputs[len(args) :], None, named)) if named else args
        if len(args) != len(self.inputs):
            raise ArityError("the compiled function", f"{len(self.inputs)} values", len(args))
        targets = targets_in(out, self.outputs)
        write(self._on_arrays(args, targets), targets)
        return out

    def graph(self, *args: Expr) -> Any:
        """The outputs with other nodes in the places of the inputs."""
        return subs(self.outputs, dict(zip(self.inputs, args, strict=True)))

    def _roll(self) -> Call | None:
        """The function of few arrays that a graph of many scalars becomes."""
        inputs = self.inputs
        known = {v.params[::4] for v in inputs if v.op is Var}  # names and tags
        scalars = [v for v in inputs if not v.shape]
        if len(known) < len(inputs) or any(v.kind != "real" for v in scalars):
            return None
        found = rolled(self._nodes, scalars)
        if found is None:
            return None
        given = (*[found.vector] * bool(scalars), *[v for v in inputs if v.shape])
        function = Compiled(found.outputs, given, self.fast, self.backend, rolls=False)
        return Call(found, self._nodes, inputs, function)

    def _of_scalars(self) -> Compiled:
        """The function of each scalar by itself, for batches."""
        if self._scalars is None:
            given = self.outputs, self.inputs, self.fast, self.backend
            self._scalars = Compiled(*given, rolls=False)
        function: Compiled = self._scalars
        return function

    def _core_path(self) -> Core | None:
        """The function of arrays of the declared shapes, where the inputs have any."""
        program = self.program
        shaped = any(v.shape for v in program.inputs)
        ints = any(v.kind == "int" for v in program.inputs)
        if ints and any(may_overflow(step.op, step.node.kind) for step in program.instructions):
            return None
        if not shaped or len(program.instructions) > MAX_SOURCE or self._large(()) is not None:
            return None
        return Core(program, self._tree)

    def _on_numbers(self, *args: Any) -> Any:
        """The first calls on numbers, after which source takes them; of a long program more."""
        program = self.program
        values = [as_kind(v.kind, x) for v, x in zip(program.inputs, args, strict=True)]
        self._calls += 1
        if len(program.instructions) <= MAX_SOURCE or self._calls > PATIENCE:
            self._direct = ScalarWriter(program, self.outputs).define("on_numbers")
            return self._direct(*args)
        with np.errstate(all="ignore"):
            registers = interpret(program, Floats(), values)
            found = [collect_number(registers, out) for out in program.outputs]
        return structured(self._tree, found)

    def _on_vector(self, *args: Any) -> Any:
        """The call of a rolled graph on Python numbers or on arrays without batch axes."""
        assert self._rolled is not None
        found = self._rolled.direct(args)
        if found is None:
            raise NotNumbers
        return structured(self._tree, found)

    def _on_arrays(self, args: Sequence[Any], targets: Sequence[Any] | None = None) -> list[Any]:
        arrays, batch, real = as_arrays(self.inputs, args)
        if any(a.dtype.kind == "c" for a in arrays):
            program = self._for_complex()
        elif self._rolled is not None:
            if prod(batch) > MOST_ROLLED:
                return self._of_scalars()._on_arrays(args, targets)
            found = self._rolled.on_arrays(arrays, batch, real)
            return [plain(v) for v in found] if all(map(is_number, args)) else found
        else:
            program = self.program
            native = self._native.blocks(program, arrays, batch, real)
            blocks = native or self._large(batch)
            if blocks is not None:
                memory = None
                if targets is not None:
                    memory = direct(program, targets, arrays, batch, real)
                return blocks(arrays, batch, real, memory)
            if not batch and real is np.float64 and self._core is not None:
                return self._core.values(arrays)
        found = self._run(program, arrays, batch, real)
        return [plain(v) for v in found] if all(map(is_number, args)) else found

    def _constants(self, real: Any) -> list[Any]:
        held = self._held.get(real)
        if held is None:
            held = self._held[real] = typed_constants(self.program, real)
        return held

    def _run(self, program: Program, arrays: list[Any], batch: Shape, real: Any) -> list[Any]:
        with np.errstate(all="ignore"):
            registers = self._registers(program, arrays, real)
            return [collect(registers, out, batch, real) for out in program.outputs]

    def _for_complex(self) -> Program:
        """The graph as it was given: the rewrites hold for real values."""
        if self._plain is None:
            self._plain = lower(self._nodes, self.inputs)
        return self._plain

    def _registers(self, program: Program, arrays: list[Any], real: Any) -> Any:
        """The registers of the outputs, by number, from whole arrays."""
        if program is not self.program or len(program.instructions) > MAX_SOURCE:
            return interpret(program, Arrays(real), arrays)
        if self._arrays is None:
            self._arrays = ArrayWriter(program).define("on_arrays")
        held = self._constants(real)
        wanted = dict.fromkeys([i for out in program.outputs for i in out.registers])
        return dict(zip(wanted, self._arrays(real, held, *arrays), strict=True))

    def _large(self, batch: Shape) -> Blocks | None:
        """The block form, where there is work enough for it and the program has one."""
        program = self.program
        width = max([prod(out.shape) for out in program.outputs if not out.assembled], default=1)
        if prod(batch) * width < SMALLEST:
            return None
        if self._blocks is None:
            core = common_core(program)
            self._blocks = Blocks(program, core) if core is not None else False
        return self._blocks if isinstance(self._blocks, Blocks) else None

    @property
    def gufunc(self) -> Gufunc:
        """The function as a generalised ufunc, for arrays of Dask and for xarray."""
        return Gufunc(self)

    @property
    def source(self) -> str:
        """The Python source, for reading: on numbers or without batch axes, and with them."""
        if any(v.shape for v in self.inputs):
            first = CoreWriter(self.program).source
        else:
            first = ScalarWriter(self.program, self.outputs).source
        return first + "\n\n" + ArrayWriter(self.program).source

    def __repr__(self) -> str:
        names = ", ".join(v.name for v in self.inputs)
        return f"<compiled function of ({names}), {len(self.program.instructions)} instructions>"

    def _repr_html_(self) -> str:
        from ..html import folded

        text = self.source
        return folded(f"{self!r:.{len(repr(self)) - 1}}, {len(text.splitlines())} lines>", text)

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = self.outputs, self.inputs, self.fast, self.backend
        return _restored, (pickle.dumps((arguments, self._native.kept)),)


@lru_cache(maxsize=16)
def _restored(pickled: bytes) -> Compiled:
    """A compiled function from its pickle, made once where a worker gets it with every task."""
    arguments, kept = pickle.loads(pickled)
    function = Compiled(*arguments)
    function._native.kept.update(kept)
    return function


def _refuse(*args: Any) -> Any:
    raise NotNumbers


def compile(
    outputs: Any,
    inputs: Expr | Sequence[Expr],
    *,
    fast: bool = True,
    backend: Literal["numpy", "native"] | None = None,
) -> Compiled:
    """A fast function of ``inputs`` that returns ``outputs`` (any nesting of list, tuple, dict).

    Called with Python numbers it returns Python numbers, called with arrays it returns fresh
    arrays.  Domains are not checked.  ``fast=False`` turns off rewrites that may cost up to
    3 ulp; graphs of more than 5000 nodes are rewritten for stability alone.  ``backend="native"``
    has batches run as native code (extra: jit), ``"numpy"`` none; else the large ones do.

    Shapes: a value has any leading batch axes before the shape of its variable; results have
    the broadcast batch axes before the shape of their expression.
    Raises: MissingVariable for a variable of the outputs that is no input, NameClash, KindError,
    MissingPackage for native code without llvmlite.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.compile({"f": x * y + 2, "g": [x, y]}, [x, y])(3, 4)
    {'f': 14.0, 'g': [3.0, 4.0]}
    """
    listed = (inputs,) if isinstance(inputs, (Expr, str)) else tuple(inputs)
    for v in listed:
        if not isinstance(v, Expr):
            raise KindError(f"compile takes variables, as sd.compile(f, [x, y]), not {short(v)}")
    return Compiled(outputs, listed, fast, backend)
