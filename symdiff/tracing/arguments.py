"""The arguments of traced functions: bound to parameters, read into leaves and a key for the cache.

Leaves that are arrays or numbers are traced; strings, None, bools, functions and other objects are
static, and so are arguments declared to be.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from inspect import BoundArguments, Parameter, Signature
from numbers import Number
from typing import Any

import numpy as np

from ..errors import ArgumentError, ArityError, KindError
from ..expr import Expr, Kind
from ..messages import short
from ..structure import fill, outline

_KINDS: dict[str, Kind] = {"f": "real", "c": "real", "i": "int", "u": "int", "b": "bool"}
_FLOAT = ("real", ())
_FLOAT64 = np.dtype(np.float64)
_EMPTY = Parameter.empty  # stands for an argument that was left to its default

Visit = Callable[[str, str, Any], Any]


def is_traced(value: Any) -> bool:
    """Whether a leaf of the arguments becomes a variable: arrays and numbers, but no bool."""
    if isinstance(value, (bool, np.bool_)):
        return False
    return isinstance(value, (Expr, np.ndarray, Number))


class Arguments:
    """The parameters of a function and how values are read for them.

    ``wrt`` names those by which a derivative is taken: integers count as real there, and defaults
    are traced.  ``direction`` names one more parameter, given last and read first.
    """

    def __init__(
        self,
        title: str,
        signature: Signature,
        static: frozenset[str],
        wrt: frozenset[str] = frozenset(),
        direction: str = "",
    ) -> None:
        self.title, self.signature, self.static, self.wrt = title, signature, static, wrt
        own = signature.parameters
        while direction in own:
            direction += "_"
        self.direction = direction
        self.names = (*((direction,) if direction else ()), *own)
        unknown = sorted(static - set(own))
        if unknown:
            raise ArgumentError(
                f"{title} has no argument {short(unknown[0])}, it has: {', '.join(own)}"
            )
        simple = all(p.kind <= Parameter.POSITIONAL_OR_KEYWORD for p in own.values())
        packed: dict[Any, Any] = {Parameter.VAR_POSITIONAL: (), Parameter.VAR_KEYWORD: {}}
        self._absent = {
            p.name: packed.get(p.kind, p.default if p.name in wrt else _EMPTY) for p in own.values()
        }
        self._count = len(own) if simple and not direction else -1

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The values of all parameters, in their order; ``empty`` where a default holds.

        Raises: ArityError.
        """
        if not kwargs and len(args) == self._count:
            return args
        if self.direction and not args:
            raise ArityError(
                self.title, f"the arguments {self.signature}, then {self.direction}", 0
            )
        first = args[-1:] if self.direction else ()
        own = args[: len(args) - len(first)]
        try:
            bound = self.signature.bind(*own, **kwargs)
        except TypeError as error:
            expected = f"the arguments {self.signature} ({error})"
            raise ArityError(self.title, expected, len(args) + len(kwargs)) from None
        return (*first, *[bound.arguments.get(n, absent) for n, absent in self._absent.items()])

    def call(self, python: Callable[..., Any], values: list[Any]) -> Any:
        """``python`` on the values of its parameters."""
        given = zip(self.signature.parameters, values, strict=True)
        held = OrderedDict([(name, value) for name, value in given if value is not _EMPTY])
        bound = BoundArguments(self.signature, held)
        return python(*bound.args, **bound.kwargs)

    def read(self, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Any], bool]:
        """What the cache must know, the traced leaves, and whether expressions are among them.

        Raises: KindError for a value that is neither a number nor an array nor can be hashed.
        """
        leaves: list[Any] = []
        key: list[Any] = []
        symbolic = False
        for name, value in zip(self.names, values, strict=True):
            cls = type(value)
            if name in self.static:
                key.append(self._held(name, value))
            elif cls is float:
                key.append(_FLOAT)
                leaves.append(value)
            elif cls is np.ndarray and value.dtype is _FLOAT64:
                key.append(("real", value.shape))
                leaves.append(value)
            else:
                first = len(leaves)
                key.append(outline(value, partial(self._leaf, name, leaves)))
                symbolic = symbolic or any(isinstance(leaf, Expr) for leaf in leaves[first:])
        return tuple(key), leaves, symbolic

    def _leaf(self, name: str, leaves: list[Any], value: Any) -> Any:
        """What the cache must know of a leaf; one that is traced is appended to ``leaves``."""
        if not is_traced(value):
            return self._held(name, value)
        leaves.append(value)
        return self.kind(name, value), getattr(value, "shape", ())

    def _held(self, name: str, value: Any) -> Any:
        try:
            hash(value)
        except TypeError:
            raise KindError(
                f"{self.title}: {type(value).__name__} for {short(name)} is no array, no number "
                "and no nesting of them in lists, tuples and dicts, and cannot be hashed"
            ) from None
        return "static", type(value), value

    def kind(self, name: str, leaf: Any) -> Kind:
        """The kind of the variable for a leaf of the argument ``name``."""
        if isinstance(leaf, Expr):
            kind = leaf.kind
        elif type(leaf) is int:
            kind = "int"
        else:
            dtype = getattr(leaf, "dtype", None)
            letter = "f" if dtype is None else dtype.kind
            if letter not in _KINDS:
                raise KindError(
                    f"{self.title}: {short(name)} has dtype {dtype}; numbers are needed"
                )
            kind = _KINDS[letter]
        return "real" if name in self.wrt and kind == "int" else kind

    def filled(self, values: tuple[Any, ...], visit: Visit) -> list[Any]:
        """The values with ``visit(parameter, name of the leaf, leaf)`` for each traced leaf."""

        def one(parameter: str, value: Any) -> Any:
            if parameter in self.static:
                return value
            at = lambda name, leaf: visit(parameter, name, leaf) if is_traced(leaf) else leaf
            return fill(value, parameter, at)

        return [one(*pair) for pair in zip(self.names, values, strict=True)]
