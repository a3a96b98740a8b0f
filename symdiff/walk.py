"""The loops over a graph.  Nothing else in the package walks it, and nothing here recurses."""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from .expr import Expr, make

T = TypeVar("T")


def postorder(outputs: Iterable[Expr], stop: Container[Expr] = ()) -> list[Expr]:
    """Every node once, arguments before users, in an order given by structure alone.

    Nodes in ``stop`` appear, but nothing below them is entered.
    Cost: one visit per node and per edge.
    """
    order: list[Expr] = []
    done: set[Expr] = set()
    stack = list(outputs)
    stack.reverse()
    while stack:
        node = stack.pop()
        if node in done:
            continue
        if done.issuperset(node.args) or node in stop:
            done.add(node)
            order.append(node)
        else:
            stack.append(node)
            stack.extend(reversed(node.args))
    return order


def reachable(outputs: Iterable[Expr]) -> set[Expr]:
    """Every node, in no order; takes half the time of :func:`postorder`."""
    seen = set(outputs)
    stack = list(seen)
    while stack:
        fresh = [a for a in stack.pop().args if a not in seen]
        if fresh:
            seen.update(fresh)
            stack.extend(fresh)
    return seen


def exceeds(outputs: Iterable[Expr], limit: int) -> bool:
    """Whether the graph has more than ``limit`` nodes; looks at no more than it must."""
    seen = set(outputs)
    stack = list(seen)
    while stack and len(seen) <= limit:
        fresh = [a for a in stack.pop().args if a not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return len(seen) > limit


def fold(outputs: Iterable[Expr], visit: Callable[[Expr, list[T]], T]) -> dict[Expr, T]:
    """``visit(node, results of its arguments)`` for every node, arguments first."""
    results: dict[Expr, T] = {}
    for node in postorder(outputs):
        results[node] = visit(node, [results[a] for a in node.args])
    return results


def remembered(root: Expr, results: dict[Expr, T], visit: Callable[[Expr, dict[Expr, T]], T]) -> T:
    """``visit(node, results)`` for a node and, before it, for all below it that have no result."""
    stack = [root]
    while stack:
        node = stack[-1]
        fresh = [a for a in node.args if a not in results]
        if fresh:
            stack.extend(fresh)
        else:
            if node not in results:
                results[node] = visit(node, results)
            stack.pop()
    return results[root]


def cofold(
    order: list[Expr],
    seeds: Mapping[Expr, list[T]],
    visit: Callable[[Expr, list[T]], Iterable[tuple[Expr, T]]],
) -> None:
    """Users first: ``visit(node, what its users and seeds sent)`` yields ``(argument, message)``.

    ``order`` is a postorder; nodes that receive nothing are not visited.
    """
    inbox: dict[Expr, list[T]] = {node: list(sent) for node, sent in seeds.items()}
    for node in reversed(order):
        received = inbox.pop(node, None)
        if received is not None:
            for argument, message in visit(node, received):
                inbox.setdefault(argument, []).append(message)


def rebuild(
    outputs: Iterable[Expr],
    replace: Callable[[Expr, Expr], Expr] = lambda new, old: new,
    given: Mapping[Expr, Expr] | None = None,
) -> dict[Expr, Expr]:
    """A copy of the graph: each node over its new arguments, then passed through ``replace``.

    ``given`` maps nodes to their replacements outright; nothing below them is entered.
    """
    results: dict[Expr, Expr] = dict(given or {})
    for old in postorder(outputs, results):
        if old in results:
            continue
        args = tuple([results[a] for a in old.args])
        results[old] = replace(old if args == old.args else make(old.op, args, old.params), old)
    return results


def users(order: Iterable[Expr]) -> dict[Expr, list[Expr]]:
    """The nodes of ``order`` that take each node as an argument, one entry per use."""
    found: dict[Expr, list[Expr]] = {}
    for node in order:
        for a in node.args:
            found.setdefault(a, []).append(node)
    return found


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector for a pass that allocates much and makes no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
