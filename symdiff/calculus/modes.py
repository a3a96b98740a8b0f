"""The two modes of differentiation as sweeps over a graph: forward is a fold, reverse a cofold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..expr import Expr, Shape
from ..walk import cofold, collector_paused, postorder
from .rules import Cotangent, cotangents, gather, tangent


def forward(
    order: Iterable[Expr], seeds: Mapping[Expr, Expr | None], batch: Shape = ()
) -> dict[Expr, Expr | None]:
    """The tangent of every node of ``order`` (a postorder); None stands for zero.

    ``seeds`` gives the tangents of the nodes to differentiate by, whatever lies below them.
    Cost: one visit per node of ``order``.
    """
    dots: dict[Expr, Expr | None] = dict(seeds)
    for node in order:
        if node not in seeds:
            dots[node] = tangent(node, [dots.get(a) for a in node.args], batch)
    return dots


def reverse(seeds: Mapping[Expr, Expr], wrt: Iterable[Expr]) -> dict[Expr, Cotangent]:
    """The cotangents of ``wrt`` and of every node between them and the seeded outputs.

    Nodes that no output depends on are left out.
    Cost: one visit per node between the outputs and ``wrt``.
    """
    targets = frozenset(wrt)
    order = postorder(seeds, targets)
    active = set(targets)
    for node in order:
        if not active.isdisjoint(node.args):
            active.add(node)
    found: dict[Expr, Cotangent] = {}

    def visit(node: Expr, received: list[Cotangent]) -> Iterable[tuple[Expr, Cotangent]]:
        found[node] = gather(received)
        if node in targets:
            return ()
        return cotangents(node, found[node], [i for i, a in enumerate(node.args) if a in active])

    starts = {out: [Cotangent(seed)] for out, seed in seeds.items() if out in active}
    with collector_paused():
        cofold(order, starts, visit)
    return found
