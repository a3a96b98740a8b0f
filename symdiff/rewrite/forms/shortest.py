"""Small scalar graphs in the shortest of several forms, by the operations they take.

The forms are fractions over kernels with sums multiplied out or kept whole, squares of sines by
cosines or the other way round, exponentials by sigmoids.  What is not shorter stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from math import inf
from typing import NamedTuple

from ...expr import Expr, Op, make
from ...leaves import Const, Var, var
from ...ops import arithmetic as a
from ...ops import elementary as el
from ...ops import special as sp
from ...ops.arrays import broadcast_to
from ...ops.elementary import pow
from ...walk import postorder, reachable, rebuild
from ..canonical import Canonical
from ..check import judged
from ..exact import number
from ..present import Presenter
from ..sharing import most_shared
from ..standard import EAGER, build
from .common import squares
from .identities import IDENTICAL, by_identities
from .rational import Fractions
from .ratios import Spent, TooLong, Value, Way

SMALL = 80  # nodes of an output that is written in several forms: more gain nothing on the corpus
LONG = 1.5  # times as long as the shortest may a form be that is worked on: none becomes shorter
MOST = 1.5  # times as long as the best with common parts made nodes: nobody shortens so much
LEAST = 3  # operations that may become fewer
NESTED = 2  # operations that a fraction in a fraction counts as: nobody writes k/p - n over 1 - p
STRANGE = 2  # operations that cosh counts as beside tanh: the slope of tanh is 1 - tanh(x)**2
INSTEAD = {el.cosh: el.tanh}  # what a form may have for a function that the formula has itself
CLOSED = (2, 1, 0)
TAG = -1  # of variables that stand for arrays
QUOTIENTS = frozenset({el.tan, el.tanh})
LOGISTIC = frozenset({el.sigmoid, el.softplus})
SATURATED = frozenset({el.tanh, el.sigmoid, sp.erf})
PRODUCTS = frozenset({a.mul, a.div, a.neg})
TERMS = PRODUCTS | {a.add, a.sub}
ARITHMETIC = TERMS | {pow, el.sqrt, a.square, a.reciprocal}


class Start(NamedTuple):
    """An output in reading form, and its canonical form with what is shared taken apart."""

    output: Expr
    image: Expr
    form: Canonical
    is_read: bool = False  # whether the one is known to be the other as it is read


def begun(output: Expr, last: Canonical | None = None) -> Start:
    """Where a search for shorter forms begins; ``last`` knows the facts of nodes already."""
    (image,), form = build([output], EAGER, last)
    return Start(output, image, form)


def shorter(start: Start, careful: bool = False, opened: bool = True) -> tuple[Expr, Expr | None]:
    """A simplified output in a shorter form, itself if there is none, and its canonical form.

    A ``careful`` search takes no form whose values are not those of the output.  Where no sums
    are ``opened``, those are not multiplied out that were in another search.
    """
    if any(n.shape for n in reachable([start.image])):
        return _of_arrays(start, careful), None
    return _searched(start, careful, opened)


def _of_arrays(start: Start, careful: bool) -> Expr:
    """An output with elementwise expressions in shorter forms, which are those of scalars.

    A variable stands for each array that is no function of others element by element.
    """
    output, image, form, _ = start
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
    output, image, form, is_read = start
    found = _Shortest(start, careful)
    if found.least.shared < LEAST:
        return output, image
    heads = {n.op for n in reachable([image])}
    if not is_read:
        found.offered(image)
    found.lengths[image] = found.least.both
    if el.exp in heads and _shares(
        output, el.exp
    ):  # exp(x)*exp(y) stays where exp(x) is used elsewhere, too
        (image,), found.form = build([output], EAGER, form, frozenset({el.exp}))
    with suppress(Spent):
        _offer_fractions(found, image, heads, opened)
    return found.output, found.image


class _Shortest:
    """The shortest form of an output so far, which a ``careful`` search compares by values."""

    def __init__(self, start: Start, careful: bool) -> None:
        self.original, self.careful = start.output, careful
        self.output, self.image, self.form, _ = start
        self.least = lengths([self.output])
        self.lengths: dict[Expr, float] = {}  # of the canonical forms that were offered
        heads = {n.op for n in reachable([self.output, self.image])}
        self.has_arrays = any(n.op is Var and n.params[4] == TAG for n in reachable([self.output]))
        self.strange = [op for op, usual in INSTEAD.items() if usual in heads and op not in heads]

    def offered(self, image: Expr) -> bool:
        """Take a canonical form if it is shorter as it is read; whether it is not much longer."""
        if image not in self.lengths:
            (trial,) = Presenter([image], self.form).run()
            count = lengths([trial], self.least.both, self.strange)
            self.lengths[image] = count.both
            if count < self.least and self._is_right(trial):
                self.output, self.image, self.least = trial, image, count
        return self.lengths[image] < LONG * self.least.both

    def _is_right(self, trial: Expr) -> bool:
        """Whether a form may stand for the output, as far as that is asked.

        What stands for arrays may be as small as 1 - tanh(u)**2 is: that stays together.
        """
        if self.has_arrays and not _saturated(trial) <= _saturated(self.output):
            return False
        return not self.careful or bool(judged([self.original], [trial], digits=True))


def _saturated(output: Expr) -> set[tuple[bool, Expr]]:
    """Functions that are nearly 1 far out as factors or arguments, and their powers as terms."""
    found = set()
    for node in reachable([output]):
        is_sum = node.op in (a.add, a.sub)
        for x in node.args:
            base = x.args[0] if x.op is pow else x
            if base.op in SATURATED and not (is_sum and x is base):
                found.add((is_sum, x))
    return found


def _shares(output: Expr, op: Op) -> bool:
    """Whether a node with this operation is used more than once."""
    uses = Counter([x for node in reachable([output]) for x in node.args if x.op is op])
    return any(count > 1 for count in uses.values())


def _offer_fractions(shortest: _Shortest, image: Expr, heads: set[Op], opened: bool) -> None:
    """Offer fractions, and what identities and common factors make of those that are not long."""
    form = shortest.form
    doubles = not heads.isdisjoint(IDENTICAL)
    for found in by_identities(image, form) if doubles else ():
        shortest.offered(found)
    for fractions, found in _written(form, image, heads, opened):
        if not shortest.offered(found):
            continue
        for other in squares(form, [found]) if fractions.wide else ():
            shortest.offered(other)
        try:
            for other in fractions.rearranged() if fractions.wide else ():
                shortest.offered(other)
        except TooLong:
            continue
        for other in by_identities(found, form) if doubles else ():
            shortest.offered(other)


def _written(
    form: Canonical, image: Expr, heads: set[Op], opened: bool
) -> Iterator[tuple[Fractions, Expr]]:
    """Fractions in every way that may make a difference, and the output by them."""
    ways = [Way(closed=closed) for closed in (CLOSED if opened else CLOSED[:-1])]
    terms: dict[Value, Expr] = {}
    while ways:
        way = ways.pop(0)
        fractions = Fractions(form, way, terms)
        try:
            found = fractions.run(image)
        except TooLong:
            found = None
        if found is not None and way.is_plain and not fractions.whole:
            ways = []  # multiplied out, it is the same
        elif found is not None and way.closed == 2 and not fractions.always:
            ways = ways[1:]
        if opened and way.is_plain and not ways:
            ways = _other_ways(fractions, heads)
        if way.trig == "cos" and found is not None and not _has_squares(found):
            ways = [other for other in ways if not other.trig]  # by sines it is the same
        if found is not None:
            yield fractions, found


def _has_squares(image: Expr) -> bool:
    """Whether there is a power of a sine or cosine, or of a function by them."""
    return any(n.op is pow and n.args[0].op in IDENTICAL for n in reachable([image]))


def _other_ways(plain: Fractions, heads: set[Op]) -> list[Way]:
    """Ways with squares of functions by others where there are squares, and with sigmoids."""
    found = []
    quotients = not QUOTIENTS.isdisjoint(heads)
    if quotients or not plain.raised.isdisjoint((el.sin, el.sinh)):
        found.append(Way(trig="cos"))
    if quotients or not plain.raised.isdisjoint((el.cos, el.cosh)):
        found.append(Way(trig="sin"))
    if not heads.isdisjoint(LOGISTIC) or (el.exp in heads and plain.divides_by_sum_with(el.exp)):
        found.append(Way(logistic="softplus"))
        if el.log in heads:
            found.append(Way(logistic="log"))
        if el.sigmoid not in heads and any(min(total.values()) < 0 for total in plain.seen):
            found.append(Way(logistic="softplus", turned=True))
    return found


class Lengths(NamedTuple):
    """How long outputs are: forms are compared by the first number that differs."""

    both: float  # ``shared + written``
    written: int  # operations where only functions are shared, and what makes them hard to read
    bars: int  # divisions of scalars where only functions are shared: a fraction reads better
    tree: int  # operations where nothing is shared
    leaves: int  # variables, each as often as it is written
    brackets: int  # products that stand in products, ``2*(k*T)``
    shared: float  # operations with common parts made nodes


def lengths(outputs: Sequence[Expr], most: float = inf, strange: Collection[Op] = ()) -> Lengths:
    """How long outputs are for a reader and for a machine; roughly where that is above ``most``.

    A reader takes sin(x) for a name, and a ``strange`` function for ``STRANGE`` operations.
    """
    order = postorder(outputs)
    costs = _costs(outputs, order)
    hurdles = _hurdles(order)
    counts: dict[Expr, tuple[int, int, int, int]] = {}
    inside = 0  # functions and their arguments
    brackets = 0
    of_arrays = False
    for node, cost in costs.items():
        tree, written = cost, cost + hurdles.get(node, 0)
        bars = leaves = 0
        for x in node.args:
            its_tree, its_written, its_bars, its_leaves = counts[x]
            tree += its_tree
            written += its_written
            bars += its_bars
            leaves += its_leaves
            brackets += x.op is a.mul is node.op
        op = node.op
        if op is a.div:
            bars += 1
        elif not node.args:
            leaves = op is not Const
            of_arrays = of_arrays or (op is Var and node.params[4] == TAG)
        elif op not in ARITHMETIC:
            inside += written + STRANGE if op in strange else written
            written = 0
        of_arrays = of_arrays or bool(node.shape)
        counts[node] = tree, written, bars, leaves
    tree, written, bars, leaves = map(sum, zip(*[counts[out] for out in outputs], strict=True))
    total, plain = inside + written, sum(costs.values())
    shared: float = plain / MOST
    if total + shared <= most:
        found = most_shared(outputs, order)
        shared = plain if found == outputs else length(found)
    return Lengths(shared + total, total, 0 if of_arrays else bars, tree, leaves, brackets, shared)


def _hurdles(order: Sequence[Expr]) -> dict[Expr, int]:
    """What makes a node harder to read than its operations tell: a fraction in a fraction, or
    brackets around a product or fraction that is a factor.
    """
    hurdles: dict[Expr, int] = {}
    fractions: set[Expr] = set()
    numbers: set[Expr] = set()
    for node in order:
        op, args = node.op, node.args
        if op is not Var and numbers.issuperset(args):
            numbers.add(node)
            continue
        if op is a.mul:
            hurdles[node] = sum([x.op is a.mul or x.op is a.div for x in args])
        if op in TERMS and not fractions.isdisjoint(args):
            fractions.add(node)
        if op is a.div and args[1] not in numbers:
            if node in fractions:
                hurdles[node] = NESTED
            fractions.add(node)
    return hurdles


def shared_length(outputs: Sequence[Expr]) -> int:
    """Operations once common parts of sums and products are nodes of their own."""
    return length(most_shared(outputs))


def length(outputs: Sequence[Expr]) -> int:
    """Operations of a shared graph, where numbers are computed ahead."""
    return sum(_costs(outputs, postorder(outputs)).values())


def _costs(outputs: Sequence[Expr], order: Sequence[Expr]) -> dict[Expr, int]:
    """The operations of each node.

    ``-3*x/2`` is one operation: the numbers of a product are one factor.
    """
    uses: dict[Expr, int] = dict.fromkeys(outputs, 1)
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    numbered: set[Expr] = set()  # with a number that another one can be merged with
    free: set[Expr] = set()  # without variables
    costs: dict[Expr, int] = {}
    for node in order:
        op, args = node.op, node.args
        cost = 0
        if not args:
            if op is not Var:
                free.add(node)
                numbered.add(node)
        elif free.issuperset(args):
            free.add(node)
            numbered.add(node)
        elif op in PRODUCTS:
            numbers = -(op is not a.neg)
            for x in args:
                numbers += x in numbered
            cost = (len(args) - 1 or 1) - (numbers if numbers > 0 else 0)
            if numbers >= 0 and uses[node] == 1:
                numbered.add(node)
        elif op is pow:
            value = number(args[1])
            cost = 2 if value is not None and value < 0 and value != -1 else 1
        else:
            cost = len(args) - 1 if op.arity is None else 1
        costs[node] = cost
    return costs
