"""Elementwise functions of which only parts are read, computed in these parts: ``exp(x)[0]`` is
``exp(x[0])``.

Besides the work it saves, that keeps derivatives right: the cotangent of what is not read is 0, but
times an infinite slope there it would be nan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...expr import Expr, make
from ...ops import arrays as ax
from ...ops.kernels import decode, encode
from ...walk import postorder, reachable


def selected(outputs: Sequence[Expr]) -> list[Expr]:
    """The graph with fewer elements computed where parts of an array do not cover it.

    Cost: two visits a node where something is read in parts.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> selected([sd.exp(x * x)[0]])
    [exp(x[0]*x[0])]
    """
    if not any(map(_selects, reachable(outputs))):
        return list(outputs)
    whole = set(outputs)  # nodes of which every element is needed
    parts: dict[Expr, list[Expr]] = {}  # of a node, as selections from it
    inside: dict[Expr, Expr] = {}  # what a selection is made of, where the whole is not needed
    for node in reversed(postorder(outputs)):
        read = parts.get(node, [])
        in_parts = node not in whole and 0 < sum(part.size for part in read) < node.size
        images = [_within(node, part) for part in read] if in_parts else []
        if _selects(node) and node.args[0].op.arity != 0:
            parts.setdefault(node.args[0], []).append(node)
            whole.update(node.args[1:])
        elif not images or None in images:
            whole.update(node.args)
        else:
            for part, image in zip(read, images, strict=True):
                assert image is not None
                inside[part] = image
                for x, selection in zip(node.args, image.args, strict=True):
                    if x.op.arity != 0 and selection.args[:1] == (x,):
                        parts.setdefault(x, []).append(selection)
                    else:
                        whole.add(x)
    return _replaced(outputs, inside)


def _selects(node: Expr) -> bool:
    """Whether each element of a node is one of its first argument, at places known by now."""
    return "selects" in node.op.facts and not any(a.args or a.op.rule for a in node.args[1:])


def _replaced(outputs: Sequence[Expr], inside: Mapping[Expr, Expr]) -> list[Expr]:
    """The graph with images for some nodes, in which there may be more of these nodes."""
    images: dict[Expr, Expr] = {}
    pending = list(outputs)
    while pending:
        node = pending[-1]
        new = inside.get(node, node)
        waiting = [x for x in new.args if x not in images]
        if waiting and node not in images:
            pending += waiting
            continue
        args = tuple([images[x] for x in new.args])
        images[node] = new if args == new.args else make(new.op, args, new.params)
        pending.pop()
    return [images[out] for out in outputs]


def _within(node: Expr, part: Expr) -> Expr | None:
    """A part of a node made of parts of its arguments, None where it takes the whole."""
    if node.op is ax.sum:
        return _within_sum(node, part)
    if not node.op.elementwise or not any(a.shape == node.shape for a in node.args):
        return None
    args = []
    for a in node.args:
        fits = a.shape in ((), node.shape)
        wide = a if fits else make(ax.broadcast_to, (a,), (a.ndim, node.shape))
        args.append(make(part.op, (wide, *part.args[1:]), part.params) if a.shape else a)
    return make(node.op, tuple(args), node.params)


def _within_sum(node: Expr, part: Expr) -> Expr | None:
    """A part of a sum over some axes: the sum of the parts."""
    (x,), (axes, keepdims) = node.args, node.params
    if part.op is not ax.index or keepdims:
        return None
    items = decode(part.params[0])
    if None in items:
        return None
    rest = iter([slice(None)] * (node.ndim - len(items)) + list(items))
    wanted = [slice(None) if k in axes else next(rest) for k in range(-x.ndim, 0)]
    gone = [k for k, item in enumerate(wanted, -x.ndim) if not isinstance(item, slice)]
    left = tuple([k + sum(g > k for g in gone) for k in axes])
    return make(ax.sum, (make(ax.index, (x,), (encode(tuple(wanted)),)),), (left, False))
