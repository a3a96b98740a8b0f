"""What a tape is asked for, as expressions: the record is simplified, then differentiated.

A source is one place, or several where a variable was read in more than one version: derivatives
by these are added.  Where an operation stands at the place of a source, a variable takes its
place, and derivatives by what the operation is made of go through it: each is the total one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial, reduce
from operator import add
from typing import Any, NamedTuple

from ..calculus import derivatives as calculus
from ..calculus.derivatives import Cut, Mode
from ..calculus.modes import ordered
from ..calculus.parts import hessian as by_parts
from ..errors import ShapeError
from ..expr import Expr, Kind, Shape
from ..leaves import const, var
from ..ops.functions import stack
from ..ops.functions import sum as sum_of
from ..ops.shaping import moveaxis
from ..ops.structural import zeros
from ..rewrite.simplify import simplified
from ..rule import NonDiff
from ..targets import again, finish, ready, rewritten
from ..walk import exceeds
from .graphs import Graph
from .recording import Recording

MAX_SIMPLIFIED = 1000  # nodes: beyond, simplifying costs seconds

Cell = Expr | None
Cells = list[list[Cell]]
Places = tuple[int, ...]
Inner = dict[int, tuple[Shape, Kind]]  # sources where operations stand


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

    def graph(
        self, request: Request, wanted: Collection[int], cut: Inner
    ) -> tuple[Graph, dict[int, Expr]]:
        """The graph of a request, and its targets that a derivative can have, by their count.

        There is nothing to differentiate by below the lowest of the places ``wanted``.
        """
        live = {k: place for k, place in enumerate(request.targets) if place is not None}
        lowest = min(wanted, default=None)
        closed = lowest if lowest in cut else None
        graph = Graph(self.recording, live.values(), cut=cut, closed=closed, varying=self.varying)
        nodes = {k: graph.nodes[place] for k, place in live.items()}
        return graph, {k: node for k, node in nodes.items() if node.kind == "real"}


class Derivative(NamedTuple):
    """The cells of a derivative, and its inputs.

    Inputs are found by place; weights by ("seed", count) and numbers by ("number", count).
    """

    cells: list[Cell]
    inputs: dict[Any, Expr]


def first(request: Request, record: Record) -> Derivative:
    """One cell for each output and source, the sources of one output together.

    Leaves are differentiated by in one sweep, operations that are sources in another.

    Raises: ShapeError.
    """
    found: dict[tuple[int, int], Cell] = {}
    inputs: dict[Any, Expr] = {}
    places = [p for source in request.sources for p in source]
    leaves = [p for p in places if p not in record.inner]
    operations = [p for p in places if p in record.inner]
    for wanted, cut in ((leaves, {}), (operations, record.inner)):
        if not wanted:
            continue
        graph, targets = record.graph(request, wanted, cut)
        symbols = _symbols(graph, wanted)
        if not symbols or not targets:
            continue
        seeds = {("seed", k): var(f"s{k}", t.shape) for k, t in targets.items()}
        inputs |= graph.inputs | (seeds if request.seeded else {})
        outputs = _outputs(request, targets, [*symbols.values()], seeds)
        whole = Cut([*outputs.values()], [*symbols.values()], {}, graph.inner)
        mode: Mode | None = "reverse" if request.verb == "gradient" else None
        for k, row in zip(outputs, _jacobian(whole, mode), strict=True):
            found |= {(k, p): cell for p, cell in zip(symbols, row, strict=True)}
    rows = range(len(request.targets) if request.verb == "jacobian" else 1)
    cells = [_sum([found.get((k, p)) for p in source]) for k in rows for source in request.sources]
    if request.verb == "batch_jacobian":
        (source,) = request.sources
        cells = [None if c is None else _batch_first(c, inputs[source[0]]) for c in cells]
    return Derivative(cells, inputs)


def _batch_first(cell: Expr, symbol: Expr) -> Expr:
    """The axes of a sum along the batch, then those of a source, with the batch in front."""
    return moveaxis(cell, cell.ndim - symbol.ndim, 0)


def _outputs(
    request: Request, targets: dict[int, Expr], symbols: list[Expr], seeds: dict[Any, Expr]
) -> dict[int, Expr]:
    """What is differentiated: the sum of all elements of all targets for a gradient, the targets
    for a Jacobian, the sum along the batch where each element depends on its own place there.
    """
    if request.verb == "gradient":
        return {0: _total(targets, seeds if request.seeded else {})}
    if request.verb == "jacobian":
        return targets
    (target,) = targets.values()
    for symbol in symbols:
        if not target.shape or not symbol.shape or target.shape[0] != symbol.shape[0]:
            hint = "the first axes are those of the batch and must be equal"
            raise ShapeError("batch_jacobian", (target.shape, symbol.shape), hint)
    return {0: sum_of(target, 0)}


def _jacobian(whole: Cut, mode: Mode | None) -> Cells:
    """The derivatives of each output by each symbol."""
    cut, small = _ready(whole)
    rows = _finished(calculus.jacobian(cut.outputs, cut.symbols, mode, cut.inner), small)
    return [
        _connected(row, whole._replace(outputs=[out]), out.shape)
        for row, out in zip(rows, whole.outputs, strict=True)
    ]


def _finished(rows: Cells, small: bool) -> Cells:
    cells = iter(finish([cell for row in rows for cell in row], {}, small))
    return [[next(cells) for _ in row] for row in rows]


def hessian(request: Request, record: Record) -> Derivative:
    """One cell for each pair of sources, all of them one cell where they are ``stacked``.

    Each is by one source of what is by the other, both the total ones; zeros where nothing
    depends.
    """
    places = [p for source in request.sources for p in source]
    graph, targets = record.graph(request, places, record.inner)
    symbols = _symbols(graph, places)
    found: dict[tuple[int, int], Cell] = {}
    if symbols and targets:
        whole = Cut([_total(targets, {})], list(symbols.values()), {}, graph.inner)
        for a, row in zip(symbols, _hessian(whole), strict=True):
            found |= {(a, b): cell for b, cell in zip(symbols, row, strict=True)}
    rows = [
        [_sum([found.get((a, b)) for a in one for b in other]) for other in request.sources]
        for one in request.sources
    ]
    if request.stacked:
        whole_matrix = stack([stack([const(0.0) if c is None else c for c in row]) for row in rows])
        return Derivative([whole_matrix], graph.inputs)
    return Derivative([cell for row in rows for cell in row], graph.inputs)


def _hessian(whole: Cut) -> Cells:
    """The second derivatives by each pair of symbols, zeros among them."""
    cut, small = _ready(whole)
    between = partial(again, simplify=small)
    rows = by_parts(cut.outputs[0], cut.symbols, (None, "reverse"), between, cut.inner)
    filled: Cells = [
        [
            zeros(a.shape + b.shape) if c is None else c
            for c, b in zip(row, whole.symbols, strict=True)
        ]
        for row, a in zip(rows, whole.symbols, strict=True)
    ]
    return _finished(filled, small)


def _symbols(graph: Graph, places: Collection[int]) -> dict[int, Expr]:
    """The variables for places that a graph has and a derivative can be taken by."""
    found = {p: graph.inputs[p] for p in places if p in graph.inputs}
    return {p: symbol for p, symbol in found.items() if symbol.kind == "real"}


def _total(targets: Mapping[int, Expr], seeds: Mapping[Any, Expr]) -> Expr:
    """The sum of all elements, weighted where there are weights."""
    return reduce(add, [sum_of(t * seeds["seed", k] if seeds else t) for k, t in targets.items()])


def _ready(whole: Cut) -> tuple[Cut, bool]:
    """The cut simplified, unless it is too large for that to pay; and whether it is not."""
    cut = whole.pruned()
    small = not exceeds([*cut.outputs, *cut.inner.values()], MAX_SIMPLIFIED)
    forms = (lambda nodes: ready(simplified(nodes))) if small else ready
    return rewritten(cut, forms), small


def _sum(cells: Sequence[Cell]) -> Cell:
    live = [c for c in cells if c is not None]
    return reduce(add, live) if live else None


def _connected(found: list[Cell], whole: Cut, shape: Shape) -> list[Cell]:
    """Zeros where an output depends on a symbol until it is simplified, as in ``0*x``."""
    if None not in found:
        return found
    reached = _reached(whole)
    return [
        zeros(shape + s.shape) if cell is None and s in reached else cell
        for s, cell in zip(whole.symbols, found, strict=True)
    ]


def _reached(whole: Cut) -> set[Expr]:
    """The nodes that a derivative of the outputs may flow to."""
    reached = set(whole.outputs)
    for node in reversed(ordered(whole.outputs, whole.inner)):
        if node in reached and not isinstance(node.op.rule, NonDiff):
            reached.update([whole.inner[node]] if node in whole.inner else node.args)
    return reached
