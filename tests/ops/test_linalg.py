"""Linear algebra: NumPy is the oracle of values, mpmath and closed forms those of accuracy."""

import array_checks as check
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symdiff as sd
from symdiff.witness import mp_derivative, mp_evaluate

LA, NP = sd.linalg, np.linalg
A, B = sd.Var("A", (3, 3)), sd.Var("B", (3, 3))
b, c = sd.Var("b", (3,)), sd.Var("c", (3,))
RNG = np.random.default_rng(7)
STACKS = ((), (2,), (2, 1), (0,))


def regular(rng, *shape):
    """Matrices away from singular ones: singular values of about 1 to 3."""
    n = shape[-1]
    u, s, vh = NP.svd(rng.normal(size=shape), full_matrices=False)
    return (u * np.linspace(1.0, 3.0, s.shape[-1])) @ vh if n else np.empty(shape)


def definite(rng, *shape):
    """Symmetric matrices with the eigenvalues 1, 2, ..., n."""
    q = NP.qr(rng.normal(size=shape))[0]
    return symmetric_part((q * np.arange(1.0, shape[-1] + 1)) @ np.swapaxes(q, -1, -2))


def symmetric_part(a):
    return (a + np.swapaxes(a, -1, -2)) / 2


SQUARE = {
    "inv": (LA.inv, NP.inv),
    "det": (LA.det, NP.det),
    **{
        f"matrix_power {n}": (lambda a, n=n: LA.matrix_power(a, n),
                              lambda a, n=n: NP.matrix_power(a, n))
        for n in (-3, -1, 0, 1, 2, 3, 6)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SQUARE)
@pytest.mark.parametrize("stack", STACKS, ids=str)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
def test_functions_of_square_matrices(name, stack, n):
    a = regular(np.random.default_rng(n), *stack, n, n)
    check.check_against_numpy(*SQUARE[name], [a], rtol=1e-11)


@pytest.mark.parametrize("stack", STACKS, ids=str)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_logarithms_of_determinants(stack, n):
    rng = np.random.default_rng(n)
    a, positive = regular(rng, *stack, n, n), definite(rng, *stack, n, n)
    check.check_against_numpy(
        lambda a: LA.slogdet(a).logabsdet, lambda a: NP.slogdet(a)[1], [a], analytic=False
    )
    check.check_against_numpy(
        lambda a: LA.slogdet(a).sign, lambda a: NP.slogdet(a)[0], [a], slopes=False
    )
    check.check_against_numpy(LA.logdet, lambda a: np.log(NP.det(a)), [positive], rtol=1e-11)


@pytest.mark.parametrize("stack", STACKS, ids=str)
@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_factors_of_symmetric_matrices(stack, n):
    """They are functions of the symmetric part, so any tangent may be tried."""
    a = definite(np.random.default_rng(n), *stack, n, n)
    for ours, theirs in (
        (LA.cholesky, NP.cholesky),
        (LA.eigvalsh, NP.eigvalsh),
        (lambda a: LA.eigh(a).eigenvalues, lambda a: NP.eigh(a)[0]),
        (lambda a: LA.eigh(a).eigenvectors, lambda a: NP.eigh(a)[1]),
    ):
        check.check_against_numpy(
            ours, lambda a, f=theirs: f(symmetric_part(a)), [a], rtol=1e-11, analytic=False
        )


@pytest.mark.parametrize("n", [1, 2, 5])
def test_symmetric_matrices_are_not_changed(n):
    a = definite(np.random.default_rng(n), n, n)
    values, vectors = sd.evaluate(LA.eigh(sd.Const(a)))
    assert np.array_equal(sd.evaluate(LA.cholesky(sd.Const(a))), NP.cholesky(a))
    assert np.array_equal(values, NP.eigvalsh(a))
    assert np.array_equal(vectors, NP.eigh(a)[1])


@pytest.mark.parametrize("shapes", [
    ((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 3, 3), (3,)), ((2, 3, 3), (2, 3, 1)),
    ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 2)), ((2, 1, 2, 2), (3, 2, 1)), ((0, 0), (0,)),
    ((0, 0), (0, 2)), ((2, 2), (2, 0)), ((1, 1), (1,)), ((0, 3, 3), (3,)), ((1, 2, 2), (4, 2, 2)),
], ids=str)  # fmt: skip
def test_solve(shapes):
    rng = np.random.default_rng(1)
    first, second = shapes
    arrays = [regular(rng, *first), rng.normal(size=second)]
    check.check_against_numpy(LA.solve, NP.solve, arrays, rtol=1e-11)


@pytest.mark.parametrize("shape", [(4, 2), (2, 4), (3, 3), (2, 4, 3), (2, 3, 4), (0, 3), (3, 0),
                                   (1, 1), (0, 2, 3)], ids=str)  # fmt: skip
def test_pinv(shape):
    a = regular(np.random.default_rng(2), *shape)
    check.check_against_numpy(LA.pinv, NP.pinv, [a], rtol=1e-11, analytic=False)


@pytest.mark.parametrize("shapes", [((5, 3), (5,)), ((5, 3), (5, 2)), ((3, 5), (3,)),
                                    ((3, 3), (3, 1)), ((3, 5), (3, 0))], ids=str)  # fmt: skip
def test_lstsq(shapes):
    rng = np.random.default_rng(3)
    arrays = [regular(rng, *shapes[0]), rng.normal(size=shapes[1])]
    check.check_against_numpy(
        LA.lstsq, lambda a, b: NP.lstsq(a, b)[0], arrays, rtol=1e-11, analytic=False
    )


# -- what NumPy refuses --------------------------------------------------------------------------


@pytest.mark.parametrize(("ours", "theirs", "shapes"), [
    *[(f, g, [shape]) for f, g in (
        (LA.inv, NP.inv), (LA.det, NP.det), (LA.slogdet, NP.slogdet), (LA.logdet, NP.det),
        (LA.cholesky, NP.cholesky), (LA.eigh, NP.eigh), (LA.eigvalsh, NP.eigvalsh),
        (lambda a: LA.matrix_power(a, 2), lambda a: NP.matrix_power(a, 2)),
    ) for shape in ((), (3,), (2, 3), (3, 2, 3))],
    (LA.pinv, NP.pinv, [(3,)]), (LA.pinv, NP.pinv, [()]),
    *[(LA.solve, NP.solve, pair) for pair in (
        [(2, 3), (2,)], [(3,), (3,)], [(3, 3), ()], [(3, 3), (2,)], [(3, 3), (4, 1)],
        [(3, 3), (2, 2, 1)], [(2, 3, 3), (3, 3, 1)], [(2, 3, 3), (2, 3)])],
    *[(LA.lstsq, lambda a, b: NP.lstsq(a, b)[0], pair) for pair in (
        [(3, 2), (2,)], [(3,), (3,)], [(3, 2), ()], [(3, 2), (2, 4)], [(2, 3, 2), (3,)])],
])  # fmt: skip
def test_shapes_that_do_not_fit_are_named(ours, theirs, shapes):
    arrays = [np.ones(shape) for shape in shapes]
    error = check.check_both_raise(ours, theirs, arrays)
    assert isinstance(error, sd.ShapeError)
    assert all(any(str(n) in str(error) for n in shape) for shape in shapes if shape)


@pytest.mark.parametrize("n", [1.5, "2", None, sd.Var("n")])
def test_exponents_are_integers(n):
    with pytest.raises(sd.ConversionError, match="integer"):
        LA.matrix_power(A, n)


def test_numpy_dispatches():
    assert NP.solve(A, b) is LA.solve(A, b)
    assert NP.solve(np.eye(3), b).args[1] is b
    assert NP.inv(A) is LA.inv(A)
    assert NP.det(A) is LA.det(A)
    assert NP.slogdet(A) == LA.slogdet(A)
    assert NP.cholesky(A) is LA.cholesky(A)
    assert NP.eigh(A) == LA.eigh(A)
    assert NP.eigvalsh(A) is LA.eigvalsh(A)
    assert NP.pinv(A) is LA.pinv(A)
    assert NP.matrix_power(A, np.int64(3)) is LA.matrix_power(A, 3)
    assert sd.solve is LA.solve


# -- singular matrices ---------------------------------------------------------------------------

SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]])
RANK_ONE = np.outer([1.0, -2.0, 3.0], [2.0, 1.0, 4.0])


def cofactors(a):
    """By the definition: signed determinants of what is left without a row and a column."""
    out = np.empty_like(a)
    for i, j in np.ndindex(a.shape):
        minor = np.delete(np.delete(a, i, 0), j, 1)
        out[i, j] = (-1) ** (i + j) * NP.det(minor)
    return out


@pytest.mark.parametrize("a", [
    SINGULAR, RANK_ONE, np.zeros((3, 3)), np.zeros((1, 1)), np.zeros((2, 2)), np.ones((5, 5)),
    np.diag([3.0, 0, 2, 5]), np.diag([3.0, 0, 2, 0]), np.kron(SINGULAR[1:, 1:], RANK_ONE[:2, :2]),
], ids=str)  # fmt: skip
def test_the_gradient_of_a_determinant_at_singular_matrices(a):
    x = sd.Var("X", a.shape)
    got = sd.evaluate(sd.grad(LA.det(x), x), X=a)
    np.testing.assert_allclose(got, cofactors(a), atol=1e-13)


@pytest.mark.parametrize("modes", [(m, n) for m in check.MODES for n in check.MODES], ids=str)
@pytest.mark.parametrize("a", [
    SINGULAR, RANK_ONE, np.zeros((2, 2)), np.eye(3), np.diag([3.0, 0, 2, 5]),
    np.diag([3.0, 0, 2, 0]), np.ones((4, 4)), np.diag([1.0, 2, 0, 3, 0]),
], ids=str)  # fmt: skip
def test_the_hessian_of_a_determinant_at_singular_matrices(a, modes):
    """A determinant is a polynomial: differences of cofactors are exact up to rounding."""
    x = sd.Var("X", a.shape)
    ((hessian,),) = check.derivatives.hessian(LA.det(x), [x], modes)
    got = sd.evaluate(hessian, X=a)
    for k in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[k] = 0.5
        np.testing.assert_allclose(got[k], cofactors(a + step) - cofactors(a - step), atol=1e-12)


@pytest.mark.parametrize("a", [
    regular(RNG, 2, 2), SINGULAR, np.zeros((3, 3)), regular(RNG, 3, 3), regular(RNG, 4, 4),
    regular(RNG, 5, 5),
], ids=lambda a: str(len(a)))  # fmt: skip
def test_third_derivatives_of_a_determinant(a):
    """A polynomial again: the mixed difference is that of mpmath at 50 digits."""
    x = sd.Var("X", a.shape)
    u, v, w = RNG.normal(size=(3, *a.shape))
    forward = LA.det(x)
    for direction in (u, v, w):
        forward = sd.jvp(forward, x, sd.Const(direction))
    backward = sd.grad(sd.sum(sd.grad(sd.sum(sd.grad(LA.det(x), x) * u), x) * v), x)
    m, p, q, r = map(mpmath.matrix, (a, u, v, w))
    along = lambda i, j, k: mpmath.det(m + i * p + j * q + k * r)
    with mpmath.workdps(50):
        want = float(mpmath.diff(along, (0, 0, 0), (1, 1, 1)))
    at = sd.compile([forward, backward], x)(a)
    np.testing.assert_allclose([at[0], np.sum(at[1] * w)], want, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("build", [
    lambda a: LA.inv(a), lambda a: LA.solve(a, sd.Const(np.ones(3))),
    lambda a: LA.matrix_power(a, -2), lambda a: LA.cholesky(a),
])  # fmt: skip
def test_a_matrix_that_numpy_refuses_gives_nan_and_spares_the_others(build):
    refused = np.ones((3, 3)) - 2 * np.eye(3) * (build(A).op is sd.Cholesky)
    stack = np.stack([np.eye(3), refused, 2 * np.eye(3)])
    f = sd.compile(build(A), A)
    found = f(stack)
    assert np.isnan(found[1]).all()
    assert np.array_equal(found[[0, 2]], f(stack[[0, 2]]))
    assert np.isfinite(found[[0, 2]]).all()
    assert np.isnan(f(refused)).all()
    with pytest.raises(sd.NonFinite, match=build(A).op.name):
        sd.evaluate(build(A), {A: refused}, check=True)


def test_logarithms_at_singular_and_negative_determinants():
    stack = np.stack([np.eye(3), np.zeros((3, 3)), -np.eye(3)])
    assert sd.evaluate(LA.logdet(A), {A: stack}).tolist()[:2] == [0.0, -np.inf]
    assert np.isnan(sd.evaluate(LA.logdet(A), {A: stack})[2])
    sign, size = sd.evaluate(LA.slogdet(A), {A: stack})
    assert sign.tolist() == [1, 0, -1]
    assert size.tolist() == [0, -np.inf, 0]


def test_logdet_does_not_overflow():
    big = 1e200 * np.eye(3)
    assert sd.evaluate(LA.logdet(A), {A: big}) == pytest.approx(600 * np.log(10))
    np.testing.assert_allclose(sd.evaluate(sd.grad(LA.logdet(A), A), {A: big}), np.eye(3) / 1e200)


# -- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize(("derivative", "formula"), [
    (sd.grad(LA.logdet(A), A), LA.inv(A).T),
    (sd.grad(LA.slogdet(A).logabsdet, A), LA.inv(A).T),
    (sd.grad(sd.trace(LA.inv(A)), A), -(LA.inv(A) @ LA.inv(A)).T),
    (sd.jacobian(LA.solve(A, b), b), LA.inv(A)),
    (sd.grad(c @ LA.solve(A, b), b), LA.solve(A.T, c)),
    (sd.grad(c @ LA.solve(A, b), A), -sd.outer(LA.solve(A.T, c), LA.solve(A, b))),
    (sd.grad(sd.trace(LA.matrix_power(A, 2)), A), 2 * A.T),
])  # fmt: skip
def test_closed_forms_are_reached(derivative, formula):
    assert sd.simplify(derivative) is sd.simplify(formula)


def test_the_hessian_of_logdet():
    got = sd.evaluate(sd.hessian(LA.logdet(A), A), {A: (a := regular(RNG, 3, 3))})
    y = NP.inv(a)
    np.testing.assert_allclose(got, -np.einsum("li,jk->ijkl", y, y), rtol=1e-12, atol=1e-13)


def test_a_gaussian_log_likelihood():
    """By hand: (inv(S) - inv(S) r r' inv(S))/2 and -inv(S) r for symmetric S."""
    mean, point = sd.Var("m", (3,)), sd.Var("x", (3,))
    r = point - mean
    f = LA.logdet(A) / 2 + r @ LA.solve(A, r) / 2
    by_covariance, by_mean = sd.compile(sd.grad(f, [A, mean]), [A, mean, point])(
        s := definite(RNG, 3, 3), m := RNG.normal(size=3), x := RNG.normal(size=3)
    )
    y, d = NP.inv(s), x - m
    np.testing.assert_allclose(by_covariance, (y - np.outer(y @ d, y @ d)) / 2, rtol=1e-12)
    np.testing.assert_allclose(by_mean, -y @ d, rtol=1e-12)
    root = LA.cholesky(A)
    white = LA.solve(root, r)
    by_root = sd.grad(sd.sum(sd.log(sd.diagonal(root))) + white @ white / 2, A)
    np.testing.assert_allclose(
        sd.evaluate(by_root, {A: s, mean: m, point: x}), by_covariance, rtol=1e-12
    )


def test_the_derivative_of_solve_forms_no_inverse():
    f = sd.sum(LA.solve(A, b) ** 2)
    for graph in (sd.grad(f, [A, b]), sd.hessian(f, A), sd.jvp(LA.solve(A, b), A, B)):
        nodes = check.postorder(graph if isinstance(graph, list) else [graph])
        assert sd.Solve in {n.op for n in nodes}
        assert sd.Inv not in {n.op for n in nodes}


def test_powers_are_differentiated_in_few_products():
    gradient = sd.grad(sd.trace(LA.matrix_power(A, 1000)), A)
    assert sd.count_ops(gradient) < 120
    a = 0.5 * NP.qr(RNG.normal(size=(3, 3)))[0]
    (dot,) = check.derivatives.jvp([sd.trace(LA.matrix_power(A, 40))], [A], [B])
    v = RNG.normal(size=(3, 3))
    want = 40 * np.trace(NP.matrix_power(a, 39) @ v)
    np.testing.assert_allclose(sd.evaluate(dot, {A: a, B: v}), want, rtol=1e-11)


RULES = [
    (LA.inv(LA.inv(A)), A), (LA.inv(A.T), LA.inv(A).T), (LA.inv(-2 * A.T), -LA.inv(A).T / 2),
    (LA.inv(sd.eye(3)), sd.eye(3)), (LA.pinv(LA.pinv(A)), A), (LA.pinv(3 * A), LA.pinv(A) / 3),
    (LA.pinv(A.T), LA.pinv(A).T), (LA.det(A.T), LA.det(A)), (LA.det(2 * A), 8 * LA.det(A)),
    (LA.det(-A), -LA.det(A)), (LA.det(LA.inv(A)), 1 / LA.det(A)), (LA.det(sd.eye(3)), sd.Const(1)),
    (LA.logdet(A.T), LA.logdet(A)), (LA.logdet(LA.inv(A)), -LA.logdet(A)),
    (LA.logdet(sd.eye(3)), sd.Const(0)), (LA.slogdet(LA.inv(A))[1], -LA.slogdet(A)[1]),
    (LA.slogdet(A.T)[0], LA.slogdet(A)[0]), (LA.slogdet(sd.eye(3))[0], sd.Const(1)),
    (sd.log(LA.det(A)), LA.logdet(A)), (sd.log(abs(LA.det(A))), LA.slogdet(A)[1]),
    (sd.exp(LA.logdet(A)), LA.det(A)), (sd.sign(LA.det(A)), LA.slogdet(A)[0]),
    (LA.cholesky(A.T), LA.cholesky(A)), (LA.eigvalsh(A.T), LA.eigvalsh(A)),
    (LA.eigh(A.T)[1], LA.eigh(A)[1]), (LA.cholesky(sd.eye(3)), sd.eye(3)),
    (LA.matrix_power(A, 0), sd.eye(3)), (LA.matrix_power(A, 1), A), (LA.matrix_power(A, 2), A @ A),
    (LA.matrix_power(A, -1), LA.inv(A)), (LA.matrix_power(LA.inv(A), 3), LA.matrix_power(A, -3)),
    (LA.matrix_power(LA.matrix_power(A, 3), 2), LA.matrix_power(A, 6)),
    (LA.matrix_power(A.T, 3), LA.matrix_power(A, 3).T), (LA.solve(A, sd.eye(3)), LA.inv(A)),
    (LA.solve(sd.eye(3), b), b), (LA.solve(LA.inv(A), b), A @ b),
    (LA.inv(sd.diag(b)), sd.diag(1 / b)), (LA.inv(c[0] * sd.eye(3)), sd.eye(3) / c[0]),
    (LA.det(sd.diag(b)), sd.prod(b)), (LA.det(b[0] * c[1] * sd.eye(3)), (b[0] * c[1]) ** 3),
    (LA.slogdet(sd.diag(b))[1], sd.sum(sd.log(abs(b)))),
    (LA.logdet(sd.diag(sd.exp(b))), sd.sum(b)), (LA.logdet(sd.exp(c[0]) * sd.eye(3)), 3 * c[0]),
    (LA.cholesky(sd.diag(b**2 + 1)), sd.diag(sd.sqrt(b**2 + 1))),
    (LA.solve(sd.diag(b), c), c / b), (LA.solve(sd.diag(b), A), A / b[:, None]),
    (LA.solve(c[0] * sd.eye(3), A), A / c[0]), (LA.solve(c[0] * sd.eye(3), b), b / c[0]),
    (LA.solve(A, 3 * b), 3 * LA.solve(A, b)), (LA.solve(-2 * A, B), -LA.solve(A, B) / 2),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), RULES, ids=lambda e: str(e))
def test_rules(left, right):
    assert sd.simplify(left) is sd.simplify(right)
    b_, c_ = RNG.normal(size=(2, 3)) + 0.1
    point = {A: definite(RNG, 3, 3), B: RNG.normal(size=(3, 3)), b: b_, c: c_}
    values = [sd.evaluate(e, {v: point[v] for v in check.postorder([e]) if v in point})
              for e in (left, right)]  # fmt: skip
    np.testing.assert_allclose(*values, rtol=1e-12, atol=1e-13)


def test_two_negative_numbers_have_no_logarithms_of_their_own():
    f = LA.logdet(sd.diag(b))
    assert sd.evaluate(sd.simplify(f), {b: [-2.0, 3.0, -4.0]}) == pytest.approx(np.log(24))


def test_one_matrix_is_factored_once_for_a_batch_of_right_sides(monkeypatch):
    seen = []
    solve = NP.solve
    monkeypatch.setattr(NP, "solve", lambda a, b: seen.append(a.shape) or solve(a, b))
    a, many = regular(RNG, 3, 3), RNG.normal(size=(4, 5, 3))
    got = sd.compile(LA.solve(A, b), [A, b])(a, many)
    assert seen == [(3, 3)]
    np.testing.assert_allclose(got @ a.T, many, rtol=1e-12, atol=1e-13)


# -- 50 digits -----------------------------------------------------------------------------------

AGREE = 1e-25  # of derivative graphs with differences, both at 50 digits
ROWS = {
    "inv": LA.inv, "det": LA.det, "logdet": LA.logdet, "cholesky": LA.cholesky, "pinv": LA.pinv,
    "eigvalsh": LA.eigvalsh, "adjugate": sd.Adjugate, "solve": lambda a: LA.solve(a, sd.Const(V)),
    "logabsdet": lambda a: LA.slogdet(a)[1], "matrix_power": lambda a: LA.matrix_power(a, 5),
    "inverse power": lambda a: LA.matrix_power(a, -3), "tall": lambda a: LA.pinv(a[:, :2]),
    "wide": lambda a: LA.pinv(a[:2]), "slope": lambda a: sd.AdjugateSlope(a, sd.Const(W)),
}  # fmt: skip
V, W = np.array([0.5, -1.25, 2.0]), np.array([[0.5, 1.0, -2.0], [0.0, 3.0, 1.0], [1.5, 0.25, 1.0]])


@pytest.mark.parametrize("name", ROWS)
def test_values_and_slopes_at_50_digits(name):
    """The truth is mpmath: its functions for values, its differences for derivatives."""
    a = definite(RNG, 3, 3)
    out = ROWS[name](A)
    weights = sd.Const(RNG.normal(size=out.shape))
    truth = np.asarray(mp_evaluate(out, {A: a}), dtype=float)
    np.testing.assert_allclose(sd.evaluate(out, {A: a}), truth, rtol=1e-13, atol=1e-14)
    f = sd.sum(weights * out)
    (gradient,) = check.derivatives.gradient(f, [A])
    (dot,) = check.derivatives.jvp([f], [A], [sd.Const(W)])
    got, along = mp_evaluate([gradient, dot], {A: a})
    want = np.empty((3, 3), dtype=object)
    for k in np.ndindex(want.shape):
        want[k] = mp_derivative(f, {A: a}, [(A, k)])
    with mpmath.workdps(50):
        assert np.abs(got - want).max() < AGREE * np.abs(want).max()
        assert abs(along - (want * W).sum()) < AGREE * np.abs(want).max()


@check.examples(25)
@given(st.data())
def test_stacks_broadcast_in_solve(data):
    leads = data.draw(check.broadcastable(max_axes=3))
    n, k = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 2))
    arrays = [regular(RNG, *leads[0].shape, n, n), RNG.normal(size=(*leads[1].shape, n, k))]
    check.check_against_numpy(LA.solve, NP.solve, arrays, rtol=1e-11)


@check.examples(25)
@given(check.shapes(max_axes=2), st.integers(0, 4), st.sampled_from([*SQUARE]))
def test_stacks_of_square_matrices(lead, n, name):
    a = regular(RNG, *lead, n, n)
    check.check_against_numpy(*SQUARE[name], [a], rtol=1e-11)


def test_single_precision_stays():
    a = regular(RNG, 3, 3).astype(np.float32)
    a = a @ a.T
    for f in (LA.inv(A), LA.det(A), LA.logdet(A), LA.cholesky(A), *LA.eigh(A), LA.pinv(A),
              *LA.slogdet(A), LA.matrix_power(A, -2), sd.grad(LA.det(A), A), LA.solve(A, A[0]),
              sd.grad(sd.sum(sd.grad(LA.det(A), A)[0]), A)):  # fmt: skip
        got = sd.compile(f, A)(a)
        assert got.dtype == np.float32, f
        np.testing.assert_allclose(got, sd.evaluate(f, {A: a.astype(float)}), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("e", [
    LA.solve(A, b), LA.solve(A, B), LA.solve(A.T, b)[0], LA.matrix_power(A.T, -3), LA.inv(A) @ B,
    LA.logdet(A) / 2, LA.cholesky(A), LA.slogdet(A)[0], LA.eigh(A)[1], LA.pinv(A),
    LA.solve(sd.Var("S", (2, 3, 3)), b), LA.solve(A, sd.Var("S", (2, 3, 3))),
])  # fmt: skip
def test_texts_are_read_back(e):
    names = {v.name: v for v in check.postorder([e]) if v.op is sd.Var}
    assert sd.parse(str(e), names) is e


def test_formulas():
    assert str(LA.solve(A.T, b)) == "solve(A.T, b)"
    assert str(LA.matrix_power(A, -2)) == "matrix_power(A, -2)"
    assert sd.latex(LA.inv(A)) == "A^{-1}"
    assert sd.pretty(LA.inv(A)) == "A⁻¹"
    assert sd.latex(LA.inv(A + B)) == r"\left(A + B\right)^{-1}"
    assert sd.latex(LA.det(A)) == r"\det\left(A\right)"


# Norms by differences: no two elements are nearer to each other, or to 0, than a step reaches.
AWAY = (
    np.random.default_rng(7).permuted(np.linspace(0.2, 2.5, 24) * ([1, -1] * 12)).reshape(2, 3, 4)
)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1), (2, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("ord", [2, 1, 3, np.inf, -np.inf])
def test_vector_norms(ord, axis, keepdims):
    words = {"axis": axis, "keepdims": keepdims, "ord": ord}
    check.check_against_numpy(
        lambda x: LA.vector_norm(x, **words), lambda x: NP.vector_norm(x, **words), [AWAY],
        analytic=False,
    )  # fmt: skip


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("ord", ["fro", 1, -1, np.inf, -np.inf], ids=str)
def test_matrix_norms(ord, keepdims):
    words = {"keepdims": keepdims, "ord": ord}
    check.check_against_numpy(
        lambda x: LA.matrix_norm(x, **words), lambda x: NP.matrix_norm(x, **words),
        [AWAY], analytic=False,
    )  # fmt: skip


@pytest.mark.parametrize("offset", [0, 1, -1])
def test_diagonals_are_those_of_the_last_axes(offset):
    x = RNG.normal(size=(2, 3, 4))
    for ours, theirs in ((LA.trace, NP.trace), (LA.diagonal, NP.diagonal)):
        check.check_against_numpy(
            lambda x, f=ours: f(x, offset=offset), lambda x, f=theirs: f(x, offset=offset), [x]
        )


def test_the_namespace_is_that_of_numpy():
    missing = {"cond", "eig", "eigvals", "matrix_rank", "qr", "svd", "svdvals", "tensorinv",
               "tensorsolve", "LinAlgError"}  # fmt: skip
    assert {n for n in NP.__all__ if n not in missing} <= set(LA.__all__)
    assert all(hasattr(LA, name) for name in LA.__all__)
    s = sd.Var("S", (2, 3, 3))
    assert NP.trace(s) is LA.trace(s)
    assert NP.diagonal(s) is LA.diagonal(s)
    assert NP.matrix_norm(s, ord=1) is LA.matrix_norm(s, ord=1)
    assert NP.vector_norm(s) is LA.vector_norm(s)
