"""Compiled arrays: contractions against NumPy, the calls made, and whose memory is whose."""

from __future__ import annotations

import pickle
import random
import re
from concurrent.futures import ThreadPoolExecutor
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.backend import core
from symdiff.backend.contract import CONTRACT
from symdiff.backend.lower import variables
from symdiff.backend.path import cost, moves
from symdiff.expr import OPS, Expr, make
from symdiff.ops.contraction import diag, diagonal, einsum, outer, trace
from symdiff.walk import postorder

rng = np.random.default_rng(0)
P, Q = sd.Var("P", (2, 3, 4)), sd.Var("Q", (2, 4, 5))
eye, scatter, where = OPS["eye"], OPS["scatter"], OPS["where"]


def normal(*shape: int) -> Any:
    return rng.normal(size=shape)


def direct(f: Any) -> str:
    """The source of the path without batch axes."""
    return str(f.source).split("def on_arrays")[0]


# -- contractions ----------------------------------------------------------------------------------


def random_contraction(choose: random.Random) -> tuple[str, list[tuple[int, ...]]]:
    """Subscripts with repeated, omitted and lonely letters, and shapes, some of size 1 and 0."""
    sizes = {c: choose.choice([1, 2, 3, 4, 5]) for c in "abcde"}
    if choose.random() < 0.1:
        sizes["a"] = 0
    words = [
        "".join(choose.choice("abcde") for _ in range(choose.randint(0, 3)))
        for _ in range(choose.randint(1, 4))
    ]
    used = sorted(set("".join(words)))
    output = "".join(choose.sample(used, choose.randint(0, len(used))))
    return ",".join(words) + "->" + output, [tuple(sizes[c] for c in w) for w in words]


@pytest.mark.parametrize("seed", range(150))
def test_random_contractions(seed: int) -> None:
    choose = random.Random(seed)
    subscripts, shapes = random_contraction(choose)
    args = [sd.Var(f"x{i}", shape) for i, shape in enumerate(shapes)]
    e = make(einsum, tuple(args), (subscripts,))
    left, _, output = subscripts.partition("->")
    lead = ",".join("..." + word for word in left.split(",")) + "->..." + output
    for batches in ([()] * 4, choose.choices([(), (3,), (1,), (2, 1), (2, 3)], k=4)):
        values = [normal(*b, *s) for b, s in zip(batches, shapes, strict=False)]
        expected = np.einsum(lead, *values)
        for fast in (True, False):
            found = sd.compile(e, args, fast=fast)(*values)
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
            assert np.shape(found) == expected.shape
        found = sd.evaluate(e, dict(zip(args, values, strict=True)))
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


A, B, S = sd.Var("A", (3, 4)), sd.Var("B", (4, 5)), sd.Var("S", (4, 4))
u, v = sd.Var("u", (3,)), sd.Var("v", (4,))
GIVEN = {A: normal(3, 4), B: normal(4, 5), S: normal(4, 4), u: normal(3), v: normal(4)}
FORMS = [
    (A @ B, np.matmul),
    (A @ v, np.matmul),
    (u @ A, np.matmul),
    (v @ v, lambda a: a @ a),
    (outer(u, v), np.outer),
    (trace(S), np.trace),
    (diagonal(S), np.diagonal),
    (diag(v), np.diag),
    (A.T @ A, lambda a: a.T @ a),
    (diag(v) @ B, lambda a, b: np.diag(a) @ b),
]


@pytest.mark.parametrize(("e", "function"), FORMS)
@pytest.mark.parametrize(
    "batches", [((), ()), ((2,), ()), ((), (2,)), ((2, 1), (5,)), ((5,), (5,))]
)
def test_any_operand_may_have_a_batch(e: Expr, function: Any, batches: Any) -> None:
    names = variables(postorder([e]))
    values = [normal(*b, *x.shape) for b, x in zip(batches, names, strict=False)]
    lead = np.broadcast_shapes(*batches[: len(names)])
    rows = [
        np.broadcast_to(value, lead + x.shape).reshape(-1, *x.shape)
        for value, x in zip(values, names, strict=True)
    ]
    expected = np.array([function(*row) for row in zip(*rows, strict=True)]).reshape(lead + e.shape)
    np.testing.assert_allclose(sd.compile(e, names)(*values), expected, rtol=1e-12)
    np.testing.assert_allclose(
        sd.evaluate(e, dict(zip(names, values, strict=True))), expected, rtol=1e-12
    )


@pytest.mark.parametrize(
    ("e", "call"),
    [
        (A @ B, "dot(x0, x1)"),
        (A.T @ u, "dot("),
        (sd.sum(v * v), "dot(x0, x0)"),
        (make(einsum, (S, S), ("ij,kj->ik",)), "dot(x0, x0.T)"),
        (make(einsum, (S, S), ("ij,ij->",)), "dot(x0.reshape(16), x0.reshape(16))"),
        (make(einsum, (P, Q), ("kij,kjl->kil",)), "matmul("),
        (make(einsum, (P, B), ("kij,jl->kil",)), "dot(x0.reshape(6, 4), x1)"),
        (outer(u, v), "multiply("),
        (diag(v) @ B, "multiply("),
    ],
)  # fmt: skip
def test_blas_does_what_it_can(e: Expr, call: str) -> None:
    source = direct(sd.compile(e, variables(postorder([e]))))
    assert call in source
    assert "einsum" not in source


def test_no_identity_is_made_or_multiplied() -> None:
    n = 7
    one = make(eye, (), ((n,),))
    M, w = sd.Var("M", (n, n)), sd.Var("w", (n,))
    for e, expected in [
        (one @ M, lambda m, w: m),
        (
            make(einsum, (one, M), ("ij,kl->ikjl",)),
            lambda m, w: np.tensordot(np.eye(n), m, 0).transpose(0, 2, 1, 3),
        ),
        (make(einsum, (one, M, w), ("ij,jk,i->k",)), lambda m, w: w @ m),
        (make(einsum, (one, w), ("ij,i->ij",)), lambda m, w: np.diag(w)),
        (make(einsum, (one, M), ("ij,ij->",)), lambda m, w: np.trace(m)),
        (make(einsum, (one, w), ("ii,k->k",)), lambda m, w: n * w),
        (make(einsum, (make(eye, (), ((n, n),)), M), ("abcd,cd->ab",)), lambda m, w: m),
    ]:  # fmt: skip
        f = sd.compile(e, [M, w])
        assert not any(isinstance(c, np.ndarray) for c in f.program.constants)
        for lead in ((), (3,)):
            m, x = normal(*lead, n, n), normal(*lead, n)
            rows = zip(m.reshape(-1, n, n), x.reshape(-1, n), strict=True)
            wanted = np.array([expected(*row) for row in rows]).reshape(lead + e.shape)
            np.testing.assert_allclose(f(m, x), wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(sd.compile(one + M, [M])(np.ones((n, n))), np.eye(n) + 1)


def test_order_is_the_cheapest() -> None:
    X, y = sd.Var("X", (1000, 3)), sd.Var("y", (1000,))
    f = sd.compile((X @ X.T) @ y, [X, y])
    steps = [s for s in f.program.instructions if s.op is CONTRACT]
    assert all(prod(s.params[0].sizes) <= 3000 for s in steps)
    for seed in range(40):
        choose = random.Random(seed)
        letters = ascii_letters[:6]
        words = ["".join(choose.sample(letters, 2)) for _ in range(4)]
        used = sorted(set("".join(words)))
        sizes = {c: choose.randint(2, 40) for c in used}
        number = {c: i for i, c in enumerate(used)}
        inputs = tuple(tuple(number[c] for c in w) for w in words)
        found = moves(inputs, (), tuple(sizes[c] for c in used))
        ours = sum(
            cost(*map(frozenset, m.step.inputs), frozenset(m.step.output), m.step.sizes)
            for m in found
            if len(m.args) == 2
        )
        assert ours <= left_to_right(inputs, tuple(sizes[c] for c in used))


def left_to_right(inputs: Any, sizes: Any) -> float:
    total, left = 0.0, frozenset(inputs[0])
    for i, labels in enumerate(inputs[1:], 1):
        later = frozenset().union(*inputs[i + 1 :])
        result = (left | frozenset(labels)) & later
        total += cost(left, frozenset(labels), result, sizes)
        left = result
    return total


def test_symmetric_products_go_to_blas_as_one_array() -> None:
    X, w, s = sd.Var("X", (50, 20)), sd.Var("w", (50,)), sd.Var("s", (50,), domain=sd.POSITIVE)
    x, a = normal(50, 20), np.abs(normal(50))
    for weights, rooted in [(s, True), (w, False), (w**2, True), (sd.exp(w), True)]:
        f = sd.compile((X.T * weights) @ X, [X, w, s])
        assert ("sqrt" in direct(f)) == rooted
        assert bool(re.search(r"dot\((\w+)\.T, \1\)", direct(f))) == rooted
        known = {s: a, w: a, w**2: a**2}.get(weights, np.exp(a))
        found = f(x, a, a)
        np.testing.assert_allclose(found, x.T @ np.diag(known) @ x, rtol=1e-12)
        if rooted:
            np.testing.assert_array_equal(found, found.T)
    assert "sqrt" not in sd.compile((X.T * s) @ X, [X, s], fast=False).source


def test_factors_meet_the_smallest_array() -> None:
    X, w, c = sd.Var("X", (1000, 3)), sd.Var("w", (3,)), sd.Var("c")
    f = sd.compile([(c * X) @ w, -(2 * X) @ w], [X, w, c])
    scaled = [s for s in f.program.instructions if s.op in (sd.Mul, sd.Neg)]
    assert scaled
    assert all(s.node.size <= 3 for s in scaled)
    x, y = normal(1000, 3), normal(3)
    np.testing.assert_allclose(f(x, y, 1.5), [1.5 * x @ y, -2 * x @ y], rtol=1e-12)


# -- scattered parts -------------------------------------------------------------------------------


def test_scattered_parts_are_added_in_place() -> None:
    x, y = sd.Var("x", (6,)), sd.Var("y", (6,))

    def put(part: Any, start: Any, stop: Any) -> Any:
        return make(scatter, (part,), (((start, stop, None),), 1, (6,)))

    def by_hand(a: Any, start: Any, stop: Any) -> Any:
        out = np.zeros(6)
        out[start:stop] = a
        return out

    first, second = put(x[1:], 1, None), put(y[:-1], None, -1)
    p, q = normal(6), normal(6)
    one, two = by_hand(p[1:], 1, None), by_hand(q[:-1], None, -1)
    for e, expected in [
        (first + second, one + two),
        (first - second, one - two),
        (first + second + x, one + two + p),
        (x - second, p - two),
        (sd.sin(x) - second, np.sin(p) - two),
        (second - x, two - p),
        (2 * first - 3 * second, 2 * one - 3 * two),
        (-first + x * second, -one + p * two),
        (first + np.arange(6.0), one + np.arange(6.0)),
        (sd.exp(y) + first + second, np.exp(q) + one + two),
    ]:
        for fast in (True, False):
            f = sd.compile([e, first], [x, y], fast=fast)
            np.testing.assert_allclose(f(p, q)[0], expected, rtol=1e-14)
            g = sd.compile(e, [x, y], fast=fast)
            np.testing.assert_allclose(g(p, q), expected, rtol=1e-14)
            np.testing.assert_allclose(g(p, np.stack([q, q])), [expected] * 2, rtol=1e-14)
            np.testing.assert_allclose(g(np.stack([p, p]), q), [expected] * 2, rtol=1e-14)
            assert g(p.astype("f"), q.astype("f")).dtype == np.float32
    f = sd.compile(first + second, [x, y])
    assert direct(f).count("scatter") <= 1
    assert "+=" in direct(f)


# -- memory ----------------------------------------------------------------------------------------


WHOLE, TAIL = (None, None, None), (1, None, None)


def random_program(choose: random.Random, inputs: list[Expr]) -> list[Expr]:
    """Outputs of a graph of elementwise steps, views, products, sums and scattered parts."""
    n = inputs[0].shape[0]
    pool = list(inputs)
    for _ in range(choose.randint(5, 25)):
        a, b = choose.choice(pool), choose.choice(pool)
        pool.append(
            choose.choice([
                lambda a=a, b=b: a + b,
                lambda a=a, b=b: a * b,
                lambda a=a, b=b: a - b,
                lambda a=a: sd.sin(a),
                lambda a=a: -a,
                lambda a=a: a.T,
                lambda a=a: a.reshape((n * n,)).reshape((n, n)),
                lambda a=a, b=b: (a @ b) / n,
                lambda a=a, b=b: a * b[0],
                lambda a=a, b=b: a + b.sum(axis=0),
                lambda a=a, b=b: a * b.sum(axis=1, keepdims=True) * 0.1,
                lambda a=a, b=b: where(a > b, a, b),
                lambda a=a, b=b: b + make(scatter, (a[1:],), ((TAIL, WHOLE), 2, (n, n))),
                lambda a=a, b=b: a - make(scatter, (b[:, 1:],), ((WHOLE, TAIL), 2, (n, n))),
            ])()
        )  # fmt: skip
    return choose.sample(pool, 4)


@pytest.mark.parametrize("seed", range(60))
def test_reused_arrays_never_show(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LARGE", 1)
    inputs = [sd.Var("P", (4, 4)), sd.Var("Q", (4, 4))]
    outputs = random_program(random.Random(seed), inputs)
    values = [normal(4, 4), normal(4, 4)]
    for value in values:
        value.flags.writeable = False
    expected = sd.evaluate([*outputs, *inputs], dict(zip(inputs, values, strict=True)))
    f = sd.compile(outputs, inputs)
    first = f(*values)
    held = [np.array(one) for one in first]
    f(*[2 * value for value in values])
    for one, before in zip(first, held, strict=True):  # the next call leaves results alone
        np.testing.assert_array_equal(one, before)
    assert f._core is not None
    for run in (f, f._core):  # the second does not hide an error by another path
        found = run(*values)
        for one, wanted in zip(found, expected, strict=False):
            np.testing.assert_allclose(one, wanted, rtol=1e-9, atol=1e-9)
        for i, one in enumerate(found):  # every output can be written without a trace elsewhere
            assert not any(np.shares_memory(one, other) for other in (*values, *found[i + 1 :]))
            one[...] = 7


def test_outputs_are_never_copied_without_need() -> None:
    n = 3
    M = sd.Var("M", (n, n))
    source = direct(sd.compile([M + M.T, M @ M, sd.sin(M).T, M.sum(axis=0)], M))
    assert "array(" not in source
    source = direct(sd.compile([M, M.T, M[0], M.reshape((9,))], M))
    assert source.count("array(") == 4


def test_constants_and_inputs_stay_as_they_are() -> None:
    M = sd.Var("M", (3, 3))
    held = np.ones((3, 3))
    f = sd.compile([sd.Const(held), sd.Const(held).T + 0 * M, M], M)
    value = normal(3, 3)
    for _ in range(2):
        for one, wanted in zip(f(value), (held, held, value.copy()), strict=True):
            np.testing.assert_array_equal(one, wanted)
            one[...] += 1


def test_many_threads_at_once() -> None:
    n = 100
    X, w = sd.Var("X", (n, n)), sd.Var("w", (n,))
    f = sd.compile([sd.sin(X @ X + w) * w, (X.T * w**2) @ X], [X, w])
    cases = [(normal(n, n), normal(n)) for _ in range(8)]
    expected = [f(*case) for case in cases]
    with ThreadPoolExecutor(8) as pool:
        for found, wanted in zip(
            pool.map(lambda case: f(*case), cases * 5), expected * 5, strict=True
        ):
            for a, b in zip(found, wanted, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12)


def test_float32_stays_and_pickles_work() -> None:
    f = sd.compile([A @ B * 2, sd.sum(A * A), diag(v) @ B, 2 * A], [A, B, v])
    values = [GIVEN[x] for x in (A, B, v)]
    small = f(*[x.astype(np.float32) for x in values])
    again = pickle.loads(pickle.dumps(f))(*values)
    for one, low, two in zip(f(*values), small, again, strict=True):
        assert np.asarray(one).dtype == np.float64
        assert np.asarray(low).dtype == np.float32
        np.testing.assert_allclose(low, one, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(one, two)


def test_whole_numbers_and_complex_values() -> None:
    k = sd.Var("k", (2, 2), kind="int")
    found = sd.compile([k @ k, trace(k)], k)(np.array([[1, 2], [3, 4]]))
    assert found[0].dtype == np.int64
    assert found[0].tolist() == [[7, 10], [15, 22]]
    assert found[1] == 5
    z = GIVEN[A] * 1j
    np.testing.assert_allclose(sd.compile(A @ v, [A, v])(z, GIVEN[v]), z @ GIVEN[v])


def test_scalars_in_arrays_keep_their_types() -> None:
    c = sd.Var("c")
    f = sd.compile([c * A, sd.sum(A) * c, c], [A, c])
    for value in (2.0, 2, np.float64(2), np.array(2.0)):
        found = f(GIVEN[A], value)
        np.testing.assert_allclose(found[0], 2 * GIVEN[A])
        assert all(isinstance(x, float) for x in found[1:])


def test_the_slope_of_a_sigmoid_takes_one_exponential() -> None:
    z = sd.Var("z", (5,))
    at = np.array([-1e4, -700.0, 0.0, 3.0, 40.0])
    with np.errstate(all="ignore"):
        u = np.exp(-np.abs(at))
    for e, scale in [(sd.sigmoid(z) * sd.sigmoid(-z), 1), (sd.grad(sd.sum(sd.tanh(z / 2)), z), 2)]:
        f = sd.compile(e, z)
        assert "expit" not in f.source
        np.testing.assert_allclose(f(at), scale * u / (1 + u) ** 2, rtol=1e-15 * 8)
    assert np.isnan(sd.compile(sd.sigmoid(z) * sd.sigmoid(-z), z)(np.full(5, np.nan))).all()


def test_stacks_of_matrices_lie_matrix_by_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LARGE", 1)
    n, k, d = 6, 3, 4
    x, m, q = sd.Var("x", (n, d)), sd.Var("m", (k, d)), sd.Var("q", (k, d, d))
    apart = x[:, None, :] - m
    image = make(einsum, (q, apart), ("kij,nkj->nki",))
    f = sd.compile([sd.sum(image**2), sd.sum(sd.sin(image) * apart, axis=0)], [x, m, q])
    values = [normal(n, d), normal(k, d), normal(k, d, d)]
    a = values[0][:, None, :] - values[1]
    b = np.einsum("kij,nkj->nki", values[2], a)
    for _ in range(2):
        found = f._core(*values)
        np.testing.assert_allclose(found[0], (b**2).sum())
        np.testing.assert_allclose(found[1], (np.sin(b) * a).sum(axis=0))
    assert any(axes == (1, 0, 2) for _, axes in f._core.scratch)
