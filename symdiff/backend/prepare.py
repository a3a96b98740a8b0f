"""The program that computes a graph: stable forms, shared parts, cheaper forms, then lowering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

from ..expr import Expr
from ..leaves import const
from ..rewrite.cse import shared
from ..rewrite.tables.stabilise import only_stable, stabilise
from ..walk import exceeds
from .gather import gathered
from .lower import lower
from .program import Program
from .scatters import scattered_last
from .slopes import with_slopes
from .termwise import termwise

MAX_REWRITTEN = 5000  # nodes: beyond, only rewrites for stability are made


def prepared(nodes: list[Expr], fast: bool) -> list[Expr]:
    """The outputs in the forms to compile: stable, and with ``fast`` also cheap."""
    if exceeds(nodes, MAX_REWRITTEN):
        return only_stable(nodes)
    stable = stabilise(nodes, fast)
    return gathered(termwise(scattered_last(with_slopes(shared(stable))))) if fast else stable


class _Kept(NamedTuple):
    """Programs without their nodes, by whether forms were chosen, and the outputs they compute."""

    outputs: tuple[ref[Expr], ...]
    programs: dict[bool, Program]


_kept: WeakKeyDictionary[Expr, _Kept] = WeakKeyDictionary()
_NOWHERE = const(0)


def program_of(outputs: list[Expr], inputs: Sequence[Expr], chosen: bool) -> Program:
    """The program that ``compile`` makes of some outputs, or that of the graph as it is written.

    It is kept as long as the first output lives.  Its instructions name no nodes, which would keep
    the outputs alive.
    """
    key = next((out for out in outputs if out.args), None)
    if key is None:
        return lower(outputs, inputs)
    names = tuple([ref(out) for out in outputs])
    kept = _kept.get(key)
    if kept is None or kept.outputs != names:
        kept = _kept[key] = _Kept(names, {})
    program = kept.programs.get(chosen)
    if program is None:
        whole = lower(prepared(outputs, fast=True) if chosen else outputs, inputs)
        steps = [step._replace(node=_NOWHERE) for step in whole.instructions]
        program = whole._replace(instructions=steps, constant_nodes=())
        kept.programs[chosen] = program
    return program
