"""What a notebook shows: IPython's display data of expressions, structures of them and results."""

import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symdiff as sd
from symdiff.html import array, folded, table

x, y = sd.vars("x y")
f = sd.exp(-(x**2)) * sd.sin(x * y)


@pytest.fixture(scope="module")
def shown():
    """The display data of a value in a running IPython with the package imported."""
    pytest.importorskip("IPython", reason="the extra docs brings IPython")
    from IPython.core.interactiveshell import InteractiveShell

    from symdiff import notebook

    shell = InteractiveShell.instance()
    notebook.install()
    yield lambda value: shell.display_formatter.format(value)[0]
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (x**2, "x^{2}"),
        ([x, y**2], r"\left[x, y^{2}\right]"),
        ((x, 1), r"\left(x, 1\right)"),
        ({x: y, "name": [x]}, r"\left\{x: y, \mathtt{name}: \left[x\right]\right\}"),
        (sd.hessian(x**2 * y, [x, y]), r"\begin{pmatrix} 2 y & 2 x \\ 2 x & 0 \end{pmatrix}"),
    ],
)
def test_formulas_are_set(shown, value, latex):
    assert shown(value)["text/latex"] == rf"$\displaystyle {latex}$"


@pytest.mark.parametrize("value", [[1, 2], ["x", x], {}, [], (None, x), [[x] * 200], {"a": 1.0}])
def test_what_is_no_structure_of_formulas_is_shown_as_python_prints_it(shown, value):
    assert "text/latex" not in shown(value)


def test_shared_parts_are_set_line_by_line(shown):
    shared = sd.cse([f, sd.grad(f, x)])
    bindings, outputs = shared
    text = shown(shared)["text/latex"]
    assert text.count(r"\\") == len(bindings)
    assert all(sd.latex(part) in text for _, part in bindings)
    assert sd.latex(outputs) in text


def test_structured_hessians_are_set(shown):
    T, U, V = sd.Var("T", (6, 5)), sd.Var("U", (6, 2)), sd.Var("V", (5, 2))
    found = sd.hessian(sd.sum((T - U @ V.T) ** 2), U, structured=True)
    assert shown(found)["text/latex"] == (
        r"$\displaystyle \text{Kronecker: } I \otimes 2 V^\top V$"
    )
    u = sd.Var("u", (5,))
    found = sd.hessian(sd.sum(sd.sin(u) * u) + sd.sum(u) ** 2, u, structured=True)
    assert r"\operatorname{diag}\left(2 \cos\left(u\right)" in shown(found)["text/latex"]


def cells(html):
    return [[cell.text for cell in row] for row in ET.fromstring(html).iter("tr")]


def test_values_are_tables(shown):
    w = sd.Variable(np.array([[1.0, 0.25], [3.0, 4.0]]), name="w<b>")
    with sd.GradientTape(persistent=True) as tape:
        z = sd.sum(w @ w)
    assert cells(shown(w)["text/html"]) == [["1", "0.25"], ["3", "4"]]
    assert "variable w&lt;b&gt; of shape (2, 2), float64" in shown(w)["text/html"]
    assert cells(shown(z)["text/html"]) == [[f"{z.numpy():.6g}"]]
    assert cells(shown(tape)["text/html"])[1] == ["w<b>", "(2, 2)", "float64"]
    assert "persistent tape: 3 entries, 1 watched" in shown(tape)["text/html"]


def test_results_are_tables(shown):
    best = sd.minimize((x - 1) ** 2 + y**2, {x: 0.0, y: 1.0})
    rows = dict(cells(shown(best)["text/html"]))
    assert rows["formula"] == "(x - 1)**2 + y**2"
    assert rows["success"] == "True"


def test_compiled_functions_fold_their_source(shown):
    compiled = sd.compile(f, [x, y])
    html = shown(compiled)["text/html"]
    assert ET.fromstring(html).find("pre").text == compiled.source
    assert re.search(r"compiled function of \(x, y\), \d+ instructions, \d+ lines", html)


def test_traces_derivations_and_diagrams_show_themselves(shown):
    assert "<table>" in shown(sd.trace_table(f, at={x: 1.0, y: 2.0}))["text/html"]
    derivation = shown(sd.explain(f, x))["text/latex"]
    assert derivation.startswith(r"$\displaystyle \begin{aligned}")
    assert r"\notag" not in derivation
    assert shown(sd.draw(f))["image/svg+xml"].startswith("<svg")


def test_large_arrays_are_printed_and_nothing_is_taken_for_html():
    assert array("a", np.zeros((100, 100))).startswith("<p>a</p>\n<pre>[[0. 0.")
    assert "&lt;script&gt;" in table("t", [["<script>"]], ["left"])
    assert "&lt;script&gt;" in folded("s", "<script>")


def test_without_ipython_nothing_is_installed(monkeypatch):
    from symdiff import notebook

    monkeypatch.setitem(sys.modules, "IPython", None)
    notebook.install()
