"""``sd.same`` and ``symdiff same``: equal, different at a point, or unknown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.cli import main

x, y = sd.vars("x y")
X = sd.Var("X", shape=(2, 2))


def test_an_equality_is_true() -> None:
    found = sd.same(sd.sin(2 * x), 2 * sd.sin(x) * sd.cos(x))
    assert found
    assert (found.equal, str(found), found.point, found.values) == (True, "equal", None, None)
    assert sd.same(x + 1, x + 1)
    assert sd.same(0.5, sd.Const(1) / 2)


def test_a_difference_shows_where() -> None:
    found = sd.same(sd.grad(x**3, x), 3 * x)
    assert not found
    assert found.equal is False
    assert found.point is not None
    assert found.values is not None
    at = found.point["x"]
    assert found.values == pytest.approx((3 * at**2, 3 * at))
    assert str(found).startswith("different at x = ")


def test_what_is_nowhere_defined_is_unknown() -> None:
    found = sd.same(sd.log(-1 - x**2), x)
    assert found.equal is None
    assert not found
    assert "no point" in str(found)


def test_expressions_are_compared_where_both_have_a_value() -> None:
    assert sd.same(sd.sqrt(x) ** 2, x)
    assert sd.same(x / x, 1)
    assert sd.same(sd.exp(x) / (1 + sd.exp(x)), sd.sigmoid(x))  # nan against 1 at 800


def test_a_given_point_decides() -> None:
    assert sd.same(sd.abs(x), x, at={x: 2})
    assert sd.same(sd.abs(x), x, at={"x": -2}).values == (2.0, -2.0)
    assert sd.same(sd.abs(x), x, at={x: [1.0, 2.0]})
    assert sd.same(sd.abs(x), x, at={x: [1.0, -2.0, 3.0]}).point == {"x": -2.0}
    assert sd.same(x * y, x**2, at={x: 3, y: 3})
    with pytest.raises(sd.MissingVariable):
        sd.same(x, y, at={x: 1})


def test_arrays_are_equal_if_all_elements_are() -> None:
    assert sd.same((X @ X).T, X.T @ X.T)
    found = sd.same(X @ X, (X @ X).T)
    assert found.equal is False
    assert found.point is not None
    assert np.shape(found.point["X"]) == (2, 2)
    with pytest.raises(sd.ShapeError, match="same"):
        sd.same(X, x)


def test_an_unknown_operation_is_unknown() -> None:
    op = sd.primitive("only_a_name", np.cosh, arity=1)  # no derivative: errors have no bound
    found = sd.same(op(3 * x) - op(x) * op(2 * x) + 1e-9, sd.sinh(x) * sd.sinh(2 * x))
    assert (found.equal, str(found)[:8]) == (None, "unknown:")


def test_variables_of_one_name_clash() -> None:
    with pytest.raises(sd.NameClash):
        sd.same(x, sd.Var("x", domain=sd.POSITIVE))


@pytest.mark.parametrize(
    ("argv", "code", "line"),
    [
        (["2*sin(x)*cos(x)", "sin(2*x)"], 0, "equal: both have the same value wherever"),
        (["-sin(x)", "-cos(x - pi/2)"], 0, "equal"),
        (["cos(x)", "-sin(x)"], 1, "different at x = "),
        (["-x", "x", "--at", "x=2"], 1, "different at x = 2: -2 and 2"),
        (["-x", "x", "--at", "x=0"], 0, "equal: both have the same value there"),
        (["sum(2*X)", "2*sum(X)", "--shape", "X=2,3"], 0, "equal"),
        (["log(-1 - x**2)", "x"], 2, "unknown: no point was found"),
    ],
)  # fmt: skip
def test_command(argv: list[str], code: int, line: str, capsys: Any) -> None:
    assert main(["same", *argv]) == code
    captured = capsys.readouterr()
    assert captured.out.startswith(line)
    assert captured.err == ""


def test_usage_errors_have_status_2(capsys: Any) -> None:
    assert main(["same", "x +", "x"]) == 2
    assert "position" in capsys.readouterr().err
    assert main(["same", "x", "y", "--at", "x=1"]) == 2
    assert "no value for 'y'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["same", "x"])
    assert stop.value.code == 2
