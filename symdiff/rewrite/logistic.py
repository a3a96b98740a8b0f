"""Sums with ``sigmoid(u)`` and ``sigmoid(-u)`` in them, which are one function: they add up to 1.

The gradient of a cross entropy is ``(1 - y)*sigmoid(z) - y*sigmoid(-z)`` by the chain rule, and
``sigmoid(z) - y`` in a textbook.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from ..expr import Expr
from ..ops import arithmetic as a
from ..ops.elementary import sigmoid
from .exact import Number
from .order import bare
from .recording import fired
from .terms import Builder

if TYPE_CHECKING:
    from .canonical import Canonical

MOST = 8  # terms of a sum that are looked at

Place: TypeAlias = tuple[Expr, tuple[Expr, ...]]  # a term, and its factors beside the sigmoid


def with_one_sigmoid(form: Canonical, terms: Builder[Expr], total: Number) -> Number:
    """Write ``sigmoid(-u)`` as ``1 - sigmoid(u)`` in place, where what is in front of
    ``sigmoid(u)`` then comes to a single term; the new constant term.
    """
    if len(terms) > MOST:
        return total
    found = _places(terms)
    for u in list(found) if len(found) > 1 else ():
        opposite = form.times(-1, u)
        if form.split(u)[0] < 0 or opposite is u or u not in found or opposite not in found:
            continue
        mine = [(terms[term], others) for term, others in found[u]]
        theirs = [(terms[term], others) for term, others in found[opposite]]
        both = [*mine, *[(-c, others) for c, others in theirs]]
        if any(type(c) is float and not others for c, others in both):
            continue  # floats that stand alone do not add up
        front = bare(form.add([x for c, others in both for x in _parts(form, c, others)]))
        if front.op is a.add:
            continue
        fired("two sigmoids")
        left = [form.mul([front, form.node(sigmoid, (u,))])]
        left += [x for c, others in theirs for x in _parts(form, c, others)]
        for term, _ in found.pop(u) + found.pop(opposite):
            terms.take(term)
        for x in left:
            coefficient, rest = form.split(bare(x))
            if rest is form.one:
                total = total + coefficient
            else:
                form.collect(terms, coefficient, rest)
    return total


def _places(terms: Iterable[Expr]) -> dict[Expr, list[Place]]:
    """The terms with one sigmoid, by its argument."""
    found: dict[Expr, list[Place]] = {}
    for term in terms:
        factors = term.args if term.op is a.mul else (term,)
        at = [i for i, f in enumerate(factors) if f.op is sigmoid]
        if len(at) == 1:
            (i,) = at
            others = factors[:i] + factors[i + 1 :]
            found.setdefault(factors[i].args[0], []).append((term, others))
    return found


def _parts(form: Canonical, coefficient: Number, others: tuple[Expr, ...]) -> list[Expr]:
    """A number times factors as terms of a sum; a sum alone gives its own."""
    if not others:
        return [form.constant(coefficient)]
    if len(others) == 1 and others[0].op is a.add:
        return [form.times(coefficient, t) for t in others[0].args]
    return [form.times(coefficient, form.mul(others))]
