"""What an SVG picture draws, read back from its XML: shapes, arrow heads, numbers of arguments."""

from math import dist, hypot
from xml.etree import ElementTree

import pytest
from diagram_samples import SAMPLES

import symdiff as sd
from symdiff.show.arrange import arrange
from symdiff.show.graph import Picture, picture
from symdiff.show.measure import FONTS, Line, text_width
from symdiff.show.svg import HEAD, svg_text

SHAPE = "{http://www.w3.org/2000/svg}"
DRAWN = ["one", "textbook", "constant", "array", "where", "ladder", "scattered0"]


@pytest.fixture(params=DRAWN, scope="module")
def drawing(request):
    e = SAMPLES[request.param]
    numbers = dict.fromkeys(sd.walk.postorder([e]), 1 / 7)
    drawn = picture([e], values=numbers, adjoints=None, names=None, max_nodes=None, cut=False)
    placing = arrange(drawn)
    return drawn, placing, ElementTree.fromstring(svg_text(drawn, placing))


def numbers(text):
    return [float(number) for number in text.replace(",", " ").split()]


def points(polygon):
    found = numbers(polygon.get("points"))
    return list(zip(found[::2], found[1::2], strict=True))


def box(outline):
    """Left, top, right and bottom of a shape."""
    at = {key: float(value) for key, value in outline.items() if key not in ("class", "points")}
    if outline.tag == SHAPE + "ellipse":
        x, y, a, b = at["cx"], at["cy"], at["rx"], at["ry"]
        return x - a, y - b, x + a, y + b
    if outline.tag == SHAPE + "rect":
        return at["x"], at["y"], at["x"] + at["width"], at["y"] + at["height"]
    xs, ys = zip(*points(outline), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def test_outlines_have_the_sizes_of_nodes(drawing):
    drawn, placing, svg = drawing
    groups = [g for g in svg.iter(SHAPE + "g") if g.get("class", "").startswith("node")]
    for node, (x, y), group in zip(drawn.nodes, placing.centres, groups, strict=True):
        outlines = [s for s in group if s.get("class") in ("outline", "inner")]
        assert len(outlines) == 1 + node.output
        for inset, outline in zip((0, 3), outlines, strict=False):
            a, b = node.size[0] / 2 - inset, node.size[1] / 2 - inset
            assert box(outline) == pytest.approx((x - a, y - b, x + a, y + b), abs=0.11)


def test_polygons_are_their_own_mirror_images(drawing):
    """The hexagon of a constant: both ways round its middle."""
    for polygon in drawing[2].iter(SHAPE + "polygon"):
        if polygon.get("class") != "head":
            corners = points(polygon)
            left, top, right, bottom = box(polygon)
            for flipped in (
                [(left + right - x, y) for x, y in corners],
                [(x, top + bottom - y) for x, y in corners],
            ):
                assert all(min(dist(p, q) for q in corners) < 0.25 for p in flipped)
            assert len({p[1] for p in corners}) == 3


def test_arrow_heads_point_along_the_ends_of_edges(drawing):
    _, placing, svg = drawing
    heads = [points(p) for p in svg.iter(SHAPE + "polygon") if p.get("class") == "head"]
    for course, (tip, left, right) in zip(placing.courses, heads, strict=True):
        middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
        assert tip == pytest.approx(course[-1], abs=0.11)
        assert dist(tip, middle) == pytest.approx(HEAD, abs=0.3)
        assert dist(left, right) == pytest.approx(0.84 * HEAD, abs=0.3)
        assert dist(tip, left) == pytest.approx(dist(tip, right), abs=0.3)
        before = next(p for p in course[-2::-1] if dist(p, course[-1]) > 0.5)
        way = (course[-1][0] - before[0], course[-1][1] - before[1])
        along = (tip[0] - middle[0]) * way[0] + (tip[1] - middle[1]) * way[1]
        assert along == pytest.approx(HEAD * hypot(*way), rel=0.05)


def test_edges_are_drawn_along_their_courses(drawing):
    _, placing, svg = drawing
    paths = [p.get("d") for p in svg.iter(SHAPE + "path")]
    for course, path in zip(placing.courses, paths, strict=True):
        drawn = numbers(path.replace("M", " ").replace("C", " "))
        expected = [c for point in course[:-1] for c in point]
        assert drawn[: len(expected)] == pytest.approx(expected, abs=0.11)
        assert dist(drawn[-2:], course[-1]) == pytest.approx(HEAD, abs=0.11)


def test_numbers_of_arguments_stand_beside_their_arrow_heads(drawing):
    drawn, placing, svg = drawing
    marks = [t for t in svg.iter(SHAPE + "text") if t.get("class") == "mark"]
    marked = [(e, c) for e, c in zip(drawn.edges, placing.courses, strict=True) if e.mark]
    for (edge, course), text in zip(marked, marks, strict=True):
        at = float(text.get("x")), float(text.get("y")) - 4
        tip, middle = course[-1], placing.centres[edge.head][0]
        assert text.text == edge.mark
        assert dist(at, tip) == pytest.approx(hypot(14, 7), abs=0.3)
        if abs(tip[0] - middle) > 2 and abs(course[-2][0] - tip[0]) < 4:
            assert (at[0] - tip[0]) * (tip[0] - middle) > 0, "away from the middle of the node"


def test_nodes_are_no_larger_than_their_texts_need(drawing):
    for node in drawing[0].nodes:
        height = sum(1.25 * FONTS[line.style].size for line in node.lines)
        assert height < node.size[1] <= 1.4 * height + 8 + 6 * node.output


def test_the_page_has_room_for_everything(drawing):
    drawn, placing, svg = drawing
    _, _, width, height = numbers(svg.get("viewBox"))
    shift = numbers(svg.find(SHAPE + "g").get("transform")[len("translate(") : -1])
    for node, (x, y) in zip(drawn.nodes, placing.centres, strict=True):
        for sign in (-1, 1):
            assert 17 < shift[0] + x + sign * node.size[0] / 2 < width - 17
            assert 17 < shift[1] + y + sign * node.size[1] / 2 < height - 17


def test_a_note_stands_below_the_picture():
    noted = picture(
        [SAMPLES["deep"]], values=None, adjoints=None, names=None, max_nodes=5, cut=True
    )
    plain = Picture(noted.nodes, noted.edges, 0, "")
    placing = arrange(noted)
    tall, short = [ElementTree.fromstring(svg_text(p, placing)) for p in (noted, plain)]
    [note] = [t for t in tall.iter(SHAPE + "text") if t.get("class") == "legend note"]
    assert note.text == noted.note
    assert float(short.get("height")) < float(note.get("y")) < float(tall.get("height"))
    width = text_width(Line(note.text, "note"))
    assert 2 * float(note.get("x")) + width == pytest.approx(float(tall.get("width")), abs=0.3)


@pytest.mark.parametrize(("value", "shown"), [(10**30 - 1, "9" * 30), (10**30, "1e+30")])
def test_tooltips_have_thirty_digits_of_an_integer(value, shown):
    x = sd.Var("x")
    drawn = picture([x], values={x: value}, adjoints=None, names=None, max_nodes=None, cut=False)
    assert f"value {shown}" in drawn.nodes[0].tooltip.split("\n")
