"""Indexing as in NumPy: integers, slices, masks, index arrays, expressions; the adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from array_checks import arrays, axes, check_against_numpy, check_both_raise, examples, shapes
from hypothesis import given
from hypothesis import strategies as st
from test_arrays_shape import same

import symdiff as sd
from symdiff.ops import places

random = np.random.default_rng(5).normal
some = examples(40)


def indexed(index: Any, x: Any) -> None:
    same(lambda a: a[index], lambda a: a[index], x)


ITEMS = ("int", "slice", "array", "array", "mask", "none", "flag", "dots")


@st.composite
def indices(draw: Any) -> tuple[Any, Any]:
    """An array and an index: integers, slices, None, ..., masks and index arrays, mixed."""
    x = draw(arrays(shapes(1, 4, 1)))
    common = draw(shapes(max_axes=2))
    items: list[Any] = []
    k = 0
    dots = draw(st.booleans())
    while k < x.ndim and draw(st.integers(0, 5)):
        n = x.shape[k]
        kind = draw(
            st.sampled_from(("int", "slice", "array", "array", "mask", "none", "flag", "dots"))
        )
        if kind == "int":
            items.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            bound = st.none() | st.integers(-4, 4)
            items.append(slice(draw(bound), draw(bound), draw(st.sampled_from((None, 1, 2, -1)))))
        elif kind == "array":
            shape = common[draw(st.integers(0, len(common))) :]
            seed = draw(st.integers(0, 999))
            items.append(np.random.default_rng(seed).integers(-n, n, shape))
            if draw(st.booleans()):
                items[-1] = items[-1].tolist()
        elif kind == "mask":
            width = draw(st.integers(1, min(2, x.ndim - k)))
            seed = draw(st.integers(0, 999))
            items.append(np.random.default_rng(seed).random(x.shape[k : k + width]) < 0.5)
            k += width - 1
        elif kind == "none":
            items.append(None)
            continue
        elif kind == "flag":
            items.append(draw(st.booleans()))
            continue
        else:
            if dots:
                items.append(Ellipsis)
                dots = False
            continue
        k += 1
    return x, tuple(items)


@examples(300)
@given(indices())
def test_any_index_gives_what_numpy_gives(drawn: Any) -> None:
    x, at = drawn
    try:
        want = x[at]
    except IndexError:
        check_both_raise(lambda a: a[at], lambda a: a[at], [x])
        return
    node = sd.Var("x", x.shape)[at]
    assert node.shape == want.shape
    for got in (sd.evaluate(node, x=x), sd.compile(node, sd.Var("x", x.shape))(x)):
        np.testing.assert_array_equal(got, want)


@examples(30)
@given(indices())
def test_derivatives_of_any_index(drawn: Any) -> None:
    x, at = drawn
    indexed(at, x)


def test_basic_and_advanced_forms() -> None:
    x = random(size=(3, 4, 2))
    rows, columns = np.array([2, 0, 2]), np.array([[1], [-1]])
    for at in (
        0, -1, (0, 1), slice(1, None), (..., 0), (None, 0), [], [0], [0, 0, 0, 2], rows, columns,
        (rows, columns), (0, rows % 4), (slice(None), rows), (rows, slice(None), [0, 1, 1]),
        (rows, None, [0, 1, 1]), (slice(None), rows, [0, 1, 1]), (0, slice(None), rows % 2),
        (..., [0, 1]), ([0, 1], ...), (rows, ..., [0]), (slice(2), rows, 1), (rows, 1, slice(None)),
        (rows, 1, 1), x > 0, x[..., 0] > 0, (slice(None), [True, False, True, True]), True, False,
        np.array(1), (np.array(1), rows), np.uint8([2, 1]), np.array(True), (True, rows), range(2),
        (slice(None, None, -2), columns), (Ellipsis, rows % 2, slice(None)),
    ):  # fmt: skip
        indexed(at, x)


def test_wrong_indices_raise_with_the_shape() -> None:
    x = random(size=(3, 4))
    for at in (
        3, -4, [3], [0, -4], (0, [4]), (0, 0, 0), ([0], [1], [2]), [True, False],
        np.ones((3, 3), bool), ([0, 1], [0, 1, 2]), [0.5], 0.5, "a", (..., ...), np.zeros(0),
        slice(0.5, 1), (slice(None, None, 0),), [[0, 1], [5, 0]],
    ):  # fmt: skip
        error = check_both_raise(lambda a, at=at: a[at], lambda a, at=at: a[at], [x])
        if isinstance(error, sd.ShapeError):
            assert "(3, 4)" in str(error) or "(3,)" in str(error)


def test_an_index_that_is_an_expression() -> None:
    x, i, j = random(size=(4, 3)), np.array([3, -1, 0]), np.array([[2], [0]])
    same(lambda a, k: a[k], lambda a, k: a[k], x, i)
    same(lambda a, k: a[:, k % 3], lambda a, k: a[:, k % 3], x, i)
    same(lambda a, k, m: a[k, m], lambda a, k, m: a[k, m], x, i, j)
    same(lambda a, k: a[k, [0, 1, 1]], lambda a, k: a[k, [0, 1, 1]], x, i)
    same(lambda a, k: a[k, 1], lambda a, k: a[k, 1], x, i)
    same(lambda a, k: a[k + 1], lambda a, k: a[k + 1], x, np.array(1))
    same(lambda a, k: a[1, k], lambda a, k: a[1, k], x, np.array(1))
    same(lambda a, k: a[[[k[0], 1], [0, k[1]]]],
         lambda a, k: a[[[k[0], 1], [0, k[1]]]], x, i)  # fmt: skip
    same(lambda a, k, m: a[k, None, m], lambda a, k, m: a[k, None, m], x, i, j)


def test_batches_of_indices() -> None:
    """An index with batch axes takes other places in every member of the batch."""
    x, i, j = sd.Var("x", (4, 3)), sd.Var("i", (2,), kind="int"), sd.Var("j", (2,), kind="int")
    at = {"x": random(size=(5, 4, 3)), "i": np.arange(10).reshape(5, 2) % 4 - 2}
    both = {**at, "j": np.arange(10).reshape(5, 2) % 3}
    for build, values in (
        (lambda a, i, j: a[i], at),
        (lambda a, i, j: a[:, i % 3], at),
        (lambda a, i, j: a[i, j], both),
        (lambda a, i, j: a[i, :, None][..., j % 1], both),
    ):  # fmt: skip
        f = build(x, i, j)
        loss = sd.sum(f**3)
        got = sd.evaluate([f, sd.grad(loss, x)], values)
        for k in range(5):
            one = {name: a[k] for name, a in values.items()}
            one = sd.evaluate([f, sd.grad(loss, x)], one)
            np.testing.assert_array_equal(got[0][k], one[0])
            np.testing.assert_array_equal(got[1][k], one[1])
        shared = {**values, "x": values["x"][0]}
        np.testing.assert_array_equal(
            sd.evaluate(f, shared)[3], sd.evaluate(f, {**{k: a[3] for k, a in values.items()},
                                                       "x": shared["x"]}))  # fmt: skip
        np.testing.assert_array_equal(
            sd.evaluate(sd.grad(loss, x), shared)[3],
            sd.evaluate(sd.grad(loss, x), {**{k: a[3] for k, a in values.items()},
                                           "x": shared["x"]}))  # fmt: skip


def test_no_index() -> None:
    x = sd.Var("x", (4,))
    with pytest.raises(sd.KindError, match="kind='int'"):
        x[sd.Var("t")]
    with pytest.raises(sd.ConversionError, match=r"sd\.where"):
        x[x > 0]
    with pytest.raises(sd.ConversionError, match="index is made of"):
        x[{}]
    with pytest.raises(IndexError, match="4"):
        sd.evaluate(x[sd.Var("i", (1,), kind="int")], x=np.ones(4), i=[4])
    i = sd.Var("i", (1,), kind="int")
    with pytest.raises(IndexError, match="size 4"):
        sd.evaluate(sd.grad(sd.sum(x[i]), x), i=[4])


def test_no_derivative_flows_to_an_index() -> None:
    x, i = sd.Var("x", (4,)), sd.Var("i", (2,), kind="int")
    for mode in ("forward", "reverse"):
        assert not sd.evaluate(sd.jacobian(x[i], i, mode=mode)).any()
    assert not sd.evaluate(sd.jacobian(sd.take_along_axis(x, i), i)).any()


@examples(25)
@given(arrays(shapes(1, 3, 1)), st.data())
def test_take(x: Any, data: Any) -> None:
    axis = data.draw(axes(x.ndim, single=True))
    shape = data.draw(shapes(max_axes=2))
    n = x.shape[axis]
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    inside, anywhere = rng.integers(-n, n, shape), rng.integers(-9, 9, shape)
    same(lambda a: sd.take(a, inside, axis), lambda a: np.take(a, inside, axis), x)
    same(lambda a, i: sd.take(a, i, axis), lambda a, i: np.take(a, i, axis), x, inside)
    flat = rng.integers(-x.size, x.size, shape)
    same(lambda a: sd.take(a, flat), lambda a: np.take(a, flat), x)
    for mode in ("wrap", "clip"):
        same(lambda a, mode=mode: sd.take(a, anywhere, axis, mode=mode),
             lambda a, mode=mode: np.take(a, anywhere, axis, mode=mode), x)  # fmt: skip
        same(lambda a, i, mode=mode: sd.take(a, i, axis, mode=mode),
             lambda a, i, mode=mode: np.take(a, i, axis, mode=mode), x, anywhere)  # fmt: skip


def test_take_refuses() -> None:
    x = sd.Var("x", (3,))
    with pytest.raises(sd.ConversionError, match="'wrap'"):
        sd.take(x, [0], mode="nowhere")
    with pytest.raises(sd.ShapeError, match="index 0"):
        sd.take(sd.Var("e", (0,)), [0], mode="wrap")
    with pytest.raises(sd.KindError):
        sd.take(x, [0.5])


@examples(25)
@given(arrays(shapes(1, 3, 1)), st.data())
def test_take_along_axis(x: Any, data: Any) -> None:
    axis = data.draw(axes(x.ndim, single=True))
    at, n = axis % x.ndim, x.shape[axis]
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    shape = tuple(m if data.draw(st.booleans()) else 1 for m in x.shape)
    shape = (*shape[:at], data.draw(st.integers(0, 4)), *shape[at + 1 :])
    index = rng.integers(-n, n, shape)
    same(lambda a: sd.take_along_axis(a, index, axis),
         lambda a: np.take_along_axis(a, index, axis), x)  # fmt: skip
    same(lambda a, i: sd.take_along_axis(a, i, axis),
         lambda a, i: np.take_along_axis(a, i, axis), x, index)  # fmt: skip
    order = np.argsort(x, axis=None)
    same(lambda a: sd.take_along_axis(a, order, None),
         lambda a: np.take_along_axis(a, order, None), x)  # fmt: skip


def test_take_along_axis_refuses() -> None:
    x = random(size=(2, 3))
    for index in ([[3]], [0], [[0], [0], [0]], [[True]], [[0.5]]):
        check_both_raise(lambda a, i=index: sd.take_along_axis(a, i, 1),
                         lambda a, i=index: np.take_along_axis(a, np.array(i), 1), [x])  # fmt: skip


# -- adding at places ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.int64])
@pytest.mark.parametrize("count", [0, 1, 7, 3000])
def test_places_that_repeat_add_up(dtype: Any, count: int) -> None:
    """Against a loop, for few elements and many, of every type, before and behind the index."""
    rng = np.random.default_rng(count)
    for before, after in (((), ()), ((), (3,)), ((2,), ()), ((2, 1), (3,)), ((0,), (2,))):
        x = rng.integers(-9, 9, (*before, count, *after)).astype(dtype)
        i, j = rng.integers(-4, 4, count), rng.integers(-5, 5, count)
        axis = -1 - len(after)
        rank = len(before) + len(after)
        one = places.np_scatter_add(
            x, i, axis=axis, rank=rank + 1, index_rank=1, sizes=(4,))  # fmt: skip
        want = np.zeros((*before, 4, *after), dtype)
        np.add.at(want, (*[slice(None)] * len(before), i), x)
        assert one.dtype == dtype
        np.testing.assert_array_equal(one, want)
        two = places.np_scatter_add(
            x, i, j, axis=axis - 1, rank=rank + 2, index_rank=1, sizes=(4, 5))  # fmt: skip
        want = np.zeros((*before, 4, 5, *after), dtype)
        np.add.at(want, (*[slice(None)] * len(before), i, j), x)
        np.testing.assert_array_equal(two, want)


def test_complex_inputs_keep_their_imaginary_part() -> None:
    x = sd.Var("x", (3,))
    g = sd.compile(sd.grad(sd.sum(x[[0, 0, 2]] ** 2), x), x)
    np.testing.assert_allclose(g(np.array([1j, 1, 2 + 1j])), [4j, 0, 4 + 2j])


def test_the_gradient_is_one_scatter() -> None:
    """Row gathering of a large matrix: no dense one-hot matrix, an index is held once."""
    X = sd.Var("X", (1000, 4))
    rows = np.arange(2000) % 1000
    g = sd.grad(sd.sum(X[rows] ** 2), X)
    names = [n.op.name for n in sd.walk.postorder([g])]
    assert names.count("scatter_add") == 1
    assert names.count("const") <= 2 + 1
    values = random(size=(1000, 4))
    np.testing.assert_allclose(sd.compile(g, X)(values), 4 * values)


def test_single_case_with_harness() -> None:
    check_against_numpy(lambda a: a[[0, 0, 1]] ** 2, lambda a: a[[0, 0, 1]] ** 2, [random(size=2)])


def test_an_untaken_branch_stays_out_of_what_is_scattered() -> None:
    x, i = sd.Var("x", (4,)), sd.Var("i", (2,), kind="int")
    for part in (lambda v: v[[0, 2]], lambda v: v[i], lambda v: sd.take_along_axis(v, [0, 2])):
        f = sd.sum(sd.where(part(x) > 0, part(sd.sqrt(x)), 0.0))
        used = {"i": [0, 2]} if part(x).op.name == "gather" and i in part(x).args else {}
        got = sd.evaluate(sd.grad(f, x), x=[4.0, -1.0, 0.0, -2.0], **used)
        assert got.tolist() == [0.25, 0, 0, 0]
