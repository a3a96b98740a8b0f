"""Rules that keep every bit, whatever the input: for ``exact=True`` and before compiling."""

from __future__ import annotations

from collections.abc import Sequence

from ...expr import Expr
from ...leaves import const
from ...ops import arithmetic as ar
from ...ops.elementary import pow
from ..arrays.linear_rules import linear_rows
from ..computed import inspections
from ..engine import rewritten
from ..match import wildcard
from ..row import EXACT, Rule
from ..rules import rows
from ..table import table_of


def bit_rows() -> list[Rule]:
    """Arithmetic that keeps every bit, whatever the input."""
    a, b = wildcard("a"), wildcard("b")
    one, minus, zero = const(1), const(-1), const(0)
    neg, sub, div = ar.neg, ar.sub, ar.div
    return [
        Rule("times one",         ar.mul(a, one),          a,               EXACT),
        Rule("times minus one",   ar.mul(a, minus),        neg(a),          EXACT),
        Rule("over one",          div(a, one),             a,               EXACT),
        Rule("over minus one",    div(a, minus),           neg(a),          EXACT),
        Rule("minus zero",        sub(a, zero),            a,               EXACT),
        Rule("power one",         pow(a, one),             a,               EXACT),
        Rule("neg of neg",        neg(neg(a)),             a,               EXACT),
        Rule("plus of neg",       ar.add(a, neg(b)),       sub(a, b),       EXACT),
        Rule("minus of neg",      sub(a, neg(b)),          ar.add(a, b),    EXACT),
        Rule("product of negs",   ar.mul(neg(a), neg(b)),  ar.mul(a, b),    EXACT),
        Rule("quotient of negs",  div(neg(a), neg(b)),     div(a, b),       EXACT),
        Rule("abs of neg",        ar.abs(neg(a)),          ar.abs(a),       EXACT),
        Rule("abs of abs",        ar.abs(ar.abs(a)),       ar.abs(a),       EXACT),
        Rule("square of neg",     ar.square(neg(a)),       ar.square(a),    EXACT),
        Rule("square of abs",     ar.square(ar.abs(a)),    ar.square(a),    EXACT),
    ]  # fmt: skip


def exact_rows() -> list[Rule]:
    """Every rule that keeps all bits."""
    return [
        r for r in [*bit_rows(), *rows(), *inspections(), *linear_rows()] if r.exactness is EXACT
    ]


def exactly(outputs: Sequence[Expr]) -> list[Expr]:
    """The outputs after all rules that keep every bit."""
    return rewritten(outputs, table_of(exact_rows))
