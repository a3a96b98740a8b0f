"""Canonical sums: like terms collected, constants added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..expr import Expr, make
from ..leaves import Const, const
from ..ops import arithmetic as a
from . import exact
from .exact import Number, number
from .nodes import ONE, collect, shaped, split, term, times
from .order import Ranks, bare, has_bool, shape_of
from .terms import Builder, Sum

Signed: TypeAlias = Sequence[tuple[int, Expr]]  # terms, each with its sign


def add(signed: Signed, shared: set[Expr], ranks: Ranks) -> Expr:
    """The canonical sum of canonical terms; sums that are ``shared`` stay whole in it."""
    if len(signed) == 1 and signed[0][0] == -1:
        return times(-1, signed[0][1])
    shape = shape_of([t for _, t in signed])
    terms: Builder[Expr] = Builder()
    floats = _gather(signed, shared, terms)
    if len(floats) > 1:
        return _in_order(signed, shared)
    if shape and len(terms) > 1 and ONE not in terms and not floats:
        content = exact.common_number(list(terms.values()))
        if content != 1:
            inner = Sum([(rest, exact.over(c, content)) for rest, c in terms.items()])
            return shaped(times(content, joined(inner, 0, [], ranks)), shape)
    total = terms.take(ONE)
    return shaped(_sum(terms.frozen(), total, floats, ranks), shape)


def _gather(signed: Signed, shared: set[Expr], terms: Builder[Expr]) -> list[Expr]:
    """Collect coefficients by rest, merging sums that only this sum uses; the floats, and numbers
    too long to be added, that stand alone.
    """
    floats: list[Expr] = []
    pending = list(reversed(signed))
    while pending:
        sign, node = pending.pop()
        node = bare(node) if node.shape else node
        coefficient, rest = split(node)
        rest = bare(rest) if rest.shape else rest
        coefficient = -coefficient if sign == -1 else coefficient
        if rest is ONE and type(coefficient) is float:
            floats += [const(coefficient)] if coefficient else []
        elif (
            rest.op is a.add
            and coefficient in (1, -1)
            and shared.isdisjoint((node, rest))
            and not has_bool(rest)
        ):
            pending += [(1 if coefficient == 1 else -1, t) for t in reversed(rest.args)]
        elif rest is ONE and exact.plus(terms[ONE], coefficient) is None:
            floats += [const(coefficient), const(terms[ONE])]
        else:
            if rest.op is Const and rest.kind == "real":
                floats.append(node)  # float arrays and infinities stand alone
            collect(terms, coefficient, rest)
    return floats


def _in_order(signed: Signed, shared: set[Expr]) -> Expr:
    """A sum whose terms must stay as they are: two or more floats stand alone in it."""
    terms = [t if sign == 1 else times(-1, t) for sign, t in signed]
    if len(terms) == 1:
        return terms[0]
    node = make(a.add, tuple(terms))
    shared.add(node)
    return node


def _sum(terms: Sum[Expr], total: Number, floats: list[Expr], ranks: Ranks) -> Expr:
    """The sum of collected terms; one of negative terms alone is the negative of a sum."""
    several = len(terms) + bool(total) + len(floats) > 1
    if several and not _has_plus(terms, total, floats):
        positive = [times(-1, node) for node in floats]
        return term(-1, joined(terms.scaled(-1), -total, positive, ranks))
    return joined(terms, total, floats, ranks)


def joined(terms: Sum[Expr], total: Number, floats: list[Expr], ranks: Ranks) -> Expr:
    """The sum of terms, a number and floats that stand alone, in the order of writing."""
    ordered = sorted(terms.items(), key=lambda item: ranks.of_term(item[0]))
    nodes = [term(coefficient, rest) for rest, coefficient in ordered]
    if total or (floats and floats[0].op is Const and not floats[0].shape):
        constants = [const(total)] if total else []
        if floats and number(floats[0]) is not None:
            constants.append(floats[0])
        at = len(nodes)
        while at and ranks.degree(nodes[at - 1]) < 0:
            at -= 1
        nodes[at:at] = constants
    if not nodes:
        return const(0)
    return nodes[0] if len(nodes) == 1 else make(a.add, tuple(nodes))


def _has_plus(terms: Sum[Expr], total: Number, floats: list[Expr]) -> bool:
    """Whether a term has no minus, so that it can be written first."""
    if total > 0 or max(terms.values(), default=0) > 0:
        return True
    values = [number(node) for node in floats]
    return any(value is None or value > 0 for value in values)
