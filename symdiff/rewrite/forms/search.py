"""Search among equal forms for the shortest: the sums of a graph nested, or written as squares.

Every form is simplified before it is counted, and one is kept only if it is shorter than the
best so far; so the search ends, and what it finds is where it would end again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
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
from ..inference.facts import Facts
from . import named as forms
from .common import with_squares
from .identities import variants

NODES = (0, 0, 3000, 10_000)  # of a graph that is searched, by effort
LARGEST = (0, 0, 60, 150)  # nodes of a region
REGIONS = (0, 0, 400, 800)  # that are looked at
NAMED = (0, 0, 4, 8)  # atoms of a region that it is nested by
VISITS = (0, 0, 20_000, 60_000)  # nodes of the trials of one region each, in one round
FINALISTS = 4  # trials that are simplified in full, in one round
TERMS = (0, 0, 80, 200)  # that a form writes out at most
SYMBOL = -2  # the tag of variables that stand for atoms
SUMS = frozenset({a.add, a.sub})
ARITHMETIC = SUMS | {a.neg, a.mul, a.div, sqrt}

Simplify = Callable[[list[Expr]], list[Expr]]


def searched(
    outputs: list[Expr], effort: int, settled: Simplify, simplified: Simplify
) -> list[Expr]:
    """The shortest outputs found from simplified ones, simplified themselves.

    ``settled`` is the quick part of ``simplified``, by which forms are compared.

    Cost: as many trials as forms, regions and ``VISITS`` allow, again for each improvement.
    """
    best, search = outputs, _Search(effort, settled)
    while not exceeds(best, NODES[effort]):
        length = ops(best)
        shorter = (simplified(trial) for trial in search.shortest(best)[:FINALISTS])
        fitting = (new for new in shorter if ops(new) < length)
        new = next((f for f in fitting if judged(best, f, NODES[effort], digits=True)), None)
        if new is None:
            break
        best = new
    return best


def ops(outputs: list[Expr]) -> int:
    """Operations after common subexpressions are shared."""
    return count_ops(shared(outputs))


class _Region(NamedTuple):
    """A sum with the sums, products and powers below it that nothing else uses, and the same over
    symbols in place of what these take in.
    """

    root: Expr
    atoms: dict[Expr, Expr]  # by symbol, the most used first
    form: Expr


class _Trial(NamedTuple):
    """Outputs that are settled, and their operations."""

    length: int
    outputs: list[Expr]


class _Choice(NamedTuple):
    """A form that may stand in place of a node, and how many operations more it has by itself."""

    more: int
    node: Expr
    form: Expr


class _Search:
    """The trials of one search; what is known of regions over symbols serves again and again."""

    def __init__(self, effort: int, settled: Simplify) -> None:
        self.effort, self.settled = effort, settled
        self.known: dict[Expr, list[tuple[int, Expr]]] = {}

    def shortest(self, outputs: list[Expr]) -> list[list[Expr]]:
        """The trials that are shorter than the outputs, the shortest first."""
        length, order = ops(outputs), postorder(outputs)
        choices = sorted(self._choices(outputs, order), key=lambda choice: choice.more)
        trials = [[c] for c in choices[: VISITS[self.effort] // len(order)]]
        trials.append([*{c.node: c for c in reversed(choices) if c.more < 0}.values()])
        found = [self._trial(_replaced(outputs, chosen)) for chosen in trials]
        if self.effort > 2:
            found += map(self._trial, variants(outputs))
        found.sort(key=lambda trial: trial.length)
        return [trial.outputs for trial in found if trial.length < length]

    def _trial(self, outputs: list[Expr]) -> _Trial:
        found = self.settled(outputs)
        return _Trial(ops(found), found)

    def _choices(self, outputs: list[Expr], order: list[Expr]) -> Iterator[_Choice]:
        """The forms of all regions."""
        for region in islice(_regions(outputs, order, LARGEST[self.effort]), REGIONS[self.effort]):
            if region.form not in self.known:
                self.known[region.form] = self._forms(region)
            for more, form in self.known[region.form]:
                inside = rebuild([form], given=region.atoms)
                yield _Choice(more, region.root, inside[form])

    def _forms(self, region: _Region) -> list[tuple[int, Expr]]:
        """Settled forms over symbols, with how many operations more they have."""
        before = ops([region.form])
        forms: dict[Expr, int] = {}
        for form in _forms(region.form, [*region.atoms][: NAMED[self.effort]], TERMS[self.effort]):
            if count_ops(form) <= 2 * before + 8:
                (short,) = self.settled([form])
                forms.setdefault(short, ops([short]) - before)
        forms.pop(region.form, None)
        return [(more, form) for form, more in forms.items()]


def _replaced(outputs: list[Expr], choices: Iterable[_Choice]) -> list[Expr]:
    """The outputs with forms in place of nodes, one after the other."""
    for choice in choices:
        image = rebuild(outputs, given={choice.node: choice.form})
        outputs = [image[out] for out in outputs]
    return outputs


# -- regions -------------------------------------------------------------------------------------


def _regions(outputs: list[Expr], order: list[Expr], largest: int) -> Iterator[_Region]:
    """The regions of a graph, users first, without and with what others share."""
    above = users(order)
    facts = Facts()
    arithmetic = {node for node in order if _is_arithmetic(node)}
    inner = {x for x, by in above.items() if len(by) == 1 and arithmetic.issuperset((x, *by))}
    inner -= set(outputs)
    for root in reversed(order):
        if root.op not in SUMS or (root in inner and above[root][0].op in SUMS):
            continue
        forms = [_atoms(root, opened, largest) for opened in (inner, arithmetic)]
        for atoms in forms[: 1 + (forms[0] != forms[1])]:
            if atoms and all(x.kind != "bool" for x in atoms):
                yield _region(root, atoms, facts)


def _region(root: Expr, atoms: list[Expr], facts: Facts) -> _Region:
    symbols = [
        var(f"s{i:03}", x.shape, x.kind, facts.bounds(x), tag=SYMBOL) for i, x in enumerate(atoms)
    ]
    form = rebuild([root], given=dict(zip(atoms, symbols, strict=True)))[root]
    return _Region(root, dict(zip(symbols, atoms, strict=True)), form)


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
    if pending:
        return []
    return [x for x, count in atoms.most_common() if count]


def _is_arithmetic(node: Expr) -> bool:
    """Whether a node is a sum, a product or a power with a number as exponent."""
    return node.op in ARITHMETIC or (node.op is pow and number(node.args[1]) is not None)


def _forms(e: Expr, symbols: list[Expr], limit: int) -> Iterator[Expr]:
    """An expression with squares of sums, and nested by each symbol, where it has these forms."""
    tries: list[Callable[[], Expr]] = [lambda: forms.by_sums(forms.expand(e, limit), with_squares)]
    tries += [partial(forms.horner, e, s, limit) for s in symbols]
    for form in tries:
        try:
            yield form()
        except (KindError, LimitError, NotPolynomial):
            continue
