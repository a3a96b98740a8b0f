r"""A derivation: its steps as data, as lines of text and as an ``align`` block of LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        steps, x = self.steps, self.wrt
        shown = steps if limit is None else steps[:limit]
        lines = [line(step, width) for step in shown]
        if len(shown) < len(steps):
            lines.append(f"… {len(steps) - len(shown):,} more steps")
        script, by = _text_script(width), spell(x)
        found = f"{script.derivative(self.f, by, width)} = "
        found += script.formula(self.result, width)
        return "\n".join([*lines, f"result: {found}"])

    def latex(self, limit: int | None = STEPS, width: int = 2 * WIDTH) -> str:
        """The same as an ``align`` block, whose numbers are those of the steps."""
        steps, by = self.steps, name_text(self.wrt.name)
        shown = steps if limit is None else steps[:limit]
        script = _latex_script(width)
        rows = [_row(step, script, by, width) for step in shown]
        if len(shown) < len(steps):
            rows.append(rf"&\dots && \text{{{len(steps) - len(shown):,} more steps}} \notag")
        found = f"{script.derivative(self.f, by, width)} &= "
        found += script.formula(self.result, width)
        rows.append(rf"{found} && \text{{result}} \notag")
        return "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}"

    __str__ = text

    def __repr__(self) -> str:
        return f"<Derivation of {self.f!r} by {self.wrt!r}: {len(self.steps)} steps>"

    def _repr_latex_(self) -> str:
        return self.latex()


# -- writing ------------------------------------------------------------------------------------


class _Script:
    """A way of writing: the style of formulas and what stands around a derivative."""

    def __init__(self, style: Style, opening: str, closing: str, words: str) -> None:
        self.style, self.opening, self.closing, self.words = style, opening, closing, words
        self.is_markup = "\\" in opening  # which may not be cut anywhere

    def formula(self, e: Expr, width: int, names: Mapping[Expr, str] | None = None) -> str:
        """The whole formula if it fits, else without what lies deepest in it."""
        names = names or {}
        text = write([Slot(e)], self.style, names, 2 * width, depth=width)
        for level in LEVELS:
            if len(text) <= width:
                return text
            below = _below(e, level, width)
            hidden = {node: self.style.ellipsis for node in below if node.args}
            text = write([Slot(e)], self.style, {**hidden, **names}, width, depth=width)
        return text if len(text) <= width or self.is_markup else text[: width - 1] + "…"

    def derivative(self, e: Expr, by: str, width: int) -> str:
        return self.opening.format(by) + self.formula(e, width) + self.closing

    def after(self, step: Step, by: str, width: int) -> str:
        """The right side of a step; derivatives in it are cut where they would fill the line."""
        shown = step.parts[:width]  # more do not fit
        names = self._names(shown, by, width)
        if sum(map(len, names.values())) > width:
            names = self._names(shown, by, width // (len(shown) + 1))
        return self.formula(step.formula, width, names)

    def _names(self, parts: Sequence[Part], by: str, width: int) -> dict[Expr, str]:
        return {part.symbol: self.derivative(part.of, by, width) for part in parts}

    def before(self, step: Step, by: str, width: int) -> str:
        if step.kind == "simplify":
            return self.formula(step.before, width)
        return self.derivative(step.before, by, width)

    def table(self, step: Step, width: int) -> list[str]:
        return [
            f"{self.derivative(entry.function, self.formula(entry.symbol, width), width)} = "
            + self.formula(entry.derivative, width)
            for entry in step.table
        ]

    def constants(self, step: Step, by: str, width: int) -> list[str]:
        """That some arguments do not depend on the variable."""
        named = [self.formula(e, width // 4) for e in step.constants[:LISTED]]
        if not named:
            return []
        if len(step.constants) > LISTED:
            named.append(self.style.ellipsis)
        verb = "do" if len(step.constants) > 1 else "does"
        return [", ".join(named) + self.words.format(f"{verb} not depend on") + by]


def _below(e: Expr, level: int, most: int) -> set[Expr]:
    """The nodes so many levels below ``e``, the first ``most`` of each level."""
    nodes = [e]
    for _ in range(level):
        nodes = list(dict.fromkeys(a for node in nodes for a in node.args[:most]))[:most]
    return set(nodes)


def _text_script(width: int) -> _Script:
    return _Script(short_style(width), "d/d{}[", "]", " {} ")


def _latex_script(width: int) -> _Script:
    def layout(node: Expr) -> Layout:
        if node.op.elementwise and len(node.args) > width:  # more are never reached
            node = make(node.op, node.args[:width], node.params)
        return STYLE.layout(node)

    style = STYLE._replace(layout=layout)
    return _Script(style, r"\frac{{d}}{{d {}}}\left[", r"\right]", r"\text{{ {} }}")


def line(step: Step, width: int = WIDTH) -> str:
    """A step as a numbered line."""
    script, by = _text_script(width), spell(step.wrt)
    sides = f"{script.before(step, by, width)} = {script.after(step, by, width)}"
    notes = [*script.table(step, width), *script.constants(step, by, width)]
    remark = "; ".join([*notes, *_words(step)])
    return f"{step.number}. {step.rule}: {sides}" + (f"   ({remark})" if remark else "")


def _words(step: Step) -> list[str]:
    return [words for words in (step.reason, step.source) if words]


def _row(step: Step, script: _Script, by: str, width: int) -> str:
    sides = f"{script.before(step, by, width)} &= {script.after(step, by, width)}"
    remarks = [rf"\text{{{_plain(step.rule)}}}", *script.table(step, width)]
    remarks += script.constants(step, by, width)
    remarks += [rf"\text{{{_plain(words)}}}" for words in _words(step)]
    return f"{sides} && " + r",\ ".join(remarks)


_ESCAPES = {
    "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", **{c: "\\" + c for c in "{}$&#%_"},
}  # fmt: skip


def _plain(words: str) -> str:
    return "".join([_ESCAPES.get(c, c) for c in words])
