"""A network of 2 inputs, 2 hidden units and 1 output: its gradient as a trace, a picture, a step.

The numbers are those of Mazur's "A step by step backpropagation example", of its first output:
net = w·x + b, a sigmoid on it, and E = ½(target − output)².

Run: python examples/small_network.py [folder]     (one SVG; by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path

import symdiff as sd

x1, x2, t = sd.vars("x1 x2 t")
w1, w2, w3, w4, b1 = sd.vars("w1 w2 w3 w4 b1")
w5, w6, b2 = sd.vars("w5 w6 b2")

h1 = sd.sigmoid(w1 * x1 + w2 * x2 + b1)
h2 = sd.sigmoid(w3 * x1 + w4 * x2 + b1)
out = sd.sigmoid(w5 * h1 + w6 * h2 + b2)
E = (t - out) ** 2 / 2

WEIGHTS = [w1, w2, w3, w4, b1, w5, w6, b2]
NAMES = {"h1": h1, "h2": h2, "out": out, "E": E}
POINT = {
    x1: 0.05, x2: 0.10, t: 0.01, w1: 0.15, w2: 0.20, w3: 0.25, w4: 0.30, b1: 0.35,
    w5: 0.40, w6: 0.45, b2: 0.60,
}  # fmt: skip


def by_hand(p):
    """The gradient as a student writes it: δ of the output, then back through the weights."""
    values = dict(zip(NAMES, sd.evaluate([h1, h2, out, E], p), strict=True))
    delta = (values["out"] - p[t]) * values["out"] * (1 - values["out"])
    deltas = [delta * p[w] * h * (1 - h) for w, h in ((w5, values["h1"]), (w6, values["h2"]))]
    into = [d * p[x] for d in deltas for x in (x1, x2)]
    return values, [*into, sum(deltas), delta * values["h1"], delta * values["h2"], delta]


def main(folder):
    values, slopes = by_hand(POINT)
    published = {"h1": 0.593269992, "h2": 0.596884378, "out": 0.75136507, "E": 0.274811083}
    for name, value in published.items():
        assert abs(values[name] - value) < 1e-9

    print(sd.trace_table(E, POINT, wrt=WEIGHTS, names=NAMES), "\n")
    gradient = sd.compile(sd.grad(E, WEIGHTS), list(POINT))(*POINT.values())
    for w, found, slope in zip(WEIGHTS, gradient, slopes, strict=True):
        print(f"dE/d{w} = {found:.9f}")
        assert abs(found - slope) < 1e-15
    assert abs(gradient[WEIGHTS.index(w5)] - 0.082167041) < 1e-9

    print("\nby the hidden unit, dE/dh1 =", sd.evaluate(sd.grad(E, h1), POINT))
    assert abs(sd.evaluate(sd.grad(E, h1), POINT) - 0.055399425) < 1e-9
    print("\nthe chain rule by w5:")
    print(sd.explain(E, w5, at=POINT, names=NAMES))

    new = POINT[w5] - 0.5 * gradient[WEIGHTS.index(w5)]
    print("\nafter a step of 0.5: w5 =", round(new, 8))
    assert abs(new - 0.35891648) < 1e-8
    sd.to_svg(E, folder / "network.svg", at=POINT, wrt=WEIGHTS, names=NAMES)
    print("picture:", folder / "network.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
