"""Choices inside a branch of ``where`` on the same condition: there the condition is decided."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import nan
from operator import eq, ge, gt, le, lt, ne

from ..expr import Expr, Op, make
from ..ops import compare as co
from ..walk import rebuild
from .exact import number
from .row import Form, Inspect

Value = Fraction | float

DEEPEST = 32  # nodes of a branch that are looked at, so that the cost stays linear


def decided(unordered: Value | None) -> Inspect:
    """``where(c, f(where(c, a, b)), d)`` as ``where(c, f(a), d)``, None if there is no such choice.

    With ``unordered`` None compared values are no nan where nothing says that they may be: what
    is not ``x > 0`` is ``x <= 0``.

    >>> import symdiff as sd
    >>> x, y, z = sd.vars("x y z")
    >>> c = sd.eq(x, 0)
    >>> sd.simplify(sd.where(~c, y + sd.where(c, 0, 1 / x), 0))
    where(ne(x, 0), y + 1/x, 0)
    >>> sd.simplify(sd.where(x > 0, y, sd.where(x <= 0, z, x)))
    where(x > 0, y, z)
    """

    def rule(form: Form, node: Expr) -> Expr | None:
        condition, *branches = node.args
        settled = [
            _settled(form, branch, (condition, holds), unordered)
            for branch, holds in zip(branches, (True, False), strict=True)
        ]
        return None if settled == branches else make(co.where, (condition, *settled))

    return rule


def _settled(form: Form, branch: Expr, known: tuple[Expr, bool], unordered: Value | None) -> Expr:
    """The branch with the choices on what is known made.

    For a condition that differs from element to element only elementwise operations are entered,
    as others may read elements for which it is another one.
    """
    near = _near(branch, everywhere=not known[0].shape)
    choices = [n for n in near if n.op is co.where]
    parts = _parts(*known) if choices else []
    chosen: dict[Expr, int] = {}  # which argument of a choice is taken
    for node in choices:
        verdict = _verdict(form, node.args[0], parts, unordered)
        if verdict is not None:
            chosen[node] = 1 if verdict else 2
    if not chosen:
        return branch

    def visit(new: Expr, old: Expr) -> Expr:
        if old in chosen:
            return form.shaped(new.args[chosen[old]], old.shape)
        return old if new is old else form.apply(new.op, new.args, new.params)

    beyond = {x: x for n in near for x in n.args if x not in near}
    return rebuild([branch], visit, beyond)[branch]


def _near(branch: Expr, everywhere: bool) -> dict[Expr, None]:
    """The first elementwise nodes of a branch, with ``everywhere`` the first ones of any kind."""
    found = {branch: None}
    pending = [branch]
    while pending and len(found) < DEEPEST:
        node = pending.pop()
        if everywhere or node.op.elementwise:
            fresh = [x for x in node.args if x not in found and (everywhere or x.op.elementwise)]
            found.update(dict.fromkeys(fresh))
            pending.extend(fresh)
    return found


def _verdict(
    form: Form, condition: Expr, known: list[tuple[Expr, bool]], unordered: Value | None
) -> bool | None:
    """Whether ``condition`` holds by what is known of others; None if that is open."""
    wanted = True
    while condition.op is co.logical_not:
        condition, wanted = condition.args[0], not wanted
    for part, given in known:
        if part is condition:
            return given is wanted
        found = _compared(form, condition, (part, given), unordered)
        if found is not None:
            return found is wanted
    return None


def _parts(known: Expr, holds: bool) -> list[tuple[Expr, bool]]:
    """What is known of single conditions: both of ``p & q`` hold, none of ``~(p | q)``."""
    found: list[tuple[Expr, bool]] = []
    pending = [(known, holds)]
    while pending and len(found) < DEEPEST:
        node, holds = pending.pop()
        if node.op is co.logical_not:
            pending.append((node.args[0], not holds))
        elif node.op is (co.logical_and if holds else co.logical_or):
            pending.extend([(x, holds) for x in node.args])
        found.append((node, holds))
    return found


_COMPARISONS: dict[Op, Callable[[Value, Value], bool]] = {
    co.lt: lt, co.le: le, co.gt: gt, co.ge: ge, co.eq: eq, co.tie: eq, co.ne: ne,
}  # fmt: skip


def _compared(
    form: Form, condition: Expr, given: tuple[Expr, bool], unordered: Value | None
) -> bool | None:
    """The verdict of one comparison on another one of the same values.

    ``x > 1`` decides ``x > 0`` and ``x < 0``, ``x < y`` decides ``y <= x``; it is tried out on
    each order of the values, and on nan, for which every comparison but ``ne`` is false.
    """
    known, holds = given
    if condition.op not in _COMPARISONS or known.op not in _COMPARISONS:
        return None
    found = _marks(condition, known)
    if found is None:
        return None
    first, second, turned = found
    here, there = _COMPARISONS[condition.op], _COMPARISONS[known.op]
    middle, low, high = (first + second) / 2, min(first, second) - 1, max(first, second) + 1
    tried: list[Value] = [low, first, middle, second, high]
    if unordered is not None or any(form.facts.computed(x).nan for x in known.args):
        tried.append(nan)
    possible = [v for v in tried if there(v, second) is holds]
    verdicts = {here(first, v) if turned else here(v, first) for v in possible}
    return verdicts.pop() if len(verdicts) == 1 else None


def _marks(condition: Expr, known: Expr) -> tuple[Fraction, Fraction, bool] | None:
    """What the same value is compared with by both, and whether the first has it on the right.

    For two comparisons of the same two nodes the value is their difference.
    """
    if condition.args == known.args:
        return Fraction(0), Fraction(0), False
    if condition.args == known.args[::-1]:
        return Fraction(0), Fraction(0), True
    first, second = number(condition.args[1]), number(known.args[1])
    if condition.args[0] is not known.args[0] or first is None or second is None:
        return None
    return Fraction(first), Fraction(second), False
