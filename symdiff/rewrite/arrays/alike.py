"""Sums and choices of contractions that share all but one operand: ``A @ x + B @ x``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeAlias

from ...expr import Expr, make
from ...leaves import var
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ..exact import Number, number
from ..terms import Builder
from . import contractions
from .operands import (
    Form,
    Labels,
    Operand,
    bears_identity,
    is_identity,
    label_ranks,
    operands_of,
    sorted_einsum,
)
from .symmetric import transposed

MOST = 16  # contractions of a sum that are compared with one another
_JOINED = frozenset({ct.einsum, ax.eye})

Key: TypeAlias = tuple[tuple[Expr, ...], Expr]  # scalars, and a contraction with a gap


class _Slot(NamedTuple):
    """An operand of a term of a sum, its labels as the gap in its place orders them, and the
    other operands.
    """

    term: Expr
    operand: Operand
    order: Labels
    others: list[Operand]


class Collecting(Form, Protocol):
    """What joining terms needs besides."""

    def collect(self, terms: Builder[Expr], coefficient: Number, rest: Expr) -> None: ...


def combine(form: Collecting, terms: Builder[Expr]) -> None:
    """Join terms in place: ``A @ x + B @ x`` is ``(A + B) @ x``, and so are their multiples.

    Two terms have a key in common where they are alike once an operand of each is left out.
    """
    pending = [t for t in terms if _product_of(form, t)[0] is not None]
    if not 2 <= len(pending) <= MOST:
        return
    known: dict[Key, list[_Slot]] = {}
    while pending:
        term = pending.pop()
        slots = list(_slots(form, term)) if term in terms else []
        joined = _join(form, terms, slots, known)
        if joined is not None:
            pending.append(joined)
            continue
        for key, slot in slots:
            known.setdefault(key, []).append(slot)


def _join(
    form: Collecting,
    terms: Builder[Expr],
    slots: Iterable[tuple[Key, _Slot]],
    known: dict[Key, list[_Slot]],
) -> Expr | None:
    """The term that one and another one with a key in common become, if any."""
    for key, slot in slots:
        for other in known.get(key, ()):
            fits = other.term in terms and other.term is not slot.term
            joined = _joined(form, terms, slot, other) if fits else None
            if joined is not None:
                terms.take(slot.term)
                terms.take(other.term)
                coefficient, rest = form.split(form.mul([*key[0], joined]) if key[0] else joined)
                form.collect(terms, coefficient, rest)
                return rest
    return None


def _product_of(form: Form, term: Expr) -> tuple[Expr | None, tuple[Expr, ...]]:
    """The contraction that a term is, and the numbers it is multiplied by."""
    if term.op is a.mul and term not in form.shared:
        arrays = [f for f in term.args if f.shape]
        if len(arrays) == 1 and arrays[0].shape == term.shape and arrays[0].op in _JOINED:
            return arrays[0], tuple([f for f in term.args if not f.shape])
    return (term if term.op in _JOINED else None), ()


def _slots(form: Form, term: Expr) -> Iterator[tuple[Key, _Slot]]:
    """The operands of a term, each with what the term is without it."""
    core, factors = _product_of(form, term)
    if core is None:
        return
    operands, output = operands_of(core), tuple(range(core.ndim))
    for operand in operands:
        x, labels = operand
        others = [o for o in operands if o is not operand]
        if x.op is not ax.eye and others:
            rank = label_ranks(form.ranks, others, output)
            order = tuple(sorted(labels, key=rank.__getitem__))
            gap = var("gap", tuple([x.shape[labels.index(i)] for i in order]), tag=-1)
            key = sorted_einsum(form.ranks, [*others, (gap, order)], output)
            yield (factors, key), _Slot(term, operand, order, others)


def _joined(form: Form, terms: Builder[Expr], one: _Slot, two: _Slot) -> Expr | None:
    """The sum of two terms as one contraction, None where the sum of the operands that differ is
    worth less than the two terms.
    """
    (x, labels), (y, theirs) = one.operand, two.operand
    order = [two.order[one.order.index(i)] for i in labels]
    axes = tuple([theirs.index(i) - len(theirs) for i in order])
    if axes != tuple(range(-len(theirs), 0)):
        y = form.apply(ax.transpose, (y,), (axes,))
    if not (_is_open(form, one.term) and _is_open(form, two.term)) and not _is_mirror(form, x, y):
        return None
    total = form.add([form.times(terms[one.term], x), form.times(terms[two.term], y)])
    return contractions.whole(form, [*one.others, (total, labels)], one.term.shape)


def _is_open(form: Form, term: Expr) -> bool:
    return term not in form.shared or bears_identity(term)


def _is_mirror(form: Form, one: Expr, two: Expr) -> bool:
    """Whether two matrices are ``A`` and ``A.T``: their sum is worth a product that others have."""
    bare = one.args[0] if one.op is ax.transpose else one
    return bare.ndim == 2 and not bare.args and transposed(form, one) is two


def choice(form: Form, node: Expr) -> Expr | None:
    """``where(c, diag(u), diag(v))`` as ``diag(where(c, u, v))``: off the diagonal both are 0."""
    condition, *branches = node.args
    pairs = {frozenset(_pairs(form, x, node.ndim)) for x in branches if not _is_zero(x)}
    if len(pairs) != 1 or not (equal := sorted(*pairs)):
        return None
    first_of = {j: i for i, j in equal}
    kept = [i for i in range(node.ndim) if i not in first_of]
    parts = []
    for x in node.args:
        labels = [first_of.get(i, i) for i in range(node.ndim - x.ndim, node.ndim)]
        wide = [i for i, n in zip(labels, x.shape, strict=True) if n != 1]
        if x is condition and len({*wide}) < len(wide):
            return None
        places = tuple([kept.index(i) for i in labels])
        parts.append(contractions.build(form, [(x, places)], tuple([node.shape[i] for i in kept])))
    chosen = form.apply(node.op, tuple(parts))
    deltas = [(make(ax.eye, (), ((node.shape[i],),)), (i, j)) for i, j in equal]
    return contractions.build(form, [*deltas, (chosen, tuple(kept))], node.shape)


def _pairs(form: Form, branch: Expr, rank: int) -> list[Labels]:
    """The pairs of axes that identities in a branch hold equal, among ``rank`` axes."""
    rest = form.split(branch)[1]
    for x in rest.args if rest.op is a.mul else (rest,):
        if is_identity(x) and x.ndim == rank:
            deltas = [labels for y, labels in operands_of(x) if y.op is ax.eye and y.size > 1]
            return [labels for labels in deltas if len(labels) == 2]
    return []


def _is_zero(node: Expr) -> bool:
    while node.op is ax.broadcast_to:
        node = node.args[0]
    return number(node) == 0
