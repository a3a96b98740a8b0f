"""What the names of a text stand for, and what its calls build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from ..errors import ArityError, KindError, LimitError, NameClash, ParseError
from ..expr import Expr, Op, as_expr, make
from ..leaves import Const, Var, const, var
from ..messages import short
from .grammar import LITERALS, grammar, is_identifier, nearest, unescape
from .hints import WORD_HINTS, WRITTEN, own_name, raised_hint
from .reader import Reader
from .sharing import describe
from .tokens import Limits, Token, plain_letters

FLAGS = frozenset(["keepdims", "reverse", "exclusive"])
Public = Callable[..., Any]
Variables = Mapping[str, Expr] | Iterable[Expr] | None


class Scope(Reader):
    """The names that are known: given ones, lines of the text, and those that became variables."""

    def __init__(self, text: str, variables: Variables, limits: Limits) -> None:
        super().__init__(text, limits)
        self.grammar = grammar()
        named = _by_name(variables)
        plain = {(plain_letters(name), tag): v for (name, tag), v in named.items()}
        self.given = {**plain, **named}  # a text may have µ or μ
        self.most = max([limits.max_elements, *[v.size for v in self.given.values()]])
        self.lines: dict[str, Expr] = {}  # names that lines define
        self.unknown: set[str] = set()  # names that became variables
        self.plain: dict[str, Expr] = {}  # what names outside of backquotes became
        self.single: dict[Expr, str] = {}  # constants named by a single letter
        self.doubtful = ""  # what may have been meant otherwise

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
            return self.constant_named(text)
        name, _, tag = text.partition("#")
        if text in WORD_HINTS and (text, None) not in self.given:
            raise self.error(f"{short(text)} cannot stand here; {WORD_HINTS[text]}", token.position)
        if not is_identifier(name):
            raise self.error(f"{short(name[:40])} is not a name{raised_hint(name)}", token.position)
        found = self.plain[text] = self.variable(token, name, int(tag) if tag else None)
        return found

    def constant_named(self, name: str) -> Expr:
        """A constant; one of a single letter may have been meant as a variable."""
        found = make(self.grammar.constants[name], ())
        if len(name) == 1 and name.isascii() and not self.given:
            self.single[found] = name
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

    def is_function(self, name: str) -> bool:
        return bool(self.grammar.function(name) or self.grammar.public(name))

    def no_function(self, token: Token) -> ParseError:
        name = token.text
        if (name, None) in self.given or name in self.unknown or name in self.lines:
            return self.error(f"{name!r} is a variable; a product needs its *", token.position)
        message = own_name(self.text, token.position)
        if message:
            return self.error(message, token.position)
        if name in WRITTEN:
            ways = WRITTEN[name].format("")
            return self.error(f"unknown function {name!r}; write {ways}", token.position)
        close = nearest(name, self.grammar.known())
        product = f"; a product needs its *: write {name[:40]}*(...)"
        hint = f"; do you mean {' or '.join(close)}?" if close else product
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


# -- what a call builds: the row itself, or the function with NumPy's arguments --------------------


def build(
    op: Op | None, public: Public | None, args: list[Any], keywords: dict[str, Any], most: int
) -> Any:
    """``op`` on ``args`` with the parameters of its row, or ``public`` with those of NumPy.

    ``most`` bounds the numbers that a function without a row is given, such as how many parts.

    Raises: ArityError, LimitError, or whatever the row has against its parameters.
    """
    if op is not None and (public is None or _is_for_the_row(op, args, keywords)):
        for key, value in keywords.items():
            _check_type(key, value, "")
        if op.arity is not None and len(args) != op.arity:
            raise ArityError(op.title, f"{op.arity} argument{'s' * (op.arity != 1)}", len(args))
        return op(*args, **keywords)
    assert public is not None
    return _call(public, args, keywords, most if op is None else None)


def listed(op: Op, parts: list[Expr]) -> Expr:
    """``[a, b]``: ``op`` joins the parts along a new first axis.

    Raises: ShapeError for shapes that do not fit.
    """
    return make(op, tuple(parts), (-1 - max([part.ndim for part in parts]),))


def takes_list(public: Public) -> bool:
    """Whether the first argument is a list of expressions, as in ``concatenate([x, y])``."""
    first = next(iter(_parameters(public)), None)
    return first is not None and first[1].startswith(("Iterable[Expr", "Sequence[Expr"))


def _is_for_the_row(op: Op, args: list[Any], keywords: dict[str, Any]) -> bool:
    if not op.param_names or keywords.keys() != set(op.param_names):
        return False
    return all(isinstance(a, Expr) for a in args) and _counts_from_the_end(args, keywords)


def _call(public: Public, args: list[Any], keywords: dict[str, Any], most: int | None) -> Any:
    """``public`` with literals where it wants no expressions."""
    parameters = _parameters(public)
    given: list[Any] = []
    if parameters and takes_list(public):
        given, args, parameters = [args], [], parameters[1:]
    for i, value in enumerate(args):
        name, kinds = parameters[min(i, len(parameters) - 1)] if parameters else ("it", "")
        given.append(_argument(name, kinds, value))
    for name, value in keywords.items():
        _check_type(name, value, dict(parameters).get(name, ""))
    if most is not None:
        for value in [*given, *keywords.values()]:
            _check_numbers(value, most)
    found = public(*given, **keywords)
    if not isinstance(found, Expr):
        raise KindError("it gives several values, a text describes one; take it in Python")
    return found


@cache
def _parameters(public: Public) -> tuple[tuple[str, str], ...]:
    """The names and annotations of the parameters; the last one may take all that follow."""
    return tuple([(n, str(kinds)) for n, kinds in public.__annotations__.items() if n != "return"])


def _argument(name: str, kinds: str, value: Any) -> Any:
    """An expression where one is wanted, else the literal that stands there."""
    held = isinstance(value, Expr) and value.op is Const and not value.shape
    if "Expr" in kinds or (kinds == "Any" and isinstance(value, Expr) and not held):
        if not isinstance(value, Expr):
            raise KindError(f"{name} is an expression, not {short(value)}")
        return value
    if isinstance(value, Expr):
        if not held:
            raise KindError(f"{name} is written out as numbers, not as {short(value)}")
        value = value.params[0]
    _check_type(name, value, kinds)
    return value


def _check_type(key: str, value: Any, kinds: str) -> None:
    """Equal numbers of other types would make one interned node of different texts.

    Raises: KindError for anything but True and False in a flag, for other types than ``kinds``
    names elsewhere; integers, None and texts always pass.
    """
    if key in FLAGS or kinds == "bool":
        if type(value) is not bool:
            raise KindError(f"{key} is True or False, got {short(value)}")
        return
    loose = [float] * ("float" in kinds or "Any" in kinds) + [bool] * ("Any" in kinds)
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is tuple:
            stack.extend(item)
        elif item is not None and type(item) not in (int, str, *loose):
            raise KindError(f"{key} is made of integers, got {short(item)}")


def _check_numbers(value: Any, most: int) -> None:
    """Raises: LimitError for a number, or one of several, larger than a text may ask for."""
    for n in value if isinstance(value, tuple) else (value,):
        if type(n) is int and abs(n) > most:
            raise LimitError("elements of an array", abs(n), most, "max_elements")


def _counts_from_the_end(args: list[Expr], keywords: dict[str, Any]) -> bool:
    """Whether axes are as rows have them: negative, and not before the first axis."""
    axes = keywords.get("axes", keywords.get("axis", -1))
    deepest = max([a.ndim for a in args], default=0) + 1
    flat = axes if isinstance(axes, tuple) else (axes,)
    return all(type(a) is int and -deepest <= a < 0 for a in flat)
