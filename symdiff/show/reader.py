"""Reading tokens one after the other, and the literals that parameters are made of."""

from __future__ import annotations

from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np

from ..errors import LimitError, ParseError
from ..messages import short
from .grammar import LITERALS
from .tokens import Limits, Token, Tokens, number

MOST_AXES = 64
MOST_ITEMS = 129  # an array has 64 axes at most: that many None, as many others, and ...


class Reader:
    """A place in a text, with the limits that hold for all of it."""

    tokens: Tokens

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.numbers = count(1)  # of the tokens, over all lines

    def error(self, message: str, position: int) -> ParseError:
        return ParseError(message, self.text, position)

    def sees(self, sign: str) -> bool:
        return self.tokens.now.text == sign and self.tokens.now.kind == "sign"

    def number(self, token: Token, negative: bool = False) -> Any:
        return number(token, negative, self.text, self.limits.max_bits)

    def expect(self, sign: str) -> Token:
        token = self.tokens.advance()
        if token.text != sign or token.kind != "sign":
            raise self.error(f"{short(sign)} should stand here", token.position)
        return token

    def literal(self, first: Token | None = None) -> Any:
        """A parameter: a number, True, False, None, a text, or a tuple of parameters.

        ``first`` is its first token, if that was taken already.
        """
        levels: list[tuple[list[Any], Token]] = []
        while True:
            token = first or self.tokens.advance()
            first = None
            if token.kind == "sign" and token.text == "(":
                if len(levels) >= self.limits.max_depth:
                    raise LimitError("levels of nesting", len(levels) + 1, self.limits.max_depth,
                                     "max_depth")  # fmt: skip
                levels.append(([], token))
                continue
            if token.kind == "sign" and token.text == ")" and levels:
                value: Any = tuple(levels.pop()[0])
            else:
                value = self.scalar(token)
            while levels:
                levels[-1][0].append(value)
                sign = self.tokens.advance()
                if sign.kind == "sign" and sign.text == ",":
                    break
                if sign.kind != "sign" or sign.text != ")":
                    raise self.error(
                        "a comma or a closing bracket should stand here", sign.position
                    )
                value = levels.pop()[0]
                value = value[0] if len(value) == 1 else tuple(value)
            else:
                return value

    def index(self, opened: Token) -> tuple[Any, ...]:
        """The items of an index, up to its closing bracket."""
        items: list[Any] = []
        while True:
            if len(items) == MOST_ITEMS:
                raise self.error("this index has too many items", self.tokens.now.position)
            items.append(self.index_item(opened))
            token = self.tokens.advance()
            if token.kind == "sign" and token.text == "]":
                return tuple(items)
            if token.kind != "sign" or token.text != ",":
                raise self.no_index(opened, token, "a comma or ] should stand here")

    def index_item(self, opened: Token) -> Any:
        """An integer, a slice, None or ``...``"""
        token = self.tokens.now
        if self.sees("...") or (token.kind == "name" and token.text == "None"):
            self.tokens.advance()
            return None if token.kind == "name" else ...
        first = self.bound()
        if not self.sees(":"):
            if first is None:
                message = "an index is made of integers, slices, None and ..."
                raise self.no_index(opened, token, message)
            return first
        bounds = [first]
        while self.sees(":") and len(bounds) < 3:
            self.tokens.advance()
            bounds.append(self.bound())
        return slice(*bounds)

    def bound(self) -> int | None:
        """An integer; None where none stands."""
        token = self.tokens.now
        negative = self.sees("-")
        if negative:
            self.tokens.advance()
        elif token.kind != "number":
            return None
        found = self.tokens.advance()
        value = self.number(found, negative) if found.kind == "number" else None
        if type(value) is not int:
            raise self.error("an integer should stand here", found.position)
        if value.bit_length() > 63:
            raise self.error("this index is too large", token.position)
        return value

    def no_index(self, opened: Token, token: Token, message: str) -> ParseError:
        if token.kind == "end":
            return self.error("'[' is not closed", opened.position)
        return self.error(message, token.position)

    def scalar(self, token: Token) -> Any:
        negative = token.kind == "sign" and token.text == "-"
        if negative:
            token = self.tokens.advance()
        if token.kind == "number":
            return self.number(token, negative)
        if token.kind == "text" and not negative:
            return token.text[1:-1]
        if token.kind == "name" and not negative:
            if token.text in LITERALS or token.text == "None":
                return LITERALS.get(token.text)
            if token.text == "Fraction":
                return self.fraction()
        raise self.error("a number, True, False, None or a tuple should stand here", token.position)

    def array(self) -> np.ndarray[Any, Any]:
        """``array([[1.0, 2.0]], dtype="float32")`` from behind its opening bracket on."""
        start = self.expect("[")
        levels: list[list[Any]] = [[]]
        while True:
            token = self.tokens.advance()
            if token.kind == "sign" and token.text == "[":
                if len(levels) == MOST_AXES:
                    raise self.error(f"an array has {MOST_AXES} axes at most", token.position)
                levels.append([])
                continue
            if token.kind != "sign" or token.text != "]" or levels[-1]:
                levels[-1].append(self.scalar(token))
                token = self.tokens.advance()
            while token.kind == "sign" and token.text == "]" and len(levels) > 1:
                inner = levels.pop()
                levels[-1].append(inner)
                token = self.tokens.advance()
            if token.kind == "sign" and token.text == "]":
                break
            if token.kind != "sign" or token.text != ",":
                raise self.error("a comma or ] should stand here", token.position)
        words = self.array_words()
        try:
            value = np.array(levels[0], words.get("dtype"))
            return value.reshape(words["shape"]) if "shape" in words else value
        except (TypeError, ValueError, OverflowError) as error:
            raise self.error(f"array: {error}", start.position) from None

    def array_words(self) -> dict[str, Any]:
        """The keywords of an array, up to its closing bracket."""
        words: dict[str, Any] = {}
        while self.sees(","):
            self.tokens.advance()
            token = self.tokens.advance()
            if token.text not in ("shape", "dtype") or token.text in words:
                raise self.error("shape= or dtype= should stand here", token.position)
            self.expect("=")
            words[token.text] = self.literal()
        self.expect(")")
        return words

    def fraction(self) -> Fraction:
        """``Fraction(1, 3)`` from its opening bracket on."""
        self.expect("(")
        parts: list[int] = []
        for sign in ",)":
            token = self.tokens.advance()
            negative = token.text == "-" and token.kind == "sign"
            found = self.tokens.advance() if negative else token
            value = self.number(found, negative) if found.kind == "number" else None
            if type(value) is not int or (parts and not value):
                raise self.error("Fraction takes two integers, the second not 0", token.position)
            parts.append(value)
            self.expect(sign)
        return Fraction(*parts)
