"""Search among equal forms for the shortest: the sums of a graph nested, or written as squares.

Every form is simplified before it is counted, and one is kept only if it is shorter than the
best so far; so the search ends, and what it finds is where it would end again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from ...errors import KindError, LimitError, NotPolynomial
from ...expr import Expr
from ...leaves import Const, var
from ...ops import arithmetic as a
from ...ops.elementary import pow, sqrt
from ...walk import exceeds, postorder, rebuild, users
from ..check import judged
from ..cse import count_ops, shared
from ..exact import number
from ..facts.facts import Facts
from . import named
from .common import squares


class _Limits(NamedTuple):
    """How far a search goes."""

    nodes: int  # of a graph that is searched
    largest: int  # nodes of a region
    regions: int  # that are looked at in one round
    symbols: int  # that a region is nested by
    visits: int  # nodes of the trials of one region each, in one round
    terms: int  # that a form writes out


LIMITS = {2: _Limits(3000, 60, 400, 4, 20_000, 80), 3: _Limits(10_000, 150, 800, 8, 60_000, 200)}
FINALISTS = 4  # trials that are simplified in full, in one round
SYMBOL = -2  # the tag of variables that stand for nodes
SUMS = frozenset({a.add, a.sub})
ARITHMETIC = SUMS | {a.neg, a.mul, a.div, sqrt}

Simplify = Callable[[list[Expr]], list[Expr]]


def searched(
    outputs: list[Expr], effort: int, settled: Simplify, simplified: Simplify
) -> list[Expr]:
    """The shortest outputs found from simplified ones, simplified themselves.

    ``settled`` is the quick part of ``simplified``, by which forms are compared.

    Cost: as many trials as the limits of the effort allow, again for each improvement.
    """
    limits, known = LIMITS[effort], _Forms(LIMITS[effort], settled)
    while not exceeds(outputs, limits.nodes):
        length = ops(outputs)
        trials = [settled(trial) for trial in _trials(outputs, known, limits)]
        counted = sorted([(ops(trial), i) for i, trial in enumerate(trials)])
        shorter = (simplified(trials[i]) for count, i in counted[:FINALISTS] if count < length)
        fitting = (new for new in shorter if ops(new) < length)
        best = next((f for f in fitting if judged(outputs, f, limits.nodes, digits=True)), None)
        if best is None:
            break
        outputs = best
    return outputs


def ops(outputs: list[Expr]) -> int:
    """Operations after common subexpressions are shared."""
    return count_ops(shared(outputs))


class _Choice(NamedTuple):
    """A form for a sum, and how many operations it has more by itself."""

    more: int
    root: Expr
    form: Expr


def _trials(outputs: list[Expr], known: _Forms, limits: _Limits) -> Iterator[list[Expr]]:
    """The outputs with one form for one region, then all regions in the forms that are shorter."""
    order = postorder(outputs)
    choices: list[_Choice] = []
    for root, atoms in islice(_regions(outputs, order, limits.largest), limits.regions):
        choices += known.choices(root, atoms)
    choices.sort(key=lambda choice: choice.more)
    for choice in choices[: limits.visits // len(order)]:
        yield _replaced(outputs, choice)
    for choice in {c.root: c for c in reversed(choices) if c.more < 0}.values():
        outputs = _replaced(outputs, choice)
    yield outputs


def _replaced(outputs: list[Expr], choice: _Choice) -> list[Expr]:
    image = rebuild(outputs, given={choice.root: choice.form})
    return [image[out] for out in outputs]


class _Forms:
    """The forms of regions, over symbols in place of atoms: many a region comes again."""

    def __init__(self, limits: _Limits, settled: Simplify) -> None:
        self.limits, self.settled = limits, settled
        self.facts = Facts()
        self.known: dict[Expr, list[tuple[int, Expr]]] = {}

    def choices(self, root: Expr, atoms: list[Expr]) -> Iterator[_Choice]:
        """The forms of a region with these atoms."""
        symbols = [
            var(f"s{i:03}", x.shape, x.kind, self.facts.bounds(x), tag=SYMBOL)
            for i, x in enumerate(atoms)
        ]
        region = rebuild([root], given=dict(zip(atoms, symbols, strict=True)))[root]
        if region not in self.known:
            self.known[region] = self._settled(region, symbols[: self.limits.symbols])
        for more, form in self.known[region]:
            given = dict(zip(symbols, atoms, strict=True))
            yield _Choice(more, root, rebuild([form], given=given)[form])

    def _settled(self, region: Expr, symbols: list[Expr]) -> list[tuple[int, Expr]]:
        before = ops([region])
        forms = [f for f in self._written(region, symbols) if count_ops(f) <= 2 * before + 8]
        short = dict.fromkeys([self.settled([form])[0] for form in forms])
        return [(ops([form]) - before, form) for form in short if form is not region]

    def _written(self, region: Expr, symbols: list[Expr]) -> Iterator[Expr]:
        """A region with squares of sums, and nested by each symbol, where it has these forms."""
        terms = self.limits.terms
        forms: list[Callable[[], Expr]] = [
            lambda: named.formed(named.expand(region, terms), squares)
        ]
        forms += [partial(named.horner, region, symbol, terms) for symbol in symbols]
        for form in forms:
            try:
                yield form()
            except (KindError, LimitError, NotPolynomial):
                continue


def _regions(
    outputs: list[Expr], order: list[Expr], largest: int
) -> Iterator[tuple[Expr, list[Expr]]]:
    """Every sum with its atoms, users first: what is no arithmetic, or what others use too; then
    with the sums, products and powers opened that it shares with others.
    """
    above = users(order)
    arithmetic = {node for node in order if _is_arithmetic(node)}
    inner = {x for x, by in above.items() if len(by) == 1 and arithmetic.issuperset((x, *by))}
    inner -= set(outputs)
    for root in reversed(order):
        if root.op in SUMS and not (root in inner and above[root][0].op in SUMS):
            found = [_atoms(root, opened, largest) for opened in (inner, arithmetic)]
            for atoms in found[: 1 + (found[0] != found[1])]:
                if atoms and all(x.kind != "bool" for x in atoms):
                    yield root, atoms


def _atoms(root: Expr, opened: set[Expr], largest: int) -> list[Expr]:
    """What the nodes of a region take in, the most used first; nothing if these are too many."""
    inside, atoms, pending = set[Expr](), Counter[Expr](), [root]
    while pending and len(inside) <= largest:
        node = pending.pop()
        if node is not root and node not in opened:
            atoms[node] += node.op is not Const
        elif node not in inside:
            inside.add(node)
            pending.extend(reversed(node.args))
    return [] if pending else [x for x, count in atoms.most_common() if count]


def _is_arithmetic(node: Expr) -> bool:
    """Whether a node is a sum, a product or a power with a number as exponent."""
    return node.op in ARITHMETIC or (node.op is pow and number(node.args[1]) is not None)
