"""Canonical sums: like terms collected, constants added, common factors taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..expr import Expr
from ..leaves import Const
from ..ops import arithmetic as a
from . import exact
from .exact import Number, number
from .order import bare, has_bool, shape_of
from .terms import Builder, Sum

if TYPE_CHECKING:
    from .canonical import Canonical


class _Parts:
    """What the terms of a sum come to before it is built."""

    __slots__ = ("constants", "floats", "multiples", "terms")

    def __init__(self) -> None:
        self.terms: Builder[Expr] = Builder()  # coefficients by rest
        self.constants: list[Number] = []  # exact numbers
        self.floats: list[Expr] = []  # floats that stand alone
        self.multiples: list[Expr] = []  # sums with a coefficient


def add(form: Canonical, signed: Sequence[tuple[int, Expr]]) -> Expr:
    """The canonical sum of canonical terms, each with its sign."""
    if len(signed) == 1 and signed[0][0] == -1:
        return form.times(-1, signed[0][1])
    shape = shape_of([t for _, t in signed])
    parts = _gather(form, signed)
    terms, floats = parts.terms, parts.floats
    if len(floats) > 1:
        return _in_order(form, signed)
    if parts.multiples:
        _expand(form, parts)
    total: Number = 0
    for value in parts.constants:
        both = exact.plus(total, value)
        if both is None:
            return _in_order(form, signed)
        total = both
    if len(terms) + bool(total) > 1:
        product = None if total or floats or not shape else _common_number(form, terms)
        if product is not None:
            return form.shaped(product, shape)
    return form.shaped(_sum(form, terms, total, floats), shape)


def _common_number(form: Canonical, terms: Builder[Expr]) -> Expr | None:
    """A sum of arrays with the number that its terms have in common in front, if they have one."""
    content = exact.common_number(list(terms.values()))
    if content == 1 or len(terms) < 2:
        return None
    inner = form.add([form.term(exact.over(c, content), r) for r, c in terms.items()])
    return form.times(content, inner)


def _gather(form: Canonical, signed: Sequence[tuple[int, Expr]]) -> _Parts:
    """Collect coefficients by rest, merging sums that only this sum uses."""
    parts = _Parts()
    terms = parts.terms
    pending = list(reversed(signed))
    while pending:
        sign, term = pending.pop()
        if term.shape:
            term = bare(term)
        coefficient, rest = form.split(term)
        if rest.shape:
            rest = bare(rest)
        if sign == -1:
            coefficient = -coefficient
        if rest is form.one:
            if type(coefficient) is not float:
                parts.constants.append(coefficient)
            elif coefficient:
                parts.floats.append(form.constant(coefficient))
            continue
        if rest.op is a.add and coefficient in (1, -1):
            if _mergeable(form, term, rest, signed):
                flipped = 1 if coefficient == 1 else -1
                pending.extend([(flipped, t) for t in reversed(rest.args)])
                continue
        elif rest.op is Const and rest.kind == "real":
            parts.floats.append(term)  # float arrays and infinities stand alone
        elif rest.op is a.add and type(coefficient) is not float:
            parts.multiples.append(rest)
        try:
            terms.add(rest, coefficient)
        except OverflowError:
            form.collect(terms, coefficient, rest)
    return parts


def _mergeable(
    form: Canonical, term: Expr, total: Expr, signed: Sequence[tuple[int, Expr]]
) -> bool:
    if has_bool(total):
        return False
    if term not in form.shared and total not in form.shared:
        return True
    # (u + 1) - 1 with u + 1 used elsewhere: u + 0 takes no more arguments than before
    return term is total and _ends_in_number(total) and any(_is_exact(t) for _, t in signed)


def _expand(form: Canonical, parts: _Parts) -> None:
    """``c*(u + v) + w`` as ``c*u + (c*v + w)`` where all but one of its terms meet others."""
    terms, constants = parts.terms, parts.constants
    for total in parts.multiples:
        coefficient = terms[total]
        if not coefficient or total in form.shared or type(coefficient) is float:
            continue
        split = [form.split(t) for t in total.args]
        met = sum(bool(constants) if r is form.one else r in terms for _, r in split)
        if met < len(split) - 1 or any(type(c) is float for c, _ in split) or has_bool(total):
            continue
        scaled = [(exact.times(coefficient, c), r) for c, r in split]
        if any(c is None or exact.plus(terms[r], c) is None for c, r in scaled):
            continue
        terms.take(total)
        for c, r in scaled:
            assert c is not None
            if r is form.one:
                constants.append(c)
            else:
                terms.add(r, c)


def _in_order(form: Canonical, signed: Sequence[tuple[int, Expr]]) -> Expr:
    """A sum whose terms must stay as they are: two or more floats stand alone in it."""
    terms = [t if sign == 1 else form.times(-1, t) for sign, t in signed]
    if len(terms) == 1:
        return terms[0]
    node = form.node(a.add, tuple(terms))
    form.shared.add(node)
    return node


def _sum(form: Canonical, terms: Builder[Expr], total: Number, floats: list[Expr]) -> Expr:
    """The sum of collected terms; one of negative terms alone is the negative of a sum."""
    several = len(terms) + bool(total) + len(floats) > 1
    if several and not _has_plus(terms, total, floats):
        positive = [form.times(-1, node) for node in floats]
        return form.term(-1, joined(form, terms.frozen().scaled(-1), -total, positive))
    if len(terms) == 1 and not total and not floats:
        ((rest, coefficient),) = terms.items()
        return form.scaled(coefficient, rest)
    return joined(form, terms, total, floats)


def joined(
    form: Canonical, terms: Builder[Expr] | Sum[Expr], total: Number, floats: list[Expr]
) -> Expr:
    """The sum of terms, a number and floats that stand alone, in the order of writing."""
    of_term = form.ranks.of_term
    ordered = sorted(terms.items(), key=lambda term: of_term(term[0]))
    nodes = [form.term(coefficient, rest) for rest, coefficient in ordered]
    if total or (floats and floats[0].op is Const and not floats[0].shape):
        constants = [form.constant(total)] if total else []
        if floats and number(floats[0]) is not None:
            constants.append(floats[0])
        at = len(nodes)
        while at and form.ranks.degree(nodes[at - 1]) < 0:
            at -= 1
        nodes[at:at] = constants
    if not nodes:
        return form.constant(0)
    return nodes[0] if len(nodes) == 1 else form.node(a.add, tuple(nodes))


def _has_plus(terms: Builder[Expr], total: Number, floats: list[Expr]) -> bool:
    """Whether a term has no minus, so that it can be written first."""
    if total > 0 or max(terms.values(), default=0) > 0:
        return True
    values = [number(node) for node in floats]
    return any(value is None or value > 0 for value in values)


def _is_exact(node: Expr) -> bool:
    return number(node) is not None and node.kind == "int"


def _ends_in_number(total: Expr) -> bool:
    return len(total.args) == 2 and _is_exact(total.args[1])
