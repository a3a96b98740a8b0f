"""What is minimised: an expression, its variables as parts of one vector, and its derivatives as
the functions of that vector which SciPy's methods want.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..api import grad, hessian, hvp, jacobian
from ..backend.compile import compile
from ..backend.inputs import require
from ..errors import ConversionError, KindError, NotScalar, ShapeError, UnknownVariable
from ..expr import Expr, as_expr
from ..leaves import Var, var
from ..ops.functions import reshape
from ..structure import Rebuild, flatten
from ..tracing.arguments import is_traced
from ..tracing.derived import as_function
from ..walk import postorder, rebuild

Array = Any
Run = Callable[..., Any]


class Space:
    """The variables that are sought, as parts of one vector, and the values of all others."""

    def __init__(
        self, wrt: Sequence[Expr], values: Sequence[Any], restore: Rebuild, data: Mapping[Expr, Any]
    ) -> None:
        self.wrt, self.restore, self.data = list(wrt), restore, dict(data)
        self.start = joined([np.asarray(v, dtype=float) for v in values])
        ends = np.cumsum([v.size for v in self.wrt]).tolist()
        self.parts = [slice(end - v.size, end) for end, v in zip(ends, self.wrt, strict=True)]
        self._numbers = not any(v.shape for v in (*self.wrt, *self.data))
        self._fixed = [self._typed(v, value) for v, value in self.data.items()]

    @property
    def size(self) -> int:
        return len(self.start)

    @property
    def whole(self) -> Expr | None:
        """The variable that alone is sought."""
        return self.wrt[0] if len(self.wrt) == 1 else None

    def _typed(self, v: Expr, value: Any) -> Any:
        if self._numbers or v.kind != "real":
            return value
        return np.asarray(value, dtype=float)

    def split(self, z: Array) -> list[Any]:
        """The values of the variables in a vector: numbers where there are no arrays at all."""
        if self._numbers:
            return [float(x) for x in z]
        pairs = zip(self.parts, self.wrt, strict=True)
        return [z[part].reshape(v.shape) for part, v in pairs]

    def compile(self, outputs: Any, *first: Expr) -> Run:
        """A function of a point, and before it of values for the variables ``first``."""
        run = compile(outputs, [*first, *self.wrt, *self.data])
        return lambda z, *values: run(*values, *self.split(z), *self._fixed)

    def products(self, outputs: Any, directions: Sequence[Expr], *first: Expr) -> Run:
        """The same, and before all of a vector that is split into ``directions``."""
        run = self.compile(outputs, *directions, *first)
        return lambda z, p, *values: run(z, *self.split(p), *values)

    def _in_one(self, f: Expr) -> tuple[Expr, Expr]:
        """``f`` by one vector in place of all that is sought, and that vector."""
        if self.whole is not None:
            return f, self.whole
        z = var("z", (self.size,), tag=0)
        pairs = zip(self.wrt, self.parts, strict=True)
        return rebuild([f], given={v: reshape(z[part], v.shape) for v, part in pairs})[f], z

    def hessian(self, f: Expr, *first: Expr) -> Run:
        """The structured Hessian of ``f`` at a point, for values of the variables ``first``."""
        f, z = self._in_one(f)
        run = hessian(f, z, structured=True).compile([z, *first, *self.data])
        return lambda at, *values: run(at.reshape(z.shape), *values, *self._fixed)

    def jacobian(self, c: Expr) -> tuple[bool, Run]:
        """Whether the Jacobian of an array is sparse, and the matrix at a point."""
        c, z = self._in_one(c)
        made = jacobian(c, z, structured=True)
        run = made.compile([z, *self.data])
        return made.kind == "sparse", lambda at: run(at.reshape(z.shape), *self._fixed)

    def directions(self) -> list[Expr]:
        """A variable in the shape of each that is sought."""
        return [var("p", v.shape, tag=i + 1) for i, v in enumerate(self.wrt)]

    def restored(self, z: Array) -> Any:
        """A vector in the structure of the start: numbers and arrays of their own."""
        found = [z[part].reshape(v.shape) for part, v in zip(self.parts, self.wrt, strict=True)]
        return self.restore([x.copy() if x.ndim else float(x) for x in found])

    def check(self, f: Expr) -> Expr:
        """``f``, once all its variables have values.

        Raises: MissingVariable, LeakedVariable.
        """
        known = {*self.wrt, *self.data}
        require([v for v in postorder([f]) if v.op is Var and v not in known])
        return f


class Problem:
    """A scalar ``f`` over a space, with what methods ask for, compiled when it is asked for."""

    def __init__(self, f: Expr, space: Space, constraint: Callable[[Any], Any]) -> None:
        if f.shape:
            raise NotScalar("minimize", f.shape)
        self.f, self.space, self.constraint = space.check(f), space, constraint
        self.calls = 0

    @cached_property
    def gradient(self) -> list[Expr]:
        """The gradient by each variable."""
        found: list[Expr] = grad(self.f, self.space.wrt)
        return found

    @cached_property
    def value(self) -> Callable[[Array], float]:
        run = self.space.compile(self.f)

        def alone(z: Array) -> float:
            self.calls += 1
            return float(run(z))

        return alone

    @cached_property
    def value_and_grad(self) -> Callable[[Array], tuple[float, Array]]:
        run = self.space.compile([self.f, self.gradient])

        def both(z: Array) -> tuple[float, Array]:
            self.calls += 1
            value, slopes = run(z)
            return float(value), joined(slopes)

        return both

    @cached_property
    def hessp(self) -> Callable[[Array, Array], Array]:
        """The Hessian at a point times a vector."""
        directions = self.space.directions()
        run = self.space.products(hvp(self.f, self.space.wrt, directions), directions)
        return lambda z, p: joined(run(z, p))

    @cached_property
    def hess(self) -> Callable[[Array], Array]:
        """All entries of the Hessian."""
        if self.space.whole is not None:
            at = self.space.hessian(self.f)
            return lambda z: at(z).dense().reshape(len(z), len(z))
        sizes = [v.size for v in self.space.wrt]
        run = self.space.compile(hessian(self.f, self.space.wrt, blocks=True))

        def assembled(z: Array) -> Array:
            rows = zip(run(z), sizes, strict=True)
            pairs = [[(b, n, m) for b, m in zip(row, sizes, strict=True)] for row, n in rows]
            return np.block([[np.reshape(b, (n, m)) for b, n, m in row] for row in pairs])

        return assembled

    @cached_property
    def operator(self) -> Callable[[Array], Any]:
        """The Hessian as a sparse matrix, or as what multiplies with it."""
        at = self.space.hessian(self.f)
        return lambda z: multiplied(at(z))


def multiplied(hessian: Any) -> Any:
    """A Hessian at a point as a sparse matrix, or as what multiplies with it where it is dense."""
    try:
        return hessian.tosparse()
    except ConversionError:
        return hessian.aslinearoperator()


def joined(parts: Sequence[Any]) -> Array:
    """The parts one after the other in one vector."""
    if len(parts) == 1:
        return np.ravel(np.asarray(parts[0], dtype=float))
    return np.concatenate([np.ravel(part) for part in parts]).astype(float, copy=False)


def read(f: Any, start: Any, args: Any) -> Problem:
    """The problem that a function of ``start`` and ``args``, or an expression, poses.

    Raises: NotScalar, KindError, MissingVariable, UnknownVariable, ShapeError.
    """
    if isinstance(f, Expr):
        return _of_expression(f, start, {} if args is None else args)
    if not callable(f):
        raise KindError(
            f"minimize: f is a function or an expression, got {type(f).__name__}; "
            "put the computation into a function of what is sought"
        )
    return _of_function(f, start, () if args is None else tuple(args))


def _of_function(python: Callable[..., Any], start: Any, args: tuple[Any, ...]) -> Problem:
    leaves, restore = flatten(start)
    odd = next((leaf for leaf in leaves if not is_traced(leaf) or isinstance(leaf, Expr)), None)
    if odd is not None:
        raise KindError(f"minimize: start holds numbers and arrays, got {type(odd).__name__}")
    floats = [np.asarray(leaf, dtype=float) for leaf in leaves]
    point = restore([x if x.ndim else float(x) for x in floats])
    result, inputs = as_function(python).trace(point, *args)
    data = [leaf for leaf in flatten(args)[0] if is_traced(leaf)]
    count = len(leaves)
    space = Space(inputs[:count], floats, restore, dict(zip(inputs[count:], data, strict=True)))

    def constraint(other: Any) -> Any:
        """What a function of the same arguments returns, in the same variables."""
        found, own = as_function(other).trace(point, *args)
        outputs, rebuilt = flatten(found)
        images = rebuild(
            [x for x in outputs if isinstance(x, Expr)], given=dict(zip(own, inputs, strict=True))
        )
        return rebuilt([images[x] if isinstance(x, Expr) else x for x in outputs])

    return Problem(as_expr(result), space, constraint)


def _of_expression(f: Expr, start: Mapping[Any, Any], args: Mapping[Any, Any]) -> Problem:
    for given in (start, args):
        if not isinstance(given, Mapping):
            raise KindError(
                "minimize: for an expression, start and args are dicts {variable: value}, "
                f"got {type(given).__name__}"
            )
    named = {v.name: v for v in postorder([f]) if v.op is Var}
    wrt = [_variable(key, named) for key in start]
    data = {_variable(key, named): value for key, value in args.items()}
    for v, value in [*zip(wrt, start.values(), strict=True), *data.items()]:
        if np.shape(value) != v.shape:
            raise ShapeError(
                "minimize", (np.shape(value), v.shape), f"the value of {v.name} has its shape"
            )
    keys = list(start)
    restore: Rebuild = lambda values: dict(zip(keys, values, strict=True))
    return Problem(f, Space(wrt, list(start.values()), restore, data), lambda other: other)


def _variable(key: Any, named: Mapping[str, Expr]) -> Expr:
    if isinstance(key, Expr) and key.op is Var:
        return key
    if key not in named:
        raise UnknownVariable(key if isinstance(key, str) else repr(key), tuple(named))
    return named[key]
