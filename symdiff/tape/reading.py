"""How the arguments of a call are read: what its graph depends on, and what are its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..dispatch import TYPES
from ..errors import KindError
from ..expr import Expr
from ..structure import fill, flatten, outline
from .tensor import Tensor, constant, operand, packed
from .values import kind_of, shape_of

_NESTED = (list, tuple, dict)
_PLAIN = (bool, int, str, type(None), type(Ellipsis))


class Reading(NamedTuple):
    """How arguments are read: arrays of the kinds ``fixed`` shape the graph, as masks and counts
    do, and Python floats as well, unless ``floats`` says that they are inputs.
    """

    fixed: str
    floats: bool = False

    def is_input(self, value: Any) -> bool:
        kind = type(value)
        if kind in TYPES or kind is np.ndarray:
            return value.dtype.kind not in self.fixed
        return kind is float and self.floats

    def structure(self, value: Any, found: list[Tensor]) -> Any:
        """What the graph of a call depends on; inputs are appended to ``found``.

        Raises: KindError for what cannot be hashed, NoValue for an expression with variables.
        """
        return outline(value, partial(self._leaf, found))

    def _leaf(self, found: list[Tensor], value: Any) -> Any:
        kind = type(value)
        if self.is_input(value):
            held = constant(value) if kind is float else operand(value)
            found.append(held)
            return Tensor, shape_of(held._value), kind_of(held._value)
        if kind in TYPES or kind is np.ndarray:
            data = np.asarray(value)
            return data.dtype.str, data.shape, data.tobytes()
        if kind is float:
            return float, value.hex()
        if kind is slice:
            return slice, *_bounds(value)
        if kind is Expr:
            return operand(value)
        if kind not in _PLAIN:
            try:
                hash(value)
            except TypeError:
                raise KindError(
                    f"a {kind.__name__} is no tensor, no array and no number, and cannot be hashed"
                ) from None
        return kind, value

    def fill(self, value: Any, stand_ins: Iterator[Expr]) -> Any:
        """The arguments with stand-ins for inputs, in the order of ``structure``."""

        def filled(_: str, leaf: Any) -> Any:
            kind = type(leaf)
            if self.is_input(leaf):
                return next(stand_ins)
            if kind in TYPES or kind is np.ndarray:
                return np.array(leaf)
            return slice(*_bounds(leaf)) if kind is slice else leaf

        return fill(value, "", filled)


def _bounds(at: slice) -> list[int | None]:
    return [b if b is None else int(b) for b in (at.start, at.stop, at.step)]


def has_places(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an argument is an array of ints or bools."""
    leaves: list[Any] = flatten([args, kwargs])[0]
    arrays: list[Any] = [x for x in leaves if isinstance(x, (np.ndarray, *TYPES))]
    return any(x.dtype.kind in "biu" for x in arrays)


def packed_at(refused: Any, tree: Any, filled: Any) -> Any:
    """``tree`` with one tensor for the list that is ``refused`` in ``filled``, its twin.

    It is the same object where there is no such list.
    """
    if type(tree) not in _NESTED:
        return tree
    if filled is refused:
        return packed(tree)
    keys = [*tree] if type(tree) is dict else [*range(len(tree))]
    parts = [packed_at(refused, tree[key], filled[key]) for key in keys]
    if all(part is tree[key] for key, part in zip(keys, parts, strict=True)):
        return tree
    return dict(zip(keys, parts, strict=True)) if type(tree) is dict else type(tree)(parts)
