"""A few threads that all functions share: they take blocks beside the thread that calls.

NumPy releases the interpreter lock inside its loops, so threads work on blocks side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MAX_THREADS = 8
_pool: ThreadPoolExecutor | None = None


def share(work: Callable[[Iterator[int]], None], blocks: int, threads: int = MAX_THREADS) -> None:
    """Run ``work`` here and on up to ``threads - 1`` helpers; each is given numbers to work on.

    Together they are given 0, 1, ..., ``blocks - 1`` once.  Helpers that did not start by the
    time that all is done are called off.
    """
    ticket = count()
    numbers = iter(lambda: next(ticket), -1)

    def mine() -> Iterator[int]:
        for block in numbers:
            if block >= blocks:
                return
            yield block

    helpers = min(threads, cores(), blocks) - 1
    pending = [pool().submit(lambda: work(mine())) for _ in range(helpers)]
    try:
        work(mine())
    finally:
        for future in pending:
            if not future.cancel():
                future.result()


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pool() -> ThreadPoolExecutor:
    """The helper threads, started at the first large array and shared by all functions."""
    global _pool  # noqa: PLW0603
    if _pool is None:
        from concurrent.futures import ThreadPoolExecutor

        _pool = ThreadPoolExecutor(MAX_THREADS - 1, "symdiff")
    return _pool


def _forget_pool() -> None:
    global _pool  # noqa: PLW0603
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)  # threads do not survive a fork
