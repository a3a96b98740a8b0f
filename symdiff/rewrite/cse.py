"""Sharing made visible: named common subexpressions, substitution, counting operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain, count
from typing import Any, Generic, NamedTuple, TypeVar

from ..errors import UnknownVariable
from ..expr import Expr, ExprLike, as_expr
from ..leaves import Var, var
from ..structure import flatten
from ..walk import postorder, rebuild
from .sharing import most_shared, shared

__all__ = ["count_ops", "cse", "most_shared", "shared", "subs"]

Tree = TypeVar("Tree")  # an expression or a nested structure of them


def count_ops(tree: Any) -> int:
    """How many operations the shared graph of ``tree`` takes.

    Every node counts once however often it is used, a sum or product of k arguments as k - 1;
    leaves and operations that only look at data differently (reshape, transpose) are free.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> count_ops([x**2 + 1, sd.sin(x**2)])
    3
    """
    outputs = [as_expr(leaf) for leaf in flatten(tree)[0]]
    total = 0
    for node in postorder(outputs):
        if node.args and node.op.cost:
            many = node.op.arity is None and node.op.elementwise
            total += len(node.args) - 1 if many else 1
    return total


def subs(tree: Any, mapping: Mapping[Expr | str, ExprLike]) -> Any:
    """``tree`` with nodes replaced, all at once: ``subs(x + y, {x: y, y: x})`` swaps.

    Keys are any nodes, or names of variables.

    Raises: UnknownVariable for a name that no variable of the tree has.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> subs(x / y, {x: y, "y": x}) is y / x
    True
    """
    leaves, restore = flatten(tree)
    outputs = [as_expr(leaf) for leaf in leaves]
    given = {key: as_expr(value) for key, value in mapping.items() if isinstance(key, Expr)}
    names = {key: value for key, value in mapping.items() if isinstance(key, str)}
    if names:
        known: dict[str, list[Expr]] = {}
        for node in postorder(outputs):
            if node.op is Var and node.params[4] is None:
                known.setdefault(node.name, []).append(node)
        for name, value in names.items():
            if name not in known:
                raise UnknownVariable(name, tuple(known))
            given.update(dict.fromkeys(known[name], as_expr(value)))
    images = rebuild(outputs, given=given)
    return restore([images[out] for out in outputs])


class Shared(NamedTuple, Generic[Tree]):
    """Variables for what occurs several times, with what they stand for, and the outputs."""

    bindings: list[tuple[Expr, Expr]]
    outputs: Tree


def cse(tree: Tree) -> Shared[Tree]:
    """Common subexpressions by name: ``(bindings, outputs)``.

    ``bindings`` are pairs (variable, expression) in the order of evaluation; ``outputs`` has
    the structure of ``tree`` and uses the variables.  Names are t0, t1, ..., without those
    that the tree uses itself.

    >>> import symdiff as sd
    >>> x, y = sd.Var("x"), sd.Var("y")
    >>> bindings, (f, g) = cse((sd.sin(x + y), sd.Add(x, y, 1)))
    >>> len(bindings), bindings[0][1] is x + y, g is bindings[0][0] + 1
    (1, True, True)
    """
    leaves, restore = flatten(tree)
    outputs = most_shared([as_expr(leaf) for leaf in leaves])
    order = postorder(outputs)
    uses = Counter(chain(outputs, *[node.args for node in order]))
    taken = {node.name for node in order if node.op is Var}
    names = (name for i in count() if (name := f"t{i}") not in taken)
    bindings: list[tuple[Expr, Expr]] = []

    def named(new: Expr, old: Expr) -> Expr:
        if uses[old] < 2 or not (old.args and old.op.cost):
            return new
        bindings.append((var(next(names), old.shape, old.kind), new))
        return bindings[-1][0]

    images = rebuild(outputs, named)
    return Shared(bindings, restore([images[out] for out in outputs]))
