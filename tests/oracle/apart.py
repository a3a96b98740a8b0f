"""Work in a process of its own, which may hang in compiled code or crash without harm."""

from __future__ import annotations

import gc
import os
import pickle
import resource
from collections.abc import Callable
from typing import Any

import scipy.special  # noqa: F401  here once, not in every process that works apart

LIMIT = 60  # seconds of processor time


def apart(work: Callable[[], Any]) -> Any:
    """What ``work`` returns, or None where the process ended by a signal or by the limit."""
    gc.freeze()  # no collection in the child copies the pages that it shares with its parent
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
            with os.fdopen(writer, "wb") as sink:
                pickle.dump(work(), sink)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as source:
        data = source.read()
    os.waitpid(child, 0)
    try:
        return pickle.loads(data)
    except (EOFError, pickle.UnpicklingError):
        return None
