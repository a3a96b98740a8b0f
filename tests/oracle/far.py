"""Far points: arguments where exponentials, hyperbolic functions and gamma reach their limits."""

from __future__ import annotations

import random

from mpmath import mp

from .cases import Case, Point, domains, occurring
from .identities import FAMILIES, POWERS, identity_text
from .scalars import random_text
from .truth import value

SIZES = (5.0, 9.0, 12.5, 16.0, 20.0, 27.0, 38.0, 60.0, 100.0, 177.0, 300.0, 360.0, 500.0, 700.0,
         745.0, 800.0, 1000.0)  # fmt: skip
GROWING = [f for f in FAMILIES if any("exp(" in k or "gamma(" in k for k in f.kernels)]
ARGUMENTS = ("x", "x", "-x", "2*x", "x/2", "y", "x - y", "p*x", "x**2", "-x**2", "-x**2/2",
             "-x**2/8", "(x - y)/p")  # fmt: skip
POSITIVES = ("p", "p", "q", "p + 1", "2*p", "x**2")
WANTED = 5


def make(r: random.Random) -> Case:
    """A text of growing and decaying functions, at points where its value still exists."""
    while True:
        text = random_text(r) if r.random() < 0.25 else _text(r)
        names = occurring(text)
        found = [at for at in [_point(r, names) for _ in range(2 * WANTED)] if _exists(text, at)]
        if names and found:
            return Case(text, domains(r, names), found[:WANTED], far=True)


def _text(r: random.Random) -> str:
    if r.random() < 0.6:
        return identity_text(r, GROWING, ARGUMENTS, POSITIVES)
    parts = [_product(r) for _ in range(r.randint(1, 3))]
    top = " + ".join(parts)
    return f"({top})/({_product(r)} + {_product(r)})" if r.random() < 0.4 else top


def _product(r: random.Random) -> str:
    """Powers of growing functions of simple arguments, and a slow factor."""
    functions = ("exp", "exp", "exp", "tanh", "cosh", "sinh", "sigmoid", "softplus", "erfc", "sech",
                 "expm1", "gamma")  # fmt: skip
    factors = [r.choice(["1", "2", "y", "x", "1/2", "-1", "p"])]
    for _ in range(r.randint(1, 2)):
        name = r.choice(functions)
        u = r.choice(POSITIVES if name == "gamma" else ARGUMENTS)
        factors.append(f"{name}({u}){r.choice(POWERS)}")
    return "*".join(factors)


def _point(r: random.Random, names: list[str]) -> Point:
    """One or all variables far out."""
    chosen = r.choice(names) if names and r.random() < 0.7 else None
    near = lambda: round(r.uniform(0.3, 2.5), 2)
    sign = lambda name: 1 if name in "pqs" else r.choice([-1, 1])
    far = lambda: r.choice(SIZES) * (1 if r.random() < 0.5 else round(r.uniform(0.9, 1.1), 3))
    return {n: sign(n) * (near() if chosen not in (None, n) else far()) for n in names}


def _exists(text: str, at: Point) -> bool:
    found = value(text, at)
    return bool(mp.isfinite(found) and abs(found) < 1e300)
