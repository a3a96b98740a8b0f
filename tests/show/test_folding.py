"""Nodes drawn as one: a small power, chains, blocks that occur again; their formulas hold."""

import pytest
from counting import calls_of
from diagram_samples import SAMPLES, deep, x, y

import symdiff as sd
from symdiff.show.folding import BOX, blocks
from symdiff.show.graph import picture
from symdiff.walk import postorder


def labels(e, **options):
    nodes = picture(e, collapse=True, **options).nodes
    return [line.text for node in nodes for line in node.lines if line.style != "name"]


def cells(count):
    """A recurrent cell, unrolled."""
    h = x
    for i in range(count):
        h = sd.tanh(y * h + sd.Var(f"b{i}") + 1)
    return h


@pytest.mark.parametrize(
    ("power", "label"),
    [(x**2, "□²"), (x**-12, "□⁻¹²"), (sd.Var("A", (3, 3)) ** 2, "□∘²"), (x**0, "□⁰")],
)
def test_a_power_with_a_small_exponent_is_one_node(power, label):
    drawn = picture(power)
    assert [node.lines[1].text for node in drawn.nodes if node.output] == [label]
    assert len(drawn.nodes) == 2
    assert [edge.mark for edge in drawn.edges] == [""]


def test_other_exponents_are_nodes():
    for e in (x**y, 2**x, x**2.5, x**10**5, sd.Const(2) ** 3):
        assert len(picture(e).nodes) == 3, e


def test_without_being_asked_only_powers_are_folded():
    operations, leaves, copies_of_y = 4 * 4, 1 + 4, 4
    assert len(picture(cells(4)).nodes) == operations + leaves + copies_of_y + 4, "and each 1"


def test_a_chain_is_one_node():
    assert labels(sd.exp(sd.sin(2 * x) - 1)) == ["x", "exp(sin(2·□) − 1)"]
    assert labels(sd.sin(x) * y) == ["x", "sin", "y", "×"], "one function is no chain"
    found = labels(deep(30))
    assert found[0] == "x"
    assert found[1].startswith("sin(sin(")
    assert found[2] == "30 operations"


def test_a_cell_that_occurs_again_is_one_node_each_time():
    found = labels(cells(5))
    assert found.count("tanh(□·□ + □ + 1)") == 5
    assert sorted({*found} - {"tanh(□·□ + □ + 1)"}) == ["b0", "b1", "b2", "b3", "b4", "x", "y"]
    terms = sum(sd.sin(sd.Var(f"v{i}")) * sd.Var(f"w{i}") for i in range(6))
    assert labels(terms).count("□ + sin(□)·□") >= 5


def test_a_named_node_and_one_with_several_users_stand_on_their_own():
    inner = sd.sin(2 * x)
    found = labels(sd.exp(inner), names={"s": inner})
    assert found == ["x", "sin(2·□)", "exp"]
    shared = sd.sin(x)
    assert "sin" in labels(sd.exp(shared) + sd.cos(shared))


@pytest.mark.parametrize("name", [n for n in SAMPLES if n != "array"])
def test_a_block_does_to_what_goes_in_what_its_nodes_do(name):
    """Each box in turn is given the value that comes along its edge."""
    order = postorder([SAMPLES[name]])
    inputs = [v for v in order if v.op is sd.Var]
    value = sd.compile(order, inputs)(*[0.3 + 0.1 * i for i in range(len(inputs))])
    at = dict(zip(order, value, strict=True))
    for top, block in blocks(order, (), collapse=True).items():
        known = iter([at[user.args[i]] for user, i in block.uses])
        assert float(calculated(block.image, known)) == pytest.approx(
            float(at[top]), rel=1e-12, nan_ok=True
        )
        assert next(known, None) is None
        assert {user for user, _ in block.uses} <= {top, *block.inside}


def calculated(image, known):
    """The value of a tree over boxes; ``known`` are those of the boxes from left to right."""
    if not image.args:
        return next(known) if image.op is sd.Var and image.name == BOX else sd.evaluate(image)
    return sd.evaluate(image.op(*[sd.Const(calculated(a, known)) for a in image.args]))


def test_collapsed_graphs_are_linear_work():
    work = [calls_of(lambda n=n: picture(cells(n), collapse=True)) for n in (100, 400)]
    assert work[1] < 4.6 * work[0]
