"""The command line as a newcomer meets it, and the commands of the README."""

import csv
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from symdiff.cli import main

ROOT = Path(__file__).parents[2]
MAIN_JOB = ["hessian", "x**2*y + y + 2", "--at", "x=3", "y=4"]


@pytest.fixture
def cli(capsys):
    def call(*argv):
        code = main(list(argv))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_main_job_prints_what_the_readme_shows(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = cli(*MAIN_JOB, "--svg", "graph.svg")
    readme = (ROOT / "README.md").read_text()
    assert (code, err) == (0, "")
    assert f"```\n{out}```" in readme
    root = ET.parse(tmp_path / "graph.svg").getroot()
    text = " ".join(root.itertext())
    for value in ("42", "∂f: 24", "∂f: 10"):
        assert value in text
    labels = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    slopes = [label for label in labels if label and label.startswith("∂f: ")]
    assert sorted(slopes) == [
        "∂f: 1", "∂f: 1", "∂f: 1", "∂f: 10", "∂f: 24", "∂f: 4", "∂f: derivative by the node"
    ]  # fmt: skip
    assert "□²" in labels


def test_installed_command_and_module_agree(tmp_path):
    command = [sys.executable, "-m", "symdiff", *MAIN_JOB]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "df/dx = 2*x*y" in done.stdout


def test_json_holds_formulas_and_values(cli):
    _, out, _ = cli(*MAIN_JOB, "--json")
    report = json.loads(out)
    assert report["gradient"] == {"x": "2*x*y", "y": "x**2 + 1"}
    assert report["values"]["hessian"] == {"x": {"x": 8, "y": 6}, "y": {"x": 6, "y": 0}}
    assert report["at"] == {"x": 3, "y": 4}
    _, out, _ = cli("eval", "1/x", "--at", "x=0.0", "--json")
    assert json.loads(out)["values"]["f"] == "inf"


def test_styles(cli):
    assert "2 x y" in cli("grad", "x**2*y", "--latex")[1]
    assert "2·x·y" in cli("grad", "x**2*y", "--pretty")[1]


def test_variables_may_be_arrays(cli):
    given = ["sum((X @ w - y)**2)", "--shape", "X=5,3", "w=3", "y=5", "--wrt", "w"]
    assert "df/dw = 2*X.T @ (X @ w - y)" in cli("grad", *given)[1]
    assert "df/dw = 2·Xᵀ(X·w − y)" in cli("grad", *given, "--pretty")[1]
    point = ["--at", "x=array([1.0, 2.0])"]
    _, out, _ = cli("hessian", "sum(x**2)", "--shape", "x=2", *point)
    assert out.endswith("[[[2.0, 0.0], [0.0, 2.0]]]\n")
    _, out, _ = cli("eval", "sum(X)", "--shape", "X=2,2", "--at", "X=[[1, 2], [3, 4]]")
    assert "\nat X = [[1, 2], [3, 4]]\n" in out
    code, _, err = cli("grad", "x", "--shape", "x=a")
    assert (code, err) == (2, "symdiff: --shape takes name=sizes such as X=5,3, got 'x=a'\n")


@pytest.mark.parametrize("text", ["-x**2 + 1", "-2*x", "--x", "-(x)", "-sin(x)"])
def test_an_expression_may_begin_with_a_minus(cli, text):
    code, out, _ = cli("eval", text, "--at", "x=3")
    expected = eval(text, {"x": 3, "sin": __import__("math").sin})
    assert code == 0
    assert float(out.splitlines()[-1].split("=")[1]) == pytest.approx(expected)


def test_standard_input(cli, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("x*y\n"))
    assert "df/dx = y" in cli("grad")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO("-x*y\n"))
    assert "df/dy = -x" in cli("grad", "-", "--wrt", "y")[1]


def test_wrt_and_points_of_a_formula(cli):
    _, out, _ = cli("grad", "a*x**2", "--wrt", "x", "--at", "x=pi/2", "a=1/3")
    assert "df/da" not in out
    assert re.search(r"df/dx = 1\.047197551", out)


def test_many_points(cli, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x,y,note\n3,4,a\n1,0.5,b\n")
    code, out, _ = cli("hessian", "x**2*y + y + 2", "--points", str(path))
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert list(rows[0]) == [
        "x", "y", "f", "df/dx", "df/dy", "d2f/dxdx", "d2f/dxdy", "d2f/dydx", "d2f/dydy",
    ]  # fmt: skip
    assert [float(v) for v in rows[0].values()] == [3, 4, 42, 24, 10, 8, 6, 6, 0]
    assert float(rows[1]["df/dx"]) == 1


def test_draw(cli, tmp_path):
    path = tmp_path / "f.svg"
    assert cli("draw", "sin(x)*y", "--svg", str(path))[0] == 0
    ET.parse(path)
    assert ET.fromstring(cli("draw", "x*y", "--at", "x=1", "y=2")[1]).tag.endswith("svg")


def test_doctor_names_the_engines(cli):
    out = cli("doctor")[1]
    for word in ("symdiff", "numpy", "networkx", "dot", "pygraphviz", "builtin"):
        assert word in out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["eval", "x +"], "position"),
        (["eval", "foo(x)"], "foo"),
        (["eval", "x", "--at", "y=1"], "'y' is not a variable"),
        (["eval", "x*y", "--at", "x=1"], "no value for 'y'"),
        (["eval", "x", "--at", "3"], "name=value"),
        (["grad", "x", "--wrt", "z"], "--wrt z"),
        (["eval", "x", "--points", "/nonexistent.csv"], "nonexistent"),
        (["eval", ""], "the expression is empty"),
        (["draw", "x", "--svg", "/nonexistent/f.svg"], "nonexistent"),
    ],
)
def test_bad_input_gets_one_clear_message_and_code_2(cli, argv, message):
    code, out, err = cli(*argv)
    assert code == 2
    assert out == ""
    assert err.startswith("symdiff: ")
    assert message in err
    assert "Traceback" not in err


def test_a_missing_column_is_named(cli, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("a\n1\n")
    assert "column 'x'" in cli("eval", "x", "--points", str(path))[2]


def test_unknown_command_and_option():
    for argv in (["frobnicate"], ["eval", "x", "--frobnicate"], ["eval", "x", "--js"], []):
        with pytest.raises(SystemExit) as stop:
            main(argv)
        assert stop.value.code == 2
