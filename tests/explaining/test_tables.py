"""What a teacher shows: tables of traces and of methods, names, numerical derivatives."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import symdiff as sd
from symdiff.walk import postorder
from symdiff.witness import mp_derivative

x, y = sd.vars("x y")
f = x**2 * y + y + 2
AT = {x: 3, y: 4}

x1, x2 = sd.vars("x1 x2")
LECTURE = sd.log(x1) + x1 * x2 - sd.sin(x2)  # Baydin et al., JMLR 18 (2018), tables 2 and 3
NAMES = {
    "v1": sd.log(x1),
    "v2": x1 * x2,
    "v3": sd.sin(x2),
    "v4": sd.log(x1) + x1 * x2,
    "y": LECTURE,
}


def column(table: Any, title: str) -> dict[str, Any]:
    """The numbers of a column by the names of their rows."""
    at = [c.title for c in table.columns].index(title)
    return {row[0]: row[at] for row in table}


def test_the_tables_of_the_survey() -> None:
    forward = sd.trace_table(LECTURE, {x1: 2, x2: 5}, mode="forward", wrt=x1, names=NAMES)
    reverse = sd.trace_table(LECTURE, {x1: 2, x2: 5}, names=NAMES)
    values = {"x1": 2, "x2": 5, "v1": 0.693, "v2": 10, "v3": -0.959, "v4": 10.693, "y": 11.652}
    for table in (forward, reverse):
        assert column(table, "value") == pytest.approx(values, abs=6e-4)
    tangents = {"x1": 1, "x2": 0, "v1": 0.5, "v2": 5, "v3": 0, "v4": 5.5, "y": 5.5}
    assert column(forward, "d/dx1") == pytest.approx(tangents)
    adjoints = {"x1": 5.5, "x2": 1.716, "v1": 1, "v2": 1, "v3": -1, "v4": 1, "y": 1}
    assert column(reverse, "adjoint") == pytest.approx(adjoints, abs=4e-4)


def test_the_tables_of_the_notebook() -> None:
    """f(3, 4) = 42, df/dx = 24, df/dy = 10; exact numbers stay exact."""
    assert (
        str(sd.trace_table(f, AT, mode="forward"))
        == """\
forward mode at x = 3, y = 4
name  formula  value  d/dx  d/dy
x                  3     1     0
y                  4     0     1
v1    x**2         9     6     0
v2    v1*y        36    24     9
v3    v2 + y      40    24    10
f     v3 + 2      42    24    10"""
    )
    table = sd.trace_table(f, {"x": 3, "y": 4})
    assert list(table)[:3] == [("x", None, 3, 24), ("y", None, 4, 10), ("v1", x**2, 9, 4)]
    assert table[-1] == ("f", f, 42, 1)
    assert len(table) == 6
    assert repr(table) == "<Table 'reverse mode at x = 3, y = 4': 6 rows>"
    assert table.pretty().splitlines()[4] == "v1    x²           9        4"
    assert table.latex().splitlines()[:5] == [
        r"\begin{array}{llrr}",
        r"\text{name} & \text{formula} & \text{value} & \text{adjoint} \\ \hline",
        r"x &  & 3 & 24 \\",
        r"y &  & 4 & 10 \\",
        r"v_{1} & x^{2} & 9 & 4 \\",
    ]
    rows = ElementTree.fromstring(table._repr_html_()).findall("tr")
    assert ["".join(cell.itertext()) for cell in rows[3]] == ["v1", "x²", "9", "4"]


GRAPHS = {
    "network": sd.tanh(x * y + 1) * sd.exp(-x) + sd.softplus(x * y + 1),
    "branches": sd.where(x > y, sd.sin(x) * y, sd.cos(y)) + sd.maximum(x, y) ** 2,
    "quotient": sd.sin(x) / (1 + y**2) + (sd.sin(x) / (1 + y**2)) ** 3,
    "a variable": x,
}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_row_is_true(name: str) -> None:
    e, at = GRAPHS[name], {x: 0.7, y: 1.3}
    forward = sd.trace_table(e, at, mode="forward", wrt=[x, y])
    reverse = sd.trace_table(e, at, wrt=[x, y])
    names = {row[0]: row[1] if row[1] is not None else sd.Var(row[0]) for row in forward}
    adjoints = column(reverse, "adjoint")
    for row, node in names.items():
        if node.kind == "bool":
            continue
        for v in (x, y):
            expected = float(mp_derivative(node, at, [(v, ())])) if node is not v else 1
            assert column(forward, f"d/d{v.name}")[row] == pytest.approx(expected, rel=1e-12)
        u = sd.Var("u")
        value = sd.evaluate([e, node], at)[1]
        expected = float(mp_derivative(sd.subs(e, {node: u}), {**at, u: value}, [(u, ())]))
        assert (adjoints[row] or 0) == pytest.approx(expected, rel=1e-12)


def test_inner_nodes_and_directions() -> None:
    h = sd.tanh(x * y)
    e, at = sd.exp(h) * x, {x: 0.5, y: 2.0}
    table = sd.trace_table(e, at, mode="forward", wrt=[h, x], names={"h1": h})
    assert table[3][:2] == ("h1", h)
    assert str(table).splitlines()[5].split()[:2] == ["h1", "tanh(v1)"]
    assert column(table, "d/dh1")["f"] == pytest.approx(np.exp(np.tanh(1)) * 0.5, rel=1e-15)
    assert column(table, "d/dx")["f"] == pytest.approx(sd.evaluate(sd.grad(e, x), at), rel=1e-15)
    assert column(sd.trace_table(e, at, wrt=h, names={"h1": h}), "adjoint")["x"] is None
    along = sd.trace_table(e, at, mode="forward", along={"x": 2, y: -1})
    want = sd.evaluate(sd.jvp(e, [x, y], [2, -1]), at)
    assert column(along, "tangent")["f"] == pytest.approx(want, rel=1e-15)


def test_formulas_do_not_look_into_named_nodes() -> None:
    """A minus in front of a numerator or a term belongs to the node that has it."""
    table = sd.trace_table((-x) / 2 + (-y), AT)
    assert [row.split("&")[1].strip() for row in table.latex().splitlines()[4:8]] == [
        "-x", r"\frac{v_{1}}{2}", "-y", "v_{2} + v_{3}",
    ]  # fmt: skip
    assert [row.split()[1:-2] for row in str(table).splitlines()[4:]] == [
        ["-x"], ["v1/2"], ["-y"], ["v2", "+", "v3"],
    ]  # fmt: skip


def test_arrays_in_a_trace() -> None:
    W, v = sd.Var("W", (3, 2)), sd.Var("v", 2)
    e, at = sd.sum(sd.tanh(W @ v)), {W: np.ones((3, 2)), v: [1.0, 2.0]}
    table = sd.trace_table(e, at)
    assert column(table, "adjoint")["v1"].tolist() == pytest.approx([1 - np.tanh(3) ** 2] * 3)
    assert str(table).splitlines()[2].split()[-2:] == ["[0.00986604,", "0.0197321]]"]
    along = sd.trace_table(e, at, mode="forward", along={v: [1, 0]})
    assert column(along, "tangent")["v1"].tolist() == [1, 1, 1]
    assert not column(along, "tangent")["W"].any()
    with pytest.raises(sd.ShapeError, match="along"):
        sd.trace_table(e, at, mode="forward")


def test_what_a_trace_refuses() -> None:
    for call, kind, words in [
        (
            lambda: sd.trace_table(f, AT, mode="sideways"),
            sd.ArgumentError,
            "'forward' or 'reverse'",
        ),
        (lambda: sd.trace_table(f, {x: 3}), sd.MissingVariable, "'y'"),
        (lambda: sd.trace_table(f, AT, names={"h": sd.sin(x)}), sd.ArgumentError, "not there"),
        (lambda: sd.trace_table(f, AT, along={x: 1}), sd.ArgumentError, "forward mode"),
        (lambda: sd.explain(f, x, names=["h"]), sd.ArgumentError, '"h1": h1'),
        (lambda: sd.trace_table(f, AT, wrt=2), sd.KindError, "2 is a number"),
        (lambda: sd.trace_table(f, AT, max_nodes=3), sd.LimitError, "max_nodes"),
        (lambda: sd.trace_table([f, x], AT), sd.NotAnExpression, "one output"),
    ]:
        with pytest.raises(kind, match=words):
            call()


def test_names_in_pictures() -> None:
    h = sd.tanh(x * y)
    picture = sd.draw(sd.exp(h) * x, at={x: 1, y: 2}, wrt=[x, y], names={"h1": h})
    assert "h1 =" in picture.svg
    assert picture.svg.count(">∂f: ") == len(postorder([sd.exp(h) * x])) + 1, "and the legend"
    assert 'label="h1 =\\ntanh' in sd.to_dot(h + 1, names={"h1": h})
    assert sd.to_dot(h + 1, names={"h1": h}).count("peripheries=2") == 1
    with pytest.raises(sd.ArgumentError, match="not there"):
        sd.to_dot(h, names={"h1": x + 1})


def test_names_of_tensors_in_pictures() -> None:
    w = sd.Variable(0.5, name="w")
    with sd.GradientTape() as tape:
        h = sd.tanh(w * 2.0)
        loss = (h - 1.0) ** 2
    picture = tape.draw(loss, names={"h1": h, "loss": loss})
    assert "h1 =" in picture.svg
    assert "∂loss: " in picture.svg
    explained = sd.explain(tape.graph(loss), tape.graph(w), names={"h1": tape.graph(h)})
    assert "d/dw[(h1 - 1.0)**2] = 2*(h1 - 1.0)*d/dw[h1 - 1.0]" in str(explained)


# -- numerical derivatives -------------------------------------------------------------------------


def test_methods_side_by_side() -> None:
    e = sd.sin(x**2)
    table = sd.compare(e, {x: 3})
    exact = 6 * np.cos(9.0)
    slopes = [(row[0], row[1], row[2], row[3]) for row in table]
    assert len(slopes) == 10
    for name, step, slope, error in slopes:
        assert error == pytest.approx(abs(slope - exact), abs=2e-15)
        if name == "forward difference":  # h*f''/2 truncated, 2**-52/h rounded
            assert error <= abs(step * (np.cos(9.0) - 18 * np.sin(9.0))) * 1.5 + 2e-16 / step
        elif name != "central difference":
            assert error <= 2e-15
    rough = column(sd.compare(e, {x: 3}, steps=[1e-4]), "df/dx")["forward difference"]
    assert f"{rough:.5f}" == "-5.46761"  # as in the notebook
    operations = column(table, "operations")
    assert operations["reverse mode"] <= operations["forward mode"] <= operations["dual numbers"]


def test_methods_that_do_not_apply_leave_cells_empty() -> None:
    table = sd.compare(sd.floor(x) * y, {x: 3.5, y: 2.0}, steps=[1e-6])
    assert column(table, "df/dy")["complex step"] is None
    assert column(table, "df/dy")["reverse mode"] == 3
    assert "complex step        1e-30" in str(table)
    p = sd.Var("p", domain=sd.POSITIVE)
    assert column(sd.compare(p, {p: 1e-3}, steps=[0.1]), "error")["central difference"] is None
    X = sd.Var("X", (2, 2))
    by_element = sd.compare(sd.sum(X @ X), {X: np.ones((2, 2))})
    assert [c.title for c in by_element.columns][2:6] == [
        "df/dX[0, 0]", "df/dX[0, 1]", "df/dX[1, 0]", "df/dX[1, 1]",
    ]  # fmt: skip
    assert by_element[-1][2:6] == (4, 4, 4, 4)
    with pytest.raises(sd.NotScalar):
        sd.compare(X, {X: np.ones((2, 2))})
    with pytest.raises(sd.ArgumentError, match="1 to 100"):
        sd.compare(sd.Const(2), {})


def test_numerical_derivatives_are_public() -> None:
    g = lambda a, b: a**2 * b + b + 2
    assert sd.forward_difference(g, [3, 4], 1e-4) == pytest.approx([24.0004, 10.0], abs=1e-6)
    assert sd.central_difference(f, {x: 3, y: 4}) == pytest.approx({x: 24, y: 10}, abs=1e-8)
    assert sd.complex_step(g, [3, 4]) == sd.complex_step(f, [3, 4]) == [24.0, 10.0]
    with pytest.raises(sd.ArityError, match="2 values, for 'x', 'y'"):
        sd.central_difference(f, [3])
    with pytest.raises(sd.NotAnExpression, match=r"f\(x\)"):
        sd.compare(g, AT)
    H = sd.difference_hessian(f, {x: 3, y: 4})
    assert [[H[a][b] for b in (x, y)] for a in (x, y)] == [
        pytest.approx([8, 6], abs=1e-5), pytest.approx([6, 0], abs=1e-5),
    ]  # fmt: skip


def test_dual_numbers_as_in_the_notebook() -> None:
    assert repr(sd.Dual()) == "0.0"
    assert repr(sd.Dual(42)) == "42.0"
    assert repr(sd.Dual(3, 4) * sd.Dual(5, 7)) == "15.0 + 41.0ε"
    assert sd.evaluate(f, {x: sd.Dual(3, 1), y: 4}) == sd.Dual(42, 24)
    assert repr(sd.Dual(np.ones(2))) == "[1. 1.]"
