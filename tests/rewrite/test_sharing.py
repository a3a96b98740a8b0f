"""Common parts of sums and products: which are found, that values stay, and what it costs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction

import pytest
from counting import lines_of

import symdiff as sd
from symdiff.expr import Expr, make
from symdiff.leaves import Var, const
from symdiff.rewrite.cse import count_ops
from symdiff.rewrite.sharing import WIDE, most_shared, shared
from symdiff.walk import postorder

a, b, c, d, u, v = VARIABLES = sd.vars("a b c d u v")
NAMES = {x.name: x for x in VARIABLES}

COMMON = [
    (["c + a - b", "d - a + b"], 3),
    (["b - a", "c + a - b"], 2),
    (["-(a + b + c)", "d - a - b", "a + b"], 4),
    (["2*a/u", "2*b/u"], 3),
    (["c/(u*v)", "d*u*v"], 3),
    (["a*u/v", "b*u/v", "u/v"], 3),
    (["-a*b*c", "a*b/d", "-a*b"], 4),
    (["a - (b + (c - d))", "u - (b - d)"], 4),
    (["-(2*a + 3)"], 3),
]


@pytest.mark.parametrize(("texts", "count"), COMMON, ids=[" ".join(row[0]) for row in COMMON])
def test_through_signs_and_bars(texts: list[str], count: int) -> None:
    outputs = [sd.parse(text, NAMES) for text in texts]
    found = most_shared(outputs)
    assert count_ops(found) == count <= count_ops(outputs)
    assert most_shared(found) == found
    _same_values(outputs, found)


def test_a_difference_alone_keeps_its_sign() -> None:
    outputs = [b - a, a - b + c, a - b]
    found = most_shared(outputs)
    assert found[0] is b - a
    assert count_ops(found) == 3


def test_what_is_written_nested_stays_nested() -> None:
    total = a + b
    lost = (total - a) - b  # the rounding error of the sum, as in Kahan's summation
    assert shared([total, lost]) == [total, lost]
    near = [(a - b) + c, (c - b) + d]
    assert shared(near) == near


def test_bools_are_not_regrouped() -> None:
    p, q = (sd.Var(name, kind="bool") for name in "pq")
    outputs = [sd.Add(p, q, a), sd.Add(p, q, b)]
    assert shared(outputs) == outputs == most_shared(outputs)


def test_arrays_of_different_shapes() -> None:
    row, column, table = sd.Var("r", (3,)), sd.Var("k", (2, 1)), sd.Var("M", (2, 3))
    outputs = [sd.Mul(row, column, table), sd.Mul(row, column, a), sd.Add(row, a, b)]
    found = most_shared(outputs)
    assert [e.shape for e in found] == [(2, 3), (2, 3), (3,)]
    assert count_ops(found) == count_ops(outputs) - 1


@pytest.mark.parametrize("width", [3, WIDE, WIDE + 1, 60])
def test_sums_that_begin_alike(width: int) -> None:
    xs = [sd.Var(f"x{i}") for i in range(width)]
    sums = [sd.Add(*xs, a), sd.Add(a, *xs, b), make(sd.add, (c, *xs))]
    for find in (shared, most_shared):
        assert count_ops(find(sums)) == width + 2
    beginnings = [sd.Add(*xs[:k]) for k in range(2, width + 1)]
    extra = 0 if width <= WIDE else WIDE - 1  # shorter ones are pairs, longer ones a beginning
    assert count_ops(shared(beginnings)) <= width - 1 + extra


@pytest.mark.parametrize("seed", range(60))
def test_values_of_random_graphs(seed: int) -> None:
    outputs = _random_outputs(random.Random(seed))
    for find in (shared, most_shared):
        found = find(outputs)
        assert count_ops(found) <= count_ops(outputs)
        _same_values(outputs, found)
    bindings, named = sd.cse(outputs)
    values: dict[Expr, Fraction] = dict(AT)
    for name, value in bindings:
        values[name] = sd.evaluate(value, _of(value, values))
    assert [sd.evaluate(e, _of(e, values)) for e in named] == [_value(e) for e in outputs]


AT = {x: Fraction(7 * i + 3, 4 * i + 2) for i, x in enumerate(VARIABLES)}


def _random_outputs(r: random.Random) -> list[Expr]:
    """Sums, products, differences and quotients of few variables, with many common parts."""
    pool: list[Expr] = [*VARIABLES, const(1), const(-1), const(2)]
    while len(pool) < 25:
        op = r.choice([sd.Add, sd.Add, sd.Mul, sd.Mul, sd.Sub, sd.Div, sd.Neg])
        count = op.arity or r.choice([2, 3, 4, 6])
        e = make(op, tuple(r.choice(pool) for _ in range(count)))
        try:
            _value(e)
        except ZeroDivisionError:
            continue
        pool.append(e)
    return pool[-4:]


def _of(e: Expr, values: dict[Expr, Fraction]) -> dict[Expr, Fraction]:
    return {x: values[x] for x in postorder([e]) if x.op is Var}


def _value(e: Expr) -> Fraction:
    return Fraction(sd.evaluate(e, _of(e, AT)))


def _same_values(left: Sequence[Expr], right: Sequence[Expr]) -> None:
    assert [_value(e) for e in left] == [_value(e) for e in right]


def _windows(n: int) -> list[Expr]:
    xs = [sd.Var(f"x{i}") for i in range(n)]
    return [sd.Add(*xs[i : i + 6]) for i in range(n - 6)]


def _products(n: int) -> list[Expr]:
    return [sd.Mul(sd.Var(f"x{i}"), a, b) for i in range(n)]


def _nested(n: int) -> list[Expr]:
    e = a
    for i in range(n):
        e = e + sd.Var(f"x{i % 7}") * sd.Var(f"y{i}")
    return [e]


def _chain(n: int) -> list[Expr]:
    e = a
    for _ in range(n):
        e = sd.sin(e) + a - 1 / e
    return [e]


def _wide(n: int) -> list[Expr]:
    xs = [sd.Var(f"x{i}") for i in range(n)]
    return [sd.Add(*xs), sd.Add(*xs, a), sd.Add(b, *xs)]


@pytest.mark.parametrize("graph", [_windows, _products, _nested, _chain, _wide])
@pytest.mark.parametrize("find", [shared, most_shared])
def test_work_is_linear(
    graph: Callable[[int], list[Expr]], find: Callable[[list[Expr]], list[Expr]]
) -> None:
    small, large = graph(100), graph(1000)
    assert lines_of(lambda: find(large)) <= 12 * lines_of(lambda: find(small))
