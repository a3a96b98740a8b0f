"""How the rows of ``reductions.py`` are written: with the arguments of the public functions."""

from __future__ import annotations

from ..expr import Expr
from .spelling import Spelling, axis_text, reduction


def norm(node: Expr) -> Spelling:
    """``norm(x)``, ‖x‖ where all axes are meant."""
    text = reduction()(node).text
    if len(node.params[0]) < node.args[0].ndim or node.params[1]:
        return Spelling(text, text)
    return Spelling(text, "‖{0}‖", r"\left\|{0}\right\|")


def over_axes(node: Expr) -> Spelling:
    """``softmax(X, axis=1)``: rows whose only parameter is ``axes``."""
    (x,), (axes,) = node.args, node.params
    words = "" if len(axes) == x.ndim else f", axis={axis_text(axes, x.ndim)}"
    return Spelling(f"{node.op.name}({{0}}{words})")


def along(node: Expr) -> Spelling:
    """``cumsum(X, axis=0)``: rows along one axis, in the usual direction."""
    (x,), axis = node.args, node.params[0]
    if len(node.params) > 1 and node.params[1:] != (False,) * (len(node.params) - 1):
        return Spelling()
    words = "" if x.ndim == 1 else f", axis={axis % x.ndim}"
    return Spelling(f"{node.op.name}({{0}}{words})")


def extreme_index(node: Expr) -> Spelling:
    """``argmax(X, axis=0)``."""
    (x,), (axis, keepdims) = node.args, node.params
    words = "" if x.ndim == 1 and not keepdims else f", axis={axis % x.ndim}"
    return Spelling(f"{node.op.name}({{0}}{words}{', keepdims=True' if keepdims else ''})")


def deviation(node: Expr) -> Spelling:
    """``std(X, axis=0, ddof=1)``, ``var(x)``."""
    (x,), (axes, keepdims, correction) = node.args, node.params
    words = "" if len(axes) == x.ndim else f", axis={axis_text(axes, x.ndim)}"
    words += f", ddof={correction}" if correction else ""
    words += ", keepdims=True" if keepdims else ""
    name = node.op.name.replace("variance", "var")
    return Spelling(f"{name}({{0}}{words})")
