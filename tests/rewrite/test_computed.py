"""Every computed rule, on an example of its own: it fires, it holds, it decreases the measure."""

from __future__ import annotations

import math
import random
import struct
from typing import Any

import numpy as np
import pytest
from as_written import as_written
from computed_rows import examples
from counting import measure
from scalar_checks import compare_exactly

import symdiff as sd
from symdiff.expr import OPS, Expr, Op
from symdiff.leaves import Const, Var, const
from symdiff.ops.arithmetic import div, mul, neg
from symdiff.ops.arrays import transpose
from symdiff.ops.compare import tie, where
from symdiff.rewrite.arrays.linear_rules import linear_rows
from symdiff.rewrite.computed import inspections
from symdiff.rewrite.engine import Engine
from symdiff.rewrite.present import Presenter
from symdiff.rewrite.row import EXACT, Rule
from symdiff.rewrite.standard import build
from symdiff.rewrite.table import Table
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

ROWS: dict[tuple[str, Op], list[Rule]] = {}
for row in [*inspections(), *linear_rows()]:
    ROWS.setdefault((row.name, row.head), []).append(row)
CASES = [(name, e) for name, e in examples()]
IDS = [f"{name} {i}" for i, (name, _) in enumerate(CASES)]
ORDERS = ("number on the left", "odd function", "even function", "power", "numbers on the right")
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1e300, -1e300, 1e155, 1e-300, -5e-324, math.inf, -math.inf,
           math.nan]  # fmt: skip
ORDINARY = [0.3, -0.7, 1.9, -2.6, 3.5, 12.0, 0.999]


def applied(name: str, e: Expr) -> tuple[Expr, Expr]:
    """The node before and after its rule, both as a person reads them."""
    args, form = build(list(e.args))
    form.shared.clear()
    build_node = form.apply if e.op in (div, mul, OPS["sub"]) else form.node
    node = build_node(e.op, tuple(args), e.params)
    table = Table(ROWS[name, node.op], canonical=True)
    found = table.rewrite(form, node)
    assert found is not None, f"{name} does not fire on {e}"
    engine = Engine(form, table, steps=10)
    settled = engine.settled(form.shaped(found, e.shape))
    assert engine.steps > 5, f"{name} fires on its own result {found}"
    before, after = [Presenter([n], form).run()[0] for n in (node, settled)]
    return before, after


def standing(e: Expr) -> tuple[int, float, int, int, int, int]:
    """What a rule makes smaller: the ties with a factor to take out, the cost and the nodes but for
    numbers and signs, elements, transposes, and then the operations around numbers, signs and
    transposes.
    """
    order = postorder([e])
    above = dict.fromkeys(order, 0)
    for node in reversed(order):
        for arg in node.args:
            above[arg] = max(above[arg], above[node] + (not _moves_out(node)))
    loose = [n for n in order if _moves_out(n)]
    cost = measure([e]) - sum([0.5 if n.op is neg else n.op.cost for n in loose])
    fixed = [n for n in order if n.op is not Const and n not in loose]
    turned = sum(n.op is transpose for n in order)
    elements = sum([n.size for n in fixed])
    signs = [n for n in order if n.op is Const and not n.shape and n.params[0] < 0]
    outside = sum([above[n] for n in (*loose, *signs)])
    ties = [n for n in order if n.op is where and n.args[0].op is tie]
    factored = sum(n.args[2] is not const(1) for n in ties)
    return factored, round(cost, 6), len(fixed), elements, turned, outside


def _moves_out(node: Expr) -> bool:
    """Whether a node is a number, a sign or a transpose in front of what matters."""
    if node.op is neg or node.op is transpose:
        return True
    return node.op in (mul, div) and any(n.op is Const for n in node.args)


def test_every_computed_rule_has_an_example() -> None:
    assert {name for name, _ in ROWS} == {name for name, _ in CASES}


@pytest.mark.parametrize(("name", "e"), CASES, ids=IDS)
def test_it_fires_once_and_decreases(name: str, e: Expr) -> None:
    before, after = applied(name, e)
    one_of_two = name.startswith(ORDERS) and measure([after]) <= measure([before])
    assert one_of_two or standing(after) < standing(before), (str(before), str(after))


@pytest.mark.parametrize(("name", "e"), CASES, ids=IDS)
def test_it_holds_wherever_the_original_is_finite(name: str, e: Expr) -> None:
    before, after = applied(name, e)
    variables = [n for n in postorder([e]) if n.op is Var]
    if any(n.shape for n in postorder([e])):
        _compare_arrays(before, after, variables)
        return
    r = random.Random(name)
    points = [{v: value(r, v, ORDINARY + SPECIAL[:-3]) for v in variables} for _ in range(60)]
    found = compare_exactly([before], [after], points)
    assert not found.wrong, found.wrong[0]
    assert found.count or not variables


def value(r: random.Random, v: Expr, values: list[float]) -> float:
    return r.choice([x for x in values if v.domain.contains(x)])


def _near_identity(rng: np.random.Generator, v: Expr) -> Any:
    """A matrix with a positive determinant."""
    found = rng.normal(size=v.shape)
    return found + 6 * np.eye(v.shape[0]) if v.ndim == 2 and v.shape[0] == v.shape[1] else found


def _compare_arrays(before: Expr, after: Expr, variables: list[Expr]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        point = {v: _near_identity(rng, v) for v in variables}
        try:
            old, new = mp_evaluate([before, after], point)
        except (sd.SymdiffError, TypeError):  # no witness of this operation
            old, new = as_written([before, after], point)
        assert np.shape(old) == np.shape(new) == before.shape
        error = np.abs(np.asarray(old, float) - np.asarray(new, float))
        assert np.all(error <= 1e-11 * (1 + np.abs(np.asarray(old, float)))), str(after)


@pytest.mark.parametrize(("name", "e"), CASES, ids=IDS)
def test_no_number_becomes_nan(name: str, e: Expr) -> None:
    """In floats, infinities, zeros and the largest and smallest numbers among them."""
    before, after = applied(name, e)
    rows = [row for (known, _), same in ROWS.items() if known == name for row in same]
    exact = rows[0].exactness is EXACT
    for point in _float_points(name, e):
        old, new = [np.asarray(n, float) for n in as_written([before, after], point)]
        if exact:
            assert _bits(old) == _bits(new), point
        elif not any(np.isnan(found).any() for found in point.values()):
            assert not np.any(np.isnan(new) & np.isfinite(old)), point


def _float_points(name: str, e: Expr) -> list[dict[Expr, Any]]:
    r = random.Random(name)
    variables = [n for n in postorder([e]) if n.op is Var]
    matrices = any(n.ndim > 1 for n in postorder([e]))
    draw = lambda v: value(r, v, ORDINARY if matrices else ORDINARY + SPECIAL)
    return [
        {v: np.array([draw(v) for _ in range(v.size)]).reshape(v.shape) for v in variables}
        for _ in range(40)
    ]


def _bits(found: Any) -> list[bytes]:
    return [b"nan" if math.isnan(x) else struct.pack("d", x) for x in np.ravel(found)]
