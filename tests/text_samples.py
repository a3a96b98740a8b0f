"""Expressions for the tests of text: random graphs made from the rows, and graphs of arrays."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import symdiff as sd
from symdiff.expr import OPS, Expr, Op, make
from symdiff.leaves import Const, Var
from symdiff.walk import postorder

NAMES = ["x", "y", "x_1", "alpha", "T", "t1", "lambda", "e", "sin", "a b", 'say "hi"', "`", "\\n",
         "new\nline", "été", "Add", "__class__", "t", "\x00", "where"]  # fmt: skip
NUMBERS = [0, 1, 2, -1, -3, 10**30, 0.5, -0.0, 0.1, -2.5, 1e-5, 1e300, -1e-300, float("inf"),
           float("-inf"), float("nan"), True, False]  # fmt: skip


def scalar_rows() -> list[Op]:
    """The rows of elementwise operations, and the named constants."""
    rows = [op for op in OPS.values() if op.shape is None and not op.param_names]
    return [op for op in rows if op not in (Const, Var)]


def random_graph(seed: int, size: int, wide: bool = False) -> Expr:
    """A graph of ``size`` operations over scalars, with shared nodes.

    ``wide`` graphs have sums and products of any number of arguments, and fractions.
    """
    random = Random(seed)
    nodes: list[Expr] = [sd.Var(name) for name in random.sample(NAMES, 4)]
    nodes += [Const(value) for value in random.sample(NUMBERS, 4)]
    if wide:
        nodes += [Const(Fraction(1, 3)), Const(Fraction(-7, 2))]
    rows = scalar_rows()
    arithmetic = [op for op in rows if op.infix]
    for _ in range(size):
        op = random.choice(arithmetic if random.random() < 0.7 else rows)
        arity = op.arity
        if arity is None:
            arity = random.choice([1, 2, 3, 5]) if wide else 2
        recent = nodes[-6:] if random.random() < 0.6 else nodes
        nodes.append(make(op, tuple(random.choice(recent) for _ in range(arity))))
    return nodes[-1]


def random_array_graph(seed: int, size: int) -> Expr:
    """A graph over arrays with stacks along every axis, broadcast ones too, and indices."""
    random = Random(seed)
    nodes = [sd.Var("X", (3, 4)), sd.Var("v", 4), sd.Var("x"), sd.Var("A_1", (2, 1, 4)), Const(2)]
    for _ in range(size):
        a, b = random.choice(nodes[-8:]), random.choice(nodes)
        try:
            if a.ndim and random.random() < 0.5:
                node = a[_random_index(random, a)]
            elif a.ndim < 4 and random.random() < 0.4:
                same = [n for n in nodes if n.shape == a.shape]
                node = sd.stack(random.choices(same, k=random.randint(1, 3)),
                                random.randint(-a.ndim - 1, a.ndim))  # fmt: skip
            elif a.ndim < 4 and random.random() < 0.3:
                axis = random.randint(-max(a.ndim, b.ndim) - 1, -1)
                node = make(OPS["stack"], (a, b, a), (axis,))
            else:
                node = random.choice([sd.Add, sd.Mul, sd.Pow, sd.Lt, sd.atan2])(a, b)
                node = random.choice([sd.Neg, sd.sin, sd.sqrt, abs])(node)
        except sd.ShapeError:
            continue
        if 0 < node.size < 200:
            nodes.append(node)
    return nodes[-1]


def _random_index(random: Random, a: Expr) -> tuple[object, ...]:
    items: list[object] = []
    for n in a.shape[: random.randint(1, a.ndim)]:
        if random.random() < 0.2:
            items.append(None)
        bounds = [None, 0, 1, -1, n, -n]
        part = slice(random.choice(bounds), random.choice(bounds), random.choice([None, 1, -1, 2]))
        items.append(random.choice([random.randrange(-n, n), part, slice(None)]))
    if random.random() < 0.2:
        items.insert(random.randint(0, len(items)), Ellipsis)
    return tuple(items)


def variables(*outputs: Expr) -> list[Expr]:
    return [node for node in postorder(outputs) if node.op is Var]


def array_graphs() -> dict[str, Expr]:
    """One graph for every operation on axes."""
    X, Y = sd.Var("X", (3, 4)), sd.Var("Y", (2, 3, 4))
    v = sd.Var("v", 3, domain=sd.POSITIVE)
    return {
        "sum of all": sd.sum(X),
        "sum of an axis": sd.sum(Y, axis=1, keepdims=True) * 2,
        "reshape": sd.reshape(X, (2, 6)),
        "broadcast": sd.broadcast_to(v, (5, 3)),
        "transpose": sd.transpose(Y, (2, 0, 1)),
        "index": X[1],
        "slice": Y[::-1, None, 1:3],
        "index of a sum": (X + 1)[-1] * X[0, 1],
        "index of every axis": Y[...][0, :, ::2][:, None][..., 0],
        "index of part of the axes": make(OPS["index"], (Y,), ((0, (None, None, 2)),)),
        "index of a scalar": sd.Var("x")[None][...] + Const(-2)[None],
        "index of a list": sd.stack([v, v])[0],
        "stack": sd.stack([v, sd.sin(v)], axis=1),
        "stack of one": sd.stack([X]),
        "stack that broadcasts": make(OPS["stack"], (v, v[0]), (-2,)),
        "matrix": sd.stack([sd.stack([v[0], v[1]]), sd.stack([v[1], v[2]])]),
        "eye": make(OPS["eye"], (), ((3, 2),)),
        "scatter": make(OPS["scatter"], (v,), (((1, None, 2),), 1, (6,))),
        "where": sd.where(X > 0, X, 0) + Y,
        "gradient": sd.grad(sd.sum(sd.log(v) * v), v),
    }
