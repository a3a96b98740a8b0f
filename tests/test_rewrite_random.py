"""Random graphs: simplified equals original wherever that is finite; simplify is idempotent."""

from __future__ import annotations

import math
import random
import struct
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from as_written import as_written

import symdiff as sd
from symdiff.expr import OPS, Expr, make
from symdiff.leaves import Var, const
from symdiff.rewrite.canonical import canonical
from symdiff.rewrite.cse import cse, subs
from symdiff.rewrite.raw import exactly
from symdiff.rewrite.stable.stabilise import stabilise
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

UNARY = [
    OPS[name]
    for name in [
        "neg",
        "square",
        "abs",
        "sqrt",
        "exp",
        "log",
        "sin",
        "cos",
        "tan",
        "tanh",
        "sinh",
        "cosh",
        "sigmoid",
        "softplus",
        "reciprocal",
        "sign",
        "relu",
        "cbrt",
        "asin",
        "atan",
        "log1p",
        "expm1",
        "floor",
    ]
]
NUMBERS = [0, 1, -1, 2, 3, -2, Fraction(1, 2), Fraction(-2, 3), 0.5, 2.0, -1.5, 1.0, 0.0]
POINTS = [
    {"x": 1.3, "y": -0.7, "p": 0.6, "q": 0.0},
    {"x": -2.5, "y": 3.0, "p": 2.0, "q": 1.5},
    {"x": 0.0, "y": 0.0, "p": 1.0, "q": 0.25},
    {"x": -0.3, "y": 0.2, "p": 1e-3, "q": 4.0},
    {"x": -0.0, "y": -1.0, "p": 3.0, "q": 2.0},
    {"x": 1.0, "y": 1.0, "p": 1.0, "q": 1.0},
]


def random_outputs(seed: int, largest: int = 14) -> list[Expr]:
    """One or two outputs of a random graph whose nodes are often shared."""
    r = random.Random(seed)
    x, y = sd.Var("x"), sd.Var("y")
    p, q = sd.Var("p", domain=sd.POSITIVE), sd.Var("q", domain=sd.NONNEGATIVE)
    pool = [x, y, p, q, x, y]
    for _ in range(r.randint(3, largest)):
        a = r.choice(pool[-8:]) if r.random() < 0.7 else r.choice(pool)
        b = const(r.choice(NUMBERS)) if r.random() < 0.2 else r.choice(pool)
        pool.append(_step(r, pool, *((b, a) if r.random() < 0.5 else (a, b))))
    return [pool[-1], pool[-2]] if r.random() < 0.3 else [pool[-1]]


def _step(r: random.Random, pool: list[Expr], a: Expr, b: Expr) -> Expr:
    kinds = [
        (17, lambda: a + b), (15, lambda: a * b), (10, lambda: a - b), (10, lambda: a / b),
        (8, lambda: a ** const(r.choice(NUMBERS))), (2, lambda: a**b),
        (3, lambda: sd.where(a > b, r.choice(pool), r.choice(pool))),
        (2, lambda: r.choice([sd.maximum, sd.minimum])(a, b)),
        (3, lambda: make(r.choice([sd.add, sd.mul]), (a, b, r.choice(pool)))),
        (2, lambda: sd.where(~(a >= b) & (b > 0), a, b)),
        (28, lambda: r.choice(UNARY)(a)),
    ]  # fmt: skip
    return r.choices([k for _, k in kinds], [w for w, _ in kinds])[0]()


def values_at(outputs: list[Expr], point: dict[str, float]) -> dict[Expr, Any]:
    return {n: point[n.name] for n in postorder(outputs) if n.op is Var}


def mismatches(before: list[Expr], after: list[Expr]) -> tuple[int, list[str]]:
    """How many values were compared, and those that differ."""
    compared, wrong = 0, []
    for point in POINTS:
        values = values_at([*before, *after], point)
        try:
            old, new = mp_evaluate(before, values, 90), mp_evaluate(after, values, 90)
        except (OverflowError, mpmath.libmp.NoConvergence):
            continue
        numbers = [tuple(map(mpmath.mpf, found)) for found in zip(old, new, strict=True)]
        for e, s, (u, v) in zip(before, after, numbers, strict=True):
            if mpmath.isfinite(u) and abs(u) < 1e300:
                compared += 1
                close = mpmath.isfinite(v) and abs(u - v) <= 1e-12 * (1 + abs(u))
                if not close and _decided(e, values) and not _same_floats(e, s, point):
                    wrong.append(f"{e} -> {s} at {point}: {u} became {v}")
    return compared, wrong


def _decided(e: Expr, values: dict[Expr, Any]) -> bool:
    """Whether no condition in ``e`` compares with nan, where it would not be defined."""
    sides = [a for n in postorder([e]) if n.kind == "bool" for a in n.args if a.kind != "bool"]
    return not any(mpmath.isnan(v) for v in mp_evaluate(sides, values))


def _same_floats(e: Expr, s: Expr, point: dict[str, float]) -> bool:
    """Where mpmath has no infinities (atan(1/0)), floats decide."""
    (before,) = as_written([e], values_at([e], point))
    (after,) = as_written([s], values_at([s], point))
    return not math.isfinite(before) or math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_simplified_equals_original_where_finite(start: int) -> None:
    compared = 0
    for seed in range(start, start + 100):
        outputs = random_outputs(seed)
        count, wrong = mismatches(outputs, sd.simplify(outputs))
        assert not wrong, (seed, wrong[0])
        compared += count
    assert compared > 250


@pytest.mark.parametrize("start", range(5000, 5800, 200))
def test_simplify_is_idempotent(start: int) -> None:
    for seed in range(start, start + 200):
        once = sd.simplify(random_outputs(seed, 20))
        twice = sd.simplify(once)
        assert all(a is b for a, b in zip(once, twice, strict=True)), (
            seed,
            list(map(str, once)),
            list(map(str, twice)),
        )


def test_the_canonical_form_of_the_simplified_is_that_of_its_text() -> None:
    for seed in range(7000, 7200):
        (e, *_) = sd.simplify(random_outputs(seed, 10))
        names = {n.name: n for n in postorder([e]) if n.op is Var}
        assert canonical(sd.parse(str(e), vars=names)) is canonical(e), (seed, str(e))


def test_exact_simplification_keeps_every_bit() -> None:
    specials = [0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, math.nan, 1e300, 1e-310]
    for seed in range(300):
        outputs = random_outputs(seed, 10)
        after = exactly(outputs)
        assert all(a is b for a, b in zip(after, exactly(after), strict=True))
        r = random.Random(seed)
        for _ in range(4):
            point = {"x": r.choice(specials), "y": r.choice(specials), "p": 2.0, "q": 0.5}
            for e, s in zip(outputs, after, strict=True):
                old, new = (as_written([n], values_at([n], point))[0] for n in (e, s))
                assert _bits(old) == _bits(new), (seed, str(e), str(s), point)


def _bits(value: float) -> bytes:
    return b"nan" if math.isnan(value) else struct.pack("d", value)


def test_compiled_forms_equal_the_original() -> None:
    for seed in range(2000, 2200):
        outputs = random_outputs(seed)
        assert not mismatches(outputs, stabilise(outputs))[1]
        assert not mismatches(outputs, stabilise(sd.simplify(outputs)))[1]


def test_named_subexpressions_put_back_give_the_same_function() -> None:
    for seed in range(3000, 3150):
        outputs = sd.simplify(random_outputs(seed))
        bindings, found = cse(outputs)
        for name, value in reversed(bindings):
            found = subs(found, {name: value})
        assert not mismatches(outputs, found)[1]
