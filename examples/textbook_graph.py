"""The classes of a textbook, Const, Var, Add and Mul in 30 lines, beside those of symdiff.

The same text builds f(x, y) = x·x·y + (y + 2) from both; both differentiate it to a graph.

Run: python examples/textbook_graph.py
"""

from dataclasses import dataclass

import symdiff as sd


@dataclass
class Const:
    value: float

    def evaluate(self):
        return self.value

    def gradient(self, var):
        return Const(0)

    def __str__(self):
        return str(self.value)


@dataclass(eq=False)
class Var:
    name: str
    value: float = 0

    def evaluate(self):
        return self.value

    def gradient(self, var):
        return Const(1 if self is var else 0)

    def __str__(self):
        return self.name


@dataclass
class Add:
    a: object
    b: object

    def evaluate(self):
        return self.a.evaluate() + self.b.evaluate()

    def gradient(self, var):
        return Add(self.a.gradient(var), self.b.gradient(var))

    def __str__(self):
        return f"{self.a} + {self.b}"


@dataclass
class Mul:
    a: object
    b: object

    def evaluate(self):
        return self.a.evaluate() * self.b.evaluate()

    def gradient(self, var):
        return Add(Mul(self.a.gradient(var), self.b), Mul(self.a, self.b.gradient(var)))

    def __str__(self):
        return f"({self.a})*({self.b})"


def size(node):
    """How many objects a graph is made of, shared ones counted each time."""
    parts = [size(part) for part in vars(node).values() if isinstance(part, (Const, Var, Add, Mul))]
    return 1 + sum(parts)


def main():
    x, y = Var("x", 3), Var("y", 4)
    f = Add(Mul(Mul(x, x), y), Add(y, Const(2)))
    X, Y = sd.Var("x"), sd.Var("y")
    F = sd.Add(sd.Mul(sd.Mul(X, X), Y), sd.Add(Y, sd.Const(2)))
    at = {X: 3, Y: 4}

    print("f       ", f, "=", f.evaluate())
    print("symdiff ", F, "=", F(x=3, y=4))
    assert f.evaluate() == F(x=3, y=4) == 42

    print("\ndf/dx   ", f.gradient(x), "=", f.gradient(x).evaluate())
    print("symdiff ", sd.grad(F, X), "=", sd.evaluate(sd.grad(F, X), at))
    for var, VAR, slope in ((x, X, 24), (y, Y, 10)):
        assert f.gradient(var).evaluate() == sd.evaluate(sd.grad(F, VAR), at) == slope

    print("\nsecond derivatives:", f.gradient(x).gradient(x).evaluate(), sd.hessian(F, [X, Y]))
    for a, A, row in ((x, X, (8, 6)), (y, Y, (6, 0))):
        for b, B, entry in zip((x, y), (X, Y), row, strict=True):
            assert f.gradient(a).gradient(b).evaluate() == entry
            assert sd.evaluate(sd.grad(sd.grad(F, A), B), at) == entry

    print("\nderivatives of x**8 by x: objects of the textbook, operations of symdiff")
    power, POWER = x, X
    for _ in range(7):
        power, POWER = Mul(power, x), POWER * X
    for order in range(4):
        print(f"{order}: {size(power):7} {sd.count_ops(sd.derivative(POWER, X, order)):5}")
        power = power.gradient(x)


if __name__ == "__main__":
    main()
