"""The options of the command line, misused ones too: what each does, and what a message says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

import symdiff as sd

Cli = Callable[..., tuple[int, str, str]]


def test_the_version(cli: Cli) -> None:
    assert cli("--version") == (0, f"symdiff {sd.__version__}\n", "")
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'version = "{sd.__version__}"' in text


def test_points_of_one_option_or_of_several(cli: Cli) -> None:
    expected = cli("eval", "x + y", "--at", "x=1", "y=2")
    assert "f = 3" in expected[1]
    assert cli("eval", "x + y", "--at", "x=1", "--at", "y=2") == expected
    assert "df/dy" in cli("grad", "x*y", "--wrt", "x", "--wrt", "y")[1]
    assert "f = 5" in cli("eval", "`e`*5", "--at", "`e`=1")[1]


MISUSED = [
    (["eval", "x", "--at", "x=abc"], "--at x: 'abc' is no number"),
    (["eval", "x", "--at", "x="], "--at x=: the text ends where a value should follow"),
    (["eval", "x", "--at", "x=2y"], "write 2*y"),
    (["eval", "x", "--at", "x=1", "x=2"], "--at gives 'x' twice"),
    (["eval", "--at", "x=3", "x**2"], "got 'x**2'; the expression comes first"),
    (["eval", "x", "--wrt", "x"], "eval has no option --wrt"),
    (["simplify", "x", "--limit", "3"], "simplify has no option --limit"),
    (["draw", "x", "--json"], "draw has no option --json"),
    (["draw", "x", "--points", "p.csv"], "draw has no option --points"),
    (["draw", "x", "--wrt", "x"], "--wrt needs --at"),
    (["explain", "x", "--svg", "x.svg"], "explain has no option --svg"),
    (["explain", "x", "--limit", "-1"], "--limit is 0 or more"),
    (["explain", "3"], "there are none"),
    (["grad", "x", "--latex", "--pretty"], "not allowed with argument --latex"),
    (["grad", "x", "--points", "p.csv", "--json"], "leave --json out"),
    (["grad", "x", "--svg", "x.jpg"], "saved as one of .svg, .html, .png, .pdf, .dot, .gv, got"),
    (["grad", "x", "--svg", "no/x.svg"], "no/x.svg"),
    (["grad", "@no.txt"], "no.txt: No such file"),
    (["grad", "x", "--frob", "3"], "unrecognized arguments: --frob 3"),
    (["grad", "[x, y]"], "got shape (2,); write sum(...), or use symdiff jacobian"),
    (["grad", "2x"], "write 2*x"),
    (["eval", "x**2", "x=3"], "values of variables follow --at: --at x=3"),
    (["eval", "x", "--shape", "Q=3"], "--shape Q: the variables are x"),
    (["same", "x"], "required: other"),
    ([], "required: command"),
    (["simplify", "x", "--effort", "9"], "effort is 0, 1, 2 or 3"),
]


@pytest.mark.parametrize(("argv", "message"), MISUSED, ids=[" ".join(m[0]) for m in MISUSED])
def test_one_message_and_nothing_printed(cli: Cli, argv: list[str], message: str) -> None:
    status, out, err = cli(*argv)
    assert (status, out) == (2, "")
    assert message in err
    assert err.startswith("symdiff: ")


def test_an_expression_from_a_file(cli: Cli) -> None:
    Path("model.txt").write_text("\ufeffr = sqrt(x**2 + y**2)\n1/r\n", encoding="utf-8")
    assert cli("grad", "@model.txt") == cli("grad", "1/sqrt(x**2 + y**2)")
    assert cli("same", "@model.txt", "(x² + y²)**(-1/2)")[0] == 0


def test_json_is_json(cli: Cli) -> None:
    def refused(name: str) -> None:
        raise AssertionError(name)

    shown = [
        ("eval", "0/x", "--at", "x=0.0"),
        ("hessian", "x**0.5", "--at", "x=0.0"),
        ("eval", "X/0", "--shape", "X=2,2", "--at", "X=[[nan, 1], [-1, inf]]"),
        ("eval", "x/3", "--at", "x=1"),
        ("explain", "x*y"),
        ("grad", "x**2", "--svg", "g.svg"),
    ]
    for argv in shown:
        status, out, _ = cli(*argv, "--json")
        assert status == 0
        json.loads(out, parse_constant=refused)
    found = json.loads(cli(*shown[2], "--json")[1])
    assert found["values"]["f"] == [["nan", "inf"], ["-inf", "inf"]]


def test_explanations(cli: Cli) -> None:
    x, y = sd.vars("x y")
    texts = [str(sd.explain(x * y, v)) for v in (x, y)]
    assert cli("explain", "x*y")[1] == f"{sd.explain(x * y)}\n"
    assert all(text in cli("explain", "x*y")[1] for text in texts)
    assert "2·x" in cli("explain", "x**2", "--pretty")[1]
    assert cli("explain", "x**2", "--at", "x=3")[1].endswith(" = 6\n")
    assert cli("explain", "x*y", "--wrt", "y")[1] == texts[1] + "\n"
    assert cli("explain", "x**2")[1] == f"{sd.explain(x**2, x)}\n"
    assert cli("explain", "x*y", "--latex")[1].count(r"\begin{align}") == 2
    found = json.loads(cli("explain", "x²*y", "--json", "--wrt", "x")[1])
    assert found["x"]["result"] == "2*x*y"
    assert found["x"]["steps"][0]["number"] == 1


def test_a_drawing_of_whole_numbers_of_many_digits(cli: Cli) -> None:
    status, out, err = cli("hessian", "3*x**30", "--at", "x=10", "--svg", "g.svg")
    assert (status, err) == (0, "")
    assert out.endswith("\nwrote g.svg\n")
    ET.parse("g.svg")


def test_drawings_of_what_has_no_adjoints(cli: Cli) -> None:
    assert cli("eval", "x > y", "--at", "x=1", "y=2", "--svg", "g.svg")[0] == 0
    at = ["--shape", "w=2", "--at", "w=[1, 2]"]
    assert cli("jacobian", "w**2", *at, "--svg", "g.svg")[0] == 0
    assert "2</text>" in cli("draw", "x + 2")[1]


def test_a_drawing_is_of_what_is_printed(cli: Cli) -> None:
    cli("simplify", "x*x/x", "--svg", "g.svg")
    words = "".join(ET.parse("g.svg").getroot().itertext())
    assert "x" in words
    assert "÷" not in words


def test_eulers_number_is_told_of(cli: Cli) -> None:
    status, out, err = cli("eval", "e*x", "--at", "x=1")
    assert (status, out.splitlines()[-1]) == (0, "f = 2.718281828459045")
    assert err == "symdiff: e is the number 2.7183 here; for a variable of that name write `e`\n"


def test_no_traceback_whatever_is_typed(cli: Cli) -> None:
    texts = ["9**9**9**9", "1/0", "log(-1)", "\ud800", "X @ X", "[x, y]", "zeros((3,))", "x" * 9999,
             "(" * 2000, "floor(x)", "x[0]", "eye(99999)", "det([[x]])", "1e999", ""]  # fmt: skip
    for command in ("eval", "simplify", "grad", "hessian", "explain", "draw"):
        for text in texts:
            for at in ([], ["x=1"], ["x=10**400"], ["x=nan"], ["x=[1, 2]"]):
                more = ["--at", *at] if at else []
                status, _, err = cli(command, text, *more)
                assert status in (0, 2)
                assert "fault in it" not in err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m symdiff hessian 'x**2*y' | head -n 1"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("f = x**2*y\n", "")
