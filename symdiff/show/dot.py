"""A picture in the DOT language."""

from __future__ import annotations

from .graph import Node, Picture

_DOT_STYLES = {
    "variable": 'shape=box, style="rounded,filled", fillcolor="#dbeafe", color="#1d4ed8"',
    "constant": 'shape=hexagon, style=filled, fillcolor="#fef3c7", color="#b45309"',
    "operation": 'shape=ellipse, style=filled, fillcolor="#ffffff", color="#475569"',
    "block": 'shape=box, style="rounded,filled", fillcolor="#ffffff", color="#475569"',
    "flow": 'shape=plaintext, fontcolor="#b91c1c"',
    "cut": 'shape=box, style="rounded,dashed", color="#64748b"',
}
_DOT_HEAD = """digraph symdiff {
  graph [rankdir=BT, nodesep=0.3, ranksep=0.4, bgcolor=transparent]
  node [fontname="Helvetica,Arial,sans-serif", fontsize=13, margin="0.12,0.06"]
  edge [color="#64748b", arrowsize=0.7, fontname="Helvetica,Arial,sans-serif", fontsize=9]"""


def dot_text(drawn: Picture, direction: str = "auto") -> str:
    """The picture in DOT: inputs at the bottom, outputs at the top with a double outline; to the
    ``right`` inputs at the left."""
    rows = [_DOT_HEAD.replace("BT", "LR") if direction == "right" else _DOT_HEAD]
    if drawn.note:
        rows.append(f"  label={quoted(drawn.note)}")
    rows.extend(f"  n{i} [{_dot_attributes(node)}]" for i, node in enumerate(drawn.nodes))
    for edge in drawn.edges:
        mark = f" [headlabel={quoted(edge.mark)}, labeldistance=1.6]" if edge.mark else ""
        mark = " [arrowhead=none]" if drawn.nodes[edge.head].role == "flow" else mark
        rows.append(f"  n{edge.tail} -> n{edge.head}{mark}")
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
