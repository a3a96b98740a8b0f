"""Equations of motion of a five-link pendulum on a cart: ours against SymPy's ``diff``.

The Lagrangian is written by the positions of the masses, whose velocities are derivatives along
the velocities of the coordinates.  ``M(q) a + h(q, v) = forces`` are the equations of Euler and
Lagrange.  Ours are simplified as always, SymPy's left as they are differentiated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import agree, peer, readable, verdict

import symdiff as sd

LINKS = 5
ROUNDS = 7
POINTS = 10

Equations = tuple[list[list[Any]], list[Any]]
"""The mass matrix, and what the equations have beside it."""


def names(tag: str = "") -> list[list[str]]:
    """The cart's and the angles' coordinates, velocities; masses, lengths, gravity."""
    joints = range(LINKS + 1)
    kinds = [(letter, joints) for letter in "qvm"] + [("l", joints[1:]), ("g", range(1))]
    return [[f"{letter}{i}{tag}" for i in indices] for letter, indices in kinds]


def lagrangian(parts: list[list[Any]], sin: Any, cos: Any, along: Callable[[Any], Any]) -> Any:
    """Kinetic less potential energy; ``along`` is the derivative along the velocities."""
    q, v, m, lengths, (g,) = parts
    x, y = q[0], 0
    total = m[0] * v[0] ** 2 / 2
    for mass, length, angle in zip(m[1:], lengths, q[1:], strict=True):
        x, y = x + length * sin(angle), y + length * cos(angle)
        total = total + mass * (along(x) ** 2 + along(y) ** 2) / 2 - mass * g * y
    return total


def ours(parts: list[list[sd.Expr]]) -> Equations:
    q, v = parts[:2]
    L = lagrangian(parts, sd.sin, sd.cos, lambda e: sd.jvp(e, q, v))
    M = sd.hessian(L, v, blocks=True)
    momenta_along = sd.jvp(sd.grad(L, v), q, v)
    return M, [a - b for a, b in zip(momenta_along, sd.grad(L, q), strict=True)]


def theirs(sympy: Any, parts: list[list[Any]]) -> Equations:
    q, v = parts[:2]
    diff = sympy.diff
    along = lambda e: sum(diff(e, x) * dot for x, dot in zip(q, v, strict=True))
    L = lagrangian(parts, sympy.sin, sympy.cos, along)
    momenta = [diff(L, dot) for dot in v]
    M = [[diff(p, dot) for dot in v] for p in momenta]
    return M, [along(p) - diff(L, x) for p, x in zip(momenta, q, strict=True)]


def at_point(values: list[list[float]]) -> tuple[Any, Any]:
    """Both in 40 digits, by no derivative: every mass adds what its arm gives, ``m J'J`` to M,
    ``m J'(centripetal acceleration) + m g J'y`` to h; ``J`` is its velocity by the coordinates'.
    """
    import mpmath as mp

    with mp.workdps(40):
        q, v, m, lengths, (g,) = [[mp.mpf(x) for x in part] for part in values]
        M, h = mp.zeros(LINKS + 1), mp.zeros(LINKS + 1, 1)
        for k in range(LINKS + 1):
            J, pull = mp.zeros(2, LINKS + 1), mp.zeros(2, 1)
            J[0, 0] = 1
            pull[1] = g
            for i in range(1, k + 1):
                s, c = lengths[i - 1] * mp.sin(q[i]), lengths[i - 1] * mp.cos(q[i])
                J[0, i], J[1, i] = c, -s
                pull[0] -= s * v[i] ** 2
                pull[1] -= c * v[i] ** 2
            M += m[k] * J.T * J
            h += m[k] * J.T * pull
        return [[float(x) for x in row] for row in M.tolist()], [float(x) for x in h]


def compare(sympy: Any) -> None:
    """Raise unless M and h have the values that mechanics gives, and those that SymPy gives."""
    rng = np.random.default_rng(0)
    parts = [[sd.Var(name) for name in part] for part in names()]
    run = sd.compile(ours(parts), [x for part in parts for x in part])
    other = None
    if sympy is not None:
        symbols = [[sympy.Symbol(name) for name in part] for part in names()]
        other = sympy.lambdify([x for part in symbols for x in part], theirs(sympy, symbols))
    for _ in range(POINTS):
        values = [rng.uniform(0.5, 2.0, len(part)).tolist() for part in names()]
        values[0], values[1] = (rng.uniform(-3, 3, LINKS + 1).tolist() for _ in "qv")
        point = [x for part in values for x in part]
        agree(run(*point), at_point(values))
        if other is not None:
            agree(run(*point), other(*point))


def ratios(sympy: Any) -> list[float]:
    """Ours over SymPy's processor time, in turn; every time with fresh names and an empty cache."""
    from sympy.core.cache import clear_cache

    found = []
    for i in range(ROUNDS + 1):
        parts = [[sd.Var(name) for name in part] for part in names(f"_{i}")]
        symbols = [[sympy.Symbol(name) for name in part] for part in names(f"_{i}")]
        clear_cache()
        start = time.process_time()
        ours(parts)
        between = time.process_time()
        theirs(sympy, symbols)
        end = time.process_time()
        print(f"ours {readable(between - start)}, SymPy {readable(end - between)}")
        found.append((between - start) / (end - between))
    return found[1:]  # the first one imports and fills tables


def main() -> bool:
    sympy = peer("sympy")
    compare(sympy)
    if sympy is None:
        return True
    return verdict("pendulum over SymPy's diff", float(np.median(ratios(sympy))), 1.0)


if __name__ == "__main__":
    raise SystemExit(not main())
