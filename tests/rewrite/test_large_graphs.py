"""Large graphs keep their stable forms when they are compiled."""

from __future__ import annotations

import math

import symdiff as sd
from symdiff.backend.prepare import MAX_REWRITTEN
from symdiff.expr import Expr
from symdiff.rewrite.tables.stabilise import only_stable
from symdiff.walk import exceeds

x = sd.Var("x")


def padded(e: Expr) -> Expr:
    """``e`` plus a long sum that is 0 at x = 0 and has nothing to stabilise."""
    total = x
    for _ in range(MAX_REWRITTEN):
        total = sd.sin(total) * x
    assert exceeds([total], MAX_REWRITTEN)
    return e + total * 0


def test_softplus_of_a_large_graph_does_not_overflow() -> None:
    f = sd.compile(padded(sd.log(1 + sd.exp(x))), x)
    assert f(800.0) == 800.0
    assert f(-30.0) == math.log1p(math.exp(-30.0))


def test_a_graph_without_unstable_forms_is_left_as_it_is() -> None:
    e = padded(x)
    assert only_stable([e])[0] is e


def test_a_sigmoid_of_a_large_graph_does_not_overflow() -> None:
    f = sd.compile(padded(sd.exp(x) / (1 + sd.exp(x)) ** 2), x)
    assert f(800.0) == 0.0
    assert f(0.0) == 0.25
