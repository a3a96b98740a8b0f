"""No circle of imports between files, and no function that enters itself without a bound.

The exceptions are exact: one that is needed no longer fails its test, and so does a new circle.
"""

import pytest
from source_calls import calls
from source_graphs import imports, knots, without_edges, without_nodes

LED_BACK = [  # imports that close a circle, most of them hidden in functions
    ("rewrite/arrays/alike.py", "rewrite/canonical.py"),
    ("rewrite/arrays/contractions.py", "rewrite/canonical.py"),
    ("rewrite/arrays/norms.py", "rewrite/canonical.py"),
    ("rewrite/arrays/opening.py", "rewrite/canonical.py"),
    ("rewrite/arrays/symmetric.py", "rewrite/canonical.py"),
    ("rewrite/book.py", "rewrite/canonical.py"),
    ("rewrite/factor.py", "rewrite/canonical.py"),
    ("rewrite/logistic.py", "rewrite/canonical.py"),
    ("rewrite/powers.py", "rewrite/canonical.py"),
    ("rewrite/products.py", "rewrite/canonical.py"),
    ("rewrite/quotients.py", "rewrite/canonical.py"),
    ("rewrite/sums.py", "rewrite/canonical.py"),
]

NESTING = "the nesting of the lists, tuples and dicts that the user gives"
ONCE = "one step: it goes on to an object of another class, which ends there"
BOUNDED = {  # functions that may be entered again while they run, and what bounds it
    "backend/codegen.py:ScalarWriter.structure": NESTING,
    "bars.py:Progress.close": ONCE,
    "bars.py:_Tqdm.close": ONCE,
    "cli.py:_json_ready": NESTING,
    "leaves.py:const": "once: a number of a subclass as one of int, float, bool or Fraction",
    "ops/creation.py:asarray": NESTING,
    "ops/kernels.py:index": "once: a function and an argument of that name",
    "ops/linear/inverse.py:_solution": "one look at the argument, a transpose",
    "ops/values.py:_contracted": "once: its operands are variables",
    "rewrite/arrays/reading.py:_elementwise.build": "the operands of one contraction",
    "rewrite/arrays/reading.py:_inner.build": "the operands of one contraction",
    "rewrite/arrays/reading.py:_matmul.build": "the operands of one contraction",
    "rewrite/exact.py:power": "once: a square root, to a whole power",
    "rewrite/forms/collection.py:Collection.term": ONCE,
    "rewrite/match.py:match": "the pattern of a rule",
    "rewrite/order.py:Ranks.group": ONCE,
    "rewrite/terms.py:Sum.over": "once: the products in a sum",
    "rewrite/terms.py:Sum.times": "once: the products in a sum",
    "show/diagram.py:Diagram.left_out": ONCE,
    "show/latex.py:_array": "once: the numbers in an array",
    "show/layout.py:structure": NESTING,
    "show/parser.py:_Parser.after_parts": "once: a call that took a list is closed as a call",
    "structure.py:_join": NESTING,
    "structure.py:fill": NESTING,
    "structure.py:outline": NESTING,
    "tape/templates.py:packed_at": NESTING,
    "tracing/derived.py:Derivative.run": "the derivatives of derivatives that the user nests",
}
NO_BOUND_YET = [  # of the rewriter, whose constructors apply rules, which call constructors
    "rewrite/arrays/symmetric.py:_is_closed",
    "rewrite/book.py:RuleBook.of",
    "rewrite/canonical.py:Canonical.add",
    "rewrite/canonical.py:Canonical.apply",
    "rewrite/canonical.py:Canonical.contract",
    "rewrite/canonical.py:Canonical.mul",
    "rewrite/forms/collection.py:Collection.piled",
    "rewrite/forms/rational.py:Fractions._function",
    "rewrite/forms/written.py:Writing._total",
    "rewrite/match.py:fill",
    "rewrite/powers.py:power",
    "rewrite/present.py:Presenter._product",
    "rewrite/raw.py:Raw.apply",
]


def shortest(parts):
    return sorted(min(parts, key=len)) if parts else []


def test_no_circle_of_imports():
    """Imports in functions and under TYPE_CHECKING are counted."""
    assert not shortest(knots(without_edges(imports(), LED_BACK)))


@pytest.mark.parametrize("edge", LED_BACK, ids=" ".join)
def test_an_import_that_leads_back_is_needed(edge):
    others = [e for e in LED_BACK if e != edge]
    assert knots(without_edges(imports(), others)), "strike it off the list"


def test_no_recursion_without_a_bound():
    assert not shortest(knots(without_nodes(calls(), [*BOUNDED, *NO_BOUND_YET])))


@pytest.mark.parametrize("name", [*BOUNDED, *NO_BOUND_YET])
def test_a_function_that_may_enter_itself_is_needed(name):
    others = [n for n in [*BOUNDED, *NO_BOUND_YET] if n != name]
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
        ("rewrite/book.py:RuleBook.rewrite", "rewrite/canonical.py:Canonical.apply"),  # protocol
        ("show/parser.py:parse", "show/parser.py:_Parser.run"),  # of what a call returns
        ("show/parser.py:_Parser.attempt", "show/scope.py:Scope.bounded"),  # inherited
        ("rewrite/rules.py:Rule.inspect", "rewrite/arrays/array_rules.py:_reshape"),  # a field
    ]:
        assert used in graph[user], (user, used)
