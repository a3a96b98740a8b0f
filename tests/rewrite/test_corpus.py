"""The corpus of formulas: it parses, its derivatives are right, simplifying ends where it is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import mpmath
import pytest

import symdiff as sd
from symdiff.leaves import Var
from symdiff.walk import postorder
from symdiff.witness import mp_evaluate

STEP = mpmath.mpf(2) ** -50
PATH = Path(__file__).parents[2] / "benchmarks" / "formula_corpus.py"


def _corpus() -> Any:
    spec = importlib.util.spec_from_file_location("formula_corpus", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


corpus = _corpus()
FORMULAS = corpus.formulas()
SAMPLE = FORMULAS[::7]


def _at(e: sd.Expr, point: dict[str, Any]) -> Any:
    known = {n: mpmath.mpf(point[n.name]) for n in postorder([e]) if n.op is Var}
    return mp_evaluate([e], known)[0]


def test_the_corpus_is_large_enough() -> None:
    lines = {(f.text, f.by) for f in FORMULAS}
    assert len(lines) == len(FORMULAS)
    assert 2 * len(FORMULAS) >= 500
    assert len({f.group for f in FORMULAS}) >= 6


def test_every_formula_has_a_value_where_points_are_drawn() -> None:
    for formula in FORMULAS:
        f = sd.parse(formula.text, formula.variables())
        for point in formula.points(2):
            assert mpmath.isfinite(_at(f, point)), formula.text


@pytest.mark.parametrize("formula", SAMPLE, ids=[f.text for f in SAMPLE])
def test_derivatives_are_right_and_stay_as_they_are(formula: Any) -> None:
    f = sd.parse(formula.text, formula.variables())
    (point,) = formula.points(1)
    first = corpus.derivative(formula, 1)
    with mpmath.workdps(40):
        for name, slope in zip(formula.by, first, strict=True):
            t = mpmath.mpf(point[name])
            ahead, behind = (_at(f, {**point, name: t + h}) for h in (STEP, -STEP))
            expected = (ahead - behind) / (2 * STEP)
            assert mpmath.almosteq(_at(slope, point), expected, 1e-13, 1e-13)
        second, raw = corpus.derivative(formula, 2), corpus.derivative(formula, 2, simplify=False)
        for new, old in zip(second, raw, strict=True):
            assert mpmath.almosteq(_at(new, point), _at(old, point), 1e-13, 1e-13)
    for found in (first, second):
        assert sd.simplify(found) == found
