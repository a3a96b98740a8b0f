"""The stub is the package as it is, and a type checker reads a user's file with it as it should."""

from __future__ import annotations

import importlib.util
import re
import runpy
import subprocess
import sys
import typing
from pathlib import Path
from types import UnionType
from typing import Any, get_origin

import pytest

import symdiff as sd
from symdiff.methods import _IN_PLACE, _NEEDS_NUMBERS

ROOT = Path(__file__).parent.parent
USER = ROOT / "tests" / "user_types.py"
STUB = ROOT / "symdiff" / "__init__.pyi"


def test_the_stubs_are_current() -> None:
    spec = importlib.util.spec_from_file_location("stubs", ROOT / "tools" / "stubs.py")
    assert spec is not None
    assert spec.loader is not None
    stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(stubs)
    for path, text in stubs.STUBS.items():
        assert (ROOT / "symdiff" / path).read_text() == text(), "run python tools/stubs.py"


def test_the_stub_has_every_public_name() -> None:
    text = STUB.read_text()
    text, _, rest = text.partition("__all__ = [")
    listed, _, body = rest.partition("]")
    assert sorted(re.findall(r'"(\w+)"', listed)) == sd.__all__
    declared = {*re.findall(r"^(?:def |class )?(\w+)(?: =|:|\()", text + body, re.MULTILINE)}
    imported = {*re.findall(r"\bas (\w+)", text), *sd.errors.__all__}
    public = {name for name in dir(sd) if name[0] != "_"}
    assert public <= declared | imported
    assert (declared - {"def"}) - public <= {name for name in declared if name[0] == "_"}


def test_a_users_file_is_as_its_types_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def holds(value: Any, kind: Any) -> None:
        plain = get_origin(kind) or kind
        assert plain in (Any, UnionType) or isinstance(value, plain), kind
        seen.append(value)

    monkeypatch.setattr(typing, "assert_type", holds)
    runpy.run_path(str(USER))
    assert len(seen) > 50


@pytest.mark.slow
def test_every_method_is_known(tmp_path: Path) -> None:
    lines = ["import symdiff as sd"]
    for kind in (sd.Expr, sd.Tensor, sd.Variable, sd.Dual):
        refused = {*_NEEDS_NUMBERS, *_IN_PLACE, "sort"} if kind is sd.Expr else {"evaluates"}
        names = [name for name in dir(kind) if name[0] != "_" and name not in refused]
        lines.append(f"def of_{kind.__name__}(x: sd.{kind.__name__}) -> None:")
        lines += [f"    x.{name}" for name in names]
    path = tmp_path / "methods.py"
    path.write_text("\n".join([*lines, ""]))
    assert checked(path) == ""


@pytest.mark.slow  # .ci/run reads it as it stands beside the installed package
def test_mypy_reads_a_users_file() -> None:
    assert checked(USER) == ""


def checked(path: Path) -> str:
    """What mypy finds wrong in a file."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
