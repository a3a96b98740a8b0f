"""``--points``: files as spreadsheets and programs write them, read with and without pyarrow."""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from symdiff.cli import columns, main

Run = Callable[..., tuple[int, list[list[str]], str]]


@pytest.fixture(params=["numpy", "pyarrow"])
def points(
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Run:
    """Evaluates an expression at the rows of a text: status, rows that come out, message."""
    if request.param == "pyarrow":
        pytest.importorskip("pyarrow.csv")
    else:
        monkeypatch.setattr(columns, "_arrow", lambda: None)
    path = tmp_path / "p.csv"

    def run(text: str, *argv: str) -> tuple[int, list[list[str]], str]:
        path.write_bytes(text.encode())
        status = main([*(argv or ("eval", "x*y")), "--points", str(path)])
        out, err = capsys.readouterr()
        return status, list(csv.reader(io.StringIO(out))), err

    return run


def numbers(rows: list[list[str]]) -> list[list[float]]:
    return [[float(cell) for cell in row] for row in rows[1:]]


READ = {
    "plain": ("x,y\n1,2\n3,4\n", [[1, 2, 2], [3, 4, 12]]),
    "a mark of byte order": ("\ufeffx,y\n1,2\n", [[1, 2, 2]]),
    "semicolons": ("x;y\n1;2\n", [[1, 2, 2]]),
    "tabs": ("x\ty\n1\t2\n", [[1, 2, 2]]),
    "spaces": (" x , y \n 1 , 2 \n", [[1, 2, 2]]),
    "quotes": ('"x", "y"\n"1", "2"\n', [[1, 2, 2]]),
    "formulas": ("x,y\n1/3,pi\n-e,2^3\n", [[1 / 3, math.pi, math.pi / 3],
                                           [-math.e, 8, -8 * math.e]]),
    "short rows": ("y,x,note\n1,2,a\n3,4\n", [[2, 1, 2], [4, 3, 12]]),
    "a comma at the end": ("x,y,\n1,2,\n", [[1, 2, 2]]),
    "empty lines": ("\n\nx,y\n\n1,2\n\n3,4\n\n", [[1, 2, 2], [3, 4, 12]]),
    "lines of Windows": ("x,y\r\n1,2\r\n", [[1, 2, 2]]),
    "lines of old Macs": ("x,y\r1,2\r", [[1, 2, 2]]),
    "infinite": ("x,y\ninf,2\n-inf,1\n", [[math.inf, 2, math.inf], [-math.inf, 1, -math.inf]]),
    "other digits": ("x,y\n1_000,0x10\n", [[1000, 16, 16000]]),
    "a long field": ("x,y,n\n1,2," + "a" * 200_000 + "\n", [[1, 2, 2]]),
    "a long field and a formula": ("x,y,n\n1/2,2," + "a" * 200_000 + "\n", [[0.5, 2, 1]]),
    "a note of two lines": ('x,y,n\n1,2,"a\nb"\n3,4,c\n', [[1, 2, 2], [3, 4, 12]]),
    "no rows": ("x,y\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read(points: Run, name: str) -> None:
    text, expected = READ[name]
    status, rows, err = points(text)
    assert (status, err, rows[0]) == (0, "", ["x", "y", "f"])
    assert numbers(rows) == [pytest.approx(row, rel=1e-15) for row in expected]


REFUSED = {
    "x,y\n1,2\n3\n": "row 3 has no value for 'y'",
    "x,y\n1,\n": "row 2 has no value for 'y'",
    "\nx,y\n\n1,2\nabc,3\n": "row 5, column 'x': 'abc' is no number",
    "x,y\n__import__('os'),3\n": "is no number",
    "x,y\n[1],3\n": "row 2, column 'x': '[1]' is no number",
    "x;y\n1,5;2\n": "'1,5' is no number; write 1.5",
    "x,y\n1,5,2\n": "row 2 has 3 cells, the first row 2; decimals are written 1.5",
    "x,z\n1,2\n": "has no column 'y'; its first row names 'x', 'z'",
    "x,y,x\n1,2,3\n": "two columns 'x'",
    "": "no column 'x'",
    "x,y\n1\0,2\n": "row 2, column 'x'",
}


@pytest.mark.parametrize("text", REFUSED, ids=list(map(repr, REFUSED)))
def test_what_is_refused_is_named(points: Run, text: str) -> None:
    status, rows, err = points(text)
    assert (status, rows) == (2, [])
    assert REFUSED[text] in err


def test_other_encodings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.csv"
    path.write_text("x\n1\n", encoding="utf-16")
    assert main(["eval", "x", "--points", str(path)]) == 2
    assert "save it as 'CSV UTF-8'" in capsys.readouterr().err


def test_values_that_hold_for_all_rows(points: Run) -> None:
    status, rows, _ = points("x\n1\n2\n", "eval", "x*y", "--at", "y=1/2")
    assert (status, rows[0], numbers(rows)) == (0, ["x", "f"], [[1, 0.5], [2, 1]])
    for at, message in [
        (["y=1"], "no column 'x'"),
        (["y=1", "x=1"], "no variable left"),
        (["y=1", "z=1"], "'z' is not a variable"),
    ]:
        assert message in points("y\n1\n", "eval", "x*y", "--at", *at)[2]
    assert "leave it out of --at" in points("x,y\n1,2\n", "eval", "x*y", "--at", "y=1")[2]


def test_arrays_have_a_column_for_each_element(points: Run) -> None:
    given = ["grad", "a*sum(w**2)", "--shape", "w=2", "--at", "a=2"]
    status, rows, err = points('"w[0]","w[1]"\n1,2\n3,4\n', *given)
    assert (status, err) == (0, "")
    assert rows[0] == ["w[0]", "w[1]", "f", "df/da", "df/dw[0]", "df/dw[1]"]
    assert numbers(rows) == [[1, 2, 10, 5, 4, 8], [3, 4, 50, 25, 12, 16]]
    status, rows, _ = points("x\n1\n", "jacobian", "[[x, x**2]]")
    assert rows[0] == ["x", "f[0,0]", "f[0,1]", "df/dx[0,0]", "df/dx[0,1]"]
    assert numbers(rows) == [[1, 1, 1, 1, 2]]


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeffx\n3\n"))
    assert main(["eval", "x**2", "--points", "-"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] in (["3.0,9.0"], ["3,9"])
    assert main(["eval", "--points", "-"]) == 2
    assert "write the expression out" in capsys.readouterr().err


def test_every_digit_comes_back(points: Run) -> None:
    random = Random(1)
    given = [[random.gauss(0, 10.0 ** random.randint(-300, 300)) for _ in "xy"] for _ in range(500)]
    rows = points("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in given))[1]
    assert numbers(rows) == [[x, y, x * y] for x, y in given]


def test_several_blocks_in_time_in_proportion(points: Run) -> None:
    """A quarter of the million rows that took 31 s, at a quarter of the time allowed, and more."""
    count = 1_000_000 // 4
    random = Random(2)
    text = "x,y\n" + "".join([f"{random.random()!r},{i}\n" for i in range(count)])
    start = time.process_time()
    status, rows, _ = points(text, "hessian", "x**2*y + sin(x*y)")
    spent = time.process_time() - start
    assert (status, len(rows)) == (0, count + 1)
    x, y = map(float, rows[-1][:2])
    assert (y, float(rows[-1][4])) == (count - 1, pytest.approx(x**2 + x * math.cos(x * y)))
    assert spent < 8


def test_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("rich")
    path = tmp_path / "p.csv"
    path.write_text("x\n" + "1\n" * (columns.ROWS + 1))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["eval", "2*x", "--points", str(path)]) == 0
    assert "rows" in capsys.readouterr().err
