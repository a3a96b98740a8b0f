"""Places of nodes and courses of edges.  Unit: px, y grows downwards, outputs are at the top."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, sqrt
from typing import NamedTuple

from .graph import Edge, Node, Picture
from .layers import Grid, layered

Point = tuple[float, float]
Pulls = list[list[tuple[int, float]]]  # by vertex: neighbour and strength

GAP = 26.0  # between neighbours in a row
BEND_GAP = 14.0  # between an edge that passes and its neighbours
ROW_GAP = 40.0  # between rows, at least
STEEP = 0.16  # and this much of the widest step of an edge between them
ROUNDS = 24  # of moving rows; fewer for large graphs
WORK = 250_000  # vertices moved in all rounds
STUB = 18.0  # a node this much lower than its row is left and entered by a straight piece
LEAN = 0.22  # how far an edge leans to the side where it leaves and enters a node
PORT = 20.0  # between the ends of edges at a node, at most
STRENGTH = (1.0, 2.0, 8.0)  # of an edge between nodes, from a node to a bend, between bends


class Placing(NamedTuple):
    """The centre of every node, and every edge as a chain of cubic Bézier curves.

    A course has 1 + 3k points: a start, then two controls and an end per curve.
    """

    centres: list[Point]
    courses: list[list[Point]]
    width: float
    height: float


def arrange(picture: Picture) -> Placing:
    """The placing by our own layered drawer: the same in every process.

    Cost: about 2 s for 2000 nodes.
    """
    nodes, edges = picture.nodes, picture.edges
    grid = layered(len(nodes), [(e.tail, e.head) for e in edges])
    x = _columns(grid, [node.size[0] for node in nodes])
    router = _Router(grid, x, _bands(grid, x, nodes), nodes, edges)
    courses = [router.course(i, edge) for i, edge in enumerate(edges)]
    return fitted(router.centres, courses, nodes)


# -- x: rows keep their order, edges pull on their ends --------------------------------------------


def _columns(grid: Grid, widths: list[float]) -> list[float]:
    """The x of every vertex: sums of squared horizontal steps are made small, row by row."""
    count = len(grid.above)
    half = [w / 2 for w in widths] + [0.0] * (count - len(widths))
    x = [0.0] * count
    steps = []
    for row in grid.rows:
        gaps = [0.0] * min(len(row), 1)
        for a, b in pairwise(row):
            bend = a >= len(widths) or b >= len(widths)
            gaps.append(gaps[-1] + half[a] + half[b] + (BEND_GAP if bend else GAP))
        steps.append(gaps)
        for v, gap in zip(row, gaps, strict=True):
            x[v] = gap - gaps[-1] / 2
    up, down = _pulls(grid, len(widths))
    rounds = max(3, min(ROUNDS, WORK // max(count, 1)))
    for turn in range(rounds):
        falling = turn % 2 == 0
        both = turn >= rounds // 3
        sides = (up, down) if both else (up,) if falling else (down,)
        for i in range(len(grid.rows)) if falling else range(len(grid.rows) - 1, -1, -1):
            _settle(grid.rows[i], steps[i], x, sides)
    _straighten(grid, half, x)
    return x


def _straighten(grid: Grid, half: list[float], x: list[float]) -> None:
    """Makes long edges upright where the gaps to their neighbours leave room for it."""
    count = len(grid.trunks)
    beside: dict[int, tuple[int, int]] = {}
    for row in grid.rows:
        for left, v, right in zip([-1, *row], row, [*row[1:], -1], strict=False):
            if v >= count:
                beside[v] = left, right

    def room(v: int) -> tuple[float, float]:
        left, right = beside[v]
        low = -inf if left < 0 else x[left] + half[left] + BEND_GAP
        high = inf if right < 0 else x[right] - half[right] - BEND_GAP
        return low, max(low, high)

    for trunk in grid.trunks:
        done = 0
        while done < len(trunk):
            low, high = room(trunk[done])
            run = [trunk[done]]
            for v in trunk[done + 1 :]:
                a, b = room(v)
                if max(a, low) > min(b, high):
                    break
                low, high = max(a, low), min(b, high)
                run.append(v)
            at = min(max(sum([x[v] for v in run]) / len(run), low), high)
            for v in run:
                x[v] = at
            done += len(run)


def _pulls(grid: Grid, real: int) -> tuple[Pulls, Pulls]:
    """Who pulls on each vertex from above and from below, and how strongly.

    The edges into one node share their strength, so that it stands above its arguments wherever
    its own user may be.
    """
    up: Pulls = [[] for _ in grid.above]
    down: Pulls = [[] for _ in grid.above]
    for v, below in enumerate(grid.below):
        for u in below:
            strength = STRENGTH[(v >= real) + (u >= real)] / len(below)
            down[v].append((u, strength))
            up[u].append((v, strength))
    return up, down


def _settle(row: list[int], gaps: list[float], x: list[float], sides: tuple[Pulls, ...]) -> None:
    """Moves a row to where its neighbours pull it, exactly, as far as the gaps allow.

    With the gaps taken off, this is a least-squares fit by a sequence that never decreases:
    neighbours that would collide are pooled into a block at their common mean.
    """
    blocks: list[tuple[float, float, int]] = []  # pull, weight, number of vertices
    for v, gap in zip(row, gaps, strict=True):
        pull = weight = 0.0
        for pulls in sides:
            for u, strength in pulls[v]:
                pull += strength * x[u]
                weight += strength
        if not weight:
            pull, weight = 1e-3 * x[v], 1e-3
        pull -= weight * gap
        size = 1
        while blocks and blocks[-1][0] * weight > pull * blocks[-1][1]:
            other, more, n = blocks.pop()
            pull, weight, size = pull + other, weight + more, size + n
        blocks.append((pull, weight, size))
    k = 0
    for pull, weight, size in blocks:
        for v, gap in zip(row[k : k + size], gaps[k : k + size], strict=True):
            x[v] = pull / weight + gap
        k += size


# -- y: bands of rows, further apart where edges run far to the side -------------------------------


def _bands(grid: Grid, x: list[float], nodes: list[Node]) -> list[tuple[float, float]]:
    """Top and bottom of each row."""
    found: list[tuple[float, float]] = []
    y = 0.0
    for row in grid.rows:
        if found:
            widest = max((abs(x[v] - x[u]) for v in row for u in grid.above[v]), default=0.0)
            y += min(ROW_GAP + STEEP * max(widest - 60.0, 0.0), 400.0)
        height = max((nodes[v].size[1] for v in row if v < len(nodes)), default=0.0)
        found.append((y, y + height))
        y += height
    return found


# -- edges -----------------------------------------------------------------------------------------


class _Router:
    """Draws edges through the bends, straight inside rows and curved between them."""

    def __init__(
        self,
        grid: Grid,
        x: list[float],
        bands: list[tuple[float, float]],
        nodes: list[Node],
        edges: Sequence[Edge],
    ) -> None:
        self.grid, self.x, self.bands, self.nodes = grid, x, bands, nodes
        self.row = [0] * len(x)
        for i, row in enumerate(grid.rows):
            for v in row:
                self.row[v] = i
        self.centres = [(x[v], sum(bands[self.row[v]]) / 2) for v in range(len(nodes))]
        self.shift = self._shifts(edges)
        firsts = [[*self._bends(e), e.head][0] for e in edges]
        lasts = [[e.tail, *self._bends(e)][-1] for e in edges]
        self.starts = self._ports([e.tail for e in edges], firsts)
        self.ends = self._ports([e.head for e in edges], lasts)

    def _bends(self, edge: Edge) -> list[int]:
        return self.grid.trunks[edge.tail][: self.row[edge.tail] - self.row[edge.head] - 1]

    def _ports(self, owners: list[int], towards: list[int]) -> list[float]:
        """Where along its width each edge leaves or enters a node, sorted so as not to cross."""
        ends: dict[int, set[tuple[float, int, float]]] = {}
        keys = [(self.x[u], u, shift) for u, shift in zip(towards, self.shift, strict=True)]
        for v, key in zip(owners, keys, strict=True):
            ends.setdefault(v, set()).add(key)
        place: dict[tuple[int, tuple[float, int, float]], float] = {}
        for v, group in ends.items():
            step = min(PORT, 0.62 * self.nodes[v].size[0] / max(len(group) - 1, 1))
            for k, key in enumerate(sorted(group)):
                place[v, key] = (k - (len(group) - 1) / 2) * step
        return [place[v, key] for v, key in zip(owners, keys, strict=True)]

    def _shifts(self, edges: Sequence[Edge]) -> list[float]:
        """How far edges that share bends, or both ends, keep to the side of each other."""
        groups: dict[tuple[int, int], list[int]] = {}
        for i, e in enumerate(edges):
            groups.setdefault((e.tail, -1 if self._bends(e) else e.head), []).append(i)
        found = [0.0] * len(edges)
        for group in groups.values():
            step = min(5.0, BEND_GAP / len(group))
            for k, i in enumerate(sorted(group, key=lambda i: self.x[edges[i].head])):
                found[i] = (k - (len(group) - 1) / 2) * step
        return found

    def course(self, i: int, edge: Edge) -> list[Point]:
        points = [self._at_outline(edge.tail, self.starts[i], -1)]
        end = self._at_outline(edge.head, self.ends[i], 1)
        roof, floor = self.bands[self.row[edge.tail]][0], self.bands[self.row[edge.head]][1]
        leave = enter = LEAN
        if points[0][1] - roof > STUB:
            leave = 0.0
            _line(points, (points[0][0], roof))
        for bend in self._bends(edge):
            top, bottom = self.bands[self.row[bend]]
            at = self.x[bend] + self.shift[i]
            _curve(points, (at, bottom), leave)
            _line(points, (at, top))
            leave = 0.0
        if floor - end[1] > STUB:
            _curve(points, (end[0], floor), leave)
            _line(points, end)
        else:
            _curve(points, end, leave, enter)
        return points

    def _at_outline(self, v: int, dx: float, side: int) -> Point:
        """The point of a node's outline, ``dx`` beside its centre, above (-1) or below (1)."""
        x, y = self.centres[v]
        width, height = self.nodes[v].size
        if self.nodes[v].role == "operation":
            height *= sqrt(1 - min(1.0, (2 * dx / width) ** 2))
        return x + dx, y + side * height / 2


def _line(points: list[Point], end: Point) -> None:
    (x0, y0), (x1, y1) = points[-1], end
    if y0 != y1:
        third = (y1 - y0) / 3
        points.extend([(x0, y0 + third), (x1, y1 - third), end])


def _curve(points: list[Point], end: Point, leave: float = 0.0, enter: float = 0.0) -> None:
    """A curve that leaves and enters upright, or leaning by these shares of its sideways way."""
    (x0, y0), (x1, y1) = points[-1], end
    reach, dx = 0.45 * (y1 - y0), x1 - x0
    points.extend([(x0 + leave * dx, y0 + reach), (x1 - enter * dx, y1 - reach), end])


def fitted(centres: list[Point], courses: list[list[Point]], nodes: list[Node]) -> Placing:
    """The placing moved so that everything drawn lies between 0 and its width and height."""
    halves = [(node.size[0] / 2, node.size[1] / 2) for node in nodes]
    points = [p for course in courses for p in course]
    for (x, y), (a, b) in zip(centres, halves, strict=True):
        points.extend([(x - a, y - b), (x + a, y + b)])
    left, right = min((p[0] for p in points), default=0.0), max((p[0] for p in points), default=0.0)
    top, bottom = min((p[1] for p in points), default=0.0), max((p[1] for p in points), default=0.0)
    return Placing(
        [(x - left, y - top) for x, y in centres],
        [[(x - left, y - top) for x, y in course] for course in courses],
        right - left,
        bottom - top,
    )
