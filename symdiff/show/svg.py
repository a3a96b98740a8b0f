"""The picture as SVG: text, shapes and colours that hold in dark and in light."""

from __future__ import annotations

from itertools import accumulate
from math import hypot
from typing import NamedTuple

from ..errors import ArgumentError
from ..messages import short
from .arrange import Placing, Point
from .graph import Edge, Node, Picture
from .measure import CORNER, FONTS, Line, baselines, text_width

MARGIN = 18.0
NOTE_HEIGHT = 26.0
LEGEND_GAP = 16.0
HEAD = 8.0  # length of an arrow head
TEXT = "Helvetica,Arial,'DejaVu Sans',sans-serif"


class Palette(NamedTuple):
    """Colours: page, edges, small print; fill and line of the roles; texts."""

    page: str
    edge: str
    quiet: str
    variable: tuple[str, str]
    constant: tuple[str, str]
    operation: tuple[str, str]
    text: str
    value: str
    adjoint: str


LIGHT = Palette(
    page="#ffffff", edge="#64748b", quiet="#526076", variable=("#dbeafe", "#1d4ed8"),
    constant=("#fef3c7", "#b45309"), operation=("#f8fafc", "#475569"), text="#0f172a",
    value="#166534", adjoint="#b91c1c",
)  # fmt: skip
DARK = Palette(
    page="#0f1419", edge="#8b98a9", quiet="#a8b5c5", variable=("#1e3a5f", "#7db4ff"),
    constant=("#45310d", "#f5b94a"), operation=("#1f2730", "#9aa8b8"), text="#f1f5f9",
    value="#86efac", adjoint="#fda4a4",
)  # fmt: skip
THEMES = ("auto", "light", "dark")


def svg_text(drawn: Picture, placing: Placing, theme: str = "auto") -> str:
    """One self-contained ``<svg>`` element.

    ``theme`` is ``light``, ``dark``, or ``auto``: light, and dark where the reader prefers it.

    Raises: ValueError for an unknown theme.
    """
    if theme not in THEMES:
        raise ArgumentError(f"theme is one of {', '.join(THEMES)}, got {short(theme)}")
    below = small_print(drawn)
    widest = max((x + text_width(line) for row in below for x, line in row), default=0.0)
    width = max(placing.width, widest) + 2 * MARGIN
    height = placing.height + 2 * MARGIN + NOTE_HEIGHT * len(below)
    shift = (width - placing.width) / 2
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="symdiff-{theme}" role="img" '
        f'aria-label="expression graph of {len(drawn.nodes)} nodes" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}">',
        f"<style>{_style(theme)}</style>",
        f'<rect class="page" width="{_n(width)}" height="{_n(height)}" rx="8"/>',
        f'<g transform="translate({_n(shift)} {_n(MARGIN)})">',
        *_edges(drawn, placing),
    ]
    for node, centre in zip(drawn.nodes, placing.centres, strict=True):
        rows.extend(_node(node, centre))
    rows.append("</g>")
    for k, row in enumerate(below):
        y = height - MARGIN + 2 - NOTE_HEIGHT * (len(below) - 1 - k)
        left = (width - row[-1][0] - text_width(row[-1][1])) / 2
        for x, line in row:
            at = f'x="{_n(left + x)}" y="{_n(y)}"'
            rows.append(f'<text class="legend {line.style}" {at}>{escaped(line.text)}</text>')
    return "\n".join([*rows, "</svg>", ""])


def small_print(drawn: Picture) -> list[list[tuple[float, Line]]]:
    """The rows below a picture, each text with its place: what the colours and the numbers on
    edges mean, and what is left out."""
    rows = [drawn.legend, (Line(drawn.note, "note"),) if drawn.note else ()]
    found = []
    for row in filter(None, rows):
        ends = accumulate(text_width(line) + LEGEND_GAP for line in row)
        found.append(list(zip([0.0, *ends], row, strict=False)))
    return found


def escaped(text: str) -> str:
    """Text that is safe inside an element and inside an attribute.

    >>> escaped('<script>"&"')
    '&lt;script&gt;&quot;&amp;&quot;'
    """
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;")


def _n(number: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{number:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


# -- style -----------------------------------------------------------------------------------------


def _style(theme: str) -> str:
    """Rules with literal colours, no variables: converters to PDF and PNG know those alone, and
    skip the media query of ``auto``."""
    scope = f".symdiff-{theme}"
    fonts = [
        f"{scope} .{name}{{font-size:{font.size:g}px{';font-weight:600' * (font.stretch > 1)}}}"
        for name, font in FONTS.items()
    ]
    colours = _colours(scope, DARK if theme == "dark" else LIGHT)
    if theme == "auto":
        colours += f"@media (prefers-color-scheme:dark){{{_colours(scope, DARK)}}}"
    return (
        f"{scope} text{{font-family:{TEXT};text-anchor:middle}}"
        f"{scope} .legend{{text-anchor:start}}{''.join(fonts)}"
        f"{scope} .mark{{font-size:11px}}"
        f"{scope} .edge{{fill:none;stroke-width:1.3}}{scope} .outline{{stroke-width:1.4}}"
        f"{scope} .output .outline{{stroke-width:2}}{scope} .inner{{fill:none}}"
        f"{scope} .cut .outline{{stroke-dasharray:4 3}}{colours}"
    )


def _colours(scope: str, p: Palette) -> str:
    rules = [
        (".page", "fill", p.page), (".edge", "stroke", p.edge), (".head", "fill", p.edge),
        (".mark", "fill", p.quiet), (".note", "fill", p.quiet), (".shape", "fill", p.quiet),
        (".name", "fill", p.text), (".label", "fill", p.text), (".symbol", "fill", p.text),
        (".value", "fill", p.value), (".adjoint", "fill", p.adjoint),
        (".cut .outline", "fill", p.page), (".cut .outline", "stroke", p.quiet),
    ]  # fmt: skip
    for role in ("variable", "constant", "operation", "block"):
        fill, line = getattr(p, "operation" if role == "block" else role)
        rules.append((f".{role} .outline", "fill", fill))
        rules.append((f".{role} .outline", "stroke", line))
        rules.append((f".{role} .inner", "stroke", line))
    return "".join(f"{scope} {selector}{{{what}:{colour}}}" for selector, what, colour in rules)


# -- parts -----------------------------------------------------------------------------------------


def _edges(drawn: Picture, placing: Placing) -> list[str]:
    rows = []
    for edge, course in zip(drawn.edges, placing.courses, strict=True):
        # an edge goes on beyond the text that stands on it
        ends = drawn.nodes[edge.head].role != "flow"
        head = drawn.nodes[edge.head], placing.centres[edge.head]
        parts = _ended(edge, course, *head) if ends else []
        path = _path([*course[:-1], _base(course)] if ends else course)
        rows.append(f'<g class="link"><path class="edge" d="{path}"/>{"".join(parts)}</g>')
    return rows


def _base(course: list[Point]) -> Point:
    """Where the arrow head at the end of a course begins."""
    (x, y), (ux, uy) = course[-1], _direction(course)
    return x - HEAD * ux, y - HEAD * uy


def _ended(edge: Edge, course: list[Point], node: Node, centre: Point) -> list[str]:
    """The arrow head, and beside it the number of the argument."""
    (x, y), (ux, uy), (bx, by) = course[-1], _direction(course), _base(course)
    left = (bx - 0.42 * HEAD * uy, by + 0.42 * HEAD * ux)
    right = (bx + 0.42 * HEAD * uy, by - 0.42 * HEAD * ux)
    corners = " ".join(f"{_n(a)},{_n(b)}" for a, b in ((x, y), left, right))
    parts = [f'<polygon class="head" points="{corners}"/>']
    if edge.mark:
        places = [(x - 14 * ux + s * uy, y - 14 * uy - s * ux) for s in (7.0, -7.0)]
        clear = [_outside(node, centre, place) for place in places]
        if abs(clear[0] - clear[1]) > 3:  # a shallow edge: on the side away from the node
            place = places[clear[1] > clear[0]]
        else:  # away from its middle
            place = places[(x - centre[0]) * uy < (y - centre[1]) * ux]
        at = f'x="{_n(place[0])}" y="{_n(place[1] + 4)}"'
        parts.append(f'<text class="mark" {at}>{escaped(edge.mark)}</text>')
    return parts


def _outside(node: Node, centre: Point, point: Point) -> float:
    """How far a point lies outside the box around a node."""
    sides = zip(point, centre, node.size, strict=True)
    return max(abs(p - c) - size / 2 for p, c, size in sides)


def _direction(course: list[Point]) -> Point:
    """The unit vector in which a course ends."""
    x, y = course[-1]
    for px, py in reversed(course[:-1]):
        length = hypot(x - px, y - py)
        if length > 0.5:
            return (x - px) / length, (y - py) / length
    return 0.0, -1.0


def _path(course: list[Point]) -> str:
    text = [f"M{_n(course[0][0])} {_n(course[0][1])}"]
    for k in range(1, len(course), 3):
        numbers = " ".join(f"{_n(x)} {_n(y)}" for x, y in course[k : k + 3])
        text.append(f"C{numbers}")
    return "".join(text)


def _node(node: Node, centre: Point) -> list[str]:
    x, y = centre
    output = " output" if node.output else ""
    rows = [f'<g class="node {node.role}{output}"><title>{escaped(node.tooltip)}</title>']
    if node.role != "flow":
        rows.append(_outline(node, centre, 0.0, "outline"))
    if node.output:
        rows.append(_outline(node, centre, 3.0, "inner"))
    for line, dy in zip(node.lines, baselines(node.lines), strict=True):
        text = escaped(line.text)
        rows.append(f'<text class="{line.style}" x="{_n(x)}" y="{_n(y + dy)}">{text}</text>')
    return [*rows, "</g>"]


def _outline(node: Node, centre: Point, inset: float, name: str) -> str:
    x, y = centre
    a, b = node.size[0] / 2 - inset, node.size[1] / 2 - inset
    if node.role == "operation":
        return f'<ellipse class="{name}" cx="{_n(x)}" cy="{_n(y)}" rx="{_n(a)}" ry="{_n(b)}"/>'
    if node.role == "constant":
        flat = a - CORNER
        corners = [(-a, 0.0), (-flat, -b), (flat, -b), (a, 0.0), (flat, b), (-flat, b)]
        points = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in corners)
        return f'<polygon class="{name}" points="{points}"/>'
    return (
        f'<rect class="{name}" x="{_n(x - a)}" y="{_n(y - b)}" width="{_n(2 * a)}" '
        f'height="{_n(2 * b)}" rx="6"/>'
    )
