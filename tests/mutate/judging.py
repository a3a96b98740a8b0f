"""The tests of a tree with a fault in it, in a copy, up to the first that fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("ops", "calculus", "rewrite", "backend", "hessians", "tape", "show")
LEFT_OUT = {"deep", "far_points", "oracle", "circles", "mutate"}  # slow, or they read the source
ORACLE = "scalars,identities,contexts,models,arrays,array_identities"
LIMITS = 300, 600, 120  # seconds of processor time for the first tests, the others, the oracle
MEMORY = 8_000_000  # KiB that one process may take
PATIENCE = 20  # times a limit in seconds by the clock, on a machine with other work


class Stage(NamedTuple):
    """A command and the seconds of processor time that it may take."""

    command: Sequence[str]
    limit: int


class Verdict(NamedTuple):
    """What caught a fault, nothing for one that survived; seconds by the clock."""

    caught_by: str
    seconds: float


def stages(root: Path, folder: str, seed: int = 0) -> Iterator[Stage]:
    """The tests of a folder of the package, the rest of the fast ones, and the oracle."""
    paths = [p.relative_to(root) for p in sorted((root / "tests").rglob("test_*.py"))]
    fast = [p for p in paths if p.stem.removeprefix("test_") not in LEFT_OUT]
    first = [str(p) for p in fast if p.parts[1] == folder]
    others = [str(p) for p in fast if p.parts[1] != folder]
    pytest = [sys.executable, "-m", "pytest", "-xqrfE", "-p", "no:cacheprovider"]
    oracle = [sys.executable, "-m", "tests.oracle", f"{seed}", "20", "--maker", ORACLE]
    commands = [*pytest, *first], [*pytest, *others], oracle
    yield from (Stage(command, limit) for command, limit in zip(commands, LIMITS, strict=True))


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of a tree without its history, gone afterwards.

    Compiled modules are compared with their source by its contents: two faults of one length may
    be planted within the second that a time stamp tells apart.
    """
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        compiling = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "."]
        subprocess.run([sys.executable, *compiling], cwd=copy, check=True)
        yield copy


@contextmanager
def planted(path: Path, text: bytes) -> Iterator[None]:
    """A file with another text for a while."""
    right = path.read_bytes()
    path.write_bytes(text)
    try:
        yield
    finally:
        path.write_bytes(right)


def judge(root: Path, each: Iterable[Stage]) -> Verdict:
    """Run one stage after the other, up to the first that fails or takes too long."""
    begin = time.monotonic()
    for command, limit in each:
        caught_by = _run(root, command, limit)
        if caught_by:
            return Verdict(caught_by, time.monotonic() - begin)
    return Verdict("", time.monotonic() - begin)


def _run(root: Path, command: Sequence[str], limit: int) -> str:
    """What failed in a command, nothing if all went well; an endless loop fails too."""
    bounded = f'ulimit -t {limit} && ulimit -v {MEMORY} && exec nice "$@"'
    variables = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        ["sh", "-c", bounded, "sh", *command], cwd=root, env=variables, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=PATIENCE * limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return f"no end within {PATIENCE * limit} s by the clock"
    if process.returncode < 0:
        return f"no end within {limit} s of processor time"
    if not process.returncode:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
    lines = output.strip().splitlines() or ["no output"]
    return failed[1] if failed else f"{' '.join(command[1:3])}: {lines[-1]}"
