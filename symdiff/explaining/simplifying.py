"""From the derivative as the rules give it to the simplified one, one subexpression at a time."""

from __future__ import annotations

from collections.abc import Iterable

from ..expr import Expr
from ..rewrite.recording import recording
from ..rewrite.simplify import simplified
from ..show.latex import latex
from ..show.text import short_text
from ..walk import exceeds, rebuild
from .steps import Step

SMALL = 300  # nodes up to which every simplified subexpression is a step
COMPARED = 1000  # characters in which two forms must differ, as text and as a formula
_NAMES = {"+": "collect terms", "-": "collect terms", "*": "collect factors",
          "/": "fraction", "**": "power"}  # fmt: skip


def simplifications(before: Expr, x: Expr, count: int) -> tuple[list[Step], Expr]:
    """Steps that simplify ``before``, numbered from ``count + 1``, and what they lead to.

    A small expression is simplified from the inside out, a large one in one step, which names
    the rules.
    """
    steps: list[Step] = []
    with recording() as used:
        (result,) = simplified([before])

    def add(name: str, old: Expr, new: Expr) -> None:
        if all(write(old) != write(new) for write in (_text, _formula)):
            steps.append(Step(count + len(steps) + 1, name, "simplify", x, old, new, new))

    def shorter(new: Expr, old: Expr) -> Expr:
        if not new.args:
            return new
        with recording() as rules:
            (short,) = simplified([new])
        if rules:  # those that fire in the arguments alone are no news
            with recording() as known:
                simplified(list(new.args))
            rules = {rule: 1 for rule, times in rules.items() if times > known.get(rule, 0)}
        add(_name(new, short, rules), new, short)
        return short

    names = ["collect and order"]
    if exceeds([before], SMALL):
        names += used
    else:
        before = rebuild([before], shorter)[before]
    add(", ".join(names), before, result)
    return steps, result


def _text(e: Expr) -> str:
    return short_text(e, COMPARED)


def _formula(e: Expr) -> str:
    return latex(e, limit=COMPARED, max_ops=None)


def _name(old: Expr, new: Expr, rules: Iterable[str]) -> str:
    """The rules that fired, or else what was done, by the kind of the expression."""
    named = ", ".join(rules)
    if named:
        return named
    infix = old.op.infix
    if old.op is new.op and len(old.args) == len(new.args) and set(old.args) == set(new.args):
        return "order terms" if infix == "+" else "order factors"
    return "signs" if infix and len(old.args) == 1 else _NAMES.get(infix, "simplify")
