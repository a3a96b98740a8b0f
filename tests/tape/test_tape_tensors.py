"""Tensors and variables as values: what they are, and that every function takes them."""

import copy
import inspect
import math
import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from row_checks import ELEMENTWISE, cases

import symdiff as sd
from symdiff import linalg
from symdiff.errors import NoValue
from symdiff.expr import OPS
from symdiff.ops.names import FUNCTIONS, WRAPPERS

A = np.arange(6.0).reshape(2, 3)
T = sd.constant(A)


def same(found, expected, dtype=None):
    """One value, shape and dtype."""
    expected = np.asarray(expected)
    assert isinstance(found, sd.Tensor)
    assert found.shape == expected.shape
    assert found.dtype == (expected.dtype if dtype is None else dtype)
    np.testing.assert_allclose(found, expected, rtol=1e-15 if dtype is None else 1e-6)


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (3.0, "float64", ()),
        (3, "int64", ()),
        (True, "bool", ()),
        ([1, 2], "int64", (2,)),
        ([[1.0], [2.0]], "float64", (2, 1)),
        (np.float32(1.5), "float32", ()),
        (np.ones(3, np.float32), "float32", (3,)),
        (np.ones(3, np.float16), "float32", (3,)),
        (np.ones(3, ">f8"), "float64", (3,)),
        (np.arange(3, dtype=np.int32), "int64", (3,)),
        ([True, False], "bool", (2,)),
        (Fraction(1, 2), "float64", ()),
        (sd.pi, "float64", ()),
        ([], "float64", (0,)),
    ],
)
def test_constants(data, dtype, shape):
    for made in (sd.constant(data), sd.Variable(data)):
        assert (made.dtype, made.shape) == (np.dtype(dtype), shape)
        assert made.ndim == len(shape)
        assert made.size == math.prod(shape)
        value = made.numpy()
        assert value.dtype == np.dtype(dtype)
        assert isinstance(value, np.ndarray if shape else np.generic)


def test_dtypes_that_are_asked_for():
    assert sd.constant(3, dtype=np.float32).dtype == np.float32
    assert sd.constant([1.5], "float32").dtype == np.float32
    assert sd.Variable(3, dtype=float).dtype == np.float64
    assert sd.Variable(sd.constant([1.0], "float32")).dtype == np.float32
    assert sd.constant(sd.Variable(1.0), dtype="float32").dtype == np.float32
    for data, dtype in [(1j, None), ("a", None), ([{}], None), (1.5, int), (1.0, "complex64")]:
        with pytest.raises(sd.KindError):
            sd.constant(data, dtype)
        with pytest.raises(sd.KindError):
            sd.Variable(data, dtype)


def test_a_tensor_is_made_by_functions():
    with pytest.raises(TypeError, match=r"sd\.constant"):
        sd.Tensor(3.0)


def test_python_reads_tensors():
    t, i = sd.constant(2.5), sd.constant(2)
    assert (float(t), int(t), complex(t), bool(t), bool(t > 3)) == (2.5, 2, 2.5, True, False)
    assert [10, 20, 30][i] == 30
    assert list(range(i)) == [0, 1]
    assert math.sqrt(sd.constant(4.0)) == 2.0
    assert f"{t:.3f}" == "2.500"
    assert str(t) == "2.5"
    assert (t.item(), T.tolist()) == (2.5, A.tolist())
    with pytest.raises(TypeError):
        [10][t]
    with pytest.raises(ValueError, match=r"\(2, 3\).*ambiguous; use sd\.any"):
        bool(T > 1)
    assert bool(sd.constant([[1.0]]))
    for number in (float, int, complex):
        with pytest.raises(TypeError, match=rf"{number.__name__}: .* \(2, 3\) is no number"):
            number(T)
    with pytest.raises(sd.ShapeError, match="scalar"):
        len(t)


def test_repr():
    assert repr(sd.constant(2.5)) == "<sd.Tensor: shape=(), dtype=float64, numpy=2.5>"
    assert repr(T) == (
        "<sd.Tensor: shape=(2, 3), dtype=float64, numpy=\n"
        "array([[0., 1., 2.],\n       [3., 4., 5.]])>"
    )
    v = sd.Variable([1.0], name="w", dtype="float32")
    assert repr(v) == (
        "<sd.Variable 'w': shape=(1,), dtype=float32, numpy=array([1.], dtype=float32)>"
    )


def test_a_sequence():
    assert len(T) == 2
    rows = list(T)
    assert [r.tolist() for r in rows] == A.tolist()
    (a, b), c = sd.constant([[1.0, 2.0], [3.0, 4.0]])
    assert (float(a), float(b), c.tolist()) == (1.0, 2.0, [3.0, 4.0])


def test_tensors_do_not_change():
    with pytest.raises(sd.ImmutableError, match="assigned"):
        T[0] = 1.0
    assert copy.copy(T) is copy.deepcopy(T) is T
    v = sd.Variable(A)
    with pytest.raises(sd.ImmutableError, match="assign_add"):
        v += 1.0
    with pytest.raises(sd.ImmutableError, match="assign_add"):
        v //= 2.0


def test_pickles_and_copies():
    t = pickle.loads(pickle.dumps(sd.constant(A, "float32", name="t")))
    same(t, A.astype(np.float32))
    assert str(t.expr) == "t"
    v = sd.Variable(A, name="v", trainable=False)
    for twin in (pickle.loads(pickle.dumps(v)), copy.deepcopy(v)):
        assert (twin.name, twin.trainable) == ("v", False)
        twin.assign_add(A)
        assert v.numpy().tolist() == A.tolist()


def test_equality_is_that_of_elements():
    t = sd.constant([1.0, 2.0])
    same(t == sd.constant([1.0, 3.0]), [True, False])
    same(t != 1.0, [False, True])
    same(sd.equal(t, np.array([1.0, 2.0])), [True, True])
    same(sd.constant(2.0) == 2, True)
    assert (sd.constant(2.0) == None) is False  # noqa: E711
    v = sd.Variable(1.0)
    assert len({v, v, sd.Variable(1.0)}) == 2  # told apart by themselves
    same(v == 1.0, True)


# -- variables ------------------------------------------------------------------------------------


def test_assignments():
    v = sd.Variable([1.0, 2.0])
    assert v.assign([3.0, 4.0]) is v
    v.assign_add(np.array([1, 1]))
    v.assign_sub(sd.constant([0.5, 0.5]))
    assert v.numpy().tolist() == [3.5, 4.5]
    v.assign(sd.Variable([0.0, 1.0]))
    assert v.value().tolist() == [0.0, 1.0]
    v.assign([2, 3])
    assert v.dtype == np.float64
    n = sd.Variable(3)
    n.assign_add(2)
    assert (n.numpy(), n.dtype) == (5, np.dtype(np.int64))
    flag = sd.Variable(False)
    flag.assign(True)
    assert bool(flag.numpy())


def test_assignments_that_do_not_fit():
    v = sd.Variable([1.0, 2.0], name="weights")
    with pytest.raises(sd.ShapeError, match=r"assign_add of weights: shapes \(\) and \(2,\)"):
        v.assign_add(1.0)
    with pytest.raises(sd.ShapeError, match=r"\(1, 2\) and \(2,\)"):
        v.assign([[1.0, 2.0]])
    with pytest.raises(sd.KindError, match=r"int64 cannot hold float64.*sd\.cast"):
        sd.Variable(3).assign(2.5)
    with pytest.raises(sd.KindError):
        v.assign("a")
    with pytest.raises(NoValue, match="'q'"):
        v.assign(sd.Var("q", (2,)))
    assert v.numpy().tolist() == [1.0, 2.0]


def test_a_variable_keeps_its_precision():
    v = sd.Variable(np.ones(2, np.float32))
    v.assign([1e-3, 2.0])
    v.assign_sub(sd.constant([1.0, 1.0], "float64"))
    assert v.dtype == np.float32
    s = sd.Variable(1.0, dtype=np.float32)
    s.assign(0.1)
    assert type(s.numpy()) is np.float32
    assert s.numpy() == np.float32(0.1)
    s.assign_add(0.2)
    assert s.numpy() == np.float32(0.1) + np.float32(0.2)


# -- precision ------------------------------------------------------------------------------------

W32, W64 = sd.Variable(np.ones(3), dtype="float32"), sd.Variable(np.ones(3))
S32, S64 = sd.Variable(2.0, dtype="float32"), sd.Variable(2.0)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (lambda: W32 * 0.5 + 1, "float32"),
        (lambda: W32 * np.ones(3), "float32"),
        (lambda: np.ones(3) * W32, "float32"),
        (lambda: W32 * np.arange(3), "float32"),
        (lambda: W32 * sd.constant([1.0, 2.0, 3.0]), "float32"),
        (lambda: W32 * sd.constant(2.0), "float32"),
        (lambda: W32 * sd.constant([1.0, 2.0, 3.0], "float64"), "float64"),
        (lambda: W32 * sd.constant(2.0, "float64"), "float64"),
        (lambda: W32 * W64, "float64"),
        (lambda: W32 * S64, "float64"),
        (lambda: S32 * S64, "float64"),
        (lambda: S32 * W32, "float32"),
        (lambda: S32 * 3.0, "float32"),
        (lambda: 3 / S32, "float32"),
        (lambda: sd.pi * W32, "float32"),
        (lambda: W32 @ np.ones((3, 2)), "float32"),
        (lambda: sd.mean(W32 * 2), "float32"),
        (lambda: sd.sigmoid(W32), "float32"),
        (lambda: sd.linalg.norm(W32), "float32"),
        (lambda: sd.digamma(S32), "float32"),
        (lambda: sd.concatenate([W32, W64]), "float64"),
        (lambda: W32[1:], "float32"),
        (lambda: sd.sum(W32 > 0), "int64"),
        (lambda: sd.constant(np.ones(3)) * np.float32(2.0), "float32"),
        (lambda: sd.constant(3) / sd.constant(2), "float64"),
        (lambda: sd.constant(3) * sd.constant(2), "int64"),
    ],
)
def test_precision_of_results(value, dtype):
    assert value().dtype == np.dtype(dtype)


def test_float32_through_gradients():
    for variable, loss in [
        (W32, lambda: sd.sum(sd.exp(W32 * np.arange(3.0)) / 7)),
        (S32, lambda: sd.log(S32) * 0.1 + S32**2 / 3),
        (S32, lambda: sd.mean(S32 * np.ones(4) - 2.5)),
    ]:
        with sd.GradientTape(persistent=True) as tape:
            f = loss()
        assert f.dtype == np.float32
        for found in (tape.gradient(f, variable), tape.jacobian(f, variable)):
            assert found.dtype == np.float32
            assert found.shape == variable.shape
    with sd.GradientTape() as tape:
        f = sd.sum(W32 * W64)
    a, b = tape.gradient(f, [W32, W64])
    assert (a.dtype, b.dtype) == (np.dtype(np.float32), np.dtype(np.float64))


def test_float32_is_computed_in_float32():
    x = np.float32(0.1)
    same(sd.constant(x) + sd.constant(np.float32(0.2)), x + np.float32(0.2))
    same(sd.exp(sd.constant(x)), np.exp(x))


# -- cast, round, mean ----------------------------------------------------------------------------


def test_cast():
    same(sd.cast(sd.constant([1.7, -1.7]), int), [1, -1])
    same(sd.cast(T > 1, float), (A > 1).astype(float))
    same(sd.cast([1, 2], "float32"), np.array([1, 2], np.float32))
    same(T.astype(bool), A.astype(bool))
    x = sd.Var("x")
    assert str(sd.cast(x > 0, float)) == str((x > 0).astype(float))
    with pytest.raises(sd.KindError):
        sd.cast(T, complex)
    assert np.isinf(sd.cast(sd.constant([1e300]), "float32")).tolist() == [True]
    assert sd.cast(sd.constant([np.nan]), int).dtype == np.int64
    same(sd.constant([Fraction(1, 2), 2], "float32"), np.array([0.5, 2.0], np.float32))
    v = sd.Variable([1.0, 2.0])
    with sd.GradientTape(persistent=True) as tape:
        y = sd.sum(sd.cast(v, "float32") ** 2)
        z = sd.sum(sd.cast(v > 1, float) * v)
        n = sd.cast(v, int) * 1.0
    g = tape.gradient(y, v)
    assert (y.dtype, g.dtype, g.tolist()) == (np.float32, np.float64, [2.0, 4.0])
    assert tape.gradient(z, v).tolist() == [0.0, 1.0]
    assert tape.gradient(n, v) is None


def test_round_and_mean():
    same(sd.round(sd.constant([0.5, 1.5, -0.2])), [0.0, 2.0, -0.0])
    same(round(sd.constant(2.5)), 2.0)
    same(T.round(), A)
    same(sd.mean(T, axis=0), A.mean(axis=0))
    same(sd.mean(sd.constant([1, 2])), 1.5)


def test_sigmoid_cross_entropy():
    labels, logits = np.array([1.0, 0.0, 1.0, 0.3]), np.array([800.0, 800.0, -40.0, 0.0])
    x = sd.Variable(logits)
    with sd.GradientTape() as tape:
        losses = sd.sigmoid_cross_entropy_with_logits(labels=labels, logits=x)
    np.testing.assert_allclose(losses, [0.0, 800.0, 40.0, np.log(2)], rtol=1e-15)
    expected = 1 / (1 + np.exp(-logits)) - labels
    np.testing.assert_allclose(tape.gradient(losses, x), expected, rtol=1e-15)
    tiny = sd.sigmoid_cross_entropy_with_logits(1.0, sd.constant(40.0))
    assert float(tiny) == pytest.approx(math.exp(-40), rel=1e-14)


# -- functions ------------------------------------------------------------------------------------


def test_operators():
    b = np.array([1.0, 2.0, 3.0])
    for f in [
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y,
        lambda x, y: x**y, lambda x, y: x % y, lambda x, y: x < y, lambda x, y: x <= y,
        lambda x, y: x > y, lambda x, y: x >= y, lambda x, y: (x > 1) & (y > 1),
        lambda x, y: (x > 1) | (y > 1), lambda x, y: -x, lambda x, y: +x, lambda x, y: abs(-x),
        lambda x, y: ~(x > y), lambda x, y: x @ y,
    ]:  # fmt: skip
        expected = f(A, b)
        for x, y in [(T, sd.constant(b)), (T, b), (sd.Variable(A), b), (A, sd.constant(b)),
                     (A, sd.Variable(b)), (T, sd.Variable(b))]:  # fmt: skip
            found = f(x, y)
            if isinstance(x, np.ndarray) and not isinstance(found, sd.Tensor):
                continue  # an operator of x alone
            same(found, expected)
    for f in [lambda x: x + 2, lambda x: 2 - x, lambda x: 2 / (x + 1), lambda x: 2**x,
              lambda x: 7 % (x + 1), lambda x: np.float64(2) * x,
              lambda x: x * np.int64(3)]:  # fmt: skip
        same(f(T), f(A))
        same(f(sd.constant(1.5)), f(1.5))


def test_inf_and_nan_come_without_warnings():
    zero = sd.constant(0.0)
    assert float(1 / zero) == math.inf
    assert math.isnan(float(zero / zero))
    assert float(sd.log(zero)) == -math.inf
    assert math.isnan(float(sd.log(zero - 1)))
    assert float(sd.exp(sd.constant(1e4))) == math.inf
    assert float(sd.constant(10.0) ** 1000) == math.inf
    assert np.isinf(1 / sd.constant([0.0])).tolist() == [True]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_every_row_is_eager(op):
    for case in cases(op):
        names = [sd.Var(name, (3,)) for name in case.names]
        shift = 1.0 if op.domain[0].low >= 1 else 0.0
        points = [np.array([0.25, 0.5, 0.75]) + 0.1 * k + shift for k in range(len(names))]
        at = dict(zip(names, points, strict=True))
        expected = sd.evaluate(op(*map(sd.Const, case.lead), *names), at)
        tensors = [sd.constant(p) for p in points]
        same(op(*case.lead, *tensors), expected)
        same(op(*case.lead, tensors[0], *points[1:]), expected)
        scalars = [sd.constant(float(p[0])) for p in points]
        np.testing.assert_allclose(op(*case.lead, *scalars), expected[0], rtol=1e-15)
        np.testing.assert_array_equal([t.numpy() for t in tensors], points)  # nothing is written


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_kinds_are_those_of_expressions(op):
    kinds = {"real": 1.0, "int": 1, "bool": True}
    case = cases(op)[-1]
    for given in product(kinds, repeat=len(case.names)):
        names = [sd.Var(n, (), k) for n, k in zip(case.names, given, strict=True)]
        node = op(*map(sd.Const, case.lead), *names)
        for made in (sd.constant, lambda x: sd.constant([x])):
            found = op(*case.lead, *[made(kinds[k]) for k in given])
            letter = {"real": "f", "int": "i", "bool": "b"}[node.kind]
            assert found.dtype.kind == letter, (op, given)


MATRIX = np.array([[2.0, 0.5, 0.1], [0.5, 1.5, 0.2], [0.1, 0.2, 1.0]])
ARGUMENTS = {  # of functions that do not take one square matrix alone
    "average": (MATRIX,), "broadcast_to": (MATRIX, (2, 3, 3)),
    "column_stack": ([MATRIX, MATRIX],),
    "concatenate": ([MATRIX, MATRIX],), "convolve": (MATRIX[0], MATRIX[1]),
    "correlate": (MATRIX[0], MATRIX[1]), "cross": (MATRIX[0], MATRIX[1]),
    "dot": (MATRIX, MATRIX), "dstack": ([MATRIX, MATRIX],), "einsum": ("ij,jk", MATRIX, MATRIX),
    "expand_dims": (MATRIX, 0), "hstack": ([MATRIX, MATRIX],), "inner": (MATRIX, MATRIX),
    "interp": (MATRIX[0], np.arange(3.0), MATRIX[1]), "kron": (MATRIX, MATRIX),
    "lstsq": (MATRIX, MATRIX[0]), "matmul": (MATRIX, MATRIX), "matrix_power": (MATRIX, 3),
    "moveaxis": (MATRIX, 0, 1), "multi_dot": ([MATRIX, MATRIX],), "outer": (MATRIX[0], MATRIX[1]),
    "pad": (MATRIX, 1), "repeat": (MATRIX, 2), "reshape": (MATRIX, (9,)), "roll": (MATRIX, 1),
    "rollaxis": (MATRIX, 1), "solve": (MATRIX, MATRIX[0]), "split": (MATRIX, 3),
    "array_split": (MATRIX, 2), "stack": ([MATRIX, MATRIX],), "swapaxes": (MATRIX, 0, 1),
    "take": (MATRIX, [0, 2]), "take_along_axis": (MATRIX, np.array([[0, 1, 2]]), 0),
    "tensordot": (MATRIX, MATRIX), "tile": (MATRIX, 2), "vdot": (MATRIX, MATRIX),
    "vecdot": (MATRIX, MATRIX), "vstack": ([MATRIX, MATRIX],), "where": (MATRIX > 0.3, MATRIX, 0.0),
    "sigmoid_cross_entropy_with_logits": (MATRIX, MATRIX),
    "full_like": (MATRIX, 2.0), "floor_divide": (MATRIX, 2.0),
}  # fmt: skip
OF_NUMBERS = {"arange", "eye", "full", "identity", "linspace", "ones", "zeros"}
ROOMS = {**WRAPPERS, **{name: getattr(linalg, name) for name in linalg.__all__}}
ROOMS = {k: f for k, f in ROOMS.items() if k not in OF_NUMBERS and not inspect.isclass(f)}


def leaves(x):
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (list, tuple)) else [x]


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_every_function_is_eager(name):
    """On tensors as on constant expressions."""
    function = ROOMS[name]
    given = ARGUMENTS.get(name, (MATRIX,))
    lift = lambda how: [
        [how(x) for x in a] if isinstance(a, list) and name != "take"
        else how(a) if isinstance(a, np.ndarray) and a.dtype == float else a
        for a in given
    ]  # fmt: skip
    expected = sd.evaluate(leaves(function(*lift(sd.Const))))
    tensors = lift(sd.constant)
    assert any(isinstance(x, sd.Tensor) for x in leaves(tensors))
    found = leaves(function(*tensors))
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        assert isinstance(x, sd.Tensor)
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-14)


def test_creation():
    same(sd.zeros_like(T) + sd.ones((2, 3)) * T, A)
    same(T + sd.eye(2, 3), A + np.eye(2, 3))
    same(sd.asarray(T), A)
    same(sd.full_like(T, 2.0) * 1, np.full_like(A, 2.0))


def test_indexing():
    rows, mask = np.array([1, 0, 1]), A > 2
    for at in [0, -1, (0, 1), slice(1, None), (slice(None), 0), (..., None), (None, 1),
               (slice(None, None, -1), slice(0, 2)), rows, [0, 1], (rows, [0, 1, 2]), mask,
               (rows, slice(1, None)), Ellipsis]:  # fmt: skip
        same(T[at], A[at])
        same(sd.Variable(A)[at], A[at])
    same(T[sd.constant(1)], A[1])
    same(T[sd.constant([0, 1, 1])], A[[0, 1, 1]])
    same(T[sd.constant(mask)], A[mask])
    same(T[: sd.constant(1)], A[:1])
    with pytest.raises(sd.ShapeError, match="out of range"):
        T[5]


def test_indexing_on_a_tape():
    v = sd.Variable(A)
    with sd.GradientTape(persistent=True) as tape:
        y = sd.sum(v[v > 2] ** 2) + v[1:, 0][0] * v[np.array([0, 0])][1, 1] + sum(v[0])
    expected = np.where(A > 2, 2 * A, 0.0)
    expected[1, 0] += 1.0
    expected[0, 1] += 3.0
    expected[0] += 1.0
    np.testing.assert_allclose(tape.gradient(y, v), expected)


def test_numpy_functions():
    for f in [np.sin, np.exp, np.sum, np.mean, np.transpose, np.ravel, np.square, np.linalg.norm,
              lambda x: np.sum(x, axis=1, keepdims=True), lambda x: np.einsum("ij,kj->ik", x, x),
              lambda x: np.concatenate([x, x], axis=1), lambda x: np.where(x > 2, x, 0.0),
              lambda x: np.clip(x, 1.0, 3.0), lambda x: np.maximum(x, 2.0), np.add.reduce,
              lambda x: np.multiply.outer(x[0], x[1]), lambda x: np.stack([x, 2 * x]),
              lambda x: np.dot(x, x.T), lambda x: np.full((2, 3), 2.0) * x, np.cumsum,
              lambda x: x.sum(axis=0), lambda x: x.reshape(3, 2), lambda x: x.T, lambda x: x.max(),
              lambda x: x.transpose(1, 0), lambda x: x.flatten(), lambda x: x.clip(1, 2),
              lambda x: x.mean(), lambda x: x.dot(x.T), lambda x: x.std(),
              lambda x: x.mT]:  # fmt: skip
        expected = f(A)
        np.testing.assert_allclose(f(T), expected, rtol=1e-14)
        assert isinstance(f(T), sd.Tensor)
        assert isinstance(f(sd.Variable(A)), sd.Tensor)


def test_numpy_functions_without_a_counterpart():
    assert np.allclose(T, A)
    assert np.array_equal(T, A)
    np.testing.assert_allclose(np.fft.fft(T), np.fft.fft(A))
    np.testing.assert_array_equal(np.floor_divide(T, 2), A // 2)
    v = sd.Variable(A)
    with sd.GradientTape() as tape:
        y = v * 2
        assert np.allclose(y, 2 * A)
        with pytest.raises(sd.ConversionError, match="fft") as error:
            np.fft.fft(y)
        assert "numpy()" in str(error.value.__notes__)
    assert tape.gradient(y, v).tolist() == np.full((2, 3), 2.0).tolist()


def test_traced_functions_take_tensors():
    @sd.function
    def loss(w, data, rate=0.5, power=2):
        return {"loss": sd.sum(abs(w * data) ** power) * rate, "sum": sd.sum(w)}

    v = sd.Variable([1.0, 2.0])
    for rate in (0.5, 0.25, 0.125):
        with sd.GradientTape(persistent=True) as tape:
            found = loss(v, np.array([3.0, 4.0]), rate)
        assert float(found["loss"]) == (9 + 64) * rate
        assert tape.gradient(found["loss"], v).tolist() == [18 * rate, 64 * rate]
        assert tape.gradient(found["sum"], v).tolist() == [1.0, 1.0]
    with sd.GradientTape() as tape:
        slope = sd.grad(lambda x: sd.sum(x**3))(v)
    assert slope.tolist() == [3.0, 12.0]
    assert tape.gradient(slope, v).tolist() == [6.0, 12.0]


def test_expressions_at_tensors():
    x, y = sd.vars("x y")
    v = sd.Variable(3.0)
    f = x**2 * y + y + 2
    compiled = sd.compile([f, sd.sin(x)], [x, y])
    with sd.GradientTape(persistent=True) as tape:
        a = sd.evaluate(f, {x: v, y: 4.0})
        b = f(x=v, y=sd.constant(4.0))
        c, d = compiled(v, 4.0)
    for out in (a, b, c):
        assert (float(out), float(tape.gradient(out, v))) == (42.0, 24.0)
    assert float(tape.gradient(d, v)) == math.cos(3.0)


def test_an_expression_without_value_is_named():
    q = sd.Var("q", (2, 3))
    v = sd.Variable(A)
    for mix in [
        lambda: T * q, lambda: q * T, lambda: v + q, lambda: q - v, lambda: sd.maximum(T, q),
        lambda: sd.stack([q, T]), lambda: sd.sum(q * T), lambda: q.dot(T.T), lambda: np.dot(T.T, q),
        lambda: sd.where(T > 0, q, T), lambda: q.clip(T, 2.0), lambda: sd.sum(q * v),
        lambda: sd.linalg.solve(T, q), lambda: T @ q.T, lambda: T * [q[0], q[1]],
        lambda: sd.dot(T[0], [q[0, 0], 1.0, 2.0]), lambda: v * [q[0, 0], 1.0, sd.pi],
    ]:  # fmt: skip
        with pytest.raises(NoValue, match=r"'q'.*give it a value") as error:
            mix()
        assert isinstance(error.value, sd.MissingVariable)
        assert error.value.names == ("q",)
        assert "sd.constant" in str(error.value)
        assert "sd.Variable" in str(error.value)


def test_constant_expressions_have_values():
    same(sd.pi * sd.constant(2.0), 2 * math.pi)
    same(sd.constant(A) + sd.Const(np.ones((2, 3))), A + 1)
    same(sd.constant(3.0) * Fraction(1, 3), 1.0)
    same(sd.constant([1.0, 2.0]) * [sd.pi, 1], [math.pi, 2.0])
    same(sd.constant([[sd.pi, 2]], "float32"), np.array([[math.pi, 2]], np.float32))
    v = sd.Variable(2.0, name="v")
    with sd.GradientTape() as tape:
        y = sd.pi * v**2 + Fraction(1, 2) * v
    assert str(tape.graph(y)) == "pi*v**2 + 1/2*v"
    assert float(tape.gradient(y, v)) == pytest.approx(4 * math.pi + 0.5)


LISTS = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y,
    lambda x, y: x**y, lambda x, y: x % y, lambda x, y: x // y, lambda x, y: x @ y,
    lambda x, y: x == y, lambda x, y: x != y, lambda x, y: x < y, lambda x, y: x >= y,
    np.add, np.maximum, np.matmul, np.dot, np.arctan2, np.outer, np.where, np.equal,
    lambda x, y: np.where([[True, False], [False, True]], x, y),
    lambda x, y: np.einsum("ij,jk->ik", x, y), lambda x, y: np.linalg.solve(x, y),
    lambda x, y: np.concatenate([x, y]), lambda x, y: np.stack([x, y], axis=1),
    lambda x, y: np.clip(x, y, [[2.0, 3.0], [4.0, 5.0]]), lambda x, y: np.tensordot(x, y, axes=1),
]  # fmt: skip


@pytest.mark.parametrize("f", LISTS, ids=range(len(LISTS)))
def test_lists_of_numbers_are_operands(f):
    a, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[1.0, 2.0], [4.0, 3.0]])
    if f is np.where:
        f = lambda x, y: np.where(x, y, 0.0)
    expected = f(a, b)
    kind = expected.dtype
    for x, y in [(sd.constant(a), b.tolist()), (a.tolist(), sd.Variable(b)),
                 (sd.constant(a), tuple(map(tuple, b.astype(int).tolist())))]:  # fmt: skip
        found = f(x, y)
        assert isinstance(found, sd.Tensor)
        assert found.dtype == kind
        np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_functions_of_this_package_take_lists():
    v = sd.Variable([1.0, 2.0])
    same(sd.equal(v, [1.0, 3.0]), [True, False])
    same(sd.equal([1.0, 3.0], v), [True, False])
    same(sd.matmul([[1, 2]], v), [5.0])
    losses = sd.sigmoid_cross_entropy_with_logits(labels=[0.0, 0.0], logits=v)
    same(losses, np.log1p(np.exp([1, 2])))
    same(sd.linalg.solve([[2.0, 0.0], [0.0, 4.0]], v), [0.5, 0.5])
    same(sd.concat([[3.0], v], axis=0), [3.0, 1.0, 2.0])
    same(sd.stack([v, [3, 4]]), [[1.0, 2.0], [3.0, 4.0]])
    same(sd.sum(v, axis=[0]), 3.0)
    same(sd.take(v, [1, 1]), [2.0, 2.0])
    same(sd.reshape(v, [2, 1]), [[1.0], [2.0]])
    assert sd.Variable([1.0, 2.0], dtype="float32").__mul__([3.0, 4.0]).dtype == np.float32
    assert v.assign_add([1, 1]).numpy().tolist() == [2.0, 3.0]


def test_lists_are_inputs_and_stay_recorded():
    w = sd.Variable(np.ones((3, 2)))
    with sd.GradientTape(persistent=True) as tape:
        y = [[1.0, 2.0, 3.0]] @ w
        z = w[0] * [w[1, 0], 5.0] + sd.dot([w[2, 0], 1.0], w[1])
    assert tape.gradient(y, w).tolist() == [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
    assert tape.gradient(z, w).tolist() == [[1.0, 5.0], [3.0, 2.0], [2.0, 0.0]]
    assert {v.shape for v in sd.walk.postorder([tape.graph(y)]) if v.op is sd.Var} == {
        (1, 3), (3, 2)}  # fmt: skip


def test_lists_that_are_no_arrays():
    for wrong in ([1.0, [2.0]], [[1.0], [1.0, 2.0]]):
        with pytest.raises(sd.ShapeError, match=r"\(1,\).*alike"):
            T + wrong
        with pytest.raises(sd.ShapeError, match="alike"):
            sd.constant(wrong)
    for wrong in ([None], ["a"], [{}], [1.0, None]):
        with pytest.raises(sd.KindError, match="real numbers"):
            T + wrong
        with pytest.raises(sd.KindError, match="real numbers"):
            sd.Variable(wrong)
    with pytest.raises(TypeError, match="str"):
        T @ "a"


def test_floor_division():
    for a, b in product([7, -7, 7.5, -7.5], [2, -2, 3.0, 0.5]):
        for found in (sd.constant(a) // b, a // sd.constant(b), sd.Variable(a) // sd.constant(b)):
            same(found, np.asarray(a // b))
        same(sd.constant(a) % b, np.asarray(a % b))
    same(sd.constant([7, 8]) // [2, 3], [3, 2])
    assert (sd.Variable([7.0], dtype="float32") // 2).dtype == np.float32
    v = sd.Variable(7.0, name="v")
    with sd.GradientTape(persistent=True) as tape:
        y, z = v // 2, v % 2
    assert (str(tape.graph(y)), tape.gradient(y, v)) == ("floor(v/2)", None)
    assert float(tape.gradient(z, v)) == 1.0
    with pytest.raises(TypeError, match="//"):
        v // "a"
    x = sd.Var("x")
    assert [str(e) for e in (x // 2, 7 // x, np.floor_divide(x, 2))] == [
        "floor(x/2)", "floor(7/x)", "floor(x/2)"]  # fmt: skip
    with pytest.raises(TypeError, match="//"):
        x // "a"


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(sd.ShapeError, match=r"Add: shapes \(2, 3\) and \(2,\)"):
        T + np.ones(2)
    with pytest.raises(sd.ShapeError, match=r"\(2, 3\) and \(2, 3\)"):
        T @ T
    with pytest.raises(TypeError):
        T + "a"
    with pytest.raises(TypeError):
        T + None
    with pytest.raises(sd.ArityError):
        sd.sin(T, T)


def test_functions_are_what_they_were():
    assert sd.sin is sd.Sin is OPS["sin"]
    x = sd.Var("x", (2, 3))
    assert sd.sum(x) is FUNCTIONS["sum"](x)
    assert sd.sum.__doc__ == sd.sum.__wrapped__.__doc__
    assert "axis" in inspect.signature(sd.sum).parameters


def test_variables_are_read_as_values():
    v, s = sd.Variable(A), sd.Variable(2.0)
    assert (float(s), int(s), bool(s), math.sqrt(s), f"{s:.2f}") == (2.0, 2, True, 2**0.5, "2.00")
    assert (len(v), v.tolist(), v.size, s.item()) == (2, A.tolist(), 6, 2.0)
    assert [row.tolist() for row in v] == A.tolist()
    assert np.asarray(v).tolist() == A.tolist()
    assert np.asarray(v, dtype=np.float32).dtype == np.float32
    assert np.array(v).flags.writeable
    assert str(v) == repr(v) == f"<sd.Variable: shape=(2, 3), dtype=float64, numpy=\n{A!r}>"
    assert f"{v}" == str(A)
    assert [10, 20, 30][sd.Variable(2)] == 30
    with pytest.raises(sd.ImmutableError, match="assign of a variable"):
        v[0] = 1.0
    with sd.GradientTape() as tape:
        y = sum(row[0] ** 2 for row in v) if s > 1 else s
    assert tape.gradient(y, v).tolist() == [[0.0, 0.0, 0.0], [6.0, 0.0, 0.0]]


def test_ints_beyond_64_bits():
    assert sd.constant(2**70).numpy() == 2.0**70
    assert float(sd.constant(1.0) * 2**70) == 2.0**70


def test_traced_functions_are_forgotten_together():
    scale = [2.0]

    @sd.function
    def scaled(x):
        return x * scale[0]

    assert float(scaled(sd.constant(3.0))) == 6.0
    scale[0] = 5.0
    assert float(scaled(sd.constant(3.0))) == 6.0
    scaled.cache_clear()
    assert float(scaled(sd.constant(3.0))) == 15.0


def test_a_variable_inside_a_traced_function():
    w = sd.Variable(2.0)
    with pytest.raises(NoValue, match="'x'") as error:
        sd.function(lambda x: w * x)(3.0)
    assert "as arguments" in str(error.value.__notes__)


def test_primitives_take_tensors():
    gauss = sd.primitive("gauss_bell", lambda x: np.exp(-x * x), lambda x, out: -2 * x * out)
    v = sd.Variable([0.5, 1.0])
    with sd.GradientTape() as tape:
        y = gauss(v) + gauss(sd.constant(0.0))
    a = np.array([0.5, 1.0])
    np.testing.assert_allclose(y, np.exp(-a * a) + 1)
    np.testing.assert_allclose(tape.gradient(y, v), -2 * a * np.exp(-a * a))


def test_arrays_in_place():
    total = np.zeros(2)
    total += sd.constant([1.0, 2.0])
    np.add(total, sd.Variable([1.0, 1.0]), out=total)
    assert total.tolist() == [2.0, 3.0]
    v = sd.Variable([1.0, 2.0])
    with sd.GradientTape(), pytest.raises(sd.ConversionError, match="out="):
        total += v * 2
    assert total.tolist() == [2.0, 3.0]
