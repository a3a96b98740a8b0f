"""Arrays that are given: masked ones, those of other libraries, ints that grow beyond 64 bits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import IntOverflow, KindError

x, X = sd.Var("x"), sd.Var("X", (2,))
n, k = sd.Var("n", (2,), kind="int"), sd.Var("k", kind="int")
MASKED = np.ma.masked_array([1.0, 2.0], [False, True])


@pytest.mark.parametrize(
    "run",
    [
        lambda: sd.evaluate(X * 2, {X: MASKED}),
        lambda: sd.compile(X * 2, [X])(MASKED),
        lambda: sd.compile(x * 2, [x])(MASKED),
        lambda: X * MASKED,
        lambda: sd.Const(MASKED),
        lambda: sd.constant(MASKED),
        lambda: sd.function(lambda a: a * 2)(MASKED),
    ],
)
def test_masked_elements_have_no_value(run: Callable[[], Any]) -> None:
    with pytest.raises(KindError, match=r"1 elements are masked; give value\.filled"):
        run()


def test_a_mask_of_nothing_is_no_mask() -> None:
    whole = np.ma.masked_array([1.0, 2.0], [False, False])
    assert sd.compile(X * 2, [X])(whole).tolist() == [2.0, 4.0]
    assert sd.evaluate(X * 2, {X: whole}).tolist() == [2.0, 4.0]


@pytest.mark.parametrize("library", ["torch", "jaxlib.xla_extension", "cupy._core.core"])
def test_arrays_of_other_libraries_are_not_taken_for_numpys(library: str) -> None:
    kind = type("Array", (), {"__module__": library, "__array__": lambda self: np.ones(2)})
    for run in (sd.compile(X * 2, [X]), sd.compile(x * 2, [x]), lambda a: sd.evaluate(X, {X: a})):
        with pytest.raises(KindError, match=r"np\.asarray"):
            run(kind())
    own = type("Series", (), {"__array__": lambda self, dtype=None, copy=None: np.ones(2)})
    assert sd.compile(X * 2, [X])(own()).tolist() == [2.0, 2.0]


BIG = np.array([2**40, 3])
GROWN: dict[str, tuple[sd.Expr, Any]] = {
    "product": (n * n * n, BIG),
    "of scalars in a batch": (k * k * k, BIG),
    "of scalars in a large batch": (k * k * k, np.full(100_000, 2**40)),
    "square": (sd.square(n) * n, BIG),
    "sum": (n + 2**62, np.array([2**62, 0])),
    "total": (sd.sum(n), np.array([2**62, 2**62])),
    "product of all": (sd.prod(n), np.array([2**40, 2**40])),
    "running product": (sd.cumprod(n), np.array([2**40, 2**40])),
    "inner product": (n @ n, BIG),
    "outer product": (sd.outer(n, n), BIG),
}


@pytest.mark.parametrize("name", GROWN)
def test_ints_do_not_wrap_around(name: str) -> None:
    f, value = GROWN[name]
    (v,) = [u for u in (n, k) if u.name in str(f)]
    for run in (sd.compile(f, [v]), lambda a: sd.evaluate(f, {v: a})):
        with pytest.raises(IntOverflow, match="64 bits"):
            run(value)
        assert np.all(run(np.minimum(value, 2**10)) > 0)


def test_one_int_at_a_time_is_exact() -> None:
    assert sd.compile(k * k * k, [k])(2**40) == sd.evaluate(k * k * k, {k: 2**40}) == 2**120
