"""Work that is counted, not timed."""

from __future__ import annotations

import cProfile
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def calls_of(run: Callable[[], object]) -> int:
    """How many Python functions are called."""
    profile = cProfile.Profile(builtins=False, subcalls=False)
    with _no_garbage_of_others():
        profile.enable()
        try:
            run()
        finally:
            profile.disable()
    return sum([entry.callcount for entry in profile.getstats()])


def lines_of(run: Callable[[], object]) -> int:
    """How many lines of Python are executed, each turn of a loop anew."""
    count = 0

    def look(frame: object, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return look

    before = sys.gettrace()
    with _no_garbage_of_others():
        sys.settrace(look)
        try:
            run()
        finally:
            sys.settrace(before)
    return count


@contextmanager
def _no_garbage_of_others() -> Iterator[None]:
    """No collection in between: it would call back for what other tests have left behind."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
