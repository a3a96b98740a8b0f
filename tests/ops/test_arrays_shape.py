"""Axes, joining, splitting, padding, triangles and diagonals, and arrays from nothing: as NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_checks import (
    arrays,
    axes,
    check_against_numpy,
    check_both_raise,
    examples,
    shapes,
)
from hypothesis import given
from hypothesis import strategies as st

import symdiff as sd

random = np.random.default_rng(3).normal
few = examples(12)


def same(
    build: Callable[..., Any], numpy_function: Callable[..., Any], *values: Any, **how: Any
) -> None:
    """The same value and derivatives as NumPy, or an error where NumPy raises."""
    try:
        numpy_function(*values)
    except (ValueError, TypeError, IndexError):
        check_both_raise(build, numpy_function, values)
        return
    check_against_numpy(build, numpy_function, values, **how)


def both(name: str, *args: Any, **kwargs: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The function of that name, ours and NumPy's, on an array with further arguments."""
    ours, theirs = getattr(sd, name), getattr(np, name)
    return lambda x: ours(x, *args, **kwargs), lambda x: theirs(x, *args, **kwargs)


@st.composite
def array_and_axes(draw: Any, count: int, min_axes: int = 0) -> tuple[Any, list[int]]:
    """An array with ``count`` axis arguments, a few of them out of range."""
    x = draw(arrays(shapes(min_axes)))
    return x, [draw(st.integers(-x.ndim - 1, x.ndim)) for _ in range(count)]


# -- axes ----------------------------------------------------------------------------------------


@few
@given(array_and_axes(2))
def test_swapaxes_and_moveaxis_of_one(drawn: Any) -> None:
    x, (one, other) = drawn
    same(*both("swapaxes", one, other), x)
    same(*both("moveaxis", one, other), x)


@few
@given(arrays(), st.data())
def test_transpose_and_moveaxis_of_several(x: Any, data: Any) -> None:
    order = data.draw(st.permutations(range(x.ndim)))
    same(*both("transpose", order), x)
    same(lambda a: sd.permute_dims(a, order), lambda a: np.transpose(a, order), x)
    k = data.draw(st.integers(0, x.ndim))
    source = [a - x.ndim * data.draw(st.booleans()) for a in order[:k]]
    same(*both("moveaxis", source, data.draw(st.permutations(range(x.ndim)))[:k]), x)


@few
@given(arrays())
def test_matrix_transpose_ravel_squeeze(x: Any) -> None:
    for name in ("matrix_transpose", "ravel", "squeeze", "flip", "atleast_1d", "atleast_2d"):
        same(*both(name), x)
    same(*both("atleast_3d"), x)
    same(sd.flatten, lambda a: a.flatten(), x)


@few
@given(arrays(shapes(1)), st.data())
def test_squeeze_flip_and_expand_dims_along_axes(x: Any, data: Any) -> None:
    along = data.draw(axes(x.ndim))
    same(*both("squeeze", along), x)
    same(*both("flip", along), x)
    new = data.draw(axes(x.ndim + 1, single=True))
    same(*both("expand_dims", new), x)
    same(*both("expand_dims", (0, -1)), x)


def test_axes_out_of_range_and_twice() -> None:
    x = random(size=(2, 3))
    for name, *args in (
        ("swapaxes", 0, 2), ("moveaxis", 0, 5), ("moveaxis", (0, 0), (0, 1)),
        ("moveaxis", (0, 1), (0,)), ("transpose", (0, 0)), ("transpose", (0,)),
        ("squeeze", 0), ("squeeze", 2), ("expand_dims", 4), ("expand_dims", (0, 0)),
        ("flip", 2), ("flip", (0, 0)), ("roll", 1, 2), ("roll", (1, 2, 3), (0, 1)),
        ("repeat", -1), ("repeat", [1, 2, 3], 0), ("repeat", 2, 2), ("tile", -1),
        ("split", 4), ("split", 2, 1), ("array_split", 0), ("unstack",), ("diagonal", 0, 1, 1),
        ("reshape", (4, 2)), ("reshape", (-2, -3)), ("reshape", (-1, -1)), ("reshape", (4, -1)),
        ("broadcast_to", (3, 3)), ("broadcast_to", (3,)), ("broadcast_to", (-1, 3)),
        ("pad", -1), ("pad", ((1, 2), (1, 2), (1, 2))), ("pad", [[1, 2, 3]]), ("pad", 1, "nothing"),
        ("take", 6), ("take", [0, -4], 1), ("take", 0, 2),
    ):  # fmt: skip
        if name != "unstack":
            error = check_both_raise(*both(name, *args), [x])
            named = "(2, 3)" in str(error) or (name, *args) == ("roll", (1, 2, 3), (0, 1))
            assert named or isinstance(error, (sd.ConversionError, sd.KindError))
    check_both_raise(*both("matrix_transpose"), [x[0]])
    check_both_raise(*both("diag"), [np.ones((1, 1, 1))])
    check_both_raise(*both("diagonal"), [x[0]])
    check_both_raise(*both("tril"), [np.ones(())])


# -- repeating and rolling -----------------------------------------------------------------------


@few
@given(arrays(shapes(max_axes=3)), st.lists(st.integers(0, 3), max_size=4))
def test_tile(x: Any, reps: list[int]) -> None:
    same(*both("tile", tuple(reps)), x)
    same(*both("tile", 2), x)


@few
@given(arrays(shapes(1, 3)), st.data())
def test_repeat(x: Any, data: Any) -> None:
    axis = data.draw(axes(x.ndim, single=True))
    times = data.draw(st.integers(0, 3))
    same(*both("repeat", times, axis), x)
    same(*both("repeat", times), x)
    same(*both("repeat", [times], axis), x)
    n = x.shape[axis]
    counts = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    same(*both("repeat", counts, axis), x)


@few
@given(arrays(shapes(1, 3)), st.data())
def test_roll(x: Any, data: Any) -> None:
    shift = data.draw(st.integers(-5, 5))
    along = data.draw(axes(x.ndim))
    same(*both("roll", shift, along), x)
    same(*both("roll", (shift, 1), (0, -1)), x)
    same(*both("roll", (shift, 1, 2)), x)
    same(*both("roll", (shift, 1), 0), x)


# -- joining and splitting -----------------------------------------------------------------------


@st.composite
def joinable(draw: Any, min_axes: int = 1) -> tuple[list[Any], int]:
    """Arrays that are equal but along an axis."""
    shape = draw(shapes(min_axes, 3))
    axis = draw(axes(len(shape), single=True)) or 0
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    at = axis % max(len(shape), 1)
    return [random(size=(*shape[:at], n, *shape[at + 1 :])) for n in sizes], axis


@few
@given(joinable())
def test_concatenate(drawn: Any) -> None:
    parts, axis = drawn
    for name in ("concatenate", "concat"):
        ours = getattr(sd, name)
        same(lambda *xs, f=ours: f(xs, axis), lambda *xs: np.concatenate(xs, axis), *parts)
    same(lambda *xs: sd.concatenate(xs, None), lambda *xs: np.concatenate(xs, None), *parts)


@few
@given(st.lists(shapes(max_axes=3, min_side=1), min_size=1, max_size=3))
def test_stacking_of_any_shapes_fits_or_raises_as_in_numpy(found: list[Any]) -> None:
    parts = [random(size=shape) for shape in found]
    for name in ("hstack", "vstack", "dstack", "column_stack", "concatenate", "stack"):
        ours, theirs = getattr(sd, name), getattr(np, name)
        same(lambda *xs, f=ours: f(xs), lambda *xs, f=theirs: f(xs), *parts)


@few
@given(st.integers(1, 3), shapes(max_axes=3))
def test_stacking_of_equal_shapes(count: int, shape: Any) -> None:
    parts = [random(size=shape) for _ in range(count)]
    for name in ("hstack", "vstack", "dstack", "column_stack"):
        ours, theirs = getattr(sd, name), getattr(np, name)
        same(lambda *xs, f=ours: f(xs), lambda *xs, f=theirs: f(xs), *parts)


def test_nothing_to_join() -> None:
    for name in ("hstack", "vstack", "dstack", "column_stack", "concatenate", "stack"):
        with pytest.raises(sd.ShapeError, match="at least one"):
            getattr(sd, name)([])


def test_kinds_join() -> None:
    x, n = sd.Var("x", (2,)), sd.Var("n", (2,), kind="int")
    assert sd.concatenate([x, n]).kind == "real"
    assert sd.evaluate(sd.concatenate([x, n]), x=[0.5, 1.5], n=[1, 2]).tolist() == [0.5, 1.5, 1, 2]
    assert sd.concatenate([n, np.array([True])]).kind == "int"
    assert sd.evaluate(sd.concatenate([n, np.array([True])]), n=[3, 4]).tolist() == [3, 4, 1]


@few
@given(arrays(shapes(1, 3)), st.data())
def test_splitting(x: Any, data: Any) -> None:
    axis = data.draw(axes(x.ndim, single=True))
    count = data.draw(st.integers(1, 4))
    cuts = data.draw(st.lists(st.integers(-4, 4), max_size=3))
    for name, given_ in (("array_split", count), ("split", count), ("split", cuts)):
        ours, theirs = both(name, given_, axis)
        try:
            parts = theirs(x)
        except ValueError:
            check_both_raise(ours, theirs, [x])
            continue
        assert len(ours(sd.Var("x", x.shape))) == len(parts)
        for k in range(len(parts)):
            same(lambda a, k=k, f=ours: f(a)[k], lambda a, k=k, f=theirs: f(a)[k], x)


def test_unstack() -> None:
    x = random(size=(2, 3, 2))
    for axis in (0, 1, -1):
        parts = sd.unstack(sd.Var("x", x.shape), axis)
        assert len(parts) == x.shape[axis]
        for k in range(len(parts)):
            same(lambda a, k=k, axis=axis: sd.unstack(a, axis)[k],
                 lambda a, k=k, axis=axis: np.moveaxis(a, axis, 0)[k], x)  # fmt: skip
    with pytest.raises(sd.ShapeError, match="axis"):
        sd.unstack(sd.Var("s"))


@few
@given(st.lists(shapes(max_axes=2, min_side=1), min_size=1, max_size=3))
def test_broadcast_arrays_and_meshgrid(found: list[Any]) -> None:
    parts = [random(size=shape) for shape in found]
    for k in range(len(parts)):
        same(lambda *xs, k=k: sd.broadcast_arrays(*xs)[k],
             lambda *xs, k=k: np.broadcast_arrays(*xs)[k], *parts)  # fmt: skip
        vectors = [p.ravel() for p in parts]
        for how in ({}, {"indexing": "ij"}, {"sparse": True}):
            same(lambda *xs, k=k, how=how: sd.meshgrid(*xs, **how)[k],
                 lambda *xs, k=k, how=how: np.meshgrid(*xs, **how)[k], *vectors)  # fmt: skip
    assert sd.meshgrid() == ()
    with pytest.raises(sd.ConversionError, match="'ij'"):
        sd.meshgrid(parts[0], indexing="yx")


# -- padding -------------------------------------------------------------------------------------

MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@few
@given(arrays(shapes(1, 3)), st.data())
def test_pad(x: Any, data: Any) -> None:
    pair = st.tuples(st.integers(0, 4), st.integers(0, 4))
    widths = data.draw(st.lists(pair, min_size=x.ndim, max_size=x.ndim))
    for mode in MODES:
        same(*both("pad", widths, mode), x)
        same(*both("pad", data.draw(st.integers(0, 2)), mode), x)
    same(*both("pad", widths, constant_values=2.5), x)
    same(*both("pad", (1, 2), constant_values=(2.5, 0.0)), x)
    values = [(k + 0.5, -1.0) for k in range(x.ndim)]
    same(*both("pad", widths, constant_values=values), x)


def test_pad_with_expressions() -> None:
    same(lambda x, c: sd.pad(x, 1, constant_values=c[0] * c[1]),
         lambda x, c: np.where(np.pad(np.ones((2, 3)), 1) > 0, np.pad(x, 1), c[0] * c[1]),
         random(size=(2, 3)), random(size=2))  # fmt: skip
    same(lambda x, c: sd.pad(x, (1, 2), constant_values=(c[0], c[1])),
         lambda x, c: np.concatenate([[c[0]], x, [c[1], c[1]]]),
         random(size=3), random(size=2))  # fmt: skip


def test_no_margin_is_no_operation() -> None:
    x = sd.Var("x", (2, 3))
    assert sd.pad(x, 0) is x
    assert sd.roll(x, 0, 0) is x


# -- triangles and diagonals ---------------------------------------------------------------------


@few
@given(arrays(shapes(2)), st.integers(-4, 4))
def test_triangles_and_diagonals(x: Any, k: int) -> None:
    for name in ("tril", "triu", "diagonal"):
        same(*both(name, k), x)
    same(*both("diagonal", k, -1, 0), x)
    same(*both("trace", k), x)
    same(*both("trace", k, 1, 0), x)


@few
@given(arrays(shapes(max_axes=2)), st.integers(-4, 4))
def test_diag_both_ways(x: Any, k: int) -> None:
    same(*both("diag", k), x)
    same(*both("diagflat", k), x)


def test_where_with_arrays() -> None:
    x, y = random(size=(2, 3)), random(size=3)
    mask = random(size=(4, 2, 3)) > 0
    same(lambda a, b: sd.where(mask, a, b), lambda a, b: np.where(mask, a, b), x, y)
    same(lambda a, b: sd.where(a > 0, b, a), lambda a, b: np.where(a.real > 0, b, a), x, y)


# -- arrays from nothing -------------------------------------------------------------------------

CREATED: dict[str, tuple[Any, ...]] = {
    "zeros": ((), 3, (2, 0, 3), [2, 3]),
    "ones": ((), 3, (2, 0, 3), [2, 3]),
    "identity": (0, 1, 3),
}


@pytest.mark.parametrize("name", CREATED)
def test_created(name: str) -> None:
    for argument in CREATED[name]:
        for dtype in ((), (int,), (bool,), ("float64",)) if name != "identity" else ((),):
            agrees(getattr(sd, name)(argument, *dtype), getattr(np, name)(argument, *dtype))


def agrees(node: sd.Expr, want: Any) -> None:
    """The same value and kind, evaluated and compiled."""
    want = np.asarray(want)
    for got in map(np.asarray, (sd.evaluate(node), sd.compile(node, [])())):
        assert got.shape == want.shape == node.shape
        assert got.dtype.kind == want.dtype.kind, (node, got.dtype, want.dtype)
        np.testing.assert_array_equal(got, want)
    assert node.kind == {"f": "real", "i": "int", "b": "bool"}[want.dtype.kind]


def test_full_and_likes() -> None:
    for value in (2, 2.5, True, [1, 2], np.array([0.5, 1.5])):
        agrees(sd.full((3, 2), value), np.full((3, 2), value))
        agrees(sd.full((3, 2), value, int), np.full((3, 2), value, int))
        for kind, zero in (("real", 0.0), ("int", 0), ("bool", False)):
            like = np.full((3, 2), zero)
            x = sd.Var("x", (3, 2), kind=kind)  # type: ignore[arg-type]
            agrees(sd.full_like(x, value), np.full_like(like, value))
            agrees(sd.zeros_like(x), np.zeros_like(like))
            agrees(sd.ones_like(x), np.ones_like(like))
            agrees(sd.ones_like(x, float), np.ones_like(like, float))
    same(lambda x: sd.full((2, 3), x[0]), lambda x: np.stack([[x[0]] * 3] * 2), random(size=2))
    with pytest.raises(sd.ShapeError, match=r"\(3,\) and \(2,\)"):
        sd.full(2, [1, 2, 3])
    with pytest.raises(sd.ShapeError, match="negative"):
        sd.zeros((2, -1))
    with pytest.raises(sd.KindError, match="dtype"):
        sd.zeros(2, complex)
    with pytest.raises(sd.KindError, match="dtype"):
        sd.zeros(2, "no type")


@pytest.mark.parametrize("args", [(5,), (2, 7), (7, 2), (7, 2, -2), (0, 1, 0.25), (2.5,), (0,)])
def test_arange(args: Any) -> None:
    agrees(sd.arange(*args), np.arange(*args))
    agrees(sd.arange(*args, dtype=float), np.arange(*args, dtype=float))


def test_linspace() -> None:
    for args in ((0, 1, 5), (2.0, -1, 4, False), (0, 1, 1), (3, 4, 0), (0, 1, 1, False)):
        agrees(sd.linspace(*args), np.linspace(*args))
        low, high, *rest = args
        same(lambda a, b, rest=rest: sd.linspace(a, b, *rest),
             lambda a, b, rest=rest: np.linspace(a, b, *rest),
             np.float64(low), np.float64(high))  # fmt: skip
    same(lambda a, b: sd.linspace(a, b, 4), lambda a, b: np.linspace(a, b, 4),
         random(size=(2, 1)), random(size=3))  # fmt: skip
    agrees(sd.linspace(0, 9, 4, dtype=int), np.linspace(0, 9, 4, dtype=int))
    for bad in (lambda: sd.linspace(0, 1, -1), lambda: sd.arange(0, 1, 0)):
        with pytest.raises(sd.SymdiffError):
            bad()
    with pytest.raises(sd.ConversionError, match="numbers"):
        sd.arange(sd.Var("n", kind="int"))  # type: ignore[arg-type]


@few
@given(st.integers(0, 4), st.none() | st.integers(0, 4), st.integers(-5, 5))
def test_eye(n: int, m: int | None, k: int) -> None:
    agrees(sd.eye(n, m, k), np.eye(n, m, k))


def test_eye_refuses() -> None:
    for bad in ((2.5,), (True,), (2, "3"), (2, 2, 0.5)):
        with pytest.raises(sd.ConversionError, match="integers"):
            sd.eye(*bad)
    with pytest.raises(sd.ShapeError, match="negative"):
        sd.eye(-1)


def test_asarray() -> None:
    same(lambda x, y: sd.asarray([[x, 1.0], [y[0], y[1]]]),
         lambda x, y: np.array([[x, 1.0], [y[0], y[1]]]),
         random(size=()), random(size=2))  # fmt: skip
    agrees(sd.asarray([[1, 2], [3, 4]]), [[1, 2], [3, 4]])
    agrees(sd.asarray(range(3)), [0, 1, 2])
    agrees(sd.asarray([]), [])
    agrees(sd.asarray(2.5), 2.5)
    x = sd.Var("x", (2,))
    assert sd.asarray(x) is x
    with pytest.raises(sd.ShapeError, match="alike"):
        sd.asarray([x, 1])
    with pytest.raises(sd.ShapeError, match="unevenly"):
        sd.asarray([[1, 2], [3]])
    with pytest.raises(sd.NotAnExpression):
        sd.asarray("x")
