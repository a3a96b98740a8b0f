"""A compiled function as a generalised ufunc, for Dask, xarray and whatever else takes one."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import accumulate
from math import prod
from operator import attrgetter
from typing import Any

import numpy as np

from ..errors import ArityError, KindError, ShapeError
from ..expr import Shape, as_expr
from ..structure import flatten

Array = np.ndarray[Any, Any]


class Gufunc:
    """A compiled function of arrays of points: what ``F.gufunc`` gives.

    ``signature`` holds the shapes of the arguments and of the results at one point, as NumPy
    writes them; the axes before them are broadcast.  There are ``nin`` arguments and ``nout``
    results, which come as a flat tuple of arrays, a single one by itself.  It pickles by its graph.

    Arrays of Dask give arrays of Dask: nothing is computed before they are.

    >>> import symdiff as sd
    >>> x, u = sd.Var("x"), sd.Var("u", (3,))
    >>> f = x * sd.sum(u**2)
    >>> G = sd.compile([f, sd.grad(f, u), sd.hessian(f, u)], [x, u]).gufunc
    >>> G.signature, [a.shape for a in G(np.ones(5), np.ones((5, 3)))]
    ('(),(3)->(),(3),(3,3)', [(5,), (5, 3), (5, 3, 3)])
    >>> G.stacked.signature, G.stacked(np.ones(5), np.ones((5, 3))).shape
    ('(),(3)->(13)', (5, 13))
    """

    __slots__ = ("function", "in_one", "nin", "nout", "shapes", "signature")
    __name__ = "compiled"

    def __init__(self, function: Any, in_one: bool = False) -> None:
        self.function, self.in_one = function, in_one
        self.shapes = [as_expr(leaf).shape for leaf in _leaves(function.outputs)]
        results = [(sum(map(prod, self.shapes)),)] if in_one else self.shapes
        self.nin, self.nout = len(function.inputs), len(results)
        self.signature = f"{_listed([v.shape for v in function.inputs])}->{_listed(results)}"

    @property
    def stacked(self) -> Gufunc:
        """The same with one result: all of them, each in row-major order, along the last axis."""
        return Gufunc(self.function, in_one=True)

    @property
    def output_sizes(self) -> dict[str, int]:
        """The length of each axis of the results by its name in the signature, as Dask asks."""
        results = self.signature.partition("->")[2]
        return {name: int(name) for name in results.translate(_SPACES).split()}

    def split(self, stack: Any) -> Any:
        """The results in the structure of the outputs, as views of what ``stacked`` gives.

        Raises: ShapeError.
        """
        stops = list(accumulate(map(prod, self.shapes)))
        if stack.shape[-1:] != tuple(stops[-1:]):
            raise ShapeError("split", (stack.shape, (stops[-1],)), "the last axis has all results")
        lead = stack.shape[:-1]
        parts = iter([
            stack[..., stop - prod(shape) : stop].reshape(lead + shape)
            for stop, shape in zip(stops, self.shapes, strict=True)
        ])  # fmt: skip
        leaves, rebuild = flatten(self.function.outputs)
        return rebuild([None if leaf is None else next(parts) for leaf in leaves])

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The results; arrays of Dask also take the options of its ``apply_gufunc``.

        Raises: ArityError, ShapeError, KindError.
        """
        if len(args) != self.nin:
            raise ArityError("the generalised ufunc", f"{self.nin} arrays", len(args))
        if any(type(a).__module__.startswith("dask.") for a in args):
            return self._lazily(args, options)
        if options:
            raise KindError(f"options are for arrays of Dask alone, got {', '.join(options)}")
        return self._at_once(args)

    def _at_once(self, args: Sequence[Any]) -> Any:
        found = [np.asarray(value) for value in _leaves(self.function(*args))]
        if self.in_one:
            lead = found[0].shape[: found[0].ndim - len(self.shapes[0])]
            sizes = map(prod, self.shapes)
            return np.concatenate(
                [a.reshape(*lead, size) for a, size in zip(found, sizes, strict=True)], -1
            )
        return tuple(found) if self.nout > 1 else found[0]

    def _lazily(self, args: Sequence[Any], options: dict[str, Any]) -> Any:
        """The same on arrays of Dask; Python numbers follow the precision of the arrays."""
        dask: Any = import_module("dask.array")  # whose functions have no types
        real = np.result_type(*[a.dtype for a in args if hasattr(a, "dtype")])
        weak = real if real.kind == "f" else None
        held = [dask.asarray(a if hasattr(a, "dtype") else np.asarray(a, weak)) for a in args]
        for v, a in zip(self.function.inputs, held, strict=True):
            if a.shape[max(a.ndim - v.ndim, 0) :] != v.shape:
                raise ShapeError(v.name, (a.shape, v.shape), "axes of points go before its own")
        empty = zip(self.function.inputs, held, strict=True)
        meta = self._at_once([np.empty((0, *v.shape), a.dtype) for v, a in empty])
        choices = {"output_sizes": self.output_sizes, "meta": meta, **options}
        return dask.apply_gufunc(self, self.signature, *held, **choices)

    def __reduce__(self) -> tuple[Any, ...]:
        return attrgetter("gufunc.stacked" if self.in_one else "gufunc"), (self.function,)

    def __repr__(self) -> str:
        return f"<generalised ufunc {self.signature}>"


_SPACES = str.maketrans("(),", "   ")


def _leaves(tree: Any) -> list[Any]:
    return [leaf for leaf in flatten(tree)[0] if leaf is not None]


def _listed(shapes: Sequence[Shape]) -> str:
    return ",".join(["(" + ",".join(map(str, shape)) + ")" for shape in shapes])
