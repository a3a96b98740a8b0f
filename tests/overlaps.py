"""Terms that two rows of a table fit, one of them in a part of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product

from symdiff.expr import Expr, make
from symdiff.leaves import Var
from symdiff.rewrite.cse import subs
from symdiff.rewrite.match import is_wildcard
from symdiff.rewrite.row import Rule
from symdiff.walk import postorder


def wildcards(pattern: Expr) -> list[Expr]:
    return [n for n in postorder([pattern]) if is_wildcard(n)]


def unified(s: Expr, t: Expr, bound: dict[Expr, Expr]) -> Iterator[dict[Expr, Expr]]:
    """What wildcards stand for where two patterns are one term."""
    s, t = bound.get(s, s), bound.get(t, t)
    if s is t:
        yield bound
    elif is_wildcard(s) or is_wildcard(t):
        wild, term = (s, t) if is_wildcard(s) else (t, s)
        if wild not in postorder([term]):
            given = {w: subs(e, {wild: term}) for w, e in bound.items()}
            yield {**given, wild: term}
    elif s.op is t.op and s.params == t.params and len(s.args) == len(t.args):
        orders = permutations(t.args) if s.op.arity is None else [t.args]
        for order in orders:
            found = [bound]
            for m, n in zip(s.args, order, strict=True):
                found = [more for one in found for more in unified(m, n, one)]
            yield from found


def overlaps(rows: Sequence[Rule]) -> Iterator[Expr]:
    """Patterns where a part of one left side, or all of it, is another one."""
    rows = [r for r in rows if isinstance(r.left, Expr)]
    renamed = {w: make(Var, (), (w.name + "2", *w.params[1:])) for r in rows
               for w in wildcards(r.pattern)}  # fmt: skip
    for outer, inner in product(rows, rows):
        pattern = subs(inner.pattern, renamed)
        for part in postorder([outer.pattern]):
            if part.args:
                for bound in unified(part, pattern, {}):
                    yield subs(outer.pattern, bound)
