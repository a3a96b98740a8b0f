"""Value, gradient and Hessian of x**2*y + y + 2 at (3, 4) in one compiled call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from harness import agree, peer, race, seconds, verdict

import symdiff as sd


def ours() -> Callable[[float, float], Any]:
    x, y = sd.vars("x y")
    f = x**2 * y + y + 2
    return sd.compile([f, sd.grad(f, [x, y]), sd.hessian(f, [x, y])], [x, y])


def with_sympy() -> Callable[[float, float], Any]:
    import sympy

    x, y = sympy.symbols("x y")
    f = x**2 * y + y + 2
    g = [f.diff(x), f.diff(y)]
    h = sympy.Matrix([[a.diff(b) for b in (x, y)] for a in g])
    return sympy.lambdify([x, y], [f, g, h], "numpy", cse=True)


def with_symengine() -> Callable[[float, float], Any]:
    import symengine

    x, y = symengine.symbols("x y")
    f = x**2 * y + y + 2
    g = [f.diff(x), f.diff(y)]
    run = symengine.Lambdify([x, y], [f, *g, *[a.diff(b) for a in g for b in (x, y)]])
    return lambda a, b: run([a, b])


def with_casadi() -> Callable[[float, float], Any]:
    import casadi

    v = casadi.SX.sym("v", 2)
    f = v[0] ** 2 * v[1] + v[1] + 2
    h, g = casadi.hessian(f, v)
    run = casadi.Function("run", [v], [f, g, h])
    return lambda a, b: [np.array(part) for part in run([a, b])]


def with_jax() -> Callable[[float, float], Any]:
    import jax

    jax.config.update("jax_enable_x64", True)

    def f(v: Any) -> Any:
        return v[0] ** 2 * v[1] + v[1] + 2

    run = jax.jit(lambda v: (f(v), jax.grad(f)(v), jax.hessian(f)(v)))
    return lambda a, b: jax.block_until_ready(run(np.array([a, b])))


def with_heyoka() -> Callable[[float, float], Any]:
    import heyoka

    x, y = heyoka.make_vars("x", "y")
    f = x**2.0 * y + y + 2.0
    g = [heyoka.diff(f, v) for v in (x, y)]
    run = heyoka.cfunc([f, *g, *[heyoka.diff(a, v) for a in g for v in (x, y)]], [x, y])
    return lambda a, b: run(np.array([a, b]))


def peers() -> Iterator[tuple[str, Callable[[float, float], Any]]]:
    for name, make in {
        "sympy": with_sympy, "symengine": with_symengine, "casadi": with_casadi,
        "jax": with_jax, "heyoka": with_heyoka,
    }.items():  # fmt: skip
        if peer(name):
            yield name, make()


def main() -> bool:
    run = ours()
    agree(run(3.0, 4.0), [42, 24, 10, 8, 6, 6, 0])
    fine = verdict(
        "us per call", min(seconds(lambda: run(3.0, 4.0), 20_000) for _ in range(7)) * 1e6, 3
    )
    for name, other in peers():
        agree(run(3.0, 4.0), other(3.0, 4.0))
        ratio = race(f"point / {name}", lambda: run(3.0, 4.0), lambda f=other: f(3.0, 4.0))
        fine = verdict(f"point against {name}", ratio, 1.0) and fine
    return fine


if __name__ == "__main__":
    raise SystemExit(not main())
