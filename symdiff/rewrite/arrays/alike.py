"""Sums of lists; sums and choices of contractions alike but for one operand, ``A @ x + B @ x``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ...expr import Expr, Shape, make
from ...leaves import var
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import compare as co
from ...ops import contraction as ct
from ..canonical import Canonical
from ..exact import Number, number
from ..order import bare
from ..row import REAL, Form, Rule
from .contractions import build
from .operands import (
    Labels,
    Operand,
    at_end,
    is_identity,
    label_ranks,
    operands_of,
    ordered,
    product_of,
    sorted_einsum,
)

MOST = 16  # contractions of a sum that are compared with one another
_JOINED = frozenset({ct.einsum, ax.eye})

Key: TypeAlias = tuple[tuple[Expr, ...], Expr]  # scalars, and a contraction with a gap


def alike_rows() -> list[Rule]:
    """The rows; they are for canonical sums and choices."""
    return [
        Rule("sum of lists", a.add, _list_of_sums, REAL, of_arrays=True),
        Rule("terms with one operand apart", a.add, _combined, REAL, of_arrays=True),
        Rule("choice of diagonals", co.where, _choice, REAL, of_arrays=True),
    ]


def _list_of_sums(form: Form, node: Expr) -> Expr | None:
    """``[x, y] - 2*[z, 0]`` as ``[x - 2*z, y]``."""
    split = [form.split(t) for t in node.args]
    lists = [i for i, (_, t) in enumerate(split) if t.op is ax.stack and t.shape == node.shape]
    at = [i for i in lists if split[i][1].params == split[lists[0]][1].params]
    if len(at) < 2:
        return None
    columns = zip(
        *[[form.times(split[i][0], x) for x in split[i][1].args] for i in at], strict=True
    )
    joined = make(
        ax.stack, tuple([make(a.add, column) for column in columns]), split[at[0]][1].params
    )
    return make(a.add, (joined, *[t for i, t in enumerate(node.args) if i not in at]))


class _Slot(NamedTuple):
    """An operand of a term of a sum, with the number before the term; its labels as the gap in its
    place orders them, the other operands, and where the term stands.
    """

    coefficient: Number
    operand: Operand
    order: Labels
    others: list[Operand]
    at: int


def _combined(form: Form, node: Expr) -> Expr | None:
    """``A @ x + B @ x`` as ``(A + B) @ x``, and so with multiples, two terms at a time.

    Two terms have a key in common where they are alike once an operand of each is left out.
    """
    assert isinstance(form, Canonical)
    split = [form.split(t) for t in node.args]
    known: dict[Key, _Slot] = {}
    products = [(i, product) for i, (_, t) in enumerate(split) if (product := _product(form, t))]
    for i, (factors, core) in reversed(products) if len(products) <= MOST else ():
        for key, slot in _slots(form, split[i][0], core, i):
            other = known.setdefault((factors, key), slot)
            if other.at != i:
                apart = [t for k, t in enumerate(node.args) if k not in (i, other.at)]
                joined = _joined(form, slot, other, core.ndim)
                return make(a.add, (make(a.mul, (*factors, joined)), *apart))
    return None


def _product(form: Canonical, term: Expr) -> tuple[tuple[Expr, ...], Expr] | None:
    """The scalars and the contraction that a term is the product of."""
    if term.op is a.mul and term not in form.known.shared:
        arrays = [f for f in term.args if f.shape]
        if len(arrays) == 1 and arrays[0].shape == term.shape and arrays[0].op in _JOINED:
            return tuple([f for f in term.args if not f.shape]), arrays[0]
    return ((), term) if term.op in _JOINED else None


def _slots(
    form: Canonical, coefficient: Number, core: Expr, at: int
) -> Iterator[tuple[Expr, _Slot]]:
    """The operands of a contraction, each with what the product is without it."""
    operands, output = operands_of(core), tuple(range(core.ndim))
    for operand in operands:
        x, labels = operand
        others = [o for o in operands if o is not operand]
        if x.op is not ax.eye and others:
            rank = label_ranks(form.ranks, others, output)
            order = tuple(sorted(labels, key=rank.__getitem__))
            gap = var("gap", tuple([x.shape[labels.index(i)] for i in order]), tag=-1)
            key = sorted_einsum(form.ranks, [*others, (gap, order)], output)
            yield key, _Slot(coefficient, operand, order, others, at)


def _joined(form: Form, one: _Slot, two: _Slot, rank: int) -> Expr:
    """The sum of two terms as one contraction."""
    (x, labels), (y, theirs) = one.operand, two.operand
    y = ordered(y, theirs, tuple([two.order[one.order.index(i)] for i in labels]))
    both = make(a.add, (form.times(one.coefficient, x), form.times(two.coefficient, y)))
    operands = [*one.others, (both, labels)]
    return ct.contract([x for x, _ in operands], [ls for _, ls in operands], (*range(rank),))


def _choice(form: Form, node: Expr) -> Expr | None:
    """``where(c, diag(u), diag(v))`` as ``diag(where(c, u, v))``: off the diagonal both are 0."""
    assert isinstance(form, Canonical)
    condition, *branches = node.args
    pairs = {_pairs(form, x, node.shape) for x in branches if number(bare(x)) != 0}
    if len(pairs) != 1 or not (equal := pairs.pop()):
        return None
    first_of = {j: i for i, j in equal}
    kept = tuple([i for i in range(node.ndim) if i not in first_of])
    labels = tuple([kept.index(first_of.get(i, i)) for i in range(node.ndim)])
    _, own = at_end(condition, labels)
    wide = [i for i, n in zip(own, condition.shape, strict=True) if n != 1]
    if len({*wide}) < len(wide):
        return None
    shape = tuple([node.shape[i] for i in kept])
    parts = [build(form.known, [at_end(x, labels)], shape) for x in node.args]
    deltas = [make(ax.eye, (), ((node.shape[i],),)) for i, _ in equal]
    operands = [*deltas, make(co.where, tuple(parts))]
    return ct.contract(operands, [*equal, kept], tuple(range(node.ndim)))


def _pairs(form: Form, branch: Expr, shape: Shape) -> tuple[Labels, ...]:
    """The pairs of axes of a shape that an identity of as many axes in a branch holds equal."""
    rest = form.split(branch)[1]
    factors = rest.args if rest.op is a.mul else (rest,)
    if not any(is_identity(x) and x.ndim == len(shape) for x in factors):
        return ()
    return product_of(branch, shape).equal
