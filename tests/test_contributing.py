"""The row of CONTRIBUTING.md, really added: to a copy of the tree, whose own tests then try it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
HOLDS = (
    "tests/ops/test_rows.py", "tests/ops/test_row_fields.py", "tests/test_manual.py",
    "tests/backend/test_rows_on_paths.py",
)  # fmt: skip
SESSION = """
import doctest, re
text = "".join(re.findall(r"```pycon\\n(.*?)```", open("CONTRIBUTING.md").read(), re.DOTALL))
test = doctest.DocTestParser().get_doctest(text, {}, "CONTRIBUTING", None, 0)
found = doctest.DocTestRunner().run(test)
assert found.attempted > 6 and not found.failed
"""
WRONG = """
import sys
sys.path.insert(0, "tests")
import symdiff as sd
from row_checks import cases, check_first
check_first(*cases(sd.ndtr))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree with the row in it."""
    hidden = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("symdiff", "tests", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=hidden)
    for name in ("CONTRIBUTING.md", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    (row,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    path = tmp_path / "symdiff" / "ops" / "special.py"
    before, found, after = path.read_text().partition("gamma: Op =")
    assert found
    path.write_text(before + row + "\n" + found + after)
    return tmp_path


def ran(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_row_is_an_operation(tree: Path) -> None:
    ran(tree, "-c", SESSION)
    shown = ran(tree, "-m", "pytest", "-p", "no:cacheprovider", *HOLDS, "-k", "ndtr or Ndtr",
                "-o", "addopts=", "-v")  # fmt: skip
    assert shown.count("PASSED") > 10
    ran(tree, "tools/stubs.py")
    assert "\nndtr: _Op1\n" in (tree / "symdiff" / "__init__.pyi").read_text()


def test_a_wrong_row_fails(tree: Path) -> None:
    path = tree / "symdiff" / "ops" / "special.py"
    right, text = "exp(-x * x / 2) / sqrt(2 * pi())", path.read_text()
    assert text.count(right) == 1
    path.write_text(text.replace(right, "exp(-x * x / 2) / sqrt(pi())"))
    with pytest.raises(
        AssertionError, match=r"ndtr: forward d/dx0 is 0\.56\d* at .*, the truth is 0\.398"
    ):
        ran(tree, "-c", WRONG)


def test_the_commands_and_files_exist() -> None:
    for name in re.findall(r"`((?:symdiff|tests|tools|\.ci)/[\w/.]+)", GUIDE):
        assert (ROOT / name).exists(), name
