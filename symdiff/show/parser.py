"""Text to expression: an operator-precedence parser that neither recurses nor runs anything.

The language is the one that ``to_text`` prints, plus the usual other spellings: ``^`` for a
power, ``ln``, ``arcsin``.  It has numbers, names, operators and calls; no attributes, no strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import KindError, LimitError, NameClash, ParseError, ShapeError
from ..expr import Const, Expr, Op, Var, as_expr, const, make, var
from .calls import build
from .grammar import (
    COMPARISON,
    LITERALS,
    RIGHT_ASSOCIATIVE,
    SIGN_HINTS,
    WORD_HINTS,
    grammar,
    is_identifier,
    nearest,
    unescape,
)
from .reader import Reader
from .sharing import describe
from .tokens import Limits, Token, Tokens

_LINE = re.compile(r"\n[ \t]*where[ \t]+([^\W\d]\w*)[ \t]*=(?!=)")

Variables = Mapping[str, Expr] | Iterable[Expr] | None


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


class _Parser(Reader):
    """The state of one parse: two stacks, and the names that are known."""

    def __init__(self, text: str, variables: Variables, limits: Limits) -> None:
        super().__init__(text, limits)
        self.grammar = grammar()
        self.given = _by_name(variables)
        self.lines: dict[str, Expr] = {}  # names that lines define
        self.unknown: set[str] = set()  # names that became variables
        self.plain: dict[str, Expr] = {}  # what names outside of backquotes became

    def run(self) -> Expr:
        """The lines ``where t1 = ...`` in order, then the expression above them."""
        heads = list(_LINE.finditer(self.text))
        ends = [head.start() for head in heads[1:]] + [len(self.text)]
        for head, end in zip(heads, ends, strict=False):
            name, position = head[1], head.start(1)
            if name in self.grammar.reserved:
                raise self.error(
                    f"{name!r} has a meaning of its own and cannot name a line", position
                )
            if name in self.lines:
                raise self.error(f"{name!r} is defined twice", position)
            if name in self.unknown:
                raise self.error(f"{name!r} is used above the line that defines it", position)
            self.lines[name] = self.statement(head.end(), end)
            if name in self.unknown:
                raise self.error(f"{name!r} is defined by itself", position)
        return self.statement(0, heads[0].start() if heads else len(self.text))

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

    def name(self, token: Token) -> Expr:
        """A constant, a line, a given variable, or a new one."""
        text, words = token.text, self.grammar
        if token.kind == "name" and text in self.plain:
            return self.plain[text]
        if token.kind == "quoted":
            return self.variable(token, *self.unquoted(token))
        if text in self.lines:
            return self.lines[text]
        if text in LITERALS:
            return const(LITERALS[text])
        if text in words.constants:
            if (text, None) in self.given:
                title = words.constants[text].title
                ways = f"write `{text}` for the variable, {title}() for the constant"
                raise self.error(f"{text!r} is a constant and is in vars; {ways}", token.position)
            return make(words.constants[text], ())
        name, _, tag = text.partition("#")
        if not tag and text in words.reserved and (text, None) not in self.given:
            hint = WORD_HINTS.get(text, f"write `{text}` if it is a variable")
            what = "a function, call it" if words.function(text) else "a reserved word"
            raise self.error(f"{text!r} is {what}; {hint}", token.position)
        if not is_identifier(name):
            raise self.error(f"{name[:40]!r} is not a name", token.position)
        found = self.plain[text] = self.variable(token, name, int(tag) if tag else None)
        return found

    def unquoted(self, token: Token) -> tuple[str, int | None]:
        inner, _, tag = token.text.rpartition("`")
        try:
            return unescape(inner[1:]), int(tag[1:]) if tag else None
        except ValueError as error:
            raise self.error(str(error), token.position) from None

    def variable(self, token: Token, name: str, tag: int | None) -> Expr:
        found = self.given.get((name, tag))
        if found is not None:
            return found
        if tag is not None:
            raise self.error(
                f"{token.text} is an internal symbol; give it in vars=", token.position
            )
        if not name:
            raise self.error("a name needs at least one character", token.position)
        self.unknown.add(name)
        return var(name)

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

    def no_function(self, token: Token) -> ParseError:
        name = token.text
        if (name, None) in self.given or name in self.unknown or name in self.lines:
            return self.error(f"{name!r} is a variable; a product needs its *", token.position)
        close = nearest(name, self.grammar.known())
        hint = f"; do you mean {' or '.join(close)}?" if close else ""
        return self.error(f"unknown function {name[:40]!r}{hint}", token.position)

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


def _by_name(variables: Variables) -> dict[tuple[str, int | None], Expr]:
    """What ``vars`` gives, by name and tag."""
    if variables is None:
        return {}
    if isinstance(variables, Mapping):
        return {(name, None): as_expr(value) for name, value in variables.items()}
    found: dict[tuple[str, int | None], Expr] = {}
    for v in variables:
        if not isinstance(v, Expr) or v.op is not Var:
            raise KindError(f"vars takes variables, or a mapping from names to expressions: {v!r}")
        key = (v.name, v.params[4])
        if found.setdefault(key, v) is not v:
            raise NameClash(v.name, describe(found[key]), describe(v))
    return found
