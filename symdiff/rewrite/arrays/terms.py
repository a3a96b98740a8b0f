"""The terms of a sum of products over axes, each as operands with labelled axes."""

from __future__ import annotations

from typing import NamedTuple

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...walk import exceeds, postorder
from ..canonical import Canonical
from ..exact import number
from ..standard import EAGER, build
from .gathering import Gathered
from .opening import Operand

LARGE = 500  # nodes: beyond, shared sums and products stay whole


class Term(NamedTuple):
    """A product: scalars, operands, and pairs of axes of the value that identities hold equal.

    The axes of the value are 0, 1, ...; further labels are summed over.  In the operands the
    first axis of a pair stands for both, and axes of size 1 are left out.
    """

    scalars: tuple[Expr, ...]
    operands: tuple[Operand, ...]
    equal: tuple[tuple[int, int], ...]


def terms(e: Expr) -> list[Term] | None:
    """The products that ``e`` is the sum of, none for 0; None if an operand hides an identity.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> [(len(t.operands), t.equal) for t in terms(sd.diag(x) + 2 * sd.outer(x, x))]
    [(2, ()), (1, ((0, 1),))]
    """
    (image,), form = build([e], 0 if exceeds([e], LARGE) else EAGER)
    output = tuple(range(e.ndim))
    found: list[Term] = []
    for scalars, node in _summands(form, image):
        gathered = Gathered(form, dict(enumerate(e.shape)), squeezed=True)
        gathered.take([(node, output[e.ndim - node.ndim :])])
        gathered.eliminate(output)
        operands = gathered.parts(output)
        if any(x.op is ax.eye for x in postorder([x for x, _ in operands])):
            return None
        found.append(Term((*scalars, *gathered.outside), tuple(operands), tuple(gathered.equal)))
    return found


def _summands(form: Canonical, root: Expr) -> list[tuple[tuple[Expr, ...], Expr]]:
    """The terms of nested sums with what they are multiplied by, left to right."""
    found = []
    pending: list[tuple[tuple[Expr, ...], Expr]] = [((), root)]
    while pending:
        scalars, node = pending.pop()
        own, rest = form.split(node)
        if own == 0:
            continue
        inner = scalars if own == 1 else (*scalars, form.constant(own))
        if rest.op is ax.broadcast_to and rest.params[0] == rest.args[0].ndim:
            pending.append((inner, rest.args[0]))
        elif rest.op is a.add and number(rest) is None:
            pending += [(inner, t) for t in reversed(rest.args)]
        else:
            found.append((inner, rest))
    return found
