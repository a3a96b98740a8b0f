"""The terms of a sum of products over axes, each as operands with labelled axes."""

from __future__ import annotations

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...walk import exceeds, postorder
from ..canonical import Canonical
from ..exact import number
from ..standard import EAGER, build
from .contractions import gathered
from .opening import Term, opened
from .operands import at_end, sizes_of

LARGE = 500  # nodes: beyond, shared sums and products stay whole


def terms(e: Expr) -> list[Term] | None:
    """The products that ``e`` is the sum of, none for 0; None if an operand hides an identity.

    Axes of size 1 are left out.

    >>> import symdiff as sd
    >>> x = sd.Var("x", (3,))
    >>> [(len(t.operands), t.equal) for t in terms(sd.diag(x) + 2 * sd.outer(x, x))]
    [(2, ()), (1, ((0, 1),))]
    """
    (image,), form = build([e], 0 if exceeds([e], LARGE) else EAGER)
    output = tuple(range(e.ndim))
    products: list[Term] = []
    for scalars, node in _summands(form, image):
        operand = at_end(node, output)
        sizes = sizes_of([operand], e.shape)
        term = opened(form.shared, Term((), (operand,), ()), sizes, output)
        term = gathered(form.known, term, sizes, output, {i for i in sizes if sizes[i] == 1})
        if any(x.op is ax.eye for x in postorder([x for x, _ in term.operands])):
            return None
        products.append(term._replace(scalars=scalars + term.scalars))
    return products


def _summands(form: Canonical, root: Expr) -> list[tuple[tuple[Expr, ...], Expr]]:
    """The terms of nested sums with what they are multiplied by, left to right."""
    summands = []
    pending: list[tuple[tuple[Expr, ...], Expr]] = [((), root)]
    while pending:
        scalars, node = pending.pop()
        coefficient, rest = form.split(node)
        if coefficient == 0:
            continue
        inner = scalars if coefficient == 1 else (*scalars, const(coefficient))
        if rest.op is ax.broadcast_to and rest.params[0] == rest.args[0].ndim:
            pending.append((inner, rest.args[0]))
        elif rest.op is a.add and number(rest) is None:
            pending += [(inner, t) for t in reversed(rest.args)]
        else:
            summands.append((inner, rest))
    return summands
