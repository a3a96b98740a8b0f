r"""A derivation: its steps as data, as lines of text and as an ``align`` block of LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from ..expr import Expr
from ..leaves import var
from ..walk import postorder
from .rules import Entry
from .writing import WIDTH, Kind, Names, Script, at_point, in_text, script, shown

LISTED = 3  # constants that are named
STEPS = 100  # steps that are written unless more are asked for
StepKind: TypeAlias = Literal["differentiate", "assemble", "simplify"]


class Part(NamedTuple):
    """A derivative that a formula names: its symbol there, what it is of, and the step it gets."""

    symbol: Expr
    of: Expr
    step: int


class Step(NamedTuple):
    """A rule, applied once.

    ``kind`` is "differentiate" or "assemble" where ``after`` is the derivative of ``before`` by
    ``wrt``, or its differential where that has axes, and "simplify" where it is equal to it.
    ``formula`` is what is written: ``after`` with the symbols of ``parts`` for the derivatives
    that have steps of their own.  ``table`` holds the derivatives of functions that the rule looks
    up, ``source`` where they are written down, ``constants`` what is left out as it does not
    depend on ``wrt``, ``reason`` why a step is 0, ``value`` the derivative at the point.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> step = sd.explain(sd.sin(x**2), x)[0]
    >>> print(step)
    1. chain rule: d/dx[sin(x**2)] = cos(x**2)*d/dx[x**2]   (d/du[sin(u)] = cos(u); DLMF 4.20.1)
    >>> step.before, step.after, [part.step for part in step.parts]
    (sin(x**2), cos(x**2)*(2*x), [2])
    """

    number: int
    rule: str
    kind: StepKind
    wrt: Expr
    before: Expr
    after: Expr
    formula: Expr
    parts: tuple[Part, ...] = ()
    table: tuple[Entry, ...] = ()
    source: str = ""
    constants: tuple[Expr, ...] = ()
    reason: str = ""
    value: Any = None

    def __str__(self) -> str:
        return line(self, script("text", WIDTH, {}))


class Derivation:
    """The steps from an expression to its derivative; iterate over it, or print it.

    ``names`` are those of nodes in formulas, ``at`` and ``value`` the point and the value of the
    derivative there.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> [step.rule for step in sd.explain(sd.sin(x**2), x)]
    ['chain rule', 'power rule', 'put together', 'collect factors']
    """

    def __init__(
        self,
        f: Expr,
        wrt: Expr,
        steps: tuple[Step, ...],
        result: Expr,
        *,
        names: Names,
        at: Mapping[Any, Any] | None,
        value: Any,
    ) -> None:
        self.f, self.wrt, self.steps, self.result = f, wrt, steps, result
        self.names, self.at, self.value = names, at, value

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, i: int) -> Step:
        return self.steps[i]

    def text(self, limit: int | None = STEPS, width: int = WIDTH) -> str:
        """A numbered line per step, the first ``limit`` of them, and the result.

        A formula of more than ``width`` characters is cut with ``…``.
        """
        return self.written("text", limit, width)

    def pretty(self, limit: int | None = STEPS, width: int = WIDTH) -> str:
        """The same with formulas in Unicode."""
        return self.written("pretty", limit, width)

    def latex(self, limit: int | None = STEPS, width: int = 2 * WIDTH) -> str:
        """The same as an ``align`` block, whose numbers are those of the steps."""
        return self.written("latex", limit, width)

    def written(self, kind: Kind, limit: int | None = STEPS, width: int = WIDTH) -> str:
        """The first steps in one of the three ways of writing."""
        how = script(kind, width, self.names)
        more = len(self.steps[:limit]) - len(self.steps)
        left_out = f"{-more:,} more steps" if more else ""
        shown, sides = self.steps[:limit], self._result(how)
        if kind != "latex":
            lines = [*self._head(how), *[line(step, how) for step in shown]]
            lines += [f"… {left_out}"] if left_out else []
            return "\n".join([*lines, f"result: {' = '.join(sides)}"])
        rows = [rf"&{words} \notag" for words in self._head(how)]
        rows += [_row(step, how) for step in shown]
        rows += [rf"&\dots && {in_text(left_out)} \notag"] if left_out else []
        rows.append(rf"{_aligned(sides)} && \text{{result}} \notag")
        return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"

    def _head(self, how: Script) -> list[str]:
        """What the names stand for, and the point."""
        order = postorder([self.f])
        head = [how.words("with ") + text for text in how.definitions(order)]
        return head + ([how.words("at ") + at_point(order, self.at, how)] if self.at else [])

    def _result(self, how: Script) -> list[str]:
        """The derivative, its formula and its value; for an array by an array the differential."""
        if self.f.shape and self.wrt.shape:
            found = how.formula(self.result, _differentials(self.wrt, how))
            return [how.derivative(self.f, self.wrt), found]
        sides = [how.gradient(self.f, self.wrt), how.formula(self.result)]
        return _with_value(sides, self.value, how)

    __str__ = text

    def __repr__(self) -> str:
        return f"<Derivation of {self.f!r} by {self.wrt!r}: {len(self.steps)} steps>"

    def _repr_latex_(self) -> str:
        return _in_notebook(self.latex())


class Derivations(tuple[Derivation, ...]):
    """The derivations by several variables, which are printed one after the other."""

    __slots__ = ()

    def text(self, limit: int | None = STEPS, width: int = WIDTH) -> str:
        return "\n\n".join([each.written("text", limit, width) for each in self])

    def pretty(self, limit: int | None = STEPS, width: int = WIDTH) -> str:
        return "\n\n".join([each.written("pretty", limit, width) for each in self])

    def latex(self, limit: int | None = STEPS, width: int = 2 * WIDTH) -> str:
        return "\n".join([each.written("latex", limit, width) for each in self])

    __str__ = text

    def _repr_latex_(self) -> str:
        return "\n\n".join([_in_notebook(each.latex()) for each in self])


def _in_notebook(block: str) -> str:
    """An ``align`` block as one formula: not every notebook sets numbered equations."""
    aligned = block.replace("{align}", "{aligned}").replace(r" \notag", "")
    return rf"$\displaystyle {aligned}$"


# -- a step in words and formulas -----------------------------------------------------------------


def differential(x: Expr) -> Expr:
    """The symbol that steps by an array have for its differential, dX."""
    return var("differential", x.shape, tag=0)


def _sides(step: Step, how: Script) -> list[str]:
    """Both sides of a step, and its value; derivatives are cut where they would fill the line."""
    parts = step.parts[: how.width]  # more do not fit
    names = {part.symbol: how.derivative(part.of, step.wrt) for part in parts}
    if sum(map(len, names.values())) > how.width:
        short = how._replace(width=how.width // (len(parts) + 1))
        names = {part.symbol: short.derivative(part.of, step.wrt) for part in parts}
    names |= _differentials(step.wrt, how)
    simpler = step.kind == "simplify"
    before = how.formula(step.before, names) if simpler else how.derivative(step.before, step.wrt)
    return _with_value([before, how.formula(step.formula, names)], step.value, how)


def _differentials(x: Expr, how: Script) -> dict[Expr, str]:
    """What is written for the differential of an array."""
    return {differential(x): f"d{how.space}{how.formula(x)}"} if x.shape else {}


def _with_value(sides: list[str], value: Any, how: Script) -> list[str]:
    """The sides of an equation and a value, unless that is what they end in."""
    text = "" if value is None else how.digits(shown(value))
    return [*sides, text] if text not in ("", sides[-1]) else sides


def _aligned(sides: list[str]) -> str:
    left, *right = sides
    return f"{left} &= {' = '.join(right)}"


def _notes(step: Step, how: Script) -> list[str]:
    """The lines of the table, and that some arguments do not depend on the variable; then why
    a step is 0, and where it is written down.
    """
    plain = how._replace(names={})
    notes = [
        f"{plain.derivative(entry.function, entry.symbol)} = {plain.formula(entry.derivative)}"
        for entry in step.table
    ]
    short = how._replace(width=how.width // 4)
    named = [short.formula(e) for e in step.constants[:LISTED]]
    if len(step.constants) > LISTED:
        named.append(how.style.ellipsis)
    if named:
        verb = how.words(f" {'do' if len(step.constants) > 1 else 'does'} not depend on ")
        notes.append(", ".join(named) + verb + how.formula(step.wrt))
    return notes + [how.words(words) for words in (step.reason, step.source) if words]


def line(step: Step, how: Script) -> str:
    """A step as a numbered line."""
    remark = "; ".join(_notes(step, how))
    sides = " = ".join(_sides(step, how))
    return f"{step.number}. {step.rule}: {sides}" + (f"   ({remark})" if remark else "")


def _row(step: Step, how: Script) -> str:
    remarks = [in_text(step.rule), *_notes(step, how)]
    return f"{_aligned(_sides(step, how))} && " + r",\ ".join(remarks)
