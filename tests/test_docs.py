"""What the documentation says: doctests, the README's code, the pages, the table of conventions."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import symdiff as sd
from symdiff.expr import OPS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
MODULES = [
    m.name for m in pkgutil.walk_packages(sd.__path__, "symdiff.") if "__main__" not in m.name
]


@pytest.mark.parametrize("name", ["symdiff", *MODULES])
def test_doctests(name):
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_every_public_function_has_a_docstring_with_an_example():
    for name in [n for n in dir(sd) if n[0] != "_"]:
        value = getattr(sd, name)
        if callable(value) and not isinstance(value, (sd.Op, type)):
            assert ">>>" in (value.__doc__ or ""), name


def test_the_code_of_the_readme_prints_what_its_comments_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    scope = {}
    exec(block, scope)
    capsys.readouterr()
    assert (tmp_path / "f.svg").exists()
    shown = 0
    for line in block.splitlines():
        code, _, comment = (part.strip() for part in line.partition("  # "))
        if comment and code.startswith(("sd.", "f(", "print(sd.latex")):
            value = eval(code, scope)
            printed = capsys.readouterr().out.strip() if value is None else repr(value)
            assert " ".join(printed.split()) == comment.partition(", exact")[0]
            shown += 1
    assert shown == 6


def test_the_readme_is_short_and_points_at_pages_that_exist():
    assert len(README.splitlines()) <= 120
    for page in re.findall(r"\]\(([\w./]+)\)|src=\"([\w./]+)\"", README):
        assert (ROOT / "".join(page)).exists(), page


def test_the_picture_of_the_readme_is_current(tmp_path):
    f = sd.parse("x**2*y + y + 2")
    x, y = sd.vars("x y")
    fresh = sd.to_svg(f, tmp_path / "graph.svg", at={x: 3, y: 4}, wrt=[x, y], engine="builtin")
    assert fresh == (ROOT / "docs/images/graph.svg").read_text()


def test_all_code_of_the_pages_runs_when_they_are_built():
    for page in (ROOT / "docs").glob("*.md"):
        text = page.read_text()
        languages = set(re.findall(r"^ *```(\w[^\n]*)$", text, re.MULTILINE))
        assert page.name == "from_tensorflow.md" or languages <= {"sh"}, page  # it has its own test
        assert text.startswith("---") == ("```{code-cell} python" in text), page


def test_every_page_is_in_the_table_of_contents():
    index = (ROOT / "docs/index.md").read_text()
    for page in [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.rst")]:
        assert page.stem == "index" or f"\n{page.stem}\n" in index, page


def test_every_public_name_is_in_the_reference():
    places = re.findall(r"^\.\. verbs:: (.+)$", (ROOT / "docs/api.rst").read_text(), re.MULTILINE)
    rooms = [f"symdiff.{room}" for line in places for room in line.split()]
    assert len(rooms) == len(set(rooms))
    for name in dir(sd):
        value = getattr(sd, name)
        if name[0] != "_" and callable(value) and not isinstance(value, sd.Op):
            home = f"{value.__module__}."
            assert sum(home.startswith(f"{room}.") for room in rooms) == 1, name


def test_every_row_with_a_kink_is_in_the_table_of_conventions():
    table = (ROOT / "docs/conventions.md").read_text()
    for op in OPS.values():
        if op.kinks:
            assert f"`{op.name}" in table, op.name


def test_every_ratio_of_the_benchmarks_is_in_a_picture(monkeypatch):
    pytest.importorskip("matplotlib", reason="pip install '.[docs]'")
    monkeypatch.syspath_prepend(ROOT / "docs/_ext")
    ratios = importlib.import_module("ratios")
    tables = list(ratios.tables(ratios.README.read_text()))
    assert [heading for heading, _ in tables] == ["Results", "Arrays", "Structured"]
    shown = {bar.label: bar for _, rows in tables for bar in ratios.bars(rows)}
    assert len(shown) == sum(len(ratios.bars(rows)) for _, rows in tables)
    assert shown["point / heyoka"][1:] == (0.42, 0.42)
    assert shown["gmm (20, 50), objective / JAX jit"][1:] == (1.2, 1.4)
    assert len(list(ratios.figures())) == len(tables)
