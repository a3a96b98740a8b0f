"""A case under test: its graph, raw derivatives, truths and bounds, each made when first needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

import symdiff as sd
from symdiff.expr import Expr
from symdiff.ops.values import values_at
from symdiff.walk import postorder

from .bounds import Measured, measured
from .cases import Case
from .truth import jet, value

SLACK = 8  # multiple of the first-order bound that an error may reach
CLOSE = 1e-10  # relative error below which nothing has to be asked
INFORMATIVE = 1e-3  # of the value: a larger bound lets no one tell right from wrong
FLOOR = 1e-6  # values below count as that large when a bound is judged
LARGEST = 1e150  # of a truth: its square is still a float


class Own(NamedTuple):
    """What numbers are compared with where they are no entries of the case: a column of its own."""

    label: str
    graph: Expr
    truths: Sequence[Any]  # by point
    floats: Sequence[Any]

    def name(self, entry: int) -> str:
        return self.label

    def raw_graph(self, entry: int) -> Expr:
        return self.graph

    def truth(self, place: int, entry: int) -> Any:
        return self.truths[place]

    def plain(self, place: int, entry: int) -> Any:
        return self.floats[place]


class Reading(NamedTuple):
    """What one path made of some entries: numbers at each point, and graphs where there are.

    Entries count as in ``Subject.raw``: the value, the gradient, the Hessian row by row.
    """

    label: str
    entries: Sequence[int]
    values: Sequence[Sequence[Any]]  # by point, then by entry
    graphs: Sequence[Expr] | None = None
    own: Own | None = None


class Fault(NamedTuple):
    """A number that is not what it should be: ``kind`` is wrong, lost or digits."""

    kind: str
    label: str
    entry: str
    point: dict[str, Any]
    truth: str
    got: str


class Tally(NamedTuple):
    """What came of the numbers of one reading."""

    checked: int
    skipped: int
    faults: list[Fault]


class Subject:
    """One case as the package sees it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.names = list(case.domains)
        self.variables = [
            sd.Var(name, domain=getattr(sd, domain)) for name, domain in case.domains.items()
        ]
        self.f = sd.parse(case.text, vars=self.variables)
        self._measured: dict[Expr, list[Measured]] = {}

    @cached_property
    def entries(self) -> list[str]:
        """Names of what is compared."""
        slopes = [f"d{a}" for a in self.names]
        return ["f", *slopes, *[f"d{a}d{b}" for a in self.names for b in self.names]]

    @cached_property
    def values(self) -> list[Any]:
        """The truth of the value, by point."""
        return [value(self.case.text, at) for at in self.case.points]

    @cached_property
    def plain_values(self) -> list[list[Any]]:
        """The value of the graph in floats, by point."""
        return self.plainly([self.f])

    @cached_property
    def truths(self) -> list[list[Any]]:
        """The truth of each entry, by point."""
        return [jet(self.case.text, at, self.names).entries() for at in self.case.points]

    @cached_property
    def raw(self) -> list[Expr]:
        """The value, the gradient and the Hessian as they come out of the rules."""
        slopes = sd.grad(self.f, self.variables, simplify=False)
        return [
            self.f,
            *slopes,
            *flat(sd.hessian(self.f, self.variables, simplify=False, blocks=True)),
        ]

    @cached_property
    def simple(self) -> list[Expr]:
        """The same from the public verbs, simplified."""
        slopes = sd.grad(self.f, self.variables)
        second = flat(sd.hessian(self.f, self.variables, blocks=True))
        return [sd.simplify(self.f), *slopes, *second]

    @cached_property
    def floats(self) -> list[list[Any]]:
        """The raw graphs in floats, node by node, by point."""
        return self.plainly(self.raw)

    def plainly(self, graphs: Sequence[Expr]) -> list[list[Any]]:
        """Graphs in floats, node by node as they stand, by point."""
        order = postorder(graphs)
        rows = []
        for at in self.case.points:
            values = values_at(order, {v: np.float64(at[v.name]) for v in self.variables})
            rows.append([values[graph] for graph in graphs])
        return rows

    def evaluated(self, graphs: Sequence[Expr]) -> list[list[Any]]:
        """Graphs by ``evaluate``, by point."""
        return [sd.evaluate(list(graphs), self.by_variable(at)) for at in self.case.points]

    def called(self, compiled: Any) -> list[list[Any]]:
        """Everything that a compiled function returns, in one row for each point."""
        rows = [compiled(*[float(at[n]) for n in self.names]) for at in self.case.points]
        return [[v for part in flat(row) for v in np.ravel(part)] for row in rows]

    def by_variable(self, at: dict[str, Any]) -> dict[Expr, Any]:
        return {v: at[v.name] for v in self.variables}

    def measured(self, graph: Expr) -> list[Measured]:
        """Value and bound of a graph, by point."""
        if graph not in self._measured:
            self._measured[graph] = [measured(graph, at) for at in self.case.points]
        return self._measured[graph]

    # -- what entries are compared with ----------------------------------------------------------

    def name(self, entry: int) -> str:
        return self.entries[entry]

    def raw_graph(self, entry: int) -> Expr:
        return self.raw[entry] if entry else self.f

    def truth(self, place: int, entry: int) -> Any:
        return self.truths[place][entry] if entry else self.values[place]

    def plain(self, place: int, entry: int) -> Any:
        """What the raw graph gives in floats."""
        return self.floats[place][entry] if entry else self.plain_values[place][0]

    def judge(self, reading: Reading) -> Tally:
        """Compare a reading with the truth."""
        checked = skipped = 0
        faults = []
        base = reading.own or self
        for place, row in enumerate(reading.values):
            for column, (entry, got) in enumerate(zip(reading.entries, row, strict=True)):
                graph = reading.graphs[column] if reading.graphs else None
                verdict = self._verdict(base, place, entry, got, graph)
                checked += verdict != "skipped"
                skipped += verdict == "skipped"
                if verdict not in ("right", "skipped"):
                    shown = mp.nstr(base.truth(place, entry), 17), repr(got)
                    at = self.case.points[place]
                    faults.append(Fault(verdict, reading.label, base.name(entry), at, *shown))
        return Tally(checked, skipped, faults)

    def _verdict(
        self, base: Subject | Own, place: int, entry: int, got: Any, graph: Expr | None
    ) -> str:
        truth = base.truth(place, entry)
        if not mp.isfinite(truth) or abs(truth) > LARGEST:
            return "skipped"
        if not np.isfinite(float(got)):
            known = _has_digits(base.plain(place, entry), truth)
            raw = base.raw_graph(entry)
            at_edge = known and _is_at_an_edge(raw if graph is None else graph, self, place)
            return "lost" if known and not at_edge else "skipped"
        with mp.workdps(60):
            error = abs(mp.mpf(float(got)) - truth)
            if error <= CLOSE * abs(truth) or error < 1e-300:
                return "right"
            bound = self.measured(base.raw_graph(entry))[place].bound
            informative = SLACK * bound <= INFORMATIVE * max(abs(truth), FLOOR)
            if self.case.far:
                informative = _has_digits(base.plain(place, entry), truth)
                bound = max(bound, INFORMATIVE * abs(truth) / SLACK)
            if not informative:
                return "skipped"
            if error <= SLACK * bound:
                return "right"
            more = self.measured(graph)[place].bound if graph is not None else 0
            return "digits" if self.case.far or error <= SLACK * (bound + more) else "wrong"


def _has_digits(plain: Any, truth: Any) -> bool:
    """Whether the raw graph in floats is right to three digits."""
    if not np.isfinite(float(plain)):
        return False
    return bool(abs(mp.mpf(float(plain)) - truth) <= INFORMATIVE * abs(truth))


def _is_at_an_edge(graph: Expr, subject: Subject, place: int) -> bool:
    """Whether an argument inside is as near to the edge of its domain as rounding may move it:
    the root of a sum that is exactly 0 has a value or none, as its last bits fall.
    """
    for node in postorder([graph, *subject.raw]):
        for x, domain in zip(node.args, node.op.domain, strict=False):
            value, bound = subject.measured(x)[place] if x.args else (mp.nan, mp.zero)
            if any(abs(value - edge) <= SLACK * bound for edge in (domain.low, domain.high)):
                return True
    return False


def flat(tree: Any) -> list[Any]:
    """The leaves of nested lists and tuples."""
    if not isinstance(tree, (list, tuple)):
        return [tree]
    return [leaf for part in tree for leaf in flat(part)]
