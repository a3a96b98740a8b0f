"""The canonical form of products over axes: one flat contraction, without identities.

Matrix products, traces, transposes, sums and elementwise products inside one another become one
list of operands with labelled axes.  Identities among them rename labels and are gone; axes of
size 1 are left out; operands with the same labels are multiplied elementwise first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...expr import Expr, Op, Params, Shape, make
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...ops import contraction as ct
from .gathering import Gathered
from .opening import Operand, bears_identity, reshaped
from .symmetric import is_symmetric

if TYPE_CHECKING:
    from ..canonical import Canonical

_COMPUTED = frozenset({ct.einsum, a.add, a.mul})  # what is not computed again to be transposed
MOST_TERMS = 8  # of a sum that is multiplied out for the identities in it


def apply(form: Canonical, op: Op, args: tuple[Expr, ...], params: Params) -> Expr:
    """The canonical form of a contraction of canonical operands."""
    node = make(op, args, params)
    if op is ax.sum and params[1]:
        inner = form.apply(ax.sum, args, (params[0], False))
        return reshaped(form, inner, node.shape)
    if op is ax.transpose and args[0] in form.shared and args[0].op in _COMPUTED:
        return args[0] if is_symmetric(form, args[0]) else node
    assert op.contraction is not None
    operands, inputs, output = op.contraction(node)
    place = {label: i for i, label in enumerate(output)}
    for labels in inputs:
        for label in labels:
            place.setdefault(label, len(place))
    named = [tuple([place[label] for label in labels]) for labels in inputs]
    return build(form, zip(operands, named, strict=True), node.shape)


def build(form: Canonical, operands: Iterable[Operand], shape: Shape) -> Expr:
    """The canonical contraction of canonical operands; the axes of the value are 0, 1, ..."""
    done: list[Expr] = []
    pending = [list(operands)]
    sizes = _sizes(pending[0], shape)
    while pending:
        parts = pending.pop()
        at = _sum_to_open(form, parts, len(shape))
        if at is None:
            done.append(_product(form, parts, shape, sizes))
        else:  # identities and products among the terms are worth more than the sum
            total, labels = parts[at]
            terms = [(t, labels[len(labels) - t.ndim :]) for t in reversed(total.args)]
            pending += [[*parts[:at], term, *parts[at + 1 :]] for term in terms]
    return done[0] if len(done) == 1 else form.shaped(form.add(done), shape)


def whole(form: Canonical, operands: list[Operand], shape: Shape) -> Expr | None:
    """The canonical contraction as one product; None where :func:`build` makes a sum of it.

    What joins terms builds with this one, so that no sum is joined that is then taken apart.
    """
    if _sum_to_open(form, operands, len(shape)) is not None:
        return None
    return _product(form, operands, shape, _sizes(operands, shape))


def _sizes(operands: Sequence[Operand], shape: Shape) -> dict[int, int]:
    """The length of the axis that each label stands for."""
    sizes = dict(enumerate(shape))
    for x, labels in operands:
        sizes.update([(i, n) for i, n in zip(labels, x.shape, strict=True) if n != 1])
    return sizes


def _sum_to_open(form: Canonical, operands: Sequence[Operand], rank: int) -> int | None:
    """Which operand is a sum that is multiplied out, if one is."""
    if len(operands) == 1 and _is_sum_of_products(form, *operands[0], rank):
        return 0
    return next((i for i, (x, _) in enumerate(operands) if _is_mixed(x)), None)


def product(form: Canonical, factors: Sequence[Expr], shape: Shape) -> Expr:
    """An elementwise product with identities among its factors."""
    labels = tuple(range(len(shape)))
    return build(form, [(f, labels[len(shape) - f.ndim :]) for f in factors], shape)


def meets_identity(node: Expr) -> bool:
    """Whether a factor makes its product a contraction with identities."""
    return bears_identity(node) or _is_mixed(node)


def _is_mixed(node: Expr) -> bool:
    """Whether a node is a short sum in which some terms have an identity."""
    return node.op is a.add and len(node.args) <= MOST_TERMS and any(map(bears_identity, node.args))


def _is_sum_of_products(form: Canonical, x: Expr, labels: tuple[int, ...], rank: int) -> bool:
    """Whether ``x`` is summed over an axis and has a term ``A @ B`` that gets cheaper thereby, or
    its diagonal is taken.
    """
    if x.op is not a.add or x in form.shared or len(x.args) > MOST_TERMS:
        return False
    if len({*labels}) < len(labels):
        return True
    rests = [form.split(t)[1] for t in x.args]
    products = [rest for rest in rests if rest.op is ct.einsum and rest not in form.shared]
    return bool(products) and max(labels) >= rank


def _product(
    form: Canonical, operands: Iterable[Operand], shape: Shape, sizes: dict[int, int]
) -> Expr:
    output = tuple(range(len(shape)))
    gathered = Gathered(form, dict(sizes))
    gathered.take(operands)
    gathered.eliminate(output)
    return gathered.result(output, shape)
