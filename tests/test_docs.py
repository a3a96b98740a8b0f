"""What the documentation says: doctests, the README's code, the table of conventions."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import OPS

README = (Path(__file__).parent.parent / "README.md").read_text()
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


def test_the_sessions_of_the_readme_are_as_printed():
    sessions = "\n".join(re.findall(r"```pycon\n(.*?)```", README, re.DOTALL))
    test = doctest.DocTestParser().get_doctest(sessions, {"sd": sd}, "README", None, 0)
    assert len(test.examples) > 10
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_code_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    scope = {"np": np, "points_x": np.ones(5), "points_y": np.ones(5)}
    exec(blocks[0], scope)
    exec(blocks[1], scope)
    assert (tmp_path / "f.svg").exists()
    for line in blocks[0].splitlines():
        code, _, comment = line.partition("#")
        shown = comment.split("  ")[0].strip()
        if code.startswith("sd.") and shown.startswith(("[", "array")):
            assert " ".join(repr(eval(code, scope)).split()) == shown


def test_the_code_on_arrays_prints_what_its_comments_say(capsys):
    block = _block("Arrays")
    scope = {"np": np, "sd": sd}
    exec(block, scope)
    capsys.readouterr()
    shown = 0
    for line in block.splitlines():
        code, _, comment = (part.strip() for part in line.partition("  # "))
        if comment and code.startswith(("sd.", "print(", "slope(")):
            value = eval(code, scope)
            printed = capsys.readouterr().out.strip() if value is None else str(value)
            assert comment.partition(": axes")[0] == printed
            shown += 1
    assert shown == 7
    assert scope["value"] > 0
    assert scope["gradient"].shape == (4,)


def test_the_code_on_a_tape_finds_the_least_squares():
    rng = np.random.default_rng(0)
    scope = {"np": np, "sd": sd, "data": rng.normal(size=(50, 4)), "target": rng.normal(size=50)}
    exec(_block("On a tape"), scope)
    expected = np.linalg.lstsq(scope["data"], scope["target"])[0]
    assert np.allclose(scope["best"].x, expected, atol=1e-6)
    assert np.allclose(scope["w"].numpy(), expected, atol=0.05)


def _block(title):
    (block,) = re.findall(rf"## {title}\n.*?```python\n(.*?)```", README, re.DOTALL)
    return block


def test_every_row_with_a_kink_is_in_the_table_of_conventions():
    table = README[README.index("## Conventions") : README.index("## Architecture")]
    for op in OPS.values():
        if op.kinks:
            assert f"`{op.name}" in table, op.name
