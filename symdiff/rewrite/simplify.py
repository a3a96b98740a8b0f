"""``simplify``: canonical form and back, until nothing changes."""

from __future__ import annotations

from typing import Any

from ..expr import Expr, as_expr
from ..ops.arithmetic import add, mul
from ..ops.arrays import reshape
from ..ops.arrays import sum as sum_of
from ..ops.contraction import einsum
from ..ops.elementary import exp, pow
from ..structure import flatten
from ..walk import collector_paused
from .canonical import build
from .exact import number
from .present import Presenter, is_term

MERGED = frozenset({add, mul, pow, exp, einsum, sum_of})


def simplify(tree: Any, exact: bool = False) -> Any:
    """An equal expression that is shorter and in the order of a textbook.

    ``tree`` is an expression or a nested list, tuple or dict of them, simplified together so
    that what they share stays shared.  The result equals the original wherever the original is
    finite, up to rounding; with ``exact=True`` it has the same bits for every input.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> simplify(x * x + x**2 - 0 * x) is simplify(2 * x**2)
    True
    """
    leaves, rebuild = flatten(tree)
    outputs = [as_expr(leaf) for leaf in leaves]
    if exact:
        from .raw import exactly

        return rebuild(exactly(outputs))
    return rebuild(simplified(outputs))


def simplified(outputs: list[Expr]) -> list[Expr]:
    """The simplified outputs of one graph.

    A node kept whole because it was shared may lose its other users to a rule; then one more
    round merges it.  Rounds go on while they leave fewer of such nodes than the round before.
    """
    before = None
    with collector_paused():
        while True:
            forms, form = build(outputs)
            presenter = Presenter(forms, form)
            outputs = presenter.run()
            loose = _loose(presenter, form.shared)
            if not loose or (before is not None and loose >= before):
                return outputs
            before = loose


def _loose(presenter: Presenter, shared: set[Expr]) -> int:
    """How many nodes kept whole for sharing have one user left, which could take them in."""
    single = {n for n in shared if n.op in MERGED and presenter.uses.get(n) == 1}
    if not single:
        return 0
    count = 0
    for node in presenter.order:
        if node.op is add:
            count += sum(rest in single and rest.op is not exp for rest in map(_rest, node.args))
        elif node.op is mul and is_term(node):
            rest = node.args[1]
            if number(node.args[0]) == -1:
                parts = rest.args if rest.op is mul else (rest,)
                count += sum(part in single and part.op is add for part in parts)
        elif node.op is mul or node.op is pow:
            count += sum(part in single and part.op in (mul, exp) for part in node.args)
        elif node.op.contraction is not None or node.op is reshape:
            count += sum(part in single and part.op is not add for part in node.args)
    return count


def _rest(term: Expr) -> Expr:
    return term.args[1] if is_term(term) else term
