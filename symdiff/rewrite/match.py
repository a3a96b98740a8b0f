"""Patterns: expressions over wildcards, matched against nodes and filled in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from ..expr import Expr, Op, Params, make
from ..leaves import Const, Var, var
from ..ops.arithmetic import mul
from . import exact
from .exact import Number, number
from .row import Bindings, Form

PLAIN = 2**64  # integers below are divided by 1 at once
MOST = 4  # arguments of a sum or product inside a pattern that are tried in every order

Build = Callable[[Op, tuple[Expr, ...], Params], Expr]


def wildcard(name: str) -> Expr:
    """A variable that a pattern may bind to any node; no user can build it."""
    return var(name, tag=-1)


def is_wildcard(node: Expr) -> bool:
    return node.op is Var and node.params[4] == -1


def match(form: Form, pattern: Expr, node: Expr, bound: Bindings) -> bool:
    """Whether ``node`` is ``pattern`` for some values of the wildcards, which go into ``bound``.

    Recursion is over the pattern, never over the graph.  A failed match may leave bindings.
    """
    if is_wildcard(pattern):
        return bound.setdefault(pattern, node) is node
    if pattern.op is Const:
        value = number(pattern)
        return pattern is node or (value is not None and number(node) == value)
    if pattern.op is mul and number(pattern.args[0]) is not None:
        return _match_multiple(form, pattern, node, bound)
    if pattern.op is not node.op or pattern.params != node.params:
        return False
    if len(pattern.args) != len(node.args):
        return False
    if "commutative" in pattern.op.facts:
        return _match_unordered(form, pattern.args, node.args, bound)
    return _match_all(form, pattern.args, node.args, bound)


def _match_multiple(form: Form, pattern: Expr, node: Expr, bound: Bindings) -> bool:
    """A pattern ``c*p``: the coefficient of the node must be a multiple of ``c``."""
    wanted, inner = form.split(pattern)
    coefficient, rest = form.split(node)
    if wanted == -1:
        return coefficient < 0 and match(form, inner, form.times(-1, node), bound)
    share = quotient(coefficient, wanted)
    if not isinstance(share, int) or share == 0:
        return False
    return match(form, inner, form.times(share, rest), bound)


def _match_all(
    form: Form, patterns: Sequence[Expr], nodes: Sequence[Expr], bound: Bindings
) -> bool:
    return all(match(form, p, n, bound) for p, n in zip(patterns, nodes, strict=True))


def _match_unordered(
    form: Form, patterns: tuple[Expr, ...], nodes: tuple[Expr, ...], bound: Bindings
) -> bool:
    if len(nodes) > MOST:
        return False
    if any(p.op is Const for p in patterns) and not any(n.op is Const for n in nodes):
        return False
    for order in permutations(nodes):
        trial = dict(bound)
        if _match_all(form, patterns, order, trial):
            bound.update(trial)
            return True
    return False


def fill(pattern: Expr, bound: Bindings, build: Build = make) -> Expr:
    """The expression that a pattern stands for, its wildcards replaced."""
    if not pattern.args:
        return bound.get(pattern, pattern)
    return build(pattern.op, tuple([fill(x, bound, build) for x in pattern.args]), pattern.params)


def quotient(a: Number, b: Number) -> Number | None:
    """``a/b`` where it is exact."""
    if type(a) is type(b) is int and b in (1, -1) and -PLAIN < a < PLAIN:
        return a * b
    if isinstance(a, float) or isinstance(b, float):
        return None
    inverse = exact.power(b, -1)
    return None if inverse is None else exact.times(a, inverse)


def multiple(form: Form, node: Expr) -> tuple[Number, Expr] | None:
    """The coefficient to pull out of an argument, and what stays.

    A multiple of a multiple (their numbers have no exact product) stays whole: pulling number
    after number out at every level of a deep graph would take quadratic time.
    """
    coefficient, rest = form.split(node)
    if coefficient == 1 or rest is form.one or form.split(rest)[0] != 1:
        return None
    return coefficient, rest
