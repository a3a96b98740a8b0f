"""The terms of a sum of products over axes, each as operands with labelled axes."""

from __future__ import annotations

from ...expr import Expr
from ...ops import arithmetic as a
from ...ops import arrays as ax
from ...walk import exceeds, postorder
from ..exact import number
from ..standard import EAGER, build
from .contractions import gathered
from .operands import Term, at_end, bears_identity, opened, sizes_of

MOST = 8  # terms of a sum that is multiplied out for the identities in it
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
    first = Term((), (at_end(image, output),), ())
    products: list[Term] = []
    pending = [(first, sizes_of(first.operands, e.shape))]
    while pending:
        term, sizes = pending.pop()
        term = opened(form.shared, term, sizes, output)
        at = next((i for i, (x, _) in enumerate(term.operands) if _is_opened(x, term)), None)
        if at is not None:
            total, labels = term.operands[at]
            for t in reversed(total.args):
                parts = (*term.operands[:at], at_end(t, labels), *term.operands[at + 1 :])
                pending.append((term._replace(operands=parts), dict(sizes)))
            continue
        term = gathered(form.known, term, sizes, output, {i for i in sizes if sizes[i] == 1})
        if any(x.op is ax.eye for x in postorder([x for x, _ in term.operands])):
            return None
        if not any(number(x) == 0 for x in term.scalars):
            products.append(term)
    return products


def _is_opened(x: Expr, term: Term) -> bool:
    """Whether a product is multiplied out by an operand: a sum of terms of which some have an
    identity, or one that has only numbers before it.
    """
    if x.op is not a.add or number(x) is not None:
        return False
    if len(term.operands) == 1 and all(number(s) is not None for s in term.scalars):
        return True
    return len(x.args) <= MOST and any(map(bears_identity, x.args))
