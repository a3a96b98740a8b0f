"""The drawable graph: what every node and edge of a picture shows, before anything is placed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import LimitError
from ..expr import Expr
from ..walk import collector_paused, postorder
from .folding import Block, Use, blocks
from .hints import ELLIPSIS
from .label import (
    BRIEF,
    described,
    formulas,
    is_number,
    number,
    printable,
    role,
    symbol,
    value_lines,
)
from .measure import SIZES, Line, box_size, round_up
from .sharing import OutputNames, check_names, named_nodes, nodes_of

OUTLINE = 6.0  # px that the second outline of an output takes
TERMS = 3  # an adjoint that is the sum of more is written without them
SHARED_LEAF = 3  # a leaf used more often is drawn once per user
EDGES_PER_NODE = 5  # of the limit on nodes: what a picture may have in edges

Values = Mapping[Expr, Any]


class Node(NamedTuple):
    """A drawn node; ``role`` is variable, constant, operation, block, flow or cut.

    A flow is the text on an edge: the edge runs through it.
    """

    role: str
    lines: tuple[Line, ...]
    tooltip: str
    output: bool
    size: tuple[float, float]


class Edge(NamedTuple):
    """From argument to user; ``mark`` is the argument's number where the order matters."""

    tail: int
    head: int
    mark: str = ""


class Picture(NamedTuple):
    """Nodes and edges to draw, how many nodes of the graph are left out, and small print."""

    nodes: list[Node]
    edges: list[Edge]
    left_out: int
    note: str
    legend: tuple[Line, ...] = ()


class Numbers(NamedTuple):
    """What is known at a point: of nodes, and of uses of nodes as arguments."""

    values: Values
    adjoints: Values
    flows: Mapping[Use, Any]
    partials: Mapping[Use, Any]


@collector_paused()
def picture(
    tree: Any,
    *,
    values: Values | None = None,
    adjoints: Values | None = None,
    flows: Mapping[Use, Any] | None = None,
    partials: Mapping[Use, Any] | None = None,
    edges: str = "",
    names: OutputNames = None,
    max_nodes: int | None = None,
    cut: bool = False,
    collapse: bool = False,
) -> Picture:
    """The graph of an expression, or of nested lists of them, ready to be placed.

    Raises: LimitError for more than ``max_nodes`` nodes, unless ``cut`` leaves the rest out;
    NameClash for two different variables of one name; ValueError for a wrong number of names.
    """
    outputs = nodes_of(tree)
    order = postorder(outputs)
    check_names(order)
    kept = _within(order, outputs, max_nodes, cut)
    shown = [node for node in order if node in kept]
    left_out = len(order) - len(kept)
    named = named_nodes(order, outputs, names, tree)
    numbers = Numbers(values or {}, adjoints or {}, flows or {}, partials or {})
    folded = blocks(shown, named, collapse and not left_out)
    painter = _Painter(named, outputs, numbers, formulas(shown), edges)
    nodes, links = _painted(painter, _inputs(shown, kept, folded), folded, kept)
    note = f"{left_out:,} of {len(order):,} nodes are left out" if left_out else ""
    return Picture(nodes, links, left_out, note, painter.legend(nodes))


def _inputs(
    shown: Sequence[Expr], kept: Mapping[Expr, int], folded: Mapping[Expr, Block]
) -> dict[Expr, list[Use]]:
    """The nodes to draw, arguments first, and the uses that their edges come from."""
    found: dict[Expr, list[Use]] = {}
    hidden: set[Expr] = set()
    for node in reversed(shown):
        if node in hidden:
            continue
        whole = kept[node] == len(node.args)
        if node in folded and whole:
            hidden.update(folded[node].inside)
            found[node] = folded[node].uses
        else:
            found[node] = [(node, i) for i in range(kept[node])]
    return dict(reversed(found.items()))


def _painted(
    painter: _Painter,
    inputs: Mapping[Expr, list[Use]],
    folded: Mapping[Expr, Block],
    kept: Mapping[Expr, int],
) -> tuple[list[Node], list[Edge]]:
    """The drawn nodes and edges; some leaves are drawn beside each of their users."""
    uses: dict[Expr, int] = {}
    for found in inputs.values():
        for user, i in found:
            uses[user.args[i]] = uses.get(user.args[i], 0) + 1
    nodes: list[Node] = []
    edges: list[Edge] = []
    at: dict[Expr, int] = {}
    for node, found in inputs.items():
        often = role(node) == "constant" or uses.get(node, 0) > SHARED_LEAF
        if not node.args and often and node not in painter.names:
            continue  # drawn beside each of its users
        tails: dict[Expr, int] = {}
        for user, i in found:
            a = user.args[i]
            if a not in at and a not in tails:
                tails[a] = len(nodes)
                mine = [use for use in found if use[0].args[use[1]] is a]
                nodes.append(painter.node(a, 1, mine))
        starts = []
        for use in found:
            a = use[0].args[use[1]]
            starts.append(at[a] if a in at else tails[a])
            text = painter.flow(use, node)
            if text is not None:
                edges.append(Edge(starts[-1], len(nodes)))
                starts[-1] = len(nodes)
                nodes.append(text)
        if kept[node] < len(node.args):
            starts.append(len(nodes))
            nodes.append(_STUB)
        at[node] = len(nodes)
        nodes.append(painter.node(node, len(starts), block=folded.get(node)))
        ordered = len(found) > 1 and (node in folded or "commutative" not in node.op.facts)
        edges += [Edge(s, at[node], str(k + 1) if ordered else "") for k, s in enumerate(starts)]
    return nodes, edges


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
        numbers: Numbers,
        formulas: dict[Expr, str],
        edges: str,
    ) -> None:
        self.names, self.numbers, self.formulas, self.edges = names, numbers, formulas, edges
        self.outputs = frozenset(outputs)
        self.partial = f"∂{names[outputs[0]]}" if len(self.outputs) == 1 else "∂"
        self.mark = f"{self.partial}: "
        self.uses: dict[Expr, list[Use]] = {}
        for use in numbers.flows:
            self.uses.setdefault(use[0].args[use[1]], []).append(use)

    def node(
        self, e: Expr, edges: int, mine: Sequence[Use] = (), block: Block | None = None
    ) -> Node:
        """A node with so many edges; ``mine`` are the uses that a leaf is drawn for, where it is
        drawn more than once."""
        kind = "block" if block is not None and block.inside else role(e)
        lines = self.lines(e, kind, mine, block)
        width, height = SIZES[kind](lines)
        width = max(width, round_up(min(11.0 * edges, 420.0)))
        output = e in self.outputs
        if output:
            width, height = width + OUTLINE, height + OUTLINE
        return Node(kind, lines, self.tooltip(e), output, (width, height))

    def lines(
        self, e: Expr, kind: str, mine: Sequence[Use], block: Block | None
    ) -> tuple[Line, ...]:
        text = symbol(e) if block is None else block.label
        found = [Line(text, "symbol" if len(text) == 1 and kind == "operation" else "label")]
        if e in self.names:
            found.insert(0, Line(printable(self.names[e], 28) + " =", "name"))
        if block is not None and ELLIPSIS in text:
            found.append(Line(f"{1 + len(block.inside)} operations", "shape"))
        value = self.numbers.values.get(e)
        if value is None:
            found += [Line(str(e.shape), "shape")] if e.shape else []
        elif number(value) != text:
            found += value_lines(value, "value")
        return (*found, *self.adjoint(e, mine))

    def adjoint(self, e: Expr, mine: Sequence[Use]) -> list[Line]:
        """The adjoint of a node, as a sum where the flows stand on its edges; beside one of its
        users, that of ``mine`` and the whole of which it is a part."""
        whole = self.numbers.adjoints.get(e)
        if whole is None or role(e) == "constant":
            return []
        uses = mine or self.uses.get(e, ())
        parts = [self.numbers.flows[use] for use in uses if use in self.numbers.flows]
        mark = self.mark
        if mine and parts:
            part = sum(parts[1:], parts[0])
            if not is_number(whole):
                return value_lines(part, "adjoint", mark)
            text = f"{number(part, BRIEF)} of {number(whole, BRIEF)}"
        elif self.edges == "flow" and 1 < len(parts) <= TERMS and is_number(whole):
            text = f"{' + '.join([number(part, BRIEF) for part in parts])} = {number(whole)}"
        else:
            return value_lines(whole, "adjoint", mark)
        return [Line(mark + text, "adjoint")]

    def flow(self, use: Use, drawn: Expr) -> Node | None:
        """What stands on an edge, if anything does: a node without an outline.

        Where the user is not drawn itself, being inside a block, there is no local derivative.
        """
        partial = self.numbers.partials.get(use) if use[0] is drawn else None
        flow = self.numbers.flows.get(use)
        above = self.numbers.adjoints.get(drawn)
        if self.edges == "flow" and flow is not None:
            is_product = all(map(is_number, (above, partial, flow)))
            product = f"{number(above)} · {number(partial)} = " if is_product else ""
            lines = value_lines(flow, "adjoint", product)
        elif self.edges == "partials" and partial is not None:
            lines = value_lines(partial, "adjoint")
        else:
            return None
        tooltip = f"{self.partial} along this edge: {described(flow)}"
        return Node("flow", tuple(lines), tooltip, False, SIZES["flow"](tuple(lines)))

    def tooltip(self, e: Expr) -> str:
        rows = [self.formulas[e]]
        if e.shape:
            rows.append(f"shape {e.shape}")
        if e in self.numbers.values:
            rows.append(f"value {described(self.numbers.values[e])}")
        if e in self.numbers.adjoints and role(e) != "constant":
            rows.append(f"{self.partial}/∂(this node) = {described(self.numbers.adjoints[e])}")
        return "\n".join(rows)

    def legend(self, nodes: Sequence[Node]) -> tuple[Line, ...]:
        """What the colours and the numbers on the edges mean, where there are any."""
        styles = {line.style for node in nodes for line in node.lines if node.role != "flow"}
        on_edges = any(node.role == "flow" for node in nodes)
        flow = f"{self.partial} above · local derivative = part of {self.partial} below"
        rows = [
            (bool(self.numbers.values) and "value" in styles, "value", "value"),
            ("adjoint" in styles, f"{self.partial}: derivative by the node", "adjoint"),
            (on_edges and self.edges == "partials", "on edges: local derivative", "adjoint"),
            (on_edges and self.edges == "flow", f"on edges: {flow}", "adjoint"),
        ]
        return tuple([Line(text, style) for shown, text, style in rows if shown])


_ELLIPSIS = (Line("…", "label"),)
_STUB = Node("cut", _ELLIPSIS, "arguments that are left out", False, box_size(_ELLIPSIS))
