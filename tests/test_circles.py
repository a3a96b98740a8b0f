"""No circle of imports between files, and no function that enters itself without a bound.

The exceptions are exact: one that is needed no longer fails its test, and so does a new circle.
"""

import pytest
from source_calls import calls
from source_graphs import imports, knots, without_edges, without_nodes

NESTING = "the nesting of the lists, tuples and dicts that the user gives"
ONCE = "one step: it goes on to an object of another class, which ends there"
BOUNDED = {  # functions that may be entered again while they run, and what bounds it
    "backend/codegen.py:ScalarWriter.structure": NESTING,
    "backend/compile.py:Compiled._on_arrays": "once: the function of each scalar is not rolled up",
    "backend/compile.py:Compiled._roll": "once: the function of arrays is not rolled up again",
    "bars.py:Progress.close": ONCE,
    "bars.py:_Tqdm.close": ONCE,
    "hessians/sparsity.py:jacobian_sparsity": "once: the nodes of a list",
    "leaves.py:const": "once: a number of a subclass as one of int, float, bool or Fraction",
    "ops/creation.py:asarray": NESTING,
    "ops/kernels.py:index": "once: a function and an argument of that name",
    "ops/linear/inverse.py:_solution": "one look at the argument, a transpose",
    "ops/values.py:_contracted": "once: its operands are variables",
    "rewrite/forms/rational.py:Fractions._total": "the nesting of sums, in outputs of 80 nodes",
    "rewrite/match.py:fill": "the pattern of a rule",
    "rewrite/match.py:match": "the pattern of a rule",
    "rewrite/present.py:Presenter._product": "once: the terms of a sum under a minus",
    "rewrite/products.py:power": "once: a power of a power",
    "rewrite/products.py:mul": "once: exponents and powers of what is no product any more",
    "rewrite/products.py:raised": "a power of a power, one less each time",
    "rewrite/order.py:Ranks.group": ONCE,
    "rewrite/tables/growth.py:Growth.image": "twice: the terms of a sum, and sums in these",
    "rewrite/terms.py:Sum.over": "once: the products in a sum",
    "rewrite/terms.py:Sum.times": "once: the products in a sum",
    "show/diagram.py:Diagram.left_out": ONCE,
    "show/latex.py:_array": "once: the numbers in an array",
    "show/layout.py:structure": NESTING,
    "show/precedence.py:Formulas.after_parts": "once: a call that took a list is closed as a call",
    "structure.py:_join": NESTING,
    "structure.py:fill": NESTING,
    "structure.py:outline": NESTING,
    "tape/templates.py:packed_at": NESTING,
    "tracing/derived.py:Derivative.run": "the derivatives of derivatives that the user nests",
}


def shortest(parts):
    return sorted(min(parts, key=len)) if parts else []


def test_no_circle_of_imports():
    """Imports in functions and under TYPE_CHECKING are counted."""
    assert not shortest(knots(imports()))


def test_no_recursion_without_a_bound():
    assert not shortest(knots(without_nodes(calls(), BOUNDED)))


@pytest.mark.parametrize("name", BOUNDED)
def test_a_function_that_may_enter_itself_is_needed(name):
    others = [n for n in BOUNDED if n != name]
    assert knots(without_nodes(calls(), others)), "strike it off the list"


def test_circles_are_found():
    graph = {1: {2, 3}, 2: {1}, 3: {4}, 4: {5}, 5: {3}, 6: {6}, 7: {1}}
    assert sorted(map(sorted, knots(graph))) == [[1, 2], [3, 4, 5], [6]]
    assert knots(without_edges(graph, [(2, 1), (4, 5), (6, 6)])) == []
    assert knots(without_nodes(graph, [2, 5, 6])) == []
    deep = {i: {i + 1} for i in range(10_000)} | {10_000: {0}}
    assert len(knots(deep)[0]) == 10_001


def test_calls_are_found_through_names_methods_fields_and_tables():
    """Samples of each kind, so that a reader which sees nothing does not pass."""
    graph = calls()
    for user, used in [
        ("expr.py:make", "expr.py:intern"),
        ("expr.py:intern", "leaves.py:_ConstOp.digest_params"),  # a method of a subclass
        ("rewrite/simplify.py:simplify", "structure.py:flatten"),  # imported
        ("rewrite/arrays/linear_rules.py:of_multiple", "rewrite/engine.py:Plain.times"),
        ("show/parser.py:read", "show/parser.py:_Text.run"),  # of what a call returns
        ("show/precedence.py:Formulas.attempt", "show/scope.py:Scope.bounded"),  # inherited
        ("rewrite/row.py:Rule.inspect", "rewrite/arrays/array_rules.py:_reshape"),  # a field
    ]:
        assert used in graph[user], (user, used)
