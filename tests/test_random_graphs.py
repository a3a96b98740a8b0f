"""Random graphs: value and gradient against mpmath, raw and simplified, within the error bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from as_written import as_written
from hypothesis import HealthCheck, given, settings
from strategies import Graph, graphs

from symdiff.backend.evaluate import values_of
from symdiff.calculus.derivatives import gradient, jacobian
from symdiff.expr import Expr
from symdiff.leaves import Var, const
from symdiff.rewrite.simplify import simplify
from symdiff.testing import error_bound, mp_derivative, mp_evaluate
from symdiff.walk import postorder

SLACK = 4.0  # multiple of the first-order bound
TINY = 1e-290

Orders = tuple[tuple[Expr, tuple[int, ...]], ...]


def _point(nodes: list[Expr], values: dict[Expr, float]) -> dict[Expr, Any]:
    return {n: np.float64(values[n]) for n in postorder(nodes) if n.op is Var}


def _underflows(nodes: list[Expr], values: dict[Expr, float]) -> bool:
    """Whether a value inside is below the normal numbers; what overflows breaks the bound."""
    found = [abs(v) for v in values_of(nodes, _point(nodes, values)).values()]
    return any(0 < v < TINY for v in found)


def _decisions_differ(nodes: list[Expr], values: dict[Expr, float]) -> bool:
    """Whether rounding turned a comparison or a step: there the float follows another branch."""
    steps = [n for n in postorder(nodes) if n.kind == "bool" or "integer" in n.op.facts]
    if not steps:
        return False
    floats = as_written(steps, _point(steps, values))
    exact = mp_evaluate(steps, values)
    pairs = [(float(a), float(b)) for a, b in zip(floats, exact, strict=True)]
    return any(a != b for a, b in pairs if a == a and b == b)  # noqa: PLR0124


def first_order(graph: Graph) -> tuple[list[Expr], list[Orders]]:
    """The value and the gradient, each with the variables it is differentiated by."""
    f, wrt = graph.f, _variables(graph)
    slopes = [const(0) if g is None else g for g in gradient(f, wrt)]
    return [f, *slopes], [(), *[((v, ()),) for v in wrt]]


def second_order(graph: Graph) -> tuple[list[Expr], list[Orders]]:
    """The second derivatives, forward and reverse over reverse."""
    nodes, orders = [], []
    for a, slope in zip(_variables(graph), gradient(graph.f, _variables(graph)), strict=True):
        for mode, b in product(("forward", "reverse"), _variables(graph)):
            found = None if slope is None else jacobian([slope], [b], mode)[0][0]  # type: ignore[arg-type]
            nodes.append(const(0) if found is None else found)
            orders.append(((a, ()), (b, ())))
    return nodes, orders


def _variables(graph: Graph) -> list[Expr]:
    return [n for n in postorder([graph.f]) if n.op is Var]


def check(graph: Graph, derive: Callable[[Graph], tuple[list[Expr], list[Orders]]]) -> str:
    """'checked', or why the graph was skipped; raises AssertionError on a mismatch."""
    f, values = graph
    raw, orders = derive(graph)
    if _underflows([f, *raw], values):
        return "skipped: underflow inside"
    bounds = [error_bound(e, values) for e in raw]
    if not np.isfinite(bounds).all():
        return "skipped: the bound is not finite"
    if _decisions_differ([f, *raw], values):
        return "skipped: a decision by rounding"
    truth = [mp_derivative(f, values, o) if o else mp_evaluate(f, values) for o in orders]
    _compare("raw", raw, values, truth, bounds)
    simple = simplify(raw)
    if _underflows(simple, values):
        return "skipped: underflow after simplify"
    # numbers that simplify has multiplied carry the rounding that the raw graph counts at its nodes
    both = [error_bound(e, values) + b for e, b in zip(simple, bounds, strict=True)]
    _compare("simplified", simple, values, truth, both)
    return "checked"


def _compare(
    title: str, nodes: list[Expr], values: dict[Expr, float], truth: list[Any], bounds: list[float]
) -> None:
    got = as_written(nodes, _point(nodes, values))
    for e, g, w, b in zip(nodes, got, truth, bounds, strict=True):
        error = abs(mpmath.mpf(float(g)) - w)
        assert error <= SLACK * b + 1e-40, (
            f"{title}: {float(g)!r} against {mpmath.nstr(w, 20)}, off by {mpmath.nstr(error, 3)}, "
            f"bound {b:.3g}, at {values}: {e!r}"
        )


def _run(count: int, derive: Any, capsys: pytest.CaptureFixture[str], **size: int) -> None:
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=count, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(graphs(**size))
    def each(graph: Graph) -> None:
        outcomes[check(graph, derive)] += 1

    each()
    total = sum(outcomes.values())
    with capsys.disabled():
        print("\nrandom graphs:", ", ".join(f"{n} {what}" for what, n in outcomes.most_common()))
    assert total >= count
    assert outcomes["checked"] > 0.6 * total


@pytest.mark.parametrize("count", [300, pytest.param(2000, marks=pytest.mark.slow)])
def test_value_and_gradient_of_random_graphs(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(count, first_order, capsys)


@pytest.mark.parametrize("count", [100, pytest.param(600, marks=pytest.mark.slow)])
def test_second_derivatives_of_random_graphs(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(count, second_order, capsys, max_steps=12)
