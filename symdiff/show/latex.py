r"""LaTeX formulas: \frac, x^{2} y, \sin\left(x\right)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..expr import ATOM, Expr, Op
from ..leaves import Const, Var
from ..messages import short
from .formula import GREEK, MINUS, Notation, formula
from .grammar import (
    DOTS,
    NUMBER_NAMES,
    PREFIX,
    PRODUCT,
    escape,
    grammar,
    index_items,
    joins,
    opposite,
    with_minus,
)
from .layout import CLOSED, COMMA, Layout, Part, Sep, Slot, Style, joined
from .sharing import document, for_people
from .templates import POWER
from .text import SMALL, integer, is_flat

_COMMANDS = {text: "\\" + name for name, char in GREEK.items() for text in (name, char)}
_ESCAPES = {
    "\\": r"{\backslash}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"{\wedge}", "~": r"{\sim}", " ": r"\ ", "<": "{<}",
    ">": "{>}", "'": r"{\prime}", '"': r"{\prime\prime}", "`": r"{\grave{\ }}", "-": "{-}",
}  # fmt: skip


def latex(
    e: Any,
    *,
    limit: int | None = 20_000,
    max_ops: int | None = 200,
    shapes: bool = False,
    flavour: str = "latex",
) -> str:
    r"""The LaTeX of an expression, or of a list, tuple or dict of expressions, for math mode.

    Above ``max_ops`` operations shared nodes get lines of their own, in an ``aligned``
    environment.  Above ``limit`` characters the formula is cut with \dots; it stays balanced.
    ``shapes=True`` says where the variables lie: X \in \mathbb{R}^{5 \times 3}.
    ``flavour="mathtext"`` is what matplotlib shows without LaTeX, between dollar signs.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> print(latex(x**2*y + sd.sin(x)/2))
    x^{2} y + \frac{\sin\left(x\right)}{2}

    Raises: NameClash for two different variables of one name.
    """
    if flavour not in ("latex", "mathtext"):
        raise ArgumentError(f"flavour is 'latex' or 'mathtext', got {short(flavour)}")
    text = document(for_people(e), _style, is_flat, limit=limit, max_ops=max_ops, shapes=shapes)
    return text if flavour == "latex" else mathtext(text)


# -- names and numbers -----------------------------------------------------------------------------


def _name(variable: Expr) -> Layout:
    name, tag = variable.params[0], variable.params[4]
    if tag is None:
        return ATOM, [name_text(name)]
    return POWER, [rf"{name_text(name)}^{{\left({tag}\right)}}"]


def name_text(name: str) -> str:
    """A name: Greek letters by name, digits and what follows ``_`` as subscripts, else upright."""
    if name in NUMBER_NAMES or name in grammar().constants:
        return rf"\mathtt{{{_escaped(name)}}}"
    stem, *subs = name.removesuffix("_").split("_")  # lambda_, as Python has it
    letters = stem.rstrip("0123456789")
    if letters and letters != stem:
        subs.insert(0, stem[len(letters) :])
        stem = letters
    if not all(part.isalnum() for part in (stem, *subs)):
        return rf"\mathrm{{{_escaped(escape(name))}}}"
    below = ",".join([part if part.isdigit() else _word(part) for part in subs])
    text = _word(stem) + (f"_{{{below}}}" if below else "")
    return rf"{{{text}\_}}" if name.endswith("_") else text


def _word(word: str) -> str:
    if word in _COMMANDS:
        return _COMMANDS[word]
    letter = len(word) == 1 and word.isascii() and word.isalpha()
    return word if letter else rf"\mathrm{{{_escaped(word)}}}"


def _escaped(text: str) -> str:
    return "".join([_ESCAPES.get(c) or (c if c.isascii() else rf"\text{{{c}}}") for c in text])


def _number(value: Any) -> Layout:
    if isinstance(value, np.ndarray):
        if value.ndim in (1, 2) and 0 < value.size <= SMALL:
            return CLOSED, [_array(value)]
        sizes = r" \times ".join(map(str, value.shape))
        return ATOM, [rf"\mathrm{{array}}_{{{sizes}}}"]
    if isinstance(value, bool):
        return ATOM, [rf"\mathrm{{{str(value).lower()}}}"]
    if isinstance(value, Fraction):
        top, bottom = integer(abs(value.numerator)), integer(value.denominator)
        return _signed(value < 0, rf"\frac{{{top}}}{{{bottom}}}", PREFIX)
    digits = integer(value) if type(value) is int else repr(value)
    negative = digits.startswith("-")
    digits, _, power = digits.lstrip("-").partition("e")
    if digits == "inf":
        return _signed(negative, r"\infty", ATOM)
    if digits == "nan" or "x" in digits:
        return _signed(negative, rf"\mathrm{{{digits}}}", ATOM)
    if power and digits == "1":
        return _signed(negative, rf"10^{{{int(power)}}}", POWER)
    if power:
        return _signed(negative, rf"{digits} \cdot 10^{{{int(power)}}}", PRODUCT)
    return _signed(negative, digits, ATOM)


def _array(value: np.ndarray[Any, Any]) -> str:
    """A column, or a matrix, of numbers."""
    rows = [[row] if value.ndim == 1 else row for row in value.tolist()]
    lines = [" & ".join([str(_number(x)[1][0]) for x in row]) for row in rows]
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def _signed(negative: bool, text: str, precedence: int) -> Layout:
    return (MINUS, ["-" + text]) if negative else (precedence, [text])


# -- operations ------------------------------------------------------------------------------------


def _template(op: Op) -> str:
    return op.latex if "{0}" in op.latex else ""


def _command(op: Op) -> str:
    text = op.latex
    if "{{" in text:  # doubled as in a template
        text = text.replace("{{", "{").replace("}}", "}")
    return text or rf"\operatorname{{{_escaped(op.name)}}}"


def _call(op: Op) -> tuple[str, str]:
    command = _command(op)
    return (command if op.constant is not None else command + r"\left("), r"\right)"


def _fraction(node: Expr, positive: Expr | None) -> Layout:
    """A fraction; a minus in the numerator, without which it is ``positive``, comes out of it."""
    a, b = node.args
    slots: list[Part] = [Slot(a if positive is None else positive), "}{", Slot(b), "}"]
    return (PREFIX, [r"\frac{", *slots]) if positive is None else (MINUS, [r"-\frac{", *slots])


def _power(node: Expr) -> Layout:
    r"""``x^{y}``; a whole power of a function comes before its argument: \sin^{2}\left(x\right)"""
    base, exponent = node.args
    value = exponent.params[0] if exponent.op is Const else None
    if type(value) is int and 2 <= value < 100 and _has_command(base):
        inner = [_command(base.op), f"^{{{value}}}", r"\left("]
        return ATOM, [*inner, *joined([Slot(a) for a in base.args], COMMA), r"\right)"]
    raised = r"^{\circ " if base.ndim > 1 else "^{"  # A^2 would be A A
    return POWER, [Slot(base, POWER + 1), raised, Slot(exponent), "}"]


def _has_command(node: Expr) -> bool:
    op = node.op
    named = bool(node.args) and not op.param_names and op.precedence == ATOM
    return named and not _template(op) and "^" not in _command(op)


def _juxtaposed(before: str, after: str) -> str:
    r"""A product is written by a space, beside a word by a wider one, before a digit by \cdot."""
    fraction = after.startswith(r"\frac") and before[-1:].isdigit()
    if after[:1].isdigit() or fraction:
        return r" \cdot "
    return r" \, " if before.startswith(_WORD) or after.startswith(_WORD) else " "


_WORD = r"\mathrm{"


def _matrix(node: Expr) -> list[Part]:
    """Parts stacked along a new first axis: a column, or a matrix of the entries of its rows."""
    is_matrix = node.ndim == 2 and all(joins(a.op) for a in node.args)
    parts: list[Part] = []
    for row in node.args:
        parts += [Sep(r" \\ ")] if parts else [r"\begin{pmatrix} "]
        parts += joined([Slot(a) for a in (row.args if is_matrix else [row])], Sep(" & "))
    return [*parts, r" \end{pmatrix}"]


def _indexed(node: Expr) -> list[Part]:
    """``X_{0,1:}``; only matrices and names without an index of their own stand free."""
    base = node.args[0]
    is_free = base.op is Var and "_" not in name_text(base.params[0])
    items = ",".join([_INDICES.get(item, item) for item in index_items(node)])
    return [Slot(base, ATOM if is_free else CLOSED), f"_{{{items}}}"]


_INDICES = {"None": r"\mathrm{None}", DOTS: r"\dots"}
NOTATION = Notation(
    number=_number, name=_name, template=_template, call=_call,
    parameter=lambda text: rf"\mathrm{{{_escaped(text)}}}", minus="-",
    product=Sep(" ", _juxtaposed), elementwise=Sep(r" \odot "), matrix=Sep(" ", _juxtaposed),
    raised=r"^\top", ones=r"\mathbf 1", power=_power,
    quotient=lambda node: _fraction(node, opposite(node.args[0])),
    listed=_matrix, indexed=_indexed, square=(r"\left[", r"\right]"),
    spelling=2,
)  # fmt: skip


def _key(key: object) -> str:
    """The key of a dict: a variable as in formulas, else upright as it was typed."""
    if isinstance(key, Expr) and key.op is Var:
        return name_text(key.name)
    return rf"\mathtt{{{_escaped(escape(str(key)))}}}"


def _legend(variables: list[Expr]) -> str:
    """The sets in which variables lie, behind a formula."""
    found = []
    for v in variables:
        sizes = r" \times ".join(map(str, v.shape))
        found.append(rf"{name_text(v.params[0])} \in {_SETS[v.kind]}^{{{sizes}}}")
    return r" \quad \text{where } " + r",\ ".join(found)


_SETS = {"real": r"\mathbb{R}", "int": r"\mathbb{Z}", "bool": r"\mathbb{B}"}
STYLE = Style(
    formula(NOTATION),
    brackets=((r"\left(", r"\right)"), (r"\left[", r"\right]"), (r"\left\{", r"\right\}")),
    ellipsis=r"\dots",
    key=_key,
    name=name_text,
    line=r" \\ & \text{{where }} {} = ",
    frame=(r"\begin{aligned} & ", r" \end{aligned}"),
    legend=_legend,
)


def _style(written: Mapping[Expr, Expr]) -> Style:
    """The style of a graph: one look at it tells which numerators begin with a minus."""
    negative = with_minus(written.values())

    def quotient(node: Expr) -> Layout:
        return _fraction(node, opposite(node.args[0]) if node.args[0] in negative else None)

    return STYLE._replace(layout=formula(NOTATION._replace(quotient=quotient)))


# -- the part of LaTeX that matplotlib knows ------------------------------------------------------

_MATHTEXT = {
    r"\ge": r"\geq", r"\le": r"\leq", r"\land": r"\wedge", r"\lor": r"\vee", r"\lnot": r"\neg",
    r"\bmod": r"\ \mathrm{mod}\ ", r"\lVert": r"\Vert", r"\rVert": r"\Vert",
}  # fmt: skip
# What an environment begins and ends with, and stands between its cells and its lines.
_FLAT = {
    "pmatrix": (r"\left(", r"\right)", r",\ ", r";\ "),
    "cases": (r"\left\{", r"\right.", r"\ ", r",\ "),
    "aligned": ("", "", "", r",\ "),
}
_PIECE = re.compile(r"\\(begin|end)\{(\w+)\}|\\mathbf (\d)|\\[a-zA-Z]+|\\\\|\\.|&")


def mathtext(text: str) -> str:
    r"""LaTeX of ours in the commands that matplotlib knows, on one line.

    >>> mathtext(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} \ge 1")
    '\\left( a ,\\  b ;\\  c ,\\  d \\right) \\geq 1'
    """
    inside: list[str] = []

    def piece(match: re.Match[str]) -> str:
        kind, name, digit = match.groups()
        found = match[0]
        if kind == "begin":
            inside.append(name)
            return _FLAT[name][0]
        if kind == "end":
            return _FLAT[inside.pop()][1]
        if digit:
            return rf"\mathbf{{{digit}}}"
        if found in ("&", r"\\"):
            return _FLAT[inside[-1]][2 + (found != "&")]
        return _MATHTEXT.get(found, found)

    return _PIECE.sub(piece, text)
