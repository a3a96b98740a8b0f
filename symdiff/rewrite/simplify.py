"""``simplify``: canonical form and back, until nothing changes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..expr import Expr, as_expr
from ..messages import short
from ..ops.arithmetic import add, mul
from ..ops.arrays import reshape
from ..ops.arrays import sum as sum_of
from ..ops.contraction import einsum
from ..ops.elementary import exp, pow
from ..structure import flatten
from ..walk import collector_paused
from .canonical import Canonical
from .check import judged
from .engine import collected
from .exact import is_difference, is_term, number
from .present import Presenter
from .rules import measure
from .standard import standard
from .table import Table

LARGE = 20_000  # nodes beyond which one look has to do
MERGED = frozenset({add, mul, pow, exp, einsum, sum_of})


def simplify(tree: Any, exact: bool = False, effort: int = 1) -> Any:
    """An equal expression that is shorter and in the order of a textbook.

    ``tree`` is an expression or a nested list, tuple or dict of them, simplified together so
    that what they share stays shared.  The result equals the original wherever the original is
    finite, up to rounding; with ``exact=True`` it has the same bits for every input.

    ``effort`` says how much is tried: 0 collects and sorts without any rule on functions, 2 also
    searches among expanded, factored, nested and joined forms of every sum and product for the
    one with the fewest operations after ``cse``, 3 looks at larger ones and at identities of
    functions.  The search is over graphs of up to 3,000 nodes, with 3 of up to 10,000.

    Raises: ValueError for another effort.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> simplify(x * x + x**2 - 0 * x) is simplify(2 * x**2)
    True
    >>> print(simplify(x**3 + 2 * x**2 + 3 * x + 4, effort=2))
    x*(x*(x + 2) + 3) + 4
    """
    if effort not in (0, 1, 2, 3):
        raise ArgumentError(f"effort is 0, 1, 2 or 3, got {short(effort)}")
    leaves, rebuild = flatten(tree)
    outputs = [as_expr(leaf) for leaf in leaves]
    if exact:
        from .tables.bits import exactly

        return rebuild(exactly(outputs))
    if effort == 0:
        return rebuild(_collected(outputs))
    found = simplified(outputs)
    if effort > 1:
        from .forms.search import searched

        found = searched(found, effort, _settled, simplified)
    return rebuild(found)


def _collected(outputs: list[Expr]) -> list[Expr]:
    """The outputs in canonical form without rules, written for reading."""
    with collector_paused():
        look = _merged(outputs, Table())
        return look.outputs if look.size > LARGE else _led_to(look, Table())


def simplified(outputs: list[Expr]) -> list[Expr]:
    """The simplified outputs of one graph, once their values are seen to be those of the outputs.

    Where they are not, every form is compared before it is taken; if that does not help, the
    result of effort 0 is in reserve.  What is lost far out by collecting is not held against
    other forms.
    """
    found = _shortened(outputs, careful=False)
    if judged(outputs, found):
        return found
    reserve = _collected(outputs)
    verdict = judged(outputs, reserve)
    if verdict.equal is False:
        return outputs
    original = outputs if verdict else reserve
    if not verdict and judged(original, found):
        return found
    found = _shortened(outputs, careful=True)
    return found if judged(original, found) else reserve


def _shortened(outputs: list[Expr], careful: bool) -> list[Expr]:
    """What another round leaves as it is; a ``careful`` one compares each form that it takes.

    No round makes a graph longer than a bound set by the first, so a form comes back at last.
    Where several forms follow each other for ever, the shortest stands for all of them.
    """
    from .forms.shortest import lengths, shorter

    with collector_paused():
        look = _merged(outputs)
        if look.size > LARGE:
            return look.outputs
        outputs = _led_to(look)
        while (found := shorter(outputs, careful)) is not None:
            again = _settled(found)
            if lengths(again) >= lengths(outputs):
                break
            outputs = again
        return outputs


def _settled(outputs: list[Expr], rules: Table | None = None) -> list[Expr]:
    """What rounds lead to."""
    look = _merged(outputs, rules)
    return outputs if look.outputs == outputs else _led_to(look, rules, outputs)


def _led_to(look: _Look, rules: Table | None = None, start: list[Expr] | None = None) -> list[Expr]:
    """What further rounds lead to.

    A round that comes to the same canonical forms, or to the outputs it began with, is the last.
    """
    found = [] if start is None else [start]
    while not look.done and look.outputs not in found:
        found.append(look.outputs)
        look = _merged(look.outputs, rules, look)
    circle = [] if look.done else found[found.index(look.outputs) :]
    return min(circle, key=_length) if len(circle) > 1 else look.outputs


def _length(outputs: list[Expr]) -> tuple[float, list[int]]:
    return measure(outputs), [out.digest for out in outputs]


class _Look(NamedTuple):
    """The outputs of a round, the canonical forms that led to them, what is known of these,
    how many nodes they have, and whether another round leaves the outputs as they are.
    """

    outputs: list[Expr]
    forms: list[Expr]
    form: Canonical
    size: int
    done: bool


def _merged(outputs: list[Expr], rules: Table | None = None, last: _Look | None = None) -> _Look:
    """The outputs in reading form; ``last`` is the look that led to them, if any.

    A node kept whole because it was shared may lose its other users to a rule; then one more
    pass merges it.  Passes go on while they leave fewer of such nodes than the one before.
    """
    before: int | None = None
    while True:
        forms, form = collected(
            outputs, rules or standard(), last=None if last is None else last.form
        )
        if last is not None and forms == last.forms and not form.contracts:
            return last._replace(done=True)
        presenter = Presenter(forms, form)
        found = presenter.run()
        last = _Look(found, forms, form, len(presenter.order), found == outputs)
        if last.done:
            return last
        outputs = found
        loose = _loose(presenter, form.shared)
        if not loose or (before is not None and loose >= before):
            return last
        before = loose


def _loose(presenter: Presenter, shared: set[Expr]) -> int:
    """How many nodes kept whole for sharing have one user left, which could take them in."""
    single = {n for n in shared if n.op in MERGED and presenter.uses.get(n) == 1}
    if not single:
        return 0
    count = 0
    near = set(single)  # and the products with one of them
    for node in presenter.order:
        if near.isdisjoint(node.args):
            continue
        if node.op is mul:
            near.add(node)
        if node.op is add:
            count += sum(rest in single and rest.op is not exp for rest in map(_rest, node.args))
        elif is_term(node):
            rest = node.args[1]
            if number(node.args[0]) == -1:
                parts = rest.args if rest.op is mul else (rest,)
                count += sum(part in single and is_difference(part) for part in parts)
        elif node.op is mul or node.op is pow:
            count += sum(part in single and part.op in (mul, exp) for part in node.args)
        elif node.op.contraction is not None or node.op is reshape:
            count += sum(part in single and part.op is not add for part in node.args)
    return count


def _rest(term: Expr) -> Expr:
    return term.args[1] if is_term(term) else term
