"""Graphs as pictures: f(x, y) = x²y + y + 2 with the value and the adjoint on every node.

Run: python examples/draw_graph.py [folder]      (writes SVG and DOT files, by default here)
"""

import sys
from pathlib import Path

import symdiff as sd

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
x, y = sd.vars("x y")
f = x * x * y + (y + 2)
point = {x: 3, y: 4}

# The classic picture of reverse mode: values rise from the inputs, adjoints come back down.
sd.to_svg(f, folder / "backprop.svg", at=point, wrt=[x, y])

# A gradient is a graph like any other.
gradient = sd.grad(sd.sin(x * y) * sd.exp(-(x**2) / 2), [x, y])
sd.to_svg(gradient, folder / "gradient.svg", at=point, names=["df/dx", "df/dy"])

# The same for other programs: DOT text for Graphviz, a networkx graph for anything else.
(folder / "backprop.dot").write_text(sd.to_dot(f), encoding="utf-8")
graph = sd.to_networkx(f)
formulas = graph.nodes(data="formula")
for tail, head, argument in graph.edges(data="argument"):
    print(f"{formulas[tail]:8} is argument {argument} of {formulas[head]}")

picture = (folder / "backprop.svg").read_text(encoding="utf-8")
assert (graph.number_of_nodes(), graph.number_of_edges()) == (7, 8)  # x*x has two edges
assert ">42<" in picture
assert ">∂f: 24<" in picture
assert ">∂f: 10<" in picture
