r"""Text to expression: an operator-precedence parser that neither recurses nor runs anything.

The language is the one that ``to_text`` prints, plus the usual other spellings: ``^`` for a
power, ``ln``, ``arcsin``.  There are no attributes, no strings, no products without a sign::

    text     = formula, then any number of lines:  where name = formula
    formula  = value with the operators of Python, the loosest first:
               < <= > >= == != (no chains)   |   &   + -   * / %   - ~ (prefix)   ** (and ^)
    value    = number | constant | variable | ( formula )
             | function ( formula, ..., key = literal, ... )
    number   = 12  0x1F  1.5e-3  inf  nan  True  False; a minus directly in front belongs to it,
               unless a power follows: -2*x is a product with -2, -2**x is minus 2**x
    variable = name | `any name`, with \` \\ \n \t \r \x00 \u0000 \U00000000 inside the backquotes;
               an internal symbol has #number behind it and must be given in ``vars``
    function = sin, Sin, ... : every row by its name, its title, or NumPy's name for it
    literal  = number | None | Fraction ( int, int ) | ( literal, ... ), as in axes=(-1,);
               Const(literal) is a constant
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import KindError, LimitError, ShapeError
from ..expr import Const, Expr, Op, const, make
from .calls import build
from .grammar import (
    COMPARISON,
    RIGHT_ASSOCIATIVE,
    SIGN_HINTS,
)
from .scope import Scope, Variables
from .tokens import Limits, Token, Tokens

_LINE = re.compile(r"\n[ \t]*where[ \t]+([^\W\d]\w*)[ \t]*=(?!=)")


def parse(
    text: str,
    vars: Variables = None,
    *,
    max_length: int = 100_000,
    max_tokens: int = 100_000,
    max_depth: int = 1000,
    max_bits: int = 10_000,
) -> Expr:
    """The expression that a text describes; nothing is simplified or computed.

    Names that are not known become real scalar variables.  ``vars`` gives others: a mapping from
    names to expressions, or a list of variables (of any shape, kind, domain).

    >>> import symdiff as sd
    >>> x, y = sd.vars("x y")
    >>> parse("x^2*y + sin(x) + 2") is x**2*y + sd.sin(x) + 2
    True

    Raises: ParseError with the position and a caret, LimitError that names the argument to raise,
    ShapeError for shapes that do not fit.
    """
    if not isinstance(text, str):
        raise KindError(f"parse takes a text, got {type(text).__name__}")
    if len(text) > max_length:
        raise LimitError("characters of the text", len(text), max_length, "max_length")
    return _Parser(text, vars, Limits(max_length, max_tokens, max_depth, max_bits)).run()


class _Pending:
    """An operator, an open bracket or an open call that waits for its arguments."""

    __slots__ = ("base", "is_call", "keywords", "op", "precedence", "token")

    def __init__(self, token: Token, op: Op | None, precedence: int, base: int) -> None:
        self.token, self.op, self.precedence, self.base = token, op, precedence, base
        self.is_call = op is not None and precedence == BRACKET
        self.keywords: dict[str, Any] = {}


BRACKET = 0  # precedence of what only a closing bracket ends
OPERATOR = 1  # lowest precedence of an operator


class _Parser(Scope):
    """The state of one parse: operators and operands that wait."""

    def run(self) -> Expr:
        """The lines ``where t1 = ...`` in order, then the expression above them."""
        heads = list(_LINE.finditer(self.text))
        ends = [head.start() for head in heads[1:]] + [len(self.text)]
        for head, end in zip(heads, ends, strict=False):
            self.define(head[1], head.start(1), head.end(), end)
        return self.statement(0, heads[0].start() if heads else len(self.text))

    def define(self, name: str, position: int, start: int, end: int) -> None:
        """A line ``where name = text[start:end]``."""
        if name in self.grammar.reserved:
            message = "has a meaning of its own and cannot name a line"
        elif name in self.lines:
            message = "is defined twice"
        elif name in self.plain or name in self.unknown:
            message = "is used above the line that defines it"
        else:
            value = self.statement(start, end)
            if name not in self.plain and name not in self.unknown:
                self.lines[name] = value
                return
            message = "is defined by itself"
        raise self.error(f"{name!r} {message}", position)

    def statement(self, start: int, end: int) -> Expr:
        """The expression in ``text[start:end]``."""
        self.tokens = Tokens(self.text, start, end, self.counter)
        self.operands: list[Expr] = []
        self.pending: list[_Pending] = []
        wanted = True  # a value must follow, rather than an operator
        while True:
            token = self.tokens.advance()
            if wanted:
                wanted = self.value(token)
            elif token.kind == "end":
                break
            else:
                wanted = self.operator(token)
        self.reduce(OPERATOR)
        if self.pending:
            opened = self.pending[-1]
            what = opened.token.text + "(" * opened.is_call
            raise self.error(f"{what!r} is not closed", opened.token.position)
        return self.operands.pop()

    # -- where a value must stand ----------------------------------------------------------------

    def value(self, token: Token) -> bool:
        """Take a token where a value must stand; whether one is still wanted after it."""
        kind, text = token.kind, token.text
        if kind == "number":
            self.operands.append(const(self.number(token)))
        elif kind in ("name", "quoted"):
            if self.sees("("):
                return self.call(token)
            self.operands.append(self.name(token))
        elif kind == "sign" and text == "(":
            self.wait(token, None, BRACKET)
            return True
        elif kind == "sign" and text == "-" and self.sees_literal():
            self.operands.append(const(self.number(self.tokens.advance(), negative=True)))
        elif kind == "sign" and text in self.grammar.prefix:
            op = self.grammar.prefix[text]
            self.wait(token, op, op.precedence)
            return True
        elif kind == "sign" and text == "+":
            return True
        elif kind == "end":
            raise self.error("the text ends where a value should follow", token.position)
        else:
            raise self.error(f"a value should stand here, not {text!r}", token.position)
        return False

    def sees_literal(self) -> bool:
        """Whether a minus belongs to the number after it: ``-2*x``, but not ``-2**x``."""
        ahead = self.tokens.ahead
        power = ahead.kind == "sign" and ahead.text in RIGHT_ASSOCIATIVE
        return self.tokens.now.kind == "number" and not power

    def sees_keyword(self) -> bool:
        ahead = self.tokens.ahead
        return self.tokens.now.kind == "name" and ahead.text == "=" and ahead.kind == "sign"

    # -- after a value ---------------------------------------------------------------------------

    def operator(self, token: Token) -> bool:
        """Take a token after a value; whether a value must follow it."""
        if token.kind != "sign":
            raise self.error("an operator is missing here (a product needs its *)", token.position)
        op = self.grammar.binary.get(token.text)
        if op is not None:
            self.binary(token, op)
            return True
        if token.text == ",":
            return self.comma(token)
        if token.text == ")":
            self.close(token)
            return False
        if token.text == "(":
            raise self.error("an operator is missing here (a product needs its *)", token.position)
        hint = SIGN_HINTS.get(token.text, "it is no operator")
        raise self.error(f"{token.text!r} cannot stand here; {hint}", token.position)

    def binary(self, token: Token, op: Op) -> None:
        """Apply what binds tighter on the left, then wait for the right argument."""
        precedence = op.precedence
        chains = precedence != COMPARISON
        self.reduce(precedence + (token.text in RIGHT_ASSOCIATIVE or not chains))
        if not chains and self.pending and self.pending[-1].precedence == precedence:
            raise self.error("comparisons do not chain; write (a < b) & (b < c)", token.position)
        self.wait(token, op, precedence)

    def comma(self, token: Token) -> bool:
        self.reduce(OPERATOR)
        if not (self.pending and self.pending[-1].is_call):
            raise self.error("a comma separates the arguments of a function only", token.position)
        return not self.keywords() if self.sees_keyword() else True

    def close(self, token: Token) -> None:
        """A closing bracket: the value of the group or of the call."""
        self.reduce(OPERATOR)
        if not self.pending:
            raise self.error("this bracket was not opened", token.position)
        entry = self.pending.pop()
        if entry.op is not None:
            args = self.operands[entry.base :]
            del self.operands[entry.base :]
            self.operands.append(self.apply(entry, entry.op, args))

    # -- calls -----------------------------------------------------------------------------------

    def call(self, token: Token) -> bool:
        """The start of a call; whether a value must follow."""
        name = token.text
        if token.kind == "quoted":
            raise self.error("a variable cannot be called (a product needs its *)", token.position)
        self.tokens.advance()
        if name == Const.title:
            value = self.literal()
            if value is None or isinstance(value, tuple):
                raise self.error("Const takes a number", token.position)
            self.operands.append(const(value))
            self.expect(")")
            return False
        op = self.grammar.function(name)
        if op is None:
            raise self.no_function(token)
        self.wait(token, op, BRACKET)
        if self.sees(")"):
            self.close(self.tokens.advance())
            return False
        return not self.keywords() if self.sees_keyword() else True

    def keywords(self) -> bool:
        """``name=literal`` up to the end of the call, which it closes."""
        found = self.pending[-1].keywords
        while True:
            token = self.tokens.advance()
            if token.text in found:
                raise self.error(f"{token.text} is given twice", token.position)
            self.expect("=")
            found[token.text] = self.literal()
            if not self.sees(","):
                self.close(self.expect(")"))
                return True
            comma = self.tokens.advance()
            if not self.sees_keyword():
                raise self.error("after name=value only such arguments can follow", comma.position)

    # -- the stacks ------------------------------------------------------------------------------

    def wait(self, token: Token, op: Op | None, precedence: int) -> None:
        depth, limit = len(self.pending) + 1, self.limits.max_depth
        if depth > limit:
            raise LimitError("levels of nesting", depth, limit, "max_depth")
        self.pending.append(_Pending(token, op, precedence, len(self.operands)))

    def reduce(self, precedence: int) -> None:
        """Apply the waiting operators of at least that precedence."""
        pending, operands = self.pending, self.operands
        while pending and pending[-1].precedence >= precedence:
            entry = pending.pop()
            assert entry.op is not None
            count = 1 if entry.op.arity == 1 else 2
            args = operands[-count:]
            del operands[-count:]
            operands.append(make(entry.op, tuple(args)))

    def apply(self, entry: _Pending, op: Op, args: list[Expr]) -> Expr:
        """The node of a call.  Whatever a row says against its parameters becomes a ParseError."""
        try:
            return build(op, args, entry.keywords)
        except ShapeError:
            raise
        except Exception as error:
            message = f"{entry.token.text}: {error}"
            raise self.error(message, entry.token.position) from error
