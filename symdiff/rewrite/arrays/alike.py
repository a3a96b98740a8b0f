"""Sums and choices of contractions that share all but one operand: ``A @ x + B @ x``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...expr import Expr, make
from ...leaves import Const
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import compare as co
from ...ops import contraction as ct
from ...ops.contraction import Labels
from ..canonical import Canonical
from ..exact import Number, number
from ..row import REAL, Form, Rule
from ..terms import Builder
from . import contractions
from .opening import Operand, bears_identity, is_identity

MOST = 16  # contractions of a sum that are compared with one another
_JOINED = frozenset({ct.einsum, ax.eye})


def alike_rows() -> list[Rule]:
    """The rows; they are for canonical sums and choices."""
    return [
        Rule("terms with one operand apart", a.add, _combined, REAL),
        Rule("choice of diagonals", co.where, _choice, REAL),
    ]


def _combined(form: Form, node: Expr) -> Expr | None:
    """``A @ x + B @ x`` as ``(A + B) @ x``, and so with multiples."""
    if not node.shape:
        return None
    assert isinstance(form, Canonical)
    terms, loose = Builder[Expr](), []
    for t in node.args:
        coefficient, rest = form.split(t)
        if rest is form.one or (rest.op is Const and rest.kind == "real"):
            loose.append(t)
        else:
            terms.add(rest, coefficient)
    count = len(terms)
    _combine(form, terms)
    if len(terms) == count:
        return None
    return make(a.add, (*[form.term(c, rest) for rest, c in terms.items()], *loose))


def _combine(form: Canonical, terms: Builder[Expr]) -> None:
    """Join terms in place."""
    found = [(t, *_product_of(form, t)) for t in terms]
    found = [entry for entry in found if entry[1] is not None]
    if len(found) < 2 or len(found) > MOST:
        return
    while len(found) > 1:
        first, core, factors = found.pop()
        for entry in found:
            other, second, others = entry
            if core is None or second is None or factors != others:
                continue
            joined = _joined(form, (terms[first], core), (terms[other], second))
            if joined is not None:
                found.remove(entry)
                terms.take(first)
                terms.take(other)
                total = form.mul([*factors, joined]) if factors else joined
                coefficient, rest = form.split(total)
                form.collect(terms, coefficient, rest)
                if rest not in terms:
                    found = [entry for entry in found if entry[0] is not rest]
                else:
                    fresh = (rest, *_product_of(form, rest))
                    if fresh[1] is not None and all(rest is not t for t, _, _ in found):
                        found.append(fresh)
                break


def _product_of(form: Canonical, term: Expr) -> tuple[Expr | None, tuple[Expr, ...]]:
    """The contraction that a term is, and the numbers it is multiplied by."""
    if term.op is a.mul and term not in form.shared:
        arrays = [f for f in term.args if f.shape]
        if len(arrays) == 1 and arrays[0].shape == term.shape and arrays[0].op in _JOINED:
            return arrays[0], tuple([f for f in term.args if not f.shape])
    return (term if term.op in _JOINED else None), ()


def _is_mirror(form: Canonical, one: Expr, two: Expr) -> bool:
    """Whether two matrices are ``A`` and ``A.T``: their sum is worth a product that others have."""
    bare = one.args[0] if one.op is ax.transpose else one
    if bare.ndim != 2 or bare.args:
        return False
    return form.apply(ax.transpose, (one,), ((-1, -2),)) is two


def _is_open(form: Canonical, term: Expr) -> bool:
    return term not in form.shared or bears_identity(term)


def operands_of(node: Expr) -> list[Operand]:
    """Operands of a canonical contraction; the axes of the value are labelled 0, 1, ..."""
    if node.op is ax.eye:
        return [(node, tuple(range(node.ndim)))]
    operands, inputs, output = ct.reading(node)
    name = {label: i for i, label in enumerate(output)}
    for labels in inputs:
        for label in labels:
            name.setdefault(label, len(name))
    return [
        (x, tuple([name[label] for label in labels]))
        for x, labels in zip(operands, inputs, strict=True)
    ]


def _joined(form: Canonical, one: tuple[Number, Expr], two: tuple[Number, Expr]) -> Expr | None:
    """The sum of two terms as one contraction, None where they differ in more than an operand
    or where the sum of the operands that differ is worth less than the two terms.
    """
    shape = one[1].shape
    if shape != two[1].shape:
        return None
    free = _is_open(form, one[1]) and _is_open(form, two[1])
    left, right = operands_of(one[1]), operands_of(two[1])
    if len(left) < len(right):
        left, right, one, two = right, left, two, one
    for i, (mine, labels) in enumerate(left):
        common = [*left[:i], *left[i + 1 :]]
        for common_right, theirs in _apart(right, len(common)):
            names = _renaming(common, common_right, len(shape)) if common else None
            other = None if names is None else _fitted(form, theirs, labels, names)
            if other is not None and (free or _is_mirror(form, mine, other)):
                total = form.add([form.times(one[0], mine), form.times(two[0], other)])
                return contractions.whole(form, [*common, (total, labels)], shape)
    return None


def _apart(operands: list[Operand], count: int) -> Iterator[tuple[list[Operand], Operand | None]]:
    """Every way to leave ``count`` operands, with the one that is taken out, if any.

    Identities alone have a 1 to be taken out.
    """
    if len(operands) == count and all(x.op is ax.eye for x, _ in operands):
        yield operands, None
    for k, taken in enumerate(operands if len(operands) == count + 1 else ()):
        yield [*operands[:k], *operands[k + 1 :]], taken


def _renaming(
    left: Sequence[Operand], right: Sequence[Operand], rank: int
) -> dict[int, int] | None:
    """What labels on the right are called on the left, if the operands are the same there."""
    names = {i: i for i in range(rank)}
    taken = dict(names)
    for (x, mine), (y, theirs) in zip(left, right, strict=True):
        if x is not y:
            return None
        for m, t in zip(mine, theirs, strict=True):
            if names.setdefault(t, m) != m or taken.setdefault(m, t) != t:
                return None
    return names


def _fitted(
    form: Canonical, theirs: Operand | None, labels: Labels, names: dict[int, int]
) -> Expr | None:
    """An operand with its axes in the order of ``labels``, if it has the same."""
    if theirs is None:
        return form.one
    y, others = theirs
    if any(i not in names for i in others):
        return None
    renamed = tuple([names[i] for i in others])
    if sorted(renamed) != sorted(labels) or len({*labels}) < len(labels):
        return None
    if renamed == labels:
        return y
    axes = tuple([renamed.index(i) - len(renamed) for i in labels])
    return form.apply(ax.transpose, (y,), (axes,))


def _choice(form: Form, node: Expr) -> Expr | None:
    """``where(c, diag(u), diag(v))`` as ``diag(where(c, u, v))``: off the diagonal both are 0."""
    if len(node.shape) < 2:
        return None
    assert isinstance(form, Canonical)
    condition, *branches = node.args
    pairs = {frozenset(_pairs(form, x, node.ndim)) for x in branches if not _is_zero(x)}
    if len(pairs) != 1 or not (found := sorted(*pairs)):
        return None
    gone = {j: i for i, j in found}
    kept = [i for i in range(node.ndim) if i not in gone]
    parts = []
    for x in node.args:
        labels = [gone.get(i, i) for i in range(node.ndim - x.ndim, node.ndim)]
        wide = [i for i, n in zip(labels, x.shape, strict=True) if n != 1]
        if x is condition and len({*wide}) < len(wide):
            return None
        places = tuple([kept.index(i) for i in labels])
        parts.append(contractions.build(form, [(x, places)], tuple([node.shape[i] for i in kept])))
    chosen = form.apply(node.op, tuple(parts))
    deltas = [(form.leaf(make(ax.eye, (), ((node.shape[i],),))), (i, j)) for i, j in found]
    return contractions.build(form, [*deltas, (chosen, tuple(kept))], node.shape)


def _pairs(form: Canonical, branch: Expr, rank: int) -> list[tuple[int, int]]:
    """The pairs of axes that identities in a branch hold equal, among ``rank`` axes."""
    rest = form.split(branch)[1]
    for x in rest.args if rest.op is a.mul else (rest,):
        if is_identity(x) and x.ndim == rank:
            operands = operands_of(x)
            found = [labels for y, labels in operands if y.op is ax.eye and y.size > 1]
            return [(ls[0], ls[1]) for ls in found if len(ls) == 2]
    return []


def _is_zero(node: Expr) -> bool:
    while node.op is ax.broadcast_to:
        node = node.args[0]
    return number(node) == 0
