"""The canonical form of products over axes: one flat contraction, without identities.

Matrix products, traces, transposes, sums and elementwise products inside one another become one
list of operands with labelled axes.  Identities among them rename labels and are gone; axes of
size 1 are left out; operands with the same labels are multiplied elementwise first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from ...expr import Expr, Op, Params, Shape, make
from ...leaves import const
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from ..nodes import shaped, split
from ..order import bare
from ..products import Known, mul
from .operands import (
    Labels,
    Operand,
    Sizes,
    Term,
    aligned,
    opened,
    operands_of,
    ordered,
    reshaped,
    sizes_of,
    sorted_einsum,
)
from .symmetric import is_symmetric

_COMPUTED = frozenset({ct.einsum, a.add, a.mul})  # what is not computed again to be transposed


def apply(known: Known, op: Op, args: tuple[Expr, ...], params: Params) -> Expr:
    """The canonical form of a contraction, or a product with identities, of canonical operands."""
    node = make(op, args, params)
    if op is ax.transpose and args[0] in known.shared and args[0].op in _COMPUTED:
        return args[0] if is_symmetric(known, args[0]) else node
    return build(known, operands_of(node), node.shape)


def build(known: Known, operands: Iterable[Operand], shape: Shape) -> Expr:
    """The canonical contraction of canonical operands; the axes of the value are 0, 1, ..."""
    output = tuple(range(len(shape)))
    term = Term((), tuple(operands), ())
    sizes = sizes_of(term.operands, shape)
    term = opened(known.shared, term, sizes, output)
    term, left_out = _without_units(term, sizes, output)
    return _written(known, gathered(known, term, sizes, output, left_out), sizes, shape)


# -- operands put together -----------------------------------------------------------------------


def gathered(
    known: Known, term: Term, sizes: Sizes, output: Labels, left_out: Collection[int]
) -> Term:
    """The product with operands of distinct labels, each in two of them or in the value.

    Axes of size 1 are ``left_out``; operands of equal labels are multiplied elementwise, what one
    alone has is summed over, and what the axes of the value do not depend on becomes a scalar.
    """
    operands = [_bare(known, x, labels, sizes, left_out) for x, labels in term.operands]
    due = sizes.keys() - {*output}  # labels to be summed over
    while True:
        before = operands
        operands = _multiplied(known, operands)
        count = Counter([*output, *[i for _, labels in operands for i in {*labels}]])
        due -= {i for _, labels in operands for i in labels if count[i] == 1}
        operands = [_summed_alone(x, labels, count) for x, labels in operands]
        if operands == before:
            break
    scalars = [x for x, labels in operands if not labels]
    arrays: list[Operand] = []
    for members in _connected([o for o in operands if o[1]]):
        labels = {i for _, ls in members for i in ls}
        due -= labels
        if labels.isdisjoint(output):
            scalars.append(_core(known, members, ()))
        else:
            arrays += members
    scalars += [const(sizes[i]) for i in sorted(due) if sizes[i] != 1]
    return Term((*term.scalars, *scalars), tuple(arrays), term.equal)


def _bare(
    known: Known, x: Expr, labels: Labels, sizes: Sizes, left_out: Collection[int]
) -> Operand:
    """An operand without some axes of size 1, a symmetric one with its labels in order."""
    kept = tuple([i for i in labels if i not in left_out])
    narrow = reshaped(x, tuple([sizes[i] for i in kept]))
    if len(kept) == 2 and kept[0] > kept[1] and is_symmetric(known, narrow):
        kept = kept[::-1]
    return narrow, kept


def _without_units(term: Term, sizes: Sizes, output: Labels) -> tuple[Term, set[int]]:
    """The product with its axes of size 1 taken for that of the value, if that has one; and those
    that say nothing: ``A @ B`` keeps that of a row or a column.
    """
    units = {i for _, labels in term.operands for i in labels if sizes[i] == 1}
    rows = [i for i in output if sizes[i] == 1]
    names = dict.fromkeys(units, rows[0]) if len(rows) == 1 else {}
    operands = [(x, tuple([names.get(i, i) for i in labels])) for x, labels in term.operands]
    groups = {labels for _, labels in operands}
    labelled = {i for labels in groups for i in labels}
    is_inner = len(groups) == 2 or (len(groups) == 1 and labelled.isdisjoint(output))
    left_out = set()
    for i in [i for i in labelled if sizes[i] == 1]:
        counts = [labels.count(i) for labels in groups if i in labels]
        is_told = len(counts) == 1 if i in output else is_inner and len(counts) == len(groups)
        if not is_told or max(counts) > 1:
            left_out.add(i)
    return term._replace(operands=tuple(operands)), left_out


def _multiplied(known: Known, operands: Iterable[Operand]) -> list[Operand]:
    """Operands of the same labels as one elementwise product; numbers are scalars."""
    groups: dict[Labels, list[Expr]] = {}
    for x, labels in operands:
        groups.setdefault(labels, []).append(x)
    merged: list[Operand] = []
    for labels, factors in groups.items():
        if not labels or len(factors) == 1:
            merged += [(x, labels) for x in factors]
            continue
        coefficient, rest = split(mul(known, factors))
        if coefficient != 1:
            merged.append((const(coefficient), ()))
        inner = bare(rest)
        merged.append((rest, labels) if inner.shape else (inner, ()))
    return merged


def _summed_alone(x: Expr, labels: Labels, count: Counter[int]) -> Operand:
    """An operand summed over the axes that nothing else has, its diagonal taken."""
    kept = tuple([i for i in dict.fromkeys(labels) if count[i] > 1])
    if kept == labels:
        return x, labels
    if len({*labels}) < len(labels):
        return ct.contract([x], [labels], kept), kept
    axes = tuple([k - x.ndim for k, i in enumerate(labels) if i not in kept])
    return make(ax.sum, (x,), (axes, False)), kept


def _connected(operands: Iterable[Operand]) -> list[list[Operand]]:
    """Operands in groups that have no label in common."""
    groups: list[list[Operand]] = []
    for x, labels in operands:
        touching = [g for g in groups if any(not {*ls}.isdisjoint(labels) for _, ls in g)]
        apart = [g for g in groups if g not in touching]
        groups = [*apart, [*chain(*touching), (x, labels)]]
    return groups


# -- the node ------------------------------------------------------------------------------------


def _written(known: Known, term: Term, sizes: Sizes, shape: Shape) -> Expr:
    """The canonical node of a gathered product."""
    output = tuple(range(len(shape)))
    deltas = [(make(ax.eye, (), ((sizes[i],),)), (i, j)) for i, j in term.equal]
    operands = [*deltas, *term.operands]
    used = {i for _, labels in operands for i in labels}
    if not operands:
        return shaped(mul(known, term.scalars) if term.scalars else const(1), shape)
    core = _core(known, operands, tuple([i for i in output if i in used]))
    first = min([i for i in output if i in used], default=len(output))
    kept = [n if i in used else 1 for i, n in enumerate(shape)]
    core = shaped(reshaped(core, tuple(kept[first:])), shape)
    return mul(known, [*term.scalars, core])


def _core(known: Known, operands: Sequence[Operand], output: Labels) -> Expr:
    """The node of gathered operands and identities; they have every label of ``output``."""
    elementwise = all(x.op is not ax.eye and {*labels} <= {*output} for x, labels in operands)
    if not elementwise:
        return sorted_einsum(known.ranks, operands, output)
    if len(operands) == 1:
        return ordered(*operands[0], output)
    factors = []
    for x, labels in operands:
        kept = tuple([i for i in output if i in labels])
        factors.append(aligned(ordered(x, labels, kept), kept, output))
    return mul(known, factors)
