"""Products over axes: operands opened and put together, matrix forms, parts computed alone."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.expr import Expr, make
from symdiff.ops import arrays as ax
from symdiff.ops.kernels import aligned, aligned_shape
from symdiff.ops.structural import align
from symdiff.rewrite.arrays.operands import Term, opened, sizes_of
from symdiff.rewrite.arrays.selected import selected
from symdiff.rewrite.arrays.terms import terms
from symdiff.walk import postorder

A, B, C = (sd.Var(name, (3, 3)) for name in "ABC")
x, y, z = (sd.Var(name, (3,)) for name in "xyz")
X, s = sd.Var("X", (6, 4)), sd.Var("s")
POINT = {v: np.random.default_rng(i).normal(size=v.shape) for i, v in enumerate((A, B, C, x, y, z))}


def test_identities_rename_labels() -> None:
    operands = ((sd.eye(3), (0, 2)), (A, (2, 3)), (sd.eye(3), (3, 1)))
    term = opened((), Term((), operands, ()), sizes_of(operands, (3, 3)), (0, 1))
    assert term == Term((), ((A, (0, 1)),), ())


def test_an_identity_between_axes_of_the_value_stays() -> None:
    operands = ((sd.eye(3), (0, 1)), (x, (1,)))
    term = opened((), Term((), operands, ()), sizes_of(operands, (3, 3)), (0, 1))
    assert term == Term((), ((x, (0,)),), ((0, 1),))


def test_a_sum_with_identities_is_multiplied_out_inside_an_operand() -> None:
    """The Hessian of squared deviations: two identities, none of them under a sum."""
    f = sd.sum((X - sd.mean(X, axis=0)) ** 2) / 2
    assert [t.equal for t in terms(sd.hessian(f, X, simplify=False)) or ()] == [
        ((1, 3),),
        ((0, 2), (1, 3)),
    ]


@pytest.mark.parametrize(
    "e",
    [
        sd.einsum("->", sd.einsum("ki,ik->", A, A) + sd.Var("s")),
        sd.sum(x + sd.sum(y)),
        sd.sum(x - sd.mean(x)),
        sd.einsum("ii->i", A + B + C),
        sd.einsum("ii,i->", A + B, x),
        sd.sum(sd.broadcast_to(x, (5, 3)) * sd.broadcast_to(y, (5, 3))),
        sd.einsum("a,b,ab->", x, y, A),
        sd.einsum("ab,bc,cd,d->a", A, B, C, x),
        sd.einsum("ab,a,bc->ac", A, x, B),
        sd.einsum("ab,ab->", A, B),
        sd.einsum("ab,ba->", A, B),
        sd.einsum("ab,bc,ca->", A, B, C),
        sd.einsum("a,b,ba->a", x, y, A),
        sd.einsum("ab,c->bca", A, x),
        sd.einsum("ab,ac,ad->bcd", A, B, C),
        A @ x + B @ x - 2 * (A @ y) + x @ A.T,
        sd.einsum("ab,cb->ca", A, B) + sd.einsum("ab,bc->ca", A, C),
        sd.where(x > 0, sd.diag(y), 2 * sd.diag(z)),
        sd.where(A > 0, sd.diag(y), sd.diag(z)),
    ],
    ids=str,
)
def test_values_are_kept(e: Expr) -> None:
    point = {v: POINT.get(v, np.float64(0.7)) for v in postorder([e]) if v.op is sd.Var}
    want = sd.evaluate(e, point)
    for slope in (sd.simplify(e), sd.simplify(sd.simplify(e))):
        np.testing.assert_allclose(sd.evaluate(slope, point), want, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (A @ x + B @ x, "(A + B) @ x"),
        (A @ x + x @ B, "(A + B.T) @ x"),
        (A @ x - 2 * (A @ y) + A @ z, "A @ (x - 2*y + z)"),
        (sd.einsum("ab,cb->ca", A, B) + sd.einsum("ab,bc->ca", A, C), "(B + C.T) @ A.T"),
        (sd.einsum("ab,bc,c->a", A, B, x), "A @ (B @ x)"),
        (sd.einsum("ab,bc,cd->ad", A, B, C), "A @ B @ C"),
        (sd.einsum("a,ab,b->", x, A, y), "x @ A @ y"),
        (sd.where(x > 0, sd.diag(y), sd.diag(z)), "diag(where(x > 0, y, z))"),
        ((s * sd.outer(x, x) + sd.eye(3) / s).T, "s*x*x[:, None] + eye(3)/s"),
        ((A + B + A.T).T, "(A + B + A.T).T"),
        (sd.einsum("i,i,ij->j", x, 1 / x, A), "sum(A, axis=0)"),
        (sd.exp(sd.broadcast_to(s, (3,))) + x, "x + exp(s)"),
        (A @ (B + sd.eye(3)), "A @ (B + eye(3))"),
    ],
    ids=str,
)
def test_sums_and_matrix_forms(e: Expr, text: str) -> None:
    assert str(sd.simplify(e)) == text


@pytest.mark.parametrize("item", [0, 1, -1, -2])
def test_a_part_of_a_stack_is_stretched_as_in_the_stack(item: int) -> None:
    """The parts of a stack that is made by a derivative may have different shapes."""
    v = sd.Var("v", (1,))
    stack = make(ax.stack, (x, v), (-2,))
    for e in (stack[item], stack[item, 1:], stack[item, 2]):
        found = sd.simplify(e)
        point = {x: [1.0, 2.0, 3.0], v: [7.0]}
        given = {n: point[n] for n in postorder([found]) if n in point}
        want = np.array([[1.0, 2.0, 3.0], [7.0, 7.0, 7.0]])[item]
        want = want if e.ndim == 1 and e.size == 3 else want[1:] if e.ndim else want[2]
        np.testing.assert_array_equal(sd.evaluate(found, given), want)
        assert ax.stack not in {n.op for n in postorder([found])}


@pytest.mark.parametrize(
    ("shape", "rank", "target", "want"),
    [((16, 2), 1, 2, (16, 1, 2)), ((2,), 1, 2, (1, 2)), ((5, 4), 0, 2, (5, 4, 1, 1))],
)
def test_batch_axes_meet_batch_axes(
    shape: tuple[int, ...], rank: int, target: int, want: tuple[int, ...]
) -> None:
    """Numbers and expressions alike; a value without batch axes broadcasts as it is."""
    assert aligned_shape(shape, rank, target) == want
    kept = want if len(shape) > rank else shape
    assert aligned(np.zeros(shape), rank, target).shape == kept
    assert align(sd.Var("v", shape), rank, target).shape == kept


def test_parts_of_a_long_chain() -> None:
    """One pass, whatever the depth."""
    e = x
    for _ in range(20_000):
        e = sd.sin(e)
    (part,) = selected([e[1]])
    assert part.shape == ()
    assert [n.op for n in postorder([part])][:2] == [sd.Var, ax.index]
