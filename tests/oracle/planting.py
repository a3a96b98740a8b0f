"""Faults planted in the package, to see that they are found: one piece of text for another."""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import textwrap
from importlib import import_module
from typing import Any

from .apart import apart
from .running import FATAL, tried


def found(name: str, old: str, new: str, maker: str, cases: int) -> str | None:
    """The first fault among so many cases once ``old`` has become ``new`` in a function.

    The process that is spoilt is one of its own.
    """
    source, original = changed(name, old, new)

    def hunted() -> str | None:
        plant(original, source)
        for index in range(cases):
            for report in tried((1, maker, index), None, shrinking=False)[1]:
                if report.fault.kind in FATAL:
                    return str(report)
        return None

    result: str | None = apart(hunted)
    return result


def changed(name: str, old: str, new: str) -> tuple[str, Any]:
    """The text of a function with one piece replaced, and the function as it is."""
    module, _, function = name.rpartition(".")
    original = getattr(import_module(module), function)
    source = textwrap.dedent(inspect.getsource(original))
    if source.count(old) != 1:
        raise ValueError(f"{name} has {old!r} {source.count(old)} times")
    return source.replace(old, new), original


def plant(original: Any, source: str) -> None:
    """Another function in its place wherever the package holds it; whatever is cached goes."""
    scope: dict[str, Any] = {}
    exec(source, vars(sys.modules[original.__module__]), scope)
    for holder in [m for name, m in sys.modules.items() if name.startswith("symdiff")]:
        for key, held in list(vars(holder).items()):
            if held is original:
                setattr(holder, key, scope[original.__name__])
    gc.unfreeze()  # or caches from before a fork would not be among the objects
    for cached in gc.get_objects():
        if isinstance(cached, functools._lru_cache_wrapper):
            cached.cache_clear()
