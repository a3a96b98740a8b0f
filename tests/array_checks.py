"""Functions of arrays against NumPy: values, shapes, kinds, batches, both modes, second order.

NumPy's function is the only oracle: complex steps and differences of it for first derivatives,
differences of cotangents for second ones.  No derivative rule is used or transcribed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

import symdiff as sd
from symdiff.calculus import derivatives
from symdiff.errors import SymdiffError
from symdiff.expr import Expr, Kind, Shape
from symdiff.leaves import const, var
from symdiff.ops.structural import zeros
from symdiff.walk import postorder

Array = Any
MODES: tuple[derivatives.Mode, ...] = ("forward", "reverse")
KINDS: dict[str, Kind] = {"f": "real", "c": "real", "i": "int", "u": "int", "b": "bool"}
EPS = np.finfo(float).eps
STEP = 2.0**-13  # of differences, relative to the size of the point
SLOPE = 1.0  # the size of derivatives whose parts may cancel, at points of that size
SCALES = (1.0, 1.25, 0.5)  # of the points of a batch


def examples(count: int) -> settings:
    """So many drawn cases, or the share of them that the profile takes; the same in every run."""
    share = settings.default.max_examples / 100
    least = min(count, 5)
    most = max(least, round(count * share))
    return settings(max_examples=most, deadline=None, derandomize=True, database=None)


class Case(NamedTuple):
    """A function of expressions, NumPy's counterpart, and a point."""

    numpy: Callable[..., Array]
    point: dict[Expr, Array]
    out: Expr
    rng: np.random.Generator

    @property
    def wrt(self) -> list[Expr]:
        return [v for v in self.point if v.kind == "real"]

    def at(self, found: Sequence[Expr | None], shapes: Sequence[Shape], **more: Any) -> list[Array]:
        """Values of graphs at the point, zeros for None; ``more`` are further variables by name."""
        graphs = [zeros(s) if g is None else g for g, s in zip(found, shapes, strict=True)]
        used = {n for n in postorder(graphs) if n.op is sd.Var}
        given = {v: a for v, a in self.point.items() if v in used}
        named = {v.name: more[v.name] for v in used if v.name in more}
        return [np.asarray(value) for value in sd.evaluate(graphs, given, **named)]

    def shaped(self, name: str, like: Sequence[Expr]) -> tuple[list[Expr], dict[str, Array]]:
        """Fresh variables of the shapes of ``like``, and random values for them by name."""
        fresh = [var(f"{name}{i}", node.shape) for i, node in enumerate(like)]
        return fresh, {v.name: self.rng.normal(size=v.shape) for v in fresh}


def check_against_numpy(
    build: Callable[..., Any],
    numpy_function: Callable[..., Array],
    arrays: Sequence[Array],
    *,
    rtol: float = 1e-12,
    analytic: bool = True,
    slopes: bool = True,
) -> Expr:
    """Everything that a function of arrays must pass at a point; its expression.

    ``analytic`` says that NumPy's function takes complex numbers and is analytic in them, so that
    complex steps are the oracle; otherwise differences are, with their own error estimate.
    ``slopes=False`` checks values alone (kinks, ties, infinities, functions of ints).
    """
    case = make_case(build, numpy_function, arrays)
    check_value(case, rtol)
    check_strides(case, rtol)
    check_batches(case, rtol)
    if slopes:
        check_tangent(case, rtol, analytic)
        check_adjoint(case, rtol)
        check_jacobian(case, rtol)
        check_second(case, rtol)
    return case.out


def make_case(
    build: Callable[..., Any], numpy_function: Callable[..., Array], arrays: Sequence[Array]
) -> Case:
    point = {}
    for i, a in enumerate(map(np.asarray, arrays)):
        point[var(f"x{i}", a.shape, KINDS[a.dtype.kind])] = a
    return Case(numpy_function, point, build(*point), np.random.default_rng(len(point)))


def check_both_raise(
    build: Callable[..., Any], numpy_function: Callable[..., Array], arrays: Sequence[Array]
) -> SymdiffError:
    """Both refuse; ours by an error of the package, which is returned."""
    with pytest.raises((ValueError, TypeError, IndexError, np.linalg.LinAlgError)):
        numpy_function(*arrays)
    with pytest.raises(SymdiffError) as caught:
        make_case(build, numpy_function, arrays)
    return caught.value


# -- values --------------------------------------------------------------------------------------


def agree(
    got: Array, want: Array, rtol: float, atol: Any = 0.0, *, what: str = "", size: float = 0.0
) -> None:
    """Equal within ``rtol`` of the largest element or ``size``, and ``atol``; nan equals nan."""
    got, want = np.asarray(got) + 0, np.asarray(want) + 0  # truth values as ints
    assert got.shape == want.shape, (what, got.shape, want.shape)
    finite = np.abs(want[np.isfinite(want)])
    room = rtol * finite.max(initial=size) + np.asarray(atol)
    with np.errstate(all="ignore"):
        same = (got == want) | (np.isnan(got) & np.isnan(want)) | (np.abs(got - want) <= room)
    assert same.all(), f"{what}: got {got[~same][:4]}, expected {want[~same][:4]}"


def check_value(case: Case, rtol: float) -> None:
    """``evaluate`` and ``compile`` give NumPy's value, shape and kind."""
    values = list(case.point.values())
    with np.errstate(all="ignore"):
        want = np.asarray(case.numpy(*values))
    assert case.out.shape == want.shape, (case.out.shape, want.shape)
    assert case.out.kind == KINDS[want.dtype.kind], (case.out.kind, want.dtype)
    used = {n for n in postorder([case.out]) if n.op is sd.Var}
    given = {v: a for v, a in case.point.items() if v in used}
    compiled = sd.compile(case.out, list(case.point))
    for what, got in (("evaluate", sd.evaluate(case.out, given)), ("compile", compiled(*values))):
        assert np.asarray(got).dtype.kind == want.dtype.kind, (what, np.asarray(got).dtype)
        agree(got, want, rtol, what=what)


def check_strides(case: Case, rtol: float) -> None:
    """Views with gaps, reversed axes and Fortran's order are read right and not written to."""
    backwards = lambda a: a[(slice(None, None, -1),) * a.ndim]
    for view in (
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
        lambda a: backwards(backwards(a).copy()),
        lambda a: np.array(a, order="F"),
    ):
        point = {v: np.asarray(view(a.copy())) for v, a in case.point.items()}
        for a in point.values():
            a.flags.writeable = False
        check_value(case._replace(point=point), rtol)


def check_batches(case: Case, rtol: float) -> None:
    """Leading axes beyond the declared shapes broadcast; the oracle is a loop over them."""
    compiled = sd.compile(case.out, list(case.point))
    everywhere = set(case.point) <= set(postorder([case.out]))
    for first, others in (((3,), (3,)), ((3,), ()), ((), (2,)), ((3, 1), (1, 2)), ((0,), ())):
        given, loops = {}, []
        batch = np.broadcast_shapes(*[first, others][: len(case.point)])
        for i, (v, a) in enumerate(case.point.items()):
            given[v] = _batched(a, others if i else first)
            loops.append(_stretched(given[v], a.ndim, batch))
        want = np.empty(batch + case.out.shape)
        for k in np.ndindex(batch):
            with np.errstate(all="ignore"):
                want[k] = case.numpy(*[x[k] for x in loops])
        agree(compiled(*given.values()), want, rtol, what=f"compile, batch {batch}")
        if everywhere:
            agree(sd.evaluate(case.out, given), want, rtol, what=f"evaluate, batch {batch}")


def _batched(a: Array, batch: Shape) -> Array:
    """Copies of an array along batch axes, those of floats of different size."""
    out = np.broadcast_to(a, batch + a.shape).copy()
    if a.dtype.kind == "f":
        for n, k in enumerate(np.ndindex(batch)):
            out[k] *= SCALES[n % len(SCALES)]
    return out


def _stretched(a: Array, rank: int, batch: Shape) -> Array:
    """``a`` with its batch axes broadcast to ``batch``, those of its core in place."""
    core = a.shape[a.ndim - rank :]
    lead = (1,) * (len(batch) + rank - a.ndim)
    return np.broadcast_to(a.reshape(lead + a.shape), batch + core)


# -- derivatives ---------------------------------------------------------------------------------


def along(f: Callable[[float], Array], size: float) -> tuple[Array, Array]:
    """The derivative of ``f`` at 0 by central differences of two steps, and its error.

    The steps differ by what the larger one neglects, sixteen times what the result neglects;
    rounding adds a few units of the largest value over the step.
    """
    h = STEP * size
    f0, up, down, up2, down2 = [np.asarray(f(t)) for t in (0.0, h, -h, 2 * h, -2 * h)]
    coarse, fine = (up2 - down2) / (4 * h), (up - down) / (2 * h)
    rounding = 64 * EPS * np.abs(f0).max(initial=0.0) / h
    return (4 * fine - coarse) / 3, np.abs(fine - coarse) + rounding


def moved(case: Case, dots: dict[str, Array], step: complex) -> dict[Expr, Array]:
    """The point moved by ``step`` times the tangents, which are in the order of ``wrt``."""
    by = dict(zip(case.wrt, dots.values(), strict=True))
    return {v: a + step * by[v] if v in by else a for v, a in case.point.items()}


def check_tangent(case: Case, rtol: float, analytic: bool) -> None:
    """A random tangent against the complex step or differences of NumPy's function."""
    fresh, dots = case.shaped("v", case.wrt)
    (got,) = case.at(derivatives.jvp([case.out], case.wrt, fresh), [case.out.shape], **dots)
    f = lambda t: case.numpy(*moved(case, dots, t).values())
    if analytic:
        want, room = np.imag(f(1e-30j)) / 1e-30, 0.0
    else:
        want, room = along(f, _size(case))
    agree(got, want, 1e2 * rtol, room, what="tangent", size=SLOPE)


def _size(case: Case) -> float:
    return float(min([1.0, *[np.abs(a).max(initial=0.0) or 1.0 for a in case.point.values()]]))


def check_adjoint(case: Case, rtol: float) -> None:
    """``<vjp(w), v> == <w, jvp(v)>``."""
    v, dots = case.shaped("v", case.wrt)
    w, bars = case.shaped("w", [case.out])
    (dot,) = case.at(derivatives.jvp([case.out], case.wrt, v), [case.out.shape], **dots)
    back = case.at(derivatives.vjp([case.out], case.wrt, w), [x.shape for x in case.wrt], **bars)
    left = [b * d for b, d in zip(back, dots.values(), strict=True)]
    right = bars["w0"] * dot
    size = sum(np.abs(part).sum() for part in left) + np.abs(right).sum()
    agree(sum(part.sum() for part in left), right.sum(), 0.0, 1e2 * rtol * size, what="adjoint")


def check_jacobian(case: Case, rtol: float) -> None:
    """Both modes seeded with an identity, against one cotangent per element of the output."""
    w, _ = case.shaped("w", [case.out])
    rows = np.eye(case.out.size).reshape(case.out.size, *case.out.shape)
    for x in case.wrt:
        (back,) = derivatives.vjp([case.out], [x], w)
        shape = case.out.shape + x.shape
        (want,) = case.at([back], [x.shape], w0=rows)
        want = np.broadcast_to(want, (case.out.size, *x.shape)).reshape(shape)
        for mode in MODES:
            ((found,),) = derivatives.jacobian([case.out], [x], mode)
            (got,) = case.at([found], [shape])
            agree(got, want, 1e2 * rtol, what=f"{mode} jacobian by {x.name}", size=SLOPE)
            check_batch_of(case, found, shape, rtol)


def check_batch_of(case: Case, found: Expr | None, shape: Shape, rtol: float) -> None:
    """A derivative, which has batch axes inside already, at a batch of points."""
    points = {v: _batched(a, (2,)) for v, a in case.point.items()}
    (got,) = case._replace(point=points).at([found], [shape])
    if got.shape != shape:  # else it does not depend on the point
        for k in range(2):
            there = case._replace(point={v: a[k] for v, a in points.items()})
            agree(got[k], there.at([found], [shape])[0], 1e2 * rtol, what="batch", size=SLOPE)


def check_second(case: Case, rtol: float) -> None:
    """``H v`` of a weighted sum in the four orders of the modes, against differences."""
    v, dots = case.shaped("v", case.wrt)
    weights = case.rng.normal(size=case.out.shape)
    shapes = [x.shape for x in case.wrt]
    by_reverse = derivatives.vjp([case.out], case.wrt, [const(weights)])

    def slopes(t: float) -> Array:
        there = case._replace(point=moved(case, dots, t))
        return _flat(there.at(by_reverse, shapes))

    want, room = along(slopes, _size(case))
    for order, graphs in hessian_products(case, weights, v, by_reverse):
        value = _flat(case.at(graphs, shapes, **dots))
        agree(value, want, 1e3 * rtol, room, what=f"second, {order}", size=SLOPE)


def hessian_products(
    case: Case, weights: Array, v: Sequence[Expr], by_reverse: Sequence[Expr | None]
) -> Iterator[tuple[str, list[Expr | None]]]:
    """``H v`` by each order of the modes, named outer over inner."""
    shapes = [x.shape for x in case.wrt]
    slopes = [zeros(s) if g is None else g for g, s in zip(by_reverse, shapes, strict=True)]
    yield "forward over reverse", derivatives.jvp(slopes, case.wrt, v)
    yield "reverse over reverse", derivatives.vjp(slopes, case.wrt, v)
    (dot,) = derivatives.jvp([case.out], case.wrt, v)
    slope = sd.sum(const(weights) * (zeros(case.out.shape) if dot is None else dot))
    yield "reverse over forward", derivatives.gradient(slope, case.wrt)
    yield "forward over forward", derivatives.jacobian([slope], case.wrt, "forward")[0]


def _flat(parts: Sequence[Array]) -> Array:
    return np.concatenate([np.ravel(part) for part in parts]) if parts else np.empty(0)


# -- strategies ----------------------------------------------------------------------------------


def shapes(min_axes: int = 0, max_axes: int = 4, min_side: int = 0) -> st.SearchStrategy[Shape]:
    """Shapes of few elements: scalars, some empty arrays, axes of length 1, up to four axes."""
    sides = st.sampled_from([n for n in (2, 3, 1, 3, 2, 3, 1, 2, 0) if n >= min_side])
    return st.lists(sides, min_size=min_axes, max_size=max_axes).map(tuple)


def axes(rank: int, single: bool = False) -> st.SearchStrategy[int | tuple[int, ...] | None]:
    """``axis`` arguments for an array of ``rank`` axes, counted from either end."""
    if not rank:
        return st.none()
    one = st.integers(-rank, rank - 1)
    if single:
        return one
    several = st.lists(one, unique_by=lambda a: a % rank, max_size=rank).map(tuple)
    return st.none() | one | several


@st.composite
def arrays(draw: Any, shape: st.SearchStrategy[Shape] | None = None) -> Array:
    """Normal random numbers; a shape is drawn unless one is given."""
    seed = draw(st.integers(0, 2**16))
    return np.random.default_rng(seed).normal(size=draw(shapes() if shape is None else shape))


@st.composite
def broadcastable(draw: Any, count: int = 2, max_axes: int = 3) -> list[Array]:
    """Arrays whose shapes broadcast: axes left out in front, and axes of length 1."""
    whole = draw(shapes(max_axes=max_axes))
    found = []
    for _ in range(count):
        kept = whole[draw(st.integers(0, len(whole))) :]
        shape = tuple([draw(st.sampled_from((n, 1))) for n in kept])
        found.append(draw(arrays(st.just(shape))))
    return found


@st.composite
def reductions(draw: Any, single: bool = False, min_side: int = 0) -> tuple[Array, Any]:
    """An array and an ``axis`` argument for it, one integer if ``single``."""
    shape = draw(shapes(min_axes=int(single), min_side=min_side))
    return draw(arrays(st.just(shape))), draw(axes(len(shape), single))
