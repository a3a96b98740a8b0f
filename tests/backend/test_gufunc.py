"""Compiled functions as generalised ufuncs: by themselves, on Dask, on two workers, in xarray."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.backend import compile as compiling

EXTRA = "pip install '.[dask]'"
x, u = sd.Var("x"), sd.Var("u", (3,))
SIGNATURE = "(),(3)->(),(3),(3,3)"


def made() -> sd.Compiled:
    f = x * sd.sum(u**2) + u[0] ** 3
    return sd.compile({"f": f, "by u": (sd.grad(f, u), sd.hessian(f, u))}, [x, u])


def by_hand(x: Any, u: Any) -> list[Any]:
    first = np.array([1.0, 0, 0])
    hessian = 2 * x[..., None, None] * np.eye(3) + 6 * u[..., :1, None] * np.outer(first, first)
    gradient = 2 * x[..., None] * u + 3 * u[..., :1] ** 2 * first
    return [x * (u**2).sum(-1) + u[..., 0] ** 3, gradient, hessian]


def points(*lead: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(5)
    return rng.normal(size=lead), rng.normal(size=(*lead, 3))


def check(found: Any, expected: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)


def test_the_signature_and_the_results_in_numpy() -> None:
    G = made().gufunc
    assert (G.signature, G.nin, G.nout) == (SIGNATURE, 2, 3)
    assert G.output_sizes == {"3": 3}
    at = points(4, 5)
    check(G(*at), by_hand(*at))
    check(G(at[0][:, :1], at[1][0]), by_hand(np.broadcast_to(at[0][:, :1], (4, 5)), at[1][0]))
    vectorised = np.vectorize(G, signature=G.signature)
    check(vectorised(*at), by_hand(*at))
    one = sd.compile(sd.exp(x), [x]).gufunc
    assert one.signature == "()->()"
    assert type(one(2.0)) is np.ndarray
    assert one(2.0) == one.stacked(2.0)[0] == np.exp(2.0)


def test_stacked_and_split_are_inverse() -> None:
    G, at = made().gufunc.stacked, points(7)
    assert G.signature == "(),(3)->(13)"
    stack = G(*at)
    assert stack.shape == (7, 13)
    value, (gradient, hessian) = (found := G.split(stack))["f"], found["by u"]
    check([value, gradient, hessian], by_hand(*at))
    assert np.shares_memory(hessian, stack)
    with pytest.raises(sd.ShapeError, match="13"):
        G.split(stack[:, :12])


def test_what_it_refuses() -> None:
    G = made().gufunc
    with pytest.raises(sd.ArityError, match="2 arrays"):
        G(1.0)
    with pytest.raises(sd.KindError, match="allow_rechunk"):
        G(*points(4), allow_rechunk=True)
    with pytest.raises(sd.ShapeError):
        G(1.0, np.ones((2, 4)))


def test_a_pickle_is_made_into_a_function_once() -> None:
    F = made()
    text = pickle.dumps(F.gufunc.stacked)
    first, second = pickle.loads(text), pickle.loads(text)
    assert first.function is second.function
    assert first.function is not F
    assert (first.in_one, first.signature) == (True, "(),(3)->(13)")
    check(first.split(first(*points(3)))["by u"], made()(*points(3))["by u"])
    assert compiling._restored.cache_info().maxsize == 16


def test_arrays_of_dask_stay_lazy() -> None:
    da = pytest.importorskip("dask.array", reason=EXTRA)
    at, G = points(1000), made().gufunc
    lazy = da.from_array(at[0], chunks=300), da.from_array(at[1], chunks=(300, 3))
    found = G(*lazy)
    assert [(a.shape, a.dtype) for a in found] == [
        (shape, np.float64) for shape in [(1000,), (1000, 3), (1000, 3, 3)]
    ]
    check([a.compute(scheduler="sync") for a in found], by_hand(*at))
    halves = G.split(G.stacked(*lazy))["by u"]
    check([a.compute(scheduler="sync") for a in halves], by_hand(*at)[1:])
    said = da.apply_gufunc(G, G.signature, *lazy, output_dtypes=[float] * 3)
    check([a.compute(scheduler="sync") for a in said], by_hand(*at))
    grown = sd.compile(sd.stack([x, x**2]), [x]).gufunc(lazy[0])  # an axis that no argument has
    check(grown.compute(scheduler="sync").T, [at[0], at[0] ** 2])


def test_types_and_numbers_follow_the_arrays_of_dask() -> None:
    da = pytest.importorskip("dask.array", reason=EXTRA)
    G = made().gufunc
    single = da.ones(10, chunks=5, dtype=np.float32)
    for a in G(single, [1.0, 2.0, 3.0]):
        assert a.dtype == a.compute(scheduler="sync").dtype == np.float32
    for a in G(da.ones(10, chunks=5, dtype=int), [1, 2, 3]):
        assert a.dtype == a.compute(scheduler="sync").dtype == np.float64
    with pytest.raises(sd.ShapeError, match=r"u: shapes \(10, 4\) and \(3,\)"):
        G(single, da.ones((10, 4), chunks=5))
    with pytest.raises(ValueError, match="multiple chunks"):
        G(single, da.ones((10, 3), chunks=(5, 2)))
    G(single, da.ones((10, 3), chunks=(5, 2)), allow_rechunk=True)
    with pytest.raises(sd.KindError, match=r"F\.gufunc"):
        made()(single, np.ones(3))


def test_xarray() -> None:
    xr = pytest.importorskip("xarray", reason=EXTRA)
    pytest.importorskip("dask.array", reason=EXTRA)
    at = points(6)
    named = xr.DataArray(at[0], dims="time"), xr.DataArray(at[1], dims=("time", "axis"))
    dims = {"input_core_dims": [[], ["axis"]], "output_core_dims": [[], ["axis"], ["axis", "to"]]}
    for given in (named, tuple(a.chunk(time=4) for a in named)):
        found = xr.apply_ufunc(made().gufunc, *given, dask="allowed", **dims)
        assert [a.dims for a in found] == [("time",), ("time", "axis"), ("time", "axis", "to")]
        assert all((a.chunks is None) == (given is named) for a in found)
        check(found, by_hand(*at))
    scalars = sd.compile(x**2, [x]).gufunc
    np.testing.assert_allclose(xr.apply_ufunc(scalars, named[0]), at[0] ** 2)


WORKERS = """
import sys
import dask.array as da, numpy as np
from distributed import Client, LocalCluster
import symdiff as sd

def made():
    import symdiff.backend.compile as compiling
    return compiling._restored.cache_info().misses

if __name__ == "__main__":
    N = int(sys.argv[1])
    x, u = sd.Var("x"), sd.Var("u", (3,))
    F = sd.compile(sd.hessian(sd.sum(sd.sin(u) * x), u), [x, u])
    xs = da.arange(N, chunks=N // 10, dtype=float)
    us = da.ones((N, 3), chunks=(N // 10, 3))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            total = F.gufunc(xs, us).sum(axis=0).compute()
            print([n for n in client.run(made).values() if n])
    np.testing.assert_allclose(total, -np.sin(1) * np.eye(3) * (N * (N - 1) / 2), rtol=1e-12)
"""


@pytest.mark.parametrize("count", [1_000, pytest.param(2_000_000, marks=pytest.mark.slow)])
def test_two_workers_make_the_function_once_each(count: int, tmp_path: Any) -> None:
    pytest.importorskip("distributed", reason=EXTRA)
    script = tmp_path / "workers.py"
    script.write_text(WORKERS)
    done = subprocess.run(
        [sys.executable, str(script), str(count)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.strip()) <= set("[1, ]"), done.stdout


def test_without_dask_all_else_works() -> None:
    script = """
import sys
sys.modules["dask"] = sys.modules["xarray"] = None
import numpy as np, symdiff as sd
x = sd.Var("x")
G = sd.compile([x, x**2], [x]).gufunc
assert [a.tolist() for a in G([1.0, 2.0])] == [[1, 2], [1, 4]]
assert not {"dask", "distributed"} & {name for name, m in sys.modules.items() if m}
"""
    subprocess.run([sys.executable, "-c", script], check=True)
