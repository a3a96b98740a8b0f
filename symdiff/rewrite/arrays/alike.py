"""Sums and choices of contractions that share all but one operand: ``A @ x + B @ x``."""

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
from .opening import Term, opened, operands_of
from .operands import (
    Labels,
    Operand,
    at_end,
    bears_identity,
    is_identity,
    label_ranks,
    ordered,
    sizes_of,
    sorted_einsum,
)
from .symmetric import transposed

MOST = 16  # contractions of a sum that are compared with one another
_JOINED = frozenset({ct.einsum, ax.eye})

Key: TypeAlias = tuple[tuple[Expr, ...], Expr]  # scalars, and a contraction with a gap


def alike_rows() -> list[Rule]:
    """The rows; they are for canonical sums and choices."""
    return [
        Rule("terms with one operand apart", a.add, _combined, REAL, of_arrays=True),
        Rule("choice of diagonals", co.where, _choice, REAL, of_arrays=True),
    ]


class _Slot(NamedTuple):
    """An operand of a term of a sum, its labels as the gap in its place orders them, the other
    operands, and where the term stands.
    """

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
    places = [i for i, (_, rest) in enumerate(split) if _product_of(form, rest)[0] is not None]
    known: dict[Key, _Slot] = {}
    for i in reversed(places) if len(places) <= MOST else ():
        for key, slot in _slots(form, split[i][1], i):
            other = known.setdefault(key, slot)
            joined = None if other.at == i else _joined(form, split, slot, other)
            if joined is not None:
                apart = [t for k, t in enumerate(node.args) if k not in (i, other.at)]
                total = make(a.mul, (*key[0], joined)) if key[0] else joined
                return make(a.add, (total, *apart)) if apart else total
    return None


def _product_of(form: Canonical, term: Expr) -> tuple[Expr | None, tuple[Expr, ...]]:
    """The contraction that a term is, and the scalars it is multiplied by."""
    if term.op is a.mul and term not in form.known.shared:
        arrays = [f for f in term.args if f.shape]
        if len(arrays) == 1 and arrays[0].shape == term.shape and arrays[0].op in _JOINED:
            return arrays[0], tuple([f for f in term.args if not f.shape])
    return (term if term.op in _JOINED else None), ()


def _slots(form: Canonical, term: Expr, at: int) -> Iterator[tuple[Key, _Slot]]:
    """The operands of a term, each with what the term is without it."""
    core, factors = _product_of(form, term)
    assert core is not None
    operands, output = operands_of(core), tuple(range(core.ndim))
    for operand in operands:
        x, labels = operand
        others = [o for o in operands if o is not operand]
        if x.op is not ax.eye and others:
            rank = label_ranks(form.ranks, others, output)
            order = tuple(sorted(labels, key=rank.__getitem__))
            gap = var("gap", tuple([x.shape[labels.index(i)] for i in order]), tag=-1)
            key = sorted_einsum(form.ranks, [*others, (gap, order)], output)
            yield (factors, key), _Slot(operand, order, others, at)


def _joined(
    form: Canonical, terms: list[tuple[Number, Expr]], one: _Slot, two: _Slot
) -> Expr | None:
    """The sum of two terms as one contraction, None where the sum of the operands that differ is
    worth less than the two terms.
    """
    (x, labels), (y, theirs) = one.operand, two.operand
    y = ordered(y, theirs, tuple([two.order[one.order.index(i)] for i in labels]))
    (c, first), (d, second) = terms[one.at], terms[two.at]
    if not (_is_open(form, first) and _is_open(form, second)) and not _is_mirror(form, x, y):
        return None
    operands = [*one.others, (make(a.add, (form.times(c, x), form.times(d, y))), labels)]
    return ct.contract([x for x, _ in operands], [ls for _, ls in operands], (*range(first.ndim),))


def _is_open(form: Canonical, term: Expr) -> bool:
    return term not in form.known.shared or bears_identity(term)


def _is_mirror(form: Canonical, one: Expr, two: Expr) -> bool:
    """Whether two matrices are ``A`` and ``A.T``: their sum is worth a product that others have."""
    bare = one.args[0] if one.op is ax.transpose else one
    return bare.ndim == 2 and not bare.args and transposed(form.known, one) is two


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
    operand, output = at_end(branch, tuple(range(len(shape)))), tuple(range(len(shape)))
    sizes = sizes_of([operand], shape)
    return opened((branch,), Term((), (operand,), ()), sizes, output).equal
