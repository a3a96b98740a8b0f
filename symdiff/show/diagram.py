"""A graph as a diagram, the object that notebooks show and users save; as DOT; as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from os import PathLike
from os.path import splitext
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, MissingPackage
from ..expr import Expr
from ..messages import short
from ..walk import collector_paused, postorder

if TYPE_CHECKING:  # imported when a picture is asked for, so that importing symdiff stays quick
    import networkx

    from .arrange import Placing
    from .graph import Picture

MAX_NODES = 2000


class Diagram:
    """A picture of a graph.  It shows itself in notebooks; placing waits until it is asked for."""

    def __init__(self, drawn: Picture, engine: str, theme: str, direction: str) -> None:
        self._drawn, self._wanted, self._theme, self._way = drawn, engine, theme, direction

    def __repr__(self) -> str:
        drawn = self._drawn
        note = f"; {drawn.note}" if drawn.note else ""
        return f"<Diagram of {len(drawn.nodes)} nodes and {len(drawn.edges)} edges{note}>"

    @cached_property
    def _placed(self) -> tuple[str, Placing]:
        from .engines import place

        return place(self._drawn, self._wanted, self._way)

    @property
    def engine(self) -> str:
        """The engine that placed the nodes: ``dot``, ``pygraphviz`` or ``builtin``."""
        return self._placed[0]

    @property
    def left_out(self) -> int:
        """How many nodes of the graph the picture leaves out."""
        return self._drawn.left_out

    @cached_property
    def dot(self) -> str:
        """The picture in the DOT language."""
        from .dot import dot_text

        return dot_text(self._drawn, self._way)

    @cached_property
    def svg(self) -> str:
        """The picture as one ``<svg>`` element."""
        from .svg import svg_text

        return svg_text(self._drawn, self._placed[1], self._theme)

    def _repr_svg_(self) -> str:
        return self.svg

    @property
    def html(self) -> str:
        """A page in which one steps through values and adjoints, and folds what is below a node."""
        from .page import page_text

        return page_text(self._drawn, self.svg, self._theme)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes an ``.svg``, ``.html``, ``.png``, ``.pdf``, ``.dot`` or ``.gv`` file.

        Raises: ValueError for another suffix, MissingPackage for PNG and PDF without cairosvg.
        """
        from pathlib import Path

        content = SUFFIXES[suffix_of(path)](self)
        Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())


CAIRO_LIMIT = 32_000.0  # px of width or height that Cairo can draw; 1000 are for the margins
SHARP = 2.0  # pixels of a PNG for a px, where the limit allows it


def _converted(drawn: Diagram, name: str) -> bytes:
    """The picture by a function of cairosvg; what follows the reader's theme is light there."""
    try:
        import cairosvg
    except (ImportError, OSError) as error:  # OSError: the Cairo library itself is not there
        raise MissingPackage("cairosvg", "a picture as PNG or PDF", "pictures") from error
    placing = drawn._placed[1]
    scale = min(SHARP, CAIRO_LIMIT / (max(placing.width, placing.height) + 1000))
    found: bytes = getattr(cairosvg, name)(bytestring=drawn.svg.encode(), scale=scale)
    return found


SUFFIXES: dict[str, Callable[[Diagram], str | bytes]] = {
    ".svg": lambda drawn: drawn.svg,
    ".html": lambda drawn: drawn.html,
    ".png": lambda drawn: _converted(drawn, "svg2png"),
    ".pdf": lambda drawn: _converted(drawn, "svg2pdf"),
    ".dot": lambda drawn: drawn.dot,
    ".gv": lambda drawn: drawn.dot,
}


def suffix_of(path: str | PathLike[str]) -> str:
    """The suffix of a file that a diagram can be saved in.

    Raises: ArgumentError for any other.
    """
    suffix = splitext(path)[1].lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise ArgumentError(f"a diagram is saved as one of {known}, got {short(str(path))}")
    return suffix


def diagram(
    outputs: Any,
    *,
    engine: str = "auto",
    theme: str = "auto",
    direction: str = "auto",
    **options: Any,
) -> Diagram:
    """The graph of an expression, or of nested lists of them, as a picture; leaves at the bottom.

    ``values``, ``adjoints`` and what else is known at a point are shown where they are given.
    Constants, and leaves used more than three times, are drawn beside each user.  The other
    options are explained at ``sd.draw``.

    Raises: LimitError for more than ``max_nodes`` nodes, unless ``cut=True`` draws only those
    nearest to the outputs.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> diagram(x * x + 1)
    <Diagram of 4 nodes and 4 edges>
    """
    from .graph import picture

    drawn = picture(outputs, **{"max_nodes": MAX_NODES, **options})
    return Diagram(drawn, engine, theme, direction)


def to_dot(outputs: Any, **options: Any) -> str:
    """The graph of an expression, or of nested lists of them, in the DOT language; see ``diagram``.

    >>> import symdiff as sd
    >>> "n0 -> n1" in to_dot(sd.sin(sd.Var("x")))
    True
    """
    return diagram(outputs, **options).dot


@collector_paused()
def to_networkx(
    outputs: Any,
    values: Mapping[Expr, Any] | None = None,
    adjoints: Mapping[Expr, Any] | None = None,
) -> networkx.MultiDiGraph[int]:
    """The graph of an expression, or of nested lists of them, as a networkx ``MultiDiGraph``.

    Nodes are numbered in postorder, arguments before users, and carry ``op``, ``label``,
    ``formula``, ``shape``, ``output``, and ``value`` and ``adjoint`` where they are given.  Edges
    point from an argument to its user and carry ``argument``, its place among the user's
    arguments: ``x*x`` has two edges.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> sorted(to_networkx(x * x).edges(data="argument"))
    [(0, 1, 0), (0, 1, 1)]
    """
    import networkx

    from .label import formulas, symbol
    from .sharing import nodes_of

    graph: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    outputs = nodes_of(outputs)
    ends = set(outputs)
    at: dict[Expr, int] = {}
    order = postorder(outputs)
    texts = formulas(order)
    for node in order:
        index = at[node] = len(at)
        found: dict[str, Any] = {
            "op": node.op.name,
            "label": symbol(node),
            "formula": texts[node],
            "shape": node.shape,
            "output": node in ends,
        }
        if values is not None and node in values:
            found["value"] = values[node]
        if adjoints is not None and node in adjoints:
            found["adjoint"] = adjoints[node]
        graph.add_node(index, **found)
        for i, a in enumerate(node.args):
            graph.add_edge(at[a], index, argument=i)
    return graph
