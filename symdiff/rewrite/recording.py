"""Which rules fire, for those who want to know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[dict[str, int] | None] = ContextVar("listener", default=None)


@contextmanager
def recording() -> Iterator[dict[str, int]]:
    """The names of the rules that fire inside, in the order of their first use, with counts.

    >>> import symdiff as sd
    >>> x = sd.Var("x")
    >>> with recording() as rules:
    ...     short = sd.simplify(sd.sin(x)**2 + sd.cos(x)**2 + sd.sin(-x))
    >>> short, rules
    (1 - sin(x), {'odd function': 1, 'Pythagoras': 1})
    """
    found: dict[str, int] = {}
    token = _listener.set(found)
    try:
        yield found
    finally:
        _listener.reset(token)


def is_recording() -> bool:
    """Whether somebody wants to know."""
    return _listener.get() is not None


def fired(rule: str) -> None:
    """Tell whoever records that a rule was applied."""
    found = _listener.get()
    if found is not None:
        found[rule] = found.get(rule, 0) + 1
