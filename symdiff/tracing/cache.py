"""A table of what is costly to build, by key, that forgets what was not used for long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class CacheInfo(NamedTuple):
    """How calls met a cache: a miss is a key that it had not."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Cache(Generic[T]):
    """The last ``maxsize`` values that were used; safe to share between threads.

    Fewer are kept where their keys are tuples with more than ``longest`` items together, and
    none whose own key is longer.

    >>> squares = Cache(2)
    >>> [squares.get(n, lambda: n * n) for n in (1, 2, 3)], len(squares)
    ([1, 4, 9], 2)
    >>> sums = Cache(100, longest=5)
    >>> [sums.get(key, lambda: sum(key)) for key in ((1, 2), (3, 4), (5, 6), (1,) * 6)], len(sums)
    ([3, 7, 11, 6], 2)
    """

    def __init__(self, maxsize: int, longest: int | None = None) -> None:
        self.maxsize, self.longest = maxsize, longest
        self._length = self._hits = self._misses = 0
        self._table: OrderedDict[Any, T] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._table)

    def keys(self) -> list[Any]:
        with self._lock:
            return list(self._table)

    def info(self) -> CacheInfo:
        with self._lock:
            return CacheInfo(self._hits, self._misses, self.maxsize, len(self._table))

    def find(self, key: Any) -> T | None:
        """The value for ``key``, None if there is none."""
        with self._lock:
            found = self._table.get(key)
            if found is None:
                self._misses += 1
            else:
                self._hits += 1
                self._table.move_to_end(key)
            return found

    def keep(self, key: Any, made: T) -> T:
        """The value for ``key`` from now on: ``made``, or what another thread was faster with."""
        length = 0 if self.longest is None else len(key)
        if self.longest is not None and length > self.longest:
            return made
        with self._lock:
            found = self._table.setdefault(key, made)
            if found is made:
                self._length += length
            while len(self._table) > self.maxsize or self._length > (self.longest or 0):
                old, _ = self._table.popitem(last=False)
                self._length -= 0 if self.longest is None else len(old)
        return found

    def get(self, key: Any, build: Callable[[], T]) -> T:
        """The value for ``key``, built outside the lock if there is none."""
        found = self.find(key)
        return self.keep(key, build()) if found is None else found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._table.clear()
            self._length = self._hits = self._misses = 0
