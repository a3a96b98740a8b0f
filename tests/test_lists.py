"""Each derivative in a list is the one that its node has alone, also where one node of the list is
made of another.  The truth is mpmath's differentiation of the graph in which that one node is a
variable: no derivative rule takes part in it.
"""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import var
from symdiff.testing import mp_derivative, mp_evaluate
from symdiff.walk import rebuild

x, y, v, w = sd.vars("x y v w")
AT = {x: 0.7, y: 1.3, v: -0.4, w: 2.1}


def nested(count: int) -> tuple[Expr, list[Expr]]:
    """A function, and nodes of it of which each is made of those before."""
    nodes = [x, y]
    makers: list[Callable[[Expr, Expr], Expr]] = [
        lambda a, b: a * b + sd.sin(a),
        lambda a, b: sd.exp(a / (1 + b * b)),
        lambda a, b: sd.where(a > b, a**2, b * a),
        lambda a, b: sd.log(1 + a * a) - b,
    ]
    for i in range(count):
        nodes.append(makers[i % 4](nodes[-1], nodes[i // 2]))
    return sd.cos(nodes[-1]) * nodes[-2] + nodes[2] * x, nodes


def alone(f: Expr, node: Expr) -> float:
    """The derivative by one node, whatever it is made of."""
    symbol = var("alone", tag=10_000)
    values = AT | {symbol: mp_evaluate(node, AT)}
    image = rebuild([f], given={node: symbol})[f]
    return float(mp_derivative(image, values, [(symbol, ())], digits=40))


def number(e: Expr) -> float:
    return float(sd.evaluate(e, AT))


@pytest.mark.parametrize("simplify", [True, False])
def test_the_examples(simplify):
    square, fourth = x**2, (x**2) ** 2
    found = sd.grad(fourth, [square, x], simplify=simplify)
    assert [number(g) for g in found] == pytest.approx([2 * 0.7**2, 4 * 0.7**3], rel=1e-15)
    rows = sd.hessian(fourth, [square, x], simplify=simplify)
    assert number(rows[0, 0]) == 2
    assert number(rows[0, 1]) == number(rows[1, 0]) == pytest.approx(4 * 0.7)
    assert number(rows[1, 1]) == pytest.approx(12 * 0.7**2)
    along = sd.jvp(fourth, [square, x], [v, w], simplify=simplify)
    assert number(along) == pytest.approx(2 * 0.49 * -0.4 + 4 * 0.343 * 2.1)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("simplify", [True, False])
def test_gradients_of_nested_nodes(count, simplify):
    f, nodes = nested(count)
    truth = [alone(f, node) for node in nodes]
    singly = [sd.grad(f, node, simplify=simplify) for node in nodes]
    order = [*range(len(nodes))]
    for places in (order, order[::-1], order[1::2] + order[::2]):
        found = sd.grad(f, [nodes[i] for i in places], simplify=simplify)
        np.testing.assert_allclose(
            [number(g) for g in found], [truth[i] for i in places], rtol=1e-12
        )
    np.testing.assert_allclose([number(g) for g in singly], truth, rtol=1e-12)
    found = sd.vjp([f, nodes[-1]], {"a": tuple(nodes)}, [v, w], simplify=simplify)
    both = [
        AT[v] * t + AT[w] * alone(nodes[-1], node) for t, node in zip(truth, nodes, strict=True)
    ]
    np.testing.assert_allclose([number(g) for g in found["a"]], both, rtol=1e-12)


@pytest.mark.parametrize("mode", ["forward", "reverse", None])
def test_jacobians_and_products_with_tangents(mode):
    f, nodes = nested(5)
    outputs = [f, nodes[3], nodes[4]]
    truth = np.array([[alone(out, node) for node in nodes] for out in outputs])
    matrix = sd.evaluate(sd.jacobian(outputs, nodes, mode=mode), AT)
    np.testing.assert_allclose(matrix, truth, rtol=1e-12)
    tangents = np.linspace(-1, 2, len(nodes))
    along = sd.jvp(outputs, nodes, [sd.Const(float(t)) for t in tangents])
    np.testing.assert_allclose([number(e) for e in along], truth @ tangents, rtol=1e-12)


@pytest.mark.parametrize("modes", [(a, b) for a in (None, "forward", "reverse") for b in
                                   ("forward", "reverse")])  # fmt: skip
@pytest.mark.parametrize("simplify", [True, False])
def test_hessians_have_what_each_pair_has(modes, simplify):
    f, nodes = nested(4)
    matrix = np.array(
        [[number(e) for e in row]
         for row in sd.hessian(f, tuple(nodes), modes=modes, simplify=simplify)]
    )  # fmt: skip
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)
    for i, node in enumerate(nodes):
        single = number(sd.hessian(f, node, modes=modes, simplify=simplify))
        assert matrix[i, i] == pytest.approx(single, rel=1e-12)
    slopes = [sd.grad(f, node) for node in nodes]  # by variables: the total derivative of a slope
    for k, variable in enumerate((x, y)):
        np.testing.assert_allclose(
            matrix[:, k], [alone(slope, variable) for slope in slopes], rtol=1e-12
        )
    tangents = np.linspace(-1, 2, len(nodes))
    along = sd.hvp(f, nodes, [sd.Const(float(t)) for t in tangents], simplify=simplify)
    np.testing.assert_allclose([number(e) for e in along], matrix @ tangents, rtol=1e-12)


def test_a_network_by_its_activation_its_weights_and_its_bias():
    A, b, data = sd.Var("A", (2, 3)), sd.Var("b", (2,)), sd.Var("data", (3,))
    active = sd.tanh(A @ data + b)
    error = sd.sum((active - 1) ** 2)
    wrt = {"layer": [A, (b,)], "active": active}
    found = sd.grad(error, wrt)
    point = {A: np.arange(6.0).reshape(2, 3) / 9, b: [0.1, -0.3], data: [1.0, -0.5, 2.0]}
    for got, node in (
        (found["layer"][0], A), (found["layer"][1][0], b), (found["active"], active),
    ):  # fmt: skip
        np.testing.assert_array_equal(
            sd.evaluate(got, point), sd.evaluate(sd.grad(error, node), point)
        )
    slope = np.asarray(sd.evaluate(found["layer"][1][0], point))
    assert np.all(slope != 0)
    blocks = sd.hessian(error, [active, b])
    second = np.asarray(sd.evaluate(blocks[1][1], point))
    np.testing.assert_allclose(
        second, np.asarray(sd.evaluate(sd.hessian(error, b), point)), rtol=1e-12
    )
    np.testing.assert_allclose(
        np.asarray(sd.evaluate(blocks[0][1], point)),
        np.asarray(sd.evaluate(blocks[1][0], point)).T,
        rtol=1e-12,
    )


def test_variables_keep_their_digits_beside_a_node_made_of_them():
    probability = sd.sigmoid(x)
    loss = -sd.log(probability)
    found = sd.grad(loss, [probability, x])[1]
    assert sd.evaluate(found, {x: -800.0}) == -1.0
    assert found is sd.grad(loss, x)


def test_one_node_twice():
    assert number(sd.jvp(x**2, [x, x], [v, w])) == pytest.approx(2 * 0.7 * (AT[v] + AT[w]))
    assert [number(g) for g in sd.grad(x**2, [x, x])] == [1.4, 1.4]


def test_nodes_in_a_row_cost_linear_time():
    """No sweep a node: a gradient by 200 nodes of a chain emits a bounded number per node."""
    nodes = [x]
    for _ in range(200):
        nodes.append(sd.sin(nodes[-1]) * nodes[-1])
    found = sd.grad(nodes[-1], nodes, simplify=False)
    assert sd.count_ops(found) < 20 * len(nodes)
    assert number(found[0]) == pytest.approx(number(sd.grad(nodes[-1], x)), rel=1e-9)


def test_the_tape_gives_the_same():
    a, c = sd.Variable(1.5), sd.Variable(0.3)
    with sd.GradientTape(persistent=True) as tape:
        inner = a * a
        outer = sd.sin(inner) * c + inner * inner
        third = outer * inner
    sources = [outer, inner, a, c]
    found = tape.gradient(third, sources)
    single = [tape.gradient(third, s) for s in sources]
    assert [float(g) for g in found] == pytest.approx([float(g) for g in single], rel=1e-14)
    rows = tape.jacobian([third, outer], sources)
    assert [float(g) for g in rows[0]] == pytest.approx([float(g) for g in single], rel=1e-14)
    p, q = sd.vars("p q")
    square = p * p
    middle = sd.sin(square) * q + square * square
    at = {p: 1.5, q: 0.3}
    wanted = sd.evaluate(sd.hessian(middle * square, [middle, square, p, q]), at)
    np.testing.assert_allclose(tape.hessian(third, sources), wanted, rtol=1e-12)
    truth = mp_derivative(middle * square, at, [(p, ())] * 2)
    assert wanted[2, 2] == pytest.approx(float(mpmath.mpf(truth)), rel=1e-12)


def test_pictures_show_total_adjoints():
    square = x**2
    drawn = sd.draw(square**2, at={x: 3}, wrt=[square, x])
    assert "108" in drawn.svg


def test_a_derivative_is_called_with_all_variables_of_its_function() -> None:
    """Also where some of them are no longer in it."""
    f = x**2 + y
    with mpmath.workdps(40):
        first = {
            a: mpmath.diff(lambda *at: at[0] ** 2 + at[1], (3, 4), n)
            for a, n in ((x, (1, 0)), (y, (0, 1)))
        }
        second = [
            [float(mpmath.diff(lambda *at: at[0] ** 2 + at[1], (3, 4), n)) for n in row]
            for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))
        ]
    assert sd.grad(f, y)(x=3, y=4) == first[y]
    for simplify in (True, False):
        for a, slope in zip((x, y), sd.grad(f, [x, y], simplify=simplify), strict=True):
            assert slope(x=3, y=4) == pytest.approx(float(first[a]))
        assert sd.grad(f, {"y": y}, simplify=simplify)["y"](x=3, y=4) == first[y]
        found = sd.hessian(f, [x, y], simplify=simplify)(x=3, y=4)
        np.testing.assert_allclose(found, second, atol=1e-15)
        slopes = sd.jacobian(f, [x, y], simplify=simplify)(x=3, y=4)
        np.testing.assert_allclose(slopes, [float(first[x]), float(first[y])])
        assert sd.hessian(f, y, simplify=simplify)(x=3, y=4) == 0
        assert sd.derivative(f, x, 3, simplify=simplify)(x=3, y=4) == 0
