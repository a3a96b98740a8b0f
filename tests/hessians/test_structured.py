"""Structured Hessians: every kind against the dense Hessian, at sizes that could not be dense."""

import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

import symdiff as sd
from symdiff.errors import (
    ConversionError,
    KindError,
    LimitError,
    MissingVariable,
    NotScalar,
    ShapeError,
    SingularHessian,
    UnknownVariable,
)
from symdiff.hessians.colours import colouring, star_colouring
from symdiff.hessians.sparsity import positions

t = sd.Var("t")
v, w = sd.Var("v", (5,)), sd.Var("w", (9,))
A, B, C = sd.Var("A", (5, 5)), sd.Var("B", (6, 6)), sd.Var("C", (3, 3))
T, U, V = sd.Var("T", (6, 5)), sd.Var("U", (6, 3)), sd.Var("V", (5, 3))
X, y = sd.Var("X", (4, 9)), sd.Var("y", (4,))
M, W, Z = sd.Var("M", (4, 4)), sd.Var("W", (9, 3)), sd.Var("Z", (4, 3))
S, Q, R = sd.Var("S", (7, 5, 5)), sd.Var("Q", (7, 5)), sd.Var("R", (4, 1, 3))
ENDS = np.array([[0, 1], [1, 2], [2, 3], [5, 6], [3, 8], [0, 8]])
LOSS = sd.sum((T - U @ V.T) ** 2)
LOGISTIC = sd.sum(sd.log(1 + sd.exp(-y * (X @ w))))
LSE = sd.sum(sd.logsumexp(Z, axis=1))


def rosenbrock(x):
    return sd.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def springs(x, ends):
    return sd.sum(sd.sqrt(1 + (x[ends[:, 0]] - x[ends[:, 1]]) ** 2)) + sd.sum(x**2)


LOW = "low rank plus diagonal"
CASES = {
    "quadratic form": (v @ A @ v, v, "dense"),
    "exp and cubes": (sd.sum(sd.exp(v) + v**3), v, "diagonal"),
    "matrix elementwise": (sd.sum(sd.sin(Z) * Z), Z, "diagonal"),
    "where": (sd.sum(sd.where(v > 0, v**2, v**3)), v, "diagonal"),
    "scalar": (t**3, t, "diagonal"),
    "nothing": (sd.sum(v), v, "zero"),
    "factorisation, rows": (LOSS, U, "Kronecker"),
    "factorisation, columns": (LOSS, V, "Kronecker"),
    "factorisation, left": (sd.sum((B @ U - T[:, :3]) ** 2), U, "Kronecker"),
    "ridge factorisation": (LOSS + 3 * sd.sum(U**2), U, "Kronecker plus diagonal"),
    "quartic factorisation": (LOSS + sd.sum(U**4), U, "Kronecker plus diagonal"),
    "stacked quadratic": (sd.sum(sd.einsum("nij,ni,nj->n", S, Q, Q)), Q, "block diagonal"),
    "logistic, few samples": (LOGISTIC + 0.5 * sd.sum(w**2), w, LOW),
    "logistic, more terms": (LOGISTIC + sd.sum(y**2) * sd.sum(w**2) + sd.sum(sd.exp(w)), w, LOW),
    "poisson": (sd.sum(sd.exp(X @ w)) + sd.sum(w**4), w, LOW),
    "rank one": (sd.sum(sd.exp(v)) ** 2, v, LOW),
    "sum squared": (sd.sum(v) ** 2 + sd.sum(v**2), v, LOW),
    "low rank alone": (sd.sum(v) ** 2, v, "low rank"),
    "chain": (w @ X.T @ M @ X @ w, w, "low rank"),
    "logsumexp of rows": (LSE, Z, "block diagonal, low rank plus diagonal"),
    "its ridge": (LSE + sd.sum(Z**2), Z, "block diagonal, low rank plus diagonal"),
    "logsumexp of columns": (
        sd.sum(sd.logsumexp(Z, axis=0) ** 2 + sd.sum(sd.exp(Z), axis=0)),
        Z,
        "block diagonal, low rank plus diagonal",
    ),
    "an axis of size 1": (
        sd.sum(sd.logsumexp(R, axis=2) ** 2),
        R,
        "block diagonal, low rank plus diagonal",
    ),
    "softmax regression": (
        sd.sum(sd.logsumexp(X @ W, axis=1)) + sd.sum(W**2),
        W,
        "mixed plus diagonal",
    ),
    "Sylvester": (sd.sum((B @ U + U @ C) ** 2), U, "mixed"),
    "dense and diagonal": (sd.sum((v @ A) * sd.sin(v)), v, "dense"),
    "inverse": (sd.linalg.logdet(C @ C.T + sd.eye(3)), C, "dense"),
    "running sums": (sd.sum(sd.cumsum(v) ** 2), v, "dense"),
    "Rosenbrock": (rosenbrock(w), w, "sparse"),
    "Rosenbrock of sines": (rosenbrock(sd.sin(w)), sd.sin(w), "sparse"),
    "a ring": (sd.sum((sd.roll(w, 1) - w) ** 4) + sd.sum(w**2), w, "sparse"),
    "springs": (springs(w, ENDS), w, "sparse"),
    "a stencil": (sd.sum((w[2:] / 2 + w[1:-1] * 2 - w[:-2]) ** 4) + sd.sum(w**2), w, "sparse"),
    "every second": (sd.sum(sd.exp(w[::2]) * sd.exp(w[::-2]) + w[4] * w[8]), w, "sparse"),
    "a grid": (
        sd.sum((B[1:] - B[:-1]) ** 4) + sd.sum(sd.exp(B[:, 1:] * B[:, :-1])) + 50 * sd.sum(B**2),
        B,
        "sparse",
    ),
    "pairs in a softmax": (
        sd.sum(sd.logsumexp(sd.stack([w[1:], 2 * w[:-1]]), axis=0)) + sd.sum(w**2),
        w,
        "sparse",
    ),
    "trace of a square": (sd.trace(C @ C), C, "sparse"),
}
SINGULAR = {"nothing", "every second", "low rank alone", "chain", "logsumexp of rows"}


def values_for(variables, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(x.shape) for x in variables]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    f, x, kind = CASES[request.param]
    H = sd.hessian(f, x, structured=True)
    assert H.kind == kind
    values = values_for(H.variables)
    dense = sd.compile(sd.hessian(f, x), H.variables)(*values)
    return request.param, x, H, H.compile()(*values), np.asarray(dense)


def test_dense_is_the_compiled_hessian(case):
    _, x, H, at, dense = case
    assert_allclose(at.dense(), dense, rtol=1e-12, atol=1e-12)
    matrix = dense.reshape(H.shape)
    assert at.shape == H.shape == (x.size, x.size)
    assert_allclose(at.diagonal(), np.diagonal(matrix).reshape(x.shape), rtol=1e-11, atol=1e-12)


def test_products(case):
    _, x, H, at, dense = case
    matrix = dense.reshape(H.shape)
    (vector,) = values_for([x], 1)
    columns = np.random.default_rng(2).standard_normal((x.size, 4))
    expected = matrix @ columns
    close = {"rtol": 1e-10, "atol": 1e-10}
    assert_allclose(at @ vector, (matrix @ np.ravel(vector)).reshape(x.shape), **close)
    assert_allclose(at @ np.ravel(vector), matrix @ np.ravel(vector), **close)
    assert_allclose(at @ columns, expected, **close)
    folded = columns.reshape(*x.shape, 4)
    assert_allclose(at.matvec(folded), expected.reshape(folded.shape), **close)
    assert_allclose(at.aslinearoperator() @ columns, expected, **close)
    assert (at @ columns[:, :0]).shape == (x.size, 0)


def test_products_are_those_of_hvp(case):
    _, x, H, at, _ = case
    if x.op is not sd.Var:
        return
    u = sd.Var("u", x.shape)
    along = sd.compile(sd.hvp(H.f, x, u), [u, *H.variables])
    (vector,) = values_for([x], 3)
    expected = along(vector, *values_for(H.variables))
    assert_allclose(at @ vector, expected, rtol=1e-10, atol=1e-10)


def test_solve(case):
    name, x, H, at, dense = case
    right = np.random.default_rng(4).standard_normal((x.size, 2))
    if name in SINGULAR:
        with pytest.raises(SingularHessian, match="singular"):
            at.solve(right)
        return
    expected = np.linalg.solve(dense.reshape(H.shape), right)
    assert_allclose(at.solve(right), expected, rtol=1e-8, atol=1e-8)
    first = right[:, 0].reshape(x.shape)
    assert_allclose(at.solve(first), expected[:, 0].reshape(x.shape), rtol=1e-8, atol=1e-8)


def test_sparse_form(case):
    _, _, H, at, dense = case
    if H.kind.startswith(("dense", "low rank", "mixed")):
        with pytest.raises(ConversionError, match="dense"):
            at.tosparse()
    else:
        assert_allclose(at.tosparse().toarray(), dense.reshape(H.shape), rtol=1e-12, atol=1e-12)


def test_texts(case):
    _, _, H, at, _ = case
    assert H.kind.split(",")[0] in str(H)
    assert H.kind in repr(H)
    assert H.pretty()
    assert repr(at)


def test_formulas():
    show = lambda f, x: str(sd.hessian(f, x, structured=True))
    assert show(LOSS, U) == "Kronecker: kron(I, 2*V.T @ V)"
    assert show(sd.sum((B @ U) ** 2), U) == "Kronecker: kron(2*B.T @ B, I)"
    assert show(sd.sum(sd.exp(v) + v**3), v) == "diagonal: diag(6*v + exp(v))"
    ridge = "low rank plus diagonal: I + X.T @ diag(exp(X @ w)) @ X"
    assert show(sd.sum(sd.exp(X @ w)) + sd.sum(w**2) / 2, w) == ridge


def test_products_larger_than_their_operands_stay_products():
    a, b, u = sd.Var("a", (30, 30)), sd.Var("b", (20, 20)), sd.Var("u", (30, 20))
    H = sd.hessian(sd.sum((a @ u + u @ b) ** 2), u, structured=True)
    values = values_for([a, b])
    at = H.compile([a, b])(*values)
    n = 600
    left, right = (np.kron(values[0], np.eye(20)), np.kron(np.eye(30), values[1].T))
    expected = 2 * (left + right).T @ (left + right)
    assert any(p.labels for p in H.terms)
    vectors = np.random.default_rng(0).standard_normal((n, 3))
    assert_allclose(at @ vectors, expected @ vectors, rtol=1e-9, atol=1e-9)
    assert_allclose(at.dense().reshape(n, n), expected, rtol=1e-9, atol=1e-9)
    assert_allclose(at.diagonal().ravel(), np.diagonal(expected), rtol=1e-9)
    assert_allclose(at.solve(expected @ vectors), vectors, rtol=1e-6)


# -- large ---------------------------------------------------------------------------------------

MANY = 100_000


def peak(run):
    """Bytes allocated at most while ``run`` runs, and what it returns."""
    tracemalloc.start()
    try:
        return run(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def used(f, x, *points):
    """The Hessian at a point, a product and a solution; no more memory than for some vectors."""

    def run():
        H = sd.hessian(f, x, structured=True)
        at = H.compile()(*points)
        b = at @ np.ones(x.shape)
        return H, at, at.solve(b)

    (H, at, solution), most = peak(run)
    assert most < 120 * 8 * x.size
    assert_allclose(solution, np.ones(x.shape), rtol=1e-6)
    return H, at


def test_a_large_diagonal():
    x = sd.Var("x", (MANY,))
    point = np.linspace(0, 1, MANY)
    H, at = used(sd.sum(sd.exp(x) + x**3), x, point)
    assert H.kind == "diagonal"
    assert_allclose(at.diagonal(), np.exp(point) + 6 * point, rtol=1e-14)


def test_large_rosenbrock():
    x = sd.Var("x", (MANY,))
    point = np.linspace(0.5, 1, MANY)
    H, at = used(rosenbrock(x), x, point)
    found = at.tosparse()
    assert found.nnz == 3 * MANY - 2
    main = np.full(MANY, 200.0)
    main[0] = 0
    main[:-1] += 1200 * point[:-1] ** 2 - 400 * point[1:] + 2
    off = -400 * point[:-1]
    assert_allclose(found.diagonal(), main, rtol=1e-12)
    assert_allclose(found.diagonal(1), off, rtol=1e-14)
    assert_allclose(found.diagonal(-1), off, rtol=1e-14)
    assert H.kind == "sparse"


def test_a_large_kronecker_product():
    rows = MANY // 5
    data, left, right = sd.Var("data", (rows, 4)), sd.Var("left", (rows, 5)), sd.Var("r", (4, 5))
    f = sd.sum((data - left @ right.T) ** 2) + sd.sum(left**2)
    values = {data: 0, left: 0, right: 0}
    H = sd.hessian(f, left, structured=True)
    values = [np.random.default_rng(0).standard_normal(x.shape) for x in H.variables]
    used(f, left, *values)


def test_a_large_matrix_of_low_rank():
    few = 10
    a, x = sd.Var("a", (few, MANY)), sd.Var("x", (MANY,))
    f = sd.sum(sd.exp(a @ x)) + sd.sum(x**2)
    H = sd.hessian(f, x, structured=True)
    rng = np.random.default_rng(0)
    point = [rng.standard_normal(q.shape) / 300 for q in H.variables]
    assert H.kind == LOW
    used(f, x, *point)


def test_large_blocks():
    x = sd.Var("x", (MANY // 10, 10))
    f = sd.sum(sd.logsumexp(x, axis=1)) + sd.sum(x**2)
    point = np.random.default_rng(0).standard_normal(x.shape)
    H, _ = used(f, x, point)
    assert H.kind.startswith("block diagonal")


def test_springs_that_meet():
    """Places that repeat are added: no element is alone at its place."""
    rng = np.random.default_rng(0)
    ends = rng.integers(0, 500, (700, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    x = sd.Var("x", (500,))
    f = springs(x, ends)
    H = sd.hessian(f, x, structured=True)
    point = rng.standard_normal(500)
    dense = sd.compile(sd.hessian(f, x), x)(point)
    assert H.kind == "sparse"
    assert_allclose(H(x=point).dense(), dense, rtol=1e-12, atol=1e-12)
    pattern = H(x=point).tosparse()
    assert {*zip(*dense.nonzero(), strict=True)} <= {*zip(*pattern.nonzero(), strict=True)}


# -- calls ---------------------------------------------------------------------------------------


def test_points_are_given_by_position_name_or_node():
    H = sd.hessian(LOSS, U, structured=True)
    values = dict(zip("TUV", values_for([T, U, V]), strict=True))
    expected = np.kron(np.eye(6), 2 * values["V"].T @ values["V"])
    by_name = H(V=values["V"])
    for at in (
        by_name,
        H(**values),
        H.evaluate({V: values["V"], U: values["U"]}),
        H.compile(V)(values["V"]),
        H.compile([U, V])(values["U"], V=values["V"]),
    ):
        assert_allclose(at.dense().reshape(18, 18), expected, rtol=1e-13)
    with pytest.raises(MissingVariable, match="'V'"):
        H(U=values["U"])
    with pytest.raises(UnknownVariable, match="'q'"):
        H(V=values["V"], q=1)


def test_it_pickles():
    H = sd.hessian(LOSS, U, structured=True)
    function = pickle.loads(pickle.dumps(H.compile(V)))
    again = pickle.loads(pickle.dumps(H))
    point = np.ones((5, 3))
    assert str(again) == str(H)
    assert repr(function) == repr(H.compile(V))
    assert_allclose(function(point).dense(), again(V=point).dense())


def test_errors():
    H = sd.hessian(LOSS, U, structured=True)
    at = H(V=np.ones((5, 3)))
    with pytest.raises(KindError, match="one node"):
        sd.hessian(LOSS, [U, V], structured=True)
    with pytest.raises(NotScalar):
        sd.hessian(U * 2, U, structured=True)
    with pytest.raises(ShapeError, match="one point at a time"):
        H.compile(V)(np.ones((7, 5, 3)))
    with pytest.raises(ShapeError, match=r"\(6, 3, 6, 3\) and \(4,\)"):
        at @ np.ones(4)
    with pytest.raises(ShapeError, match=r"H\.solve"):
        at.solve(np.ones((3, 6)))
    with pytest.raises(SingularHessian, match="18 x 18"):
        at.solve(np.ones((6, 3)))


def test_a_variable_without_elements():
    x = sd.Var("x", (0, 3))
    at = sd.hessian(sd.sum(sd.exp(x)), x, structured=True)(x=np.zeros((0, 3)))
    assert at.dense().shape == (0, 3, 0, 3)
    assert at.tosparse().shape == (0, 0)
    assert (at @ np.zeros((0, 3))).shape == at.solve(np.zeros((0, 3))).shape == (0, 3)
    assert at.diagonal().shape == (0, 3)


def test_solve_has_a_limit():
    at = sd.hessian(v @ A @ v, v, structured=True)(A=np.eye(5))
    with pytest.raises(LimitError, match="25 is over the limit of 10; raise it with limit="):
        at.solve(np.ones(5), limit=10)


@pytest.mark.parametrize("kind", ["a band", "far apart", "blocks", "a diagonal"])
def test_singular_matrices_are_named(kind):
    f, x = {
        "a band": (sd.sum((w[1:] - w[:-1]) ** 2 * w[1:]), w),
        "far apart": (sd.sum((w[:4] - w[5:]) ** 4), w),
        "blocks": (sd.sum(sd.einsum("nij,ni,nj->n", S, Q, Q)), Q),
        "a diagonal": (sd.sum(v**3), v),
    }[kind]
    H = sd.hessian(f, x, structured=True)
    zeros = [np.zeros(q.shape) for q in H.variables]
    with pytest.raises(SingularHessian):
        H.compile()(*zeros).solve(np.ones(x.shape))


def test_indefinite_matrices_are_solved():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((5, 5))
    at = sd.hessian(v @ A @ v, v, structured=True)(A=matrix)
    b = rng.standard_normal(5)
    assert_allclose(at.solve(b), np.linalg.solve(matrix + matrix.T, b), rtol=1e-10)


def test_zeros_on_the_diagonal_beside_factors():
    """Woodbury's formula divides by the diagonal; without it the matrix is formed."""
    at = sd.hessian(sd.sum(v) ** 2 + sd.sum(v**3), v, structured=True)
    point = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    dense = 2 + np.diag(6 * point)
    b = np.array([1.0, -2.0, 3.0, 5.0, 2.0])
    assert_allclose(at(v=point).solve(b), np.linalg.solve(dense, b), rtol=1e-12)


# -- patterns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "F",
    [
        lambda x: x[1:] * x[:-1],
        lambda x: sd.reshape(x, (3, 3)).T @ np.arange(1.0, 4.0),
        lambda x: sd.cumsum(sd.reshape(x, (3, 3)), axis=1),
        lambda x: sd.softmax(sd.reshape(x, (3, 3)), axis=0),
        lambda x: sd.max(sd.reshape(x, (3, 3)), axis=1),
        lambda x: sd.where(x > 0, x, x[::-1] ** 2),
        lambda x: sd.concatenate([sd.pad(x[2:4], 1), x[:2]]),
        lambda x: sd.take(x, [0, 0, 5]) * x[4],
        lambda x: sd.sum(x) * x[:2],
        lambda x: sd.linalg.inv(sd.reshape(x, (3, 3))),
        lambda x: sd.einsum("ij,ij->i", sd.reshape(x, (3, 3)), sd.reshape(x, (3, 3))),
        lambda x: sd.grad(springs(x, ENDS), x),
        lambda x: sd.floor(x) + x[0],
        lambda x: sd.Const(2.0) * sd.Var("other", (3,)),
    ],
)
def test_no_entry_is_left_out(F):
    x = sd.Var("x", (9,))
    F = F(x)
    pattern = sd.jacobian_sparsity(F, x)
    assert pattern.shape == (F.size, 9)
    assert pattern.dtype == bool
    found = np.zeros((F.size, 9), dtype=bool)
    J = sd.compile(sd.jacobian(F, x), [x, sd.Var("other", (3,))])
    for seed in range(4):
        point, other = values_for([x, sd.Var("other", (3,))], seed)
        found |= J(point, other).reshape(F.size, 9) != 0
    assert not (found & ~pattern.toarray()).any()


def test_patterns_are_tight():
    x = sd.Var("x", (9,))
    grid = sd.reshape(x, (3, 3))
    pattern = lambda F: sd.jacobian_sparsity(F, x).toarray()
    assert (pattern(grid.T) == np.eye(9)[[0, 3, 6, 1, 4, 7, 2, 5, 8]]).all()
    assert (pattern(sd.softmax(grid, axis=1)) == np.kron(np.eye(3), np.ones((3, 3)))).all()
    assert (pattern(sd.logsumexp(grid, axis=0)) == np.tile(np.eye(3), 3)).all()
    assert pattern(sd.grad(rosenbrock(x), x)).sum() == 25


def test_patterns_have_a_limit():
    x = sd.Var("x", (MANY,))
    with pytest.raises(LimitError, match="limit="):
        sd.jacobian_sparsity(sd.softmax(x), x)
    with pytest.raises(LimitError, match="limit="):
        sd.jacobian_sparsity(sd.outer(x, x), x, limit=1000)


def test_positions_follow_moves_and_nothing_else():
    x, i = sd.Var("x", (4,)), sd.Var("i", (2,), kind="int")
    assert positions(x[::-1], 0).tolist() == [3, 2, 1, 0]
    assert positions(sd.pad(x, 1), 0).tolist() == [-1, 0, 1, 2, 3, -1]
    assert positions(sd.concatenate([x, x * 2]), 1).tolist() == [-1] * 4 + [0, 1, 2, 3]
    assert positions(sd.cumsum(x), 0) is None
    assert positions(-x, 0) is None
    assert positions(sd.sin(x), 0) is None
    assert positions(x[i], 0) is None


@pytest.mark.parametrize("density", [0.01, 0.1, 0.6])
def test_colours_differ_in_every_row(density):
    pattern = sparse.random_array((60, 40), density=density, format="csr", random_state=1) != 0
    colours = colouring(pattern)
    matrix = pattern.toarray()
    assert colours.shape == (40,)
    assert {*colours} == {*range(colours.max() + 1)}
    for colour in range(colours.max() + 1):
        assert (matrix[:, colours == colour].sum(axis=1) <= 1).all()


@pytest.mark.parametrize("density", [0.01, 0.1, 0.4])
def test_each_entry_is_alone_on_one_side_of_the_diagonal(density):
    half = sparse.random_array((40, 40), density=density, format="csr", random_state=1) != 0
    pattern = sparse.csr_array((half + half.T + sparse.eye_array(40, dtype=bool)).tocsr())
    colours, matrix = star_colouring(pattern), pattern.toarray()
    assert {*colours} == {*range(colours.max() + 1)}
    sharing = np.array([[matrix[i, colours == c].sum() for c in colours] for i in range(40)])
    assert ((sharing == 1) | (sharing.T == 1))[matrix].all()


def test_an_arrow_takes_two_colours():
    matrix = np.eye(50)
    matrix[7] = matrix[:, 7] = 1
    assert star_colouring(sparse.csr_array(matrix)).max() == 1


def test_bands_take_as_many_colours_as_they_have_diagonals():
    for width in (1, 3, 5):
        offsets = range(-(width // 2), width // 2 + 1)
        band = sparse.diags_array([np.ones(50 - abs(k)) for k in offsets], offsets=offsets)
        assert colouring(sparse.csr_array(band != 0)).max() + 1 == width


def test_scipy_waits_until_it_is_needed():
    script = """
import sys
import symdiff as sd
x = sd.Var("x", (3,))
H = sd.hessian(sd.sum(sd.exp(x)), x, structured=True)
assert (H(x=[0, 0, 0]) @ [1, 2, 3]).tolist() == [1, 2, 3]
assert "scipy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)
