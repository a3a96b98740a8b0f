"""The page of every operation: its session runs, and its derivatives are those of the witness."""

from __future__ import annotations

import doctest
import inspect
import math
import pydoc
import re
from typing import Any

import mpmath
import pytest

import symdiff as sd
from symdiff.expr import OPS, Op
from symdiff.manual import arguments
from symdiff.rule import NonDiff
from symdiff.testing import witness

ROWS = [op for op in OPS.values() if op.arity != 0]
SMOOTH = [op for op in ROWS if op.elementwise and not isinstance(op.rule, NonDiff)]


@pytest.mark.parametrize("op", [*ROWS, sd.Const, sd.Var], ids=str)
def test_the_session_of_a_page_runs(op: Op) -> None:
    test = doctest.DocTestParser().get_doctest(op.__doc__ or "", {}, op.name, None, 0)
    assert test.examples or op.param_names or not op.elementwise
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("op", SMOOTH, ids=str)
def test_a_page_tells_the_derivatives_of_the_witness(op: Op) -> None:
    found = re.findall(r"d/d(\w+)\[(.*)\] = (.*)", op.__doc__ or "")
    names = [x.name for x in sd.parse(found[0][1]).args]
    order = "order" in op.facts
    assert [name for name, _, _ in found] == names[order:]
    (given,) = re.findall(r">>> f\((.*)\)", op.__doc__ or "")
    point = {names[0]: 2} | eval(f"dict({given})")
    function = witness(op, mpmath.mp)
    with mpmath.mp.workdps(30):
        for name, _, text in found:
            slope = sd.parse(text)
            known = {v: point[v] for v in re.findall(r"\w+", text) if v in point}
            moved = lambda t, name=name: function(
                *[t if v == name else mpmath.mpf(x) for v, x in point.items()]
            )
            truth = 0 if name == "condition" else mpmath.diff(moved, point[name])
            assert math.isclose(slope(**known), truth, rel_tol=1e-10, abs_tol=1e-12)


def test_help_and_signature() -> None:
    text = pydoc.plain(pydoc.render_doc(sd.sin))
    for words in ("d/dx[sin(x)] = cos(x)", "[-1, 1]", "DLMF 4.20.1", "1 ulp", ">>> f(x=0.5)"):
        assert words in text
    assert "arcsin" in (sd.asin.__doc__ or "")
    assert "the derivative at 0 is 0" in (sd.abs.__doc__ or "")
    assert "x in (0, inf)" in (sd.log.__doc__ or "")
    assert str(inspect.signature(sd.atan2)) == "(y, x, /)"
    assert str(inspect.signature(sd.Add)) == "(*args)"
    assert str(inspect.signature(sd.Index)) == "(A, /, *, index)"
    assert list(inspect.signature(sd.Var).parameters) == ["name", "shape", "kind", "domain"]
    assert inspect.signature(Op).parameters["name"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert Op.__doc__ is not None
    assert "record of one operation" in Op.__doc__


def test_every_operation_names_its_arguments() -> None:
    for op in ROWS:
        assert len(arguments(op)) == (op.arity or 1), op
        assert len(set(arguments(op))) == len(arguments(op)), op


def test_the_page_of_a_users_operation() -> None:
    cube: Any = sd.primitive("cube_", lambda t: t**3, lambda t, out: 3 * t**2, range=sd.REAL)
    assert cube.__doc__.startswith("cube_(t), of each element.")
    assert "d/dt[cube_(t)] = 3*t**2" in cube.__doc__
    assert "ulp" not in cube.__doc__  # nobody measured it
    assert sd.grad(sd.sin)(0.0) == 1.0  # a traced function is called by its signature
