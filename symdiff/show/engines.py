"""Who places the nodes: Graphviz's ``dot`` as a program, pygraphviz in this process, or we do."""

from __future__ import annotations

import shutil
from collections import Counter
from importlib.util import find_spec
from itertools import pairwise

from ..errors import ArgumentError, MissingPackage
from ..messages import short
from .arrange import Placing, Point, arrange, fitted
from .graph import Picture

ENGINES = ("dot", "pygraphviz", "builtin")
DIRECTIONS = ("auto", "up", "right")
SCREEN = 900.0  # px
FAN = 12  # edges into one node; dot aims all at its middle, so that more lie on each other
DOT_NODES = 500  # dot's time grows steeply: beyond this many nodes our own drawer takes over
DOT_SECONDS = 5.0
PYGRAPHVIZ_NODES = 150  # it runs in this process and cannot be stopped
PYGRAPHVIZ_EDGES = 400


def available() -> tuple[str, ...]:
    """The engines found here, the preferred one first."""
    found = {
        "dot": shutil.which("dot") is not None,
        "pygraphviz": find_spec("pygraphviz") is not None,
        "builtin": True,
    }
    return tuple(name for name in ENGINES if found[name])


def place(drawn: Picture, engine: str, direction: str = "auto") -> tuple[str, Placing]:
    """The layout, and the engine that made it.

    ``engine`` is ``auto`` for the first one that is found, or one of ``ENGINES``.  A graph that
    is too large or too slow for it is placed by ``builtin``.  Edges go ``up``, or to the
    ``right``; ``auto`` is up unless the picture is taller than a screen and than it is wide.

    Raises: ValueError for an unknown engine, MissingPackage for one that is not installed.
    """
    if direction not in DIRECTIONS:
        raise ArgumentError(f"direction is one of {', '.join(DIRECTIONS)}, got {short(direction)}")
    name, placing = _upwards(drawn, engine)
    placing = _in_order(drawn, placing)
    tall = placing.height > max(SCREEN, 1.5 * placing.width)
    if direction == "right" or (direction == "auto" and tall):
        lying = [node._replace(size=node.size[::-1]) for node in drawn.nodes]
        name, placing = _upwards(drawn._replace(nodes=lying), engine)
        centres, courses, width, height = _in_order(drawn, placing)
        centres = [(height - y, x) for x, y in centres]
        courses = [[(height - y, x) for x, y in course] for course in courses]
        placing = Placing(centres, courses, height, width)
    return name, placing


def _in_order(drawn: Picture, placing: Placing) -> Placing:
    """The placing or its mirror image: outputs in their order from left to right, or else
    arguments, as far as a mirror can do it."""
    x = [centre[0] for centre in placing.centres]
    outputs = [i for i, node in enumerate(drawn.nodes) if node.output]
    rightwards = sum((x[a] < x[b]) - (x[b] < x[a]) for a, b in pairwise(outputs))
    ordered = sum(
        (x[a.tail] < x[b.tail]) - (x[b.tail] < x[a.tail])
        for a, b in pairwise(drawn.edges)
        if a.head == b.head
    )
    if (rightwards, ordered) >= (0, 0):
        return placing
    centres, courses, width, height = placing
    centres = [(width - x, y) for x, y in centres]
    courses = [[(width - x, y) for x, y in course] for course in courses]
    return Placing(centres, courses, width, height)


def _upwards(drawn: Picture, engine: str) -> tuple[str, Placing]:
    found = available()
    if engine == "auto":
        into = Counter(edge.head for edge in drawn.edges)
        engine = "builtin" if max(into.values(), default=0) > FAN else found[0]
    if engine not in ENGINES:
        raise ArgumentError(
            f"engine is one of {', '.join(('auto', *ENGINES))}, got {short(engine)}"
        )
    if engine not in found:
        package, extra = ("pygraphviz", "svg") if engine == "pygraphviz" else ("graphviz", "")
        raise MissingPackage(package, f"drawing with {engine}", extra)
    layout = None
    if engine == "dot" and len(drawn.nodes) <= DOT_NODES:
        layout = _by_dot(drawn)
    elif (
        engine == "pygraphviz"
        and len(drawn.nodes) <= PYGRAPHVIZ_NODES
        and len(drawn.edges) <= PYGRAPHVIZ_EDGES
    ):
        layout = _by_pygraphviz(drawn)
    return ("builtin", arrange(drawn)) if layout is None else (engine, layout)


def skeleton(drawn: Picture) -> str:
    """The picture in DOT with sizes for texts: all that a layout engine needs to know."""
    rows = ["digraph symdiff {", "graph [rankdir=BT, nodesep=0.33, ranksep=0.5]"]
    rows.append('node [label="", fixedsize=true]\nedge [arrowhead=none]')
    for i, node in enumerate(drawn.nodes):
        width, height = node.size
        # Edges leave a constant below its outline, which hides how they begin.
        shape = "ellipse" if node.role in ("operation", "constant") else "box"
        rows.append(f"n{i} [shape={shape}, width={width / 72:.4f}, height={height / 72:.4f}]")
    rows.extend(f"n{edge.tail} -> n{edge.head}" for edge in drawn.edges)
    return "\n".join([*rows, "}", ""])


def _by_dot(drawn: Picture) -> Placing | None:
    """The layout of the ``dot`` program, or None if it fails or takes too long."""
    from subprocess import SubprocessError

    from graphviz.backend.execute import ExecutableNotFound, run_check

    try:
        done = run_check(
            ["dot", "-Tplain"],
            input=skeleton(drawn),
            encoding="utf-8",
            capture_output=True,
            timeout=DOT_SECONDS,
            quiet=True,
        )
    except (SubprocessError, ExecutableNotFound, OSError):
        return None
    return _read_plain(done.stdout, drawn)


def _by_pygraphviz(drawn: Picture) -> Placing | None:
    """The layout by pygraphviz, or None if it fails."""
    import pygraphviz

    try:
        plain = pygraphviz.AGraph(string=skeleton(drawn)).draw(format="plain", prog="dot")
    except (OSError, RuntimeError, ValueError):
        return None
    return _read_plain(plain.decode(), drawn)


def _read_plain(text: str, drawn: Picture) -> Placing | None:
    """A placing from Graphviz's plain format: inches, y upwards, B-splines for the edges.

    None for a text that does not place every node and edge.
    """
    centres: dict[str, Point] = {}
    courses: dict[tuple[str, str], list[list[Point]]] = {}
    try:
        for row in text.splitlines():
            words = row.split()
            if words[0] == "node":
                centres[words[1]] = _point(words[2], words[3])
            elif words[0] == "edge":
                numbers = words[4 : 4 + 2 * int(words[3])]
                course = [_point(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
                courses.setdefault((words[1], words[2]), []).append(course)
        places = [centres[f"n{i}"] for i in range(len(drawn.nodes))]
        found = [courses[f"n{e.tail}", f"n{e.head}"].pop(0) for e in drawn.edges]
    except (KeyError, IndexError, ValueError):
        return None
    return fitted(places, found, drawn.nodes)


def _point(x: str, y: str) -> Point:
    return 72 * float(x), -72 * float(y)
