"""Layers of a drawing and the order inside them, so that few edges cross.

Vertices are numbers: the nodes first, then the bends that carry edges through the layers between
their ends.  Layer 0 is at the top and holds the outputs; every edge points upwards.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

BENDS = 20_000  # beyond this many, the longest edges are drawn straight, without bends
ATTEMPTS = 16  # at most
RETRIED = 3000  # vertices in all attempts
SWEEPS = 16  # over all rows, in each attempt
EFFORT = 200_000  # vertices visited in an attempt: larger graphs get fewer sweeps
MOVES = 6  # rounds of moving single vertices
WIDE = 80  # vertices; in a wider row none is moved on its own


class Grid(NamedTuple):
    """Vertices in layers; ``above`` and ``below`` hold the neighbours one layer up and down."""

    rows: list[list[int]]
    above: list[list[int]]
    below: list[list[int]]
    trunks: list[list[int]]  # the bends above each node, shared by all its edges


def layered(count: int, edges: Sequence[tuple[int, int]]) -> Grid:
    """``count`` nodes and ``edges`` (argument, user) in layers, ordered."""
    edges = list(dict.fromkeys(edges))
    level = _levels(count, edges)
    grid = _expanded(level, edges)
    _first_order(grid)
    _improve(grid)
    return grid


def _levels(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Every node as near to its nearest user as it can be, then nearer to its arguments if that
    shortens more edges than it lengthens."""
    import networkx

    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((head, tail) for tail, head in edges)
    level = [0] * count
    for depth, generation in enumerate(networkx.topological_generations(graph)):
        for v in generation:
            level[v] = depth
    args: list[list[int]] = [[] for _ in range(count)]
    uses = [0] * count
    for tail, head in edges:
        args[head].append(tail)
        uses[tail] += 1
    for v in sorted(range(count), key=lambda v: -level[v]):
        if 0 < uses[v] < len(args[v]):
            level[v] = min(level[a] for a in args[v]) - 1
    return level


def _expanded(level: list[int], edges: list[tuple[int, int]]) -> Grid:
    """The grid with bends; an edge too long for the budget of bends joins no rows."""
    reach = [0] * len(level)
    for tail, head in edges:
        reach[tail] = max(reach[tail], level[tail] - level[head] - 1)
    longest = _longest(reach)
    rows: list[list[int]] = [[] for _ in range(max(level, default=-1) + 1)]
    above: list[list[int]] = [[] for _ in level]
    below: list[list[int]] = [[] for _ in level]
    trunks: list[list[int]] = [[] for _ in level]
    for v, depth in enumerate(level):
        rows[depth].append(v)
    for tail, head in edges:
        bends = level[tail] - level[head] - 1
        if bends > longest:
            continue
        trunk = trunks[tail]
        while len(trunk) < bends:
            foot = trunk[-1] if trunk else tail
            bend = len(above)
            rows[level[tail] - len(trunk) - 1].append(bend)
            above.append([])
            below.append([foot])
            above[foot].append(bend)
            trunk.append(bend)
        foot = trunk[bends - 1] if bends else tail
        above[foot].append(head)
        below[head].append(foot)
    return Grid(rows, above, below, trunks)


def _longest(reach: list[int]) -> int:
    """The longest edge that gets bends."""
    total, longest = 0, 0
    tallest = sorted(reach, reverse=True)
    while tallest and tallest[0] > longest:
        while tallest and tallest[-1] <= longest:
            tallest.pop()
        total += len(tallest)
        if total > BENDS:
            break
        longest += 1
    return longest


def _first_order(grid: Grid) -> None:
    """Depth first from the outputs, arguments from left to right: a tree gets no crossing."""
    found: list[list[int]] = [[] for _ in grid.rows]
    row_of = {v: i for i, row in enumerate(grid.rows) for v in row}
    seen: set[int] = set()
    for start in (v for row in grid.rows for v in row):
        stack = [start]
        while stack:
            v = stack.pop()
            if v not in seen:
                seen.add(v)
                found[row_of[v]].append(v)
                stack.extend(reversed(grid.below[v]))
    grid.rows[:] = found


def _improve(grid: Grid) -> None:
    """Sweeps by barycentres, then moves of single vertices; the order with fewest crossings stays.

    Small graphs are tried several times: down or up first, equal barycentres kept or turned,
    then from shuffled orders.
    """
    from random import Random

    size = sum(map(len, grid.rows))
    start = best = [list(row) for row in grid.rows]
    fewest = crossings(grid)
    for attempt in range(max(1, min(ATTEMPTS, RETRIED // max(size, 1)))):
        if not fewest:
            break
        grid.rows[:] = [list(row) for row in start]
        if attempt >= 4:
            shuffle = Random(attempt).shuffle  # the same numbers in every process
            for row in grid.rows:
                shuffle(row)
        _attempt(grid, max(4, min(SWEEPS, EFFORT // max(size, 1))), attempt)
        now = crossings(grid)
        if now < fewest:
            best, fewest = [list(row) for row in grid.rows], now
    grid.rows[:] = best


def _attempt(grid: Grid, sweeps: int, attempt: int) -> None:
    """Leaves the best order of some sweeps, improved by moves of single vertices."""
    best, fewest = [list(row) for row in grid.rows], crossings(grid)
    for sweep in range(sweeps):
        _sweep(grid, down=(sweep + attempt) % 2 == 0, turn=attempt % 4 >= 2 and sweep % 4 < 2)
        now = crossings(grid)
        if now < fewest:
            best, fewest = [list(row) for row in grid.rows], now
    grid.rows[:] = best
    for _ in range(MOVES):
        if not sum([_move(grid, i) for i in range(len(grid.rows))]):
            break


def _sweep(grid: Grid, down: bool, turn: bool) -> None:
    """Sorts each row by the mean place of its neighbours in the row before."""
    rows = grid.rows if down else grid.rows[::-1]
    neighbours = grid.above if down else grid.below
    for fixed, free in pairwise(rows):
        if turn:
            free.reverse()
        at = {v: i for i, v in enumerate(fixed)}
        weight: dict[int, float] = {}
        last = -1.0
        for v in free:  # a vertex without neighbours stays beside the one on its left
            linked = neighbours[v]
            last = sum([at[u] for u in linked]) / len(linked) if linked else last
            weight[v] = last
        free.sort(key=weight.__getitem__)


def _move(grid: Grid, i: int) -> int:
    """Moves each vertex of a row to its best place, the others standing still.

    Gives the number of crossings that this removes.
    """
    row = grid.rows[i]
    if len(row) > WIDE:
        return 0
    places = [
        ({v: k for k, v in enumerate(grid.rows[j])}, neighbours)
        for j, neighbours in ((i - 1, grid.above), (i + 1, grid.below))
        if 0 <= j < len(grid.rows)
    ]
    links = {v: [sorted([at[u] for u in near[v]]) for at, near in places] for v in row}
    removed = 0
    for v in list(row):
        others = [u for u in row if u != v]
        # the change in crossings as v wanders from the left end to the right
        change = [0]
        for u in others:
            passed = sum(map(_inversions, links[u], links[v]))
            change.append(change[-1] + passed - sum(map(_inversions, links[v], links[u])))
        here = row.index(v)
        least = min(change)
        if least < change[here]:
            removed += change[here] - least
            nearest = min((abs(k - here), k) for k, c in enumerate(change) if c == least)[1]
            row[:] = [*others[:nearest], v, *others[nearest:]]
    return removed


def _inversions(left: list[int], right: list[int]) -> int:
    """Pairs of a place of the left vertex that lies right of a place of the right one."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum([len(left) - bisect_right(left, p) for p in right])


def crossings(grid: Grid) -> int:
    """How many pairs of edges between adjacent rows cross."""
    total = 0
    for upper, lower in pairwise(grid.rows):
        at = {v: i for i, v in enumerate(lower)}
        seen: list[int] = []
        for v in upper:
            ends = sorted([at[u] for u in grid.below[v]])
            for p in ends:
                total += len(seen) - bisect_right(seen, p)
            for p in ends:
                insort(seen, p)
    return total
