"""Textbook notation: what Unicode and LaTeX formulas share, over a table of their differences.

A layout is chosen by the infix form on the row (sums, products, quotients, powers), else by the
row's template, else the node is a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from string import Formatter
from typing import Any, NamedTuple

from ..expr import ATOM, Expr, Op, make
from ..leaves import Const, Var
from ..ops.contraction import diag
from .grammar import (
    PREFIX,
    PRODUCT,
    is_indexed,
    is_infix,
    is_list,
    joins,
    needs,
    opposite,
    starts_with_minus,
)
from .layout import CLOSED, Layout, Part, Sep, Slot, call, joined
from .templates import POWER, fill

WORDY = 59  # ``x mod y`` goes in brackets wherever it is added or multiplied
MINUS = 65  # a leading minus binds looser than a product and tighter than a sum
LONGEST = 64  # factors of a chain that is written as one
MATRIX = "@"
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Sigma": "Σ",
    "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_PAIRS = [
    ("{", "}"), ("(", ")"), ("[", "]"), ("⌊", "⌋"), ("⌈", "⌉"),
    (r"\left", r"\right"), (r"\begin", r"\end"),
]  # fmt: skip


class Notation(NamedTuple):
    """The differences between the ways of writing a formula."""

    number: Callable[[Any], Layout]
    name: Callable[[Expr], Layout]
    template: Callable[[Op], str]
    call: Callable[[Op], tuple[str, str]]  # what opens and closes a call
    parameter: Callable[[str], str]
    minus: str
    product: Sep
    elementwise: Sep  # between arrays
    matrix: Sep
    raised: str  # behind what is transposed
    ones: str  # a vector of ones
    quotient: Callable[[Expr], Layout]
    power: Callable[[Expr], Layout]
    listed: Callable[[Expr], list[Part]]
    indexed: Callable[[Expr], list[Part]]
    square: tuple[str, str]  # around the parts that a call takes as a list
    spelling: int  # which of the templates that a row makes for a node


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
    if node.op.constant is not None:
        return [opening]
    around = notation.square if joins(node.op) else ("", "")
    return call(node, opening, closing, around, notation.parameter)


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


# -- products: factors, elementwise products, chains of matrix products ----------------------------


def later(node: Expr, need: int) -> Slot:
    """An argument that is not the first one: in brackets if it starts with a minus."""
    return Slot(node, ATOM + 1 if starts_with_minus(node) else need)


def product(node: Expr, notation: Notation) -> Layout:
    """Scalars and at most one array by ``·``, arrays elementwise by ``⊙``."""
    chain = scaled_matrix(node)
    if chain:
        return PRODUCT, _chained(node, chain, notation)
    several = _arrays(node) > 1
    parts: list[Part] = []
    is_array = False
    for i, a in enumerate(node.args):
        if i:
            parts.append(notation.elementwise if is_array and a.ndim else notation.product)
        if a.op.infix == MATRIX:
            need = PRODUCT + several
            parts.append(later(a, need) if i else Slot(a, need))
        else:
            parts.append(later(a, PRODUCT + 1) if i else Slot(a, MINUS))
        is_array = is_array or bool(a.ndim)
    return PRODUCT, parts


def scaled_matrix(node: Expr) -> list[Expr]:
    """The factors of ``diag(u)·X·diag(v)`` if the node is ``u[:, None]*X*v``, else none."""
    arrays = [a for a in _factors(node) if a.ndim]
    columns = [a.args[0] for a in arrays if _is_column(a)]
    rows = [a for a in arrays if a.ndim == 1]
    matrices = [a for a in arrays if a.ndim > 1 and not _is_column(a)]
    if node.ndim != 2 or len(matrices) != 1 or len(arrays) == 1:
        return []
    if matrices[0].shape != node.shape or any(a.shape != node.shape[1:] for a in rows):
        return []
    ends = [make(diag, (_joined(node, found),)) if found else None for found in (columns, rows)]
    return [a for a in (ends[0], matrices[0], ends[1]) if a is not None]


def _factors(node: Expr) -> list[Expr]:
    """The factors of a product, of a multiple of a product too."""
    arrays = [a for a in node.args if a.ndim]
    if len(arrays) != 1 or arrays[0].op is not node.op:
        return list(node.args)
    return [*[a for a in node.args if not a.ndim], *arrays[0].args]


def _is_column(a: Expr) -> bool:
    """Whether a node is a vector in another shape: the one column of a matrix."""
    return len(a.args) == 1 and a.args[0].ndim == 1 and a.shape == (*a.args[0].shape, 1)


def _joined(node: Expr, vectors: list[Expr]) -> Expr:
    return vectors[0] if len(vectors) == 1 else make(node.op, tuple(vectors))


def _chained(node: Expr, chain: list[Expr], notation: Notation) -> list[Part]:
    """Scalars, then the chain of matrices."""
    parts: list[Part] = []
    scalars = [a for a in _factors(node) if not a.ndim]
    for i, a in enumerate([*scalars, *chain]):
        if i:
            parts.append(notation.product if i <= len(scalars) else notation.matrix)
        parts.append(later(a, PRODUCT + 1) if i else Slot(a, MINUS))
    return parts


def spread(total: Expr, notation: Notation) -> Callable[[Expr, int], list[Part]]:
    """How a term of a sum is written that needs a precedence.  In a sum of matrices a vector is
    repeated as rows ``𝟏·vᵀ``, a column as ``v·𝟏ᵀ``, a number next to an identity as ``c·𝟏𝟏ᵀ``.
    """
    ones, raised = notation.ones, notation.raised
    with_identity = total.ndim > 0 and any("identity" in a.op.facts for a in total.args)

    def term(a: Expr, need: int) -> list[Part]:
        if total.ndim == 2 and _is_column(a):
            return [later(a.args[0], PRODUCT + 1), notation.matrix, ones, raised]
        if total.ndim == 2 and a.ndim == 1:
            return [ones, notation.matrix, Slot(a, POWER + 1), raised]
        if with_identity and not a.ndim:
            return [later(a, PRODUCT + 1), notation.product, ones, ones, raised]
        return [later(a, need) if need > MINUS else Slot(a, need)]

    return term


def _arrays(node: Expr) -> int:
    return sum([a.ndim > 0 for a in node.args])


def matrix_product(node: Expr, notation: Notation) -> Layout:
    """``A·B·x``; a vector on the left is transposed: ``xᵀ·A·y``, and ``Aᵀ·x`` for ``x @ A``."""
    spine = [node]
    while spine[-1].op.infix == MATRIX and len(spine) < LONGEST:
        spine.append(spine[-1].args[0])
    spine.reverse()  # products of the first factors, then of ever more
    plain = any(a.ndim > 2 for a in (spine[0], *[partial.args[1] for partial in spine[1:]]))
    vectors = [k for k, partial in enumerate(spine[:-1]) if partial.ndim == 1 and not plain]
    start = vectors[0] if vectors else 0
    factors = _unnested([partial.args[1] for partial in spine[start + 1 :]])
    if not vectors:
        slots: list[list[Part]] = [[_first(spine[0])]]
        slots += [[later(a, PRODUCT + 1)] for a in factors]
    elif node.ndim:
        slots = [_transposed(a, notation) for a in reversed(factors)]
        slots.append([later(spine[start], PRODUCT + 1)])
    else:
        slots = [_transposed(spine[start], notation)]
        slots += [[later(a, PRODUCT + 1)] for a in factors]
    parts: list[Part] = []
    for slot in slots:
        parts += [notation.matrix, *slot] if parts else slot
    return PRODUCT, parts


def _unnested(factors: list[Expr]) -> list[Expr]:
    """Factors with ``A·(B·x)`` opened: the products of matrices need no brackets."""
    found: list[Expr] = []
    pending = factors[::-1]
    while pending:
        a = pending.pop()
        if a.op.infix == MATRIX and a.args[0].ndim == 2 and len(found) < LONGEST:
            pending += [a.args[1], a.args[0]]
        else:
            found.append(a)
    return found


def _first(node: Expr) -> Slot:
    """The first factor; an elementwise product goes in brackets."""
    inner = node
    while inner.op.infix == "*":
        if _arrays(inner) > 1 and not scaled_matrix(inner):
            return Slot(node, PRODUCT + 1)
        inner = inner.args[0]
    return Slot(node, MINUS)


def _transposed(node: Expr, notation: Notation) -> list[Part]:
    """The transpose of a factor, without a double one."""
    if node.op.contraction is not None and len(node.args) == 1 and node.ndim == 2:
        _, (labels,), output = node.op.contraction(node)
        if output == labels[::-1]:
            return [later(node.args[0], PRODUCT + 1)]
    return [Slot(node, POWER + 1), notation.raised]
