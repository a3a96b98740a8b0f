"""Formulas in lists, tuples and dicts as formulas where IPython shows them."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from .expr import Expr
from .rewrite.cse import Shared
from .show.latex import latex

LONGEST = 100  # parts of a structure beyond which it is shown as Python prints it


def install() -> None:
    """Tell a running IPython how structures of expressions are shown; without one, nothing."""
    running = sys.modules.get("IPython")
    shell = None if running is None else running.get_ipython()
    if shell is not None:
        formatter = shell.display_formatter.formatters["text/latex"]
        for kind in (list, tuple, dict):
            formatter.for_type(kind, structure_latex)


def shared_latex(shared: Shared[Any]) -> str:
    """What :func:`cse` found in LaTeX: a line for each name, then the outputs.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(shared_latex(sd.cse([sd.sqrt(x), 1/sd.sqrt(x)])).replace(r"\\\\", "\\n"))
    $\\displaystyle \\begin{aligned}t_{0} &= \\sqrt{x}
    &\\left[t_{0}, \\frac{1}{t_{0}}\\right]\\end{aligned}$
    """
    lines = [f"{latex(name)} &= {latex(e)}" for name, e in shared.bindings]
    body = r"\\".join([*lines, f"&{latex(shared.outputs)}"])
    return rf"$\displaystyle \begin{{aligned}}{body}\end{{aligned}}$"


def structure_latex(tree: Any) -> str | None:
    """A list, tuple or dict of expressions and numbers in LaTeX, None for any other.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> print(structure_latex([x, (1, x**2)]), structure_latex([1, 2]))
    $\\displaystyle \\left[x, \\left(1, x^{2}\\right)\\right]$ None
    """
    if hasattr(tree, "_repr_latex_"):  # a named tuple with a form of its own
        return tree._repr_latex_()  # type: ignore[no-any-return]
    parts, stack = 0, [tree]
    formulas = False
    while stack:
        part = stack.pop()
        if isinstance(part, (list, tuple, dict)):
            stack.extend(islice(part.values() if isinstance(part, dict) else part, LONGEST))
            parts += len(part)
        elif isinstance(part, Expr):
            formulas = True
        elif not isinstance(part, (int, float)):
            return None
        if parts > LONGEST:
            return None
    return f"$\\displaystyle {latex(tree)}$" if formulas else None
