"""Search among equal forms for the shortest: expanded or factored, one fraction or several,
nested or not, by counting the operations of the shared graph.

Every form is simplified before it is counted, and one is kept only if it is shorter than the
best so far; so the search ends, and what it finds is where it would end again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ...errors import KindError, LimitError, NotPolynomial
from ...expr import Expr, make
from ...leaves import Var
from ...walk import exceeds, postorder, rebuild
from ..check import judged
from ..cse import count_ops, shared
from . import named as forms
from .identities import variants
from .regions import Region, Regions
from .squares import Squaring

NODES = (0, 0, 3000, 10_000)  # of a graph that is searched, by effort
LARGEST = (0, 0, 60, 150)  # nodes of a region
REGIONS = (0, 0, 100, 300)  # that are looked at
NAMED = (0, 0, 4, 8)  # atoms of a region that are collected by
VISITS = (0, 0, 20_000, 60_000)  # nodes of the trials of one region each, in one round
FINALISTS = 4  # trials that are simplified in full, in one round
TERMS = (0, 0, 80, 200)  # that a form writes out at most
PLAIN = 8  # forms that are tried without regard to an atom

Simplify = Callable[[list[Expr]], list[Expr]]
_Choice = dict[Expr, tuple[Region, Expr]]  # forms for the roots of regions


def searched(
    outputs: list[Expr], effort: int, settled: Simplify, simplified: Simplify
) -> list[Expr]:
    """The shortest outputs found from simplified ones, simplified themselves.

    ``settled`` is the quick part of ``simplified``, by which forms are compared.

    Cost: as many trials as forms, regions and ``VISITS`` allow, again for each improvement.
    """
    best = outputs
    local: dict[Expr, list[_Local]] = {}
    while not exceeds(best, NODES[effort]):
        look = _Round(best, effort, settled, local)
        shorter = (simplified(trial) for trial in look.shortest(FINALISTS))
        fitting = (f for f in shorter if ops(f) < look.length)
        found = next((f for f in fitting if judged(best, f, NODES[effort], digits=True)), None)
        if found is None:
            break
        best = found
    return best


def ops(outputs: list[Expr]) -> int:
    """Operations after common subexpressions are shared."""
    return count_ops(shared(outputs))


class _Local(NamedTuple):
    """A form of a region: the operations it has more, which form it is, and what it is."""

    more: int
    kind: int
    form: Expr


def _order(found: _Local) -> tuple[int, int]:
    return found.more, found.kind


class _Round:
    """One look at all forms of all regions of a graph."""

    def __init__(
        self,
        outputs: list[Expr],
        effort: int,
        settled: Simplify,
        local: dict[Expr, list[_Local]],
    ) -> None:
        self.outputs, self.effort, self.settled = outputs, effort, settled
        self.length = ops(outputs)
        self.local = local  # by the region over symbols: many a region comes again
        found = Regions(outputs, LARGEST[effort])
        self.size = len(found.order)
        self.table = [(r, self._forms(r)) for r in found.all()[: REGIONS[effort]]]

    def shortest(self, count: int) -> list[list[Expr]]:
        """The shortest trials that are shorter than the outputs."""
        singles = [(c, self._tried(self._with(c))) for c in self._singles()]
        shorter: _Choice = {}
        for choice, (length, _) in sorted(singles, key=lambda s: s[1][0]):
            if length < self.length:
                shorter = {**choice, **shorter}
        several = [self._with(c) for c in [*self._everywhere(), shorter] if len(c) > 1]
        if self.effort > 2:
            several += variants(self.outputs)
        trials = [*map(self._tried, several), *[trial for _, trial in singles]]
        found = sorted([t for t in trials if t[0] < self.length], key=lambda t: t[0])
        return [outputs for _, outputs in found[:count]]

    def _tried(self, outputs: list[Expr]) -> tuple[int, list[Expr]]:
        found = self.settled(outputs)
        return ops(found), found

    def _singles(self) -> list[_Choice]:
        """Each form of each region alone, those first that are shortest by themselves."""
        found = sorted([(f.more, f.kind, i) for i, (_, fs) in enumerate(self.table) for f in fs])
        singles: list[_Choice] = []
        for _, kind, i in found[: VISITS[self.effort] // self.size]:
            region, known = self.table[i]
            singles.append({region.root: (region, next(f.form for f in known if f.kind == kind))})
        return singles

    def _everywhere(self) -> Iterator[_Choice]:
        """The same form in all regions, and in each region the one that is shortest by itself."""
        for kind in range(PLAIN):
            formed = [(r, f.form) for r, found in self.table for f in found if f.kind == kind]
            yield {r.root: (r, form) for r, form in formed}
        best = [(r, min(found, key=_order)) for r, found in self.table if found]
        yield {r.root: (r, f.form) for r, f in best if f.more < 0}

    def _forms(self, region: Region) -> list[_Local]:
        """What the forms of a region have more operations than itself, over symbols."""
        known = self.local.get(region.form)
        if known is None:
            known = self.local[region.form] = self._compared(region)
        return known

    def _compared(self, region: Region) -> list[_Local]:
        before = ops([region.form])
        found: list[_Local] = []
        seen = {region.form, *self.settled([region.form])}
        symbols = [*region.atoms][: NAMED[self.effort]]
        for kind, form in enumerate(_forms_of(region.form, symbols, TERMS[self.effort])):
            if form is None or count_ops(form) > 2 * before + 8:
                continue
            (short,) = self.settled([form])
            if short not in seen:
                seen.add(short)
                found.append(_Local(ops([short]) - before, kind, short))
        return found

    def _with(self, chosen: _Choice) -> list[Expr]:
        """The outputs with the chosen forms in place of the roots of their regions."""
        image: dict[Expr, Expr] = {}
        for node in postorder(self.outputs):
            if node in chosen:
                region, form = chosen[node]
                inside = [n for n in postorder([form]) if n.op is Var]
                given = {s: image[region.atoms[s]] for s in inside}
                image[node] = rebuild([form], given=given)[form]
            else:
                args = tuple([image[x] for x in node.args])
                image[node] = node if args == node.args else make(node.op, args, node.params)
        return [image[out] for out in self.outputs]


# -- forms ---------------------------------------------------------------------------------------


def _forms_of(e: Expr, symbols: list[Expr], limit: int) -> Iterator[Expr | None]:
    """Every form of an expression, None for one that it does not have; ``PLAIN`` without symbol."""
    expanded, factored = _tried(forms.expand, e, limit), _tried(forms.factor_terms, e)
    joined = _tried(forms.together, e, limit)
    again = _tried(forms.factor_terms, expanded)
    yield from (expanded, factored, joined, again)
    yield _tried(forms.factor_terms, joined)
    yield _tried(forms.expand, joined, limit)
    yield _tried(_squared, expanded)
    yield _tried(_squared, again)
    for s in symbols:
        collected = _tried(forms.collect, e, s, limit)
        yield collected
        yield _tried(forms.factor_terms, collected)
        yield _tried(forms.factor_terms, _tried(forms.horner, e, s, limit))


def _squared(e: Expr) -> Any:
    return forms.formed(e, lambda form, outputs: Squaring(form).run(outputs))


def _tried(form: Callable[..., Any], e: Expr | None, *options: Any) -> Expr | None:
    if e is None:
        return None
    try:
        found: Expr = form(e, *options)
    except (KindError, LimitError, NotPolynomial):
        return None
    return found
