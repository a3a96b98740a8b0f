"""What a diagram shows: the graph behind it, values and names, limits, and who draws it."""

import os
import stat
import sys
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from counting import calls_of
from diagram_samples import SAMPLES, deep, x, y

import symdiff as sd
from symdiff.errors import LimitError, MissingPackage, NameClash
from symdiff.show import engines
from symdiff.show.diagram import diagram, to_dot, to_networkx
from symdiff.show.graph import picture
from symdiff.show.label import number

TEXTBOOK = SAMPLES["textbook"]


def drawn(*outputs, **options):
    given = {"values": None, "adjoints": None, "names": None, "max_nodes": 2000, "cut": False}
    return picture(outputs, **{**given, **options})


def texts(node):
    return [line.text for line in node.lines]


# -- networkx ------------------------------------------------------------------------------------


def test_networkx_holds_the_textbook_graph():
    g = to_networkx([TEXTBOOK], {x: 3, y: 4, TEXTBOOK: 42}, {x: 24, y: 10, TEXTBOOK: 1})
    assert g.is_directed()
    assert g.is_multigraph()
    labels = dict(g.nodes(data="label"))
    assert sorted(labels.values()) == sorted(["x", "×", "y", "×", "2", "+", "+"])
    assert list(g) == list(range(7))
    top = g.nodes[6]
    assert (top["op"], top["formula"]) == ("add", "x*x*y + (y + 2)")
    assert (top["value"], top["adjoint"], top["output"], top["shape"]) == (42, 1, True, ())
    named = {data["label"]: data for _, data in g.nodes(data=True)}
    assert (named["x"]["value"], named["x"]["adjoint"], named["x"]["output"]) == (3, 24, False)
    assert "value" not in named["2"]
    assert "adjoint" not in named["2"]


@pytest.mark.parametrize("name", SAMPLES)
def test_networkx_is_the_graph(name):
    out = SAMPLES[name]
    order = sd.walk.postorder([out])
    g = to_networkx([out])
    assert g.number_of_nodes() == len(order)
    assert g.number_of_edges() == sum(len(e.args) for e in order)
    for i, e in enumerate(order):
        arguments = sorted((k, tail) for tail, _, k in g.in_edges(i, data="argument"))
        assert [order[tail] for _, tail in arguments] == list(e.args)
        assert [k for k, _ in arguments] == list(range(len(e.args)))
        assert g.nodes[i]["op"] == e.op.name


def test_parallel_edges_stay_apart():
    g = to_networkx([x * x])
    assert g.number_of_edges(0, 1) == 2
    assert len(drawn(x * x).edges) == 2


def test_deep_graphs_are_complete():
    e = deep(6000)
    assert to_networkx([e]).number_of_nodes() == len(sd.walk.postorder([e]))
    text = to_dot([e], max_nodes=None)
    assert text.count(" -> ") == 6000 + 2000


def test_formulas_of_long_sums_cost_what_they_show():
    work = []
    for count in (2600, 10_400):
        e = sum((sd.Var(f"a{i}") for i in range(count)), x)
        work.append(calls_of(lambda e=e: to_networkx([e])))
    assert work[1] < 4.5 * work[0]
    formulas = [f for _, f in to_networkx([e]).nodes(data="formula")]
    assert max(map(len, formulas)) <= 50
    assert "…" in formulas[-1]


# -- what a node shows ---------------------------------------------------------------------------


def test_values_stand_below_the_label_and_adjoints_below_them():
    values = {e: i for i, e in enumerate(sd.walk.postorder([TEXTBOOK]))}
    p = drawn(TEXTBOOK, values=values, adjoints={x: 24.0, TEXTBOOK: 1})
    assert texts(p.nodes[0]) == ["x", "0", "∂f: 24"]
    assert texts(p.nodes[-1]) == ["f =", "+", "6", "∂f: 1"]
    assert "value 0" in p.nodes[0].tooltip
    assert "24" in p.nodes[0].tooltip
    assert texts(drawn(sd.Const(2), values={sd.Const(2): 2.0}).nodes[0]) == ["f =", "2"]


def test_outputs_carry_their_names():
    p = drawn(x + y, x * y, x + y)
    assert {texts(n)[0] for n in p.nodes if n.output} == {"f1, f3 =", "f2 ="}
    p = drawn(x + y, names=["energy"], adjoints={x: 1})
    assert texts(p.nodes[0]) == ["x", "∂energy: 1"]


def test_roles_and_labels():
    X = sd.Var("X", (3, 4))
    p = drawn(sd.sin(X) ** 2 / sd.pi - sd.floor(X) * Fraction(1, 3))
    roles = {texts(n)[-2 if len(n.lines) > 1 else 0]: n.role for n in p.nodes}
    assert roles == {
        "X": "variable", "sin": "operation", "□∘²": "operation", "π": "constant", "÷": "operation",
        "floor": "operation", "1/3": "constant", "×": "operation", "−": "operation",
    }  # fmt: skip
    assert texts(p.nodes[0]) == ["X", "(3, 4)"]


def test_arguments_are_numbered_where_their_order_matters():
    marks = lambda e: [edge.mark for edge in drawn(e).edges]
    assert marks(x + y) == marks(x * y) == ["", ""]
    assert marks(x - y) == marks(x / y) == marks(x**y) == ["1", "2"]
    assert marks(sd.where(x, y, 2)) == ["1", "2", "3"]
    assert marks(sd.sin(x)) == [""]


def test_busy_leaves_are_drawn_beside_each_user():
    count = lambda e: Counter(n.lines[0].text for n in drawn(e).nodes)["x"]
    terms = [sd.sin(x), sd.cos(x), sd.exp(x), sd.log(x)]
    assert count(sd.Add(*terms[:3])) == 1
    assert count(sd.Add(*terms)) == 4
    p = drawn(sd.Add(*terms, x * x))
    assert len([n for n in p.nodes if n.role == "variable"]) == 5
    assert max(Counter((e.tail, e.head) for e in p.edges).values()) == 2, "x*x keeps one x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2 / 3, "0.666667"), (24.0, "24"), (-0.0, "-0"), (1e-300, "1e-300"), (float("nan"), "nan"),
        (float("-inf"), "-inf"), (123456789, "123456789"), (10**12, "1e+12"),
        (-(10**5000), "-1e+5000"),
        (True, "True"), (np.True_, "True"), (np.float64(1.5), "1.5"), (np.array(1.5), "1.5"),
        (np.zeros((2, 3)), "(2, 3)"), (Fraction(1, 3), "1/3"), (Fraction(10**30, 7), "1.42857e+29"),
        (Fraction(10**5000, 3), "3.33333e+4999"), (1 + 2j, "1+2j"), ("\n" * 99, "�" * 27 + "…"),
        (99999999999999999, "1e+17"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_nothing_and_wrong_names():
    assert "<svg" in diagram([], engine="builtin").svg
    with pytest.raises(ValueError, match="2 outputs need as many names, got 1"):
        diagram([x, y], names=["f"])


def test_huge_values_have_short_tooltips():
    p = drawn(x, values={x: Fraction(10**5000, 3)}, adjoints={x: -(10**5000)})
    assert "3.33333e+4999" in p.nodes[0].tooltip
    assert "-1e+5000" in p.nodes[0].tooltip


def test_huge_constants_are_drawn():
    assert "1e+5000" in diagram([x + 10**5000], engine="builtin").svg


def test_two_variables_of_one_name_are_refused():
    with pytest.raises(NameClash):
        diagram([sd.Var("a") + sd.Var("a", (3,))])


# -- limits --------------------------------------------------------------------------------------


def test_a_large_graph_is_refused_by_name_of_the_limit():
    with pytest.raises(LimitError, match=r"max_nodes=.*|cut=True") as caught:
        diagram([deep(3000)])
    assert caught.value.argument == "max_nodes"
    assert caught.value.limit == 2000
    assert "max_nodes" in str(caught.value)
    assert "cut=True" in str(caught.value)
    with pytest.raises(LimitError):
        to_dot([x + y], max_nodes=2)
    with pytest.raises(LimitError, match="edges"):
        diagram([sd.Add(*[x] * 20_000)])
    to_dot([x + y], max_nodes=3)


def test_a_cut_drawing_says_so_and_keeps_what_is_nearest():
    e = x
    for _ in range(300):
        e = sd.sin(e)
    e = e + sd.sin(y)
    total = len(sd.walk.postorder([e]))
    d = diagram([e], max_nodes=20, cut=True, engine="builtin")
    assert d.left_out == total - 20
    said = f"{total - 20} of {total} nodes are left out"
    assert said in d.svg
    assert said in d.dot
    assert said in repr(d)
    p = drawn(e, max_nodes=20, cut=True)
    assert len([n for n in p.nodes if n.role != "cut"]) == 20
    assert len([n for n in p.nodes if n.role == "cut"]) == 1
    assert any(texts(n) == ["y"] for n in p.nodes), "two steps below the output"
    whole = diagram([e], max_nodes=total, cut=True)
    assert whole.left_out == 0
    assert "left out" not in whole.svg


def test_a_cut_drawing_bounds_edges_too():
    p = drawn(sd.Add(*[sd.Var(f"x{i}") for i in range(100_000)], *[x] * 9), max_nodes=50, cut=True)
    assert len(p.nodes) <= 51
    assert len(p.edges) <= 51
    p = drawn(sd.Add(*[x] * 100_000), max_nodes=50, cut=True)
    assert len(p.edges) <= 251
    assert p.nodes[-2].role == "cut"


def test_nearly_two_thousand_nodes_are_drawn():
    d = diagram([deep(1480)], engine="builtin")
    assert d.svg.count("<title>") > 1900


# -- engines -------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch):
    """A machine without Graphviz."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(engines, "find_spec", lambda name: None)


def fake_dot(folder, monkeypatch, body):
    """Puts a program named dot on the path."""
    program = folder / "dot"
    program.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_without_graphviz_we_draw(bare):
    assert engines.available() == ("builtin",)
    d = diagram([TEXTBOOK])
    assert d.engine == "builtin"
    assert "<svg" in d.svg
    assert d._repr_svg_() == d.svg
    for engine in ("dot", "pygraphviz"):
        with pytest.raises(MissingPackage):
            _ = diagram([TEXTBOOK], engine=engine).svg
    with pytest.raises(ValueError, match="engine is one of"):
        _ = diagram([TEXTBOOK], engine="neato").svg


PLAIN = """
rows = sys.stdin.read().split()
assert sys.argv[1:] == ["-Tplain"]
print("graph 1 5 5")
print("node n0 1 1 .5 .5 x solid ellipse black lightgrey")
print("node n1 1 3 .5 .5 x solid ellipse black lightgrey")
print("edge n0 n1 4 1 1.2 1 1.8 1 2.2 1 2.8 solid black")
print("stop")
"""


def test_dot_on_the_path_places_the_nodes(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, PLAIN)
    d = diagram([sd.sin(x)])
    assert d.engine == "dot"
    name, placing = engines.place(drawn(sd.sin(x)), "dot")
    (x0, y0), (x1, y1) = placing.centres
    assert name == "dot"
    assert x0 == x1
    assert y0 - y1 == pytest.approx(144)
    assert len(placing.courses[0]) == 4


@pytest.mark.parametrize(
    "body",
    ["time.sleep(3); open(__file__ + '.done', 'w').close()",
     "sys.exit(1)", "print('graph')", "print('node n0 a b')", "print()", "",
     PLAIN.replace("print('stop')", "").replace("edge n0", "edge n9")],
)  # fmt: skip
def test_a_slow_or_broken_dot_is_replaced(tmp_path, monkeypatch, body):
    fake_dot(tmp_path, monkeypatch, body)
    monkeypatch.setattr(engines, "DOT_SECONDS", 0.5)
    d = diagram([sd.sin(x)], engine="dot")
    assert d.engine == "builtin"
    assert d.svg == diagram([sd.sin(x)], engine="builtin").svg
    assert not list(tmp_path.glob("*.done"))  # the slow one was stopped, not waited for


def test_large_graphs_are_not_given_to_graphviz(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "sys.exit('never asked')")
    monkeypatch.setattr(engines, "_by_dot", None)
    assert diagram([deep(700)]).engine == "builtin"


@pytest.mark.parametrize("engine", engines.available())
@pytest.mark.parametrize("name", SAMPLES)
def test_every_engine_found_here_draws_every_sample(engine, name):
    d = diagram([SAMPLES[name]], engine=engine)
    p = drawn(SAMPLES[name])
    assert d.engine == engine
    assert d.svg.count('class="node ') == len(p.nodes)
    assert d.svg.count('class="edge"') == len(p.edges)


def test_save_writes_what_the_suffix_says(tmp_path):
    d = diagram([TEXTBOOK], engine="builtin")
    d.save(tmp_path / "a.svg")
    d.save(str(tmp_path / "a.gv"))
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == d.svg
    assert (tmp_path / "a.gv").read_text(encoding="utf-8") == d.dot
    with pytest.raises(ValueError, match=r"\.svg"):
        d.save(tmp_path / "a.jpg")


def test_themes():
    light, dark, auto = (
        diagram([x], engine="builtin", theme=t).svg for t in ("light", "dark", "auto")
    )
    assert "@media" not in light + dark
    assert "prefers-color-scheme:dark" in auto
    assert len({light, dark, auto}) == 3
    with pytest.raises(ValueError, match="theme is one of"):
        _ = diagram([x], theme="blue").svg
