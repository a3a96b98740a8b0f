"""The two modes of differentiation as sweeps over a graph: forward is a fold, reverse a cofold.

Where a graph has symbols in place of some of its nodes, ``inner`` says what they stand for; both
sweeps then go through a symbol as if it were an operation that changes nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType

from ..expr import Expr, Shape
from ..ops.structural import total
from ..walk import cofold, collector_paused, postorder
from .rules import Cotangent, cotangents, gather, tangent

NOTHING: Mapping[Expr, Expr] = MappingProxyType({})


def ordered(
    outputs: Iterable[Expr], inner: Mapping[Expr, Expr], stop: Container[Expr] = ()
) -> list[Expr]:
    """A postorder of ``outputs`` in which a symbol comes after what it stands for.

    ``inner`` says what symbols stand for, in an order in which each is made of those before it.
    """
    below = [node for symbol, meaning in inner.items() for node in (meaning, symbol)]
    return postorder([*below, *outputs], stop)


def forward(
    order: Iterable[Expr],
    seeds: Mapping[Expr, Expr | None],
    batch: Shape = (),
    inner: Mapping[Expr, Expr] = NOTHING,
) -> dict[Expr, Expr | None]:
    """The tangent of every node of ``order`` (a postorder); None stands for zero.

    ``seeds`` gives the tangents of the nodes to differentiate by, whatever lies below them; to
    that of a symbol in ``inner`` the tangent of what it stands for is added.
    Cost: one visit per node of ``order``.
    """
    dots: dict[Expr, Expr | None] = dict(seeds)
    for node in order:
        if node in inner:
            parts = [dot for dot in (seeds.get(node), dots.get(inner[node])) if dot is not None]
            dots[node] = total(parts) if parts else None
        elif node not in seeds:
            dots[node] = tangent(node, [dots.get(a) for a in node.args], batch)
    return dots


def reverse(
    seeds: Mapping[Expr, Expr], wrt: Iterable[Expr], inner: Mapping[Expr, Expr] = NOTHING
) -> dict[Expr, Cotangent]:
    """The cotangents of ``wrt`` and of every node between them and the seeded outputs.

    A symbol in ``inner`` sends what it receives on to what it stands for.  Nodes that no output
    depends on are left out.
    Cost: one visit per node between the outputs and ``wrt``.
    """
    targets = frozenset(wrt)
    order = ordered(seeds, inner, targets)
    active = set(targets)
    for node in order:
        if not active.isdisjoint(node.args) or inner.get(node) in active:
            active.add(node)
    found: dict[Expr, Cotangent] = {}

    def visit(node: Expr, received: list[Cotangent]) -> Iterable[tuple[Expr, Cotangent]]:
        found[node] = gather(received)
        if node in inner:
            return [(inner[node], found[node])] if inner[node] in active else ()
        if node in targets:
            return ()
        return cotangents(node, found[node], [i for i, a in enumerate(node.args) if a in active])

    starts = {out: [Cotangent(seed)] for out, seed in seeds.items() if out in active}
    with collector_paused():
        cofold(order, starts, visit)
    return found
