"""Twenty pictures to look at: ten graphs, light and dark, as PNG and SVG, and each as a page.

Run: python -m benchmarks.pictures [folder]     (needs the extra ``pictures``: cairosvg)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import symdiff as sd

x, y = sd.vars("x y")
POINT = {x: 3, y: 4}


def textbook() -> dict[str, Any]:
    return {"tree": x**2 * y + y + 2, "at": POINT, "wrt": [x, y]}


def flow() -> dict[str, Any]:
    return {"tree": x * x * y + (y + 2), "at": POINT, "edges": "flow"}


def partials() -> dict[str, Any]:
    f = sd.exp(-(x**2) / 2) * sd.sin(y) / (1 + x * y)
    return {"tree": f, "at": {x: 0.5, y: 1.25}, "edges": "partials"}


def hessian() -> dict[str, Any]:
    (a, b), (_, c) = sd.simplify(sd.hessian(sd.exp(x * y) * sd.sin(x), [x, y]))
    return {"tree": {"f_xx": a, "f_xy": b, "f_yy": c}, "at": {x: 0.5, y: 1.25}}


def eights() -> dict[str, Any]:
    X = sd.Var("X", (2, 2))
    z = sd.sum(X) ** 2
    return {"tree": z, "at": {X: np.ones((2, 2))}, "wrt": [X], "names": {"total": sd.sum(X)}}


def network() -> dict[str, Any]:
    X, W, V, b = (sd.Var(n, s) for n, s in (("X", (20, 4)), ("W", (4, 3)), ("V", (3,)), ("b", 3)))
    h = sd.tanh(X @ W + b)
    rng = np.random.default_rng(0)
    at = {v: rng.normal(size=v.shape) for v in (X, W, V, b)}
    loss = sd.mean((h @ V - 1) ** 2)
    return {"tree": {"loss": loss}, "at": at, "wrt": [W, V, b], "names": {"hidden": h}}


def busy_leaves() -> dict[str, Any]:
    f = sd.sin(x) * sd.cos(x) + sd.exp(-x) / x + sd.log(x) * y
    return {"tree": f, "at": {x: 2.0, y: 0.5}, "wrt": [x, y]}


def branches() -> dict[str, Any]:
    f = sd.where(x > 0, sd.log(x), sd.maximum(y, -x)) ** y
    return {"tree": f, "at": {x: 2.0, y: 3.0}, "wrt": [x, y], "edges": "flow"}


def two_hundred(**options: Any) -> dict[str, Any]:
    """A recurrent cell, unrolled: 200 nodes."""
    weights = a, b, c = sd.vars("a b c")
    inputs = [sd.Var(f"x{i}") for i in range(22)]
    h = sd.Var("h0")
    for v in inputs:
        h = sd.tanh(a * h + b * sd.sin(v) + c)
    at = {**dict.fromkeys(inputs, 0.5), sd.Var("h0"): 0.1, a: 0.9, b: 0.5, c: -0.2}
    return {"tree": h, "at": at, "wrt": list(weights), **options}


def collapsed() -> dict[str, Any]:
    return two_hundred(collapse=True)


GRAPHS = (
    textbook, flow, partials, hessian, eights, network, busy_leaves, branches, two_hundred,
    collapsed,
)  # fmt: skip


def main(folder: Path) -> None:
    for graph in GRAPHS:
        for theme in ("light", "dark"):
            drawn = sd.draw(**graph(), theme=theme)
            for suffix in ("svg", "png"):
                drawn.save(folder / f"{graph.__name__}_{theme}.{suffix}")
        sd.draw(**graph()).save(folder / f"{graph.__name__}.html")
        print(f"{graph.__name__:12} {drawn!r} by {drawn.engine}")
    print("pictures:", folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
