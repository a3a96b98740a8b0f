"""The drawable graph: what every node and edge of a picture shows, before anything is placed; and
its text in the DOT language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..errors import LimitError
from ..expr import Expr
from ..walk import collector_paused, postorder, users
from .label import FORMULA_LENGTH, formulas, number, printable, role, symbol
from .measure import Line, box_size, ellipse_size, hexagon_size, round_up
from .sharing import OutputNames, check_names, named_nodes, nodes_of

OUTLINE = 6.0  # px that the second outline of an output takes
MANY_DIGITS = 10**30  # integers beyond are rounded in tooltips too
SHARED_LEAF = 3  # a leaf used more often is drawn once per user
EDGES_PER_NODE = 5  # of the limit on nodes: what a picture may have in edges

Values = Mapping[Expr, Any]


class Node(NamedTuple):
    """A drawn node; ``role`` is variable, constant, operation or cut."""

    role: str
    lines: tuple[Line, ...]
    tooltip: str
    output: bool
    size: tuple[float, float]


class Edge(NamedTuple):
    """From argument to user; ``mark`` is the argument's number where the order matters."""

    tail: int
    head: int
    mark: str


class Picture(NamedTuple):
    """Nodes and edges to draw, and how many nodes of the graph are left out."""

    nodes: list[Node]
    edges: list[Edge]
    left_out: int
    note: str


@collector_paused()
def picture(
    outputs: Any,
    *,
    values: Values | None,
    adjoints: Values | None,
    names: OutputNames,
    max_nodes: int | None,
    cut: bool,
) -> Picture:
    """The graph of an expression, or of nested lists of them, ready to be placed.

    Raises: LimitError for more than ``max_nodes`` nodes, unless ``cut`` leaves the rest out;
    NameClash for two different variables of one name; ValueError for a wrong number of names.
    """
    outputs = nodes_of(outputs)
    order = postorder(outputs)
    check_names(order)
    kept = _within(order, outputs, max_nodes, cut)
    shown = [node for node in order if node in kept]
    named = named_nodes(order, outputs, names)
    painter = _Painter(named, outputs, values or {}, adjoints or {}, formulas(shown))
    uses = users(shown)
    nodes: list[Node] = []
    edges: list[Edge] = []
    at: dict[Expr, int] = {}
    for node in shown:
        if not node.args and len(uses.get(node, ())) > SHARED_LEAF and node not in painter.names:
            continue  # drawn beside each of its users
        tails: dict[Expr, int] = {}
        for a in node.args[: kept[node]]:
            if a not in at and a not in tails:
                tails[a] = len(nodes)
                nodes.append(painter.leaf(a))
        if kept[node] < len(node.args):
            nodes.append(_STUB)
        at[node] = len(nodes)
        nodes.append(painter.node(node, len(node.args)))
        ordered = len(node.args) > 1 and "commutative" not in node.op.facts
        for i, a in enumerate(node.args[: kept[node]]):
            tail = at[a] if a in at else tails[a]
            edges.append(Edge(tail, at[node], str(i + 1) if ordered else ""))
        if kept[node] < len(node.args):
            edges.append(Edge(at[node] - 1, at[node], ""))
    left_out = len(order) - len(kept)
    note = f"{left_out:,} of {len(order):,} nodes are left out" if left_out else ""
    return Picture(nodes, edges, left_out, note)


def _within(
    order: list[Expr], outputs: Iterable[Expr], max_nodes: int | None, cut: bool
) -> dict[Expr, int]:
    """The nodes to draw, nearest to the outputs first, and how many arguments of each."""
    edges = sum(len(node.args) for node in order)
    if max_nodes is None or (len(order) <= max_nodes and edges <= EDGES_PER_NODE * max_nodes):
        return {node: len(node.args) for node in order}
    if not cut:
        what, size, limit = "nodes in a drawing", len(order), max_nodes
        if size <= limit:
            what, size, limit = "edges in a drawing", edges, EDGES_PER_NODE * max_nodes
        hint = f"{what} (cut=True draws those nearest to the output)"
        raise LimitError(hint, size, limit, "max_nodes")
    kept: dict[Expr, int] = {}
    queue = list(dict.fromkeys(outputs))[:max_nodes]
    seen = set(queue)
    room = EDGES_PER_NODE * max_nodes
    for node in queue:  # grows while it is read: breadth first
        count = 0
        for a in node.args[:room]:
            if a not in seen and len(seen) >= max_nodes:
                break
            if a not in seen:
                seen.add(a)
                queue.append(a)
            count += 1
        kept[node] = count
        room -= count
    return kept


class _Painter:
    """Turns expressions into drawn nodes."""

    def __init__(
        self,
        names: dict[Expr, str],
        outputs: Sequence[Expr],
        values: Values,
        adjoints: Values,
        formulas: dict[Expr, str],
    ) -> None:
        self.names, self.values, self.adjoints = names, values, adjoints
        self.formulas, self.outputs = formulas, frozenset(outputs)
        self.leaves: dict[Expr, Node] = {}
        self.partial = f"∂{names[outputs[0]]}" if len(self.outputs) == 1 else "∂"

    def leaf(self, e: Expr) -> Node:
        """A leaf beside one of its users."""
        if e not in self.leaves:
            self.leaves[e] = self.node(e, 1)
        return self.leaves[e]

    def node(self, e: Expr, edges: int) -> Node:
        kind = role(e)
        lines = self.lines(e)
        width, height = _SIZES[kind](lines)
        width = max(width, round_up(min(11.0 * edges, 420.0)))
        output = e in self.outputs
        if output:
            width, height = width + OUTLINE, height + OUTLINE
        return Node(kind, lines, self.tooltip(e), output, (width, height))

    def lines(self, e: Expr) -> tuple[Line, ...]:
        text = symbol(e)
        found = [Line(text, "symbol" if len(text) == 1 and role(e) == "operation" else "label")]
        if e in self.names:
            found.insert(0, Line(printable(self.names[e], 28) + " =", "name"))
        value = self.values.get(e)
        shape = e.shape if value is None else np.shape(value) or e.shape
        if shape:
            found.append(Line(str(shape), "shape"))
        elif value is not None and number(value) != text:
            found.append(Line(number(value), "value"))
        if e in self.adjoints:
            found.append(Line(f"{self.partial}: {number(self.adjoints[e])}", "adjoint"))
        return tuple(found)

    def tooltip(self, e: Expr) -> str:
        rows = [self.formulas[e]]
        if e.shape:
            rows.append(f"shape {e.shape}")
        if e in self.values:
            rows.append(f"value {_full(self.values[e])}")
        if e in self.adjoints:
            rows.append(f"{self.partial}/∂(this node) = {_full(self.adjoints[e])}")
        return "\n".join(rows)


def _full(value: Any) -> str:
    """A value with all its digits, or the beginning of an array."""
    if isinstance(value, np.ndarray) and value.ndim:
        head = ", ".join(number(v) for v in value.flat[:6])
        return f"[{head}{', …' if value.size > 6 else ''}] of shape {value.shape}"
    exact = isinstance(value, (int, Fraction))
    if exact and max(abs(value.numerator), value.denominator) >= MANY_DIGITS:
        return number(value)
    return printable(str(value), FORMULA_LENGTH)


_SIZES = {"variable": box_size, "constant": hexagon_size, "operation": ellipse_size}
_ELLIPSIS = (Line("…", "label"),)
_STUB = Node("cut", _ELLIPSIS, "arguments that are left out", False, box_size(_ELLIPSIS))


# -- in the DOT language ---------------------------------------------------------------------------

_DOT_STYLES = {
    "variable": 'shape=box, style="rounded,filled", fillcolor="#dbeafe", color="#1d4ed8"',
    "constant": 'shape=hexagon, style=filled, fillcolor="#fef3c7", color="#b45309"',
    "operation": 'shape=ellipse, style=filled, fillcolor="#ffffff", color="#475569"',
    "cut": 'shape=box, style="rounded,dashed", color="#64748b"',
}
_DOT_HEAD = """digraph symdiff {
  graph [rankdir=BT, nodesep=0.3, ranksep=0.4, bgcolor=transparent]
  node [fontname="Helvetica,Arial,sans-serif", fontsize=13, margin="0.12,0.06"]
  edge [color="#64748b", arrowsize=0.7, fontname="Helvetica,Arial,sans-serif", fontsize=9]"""


def dot_text(drawn: Picture) -> str:
    """The picture in DOT: inputs at the bottom, outputs at the top with a double outline."""
    rows = [_DOT_HEAD]
    if drawn.note:
        rows.append(f"  label={quoted(drawn.note)}")
    rows.extend(f"  n{i} [{_dot_attributes(node)}]" for i, node in enumerate(drawn.nodes))
    for edge in drawn.edges:
        mark = f" [headlabel={quoted(edge.mark)}, labeldistance=1.6]" if edge.mark else ""
        rows.append(f"  n{edge.tail} -> n{edge.head}{mark}")
    return "\n".join([*rows, "}", ""])


def skeleton(drawn: Picture) -> str:
    """The picture in DOT with sizes for texts: all that a layout engine needs to know."""
    rows = ["digraph symdiff {", "graph [rankdir=BT, nodesep=0.33, ranksep=0.5]"]
    rows.append('node [label="", fixedsize=true]\nedge [arrowhead=none]')
    for i, node in enumerate(drawn.nodes):
        width, height = node.size
        # Edges leave a constant below its outline, which hides how they begin.
        shape = "ellipse" if node.role in ("operation", "constant") else "box"
        rows.append(f"n{i} [shape={shape}, width={width / 72:.4f}, height={height / 72:.4f}]")
    rows.extend(f"n{edge.tail} -> n{edge.head}" for edge in drawn.edges)
    return "\n".join([*rows, "}", ""])


def quoted(text: str) -> str:
    """A string of the DOT language.  Backslashes and entities would be read as escapes.

    >>> quoted('"]; b [label="')
    '"\\\\"]; b [label=\\\\""'
    """
    safe = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe}"'


def _dot_attributes(node: Node) -> str:
    label = "\\n".join(quoted(line.text)[1:-1] for line in node.lines)
    tooltip = "\\n".join(quoted(row)[1:-1] for row in node.tooltip.split("\n"))
    double = ", peripheries=2, penwidth=1.5" if node.output else ""
    return f'label="{label}", tooltip="{tooltip}", {_DOT_STYLES[node.role]}{double}'
