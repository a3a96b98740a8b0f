"""What the names of a text stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import KindError, LimitError, NameClash, ParseError
from ..expr import Expr, as_expr, make
from ..leaves import Var, const, var
from ..messages import short
from .grammar import LITERALS, WORD_HINTS, grammar, is_identifier, nearest, unescape
from .reader import Reader
from .sharing import describe
from .tokens import Limits, Token

Variables = Mapping[str, Expr] | Iterable[Expr] | None


class Scope(Reader):
    """The names that are known: given ones, lines of the text, and those that became variables."""

    def __init__(self, text: str, variables: Variables, limits: Limits) -> None:
        super().__init__(text, limits)
        self.grammar = grammar()
        self.given = _by_name(variables)
        self.most = max([limits.max_elements, *[v.size for v in self.given.values()]])
        self.lines: dict[str, Expr] = {}  # names that lines define
        self.unknown: set[str] = set()  # names that became variables
        self.plain: dict[str, Expr] = {}  # what names outside of backquotes became

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
                raise self.error(
                    f"{short(text)} is a constant and is in vars; {ways}", token.position
                )
            return make(words.constants[text], ())
        name, _, tag = text.partition("#")
        if not tag and text in words.reserved and (text, None) not in self.given:
            hint = WORD_HINTS.get(text, f"write `{text}` if it is a variable")
            what = "a function, call it" if words.function(text) else "a reserved word"
            raise self.error(f"{short(text)} is {what}; {hint}", token.position)
        if not is_identifier(name):
            raise self.error(f"{short(name[:40])} is not a name", token.position)
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

    def bounded(self, node: Expr) -> Expr:
        """A node that the text has made, if it has no more elements than it may have."""
        if node.shape and node.size > self.most:
            raise LimitError("elements of an array", node.size, self.most, "max_elements")
        return node

    def no_function(self, token: Token) -> ParseError:
        name = token.text
        if (name, None) in self.given or name in self.unknown or name in self.lines:
            return self.error(f"{name!r} is a variable; a product needs its *", token.position)
        close = nearest(name, self.grammar.known())
        hint = f"; do you mean {' or '.join(close)}?" if close else ""
        return self.error(f"unknown function {name[:40]!r}{hint}", token.position)


def _by_name(variables: Variables) -> dict[tuple[str, int | None], Expr]:
    """What ``vars`` gives, by name and tag."""
    if variables is None:
        return {}
    if isinstance(variables, Mapping):
        return {(name, None): as_expr(value) for name, value in variables.items()}
    found: dict[tuple[str, int | None], Expr] = {}
    for v in variables:
        if not isinstance(v, Expr) or v.op is not Var:
            raise KindError(
                f"vars takes variables, or a mapping from names to expressions: {short(v)}"
            )
        key = (v.name, v.params[4])
        if found.setdefault(key, v) is not v:
            raise NameClash(v.name, describe(found[key]), describe(v))
    return found
