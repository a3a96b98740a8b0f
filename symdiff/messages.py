"""Values in the text of a message: whatever is long is shown by its beginning and its end."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any

MANY = 10  # names that a message lists


class _Shortened(reprlib.Repr):
    """Texts of values in a message: the beginning and the end of what is long."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 60
        self.maxtuple = self.maxlist = 10

    def repr_int(self, value: int, level: int) -> str:
        if value.bit_length() > 4000:  # Python refuses to write more than 4300 digits
            return f"<an integer of {value.bit_length()} bits>"
        return super().repr_int(value, level)

    def repr_Fraction(self, value: Any, level: int) -> str:  # noqa: N802
        return f"Fraction({self.repr1(value.numerator, 0)}, {self.repr1(value.denominator, 0)})"


def short(value: Any) -> str:
    """The text of a value for a message, of about 60 characters at most.

    >>> short(10**5000), short(tuple(range(1000)))
    ('<an integer of 16610 bits>', '(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...)')
    """
    return cut(_SHORTENED.repr(value.item() if _is_scalar(value) else value), 80)


def _is_scalar(value: Any) -> bool:
    """Whether a value is a number of NumPy's, to be shown as Python's."""
    return hasattr(value, "dtype") and getattr(value, "shape", None) == ()


def listed(names: Sequence[object]) -> str:
    """Names in quotes for a message, the first ones of many.

    >>> listed(("x", "y")), listed(range(100)), listed(())
    ("'x', 'y'", '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... and 90 more', 'none')
    """
    shown = [short(name) for name in names[:MANY]]
    more = [f"... and {len(names) - MANY} more"] if len(names) > MANY else []
    return ", ".join([*shown, *more]) or "none"


def in_order(names: Iterable[str]) -> list[str]:
    """Names as a person orders them.

    >>> in_order(["x10", "y", "x2"])
    ['x2', 'x10', 'y']
    """
    return sorted(names, key=lambda n: [(int(p), "") if p.isdecimal() else (0, p)
                                        for p in re.split(r"(\d+)", n)])  # fmt: skip


def cut(text: str, size: int) -> str:
    """A text of at most ``size`` characters: its beginning and its end."""
    if len(text) <= size:
        return text
    tail = (size - 5) // 3
    return f"{text[: size - 5 - tail]} ... {text[-tail:]}"


_SHORTENED = _Shortened()
