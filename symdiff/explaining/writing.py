r"""How formulas, derivatives and values are written among words: as text, in Unicode, as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..expr import Expr, make
from ..leaves import Var, var
from ..rewrite.printed import printed
from ..show import latex, pretty
from ..show.grammar import spell
from ..show.label import number
from ..show.layout import Layout, Slot, Style, write
from ..show.text import NODES, short_style
from ..structure import flatten
from ..walk import rebuild

WIDTH = 200  # characters of a formula
LEVELS = (8, 6, 4, 3, 2, 1)  # of a formula that are kept, the first that fits
_EXPONENT = re.compile(r"e([+-]\d+)")
SMALL = 6  # elements of an array that is written out
Names: TypeAlias = Mapping[Expr, str]
Kind: TypeAlias = Literal["text", "pretty", "latex"]


class Script(NamedTuple):
    """A way of writing: the style of formulas, how names and words stand among them, the patterns
    of a derivative and of a differential, and how long a formula may be.

    ``space`` stands between a d and a name.  ``names`` has variables for the nodes that are written
    by name: some ways of writing look into arguments, and shall not look into these.
    """

    style: Style
    name: Callable[[str], str]
    words: Callable[[str], str]
    space: str
    patterns: tuple[str, str]
    width: int
    names: dict[Expr, Expr]

    def formula(self, e: Expr, symbols: Names | None = None, whole: bool = False) -> str:
        """The formula if it fits, else without what lies deepest in it.

        ``symbols`` are nodes with what is written for them; of ``e`` itself the formula is written
        and not the name where a ``whole`` one is wanted.
        """
        names, width = symbols or {}, self.width
        if self.names:
            given = {**self.names} if whole else self.names
            if whole:
                given.pop(e, None)
            e = rebuild([e], given=given)[e]
        (e,) = printed([e], NODES * width)
        text = write([Slot(e)], self.style, names, 2 * width, depth=width)
        for level in LEVELS:
            if len(text) <= width:
                return text
            below = _below(e, level, width)
            hidden = {node: self.style.ellipsis for node in below if node.args}
            text = write([Slot(e)], self.style, {**hidden, **names}, width, depth=width)
        return text if len(text) <= width or self.is_markup else text[: width - 1] + "…"

    @property
    def is_markup(self) -> bool:
        """Whether a text may not be cut anywhere."""
        return "\\" in self.patterns[0]

    def digits(self, number: str) -> str:
        """A number among formulas: LaTeX has no ``1e-05``."""
        if not self.is_markup:
            return number
        powers = _EXPONENT.sub(lambda found: rf" \cdot 10^{{{int(found[1])}}}", number)
        return powers.removeprefix(r"1 \cdot ")

    def derivative(self, e: Expr, by: Expr) -> str:
        """The derivative of ``e`` by a scalar, its differential where ``by`` has axes."""
        return self.patterns[bool(by.shape)].format(by=self.formula(by), of=self.formula(e))

    def gradient(self, e: Expr, by: Expr) -> str:
        """The derivative of ``e`` by a node of any shape."""
        return self.patterns[0].format(by=self.formula(by), of=self.formula(e))

    def definitions(self, order: list[Expr]) -> list[str]:
        """What the names stand for, those of variables left out."""
        return [
            f"{self.formula(node)} = {self.formula(node, whole=True)}"
            for node in order
            if node in self.names and node.op is not Var
        ]


def script(kind: Kind, width: int, names: Names) -> Script:
    """The way of writing of that kind.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> script("text", 80, {x**2: "u"}).formula(sd.sin(x**2) * x)
    'sin(u)*x'
    """
    given = {node: var(name, node.shape) for node, name in names.items()}
    if kind == "latex":
        patterns = (r"\frac{{d}}{{d {by}}}\left[{of}\right]", r"d\left[{of}\right]")
        style = latex.STYLE._replace(layout=_narrow(latex.STYLE.layout, width))
        return Script(style, latex.name_text, in_text, " ", patterns, width, given)
    patterns = ("d/d{by}[{of}]", "d[{of}]")
    if kind == "pretty":
        style = pretty.STYLE._replace(layout=_narrow(pretty.STYLE.layout, width))
        return Script(style, pretty.name_text, str, "", patterns, width, given)
    return Script(short_style(width), lambda n: spell(var(n)), str, "", patterns, width, given)


def _narrow(layout: Callable[[Expr], Layout], width: int) -> Callable[[Expr], Layout]:
    """The same without arguments that are never reached."""

    def narrow(node: Expr) -> Layout:
        if node.op.elementwise and len(node.args) > width:
            node = make(node.op, node.args[:width], node.params)
        return layout(node)

    return narrow


def _below(e: Expr, level: int, most: int) -> set[Expr]:
    """The nodes so many levels below ``e``, the first ``most`` of each level."""
    nodes = [e]
    for _ in range(level):
        nodes = list(dict.fromkeys(a for node in nodes for a in node.args[:most]))[:most]
    return set(nodes)


def shown(value: Any) -> str:
    """A value in few characters: an array of few elements with all of them, others as a shape.

    >>> shown(2 / 3), shown(np.array([[1, 0.25]])), shown(np.ones((3, 4)))
    ('0.666667', '[[1, 0.25]]', 'shape (3, 4)')
    """
    if np.ndim(value) == 0:
        return number(value)
    if np.size(value) > SMALL:
        return f"shape {np.shape(value)}"
    leaves, restore = flatten(np.asarray(value).tolist())
    return str(restore([number(leaf) for leaf in leaves])).replace("'", "")


def at_point(order: list[Expr], at: Mapping[Any, Any], how: Script) -> str:
    """``x = 3, y = 4``: a point in the order of its variables."""
    known = {v.name: v for v in order if v.op is Var}
    named = {v if isinstance(v, Expr) else known.get(v): value for v, value in at.items()}
    return ", ".join(
        [f"{how.formula(v)} = {how.digits(shown(x))}" for v, x in named.items() if v is not None]
    )


_ESCAPES = {
    "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", **{c: "\\" + c for c in "{}$&#%_"},
}  # fmt: skip


def in_text(words: str) -> str:
    r"""Words among formulas of LaTeX: ``\text{...}``."""
    return r"\text{" + "".join([_ESCAPES.get(c, c) for c in words]) + "}"
