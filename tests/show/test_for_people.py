"""Formulas for people: without the conventions of derivatives, and equal where none is needed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr, make
from symdiff.walk import postorder

a, b, n, t, w, x, y, z = sd.vars("a b n t w x y z")
u, v = sd.Var("u", 3), sd.Var("v", 3)
Slope = Callable[[], Expr]
first = sd.grad
second = lambda f, by: sd.derivative(f, by, 2)

SCALARS: list[tuple[Slope, str]] = [
    (lambda: first(a**x, x), "a**x*log(a)"),
    (lambda: second(a**x, x), "a**x*log(a)**2"),
    (lambda: first(first(x**y, x), y), "y*x**(y - 1)*log(x) + x**(y - 1)"),
    (lambda: first((x / a) ** b, b), "(x/a)**b*log(x/a)"),
    (lambda: first(sd.xlogy(n, t), t), "n/t"),
    (lambda: first(sd.maximum(0, 1 - y * x), x), "where(x*y < 1, -y, 0)"),
    (lambda: first(sd.maximum(x, y), x), "where(x > y, 1, 0)"),
    (lambda: first(sd.minimum(x, y), y), "where(y < x, 1, 0)"),
    (lambda: second(sd.maximum(x, 0) ** 2, x), "where(x > 0, 2, 0)"),
    (lambda: first(sd.maximum(sd.maximum(x, y), z), x),
     "where((maximum(x, y) > z) & (x > y), 1, 0)"),
    (lambda: first(sd.relu(w * x + b), w), "where(w*x + b > 0, x, 0)"),
    (lambda: first(sd.relu(x) ** 2, x), "2*relu(x)"),
    (lambda: first(sd.hypot(x, y), x), "x/hypot(x, y)"),
    (lambda: first(sd.hypot(sd.hypot(x, y), z), x), "x/hypot(hypot(x, y), z)"),
    (lambda: first(first(sd.hypot(x, y), x), y), "-x*y/((x**2 + y**2)*hypot(x, y))"),
]  # fmt: skip
ARRAYS: list[tuple[Slope, str]] = [
    (lambda: first(sd.norm(u), u), "u/norm(u)"),
    (lambda: sd.hessian(sd.norm(u), u), "eye(3)/norm(u) - outer(u, u)/norm(u)**3"),
    (lambda: first(sd.norm(u, 3), u), "u**2*sign(u)/sum(abs(u)**3)**(2/3)"),
    (lambda: first(sd.std(u), u), "(u - sum(u)/3)/(3*std(u))"),
    (lambda: first(sd.mean(sd.maximum(0, 1 - v * (u * w + b))), w),
     "sum(where(v*(u*w + b) < 1, -u*v/3, 0))"),
]  # fmt: skip
BUILT = [
    sd.where(sd.eq(n, 0), 1, sd.sin(n) / n),
    sd.where(sd.eq(sd.hypot(x, y), 0), 0, x / sd.hypot(x, y)),
    sd.xlogy(n, t),
    sd.heaviside(1 - x * y, 0.5),
    sd.where(x >= y, sd.where(sd.eq(x, y), 1, 2), 0),
    y * (x * (2 * y)) * 1,
]


@pytest.mark.parametrize(("slope", "text"), SCALARS + ARRAYS, ids=[t for _, t in SCALARS + ARRAYS])
def test_it_reads_as_on_paper(slope: Slope, text: str) -> None:
    found = slope()
    assert str(found) == text
    assert repr([found]) == f"[{text}]"
    assert sd.simplify(sd.parse(sd.to_text(found), [u, v])) is sd.simplify(found)


@pytest.mark.parametrize("e", BUILT, ids=map(sd.to_text, BUILT))
def test_what_is_built_is_printed(e: Expr) -> None:
    assert str(e) == sd.to_text(e)
    assert sd.parse(str(e)) is e


def test_beside_a_convention_nothing_changes() -> None:
    slope = first(sd.hypot(x, y), x)
    assert str(sd.sin(slope) + x * 1 + (y + 0)) == "sin(x/hypot(x, y)) + x*1 + (y + 0)"


def test_every_way_of_writing() -> None:
    slope = first(a**x, x)
    assert sd.pretty(slope) == "a^x·log(a)"
    assert sd.latex(slope) == r"a^{x} \log\left(a\right)"
    assert slope._repr_latex_() == r"$\displaystyle a^{x} \log\left(a\right)$"
    assert str(sd.explain(sd.hypot(x, y), x)).endswith("result: d/dx[hypot(x, y)] = x/hypot(x, y)")


@pytest.mark.parametrize(("slope", "text"), SCALARS, ids=[t for _, t in SCALARS])
def test_its_values_are_those_of_finite_differences(slope: Slope, text: str) -> None:
    """What is read has the value of the node, raw or simplified, at points without a tie."""
    exact = slope()
    read = sd.parse(text)
    variables = [node for node in postorder([exact, read]) if node.op is sd.Var]
    r = random.Random(text)
    for _ in range(20):
        at = {node: r.choice([-1, 1]) * r.uniform(0.3, 3.0) for node in variables}
        one, two = sd.evaluate([exact, read], at)
        assert math.isclose(one, two, rel_tol=1e-13) or (math.isnan(one) and math.isnan(two))


def test_axes_are_kept() -> None:
    """A number that is read for an array is an array where what takes it needs one."""
    chosen = sd.where(sd.tie(u, v), 5, 1)
    assert str(sd.sum(chosen)) == "sum(full(3, 1))"
    assert str(chosen * u) == "u"
    assert sd.evaluate(sd.parse(str(sd.sum(chosen))), {}) == 3


def test_a_tie_is_an_equation_until_it_is_read() -> None:
    half = sd.where(sd.tie(x, y), 1, 2)
    assert [half(x=3, y=3), half(x=3, y=4)] == [1, 2]
    assert sd.compile(half, [x, y])(np.array([3.0, 3.0]), np.array([3.0, 4.0])).tolist() == [1, 2]
    assert str(half) == "2"
    assert str(sd.where((x > y) | sd.tie(x, y), 1, 0)) == "where(x > y, 1, 0)"
    assert str(sd.where(~sd.tie(x, y) & (x > 0), z, 0)) == "where(x > 0, z, 0)"


def test_a_short_text_of_a_large_graph_costs_little() -> None:
    slope = first(sd.hypot(x, y), x)
    e = slope
    for _ in range(20_000):
        e = make(sd.Sin, (e,))
    visits = _operations_of(lambda: repr(e))
    assert visits < 200_000
    assert "tie" not in str(e + 0)[-100:]


def _operations_of(run: Callable[[], object]) -> int:
    import sys

    count = 0

    def seen(*event: Sequence[object]) -> None:
        nonlocal count
        count += 1

    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count
