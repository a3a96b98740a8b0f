"""Pictures with numbers: evaluate, differentiate, then draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from os import PathLike
from typing import Any

import numpy as np

from .backend.evaluate import values_of
from .calculus.derivatives import Cut, adjoints, symbols_for
from .errors import NotAnExpression, NotDifferentiable
from .expr import Expr
from .leaves import Const
from .show.diagram import Diagram, diagram
from .structure import flatten
from .walk import postorder, rebuild


def draw(
    tree: Any,
    *,
    at: Mapping[Any, Any] | None = None,
    wrt: Any = None,
    **options: Any,
) -> Diagram:
    """A diagram of one or more expressions; it shows itself in a notebook.

    With ``at`` every node shows its value there, with ``wrt`` also its adjoint: the derivative of
    the output by the node.  For a constant that is the derivative of the output by
    its value, all uses together; nodes that no derivative flows through show none.
    Further options are those of ``show.diagram.diagram``.

    Raises: LimitError above ``max_nodes``; NotScalar for adjoints of an output with axes.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.draw(x * y, at={x: 3, y: 4}, wrt=[x, y]).svg[:4]
    '<svg'
    """
    outputs, _ = flatten(tree)
    values = values_of(outputs, at) if at is not None else None
    slopes = adjoint_values(outputs, at, wrt) if wrt is not None else None
    return diagram(outputs, values=values, adjoints=slopes, **options)


def to_svg(tree: Any, path: str | PathLike[str] | None = None, **options: Any) -> str:
    """The SVG text of :func:`draw`, written to ``path`` if one is given.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> sd.to_svg(sd.sin(x**2), at={x: 3})[:4]
    '<svg'
    """
    drawn = draw(tree, **options)
    if path is not None:
        drawn.save(path)
    return drawn.svg


def adjoint_values(
    outputs: Sequence[Expr], at: Mapping[Any, Any] | None, wrt: Any
) -> dict[Expr, Any]:
    """The derivative of the one output by each node between it and ``wrt``, and by constants.

    Raises: NotAnExpression for several outputs, and without a point.
    """
    if at is None or len(outputs) != 1:
        raise NotAnExpression(wrt, "adjoints need one output and a point: at={x: 3, ...}")
    nodes, _ = flatten(wrt)
    cut = symbols_for(outputs, nodes)
    bars = _all_adjoints(cut)
    restored = rebuild([*bars, *bars.values()], given=cut.back)
    found = values_of([*outputs, *[restored[bar] for bar in bars.values()]], at)
    slopes = {restored[node]: found[restored[bar]] for node, bar in bars.items()}
    return {n: v for n, v in slopes.items() if n.op is not Const or _is_finite(v)}


def _is_finite(value: Any) -> bool:
    """Whether all numbers are; exact ones may have more digits than NumPy takes."""
    return isinstance(value, (int, Fraction)) or bool(np.all(np.isfinite(value)))


def _all_adjoints(cut: Cut) -> dict[Expr, Expr]:
    """The adjoints of the nodes above ``wrt`` and of the constants, where those have any."""
    (f,), wrt, _, inner = cut
    constants = [n for n in postorder([f]) if n.op is Const and n.kind != "bool"]
    try:
        return adjoints(f, [*wrt, *constants], inner)
    except NotDifferentiable:
        return adjoints(f, wrt, inner)
