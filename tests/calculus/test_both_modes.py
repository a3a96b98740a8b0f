"""Both modes on graphs: structure, sharing, arrays, intermediates, cost, depth."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from counting import calls_of
from deep_calls import DEPTHS

import symdiff as sd
from symdiff.backend.evaluate import evaluate
from symdiff.calculus.derivatives import (
    Mode,
    gradient,
    hessian,
    jacobian,
    jvp,
    symbols_for,
    vjp,
)
from symdiff.errors import NotScalar, ShapeError
from symdiff.expr import OPS, Expr
from symdiff.leaves import Var, const
from symdiff.numeric import complex_step
from symdiff.rule import Linear
from symdiff.testing import check_adjoint, mp_derivative
from symdiff.walk import postorder

MODES = ("forward", "reverse")
RNG = np.random.default_rng(7)


def value(e: Expr | None, point: dict[Expr, Any]) -> Any:
    assert e is not None
    inputs = {n for n in postorder([e]) if n.op is Var}
    return evaluate(e, {v: x for v, x in point.items() if v in inputs})


def operations(outputs: list[Expr]) -> int:
    return sum(bool(n.args) for n in postorder(outputs))


# -- scalars -------------------------------------------------------------------------------------


def test_the_textbook_function() -> None:
    x, y = sd.vars("x y")
    f = x**2 * y + y + 2
    at = {x: 3, y: 4}
    assert evaluate(f, at) == 42
    assert [value(g, at) for g in gradient(f, [x, y])] == [24, 10]
    blocks = hessian(f, [x, y])
    found = [[0 if b is None else value(b, at) for b in row] for row in blocks]
    assert found == [[8, 6], [6, 0]]


def test_the_textbook_composition() -> None:
    x = sd.Var("x")
    (slope,) = gradient(sd.sin(x**2), [x])
    assert value(slope, {x: 3.0}) == pytest.approx(-5.466781571308061, rel=1e-15)


SCALARS: dict[str, Callable[[Expr, Expr], Expr]] = {
    "product": lambda x, y: x * y * x,
    "quotient": lambda x, y: sd.sin(x) / (y * y + 1),
    "shared": lambda x, y: sd.exp(x * y) * sd.log(1 + sd.exp(x * y)) + x * y,
    "powers": lambda x, y: x**y + y**x + x**3 - 2**y,
    "choice": lambda x, y: sd.where(x < y, sd.tanh(x * y), sd.sqrt(x)) + sd.maximum(x, y) * x,
    "n-ary": lambda x, y: OPS["mul"](x, y, x, sd.cos(y), x + y) + OPS["add"](x, y, x, y),
    "special": lambda x, y: sd.erf(x) * sd.gamma(y) + sd.hypot(x, y) * sd.atan2(y, x),
}


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.parametrize("modes", list(product(MODES, MODES)))
def test_all_orders_of_the_modes_give_the_second_derivatives(
    name: str, modes: tuple[Any, Any]
) -> None:
    x, y = sd.vars("x y")
    f, at = SCALARS[name](x, y), {x: 0.7, y: 1.9}
    outer, inner = modes
    slopes = jacobian([f], [x, y], inner)[0]
    for a, slope in zip((x, y), slopes, strict=True):
        assert slope is not None
        assert value(slope, at) == pytest.approx(float(mp_derivative(f, at, [(a, ())])), rel=1e-13)
        for b, second in zip((x, y), jacobian([slope], [x, y], outer)[0], strict=True):
            want = float(mp_derivative(f, at, [(a, ()), (b, ())]))
            got = 0.0 if second is None else value(second, at)
            assert got == pytest.approx(want, rel=1e-12, abs=1e-13)


def test_unconnected_and_constant_outputs_give_none() -> None:
    x, y = sd.vars("x y")
    assert gradient(sd.sin(x), [x, y])[1] is None
    assert gradient(const(3), [x]) == [None]
    assert jacobian([sd.sin(x), const(1)], [y, x], "forward")[1] == [None, None]
    assert jvp([sd.floor(x)], [x], [const(1)]) == [None]
    assert gradient(sd.stop_gradient(x) + sd.sign(x), [x]) == [None]


def test_the_output_may_be_what_is_differentiated_by() -> None:
    x = sd.Var("x")
    X = sd.Var("X", shape=(2,))
    assert value(gradient(x, [x])[0], {}) == 1
    np.testing.assert_array_equal(value(jacobian([X], [X])[0][0], {}), np.eye(2))
    np.testing.assert_array_equal(value(jacobian([X], [X], "reverse")[0][0], {}), np.eye(2))


def test_gradients_ask_for_scalars_and_seeds_for_shapes() -> None:
    X = sd.Var("X", shape=(3,))
    with pytest.raises(NotScalar, match=r"\(3,\)"):
        gradient(X, [X])
    with pytest.raises(NotScalar):
        hessian(X, [X])
    with pytest.raises(ShapeError):
        jvp([X], [X], [const(1)])
    with pytest.raises(ShapeError):
        vjp([X], [X], [const(np.ones(4))])


def test_one_node_as_several_outputs_adds_its_seeds() -> None:
    x = sd.Var("x")
    f = x * x
    (bar,) = vjp([f, f], [x], [const(2), const(3)])
    assert value(bar, {x: 7.0}) == 70


def test_hessian_vector_products_without_the_hessian() -> None:
    x, y = sd.vars("x y")
    f, at = SCALARS["shared"](x, y), {x: 0.7, y: 1.9}
    dots = jvp([g for g in gradient(f, [x, y]) if g is not None], [x, y], [const(2), const(-1)])
    dense = np.array([[value(b, at) for b in row] for row in hessian(f, [x, y])])
    np.testing.assert_allclose([value(d, at) for d in dots], dense @ [2, -1], rtol=1e-12)


# -- intermediates -------------------------------------------------------------------------------


def test_every_occurrence_of_an_intermediate_becomes_a_symbol() -> None:
    x, y = sd.vars("x y")
    u = x * y
    f = sd.sin(u) * u + sd.exp(sd.sqrt(u)) + x
    (image,), (symbol,), back, inner = symbols_for([f], [u])
    assert (back, inner) == ({symbol: u}, {})
    assert u not in postorder([image])
    (slope,) = gradient(image, [symbol])
    at = 0.8
    want = np.cos(at) * at + np.sin(at) + np.exp(np.sqrt(at)) / (2 * np.sqrt(at))
    assert value(slope, {symbol: at}) == pytest.approx(want, rel=1e-14)


def test_a_node_and_what_it_is_made_of_together() -> None:
    """A sweep goes through the symbol of the upper node to the lower one."""
    x = sd.Var("x")
    u = sd.sin(x)
    (image,), wrt, _, inner = symbols_for([u * x], [u, x])
    assert inner == {wrt[0]: u}
    found = gradient(image, wrt, inner)
    at = dict(zip(wrt, (0.25, 3.0), strict=True))
    assert [value(g, at) for g in found] == [3.0, 0.25 + 3.0 * np.cos(3.0)]


# -- arrays --------------------------------------------------------------------------------------


def _shared(t: Expr, b: Expr) -> Expr:
    return sd.sum(t * sd.exp(t) + t[0] * b)


ARRAYS: dict[str, Callable[[Expr, Expr, Expr], Expr]] = {
    "row by column": lambda A, b, c: sd.sum(sd.exp(A * b) / c),
    "scalar": lambda A, b, c: sd.sum(sd.sin(A) ** 2 * c) * c,
    "axes": lambda A, b, c: sd.sum(sd.sum(A * A, axis=0) * sd.cos(b)),
    "keepdims": lambda A, b, c: sd.sum(sd.exp(A - sd.sum(A, axis=1, keepdims=True)) * b),
    "index": lambda A, b, c: sd.sum(A[1] * b) + A[0, 2] ** 3 + sd.sum(A[:, ::2]) * b[-1],
    "reshape": lambda A, b, c: sd.sum(sd.reshape(A, (3, 2)) * sd.reshape(b, (3, 1))) ** 2,
    "transpose": lambda A, b, c: sd.sum(sd.transpose(A) ** 2 * sd.reshape(b, (3, 1)) / c),
    "stack": lambda A, b, c: sd.sum(sd.stack([b * c, sd.sin(b), A[0]]) ** 2),
    "broadcast": lambda A, b, c: sd.sum(
        sd.broadcast_to(b, (2, 3)) * A * sd.broadcast_to(c, (2, 3))),
    "shared": lambda A, b, c: _shared(sd.tanh(A * b), b),
}  # fmt: skip


def _arrays() -> tuple[list[Expr], dict[Expr, Any]]:
    A, b, c = sd.Var("A", shape=(2, 3)), sd.Var("b", shape=(3,)), sd.Var("c")
    return [A, b, c], {A: RNG.uniform(0.5, 2, (2, 3)), b: RNG.uniform(0.5, 2, 3), c: 1.3}


@pytest.mark.parametrize("name", ARRAYS)
def test_gradients_of_arrays_against_the_complex_step(name: str) -> None:
    nodes, at = _arrays()
    f = ARRAYS[name](*nodes)
    used = [v for v in nodes if v in postorder([f])]
    want = complex_step(f, {v: at[v] for v in used})
    for mode in MODES:
        for v, found in zip(used, jacobian([f], used, mode)[0], strict=True):
            assert found is not None
            assert found.shape == v.shape
            np.testing.assert_allclose(value(found, at), want[v], rtol=1e-12, err_msg=mode)


@pytest.mark.parametrize("name", ARRAYS)
def test_hessians_of_arrays(name: str) -> None:
    """All four orders agree with differences of the gradient, which the test above holds."""
    nodes, at = _arrays()
    f = ARRAYS[name](*nodes)
    used = [v for v in nodes if v in postorder([f])]
    slopes = gradient(f, used)
    point = {v: at[v] for v in used}
    for i, (a, slope) in enumerate(zip(used, slopes, strict=True)):
        assert slope is not None
        for at_a in np.ndindex(a.shape):
            entry = slope[at_a] if at_a else slope
            inside = {v: x for v, x in point.items() if v in postorder([entry])}
            want = _differences(entry, inside)
            for modes in product(MODES, MODES):
                row = hessian(f, used, modes)[i]
                for b, block in zip(used, row, strict=True):
                    got = np.zeros(a.shape + b.shape) if block is None else value(block, at)
                    np.testing.assert_allclose(
                        got[at_a] if at_a else got, want.get(b, np.zeros(b.shape)),
                        rtol=1e-11, atol=1e-13, err_msg=f"{modes} {a.name} {b.name}",
                    )  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_adjoints_of_arrays(name: str) -> None:
    nodes, at = _arrays()
    f = ARRAYS[name](*nodes)
    check_adjoint(f, {v: x for v, x in at.items() if v in postorder([f])})


OUTPUTS: dict[str, Callable[[Expr, Expr, Expr], Expr]] = {
    "elementwise": lambda A, b, c: sd.sin(A) * b + c,
    "outer": lambda A, b, c: sd.reshape(b, (3, 1)) * b,
    "sums": lambda A, b, c: sd.sum(A * b, axis=1) / c,
    "moved": lambda A, b, c: sd.transpose(A * c)[::-1],
    "stacked": lambda A, b, c: sd.stack([b, c * b, A[1]], axis=1),
    "constant part": lambda A, b, c: sd.stack([c, 1, b[0]]),
    "guarded": lambda A, b, c: sd.where(A > 1, sd.log(A - 1), b * c),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_jacobians_of_arrays_in_both_modes(name: str) -> None:
    nodes, at = _arrays()
    out = OUTPUTS[name](*nodes)
    used = [v for v in nodes if v in postorder([out])]
    both = {mode: jacobian([out], used, mode)[0] for mode in MODES}
    for k, v in enumerate(used):
        got = {}
        for mode, row in both.items():
            block = row[k]
            assert block is not None
            assert block.shape == out.shape + v.shape
            got[mode] = value(block, at)
        for place in np.ndindex(out.shape):
            entry = out[place] if place else out
            inside = {w: x for w, x in at.items() if w in postorder([entry])}
            want = _differences(entry, inside).get(v, np.zeros(v.shape))
            for mode in MODES:
                np.testing.assert_allclose(got[mode][place], want, rtol=1e-11, atol=1e-14)


def _differences(entry: Expr, inside: dict[Expr, Any]) -> dict[Expr, Any]:
    """Elementwise derivatives by mpmath, so that comparisons do not see complex numbers."""
    found = {}
    for v in inside:
        cells = np.zeros(v.shape)
        for place in np.ndindex(v.shape):
            cells[place] = float(mp_derivative(entry, inside, [(v, place)], 30))
        found[v] = cells
    return found


@pytest.mark.parametrize("modes", list(product(MODES, MODES)))
def test_second_derivatives_of_array_outputs(modes: tuple[Any, Any]) -> None:
    """The Jacobian of a Jacobian: batch axes and core axes of two sweeps."""
    x = sd.Var("x", shape=(3,))
    out = sd.sin(x) * sd.reshape(x, (3, 1))
    outer, inner = modes
    first = jacobian([out], [x], inner)[0][0]
    assert first is not None
    second = jacobian([first], [x], outer)[0][0]
    assert second is not None
    assert second.shape == (3, 3, 3, 3)
    at = np.array([0.3, 0.7, 1.1])
    got = evaluate(second, {x: at})
    want = np.zeros((3, 3, 3, 3))
    for i, j in product(range(3), repeat=2):  # out[i, j] = sin(x_j) * x_i
        want[i, j, j, i] += np.cos(at[j])
        want[i, j, i, j] += np.cos(at[j])
        want[i, j, j, j] -= np.sin(at[j]) * at[i]
    np.testing.assert_allclose(got, want, atol=1e-15)


MOVES: dict[str, list[Callable[[Expr], Expr]]] = {
    "add": [lambda x: x + x[0]], "sub": [lambda x: x - x[0]], "neg": [lambda x: -x],
    "sum": [sd.sum, lambda x: sd.sum(x, axis=0), lambda x: sd.sum(x, axis=1, keepdims=True)],
    "cumsum": [sd.cumsum, lambda x: sd.cumsum(x, axis=0)],
    "reshape": [lambda x: sd.reshape(x, (3, 2)), lambda x: sd.reshape(x, (6,))],
    "broadcast_to": [lambda x: sd.broadcast_to(x, (4, 2, 3))],
    "transpose": [sd.transpose],
    "stack": [lambda x: sd.stack([x, 2 * x]), lambda x: OPS["stack"](x, x[0], axis=-1)],
    "index": [lambda x: x[0], lambda x: x[..., 1:], lambda x: x[None, ::-1, -1]],
    "scatter": [lambda x: _pulled(x)],
    "concatenate": [lambda x: sd.concatenate([x, 2 * x[:, :1]], axis=1)],
    "lower_half": [lambda x: sd.LowerHalf(x[:, :2])],
    "tril": [sd.tril, lambda x: sd.tril(x, 1)], "triu": [sd.triu, lambda x: sd.triu(x, -1)],
    "gather": [lambda x: x[:, [0, 2, 2]], lambda x: x[[1, 1], [0, -1]]],
    "scatter_add": [lambda x: OPS["scatter_add"](
        x, const(np.array([1, 0, 1])), axis=-1, rank=2, index_rank=1, sizes=(2,))],
    "take_along_axis": [lambda x: sd.take_along_axis(x, [[0, 0], [2, 1]])],
    "add_along_axis": [lambda x: OPS["add_along_axis"](
        x, const(np.array([[0, 1, 1], [3, 3, 3]])), axis=-1, size=4)],
}  # fmt: skip


def _pulled(x: Expr) -> Expr:
    """The transpose of an index: the first column of x written into zeros."""
    found = vjp([x[:, 0]], [x], [x[:, 0] * 3])[0]
    assert found is not None
    return found


def test_every_linear_row_has_a_case() -> None:
    linear = {op.name for op in OPS.values() if isinstance(op.rule, Linear)}
    assert linear == set(MOVES)


@pytest.mark.parametrize("name", MOVES)
def test_linear_rows_equal_their_matrix(name: str) -> None:
    """The Jacobian, in both modes, is the function applied to each unit array."""
    x = sd.Var("x", shape=(2, 3))
    for move in MOVES[name]:
        out = move(x)
        units = np.eye(6).reshape(6, 2, 3)
        want = np.stack([evaluate(out, {x: u}) for u in units], axis=-1).reshape(
            out.shape + x.shape
        )
        for mode in MODES:
            np.testing.assert_array_equal(
                value(jacobian([out], [x], mode)[0][0], {x: units[0]}), want
            )
        check_adjoint(out, {x: np.arange(6.0).reshape(2, 3)})


# -- cost and depth ------------------------------------------------------------------------------


def test_the_gradient_of_a_product_is_linear_in_its_length() -> None:
    counts = []
    for n in (100, 1000):
        xs = [sd.Var(f"x{i}") for i in range(n)]
        chain = xs[0]
        for x in xs[1:]:
            chain = chain * x
        for f in (OPS["mul"](*xs), chain):
            slopes = [g for g in gradient(f, xs) if g is not None]
            counts.append(operations([f, *slopes]) / n)
    assert max(counts) <= 4
    assert counts[2] <= 1.05 * counts[0]
    assert counts[3] <= 1.05 * counts[1]


def test_the_gradient_of_a_product_with_a_zero_factor() -> None:
    xs = [sd.Var(f"x{i}") for i in range(4)]
    at = dict(zip(xs, (2.0, 0.0, 3.0, 5.0), strict=True))
    slopes = gradient(OPS["mul"](*xs), xs)
    assert [value(g, {v: x for v, x in at.items() if v in postorder([g])}) for g in slopes] == [
        0.0, 30.0, 0.0, 0.0,
    ]  # fmt: skip


def test_sharing_through_sixty_levels_stays_linear() -> None:
    x = sd.Var("x")
    f = x
    for _ in range(60):
        f = sd.sin(f) * f + f
    (slope,) = gradient(f, [x])
    assert slope is not None
    assert operations([slope]) < 60 * 8
    (dot,) = jvp([f], [x], [const(1)])
    at = {x: 0.01}
    assert value(dot, at) == pytest.approx(value(slope, at), rel=1e-12)
    assert operations([hessian(f, [x])[0][0]]) < 60 * 40  # type: ignore[list-item]


def _chain(n: int) -> tuple[Expr, Expr]:
    x = sd.Var("x")
    f = x
    for i in range(n):
        f = sd.sin(f) if i % 2 else f * 1.0000001
    return f, x


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_work_on_a_chain_is_linear(mode: Mode) -> None:
    work = []
    for depth in (300, 3000):
        f, x = _chain(depth)
        work.append(calls_of(lambda f=f, x=x: jacobian([f], [x], mode)))
    assert work[1] < 11 * work[0]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kind", ["forward", "reverse", "second"])
def test_a_long_chain(kind: str, depth: int) -> None:
    f, x = _chain(depth)
    if kind == "second":
        (slope,) = gradient(f, [x])
        assert slope is not None
        (found,) = jvp([slope], [x], [const(1)])
    else:
        found = jacobian([f], [x], kind)[0][0]  # type: ignore[arg-type]
    assert found is not None
    assert np.isfinite(value(found, {x: 0.5}))
