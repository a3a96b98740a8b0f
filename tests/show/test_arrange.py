"""Courses of edges in rows whose nodes differ in height: straight inside a row, curved between."""

from math import dist

import pytest

import symdiff as sd
from symdiff.show.arrange import STUB, arrange
from symdiff.show.graph import picture

x, y = sd.vars("x y")
TALL, LOW = sd.sin(x), sd.cos(y)
LABELLED = dict.fromkeys((x, TALL), 0.125)


@pytest.fixture(scope="module")
def placed():
    drawn = picture(
        [TALL * LOW, TALL],
        values=LABELLED,
        adjoints=LABELLED,
        names=None,
        max_nodes=None,
        cut=False,
    )
    return drawn, arrange(drawn)


def test_the_nodes_of_a_row_stand_on_one_line_and_differ(placed):
    drawn, placing = placed
    heights = sorted(node.size[1] for node in drawn.nodes if node.role == "operation")
    assert heights[-1] - heights[0] > 2 * STUB
    assert len({round(y, 3) for _, y in placing.centres}) == 3


def test_edges_are_upright_from_a_low_node_to_the_bounds_of_its_row(placed):
    drawn, placing = placed
    rows = {}
    for node, (_, middle) in zip(drawn.nodes, placing.centres, strict=True):
        rows[middle] = max(rows.get(middle, 0), node.size[1] / 2)
    upright = 0
    for edge, course in zip(drawn.edges, placing.courses, strict=True):
        for v, side, end in ((edge.tail, -1, course[:4]), (edge.head, 1, course[-4:][::-1])):
            middle = placing.centres[v][1]
            bound = middle + side * rows[middle]
            if abs(end[0][1] - bound) > STUB:
                upright += 1
                assert len({p[0] for p in end}) == 1
                assert end[-1][1] == pytest.approx(bound)
            else:
                assert dist(end[0], (placing.centres[v][0], middle)) <= max(drawn.nodes[v].size)
    assert upright == 2


def test_curves_leave_and_enter_upright_where_they_meet_straight_pieces(placed):
    _, placing = placed
    for course in placing.courses:
        for k in range(3, len(course) - 1, 3):
            before, joint, after = course[k - 1], course[k], course[k + 1]
            assert before[0] == pytest.approx(joint[0]) == pytest.approx(after[0])
            assert before[1] > joint[1] > after[1]
