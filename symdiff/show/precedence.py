"""One formula: an operator-precedence parser over tokens, which neither recurses nor runs anything.

The language is described where texts are read, in ``parser.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

from ..errors import LimitError, ParseError, ShapeError
from ..expr import ATOM, OPS, Expr, Op, make
from ..leaves import Const, Var, const
from ..messages import short
from ..ops.functions import transpose
from ..ops.indexing import getitem
from .grammar import (
    COMPARISON,
    EITHER,
    PRODUCTS,
    RIGHT_ASSOCIATIVE,
    VALUE_BY_VALUE,
)
from .hints import NO_STRINGS, SIGN_HINTS, WORD_HINTS, no_operator
from .scope import Public, Scope, build, listed, takes_list
from .tokens import LOWERED, RAISED, Token

_TUPLE = re.compile(r"\(\s*(?:(?:-?\s*\d+\s*,\s*)+(?:-?\s*\d+\s*)?)?\)(?=\s*[,)])", re.ASCII)
_EXPONENT = str.maketrans(RAISED, LOWERED)


class _Pending:
    """An operator or an open bracket that waits for its arguments.

    ``role`` is operator, group, around (as in ``|x|``), call, list, or parts for a call's list.
    """

    __slots__ = ("base", "closing", "keywords", "literals", "op", "precedence", "public", "role",
                 "token")  # fmt: skip

    def __init__(self, token: Token, op: Op | None, role: str, base: int) -> None:
        self.token, self.op, self.role, self.base = token, op, role, base
        self.precedence = op.precedence if op is not None and role == "operator" else BRACKET
        self.closing = _CLOSING.get(role, "")  # the sign that ends it
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


class Formulas(Scope):
    """The formulas of a text, one after the other: operators and operands that wait."""

    def statement(self) -> Expr:
        """The next expression, up to the end, a semicolon, or a line that begins a new one."""
        self.operands: list[Expr] = []
        self.pending: list[_Pending] = []
        self.before = self.tokens.now  # the token that was taken last
        wanted = True  # a value must follow, rather than an operator
        while wanted or not self.is_complete():
            token = self.tokens.advance()
            wanted = self.value(token) if wanted else self.operator(token)
            self.before = token
        self.reduce(OPERATOR)
        if self.pending:
            opened = self.pending[-1]
            raise self.error(f"{short(opened.opening)} is not closed", opened.token.position)
        return self.operands.pop()

    def is_complete(self) -> bool:
        """Whether an expression with all its brackets closed ends in front of the next token.

        A line ends it that begins with a value: one that begins with an operator goes on with it.
        """
        token = self.tokens.now
        if token.kind == "sign" and token.text not in self.grammar.beginnings:
            return False
        if token.kind == "end":
            return True
        line = self.text.rfind("\n", self.before.position, token.position)
        begins_line = line >= 0 and self.text[line : token.position].isspace()
        if token.text != ";" and not begins_line:
            return False
        return all(entry.role == "operator" for entry in self.pending)

    # -- where a value must stand ----------------------------------------------------------------

    def value(self, token: Token) -> bool:
        """Take a token where a value must stand; whether one is still wanted after it."""
        kind, text = token.kind, token.text
        if self.starts_literal(token):
            self.argument(token)
        elif kind == "number":
            self.constant(token)
        elif kind in ("name", "quoted"):
            self.before = token
            if self.sees("(") and not self.is_complete():
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
        elif kind == "sign" and text in self.grammar.around:
            op, closing = self.grammar.around[text]
            self.wait(token, op, "around")
            self.pending[-1].closing = closing
            return True
        elif kind == "sign" and text == "+":
            return True
        elif kind == "text":
            raise self.error(NO_STRINGS, token.position)
        elif kind == "end":
            hint = "; a product is written 2*|x|" if self.before.text == "|" else ""
            raise self.error("the text ends where a value should follow" + hint, token.position)
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
        return self.tokens.now.kind == "number" and not power and ahead.kind != "raised"

    def sees_keyword(self) -> bool:
        ahead = self.tokens.ahead
        return self.tokens.now.kind == "name" and ahead.text == "=" and ahead.kind == "sign"

    # -- after a value ---------------------------------------------------------------------------

    def operator(self, token: Token) -> bool:
        """Take a token after a value; whether a value must follow it."""
        if token.kind == "raised":
            self.raised(token)
            return False
        starts = token.text in self.grammar.beginnings - {"[", *SIGN_HINTS}
        if token.kind != "sign" or starts:
            raise self.no_operator(token)
        opened = (entry.closing for entry in reversed(self.pending) if entry.closing)
        if token.text in (")", "]", next(opened, None)):
            self.close(token)
            return False
        op = self.grammar.binary.get(token.text)
        if op is not None:
            self.binary(token, op)
            return True
        if token.text == ",":
            return self.comma(token)
        if token.text == ".T":
            self.reduce(ATOM)
            self.operands.append(self.attempt(token, transpose, self.operands.pop()))
            return False
        if token.text == "[":
            self.reduce(ATOM)
            items = self.index(token)
            self.operands.append(self.attempt(token, getitem, self.operands.pop(), items))
            return False
        hint = SIGN_HINTS.get(token.text, "it is no operator")
        raise self.error(f"{short(token.text)} cannot stand here; {hint}", token.position)

    def raised(self, token: Token) -> None:
        """``²`` behind a value: a whole power."""
        self.reduce(ATOM)
        digits = token.text.translate(_EXPONENT)
        unsigned = Token("number", digits.lstrip("-"), token.position)
        exponent = self.number(unsigned, negative=digits[0] == "-")
        power = self.grammar.binary["**"]
        self.operands.append(make(power, (self.operands.pop(), const(exponent))))

    def no_operator(self, token: Token) -> ParseError:
        """Two values side by side: a product was meant, or the call of a function."""
        if token.text in WORD_HINTS:
            return self.error(WORD_HINTS[token.text], token.position)
        if token.kind == "text":
            return self.error(NO_STRINGS, token.position)
        below = bool(self.pending) and self.pending[-1].token.text == "/"
        left = "..." * (self.before.kind == "raised") + self.before.text
        called = token.text in self.grammar.prefix or self.is_function(token.text)
        right = token.text + "(...)" * called
        function = self.before.kind == "name" and self.is_function(left)
        message = no_operator(left, right, self.function_raised(), function, below)
        return self.error(message, token.position)

    def function_raised(self) -> str:
        """The name in ``sin**2`` or ``sin²`` in front of a bracket; nothing elsewhere."""
        base = self.operands[-1]
        if self.before.kind == "raised":
            base = base.args[0]
        elif self.pending and self.pending[-1].token.text in RIGHT_ASSOCIATIVE:
            base = self.operands[-2]
        else:
            return ""
        return base.name if base.op is Var and self.is_function(base.name) else ""

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
        if role in ("group", "around"):
            message = "a comma separates the arguments of a function and the values of a list only"
            raise self.error(message, token.position)
        return not self.keywords() if role == "call" and self.sees_keyword() else True

    def close(self, token: Token) -> None:
        """A closing bracket: the value of the group, of the call or of the list."""
        self.reduce(OPERATOR)
        if not self.pending:
            raise self.error("this bracket was not opened", token.position)
        entry = self.pending.pop()
        if token.text != entry.closing:
            message = f"{token.text!r} does not close {entry.opening!r}"
            raise self.error(message, token.position)
        if entry.role == "parts":
            self.after_parts()
        elif entry.role != "group":
            args: list[Any] = self.operands[entry.base :]
            del self.operands[entry.base :]
            for place, value in entry.literals:
                args.insert(place, value)
            several = VALUE_BY_VALUE.get(entry.token.text) if len(args) > 1 else None
            if several and entry.keywords:
                message = "takes several values, or one array and axis="
                raise self.error(f"{entry.token.text} {message}", entry.token.position)
            if several:
                node = self.attempt(entry.token, reduce, OPS[several], args)
            elif entry.role == "list":
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
            if self.single or entry.token.text == EITHER:
                self.check_product(entry, args)
            operands.append(self.bounded(make(entry.op, tuple(args))))

    def check_product(self, entry: _Pending, factors: list[Expr]) -> None:
        """A product or quotient: of matrices or value by value, by a number or by a variable."""
        if entry.token.text == EITHER and all(a.ndim for a in factors):
            message = "between arrays write * for a product value by value, @ for one of matrices"
            raise self.error(message, entry.token.position)
        for a in factors:
            if entry.op is not None and entry.op.infix in PRODUCTS and a in self.single:
                name = self.single[a]
                says = f"{name} is the number {a.op.constant:.5g} here"
                self.doubtful = f"{says}; for a variable of that name write `{name}`"

    def attempt(self, token: Token, function: Callable[..., Expr], *args: Any) -> Expr:
        """A node.  Whatever a row says against its parameters becomes a ParseError."""
        try:
            node = function(*args)
        except (LimitError, ShapeError):
            raise
        except Exception as error:
            raise self.error(f"{token.text}: {error}", token.position) from error
        return self.bounded(node)
