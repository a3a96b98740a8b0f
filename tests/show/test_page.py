"""Pictures as HTML: one file that needs nothing from elsewhere, runs only its own script, and holds
whatever names the nodes have."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from diagram_samples import HOSTILE

import symdiff as sd

x, y = sd.vars("x y")


class Elements(HTMLParser):
    """The tags of a page, the texts of each kind of element, and the policy."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.open, self.policy = [], {}, [], ""
        self.links = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        self.links += [v for k, v in attrs if k in ("src", "href", "action") or k.startswith("on")]
        self.tags.append(tag)
        self.open.append((tag, given))

    def handle_data(self, data):
        if self.open:
            tag, given = self.open[-1]
            self.texts.setdefault((tag, given.get("type")), []).append(data)

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass


def page(tree=None, **options):
    given = {"at": {x: 3, y: 4}, "wrt": [x, y], "engine": "builtin", **options}
    return sd.draw(x**2 * y + y + 2 if tree is None else tree, **given).html


def test_it_needs_nothing_from_elsewhere():
    found = Elements(page())
    assert found.links == []
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page())
    assert "default-src 'none'" in found.policy
    assert "unsafe" not in found.policy


def test_the_policy_allows_the_script_and_the_styles_by_their_digests():
    found = Elements(page(theme="dark"))
    allowed = set(re.findall(r"'sha256-([^']+)'", found.policy))
    texts = found.texts["script", None] + found.texts["style", None]
    assert len(texts) == 3
    assert {b64encode(sha256(text.encode()).digest()).decode() for text in texts} == allowed
    assert " style=" not in page(), "a style on an element would need a policy of its own"


def test_the_picture_inside_is_the_svg_and_its_edges():
    drawn = sd.draw(x * x + y, engine="builtin")
    assert drawn.svg in drawn.html
    edges = json.loads(Elements(drawn.html).texts["script", "application/json"][0])
    nodes = re.findall('<g class="node (\\w+)', drawn.svg)
    assert sorted(map(tuple, edges)) == [(0, 1), (0, 1), (1, 3), (2, 3)]
    assert nodes == ["variable", "operation", "variable", "operation"]
    assert drawn.svg.count('<g class="link">') == len(edges)


@pytest.mark.parametrize("name", [*HOSTILE, "@policy@", "@svg@", "</script><script>alert(1)"])
def test_names_add_no_elements(name):
    v = sd.Var(name)
    harmless = Elements(page(sd.sin(x) * x, wrt=[x], at={x: 1}, names=["f"]))
    found = Elements(page(sd.sin(v) * v, wrt=[v], at={v: 1}, names=[name]))
    assert found.tags == harmless.tags
    assert found.links == []
    assert found.texts["script", None] == harmless.texts["script", None]


def test_themes_reach_the_page(tmp_path):
    assert "color-scheme: light dark;" in page()
    assert "color-scheme: dark;" in page(theme="dark")
    sd.to_svg(x * y, tmp_path / "f.html")
    assert (tmp_path / "f.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read JavaScript with")
def test_the_script_can_be_read(tmp_path):
    path = tmp_path / "page.js"
    path.write_text(Elements(page()).texts["script", None][0], encoding="utf-8")
    subprocess.run(["node", "--check", str(path)], check=True)
