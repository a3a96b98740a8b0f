"""Calls and names that people bring along: they work, or they are told what to write."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.habits import ELSEWHERE

x, y = sd.vars("x y")
v = sd.Var("v", (2,))
f = x**2 * y + y + 2


def test_sympys_calls() -> None:
    a, b = sd.symbols("x y")
    assert (a, b, sd.symbols("x")) == (x, y, x)
    assert sd.symbols("u", shape=(3,)).shape == (3,)
    assert sd.symbols("p", positive=True) is sd.Var("p", domain=sd.POSITIVE)
    assert sd.symbols(["x", "y"], real=True) == (x, y)
    assert [v.name for v in sd.vars("w:2 x9:11, b")] == ["w0", "w1", "x9", "x10", "b"]
    assert sd.vars(["a b", "c"]) == [sd.Var("a b"), sd.Var("c")]
    assert (y * x).variables == (x, y)
    assert str(sd.diff(f, x)) == str(f.diff(x)) == "2*x*y"
    assert f.subs(x=3, y=4) is f.subs({x: 3, y: 4})
    assert f.subs(x, 3).subs(y, 4) is f.subs({x: 3, y: 4}) is f.subs([(x, 3), (y, 4)])
    assert (x + y).subs({x: y, y: x}) is y + x
    assert (x + x).simplify() is sd.simplify(x + x)
    assert f.latex() == sd.latex(f)
    assert f"{f:>20}|" == f"{f!s:>20}|"
    assert sd.lambdify([x, y], f)(3.0, 4.0) == 42.0
    assert sd.lambdify(x, [x, x**2], "numpy")(3.0) == [3.0, 9.0]
    with pytest.raises(sd.ArgumentError, match="NumPy"):
        sd.lambdify(x, f, "tensorflow")


def test_derivatives_by_several_variables() -> None:
    g = x**3 * y**2
    assert str(sd.derivative(g, x, y)) == "6*x**2*y"
    assert str(sd.derivative(g, x, 2, y)) == "12*x*y"
    assert str(sd.derivative(g, x, 2, y, 2)) == "12*x"
    assert sd.derivative(g, x, np.int64(2)) is sd.derivative(g, x, n=2) is sd.derivative(g, x, x)
    assert sd.derivative(g, x, 0, y) is sd.derivative(g, y)
    assert sd.derivative(sd.sin(x)) is sd.cos(x)
    assert sd.derivative(lambda t: t**3, 0, 2)(2.0) == 12.0
    with pytest.raises(sd.ArgumentError, match=r"which variable.*'x', 'y'"):
        sd.derivative(g)
    with pytest.raises(sd.KindError, match="2 is a number"):
        sd.derivative(g, x, 2, 2)


def test_values_by_position_are_in_the_order_of_the_names() -> None:
    assert f(3, 4) == f(3, y=4) == f(x=3, y=4) == 42
    assert f({x: 3, "y": 4}) == f({x: 3}, y=4) == 42
    names = sd.vars("x10 x2 a")
    total = names[0] * 100 + names[1] * 10 + names[2]
    assert total(1, 2, 3) == 321
    with pytest.raises(sd.ArityError, match=r"'x', 'y' in this order, got 3"):
        f(1, 2, 3)
    with pytest.raises(sd.ArityError):
        f(1, x=2)
    with pytest.raises(sd.MissingVariable, match="'y'"):
        f(3)


def test_lists_are_operands() -> None:
    point = {v: np.array([3.0, 5.0]), x: 2.0}
    for e, want in [
        (v - [1.0, 2.0], [2.0, 3.0]), ([1.0, 2.0] - v, [-2.0, -3.0]), ((1, 2) * v, [3.0, 10.0]),
        ([[1, 0], [0, 2]] @ v, [3.0, 10.0]), (v * [x, 1], [6.0, 5.0]), (v > [4, 4], [False, True]),
    ]:  # fmt: skip
        assert (
            sd.evaluate(e, {u: point[u] for u in point if u is v or "x" in str(e)}).tolist() == want
        )
    with pytest.raises(sd.ShapeError, match="alike"):
        v - [x, [1, 2]]
    with pytest.raises(sd.ShapeError, match="unevenly"):
        v - [[1], [1, 2]]
    with pytest.raises(sd.KindError, match="dtype <U1"):
        v - ["a", "b"]
    assert sd.hvp(sd.sum(v**3), v, [1, 2])(v=[1.0, 1.0]).tolist() == [6.0, 12.0]
    assert str(sd.vjp(v * x, v, [1, 2])) == "array([1, 2])*x"
    with pytest.raises(sd.ShapeError):
        sd.hvp(sd.sum(v**3), v, [1, 2, 3])
    t = sd.Variable(2.0)
    with pytest.raises(TypeError):
        v - [t, 1.0]


def test_numpys_lists_get_one_hint() -> None:
    calls: list[Callable[[], Any]] = [
        lambda: np.sum([x, y]), lambda: np.array([x, y]), lambda: sd.sum([x, y]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(TypeError, match=r"sd\.stack\(\[.*\]\) is an array of expressions"):
            call()


class Series:
    """What pandas gives: an array by ``__array__`` that leaves operators to who has more say."""

    __pandas_priority__ = 3000

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array([3.0, 5.0])

    def __sub__(self, other: Any) -> Any:
        if other.__pandas_priority__ > self.__pandas_priority__:
            return NotImplemented
        raise AssertionError("the Series went first")

    __mul__ = __sub__


def test_a_series_is_an_operand() -> None:
    s: Any = Series()
    assert sd.evaluate(s - x, {x: 1}).tolist() == sd.evaluate(-(x - s), {x: 1}).tolist() == [2, 4]
    assert sd.evaluate(sd.sum((s - x) ** 2), {x: 3}) == 4
    t = sd.Variable([1.0, 2.0])
    with sd.GradientTape() as tape:
        out = sd.sum(s * t)
    assert tape.gradient(out, t).tolist() == [3.0, 5.0]
    foreign = type("Array", (), {"__module__": "torch", "__array__": Series.__array__})()
    with pytest.raises(sd.KindError, match=r"np\.asarray"):
        x * foreign


def test_a_series_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    s = pandas.Series([3.0, 5.0])
    for e in (s - x, np.subtract(s, x), -(x - s)):
        assert sd.evaluate(e, {x: 1}).tolist() == [2.0, 4.0]
    assert type(s * sd.constant(2.0)) is sd.Tensor


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sd.grad(x**2, 2), "2 is a number"),
        (lambda: sd.hessian(x**2, [x, 2]), "2 is a number"),
        (lambda: sd.jvp(x**2, 2, 1), "2 is a number"),
        (lambda: sd.max(x, y), r"sd\.maximum\(x, y\)"),
        (lambda: sd.min(x, 0), r"sd\.minimum\(x, y\)"),
        (lambda: max(x, y), r"sd\.maximum\(a, b\)"),
        (lambda: math.sin(x), r"sd\.sin\(x\)"),
        (lambda: f.subs(x), r"f?.subs\(x, 2\)"),
        (lambda: f.evaluate(), r"sd\.evaluate\(e, \{\.\.\.\}\)"),
        (lambda: f.grad(x), r"sd\.grad\(x, \.\.\.\)"),
        (lambda: sd.reduce_sum, r"here it is sd\.sum"),
        (lambda: sd.Symbol, r"here it is sd\.Var"),
        (lambda: sd.len, "Python's own"),
        (lambda: f.free_symbols, r"use \.variables"),
        (lambda: x ^ 2, r"write x\*\*2"),
        (lambda: sd.vars("x", "y"), r"sd\.vars\('x y'\)"),  # type: ignore[arg-type]
        (lambda: sd.vars("x:z"), "x0:3"),
        (lambda: sd.symbols("n", integer=True), r"positive=True.*'integer'"),
        (lambda: sd.draw(f, edge="flow"), "did you mean edges="),
        (lambda: sd.draw(f, colour="red"), "its options are at, wrt, edges"),
        (lambda: sd.evaluate(f, [3, 4]), r"as in \{x: 3\} or x=3"),  # type: ignore[arg-type]
        (lambda: sd.trace_table(f, at=(3, 4)), r"as in \{x: 3\} or x=3"),  # type: ignore[arg-type]
        (lambda: sd.compile(f, "x y"), r"sd\.compile\(f, \[x, y\]\)"),  # type: ignore[arg-type]
        (lambda: float(sd.Const(3)), r"3 is an expression.*sd\.evaluate"),
        (lambda: sd.cot, r"write 1/sd\.tan\(x\)"),
        (lambda: sd.integrate, "nothing of the kind"),
        (lambda: sd.hesian, r"did you mean sd\.hessian"),
        (lambda: sd.sinn, r"sd\.sin "),
    ],
)
def test_clear_answers(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((sd.SymdiffError, AttributeError), match=words):
        call()


def test_the_names_that_are_told_exist() -> None:
    for name, here in ELSEWHERE.items():
        assert name not in sd.__all__
        if here.startswith("sd."):
            assert callable(eval(here.partition("(")[0], {"sd": sd})) or here == "sd.linalg"


def test_sparsity_by_a_list() -> None:
    found = sd.jacobian_sparsity([x * y, y**2], [x, y]).toarray()
    assert found.astype(int).tolist() == [[1, 1], [0, 1]]
    assert sd.jacobian_sparsity(v * x, [v, x]).toarray().tolist() == [
        [True, False, True], [False, True, True],
    ]  # fmt: skip


def test_every_option_of_draw_is_known() -> None:
    from symdiff.draw import OPTIONS

    given = {"at": {x: 3, y: 4}, "wrt": [x, y], "edges": "flow", "names": ["f"], "collapse": True,
             "direction": "up", "theme": "dark", "engine": "builtin", "max_nodes": 9,
             "cut": True}  # fmt: skip
    assert list(given) == list(OPTIONS)
    assert "<svg" in sd.draw(f, **given).svg


def test_difference_quotients_of_a_function_of_one_number() -> None:
    assert sd.central_difference(math.sin, 3) == pytest.approx(math.cos(3))
    assert sd.complex_step(np.sin, 3.0) == pytest.approx(math.cos(3), rel=1e-15)
    assert sd.difference_hessian(lambda t: t**3, 2.0) == pytest.approx(12)
