"""Which nodes of a graph a picture draws as one: a power with its exponent, a chain of functions,
every copy of a block that occurs again and again.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple, TypeAlias

from ..expr import Expr, make
from ..leaves import Const, var
from ..walk import users
from .label import role
from .layout import Slot, write
from .pretty import STYLE

Use: TypeAlias = tuple[Expr, int]  # a node and the number of one of its arguments
BOX = "□"  # stands in a label for what an edge brings
DEPTH = 6  # levels of a repeated block, at most
LABEL = 40  # characters of the formula of a block


class Block(NamedTuple):
    """A drawn node that stands for several: what it does to what goes in, the edges into it from
    left to right, each as the use of an argument inside, and the operations that are not drawn."""

    image: Expr
    uses: list[Use]
    inside: list[Expr]

    @property
    def label(self) -> str:
        """The formula over boxes."""
        return write([Slot(self.image)], STYLE, {}, LABEL)


def blocks(order: Sequence[Expr], kept: Container[Expr], collapse: bool) -> dict[Expr, Block]:
    """The blocks of a graph by their topmost nodes; ``order`` is a postorder.

    A power is one with a small exponent.  With ``collapse`` each of two or more equal blocks is
    one, whatever goes into them, and so is a chain of functions of one argument.  A node in
    ``kept`` or with several users is the top of its block.
    Cost: a few visits per node, ``2**DEPTH`` with ``collapse``.
    """
    found: dict[Expr, list[Expr]] = {}
    if collapse:
        taken = users(order)
        private = {n for n in order if n.args and len(taken.get(n, ())) == 1 and n not in kept}
        found = _repeated(order, private)
        inside = {n for nodes in found.values() for n in nodes}
        found.update(_chains([n for n in order if n not in inside], private))
    inside = {n for nodes in found.values() for n in nodes}
    for node in order:
        if node not in inside and _has_raised_number(node):
            found[node] = [node]
    return {top: _block(nodes) for top, nodes in found.items()}


def _has_raised_number(node: Expr) -> bool:
    """Whether the formula of a node writes the number among its two arguments as part of its own
    sign, as in x²."""
    if len(node.args) != 2 or node.args[1].op is not Const or node.args[0].op is Const:
        return False
    parts = STYLE.layout(node)[1]
    return [part.node for part in parts if isinstance(part, Slot)] == [node.args[0]]


def _chains(order: Sequence[Expr], private: Container[Expr]) -> dict[Expr, list[Expr]]:
    """Functions of one argument, numbers aside, of each other; or of one with a number."""
    links = {n for n in order if len([a for a in n.args if role(a) != "constant"]) == 1}
    found: dict[Expr, list[Expr]] = {}
    for node in reversed(order):
        if node in links:
            run = [node]
            for n in run:  # grows while it is read
                run += [a for a in n.args if a in links and a in private]
            links.difference_update(run)
            if len(run) > 1 or len(node.args) > 1:
                found[node] = run
    return found


def _block(nodes: Sequence[Expr]) -> Block:
    """The block of ``nodes``, users first."""
    inside = set(nodes[1:])
    images: dict[Expr, Expr] = {}
    uses: dict[Expr, list[Use]] = {}
    for node in reversed(nodes):
        below: list[Use] = []
        for i, a in enumerate(node.args):
            below += uses[a] if a in inside else [] if role(a) == "constant" else [(node, i)]
        uses[node] = below
        args = tuple([images[a] if a in inside else _boxed(a) for a in node.args])
        images[node] = make(node.op, args, node.params)
    return Block(images[nodes[0]], uses[nodes[0]], list(nodes[1:]))


def _boxed(e: Expr) -> Expr:
    return e if role(e) == "constant" else var(BOX, e.shape, e.kind)


def _repeated(order: Sequence[Expr], private: Container[Expr]) -> dict[Expr, list[Expr]]:
    """The tops of blocks that occur at least twice, each with its nodes, users first.

    A block ends where the operation of its top comes again.  Small blocks that occur often are
    preferred to large ones that occur seldom.
    """
    found: dict[Expr, list[list[Expr]]] = {}
    for top in reversed(order):
        nodes, rank = [top], [top]
        for _ in range(DEPTH):
            rank = [a for n in rank for a in n.args if a in private and a.op is not top.op]
            if not rank:
                break
            nodes = nodes + rank
            block = _block(nodes)
            if len(block.uses) > 1:
                found.setdefault(block.image, []).append(nodes)
    ranked = [group for group in found.values() if len(_apart(group, set())) > 1]
    ranked.sort(key=lambda group: -(len(_apart(group, set())) ** 2) * (len(group[0]) - 1))
    chosen: dict[Expr, list[Expr]] = {}
    taken: set[Expr] = set()
    for group in ranked:
        apart = _apart(group, taken)
        if len(apart) > 1:
            chosen.update({nodes[0]: nodes for nodes in apart})
            taken.update(n for nodes in apart for n in nodes)
    return chosen


def _apart(group: Sequence[list[Expr]], taken: set[Expr]) -> list[list[Expr]]:
    """The first of these sets of nodes, and each that shares none with those before it."""
    found = []
    used: set[Expr] = set()
    for nodes in group:
        if used.isdisjoint(nodes) and taken.isdisjoint(nodes):
            used.update(nodes)
            found.append(nodes)
    return found
