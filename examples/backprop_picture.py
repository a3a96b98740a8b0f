"""The classic picture of backpropagation: f(x, y) = x²y + y + 2 at (3, 4).

Values flow forward (green, upwards).  Adjoints ∂f/∂node flow back (red): along each edge goes the
adjoint of the node above times the local derivative; where edges meet, they add up.  The page
backprop.html shows the same step by step.

Run: python examples/backprop_picture.py [folder]     (by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path

import symdiff as sd

x, y = sd.vars("x y")
square = x * x
f = square * y + (y + 2)
POINT = {x: 3, y: 4}


def main(folder):
    picture = sd.draw(f, at=POINT, edges="flow")
    picture.save(folder / "backprop.svg")
    picture.save(folder / "backprop.html")

    # The same as formulas, by any node of the graph.
    for node, adjoint in ((square, 4), (x, 24), (y, 10)):
        formula = sd.grad(f, node)
        print(f"by {node!s:5} {formula!s:10} = {sd.evaluate(formula, POINT)}")
        assert sd.evaluate(formula, POINT) == adjoint
    print("pictures:", folder / "backprop.svg", folder / "backprop.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
