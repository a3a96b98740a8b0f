"""Operations of simplified derivatives over a corpus of formulas, ours and the peers'.

``--quick`` takes every tenth formula, ``--worst N`` prints more of the cases where we lose,
``--refresh`` lets SymPy simplify everything again and records what it finds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from formula_corpus import FOLDER, Formula, derivative, formulas, held_back
from harness import peer, verdict
from operations import CasADi, SymEngine, SymPy, operations, read

import symdiff as sd
from symdiff.errors import ParseError
from symdiff.leaves import Var
from symdiff.walk import postorder

RECORD = FOLDER / "sympy.jsonl"
SAMPLE = 24  # every 24th derivative is given to SymPy to compare times now


class Case(NamedTuple):
    """One derivative with everybody's number of operations, None where one has no result."""

    formula: Formula
    order: int
    found: list[sd.Expr]
    ours: int
    written_out: int
    theirs: dict[str, int | None]


def recorded() -> dict[tuple[str, tuple[str, ...], int], dict[str, Any]]:
    """SymPy's results and times as they were measured once; the first line has the version."""
    lines = [json.loads(line) for line in RECORD.read_text().splitlines()]
    print(f"SymPy as recorded: {lines[0]['version']}, {lines[0]['machine']}")
    return {(r["formula"], tuple(r["by"]), r["order"]): r for r in lines[1:]}


def refresh(todo: list[Formula]) -> None:
    """Record SymPy's results and times."""
    sympy = SymPy()
    lines = [{"version": sympy.lib.__version__, "machine": "2 cores, Python 3.11"}]
    for formula in todo:
        f = sd.parse(formula.text, formula.variables())
        for order in (1, 2):
            start = time.process_time()
            text = sympy.derivative(f, formula.by, order)
            spent = round(time.process_time() - start, 3)
            lines.append(
                {"formula": formula.text, "by": formula.by, "order": order, "seconds": spent,
                 "text": text}
            )  # fmt: skip
    RECORD.write_text("".join(json.dumps(line) + "\n" for line in lines))


def counted(formula: Formula, order: int, theirs: dict[str, Callable[..., int]]) -> Case:
    """One derivative; its values are compared before anything is counted."""
    found = derivative(formula, order)
    raw = derivative(formula, order, simplify=False)
    check(formula, order, found, raw, "unsimplified")
    bindings, outputs = sd.cse(found)
    graph = [e for _, e in bindings] + list(outputs)
    f = sd.parse(formula.text, formula.variables())
    numbers: dict[str, int | None] = {}
    for name, count in theirs.items():
        try:
            numbers[name] = count(formula, f, order, found)
        except (KeyError, ParseError):  # a function that it does not have, or leaves unevaluated
            numbers[name] = None
    return Case(formula, order, found, operations(graph), operations(graph, True), numbers)


def check(formula: Formula, order: int, a: list[sd.Expr], b: list[sd.Expr], who: str) -> None:
    """Raise unless two results have the same values at points of the domain."""
    for point in formula.points(3):
        for left, right in zip(a, b, strict=True):
            x, y = value(left, point), value(right, point)
            if not abs(x - y) <= 1e-7 * (1e-3 + abs(y)):
                raise AssertionError(f"{formula.text}, order {order}, {who}, at {point}: {x} {y}")


def value(e: sd.Expr, point: dict[str, float]) -> float:
    """The value of a scalar at a point that may have more variables than it needs."""
    return float(sd.evaluate(e, {v: point[v.name] for v in postorder([e]) if v.op is Var}))


def peers(record: dict[Any, dict[str, Any]]) -> dict[str, Callable[..., int]]:
    """How each peer that is installed counts a formula's derivative."""
    found: dict[str, Callable[..., int]] = {}

    def sympy(formula: Formula, f: sd.Expr, order: int, ours: list[sd.Expr]) -> int:
        text = record[formula.text, formula.by, order]["text"]
        return agreed("SymPy", formula, order, ours, text)

    found["SymPy"] = sympy
    if peer("symengine"):
        engine = SymEngine()

        def symengine(formula: Formula, f: sd.Expr, order: int, ours: list[sd.Expr]) -> int:
            text = engine.derivative(f, formula.by, order)
            return agreed("SymEngine", formula, order, ours, text)

        found["SymEngine"] = symengine
    if peer("casadi"):
        casadi = CasADi()
        found["CasADi"] = lambda formula, f, order, ours: casadi.count(f, formula.by, order)
    return found


def agreed(who: str, formula: Formula, order: int, ours: list[sd.Expr], text: Any) -> int:
    """The operations of a peer's result, once its values are seen to be ours."""
    graph = read(text, formula.variables())
    check(formula, order, ours, graph, who)
    return operations(graph)


def shares(cases: list[Case], name: str, most: float | None) -> bool:
    """Print how often we are no longer than a peer, and by how much we are at worst."""
    both = [(c.ours, c.theirs[name] or 0) for c in cases if c.theirs[name] is not None]
    strict = [(c.written_out, c.theirs[name] or 0) for c in cases if c.theirs[name] is not None]
    missed = 1 - sum(a <= b for a, b in both) / len(both)
    strictly = sum(a <= b for a, b in strict) / len(strict)
    totals = sum(a for a, _ in both), sum(b for _, b in both)
    print(f"{name}: {len(both)} derivatives, {totals[0]} operations, {name} {totals[1]}; "
          f"with sigmoid written out at most as many in {strictly:.1%}")  # fmt: skip
    for held in (False, True):
        part = [(c.ours, c.theirs[name] or 0) for c in cases
                if c.theirs[name] is not None and held_back(c.formula.text) is held]  # fmt: skip
        share = sum(a <= b for a, b in part) / max(len(part), 1)
        print(f"     {'held back' if held else 'worked on'}: {len(part)}, at most in {share:.1%}")
    fine = verdict(f"share longer than {name}'s", missed, 0.05 if most else 0.02)
    if most:
        worst = max(a / max(b, 1) for a, b in both)
        print(f"     {sum(a > most * b for a, b in both)} above {most} x")
        fine = verdict(f"operations over {name}'s, worst", worst, most) and fine
    return fine


def losses(cases: list[Case], name: str, count: int) -> None:
    """Print the cases where we are furthest behind a peer, but none that are held back."""
    lost = [(c.ours / max(c.theirs[name] or 0, 1), c) for c in cases
            if c.theirs[name] is not None and not held_back(c.formula.text)]  # fmt: skip
    behind = sorted([x for x in lost if x[0] > 1], key=lambda x: -x[0])
    for ratio, c in behind[:count]:
        text = "; ".join(map(str, c.found))
        by = ",".join(c.formula.by)
        print(f"  {ratio:.2f} {c.ours}/{c.theirs[name]} order {c.order} by {by}: {c.formula.text}")
        print(f"       {text[:160]}")


def times(todo: list[Formula], record: dict[Any, dict[str, Any]]) -> bool:
    """Our processor time for all derivatives against SymPy's, recorded and of a sample."""
    cases = [(formula, order) for formula in todo for order in (1, 2)]
    start = time.process_time()
    for formula, order in cases:
        derivative(formula, order)
    ours = time.process_time() - start
    total = sum(record[c.text, c.by, order]["seconds"] for c, order in cases)
    print(f"{len(cases)} derivatives: {ours:.2f} s, SymPy as recorded {total:.0f} s")
    if peer("sympy"):
        sympy, some = SymPy(), cases[::SAMPLE]
        start = time.process_time()
        for formula, order in some:
            known = formula.variables()
            sympy.derivative(sd.parse(formula.text, known), formula.by, order)
        now = time.process_time() - start
        then = sum(record[c.text, c.by, order]["seconds"] for c, order in some)
        print(f"a sample of {len(some)}: SymPy {now:.2f} s now, {then:.2f} s as recorded")
    return verdict("our time over SymPy's", ours / total, 1 / 20)


def main() -> bool:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--refresh", action="store_true")
    options.add_argument("--worst", type=int, default=5)
    chosen = options.parse_args()
    todo = formulas()[:: 10 if chosen.quick else 1]
    if chosen.refresh:
        refresh(formulas())
    record = recorded()
    theirs = peers(record)
    cases = [counted(formula, order, theirs) for formula in todo for order in (1, 2)]
    fine = True
    for name in theirs:
        fine = shares(cases, name, 1.15 if name == "SymPy" else None) and fine
        losses(cases, name, chosen.worst)
    return times(todo, record) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
