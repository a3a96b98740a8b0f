"""Geometry of diagrams: nothing overlaps, texts fit, edges go one way and cross little."""

import random
from bisect import bisect
from itertools import combinations, pairwise, permutations

import pytest
from diagram_samples import SAMPLES, ladder, scattered

import symdiff as sd
from symdiff.show import engines, layers
from symdiff.show.arrange import arrange
from symdiff.show.graph import picture
from symdiff.show.measure import CORNER, FONTS, baselines

# Advance widths of Helvetica Bold, characters 32 to 126, in thousandths (Adobe's metrics).
HELVETICA_BOLD = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722,
    722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611,
    611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556,
    500, 389, 280, 389, 584,
]  # fmt: skip


def drawn(e, values=True):
    order = sd.walk.postorder([e])
    numbers = {n: -1.23456789e-10 * i for i, n in enumerate(order)} if values else None
    return picture(
        [e], values=numbers, adjoints=numbers, names=["objective"], max_nodes=None, cut=False
    )


@pytest.fixture(params=SAMPLES, scope="module")
def placed(request):
    p = drawn(SAMPLES[request.param])
    return p, arrange(p)


def boxes(p, placing):
    for node, (cx, cy) in zip(p.nodes, placing.centres, strict=True):
        w, h = node.size
        yield cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2


def inside_shape(node, dx, dy):
    """How far in a point is, measured from the centre of a node: negative is inside."""
    a, b = node.size[0] / 2, node.size[1] / 2
    if node.role == "operation":
        return (dx / a) ** 2 + (dy / b) ** 2 - 1
    if node.role == "constant":
        return max(abs(dy) - b, abs(dx) - (a - CORNER * abs(dy) / b))
    return max(abs(dx) - a, abs(dy) - b)


def test_nodes_do_not_overlap(placed):
    p, placing = placed
    for a, b in combinations(boxes(p, placing), 2):
        apart = max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3])
        assert apart > 10


def test_everything_lies_on_the_page(placed):
    p, placing = placed
    for left, top, right, bottom in boxes(p, placing):
        assert left >= -0.01
        assert top >= -0.01
        assert right <= placing.width + 0.01
        assert bottom <= placing.height + 0.01


def test_texts_fit_into_their_shapes(placed):
    p, _ = placed
    for node in p.nodes:
        for line, baseline in zip(node.lines, baselines(node.lines), strict=True):
            size = FONTS[line.style].size
            width = (
                size
                * sum(HELVETICA_BOLD[ord(c) - 32] if 32 <= ord(c) < 127 else 700 for c in line.text)
                / 1000
            )
            for dx in (-width / 2, width / 2):  # x-height and descent at the ends of a line
                assert inside_shape(node, dx, baseline - 0.55 * size) < 0, (node.role, line)
                assert inside_shape(node, dx, baseline + 0.05 * size) < 0, (node.role, line)


def test_edges_point_upwards(placed):
    p, placing = placed
    box = list(boxes(p, placing))
    for edge, course in zip(p.edges, placing.courses, strict=True):
        assert box[edge.head][3] < box[edge.tail][1], "the user is above its argument"
        assert len(course) % 3 == 1
        ys = [y for _, y in course]
        assert all(b <= a + 0.01 for a, b in pairwise(ys)), "an edge never turns back"


def test_edges_start_and_end_on_the_outlines(placed):
    p, placing = placed
    for edge, course in zip(p.edges, placing.courses, strict=True):
        for v, (x, y) in ((edge.tail, course[0]), (edge.head, course[-1])):
            cx, cy = placing.centres[v]
            assert abs(inside_shape(p.nodes[v], x - cx, y - cy)) < 0.7


def points_of(course):
    for k in range(0, len(course) - 1, 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = course[k : k + 4]
        for i in range(1, 20):
            t = i / 20
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def test_edges_keep_clear_of_other_nodes(placed):
    p, placing = placed
    for edge, course in zip(p.edges, placing.courses, strict=True):
        for x, y in points_of(course):
            for v, (cx, cy) in enumerate(placing.centres):
                if v not in (edge.tail, edge.head):
                    assert inside_shape(p.nodes[v], x - cx, y - cy) > 0


def test_parallel_edges_are_separate_lines():
    p = drawn(SAMPLES["twice"])
    a, b = arrange(p).courses
    gaps = [abs(u[0] - v[0]) for u, v in zip(points_of(a), points_of(b), strict=True)]
    assert min(gaps) > 8


# -- layers and crossings ------------------------------------------------------------------------


def counted(grid):
    """Crossings pair by pair."""
    total = 0
    for upper, lower in pairwise(grid.rows):
        at = {v: i for i, v in enumerate(lower)}
        lines = [(i, at[u]) for i, v in enumerate(upper) for u in grid.below[v]]
        total += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(lines, 2))
    return total


def grid_of(p):
    return layers.layered(len(p.nodes), [(e.tail, e.head) for e in p.edges])


@pytest.mark.parametrize("name", SAMPLES)
def test_crossings_are_counted_right_and_neighbours_are_in_adjacent_rows(name):
    grid = grid_of(drawn(SAMPLES[name], values=False))
    assert layers.crossings(grid) == counted(grid)
    row = {v: i for i, r in enumerate(grid.rows) for v in r}
    assert len(row) == len(grid.above) == sum(map(len, grid.rows))
    for v, found in enumerate(grid.above):
        assert all(row[u] == row[v] - 1 and v in grid.below[u] for u in found)


@pytest.mark.parametrize(
    "name", ["textbook", "wide", "deep", "ladder", "hostile", "array", "where"]
)
def test_planar_graphs_are_drawn_without_crossings(name):
    assert counted(grid_of(drawn(SAMPLES[name]))) == 0


def test_complete_bipartite_graphs_cross_as_often_as_they_must():
    edges = [(i, 3 + k) for i in range(3) for k in range(3)]
    assert counted(layers.layered(6, edges)) == 9


@pytest.mark.parametrize("seed", range(20))
def test_few_crossings_in_two_rows(seed):
    """Against the fewest over all orders of five vertices above and five below."""
    dice = random.Random(seed)
    edges = {(dice.randrange(5), 5 + dice.randrange(5)) for _ in range(7)}
    edges = sorted(edges | {(v, 5 + (2 * v + seed) % 5) for v in range(5)})
    edges += [(v, 10) for v in range(5, 10)]  # one root keeps the rows apart
    edges += [(11, v) for v in range(5)]
    grid = layers.layered(12, edges)
    assert counted(grid) <= _fewest(edges) + 1


def _fewest(edges):
    middle = [(a, b) for a, b in edges if a < 5 and 5 <= b < 10]
    best = 10**9
    below = {v: sorted(a for a, b in middle if b == v) for v in range(5, 10)}
    for order in permutations(range(5)):
        place = {v: i for i, v in enumerate(order)}
        ends = {v: sorted(place[a] for a in found) for v, found in below.items()}
        cost = {
            (u, v): sum(bisect(ends[v], p - 1) for p in ends[u])
            for u in ends
            for v in ends
            if u != v
        }
        for top in permutations(range(5, 10)):
            best = min(best, sum(cost[u, v] for u, v in combinations(top, 2)))
    return best


def test_random_graphs_cross_less_than_in_their_first_order(monkeypatch):
    before, after = 0, 0
    for seed in range(12):
        p = drawn(scattered(seed, 80))
        after += counted(grid_of(p))
        with monkeypatch.context() as m:
            m.setattr(layers, "_improve", lambda grid: None)
            before += counted(grid_of(p))
    assert after < 0.7 * before


def test_outputs_are_on_top_and_leaves_hang_below_their_nearest_user():
    p = drawn(ladder(12))
    grid = grid_of(p)
    row = {v: i for i, r in enumerate(grid.rows) for v in r}
    assert grid.rows[0] == [len(p.nodes) - 1]
    for v, node in enumerate(p.nodes):
        if node.role != "operation":
            assert row[v] == 1 + max(row[e.head] for e in p.edges if e.tail == v)


def test_the_budget_of_bends_holds(monkeypatch):
    monkeypatch.setattr(layers, "BENDS", 10)
    p = drawn(scattered(3, 80))
    grid = grid_of(p)
    assert len(grid.above) <= len(p.nodes) + 10
    placing = arrange(p)
    assert len(placing.courses) == len(p.edges)


def test_available_engines_are_known():
    assert set(engines.available()) <= set(engines.ENGINES)
