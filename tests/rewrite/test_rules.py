"""Rows of simplification that fit one term come to an end, whichever of them is applied first."""

from __future__ import annotations

import random
from itertools import product

from overlaps import overlaps, wildcards

import symdiff as sd
from symdiff.expr import OPS, Expr
from symdiff.rewrite.cse import subs
from symdiff.rewrite.recording import recording
from symdiff.rewrite.rules import rows
from symdiff.rewrite.standard import build
from symdiff.walk import postorder

FEW = 40  # applications of rows to a term of two left sides
LOGIC = [OPS[name] for name in ("logical_and", "logical_or", "logical_not")]


def over_variables(pattern: Expr, domain: sd.Interval) -> Expr:
    """A pattern over variables of a domain, truth values where logic or a choice asks for them."""
    truth = set()
    for node in postorder([pattern]):
        if node.op in LOGIC:
            truth.update(node.args)
        elif node.op is OPS["where"]:
            truth.add(node.args[0])
    given = {
        w: sd.Var(w.name, kind="bool") if w in truth else sd.Var(w.name, domain=domain)
        for w in wildcards(pattern)
    }
    return subs(pattern, given)


def test_overlapping_rows_come_to_an_end() -> None:
    found = list(dict.fromkeys(overlaps(rows())))
    assert len(found) >= 100
    a = next(w for w in wildcards(rows()[0].pattern))
    lefts = [r.pattern for r in rows() if isinstance(r.left, Expr)]
    nested = [subs(outer, {a: inner}) for outer, inner in product(lefts, lefts)
              if a in wildcards(outer) and inner.kind == "real"]  # fmt: skip
    for pattern in [*found, *random.Random(0).sample(nested, 900)]:
        for domain in (sd.REAL, sd.POSITIVE):
            e = over_variables(pattern, domain)
            with recording() as fired:
                (form,), _ = build([e])
                (again,), _ = build([form])
            assert sum(fired.values()) <= FEW, (e, fired)
            assert build([again])[0] == [again], e
