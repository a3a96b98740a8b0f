"""docs/from_tensorflow.md: its code prints what it says, and its names exist."""

import re
from pathlib import Path

import numpy as np
import pytest

import symdiff as sd

PAGE = (Path(__file__).parents[2] / "docs" / "from_tensorflow.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
OURS = [block for block in BLOCKS if "tf." not in block]
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith(("| `", "| |"))]


def said(block):
    return [line.split("  # ")[1] for line in block.splitlines() if line.startswith("print(")]


@pytest.mark.parametrize("block", OURS, ids=range(len(OURS)))
def test_the_code_prints_what_its_comments_say(block, capsys):
    exec(block, {"sd": sd, "np": np})
    assert capsys.readouterr().out.splitlines() == said(block)


def test_the_two_sides_say_the_same():
    theirs = [block for block in BLOCKS if "tf." in block]
    assert len(theirs) == len(OURS) - 1 == 6  # the imports have no other side
    for left, right in zip(theirs, OURS[1:], strict=True):
        assert said(left) == said(right)[: len(said(left))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip() or row[1].strip())
def test_the_names_exist(row):
    assert len(row) == 3
    assert row[1].strip()
    tape, optimizer = sd.GradientTape(), sd.optimizers.SGD()
    for name in re.findall(r"\b(?:sd|np|tape|optimizer)(?:\.\w+)+", row[1]):
        value = {"sd": sd, "np": np, "tape": tape, "optimizer": optimizer}[name.split(".")[0]]
        for part in name.split(".")[1:]:
            value = getattr(value, part)
    if row[1].strip() == "the same":
        for name in re.findall(r"`(v|tape|optimizer)\.(\w+)", row[0]):
            owner = {"v": sd.Variable(1.0), "tape": tape, "optimizer": optimizer}[name[0]]
            assert hasattr(owner, name[1])
        for name in re.findall(r"`(\w+)=`", row[0]):
            assert hasattr(optimizer, name)


def test_expressions_of_the_table_compute():
    scope = {"sd": sd, "y": sd.constant([[0.0, 1.0]]), "z": sd.constant([[0.5, -0.5]])}
    row = "-sd.sum(y * sd.log_softmax(z, axis=-1), axis=-1)"
    assert row in PAGE
    np.testing.assert_allclose(eval(row, scope).numpy(), [np.log(1 + np.e)])
    safe = "sd.where(sd.eq(y, 0), 0, x / y)"
    assert safe in PAGE
    x, y = sd.vars("x y")
    assert [sd.evaluate(s, {x: 1.0, y: 0.0}) for s in sd.grad(eval(safe), [x, y])] == [0, 0]


def test_what_is_different():
    """The claims of the last section about derivatives and operators."""
    x, W = sd.Variable([[0.5, -1.0]]), sd.Variable(np.ones((2, 2)))
    with sd.GradientTape(persistent=True) as outer:
        with sd.GradientTape() as inner:
            loss = sd.sum(sd.relu(x @ W + 2.0))
        g = inner.gradient(loss, W)
    assert g.tolist() == [[0.5, 0.5], [-1.0, -1.0]]
    assert outer.gradient(g, W) is None
    assert outer.gradient(g, W, unconnected_gradients="zero").tolist() == np.zeros((2, 2)).tolist()
    x = sd.Variable(2.0)
    with sd.GradientTape(persistent=True) as tape:
        y = x * x
        z = y * y
        cut = sd.constant(y) * x
    g = tape.gradient(z, y)
    assert float(tape.gradient(y, x, output_gradients=sd.clip(g, -1, 1))) == 4.0
    assert float(tape.gradient(cut, x)) == 4.0
    assert float(sd.constant(7.0) // 0.1) == 70.0
    assert tape.gradient(sd.Variable(3) * 2, x) is None


def test_a_hessian_times_a_vector():
    x, v = sd.Variable([1.0, 2.0, 3.0]), [1.0, 0.0, -1.0]
    with sd.GradientTape() as outer:
        with sd.GradientTape() as inner:
            f = sd.prod(x)
        g = inner.gradient(f, x)
    assert outer.gradient(g, x, output_gradients=v).tolist() == [-2.0, 3.0 - 1.0, 2.0]
