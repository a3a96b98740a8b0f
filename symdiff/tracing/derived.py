"""The verbs of differentiation on Python functions: ``grad(f)`` is a function like ``f``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from inspect import Parameter, signature
from types import MethodType
from typing import Any

from ..errors import ArgumentError, ArityError, ConversionError, KindError
from ..expr import Expr
from ..messages import short
from ..structure import fill, flatten
from ..walk import rebuild
from .arguments import Arguments
from .function import Function, fresh

Verb = Callable[..., Any]
_DIRECTIONS = ("tangents", "cotangents")  # what verbs take besides, as their third parameter


def derived(
    verb: Verb, f: Callable[..., Any], wrt: Any = 0, *rest: Any, argnums: Any = None, **options: Any
) -> Function:
    """The function that ``verb`` makes of ``f``; ``argnums`` and ``wrt`` are the same."""
    return Derivative(verb, as_function(f), wrt if argnums is None else argnums, rest, options)


def as_function(f: Callable[..., Any]) -> Function:
    """``f`` as a function that is traced, with what it was declared to be if it is a method."""
    if isinstance(f, Function):
        return f
    bound = isinstance(f, MethodType) and isinstance(f.__func__, Function)
    return Function(f, f.__func__.static if bound else ())  # type: ignore[attr-defined]


class Derivative(Function):
    """A verb applied to a function.

    It takes the arguments of the function; tangents or cotangents, where the verb needs them,
    are its last argument by position.
    """

    real = True

    def __init__(
        self, verb: Verb, f: Function, argnums: Any, rest: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        super().__init__(f.python, f.static, f.maxsize)
        self.verb, self.f, self.argnums, self.rest, self.options = verb, f, argnums, rest, options
        self.__name__ = f"{verb.__name__}({f.__name__})"
        self.__doc__ = f"``{verb.__name__}`` of ``{f.__name__}`` by argument {argnums!r}."
        listed = argnums if isinstance(argnums, tuple) else (argnums,)
        self._wrt = [self._place(which) for which in listed]
        if len(set(self._wrt)) < len(listed):
            raise ArgumentError(
                f"{self.__name__}: argnums={short(argnums)} names an argument twice"
            )
        found = [name for name in signature(verb).parameters if name in _DIRECTIONS]
        wrt = f.arguments.wrt | {name for name, _ in self._wrt}
        self.arguments = Arguments(
            self.__name__, self.__signature__, self.static, wrt, found[0] if found else ""
        )

    def _place(self, which: Any) -> tuple[str, int | None]:
        """The parameter of an argument and, for one of ``*args``, its place there."""
        if isinstance(which, Expr):
            raise KindError(
                f"{self.__name__}: f is a function, so say by the name or position of which "
                "argument; or give an expression: f(x) in place of f"
            )
        parameters = self.f.__signature__.parameters
        fixed = [n for n, p in parameters.items() if p.kind <= Parameter.POSITIONAL_OR_KEYWORD]
        many = [n for n, p in parameters.items() if p.kind is Parameter.VAR_POSITIONAL]
        if isinstance(which, int) and 0 <= which < len(fixed):
            which = fixed[which]
        if isinstance(which, int) and which >= 0 and many:
            return many[0], which - len(fixed)
        if which not in parameters:
            raise ArgumentError(
                f"{self.__name__}: no argument {short(which)} in {self.f.__signature__}"
            )
        if which in self.static:
            raise KindError(f"{self.__name__}: the argument {short(which)} is static")
        return which, None

    def run(self, values: list[Any]) -> Any:
        """The derivative in the graph of ``values``, taken by symbols that stand for nothing else.

        Whatever else the function sees, closures too, stays constant.
        """
        count = 1 if self.arguments.direction else 0
        direction, values = values[:count], values[count:]
        symbols: dict[Expr, Expr] = {}
        opened = [self._opened(values, *place, symbols) for place in self._wrt]
        wrt = tuple(opened) if isinstance(self.argnums, tuple) else opened[0]
        found = self.verb(self.f.run(values), wrt, *direction, *self.rest, **self.options)
        leaves, restore = flatten(found)
        other = next((x for x in leaves if x is not None and not isinstance(x, Expr)), None)
        if other is not None:
            raise ConversionError(
                f"{self.__name__}: a {type(other).__name__} is no expression that can be traced; "
                "take it of an expression: result, inputs = f.trace(...)"
            )
        images = rebuild([x for x in leaves if isinstance(x, Expr)], given=symbols)
        return restore([images[x] if isinstance(x, Expr) else x for x in leaves])

    def _opened(
        self, values: list[Any], name: str, place: int | None, symbols: dict[Expr, Expr]
    ) -> Any:
        """Symbols for an argument, put into ``values``; ``symbols`` tells what they stand for."""
        i = self.f.arguments.names.index(name)
        if place is not None and place >= len(values[i]):
            raise ArityError(self.__name__, f"{place + 1} or more in *{name}", len(values[i]))

        def symbol(path: str, leaf: Any) -> Expr:
            if not isinstance(leaf, Expr) or leaf.kind == "bool":
                raise KindError(
                    f"{self.__name__}: {short(path)} is {short(leaf)}, no number or real array"
                )
            new = fresh(path, leaf.shape, "real")
            symbols[new] = leaf
            return new

        if place is None:
            values[i] = opened = fill(values[i], name, symbol)
        else:
            opened = fill(values[i][place], f"{name}_{place}", symbol)
            values[i] = (*values[i][:place], opened, *values[i][place + 1 :])
        return opened

    def __reduce__(self) -> tuple[Any, ...]:
        public = getattr(sys.modules[self.verb.__module__], self.verb.__name__)
        return partial(public, self.f, self.argnums, *self.rest, **self.options), ()
