"""The commands of the classroom: traces, methods side by side, derivations with numbers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import symdiff as sd

Cli = Callable[..., tuple[int, str, str]]
F = "x**2*y + y + 2"
x, y = sd.vars("x y")


def test_traces(cli: Cli) -> None:
    table = sd.trace_table(sd.parse(F), {"x": 3, "y": 4})
    point = ("--at", "x=3", "y=4")
    assert cli("trace", F, *point) == (0, f"{table}\n", "")
    assert cli("trace", F, *point, "--latex")[1] == table.latex() + "\n"
    assert cli("trace", F, *point, "--pretty")[1] == table.pretty() + "\n"
    forward = cli("trace", F, *point, "--mode", "forward", "--wrt", "y")[1]
    assert forward.splitlines()[-1].split()[-2:] == ["42", "10"]
    found = json.loads(cli("trace", F, *point, "--json")[1])
    assert found["rows"][0] == {"name": "x", "formula": None, "value": 3, "adjoint": 24}
    assert found["rows"][-1] == {"name": "f", "formula": F, "value": 42, "adjoint": 1}
    rows = cli("trace", "x2*x10 + x1", "--at", "x1=1", "x2=2", "x10=1/3")[1].splitlines()[2:]
    assert [row.split() for row in rows[:3]] == [
        ["x1", "1", "1"],
        ["x2", "2", "1/3"],
        ["x10", "1/3", "2"],
    ]


def test_definitions_are_names_of_nodes(cli: Cli) -> None:
    text = "h1 = tanh(w*x); (h1 - y)**2"
    point = ("--at", "w=0.5", "x=1", "y=2")
    rows = cli("trace", text, *point)[1].splitlines()
    assert [row.split()[0] for row in rows[2:]] == ["w", "x", "y", "v1", "h1", "v2", "f"]
    steps = cli("explain", text, *point, "--wrt", "w")[1].splitlines()
    assert steps[:2] == ["with h1 = tanh(w*x)", "at w = 0.5, x = 1, y = 2"]
    assert "d/dw[h1 - y] = d/dw[h1] = 0.786448" in steps[3]
    found = json.loads(cli("explain", "x**2*y", *("--at", "x=3", "y=4", "--wrt", "x", "--json"))[1])
    assert [step.get("value") for step in found["x"]["steps"]] == [24, 6, 24]
    assert found["x"]["value"] == 24
    assert "tanh²" not in cli("explain", text, "--wrt", "y", "--pretty")[1]


def test_methods(cli: Cli) -> None:
    status, out, _ = cli("compare", "sin(x**2)", "--at", "x=3", "--steps", "1e-4")
    assert status == 0
    step, slope = out.splitlines()[2].split()[2:4]
    assert (step, slope[:9]) == ("0.0001", "-5.467614")  # as in the notebook
    found = json.loads(cli("compare", "x**3", "--at", "x=2", "--json")[1])
    assert [row["step"] for row in found["rows"]] == [
        0.01, 1e-5, 1e-8, 0.01, 1e-5, 1e-8, 1e-30, None, None, None,
    ]  # fmt: skip
    assert found["rows"][-1]["df/dx"] == 12


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["trace", F, "--at", "x=3"], "no value for 'y'"),
        (["trace", F, "--at", "x=3", "y=4", "--mode", "sideways"], "invalid choice: 'sideways'"),
        (["trace", F, "--steps", "3"], "trace has no option --steps"),
        (["compare", "[x, y]", "--at", "x=1", "y=2"], "compare needs a scalar"),
        (["compare", "2"], "compare takes 1 to 100 numbers"),
        (["compare", "x", "--at", "x=1", "--steps", "0"], "--steps are positive numbers"),
        (["compare", "x", "--at", "x=1", "--steps", "small"], "invalid float value: 'small'"),
    ],
)
def test_what_is_wrong_is_said(cli: Cli, argv: list[str], words: str) -> None:
    status, out, err = cli(*argv)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
