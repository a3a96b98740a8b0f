"""Which rule of differentiation a node asks for, and the formula that the rule gives.

A formula is a function of the derivatives of the arguments, so that it makes both the line that a
student reads, over names such as ``d/dx[u]``, and the derivative itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from typing import NamedTuple, TypeAlias

from ..calculus.rules import tangent
from ..expr import Expr, make
from ..leaves import var
from ..ops.elementary import log
from ..ops.local import partials
from ..ops.structural import broadcast_to, number_in, times, total, zeros
from ..rewrite.simplify import simplified
from ..rewrite.tables.guards import plain
from ..rule import Multilinear, NonDiff, Partials
from ..walk import rebuild

Dots: TypeAlias = "list[Expr | None]"
MANY = 8  # factors up to which a product is written out for each derivative


class Entry(NamedTuple):
    """A line of the table: the derivative of ``function`` by ``symbol``."""

    symbol: Expr
    function: Expr
    derivative: Expr


class Rule(NamedTuple):
    """A rule as it applies to a node: its name, its formula, and where the formula stands.

    ``direct`` tells that the formula takes the derivative of the variable itself as 1, ``drops``
    that it leaves out arguments that do not depend on the variable; ``reason`` why it is 0.
    """

    name: str
    formula: Callable[[Dots], Expr | None]
    source: str = ""
    table: tuple[Entry, ...] = ()
    direct: bool = False
    drops: bool = False
    reason: str = ""


def letters() -> Iterator[str]:
    """Names for what has none."""
    return chain("uvwst", map("u{}".format, count(1)))


class Table:
    """The derivatives of functions of symbols, each looked up once."""

    def __init__(self, taken: Iterable[str], x: Expr) -> None:
        self.x, self.taken = x, frozenset(taken)
        self.found: dict[Expr, dict[int, Entry]] = {}

    def names(self) -> Iterator[str]:
        """Names for symbols that the expression does not use."""
        return (name for name in letters() if name not in self.taken)

    def entries(self, node: Expr, active: list[int]) -> dict[int, Entry]:
        """The lines for the arguments ``active``; constants stay as they are."""
        free = self.names()
        symbols = tuple([a if number_in(a) is not None else var(next(free)) for a in node.args])
        function = make(node.op, symbols, node.params)
        known = self.found.setdefault(function, {})
        missing = [i for i in active if i not in known]
        if missing:
            slopes = partials(function, missing)
            short = simplified([slopes.get(i, zeros(())) for i in missing])
            for i, slope in zip(missing, short, strict=True):
                known[i] = Entry(symbols[i], function, slope)
        return {i: known[i] for i in active}


def rule_for(node: Expr, active: list[int], table: Table) -> Rule:
    """The rule for a node of which the arguments ``active`` depend on the variable."""
    op = node.op
    if isinstance(op.rule, NonDiff):
        tangent(node, list(node.args), ())  # which raises where no derivative is 0 by convention
        return Rule("zero slope", lambda dots: None, reason=op.rule.reason)
    if op.elementwise:
        special = _INFIX.get(op.infix)
        if special is not None:
            return special(node, active, table)
        if isinstance(op.rule, Partials):
            return _from_table(node, active, table)
    by_row = lambda dots: tangent(node, dots, ())
    if op.elementwise and not op.infix:
        return Rule(f"rule of {op.name}", by_row, op.source)
    if isinstance(op.rule, Multilinear):
        return Rule("contraction rule", lambda dots: _each_in_turn(node, active, dots), op.source)
    if op.contraction is not None:
        return Rule("contraction rule", by_row, op.source)
    return Rule(f"{op.name}, element by element", by_row, op.source)


def _of_sum(node: Expr, active: list[int], table: Table) -> Rule:
    name = "sum rule" if "commutative" in node.op.facts else "difference rule"
    name = "minus sign" if len(node.args) == 1 else name
    return Rule(name, lambda dots: tangent(node, dots, ()), drops=True)


def _of_product(node: Expr, active: list[int], table: Table) -> Rule:
    def formula(dots: Dots) -> Expr | None:
        many = len(active) > MANY
        return tangent(node, dots, ()) if many else _each_in_turn(node, active, dots)

    return Rule("product rule" if len(active) > 1 else "constant factor", formula)


def _each_in_turn(node: Expr, active: list[int], dots: Dots) -> Expr:
    """The sum of what a product gives with the derivative in the place of each argument."""
    terms = []
    for i in active:
        dot = dots[i]
        assert dot is not None
        args = (*node.args[:i], dot, *node.args[i + 1 :])
        terms.append(make(node.op, args, node.params))
    return total(terms)


def _of_quotient(node: Expr, active: list[int], table: Table) -> Rule:
    u, v = node.args

    def formula(dots: Dots) -> Expr:
        du, dv = dots
        if dv is None:
            assert du is not None
            return du / v
        return -times(u, dv) / v**2 if du is None else (du * v - u * dv) / v**2

    return Rule("quotient rule" if 1 in active else "constant factor", formula)


def _of_power(node: Expr, active: list[int], table: Table) -> Rule:
    u, v = node.args

    def power(dots: Dots) -> Expr | None:
        slope = partials(node, [0]).get(0)
        if slope is None or dots[0] is None:
            return None
        (textbook,) = plain([slope])
        return times(textbook, dots[0])

    def exponential(dots: Dots) -> Expr:
        assert dots[1] is not None
        return times(node * log(u), dots[1])

    def both(dots: Dots) -> Expr:
        du, dv = dots
        assert du is not None
        assert dv is not None
        return node * (dv * log(u) + v * du / u)

    if len(active) == 2:
        return Rule("logarithmic differentiation", both)
    name, formula = (("power rule", power), ("exponential rule", exponential))[active[0]]
    direct = node.args[active[0]] is table.x
    return Rule(name if direct else f"{name}, chain rule", formula, node.op.source, direct=True)


def _from_table(node: Expr, active: list[int], table: Table) -> Rule:
    entries = table.entries(node, active)
    plain = len(active) == 1 and node.args[active[0]] is table.x

    def formula(dots: Dots) -> Expr:
        terms = []
        for i, entry in entries.items():
            dot = dots[i]
            assert dot is not None
            given = dict(zip(entry.function.args, node.args, strict=True))
            terms.append(_inner(rebuild([entry.derivative], given=given)[entry.derivative], dot))
        return total([broadcast_to(term, node.shape) for term in terms])

    if plain:
        return Rule("table", formula, node.op.source, direct=True)
    name = "chain rule" if len(active) == 1 else "chain rule, several arguments"
    return Rule(name, formula, node.op.source, tuple(entries.values()), direct=True)


def _inner(slope: Expr, dot: Expr) -> Expr:
    """The product with a derivative; a minus stays where the table has it."""
    is_negative = slope.op.infix == "-" and len(slope.args) == 1
    return slope * dot if is_negative and number_in(dot) is None else times(slope, dot)


_INFIX: dict[str, Callable[[Expr, list[int], Table], Rule]] = {
    "+": _of_sum, "-": _of_sum, "*": _of_product, "/": _of_quotient, "**": _of_power,
}  # fmt: skip


def dependent(order: list[Expr], x: Expr) -> set[Expr]:
    """The nodes of a postorder that depend on ``x``."""
    found = {x}
    for node in order:
        if not found.isdisjoint(node.args):
            found.add(node)
    return found
