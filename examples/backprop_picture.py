"""The classic picture of backpropagation: f(x, y) = x²y + y + 2 at (3, 4).

Values flow forward (green, upwards).  Adjoints ∂f/∂node flow back (red, downwards): along each
edge goes the adjoint of the node above times the local derivative; where edges meet, they add up.

Run: python examples/backprop_picture.py [folder]     (two SVGs; by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path

import symdiff as sd

x, y = sd.vars("x y")
two = sd.Const(2)
square = x * x
product = square * y
rest = y + two
f = product + rest
POINT = {x: 3, y: 4}

# From the inputs to the output: what stands in each node, and its centre as right + down·i.
NODES = {
    x: ("x", 120 + 595j), y: ("y", 410 + 430j), two: ("2", 700 + 430j), square: ("×", 120 + 430j),
    product: ("×", 240 + 265j), rest: ("+", 580 + 265j), f: ("+", 410 + 100j),
}  # fmt: skip

HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 680" width="820" height="680">
<style>
text { font: 15px Helvetica, Arial, sans-serif; text-anchor: middle; fill: #0f172a }
.symbol { font-size: 22px } .value { fill: #166534 } .adjoint { fill: #b91c1c }
circle { fill: #f8fafc; stroke: #475569; stroke-width: 1.5 } .leaf { fill: #dbeafe }
line { stroke-width: 1.8 } .up { stroke: #166534 } .down { stroke: #b91c1c; stroke-dasharray: 6 4 }
</style>
<marker id="green" viewBox="0 0 8 8" refX="7" refY="4" orient="auto" markerWidth="6"
 markerHeight="6"><path d="M0 0L8 4L0 8z" fill="#166534"/></marker>
<marker id="red" viewBox="0 0 8 8" refX="7" refY="4" orient="auto" markerWidth="6"
 markerHeight="6"><path d="M0 0L8 4L0 8z" fill="#b91c1c"/></marker>
<rect width="820" height="680" fill="white"/>"""


def backpropagate():
    """Values, adjoints, and per edge (node above, number of its argument) what flows back."""
    values = dict(zip(NODES, sd.evaluate(list(NODES), POINT), strict=True))
    flows = {}
    adjoints = {**dict.fromkeys(NODES, 0), f: 1}
    a, b = sd.vars("a b")
    for node in reversed([n for n in NODES if n.args]):
        slopes = sd.grad(node.op(a, b), [a, b])  # of a*b they are b and a, of a + b both are 1
        found = sd.compile(slopes, [a, b])(*[values[argument] for argument in node.args])
        for i, argument in enumerate(node.args):
            flows[node, i] = (adjoints[node], int(found[i]))
            adjoints[argument] += adjoints[node] * int(found[i])
    return values, adjoints, flows


def line(start, end, kind, colour):
    ends = f'x1="{start.real:.1f}" y1="{start.imag:.1f}" x2="{end.real:.1f}" y2="{end.imag:.1f}"'
    return f'<line class="{kind}" {ends} marker-end="url(#{colour})"/>'


def text(at, words, kind):
    return f'<text class="{kind}" x="{at.real:.1f}" y="{at.imag + 5:.1f}">{words}</text>'


def edge(tail, head, flow, right, apart):
    """A green arrow up; beside it a dashed red one down, with adjoint · derivative = product."""
    along = (head - tail) / abs(head - tail)
    across = along * (1j if right else -1j)
    low, high = tail + 48 * along, head - 48 * along
    green, red = (apart - 6) * across, (apart + 6) * across
    words = f"{flow[0]} · {flow[1]} = {flow[0] * flow[1]}"
    return [
        line(low + green, high + green, "up", "green"),
        line(high + red, low + red, "down", "red"),
        text((low + high) / 2 + red + (42 if right else -42), words, "adjoint"),
    ]


def picture(values, adjoints, flows):
    """The SVG text."""
    rows = [HEAD]
    for (node, i), flow in flows.items():
        (_, tail), (_, head) = NODES[node.args[i]], NODES[node]
        twice = node.args[0] is node.args[1]
        rows += edge(tail, head, flow, i == 1 if twice else tail.real > head.real, 18 * twice)
    for node, (symbol, centre) in NODES.items():
        kind = "inner" if node.args else "leaf"
        rows += [
            f'<circle class="{kind}" cx="{centre.real:.0f}" cy="{centre.imag:.0f}" r="44"/>',
            text(centre - 20j, symbol, "symbol"),
            text(centre + 4j, values[node] if node is not two else "", "value"),
            text(centre + 24j, f"∂f = {adjoints[node]}", "adjoint"),
        ]
        parts = [str(a * b) for (above, i), (a, b) in flows.items() if above.args[i] is node]
        if len(parts) > 1:
            rows.append(text(centre + 65j, f"{' + '.join(parts)} = {adjoints[node]}", "adjoint"))
    rows += [
        text(410 + 25j, "f = x·x·y + (y + 2) at x = 3, y = 4", "symbol"),
        text(590 + 600j, "values flow forward: solid arrows", "value"),
        text(590 + 622j, "adjoints ∂f/∂node flow back: dashed arrows,", "adjoint"),
        text(590 + 644j, "adjoint above · local derivative", "adjoint"),
    ]
    return "\n".join([*rows, "</svg>", ""])


def main(folder):
    values, adjoints, flows = backpropagate()
    print("node                value  adjoint")
    for node in NODES:
        print(f"{node!s:20}{values[node]:5}{adjoints[node]:9}")
    assert (values[f], adjoints[x], adjoints[y]) == (42, 24, 10)
    # The same as formulas, by any node of the graph.
    for node in (square, x, y):
        formula = sd.grad(f, node)
        print(f"by {node!s:5} {formula!s:10} = {sd.evaluate(formula, POINT)}")
        assert sd.evaluate(formula, POINT) == adjoints[node]

    (folder / "backprop.svg").write_text(picture(values, adjoints, flows), encoding="utf-8")
    sd.to_svg(f, folder / "backprop_drawn.svg", at=POINT, wrt=[x, y])  # any graph, in one line
    print("pictures:", folder / "backprop.svg", folder / "backprop_drawn.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
