"""Choices inside a branch of ``where`` on the same condition: there the condition is decided."""

from __future__ import annotations

from ..expr import Expr
from ..ops import compare as co
from ..walk import postorder
from .match import Form

DEEPEST = 32  # nodes of a branch that are looked at, so that the cost stays linear


def decided(form: Form, node: Expr) -> Expr | None:
    """``where(c, f(where(c, a, b)), d)`` as ``where(c, f(a), d)``, None if there is no such choice.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> c = sd.eq(x, 0)
    >>> sd.simplify(sd.where(~c, y + sd.where(c, 0, 1 / x), 0))
    where(ne(x, 0), y + 1/x, 0)
    """
    condition, yes, no = node.args
    new_yes, new_no = _settled(form, yes, condition, True), _settled(form, no, condition, False)
    if new_yes is yes and new_no is no:
        return None
    return form.apply(co.where, (condition, new_yes, new_no))


def _settled(form: Form, branch: Expr, condition: Expr, holds: bool) -> Expr:
    """The branch with the choices on ``condition`` made; elementwise operations alone are entered,
    as others may read elements for which the condition is different.
    """
    nodes = _near(branch)
    if not any(n.op is co.where for n in nodes):
        return branch
    images: dict[Expr, Expr] = {}
    for node in nodes:
        if node.op is co.where:
            verdict = _verdict(node.args[0], condition, holds)
            if verdict is not None:
                chosen = node.args[1 if verdict else 2]
                images[node] = form.shaped(images.get(chosen, chosen), node.shape)
                continue
        args = tuple([images.get(x, x) for x in node.args])
        images[node] = node if args == node.args else form.apply(node.op, args, node.params)
    return images[branch]


def _near(branch: Expr) -> list[Expr]:
    """The first elementwise nodes of a branch, arguments before users."""
    found = {branch: None}
    pending = [branch]
    while pending and len(found) < DEEPEST:
        node = pending.pop()
        if node.op.elementwise:
            fresh = [x for x in node.args if x not in found and x.op.elementwise]
            found.update(dict.fromkeys(fresh))
            pending.extend(fresh)
    return [n for n in postorder([branch], _Outside(found)) if n in found]


class _Outside:
    """All nodes but those found: where a walk stops."""

    def __init__(self, found: dict[Expr, None]) -> None:
        self.found = found

    def __contains__(self, node: object) -> bool:
        return node not in self.found


def _verdict(condition: Expr, known: Expr, holds: bool) -> bool | None:
    """Whether ``condition`` holds where ``known`` does (or does not); None if that is open."""
    if condition is known:
        return holds
    for one, other in ((condition, known), (known, condition)):
        if one.op is co.logical_not and one.args[0] is other:
            return not holds
    if {condition.op, known.op} == {co.eq, co.ne} and condition.args == known.args:
        return not holds
    return None
