"""Random scalar graphs over every elementwise row, and points with zeros, kinks, huge and tiny."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import symdiff as sd
from symdiff.expr import OPS, Expr, Op, make
from symdiff.leaves import Var, const
from symdiff.walk import postorder

ROWS = [op for op in OPS.values() if op.elementwise]
ARITHMETIC = [OPS[name] for name in ("add", "add", "mul", "mul", "sub", "div")]
TRUTHS = [op for op in ROWS if op.kind is OPS["lt"].kind]
EXACT = [0, 1, -1, 2, 3, -2, Fraction(1, 2), Fraction(-2, 3), Fraction(7, 5)]
DYADIC = [0, 1, -1, 2, 3, 0.5, 2.0, -1.5, 1.0, 0.0, -0.0, 0.25]  # whose products are exact
EXPONENTS = [2, 2, -1, -1, 3, 4, -2, 0, 1, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2),
             0.5, 2.0, -1.5, 1.0]  # fmt: skip
DOMAINS = {
    "x": sd.REAL, "y": sd.REAL, "p": sd.POSITIVE, "q": sd.NONNEGATIVE, "n": sd.REAL, "k": sd.REAL,
}  # fmt: skip
WHOLE = {"n", "k"}

ORDINARY = [1.3, -0.7, 0.6, -2.5, 3.0, 0.25, 1.5, -0.3, 2.0, 7.5]
KINKS = [0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 3.0, -2.0]
HUGE = [1e300, -1e300, 1e155, -1e155, 1e30, 800.0, -800.0, 1e8]
TINY = [1e-300, -1e-300, 5e-324, 1e-155, -1e-155, 1e-30, 1e-8, -1e-8]


def random_outputs(seed: int, largest: int = 14) -> list[Expr]:
    """One or two outputs of a random graph of at most so many steps; nodes are often shared."""
    r = random.Random(seed)
    x, y, p, q, n, _ = [
        sd.Var(name, kind="int" if name in WHOLE else "real", domain=domain)
        for name, domain in DOMAINS.items()
    ]
    pool = [x, y, p, q, n, x, y]
    numbers = r.choice([EXACT, DYADIC])
    for _ in range(r.randint(3, largest)):
        pool.append(_step(r, pool, numbers))
    return [pool[-1], pool[-2]] if r.random() < 0.3 else [pool[-1]]


def _step(r: random.Random, pool: list[Expr], numbers: list[Any]) -> Expr:
    """The next node: arithmetic mostly, then any row, then a choice."""
    a = r.choices([pool[-1], r.choice(pool[-6:]), r.choice(pool)], [4, 4, 2])[0]
    b = const(r.choice(numbers)) if r.random() < 0.2 else r.choice(pool)
    if r.random() < 0.5:
        a, b = b, a
    way = r.random()
    if way < 0.5:
        return r.choice(ARITHMETIC)(a, b)
    if way < 0.58:
        return a ** const(r.choice(EXPONENTS))
    if way < 0.61:
        return make(r.choice([sd.add, sd.mul]), (a, b, r.choice(pool)))
    if way < 0.67:
        condition = _truth(r, pool)
        return sd.where(condition, a, b)
    return _any_row(r, r.choice(ROWS), [a, b, r.choice(pool)], pool)


def _any_row(r: random.Random, op: Op, args: list[Expr], pool: list[Expr]) -> Expr:
    if op in TRUTHS:
        return sd.where(_truth(r, pool), args[0], args[1])
    if "order" in op.facts:
        return op(r.randint(0, 4), args[0])
    if op is OPS["where"]:
        return op(_truth(r, pool), args[0], args[1])
    if op is OPS["clip"]:
        low, high = sorted(r.sample([-1, 0, 0.5, 2, Fraction(1, 3)], 2))
        return op(args[0], low, high)
    return op(*args[: op.arity or 2])


def _truth(r: random.Random, pool: list[Expr], depth: int = 2) -> Expr:
    """A condition: comparisons of nodes and numbers, joined now and then."""
    op = r.choice(TRUTHS)
    if op.arity == 2 and "logical" not in op.name:
        left, right = r.choice(pool[-6:]), r.choice([*pool, const(r.choice(EXACT))])
        return op(left, right)
    if not depth:
        return sd.gt(r.choice(pool), const(0))
    return op(*[_truth(r, pool, depth - 1) for _ in range(op.arity or 2)])


def points(seed: int, outputs: list[Expr]) -> list[dict[Expr, Any]]:
    """Eight points: ordinary, all zero, all -0.0, on kinks, one huge, one tiny, all mixed."""
    r = random.Random(-seed)
    variables = [v for v in postorder(outputs) if v.op is Var]
    at = r.choice(KINKS)
    rows = [
        [r.choice(ORDINARY) for _ in variables],
        [0.0 for _ in variables],
        [-0.0 for _ in variables],
        [at for _ in variables],
        [r.choice(KINKS) for _ in variables],
        _one_of(r, variables, HUGE),
        _one_of(r, variables, TINY),
        [r.choice(ORDINARY + KINKS + HUGE + TINY) for _ in variables],
    ]
    return [{v: inside(v, x) for v, x in zip(variables, row, strict=True)} for row in rows]


def _one_of(r: random.Random, variables: list[Expr], extreme: list[float]) -> list[float]:
    """Ordinary values but for one variable, or all of one size."""
    if r.random() < 0.3:
        return [r.choice(extreme)] * len(variables)
    chosen = r.randrange(max(1, len(variables)))
    return [r.choice(extreme if i == chosen else ORDINARY) for i, _ in enumerate(variables)]


def inside(v: Expr, x: float) -> float | int:
    """The value itself where the domain holds it, else its size, or 1."""
    if v.kind == "int":
        x = round(x) if abs(x) < 100 else 9
    for candidate in (x, abs(x), 1.0):
        if v.domain.contains(candidate):
            return candidate
    raise AssertionError(f"no value for {v}")
