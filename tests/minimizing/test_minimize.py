"""``minimize`` and ``progress``: SciPy with derivatives by hand, known minima, and bad input."""

import re
import sys
import types

import numpy as np
import pytest
from scipy import optimize, sparse

import symdiff as sd
from symdiff.minimizing.minimize import METHODS
from symdiff.minimizing.problem import read

WITH_BOUNDS = [name for name, m in METHODS.items() if m.bounds]
WITH_CONSTRAINTS = [name for name, m in METHODS.items() if m.constraints]
SECOND = ["Newton-CG", "trust-ncg", "trust-krylov", "dogleg", "trust-exact", "trust-constr"]
x, y = sd.vars("x y")
v = sd.Var("v", (5,))
BANANA = (1 - x) ** 2 + 100 * (y - x**2) ** 2
ROSEN = sd.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2)


# -- what SciPy is given --------------------------------------------------------------------------


def rosen_problems():
    """The same function of two numbers as scalars, as one array, and as parts of a structure."""
    parts = lambda p: (1 - p["a"]) ** 2 + 100 * (p["b"][0][0] - p["a"] ** 2) ** 2
    whole = lambda w: (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    return [
        read(BANANA, {x: -1.2, "y": 1}, None),
        read(whole, np.array([-1.2, 1.0]), None),
        read(parts, {"a": -1.2, "b": (np.array([1.0]),)}, None),
        read(lambda w, c: (1 - w[0]) ** 2 + c * (w[1] - w[0] ** 2) ** 2, [-1.2, 1], (100,)),
    ]


@pytest.mark.parametrize("which", range(4))
def test_value_gradient_and_hessian_are_those_of_the_function(which):
    problem = rosen_problems()[which]
    np.testing.assert_array_equal(problem.space.start, [-1.2, 1.0])
    rng = np.random.default_rng(which)
    for z, p in rng.normal(size=(5, 2, 2)):
        value, slope = problem.value_and_grad(z)
        H = optimize.rosen_hess(z)
        assert problem.value(z) == pytest.approx(optimize.rosen(z), rel=1e-14)
        assert value == pytest.approx(optimize.rosen(z), rel=1e-14)
        np.testing.assert_allclose(slope, optimize.rosen_der(z), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(problem.hess(z), H, rtol=1e-12)
        np.testing.assert_allclose(problem.hessp(z, p), H @ p, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(problem.operator(z) @ p, H @ p, rtol=1e-11, atol=1e-11)


def test_a_sparse_hessian_is_given_as_one():
    w = sd.Var("w", (50,))
    chain = sd.sum(100 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2)
    H = read(chain, {w: np.linspace(-1, 1, 50)}, None).operator(np.linspace(-1, 1, 50))
    assert sparse.issparse(H)
    assert H.nnz <= 148
    np.testing.assert_allclose(H.toarray(), optimize.rosen_hess(np.linspace(-1, 1, 50)), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_goes_the_way_it_goes_with_derivatives_by_hand(method):
    given = METHODS[method].derivatives(read(ROSEN, {v: np.zeros(5)}, None))
    by_hand = {
        "jac": optimize.rosen_der, "hess": optimize.rosen_hess, "hessp": optimize.rosen_hess_prod,
    }  # fmt: skip
    asked = {key: by_hand[key] for key in given if key in by_hand}
    start = np.array([1.1, 0.9, 1.0, 1.05, 0.95])
    found = sd.minimize(ROSEN, {v: start}, method=method)
    wanted = optimize.minimize(optimize.rosen, start, method=method, **asked)
    assert found.method == method
    assert found.fun == pytest.approx(wanted.fun, rel=1e-2, abs=1e-8)
    np.testing.assert_allclose(found.x[v], wanted.x, atol=1e-3)
    assert abs(found.nfev - wanted.nfev) <= 0.1 * wanted.nfev + 2


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_minimum_in_the_structure_of_the_start(method):
    def f(p):
        tied = sd.sum((p["m"] - np.array([[1.0], [2.0]])) ** 2)
        return tied + sd.exp(p["n"][1]) - p["n"][1] + (p["n"][0] - 3) ** 2

    start = {"m": np.zeros((2, 1)), "n": [1, 0.5]}
    found = sd.minimize(f, start, method=method, tol=1e-7)
    assert found.success, found
    assert found.fun == pytest.approx(1.0, abs=1e-6)
    assert list(found.x) == ["m", "n"]
    np.testing.assert_allclose(found.x["m"], [[1.0], [2.0]], atol=1e-3)
    assert type(found.x["n"]) is list
    assert type(found.x["n"][0]) is float
    np.testing.assert_allclose(found.x["n"], [3.0, 0.0], atol=1e-3)
    assert found.method == method
    assert method in repr(found)
    if "jac" in METHODS[method].derivatives(read(f, start, None)):
        assert found.grad["m"].shape == (2, 1)
        np.testing.assert_allclose(found.grad["n"], [0, 0], atol=1e-2)
        assert str(found.gradient["n"][1]) == "exp(p_n_1) - 1"
    else:
        assert found.grad is found.gradient is None


@pytest.mark.parametrize("method", SECOND)
def test_second_order_methods_need_no_differences(method):
    found = sd.minimize(BANANA, {x: -1.2, y: 1.0}, method=method, tol=1e-10)
    np.testing.assert_allclose([found.x[x], found.x[y]], [1, 1], atol=1e-8)


def test_the_formula_and_its_gradient_can_be_read():
    found = sd.minimize(lambda a, c: (a - c) ** 2, 1.0, (3.0,))
    assert (str(found.formula), str(found.gradient)) == ("(a - c)**2", "2*(a - c)")
    assert found.x == pytest.approx(3.0)
    assert type(found.x) is float


def test_the_default_method_is_that_of_scipy():
    assert sd.minimize(BANANA, {x: 0, y: 0}).method == "BFGS"
    assert sd.minimize(BANANA, {x: 0, y: 0}, bounds={x: (0, 2)}).method == "L-BFGS-B"
    assert sd.minimize(BANANA, {x: 0, y: 0}, constraints=x <= 2).method == "SLSQP"
    assert sd.minimize(BANANA, {x: 0, y: 0}, method="newton-cg").method == "Newton-CG"


def test_data_are_arguments_and_traced_functions_are_taken():
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(30, 3)), rng.integers(0, 2, 30)

    @sd.function(static="kind")
    def loss(w, X, labels, kind):
        assert kind == "logistic"
        z = X @ w
        return sd.sum(sd.log(1 + sd.exp(z)) - labels * z) + sd.sum(w**2) / 2

    found = sd.minimize(loss, np.zeros(3), (X, labels, "logistic"), method="trust-ncg", tol=1e-10)
    s = 1 / (1 + np.exp(-X @ found.x))
    np.testing.assert_allclose(X.T @ (s - labels) + found.x, 0, atol=1e-9)
    assert loss.cache_info().misses == 1
    again = sd.minimize(loss, found.x, (X, labels, "logistic"), method="trust-ncg", tol=1e-9)
    assert again.nit == 0
    assert loss.cache_info().misses == 1


def test_an_expression_may_have_other_variables():
    c = sd.Var("c", (3,))
    w = sd.Var("w", (3,))
    found = sd.minimize(sd.sum((w - c) ** 2), {w: np.zeros(3)}, {"c": [1.0, 2.0, 3.0]})
    np.testing.assert_allclose(found.x[w], [1, 2, 3], atol=1e-6)


# -- bounds and constraints -----------------------------------------------------------------------


@pytest.mark.parametrize("method", WITH_BOUNDS)
def test_bounds_hold(method):
    f = lambda p: sd.sum((p["a"] - 3) ** 2) + (p["b"] + 1) ** 2 + (p["c"] - 1) ** 2
    start = {"a": np.array([0.5, 0.5]), "b": 0.5, "c": 0.0}
    bounds = {"a": ([0, -1], 1), "b": (0, None)}
    found = sd.minimize(f, start, method=method, bounds=bounds, tol=1e-9)
    np.testing.assert_allclose(found.x["a"], [1, 1], atol=1e-3)  # trust-constr stays inside
    np.testing.assert_allclose([found.x["b"], found.x["c"]], [0, 1], atol=1e-3)
    flat = optimize.Bounds([0, -1, 0, -np.inf], [1, 1, np.inf, np.inf])
    other = sd.minimize(f, start, method=method, bounds=flat, tol=1e-9)
    np.testing.assert_array_equal(other.x["a"], found.x["a"])
    pairs = [(0, 1), (-1, 1), (0, None), (None, None)]
    last = sd.minimize(f, start, method=method, bounds=pairs, tol=1e-9)
    np.testing.assert_array_equal(last.x["a"], found.x["a"])


@pytest.mark.parametrize("method", WITH_CONSTRAINTS)
def test_constraints_are_comparisons(method):
    on_circle = sd.eq(x**2 + y**2, 2)
    found = sd.minimize(x + y, {x: -1.4, y: -0.2}, method=method, constraints=on_circle)
    np.testing.assert_allclose([found.x[x], found.x[y]], [-1, -1], atol=1e-3)
    several = [x + y >= 1, 2 * x <= y]  # the nearest point to 0 is (1/3, 2/3)
    found = sd.minimize(x**2 + y**2, {x: 0, y: 2}, method=method, constraints=several)
    np.testing.assert_allclose([found.x[x], found.x[y]], [1 / 3, 2 / 3], atol=1e-3)


@pytest.mark.parametrize("method", WITH_CONSTRAINTS)
def test_constraints_of_arrays_and_of_functions(method):
    f = lambda w, c: sd.sum((w - c) ** 2)
    rules = [lambda w, c: sd.eq(sd.sum(w), 1), lambda p, c: [p >= 0, p[0] < 0.5]]
    found = sd.minimize(
        f, np.array([0.3, 0.3, 0.4]), (np.array([2.0, 1.0, -1.0]),), method=method,
        constraints=rules,
    )  # fmt: skip
    np.testing.assert_allclose(found.x, [0.5, 0.5, 0], atol=2e-3)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_constraints_of_scipy_pass_through(method):
    flat = optimize.LinearConstraint([[1.0, 1.0]], 1.0, 1.0)
    found = sd.minimize(x**2 + y**2, {x: 0, y: 2}, method=method, constraints=[flat, x >= 0.75])
    np.testing.assert_allclose([found.x[x], found.x[y]], [0.75, 0.25], atol=1e-3)
    alone = sd.minimize(x**2 + y**2, {x: 0, y: 2}, method=method, constraints=flat)
    np.testing.assert_allclose([alone.x[x], alone.x[y]], [0.5, 0.5], atol=1e-4)


def test_the_second_derivatives_of_constraints_are_exact():
    from symdiff.minimizing.constraints import constraints_of

    problem = read(x + y, {x: 1.0, y: 2.0}, None)
    (rule,) = constraints_of(problem, [x**2 * y <= 1, x * y**3 >= 2], second=True)
    z, weights = np.array([1.5, -0.5]), np.array([2.0, -3.0])
    np.testing.assert_allclose(rule.fun(z), [z[0] ** 2 * z[1] - 1, z[0] * z[1] ** 3 - 2])
    np.testing.assert_allclose(
        rule.jac(z), [[2 * z[0] * z[1], z[0] ** 2], [z[1] ** 3, 3 * z[0] * z[1] ** 2]]
    )
    H1 = np.array([[2 * z[1], 2 * z[0]], [2 * z[0], 0]])
    H2 = np.array([[0, 3 * z[1] ** 2], [3 * z[1] ** 2, 6 * z[0] * z[1]]])
    found = np.column_stack([rule.hess(z, weights) @ e for e in np.eye(2)])
    np.testing.assert_allclose(found, 2 * H1 - 3 * H2)
    np.testing.assert_array_equal(rule.lb, [-np.inf, 0])
    np.testing.assert_array_equal(rule.ub, [0, np.inf])


def test_large_constraints_are_sparse():
    """A pendulum swung up in 60 steps: states and torques in a dict, defects as equations."""
    from symdiff.minimizing.constraints import constraints_of

    n, step = 60, 0.1

    def effort(p):
        return step * sd.sum(p["torque"] ** 2)

    def motion(p):
        angle, speed = p["state"][:, 0], p["state"][:, 1]
        force = p["torque"] - sd.sin(angle)
        along = lambda a, rate: a[1:] - a[:-1] - step / 2 * (rate[1:] + rate[:-1])
        return [
            sd.eq(along(angle, speed), 0), sd.eq(along(speed, force), 0),
            sd.eq(angle[0], 0), sd.eq(speed[0], 0), sd.eq(angle[n - 1], 1.5),
        ]  # fmt: skip

    start = {"state": np.zeros((n, 2)), "torque": np.ones(n)}
    problem = read(effort, start, None)
    (rule,) = constraints_of(problem, motion, second=True)
    rng = np.random.default_rng(0)
    z, v, w = rng.normal(size=3 * n), rng.normal(size=3 * n), rng.normal(size=2 * n + 1)
    assert sparse.issparse(rule.jac(z))
    along = (rule.fun(z + 1e-6 * v) - rule.fun(z - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(rule.jac(z) @ v, along, rtol=1e-6, atol=1e-8)
    slopes = lambda z: w @ rule.jac(z)
    along = (slopes(z + 1e-6 * v) - slopes(z - 1e-6 * v)) / 2e-6
    assert sparse.issparse(rule.hess(z, w))
    np.testing.assert_allclose(rule.hess(z, w) @ v, along, rtol=1e-6, atol=1e-8)
    H = problem.operator(z)
    np.testing.assert_allclose(H.toarray(), np.diag(np.repeat([0, 2 * step], [2 * n, n])))
    found = sd.minimize(effort, start, method="trust-constr", constraints=motion)
    assert found.success
    dense = sd.minimize(effort, start, method="SLSQP", constraints=motion)
    assert found.fun == pytest.approx(dense.fun, rel=1e-4)


# -- callbacks and bars ---------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_callback_is_told_and_can_stop(method):
    seen = []

    def told(iterate):
        seen.append(iterate)
        if iterate.number == 3:
            raise StopIteration

    found = sd.minimize(BANANA, {x: -1.2, y: 1.0}, method=method, callback=told)
    assert [i.number for i in seen] == [1, 2, 3]
    for i in seen:
        assert i.fun == pytest.approx(optimize.rosen([i.x[x], i.x[y]]), rel=1e-12)
    assert not found.success
    assert "StopIteration" in found.message
    np.testing.assert_allclose([found.x[x], found.x[y]], [seen[-1].x[x], seen[-1].x[y]])


def absent(monkeypatch, *names):
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


class FakeBar:
    """Stands in for tqdm's class."""

    made: list

    def __init__(self, desc, total, mininterval):
        self.desc, self.total, self.n, self.texts, self.closed = desc, total, 0, [], False
        self.made.append(self)

    def set_postfix_str(self, text, refresh):
        self.texts.append(text)

    def update(self, more):
        self.n += more

    def close(self):
        self.closed = True


@pytest.fixture
def tqdm(monkeypatch):
    """A tqdm that draws nothing, and no rich."""
    absent(monkeypatch, "rich.progress", "rich.console")
    monkeypatch.setattr(FakeBar, "made", [], raising=False)
    found = types.ModuleType("tqdm.auto")
    found.tqdm = FakeBar
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", found)
    return FakeBar.made


def test_without_rich_and_tqdm_there_is_no_bar_and_the_callback_is_told(monkeypatch, capsys):
    absent(monkeypatch, "rich", "rich.progress", "rich.console", "tqdm", "tqdm.auto")
    told = []
    loop = sd.progress("abc", callback=lambda p: told.append((p.done, p.total)))
    assert list(loop) == ["a", "b", "c"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert sd.minimize(BANANA, {x: 0, y: 0}, progress=True).success
    assert capsys.readouterr() == ("", "")
    for name in ("rich", "tqdm"):
        with pytest.raises(sd.MissingPackage, match=f"pip install {name}"):
            sd.progress("abc", bar=name)


def test_a_bar_of_tqdm_counts_and_shows(tqdm):
    loop = sd.progress(range(4), "fit")
    for i in loop:
        loop.show(loss=0.5**i, note="warm")
    (bar,) = tqdm
    assert (bar.desc, bar.total, bar.n, bar.closed) == ("fit", 4, 4, True)
    assert bar.texts[0] == "loss 1, note warm"
    assert bar.texts[-1] == "loss 0.125, note warm"


def test_a_bar_is_closed_where_the_loop_is_left_early(tqdm):
    for i in sd.progress(iter(range(10)), total=10):
        if i == 2:
            break
    (bar,) = tqdm
    assert (bar.n, bar.closed) == (2, True)
    with sd.progress(title="by hand") as p:
        p.advance()
    assert (tqdm[1].n, tqdm[1].total, tqdm[1].closed) == (1, None, True)


def test_minimize_shows_a_bar(tqdm):
    found = sd.minimize(BANANA, {x: -1.2, y: 1.0}, progress="tqdm")
    (bar,) = tqdm
    assert (bar.desc, bar.n, bar.closed) == ("BFGS", found.nit, True)
    assert float(bar.texts[-1].split()[-1]) == pytest.approx(found.fun, rel=1e-5)


def test_a_bar_of_rich(monkeypatch):
    calls = []

    class Fake:
        def __init__(self, *columns, console):
            calls.append(("made", columns))

        @staticmethod
        def get_default_columns():
            return ("columns",)

        def add_task(self, title, total, shown):
            calls.append(("task", title, total))
            return 7

        def start(self):
            calls.append("start")

        def update(self, task, completed, shown):
            calls.append((task, completed, shown))

        def stop(self):
            calls.append("stop")

    bars, console = types.ModuleType("rich.progress"), types.ModuleType("rich.console")
    bars.Progress, bars.TextColumn, console.Console = Fake, str, lambda stderr: None
    for module in (types.ModuleType("rich"), bars, console):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    loop = sd.progress([1, 2], "fit")
    for i in loop:
        loop.show(loss=i)
    assert calls[1:3] == [("task", "fit", 2), "start"]
    assert calls[-2:] == [(7, 2, "loss 2"), "stop"]


@pytest.mark.parametrize("name", ["rich", "tqdm"])
def test_the_real_bars_draw_to_stderr(name, capsys):
    pytest.importorskip(name)
    loop = sd.progress(range(3), "fitting", bar=name)
    for i in loop:
        loop.show(loss=i)
    out, err = capsys.readouterr()
    assert out == ""
    assert "fitting" in err
    assert "loss 2" in err


# -- bad input ------------------------------------------------------------------------------------


def test_an_unknown_method_lists_those_there_are():
    with pytest.raises(sd.UnknownMethod, match=r"'Newton'.*Newton-CG, trust-ncg") as caught:
        sd.minimize(BANANA, {x: 0, y: 0}, method="Newton")
    assert caught.value.known == tuple(METHODS)


def test_a_start_that_lacks_a_variable_names_it():
    with pytest.raises(sd.MissingVariable, match="'y'"):
        sd.minimize(BANANA, {x: 0})
    with pytest.raises(sd.MissingVariable, match="'z'"):
        sd.minimize(BANANA, {x: 0, y: 0}, constraints=sd.Var("z") <= 1)
    with pytest.raises(sd.UnknownVariable, match=r"'q'.*'x', 'y'"):
        sd.minimize(BANANA, {x: 0, "q": 0})


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: sd.minimize(lambda w: w**2, np.ones(3)), sd.NotScalar, r"\(3,\)"),
        (lambda: sd.minimize(sd.constant(1.0), 0.0), sd.KindError, "got Tensor"),
        (lambda: sd.minimize(BANANA, [0, 0]), sd.KindError, "variable: value"),
        (lambda: sd.minimize(lambda w: w, "0"), sd.KindError, "got str"),
        (lambda: sd.minimize(BANANA, {x: [0, 1], y: 0}), sd.ShapeError, "value of x"),
        (lambda: sd.minimize(BANANA, {x: 0, y: 0}, method="BFGS", bounds={x: (0, 1)}),
         sd.KindError, "BFGS takes no bounds.*L-BFGS-B"),
        (lambda: sd.minimize(BANANA, {x: 0, y: 0}, method="CG", constraints=[x <= 1]),
         sd.KindError, "CG takes no constraints.*SLSQP"),
        (lambda: sd.minimize(BANANA, {x: 0, y: 0}, bounds={"z": (0, 1)}),
         sd.KindError, "bounds for z.*x, y"),
        (lambda: sd.minimize(BANANA, {x: 0, y: 0}, constraints=[x == y]),
         sd.KindError, "sd.eq"),
        (lambda: sd.minimize(BANANA, {x: 0, y: 0}, constraints=[x + y]),
         sd.KindError, "a constraint is a comparison"),
        (lambda: sd.minimize(lambda w: float(w), 1.0), sd.ConversionError, "traced"),
        (lambda: sd.progress("abc", bar="curses"), ValueError, "'rich', 'tqdm', 'auto'"),
    ],
)  # fmt: skip
def test_wrong_input_is_named(call, error, said):
    with pytest.raises(error) as caught:
        call()
    text = " ".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert re.search(said, text), text
