"""Small scalar graphs in the shortest of several forms, by the operations they take.

The forms are fractions over kernels with sums multiplied out or kept whole, squares of sines by
cosines or the other way round, exponentials by sigmoids.  What is not shorter stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf
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
from ..sharing import most_shared
from ..standard import EAGER, build
from .common import squares
from .identities import IDENTICAL, by_identities
from .rational import Fractions
from .ratios import Spent, TooLong, Way

SMALL = 80  # nodes of an output that is written in several forms: more gain nothing on the corpus
MOST = 1.5  # times as long as the best with common parts made nodes: nobody shortens so much
LEAST = 3  # operations that may become fewer
CLOSED = (2, 1, 0)
TAG = -1  # of variables that stand for arrays
QUOTIENTS = frozenset({el.tan, el.tanh})
PRODUCTS = frozenset({a.mul, a.div, a.neg})
ARITHMETIC = PRODUCTS | {a.add, a.sub, pow, el.sqrt, a.square, a.reciprocal}


class Start(NamedTuple):
    """An output in reading form, and its canonical form with what is shared taken apart."""

    output: Expr
    image: Expr
    form: Canonical


def begun(output: Expr, last: Canonical | None = None) -> Start:
    """Where a search for shorter forms begins; ``last`` knows the facts of nodes already."""
    (image,), form = build([output], EAGER, last)
    return Start(output, image, form)


def shorter(start: Start, careful: bool = False, opened: bool = True) -> tuple[Expr, Expr | None]:
    """A simplified output in a shorter form, itself if there is none, and its canonical form.

    A ``careful`` search takes no form whose values are not those of the output.  Where no sums
    are ``opened``, those are not multiplied out that were in another search.
    """
    if any(n.shape for n in postorder([start.output])):
        return _of_arrays(start, careful), None
    return _searched(start, careful, opened)


def _of_arrays(start: Start, careful: bool) -> Expr:
    """An output with elementwise expressions in shorter forms, which are those of scalars.

    A variable stands for each array that is no function of others element by element.
    """
    output, image, form = start
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
    chosen = [_searched(begun(scalar), careful, True)[0] for scalar in presented]
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


def _searched(start: Start, careful: bool, opened: bool) -> tuple[Expr, Expr | None]:
    best, canonical = start.output, start.image
    least = lengths([best])
    if least.shared < LEAST:
        return best, canonical
    for trial, image in _forms(start, opened):
        count = lengths([trial], least.both)
        if count < least and (not careful or judged([start.output], [trial], digits=True)):
            best, canonical, least = trial, image, count
    return best, canonical


def _forms(start: Start, opened: bool) -> Iterator[tuple[Expr, Expr]]:
    """The output as fractions in reading form and in canonical form, those nearest to it first."""
    output, image, form = start
    heads = {n.op for n in postorder([image])}
    tried = {image}
    (trial,) = Presenter([image], form).run()
    if trial is not output:
        yield trial, image
    if _shares(output, el.exp):  # exp(x)*exp(y) stays where exp(x) is used elsewhere, too
        (image,), form = build([output], EAGER, form, frozenset({el.exp}))
    try:
        for found in _canonical_forms(form, image, heads, opened):
            if found not in tried:
                tried.add(found)
                (trial,) = Presenter([found], form).run()
                yield trial, found
    except Spent:
        return


def _shares(output: Expr, op: Op) -> bool:
    """Whether a node with this operation is used more than once."""
    uses = Counter([x for node in postorder([output]) for x in node.args if x.op is op])
    return any(count > 1 for count in uses.values())


def _canonical_forms(form: Canonical, image: Expr, heads: set[Op], opened: bool) -> Iterator[Expr]:
    """What ``_forms`` presents, some of them several times."""
    doubles = not heads.isdisjoint(IDENTICAL)
    if doubles:
        yield from by_identities(image)
    for fractions, found in _written(form, image, heads, opened):
        yield found
        if fractions.wide:
            yield from squares(form, [found])
            try:
                yield fractions.apart()
                yield fractions.nested()
            except TooLong:
                continue
        if doubles:
            yield from by_identities(found)


def _written(
    form: Canonical, image: Expr, heads: set[Op], opened: bool
) -> Iterator[tuple[Fractions, Expr]]:
    """Fractions in every way that may make a difference, and the output by them."""
    ways = [Way(closed=closed) for closed in (CLOSED if opened else CLOSED[:-1])]
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
        if opened and way.is_plain and not ways:
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

    both: float  # ``shared + written``
    written: int  # operations where only functions are shared: a reader takes sin(x) for a name
    bars: int  # divisions of scalars where only functions are shared: a fraction reads better
    tree: int  # operations where nothing is shared
    leaves: int  # variables, each as often as it is written
    shared: float  # operations with common parts made nodes


def lengths(outputs: list[Expr], most: float = inf) -> Lengths:
    """How long outputs are for a reader and for a machine; roughly where that is above ``most``."""
    costs = _costs(outputs)
    tree: dict[Expr, int] = {}
    written: dict[Expr, int] = {}
    bars: dict[Expr, int] = {}
    leaves: dict[Expr, int] = {}
    inside = 0  # functions and their arguments
    for node, cost in costs.items():
        args = node.args
        if not args:
            tree[node] = written[node] = bars[node] = 0
            leaves[node] = node.op is not Const
            continue
        tree[node] = cost + sum([tree[x] for x in args])
        written[node] = cost + sum([written[x] for x in args])
        leaves[node] = sum([leaves[x] for x in args])
        bars[node] = (node.op is a.div) + sum([bars[x] for x in args])
        if node.op not in ARITHMETIC:
            inside += written[node]
            written[node] = 0
    above, divisions, whole, names = [
        sum([count[out] for out in outputs]) for count in (written, bars, tree, leaves)
    ]
    total = inside + above
    of_arrays = any(n.shape or (n.op is Var and n.params[4] == TAG) for n in tree)
    shared = sum(costs.values()) / MOST
    if total + shared <= most:
        shared = shared_length(outputs)
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
