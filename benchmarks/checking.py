"""What comparing by values costs and drops, and what ``evaluate`` costs beside ``compile``.

Over the corpus, every simplified derivative is compared with the derivative as the calculus made
it, as ``simplify`` does before it takes a form.  SymPy's ``equals`` answers the same question and
runs beside us on a sample.
"""

from __future__ import annotations

import statistics
import time
from itertools import count
from typing import Any

from formula_corpus import derivative, formulas
from harness import agree, peer, race, readable, verdict
from operations import SymPy, translated

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import Var
from symdiff.rewrite.check import compared
from symdiff.walk import postorder

PAIR = 0.4e-3  # seconds a comparison may take
REJECTED = 0.005  # share of true forms that may be rejected
FIRST = 300e-6  # seconds of the first evaluation of ten nodes
SAMPLE = 24  # pairs that SymPy is asked too


def corpus_pairs() -> list[list[tuple[Expr, Expr]]]:
    """The entries of each derivative, raw and simplified, where the two differ."""
    found = []
    for formula in formulas():
        for order in (1, 2):
            raw = derivative(formula, order, simplify=False)
            new = derivative(formula, order)
            found.append([(a, b) for a, b in zip(raw, new, strict=True) if a is not b])
    return [pairs for pairs in found if pairs]


def check_costs(pairs: list[list[tuple[Expr, Expr]]]) -> bool:
    """Time and verdicts of all comparisons."""
    times, verdicts = [], []
    for group in pairs:
        start = time.perf_counter()
        verdicts.append(compared(group, far=True))
        times.append(time.perf_counter() - start)
    different = [v for v in verdicts if v.equal is False]
    unknown = [v for v in verdicts if v.equal is None]
    print(f"{len(verdicts)} comparisons, median {readable(statistics.median(times))}, "
          f"mean {readable(statistics.mean(times))}")  # fmt: skip
    print(f"called different: {len(different)}, left undecided: {len(unknown)}")
    fine = verdict("ms a comparison, median", statistics.median(times) * 1e3, PAIR * 1e3)
    return verdict("share called different", len(different) / len(verdicts), REJECTED) and fine


def beside_sympy(pairs: list[list[tuple[Expr, Expr]]]) -> None:
    """``same`` and SymPy's ``equals`` on single entries, which both call equal."""
    if peer("sympy") is None:
        return
    table = SymPy().table()
    for a, b in [group[0] for group in pairs[:: len(pairs) // SAMPLE]]:
        names = {v for v in postorder([a, b]) if v.op is Var}
        known = {v.name: SymPy()._symbol(v) for v in names}
        try:
            p, q = (translated(e, known, table) for e in (a, b))
        except KeyError:
            continue  # SymPy has no such function
        assert sd.same(a, b), (a, b)
        race(str(b)[:28], lambda a=a, b=b: sd.same(a, b), lambda p=p, q=q: p.equals(q), 3, 0.05)


def evaluation() -> bool:
    """The first and the later evaluations of a graph of ten nodes, beside its compiled function."""
    fresh = count()

    def graph() -> tuple[Expr, dict[Expr, Any]]:
        x, y = sd.vars(f"x{next(fresh)} y{next(fresh)}")
        return sd.exp(-(x**2)) * sd.sin(x * y) + y / (1 + x**2), {x: 0.3, y: 0.7}

    firsts = []
    for _ in range(50):
        f, at = graph()
        start = time.perf_counter()
        sd.evaluate(f, at)
        firsts.append(time.perf_counter() - start)
    f, at = graph()
    compiled = sd.compile(f, [*at])
    agree(sd.evaluate(f, at), compiled(*at.values()), 1e-15)
    race("evaluate / compiled call", lambda: sd.evaluate(f, at), lambda: compiled(*at.values()))
    return verdict("us of a first evaluation", statistics.median(firsts) * 1e6, FIRST * 1e6)


def main() -> bool:
    pairs = corpus_pairs()
    fine = check_costs(pairs)
    beside_sympy(pairs)
    return evaluation() and fine


if __name__ == "__main__":
    raise SystemExit(not main())
