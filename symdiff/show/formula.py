"""Textbook notation: what Unicode and LaTeX formulas share, over a table of their differences.

A layout is chosen by the infix form on the row (sums, products, quotients, powers), else by the
row's template, else the node is a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from string import Formatter
from typing import Any

from ..expr import ATOM, Expr, Op
from ..leaves import Const, Var
from .brackets import is_indexed, is_list, joins
from .grammar import PREFIX, PRODUCT, is_infix, needs
from .layout import CLOSED, COMMA, Layout, Part, Sep, Slot, joined
from .notation import Notation
from .products import MATRIX, MINUS, later, matrix_product, product, spread
from .signs import opposite
from .templates import POWER, fill

WORDY = 59  # ``x mod y`` goes in brackets wherever it is added or multiplied


_PAIRS = [
    ("{", "}"), ("(", ")"), ("[", "]"), ("⌊", "⌋"), ("⌈", "⌉"),
    (r"\left", r"\right"), (r"\begin", r"\end"),
]  # fmt: skip


def formula(notation: Notation) -> Callable[[Expr], Layout]:
    """The layout of one node in that notation."""
    families = {"+": _sum, "-": _difference, "*": product, MATRIX: matrix_product}

    def layout(node: Expr) -> Layout:
        op = node.op
        if op is Const:
            return notation.number(node.params[0])
        if op is Var:
            return notation.name(node)
        if is_infix(node):
            if op.infix in families:
                return families[op.infix](node, notation)
            if op.infix == "/":
                return notation.quotient(node)
            if op.infix == "**":
                return notation.power(node)
        if is_list(node):
            return CLOSED, notation.listed(node)
        if is_indexed(node):
            return ATOM, notation.indexed(node)
        template = _spelled(node, notation)
        if template:
            return fill(node, template, lambda a: notation.template(a.op).endswith("}"))
        template = notation.template(op)
        if "{" in template and (len(node.args) > 1 or op.arity is not None):
            return from_template(node, template, notation)
        return ATOM, _call(node, notation)

    return layout


def _spelled(node: Expr, notation: Notation) -> str:
    """The template that the row makes for this node, by the words of the plain text if need be."""
    op = node.op
    if op.spelled is None:
        return ""
    spelling = op.spelled(node)
    found = spelling[notation.spelling]
    if found or not op.param_names or notation.template(op):
        return found
    call = _CALL.fullmatch(spelling[0])
    if call is None:
        return ""
    name, square, arguments, words = call.groups()
    opening, closing = notation.call(op)
    opening = opening.replace(op.name, name)
    around = notation.square if square else ("", "")
    if words:
        words = ", " + notation.parameter(words[2:])
    parts = [opening + around[0], around[1] + words + closing]
    return arguments.join([part.replace("{", "{{").replace("}", "}}") for part in parts])


# name, brackets and arguments, and the words behind them
_CALL = re.compile(r"(\w+)\((\[?)(\{[0-9*]\}(?:, \{[0-9]\})*)\]?((?:, [^{}]*)?)\)")


def _sum(node: Expr, notation: Notation) -> Layout:
    written = spread(node, notation)
    parts = written(node.args[0], node.op.precedence)
    for term in node.args[1:]:
        positive = opposite(term)
        parts.append(Sep(" + " if positive is None else f" {notation.minus} "))
        parts += written(term if positive is None else positive, MINUS + 1)
    return node.op.precedence, parts


def _difference(node: Expr, notation: Notation) -> Layout:
    if len(node.args) == 1:
        return MINUS, [notation.minus, later(node.args[0], MINUS + 1)]
    a, b = node.args
    written = spread(node, notation)
    minus = Sep(f" {notation.minus} ")
    parts = [*written(a, node.op.precedence), minus, *written(b, MINUS + 1)]
    return node.op.precedence, parts


def _call(node: Expr, notation: Notation) -> list[Part]:
    opening, closing = notation.call(node.op)
    parts: list[Part] = joined(map(Slot, node.args), COMMA)
    if joins(node.op):
        parts = [notation.square[0], *parts, notation.square[1]]
    parts.insert(0, opening)
    for key, value in zip(node.op.param_names, node.params, strict=True):
        if len(parts) > 1:
            parts.append(COMMA)
        parts.append(notation.parameter(f"{key}={value!r}"))
    return [*parts, closing] if node.args or node.params or node.op.constant is None else [opening]


def from_template(node: Expr, template: str, notation: Notation) -> Layout:
    """A row's template: slots inside brackets stand free, others need the row's precedence."""
    op = node.op
    pieces, free, power = parse_template(template)
    slots = [Slot(a, _need(op, i, i in free)) for i, a in enumerate(node.args)]
    parts: list[Part] = []
    if op.arity is None:  # {0} and {1} stand for any number of arguments
        before, between, after = [str(piece) for piece in pieces[::2]]
        parts = [before, *joined(slots, Sep(between)), after]
    else:
        for piece in pieces:
            if isinstance(piece, int):
                parts.append(slots[piece])
            elif piece in op.param_names:
                value = node.params[op.param_names.index(piece)]
                parts.append(notation.parameter(parameter_text(value)))
            else:
                parts.append(piece)
    precedence = op.precedence
    if precedence == ATOM:
        precedence = 0 if "&" in template else POWER if power else ATOM
    elif precedence == PRODUCT:
        precedence = WORDY
    return precedence, [part for part in parts if part != ""]


def _need(op: Op, i: int, free: bool) -> int:
    """The precedence that an argument needs to stand without brackets."""
    if free:
        return 0
    if op.precedence in (ATOM, PRODUCT):
        return op.precedence + (op.precedence == PRODUCT)
    return needs(op, i) if op.arity != 1 else PREFIX


@cache
def parse_template(template: str) -> tuple[list[str | int], frozenset[int], bool]:
    """Texts and slots in turn; the slots inside brackets; whether there is a power outside them.

    >>> parse_template("{0}^{{{1}}}")
    (['', 0, '^{', 1, '}'], frozenset({1}), True)
    """
    pieces: list[str | int] = []
    free: set[int] = set()
    text, depth, power = "", 0, False
    for literal, field, _, _ in Formatter().parse(template):  # cuts at doubled braces too
        power = power or (depth == 0 and "^" in literal)
        text += literal
        depth += sum([literal.count(a) - literal.count(b) for a, b in _PAIRS])
        if field is not None:
            pieces += [text, int(field) if field.isdigit() else field]
            if field.isdigit() and (depth > 0 or text.endswith("|")):
                free.add(int(field))
            text = ""
    return [*pieces, text], frozenset(free), power


def parameter_text(value: Any) -> str:
    """Axes and shapes as a list."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
