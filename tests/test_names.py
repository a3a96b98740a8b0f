"""The public names: no internal ones, none that hides a name of Python, and the types of them."""

from __future__ import annotations

import builtins
import re
import subprocess
import sys
from types import ModuleType

import symdiff as sd
from symdiff.expr import OPS

PUBLIC = {name for name in dir(sd) if name[0] != "_"}
HIDING = {"abs", "all", "any", "compile", "max", "min", "pow", "round", "sum", "vars"}


def test_a_star_leaves_the_names_of_python_alone() -> None:
    assert set(sd.__all__) == PUBLIC - HIDING
    assert {name for name in PUBLIC if hasattr(builtins, name)} == HIDING
    script = "from symdiff import *; print(sum([1, 2]), max(3, 4), abs(-5), sin(Var('x')))"
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().strip() == "3 4 5 sin(x)"


def test_public_names_are_for_users() -> None:
    modules = {name for name in PUBLIC if isinstance(getattr(sd, name), ModuleType)}
    assert modules == {"linalg", "optimizers"}
    internal = {
        "ALIASES", "FUNCTIONS", "OPS", "TYPE_CHECKING", "WRAPPERS", "annotations", "index",
        "gather", "AdjugateSlope", "adjugate_slope", "LowerHalf", "Recurrence", "ScatterAdd",
    }  # fmt: skip
    assert not internal & PUBLIC
    assert {"Const", "Expr", "Index", "Op", "Sum", "arcsin", "e", "grad", "pi", "Tensor"} <= PUBLIC


def test_what_is_not_public_is_there_by_name_alone() -> None:
    """A graph may hold any operation; whoever looks at one can test for it."""
    for op in OPS.values():
        assert op.arity == 0 or getattr(sd, op.title) is op


def test_the_first_page_of_help_names_what_there_is() -> None:
    names = re.findall(r"``(\w+)``", sd.__doc__ or "")
    assert len(names) > 30
    assert set(names) <= PUBLIC
