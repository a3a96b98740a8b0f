r"""A derivation: its steps as data, as lines of text and as an ``align`` block of LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from ..expr import Expr, make
from ..show.grammar import spell
from ..show.latex import STYLE, name_text
from ..show.layout import Layout, Slot, Style, write
from ..show.text import short_style
from .rules import Entry

WIDTH = 200  # characters of a formula
LEVELS = (8, 6, 4, 3, 2, 1)  # of a formula that are kept, the first that fits
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
    ``wrt``, "simplify" where it is equal to it.  ``formula`` is what is written: ``after`` with
    the symbols of ``parts`` for the derivatives that have steps of their own.  ``table`` holds
    the derivatives of functions that the rule looks up, ``source`` where they are written down,
    ``constants`` what is left out as it does not depend on ``wrt``, ``reason`` why a step is 0.

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

    def __str__(self) -> str:
        return line(self)


class Derivation:
    """The steps from an expression to its derivative; iterate over it, or print it.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> [step.rule for step in sd.explain(sd.sin(x**2), x)]
    ['chain rule', 'power rule', 'put together', 'collect factors']
    """

    def __init__(self, f: Expr, wrt: Expr, steps: tuple[Step, ...], result: Expr) -> None:
        self.f, self.wrt, self.steps, self.result = f, wrt, steps, result

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
        script = _text_script(self.wrt, width)
        lines = [line(step, width) for step in self.steps[:limit]]
        if len(lines) < len(self.steps):
            lines.append(f"… {len(self.steps) - len(lines):,} more steps")
        found = f"{script.derivative(self.f)} = {script.formula(self.result)}"
        return "\n".join([*lines, f"result: {found}"])

    def latex(self, limit: int | None = STEPS, width: int = 2 * WIDTH) -> str:
        """The same as an ``align`` block, whose numbers are those of the steps."""
        script = _latex_script(self.wrt, width)
        rows = [_row(step, script) for step in self.steps[:limit]]
        if len(rows) < len(self.steps):
            more = _in_text(f"{len(self.steps) - len(rows):,} more steps")
            rows.append(rf"&\dots && {more} \notag")
        found = f"{script.derivative(self.f)} &= {script.formula(self.result)}"
        rows.append(rf"{found} && \text{{result}} \notag")
        return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"

    __str__ = text

    def __repr__(self) -> str:
        return f"<Derivation of {self.f!r} by {self.wrt!r}: {len(self.steps)} steps>"

    def _repr_latex_(self) -> str:
        return self.latex()


# -- writing ------------------------------------------------------------------------------------


class _Script(NamedTuple):
    """A way of writing: the style of formulas, the pattern of a derivative by ``by``, how words
    stand among formulas, and how long a formula may be.
    """

    style: Style
    pattern: str
    words: Callable[[str], str]
    by: str
    width: int

    def formula(self, e: Expr, names: Mapping[Expr, str] | None = None) -> str:
        """The whole formula if it fits, else without what lies deepest in it."""
        names, width = names or {}, self.width
        text = write([Slot(e)], self.style, names, 2 * width, depth=width)
        for level in LEVELS:
            if len(text) <= width:
                return text
            below = _below(e, level, width)
            hidden = {node: self.style.ellipsis for node in below if node.args}
            text = write([Slot(e)], self.style, {**hidden, **names}, width, depth=width)
        is_markup = "\\" in self.pattern  # which may not be cut anywhere
        return text if len(text) <= width or is_markup else text[: width - 1] + "…"

    def derivative(self, e: Expr) -> str:
        return self.pattern.format(self.by, self.formula(e))

    def sides(self, step: Step) -> tuple[str, str]:
        """Both sides of a step; derivatives in it are cut where they would fill the line."""
        before = self.formula if step.kind == "simplify" else self.derivative
        shown = step.parts[: self.width]  # more do not fit
        names = {part.symbol: self.derivative(part.of) for part in shown}
        if sum(map(len, names.values())) > self.width:
            short = self._replace(width=self.width // (len(shown) + 1))
            names = {part.symbol: short.derivative(part.of) for part in shown}
        return before(step.before), self.formula(step.formula, names)

    def notes(self, step: Step) -> list[str]:
        """The lines of the table, and that some arguments do not depend on the variable; then why
        a step is 0, and where it is written down.
        """
        notes = []
        for entry in step.table:
            of_table = self._replace(by=self.formula(entry.symbol))
            slope = self.formula(entry.derivative)
            notes.append(f"{of_table.derivative(entry.function)} = {slope}")
        short = self._replace(width=self.width // 4)
        named = [short.formula(e) for e in step.constants[:LISTED]]
        if len(step.constants) > LISTED:
            named.append(self.style.ellipsis)
        if named:
            verb = "do" if len(step.constants) > 1 else "does"
            notes.append(", ".join(named) + self.words(f" {verb} not depend on ") + self.by)
        return notes + [self.words(words) for words in (step.reason, step.source) if words]


def _below(e: Expr, level: int, most: int) -> set[Expr]:
    """The nodes so many levels below ``e``, the first ``most`` of each level."""
    nodes = [e]
    for _ in range(level):
        nodes = list(dict.fromkeys(a for node in nodes for a in node.args[:most]))[:most]
    return set(nodes)


def _text_script(wrt: Expr, width: int) -> _Script:
    return _Script(short_style(width), "d/d{}[{}]", str, spell(wrt), width)


def _latex_script(wrt: Expr, width: int) -> _Script:
    def layout(node: Expr) -> Layout:
        if node.op.elementwise and len(node.args) > width:  # more are never reached
            node = make(node.op, node.args[:width], node.params)
        return STYLE.layout(node)

    style = STYLE._replace(layout=layout)
    pattern = r"\frac{{d}}{{d {}}}\left[{}\right]"
    return _Script(style, pattern, _in_text, name_text(wrt.name), width)


def line(step: Step, width: int = WIDTH) -> str:
    """A step as a numbered line."""
    script = _text_script(step.wrt, width)
    remark = "; ".join(script.notes(step))
    sides = " = ".join(script.sides(step))
    return f"{step.number}. {step.rule}: {sides}" + (f"   ({remark})" if remark else "")


def _row(step: Step, script: _Script) -> str:
    remarks = [_in_text(step.rule), *script.notes(step)]
    return " &= ".join(script.sides(step)) + " && " + r",\ ".join(remarks)


_ESCAPES = {
    "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", **{c: "\\" + c for c in "{}$&#%_"},
}  # fmt: skip


def _in_text(words: str) -> str:
    return r"\text{" + "".join([_ESCAPES.get(c, c) for c in words]) + "}"
