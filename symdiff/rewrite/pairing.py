"""The most frequent pair first: the loop of every search for common parts of sums and products."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sized
from heapq import heapify, heappop, heappush
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def merge_pairs(
    places: Mapping[Key, Sized], count: Callable[[Key], int], merge: Callable[[Key], Iterable[Key]]
) -> None:
    """Merge pairs while one occurs twice, ties in the order of the graph.

    ``places`` has at least the occurrences of each pair, ``count(pair)`` says how many are left,
    ``merge(pair)`` makes it one part and gives the pairs that are new.
    """
    rank = {key: i for i, key in enumerate(places)}
    heap = [(-len(at), rank[key], key) for key, at in places.items() if len(at) > 1]
    heapify(heap)
    while heap:
        promised, _, key = heappop(heap)
        left = count(key)
        if left < 2:
            continue
        if left < -promised:
            heappush(heap, (-left, rank[key], key))
            continue
        for new in dict.fromkeys(merge(key)):
            rank.setdefault(new, len(rank))
            if len(places[new]) > 1:
                heappush(heap, (-len(places[new]), rank[new], new))
