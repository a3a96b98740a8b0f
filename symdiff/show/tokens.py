"""Text cut into tokens, lazily, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from unicodedata import normalize

from ..errors import LimitError, ParseError
from .grammar import NUMBER_NAMES, SPELLINGS
from .hints import CHARACTER_HINTS, raised_hint

RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"  # written above the line, in the order of ``LOWERED``
LOWERED = "-0123456789"
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_TOKEN = re.compile(
    rf"""[ \t\r\n\f]*(?:
    (?P<number> 0[xX][0-9a-fA-F_]*[0-9a-fA-F] | 0[oO][0-7_]*[0-7] | 0[bB][01_]*[01]
              | (?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})? | ∞)
  | (?P<raised> ⁻?[{RAISED[1:]}]+)
  | (?P<name> [^\W\d{RAISED}ᵀ][^\W{RAISED}ᵀ]*(?:\#[0-9]{{1,18}})?)
  | (?P<quoted> `[^`\\\n]*(?:\\.[^`\\\n]*)*`(?:\#[0-9]{{1,18}})?)
  | (?P<text> "[^"\\\n]*" | '[^'\\\n]*')
  | (?P<sign> \.T(?!\w)|\*\*|<=|>=|==|!=|\+(?:[ \t\r\n\f]*\+)*|\.\.\.
            | [-*/%@^&|~<>()\[\],=:;ᵀ−·⋅×÷≤≥≠¬∧∨√∛⌊⌋⌈⌉])
  | (?P<end> \Z))""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """``kind`` is number, raised, name, quoted, text, sign or end; ``text`` what it stands for."""

    kind: str
    text: str
    position: int


class Limits(NamedTuple):
    """How much one text may ask for; each field is an argument of ``parse``."""

    max_length: int
    max_tokens: int
    max_depth: int
    max_bits: int
    max_elements: int


class Tokens:
    """The tokens of ``text[start:end]``, with two tokens in view; ``numbers`` counts them."""

    __slots__ = ("_source", "ahead", "now")

    def __init__(self, text: str, start: int, end: int, numbers: Iterator[int], most: int) -> None:
        self._source = _scan(text, start, end, numbers, most)
        self.now = next(self._source)
        self.ahead = next(self._source, self.now)

    def advance(self) -> Token:
        """The token in view; the next one comes into view."""
        token = self.now
        self.now = self.ahead
        self.ahead = next(self._source, self.now)
        return token


def _scan(text: str, start: int, end: int, numbers: Iterator[int], most: int) -> Iterator[Token]:
    position = start
    match_at = _TOKEN.match
    while True:
        match = match_at(text, position, end)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup
        assert kind is not None
        if (seen := next(numbers)) > most:
            raise LimitError("tokens", seen, most, "max_tokens")
        found = match[kind]
        start, position = match.span(kind)
        if kind == "sign":
            found = SPELLINGS.get(found, found) if found[0] != "+" else "+"  # "++x" is "+x"
        elif kind == "name" and not found.isascii():
            found = plain_letters(found)
        if found in NUMBER_NAMES:
            kind = "number"
        yield Token(kind, found, start)
        if kind == "end":
            return


def plain_letters(name: str) -> str:
    """A name in the letters that Python takes for the same: Greek μ for the sign of micro.

    Raised letters stay, so that ``xⁿ`` does not become ``xn``.

    >>> plain_letters("µ"), plain_letters("x₁"), plain_letters("xⁿ")
    ('μ', 'x1', 'xⁿ')
    """
    plain = normalize("NFKC", name)
    return name if raised_hint(name) or not plain.isidentifier() else plain


def _unreadable(text: str, position: int) -> ParseError:
    while text[position].isspace() and text[position] in " \t\r\n\f":
        position += 1
    char = text[position]
    hint = CHARACTER_HINTS.get(char)
    return ParseError(f"cannot read {char!r}" + (f": {hint}" if hint else ""), text, position)


def number(token: Token, negative: bool, text: str, max_bits: int) -> Any:
    """The int or float of a number, with a sign in front.

    Raises: LimitError for an int of too many bits, ParseError for a float that overflows.
    """
    found = token.text
    if found in NUMBER_NAMES:
        value: Any = NUMBER_NAMES[found]
        return -value if negative else value
    found = found.replace("_", "")
    if found[:2].lower() in _BASES:
        _check_bits(_BASES[found[:2].lower()] * (len(found) - 3), max_bits)
        value = int(found, 0)
        _check_bits(value.bit_length(), max_bits)
    elif found.isdigit():
        if found[0] == "0" and len(found) > 1:
            message = f"a whole number does not begin with 0; write {found.lstrip('0') or '0'}"
            raise ParseError(message, text, token.position)
        _check_bits(int((len(found) - 1) * 3.3219), max_bits)
        value = _decimal(found)
        _check_bits(value.bit_length(), max_bits)
    else:
        value = float(found)
        if value == NUMBER_NAMES["inf"]:
            message = "this number is too large for a float; write inf"
            raise ParseError(message, text, token.position)
    return -value if negative else value


_BASES = {"0x": 4, "0o": 3, "0b": 1}  # bits of a digit


def _check_bits(bits: int, max_bits: int) -> None:
    if bits > max_bits:
        raise LimitError("bits of an integer", bits, max_bits, "max_bits")


def _decimal(digits: str) -> int:
    """``int`` without Python's own limit on digits; ``max_bits`` has been checked."""
    value = 0
    for i in range(0, len(digits), 4000):
        piece = digits[i : i + 4000]
        value = value * 10 ** len(piece) + int(piece)
    return value
