"""The branch not taken: it never reaches a value, a gradient or a Hessian."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from counting import calls_of

import symdiff as sd
from symdiff.backend.evaluate import evaluate
from symdiff.calculus.derivatives import gradient, hessian, jacobian
from symdiff.expr import Expr
from symdiff.leaves import Var
from symdiff.testing import mp_derivative
from symdiff.walk import postorder

MODES = ("forward", "reverse")

# where x <= 0 the first branch is nan or inf, and so is its derivative
BAD: dict[str, Callable[[Expr], Expr]] = {
    "log": sd.log,
    "sqrt": sd.sqrt,
    "reciprocal": lambda x: 1 / x,
    "power": lambda x: x**1.5,
    "nested": lambda x: sd.sqrt(sd.log(x + 1) / x),
    "product": lambda x: sd.log(x) * sd.exp(1 / x),
    "acosh": lambda x: sd.acosh(x + 1) ** 2,
    "lgamma": lambda x: sd.log(x) + sd.lgamma(x),
}


def _two_users(x: Expr, t: Expr) -> Expr:
    return sd.where(x > 0, t, x) + sd.where(x > 1, t * t, 2 * x)


def _three_users(x: Expr, u: Expr, bad: Callable[[Expr], Expr]) -> Expr:
    return sd.where(x > 0, bad(u) + u, u) + sd.where(x > 0, bad(u * u * u), x)


FORMS: dict[str, Callable[[Expr, Callable[[Expr], Expr]], Expr]] = {
    "one level": lambda x, bad: sd.where(x > 0, bad(x), x),
    "other side": lambda x, bad: sd.where(x <= 0, x, bad(x)),
    "scaled": lambda x, bad: 3 * sd.where(x > 0, bad(x), x * x) * x,
    "below a function": lambda x, bad: sd.exp(-sd.where(x > 0, bad(x), x)),
    "two levels": lambda x, bad: sd.where(x > 0, sd.where(x > 1, bad(x - 1), bad(x)), x**3),
    "inner constant": lambda x, bad: sd.where(x > 0, bad(2 * x) + 1, 0),
    "two users": lambda x, bad: _two_users(x, bad(x)),
    "clean user too": lambda x, bad: (
        sd.where(x > 0, bad(x), 0) + sd.sin(x) * sd.where(x > 0, x * bad(x), x)),
    "clip": lambda x, bad: sd.where(sd.clip(x, 0, 1) > 0, bad(x), x),
    "and": lambda x, bad: sd.where((x > 0) & (x < 5), bad(x), x),
    "three users": lambda x, bad: _three_users(x, x * 1.5, bad),
}  # fmt: skip


def _value(e: Expr | None, x: Expr, at: Any) -> Any:
    if e is None:
        return np.zeros(np.shape(at))
    return np.broadcast_to(evaluate(e, {x: at} if x in postorder([e]) else {}), np.shape(at))


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("form", FORMS)
def test_no_nan_from_the_branch_not_taken(form: str, name: str) -> None:
    """Value, gradient and all four second derivatives, as numbers and as a batch."""
    x = sd.Var("x")
    f = FORMS[form](x, BAD[name])
    points = [-2.0, -0.5, 0.0, 0.75, 1.75]
    graphs = {(): f}
    for inner in MODES:
        graphs[(inner,)] = jacobian([f], [x], inner)[0][0]
        for outer in MODES:
            graphs[(outer, inner)] = jacobian([graphs[(inner,)]], [x], outer)[0][0]
    for modes, graph in graphs.items():
        batch = _value(graph, x, np.array(points))
        for k, p in enumerate(points):
            got = _value(graph, x, p)
            assert np.isfinite(got), (modes, p, graph)
            assert batch[k] == pytest.approx(float(got), rel=1e-12, abs=1e-300)
            if p not in (0.0, 1.0):
                want = float(mp_derivative(f, {x: p}, [(x, ())] * len(modes))) if modes else None
                if want is not None:
                    assert float(got) == pytest.approx(want, rel=1e-10, abs=1e-12), (modes, p)


@pytest.mark.parametrize("form", FORMS)
def test_hessian_is_guarded(form: str) -> None:
    x = sd.Var("x")
    f = FORMS[form](x, sd.log)
    for modes in product(MODES, MODES):
        block = hessian(f, [x], modes)[0][0]
        assert np.isfinite(_value(block, x, np.array([-1.0, 0.0, 0.5, 2.0]))).all()


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), ()), ((2, 1), (1, 3))])
def test_guards_through_broadcasting(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    """Elements where the condition is false stay clean beside those where it is true."""
    X, y = sd.Var("X", shape=shapes[0]), sd.Var("y", shape=shapes[1])
    f = sd.sum(sd.where(X > 0, sd.log(X) * y, y * X) * sd.where(X > 0, sd.sqrt(X), 1))
    values = np.linspace(-1, 1, int(np.prod(shapes[0]))).reshape(shapes[0])
    at = {X: values, y: np.ones(shapes[1])}
    live, flat = np.maximum(values, 1e-9), values > 0
    by_x = np.where(flat, (1 / live) * np.sqrt(live) + np.log(live) / (2 * np.sqrt(live)), 1.0)
    spread = np.broadcast_shapes(*shapes)
    ratio = int(np.prod(spread)) // max(1, int(np.prod(shapes[0])))
    for mode in MODES:
        dx, dy = jacobian([f], [X, y], mode)[0]
        assert dx is not None
        assert dy is not None
        np.testing.assert_allclose(evaluate(dx, at), by_x * ratio, rtol=1e-12)
        inputs = {n for n in postorder([dy]) if n.op is Var}
        assert np.isfinite(evaluate(dy, {v: x for v, x in at.items() if v in inputs})).all()
    for modes in product(MODES, MODES):
        for row in hessian(f, [X, y], modes):
            for block in row:
                if block is not None:
                    inputs = {n for n in postorder([block]) if n.op is Var}
                    found = evaluate(block, {v: x for v, x in at.items() if v in inputs})
                    assert np.isfinite(found).all(), modes


@pytest.mark.parametrize("mode", MODES)
def test_guards_in_jacobians_of_arrays(mode: Any) -> None:
    """The batch axes of a Jacobian carry the guard too."""
    X = sd.Var("X", shape=(4,))
    out = sd.where(X > 0, sd.log(X), X * X)
    block = jacobian([out], [X], mode)[0][0]
    assert block is not None
    at = np.array([-2.0, 0.0, 0.5, 2.0])
    want = np.diag([-4.0, 0.0, 2.0, 0.5])
    np.testing.assert_array_equal(evaluate(block, {X: at}), want)
    second = jacobian([block], [X], mode)[0][0]
    assert second is not None
    full = np.zeros((4, 4, 4))
    for i, c in enumerate((2.0, 2.0, -4.0, -0.25)):
        full[i, i, i] = c
    np.testing.assert_array_equal(evaluate(second, {X: at}), full)


def test_a_scalar_condition_guards_an_array() -> None:
    c, X = sd.Var("c"), sd.Var("X", shape=(2,))
    f = sd.sum(sd.where(c > 0, 1 / X, X))
    (slope,) = gradient(f, [X])
    assert slope is not None
    np.testing.assert_array_equal(evaluate(slope, {c: -1.0, X: np.zeros(2)}), [1, 1])


def test_norm_and_power_have_no_nan_at_zero() -> None:
    x, y = sd.vars("x y")
    slopes = gradient(sd.hypot(x, y), [x, y])
    assert [float(evaluate(g, {x: 0.0, y: 0.0})) for g in slopes if g is not None] == [0.0, 0.0]
    (slope,) = gradient(x**y, [y])
    assert slope is not None
    assert float(evaluate(slope, {x: 0.0, y: 2.0})) == 0.0


def test_ties_share_equally() -> None:
    x, y = sd.vars("x y")
    for op in (sd.maximum, sd.minimum):
        for mode in MODES:
            row = jacobian([op(x, y)], [x, y], mode)[0]
            assert [float(evaluate(g, {x: 2.0, y: 2.0})) for g in row if g is not None] == [
                0.5,
                0.5,
            ]
        (slope,) = gradient(op(x, x), [x])
        assert slope is not None
        inputs = {x: 2.0} if x in postorder([slope]) else {}
        assert float(evaluate(slope, inputs)) == 1.0


x, y = sd.vars("x y")


def nested_choices(n: int) -> Expr:
    e = x
    for _ in range(n):
        e = sd.where(e > 0, sd.sin(e), x)
    return e


def test_nested_choices_cost_what_they_are_many() -> None:
    few, many = nested_choices(200), nested_choices(2000)
    work = [calls_of(lambda e=e: sd.grad(e, x, simplify=False)) for e in (few, many)]
    assert work[1] < 11 * work[0]


def test_branches_of_one_choice_join() -> None:
    f = sd.where(x > 0, sd.log(x), x**2)
    assert str(sd.grad(f, x)) == "where(x > 0, 1/x, 2*x)"
    nested = sd.where(x > 0, sd.where(y > 0, x, 2 * x), sd.where(y > 1, 3 * x, x**2))
    assert str(sd.grad(nested, x)) == "where(x > 0, where(y > 0, 1, 2), where(y > 1, 3, 2*x))"


@pytest.mark.parametrize("simplify", [True, False])
def test_a_zero_by_a_choice_stays_zero_in_forward_mode(simplify: bool) -> None:
    """The exponent is 2 for x < 0, where the logarithm of x is nan."""
    x = sd.Var("x")
    power = x ** sd.where(x < 0, 2, x)
    nested = x ** sd.where(x < 0, sd.where(x < -1, 2, 3), x)
    below = sd.sqrt(sd.where(x > 0, sd.where(x < 9, x, 1), 0))
    for f, at, want in ((power, -2.0, -4.0), (nested, -2.0, -4.0), (nested, -0.5, 0.75),
                        (below, -1.0, 0.0), (below, 4.0, 0.25), (below, 10.0, 0.0)):  # fmt: skip
        for slope in (
            sd.derivative(f, x, simplify=simplify),
            sd.grad(f, x, simplify=simplify),
            sd.jvp(f, x, sd.Const(1), simplify=simplify),
        ):
            assert sd.evaluate(slope, {x: at}) == want
            assert sd.compile(slope, [x])(at) == want


@pytest.mark.parametrize("simplify", [True, False])
def test_relu_guards_what_is_above_it(simplify: bool) -> None:
    X = sd.Var("X", (2,))
    slope = sd.grad(sd.sum(sd.sqrt(sd.relu(X))), X, simplify=simplify)
    np.testing.assert_array_equal(sd.evaluate(slope, {X: [4.0, -1.5]}), [0.25, 0.0])
    np.testing.assert_array_equal(sd.compile(slope, [X])(np.array([4.0, -1.5])), [0.25, 0.0])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("simplify", [True, False])
def test_clip_between_crossed_ends_is_the_upper_one(mode: Any, simplify: bool) -> None:
    x, low, high = sd.vars("x low high")
    slopes = sd.jacobian(sd.clip(x, low, high), [x, low, high], mode=mode, simplify=simplify)
    for point, want in (
        ((-1.9, -0.5, -1.1), [0, 0, 1]),
        ((3.0, -0.5, -1.1), [0, 0, 1]),
        ((-0.8, -0.5, -1.1), [0, 0, 1]),
        ((0.2, -0.5, 1.1), [1, 0, 0]),
        ((-2.0, -0.5, 1.1), [0, 1, 0]),
        ((2.0, -0.5, 1.1), [0, 0, 1]),
        ((-0.5, -0.5, 1.1), [1, 0, 0]),
    ):
        values = dict(zip((x, low, high), point, strict=True))
        assert sd.evaluate(sd.clip(x, low, high), values) == np.clip(*point)
        assert np.asarray(sd.evaluate(slopes, values)).tolist() == want
