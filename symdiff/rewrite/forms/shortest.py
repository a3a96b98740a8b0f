"""Small scalar graphs in the shortest of several forms, by the operations they take.

The forms are fractions over kernels with sums multiplied out or kept whole, squares of sines by
cosines or the other way round, exponentials by sigmoids.  What is not shorter stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from ...expr import Expr, Op
from ...leaves import Var
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...ops.arrays import stack
from ...ops.elementary import pow
from ...walk import exceeds, postorder, rebuild
from ..angles import contracted
from ..canonical import Canonical
from ..check import judged
from ..exact import number
from ..present import Presenter
from ..recording import is_recording
from ..sharing import most_shared
from ..standard import EAGER, build
from .rational import Fractions
from .ratios import Spent, TooLong, Way

SMALL = 400  # nodes of a graph that is written in several forms
MOST_SHARED = 1.25  # times as long as with common parts made nodes, at most
MOST_MIXED = 1.5  # the same where only some outputs are taken
RECENT = 128  # graphs that are remembered: a second derivative starts with the first
LEAST = 3  # operations that may become fewer
CLOSED = (2, 1, 0)
QUOTIENTS = frozenset({el.tan, el.tanh})
TRIG = frozenset({el.sin, el.cos, el.tan, el.sinh, el.cosh, el.tanh})
DOUBLED = TRIG | {el.log}
PRODUCTS = frozenset({a.mul, a.div, a.neg})
ARITHMETIC = PRODUCTS | {a.add, a.sub, pow}


def shorter(outputs: list[Expr], careful: bool = False) -> list[Expr] | None:
    """The outputs of a simplified graph in a shorter form, None if there is none.

    A ``careful`` search takes no form whose values are not those of the outputs.
    """
    if exceeds(outputs, SMALL):
        return None
    cells = _cells(outputs)
    if any(n.shape for n in postorder(cells)):
        return None
    fresh = careful or is_recording()
    found = _shortest(cells, careful) if fresh else _remembered(tuple(cells))
    if found is None or cells == outputs:
        return found and [*found]
    images = rebuild(outputs, given=dict(zip(cells, found, strict=True)))
    return [images[out] for out in outputs]


@lru_cache(RECENT)
def _remembered(outputs: tuple[Expr, ...]) -> list[Expr] | None:
    return _shortest(list(outputs), careful=False)


def _shortest(outputs: list[Expr], careful: bool) -> list[Expr] | None:
    best, least = outputs, shared_length(outputs)
    if least < LEAST:
        return None
    counted = {tuple(outputs)}
    for found in _forms(outputs):
        if not least:
            break
        long = length(found) / least
        if long > MOST_MIXED:
            continue
        for trial in _mixtures(outputs, best, found):
            if tuple(trial) in counted or (trial is found and long > MOST_SHARED):
                continue
            counted.add(tuple(trial))
            count = shared_length(trial)
            if (count < least or (count == least and _is_plainer(trial, best))) and (
                not careful or judged(outputs, trial)
            ):
                best, least = trial, count
    return None if best is outputs else best


def _is_plainer(outputs: list[Expr], than: list[Expr]) -> bool:
    """Whether one of two forms with the same functions is shorter as it stands."""
    return length(outputs) < length(than) and _functions(outputs) == _functions(than)


def _mixtures(outputs: list[Expr], best: list[Expr], found: list[Expr]) -> Iterator[list[Expr]]:
    """All new outputs, then the new form of one output (wherever it stands) among the best."""
    yield found
    twins: dict[Expr, Expr] = {}
    for kept, new in zip(best, found, strict=True):
        twins.setdefault(new, kept)
    yield [twins[new] for new in found]  # outputs of one form are equal
    if len(set(outputs)) > 1:
        for out in dict.fromkeys(outputs):
            rows = zip(outputs, best, found, strict=True)
            yield [new if old is out else kept for old, kept, new in rows]


def _cells(outputs: list[Expr]) -> list[Expr]:
    """The outputs, and what they are stacked of in place of those that are stacked."""
    if all(out.op is not stack for out in outputs):
        return outputs
    found: dict[Expr, None] = {}
    pending = list(reversed(outputs))
    while pending:
        node = pending.pop()
        if node.op is stack:
            pending.extend(reversed(node.args))
        else:
            found[node] = None
    return list(found)


def _forms(outputs: list[Expr]) -> Iterator[list[Expr]]:
    """The reading forms of the outputs as fractions, those nearest to the original first."""
    images, form = build(outputs, EAGER)
    heads = {n.op for n in postorder(images)}
    tried = {tuple(images)}
    yield Presenter(images, form).run()
    try:
        for found in _canonical_forms(form, images, heads):
            if tuple(found) not in tried:
                tried.add(tuple(found))
                yield Presenter(found, form).run()
    except Spent:
        return


def _canonical_forms(form: Canonical, images: list[Expr], heads: set[Op]) -> Iterator[list[Expr]]:
    """What ``_forms`` presents, some of them several times."""
    yield contracted(form, images)
    for fractions, first in _written(form, images, heads):
        found = [first]
        try:
            if fractions.wide:
                found.append(fractions.nested())
            if fractions.way.is_plain and not (fractions.way.closed and fractions.whole):
                found.append(fractions.apart())
        except TooLong:
            continue
        if heads & DOUBLED:
            found.append(contracted(form, first))
        yield from found


def _written(
    form: Canonical, images: list[Expr], heads: set[Op]
) -> Iterator[tuple[Fractions, list[Expr]]]:
    """Fractions in every way that may make a difference, and the outputs by them."""
    ways = [Way(closed=closed) for closed in CLOSED]
    while ways:
        way = ways.pop(0)
        fractions = Fractions(form, way)
        try:
            found = fractions.run(images)
        except TooLong:
            found = None
        if found is not None and way.is_plain and not fractions.whole:
            ways = []  # multiplied out, it is the same
        elif found is not None and way.closed == 2 and not fractions.always:
            ways.pop(0)
        if way.is_plain and not ways:
            ways = _other_ways(fractions, heads)
        elif way.trig == "cos" and fractions.raised.isdisjoint(TRIG):
            ways = [w for w in ways if not w.trig]
        if found is not None:
            yield fractions, found


def _other_ways(plain: Fractions, heads: set[Op]) -> list[Way]:
    """Ways with squares of functions by others where there are squares, and with sigmoids."""
    quotients = not QUOTIENTS.isdisjoint(heads)
    found = []
    if quotients or not plain.raised.isdisjoint((el.sin, el.sinh)):
        found.append(Way(trig="cos"))
    if quotients or not plain.raised.isdisjoint((el.cos, el.cosh)):
        found.append(Way(trig="sin"))
    if el.sigmoid in heads or (el.exp in heads and plain.divides_by_sum_with(el.exp)):
        found.append(Way(logistic=True))
    return found


def _functions(outputs: list[Expr]) -> set[Expr]:
    """What is no sum, product or power."""
    images, _ = build(outputs, EAGER)
    return {n for n in postorder(images) if n.args and n.op not in ARITHMETIC}


def lengths(outputs: list[Expr]) -> tuple[int, int]:
    """What is shorter: with common parts made nodes, among equals as it stands."""
    return shared_length(outputs), length(outputs)


def shared_length(outputs: list[Expr]) -> int:
    """Operations once common parts of sums and products are nodes of their own."""
    return length(most_shared(outputs))


def length(outputs: Sequence[Expr]) -> int:
    """Operations of a shared graph, where numbers are computed ahead.

    ``-3*x/2`` is one operation: the numbers of a product are one factor.
    """
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 1)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    free: set[Expr] = set()  # without variables
    numbered: set[Expr] = set()  # with a number that another one can be merged with
    total = 0
    for node in order:
        if node.op is not Var and free.issuperset(node.args):
            free.add(node)
            numbered.add(node)
        elif node.op in PRODUCTS:
            numbers = sum(x in numbered for x in node.args) + (node.op is a.neg)
            total += max(len(node.args) - 1, 1) - max(numbers - 1, 0)
            if numbers and uses[node] == 1:
                numbered.add(node)
        elif node.op is pow:
            value = number(node.args[1])
            total += 2 if value is not None and value < 0 and value != -1 else 1
        elif node.args:
            total += len(node.args) - 1 if node.op.arity is None else 1
    return total
