"""How the arguments of a call are read: what its graph depends on, and what are its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..dispatch import TYPES
from ..errors import KindError
from ..expr import Expr
from ..structure import flatten
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
        if kind is list or kind is tuple:
            return kind, tuple([self.structure(v, found) for v in value])
        if kind is dict:
            return dict, tuple(value), tuple([self.structure(v, found) for v in value.values()])
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
        kind = type(value)
        if self.is_input(value):
            return next(stand_ins)
        if kind in TYPES or kind is np.ndarray:
            return np.array(value)
        if kind is list or kind is tuple:
            return kind([self.fill(v, stand_ins) for v in value])
        if kind is dict:
            return {k: self.fill(v, stand_ins) for k, v in value.items()}
        return slice(*_bounds(value)) if kind is slice else value


def _bounds(at: slice) -> list[int | None]:
    return [b if b is None else int(b) for b in (at.start, at.stop, at.step)]


def has_places(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether an argument is an array of ints or bools."""
    leaves: list[Any] = flatten([args, kwargs])[0]
    arrays: list[Any] = [x for x in leaves if isinstance(x, (np.ndarray, *TYPES))]
    return any(x.dtype.kind in "biu" for x in arrays)


def way_to(refused: Any, tree: Any) -> list[Any] | None:
    """The indices and keys that lead to a list or tuple, that very object, inside nested ones."""
    stack: list[tuple[list[Any], Any]] = [([], tree)]
    while stack:
        way, part = stack.pop()
        if type(part) in _NESTED:
            if part is refused:
                return way
            places = part.items() if type(part) is dict else enumerate(part)
            stack += [([*way, at], x) for at, x in places]
    return None


def packed_at(tree: Any, way: list[Any]) -> Any:
    """Nested lists, tuples and dicts with the list at the end of that way as one tensor."""
    passed = [tree]
    for at in way:
        passed.append(passed[-1][at])
    made: Any = packed(passed.pop())
    for at, part in zip(reversed(way), reversed(passed), strict=True):
        changed = dict(part) if type(part) is dict else list(part)
        changed[at] = made
        made = type(part)(changed)
    return made
