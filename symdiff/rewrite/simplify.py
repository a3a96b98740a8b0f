"""``simplify``: canonical form and back, until nothing changes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import ArgumentError
from ..expr import Expr, as_expr
from ..messages import short
from ..structure import flatten
from ..walk import collector_paused, exceeds, postorder
from .arrays.lists import may_have_lists, with_lists
from .canonical import Canonical
from .check import FADED, Disagreement, disagreements, judged, report
from .engine import PRODUCTS, SUMS, collected
from .forms.shortest import SMALL, Start, begun, lengths, shared_length, shorter
from .present import Presenter
from .recording import is_recording
from .standard import standard
from .table import Table

LARGE = 20_000  # nodes beyond which one look has to do
ALONE = 4_000  # nodes of several outputs, counted once for each, up to which each is done alone
KEPT = 400  # nodes of outputs that are remembered
RECENT = 128  # of them: a second derivative starts with the first
LONGER = 1.15
ROUNDS = 6  # a bound: of a thousand graphs one takes more than three
FAMILY = dict.fromkeys(SUMS, SUMS) | dict.fromkeys(PRODUCTS, PRODUCTS)
DIGITS = 1.5  # times as long as another form may one be that has more digits far out


def simplify(tree: Any, exact: bool = False, effort: int = 1) -> Any:
    """An equal expression that is shorter and in the order of a textbook.

    ``tree`` is an expression or a nested list, tuple or dict of them, simplified together so
    that what they share stays shared.  The result equals the original wherever the original is
    finite, up to rounding; with ``exact=True`` it has the same bits for every input.

    ``effort`` says how much is tried: 0 collects and sorts without any rule on functions, 2 also
    nests sums and looks for squares of sums where that leaves fewer operations after ``cse``, 3
    looks at larger ones.  The search is over graphs of up to 3,000 nodes, with 3 of up to 10,000.

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
        return _settled(outputs, Table())


def simplified(outputs: list[Expr], briefly: bool = False) -> list[Expr]:
    """The simplified outputs, each as it would be alone; those of large graphs together.

    What nobody reads, because it is differentiated again, is searched ``briefly``.
    """
    distinct = list(dict.fromkeys(outputs))
    left = -1 if exceeds(distinct, ALONE) else ALONE
    for out in distinct:
        left -= len(postorder([out])) if left > 0 else 0
    if left < 0:
        return _simplified(outputs, briefly)
    images = {out: _alone(out, briefly) for out in distinct}
    return [images[out] for out in outputs]


def _alone(output: Expr, briefly: bool) -> Expr:
    """One output, simplified, and anew where somebody records the rules that are applied."""
    if is_recording() or exceeds([output], KEPT):
        return _simplified([output], briefly)[0]
    found, fallen = _remembered(output, briefly)
    report(fallen)
    return found


@lru_cache(RECENT)
def _remembered(output: Expr, briefly: bool) -> tuple[Expr, list[Disagreement]]:
    """A simplified output, and the forms that fell in a check."""
    with disagreements() as fallen:
        return _simplified([output], briefly)[0], fallen


def together(outputs: list[Expr]) -> list[Expr]:
    """The simplified entries of what is read as a whole, a matrix: each as it would be alone,
    unless that takes ``LONGER`` times the operations that they share where it is not chosen.
    """
    alone = simplified(outputs)
    if len(set(outputs)) == 1:
        return alone
    settled = _settled(outputs)
    if alone == settled or shared_length(alone) <= LONGER * shared_length(settled):
        return alone
    return settled if judged(outputs, settled) else alone


def _simplified(outputs: list[Expr], briefly: bool) -> list[Expr]:
    """The simplified outputs of one graph, once their values are seen to be those of the outputs.

    Where they are not, or lose digits far out, every form is compared before it is taken; if
    that does not help, the result of effort 0 is in reserve.  What is lost far out by collecting
    is not held against other forms.
    """
    found = _shortened(outputs, False, briefly)
    verdict = judged(outputs, found, digits=True)
    if verdict:
        return found
    if verdict.why.startswith(FADED):
        better = _shortened(outputs, True, briefly)
        longer = shared_length(better) > DIGITS * shared_length(found)
        return found if longer or not judged(outputs, better, digits=True) else better
    reserve = _collected(outputs)
    verdict = judged(outputs, reserve)
    if verdict.equal is False:
        return outputs
    original = outputs if verdict else reserve
    if not verdict and judged(original, found):
        return found
    found = _shortened(outputs, True, briefly)
    return found if judged(original, found) else reserve


def _shortened(outputs: list[Expr], careful: bool, briefly: bool) -> list[Expr]:
    """What another round leaves as it is; a ``careful`` one compares each form that it takes.

    One output that is small is searched for a shorter form, ``briefly`` or as long as there is one.
    """
    with collector_paused():
        if len(outputs) > 1:
            return _settled(outputs)
        start = _begun(outputs[0], None, 1 if briefly else ROUNDS)
        opened = not briefly
        while isinstance(start, Start):
            found, image = shorter(start, careful, opened)
            if briefly or found is start.output:
                return [found]
            again = _begun(found, image, ROUNDS)
            output = again.output if isinstance(again, Start) else again
            if output is not found and lengths([output]) >= lengths([start.output]):
                return [start.output]
            start, opened = again, False
        return [start]


def _begun(output: Expr, image: Expr | None, rounds: int) -> Start | Expr:
    """What rounds lead to, with its canonical form where it is small enough to be searched.

    ``image`` is a canonical form of which the output is the reading form, if one is known.  Where
    nothing in it can be taken apart and no rule applies, another round would come to the same.
    """
    start, last = None, None
    for _ in range(rounds):
        if image is not None and not exceeds([output], SMALL):
            start = begun(output, None if last is None else last.form)
            if start.image is image and not _is_nested(output):
                return start._replace(is_read=True)
        look = _look([output], None, last)
        (found,), (image,) = look.outputs, look.forms
        is_last = found is output or look.size > LARGE
        output, last = found, look
        if is_last:
            break
    if exceeds([output], SMALL):
        return output
    return start if start is not None and start.output is output else begun(output, look.form)


def _is_nested(output: Expr) -> bool:
    """Whether a sum that is used twice is a term of another one, or a product a factor."""
    used, twice, inner = set[Expr](), set[Expr](), set[Expr]()
    for node in postorder([output]):
        family = FAMILY.get(node.op)
        for x in node.args:
            (twice if x in used else used).add(x)
            if family is not None and FAMILY.get(x.op) is family:
                inner.add(x)
    return not twice.isdisjoint(inner)


def _settled(outputs: list[Expr], rules: Table | None = None) -> list[Expr]:
    """What rounds lead to: a sum that was kept whole because it was shared may lose its other
    users to a rule, and is then taken in by the next round.
    """
    last: _Look | None = None
    for _ in range(ROUNDS):
        look = _look(outputs, rules, last)
        if look.outputs == outputs or look.size > LARGE:
            return look.outputs
        outputs, last = look.outputs, look
    return outputs


class _Look(NamedTuple):
    """The outputs of a round, the canonical forms that led to them, what is known of these and
    how many nodes they have.
    """

    outputs: list[Expr]
    forms: list[Expr]
    form: Canonical
    size: int


def _look(outputs: list[Expr], rules: Table | None, last: _Look | None) -> _Look:
    """The outputs in reading form; ``last`` is the round that led to them, if any."""
    known = None if last is None else last.form
    forms, form = collected(outputs, rules or standard(), last=known)
    if last is not None and forms == last.forms:
        return last
    presenter = Presenter(forms, form)
    found = presenter.run()
    if rules is None and may_have_lists(presenter.order):
        found = [with_lists(e) for e in found]
    return _Look(found, forms, form, len(presenter.order))
