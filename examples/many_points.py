"""Where is a potential convex?  Its Hessian at ten million points, chunk by chunk with Dask.

The potential of Hénon and Heiles, (x² + y²)/2 + x²·y − y³/3, is convex just inside the circle of
radius 1/2, so π/16 of the points of the square from −1 to 1 must have a positive definite Hessian.

All Hessians together would fill 320 MB; with one chunk at a time in each of two threads the process
stays below 200 MB, of which 140 are Python's and the packages', for any number of points.

Run: python examples/many_points.py [number of points]     (needs Dask, pip install 'dask[array]')
"""

import math
import sys
import time

import dask.array as da
from dask.diagnostics import ProgressBar

import symdiff as sd

CHUNK = 200_000  # points


def peak():
    """The most memory that this process has held, in MB; nan where the system does not say."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:
        return math.nan
    return getrusage(RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main(count):
    x, y = sd.vars("x y")
    potential = (x**2 + y**2) / 2 + x**2 * y - y**3 / 3
    hessian = sd.hessian(potential, [x, y])
    print("Hessian =", hessian)

    H = sd.compile(hessian, [x, y]).gufunc  # arrays of Dask in, arrays of Dask out
    print(f"at {count:,} points, as {H.signature}")
    points = da.random.default_rng(0).uniform(-1, 1, (count, 2), chunks=(CHUNK, 2))
    curvature = H(points[:, 0], points[:, 1])
    a, b, d = curvature[:, 0, 0], curvature[:, 0, 1], curvature[:, 1, 1]
    definite = (a > 0) & (a * d > b**2)

    before, start = peak(), time.perf_counter()
    with ProgressBar():
        share = definite.mean().compute(num_workers=2)
    print(f"{time.perf_counter() - start:.1f} s, peak memory {peak():.0f} MB")

    exact = math.pi / 16
    spread = math.sqrt(exact * (1 - exact) / count)
    print(f"positive definite at {share:.5f} of the points, π/16 = {exact:.5f} ± {spread:.5f}")
    assert abs(share - exact) < 5 * spread
    assert not peak() - before > 110  # 32 where it was measured


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 10**7)
