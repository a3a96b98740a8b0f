"""Small scalar graphs in the shortest of several forms, by the operations they take.

The forms are fractions over kernels with sums multiplied out or kept whole, squares of sines by
cosines or the other way round, exponentials by sigmoids.  What is not shorter stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from ...expr import Expr, Op, make
from ...leaves import Const, Var, var
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...ops.arrays import broadcast_to
from ...ops.elementary import pow
from ...walk import postorder, rebuild
from ..canonical import Canonical
from ..check import judged
from ..exact import number
from ..present import Presenter
from ..recording import is_recording
from ..sharing import most_shared
from ..standard import EAGER, build
from .identities import by_identities
from .rational import Fractions
from .ratios import Spent, TooLong, Way

SMALL = 80  # nodes of an output that is written in several forms: more gain nothing on the corpus
RECENT = 256  # outputs that are remembered: a search ends with one that changes nothing
MOST = 1.5  # times as long as the best with common parts made nodes: nobody shortens so much
LEAST = 3  # operations that may become fewer
CLOSED = (2, 1, 0)
TAG = -1  # of variables that stand for arrays
QUOTIENTS = frozenset({el.tan, el.tanh})
TRIG = frozenset({el.sin, el.cos, el.tan, el.sinh, el.cosh, el.tanh})
DOUBLED = TRIG | {el.log}
PRODUCTS = frozenset({a.mul, a.div, a.neg})
ARITHMETIC = PRODUCTS | {a.add, a.sub, pow, el.sqrt, a.square, a.reciprocal}


def shorter(output: Expr, careful: bool = False) -> Expr:
    """A simplified output in a shorter form; itself if there is none.

    A ``careful`` search takes no form whose values are not those of the output.
    """
    order = postorder([output])
    if any(n.shape for n in order):
        return _of_arrays(output, careful)
    return _shortest(output, careful)


def _of_arrays(output: Expr, careful: bool) -> Expr:
    """An output with elementwise expressions in shorter forms, which are those of scalars.

    A variable stands for each array that is no function of others element by element.
    """
    (image,), form = build([output], EAGER)
    order = postorder([image])
    inner = {n for n in order if n.args and (n.op.elementwise or n.op is broadcast_to)}
    atoms = [n for n in order if n not in inner and (n.args or n.shape)]
    used = dict.fromkeys([image, *[x for n in atoms for x in n.args]])
    ends = [n for n in used if n in inner]
    named = {
        n: var(f"_{i}", (), n.kind, form.facts.bounds(n), tag=TAG) for i, n in enumerate(atoms)
    }
    scalars = rebuild(ends, _without_axes, named)
    presented = Presenter([scalars[end] for end in ends], form).run()
    chosen = [_shortest(scalar, careful) for scalar in presented]
    if chosen == presented:
        return output
    forms = dict(zip(ends, chosen, strict=True))
    results: dict[Expr, Expr] = {}
    for node in order:
        new = node
        if node in forms:
            given = {named[n]: results[n] for n in atoms if n in results}
            new = rebuild([forms[node]], given=given)[forms[node]]
        elif node not in inner:
            args = tuple([results[x] for x in node.args])
            new = node if args == node.args else make(node.op, args, node.params)
        if new.shape != node.shape:
            new = make(broadcast_to, (new,), (new.ndim, node.shape))
        results[node] = new
    return results[image]


def _without_axes(new: Expr, old: Expr) -> Expr:
    return new.args[0] if new.op is broadcast_to else new


def _shortest(output: Expr, careful: bool) -> Expr:
    return (_searched if is_recording() else _remembered)(output, careful)


def _searched(output: Expr, careful: bool) -> Expr:
    best, least = output, lengths([output])
    if least.shared < LEAST:
        return best
    for trial in _forms(output):
        if length([trial]) > MOST * least.shared:
            continue
        count = lengths([trial])
        if count < least and (not careful or judged([output], [trial], digits=True)):
            best, least = trial, count
    return best


_remembered = lru_cache(RECENT)(_searched)


def _forms(output: Expr) -> Iterator[Expr]:
    """The reading forms of an output as fractions, those nearest to the original first."""
    (image,), form = build([output], EAGER)
    heads = {n.op for n in postorder([image])}
    tried = {image}
    yield from Presenter([image], form).run()
    if el.exp in heads:  # exp(x)*exp(y) stays where exp(x) is used elsewhere, too
        (image,), form = build([output], EAGER, frozenset({el.exp}))
    try:
        for found in _canonical_forms(form, image, heads):
            if found not in tried:
                tried.add(found)
                yield from Presenter([found], form).run()
    except Spent:
        return


def _canonical_forms(form: Canonical, image: Expr, heads: set[Op]) -> Iterator[Expr]:
    """What ``_forms`` presents, some of them several times."""
    doubles = not heads.isdisjoint(DOUBLED)
    if doubles:
        yield from by_identities([image])
    for fractions, found in _written(form, image, heads):
        yield found
        if fractions.wide:
            try:
                yield fractions.nested()
            except TooLong:
                continue
        if doubles:
            yield from by_identities([found])


def _written(form: Canonical, image: Expr, heads: set[Op]) -> Iterator[tuple[Fractions, Expr]]:
    """Fractions in every way that may make a difference, and the output by them."""
    ways = [Way(closed=closed) for closed in CLOSED]
    while ways:
        way = ways.pop(0)
        fractions = Fractions(form, way)
        try:
            found = fractions.run(image)
        except TooLong:
            found = None
        if found is not None and way.is_plain and not fractions.whole:
            ways = []  # multiplied out, it is the same
        elif found is not None and way.closed == 2 and not fractions.always:
            ways.pop(0)
        if way.is_plain and not ways:
            ways = _other_ways(fractions, heads)
        if found is not None:
            yield fractions, found


def _other_ways(plain: Fractions, heads: set[Op]) -> list[Way]:
    """Ways with squares of functions by others where there are squares, and with sigmoids."""
    found = []
    quotients = not QUOTIENTS.isdisjoint(heads)
    if quotients or not plain.raised.isdisjoint((el.sin, el.sinh)):
        found.append(Way(trig="cos"))
    if quotients or not plain.raised.isdisjoint((el.cos, el.cosh)):
        found.append(Way(trig="sin"))
    if el.sigmoid in heads or (el.exp in heads and plain.divides_by_sum_with(el.exp)):
        found.append(Way(logistic=True))
    return found


class Lengths(NamedTuple):
    """How long outputs are: forms are compared by the first number that differs."""

    both: int  # ``shared + written``
    written: int  # operations where only functions are shared: a reader takes sin(x) for a name
    bars: int  # divisions of scalars where only functions are shared: a fraction reads better
    tree: int  # operations where nothing is shared
    leaves: int  # variables, each as often as it is written
    shared: int  # operations with common parts made nodes


def lengths(outputs: list[Expr]) -> Lengths:
    """How long outputs are for a reader and for a machine."""
    shared = shared_length(outputs)
    tree: dict[Expr, int] = {}
    written: dict[Expr, int] = {}
    bars: dict[Expr, int] = {}
    leaves: dict[Expr, int] = {}
    inside = 0  # functions and their arguments
    for node, cost in _costs(outputs).items():
        tree[node] = cost + sum([tree[x] for x in node.args])
        written[node] = cost + sum([written[x] for x in node.args])
        leaves[node] = sum([leaves[x] for x in node.args]) if node.args else node.op is not Const
        bars[node] = (node.op is a.div) + sum([bars[x] for x in node.args])
        if node.args and node.op not in ARITHMETIC:
            inside += written[node]
            written[node] = 0
    ends = [sum([count[out] for out in outputs]) for count in (written, bars, tree, leaves)]
    total = inside + ends[0]
    of_arrays = any(n.shape or (n.op is Var and n.params[4] == TAG) for n in tree)
    _, divisions, whole, names = ends
    return Lengths(shared + total, total, 0 if of_arrays else divisions, whole, names, shared)


def shared_length(outputs: list[Expr]) -> int:
    """Operations once common parts of sums and products are nodes of their own."""
    return length(most_shared(outputs))


def length(outputs: Sequence[Expr]) -> int:
    """Operations of a shared graph, where numbers are computed ahead."""
    return sum(_costs(outputs).values())


def _costs(outputs: Sequence[Expr]) -> dict[Expr, int]:
    """The operations of each node.

    ``-3*x/2`` is one operation: the numbers of a product are one factor.
    """
    order = postorder(outputs)
    uses: dict[Expr, int] = dict.fromkeys(outputs, 1)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    numbered: set[Expr] = set()  # with a number that another one can be merged with
    free: set[Expr] = set()  # without variables
    costs: dict[Expr, int] = {}
    for node in order:
        cost = 0
        if node.op is not Var and free.issuperset(node.args):
            free.add(node)
            numbered.add(node)
        elif node.op in PRODUCTS:
            numbers = sum(x in numbered for x in node.args) + (node.op is a.neg)
            cost = max(len(node.args) - 1, 1) - max(numbers - 1, 0)
            if numbers and uses[node] == 1:
                numbered.add(node)
        elif node.op is pow:
            value = number(node.args[1])
            cost = 2 if value is not None and value < 0 and value != -1 else 1
        elif node.args:
            cost = len(node.args) - 1 if node.op.arity is None else 1
        costs[node] = cost
    return costs
