"""Every example runs as its first lines say, from any folder; its assertions are inside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symdiff as sd

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
NEEDS = {  # what has no meaning without an extra
    "logistic_digits": ("sklearn", "examples"),
    "many_points": ("dask.array", "dask"),
}
PNG = b"\x89PNG\r\n\x1a\n"
WITHOUT_MATPLOTLIB = """
import runpy, sys
sys.modules["matplotlib"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(*command: str, folder: Path) -> str:
    """What a run that must succeed prints; it starts in ``folder``."""
    package = str(Path(sd.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        check=False, cwd=folder, env=environment,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_runs(path: Path, tmp_path: Path) -> None:
    if path.stem in NEEDS:
        package, extra = NEEDS[path.stem]
        pytest.importorskip(package, reason=f"pip install '.[{extra}]'")
    out = tmp_path / "pictures"
    out.mkdir()
    assert run(str(path), str(out), folder=tmp_path)
    assert f"python examples/{path.name}" in path.read_text(encoding="utf-8")
    for written in out.iterdir():
        content = written.read_bytes()
        if written.suffix == ".svg":
            ElementTree.fromstring(content)
        elif written.suffix == ".png":
            assert content.startswith(PNG)


PLOTTING = [path for path in EXAMPLES if "matplotlib" in path.read_text(encoding="utf-8")]
HINT = "without matplotlib: pip install 'symdiff-engine[examples]'"


def test_examples_without_matplotlib(tmp_path: Path) -> None:
    assert len(PLOTTING) == 4
    assert all(HINT in path.read_text(encoding="utf-8") for path in PLOTTING)
    for name in ("methods_compared", "reconstruct_matrix"):  # the quick ones
        path = ROOT / "examples" / f"{name}.py"
        assert HINT in run("-c", WITHOUT_MATPLOTLIB, str(path), str(tmp_path), folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_examples_are_all_there() -> None:
    names = {path.stem for path in EXAMPLES}
    assert {"least_squares", "attention", "newton"} <= names
    listed = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert not [name for name in names if f"`{name}.py`" not in listed]
