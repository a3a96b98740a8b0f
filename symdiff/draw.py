"""Pictures with numbers: evaluate, differentiate, then draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .backend.evaluate import values_of
from .calculus.derivatives import adjoints, vjp
from .errors import ArgumentError, NotAnExpression
from .expr import Expr, make
from .leaves import Const, Var, const, var
from .messages import short
from .show.diagram import Diagram, diagram
from .show.grammar import nearest
from .show.sharing import nodes_of
from .targets import wrt_of
from .walk import postorder, rebuild

if TYPE_CHECKING:
    from .show.folding import Use

EDGES = ("", "partials", "flow")
OPTIONS = ("at", "wrt", "edges", "names", "collapse", "direction", "theme", "engine", "max_nodes",
           "cut")  # fmt: skip


def draw(
    tree: Any,
    *,
    at: Mapping[Any, Any] | None = None,
    wrt: Any = None,
    edges: str = "",
    **options: Any,
) -> Diagram:
    """A diagram of one or more expressions; it shows itself in a notebook.

    With ``at`` every node shows its value there, with ``wrt`` also its adjoint: the derivative of
    the output by the node.  A leaf that is drawn beside each of its users shows the adjoint of
    that use.  ``edges="partials"`` writes local derivatives on the edges, ``edges="flow"`` what
    flows back along them: the adjoint above times the local derivative; without ``wrt`` by all
    variables.

    Further options: ``names`` of the outputs, in their order, or of any nodes, ``{"h1": h1}``
    (outputs in a dict are named by its keys); ``collapse=True`` draws chains of functions, and
    blocks that occur again, as one node each; ``direction`` of the edges is ``auto``, ``up`` or
    ``right``; ``theme`` is ``auto``, ``light`` or ``dark``; ``engine`` is ``auto``, ``dot``,
    ``pygraphviz`` or ``builtin``; above ``max_nodes`` nodes ``cut=True`` draws those nearest to
    the outputs.

    Raises: LimitError above ``max_nodes``; NotScalar for adjoints of an output with axes.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> sd.draw(x * y, at={x: 3, y: 4}, wrt=[x, y]).svg[:4]
    '<svg'
    """
    wrong = options.keys() - OPTIONS
    if wrong:
        name = min(wrong)
        near = nearest(name, OPTIONS, 1)
        hint = f"did you mean {near[0]}=?" if near else f"its options are {', '.join(OPTIONS)}"
        raise ArgumentError(f"draw has no option {short(name)}; {hint}")
    if edges not in EDGES:
        raise ArgumentError(f"edges is one of {', '.join(map(repr, EDGES))}, got {short(edges)}")
    outputs = nodes_of(tree)
    if edges and wrt is None:
        wrt = [v for v in postorder(outputs) if v.op is Var and v.kind == "real"]
    values = values_of(outputs, at) if at is not None else None
    found = Slopes({}, {}, {}) if wrt is None else slopes(outputs, at, wrt, partials=bool(edges))
    return diagram(tree, values=values, **found._asdict(), edges=edges, **options)


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


class Slopes(NamedTuple):
    """What flows back through a graph, as numbers.

    ``adjoints`` of nodes; of each use of a node as an argument, ``flows``: its part of that
    node's adjoint, and ``partials``: the derivative of the user by that argument alone.
    """

    adjoints: dict[Expr, Any]
    flows: dict[Use, Any]
    partials: dict[Use, Any]


def slopes(
    outputs: Sequence[Expr], at: Mapping[Any, Any] | None, wrt: Any, partials: bool = False
) -> Slopes:
    """What flows back from the one output to ``wrt`` at a point.

    Raises: NotAnExpression for several outputs, and without a point; KindError for numbers.
    """
    if at is None or len(outputs) != 1:
        raise NotAnExpression(wrt, "adjoints need one output and a point: at={x: 3, ...}")
    order = postorder(outputs)
    taps, images = _tapped(order)
    lowest = [images[w] for w in _lowest(order, wrt_of(wrt).nodes)]
    inner = {tap: images[user.args[i]] for tap, (user, i) in taps.items()}
    bars = adjoints(images[outputs[0]], lowest, inner)
    local = _partials(order, images, bars) if partials else {}
    back = {tap: user.args[i] for tap, (user, i) in taps.items()}
    restored = rebuild([*bars.values(), *local.values()], given=back)
    found = values_of([*outputs, *restored.values()], at)
    value = {e: found[restored[e]] for e in (*bars.values(), *local.values())}
    return Slopes(
        {node: value[bars[images[node]]] for node in order if images[node] in bars},
        {use: value[bars[tap]] for tap, use in taps.items() if tap in bars},
        {taps[tap]: value[slope] for tap, slope in local.items()},
    )


def _tapped(order: Sequence[Expr]) -> tuple[dict[Expr, Use], dict[Expr, Expr]]:
    """A symbol for every use of a node that a derivative may flow through, so that the cotangent
    of the symbol is what flows along that edge; and the nodes of the graph over these symbols."""
    taps: dict[Expr, Use] = {}
    images: dict[Expr, Expr] = {}
    for node in order:
        args = []
        for i, a in enumerate(node.args):
            if a.op is Const or a.kind != "real":
                args.append(images[a])
                continue
            args.append(var(f"u{len(taps)}", a.shape, a.kind, tag=len(taps)))
            taps[args[-1]] = node, i
        images[node] = make(node.op, tuple(args), node.params) if args else node
    return taps, images


def _lowest(order: Sequence[Expr], wrt: Sequence[Expr]) -> list[Expr]:
    """Those of ``wrt`` that none of the others lies below."""
    wanted = set(wrt)
    above: set[Expr] = set()
    for node in order:
        if any(a in wanted or a in above for a in node.args):
            above.add(node)
    return [node for node in order if node in wanted and node not in above]


def _partials(
    order: Sequence[Expr], images: Mapping[Expr, Expr], bars: Mapping[Expr, Expr]
) -> dict[Expr, Expr]:
    """The derivative of every node by each symbol among its arguments: of a number, or element by
    element of arrays of one shape."""
    found: dict[Expr, Expr] = {}
    for node in order:
        image = images[node]
        if node.shape and not node.op.elementwise:
            continue
        by = [a for a in image.args if a in bars and (not node.shape or a.shape == node.shape)]
        seed = const(np.ones(node.shape)) if node.shape else const(1)
        if by and image in bars:
            local = zip(by, vjp([image], by, [seed]), strict=True)
            found.update({tap: slope for tap, slope in local if slope is not None})
    return found


def adjoint_values(
    outputs: Sequence[Expr], at: Mapping[Any, Any] | None, wrt: Any
) -> dict[Expr, Any]:
    """The derivative of the one output by each node between it and ``wrt``."""
    return slopes(outputs, at, wrt).adjoints
