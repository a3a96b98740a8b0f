"""A recording as an expression and as a picture."""

from __future__ import annotations

from typing import Any

from ..draw import draw
from ..expr import Expr
from ..ops.functions import sum as sum_of
from ..show.diagram import Diagram
from .asking import tensor_of
from .graphs import Graph, names_of
from .recording import Recording


def graph_of(recording: Recording, target: Any) -> tuple[Expr, Graph | None]:
    """What was recorded of a tensor, and the graph around it, None where nothing was.

    Raises: KindError for what is no tensor or variable.
    """
    held = tensor_of("graph", target)
    place = recording.place(held)
    place = recording.others.get(id(held)) if place is None else place
    if place is None:
        return held.expr, None
    graph = Graph(recording, [place], names=names_of(recording))
    return graph.nodes[place], graph


def picture(recording: Recording, target: Any, options: dict[str, Any]) -> Diagram:
    """The picture of what was recorded of a tensor; it has values, and adjoints by what is watched.

    Raises: LimitError, KindError.
    """
    node, graph = graph_of(recording, target)
    inputs = {} if graph is None else graph.inputs
    held, watched = recording.held, set(recording.watched.values())
    options.setdefault("at", {v: held[i]._value for i, v in inputs.items()})
    sources = [v for i, v in inputs.items() if i in watched and v.kind == "real"]
    if sources:
        options.setdefault("wrt", sources)
    return draw(sum_of(node) if node.shape else node, **options)
