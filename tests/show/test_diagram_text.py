"""The text of diagrams: well formed for hostile names, equal in every process."""

import importlib.util
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from diagram_samples import HOSTILE, SAMPLES, scattered

import symdiff as sd
from symdiff.show.diagram import diagram, to_dot, to_networkx
from symdiff.show.dot import quoted
from symdiff.show.engines import available
from symdiff.show.label import brief_texts
from symdiff.show.svg import DARK, LIGHT, escaped
from symdiff.show.text import short_text

SVG = "{http://www.w3.org/2000/svg}"


def tree_of(name):
    v = sd.Var(name)
    return sd.sin(v) * v + 1


@pytest.mark.parametrize("engine", available())
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_add_no_elements(name, engine):
    svg = diagram([tree_of(name)], names=[name], engine=engine).svg
    root = ET.fromstring(svg.encode())
    harmless = ET.fromstring(diagram([tree_of("x")], names=["f"], engine=engine).svg)
    assert Counter(e.tag for e in root.iter()) == Counter(e.tag for e in harmless.iter())
    assert [sorted(e.attrib) for e in root.iter()] == [sorted(e.attrib) for e in harmless.iter()]
    assert "script" not in {e.tag for e in root.iter()}
    assert "<script" not in svg
    labels = [e.text for e in root.iter(f"{SVG}text")]
    shown = "".join(c if c.isprintable() else "�" for c in name)
    assert any(t == shown or (t.endswith("…") and shown.startswith(t[:-1])) for t in labels)


TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|->|[A-Za-z_][A-Za-z_0-9]*|-?[0-9.]+|[{}\[\]=,;]|\s+', re.DOTALL
)


def tokens(dot):
    """The tokens of a DOT text, names of nodes counted; fails on anything else."""
    at, found = 0, []
    while at < len(dot):
        match = TOKEN.match(dot, at)
        assert match, f"no token at {dot[at : at + 40]!r}"
        if not match[0].isspace():
            found.append("string" if match[0].startswith('"') else match[0])
        at = match.end()
    return found


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_add_nothing_to_dot(name):
    e = tree_of(name)
    dot = to_dot([e], names=[name])
    assert tokens(dot) == tokens(to_dot([tree_of("x")], names=["f"]))
    if importlib.util.find_spec("pygraphviz"):
        import pygraphviz

        graph = pygraphviz.AGraph(string=dot)
        assert graph.number_of_nodes() == 5
        assert graph.number_of_edges() == 5
        assert graph.get_node("n0").attr["shape"] == "box"


def test_escapes():
    assert quoted('a"\\&') == '"a\\"\\\\&amp;"'
    assert escaped("<&>\"'") == "&lt;&amp;&gt;&quot;'"


def test_tooltips_are_formulas_and_elided():
    e = tree_of("x") / 2
    titles = [t.text for t in ET.fromstring(diagram([e]).svg).iter(f"{SVG}title")]
    assert "(sin(x)*x + 1)/2" in titles
    assert "sin(x)" in titles
    titles = [t.text for t in ET.fromstring(diagram([scattered(1, 300)]).svg).iter(f"{SVG}title")]
    assert max(map(len, titles)) <= 200
    assert any("…" in t for t in titles)


def test_texts_of_large_graphs_are_bounded_and_whole_where_they_fit():
    x = sd.Var("x")
    a = [sd.Var(f"a{i}") for i in range(50)]
    e, s = x, x
    for i in range(12):
        e, s = sd.sin(e) + x, s + a[i]
    minus = sd.Add(x, -2 * a[1], sd.Neg(a[2]), *a)
    outputs = [e, s, sd.Add(*a), sd.stack(a), minus, sd.Var("W" * 300) ** 2, *SAMPLES.values()]
    order = sd.walk.postorder(outputs)
    found = brief_texts(order, 50)
    assert list(found) == order
    for node, text in found.items():
        assert 0 < len(text) <= 50
        assert text.count("(") == text.count(")") or not text.isascii()
        if "…" not in short_text(node, 50):
            assert text == short_text(node, 50)
        else:
            assert "…" in text
    assert found[e] == "sin(sin(sin(sin(…) + x) + x) + x) + x"
    assert found[s] == "… + a6 + a7 + a8 + a9 + a10 + a11"
    assert found[sd.Add(*a)] == "a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9…"
    assert found[sd.stack(a)] == "[a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, …]"
    assert found[minus].startswith("x - 2*a1 - a2 + a0 + ")


def test_the_picture_says_what_a_value_is_without_colour():
    svg = diagram([tree_of("x")], values={sd.Var("x"): 3}, adjoints={sd.Var("x"): 5}).svg
    shapes = {
        g.attrib["class"].split()[1]: g[1].tag.removeprefix(SVG)
        for g in ET.fromstring(svg).iter(f"{SVG}g") if g.attrib.get("class", "").startswith("node")
    }  # fmt: skip
    assert shapes == {"variable": "rect", "constant": "polygon", "operation": "ellipse"}
    assert "∂f: 5" in svg


def test_a_picture_needs_nothing_from_elsewhere():
    svg = diagram([SAMPLES["where"]]).svg
    for word in ("href", "url(", "@import", " id=", "script", "foreignObject"):
        assert word not in svg, f"{word}: several pictures share one page safely"
    assert "var(" not in svg, "converters to PDF and PNG know literal colours alone"


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    """WCAG's ratio, 1 to 21."""
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_lines_stand_out(palette):
    for fill, line in (palette.variable, palette.constant, palette.operation):
        for text in (palette.text, palette.value, palette.adjoint):
            assert contrast(text, fill) >= 4.5
        assert contrast(palette.quiet, fill) >= 4.5, "shapes of arrays"
        assert contrast(line, palette.page) >= 3
    assert contrast(palette.edge, palette.page) >= 4.5
    assert contrast(palette.quiet, palette.page) >= 4.5


def test_equal_in_every_process():
    here = Path(__file__).parents[1]
    script = (
        "import hashlib, symdiff as sd\n"
        "from diagram_samples import SAMPLES\n"
        "from symdiff.show.diagram import diagram, to_networkx\n"
        "h = hashlib.sha256()\n"
        "for e in SAMPLES.values():\n"
        "    at = {n: i / 7 for i, n in enumerate(sd.walk.postorder([e]))}\n"
        "    d = diagram([e], values=at, adjoints=at, engine='builtin')\n"
        "    h.update((d.svg + d.dot + repr(list(to_networkx([e], at).nodes.data()))).encode())\n"
        "print(h.hexdigest())\n"
    )
    path = os.pathsep.join([str(here), str(Path(sd.__file__).parents[1])])
    found = {
        subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": path},
        ).stdout
        for seed in (0, 1, 2, 12345, 4294967295)
    }  # fmt: skip
    assert len(found) == 1


def test_networkx_formulas_are_printable():
    g = to_networkx([SAMPLES["hostile"]])
    assert all(f.isprintable() and t.isprintable() for f, t in
               zip(dict(g.nodes(data="formula")).values(), dict(g.nodes(data="label")).values(),
                   strict=True))  # fmt: skip
