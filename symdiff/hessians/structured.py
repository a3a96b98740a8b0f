"""Hessians with their structure: what they are the sum of, and the operator at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, overload

import numpy as np

from ..backend.compile import Compiled, compile
from ..backend.inputs import by_variable
from ..expr import Expr
from ..leaves import Var, var
from ..ops.structural import zeros
from ..show.latex import latex
from ..show.pretty import pretty
from ..targets import finish, gradient_along, second_derivatives
from ..walk import postorder
from .blocks import Layout, Part, Sparse, Unformed
from .inner import hessian_entries
from .matrix import CompiledMatrix, Values, all_entries, one_node
from .operator import HessianAt
from .pieces import Entries, Notation, Piece, formula_of, kind_of, pieces_of

DENSE = 4  # elements that are moved, for each entry of a matrix


class StructuredHessian:
    """The Hessian of ``f`` by ``wrt``, with what it is the sum of.

    >>> import numpy as np
    >>> import symdiff as sd
    >>> T, U, V = sd.Var("T", (6, 5)), sd.Var("U", (6, 2)), sd.Var("V", (5, 2))
    >>> H = sd.hessian(sd.sum((T - U @ V.T) ** 2), U, structured=True)
    >>> print(H)
    Kronecker: kron(I, 2*V.T @ V)
    >>> H(V=np.ones((5, 2))).dense().shape
    (6, 2, 6, 2)
    """

    symmetric = True

    def __init__(self, f: Expr, wrt: Expr) -> None:
        self.f, self.wrt = f, wrt
        ((cell,),), back = second_derivatives(f, [wrt])
        self.expr = _finished(cell, back)
        self.terms = pieces_of(self.expr, wrt.shape)
        self.entries: Entries | None = None
        if self.terms is None or kind_of(self.terms, wrt.shape) == "dense":
            found = entries_of(f, wrt)
            if found is not None and (self.terms is None or found.assembly.is_sparse):
                self.entries, self.terms = found, None

    @property
    def shape(self) -> tuple[int, int]:
        """That of the matrix, (size, size)."""
        return self.wrt.size, self.wrt.size

    @property
    def pieces(self) -> list[Piece | Entries] | None:
        """What is computed at a point, None where all is known by products alone."""
        if self.entries is not None:
            return [self.entries]
        return None if self.terms is None else [*self.terms]

    @cached_property
    def variables(self) -> tuple[Expr, ...]:
        """The variables of ``f``."""
        return tuple([x for x in postorder([self.f, self.wrt]) if x.op is Var])

    @cached_property
    def kind(self) -> str:
        """The structure in words."""
        if self.terms is None:
            entries = self.entries
            return "sparse" if entries is not None and entries.assembly.is_sparse else "dense"
        return kind_of(self.terms, self.wrt.shape)

    @overload
    def compile(
        self, inputs: Expr | Sequence[Expr] | None = None, format: None = None
    ) -> CompiledHessian: ...
    @overload
    def compile(
        self, inputs: Expr | Sequence[Expr] | None = None, *, format: str
    ) -> CompiledMatrix: ...
    def compile(
        self, inputs: Expr | Sequence[Expr] | None = None, format: str | None = None
    ) -> CompiledHessian | CompiledMatrix:
        """A function of numbers that returns the operator at a point.

        ``inputs`` are by default the variables of ``f`` in the order of their use.  With a
        ``format``, "csr", "csc" or "coo", it returns the matrix as an array of SciPy.
        """
        given = self.variables if inputs is None else inputs
        listed = (given,) if isinstance(given, Expr) else tuple(given)
        if format is None:
            return CompiledHessian(self, listed)
        found = self.entries.assembly if self.entries else hessian_entries(self.f, self.wrt)
        whole = all_entries(self.expr, *self.shape) if found is None else found
        return CompiledMatrix(whole, listed, format)

    def evaluate(self, values: Mapping[Any, Any] | None = None, /, **named: Any) -> HessianAt:
        """The operator at the point that gives each variable its value, by node or by name.

        Raises: MissingVariable, UnknownVariable.
        """
        function = self._compiled
        spare = [v for v in self.variables if v not in function.inputs]
        unused = {*spare, *[v.name for v in spare]}
        given = {k: v for k, v in {**(values or {}), **named}.items() if k not in unused}
        return function(*by_variable(function.inputs, given, {}))

    def __call__(self, **values: Any) -> HessianAt:
        return self.evaluate(values)

    @cached_property
    def _compiled(self) -> CompiledHessian:
        arrays = [self.expr] if self.pieces is None else [x for p in self.pieces for x in p.arrays]
        return self.compile([x for x in postorder(arrays) if x.op is Var])

    def __str__(self) -> str:
        return self._written(Notation(str))

    def pretty(self) -> str:
        """The structure and its formula in Unicode."""
        return self._written(
            Notation(pretty, "{1}ᵀ·diag({0})·{2}", "{0}·({1})·({2})ᵀ", "{0}·I", "({0}) ⊗ ({1})")
        )

    def _repr_latex_(self) -> str:
        kind, _, written = self._written(_IN_LATEX).partition(": ")
        return rf"$\displaystyle \text{{{kind}: }} {written}$"

    def _written(self, notation: Notation) -> str:
        if self.entries is not None and self.kind == "sparse":
            found = self.entries.assembly
            texts = ", ".join([notation.write(x) for x in self.entries.arrays])
            return f"sparse, {found.count} entries, |i - j| <= {found.reach}: {texts}"
        if self.terms is None:
            return f"{self.kind}: {notation.write(self.expr)}"
        return f"{self.kind}: {formula_of(self.terms, self.wrt.ndim, notation)}"

    def __repr__(self) -> str:
        return f"<Hessian by {self.wrt!r}, {self.shape[0]} x {self.shape[1]}, {self.kind}>"


_IN_LATEX = Notation(
    latex,
    r"{1}^\top \operatorname{{diag}}\left({0}\right) {2}",
    r"{0} \left({1}\right) \left({2}\right)^\top",
    "{0} I",
    r"{0} \otimes {1}",
    r"\operatorname{{diag}}\left({0}\right)",
    r"\operatorname{{blocks}}\left({0}\right)",
)


class CompiledHessian:
    """The function that :meth:`StructuredHessian.compile` makes; it pickles by its graph."""

    def __init__(self, hessian: StructuredHessian, inputs: tuple[Expr, ...]) -> None:
        self.hessian, self.inputs = hessian, inputs
        self.pieces: list[Piece | Entries] = hessian.pieces or []
        shape = hessian.wrt.shape
        self._layouts = [Layout(shape, p.paired) for p in self.pieces]
        arrays = self._arrays = [*dict.fromkeys([x for p in self.pieces for x in p.arrays])]
        self._values = Values(arrays, inputs)
        self._whole = compile(hessian.expr, inputs) if hessian.pieces is None else None

    def __call__(self, *args: Any, **named: Any) -> HessianAt:
        """The operator at a point.

        Raises: ShapeError for values with batch axes; ArityError, MissingVariable.
        """
        if named or len(args) != len(self.inputs):
            args = (*args, *by_variable(self.inputs[len(args) :], None, named))
        shape, whole = self.hessian.wrt.shape, self._whole
        if whole is not None:
            self._values.check(args)
            part: Part = Unformed(Layout(shape, ()), lambda: whole(*args))
            return HessianAt(shape, [part], partial(self._product, args))
        found = self._values(args)
        values = dict(zip(self._arrays, found, strict=True))
        parts = [
            piece.at(layout, [values[x] for x in piece.arrays])
            for piece, layout in zip(self.pieces, self._layouts, strict=True)
        ]
        if parts and isinstance(parts[0], Sparse):
            return HessianAt(shape, parts, parts[0].csr.__matmul__)
        along = lambda v: self._along(v, *found)
        return HessianAt(shape, parts, partial(self._product, found), along)

    @cached_property
    def _along(self) -> Compiled:
        """The product with a vector, of the inputs if there are no pieces, else of their arrays."""
        f, wrt = self.hessian.f, self.hessian.wrt
        v = var("v", wrt.shape, tag=0)
        if self._whole is not None:
            return compile(gradient_along(f, [wrt], [v])[0], (v, *self.inputs))
        held = {x: var(f"a{i}", x.shape, tag=0) for i, x in enumerate(self._arrays)}
        terms = [p.times(v, held) for p in self.hessian.terms or ()]
        return compile(sum(terms, start=zeros(wrt.shape)), (v, *held.values()))

    def _product(self, given: Sequence[Any], columns: Any) -> Any:
        """The product with columns, shape (size, k)."""
        rows = columns.T.reshape(-1, *self.hessian.wrt.shape)
        found = self._along(rows[0] if len(rows) == 1 else rows, *given)
        return np.reshape(found, (len(rows), -1)).T

    def __repr__(self) -> str:
        names = ", ".join([v.name for v in self.inputs])
        return f"<compiled {self.hessian.kind} Hessian of ({names})>"

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledHessian, (self.hessian, self.inputs)


def _finished(cell: Expr | None, back: dict[Expr, Expr]) -> Expr:
    (result,) = finish([cell], back, True)
    assert result is not None
    return result


def entries_of(f: Expr, wrt: Expr) -> Entries | None:
    """The entries of the Hessian by their formulas; None where they are not fewer than all."""
    found = hessian_entries(f, wrt)
    if found is None or found.work > DENSE * wrt.size**2:
        return None
    return Entries(found.arrays, found)


def structured_hessian(f: Expr, wrt: Any) -> StructuredHessian:
    """``sd.hessian(f, wrt, structured=True)``.

    Raises: KindError unless ``wrt`` is one node; NotScalar.
    """
    return StructuredHessian(f, one_node("Hessian", wrt))
