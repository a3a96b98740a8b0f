"""Ordinary Python functions of arrays: traced for the shapes of their arguments, compiled, run.

A call runs the Python code once with variables in place of the arguments; the graph that results
is compiled and kept for all calls with arguments of that structure, shape and kind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import update_wrapper
from inspect import Parameter, Signature, signature
from operator import attrgetter
from threading import local
from types import MethodType
from typing import Any, NamedTuple, overload

import numpy as np

from ..backend.compile import Compiled, compile
from ..backend.inputs import require
from ..dispatch import TYPES, applier
from ..domain import REAL
from ..errors import ConversionError, TruthError
from ..expr import Expr, Kind, Shape, as_expr
from ..leaves import Var, var
from ..structure import Rebuild, flatten
from ..walk import postorder, rebuild
from .arguments import Arguments
from .cache import Cache, CacheInfo

_ANY = Signature([Parameter("args", Parameter.VAR_POSITIONAL)])  # of callables that tell none
_live = local()  # .depth: how many functions this thread traces


class Trace(NamedTuple):
    """A traced function: its result as expressions, over ``inputs``, one per leaf of arguments."""

    result: Any
    inputs: list[Expr]


def fresh(name: str, shape: Shape, kind: Kind) -> Expr:
    """A variable that nobody holds: not the user, not a function being traced, not a leak."""
    tag = 1
    while True:
        entry = Var.table.get(((), (name, shape, kind, REAL, tag)))
        if (entry is None or entry() is None) and name != f"u{tag}":  # a symbol of the calculus
            return var(name, shape, kind, tag=tag)
        tag += 1


class Function:
    """A Python function that is traced; made by :func:`function`."""

    python: Callable[..., Any]
    real = False  # whether results are real numbers even where integers would do

    def __init__(
        self, python: Callable[..., Any], static: str | Iterable[str] = (), maxsize: int = 128
    ) -> None:
        update_wrapper(self, python, updated=())
        self.__name__: str = getattr(python, "__name__", None) or repr(python)
        self.python, self.maxsize = python, maxsize
        try:
            self.__signature__ = signature(python)
        except ValueError:
            self.__signature__ = _ANY
        self.static = frozenset((static,) if isinstance(static, str) else static)
        self.arguments = Arguments(self.__name__, self.__signature__, self.static)
        self._cache: Cache[_Entry] = Cache(maxsize)
        self.generation = 0  # how often traces were forgotten

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        apply = applier(args, kwargs) if TYPES else None
        if apply is not None:
            return apply(self, args, kwargs)
        values = self.arguments.values(args, kwargs)
        key, leaves, symbolic = self.arguments.read(values)
        entry = None if symbolic else self._entry(key, values)
        return self._inlined(values) if entry is None else entry.run(leaves)

    def trace(self, *args: Any, **kwargs: Any) -> Trace:
        """The result for such arguments as expressions, and the variables that stand for them."""
        entry = self._closed(args, kwargs)
        return Trace(entry.result, list(entry.inputs))

    def compiled(self, *args: Any, **kwargs: Any) -> Compiled:
        """The compiled function that serves such arguments; it takes batches of them too."""
        return self._closed(args, kwargs).compiled

    def cache_info(self) -> CacheInfo:
        """Hits, misses and sizes, as of ``functools.lru_cache``."""
        return self._cache.info()

    def cache_clear(self) -> None:
        """Forget every trace, for example after a change of what the function closes over."""
        self._cache.clear()
        self.generation += 1

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<traced function {self.__name__}{self.__signature__}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        module, name = getattr(self, "__module__", ""), getattr(self, "__qualname__", "")
        try:
            if attrgetter(name)(sys.modules[module]) is self:
                return name
        except (AttributeError, KeyError):
            pass
        return Function, (self.python, tuple(sorted(self.static)), self.maxsize)

    def _inlined(self, values: tuple[Any, ...]) -> Any:
        """The result on expressions, in the graph of the caller."""
        return self.run(self.arguments.filled(values, lambda parameter, name, leaf: as_expr(leaf)))

    def run(self, values: list[Any]) -> Any:
        """The Python function on values of all parameters."""
        try:
            return self.arguments.call(self.python, values)
        except (TruthError, ConversionError) as error:
            if not hasattr(error, "__notes__"):
                error.add_note(
                    f"{self.__name__} is traced: its arguments are expressions while its code "
                    "runs. Choose with sd.where; or declare an argument that Python must see, "
                    "such as a number of steps: @sd.function(static=(name,))"
                )
            raise

    def _closed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Entry:
        values = self.arguments.values(args, kwargs)
        entry = self._entry(self.arguments.read(values)[0], values, alone=True)
        assert entry is not None
        return entry

    def _entry(self, key: Any, values: tuple[Any, ...], alone: bool = False) -> _Entry | None:
        """The trace for that key; None for one that needs the values of a function around it."""
        entry = self._cache.find(key)
        if entry is None:
            made = self._traced(values, alone)
            entry = None if made is None else self._cache.keep(key, made)
        return entry

    def _traced(self, values: tuple[Any, ...], alone: bool) -> _Entry | None:
        symbols: dict[str, Expr] = {}

        def symbol(parameter: str, name: str, leaf: Any) -> Expr:
            kind = self.arguments.kind(parameter, leaf)
            while name in symbols:
                name += "_"
            return symbols.setdefault(name, fresh(name, getattr(leaf, "shape", ()), kind))

        _live.depth = getattr(_live, "depth", 0) + 1
        try:
            result = self.run(self.arguments.filled(values, symbol))
        finally:
            _live.depth -= 1
        leaves, restore = flatten(result)
        outputs = [leaf for leaf in leaves if isinstance(leaf, Expr)]
        own = set(symbols.values())
        free = [node for node in postorder(outputs) if node.op is Var and node not in own]
        if free and _live.depth and not alone:
            return None
        require(free)
        plain = {s: var(s.name, s.shape, s.kind) for s in symbols.values()}
        images = rebuild(outputs, given=plain)
        leaves = [images[x] if isinstance(x, Expr) else x for x in leaves]
        return _Entry(leaves, restore, list(plain.values()), self.real)


class _Entry:
    """A trace and, from its first use on, its compiled form."""

    def __init__(self, leaves: list[Any], restore: Rebuild, inputs: list[Expr], real: bool) -> None:
        self.result, self.inputs = restore(leaves), inputs
        self.others = [(i, x) for i, x in enumerate(leaves) if not isinstance(x, Expr)]
        outputs = [x if isinstance(x, Expr) else None for x in leaves]
        if real:
            outputs = [x if x is None or x.kind == "real" else x * 1.0 for x in outputs]
        self._outputs = restore(outputs)
        self._constant = len(self.others) == len(leaves)
        self._compiled: Compiled | None = None

    @property
    def compiled(self) -> Compiled:
        if self._compiled is None:
            self._compiled = compile(self._outputs, self.inputs)
        return self._compiled

    def run(self, leaves: list[Any]) -> Any:
        found = self._outputs if self._constant else self.compiled(*leaves)
        if not self.others:
            return found
        values, restore = flatten(found)
        values = list(values)
        for i, other in self.others:  # what the function returns that is no expression
            values[i] = other.copy() if isinstance(other, np.ndarray) else other
        return restore(values)


@overload
def function(
    python: Callable[..., Any], /, *, static: str | Iterable[str] = (), maxsize: int = 128
) -> Function: ...


@overload
def function(
    *, static: str | Iterable[str] = (), maxsize: int = 128
) -> Callable[[Callable[..., Any]], Function]: ...


def function(
    python: Callable[..., Any] | None = None,
    /,
    *,
    static: str | Iterable[str] = (),
    maxsize: int = 128,
) -> Function | Callable[[Callable[..., Any]], Function]:
    """A decorator: an ordinary Python function of arrays and numbers, traced, compiled and run.

    Arguments are arrays, numbers, and lists, tuples and dicts of them.  The code runs once for
    each structure, shape and kind (real, int, bool) of its arguments, with expressions in their
    place: loops and branches on shapes and on plain Python values work, ``if x > 0`` on an
    argument raises TruthError.  The last ``maxsize`` traces are kept.

    Strings, None, bools, functions and other objects are *static*: the code sees them as they
    are, and each value has its own trace; name further arguments in ``static``.  Defaults that a
    call leaves alone, and what the code takes from elsewhere (globals, closures, attributes of
    ``self``), are constants of the trace.

    Called with expressions, the function puts its graph into that of the caller.  Its methods
    ``trace``, ``compiled``, ``cache_info`` and ``cache_clear`` show and manage what is kept;
    ``sd.grad(f)``, ``sd.jacobian(f)``, ``sd.hessian(f)`` and so on are functions of the same
    arguments.

    Shapes: each call is traced for its own shapes; ``f.compiled(*args)`` takes any leading batch
    axes before them.
    Raises: ArityError, KindError; TruthError and ConversionError where Python needs a value;
    LeakedVariable for a traced value that was kept from another call.

    >>> import numpy as np, symdiff as sd
    >>> @sd.function
    ... def loss(w, X, y, power=2):
    ...     return sd.mean(abs(X @ w - y) ** power)
    >>> X, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 2.0])
    >>> float(loss(np.zeros(2), X, y))
    2.5
    >>> sd.grad(loss)(np.zeros(2), X, y)
    array([ -7., -10.])
    """
    if python is None:
        return lambda python: Function(python, static, maxsize)
    return Function(python, static, maxsize)
