"""Named forms on request: expanded, collected, over one denominator, factored, nested.

Each form is built from canonical nodes and written as ``simplify`` writes them, but what
``simplify`` would do to it afterwards is not done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...expr import Expr, as_expr
from ...structure import flatten
from ...walk import collector_paused
from ..canonical import Canonical
from ..engine import FEW, STEPS, Engine
from ..present import Presenter
from ..standard import EAGER, build, standard
from .common import common_factors, denominators, in_front
from .expansion import Budget, Collection, Expansion

LIMIT = 100_000  # terms that a call writes out at most, unless told otherwise


def expand(tree: Any, limit: int = LIMIT) -> Any:
    """Products and whole powers of sums multiplied out, inside functions and divisors too.

    ``tree`` is an expression or a nested list, tuple or dict of them.  Divisors and roots stay
    as they are but for what is inside; arrays are multiplied element by element only, other
    operations on them are atoms.  A product whose coefficients would overflow, underflow or
    take more than 1024 bits, or whose float constants would be added, stays as it is.

    Raises: LimitError where multiplying out writes more than ``limit`` terms in total.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> expand((x + 1)**3), expand(x * (x + y) - x * y)
    (x**3 + 3*x**2 + 3*x + 1, x**2)
    """
    return formed(tree, lambda form, outputs: Expansion(form, limit).expanded(outputs))


def collect(tree: Any, by: Any, limit: int = LIMIT) -> Any:
    """Sums written by falling powers of ``by``: a variable, a function, or a list of these.

    ``tree`` is an expression or a nested list, tuple or dict of them.  Sums that have ``by`` in
    them are multiplied out, inside functions too; the coefficients are simplified.  Several
    variables give one term for each product of their powers.  Of ``x**2`` whole powers count.

    Raises: KindError where ``by`` is a number or a product, LimitError as ``expand`` does.

    >>> import symdiff as sd
    >>> a, b, c, x = sd.vars("a b c x")
    >>> collect(a * x + b * x + c, x), collect((a * x + 1) * (x + b), x)
    ((a + b)*x + c, a*x**2 + (a*b + 1)*x + b)
    """
    wanted = [as_expr(v) for v in flatten(by)[0]]

    def run(form: Canonical, nodes: list[Expr]) -> list[Expr]:
        targets, outputs = nodes[: len(wanted)], nodes[len(wanted) :]
        return Collection(form, limit, wanted, targets).collected(outputs)

    return formed(tree, run, wanted)


def together(tree: Any, limit: int = LIMIT) -> Any:
    """Sums over one denominator, inside functions and divisors too.

    ``tree`` is an expression or a nested list, tuple or dict of them.  Numerators are added up
    but not multiplied out.  Where a divisor is infinite (``1/log(x)`` at 0), which is no real
    number, the original may be finite and the form nan.

    Raises: LimitError where numerators get more than ``limit`` new factors in total.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> together(1 / x + 1 / y), together(x / 2 + y / 3)
    ((x + y)/(x*y), (3*x + 2*y)/6)
    """
    budget = Budget(limit, "factors")
    front = partial(denominators, budget)
    return formed(tree, lambda form, outputs: in_front(form, outputs, front))


def factor_terms(tree: Any) -> Any:
    """What all terms of a sum have in common in front of it, inside functions too.

    ``tree`` is an expression or a nested list, tuple or dict of them.  Common are the greatest
    exact number, a minus, and the lowest power of each factor.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> factor_terms(2 * x * y + 4 * x), factor_terms(-x / 2 - y / 3)
    (2*x*(y + 2), -(3*x + 2*y)/6)
    """
    return formed(tree, lambda form, outputs: in_front(form, outputs, common_factors))


def horner(tree: Any, x: Any, limit: int = LIMIT) -> Any:
    """Polynomials in ``x`` nested so that they take the fewest multiplications.

    ``tree`` is an expression or a nested list, tuple or dict of them; coefficients may be
    anything without ``x``.

    Raises: NotPolynomial where ``x`` stands under a function, a root or a divisor, KindError
    and LimitError as ``collect`` does.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> horner(x**3 + 2 * x**2 + 3 * x + 4, x)
    x*(x*(x + 2) + 3) + 4
    """
    wanted = as_expr(x)

    def run(form: Canonical, nodes: list[Expr]) -> list[Expr]:
        target, *outputs = nodes
        return Collection(form, limit, [wanted], [target]).nested(outputs)

    return formed(tree, run, [wanted])


def formed(
    tree: Any,
    run: Callable[[Canonical, list[Expr]], list[Expr]],
    wanted: Sequence[Expr] = (),
) -> Any:
    """The leaves of ``tree`` through ``run``, written for reading; ``wanted`` are put first."""
    leaves, rebuild = flatten(tree)
    outputs = [as_expr(leaf) for leaf in leaves]
    with collector_paused():
        nodes, form = build([*wanted, *outputs], EAGER)
        if not outputs:
            return rebuild([])
        engine = Engine(form, standard(), STEPS * len(nodes) + FEW)
        found = [engine.settled(new, True) for new in run(form, nodes)]
        return rebuild(Presenter(found, form).run())
