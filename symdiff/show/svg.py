"""The picture as SVG: text, shapes and colours that hold in dark and in light."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

from ..errors import ArgumentError
from ..messages import short
from .arrange import Placing, Point
from .graph import Node, Picture
from .measure import CORNER, FONTS, baselines

MARGIN = 18.0
NOTE_HEIGHT = 26.0
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
    extra = NOTE_HEIGHT if drawn.note else 0.0
    width = max(placing.width, 7.5 * len(drawn.note)) + 2 * MARGIN
    height = placing.height + 2 * MARGIN + extra
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
    if drawn.note:
        y = height - MARGIN + 2
        rows.append(
            f'<text class="note" x="{_n(width / 2)}" y="{_n(y)}">{escaped(drawn.note)}</text>'
        )
    return "\n".join([*rows, "</svg>", ""])


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
        f"{scope} text{{font-family:{TEXT};text-anchor:middle}}{''.join(fonts)}"
        f"{scope} .mark,{scope} .note{{font-size:11px}}"
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
    for role in ("variable", "constant", "operation"):
        fill, line = getattr(p, role)
        rules.append((f".{role} .outline", "fill", fill))
        rules.append((f".{role} .outline", "stroke", line))
        rules.append((f".{role} .inner", "stroke", line))
    return "".join(f"{scope} {selector}{{{what}:{colour}}}" for selector, what, colour in rules)


# -- parts -----------------------------------------------------------------------------------------


def _edges(drawn: Picture, placing: Placing) -> list[str]:
    rows = []
    for edge, course in zip(drawn.edges, placing.courses, strict=True):
        (x, y), (ux, uy) = course[-1], _direction(course)
        base = (x - HEAD * ux, y - HEAD * uy)
        rows.append(f'<path class="edge" d="{_path([*course[:-1], base])}"/>')
        left = (base[0] - 0.42 * HEAD * uy, base[1] + 0.42 * HEAD * ux)
        right = (base[0] + 0.42 * HEAD * uy, base[1] - 0.42 * HEAD * ux)
        corners = " ".join(f"{_n(a)},{_n(b)}" for a, b in ((x, y), left, right))
        rows.append(f'<polygon class="head" points="{corners}"/>')
        if edge.mark:  # beside the arrow head, away from the middle of the node
            side = -7.0 if x > placing.centres[edge.head][0] else 7.0
            at = f'x="{_n(x - 14 * ux + side * uy)}" y="{_n(y - 14 * uy - side * ux + 4)}"'
            rows.append(f'<text class="mark" {at}>{escaped(edge.mark)}</text>')
    return rows


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
