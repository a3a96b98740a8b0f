"""The shapes of the variables of a formula, on request: ``where X: 5×3, w: 3``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..expr import Expr, as_expr
from ..leaves import Var
from ..structure import flatten
from ..walk import postorder
from .grammar import spell

_SETS = {"real": r"\mathbb{R}", "int": r"\mathbb{Z}", "bool": r"\mathbb{B}"}


def shape_lines(e: Any) -> str:
    """A line below a text, empty without variables that have axes."""
    found = [f"{spell(v)}: {'×'.join(map(str, v.shape))}" for v in _arrays(e)]
    return f"\nwhere {', '.join(found)}" if found else ""


def shape_latex(e: Any, name: Callable[[Expr], str]) -> str:
    """The sets in which the variables lie, behind a formula."""
    found = []
    for v in _arrays(e):
        sizes = r" \times ".join(map(str, v.shape))
        found.append(rf"{name(v)} \in {_SETS[v.kind]}^{{{sizes}}}")
    return r" \quad \text{where } " + r",\ ".join(found) if found else ""


def _arrays(e: Any) -> list[Expr]:
    """The variables with axes, in the order in which they first appear."""
    order = postorder([as_expr(leaf) for leaf in flatten(e)[0]])
    return [node for node in order if node.op is Var and node.shape]
