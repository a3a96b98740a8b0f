"""The oracle of arrays: its truth against NumPy and by hand, its makers, and planted faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp, mpf
from oracle import array_running as running
from oracle import trees
from oracle.array_identities import IDENTITIES
from oracle.array_subject import Subject
from oracle.array_truth import EXACT, derivatives, exactly
from oracle.trees import f, leaf, written

import symdiff as sd
from symdiff.expr import OPS
from symdiff.rule import Custom, Linear, Partials, Rule

rng = np.random.default_rng(5)
SQUARE = rng.normal(size=(3, 3)) + 2 * np.eye(3)
GRAM = SQUARE @ SQUARE.T
ROWS = rng.normal(size=(2, 3))

# what is written out here, beside NumPy's and SciPy's own functions
ALIKE: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "det": (np.linalg.det, (SQUARE,), {}),
    "logdet": (lambda a: np.linalg.slogdet(a)[1], (GRAM,), {}),
    "inv": (np.linalg.inv, (SQUARE,), {}),
    "solve": (np.linalg.solve, (SQUARE, ROWS.T), {}),
    "cholesky": (np.linalg.cholesky, (GRAM,), {}),
    "matrix_power": (np.linalg.matrix_power, (SQUARE, -2), {}),
    "norm": (np.linalg.norm, (ROWS,), {"ord": 3, "axis": 1}),
    "softmax": (scipy.special.softmax, (ROWS,), {"axis": 0}),
    "log_softmax": (scipy.special.log_softmax, (ROWS,), {"axis": 1}),
    "logsumexp": (scipy.special.logsumexp, (ROWS,), {"axis": 1, "keepdims": True}),
    "mean": (np.mean, (ROWS,), {"axis": (0, 1)}),
    "var": (np.var, (ROWS,), {"axis": 1}),
    "std": (np.std, (ROWS,), {"axis": 0}),
    "clip": (np.clip, (ROWS, -0.5, 0.3), {}),
    "sigmoid": (scipy.special.expit, (ROWS,), {}),
    "softplus": (lambda x: np.logaddexp(0, x), (ROWS,), {}),
    "logaddexp": (np.logaddexp, (ROWS, 0.4), {}),
    "power": (np.power, (np.abs(ROWS), 1.7), {}),
    "hypot": (np.hypot, (ROWS, 1.5), {}),
    "relu": (lambda x: np.maximum(x, 0), (ROWS,), {}),
}


@pytest.mark.parametrize("name", ALIKE)
def test_functions_of_the_truth_are_those_of_numpy(name: str) -> None:
    plain, args, options = ALIKE[name]
    found = EXACT[name](*[exactly(a) if np.ndim(a) else a for a in args], **options)
    np.testing.assert_allclose(np.array(found, dtype=float), plain(*args, **options), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "at", "along", "slopes", "curvatures"),
    [
        (lambda x: x[0] ** 2 * x[1], (3, 4), (1, 2), (24, 9), (20, 6)),
        (lambda x: mp.exp(-x[0]) + x[1], (0, 7), (1, 0), (-1, 1), (1, 0)),
        (lambda x: abs(x[0]) * x[1], (0, 2), (1, 1), (None, 0), (None, None)),
        (lambda x: max(x[0], x[1]), (1, 2), (1, 1), (0, 1), (0, 0)),
    ],
)
def test_derivatives_known_by_hand(
    function: Any, at: Any, along: Any, slopes: Any, curvatures: Any
) -> None:
    _, *found = derivatives(function, [*map(mpf, at)], [*map(mpf, along)])
    for got, want in zip(chain(*found), (*slopes, *curvatures), strict=True):
        assert mp.isnan(got) if want is None else abs(got - want) < 1e-25


def test_a_tree_is_written_as_the_package_reads_it() -> None:
    A, u = leaf("A", [[1.0, 2.0], [3.0, 5.0]]), leaf("u", [1.0, -1.0])
    tree = f.sum(f.softmax(2 * A @ u - A[:, 0] ** 2, axis=0)) / f.concatenate([u, u], axis=0)[1]
    top = "sum(softmax((((2 * A) @ u) - (A[:, 0] ** 2)), axis=0))"
    assert written(tree) == f"({top} / concatenate([u, u], axis=0)[1])"
    s = Subject(tree)
    assert sd.parse(written(tree), s.inputs) is s.out


def test_makers_repeat_themselves_and_use_everything() -> None:
    names: Counter[str] = Counter()
    for maker in running.MAKERS:
        for i in range(150):
            tree = running.made(1, maker, i)
            names.update({node.name for node in trees.nodes(tree)})
            if i < 5:
                assert written(running.made(1, maker, i)) == written(tree)
    unused = EXACT.keys() - names.keys() - {"absolute", "square", "negative", "ravel"}
    assert len(unused) < 8, unused


@pytest.mark.parametrize("place", range(len(IDENTITIES)))
def test_sides_of_identities_have_one_value(place: int) -> None:
    A, B = leaf("A", SQUARE), leaf("B", SQUARE @ SQUARE - 1)
    left, right = IDENTITIES[place](A, B, leaf("u", ROWS[0]), leaf("v", ROWS[1]))
    assert left.shape == right.shape
    np.testing.assert_allclose(*[np.array(x.sample, float) for x in (left, right)], 1e-9, 1e-9)


# -- planted faults ------------------------------------------------------------------------------


@contextmanager
def planted(name: str, rule: Rule) -> Iterator[None]:
    right = OPS[name].rule
    OPS[name].rule = rule
    try:
        yield
    finally:
        OPS[name].rule = right


def _scaled(rule: Rule) -> Rule:
    """The rule with cotangents 0.1 % too large."""
    if isinstance(rule, Partials):
        return Partials(*[lambda *args, part=part: 1.001 * part(*args) for part in rule.each])
    if isinstance(rule, Linear):
        return Linear(lambda g, n, i: 1.001 * rule.transpose(g, n, i), rule.count, rule.widen)
    assert isinstance(rule, Custom)

    def cotangent(g: sd.Expr, node: sd.Expr, i: int) -> tuple[sd.Expr | None, sd.Expr | None]:
        value, guard = rule.cotangent(g, node, i)
        return (None if value is None else 1.001 * value), guard

    return Custom(rule.tangent, cotangent)


@cache
def _made(count: int) -> list[trees.Call]:
    return [running.made(2, "arrays", i) for i in range(count)]


def _is_found(name: str) -> bool:
    """Whether one of the cases that have an operation shows a fault."""
    concerned = [t for t in _made(400) if name in {node.name for node in trees.nodes(t)}]
    return any(running.walked(Subject(tree), "raw").faults for tree in concerned)


@pytest.mark.parametrize(
    "name",
    ["sum", "max", "norm", "softmax", "log_softmax", "logsumexp", "prod", "cumsum", "cumprod",
     "inv", "solve", "logdet", "det", "cholesky", "std", "transpose", "concatenate", "tanh"],
)  # fmt: skip
def test_rules_a_little_wrong_are_found(name: str) -> None:
    with planted(name, _scaled(OPS[name].rule)):
        assert _is_found(name)
