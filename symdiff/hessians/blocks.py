"""The parts that a Hessian at a point is the sum of, each multiplied in its own form.

The variable has axes; a part is diagonal along those that are ``paired`` and couples the others.
With q elements along the paired axes and m along the others, a part holds q matrices of m x m,
one for all of them where they are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import prod
from typing import Any, Protocol

import numpy as np

from ..expr import Shape

Array = Any


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

    def stacked(self, x: Array, core: Shape) -> Array:
        """``x``, shape paired axes + core, as shape (count, *core), or (1, *core) if that will do.

        Its axes may have size 1 in place of their own, and the paired axes may be left out.
        """
        lead = x.shape[: x.ndim - len(core)]
        front = self.front if any(n != 1 for n in lead) else lead
        whole = front + core
        return (x if x.shape == whole else np.broadcast_to(x, whole)).reshape(-1, *core)


class Part(Protocol):
    """One term of a Hessian at a point."""

    layout: Layout

    @property
    def count(self) -> int:
        """How many matrices there are: 1 where all are equal."""

    def times(self, v: Array) -> Array:
        """The product with columns, shape (size, k)."""

    def diagonal(self) -> Array:
        """The diagonal, shape (size,)."""

    def matrices(self) -> Array:
        """The matrices, shape (count, width, width)."""


class Diagonal:
    """A diagonal matrix."""

    def __init__(self, layout: Layout, d: Array) -> None:
        self.layout = layout
        self.d = np.asarray(d)
        self.count = 1 if self.d.size == 1 else layout.count

    @cached_property
    def full(self) -> Array:
        """The diagonal, shape (size,)."""
        return np.broadcast_to(self.d, self.layout.shape).reshape(-1)

    def times(self, v: Array) -> Array:
        return self.full[:, None] * v

    def diagonal(self) -> Array:
        return self.full

    def matrices(self) -> Array:
        return self.layout.stacked(self.d[..., None, None], (1, 1))


class Blocks:
    """Matrices along the diagonal; a single one stands for all: a Kronecker product."""

    def __init__(self, layout: Layout, m: Array) -> None:
        self.layout = layout
        square = (layout.width, layout.width)
        self.m = layout.stacked(m, layout.back * 2).reshape(-1, *square)
        self.count = len(self.m)

    def times(self, v: Array) -> Array:
        return self.layout.join(self.m @ self.layout.split(v))

    def diagonal(self) -> Array:
        return _spread(self.layout, np.diagonal(self.m, axis1=1, axis2=2))

    def matrices(self) -> Array:
        return self.m


class Factors:
    """``left.T @ diag(weight) @ right`` with few rows, for each element of the paired axes."""

    def __init__(
        self, layout: Layout, rows: Shape, weight: Array, left: Array, right: Array
    ) -> None:
        self.layout, self.rows = layout, prod(rows)
        flat = (-1, self.rows, layout.width)
        self.weight = layout.stacked(weight, rows).reshape(-1, self.rows)
        self.left = layout.stacked(left, rows + layout.back).reshape(flat)
        self.right = self.left
        if right is not left:
            self.right = layout.stacked(right, rows + layout.back).reshape(flat)
        self.count = max(len(self.weight), len(self.left), len(self.right))

    @property
    def is_even(self) -> bool:
        """Whether both factors are the same and no weight is negative."""
        return self.right is self.left and bool((self.weight >= 0).all())

    def times(self, v: Array) -> Array:
        inner = self.weight[..., None] * (self.right @ self.layout.split(v))
        return self.layout.join(self.left.swapaxes(1, 2) @ inner)

    def diagonal(self) -> Array:
        left, weight, right = self.stacks()
        return _spread(self.layout, np.einsum("qkn,qk,qkn->qn", left, weight, right))

    def matrices(self) -> Array:
        return (self.left * self.weight[..., None]).swapaxes(1, 2) @ self.right

    def stacks(self) -> tuple[Array, Array, Array]:
        """Left, weight and right, one for each of ``count``."""
        left, weight, right = [
            np.broadcast_to(x, (self.count, *x.shape[1:]))
            for x in (self.left, self.weight, self.right)
        ]
        return left, weight, right


def _spread(layout: Layout, d: Array) -> Array:
    full = np.broadcast_to(d, (layout.count, layout.width))[..., None]
    return layout.join(np.ascontiguousarray(full))[:, 0]


class Contracted:
    """Matrices as a product over axes that is not multiplied out, being smaller as it is.

    ``labels`` name the axes of the operands: a for axis a of the variable, and for its column
    that with the rank added; others are summed over.
    """

    def __init__(self, layout: Layout, labels: Sequence[Shape], operands: Sequence[Array]) -> None:
        self.layout = layout
        self.terms = [x for pair in zip(operands, labels, strict=True) for x in pair]
        self.rank = len(layout.shape)
        varies = any(a in own for own in labels for a in layout.paired)
        self.front = layout.paired if varies else ()
        self.count = layout.count if varies else 1
        self.columns = tuple([a + self.rank for a in layout.others])

    def _sum(self, *terms: Any) -> Array:
        return np.einsum(*self.terms, *terms, optimize="greedy")

    def times(self, v: Array) -> Array:
        layout, last = self.layout, 3 * self.rank + 20
        wide = layout.split(v).reshape(layout.front + layout.back + (v.shape[1],))
        own, out = [(*layout.paired, *x, last) for x in (self.columns, layout.others)]
        return layout.join(self._sum(wide, own, out))

    def diagonal(self) -> Array:
        same = [
            x if k % 2 == 0 else tuple([a - self.rank if a in self.columns else a for a in x])
            for k, x in enumerate(self.terms)
        ]
        d = np.einsum(*same, (*self.front, *self.layout.others), optimize="greedy")
        return _spread(self.layout, d.reshape(self.count, self.layout.width))

    def matrices(self) -> Array:
        whole = self._sum((*self.front, *self.layout.others, *self.columns))
        return whole.reshape(self.count, self.layout.width, self.layout.width)


class Sparse:
    """A matrix by its entries that are not zero, as SciPy's CSR array."""

    def __init__(self, layout: Layout, csr: Any) -> None:
        self.layout, self.csr, self.count = layout, csr, 1

    def times(self, v: Array) -> Array:
        return self.csr @ v

    def diagonal(self) -> Array:
        return self.csr.diagonal()

    def matrices(self) -> Array:
        return self.csr.toarray()[None]


class Unformed:
    """A matrix known by its products; it is formed when asked for."""

    def __init__(
        self, layout: Layout, along: Callable[[Array], Array], form: Callable[[], Array]
    ) -> None:
        self.layout, self.along, self.form, self.count = layout, along, form, 1

    def times(self, v: Array) -> Array:
        columns = [self.along(c.reshape(self.layout.shape)).reshape(-1) for c in v.T]
        return np.stack(columns, axis=1) if columns else np.zeros_like(v)

    def diagonal(self) -> Array:
        return np.diagonal(self.matrices()[0])

    def matrices(self) -> Array:
        return self.form().reshape(1, self.layout.width, self.layout.width)
