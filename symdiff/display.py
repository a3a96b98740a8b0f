"""How an expression shows itself and is called; installed once by the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .backend.evaluate import evaluate
from .expr import Expr
from .show.latex import latex
from .show.text import short_text, to_text


def install() -> None:
    """Give ``Expr`` its text, its LaTeX for notebooks and its call with values by name."""
    methods: dict[str, Callable[..., Any]] = {
        "__str__": lambda self: to_text(self),
        "__repr__": lambda self: short_text(self),
        "_repr_latex_": lambda self: f"$\\displaystyle {latex(self)}$",
        "__call__": lambda self, **values: evaluate(self, values),
    }
    for name, method in methods.items():
        setattr(Expr, name, method)
