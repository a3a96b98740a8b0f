"""Expressions as NumPy's users expect them: methods, properties, NumPy's own functions."""

import operator

import numpy as np
import pytest

import symdiff as sd
from symdiff import methods
from symdiff.errors import ConversionError, ImmutableError, KindError, ShapeError, TruthError
from symdiff.ops.names import ALIASES, FUNCTIONS, WRAPPERS
from symdiff.protocols import REDUCED

A = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
S = np.array([[2.0, 0.5, 0.25], [0.5, 3.0, 0.125], [0.25, 0.125, 4.0]])
T = np.linspace(-1.0, 1.5, 24).reshape(2, 3, 4)
V = np.array([0.5, -1.5, 2.5])
x = sd.Var("x")
X, M, C, v = (sd.Var(name, a.shape) for name, a in {"X": A, "M": S, "C": T, "v": V}.items())
VALUES = {X: A, M: S, C: T, v: V}

CALLS = [
    "{}.T", "{}.mT", "{}.sum()", "{}.sum(axis=0)", "{}.sum(axis=(0, 1))",
    "{}.sum(-1, keepdims=True)",
    "{}.mean()", "{}.mean(axis=1)", "{}.prod()", "{}.prod(axis=0)", "{}.max()", "{}.max(axis=1)",
    "{}.min()", "{}.min(axis=0, keepdims=True)", "{}.var()", "{}.var(axis=0)", "{}.std(axis=1)",
    "{}.argmax()", "{}.argmax(axis=1)", "{}.argmin(axis=0)", "{}.cumsum()", "{}.cumsum(axis=0)",
    "{}.cumprod(axis=1)", "{}.trace()", "{}.diagonal()", "{}.reshape(-1)", "{}.reshape({}.size, 1)",
    "{}.reshape((1, -1))", "{}.ravel()", "{}.flatten()", "{}.transpose()", "{}.transpose(None)",
    "{}.swapaxes(0, 1)", "{}.swapaxes(-1, 0)", "{}.take([1, 0, 1], axis=0)", "{}.take(2)",
    "{}.repeat(2)", "{}.repeat(3, axis=1)", "{}.clip(-1, 1)", "{}.clip(0, None)",
    "{}.clip(None, 1)",
    "{}.clip(max=1)", "{}.clip(min=0)", "{}.round()", "{}.any()", "{}.all(axis=0)", "{}.copy()",
    "{}.astype(float)", "{}.astype(bool)", "{}.conj()", "{}.conjugate()", "{}.real", "{}.imag",
    "{}[None].squeeze()", "{}[:, None].squeeze(axis=1)", "{}[0].dot({}[1])", "{}.dot({}[0])",
    "len({})", "[*{}][1]", "{} @ {}[0]", "{}.ndim", "{}.size", "{}.shape",
]  # fmt: skip
NOT_FOR_STACKS = {"{}[0].dot({}[1])", "{}.dot({}[0])", "{} @ {}[0]"}  # the shapes do not fit


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("node", [X, M, C], ids=["matrix", "square", "stack"])
def test_methods_have_numpys_values(call, node):
    if node is C and call in NOT_FOR_STACKS:
        node = M
    a = VALUES[node]
    expected = eval(call.replace("{}", "a"), {"a": a})
    found = eval(call.replace("{}", "node"), {"node": node})
    if isinstance(found, sd.Expr):
        assert found.shape == np.shape(expected)
        found = sd.evaluate(found, {v: VALUES[v] for v in variables(found)})
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-15)


def variables(e):
    return [n for n in sd.walk.postorder([e]) if n.op is sd.Var]


def test_transpose_takes_axes_in_both_ways():
    for axes in [(2, 0, 1), (0, 2, 1), (-1, 0, 1)]:
        assert C.transpose(*axes) is C.transpose(axes) is sd.transpose(C, axes)
        assert C.transpose(*axes).shape == T.transpose(axes).shape
    assert C.T is sd.transpose(C)
    assert sd.evaluate(C.mT, {C: T}).tolist() == T.mT.tolist()
    assert v.T.shape == (3,)
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        _ = v.mT


def test_every_method_is_the_function():
    for name in methods.SAME:
        assert name in FUNCTIONS, name
        method, function = getattr(M, name), FUNCTIONS[name]
        args = {"dot": (v,), "take": (1,), "repeat": (2,), "swapaxes": (0, 1)}.get(name, ())
        assert method(*args) is function(M, *args)


def test_methods_work_for_scalars():
    assert x.sum() is x
    assert sd.evaluate(x.T, {x: 2.0}) == 2.0
    assert x.reshape(1, 1).shape == (1, 1)
    assert x.flatten().shape == (1,)


def test_kinds_of_astype():
    n, b = sd.Var("n", 3, kind="int"), sd.Var("b", 3, kind="bool")
    assert n.astype(int) is n.astype("int64") is n.astype(np.int64) is n
    assert v.astype(float) is v.astype(np.float64) is v
    assert [e.kind for e in (n.astype(float), b.astype(int), v.astype(bool))] == [
        "real", "int", "bool"
    ]  # fmt: skip
    for values, e in [
        ({n: [0, 2, -3]}, n.astype(float)),
        ({b: [True, False, True]}, b.astype(int)),
    ]:
        (given,) = values.values()
        wanted = np.array(given).astype(float if e.kind == "real" else int)
        found = sd.evaluate(e, {k: np.array(a) for k, a in values.items()})
        assert found.dtype == wanted.dtype
        assert found.tolist() == wanted.tolist()
    with pytest.raises(KindError, match=r"sd\.trunc"):
        v.astype(int)
    for other in (np.float32, complex, "U3", object):
        with pytest.raises(KindError, match="float, int or bool"):
            v.astype(other)


def test_what_needs_numbers_or_memory_is_refused_by_name():
    for name in ("item", "tolist", "tobytes", "nonzero"):
        with pytest.raises(ConversionError, match=r"sd\.evaluate"):
            getattr(v, name)()
    with pytest.raises(ImmutableError, match=r"sd\.sort"):
        v.sort()
    with pytest.raises(ImmutableError, match=r"sd\.where"):
        v[0] = 1
    with pytest.raises(ImmutableError):
        v.fill(0)
    with pytest.raises(ConversionError, match=r"10\*\*2"):
        v.round(2)
    with pytest.raises(ConversionError, match="order='F'"):
        X.reshape(3, 2, order="F")


def test_membership_is_a_question_of_truth():
    with pytest.raises(TruthError, match=r"0 in v"):
        _ = 0 in v
    assert v in [x, v]


def test_a_missing_attribute_names_the_nearest():
    cases = {
        "summ": "'sum'", "tranpose": "'transpose'", "shpae": "'shape'", "exp": r"sd\.exp\(x\)",
        "dtype": r"\.kind", "flat": r"\.ravel\(\)",
    }  # fmt: skip
    for name, hint in cases.items():
        with pytest.raises(AttributeError, match=hint) as caught:
            getattr(v, name)
        assert (caught.value.name, caught.value.obj) == (name, v)
    assert not hasattr(v, "nothing_like_it")
    assert not hasattr(v, "_repr_html_")
    with pytest.raises(AttributeError, match="not a constant"):
        _ = v.value
    with pytest.raises(AttributeError, match="not a variable"):
        _ = (v + 1).name


# -- NumPy's protocols ----------------------------------------------------------------------------

n1, n2 = sd.Var("n1", 3, kind="int"), sd.Var("n2", 3, kind="int")

# How a function is called where its arguments are not just arrays of one shape.
ARGUMENTS = {
    "where": (v > 0, v, 1.0), "clip": (v, -1, 1), "einsum": ("ij,j->i", X, v),
    "matmul": (X, v), "outer": (v, v), "reshape": (X, (3, 2)), "broadcast_to": (v, (2, 3)),
    "transpose": (C, (0, 2, 1)), "stack": ([v, v],), "concatenate": ([v, v],), "take": (X, [0, 1]),
    "concat": ([v, v],), "hstack": ([v, v],), "vstack": ([v, v],), "dstack": ([v, v],),
    "column_stack": ([v, v],), "block": ([[X], [X]],), "append": (v, v),
    "take_along_axis": (X, np.array([[0], [1]]), 1), "swapaxes": (C, 0, 1),
    "moveaxis": (C, 0, 2), "expand_dims": (v, 0), "squeeze": (X[None],), "tile": (v, 2),
    "repeat": (v, 2), "roll": (v, 1), "flip": (X,), "pad": (v, 1), "split": (v, 3),
    "array_split": (v, 2), "hsplit": (v, 3), "vsplit": (M, 3), "dsplit": (C, 2),
    "rot90": (X,), "rollaxis": (C, 2), "permute_dims": (C, (0, 2, 1)),
    "unstack": (v,), "tensordot": (M, M, 1), "inner": (v, v), "dot": (M, v), "vdot": (v, v),
    "kron": (v, v), "vecdot": (v, v), "matvec": (X, v), "vecmat": (v, M), "cross": (v, v),
    "floor_divide": (v, V),
    "full_like": (v, 2.0), "atleast_1d": (v,), "insert": (v, 1, 0.5), "delete": (v, 1),
    "resize": (v, (2, 3)), "select": ([v > 0], [v]), "percentile": (v, 50), "quantile": (v, 0.5),
    "average": (v,), "interp": (v, V, V), "searchsorted": (V, v), "diff": (v,), "trace": (M,),
    "diagonal": (M,), "tril": (M,), "triu": (M,), "diag": (v,), "matrix_transpose": (M,),
}  # fmt: skip
LINALG = {"solve": (M, v), "matrix_power": (M, 2), "lstsq": (M, v), "cross": (v, v),
          "outer": (v, v), "tensordot": (M, M), "matmul": (M, v), "vecdot": (v, v),
          "multi_dot": ([M, M],), "vector_norm": (v,)}  # fmt: skip

# Functions that NumPy calls with numbers alone, or under whose name it has something else.
OTHERS = {"arange", "array", "asarray", "eye", "full", "identity", "linspace", "ones", "zeros",
          "gamma", "e", "pi", "beta"}  # fmt: skip

SHARED = sorted(
    name
    for name in {*FUNCTIONS, *WRAPPERS}
    if callable(getattr(np, name, None)) and name not in OTHERS
)


def arguments(name):
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    op = FUNCTIONS[name]
    if isinstance(op, sd.Op) and op.elementwise:
        ints = {"bitwise_and", "bitwise_or", "invert"}
        return (v > 0, v > 1)[: op.arity or 2] if name in ints else (v, v + 1)[: op.arity or 2]
    return (M,)


def flat(result):
    """The nodes of a result, or their texts: array constants are interned per copy."""
    found = list(result) if isinstance(result, (list, tuple)) else [result]
    held = [n for n in sd.walk.postorder(found) if n.op is sd.Const and n.shape]
    return [(e.shape, str(e)) for e in found] if held else found


@pytest.mark.parametrize("name", SHARED)
def test_numpys_functions_build_our_nodes(name):
    args = arguments(name)
    assert flat(getattr(np, name)(*args)) == flat(FUNCTIONS[name](*args))


SHARED_LINALG = [
    name
    for name in dir(sd.linalg)
    if name[0].islower() and callable(getattr(np.linalg, name, None))
]


@pytest.mark.parametrize("name", SHARED_LINALG)
def test_numpys_linear_algebra_builds_our_nodes(name):
    args = LINALG.get(name, (M,))
    assert flat(getattr(np.linalg, name)(*args)) == flat(getattr(sd.linalg, name)(*args))


def test_the_loop_sees_the_usual_functions():
    usual = "sum mean max einsum where concatenate stack reshape exp maximum dot matmul cumsum"
    assert set(usual.split()) <= set(SHARED)
    assert {n for n in ALIASES if hasattr(np, n)} <= set(SHARED) | OTHERS


def test_keywords_of_numpy():
    assert np.sum(X, axis=0, keepdims=True) is sd.sum(X, axis=0, keepdims=True)
    assert np.sum(X, axis=1, dtype=None, out=None) is sd.sum(X, axis=1)
    assert np.clip(v, a_min=0, a_max=1) is np.clip(v, 0, 1)
    assert np.clip(v, None, 1) is sd.minimum(v, 1)
    assert np.round(v) is np.around(v) is sd.round(v)
    assert np.concatenate([v, V], axis=0).shape == (6,)
    assert np.add(v, 1, where=True) is v + 1
    assert np.sum(a=X, axis=0) is sd.sum(X, axis=0)
    held = A.copy()
    with pytest.raises(ConversionError, match="cannot hold expressions"):
        held += X
    with pytest.raises(ConversionError, match=r"np\.sum on expressions takes no dtype=.*axis"):
        np.sum(X, dtype=np.float32)
    with pytest.raises(ConversionError, match=r"np\.sum .* out="):
        np.sum(X, out=np.empty(()))
    with pytest.raises(ConversionError, match=r"np\.exp .* where="):
        np.exp(v, where=V > 0)
    with pytest.raises(ConversionError, match=r"np\.linalg\.solve .* nothing="):
        sd.Expr.__array_function__(M, np.linalg.solve, (), (M, v), {"nothing": 1})
    with pytest.raises(ConversionError, match=r"numpy\.fft"):
        np.fft.fft(v)
    with pytest.raises(ConversionError, match=r"np\.linalg\.svd"):
        np.linalg.svd(M)


# With NumPy's keywords, and values compared: each is run on an array and on a variable.
NUMPY_CALLS = """
np.var(X, ddof=1)
np.std(X, axis=0, ddof=1)
np.var(X, 0, ddof=1, keepdims=True)
np.concatenate([X, X], axis=1)
np.concatenate((X, A), axis=None)
np.argmax(X, axis=1, keepdims=True)
np.flip(X, axis=1)
np.flip(X)
np.roll(X, 1, axis=1)
np.roll(X, (1, 2), axis=(0, 1))
np.pad(X, ((1, 0), (0, 2)), mode="constant", constant_values=1.5)
np.pad(X, 1)
np.repeat(X, [1, 2, 0], axis=1)
np.tile(X, (2, 1))
np.moveaxis(X, 0, -1)
np.swapaxes(X, axis1=0, axis2=1)
np.expand_dims(X, axis=(0, 3))
np.squeeze(X[None], axis=0)
np.split(X, [1], axis=1)[0]
np.split(X, 3, axis=1)[2]
np.max(X, axis=0, keepdims=True)
np.amax(X, axis=0)
np.amin(X, axis=0)
np.cumsum(X, axis=1)
np.prod(X, axis=(0, 1))
np.mean(X, axis=(0,), keepdims=True)
np.trace(X, offset=1)
np.diagonal(X, offset=1, axis1=1, axis2=0)
np.tril(X, k=-1)
np.triu(X, k=1)
np.diag(X)
np.diag(X[0], k=1)
np.tensordot(X, X, axes=([0], [0]))
np.tensordot(X, X.T, axes=1)
np.einsum("ij,kj->ik", X, X, optimize=True)
np.einsum("ij->j", X)
np.einsum("ij,kj", X, A)
np.outer(X[0], X[1])
np.kron(X, A)
np.take(X, [2, 0], axis=1)
np.take(X, indices=[2, 0], axis=-1)
np.where(X > 0, X, 0.0)
np.stack([X, X], axis=-1)
np.vstack([X, X])
np.hstack([X, X])
np.sort(X, axis=0)
np.sort(X)
np.argsort(X, axis=1)
np.transpose(X, axes=(1, 0))
np.reshape(X, (3, 2))
np.reshape(X, shape=(3, 2))
np.ravel(X)
np.broadcast_to(X, shape=(2, 2, 3))
np.linalg.norm(X)
np.linalg.norm(X, axis=1)
np.linalg.norm(X, ord=1, axis=0, keepdims=True)
np.linalg.norm(X, "fro")
np.linalg.vector_norm(X, axis=1)
np.linalg.matrix_norm(X)
np.matmul(X, X.T)
np.dot(X, X.T)
np.inner(X, X)
np.vdot(X, X)
np.ones_like(X)
np.zeros_like(X, dtype=float)
np.full_like(X, 2.5)
np.all(X > -9, axis=1)
np.any(X > 1)
np.count_nonzero(X)
np.ptp(X, axis=0)
np.median(X, axis=0)
np.average(X, axis=0, weights=[1.0, 2.0])
np.linalg.det(X @ X.T)
np.linalg.inv(X @ X.T)
np.linalg.slogdet(X @ X.T)[1]
np.linalg.solve(X @ X.T, X)
np.linalg.cholesky(X @ X.T)
np.linalg.pinv(X)
np.linalg.matrix_power(X @ X.T, 3)
np.linalg.eigvalsh(X @ X.T)
np.linalg.eigh(X @ X.T)[0]
np.linalg.lstsq(X.T, A[0])[0]
np.linalg.trace(X)
np.linalg.multi_dot([X, X.T, X])
np.logaddexp.reduce(X, axis=None)
np.add.reduce(X, axis=None)
np.add.reduce(X, axis=(0, 1), keepdims=True)
np.cross(X, A)
np.squeeze(X)
np.atleast_1d(X)
np.atleast_3d(X)
np.permute_dims(X, (1, 0))
np.concat([X, X])
np.clip(X, min=0, max=1)
np.sign(X)
np.hypot(X, 1.0)
""".strip().splitlines()


@pytest.mark.parametrize("call", NUMPY_CALLS)
def test_numpys_calls_have_numpys_values(call):
    expected = eval(call, {"np": np, "X": A, "A": A})
    e = eval(call, {"np": np, "X": X, "A": A})
    assert e.shape == np.shape(expected)
    found = sd.evaluate(e, dict.fromkeys(variables(e), A))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


REDUCTIONS = {
    "add.reduce": np.sum, "multiply.reduce": np.prod, "maximum.reduce": np.max,
    "minimum.reduce": np.min, "logical_and.reduce": np.all, "logical_or.reduce": np.any,
    "logaddexp.reduce": lambda a, axis=None: np.log(np.sum(np.exp(a), axis=axis)),
    "add.accumulate": np.cumsum, "multiply.accumulate": np.cumprod,
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCED)
def test_methods_of_ufuncs(name):
    method = operator.attrgetter(name)(np)
    for args, kwargs in [((), {}), ((1,), {}), ((), {"axis": 1})]:
        expected = REDUCTIONS[name](A, axis=1 if args or kwargs else 0)
        found = sd.evaluate(method(X, *args, **kwargs), {X: A})
        np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_outer_of_ufuncs():
    assert np.multiply.outer(v, v) is sd.outer(v, v)
    for ufunc in (np.add, np.multiply, np.subtract, np.maximum, np.hypot):
        for a, b in [(v, X), (X, v), (X, A), (V, X), (2.0, X), (C, v)]:
            wanted = ufunc.outer(VALUES.get(a, a) if isinstance(a, sd.Expr) else a,
                                 VALUES.get(b, b) if isinstance(b, sd.Expr) else b)  # fmt: skip
            found = ufunc.outer(a, b)
            values = {n: VALUES[n] for n in variables(found)}
            np.testing.assert_allclose(sd.evaluate(found, values), wanted, rtol=1e-15)
    for refused in (np.add.reduceat, np.subtract.reduce, np.maximum.accumulate):
        with pytest.raises(ConversionError, match=refused.__name__):
            refused(v, [0])


def test_arrays_beside_expressions():
    e = sd.Const(A)
    for found, wanted in [
        (A @ v, sd.matmul(e, v)), (A * v, e * v), (A - v, e - v), (A / v, e / v), (A**v, e**v),
        (np.float64(2) * v, 2.0 * v), (np.float64(2) / v, 2.0 / v), (np.int64(2) ** v, 2**v),
    ]:  # fmt: skip
        assert isinstance(found, sd.Expr)
        assert (found.op, found.shape) == (wanted.op, wanted.shape)
        np.testing.assert_array_equal(sd.evaluate(found, {v: V}), sd.evaluate(wanted, {v: V}))
    np.testing.assert_array_equal(sd.evaluate(A @ v, {v: V}), A @ V)
    np.testing.assert_array_equal(sd.evaluate(A.T + X.T, {X: A}), 2 * A.T)
    with pytest.raises(TypeError):
        v @ "text"


def test_array_constants_are_copies_and_read_only():
    source = A.copy()
    e = source * v
    before = sd.evaluate(e, {v: V})
    source[:] = 0
    np.testing.assert_array_equal(sd.evaluate(e, {v: V}), before)
    held = e.args[0].value
    assert not held.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        held[0, 0] = 1
    found = sd.evaluate(sd.Const(A))
    found[:] = 0
    np.testing.assert_array_equal(sd.evaluate(sd.Const(A)), A)


def test_one_table_serves_expressions_tensors_and_dual_numbers():
    assert round(v) is v.round()
    t = sd.constant([1.5, -2.5])
    for found, expected in [(t.real, [1.5, -2.5]), (t.imag, [0, 0]), (round(t), [2.0, -2.0])]:
        assert found.tolist() == expected
    assert t.conj().tolist() == t.copy().tolist() == t.tolist()
    assert sd.Dual(7.0, 1.0) // 2.0 == sd.Dual(3.0, 0.0)
    assert 7.0 // sd.Dual(2.0, 1.0) == sd.Dual(3.0, 0.0)
