"""Unicode formulas for terminals: x²·y, √(x + 1), π, ≤."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import numpy as np

from ..expr import ATOM, Expr, Op
from ..leaves import Const
from .formula import GREEK, MINUS, Notation, formula
from .grammar import PRODUCT, escape
from .layout import COMMA, Layout, Part, Sep, Slot, Style, joined
from .sharing import document, for_people
from .templates import POWER
from .text import SMALL, index_text, indexed_need, is_flat, number_text

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def pretty(
    e: Any, *, limit: int | None = 100_000, max_ops: int | None = 200, shapes: bool = False
) -> str:
    """A Unicode formula of an expression, or of a list, tuple or dict of expressions.

    Shared nodes, limits and shapes are treated as in ``to_text``; the result is for reading only.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> pretty(x**2*y + sd.sqrt(x + 1)/sd.pi)
    'x²·y + √(x + 1)/π'

    Raises: NameClash for two different variables of one name.
    """
    e = for_people(e)
    return document(e, lambda written: STYLE, is_flat, limit=limit, max_ops=max_ops, shapes=shapes)


def _number(value: Any) -> Layout:
    if isinstance(value, Fraction):
        return MINUS if value < 0 else PRODUCT, [_minus(number_text(value))]
    if isinstance(value, np.ndarray):
        small = value.ndim and 0 < value.size <= SMALL
        return ATOM, [str(value.tolist()).replace("-", "−") if small else number_text(value)]
    text = _minus(number_text(value)).replace("inf", "∞")
    return MINUS if text[0] == "−" else ATOM, [text]


def _joint(before: str, after: str) -> str:
    """Nothing between a raised sign or a bracket and a bracket: ``Xᵀ(x + y)``."""
    return "" if after == "(" and before[-1:] in _CLOSED else "·"


_CLOSED = frozenset("ᵀ⁻¹⁺)]")


def _minus(text: str) -> str:
    return "−" + text[1:] if text.startswith("-") else text


def name_text(name: str) -> str:
    """A name, with a Greek letter in the place of the word for it.

    >>> name_text("mu"), name_text("sigma_max"), name_text("mule")
    ('μ', 'σ_max', 'mule')
    """
    stem = _STEM.match(name)
    letter = GREEK.get(stem[0], stem[0]) if stem else ""
    return escape(letter + name[stem.end() if stem else 0 :])


_STEM = re.compile(r"[A-Za-z]+(?=[\d_]|$)")


def _name(variable: Expr) -> Layout:
    name, tag = variable.params[0], variable.params[4]
    return ATOM, [name_text(name) if tag is None else f"{name_text(name)}#{tag}"]


def _template(op: Op) -> str:
    symbol = op.pretty or op.infix
    if "{" in symbol:
        return symbol
    if op.arity == 2 and op.precedence < ATOM:
        return f"{{0}} {symbol} {{1}}"
    if op.arity == 1 and symbol and not symbol.isalnum() and not op.param_names:
        return symbol + "{0}"
    return ""


def _call(op: Op) -> tuple[str, str]:
    return (op.pretty or op.name) + ("" if op.constant is not None else "("), ")"


def _quotient(node: Expr) -> Layout:
    slots = [Slot(a, MINUS if i == 0 else PRODUCT + 1) for i, a in enumerate(node.args)]
    return PRODUCT, joined(slots, Sep("/"))


def _power(node: Expr) -> Layout:
    base, exponent = node.args
    value = exponent.params[0] if exponent.op is Const else None
    each: list[Part] = ["∘"] if base.ndim > 1 else []  # A² would be A·A
    if type(value) is int and abs(value) < 10_000:
        return POWER, [Slot(base, POWER + 1), *each, str(value).translate(_SUPERSCRIPTS)]
    return POWER, [Slot(base, POWER + 1), *(each or ["^"]), Slot(exponent, ATOM)]


def _indexed(node: Expr) -> list[Part]:
    """``X[0, 1:]``; what ends in an argument of its own, as ``√X``, goes in brackets."""
    base = node.args[0]
    is_open = _template(base.op).endswith("}")
    return [Slot(base, ATOM + 1 if is_open else indexed_need(node)), index_text(node)]


NOTATION = Notation(
    number=_number, name=_name, template=_template, call=_call, parameter=str, minus="−",
    product=Sep("·"), elementwise=Sep(" ⊙ "), matrix=Sep("·", _joint), raised="ᵀ", ones="𝟏",
    quotient=_quotient, power=_power, indexed=_indexed,
    listed=lambda node: ["[", *joined(map(Slot, node.args), COMMA), "]"],
    square=("[", "]"), spelling=1,
)  # fmt: skip
STYLE = Style(formula(NOTATION))
