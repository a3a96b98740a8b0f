r"""Text to expression: the lines of a text, by a parser that neither recurses nor runs anything.

The language is the one that ``to_text`` prints, plus the usual other spellings: ``^`` for a
power, ``ln``, ``arcsin``, and the signs of formulas in Unicode: ``x²·√y ≤ π``.  There are no
attributes, no strings, no products without a sign::

    text     = definitions, formula, then any number of lines:  where name = formula
    definitions = any number of:  name = formula, each ended by ; or by the end of the line
    formula  = value with the operators of Python, the loosest first:
               < <= > >= == != (no chains)   |   &   + -   * / % @   - ~ (prefix)   ** (and ^ ²)
    value    = number | constant | variable | ( formula ) | value [ item, ... ] | value .T
             | function ( argument, ..., key = literal, ... )
             | array ( [ numbers, or lists of them as in NumPy ] ), a constant
             | "|" formula "|", its absolute value | ⌊ formula ⌋ | ⌈ formula ⌉
             | [ formula, ... ]: these along a new first axis, which is what
               stack([formula, ...], axis=0) builds too
    item     = integer | integer : integer : integer, each of which may be left out | None | ...
    number   = 12  1_000  0x1F  0o17  0b11  1.5e-3  inf  nan  True  False; a minus directly in
               front belongs to it, unless a power follows: -2*x is a product with -2, -2**x is
               minus 2**x
    constant = pi (or π) | e, which is Euler's number: the variable is `e`
    variable = name, that of a function too where it is not called | `any name`, with
               \` \\ \n \t \r \x00 \u0000 \U00000000 inside the backquotes; an internal symbol
               has #number behind it and must be given in ``vars``
    function = sin, Sin, ... : every row by its name, its title, NumPy's name, or its letter Γ
    argument = formula | text | ( integer, ... ), as in reshape(x, (2, 3))
    text     = "any characters", only as an argument or a literal
    literal  = number | text | None | Fraction ( int, int ) | ( literal, ... ), as in axes=(-1,);
               Const(literal) is a constant
"""

from __future__ import annotations

import re
import warnings

from ..errors import KindError, LimitError
from ..expr import Expr
from ..messages import cut, short
from .precedence import Formulas
from .scope import Variables
from .tokens import Limits, Tokens

LIMITS = Limits(
    max_length=100_000, max_tokens=100_000, max_depth=1000, max_bits=10_000, max_elements=1_000_000
)
_LINE = re.compile(r"\n[ \t]*where[ \t]+([^\W\d]\w*)[ \t]*=(?!=)")


def parse(
    text: str,
    vars: Variables = None,
    *,
    max_length: int = LIMITS.max_length,
    max_tokens: int = LIMITS.max_tokens,
    max_depth: int = LIMITS.max_depth,
    max_bits: int = LIMITS.max_bits,
    max_elements: int = LIMITS.max_elements,
) -> Expr:
    """The expression that a text describes; nothing is simplified or computed.

    Names that are not known become real scalar variables.  ``vars`` gives others: a mapping from
    names to expressions, or a list of variables (of any shape, kind, domain).  No array that a
    text makes may have more elements than ``max_elements`` and than the largest of these.
    ``e`` is Euler's number, ``pi`` that of the circle; a variable of such a name is in backquotes.
    ``max`` and ``min`` of several values are taken value by value.

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> parse("x^2*y + sin(x) + 2") is x**2*y + sd.sin(x) + 2
    True
    >>> parse("r = sqrt(x² + y²); max(1/r, beta)")
    maximum(1/sqrt(x**2 + y**2), beta)

    Raises: ParseError with the position and a caret, LimitError that names the argument to raise,
    ShapeError for shapes that do not fit.
    """
    return read(text, vars, Limits(max_length, max_tokens, max_depth, max_bits, max_elements))[0]


def read(text: str, vars: Variables, limits: Limits = LIMITS) -> tuple[Expr, dict[str, Expr]]:
    """What :func:`parse` gives, and the definitions of the text by their names."""
    if not isinstance(text, str):
        raise KindError(f"parse takes a text, got {type(text).__name__}")
    if len(text) > limits.max_length:
        raise LimitError("characters of the text", len(text), limits.max_length, "max_length")
    parser = _Text(text, vars, limits)
    found = parser.run()
    if parser.doubtful:
        warnings.warn(parser.doubtful, stacklevel=3)
    return found, parser.lines


class _Text(Formulas):
    """A text: definitions, the formula that they are for, and lines ``where name = formula``."""

    def run(self) -> Expr:
        """The lines ``where t1 = ...`` in order, then what stands above them."""
        heads = list(_LINE.finditer(self.text))
        ends = [head.start() for head in heads[1:]] + [len(self.text)]
        for head, end in zip(heads, ends, strict=False):
            self.open(head.end(), end)
            self.define(head[1], head.start(1))
            self.nothing_more()
        self.open(0, heads[0].start() if heads else len(self.text))
        while self.sees_keyword():  # a definition, ``name =``
            name, equals = self.tokens.advance(), self.tokens.advance()
            self.define(name.text, name.position)
            while self.sees(";"):
                self.tokens.advance()
            if self.tokens.now.kind == "end":
                out = f"leave '{cut(name.text, 40)} =' out"
                message = f"a formula should follow; {out}, or write eq(a, b) for an equation"
                raise self.error(message, equals.position)
        found = self.statement()
        self.nothing_more()
        return found

    def open(self, start: int, end: int) -> None:
        self.tokens = Tokens(self.text, start, end, self.numbers, self.limits.max_tokens)

    def nothing_more(self) -> None:
        while self.sees(";"):
            self.tokens.advance()
        if self.tokens.now.kind != "end":
            message = "one expression at a time; in front of it stand definitions, name = formula"
            raise self.error(message, self.tokens.now.position)

    def define(self, name: str, position: int) -> None:
        """A definition of ``name``; its formula comes next."""
        if name in self.grammar.reserved:
            message = "has a meaning of its own and cannot be defined"
        elif name in self.lines:
            message = "is defined twice"
        elif name in self.plain or name in self.unknown:
            message = "is used above the line that defines it"
        else:
            value = self.statement()
            if name not in self.plain and name not in self.unknown:
                self.lines[name] = value
                return
            message = "is defined by itself"
        raise self.error(f"{short(name)} {message}", position)
