"""Pictures with numbers: adjoints, flows along edges, local derivatives, how they are shown."""

import sys
import types
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from diagram_samples import SAMPLES, scattered

import symdiff as sd
from symdiff.draw import slopes
from symdiff.errors import ArgumentError, MissingPackage, NotAnExpression
from symdiff.walk import postorder, rebuild

x, y = sd.vars("x y")
TEXTBOOK = x**2 * y + y + 2
POINT = {x: 3, y: 4}
SVG = "{http://www.w3.org/2000/svg}"


def texts(tree, **options):
    """What stands in a picture, small print aside."""
    found = ET.fromstring(sd.to_svg(tree, engine="builtin", **options)).iter(f"{SVG}text")
    return [t.text for t in found if t.attrib["class"].split()[0] not in ("legend", "mark")]


def legend(tree, **options):
    found = ET.fromstring(sd.to_svg(tree, engine="builtin", **options)).iter(f"{SVG}text")
    return [(t.text, t.attrib["class"]) for t in found if "legend" in t.attrib["class"]]


# -- numbers ---------------------------------------------------------------------------------------


def moved(out, use, step, at):
    """The output with one use of a node moved by a step: the node stays as it is elsewhere."""
    user, i = use
    args = [a + step if k == i else a for k, a in enumerate(user.args)]
    return sd.evaluate(rebuild([out], given={user: user.op(*args)})[out], at)


@pytest.mark.parametrize("seed", range(6))
def test_flows_and_partials_are_finite_differences(seed):
    out = scattered(seed, 24)
    variables = [v for v in postorder([out]) if v.op is sd.Var]
    at = {v: 0.7 + 0.11 * i for i, v in enumerate(variables)}
    found = slopes([out], at, variables, partials=True)
    assert set(found.flows) == set(found.partials)
    h = 1e-5
    for use, flow in found.flows.items():
        user = use[0]
        far = (moved(out, use, h, at) - moved(out, use, -h, at)) / (2 * h)
        assert flow == pytest.approx(far, rel=1e-5, abs=1e-5)
        local = (moved(user, use, h, at) - moved(user, use, -h, at)) / (2 * h)
        assert found.partials[use] == pytest.approx(local, rel=1e-5, abs=1e-5)
        assert flow == pytest.approx(found.adjoints[user] * found.partials[use], rel=1e-12)


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in ("array", "leaf", "constant")])
def test_what_flows_into_a_node_adds_up_to_its_adjoint(name):
    out = SAMPLES[name]
    variables = [v for v in postorder([out]) if v.op is sd.Var]
    at = {v: 0.7 + 0.11 * i for i, v in enumerate(variables)}
    found = slopes([out], at, variables)
    sums = dict.fromkeys(found.adjoints, 0.0)
    for (user, i), flow in found.flows.items():
        sums[user.args[i]] += flow
    for node, total in sums.items():
        whole = pytest.approx(found.adjoints[node], rel=1e-12, nan_ok=True)
        assert (1 if node is out else total) == whole
    for v, slope in zip(variables, sd.evaluate(sd.grad(out, variables), at), strict=True):
        drawn = found.adjoints.get(v, 0)
        if np.isfinite(drawn):  # else an inner value overflows as the graph is written
            assert drawn == pytest.approx(slope, rel=1e-12)


def test_an_untaken_branch_sends_nothing():
    out = sd.where(x > 0, sd.log(x), y) * y
    found = slopes([out], {x: 0.0, y: 2.0}, [x, y], partials=True)
    assert found.adjoints[x] == 0
    assert not np.isnan(list(found.flows.values())).any()


def test_adjoints_of_inner_nodes_and_of_what_lies_below_them():
    inner = x * y
    found = slopes([sd.sin(inner) + x], {x: 2.0, y: 0.5}, [inner, x])
    assert found.adjoints[inner] == pytest.approx(np.cos(1.0))
    assert found.adjoints[x] == pytest.approx(0.5 * np.cos(1.0) + 1)
    assert y not in found.adjoints


def test_arrays():
    X = sd.Var("X", (2, 3))
    W = sd.Var("W", (3,))
    out = sd.sum(sd.tanh(X @ W) ** 2)
    at = {X: np.arange(6.0).reshape(2, 3) / 7, W: np.array([0.3, -0.2, 0.5])}
    found = slopes([out], at, [X, W], partials=True)
    product = out.args[0].args[0].args[0]
    z = at[X] @ at[W]
    bar = 2 * np.tanh(z) / np.cosh(z) ** 2
    np.testing.assert_allclose(found.flows[product, 0], np.outer(bar, at[W]), rtol=1e-13)
    np.testing.assert_allclose(found.flows[product, 1], at[X].T @ bar, rtol=1e-13)
    tanh = out.args[0].args[0]
    np.testing.assert_allclose(found.partials[tanh, 0], 1 / np.cosh(z) ** 2, rtol=1e-13)
    assert (product, 0) not in found.partials, "a whole tensor"


@pytest.mark.parametrize("wrt", ["x", 2, [x, "y"]])
def test_derivatives_by_what_is_no_expression_are_refused(wrt):
    with pytest.raises((sd.errors.KindError, NotAnExpression)):
        sd.draw(x * y, at=POINT, wrt=wrt)


def test_numbers_are_drawn_too():
    assert texts(2, at={}) == ["f =", "2"]


# -- what is shown ---------------------------------------------------------------------------------


def test_constants_are_drawn_at_each_use_without_adjoints():
    found = texts(TEXTBOOK * 2, at=POINT, wrt=[x, y])
    assert found.count("2") == 2
    assert "∂f: 40.55" not in found
    assert sum("∂" in text for text in found) == 7
    named = texts(sd.pi * x + sd.pi, at={x: 1.0}, wrt=[x], names={"half turn": sd.pi})
    assert named.count("π") == 1, "a named constant is one node"


def test_a_leaf_drawn_at_each_use_shows_the_adjoint_of_that_use():
    out = sd.sin(x) + sd.cos(x) + x * x + 3 * x
    assert [t for t in texts(out, at={x: 0.0}, wrt=[x]) if " of " in t] == [
        "∂f: 1 of 4", "∂f: -0 of 4", "∂f: 0 of 4", "∂f: 3 of 4",
    ]  # fmt: skip
    out = sd.sin(x) + x * x
    assert texts(out, at={x: 0.0}, wrt=[x])[:3] == ["x", "0", "∂f: 1"]


def test_small_arrays_show_their_numbers_and_large_ones_their_range():
    X = sd.Var("X", (2, 2))
    found = texts(sd.sum(X) ** 2, at={X: np.ones((2, 2))}, wrt=[X])
    assert found[:6] == ["X", "[1, 1]", "[1, 1]", "∂f:", "[8, 8]", "[8, 8]"]
    v = sd.Var("v", (10,))
    found = texts(sd.sum(v**2), at={v: np.arange(10.0) / 3}, wrt=[v])
    assert found[:4] == ["v", "(10,)", "0 to 3", "∂f: 0 to 6"]
    assert "∂f: all 1" in found
    w = sd.Var("w", (0,))
    assert texts(sd.sum(w), at={w: np.zeros(0)})[:2] == ["w", "(0,)"]


def test_edges_show_local_derivatives_or_what_flows():
    for options in ({"wrt": [x, y]}, {}):
        found = texts(x * y, at=POINT, edges="partials", **options)
        assert found == ["x", "3", "∂f: 4", "y", "4", "∂f: 3", "4", "3", "f =", "×", "12", "∂f: 1"]
    found = texts(2 * x * x, at={x: 3}, edges="flow")
    assert "∂f: 6 + 6 = 12" in found
    assert {"3 · 2 = 6", "1 · 6 = 6"} & {*found}
    X = sd.Var("X", (2,))
    assert "[2, 2]" in texts(sd.sum(2 * X), at={X: np.ones(2)}, edges="flow")
    with pytest.raises(ArgumentError, match="edges is one of '', 'partials', 'flow'"):
        sd.draw(x, edges="both")
    with pytest.raises(NotAnExpression, match="a point"):
        sd.draw(x, edges="flow")


def test_outputs_in_a_dict_are_named_by_its_keys_in_its_order():
    found = texts({"loss": x * y, "parts": [x + y, x - y]}, at=POINT)
    assert [t for t in found if t.endswith(" =")] == ["loss =", "parts_0 =", "parts_1 ="]
    assert "total =" in texts({"loss": sd.sin(x * y)}, names={"total": x * y})
    assert "∂loss: 1" in texts({"loss": x * y}, at=POINT, wrt=x)


def test_the_legend_says_what_is_there():
    assert legend(x * y) == []
    assert legend(x * y, at=POINT) == [("value", "legend value")]
    rows = legend(x * y, at=POINT, wrt=[x], edges="flow")
    assert [row[0] for row in rows] == [
        "value",
        "∂f: derivative by the node",
        "on edges: ∂f above · local derivative = part of ∂f below",
    ]
    assert legend(x * y, at=POINT, wrt=[x], edges="partials")[2][0] == "on edges: local derivative"


# -- directions and files --------------------------------------------------------------------------


def size(svg):
    root = ET.fromstring(svg)
    return float(root.get("width")), float(root.get("height"))


def test_a_tall_picture_is_laid_on_its_side():
    width, height = size(sd.to_svg(SAMPLES["deep"], engine="builtin"))
    assert width > 5 * height
    up = size(sd.to_svg(SAMPLES["deep"], engine="builtin", direction="up"))
    assert up[1] > 4 * up[0]
    short = size(sd.to_svg(TEXTBOOK, engine="builtin"))
    assert short[1] > short[0], "what fits on a screen stays upright"
    assert "rankdir=LR" in sd.to_dot(TEXTBOOK, direction="right")
    with pytest.raises(ArgumentError, match="direction is one of auto, up, right"):
        sd.to_svg(x, direction="left")


@pytest.mark.parametrize("name", ["textbook", "ladder", "where", "scattered3"])
def test_edges_point_to_the_right_in_a_picture_on_its_side(name):
    drawn = sd.draw(SAMPLES[name], engine="builtin", direction="right")
    placing = drawn._placed[1]
    for edge, course in zip(drawn._drawn.edges, placing.courses, strict=True):
        (tail, _), (head, _) = placing.centres[edge.tail], placing.centres[edge.head]
        assert tail < course[0][0] <= course[-1][0] < head
    for (cx, cy), node in zip(placing.centres, drawn._drawn.nodes, strict=True):
        assert node.size[0] / 2 - 0.1 <= cx <= placing.width - node.size[0] / 2 + 0.1
        assert node.size[1] / 2 - 0.1 <= cy <= placing.height - node.size[1] / 2 + 0.1


@pytest.mark.parametrize("direction", ["up", "right"])
@pytest.mark.parametrize("seed", range(5))
def test_two_outputs_stand_in_their_order(seed, direction):
    parts = scattered(seed, 30).args
    tree = {"first": parts[0] * parts[1], "second": parts[2] + parts[3]}
    drawn = sd.draw(tree, engine="builtin", direction=direction)
    placing, nodes = drawn._placed[1], drawn._drawn.nodes
    first, second = [c for c, node in zip(placing.centres, nodes, strict=True) if node.output]
    across = direction == "right"
    assert first[across] <= second[across]


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_pictures_as_png_and_pdf(suffix, tmp_path):
    pytest.importorskip("cairosvg", exc_type=ImportError)
    path = tmp_path / f"f.{suffix}"
    sd.draw(TEXTBOOK, at=POINT, wrt=[x, y], engine="builtin").save(path)
    content = path.read_bytes()
    assert content.startswith({"png": b"\x89PNG\r\n", "pdf": b"%PDF-"}[suffix])
    if suffix == "png":  # twice as many pixels as px, so that it is sharp on a slide
        pixels = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
        wanted = size(sd.to_svg(TEXTBOOK, at=POINT, wrt=[x, y], engine="builtin"))
        assert pixels == tuple(int(2 * length) for length in wanted)


def test_without_cairosvg_a_named_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    for suffix in ("png", "pdf"):
        with pytest.raises(MissingPackage, match=r"cairosvg.*symdiff-engine\[pictures\]") as caught:
            sd.draw(x).save(tmp_path / f"f.{suffix}")
        assert (caught.value.package, caught.value.extra) == ("cairosvg", "pictures")
    assert not list(tmp_path.iterdir())


def test_a_picture_beyond_the_limit_of_cairo_is_scaled_down(monkeypatch, tmp_path):
    asked = {}
    fake = types.SimpleNamespace(svg2png=lambda **given: asked.update(given) or b"png")
    monkeypatch.setitem(sys.modules, "cairosvg", fake)
    e = x
    for _ in range(400):
        e = sd.sin(e)
    drawn = sd.draw(e, engine="builtin")
    drawn.save(tmp_path / "f.png")
    assert asked["scale"] < 2
    assert max(size(drawn.svg)) * asked["scale"] < 32_767
