"""Digits of value, gradient and Hessian of expressions that lose them as they are written.

The worst error in ulp over the points of each row, next to what JAX, CasADi and SymPy make of the
same text; ``inf`` where a result is nan or out of range and should not be.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from harness import peer, verdict

import symdiff as sd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from stable_rows import Row, beyond, off_by, rows, truth

LIMIT = 4.0
ROWS = len(rows())  # that must keep their digits

Build = Callable[[Row], Callable[..., Sequence[float]]]


def pairs(row: Row) -> list[tuple[int, int]]:
    """The upper triangle of the Hessian."""
    return list(combinations_with_replacement(range(len(row.names.split())), 2))


def ours(row: Row) -> Callable[..., Sequence[float]]:
    xs = sd.vars(row.names)
    f = row.build({name: getattr(sd, name) for name in SPELLED}, xs)
    curves = sd.hessian(f, xs, blocks=True)
    return sd.compile([f, *sd.grad(f, xs), *[curves[i][j] for i, j in pairs(row)]], xs)


SPELLED = """exp log sqrt cbrt sin cos tan asin acos atan atan2 sinh cosh tanh acosh erf erfc
gamma lgamma sigmoid pi""".split()  # noqa: SIM905


def of_jax() -> Build | None:
    jax = peer("jax")
    if jax is None:
        return None
    jax.config.update("jax_enable_x64", True)
    jnp, special = jax.numpy, jax.scipy.special
    other = {"asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "atan2": jnp.arctan2,
             "acosh": jnp.arccosh, "erf": special.erf, "erfc": special.erfc,
             "gamma": special.gamma, "lgamma": special.gammaln,
             "sigmoid": jax.nn.sigmoid}  # fmt: skip
    functions = {n: other[n] if n in other else getattr(jnp, n) for n in SPELLED}

    def build(row: Row) -> Callable[..., Sequence[float]]:
        places = tuple(range(len(row.names.split())))
        f = lambda *xs: row.build(functions, xs)
        slopes, curves = jax.grad(f, places), jax.hessian(f, places)

        def everything(*xs: Any) -> Any:
            h = curves(*xs)
            return [f(*xs), *slopes(*xs), *[h[i][j] for i, j in pairs(row)]]

        return jax.jit(everything)

    return build


def of_casadi() -> Build | None:
    ca = peer("casadi")
    if ca is None:
        return None
    other = {"cbrt": lambda v: ca.sign(v) * ca.fabs(v) ** (1 / 3),
             "sigmoid": lambda v: 1 / (1 + ca.exp(-v)), "pi": math.pi}  # fmt: skip
    functions = {n: other[n] if n in other else getattr(ca, n, None) for n in SPELLED}

    def build(row: Row) -> Callable[..., Sequence[float]]:
        xs = [ca.SX.sym(n) for n in row.names.split()]
        v = ca.vertcat(*xs)
        f = row.build(functions, xs)
        h, g = ca.hessian(f, v)
        cells = [f, *[g[i] for i in range(len(xs))], *[h[i, j] for i, j in pairs(row)]]
        return ca.Function("f", xs, cells)

    return build


def of_sympy() -> Build | None:
    sp = peer("sympy")
    if sp is None:
        return None
    other = {"lgamma": sp.loggamma, "sigmoid": lambda v: 1 / (1 + sp.exp(-v)), "pi": sp.pi}
    functions = {n: other[n] if n in other else getattr(sp, n) for n in SPELLED}

    def build(row: Row) -> Callable[..., Sequence[float]]:
        xs = sp.symbols(row.names, real=True, seq=True)
        f = row.build(functions, xs)
        cells = [f, *[f.diff(v) for v in xs], *[f.diff(xs[i], xs[j]) for i, j in pairs(row)]]
        return sp.lambdify(xs, cells, modules=["scipy", "numpy"], cse=True)

    return build


def worst(
    function: Callable[..., Sequence[float]], row: Row, exact: list[list[Any]]
) -> list[float]:
    """The largest error of the value, of the gradient and of the Hessian."""
    n = len(row.names.split())
    found = [0.0, 0.0, 0.0]
    for point, wanted in zip(row.points, exact, strict=True):
        try:
            results = [float(r) for r in function(*point)]
        except (ArithmeticError, TypeError, ValueError):  # complex, or too large for a float
            results = [math.nan] * len(wanted)
        for i, (result, true) in enumerate(zip(results, wanted, strict=True)):
            part = (i > 0) + (i > n)
            found[part] = max(found[part], off_by(result, true))
    return found


def cell(build: Build, row: Row, exact: list[list[Any]]) -> tuple[str, float]:
    """The three errors as text, and the largest."""
    try:
        found = worst(build(row), row, exact)
    except (TypeError, AttributeError, NotImplementedError, NameError):
        return "not there", math.inf
    return " ".join(f"{e:7.2g}" for e in found), max(found)


def table(listed: Sequence[Row], builders: dict[str, Build]) -> dict[str, int]:
    """Print a line for each row; how many rows each library keeps."""
    kept = dict.fromkeys(builders, 0)
    print(f"{'value, gradient, Hessian in ulp':52s}" + "".join(f"{n:>27s}" for n in builders))
    for row in listed:
        exact = [truth(row, point) for point in row.points]
        line = f"{row.text[:51]:52s}"
        for name, build in builders.items():
            text, largest = cell(build, row, exact)
            kept[name] += largest <= LIMIT
            line += f"{text:>27s}"
        print(line, flush=True)
        if row.reason:
            print(f"    {row.reason}")
    return kept


def main() -> bool:
    warnings.simplefilter("ignore")
    peers = {"JAX": of_jax(), "CasADi": of_casadi(), "SymPy": of_sympy()}
    builders: dict[str, Build] = {"symdiff": ours}
    builders.update({name: build for name, build in peers.items() if build is not None})
    listed = rows()
    kept = table(listed, builders)
    print("\nbeyond what the forms reach")
    table(beyond(), builders)
    for name, count in kept.items():
        print(f"{name} keeps {count} of {len(listed)} rows within {LIMIT:g} ulp")
    fine = verdict(f"rows of {ROWS} that we lose", ROWS - kept["symdiff"], 0.0)
    return verdict("rows that we lose", len(listed) - kept["symdiff"], 0.0) and fine


if __name__ == "__main__":
    raise SystemExit(not main())
