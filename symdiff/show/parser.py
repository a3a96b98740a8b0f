r"""Text to expression: an operator-precedence parser that neither recurses nor runs anything.

The language is the one that ``to_text`` prints, plus the usual other spellings: ``^`` for a
power, ``ln``, ``arcsin``.  There are no attributes, no strings, no products without a sign::

    text     = formula, then any number of lines:  where name = formula
    formula  = value with the operators of Python, the loosest first:
               < <= > >= == != (no chains)   |   &   + -   * / % @   - ~ (prefix)   ** (and ^)
    value    = number | constant | variable | ( formula ) | value [ item, ... ] | value .T
             | function ( argument, ..., key = literal, ... )
             | array ( [ numbers, or lists of them as in NumPy ] ), a constant
             | [ formula, ... ]: these along a new first axis, which is what
               stack([formula, ...], axis=0) builds too
    item     = integer | integer : integer : integer, each of which may be left out | None | ...
    number   = 12  0x1F  1.5e-3  inf  nan  True  False; a minus directly in front belongs to it,
               unless a power follows: -2*x is a product with -2, -2**x is minus 2**x
    variable = name | `any name`, with \` \\ \n \t \r \x00 \u0000 \U00000000 inside the backquotes;
               an internal symbol has #number behind it and must be given in ``vars``
    function = sin, Sin, ... : every row by its name, its title, or NumPy's name for it
    argument = formula | text | ( integer, ... ), as in reshape(x, (2, 3))
    text     = "any characters", only as an argument or a literal
    literal  = number | text | None | Fraction ( int, int ) | ( literal, ... ), as in axes=(-1,);
               Const(literal) is a constant
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..errors import KindError, LimitError, ShapeError
from ..expr import Expr, Op, make
from ..leaves import Const, const
from ..messages import short
from ..ops.functions import transpose
from ..ops.indexing import getitem
from .grammar import COMPARISON, RIGHT_ASSOCIATIVE, SIGN_HINTS
from .scope import Public, Scope, Variables, build, listed, takes_list
from .tokens import Limits, Token, Tokens

_TUPLE = re.compile(r"\(\s*(?:(?:-?\s*\d+\s*,\s*)+(?:-?\s*\d+\s*)?)?\)(?=\s*[,)])", re.ASCII)
_LINE = re.compile(r"\n[ \t]*where[ \t]+([^\W\d]\w*)[ \t]*=(?!=)")


def parse(
    text: str,
    vars: Variables = None,
    *,
    max_length: int = 100_000,
    max_tokens: int = 100_000,
    max_depth: int = 1000,
    max_bits: int = 10_000,
    max_elements: int = 1_000_000,
) -> Expr:
    """The expression that a text describes; nothing is simplified or computed.

    Names that are not known become real scalar variables.  ``vars`` gives others: a mapping from
    names to expressions, or a list of variables (of any shape, kind, domain).  No array that a
    text makes may have more elements than ``max_elements`` and than the largest of these.

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
    limits = Limits(max_length, max_tokens, max_depth, max_bits, max_elements)
    return _Parser(text, vars, limits).run()


class _Pending:
    """An operator or an open bracket that waits for its arguments.

    ``role`` is operator, group, call, list, or parts for the list that a call takes.
    """

    __slots__ = ("base", "keywords", "literals", "op", "precedence", "public", "role", "token")

    def __init__(self, token: Token, op: Op | None, role: str, base: int) -> None:
        self.token, self.op, self.role, self.base = token, op, role, base
        self.precedence = op.precedence if op is not None and role == "operator" else BRACKET
        self.public: Public | None = None  # what a call applies in place of the row
        self.keywords: dict[str, Any] = {}
        self.literals: list[tuple[int, Any]] = []  # arguments that are no expressions, by place

    @property
    def opening(self) -> str:
        """What was opened, for messages."""
        return self.token.text + "(" * (self.role == "call")


BRACKET = 0  # precedence of what only a closing bracket ends
OPERATOR = 1  # lowest precedence of an operator
_CLOSING = {"group": ")", "call": ")", "list": "]", "parts": "]"}


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
        raise self.error(f"{short(name)} {message}", position)

    def statement(self, start: int, end: int) -> Expr:
        """The expression in ``text[start:end]``."""
        self.tokens = Tokens(self.text, start, end, self.numbers, self.limits.max_tokens)
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
            raise self.error(f"{short(opened.opening)} is not closed", opened.token.position)
        return self.operands.pop()

    # -- where a value must stand ----------------------------------------------------------------

    def value(self, token: Token) -> bool:
        """Take a token where a value must stand; whether one is still wanted after it."""
        kind, text = token.kind, token.text
        if self.starts_literal(token):
            self.argument(token)
        elif kind == "number":
            self.constant(token)
        elif kind in ("name", "quoted"):
            if self.sees("("):
                return self.call(token)
            self.operands.append(self.name(token))
        elif kind == "sign" and text == "(":
            self.wait(token, None, "group")
            return True
        elif kind == "sign" and text == "[":
            self.open_list(token, self.grammar.joining, "list")
            return True
        elif kind == "sign" and text == "-" and self.sees_literal():
            self.constant(self.tokens.advance(), negative=True)
        elif kind == "sign" and text in self.grammar.prefix:
            self.wait(token, self.grammar.prefix[text], "operator")
            return True
        elif kind == "sign" and text == "+":
            return True
        elif kind == "text":
            message = "there are no strings here; write an unusual name in backquotes"
            raise self.error(message, token.position)
        elif kind == "end":
            raise self.error("the text ends where a value should follow", token.position)
        else:
            raise self.error(f"a value should stand here, not {short(text)}", token.position)
        return False

    def constant(self, token: Token, negative: bool = False) -> None:
        self.operands.append(const(self.number(token, negative)))
        if self.sees("["):
            message = "a number in front of an index goes in brackets"
            raise self.error(message, self.tokens.now.position)

    def starts_literal(self, token: Token) -> bool:
        """Whether an argument is a text or a tuple of integers."""
        if not self.pending or self.pending[-1].role != "call":
            return False
        bracket = token.kind == "sign" and token.text == "("
        return token.kind == "text" or (
            bracket and _TUPLE.match(self.text, token.position) is not None
        )

    def argument(self, token: Token) -> None:
        """A text or a tuple as an argument of a call."""
        entry = self.pending[-1]
        place = len(self.operands) - entry.base + len(entry.literals)
        entry.literals.append((place, self.literal(token)))
        if not self.sees(",") and not self.sees(")"):
            raise self.error("a comma or ) should stand here", self.tokens.now.position)

    def open_list(self, token: Token, op: Op | None, role: str) -> None:
        if self.sees("]"):
            raise self.error("a list needs at least one value", token.position)
        self.wait(token, op, role)

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
        if token.text in (")", "]"):
            self.close(token)
            return False
        if token.text == ".T":
            self.operands.append(self.attempt(token, transpose, self.operands.pop()))
            return False
        if token.text == "[":
            items = self.index(token)
            self.operands.append(self.attempt(token, getitem, self.operands.pop(), items))
            return False
        if token.text == "(":
            raise self.error("an operator is missing here (a product needs its *)", token.position)
        hint = SIGN_HINTS.get(token.text, "it is no operator")
        raise self.error(f"{short(token.text)} cannot stand here; {hint}", token.position)

    def binary(self, token: Token, op: Op) -> None:
        """Apply what binds tighter on the left, then wait for the right argument."""
        precedence = op.precedence
        chains = precedence != COMPARISON
        self.reduce(precedence + (token.text in RIGHT_ASSOCIATIVE or not chains))
        if not chains and self.pending and self.pending[-1].precedence == precedence:
            raise self.error("comparisons do not chain; write (a < b) & (b < c)", token.position)
        self.wait(token, op, "operator")

    def comma(self, token: Token) -> bool:
        self.reduce(OPERATOR)
        role = self.pending[-1].role if self.pending else "group"
        if role == "group":
            message = "a comma separates the arguments of a function and the values of a list only"
            raise self.error(message, token.position)
        return not self.keywords() if role == "call" and self.sees_keyword() else True

    def close(self, token: Token) -> None:
        """A closing bracket: the value of the group, of the call or of the list."""
        self.reduce(OPERATOR)
        if not self.pending:
            raise self.error("this bracket was not opened", token.position)
        entry = self.pending.pop()
        if token.text != _CLOSING[entry.role]:
            message = f"{token.text!r} does not close {entry.opening!r}"
            raise self.error(message, token.position)
        if entry.role == "parts":
            self.after_parts()
        elif entry.role != "group":
            args: list[Any] = self.operands[entry.base :]
            del self.operands[entry.base :]
            for place, value in entry.literals:
                args.insert(place, value)
            if entry.role == "list":
                node = self.attempt(entry.token, listed, entry.op, args)
            else:
                given = (entry.op, entry.public, args, entry.keywords, self.most)
                node = self.attempt(entry.token, build, *given)
            self.operands.append(node)

    # -- calls -----------------------------------------------------------------------------------

    def call(self, token: Token) -> bool:
        """The start of a call; whether a value must follow."""
        name = token.text
        if token.kind == "quoted":
            raise self.error("a variable cannot be called (a product needs its *)", token.position)
        self.tokens.advance()
        if name == Const.title:
            value = self.held()
            if value is None or isinstance(value, (tuple, str)):
                raise self.error("Const takes a number", token.position)
            self.operands.append(self.attempt(token, const, value))
            self.expect(")")
            return False
        if name == "array" and self.sees("["):
            self.operands.append(self.attempt(token, const, self.array()))
            return False
        op, public = self.grammar.function(name), self.grammar.public(name)
        if op is None and public is None:
            raise self.no_function(token)
        self.wait(token, op, "call")
        self.pending[-1].public = public
        if public is not None and takes_list(public):
            if not self.sees("["):
                message = f"{name} takes a list: write {name}([a, b], axis=0)"
                raise self.error(message, token.position)
            self.open_list(self.tokens.advance(), None, "parts")
            return True
        if self.sees(")"):
            self.close(self.tokens.advance())
            return False
        return not self.keywords() if self.sees_keyword() else True

    def held(self) -> Any:
        """What stands in ``Const( )``: a literal, or an array of numbers."""
        if self.tokens.now.text == "array" and self.tokens.now.kind == "name":
            self.tokens.advance()
            self.expect("(")
            return self.array()
        return self.literal()

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

    def after_parts(self) -> None:
        """The rest of a call whose arguments were a list; keywords may follow."""
        token = self.tokens.advance()
        if token.kind == "sign" and token.text == ")":
            self.close(token)
        elif token.kind == "sign" and token.text == "," and self.sees_keyword():
            self.keywords()
        elif token.kind == "end":
            opened = self.pending[-1]
            raise self.error(f"{short(opened.opening)} is not closed", opened.token.position)
        else:
            message = "after the list only ) or arguments name=value can follow"
            raise self.error(message, token.position)

    # -- the stacks ------------------------------------------------------------------------------

    def wait(self, token: Token, op: Op | None, role: str) -> None:
        depth, limit = len(self.pending) + 1, self.limits.max_depth
        if depth > limit:
            raise LimitError("levels of nesting", depth, limit, "max_depth")
        self.pending.append(_Pending(token, op, role, len(self.operands)))

    def reduce(self, precedence: int) -> None:
        """Apply the waiting operators of at least that precedence."""
        pending, operands = self.pending, self.operands
        while pending and pending[-1].precedence >= precedence:
            entry = pending.pop()
            assert entry.op is not None
            count = 1 if entry.op.arity == 1 else 2
            args = operands[-count:]
            del operands[-count:]
            operands.append(self.bounded(make(entry.op, tuple(args))))

    def attempt(self, token: Token, function: Callable[..., Expr], *args: Any) -> Expr:
        """A node.  Whatever a row says against its parameters becomes a ParseError."""
        try:
            node = function(*args)
        except (LimitError, ShapeError):
            raise
        except Exception as error:
            raise self.error(f"{token.text}: {error}", token.position) from error
        return self.bounded(node)
