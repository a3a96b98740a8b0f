"""First steps with the gradient tape: values at once, gradients afterwards, a graph to look at.

Run: python examples/tape_basics.py [folder]     (one SVG; by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

import symdiff as sd


def sum_squared():
    """z = (sum of a 2×2 of ones)²: its gradient by the ones, and by the sum on the way."""
    x = sd.constant(np.ones((2, 2)), name="x")
    with sd.GradientTape(persistent=True) as tape:
        tape.watch(x)  # a constant counts only when it is watched
        y = sd.sum(x)
        z = y * y
    print("z =", z.numpy(), "  as a formula:", tape.graph(z))
    return tape.gradient(z, x).numpy(), tape.gradient(z, y).numpy()


def persistent():
    """y = x², z = y² at 3.  A tape answers once; a persistent one as often as you ask."""
    x = sd.constant(3.0)
    with sd.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    return tape.gradient(z, x).numpy(), tape.gradient(y, x).numpy()


def cube(at):
    """The slope of x³; a Variable is watched by itself."""
    x = sd.Variable(at)
    with sd.GradientTape() as tape:
        y = x**3
    return tape.gradient(y, x).numpy()


def cube_twice(at):
    """First and second derivative of x³: the outer tape records what the inner one does."""
    x = sd.Variable(at)
    with sd.GradientTape() as outer:
        with sd.GradientTape() as inner:
            y = x * x * x
        slope = inner.gradient(y, x)
    return slope.numpy(), outer.gradient(slope, x).numpy()


def loop(at, y):
    """Python's own loops and ifs: the tape sees the products that were really made."""
    x = sd.Variable(at)
    with sd.GradientTape() as tape:
        out = 1.0
        for i in range(1, y + 1):
            if i > 2 and i <= 5:
                out = out * x
    return tape.gradient(out, x).numpy()


def polynomial(at):
    """3x³ + x²."""
    x = sd.Variable(at)
    with sd.GradientTape() as tape:
        y = 3 * x**3 + x**2
    return tape.gradient(y, x).numpy()


def not_connected():
    """z = 3v² + 2vw at (5, 3): dz/dw = 2v does not have w in it, so its slope by w is None."""
    v, w = sd.Variable(5.0), sd.Variable(3.0)
    with sd.GradientTape(persistent=True) as outer:
        with sd.GradientTape() as inner:
            z = 3 * v**2 + 2 * v * w
        slopes = inner.gradient(z, [v, w])
    second = [outer.gradient(slope, [v, w]) for slope in slopes]
    return slopes, second


def two_inputs(path=None):
    """f = x²y + y + 2 at (3, 4): gradient, Hessian, and the picture with values and adjoints."""
    x, y = sd.Variable(3.0, name="x"), sd.Variable(4.0, name="y")
    with sd.GradientTape(persistent=True) as tape:
        f = x * x * y + y + 2
    gradient = [slope.numpy().item() for slope in tape.gradient(f, [x, y])]
    hessian = [[entry.numpy().item() for entry in row] for row in tape.hessian(f, [x, y])]
    print("\nf =", tape.graph(f), "=", f.numpy())
    print("df/dx =", sd.grad(tape.graph(f), tape.graph(x)))
    tape.draw(f, path)
    return gradient, hessian


def main(folder):
    by_x, by_sum = sum_squared()
    print("by x:", by_x.tolist(), "  by the sum:", by_sum)
    assert by_x.tolist() == [[8, 8], [8, 8]]
    assert by_sum == 8

    print("x⁴ and x² at 3:           ", *persistent())
    print("x³ at 1 and 3:            ", cube(1.0), cube(3.0))
    print("x³ twice, at 1:           ", *cube_twice(1.0))
    print("x³ twice, at 5:           ", *cube_twice(5.0))
    print("the loop, y = 6, 5, 4:    ", *[loop(2.0, y) for y in (6, 5, 4)])
    print("3x³ + x² at 10:           ", polynomial(10.0))
    assert persistent() == (108, 6)
    assert (cube(1.0), cube(3.0)) == (3, 27)
    assert cube_twice(1.0) == (3, 6)
    assert cube_twice(5.0) == (75, 30)
    assert [loop(2.0, y) for y in (6, 5, 4)] == [12, 12, 4]
    assert polynomial(10.0) == 920

    slopes, second = not_connected()
    print(
        "3v² + 2vw at (5, 3):      ",
        *slopes,
        "and",
        [[g and float(g) for g in row] for row in second],
    )
    assert slopes == [36, 10]
    assert second == [[6, 2], [2, None]]

    gradient, hessian = two_inputs(folder / "tape.svg")
    print("gradient", gradient, "  Hessian", hessian)
    assert gradient == [24, 10]
    assert hessian == [[8, 6], [6, 0]]
    print("picture:", folder / "tape.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
