"""Derivatives at points where a formula divides 0 by 0 or multiplies 0 by infinity, and yet they
exist: the truth is a difference quotient in 60 digits with a step of 1e-40, or a convention of the
table of conventions in the documentation.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr
from symdiff.leaves import var
from symdiff.testing import mp_derivative, mp_evaluate

x, y, a, n, t = sd.vars("x y a n t")
X, Y, c = sd.Var("X", (2, 2)), sd.Var("Y", (2, 2)), sd.Var("c", (4,))
V = sd.Var("V", (3,))
POINT: dict[Expr, Any] = {
    x: 0.0, y: 0.0, a: 1.3, n: 0.0, t: 0.0, V: [0.0, 0.0, 0.0], c: [1.0, 2.0, 3.0, 4.0],
    X: [[1.5, 0.0], [0.0, 2.0]], Y: [[0.7, 0.0], [0.0, 1.1]],
}  # fmt: skip
MODES = [(outer, inner) for outer in ("forward", "reverse") for inner in ("forward", "reverse")]


def at(f: Expr, **moved: float) -> Any:
    """The value by mpmath with some scalars moved from the point."""
    values = {v: POINT[v] for v in POINT}
    for name, value in moved.items():
        values[var(name)] = value
    return mp_evaluate(f, values, digits=60)


def quotient(f: Expr, by: Expr) -> float:
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -40
        here = POINT[by]
        return float((at(f, **{by.name: here + step}) - at(f)) / step)


def every_way(derivative: Expr, wrt: Expr) -> dict[str, Any]:
    """A derivative graph evaluated, and compiled for numbers, arrays and a batch."""
    inputs = [v for v in POINT if v.name in {x.name for x in _variables(derivative)} | {wrt.name}]
    values = [POINT[v] for v in inputs]
    compiled = sd.compile(derivative, inputs)
    batch = [np.stack([np.asarray(v)] * 2) for v in values]
    return {
        "evaluated": sd.evaluate(derivative, dict(zip(inputs, values, strict=True))),
        "compiled": compiled(*values),
        "arrays": compiled(*[np.asarray(v) for v in values]),
        "batch": compiled(*batch)[0],
    }


def _variables(e: Expr) -> list[Expr]:
    from symdiff.walk import reachable

    return [node for node in reachable([e]) if node.op is sd.Var]


FIRST: dict[str, tuple[Callable[[], Expr], Expr, float]] = {
    "polynomial with an array of powers": (lambda: sd.sum(c * x ** np.arange(4)), x, 2.0),
    "power 0 that is a variable": (lambda: t**n, t, 0.0),
    "power 0 of a multiple": (lambda: t ** (2 * n), t, 0.0),
    "no event of rate 0": (lambda: sd.xlogy(n, t), t, 0.0),
    "a times that": (lambda: a * sd.xlogy(n, t) - t, t, -1.0),
    "0.0 to a variable power": (lambda: 0.0 ** (y + 2), y, 0.0),
    "root of an odd power": (lambda: sd.sqrt(t**3), t, 0.0),
    "root of a fourth power": (lambda: sd.sqrt(t**4), t, 0.0),
    "power of a root": (lambda: sd.sqrt(t) ** 3, t, 0.0),
    "half-integer power of a square": (lambda: (x**2) ** 1.5, x, 0.0),
    "root of an element beside a zero": (lambda: sd.sqrt(X**2 + a * Y**2)[0, 0], a, 0.0),
    "two of those": (lambda: sd.sqrt(X**2 + a * Y**2)[0, 0] * sd.sqrt(X**2 + a * Y)[1, 1], a, 0.0),
    "those on a diagonal": (lambda: sd.sum(sd.diagonal(sd.sqrt(X**2 + a * Y**2))), a, 0.0),
    "a row of sums": (lambda: sd.sum(sd.sqrt(V + a * Y[0, 0] ** 2) * X[0, 0], keepdims=True)[0],
                      a, 0.0),
    "length times itself": (lambda: sd.norm(V + x) * sd.norm(V + x), x, 0.0),
}  # fmt: skip


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("simplify", [True, False])
def test_first_derivatives(name: str, mode: Any, simplify: bool) -> None:
    make, wrt, _ = FIRST[name]
    f = make()
    want = quotient(f, wrt)
    found = every_way(sd.jacobian(f, wrt, mode=mode, simplify=simplify), wrt)
    for way, value in found.items():
        assert value == pytest.approx(want, rel=1e-14, abs=1e-18), way


CUBE_ROOTS = {
    "fifth power": (lambda: sd.cbrt(x**5), 0.0),
    "power of a cube root": (lambda: sd.cbrt(x) ** 4, 0.0),
    "fourth power": (lambda: sd.cbrt(x**4), 0.0),
    "cube": (lambda: sd.cbrt(x**3), 1.0),
    "sixth power": (lambda: sd.cbrt(x**6) + x, 1.0),
    "seventh power": (lambda: sd.cbrt(x**7), 0.0),
    "inside another function": (lambda: sd.sin(a * sd.cbrt(x**5)) + x, 1.0),
    "beside another function": (lambda: -sd.exp(x) * sd.cbrt(a * x) ** 4, 0.0),
}


@pytest.mark.parametrize("name", CUBE_ROOTS)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("simplify", [True, False])
def test_cube_roots_of_powers(name: str, mode: Any, simplify: bool) -> None:
    make, want = CUBE_ROOTS[name]
    assert quotient(make(), x) == pytest.approx(want, abs=1e-12)
    found = every_way(sd.jacobian(make(), x, mode=mode, simplify=simplify), x)
    assert set(map(float, found.values())) == {want}


@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("simplify", [True, False])
def test_second_derivatives_of_cube_roots(modes: Any, simplify: bool) -> None:
    """``x**(7/3)`` has one at 0; elsewhere all are those of mpmath."""
    f = sd.cbrt(x**7) * sd.exp(a * x)
    second = sd.hessian(f, x, modes=modes, simplify=simplify)
    assert set(map(float, every_way(second, x).values())) == {0.0}
    for at_x in (0.7, -1.3):
        want = float(mp_derivative(f, {x: at_x, a: 1.3}, [(x, ()), (x, ())]))
        assert sd.evaluate(second, {x: at_x, a: 1.3}) == pytest.approx(want, rel=1e-13)


SECOND: dict[str, tuple[Callable[[], Expr], Expr, Any]] = {
    "0.0 to a variable power": (lambda: 0.0 ** (y + 2), y, 0.0),
    "0 to a variable power": (lambda: t ** (y + 2), y, 0.0),
    "first power": (lambda: t ** (n + 1), t, 0.0),
    "power 0": (lambda: t**n, t, 0.0),
    "square": (lambda: t ** (n + 2), t, 2.0),
    "square of a length": (lambda: sd.norm(V) ** 2, V, 2 * np.eye(3)),
    "length times itself": (lambda: 3 * sd.norm(V) * sd.norm(V), V, 6 * np.eye(3)),
    "fourth power of a length": (lambda: sd.norm(V) ** 4, V, np.zeros((3, 3))),
    "cube of a length": (lambda: sd.norm(V) ** 3, V, np.zeros((3, 3))),
    "square of hypot": (lambda: sd.hypot(x, 3.0 * x) ** 2, x, 20.0),
    "square of a root": (lambda: sd.sqrt(x**2 + y**2 + x**4) ** 2, x, 2.0),
    "root of a fourth power": (lambda: sd.sqrt(x**4), x, 2.0),
    "root of a square": (lambda: sd.sqrt(x**2) * x**2, x, 0.0),
}


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("simplify", [True, False])
def test_second_derivatives(name: str, modes: Any, simplify: bool) -> None:
    make, wrt, want = SECOND[name]
    found = every_way(sd.hessian(make(), wrt, modes=modes, simplify=simplify), wrt)
    for way, value in found.items():
        np.testing.assert_array_equal(value, np.broadcast_to(want, np.shape(value)), err_msg=way)


LENGTHS: dict[str, Callable[[Expr], Expr]] = {
    "norm": lambda v: sd.norm(v) ** 3,
    "norm to the fourth": lambda v: sd.norm(v) ** 4,
    "root of a sum of products": lambda v: sd.sqrt(sd.sum(v * v)) ** 3,
    "power of a sum of squares": lambda v: sd.sum(v**2) ** 1.5,
    "fifth power": lambda v: a * sd.sum(v**2) ** 2.5,
    "root of an inner product": lambda v: sd.sqrt(v @ v) ** 3,
    "rows": lambda v: sd.sum(sd.sum(sd.stack([v, 2 * v]) ** 2, axis=1) ** 1.5),
    "one element": lambda v: sd.sum(v[:1] ** 2) ** 1.5 + sd.norm(v[1:]) ** 3,
}


@pytest.mark.parametrize("name", LENGTHS)
@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("simplify", [True, False])
def test_hessians_of_powers_of_a_length(name: str, modes: Any, simplify: bool) -> None:
    f = LENGTHS[name](V)
    second = sd.hessian(f, V, modes=modes, simplify=simplify)
    for value in every_way(second, V).values():
        np.testing.assert_array_equal(value, np.zeros(np.shape(value)))
    for at_v in ([0.7, -1.3, 0.4], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]):
        point: dict[Expr, Any] = {V: at_v, a: 1.3}
        found = sd.evaluate(second, point)
        for i, j in ((0, 1), (1, 1), (2, 1)):
            want = float(mp_derivative(f, point, [(V, (i,)), (V, (j,))]))
            assert found[i, j] == pytest.approx(want, rel=1e-13, abs=1e-15)


EXPONENTS: dict[str, Callable[[Expr], Expr]] = {
    "power": lambda u: u,
    "product with the exponent": lambda u: y * u,
    "sum of two functions of it": lambda u: sd.sin(u) + a * u,
    "quotient": lambda u: u / (1 + u),
    "exponential": lambda u: sd.exp(-u),
    "beside its logarithm": lambda u: sd.xlogy(u, t),
}


@pytest.mark.parametrize("name", EXPONENTS)
@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("simplify", [True, False])
def test_second_derivatives_by_an_exponent_over_zero(name: str, modes: Any, simplify: bool) -> None:
    """``t**y`` is 0 for t = 0 and every y > 0, so its functions are flat in y there."""
    f = EXPONENTS[name](t**y)
    second = sd.hessian(f, y, modes=modes, simplify=simplify)
    for t_at in (0.0, 0.7):
        point: dict[Expr, Any] = {t: t_at, y: 2.5, a: 1.3}
        want = float(mp_derivative(f, point, [(y, ()), (y, ())]))
        run = sd.compile(second, [t, y, a])
        batch = run(*[np.full(2, point[v]) for v in (t, y, a)])
        for value in (sd.evaluate(second, point), run(t_at, 2.5, 1.3), batch[1]):
            assert value == pytest.approx(want, rel=1e-12, abs=1e-30)


@pytest.mark.parametrize("order", [0.5, 1.5, 2, 3, 4.0])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("simplify", [True, False])
def test_norms_of_zero_are_flat(order: float, mode: Any, simplify: bool) -> None:
    slope = sd.jacobian(sd.norm(V, order), V, mode=mode, simplify=simplify)
    np.testing.assert_array_equal(sd.evaluate(slope, {V: [0.0, 0.0, 0.0]}), [0, 0, 0])
    np.testing.assert_array_equal(sd.compile(slope, [V])(np.zeros(3)), [0, 0, 0])
    if order > 1:
        np.testing.assert_allclose(sd.evaluate(slope, {V: [0.0, -2.0, 0.0]}), [0, -1, 0])
    second = sd.hessian(sd.norm(V, order), V, simplify=simplify)
    assert np.all(np.asarray(sd.compile(second, [V])(np.zeros(3))) == 0)


def test_elements_taken_twice() -> None:
    taken = sd.sum(sd.take(sd.sqrt(X**2 + a * Y**2)[0], [0, 0]))
    single = FIRST["root of an element beside a zero"][0]()
    for simplify in (True, False):
        for value in every_way(sd.grad(taken, a, simplify=simplify), a).values():
            assert value == pytest.approx(2 * quotient(single, a), rel=1e-14)


def test_infinite_slopes_stay_infinite() -> None:
    for f, want in ((sd.sqrt(t), np.inf), (t**0.5, np.inf), (sd.cbrt(t), np.inf),
                    (sd.xlogy(t, t), -np.inf), (sd.cbrt(t**2), np.inf)):  # fmt: skip
        assert sd.compile(sd.grad(f, t), [t])(0.0) == want


@pytest.mark.parametrize("simplify", [True, False])
def test_a_guard_of_a_power_is_no_part_of_its_exponent(simplify: bool) -> None:
    """At y = 0 the slope ``y*x**(y - 1)`` has itself the slope ``1/x`` by y."""
    slope = sd.grad(sd.grad(t**y, t, simplify=simplify), y, simplify=simplify)
    for x_at, y_at in ((2.5, 0.0), (2.5, 1.0), (0.3, -1.0), (0.3, 2.0)):
        with mpmath.workdps(40):
            want = mpmath.diff(lambda a, b: mpmath.power(a, b), (x_at, y_at), (1, 1))
        point = {t: x_at, y: y_at}
        assert sd.evaluate(slope, point) == pytest.approx(float(want), rel=1e-13)
        assert sd.compile(slope, [t, y])(x_at, y_at) == pytest.approx(float(want), rel=1e-13)
    mixed = sd.hessian(t**y, [t, y], simplify=simplify)
    found = sd.evaluate(mixed, {t: 2.5, y: 0.0})
    assert found[0, 1] == found[1, 0] == pytest.approx(0.4, rel=1e-14)


@pytest.mark.parametrize("simplify", [True, False])
@pytest.mark.parametrize("modes", MODES)
def test_a_guard_of_a_quotient_has_the_slope_of_the_quotient(simplify: bool, modes: Any) -> None:
    f = a * sd.xlogy(n, t)
    found = sd.hessian(f, (n, t), modes=modes, simplify=simplify)
    for n_at, t_at in ((0.0, 0.4), (2.0, 0.4)):
        values = np.asarray(sd.evaluate(found, {n: n_at, t: t_at, a: 1.3}))
        want = [[0, 1.3 / t_at], [1.3 / t_at, -1.3 * n_at / t_at**2]]
        np.testing.assert_allclose(values, want, rtol=1e-14)


def test_formulas_stay_those_of_textbooks() -> None:
    assert str(sd.grad(t**n, t)) == "n*t**(n - 1)"
    assert str(sd.hessian(t**n, t)) == "n*(n - 1)*t**(n - 2)"
    assert str(sd.grad(sd.xlogy(n, t), n)) == "log(t)"
    rate = sd.Var("rate", domain=sd.POSITIVE)
    assert str(sd.grad(sd.xlogy(n, rate), rate)) == "n/rate"
    assert str(sd.grad(sd.exp(V)[0], V)) == str(sd.grad(sd.exp(V[0]), V))
    assert "eq(" not in str(sd.explain(t**n, t))


def test_parts_of_elementwise_functions_are_computed_alone() -> None:
    from symdiff.rewrite.arrays.selected import selected

    u = sd.exp(sd.sin(V) * x)
    parts = selected([u[0] + u[2]])[0]
    assert parts is sd.exp(sd.sin(V[0]) * x) + sd.exp(sd.sin(V[2]) * x)
    for whole in (u[0] + sd.sum(u), u[:2] @ u[1:], sd.stack([u[0], u[1], u[2]])):
        assert selected([whole])[0] is whole  # all of it is needed, or no less than all
    rows = sd.sum(sd.sqrt(X * V[0] + Y), axis=0)
    (found,) = selected([rows[1]])
    assert found is sd.sum(sd.sqrt(X[:, 1] * V[0] + Y[:, 1]), axis=0)
    wide = sd.sqrt(V * sd.reshape(V, (3, 1)))
    for part in (wide[1, 2], wide[1], wide[:, 1:2], sd.diagonal(wide), wide[[0, 1], [1, 2]]):
        point = {V: np.array([0.5, 1.5, 2.5])}
        (found,) = selected([part])
        np.testing.assert_array_equal(sd.evaluate(found, point), sd.evaluate(part, point))


PARTS: dict[str, Callable[[Expr], Expr]] = {
    "one": lambda u: u[0, 0] * 2,
    "twice the same": lambda u: u[0, 0] * sd.exp(u[0, 0]),
    "two": lambda u: u[0, 0] + u[1, 1] ** 2,
    "overlapping": lambda u: sd.sum(u[0, :1] * u[:1, 0]) + u[1, 1] * u[0, 0],
    "diagonal and trace": lambda u: sd.sum(sd.diagonal(u) ** 2) * sd.trace(u),
    "gathered twice": lambda u: sd.sum(u[[0, 0, 1], [0, 0, 1]]),
    "gathered and indexed": lambda u: sd.sum(u[[0, 1], [0, 1]]) * u[1, 1],
    "of a sum": lambda u: (u + 1)[0, 0] * (u + 1)[1, 1] * (u + 1)[0, 0],
    "under a choice": lambda u: sd.where(a > 0, u, 1 / u)[0, 0] + u[1, 1],
    "lower triangle without the rest": lambda u: sd.sum(sd.tril(u, 0)),
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("simplify", [True, False])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_infinite_slope_beside_what_is_read(name: str, simplify: bool, mode: Any) -> None:
    u = sd.sqrt(a * a * np.array([[1.5, 0.0], [0.3, 2.0]]))
    f = PARTS[name](u)
    found = sd.jacobian(f, a, mode=mode, simplify=simplify)
    want = quotient(f, a)
    for value in every_way(found, a).values():
        assert value == pytest.approx(want, rel=1e-13)


def test_what_is_read_in_full_needs_no_guard() -> None:
    u = sd.exp(V)
    for f in (sd.sum((u[1:] - u[:-1]) ** 2), u[0] * u[1] * u[2], sd.sum(u[::-1] * u)):
        assert "where" not in str(sd.grad(f, V, simplify=False))
        assert "where" not in str(sd.grad(f, V))
