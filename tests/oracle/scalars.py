"""Random graphs of everyday functions: shared parts, nested and fractional powers, guards."""

from __future__ import annotations

import random

from . import formulas
from .cases import Case, first_defined

UNARY = (
    ["exp", "log", "sin", "cos", "sqrt", "tanh", "abs"] * 3
    + ["tan", "atan", "sinh", "cosh", "sigmoid", "softplus", "log1p", "expm1", "relu"] * 2
    + ["asin", "acos", "cbrt", "erf", "erfc", "asinh", "sign", "floor", "exp2", "log2"]
    + ["log10", "sech", "acosh", "atanh", "square", "reciprocal", "lgamma", "gamma", "sinc"]
)
BINARY = ["maximum", "minimum", "hypot", "logaddexp", "xlogy", "atan2"]
NUMBERS = ["2", "3", "-1", "0.5", "1/2", "2/3", "4", "1.5", "-3", "0.1", "10", "1"]
EXPONENTS = ["2", "3", "(1/2)", "(3/2)", "(-1)", "(-2)", "(1/3)", "(2/3)", "0.5", "1.5", "(-1/2)",
             "4", "(5/2)", "(-3/2)"]  # fmt: skip
LONGEST = 170


def make(r: random.Random) -> Case:
    return first_defined(r, random_text)


def random_text(r: random.Random) -> str:
    """The newest of a pool of texts that are made from each other."""
    names = r.sample(["x", "y", "p", "q"], r.choice([1, 2, 2, 2, 3]))
    pool = list(names)
    for _ in range(r.randint(2, 7)):
        new = step(r, pool)
        if len(new) <= LONGEST:
            pool.append(new)
    return pool[-1]


def step(r: random.Random, pool: list[str]) -> str:
    """A text made from one or two of the pool, recent ones more often."""
    a, b = (r.choice(pool[-3:]) if r.random() < 0.7 else r.choice(pool) for _ in range(2))
    if r.random() < 0.2:
        b = r.choice(NUMBERS)
    if r.random() < 0.3:
        a, b = b, a
    way = r.random()
    if way < 0.42:
        return f"({a} {r.choice(['+', '-', '*', '*', '/'])} {b})"
    if way < 0.60:
        return f"({a})**{r.choice(EXPONENTS)}"
    if way < 0.63:
        return f"({r.choice(NUMBERS[:7])})**({a})"
    if way < 0.68:
        return f"where({a} {r.choice(['<', '<=', '>', '>='])} {b}, {r.choice(pool)}, {a})"
    if way < 0.73:
        return f"{r.choice(BINARY)}({a}, {b})"
    if way < 0.77:
        return f"{r.choice(['log', 'sqrt', 'exp', 'tanh'])}(1 + ({a})**2)"
    if way < 0.80:
        return any_function(r, a, b)
    return f"{r.choice(UNARY)}({a})"


def any_function(r: random.Random, a: str, b: str) -> str:
    """Any function that the truth knows, an order being a small whole number."""
    name = r.choice([*formulas.UNARY, *formulas.BINARY])
    if name in formulas.UNARY:
        return f"{name}({a})"
    return f"{name}({r.randint(0, 4) if name in formulas.WITH_ORDER else b}, {a})"
