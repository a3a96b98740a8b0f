"""No value of a random graph, in floats or to 120 digits, contradicts what is known of its node."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from fact_checks import HALVES, HOSTILE, check_computed, check_real
from row_checks import ELEMENTWISE

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Var, const
from symdiff.ops.row import boolean
from symdiff.rewrite.facts.facts import Facts
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

SCALARS = [op for op in ELEMENTWISE if "order" not in op.facts and op.kind is not boolean]
SCALARS.remove(sd.Mod)  # by 0 it has no witness
ARRAYS = [
    sd.sum, sd.trace, sd.max, sd.diagonal, sd.tril, sd.transpose, sd.prod, sd.cumsum, sd.norm,
    lambda x: sd.sum(x, axis=0), lambda x: sd.diag(x[0]), lambda x: x @ x, lambda x: x @ x.T,
    lambda x: sd.outer(x[0], x[0]), lambda x: x[0] @ x[0], lambda x: sd.einsum("ij,ji->i", x, x),
]  # fmt: skip
NUMBERS = [sd.pi, const(1) / 3, *map(const, (0, 1, -1, 2, 3, 0.5, -0.1, 1e-200, 1e200, 2**70))]


def graph(r: Random) -> list[Expr]:
    """Nodes over a few variables, arguments before users."""
    shape = r.choice([(), (), (2, 2), (3, 3)])
    found = [sd.Var(f"v{i}", shape, domain=r.choice(HALVES)) for i in range(3)]
    found += r.sample(NUMBERS, 3)
    for _ in range(r.randint(1, 8)):
        op, x = r.choice(SCALARS), r.choice(found if r.random() < 0.3 else found[-3:])
        if x.ndim == 2 and r.random() < 0.5:
            found.append(r.choice(ARRAYS)(x))
        else:
            others = [y for y in found if y.shape in ((), x.shape)]
            found.append(op(x, *r.choices(others, k=(op.arity or 3) - 1)))
    return postorder(found)


def value(r: Random, v: Expr) -> np.ndarray:
    """Numbers of a domain, some of them hostile."""
    inside = [*v.domain.sample(20), *[x for x in HOSTILE if v.domain.contains(x)]]
    return np.array(r.choices(inside, k=v.size)).reshape(v.shape)


@pytest.mark.parametrize("start", range(0, 300, 100))
def test_no_value_contradicts_a_fact(start: int) -> None:
    for r in map(Random, range(start, start + 100)):
        nodes, facts = graph(r), Facts()
        point = {v: value(r, v) for v in nodes if v.op is Var}
        smooth = not any("integer" in node.op.facts for node in nodes)
        sizes: dict[Expr, np.ndarray] = {}  # of nodes below which nothing is too large to compute
        for node, x in zip(nodes, sd.evaluate(nodes, point), strict=True):
            for element in np.ravel(x):
                check_computed(facts, node, element)
            if sizes.keys() >= set(node.args) and np.all(abs(x * 1.0) < 1e100):
                sizes[node] = np.concatenate([np.ravel(abs(x * 1.0)), *map(sizes.get, node.args)])
        for node, x in zip(sizes, mp_evaluate(list(sizes), point, 120), strict=True):
            moderate = np.all((sizes[node] == 0) | ((sizes[node] > 1e-9) & (sizes[node] < 12)))
            for element in np.ravel(x) if moderate or smooth else ():
                check_real(facts, node, element, strict=bool(moderate))
