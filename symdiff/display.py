"""How an expression shows itself and is called; installed once by the package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .backend.evaluate import evaluate
from .errors import UnknownVariable
from .expr import Expr
from .show.latex import latex
from .show.text import short_text, to_text


def install() -> None:
    """Give ``Expr`` its text, its LaTeX for notebooks and its call with values by name."""
    methods: dict[str, Callable[..., Any]] = {
        "__str__": lambda self: to_text(self),
        "__repr__": lambda self: short_text(self),
        "_repr_latex_": lambda self: f"$\\displaystyle {latex(self)}$",
        "__call__": _at_point,
    }
    for name, method in methods.items():
        setattr(Expr, name, method)


def _at_point(self: Expr, **values: Any) -> Any:
    """The value at a point of a space that may have more coordinates than the expression.

    A derivative often depends on fewer variables than what it is a derivative of.  A name that is
    no variable is an error where a variable is left without a value.
    """
    try:
        return evaluate(self, values)
    except UnknownVariable as unknown:
        if not values.keys() >= set(unknown.known):
            raise
        return evaluate(self, {name: values[name] for name in unknown.known})
