"""einsum, tensordot, dot, kron and the other products of arrays: as NumPy, for all ranks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_checks import (
    arrays,
    broadcastable,
    check_against_numpy,
    check_both_raise,
    examples,
    shapes,
)
from hypothesis import given
from hypothesis import strategies as st
from test_arrays_shape import same

import symdiff as sd

random = np.random.default_rng(7).normal
few = examples(20)


def like_numpy(name: str, *values: Any, **kwargs: Any) -> None:
    ours, theirs = getattr(sd, name), getattr(np, name)
    analytic = name not in ("vdot", "vecdot")  # these conjugate
    same(lambda *xs: ours(*xs, **kwargs), lambda *xs: theirs(*xs, **kwargs), *values,
         analytic=analytic)  # fmt: skip


def einsum(subscripts: str, *values: Any) -> None:
    same(lambda *xs: sd.einsum(subscripts, *xs), lambda *xs: np.einsum(subscripts, *xs), *values)


# -- einsum --------------------------------------------------------------------------------------

GRAMMAR = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("kj,ij", (2, 3), (4, 3)),
    ("ba,bc", (2, 3), (2, 4)),
    ("Ba,aB", (2, 3), (3, 2)),
    ("aB", (2, 3)),
    (" i j , j k -> k i ", (2, 3), (3, 4)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->ij", (3, 3, 2)),
    ("iji->j", (3, 2, 3)),
    ("ii,i->i", (3, 3), (3,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("i,j->ij", (2,), (3,)),
    ("i,->i", (3,), ()),
    (",", (), ()),
    ("", ()),
    ("->", ()),
    ("i,i,i->", (3,), (3,), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 2), (2, 4), (4, 1)),
    ("i,j,k", (2,), (3,), (2,)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    ("...ij,jk", (2, 2, 3), (3, 2)),
    ("...", (2, 3)),
    ("...->...", (2, 3)),
    ("...i->i...", (2, 3, 4)),
    ("i...->...", (2, 3, 4)),
    ("i...,...", (2, 3), ()),
    ("i...j,j", (2, 3, 4), (4,)),
    ("...a,...b->ab...", (2, 3), (2, 2)),
    ("i...i->...", (3, 2, 3)),
    ("...,...", (2, 3), (3,)),
    ("ij...->ji...", (2, 3)),
    ("ij,jk->ik", (2, 0), (0, 3)),
    ("ij,jk->ik", (0, 2), (2, 3)),
    ("ij,jk->ik", (2, 1), (3, 2)),
    ("ij,ij->ij", (2, 1), (1, 3)),
    ("ij,j->i", (1, 1), (3,)),
]
REFUSED = [
    ("ij,jk->ik", (2, 3), (2, 3)),
    ("ij", (2,)),
    ("i", (2, 3)),
    ("ij,jk", (2, 3)),
    ("ij", (2, 3), (3, 4)),
    ("ij->k", (2, 3)),
    ("ij->ii", (2, 3)),
    ("ii", (2, 3)),
    ("i->i->i", (2,)),
    ("i-j", (2,)),
    ("i>j", (2,)),
    ("i1", (2, 3)),
    ("i$", (2, 3)),
    ("......i", (2, 3)),
    ("..i", (2, 3)),
    ("...i...", (2, 3)),
    ("...i->i", (2, 3)),
    ("ijk...", (2, 3)),
    ("i,i", (2,), (3,)),
    ("...i,...i", (2, 3), (3, 3)),
    ("", (2,)),
    ("i.->i", (2,)),
]


@pytest.mark.parametrize(("subscripts", "found"), [(s, f) for s, *f in GRAMMAR])
def test_the_grammar_of_einsum(subscripts: str, found: Any) -> None:
    values = [random(size=shape) for shape in found]
    check_against_numpy(
        lambda *xs: sd.einsum(subscripts, *xs), lambda *xs: np.einsum(subscripts, *xs), values
    )


@pytest.mark.parametrize(("subscripts", "found"), [(s, f) for s, *f in REFUSED])
def test_einsum_refuses_what_numpy_refuses(subscripts: str, found: Any) -> None:
    values = [random(size=shape) for shape in found]
    error = check_both_raise(
        lambda *xs: sd.einsum(subscripts, *xs), lambda *xs: np.einsum(subscripts, *xs), values
    )
    assert isinstance(error, sd.ShapeError)
    for shape in found:
        assert str(shape) in str(error)
    assert subscripts.strip("->")[:2] in str(error)


def test_einsum_with_lists_of_integers() -> None:
    a, b = random(size=(2, 3)), random(size=(3, 4))
    for args in (
        lambda x, y: (x, [0, 1], y, [1, 2]),
        lambda x, y: (x, [0, 1], y, [1, 2], [2, 0]),
        lambda x, y: (x, [30, 1], y, [1, 2]),
        lambda x, y: (x, [Ellipsis, 1], y, [1, 2]),
        lambda x, y: (x, [Ellipsis, 1], y, [1, 2], [2, Ellipsis]),
    ):
        same(lambda x, y, args=args: sd.einsum(*args(x, y)),
             lambda x, y, args=args: np.einsum(*args(x, y)), a, b)  # fmt: skip
    for bad in ((a, [0, 1], b), (a, [0, 52]), (a, 3), (a, [0, -1])):
        with pytest.raises(sd.SymdiffError):
            sd.einsum(*[sd.Const(v) if v is a or v is b else v for v in bad])
    with pytest.raises(sd.ShapeError):
        sd.einsum("")


def test_einsum_ignores_optimize_and_keeps_the_letters() -> None:
    A = sd.Var("A", (2, 3))
    node = sd.einsum("pq,rq->pr", A, A, optimize="greedy")
    assert node.params == ("pq,rq->pr",)


@st.composite
def contractions(draw: Any) -> tuple[str, list[Any]]:
    """Subscripts over a few letters, with repeated and omitted ones, and fitting arrays."""
    sizes = {c: draw(st.integers(0, 3)) for c in "abcd"}
    words = draw(st.lists(st.text("abcd", max_size=3), min_size=1, max_size=3))
    used = sorted(set("".join(words)))
    output = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
    text = ",".join(words) + draw(st.sampled_from(("", "->" + "".join(output))))
    return text, [random(size=[sizes[c] for c in word]) for word in words]


@examples(40)
@given(contractions())
def test_random_contractions(drawn: Any) -> None:
    subscripts, values = drawn
    einsum(subscripts, *values)


# -- two operands of all ranks -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dot", "inner", "outer", "kron", "vdot", "vecdot", "matmul"])
@few
@given(shapes(max_axes=3), shapes(max_axes=3))
def test_any_two_shapes_fit_or_raise(name: str, one: Any, other: Any) -> None:
    like_numpy(name, random(size=one), random(size=other))


@pytest.mark.parametrize("name", ["dot", "inner", "kron", "matmul", "vecdot"])
@pytest.mark.parametrize(
    "ranks", [(1, 1), (2, 1), (1, 2), (2, 2), (3, 1), (1, 3), (3, 2), (2, 3), (3, 3)]
)
def test_two_shapes_that_fit(name: str, ranks: tuple[int, int]) -> None:
    n, m = ranks
    one, other = (2, 4, 3)[-n:], (2, 3, 4)[-m:] if name in ("dot", "matmul") else (2, 4, 3)[-m:]
    other = (3,) if m == 1 else other
    like_numpy(name, random(size=one), random(size=other))


@few
@given(st.integers(0, 3), shapes(max_axes=2), shapes(max_axes=2), st.data())
def test_tensordot(count: int, before: Any, after: Any, data: Any) -> None:
    shared = data.draw(shapes(count, count))
    a, b = random(size=before + shared), random(size=shared + after)
    like_numpy("tensordot", a, b, axes=count)
    left = data.draw(st.permutations(range(len(before), a.ndim)))
    right = [axis - len(before) for axis in left]
    like_numpy("tensordot", a, b, axes=(left, right))
    like_numpy("tensordot", a, b, axes=([axis - a.ndim for axis in left], right))


def test_tensordot_refuses() -> None:
    a, b = random(size=(2, 3)), random(size=(4, 3))
    for axes in (1, 3, (0, 1), ([0, 1], [0]), (5, 0), (0, 5)):
        check_both_raise(lambda x, y, axes=axes: sd.tensordot(x, y, axes),
                         lambda x, y, axes=axes: np.tensordot(x, y, axes), [a, b])  # fmt: skip
    for axes in (-1, ([1, 1], [1, 1])):
        with pytest.raises(sd.ShapeError, match="tensordot"):
            sd.tensordot(a, b, axes)
    like_numpy("tensordot", a, b, axes=(1, 1))


def test_vecdot_along_an_axis() -> None:
    a, b = random(size=(3, 2, 4)), random(size=(3, 1, 4))
    like_numpy("vecdot", a, b, axis=0)
    like_numpy("vecdot", a, b, axis=-1)
    like_numpy("vecdot", a, b, axis=1)
    like_numpy("vecdot", a, random(size=(2, 4)), axis=-1)


@few
@given(broadcastable(2, 2))
def test_cross(pair: Any) -> None:
    a, b = [random(size=(*x.shape, 3)) for x in pair]
    like_numpy("cross", a, b)
    like_numpy("cross", a, b, axisc=0)
    a, b = [random(size=(3, *x.shape)) for x in pair]
    if a.ndim == b.ndim:
        like_numpy("cross", a, b, axis=0)
        like_numpy("cross", a, np.moveaxis(b, 0, -1), axisa=0)


def test_cross_refuses() -> None:
    for one, other in (((2, 4), (2, 4)), ((), (3,)), ((2, 3), (4, 3)), ((3,), (4,))):
        like_numpy("cross", random(size=one), random(size=other))


def test_trace_and_multi_dot() -> None:
    x = random(size=(3, 4, 2))
    for args in ((), (1,), (-1, 0, 2), (7,), (0, -1, 0)):
        same(lambda a, args=args: sd.trace(a, *args), lambda a, args=args: np.trace(a, *args), x)
    check_both_raise(sd.trace, np.trace, [x[0, 0]])
    ranks: list[Callable[[], list[Any]]] = [
        lambda: [random(size=(2, 3)), random(size=(3, 4)), random(size=(4, 2))],
        lambda: [random(size=3), random(size=(3, 4)), random(size=4)],
        lambda: [
            random(size=(2, 3)),
            random(size=(3, 4)),
            random(size=(4, 1)),
            random(size=(1, 2)),
        ],
        lambda: [random(size=(2, 3)), random(size=(4, 4)), random(size=(4, 2))],
        lambda: [random(size=(2, 3))],
        lambda: [random(size=(2, 3)), random(size=3), random(size=(3, 2))],
    ]
    for make in ranks:
        same(lambda *xs: sd.multi_dot(xs), lambda *xs: np.linalg.multi_dot(xs), *make())
    with pytest.raises(sd.ShapeError, match="matrices or vectors"):
        sd.multi_dot([random(size=(2, 2, 2)), random(size=(2, 2))])


@few
@given(arrays(shapes(2, 3)), st.integers(-3, 3))
def test_trace_of_any_matrix(x: Any, offset: int) -> None:
    like_numpy("trace", x, offset=offset)
