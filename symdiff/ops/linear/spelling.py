"""How rows of linear algebra with parameters are written."""

from __future__ import annotations

from ...expr import Expr
from ..spelling import Spelling

_ABOVE = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def solution(node: Expr) -> Spelling:
    """``solve(A, b)``, A⁻¹·b; for the transpose of a matrix A⁻ᵀ·b.

    Vectors in a stack are the row's own call: NumPy's function would read them as columns.
    """
    a, b = node.args
    text = "solve({0}, {1})" if node.params == (min(b.ndim, 2),) else ""
    if a.op.spelled is not None and a.op.spelled(a)[0] == "{0}.T":
        return Spelling(text, "{0.0}⁻ᵀ·{1}", r"{0.0}^{{-\top}} {1}")
    if not a.args:
        return Spelling(text, "{0}⁻¹·{1}", "{0}^{{-1}} {1}")
    return Spelling(text, "({0})⁻¹·{1}", r"\left({0}\right)^{{-1}} {1}")


def matrix_power(node: Expr) -> Spelling:
    """``matrix_power(A, 3)``, A³."""
    (n,) = node.params
    return Spelling(
        f"matrix_power({{0}}, {n})", f"{{0}}{str(n).translate(_ABOVE)}", f"{{0}}^{{{{{n}}}}}"
    )
