"""The parts that a Hessian at a point is the sum of, each multiplied in its own form.

The variable has axes; a part is diagonal along those that are ``paired`` and couples the others.
With q elements along the paired axes and m along the others, a part holds q matrices of m x m,
one for all of them where they are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..expr import Shape

Array = Any
Labels = tuple[int, ...]


class Layout:
    """The axes of a variable as those that are paired, then the others."""

    def __init__(self, shape: Shape, paired: tuple[int, ...]) -> None:
        self.shape, self.paired = shape, paired
        self.others = tuple([a for a in range(len(shape)) if a not in paired])
        self.order = paired + self.others
        self.front = tuple([shape[a] for a in paired])
        self.back = tuple([shape[a] for a in self.others])
        self.count, self.width = prod(self.front), prod(self.back)

    def split(self, v: Array) -> Array:
        """Columns, shape (size, k), as shape (count, width, k)."""
        if self.order != tuple(range(len(self.shape))):
            v = v.reshape(*self.shape, -1).transpose(*self.order, len(self.shape))
        return v.reshape(self.count, self.width, v.shape[-1])

    def join(self, v: Array) -> Array:
        """The way back from :meth:`split`."""
        size = self.count * self.width
        if self.order == tuple(range(len(self.shape))):
            return v.reshape(size, v.shape[-1])
        back = (*np.argsort(self.order), len(self.order))
        wide = v.reshape(*self.front, *self.back, v.shape[-1])
        return wide.transpose(back).reshape(size, v.shape[-1])


class Part:
    """One term of a Hessian at a point: the product of ``operands``, by the labels of their axes.

    A label is the number of an axis of the variable, or that plus the rank for its column, which
    paired axes have not; what has another label is summed over.  With ``rows`` the operands are a
    weight and the factors on its left and right, which have these few labels in common.
    """

    def __init__(
        self,
        layout: Layout,
        operands: Sequence[Array] = (),
        labels: Sequence[Labels] = (),
        rows: Labels | None = None,
    ) -> None:
        self.layout, self.operands, self.labels, self.rows = layout, operands, labels, rows
        self.columns = tuple([a + len(layout.shape) for a in layout.others])
        varies = any(a in own for own in labels for a in layout.paired)
        self.front = layout.front if varies else (1,) * len(layout.front)
        self.count = layout.count if varies else 1  # of matrices: 1 where all are equal

    @property
    def name(self) -> str:
        if not self.layout.others:
            return "diagonal"
        if self.rows is not None:
            return "factors"
        return "product" if len(self.operands) > 1 else "blocks"

    def diagonal(self) -> Array:
        """The diagonal, shape (size,)."""
        layout = self.layout
        turned = dict(zip(self.columns, layout.others, strict=True))
        labels = [tuple([turned.get(a, a) for a in own]) for own in self.labels]
        d = _product(self.operands, labels, layout.order)
        whole = np.broadcast_to(d, layout.front + layout.back)
        return layout.join(whole.reshape(layout.count, layout.width, 1))[:, 0]

    def matrices(self) -> Array:
        """The matrices, shape (count, width, width)."""
        layout = self.layout
        m = _product(self.operands, self.labels, layout.order + self.columns)
        shape = self.front + layout.back * 2
        whole = m if m.shape == shape else np.broadcast_to(m, shape)
        return whole.reshape(self.count, layout.width, layout.width)

    @property
    def is_even(self) -> bool:
        """Whether both factors are the same and no weight is negative."""
        weight, left, right = self.operands
        return right is left and bool((weight >= 0).all())

    def stacks(self) -> list[Array]:
        """Weight, left and right factor, one for each of ``count``."""
        layout, rows = self.layout, self.rows or ()
        sizes = dict(zip(self.labels[1], self.operands[1].shape, strict=True))
        few = tuple([sizes[i] for i in rows])
        stacks = []
        for x, own, across in zip(
            self.operands, self.labels, ((), layout.others, self.columns), strict=True
        ):
            core = few + (layout.back if across else ())
            front = self.front if any(a in own for a in layout.paired) else (1,) * len(self.front)
            whole = np.broadcast_to(
                _product([x], [own], layout.paired + rows + across), front + core
            )
            flat = whole.reshape(-1, prod(few), *((layout.width,) if across else ()))
            stacks.append(np.broadcast_to(flat, (self.count, *flat.shape[1:])))
        return stacks


def _product(operands: Sequence[Array], labels: Sequence[Labels], axes: Labels) -> Array:
    """The product with those axes; one that no operand has is of size 1."""
    used = {a for own in labels for a in own}
    kept = tuple([a for a in axes if a in used])
    product = operands[0]
    if len(operands) > 1 or labels[0] != kept:
        terms = [x for pair in zip(operands, labels, strict=True) for x in pair]
        product = np.einsum(*terms, kept, optimize="greedy" if len(operands) > 1 else False)
    sizes = dict(zip(kept, product.shape, strict=True))
    return product.reshape([sizes.get(a, 1) for a in axes])


class Sparse(Part):
    """A matrix by its entries that are not zero, as SciPy's CSR array."""

    name = "sparse"

    def __init__(self, layout: Layout, csr: Any) -> None:
        super().__init__(layout)
        self.csr = csr

    def diagonal(self) -> Array:
        return self.csr.diagonal()

    @property
    def is_full(self) -> bool:
        return bool(self.csr.nnz == self.layout.width**2)

    def matrices(self) -> Array:
        whole = self.csr.data.reshape(self.csr.shape) if self.is_full else self.csr.toarray()
        return whole[None]


class Unformed(Part):
    """A matrix that is formed when it is asked for."""

    name = "unformed"

    def __init__(self, layout: Layout, form: Callable[[], Array]) -> None:
        super().__init__(layout)
        self.form = form

    def diagonal(self) -> Array:
        return np.diagonal(self.matrices()[0])

    def matrices(self) -> Array:
        return self.form().reshape(1, self.layout.width, self.layout.width)
