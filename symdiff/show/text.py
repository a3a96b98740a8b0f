"""Plain text: the exact one, which ``parse`` reads back, and ``str``, a formula for people."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ..expr import ATOM, Expr, make
from ..leaves import Const, Var
from ..rewrite.printed import printed
from .grammar import (
    NEGATIVE,
    PREFIX,
    PRODUCT,
    grammar,
    index_items,
    is_indexed,
    is_infix,
    is_list,
    is_python,
    joins,
    needs,
    opposite,
    spell,
)
from .hints import ELLIPSIS
from .layout import COMMA, Layout, Part, Sep, Slot, Style, call, joined, write
from .sharing import document, for_people
from .templates import fill

NODES = 8  # that a short text looks at for each of its characters
SMALL = 36  # elements of an array constant that is written out
_SUMS = frozenset("+-")
_ARITHMETIC = frozenset(["+", "-", "*", "/", "**"])
_EXACT = (int, bool, Fraction)
_PLAIN_TYPES = frozenset(map(np.dtype, ("float64", "int64", "bool")))


def to_text(
    e: Any,
    *,
    functional: bool = False,
    limit: int | None = 100_000,
    max_ops: int | None = 200,
    shapes: bool = False,
) -> str:
    """The exact text of an expression, or of a list, tuple or dict of expressions.

    ``parse`` reads it back; ``str`` leaves out the values that derivatives have
    by convention.
    A stack along a new first axis is written ``[a, b]``, an index as Python does: ``X[0, 1:]``.
    ``functional=True`` writes every node as a call, ``Add(x, Const(2))``, exactly as it is built.
    Above ``max_ops`` operations, counted as a tree, shared nodes get lines ``where t1 = ...``
    below the expression.  Above ``limit`` characters the text is cut with ``…``; None: no limit.
    ``shapes=True`` adds a line with the shapes of the variables: ``where X: 5×3, w: 3``.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> to_text(x**2*y + sd.sin(x) + 2), to_text(x + 2, functional=True)
    ('x**2*y + sin(x) + 2', 'Add(x, Const(2))')

    Raises: NameClash for two different variables of one name.
    """
    if functional:
        return document(
            e,
            lambda written: _functional_style,
            lambda node, i: False,
            limit=limit,
            max_ops=max_ops,
            shapes=shapes,
        )
    return document(e, _text_style, is_flat, limit=limit, max_ops=max_ops, shapes=shapes)


def formula(e: Any) -> str:
    """What ``str`` shows: the text of a formula for people, without the conventions of derivatives.

    >>> import symdiff as sd
    >>> a, x = sd.vars("a x")
    >>> slope = sd.grad(a**x, x)
    >>> formula(slope), to_text(slope)
    ('a**x*log(a)', 'weighted_log(a**x, a)')
    """
    return to_text(for_people(e))


def short_text(e: Expr, limit: int = 80) -> str:
    """A formula of about ``limit`` characters at most, for messages; its cost follows the limit."""
    return exact_text(printed([e], NODES * limit)[0], limit)


def exact_text(e: Expr, limit: int) -> str:
    """The text of the node as it is, of about ``limit`` characters at most."""
    return write([Slot(e)], short_style(limit), {}, limit, depth=limit)


def short_style(limit: int) -> Style:
    """The style of texts in which arguments beyond ``limit`` are not worth a look."""
    whole = _text_style({}).layout
    most = limit + 3  # more arguments than that are never reached

    def layout(node: Expr) -> Layout:
        if len(node.args) > most and (node.op.elementwise or joins(node.op)):
            node = make(node.op, node.args[:most], node.params)
        return whole(node)

    return Style(layout)


# -- one node --------------------------------------------------------------------------------------


def _text_style(written: Mapping[Expr, Expr]) -> Style:
    """The style of a graph: its nodes, arguments before users, each with what stands for it."""
    tables = grammar()
    calls = {written[node] for node in unchainable(list(written))}
    shadowed = {node.params[0] for node in written if node.op is Var} & tables.constants.keys()

    def layout(node: Expr) -> Layout:
        op = node.op
        if op is Const:
            return number(node.params[0])
        if op is Var:
            return ATOM, [spell(node)]
        if op.constant is not None and op.name not in shadowed:
            return ATOM, [op.name]
        if is_infix(node) and node not in calls:
            return _infix(node)
        if is_list(node):
            return ATOM, ["[", *joined(map(Slot, node.args), COMMA), "]"]
        if is_indexed(node) and is_python(node):
            return ATOM, [Slot(node.args[0], indexed_need(node)), index_text(node)]
        template = op.spelled(node)[0] if op.spelled else ""
        if template:
            return fill(node, template)
        around = ("[", "]") if joins(op) else ("", "")
        return ATOM, call(node, f"{tables.name(node)}(", around=around)

    return Style(layout)


def _functional(node: Expr) -> Layout:
    op = node.op
    if op is Var:
        return ATOM, [spell(node)]
    if op is Const:
        value = node.params[0]
        text = exact(value) if isinstance(value, Fraction) else number_text(value)
        return ATOM, [f"Const({text})"]
    return ATOM, call(node, f"{op.title}(")


_functional_style = Style(_functional)


def unchainable(order: list[Expr]) -> frozenset[Expr]:
    """The nodes of more than two arguments that are written as calls.

    ``Add(a, b, c)`` prints as ``a + b + c``, which is read as two nodes of two arguments; both
    have one canonical form.  That fails where canonicalisation keeps the order of evaluation, in
    sums of several float constants, and where it keeps the kind, in sums of conditions.
    """
    if not any(is_infix(node) and len(node.args) > 2 for node in order):
        return frozenset()
    floats: dict[Expr, int] = {}  # standing alone in the sum that the node is, at most 2
    numbers: dict[Expr, bool] = {}  # made of constants alone: whether one of them is a float
    found = set()
    for node in order:
        infix = node.op.infix
        if node.op is Const:
            numbers[node] = not isinstance(node.params[0], _EXACT)
        elif infix in _ARITHMETIC and all(a in numbers for a in node.args):
            numbers[node] = any(numbers[a] for a in node.args)
        if infix in _SUMS:
            inside = list(node.args)
        elif infix == "*" and sum(a not in numbers for a in node.args) == 1:  # may be opened
            inside = [a for a in node.args if a.op.infix in _SUMS]
        else:
            inside = []
        count = sum([floats[a] for a in inside])
        floats[node] = 1 if numbers.get(node) else min(count, 2)
        long = is_infix(node) and len(node.args) > 2
        if long and (count > 1 or any(a.kind == "bool" for a in node.args)):
            found.add(node)
    return frozenset(found)


def _infix(node: Expr) -> Layout:
    op, args = node.op, node.args
    if len(args) == 1:
        need = ATOM + 1 if op.infix == "-" and _is_unsigned(args[0]) else PREFIX
        return PREFIX, [op.infix, Slot(args[0], need)]
    tight = op.precedence >= PRODUCT and op.infix not in ("%", "@")
    if len(args) > 2 and op.infix == "+":
        return op.precedence, _signed_sum(node)
    sep = Sep(op.infix if tight else f" {op.infix} ")
    return op.precedence, joined([Slot(a, needs(op, i)) for i, a in enumerate(args)], sep)


def _signed_sum(node: Expr) -> list[Part]:
    """A sum of many terms; a negative one follows a minus."""
    parts: list[Part] = [Slot(node.args[0], node.op.precedence)]
    for term in node.args[1:]:
        positive = opposite(term)
        parts.append(Sep(" + " if positive is None else " - "))
        parts.append(Slot(term if positive is None else positive, node.op.precedence + 1))
    return parts


def index_text(node: Expr) -> str:
    return f"[{', '.join(index_items(node))}]"


def indexed_need(node: Expr) -> int:
    """The precedence of a value in front of an index: a number goes in brackets."""
    base = node.args[0]
    return ATOM + (base.op is Const and not base.shape)


def number(value: Any) -> Layout:
    """A constant and its precedence."""
    if isinstance(value, Fraction):
        return PRODUCT, [number_text(value)]
    text = number_text(value)
    return NEGATIVE if text.startswith("-") else ATOM, [text]


def number_text(value: Any) -> str:
    """The digits of a constant; large arrays are left out but for their shape."""
    if isinstance(value, np.ndarray):
        return array_text(value)
    if isinstance(value, Fraction):
        return f"{integer(value.numerator)}/{integer(value.denominator)}"
    return integer(value) if type(value) is int else repr(value)


def array_text(value: np.ndarray[Any, Any]) -> str:
    """``array([[1.0, 2.0], [3.0, 4.0]])``, or ``array(…, shape=(100, 100))``."""
    if value.size > SMALL:
        return f"array({ELLIPSIS}, shape={value.shape})"
    words = "" if value.size or value.ndim == 1 else f", shape={value.shape}"
    if value.dtype not in _PLAIN_TYPES:
        words += f', dtype="{value.dtype.str}"'
    return f"array({value.tolist() if value.size else []}{words})"


def exact(value: Fraction) -> str:
    return f"Fraction({integer(value.numerator)}, {integer(value.denominator)})"


def integer(value: int) -> str:
    """Decimal, or hexadecimal where Python refuses to write so many digits."""
    return str(value) if value.bit_length() < 10_000 else hex(value)


def _is_unsigned(node: Expr) -> bool:
    """A number that a minus in front would become part of."""
    if node.op is not Const or node.shape or isinstance(node.params[0], (bool, Fraction)):
        return False
    return not number_text(node.params[0]).startswith("-")


def is_flat(node: Expr, i: int) -> bool:
    """Whether argument ``i`` is written without a further level of nesting."""
    a = node.args[i]
    if is_indexed(node) and is_python(node):
        return not is_infix(a)
    return not a.args or (i == 0 and is_infix(node) and is_infix(a) and len(node.args) > 1
                          and a.op.precedence >= needs(node.op, 0))  # fmt: skip
