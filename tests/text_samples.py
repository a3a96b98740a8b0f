"""Expressions for the tests of text: random graphs made from the rows, and graphs of arrays."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import symdiff as sd
from symdiff.expr import OPS, Const, Expr, Op, Var, make
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
        "stack": sd.stack([v, sd.sin(v)], axis=1),
        "matrix": sd.stack([sd.stack([v[0], v[1]]), sd.stack([v[1], v[2]])]),
        "eye": sd.eye((3, 2)),
        "scatter": make(OPS["scatter"], (v,), (((1, None, 2),), 1, (6,))),
        "where": sd.where(X > 0, X, 0) + Y,
        "gradient": sd.grad(sd.sum(sd.log(v) * v), v),
    }
