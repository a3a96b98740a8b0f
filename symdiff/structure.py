"""Nested lists, tuples and dicts of expressions: flattened for the engine, rebuilt for the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Rebuild = Callable[[list[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves in order, and the function that puts other leaves in their places.

    >>> leaves, rebuild = flatten({"a": [1, 2], "b": (3,)})
    >>> leaves, rebuild([10, 20, 30])
    ([1, 2, 3], {'a': [10, 20], 'b': (30,)})
    """
    if isinstance(tree, Mapping):
        return _join(list(tree.values()), lambda parts: dict(zip(tree, parts, strict=True)))
    if isinstance(tree, tuple):
        named = hasattr(tree, "_fields")
        return _join(list(tree), (lambda parts: type(tree)(*parts)) if named else tuple)
    if isinstance(tree, list):
        return _join(tree, list)
    return [tree], lambda leaves: leaves[0]


def fill(tree: Any, name: str, visit: Callable[[str, Any], Any]) -> Any:
    """``tree`` with ``visit(name, leaf)`` for each leaf; names are made of the way to it.

    >>> fill({"a": [1, 2]}, "p", lambda name, leaf: (name, leaf))
    {'a': [('p_a_0', 1), ('p_a_1', 2)]}
    """
    if isinstance(tree, Mapping):
        return {key: fill(child, f"{name}_{key}", visit) for key, child in tree.items()}
    if isinstance(tree, (list, tuple)):
        parts = [fill(child, f"{name}_{i}", visit) for i, child in enumerate(tree)]
        if isinstance(tree, list):
            return parts
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    return visit(name, tree)


def outline(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    """What nested structures of one kind have in common, with ``leaf(value)`` for each leaf.

    >>> outline({"a": [1, 2.0]}, type)
    (<class 'dict'>, ('a',), ((<class 'list'>, (<class 'int'>, <class 'float'>)),))
    """
    if isinstance(tree, (list, tuple)):
        return type(tree), tuple([outline(child, leaf) for child in tree])
    if isinstance(tree, Mapping):
        return dict, tuple(tree), tuple([outline(child, leaf) for child in tree.values()])
    return leaf(tree)


def _join(children: list[Any], combine: Callable[[list[Any]], Any]) -> tuple[list[Any], Rebuild]:
    if not any(isinstance(c, (Mapping, list, tuple)) for c in children):
        return children, combine
    if not any(isinstance(child, (Mapping, tuple, list)) for child in children):
        return children, combine
    parts = [flatten(child) for child in children]

    def rebuild(leaves: list[Any]) -> Any:
        rest = iter(leaves)
        return combine([make([next(rest) for _ in found]) for found, make in parts])

    return [leaf for found, _ in parts for leaf in found], rebuild
