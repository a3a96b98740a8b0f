"""Operations made at run time from a NumPy function and its partial derivatives."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..domain import Interval
from ..errors import ArgumentError, PickleError
from ..expr import OPS, ExprLike, Op
from ..messages import short
from ..rule import NonDiff, Partials

PRIMITIVES: dict[str, Op] = {}  # the newest of each name, for text that is parsed


class Primitive(Op):
    """A row of the user; it pickles by the module and name of its variable."""

    __slots__ = ("module",)

    module: str

    def __reduce__(self) -> tuple[Any, ...]:
        if getattr(sys.modules.get(self.module), self.name, None) is not self:
            raise PickleError(
                f"the primitive {short(self.name)} is not found as {self.module}.{self.name}; "
                f"assign it there: {self.name} = sd.primitive({short(self.name)}, ...)"
            )
        return _find, (self.module, self.name)


def _find(module: str, name: str) -> Op:
    import importlib

    found = getattr(importlib.import_module(module), name)
    if not isinstance(found, Op):
        raise PickleError(f"{module}.{name} is not a primitive")
    return found


def primitive(
    name: str,
    function: Callable[..., Any],
    *partials: Callable[..., ExprLike],
    arity: int | None = None,
    domain: Interval | tuple[Interval, ...] | None = None,
    **fields: Any,
) -> Op:
    """A new elementwise operation that behaves like any other.

    ``function`` computes on NumPy arrays; ``partials`` are its local derivatives, one function of
    ``(*args, out)`` per argument, made of expressions.  Without partials the operation has no
    derivative.  Further fields are those of a row: ``latex``, ``mpmath``, ``range``, ``facts``.

    Raises: ValueError if the arity is not known or does not fit the partials.

    >>> import numpy as np, symdiff as sd
    >>> gauss = sd.primitive("gauss", lambda x: np.exp(-x * x), lambda x, out: -2 * x * out)
    >>> print(sd.grad(gauss(sd.Var("x")), sd.Var("x")))
    -2*x*gauss(x)
    """
    count = arity if arity is not None else len(partials)
    if not name.isidentifier():
        raise ArgumentError(f"the name of a primitive is an identifier, got {short(name)}")
    if not count or (partials and len(partials) != count):
        raise ArgumentError(f"{name}: give one partial per argument, or arity= and no partials")
    rule = Partials(*partials) if partials else NonDiff("it was made without partials", zero=False)
    if isinstance(domain, Interval):
        domain = (domain,)
    if domain is not None:
        fields["domain"] = domain
    if name in OPS:
        raise ArgumentError(f"there is an operation named {short(name)} already")
    op = Primitive(name, arity=count, rule=rule, numpy=function, **fields)
    op.module = sys._getframe(1).f_globals.get("__name__", "__main__")
    PRIMITIVES[name] = op
    return op
