"""Compiled code has at most 1.2 times the operations that it is given."""

from __future__ import annotations

import pytest
from test_corpus import FORMULAS, corpus

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Const, Var
from symdiff.rewrite.cse import count_ops, shared
from symdiff.rewrite.engine import rewritten
from symdiff.rewrite.table import Table
from symdiff.rewrite.tables.guards import guard_rows
from symdiff.walk import postorder

LONGER = 1.2
x, y, z, m = sd.vars("x y z m")


def given(outputs: list[Expr]) -> int:
    """Operations after common subexpressions are shared; a small power is its products, and the
    slope of a power has the guard that reading leaves out.
    """
    nodes = shared(rewritten(outputs, Table(guard_rows())))
    total = count_ops(nodes)
    for node in postorder(nodes):
        if node.op is sd.Pow and node.args[1].op is Const:
            exponent = abs(node.args[1].value)
            whole = int(exponent) if exponent == int(exponent) <= 7 else 1
            total += max(whole.bit_length() + whole.bit_count() - 3, 0)
    return total


def instructions(outputs: list[Expr]) -> int:
    variables = [n for n in postorder(outputs) if n.op is Var]
    return len(sd.compile(outputs, variables).program.instructions)


@pytest.mark.parametrize("simplify", [True, False], ids=["simplified", "raw"])
def test_the_corpus(simplify: bool) -> None:
    total = [0, 0]
    for formula in FORMULAS[::3]:
        f = sd.parse(formula.text, formula.variables())
        derivatives = [corpus.derivative(formula, n, simplify=simplify) for n in (1, 2)]
        outputs = [f, *derivatives[0], *derivatives[1]]
        before, after = given(outputs), instructions(outputs)
        assert after <= LONGER * before, (formula.text, before, after)
        total = [total[0] + before, total[1] + after]
    assert total[1] <= 1.02 * total[0]


MODELS = [
    sd.sqrt(sd.log(x**2 + 1)), sd.sin(x) * sd.tanh(x) / x, sd.sigmoid(x * y + z),
    sd.softplus(sd.sigmoid(x)), 1 / (sd.exp((y - m) / x) + 1), sd.sigmoid(x) - sd.sigmoid(-x),
    m + (1 - m) / (1 + sd.exp(-y * (x - z))), sd.exp(sd.cosh(x + 1 + sd.sinh(y))),
]  # fmt: skip


@pytest.mark.parametrize("f", MODELS, ids=str)
def test_values_gradients_and_hessians_of_models(f: Expr) -> None:
    wrt = [n for n in postorder([f]) if n.op is Var]
    curves = [e for row in sd.hessian(f, wrt, blocks=True) for e in row]
    together = [f, *sd.grad(f, wrt), *curves]
    assert instructions(together) <= LONGER * given(together)


def test_a_hessian_of_even_functions_carries_no_series() -> None:
    curves = [sd.derivative(MODELS[0], x, 2)]
    assert instructions(curves) <= LONGER * given(curves)
