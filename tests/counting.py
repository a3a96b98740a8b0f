"""Work that is counted, not timed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def calls_of(run: Callable[[], object]) -> int:
    """How many Python functions are called."""
    count = 0

    def look(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(look)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def lines_of(run: Callable[[], object]) -> int:
    """How many lines of Python are executed, each turn of a loop anew."""
    count = 0

    def look(frame: object, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        run()
    finally:
        sys.settrace(before)
    return count
