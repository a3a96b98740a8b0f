"""What a tape is asked for, as expressions: the record is simplified, then differentiated.

A source is one place, or several where a variable was read in more than one version: derivatives
by these are added.  Where an operation stands at the place of a source, a variable takes its
place; the derivatives by the other sources are taken with the operation in it, so that each of
them is the total one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from .. import api
from ..errors import ShapeError
from ..expr import Expr, Kind, Shape
from ..leaves import const, var
from ..ops.functions import stack
from ..ops.functions import sum as sum_of
from ..ops.shaping import moveaxis
from ..ops.structural import zeros
from ..rewrite.simplify import simplified
from ..rule import NonDiff
from ..walk import exceeds, postorder
from .graphs import Graph
from .recording import Recording

MAX_SIMPLIFIED = 1000  # nodes: beyond, simplifying costs seconds

Cell = Expr | None
Places = tuple[int, ...]
Inner = dict[int, tuple[Shape, Kind]]  # sources where operations stand
Sweep = Callable[[dict[int, Expr], list[Expr]], dict[int, list[Cell]]]  # by target and symbol


class Request(NamedTuple):
    """A derivative: its verb, the places of targets (None where nothing was recorded) and sources.

    ``seeded`` tells that the targets have weights, ``stacked`` that a list of scalars is one axis.
    """

    verb: str
    targets: tuple[int | None, ...]
    sources: tuple[Places, ...]
    seeded: bool = False
    stacked: bool = False


class Record(NamedTuple):
    """What is differentiated: entries, sources where operations stand, numbers that are inputs."""

    recording: Recording
    inner: Inner
    varying: Collection[int]

    def graph(self, request: Request, cut: Inner) -> tuple[Graph, dict[int, Expr]]:
        """The graph of a request, and its targets that a derivative can have, by their count."""
        live = {k: place for k, place in enumerate(request.targets) if place is not None}
        graph = Graph(self.recording, live.values(), cut, self.varying)
        nodes = {k: graph.nodes[place] for k, place in live.items()}
        return graph, {k: node for k, node in nodes.items() if node.kind == "real"}


class Derivative(NamedTuple):
    """The cells of a derivative, and its inputs.

    Inputs are found by place; weights by ("seed", count) and numbers by ("number", count).
    """

    cells: list[Cell]
    inputs: dict[Any, Expr]


def gradient(request: Request, record: Record) -> Derivative:
    """One cell for each source: of the sum of all elements of all targets."""
    seeds: dict[Any, Expr] = {}

    def sweep(targets: dict[int, Expr], symbols: list[Expr]) -> dict[int, list[Cell]]:
        if request.seeded:
            seeds.update({("seed", k): var(f"s{k}", t.shape) for k, t in targets.items()})
        total = _total(targets, seeds)
        (simple,), small = _simple([total])
        found: list[Cell] = api.grad(simple, symbols, simplify=small, unconnected="none")
        return {0: _connected(found, total, symbols, ())}

    cells, inputs = _swept(request, record, sweep, 1)
    return Derivative(cells, inputs | seeds)


def jacobian(request: Request, record: Record) -> Derivative:
    """One cell for each target and source, the sources of one target together."""

    def sweep(targets: dict[int, Expr], symbols: list[Expr]) -> dict[int, list[Cell]]:
        simple, small = _simple(list(targets.values()))
        rows = api.jacobian(simple, symbols, simplify=small, unconnected="none", blocks=True)
        return {
            k: _connected(row, sum_of(t), symbols, t.shape)
            for row, (k, t) in zip(rows, targets.items(), strict=True)
        }

    return Derivative(*_swept(request, record, sweep, len(request.targets)))


def batch_jacobian(request: Request, record: Record) -> Derivative:
    """One cell: the derivatives of each element of a batch by the element of the same place.

    Raises: ShapeError.
    """

    def sweep(targets: dict[int, Expr], symbols: list[Expr]) -> dict[int, list[Cell]]:
        (target,), (symbol,) = targets.values(), symbols
        if not target.shape or not symbol.shape or target.shape[0] != symbol.shape[0]:
            hint = "the first axes are those of the batch and must be equal"
            raise ShapeError("batch_jacobian", (target.shape, symbol.shape), hint)
        both = sum_of(target, 0)
        simple, small = _simple([both])
        (row,) = api.jacobian(simple, symbols, simplify=small, unconnected="none", blocks=True)
        (cell,) = _connected(row, sum_of(target), symbols, both.shape)
        return {0: [None if cell is None else moveaxis(cell, both.ndim, 0)]}

    return Derivative(*_swept(request, record, sweep, 1))


def hessian(request: Request, record: Record) -> Derivative:
    """One cell for each pair of sources, which are taken as independent of each other.

    All of them together are one cell where they are ``stacked``; zeros where nothing depends.
    """
    graph, targets = record.graph(request, record.inner)
    symbols = _symbols(graph, [p for source in request.sources for p in source])
    found: dict[tuple[int, int], Cell] = {}
    if symbols and targets:
        (simple,), small = _simple([_total(targets, {})])
        blocks = api.hessian(simple, list(symbols.values()), simplify=small, blocks=True)
        for a, row in zip(symbols, blocks, strict=True):
            found |= {(a, b): cell for b, cell in zip(symbols, row, strict=True)}
    rows = [
        [_sum([found.get((a, b)) for a in one for b in other]) for other in request.sources]
        for one in request.sources
    ]
    if request.stacked:
        whole = stack([stack([const(0.0) if c is None else c for c in row]) for row in rows])
        return Derivative([whole], graph.inputs)
    return Derivative([cell for row in rows for cell in row], graph.inputs)


def _symbols(graph: Graph, places: Collection[int]) -> dict[int, Expr]:
    """The variables for places that a graph has and a derivative can be taken by."""
    found = {p: graph.inputs[p] for p in places if p in graph.inputs}
    return {p: symbol for p, symbol in found.items() if symbol.kind == "real"}


def _swept(
    request: Request, record: Record, sweep: Sweep, count: int
) -> tuple[list[Cell], dict[Any, Expr]]:
    """Cells by row and source: all leaves in one sweep, every other source in one of its own."""
    found: list[dict[int, Cell]] = [{} for _ in range(count)]
    inputs: dict[Any, Expr] = {}
    leaves = [p for source in request.sources for p in source if p not in record.inner]
    sweeps: list[tuple[list[int], Inner]] = [([p], {p: how}) for p, how in record.inner.items()]
    for wanted, cut in [(leaves, {}), *sweeps] if leaves else sweeps:
        graph, targets = record.graph(request, cut)
        symbols = _symbols(graph, wanted)
        if not symbols or not targets:
            continue
        inputs |= graph.inputs
        for k, cells in sweep(targets, list(symbols.values())).items():
            found[k] |= zip(symbols, cells, strict=True)
    cells = [_sum([row.get(p) for p in source]) for row in found for source in request.sources]
    return cells, inputs


def _total(targets: Mapping[int, Expr], seeds: Mapping[Any, Expr]) -> Expr:
    """The sum of all elements, weighted where there are weights."""
    return reduce(add, [sum_of(t * seeds["seed", k] if seeds else t) for k, t in targets.items()])


def _simple(nodes: list[Expr]) -> tuple[list[Expr], bool]:
    """The nodes simplified, unless they are too many for that to pay; and whether they are not."""
    small = not exceeds(nodes, MAX_SIMPLIFIED)
    return (simplified(nodes) if small else nodes), small


def _sum(cells: Sequence[Cell]) -> Cell:
    live = [c for c in cells if c is not None]
    return reduce(add, live) if live else None


def _connected(found: list[Cell], total: Expr, symbols: list[Expr], shape: Shape) -> list[Cell]:
    """Zeros where the target depends on a symbol until it is simplified, as in ``0*x``."""
    if None not in found:
        return found
    reached = _reached(total)
    return [
        zeros(shape + s.shape) if cell is None and s in reached else cell
        for s, cell in zip(symbols, found, strict=True)
    ]


def _reached(total: Expr) -> set[Expr]:
    """The nodes that a derivative of ``total`` may flow to."""
    reached = {total}
    for node in reversed(postorder([total])):
        if node in reached and not isinstance(node.op.rule, NonDiff):
            reached.update(node.args)
    return reached


VERBS: dict[str, Callable[[Request, Record], Derivative]] = {
    "gradient": gradient,
    "jacobian": jacobian,
    "batch_jacobian": batch_jacobian,
    "hessian": hessian,
}
