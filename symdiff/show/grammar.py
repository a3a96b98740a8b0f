"""The printed language: its names, its operators and their precedence, read from the rows.

The printer and the parser share this module, so that what one writes the other reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import inf
from typing import Any
from unicodedata import is_normalized

from ..errors import ArgumentError
from ..expr import OPS, Expr, Op, make
from ..leaves import Const, Var, const
from ..ops.names import ALIASES, WRAPPERS, public
from ..ops.primitive import PRIMITIVES
from .hints import SIGN_HINTS, WORD_HINTS

RIGHT_ASSOCIATIVE = frozenset({"**"})
# Other ways to write an operator; rows add those of formulas in Unicode.
SPELLINGS = {"^": "**", "−": "-", "⋅": "·", "×": "·", "÷": "/", "¬": "~", "ᵀ": ".T"}
EITHER = "·"  # a product of numbers or by a number; between arrays it could be either of two
COMPARISON = 30  # precedence of operators that do not chain
PREFIX = 80  # precedence of unary minus and not
NEGATIVE = 85  # of a negative number: it needs brackets as a base, not as an exponent
PRODUCT = 70

NUMBER_NAMES = {"inf": inf, "∞": inf, "nan": float("nan")}
LITERALS = {"True": True, "False": False}
DOTS = "..."
PRODUCTS = frozenset("*/")
_WHOLE = (None, None, None)  # the slice of a whole axis

# Functions without a row that a text can call.  Those that make numbers as many as their
# arguments say stay out.
READABLE = {
    name: function
    for name, function in WRAPPERS.items()
    if name not in ("arange", "linspace", "asarray")
}

# Functions of arrays that are another function, value by value, of two or more values.
VALUE_BY_VALUE = {"max": "maximum", "min": "minimum"}

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_ESCAPES = {"\\": "\\\\", "`": "\\`", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_UNESCAPES = {escape[1]: char for char, escape in _ESCAPES.items()}
_ESCAPED = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)


class Grammar:
    """The tables of the language for the rows that exist now."""

    __slots__ = ("around", "beginnings", "binary", "constants", "joining", "names", "prefix",
                 "prefix_only", "reserved", "rows", "titles")  # fmt: skip

    def __init__(self) -> None:
        rows = [op for op in OPS.values() if op not in (Const, Var)]
        aliases = {alias: OPS[name] for alias, name in ALIASES.items() if name in OPS}
        self.rows = len(OPS)
        self.binary = {op.infix: op for op in rows if op.infix and op.arity != 1}
        for op in rows:  # read only: in Python, == between expressions is no equation
            if op.precedence == COMPARISON and not op.infix:
                self.binary |= {op.python[4:-4]: op, op.pretty: op}
        self.prefix = {op.infix: op for op in rows if op.infix and op.arity == 1}
        signs = [op for op in rows if op.pretty and not op.pretty.isalnum() and not op.param_names]
        signs = [op for op in signs if "{" not in op.pretty and op.pretty not in SIGN_HINTS]
        self.binary |= {op.pretty: op for op in signs if op.infix and op.arity != 1}
        self.prefix |= {op.pretty: op for op in signs if op.arity == 1}
        self.binary.pop("=")  # which defines
        self.joining = next(filter(joins, rows))  # what a list builds
        self.titles = {op.title: op for op in rows}
        self.prefix_only = self.prefix.keys() - self.binary.keys()
        # Signs around a value, by the first one: | | of abs.
        self.around = {op.pretty[0]: (op, op.pretty[-1]) for op in rows if op.pretty[1:-1] == "{0}"}
        self.beginnings = {";", "(", "[", *self.prefix_only, *self.around}  # of no further operand
        self.beginnings -= self.binary.keys()
        constants = [op for op in rows if op.constant is not None]
        self.constants = {name: op for op in constants for name in (op.pretty, op.name) if name}
        known = public()
        letters = {op.pretty: op for op in rows if op.pretty.isidentifier() and op.name in known}
        named = {op.name: op for op in rows if op.constant is None}
        self.names = letters | aliases | named
        words = [*self.constants, *NUMBER_NAMES, *LITERALS, *WORD_HINTS]
        self.reserved = frozenset(words)  # the other names are variables where they are not called

    def function(self, name: str) -> Op | None:
        """The operation that a call of ``name`` applies."""
        return self.names.get(name) or self.titles.get(name) or _primitive(name)

    def public(self, name: str) -> Callable[..., Any] | None:
        """The function with NumPy's arguments of that name."""
        return READABLE.get(ALIASES.get(name, name))

    def spelling(self, op: Op) -> str:
        """The name that a call of ``op`` is written with."""
        return op.name if self.function(op.name) is op and not op.infix else op.title

    def name(self, node: Expr) -> str:
        """The name of a call: the title where NumPy's name does something else."""
        op = node.op
        public = WRAPPERS.get(op.name)
        if public is None or op.param_names or joins(op):
            return self.spelling(op)
        try:
            same = public(*node.args) is node
        except Exception:
            same = False
        return self.spelling(op) if same else op.title

    def known(self) -> list[str]:
        """The names of all functions, for suggestions."""
        return [*filter(str.isascii, self.names), *READABLE, *PRIMITIVES]


def _primitive(name: str) -> Op | None:
    found = PRIMITIVES.get(name)
    return found or next((op for op in PRIMITIVES.values() if op.title == name), None)


_tables: list[Grammar] = []


def grammar() -> Grammar:
    """The tables, made again after a new row."""
    if not _tables or _tables[0].rows != len(OPS):
        _tables[:] = [Grammar()]
    return _tables[0]


def spell(variable: Expr) -> str:
    """The name of a variable as the parser reads it: plain, in backquotes, or with its tag.

    >>> import symdiff as sd
    >>> spell(sd.Var("beta")), spell(sd.Var("pi")), spell(sd.Var("a b"))
    ('beta', '`pi`', '`a b`')
    """
    name, tag = variable.params[0], variable.params[4]
    if not is_identifier(name) or name in grammar().reserved:
        name = f"`{escape(name)}`"
    return name if tag is None else f"{name}#{tag}"


def is_identifier(name: str) -> bool:
    """Whether a name is read as it is written, without backquotes."""
    if name.isascii():
        return name.isidentifier()
    plain = name.isidentifier() and _IDENTIFIER.fullmatch(name) is not None
    return plain and is_normalized("NFKC", name)


def escape(name: str) -> str:
    """A name on one line of printable characters, for backquotes."""
    if name.isprintable() and "`" not in name and "\\" not in name:
        return name
    return "".join([_ESCAPES.get(c) or (c if c.isprintable() else _code(c)) for c in name])


def unescape(text: str) -> str:
    """What ``escape`` was given.

    Raises: ArgumentError for an escape that it never writes.
    """
    return _ESCAPED.sub(_decoded, text) if "\\" in text else text


def _code(c: str) -> str:
    n = ord(c)
    return f"\\x{n:02x}" if n < 0x100 else f"\\u{n:04x}" if n < 0x10000 else f"\\U{n:08x}"


def _decoded(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code:
        return chr(int(code, 16))
    if match[4] not in _UNESCAPES:
        raise ArgumentError(f"unknown escape \\{match[4]}")
    return _UNESCAPES[match[4]]


def needs(op: Op, i: int) -> int:
    """The precedence that argument ``i`` of an infix operation needs to stand without brackets."""
    if op.infix in RIGHT_ASSOCIATIVE:
        return PREFIX if i else op.precedence + 1
    return op.precedence + (i > 0 or op.precedence == COMPARISON)


def is_infix(node: Expr) -> bool:
    """Whether the node is written with a sign between (or before) its arguments."""
    return bool(node.op.infix) and (node.op.arity is not None or len(node.args) > 1)


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Names a typing error or two away, the nearest first, then names that begin with it."""
    if not 1 < len(name) <= 20:
        return []
    name = name.lower()
    found = [(_distance(name, word), word) for word in known if len(word) <= 20]
    most = 0 if (0, name) in found else 1 + (len(name) > 4)
    close = [word for far, word in sorted(found) if far <= most]
    longer = [word for _, word in sorted(found) if word.startswith(name) and len(name) > 2]
    return list(dict.fromkeys(close + longer))[:count]


def _distance(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two short words."""
    above: list[int] = []
    row = list(range(len(b) + 1))
    for i, char in enumerate(a):
        above, before, row = row, above, [i + 1]
        for j, other in enumerate(b):
            best = min(above[j + 1] + 1, row[j] + 1, above[j] + (char != other))
            if i and j and char == b[j - 1] and a[i - 1] == other:
                best = min(best, before[j - 1] + 1)
            row.append(best)
    return row[-1]


# -- square brackets: the parts of a stack, and the index behind a value ---------------------------


def joins(op: Op) -> bool:
    """Whether the operation takes a list of parts, as ``stack([a, b], axis=-1)`` does."""
    return "stacks" in op.facts


def is_list(node: Expr) -> bool:
    """Whether the node is its parts along a new first axis: ``[a, b]``."""
    return joins(node.op) and node.params[0] == -node.ndim


def is_indexed(node: Expr) -> bool:
    """Whether the node is written as a value with an index behind it: ``X[0, 1:]``."""
    return "indexes" in node.op.facts


def is_python(node: Expr) -> bool:
    """Whether Python's brackets make this very node: an item for every axis, slices in full.

    Brackets that only put axes of size 1 in make a reshape.
    """
    if all(item is None or item == _WHOLE for item in node.params[0]) and None in node.params[0]:
        return False
    items = [item for item in node.params[0] if item is not None]
    for item in items:
        bounds = item if isinstance(item, tuple) else (None, item, None)
        if len(bounds) != 3 or any(b is not None and type(b) is not int for b in bounds):
            return False
    return len(items) == node.args[0].ndim


def index_items(node: Expr) -> list[str]:
    """The index as Python writes it, without whole axes at its end.

    >>> import symdiff as sd
    >>> X = sd.Var("X", (3, 4))
    >>> index_items(X[0]), index_items(X[::-1, None, 1:]), index_items(X[:, 0])
    (['0'], ['::-1', 'None', '1:'], [':', '0'])
    """
    items = list(node.params[0])
    if len(items) - items.count(None) < node.args[0].ndim:
        items.insert(0, Ellipsis)
    while items[-1:] == [_WHOLE] and any(item is not None for item in items[:-1]):
        items.pop()
    return [_item(item) for item in items] or [DOTS]


def _item(item: Any) -> str:
    if item is Ellipsis:
        return DOTS
    if not isinstance(item, tuple):
        return str(item)
    part = slice(*item)
    start, stop, step = ["" if b is None else str(b) for b in (part.start, part.stop, part.step)]
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


# -- the minus in front of a product, found and taken away -----------------------------------------


def _spine(node: Expr, signs: frozenset[str] = PRODUCTS) -> list[Expr]:
    """The node, its first argument, that one's first argument, ... through products."""
    path = [node]
    while path[-1].op.infix in signs and len(path[-1].args) > 1:
        path.append(path[-1].args[0])
    return path


def _is_negative(node: Expr) -> bool:
    if node.op is Const:
        return not node.shape and -inf < node.params[0] < 0
    return node.op.infix == "-" and len(node.args) == 1


def starts_with_minus(node: Expr) -> bool:
    return _is_negative(_spine(node, PRODUCTS | {"@"})[-1])


def with_minus(order: Iterable[Expr]) -> set[Expr]:
    """The nodes of a graph that have an :func:`opposite`; ``order`` has arguments before users."""
    found: set[Expr] = set()
    for node in order:
        product = node.op.infix in PRODUCTS and len(node.args) > 1
        if node.args[0] in found if product else _is_negative(node):
            found.add(node)
    return found


def opposite(node: Expr) -> Expr | None:
    """The node without the minus it is written with: ``2*x*y`` of ``-2*x*y``; None without one."""
    *path, first = _spine(node)
    if not _is_negative(first):
        return None
    positive = const(-first.params[0]) if first.op is Const else first.args[0]
    for product in reversed(path):
        args = (positive, *product.args[1:])
        if positive is const(1) and product.op.infix == "*":
            args = args[1:]
        positive = args[0] if len(args) == 1 else make(product.op, args)
    return positive
