"""Named subexpressions, hidden sharing, substitution, counting."""

from __future__ import annotations

import pytest
from deep_calls import DEPTHS

import symdiff as sd
from symdiff.errors import UnknownVariable
from symdiff.expr import make
from symdiff.leaves import const
from symdiff.rewrite.cse import count_ops, cse, shared, subs

x, y, z, w = sd.vars("x y z w")


def test_count_ops_counts_the_shared_graph() -> None:
    assert count_ops(x) == 0
    assert count_ops(make(sd.Add, (x, y, z, const(2)))) == 3
    assert count_ops([x**2 + 1, sd.sin(x**2)]) == 3
    assert count_ops(sd.reshape(sd.Var("X", shape=(4,)), (2, 2))) == 0


def test_names_avoid_those_in_use() -> None:
    t0 = sd.Var("t0")
    bindings, out = cse(sd.sin(x + t0) * (x + t0))
    assert [name.name for name, _ in bindings] == ["t1"]
    assert bindings[0][1] is x + t0
    assert out is sd.sin(bindings[0][0]) * bindings[0][0]


def test_bindings_come_in_the_order_of_evaluation() -> None:
    s = x + y
    q = sd.sin(s)
    bindings, (f, g) = cse([q + s, q * s])
    (a, a_value), (b, b_value) = bindings
    assert (a_value, b_value) == (s, sd.sin(a))
    assert (f, g) == (b + a, b * a)


def test_an_output_that_another_output_uses_is_named() -> None:
    bindings, outputs = cse([x + y, sd.sin(x + y)])
    assert len(bindings) == 1
    assert outputs[0] is bindings[0][0]


@pytest.mark.parametrize("op", [sd.Add, sd.Mul])
def test_parts_of_sums_and_products_are_shared(op: sd.Op) -> None:
    wide = [op(x, y, z), op(x, y), op(w, y, x)]
    assert count_ops(wide) == 5
    assert count_ops(shared(wide)) == 3
    assert shared(wide)[1] is op(x, y)


def test_common_parts_without_a_node_of_their_own() -> None:
    xs = [sd.Var(f"x{i}") for i in range(8)]
    outputs = [sd.Add(*xs[:4], y), sd.Add(*xs[:4], z), sd.Mul(*xs[4:], y), sd.Mul(*xs[4:], z)]
    assert count_ops(shared(outputs)) == 3 + 2 + 3 + 2


def test_sums_of_several_floats_keep_their_order() -> None:
    e = sd.Add(x, const(1e16), const(-1e16))
    f = sd.Add(x, const(-1e16), y)
    assert shared([e, f])[0] is e


def test_sharing_wide_sums_is_linear() -> None:
    xs = [sd.Var(f"x{i}") for i in range(3000)]
    outputs = [sd.Add(*xs), sd.Add(*xs, y)]
    assert count_ops(shared(outputs)) <= 3000


def test_subs_is_simultaneous() -> None:
    assert subs(x / y, {x: y, y: x}) is y / x
    assert subs(x / y, {"x": y, "y": x}) is y / x
    assert subs({"a": [x + y]}, {x + y: z}) == {"a": [z]}
    assert subs(sd.sin(x) + x, {sd.sin(x): 2.0}) is const(2.0) + x


def test_subs_of_a_name_that_is_not_there() -> None:
    with pytest.raises(UnknownVariable, match="'q' is not a variable"):
        subs(x + y, {"q": 1})


@pytest.mark.parametrize("depth", DEPTHS)
def test_deep_graphs(depth: int) -> None:
    e = x
    for _ in range(depth):
        e = sd.sin(e) + x
    assert count_ops(e) == 2 * depth
    bindings, out = cse(e)
    assert (bindings, out) == ([], e)
    assert count_ops(subs(e, {x: y})) == 2 * depth
