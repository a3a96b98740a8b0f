"""A tour of automatic differentiation on f(x, y) = x²y + y + 2, after the classroom notebooks.

Six ways to the same two numbers, df/dx = 24 and df/dy = 10 at (3, 4).

Run: python examples/autodiff_tour.py
"""

import math

import symdiff as sd
from symdiff import Dual


def title(text):
    print(f"\n== {text}")


def f(x, y):
    return x * x * y + y + 2


title("by hand")
print("df/dx = 2xy     =", 2 * 3 * 4)
print("df/dy = x² + 1  =", 3 * 3 + 1)

title("numerically: difference quotients of the Python function")
slopes = sd.forward_difference(f, at=[3, 4], step=1e-4)
print("forward:", slopes)
assert [f"{s:.4f}" for s in slopes] == ["24.0004", "10.0000"]
slopes = sd.central_difference(f, at=[3, 4])
print("central:", slopes)
assert max(abs(slopes[0] - 24), abs(slopes[1] - 10)) < 1e-8
hessian = sd.difference_hessian(f, at=[3, 4])
print("Hessian:", hessian)
for found, exact in zip(hessian, [[8, 6], [6, 0]], strict=True):
    assert max(abs(a - b) for a, b in zip(found, exact, strict=True)) < 1e-5

title("the same function as a graph")
x, y = sd.Var("x"), sd.Var("y")
graph = sd.Add(sd.Mul(sd.Mul(x, x), y), sd.Add(y, sd.Const(2)))
print("graph      ", graph)
print("functional ", sd.to_text(graph, functional=True))
print("at (3, 4)  ", sd.evaluate(graph, {x: 3, y: 4}))
assert sd.evaluate(graph, {x: 3, y: 4}) == 42
assert f(x, y) is x * x * y + y + 2

title("symbolically: derivatives are graphs again")
gradient = sd.grad(graph, [x, y])
print("df/dx =", gradient[0])
print("df/dy =", gradient[1])
assert [str(g) for g in gradient] == ["2*x*y", "x**2 + 1"]
assert sd.evaluate(gradient, {x: 3, y: 4}) == [24, 10]
print("before simplifying:", *sd.grad(graph, [x, y], simplify=False), sep="\n   ")

title("forward mode: one sweep from the inputs for each direction")
for name, seeds in (("df/dx", [1, 0]), ("df/dy", [0, 1])):
    tangent = sd.jvp(graph, [x, y], seeds)
    print(name, "=", tangent, "=", sd.evaluate(tangent, {x: 3, y: 4}))
assert sd.evaluate(sd.jvp(graph, [x, y], [1, 0]), {x: 3, y: 4}) == 24

title("second derivatives: differentiate the gradient")
hessian = [sd.grad(g, [x, y]) for g in gradient]
for row in hessian:
    print("  ", row)
assert sd.evaluate(hessian, {x: 3, y: 4}) == [[8, 6], [6, 0]]
assert sd.evaluate(sd.hessian(graph, [x, y]), {x: 3, y: 4}).tolist() == [[8, 6], [6, 0]]

title("z = sin(x²) at 3")
z = sd.sin(x**2)
slope = sd.evaluate(sd.grad(z, x), {x: 3})
print("dz/dx =", sd.grad(z, x), "=", slope)
rough = sd.forward_difference(lambda t: math.sin(t * t), at=[3], step=1e-4)[0]
print("forward difference:", rough)
assert f"{slope:.6f}" == "-5.466782"
assert f"{rough:.5f}" == "-5.46761"

title("dual numbers: values that carry their slope")
print("3 + (3 + 4ε)        =", 3 + Dual(3, 4))
print("(3 + 4ε) * (5 + 7ε) =", Dual(3, 4) * Dual(5, 7))
assert repr(3 + Dual(3, 4)) == "6.0 + 4.0ε"
assert repr(Dual(3, 4) * Dual(5, 7)) == "15.0 + 41.0ε"
print("f(3, 4)             =", f(Dual(3), Dual(4)))
print("f(3 + ε, 4)         =", f(Dual(3, 1), 4))
assert repr(f(Dual(3), Dual(4))) == "42.0"
print("through the graph   =", sd.evaluate(graph, {x: 3, y: Dual(4, 1)}))
assert f(Dual(3, 1), 4) == Dual(42, 24)
assert sd.evaluate(graph, {x: 3, y: Dual(4, 1)}) == Dual(42, 10)

title("forward mode with numbers: values and tangents, node by node")
print(sd.trace_table(graph, {x: 3, y: 4}, mode="forward"))

title("reverse mode: one sweep back from the output gives every adjoint")
w = sd.Var("w")
print("vjp with weight w:", sd.vjp(graph, [x, y], w))
assert sd.evaluate(sd.vjp(graph, [x, y], 1), {x: 3, y: 4}) == [24, 10]
print(sd.trace_table(graph, {x: 3, y: 4}))
print("compiled:", sd.compile(gradient, [x, y])(3.0, 4.0))

title("all methods side by side")
print(sd.compare(graph, {x: 3, y: 4}))
