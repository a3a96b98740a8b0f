"""Sparse derivatives: grids, pairs and collocation, against code by hand, asdex and CasADi.

``python sparse.py`` runs all workloads, ``python sparse.py pairs`` some.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, peer, race, readable, verdict
from scipy.sparse import csc_array, csr_array, diags_array, eye_array, kron

import symdiff as sd

rng = np.random.default_rng(0)


def built(name: str, make: Callable[[], Any]) -> tuple[Any, float]:
    """What ``make`` makes, and how long it took, which is printed."""
    start = time.perf_counter()
    made = make()
    taken = time.perf_counter() - start
    print(f"{name}: {readable(taken)} to build")
    return made, taken


def bratu(n: int = 1000) -> bool:
    """The Hessian of Bratu's energy on a grid: only the diagonal changes."""
    grid, weight = sd.Var("u", (n, n)), 6.8 / (n + 1) ** 2
    squares = [grid[1:] - grid[:-1], grid[:, 1:] - grid[:, :-1], grid[0], grid[-1]]
    squares += [grid[:, 0], grid[:, -1]]
    f = sum([sd.sum(s**2) for s in squares]) / 2 - weight * sd.sum(sd.exp(grid))
    run, taken = built(
        f"bratu {n}^2", lambda: sd.hessian(f, grid, structured=True).compile(grid, format="csr")
    )
    fine = verdict("bratu, seconds to build", taken, 2)
    line = diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1])
    laplacian = csr_array(kron(line, eye_array(n)) + kron(eye_array(n), line))
    laplacian.sort_indices()
    rows = np.repeat(np.arange(n * n), np.diff(laplacian.indptr))
    diagonal = np.flatnonzero(rows == laplacian.indices)
    point = rng.normal(size=(n, n))

    def by_hand() -> Any:
        data = laplacian.data.copy()
        data[diagonal] -= weight * np.exp(point).ravel()
        return csr_array((data, laplacian.indices, laplacian.indptr), shape=laplacian.shape)

    agree(run(point).data, by_hand().data)
    ratio = race(f"bratu {n}^2, by hand", lambda: run(point), by_hand)
    return verdict("bratu over code by hand", ratio, 1.5) and fine


def blocks_by_hand(d: Any) -> Any:
    """The second derivatives of r^-12 - 2 r^-6 by the vectors between pairs of points."""
    s = 1 / (d * d).sum(1)
    cube = s * s * s
    first, second = (12 * cube - 12 * cube * cube) * s, (168 * cube * cube - 96 * cube) * s * s
    blocks = d[:, :, None] * (second[:, None] * d)[:, None, :]
    blocks[:, [0, 1, 2], [0, 1, 2]] += first[:, None]
    return blocks


def energy(points: Any, i: Any, j: Any) -> Any:
    s = 1 / sd.sum((points[i] - points[j]) ** 2, axis=1)
    return sd.sum(s**6 - 2 * s**3)


def lennard_jones(n: int = 200) -> bool:
    """All entries of the Hessian of a cluster."""
    points = sd.Var("points", (n, 3))
    i, j = np.triu_indices(n, 1)
    f = energy(points, i, j)
    run, _ = built(f"cluster of {n}", lambda: sd.hessian(f, points, structured=True).compile())
    sites = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3)[:n]
    at = 1.1 * sites + rng.normal(size=(n, 3)) * 0.05
    each = np.arange(n)

    def by_hand() -> Any:
        blocks = blocks_by_hand(at[i] - at[j])
        whole = np.zeros((n, 3, n, 3))
        whole[i, :, j, :] = whole[j, :, i, :] = -blocks
        whole[each, :, each, :] = -whole.sum(axis=2)
        return whole

    scale = np.abs(by_hand()).max()
    agree(run(at).dense() / scale, by_hand() / scale)
    ratio = race(f"cluster of {n}, by hand", lambda: run(at).dense(), by_hand)
    return verdict("cluster over code by hand", ratio, 2)


def pairs(n: int = 500, count: int = 20) -> bool:
    """A sparse Hessian: points with their neighbours."""
    points, at = sd.Var("points", (n, 3)), rng.uniform(0, 8, size=(n, 3))
    distance = ((at[:, None] - at) ** 2).sum(-1) + 1e9 * np.eye(n)
    i, j = np.repeat(np.arange(n), count), np.argsort(distance, axis=1)[:, :count].ravel()
    f = energy(points, i, j)
    run, _ = built(
        f"{n} points", lambda: sd.hessian(f, points, structured=True).compile(format="csr")
    )
    ends = [(i, i), (j, j), (i, j), (j, i)]
    shape, three = (len(i), 3, 3), np.arange(3)
    rows = [np.broadcast_to(3 * a[:, None, None] + three[:, None], shape) for a, _ in ends]
    columns = [np.broadcast_to(3 * b[:, None, None] + three, shape) for _, b in ends]
    keys = np.concatenate([(r * 3 * n + c).ravel() for r, c in zip(rows, columns, strict=True)])
    places, slots = np.unique(keys, return_inverse=True)
    starts = np.searchsorted(places, np.arange(3 * n + 1) * 3 * n)

    def by_hand() -> Any:
        blocks = blocks_by_hand(at[i] - at[j]).ravel()
        parts = np.concatenate([blocks, blocks, -blocks, -blocks])
        data = np.bincount(slots, parts, minlength=len(places))
        return csr_array((data, places % (3 * n), starts), shape=(3 * n, 3 * n))

    scale = np.abs(by_hand().data).max()
    agree(run(at).data / scale, by_hand().data / scale)
    ratio = race(f"{n} points, by hand", lambda: run(at), by_hand)
    return verdict("neighbours over a plan for pairs by hand", ratio, 1.5)


def defects(z: Any, n: int, m: Any) -> Any:
    """Trapezoidal collocation of a cart with a pole: five rows of n values in a vector."""
    place, angle, speed, turn, force = [z[k * n : (k + 1) * n] for k in range(5)]
    sine, cosine = m.sin(angle), m.cos(angle)
    below = 1 + 0.3 * sine**2
    speeding = (force + 0.3 * sine * (0.5 * turn**2 + 9.81 * cosine)) / below
    turning = -(force * cosine + 0.15 * turn**2 * cosine * sine + 12.753 * sine) / (0.5 * below)
    rates = ((place, speed), (angle, turn), (speed, speeding), (turn, turning))
    return [x[1:] - x[:-1] - 0.01 * (rate[1:] + rate[:-1]) for x, rate in rates]


def collocation(n: int = 1000) -> bool:
    """The Jacobian of the constraints and the Hessian of the Lagrangian, as a solver asks."""
    z, y = sd.Var("z", (5 * n,)), sd.Var("y", (4 * (n - 1),))
    c = sd.concatenate(defects(z, n, sd))
    f = sd.sum(z[4 * n :] ** 2)

    def make() -> tuple[Any, Any]:
        lagrangian = sd.hessian(f + y @ c, z, structured=True)
        return (
            sd.jacobian(c, z, structured=True).compile(z, format="csc"),
            lagrangian.compile([z, y], format="csc"),
        )

    (jacobian, hessian), _ = built("collocation", make)
    point, weights = rng.normal(size=z.shape), rng.normal(size=y.shape)
    ca = peer("casadi")
    if ca is None:
        return True

    def theirs() -> tuple[Any, Any]:
        z, y = ca.MX.sym("z", 5 * n), ca.MX.sym("y", 4 * (n - 1))
        rows = ca.vertcat(*defects(z, n, ca))
        whole = ca.sumsqr(z[4 * n :]) + ca.dot(y, rows)
        return (
            ca.Function("J", [z], [ca.jacobian(rows, z)]),
            ca.Function("H", [z, y], [ca.hessian(whole, z)[0]]),
        )

    (J, H), _ = built("collocation, CasADi", theirs)

    def matrix(found: Any) -> Any:
        return csc_array((found.nonzeros(), found.row(), found.colind()[:]), shape=found.shape)

    agree(abs(jacobian(point) - matrix(J(point))).max(), 0)
    agree(abs(hessian(point, weights) - matrix(H(point, weights))).max(), 0)
    out, also = np.empty(jacobian.nnz), np.empty(hessian.nnz)
    first, second = buffered(J, [point]), buffered(H, [point, weights])
    one = race("collocation, Jacobian", lambda: jacobian.data(point, out=out), first)
    two = race("collocation, Hessian", lambda: hessian.data(point, weights, out=also), second)
    fine = verdict("collocation, Jacobian over CasADi", one, 1)
    return verdict("collocation, Hessian over CasADi", two, 1) and fine


def buffered(function: Any, values: list[Any]) -> Callable[[], None]:
    """A function of CasADi on arrays of its own: its fastest call."""
    buffer, run = function.buffer()
    for k, value in enumerate(values):
        buffer.set_arg(k, memoryview(value))
    result = np.empty(function.nnz_out(0))
    buffer.set_res(0, memoryview(result))
    held = (buffer, result)  # CasADi keeps addresses alone

    def call() -> None:
        run()
        assert held

    return call


WORKLOADS = {
    "bratu": bratu, "lennard_jones": lennard_jones, "pairs": pairs, "collocation": collocation,
}  # fmt: skip


def main(names: list[str]) -> bool:
    found = [WORKLOADS[name]() for name in names or WORKLOADS]
    return all(found)


if __name__ == "__main__":
    raise SystemExit(not main(sys.argv[1:]))
