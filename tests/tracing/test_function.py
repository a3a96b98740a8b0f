"""Ordinary Python functions, traced: values, structures, the cache, derivatives, errors."""

import operator
import pickle
import threading
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import (
    ArityError,
    ConversionError,
    KindError,
    LeakedVariable,
    MissingVariable,
    NotScalar,
    ShapeError,
    TruthError,
    UnknownVariable,
)
from symdiff.tracing.derived import derived

rng = np.random.default_rng(5)
A, S = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
V, W = rng.normal(size=3), rng.normal(size=3)
Pair = namedtuple("Pair", "left right")


@sd.function
def quadratic(x, Q, scale=0.5):
    """A quadratic form."""
    return scale * (x @ Q @ x)


@sd.function(static="n")
def power(x, n):
    return 1 if n == 0 else x * power(x, n - 1)


@sd.function
def everything(tree, *rest, flag=None, **named):
    total = sum(tree["list"]) + tree["pair"].left * tree["pair"].right
    total = total + sum(rest) + sum(named.values())
    return {"total": total, "flag": flag, "count": len(rest), "pair": Pair(total, [tree, None])}


class Model:
    def __init__(self, weight):
        self.weight = weight

    @sd.function
    def __call__(self, x):
        return self.weight * x

    @sd.function(static=("steps",))
    def iterate(self, x, steps=2):
        for _ in range(steps):
            x = self.weight * x * (1 - x)
        return x


# -- calls ----------------------------------------------------------------------------------------


def test_values_are_those_of_the_python_code():
    for function, args in [
        (lambda x: x**2 + 1, (3.0,)),
        (lambda x, y: x @ y, (A, V)),
        (lambda x: np.exp(x).sum(axis=0) / x.shape[0], (A,)),
        (lambda x: (x[1:] - x[:-1]).T, (A,)),
        (lambda: 4, ()),
        (lambda x: np.where(x > 0, x, 0.1 * x), (V,)),
    ]:
        expected = function(*args)
        found = sd.function(function)(*args)
        np.testing.assert_allclose(found, expected, rtol=1e-14)
        assert np.shape(found) == np.shape(expected)


def test_numbers_give_python_numbers():
    f = sd.function(lambda x, y: x * y)
    assert type(f(2.0, 3.0)) is float
    assert (f(2, 3), type(f(2, 3))) == (6, int)
    assert f(Fraction(1, 2), 3.0) == 1.5
    assert f(np.float64(2.0), 1.5) == 3.0
    assert f(1 + 2j, 2.0) == 2 + 4j
    single = f(np.ones(2, np.float32), np.ones(2, np.float32))
    assert single.dtype == np.float32


def test_defaults_keywords_and_packed_arguments():
    assert quadratic(V, S) == pytest.approx(V @ S @ V / 2)
    assert quadratic(Q=S, x=V, scale=2.0) == pytest.approx(2 * V @ S @ V)
    tree = {"list": [1.0, 2.0], "pair": Pair(3.0, V)}
    found = everything(tree, 1.0, V, flag="on", a=2.0, b=A[0])
    expected = 3.0 + 3.0 * V + 1.0 + V + 2.0 + A[0]
    np.testing.assert_allclose(found["total"], expected)
    assert (found["flag"], found["count"]) == ("on", 2)
    left, (given, nothing) = found["pair"]
    assert isinstance(found["pair"], Pair)
    np.testing.assert_array_equal(left, found["total"])
    assert nothing is None
    np.testing.assert_array_equal(given["pair"].right, V)
    assert given["pair"].right is not V


def test_results_that_are_no_expressions():
    held = np.arange(3.0)
    f = sd.function(lambda x, name: (x, name, len(x.shape), held, None, [True, {"k": x + 1}]))
    for _ in range(2):
        x, name, rank, array, nothing, (flag, inner) = f(2.0, "text")
        assert (x, name, rank, nothing, flag, inner) == (2.0, "text", 0, None, True, {"k": 3.0})
        assert array is not held
        assert array.tolist() == [0, 1, 2]
        array[:] = 7
    assert sd.function(lambda x: "constant")(V) == "constant"
    assert sd.function(dict)() == {}


def test_control_flow_on_shapes_and_plain_values():
    @sd.function
    def f(x, mode="sum", invert=False):
        if x.ndim == 2:
            x = x.sum(axis=1)
        out = x[0]
        for i in range(1, len(x)):
            out = out + x[i] if mode == "sum" else out * x[i]
        return 1 / out if invert else out

    assert f(A) == pytest.approx(A.sum())
    assert f(V, mode="prod") == pytest.approx(np.prod(V))
    assert f(V, "prod", invert=True) == pytest.approx(1 / np.prod(V))
    assert f(V, "prod", np.True_) == pytest.approx(1 / np.prod(V))
    assert f.cache_info().misses == 4


def test_static_arguments():
    assert [power(2.0, n) for n in range(5)] == [1, 2.0, 4.0, 8.0, 16.0]
    assert power.cache_info().currsize >= 5
    assert sd.grad(power)(2.0, 5) == 80.0
    assert sd.grad(power)(2.0, n=5) == 80.0
    shaped = sd.function(lambda x, shape: x.reshape(shape), static=("shape",))
    assert shaped(A, (3, 4)).shape == (3, 4)
    applied = sd.function(lambda g, x: g(x))
    assert applied(np.sin, 0.5) == pytest.approx(np.sin(0.5))
    assert applied(sd.cos, 0.5) == pytest.approx(np.cos(0.5))
    with pytest.raises(ValueError, match="no argument 'm', it has: x, n"):
        sd.function(lambda x, n: x, static=("n", "m"))


def test_what_it_closes_over_is_constant():
    weights = np.array([1.0, 2.0, 3.0])
    f = sd.function(lambda x: weights @ x)
    assert f(V) == pytest.approx(weights @ V)
    before = f(V)
    weights[:] = 0
    assert f(V) == before
    f.cache_clear()
    assert f(V) == 0


def test_methods():
    model, other = Model(3.0), Model(np.array([1.0, 2.0]))
    assert model(2.0) == 6.0
    assert other(2.0).tolist() == [2.0, 4.0]
    assert model.iterate(0.25) == pytest.approx(3 * 0.5625 * (1 - 0.5625))
    assert model.iterate(0.25, steps=0) == 0.25
    assert sd.grad(model.iterate)(0.25, 1) == pytest.approx(3 * 0.5)
    assert sd.grad(model.iterate)(0.25, steps=1) == pytest.approx(3 * 0.5)
    assert sd.grad(Model.iterate, "x")(model, 0.25, 1) == pytest.approx(3 * 0.5)
    assert repr(Model.iterate) == "<traced function iterate(self, x, steps=2)>"


# -- cache, traces, compiled ----------------------------------------------------------------------


def test_the_cache_knows_structure_shape_and_kind():
    f = sd.function(lambda x: x)
    same = [1.0, 2.5, np.float64(3.0), np.array(2.0), np.float32(1.0)]
    for value in same:
        f(value)
    assert f.cache_info() == (4, 1, 128, 1)
    for value in [1, np.int8(1), V, V[:2], [1.0, 2.0], (1.0, 2.0), {"a": 1.0}, {"b": 1.0}, None,
                  True, "s", Pair(1.0, 2.0), np.array([True]), V > 0]:  # fmt: skip
        f(value)
    assert f.cache_info().misses == 14  # the int8 is an int
    f(V.astype(np.float32))
    f(np.array([False]))
    assert f.cache_info().misses == 14
    assert f(1) is not f(True)


def test_the_cache_is_bounded_and_forgets_the_oldest():
    f = sd.function(lambda x: x + 1, maxsize=2)
    for n in (1, 2, 1, 3, 1):
        f(np.ones(n))
    assert f.cache_info() == (2, 3, 2, 2)
    f(np.ones(2))
    assert f.cache_info().misses == 4
    f.cache_clear()
    assert f.cache_info() == (0, 0, 2, 0)


def test_the_code_runs_once_per_trace():
    runs = []

    @sd.function
    def f(x):
        runs.append(x.shape)
        return x * 2

    for value in (1.0, 2.0, V, W, 3.0):
        f(value)
    assert runs == [(), (3,)]


def test_trace_shows_expressions_over_plain_variables():
    result, (x, Q) = quadratic.trace(V, S)
    assert (x, Q) == (sd.Var("x", 3), sd.Var("Q", (3, 3)))
    assert result is 0.5 * (x @ Q @ x)
    assert result(x=V, Q=S) == pytest.approx(quadratic(V, S))
    assert quadratic.trace(x, Q).result is result
    traced = everything.trace({"list": [1.0], "pair": Pair(1.0, 2)}, 3.0, size=V)
    names = ["tree_list_0", "tree_pair_0", "tree_pair_1", "rest_0", "named_size"]
    assert [v.name for v in traced.inputs] == names
    assert traced.inputs[2].kind == "int"
    assert traced.result["pair"].right[0]["list"] == [traced.inputs[0]]
    clash = sd.function(lambda x, x_0: x[0] - x_0).trace([1.0], 2.0)
    assert [v.name for v in clash.inputs] == ["x_0", "x_0_"]


def test_compiled_takes_batches():
    compiled = quadratic.compiled(V, S)
    assert isinstance(compiled, sd.Compiled)
    batch = rng.normal(size=(5, 3))
    expected = [x @ S @ x / 2 for x in batch]
    np.testing.assert_allclose(compiled(batch, S), expected, rtol=1e-13)
    with pytest.raises(ShapeError):
        compiled(V[:2], S)


def test_the_same_trace_in_every_order_of_calls():
    """Nothing of earlier calls is in a graph: no counter, no address."""
    make = lambda: sd.function(lambda x, y: sd.grad(lambda z: sd.sum(z * x) + y**2 * z)(y) + x)
    first, second = make(), make()
    e = first.trace(1.0, 2.0).result
    for n in range(3):
        second(np.ones(n), 1.0)
    assert second.trace(1.0, 2.0).result is e


def test_pickling():
    f = pickle.loads(pickle.dumps(quadratic))
    assert f is quadratic
    assert pickle.loads(pickle.dumps(Model.iterate)) is Model.iterate
    again = pickle.loads(pickle.dumps(sd.grad(quadratic, ("x", 1))))
    by_x, by_q = again(V, S)
    np.testing.assert_allclose(by_x, (S + S.T) @ V / 2, rtol=1e-12)
    np.testing.assert_allclose(by_q, np.outer(V, V) / 2, rtol=1e-12)
    second = pickle.loads(pickle.dumps(sd.hessian(sd.grad(power), argnums=0)))
    assert repr(second) == repr(sd.hessian(sd.grad(power)))
    plain = pickle.loads(pickle.dumps(sd.function(operator.mul)))
    assert plain(2.0, 3.0) == 6.0
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(sd.function(lambda x: x))


def test_many_threads():
    f = sd.function(lambda x, y: sd.sum(x * y) + sd.grad(lambda z: sd.sum(z * z * y))(x) @ y)
    shapes = [1, 2, 3, 4] * 10
    wrong = []

    def work(seed):
        local = np.random.default_rng(seed)
        for n in shapes:
            x, y = local.normal(size=(2, n))
            if not np.isclose(f(x, y), x @ y + (2 * x * y) @ y):
                wrong.append((seed, n))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    info = f.cache_info()
    assert info.currsize == 4
    assert info.hits + info.misses == 8 * len(shapes)


# -- functions of expressions ---------------------------------------------------------------------


def test_with_expressions_it_joins_the_graph():
    x, Q = sd.Var("x", 3), sd.Var("Q", (3, 3))
    assert quadratic(x, Q) is 0.5 * (x @ Q @ x)
    assert quadratic(x, S).shape == ()
    assert sd.grad(quadratic(x, Q), x) is sd.grad(0.5 * (x @ Q @ x), x)
    misses = quadratic.cache_info().misses
    composed = sd.function(lambda x, Q: sd.exp(quadratic(x + 1, Q)))
    assert composed(V, S) == pytest.approx(np.exp(quadratic(V + 1, S)))
    assert quadratic.cache_info().misses == misses


def test_a_closure_over_a_traced_value():
    @sd.function
    def outer(x):
        inner = sd.function(lambda y: x * y)
        return inner(3.0) + inner(x)

    assert outer(2.0) == 3 * 2 + 2 * 2


def test_a_call_with_numbers_inside_gives_numbers():
    @sd.function
    def outer(x):
        return x if power(2.0, 2) > 3 else -x

    assert outer(5.0) == 5.0


def test_derivatives_inside_do_not_confuse_their_variables():
    inner = lambda x: sd.grad(lambda y: x * y)(x)
    assert sd.grad(lambda x: x * inner(x))(3.0) == 6.0
    assert sd.grad(lambda x: x * sd.grad(lambda x: x**2 * 3)(2.0))(3.0) == 12.0
    nested = lambda x: sd.grad(lambda x: sd.grad(lambda x: x**4)(x) * x)(x)
    assert nested(2.0) == 16 * 2.0**3
    x = sd.Var("x")
    assert sd.grad(lambda y: x * y)(x) is x
    assert sd.grad(lambda y: y**2)(x + 1)(x=2.0) == 6.0


# -- derivatives ----------------------------------------------------------------------------------


def logistic(w, X, y):
    return sd.sum(sd.log(1 + sd.exp(-y * (X @ w))))


def test_derivatives_of_functions_against_closed_forms():
    y = np.array([1.0, -1.0, 1.0, -1.0])
    s = 1 / (1 + np.exp(y * (A @ V)))
    slope, curve = -A.T @ (y * s), (A.T * (s * (1 - s) * y**2)) @ A
    np.testing.assert_allclose(sd.grad(logistic)(V, A, y), slope, rtol=1e-12)
    np.testing.assert_allclose(sd.hessian(logistic)(V, A, y), curve, rtol=1e-11)
    np.testing.assert_allclose(sd.hvp(logistic)(V, A, y, W), curve @ W, rtol=1e-11)
    np.testing.assert_allclose(sd.jacobian(sd.grad(logistic))(V, A, y), curve, rtol=1e-11)
    value, found = sd.value_and_grad(logistic)(V, A, y)
    assert value == pytest.approx(np.log1p(np.exp(-y * (A @ V))).sum())
    np.testing.assert_allclose(found, slope, rtol=1e-12)
    assert sd.jvp(logistic)(V, A, y, W) == pytest.approx(slope @ W)
    np.testing.assert_allclose(sd.vjp(logistic)(V, A, y, 2.0), 2 * slope, rtol=1e-12)


def test_jacobians_and_products_of_vector_functions():
    f = lambda x, M: sd.tanh(M @ x)
    d = 1 - np.tanh(A @ V) ** 2
    J = d[:, None] * A
    np.testing.assert_allclose(sd.jacobian(f)(V, A), J, rtol=1e-12)
    np.testing.assert_allclose(sd.jvp(f)(V, A, W), J @ W, rtol=1e-12)
    bar = np.arange(4.0)
    np.testing.assert_allclose(sd.vjp(f)(V, A, bar), bar @ J, rtol=1e-12)
    by_x, by_m = sd.vjp(f, (0, "M"))(V, A, bar)
    np.testing.assert_allclose(by_m, np.outer(bar * d, V), rtol=1e-12)
    np.testing.assert_allclose(by_x, bar @ J, rtol=1e-12)
    along = sd.jvp(f, (0, 1))(V, A, (W, np.zeros_like(A)))
    np.testing.assert_allclose(along, J @ W, rtol=1e-12)


def test_results_may_be_structures():
    f = lambda x: {"sum": sd.sum(x), "twice": (2 * x, [x[0]])}
    found = sd.jacobian(f)(V)
    assert found["sum"].tolist() == [1, 1, 1]
    assert found["twice"][0].tolist() == (2 * np.eye(3)).tolist()
    assert found["twice"][1][0].tolist() == [1, 0, 0]
    assert sd.jvp(f)(V, W)["sum"] == pytest.approx(W.sum())
    bars = {"sum": 1.0, "twice": (V, [3.0])}
    np.testing.assert_allclose(sd.vjp(f)(V, bars), 1 + 2 * V + [3, 0, 0])
    parts = [V, {"w": A}]
    by_v, by_w = sd.grad(lambda p: sd.sum(p[1]["w"] @ p[0]))(parts)
    np.testing.assert_allclose(by_v, A.sum(axis=0))
    np.testing.assert_allclose(by_w["w"], np.ones((4, 1)) * V)


def test_scalar_derivatives_of_any_order():
    f = lambda x, a=1.0: sd.exp(a * x)
    g = f
    for n in range(4):
        assert sd.derivative(f, n=n)(0.5) == pytest.approx(np.exp(0.5))
        assert sd.derivative(f, 0, n)(0.5, 2.0) == pytest.approx(2**n * np.exp(1.0))
        assert g(0.5, 2.0).__class__ is float or n == 0
        g = sd.grad(g)
        assert g(0.5, 2.0) == pytest.approx(2 ** (n + 1) * np.exp(1.0))
    assert sd.grad(f, "a")(0.5) == pytest.approx(0.5 * np.exp(0.5))
    with pytest.raises(NotScalar, match=r"\(3,\)"):
        sd.derivative(f)(V)


def test_argnums():
    f = lambda x, y, *rest: x * y**2 + sum(r**3 for r in rest)
    args = (2.0, 3.0, 4.0, 5.0)
    assert sd.grad(f)(*args) == 9.0
    assert sd.grad(f, 1)(*args) == sd.grad(f, argnums=1)(*args) == sd.grad(f, "y")(*args) == 12.0
    assert sd.grad(f, (1, 0))(*args) == (12.0, 9.0)
    assert sd.grad(f, 3)(*args) == 75.0
    assert sd.grad(f, (2, 3))(*args) == (48.0, 75.0)
    assert sd.grad(f, "rest")(*args) == (48.0, 75.0)
    assert sd.hessian(f, (0, 1))(*args) == ((0, 6.0), (6.0, 4.0))
    assert sd.grad(lambda p: p["a"] * p["b"][0])({"a": 2.0, "b": [3.0]}) == {"a": 3.0, "b": [2.0]}
    g = lambda x, *, y=2.0, **named: x * y * named.get("z", 1.0)
    assert sd.grad(g)(3.0, y=4.0) == 4.0
    assert sd.grad(g, ("x", "y"))(3.0, z=2.0) == (4.0, 6.0)
    assert sd.grad(g, "named")(3.0, z=5.0) == {"z": 6.0}
    assert sd.grad(g, "named")(3.0) == {}
    for wrong in (7, -1, "z", None, 1.5):
        with pytest.raises(ValueError, match="no argument"):
            sd.grad(lambda x, y: x, wrong if wrong is not None else "nothing")
    with pytest.raises(ValueError, match="twice"):
        sd.grad(f, (0, "x"))
    with pytest.raises(KindError, match="static"):
        sd.grad(power, "n")
    with pytest.raises(KindError, match="position"):
        sd.grad(f, sd.Var("x"))
    with pytest.raises(ArityError, match=r"3 or more in \*rest"):
        sd.grad(f, 4)(1.0, 2.0, 3.0)


def test_options_of_the_verbs():
    f = lambda x, y: x**2
    assert sd.grad(f, 1)(2.0, 3.0) == 0
    assert sd.grad(f, 1, unconnected="none")(2.0, 3.0) is None
    with pytest.raises(sd.Unconnected):
        sd.grad(f, 1, unconnected="raise")(2.0, 3.0)
    assert sd.jacobian(lambda x: x * V, mode="reverse", simplify=False)(2.0).tolist() == V.tolist()
    assert sd.hessian(lambda x, y: x * y, (0, 1), modes=("reverse", "forward"))(1.0, 2.0) == (
        (0, 1), (1, 0)
    )  # fmt: skip


def test_integers_count_as_real_where_a_derivative_is_taken():
    assert sd.grad(lambda x: x**3)(2) == 12
    assert sd.grad(lambda x: 1 / x)(2) == -0.25
    found = sd.grad(lambda x: sd.sum(x**-1.0))(np.array([1, 2, 4]))
    np.testing.assert_allclose(found, [-1, -0.25, -0.0625])
    large = sd.grad(lambda x: sd.sum(x * x * x), simplify=False)(np.array([3_000_000_000]))
    assert large[0] == pytest.approx(2.7e19)  # over the range of int64
    for result in (
        sd.grad(lambda x: x)(2),
        sd.grad(sd.sum)(np.arange(3)),
        sd.hessian(lambda x: x @ x)(V),
        sd.jacobian(lambda x: x)(V),
        sd.grad(lambda x: 7)(1.0),
    ):
        assert np.asarray(result).dtype == np.float64
    for wrong in (True, "text", None, V > 0):
        with pytest.raises(KindError, match=r"grad\(.*'x'"):
            sd.grad(lambda x: x)(wrong)


def test_operations_and_numpys_functions_as_functions():
    for f, slope in [
        (sd.sin, np.cos),
        (np.sin, np.cos),
        (np.exp, np.exp),
        (sd.square, lambda x: 2 * x),
    ]:
        assert sd.grad(f)(0.5) == pytest.approx(slope(0.5))
    assert sd.grad(sd.atan2, (0, 1))(1.0, 2.0) == pytest.approx((0.4, -0.2))
    np.testing.assert_allclose(sd.grad(sd.sum)(V), np.ones(3))
    np.testing.assert_allclose(sd.grad(np.linalg.det)(S), np.linalg.det(S) * np.linalg.inv(S).T)


def test_the_verbs_still_take_expressions():
    x = sd.Var("x")
    f, slope = sd.value_and_grad(x**2, x)
    assert (f, slope) == (x**2, sd.grad(x**2, x))
    with pytest.raises(TypeError):
        sd.grad(x**2)
    assert sd.grad.__name__ == "grad"
    assert "Shapes" in sd.grad.__doc__


# -- errors ---------------------------------------------------------------------------------------


def test_truth_and_numbers_of_traced_values():
    with pytest.raises(TruthError, match=r"sd\.where") as caught:
        sd.function(lambda x: x if x > 0 else -x)(1.0)
    assert "static" in caught.value.__notes__[0]
    with pytest.raises(ConversionError) as caught:
        sd.function(lambda x, n: sum(x for _ in range(n)))(1.0, 3)
    assert len(caught.value.__notes__) == 1
    outer = sd.function(lambda x: sd.function(lambda y: float(y))(x))
    with pytest.raises(ConversionError) as caught:
        outer(1.0)
    assert len(caught.value.__notes__) == 1


def test_arity_and_kinds():
    for call in (
        lambda: quadratic(),
        lambda: quadratic(V, S, 1.0, 2.0),
        lambda: quadratic(V, S, sclae=2.0),
    ):
        with pytest.raises(ArityError, match=r"quadratic takes the arguments \(x, Q, scale=0.5\)"):
            call()
    with pytest.raises(ArityError, match="then tangents"):
        sd.hvp(quadratic)()
    with pytest.raises(KindError, match="quadratic: set for 'x'"):
        quadratic({1.0}, S)
    for wrong in (np.array(["a"]), np.array([None]), np.array(["2020-01-01"], dtype="M8[D]")):
        with pytest.raises(KindError, match="'x' has dtype"):
            quadratic(wrong, S)
    with pytest.raises(KindError, match="list for 'n'"):
        power(2.0, [1])


def test_a_verb_that_gives_no_expression():
    with pytest.raises(ConversionError, match=r"set is no expression.*f\.trace"):
        derived(lambda f, wrt: {f}, quadratic)(V, S)


def test_shapes():
    with pytest.raises(ShapeError, match=r"\(4,\) and \(3, 3\)"):
        quadratic(np.ones(4), S)
    with pytest.raises(NotScalar, match=r"\(4,\)"):
        sd.grad(lambda x: A @ x)(V)
    with pytest.raises(NotScalar, match=r"\(4,\)"):
        sd.hessian(lambda x: A @ x)(V)
    with pytest.raises(ShapeError, match=r"\(3,\) and \(2,\)"):
        sd.hvp(logistic)(V, A, np.ones(4), W[:2])


def test_a_failed_trace_leaves_nothing_behind():
    f = sd.function(lambda x: x if x.shape else undefined)  # noqa: F821
    with pytest.raises(NameError):
        f(1.0)
    assert f.cache_info().currsize == 0
    np.testing.assert_array_equal(f(V), V)


def test_leaks_are_named():
    kept = []

    @sd.function
    def f(x):
        kept.append(x)
        return kept[0] * 2

    assert f(2.0) == 4.0
    for use in (
        lambda: f(V),
        lambda: sd.evaluate(kept[0]),
        lambda: kept[0](x=1.0),
        lambda: sd.compile(kept[0] + 1, [sd.Var("x")]),
        lambda: sd.function(lambda x: x + kept[0])(1.0),
        lambda: sd.grad(lambda x: x * kept[0])(1.0),
    ):
        with pytest.raises(LeakedVariable, match="'x'"):
            use()
    assert sd.grad(sd.function(lambda x: x**2))(3.0) == 6.0


def test_variables_of_the_user_inside():
    t = sd.Var("t")
    f = sd.function(lambda x: x * t)
    with pytest.raises(MissingVariable, match="'t'"):
        f(2.0)
    with pytest.raises(MissingVariable, match="'t'"):
        f.trace(2.0)
    assert f(sd.Var("x")) is sd.Var("x") * t
    same = sd.function(lambda t_: t_ * t)
    with pytest.raises(MissingVariable, match="'t'"):
        same(2.0)
    with pytest.raises(UnknownVariable):
        (t * 2)(x=1.0)


def test_traces_are_freed():
    import gc

    f = sd.function(lambda freed_later: sd.sin(freed_later) + 1)
    f(1.0)
    f.cache_clear()
    del f
    gc.collect()
    assert not [n for n in map(operator.call, sd.Var.table.values()) if n.name == "freed_later"]
