"""Sparse Jacobians and Hessians as SciPy's arrays, for solvers that take matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..backend.compile import compile
from ..backend.inputs import by_variable
from ..calculus.derivatives import jacobian
from ..errors import ArgumentError, KindError, ShapeError
from ..expr import Expr
from ..leaves import Var
from ..messages import short
from ..ops.creation import asarray
from ..ops.structural import zeros
from ..targets import cut_of, finish
from ..walk import postorder
from .assembly import Assembly, Placed, with_data, with_pattern
from .inner import identity, jacobian_entries

Array = Any
FORMATS = ("csr", "csc", "coo")


class StructuredJacobian:
    """The Jacobian of ``F`` by ``wrt``, with the entries that are not zero by structure.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (4,))
    >>> J = sd.jacobian(x[1:] - x[:-1] ** 2, x, structured=True)
    >>> print(J)
    sparse, 6 of 12 entries: -2*x[:-1]
    >>> J(x=[1, 2, 3, 4]).toarray().astype(int).tolist()
    [[-2, 1, 0, 0], [0, -4, 1, 0], [0, 0, -6, 1]]
    """

    def __init__(self, F: Expr, wrt: Expr) -> None:
        self.F, self.wrt = F, wrt

    @cached_property
    def entries(self) -> Assembly:
        """The way to the entries, row by row."""
        return self._entries(turned=False)

    def _entries(self, turned: bool) -> Assembly:
        """The way to the entries, to those of the transpose if ``turned``."""
        found = jacobian_entries(self.F, self.wrt, turned)
        if found is not None:
            return found
        cut = cut_of([self.F], [self.wrt])
        ((cell,),) = jacobian(cut.outputs, cut.symbols, None, cut.inner)
        (value,) = finish(
            [zeros(self.F.shape + self.wrt.shape) if cell is None else cell], cut.back, True
        )
        assert value is not None
        return all_entries(value, *self.shape, turned)

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix, (F.size, wrt.size)."""
        return self.F.size, self.wrt.size

    @property
    def kind(self) -> str:
        return "sparse" if self.entries.is_sparse else "dense"

    @cached_property
    def variables(self) -> tuple[Expr, ...]:
        """The variables of ``F``."""
        return tuple([x for x in postorder([self.F, self.wrt]) if x.op is Var])

    def compile(
        self, inputs: Expr | Sequence[Expr] | None = None, format: str = "csr"
    ) -> CompiledMatrix:
        """A function of numbers that returns the matrix as an array of SciPy.

        ``format`` is "csr", "csc" or "coo".
        """
        given = self.variables if inputs is None else inputs
        listed = (given,) if isinstance(given, Expr) else tuple(given)
        entries = self._entries(turned=True) if format == "csc" else self.entries
        return CompiledMatrix(entries, listed, format)

    def evaluate(self, values: Mapping[Any, Any] | None = None, /, **named: Any) -> Any:
        """The matrix at the point that gives each variable its value, by node or by name.

        Raises: MissingVariable, UnknownVariable.
        """
        return self._compiled(*by_variable(self.variables, values, named))

    def __call__(self, **values: Any) -> Any:
        return self.evaluate(values)

    @cached_property
    def _compiled(self) -> CompiledMatrix:
        return self.compile()

    def __str__(self) -> str:
        texts = ", ".join(map(str, self.entries.arrays)) or "constants"
        return (
            f"{self.kind}, {self.entries.count} of {self.F.size * self.wrt.size} entries: {texts}"
        )

    def __repr__(self) -> str:
        return f"<Jacobian by {self.wrt!r}, {self.shape[0]} x {self.shape[1]}, {self.kind}>"


class CompiledMatrix:
    """A function of numbers that returns a sparse matrix with the same pattern at every point."""

    def __init__(self, entries: Assembly, inputs: tuple[Expr, ...], format: str) -> None:
        if format not in FORMATS:
            raise ArgumentError(f"format is one of {', '.join(FORMATS)}, got {short(format)}")
        self.entries, self.inputs, self.format = entries, inputs, format
        self._values = Values(entries.arrays, inputs)

    @property
    def shape(self) -> tuple[int, int]:
        down, across = self.entries.shape
        return (across, down) if self.format == "csc" else (down, across)

    @property
    def nnz(self) -> int:
        """The number of entries, which ``out`` must have."""
        return self.entries.count

    @cached_property
    def pattern(self) -> tuple[Array, Array]:
        """``indices`` and ``indptr`` of CSR and CSC, rows and columns of COO."""
        found = self.entries
        if self.format != "coo":
            return found.indices, found.indptr
        lines = np.arange(found.shape[0], dtype=found.indices.dtype)
        return np.repeat(lines, np.diff(found.indptr)), found.indices

    def data(self, *args: Any, out: Array | None = None, **named: Any) -> Array:
        """The entries in the order of the pattern, written to ``out`` if it is given.

        Raises: ShapeError for values with batch axes and an ``out`` of another shape; ArityError,
        MissingVariable.
        """
        if out is not None and (np.shape(out) != (self.nnz,) or out.dtype != np.float64):
            hint = f"out is an array of {self.nnz} floats"
            raise ShapeError("out", ((self.nnz,), np.shape(out)), hint)
        if named or len(args) != len(self.inputs):
            args = (*args, *by_variable(self.inputs[len(args) :], None, named))
        return self.entries.data(self._values(args), out)

    def __call__(self, *args: Any, out: Array | None = None, **named: Any) -> Any:
        """The matrix; with ``out`` its data are that array.

        Matrices share their pattern, which cannot be changed: copy one to change its places.
        """
        return with_data(self._form, self.data(*args, out=out, **named))

    @cached_property
    def _form(self) -> Any:
        from scipy import sparse

        data = np.zeros(self.nnz)
        where = (data, self.pattern) if self.format == "coo" else (data, *self.pattern)
        return with_pattern(getattr(sparse, f"{self.format}_array")(where, shape=self.shape))

    def __repr__(self) -> str:
        names = ", ".join([v.name for v in self.inputs])
        return f"<{self.format} matrix of ({names}), {self.nnz} entries>"

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledMatrix, (self.entries, self.inputs, self.format)


class Values:
    """The values of some nodes at a point; inputs among them are taken as they are."""

    def __init__(self, arrays: Sequence[Expr], inputs: tuple[Expr, ...]) -> None:
        self.arrays, self.inputs = arrays, inputs
        computed = [x for x in dict.fromkeys(arrays) if x not in inputs]
        self._run = compile(computed, inputs) if computed else None
        self._places = [
            (True, inputs.index(x)) if x in inputs else (False, computed.index(x)) for x in arrays
        ]

    def __call__(self, args: Sequence[Any]) -> list[Array]:
        """One array for each node.

        Raises: ShapeError for values with batch axes.
        """
        if self._run is None:
            self.check(args)
        found = () if self._run is None else self._run(*args)
        values = [
            np.asarray(args[k], dtype=float) if given else np.asarray(found[k])
            for given, k in self._places
        ]
        for x, value in zip(self.arrays, values, strict=True):
            if value.shape != x.shape:
                self.check(args)
        return values

    def check(self, args: Sequence[Any]) -> None:
        """Raise ShapeError unless each input has a value of its own shape."""
        for v, value in zip(self.inputs, args, strict=True):
            if np.shape(value) != v.shape:
                hint = "one point at a time: compile sd.hessian(f, x) for batches"
                raise ShapeError(v.name, (np.shape(value), v.shape), hint)


def all_entries(value: Expr, rows: int, columns: int, turned: bool = False) -> Assembly:
    """The way from a value to a matrix that has all of its elements."""
    down, across = np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows)
    part = Placed(value, down, across)
    return Assembly([part], (rows, columns), identity(columns), turned=turned)


def structured_jacobian(F: Any, wrt: Any) -> StructuredJacobian:
    """``sd.jacobian(F, wrt, structured=True)``.

    Raises: KindError unless ``wrt`` is one node.
    """
    return StructuredJacobian(asarray(F), one_node("Jacobian", wrt))


def one_node(what: str, wrt: Any) -> Expr:
    """What a structured derivative is by."""
    if not isinstance(wrt, Expr):
        raise KindError(
            f"a structured {what} is by one node: make one array variable and take its parts, "
            f"as in x[0], x[1:]; got {type(wrt).__name__}"
        )
    return wrt
