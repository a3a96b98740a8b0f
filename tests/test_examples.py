"""Every example runs as its first lines say, from any folder; its assertions are inside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import symdiff as sd

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_runs(path: Path, tmp_path: Path) -> None:
    package = str(Path(sd.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": package, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        check=False, cwd=tmp_path, env=environment,
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert f"python examples/{path.name}" in path.read_text(encoding="utf-8")


def test_examples_are_all_there() -> None:
    assert {"least_squares", "attention", "newton"} <= {path.stem for path in EXAMPLES}
