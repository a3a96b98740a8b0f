"""``Program``: a graph as one list of instructions on registers, which every back end reads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..expr import Expr, Kind, Op, Params, Shape
from ..ops.implementations import as_float
from ..ops.kernels import aligned, decode


class Instruction(NamedTuple):
    """``registers[out] = op(*registers[args], **params)``; ``scalar``: no operand has core axes."""

    op: Op
    args: tuple[int, ...]
    out: int
    params: Params
    scalar: bool
    node: Expr


class Output(NamedTuple):
    """A result: one register, or an array whose elements are the scalars in ``registers``."""

    registers: tuple[int, ...]
    shape: Shape
    kind: Kind
    assembled: bool


class Program(NamedTuple):
    """Registers hold first the inputs, then the constants, then values; only those are reused.

    ``kinds`` gives the kind of every register; a register never changes it.
    """

    inputs: tuple[Expr, ...]
    constants: tuple[Any, ...]
    constant_nodes: tuple[Expr, ...]
    instructions: list[Instruction]
    outputs: list[Output]
    kinds: list[Kind]

    @property
    def first(self) -> int:
        """The first register that instructions write to."""
        return len(self.inputs) + len(self.constants)


def add_at(target: Any, part: Any, /, **how: Any) -> Any:
    """``target``, an array that nothing else needs, with ``part`` added or subtracted at an index.

    Shapes: ``shape`` and the ``rank`` axes that the index gives, batch axes before both.
    """
    shape, at = how["shape"], (..., *decode(how["index"]))
    lead = np.shape(target)[: np.ndim(target) - len(shape)]
    other = np.shape(part)[: np.ndim(part) - how["rank"]]
    dtype = np.result_type(target, part)
    if other != lead or dtype != target.dtype:
        whole = np.broadcast_shapes(lead, other)
        target = np.array(np.broadcast_to(target, whole + shape), dtype)
    if how["minus"]:
        target[at] -= part
    else:
        target[at] += part
    return target


ADD_AT = Op("add_at", arity=2, params=("index", "rank", "shape", "minus"), numpy=add_at,
            shape=lambda title, shapes, params: params[2])  # fmt: skip
ALIGN = Op("align", params=("rank", "target"), numpy=aligned, python="{0}",
           native=("basic.same", 0.0))  # fmt: skip
TO_INT = Op("to_int", numpy=lambda a: np.asarray(a, dtype=np.int64), python="int({0})")
TO_REAL = Op("to_real", numpy=lambda a: np.asarray(a, dtype=np.float64), python="float({0})",
             native=("basic.real", 0.0))  # fmt: skip
CASTS: dict[Kind, Op] = {"int": TO_INT, "real": TO_REAL}


def constant_value(value: Any, kind: Kind, real: Any = np.float64) -> Any:
    """A constant as NumPy computes with it: of dtype ``real`` if it is real."""
    if kind == "real":
        if isinstance(value, np.ndarray):
            return value.astype(real, copy=False)
        return real(as_float(value))
    if kind == "int":
        if isinstance(value, np.ndarray):
            return value.astype(np.int64, copy=False)
        return np.int64(value) if -(2**63) <= value < 2**63 else as_float(value)
    return np.asarray(value, dtype=np.bool_) if isinstance(value, np.ndarray) else np.bool_(value)


def typed_constants(program: Program, real: Any) -> list[Any]:
    """The constants of a program as NumPy computes with them."""
    first = len(program.inputs)
    return [
        constant_value(v, program.kinds[i], real) for i, v in enumerate(program.constants, first)
    ]
