"""Double angles in place of squares and products of functions: rows of a table that is tried, as
one form among several, and never part of canonical form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from ...expr import Expr, make
from ...ops import elementary as el
from ...ops.arithmetic import add, mul
from ...ops.elementary import pow
from ...walk import reachable
from ..engine import collected
from ..match import wildcard
from ..nodes import ONE, split
from ..row import REAL, Form, Rule
from ..standard import EAGER
from ..table import Table

TRIG = frozenset({el.sin, el.cos, el.tan, el.sinh, el.cosh, el.tanh})
DOUBLED = TRIG | {el.log}


@cache
def doubling() -> Table:
    """The rules, in the order in which they are tried."""
    a = wildcard("a")
    sin, cos, sinh, cosh = el.sin, el.cos, el.sinh, el.cosh
    return Table([
        Rule("sin of double",       sin(a) * cos(a),              sin(2 * a) / 2,    REAL),
        Rule("over sin of double",  1 / (sin(a) * cos(a)),        2 / sin(2 * a),    REAL),
        Rule("sinh of double",      sinh(a) * cosh(a),            sinh(2 * a) / 2,   REAL),
        Rule("over sinh of double", 1 / (sinh(a) * cosh(a)),      2 / sinh(2 * a),   REAL),
        Rule("cos of double",       cos(a)**2 - sin(a)**2,        cos(2 * a),        REAL),
        Rule("cos of double, cos",  2 * cos(a)**2 - 1,            cos(2 * a),        REAL),
        Rule("cos of double, sin",  1 - 2 * sin(a)**2,            cos(2 * a),        REAL),
        Rule("cosh of double",      cosh(a)**2 + sinh(a)**2,      cosh(2 * a),       REAL),
        Rule("cosh of double, cosh", 2 * cosh(a)**2 - 1,          cosh(2 * a),       REAL),
        Rule("cosh of double, sinh", 2 * sinh(a)**2 + 1,          cosh(2 * a),       REAL),
        Rule("square of sin",       1 - cos(2 * a),               2 * sin(a)**2,     REAL),
        Rule("square of cos",       1 + cos(2 * a),               2 * cos(a)**2,     REAL),
        Rule("square of sinh",      cosh(2 * a) - 1,              2 * sinh(a)**2,    REAL),
        Rule("square of cosh",      cosh(2 * a) + 1,              2 * cosh(a)**2,    REAL),
        Rule("log of quotient",     add,                          _log_of_quotient,  REAL),
    ], canonical=True)  # fmt: skip


def _log_of_quotient(form: Form, node: Expr) -> Expr | None:
    """``c*log(u) - c*log(v)`` as ``c*log(u/v)``, where u or v is known to be positive."""
    logs = [(i, *form.split(term)) for i, term in enumerate(node.args)]
    logs = [(i, c, rest.args[0]) for i, c, rest in logs if rest.op is el.log]
    for i, c, u in logs:
        for j, d, v in logs:
            if 0 < c == -d and (form.facts.positive(u) or form.facts.positive(v)):
                others = [term for k, term in enumerate(node.args) if k not in (i, j)]
                return make(add, (*others, form.times(c, el.log(u / v))))
    return None


def doubled(output: Expr) -> Iterator[Expr]:
    """A canonical output with double angles and logarithms of quotients, where it may have some."""
    if any(map(_has_two, reachable([output]))):
        yield from collected([output], doubling(), EAGER)[0]


def _has_two(node: Expr) -> bool:
    """Whether two factors, or two terms of which one may be a number, are such functions."""
    parts: Sequence[Expr] = node.args
    if node.op is add:
        parts = [split(term)[1] for term in parts]
    elif node.op is not mul:
        return False
    heads = [(x.args[0] if x.op is pow else x).op for x in parts]
    count = sum([head in DOUBLED for head in heads])
    return count > 1 or (count == 1 and node.op is add and ONE in parts)
