"""Elementwise functions of which only parts are read, computed in these parts: ``exp(x)[0]`` is
``exp(x[0])``.

Besides the work it saves, that keeps derivatives right: the cotangent of what is not read is 0, but
times an infinite slope there it would be nan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...expr import Expr, Params, make
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
    order = postorder(outputs)
    return _Parts(order, outputs).rebuilt(order, outputs)


def _selects(node: Expr) -> bool:
    """Whether each element of a node is one of its first argument, at places known by now."""
    return "selects" in node.op.facts and not any(a.args or a.op.rule for a in node.args[1:])


class _Parts:
    """Which parts of nodes are read, and what a part is made of where the whole is not needed."""

    def __init__(self, order: list[Expr], outputs: Iterable[Expr]) -> None:
        self.whole = set(outputs)
        self.parts: dict[Expr, list[Expr]] = {}  # of a node, as selections from it
        self.made: dict[Expr, tuple[Expr, ...]] = {}  # the arguments for a part
        self.params: dict[Expr, Params] = {}
        for node in reversed(order):
            parts = self.parts.get(node, [])
            if _selects(node) and node.args[0].op.arity != 0:
                self.parts.setdefault(node.args[0], []).append(node)
                self.whole.update(node.args[1:])
            elif node not in self.whole and 0 < sum(p.size for p in parts) < node.size:
                self.whole.update([] if self._divide(node, parts) else node.args)
            else:
                self.whole.update(node.args)

    def _divide(self, node: Expr, parts: list[Expr]) -> bool:
        """Whether every part of a node can be made of parts of its arguments."""
        found = [_within(node, part) for part in parts]
        if None in found:
            return False
        for part, (args, params) in zip(parts, filter(None, found), strict=True):
            self.made[part], self.params[part] = args, params
            for argument, selection in zip(node.args, args, strict=True):
                if argument.op.arity != 0 and selection.args[:1] == (argument,):
                    self.parts.setdefault(argument, []).append(selection)
                else:
                    self.whole.add(argument)
        return True

    def rebuilt(self, order: list[Expr], outputs: Sequence[Expr]) -> list[Expr]:
        """The outputs, with every part made of parts where the whole is not needed."""
        images: dict[Expr, Expr] = {}
        for node in order:
            parts = self.parts.get(node, [])
            divided = any(part in self.made for part in parts)
            if node not in images and not divided:
                args = tuple([images[a] for a in node.args])
                images[node] = node if args == node.args else make(node.op, args, node.params)
            for part in parts:
                if divided:
                    args = tuple([_image(a, images) for a in self.made[part]])
                    images[part] = make(node.op, args, self.params[part])
                else:
                    images[part] = make(part.op, (images[node], *part.args[1:]), part.params)
        return [images[out] for out in outputs]


def _image(part: Expr, images: dict[Expr, Expr]) -> Expr:
    """The image of a part, which may be one of a leaf or of an argument that is stretched first."""
    if part in images:
        return images[part]
    whole, *places = part.args
    if whole.args:
        whole = make(whole.op, tuple([images[a] for a in whole.args]), whole.params)
    return make(part.op, (whole, *places), part.params)


def _within(node: Expr, part: Expr) -> tuple[tuple[Expr, ...], Params] | None:
    """The arguments and parameters that make a part of a node, None where it takes the whole."""
    if node.op is ax.sum:
        return _within_sum(node, part)
    if not node.op.elementwise or not any(a.shape == node.shape for a in node.args):
        return None
    args = []
    for a in node.args:
        fits = a.shape in ((), node.shape)
        wide = a if fits else make(ax.broadcast_to, (a,), (a.ndim, node.shape))
        args.append(make(part.op, (wide, *part.args[1:]), part.params) if a.shape else a)
    return tuple(args), node.params


def _within_sum(node: Expr, part: Expr) -> tuple[tuple[Expr, ...], Params] | None:
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
    return (make(ax.index, (x,), (encode(tuple(wanted)),)),), (left, False)
