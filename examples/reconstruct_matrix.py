"""Reconstructing a matrix R of the integers 0 to 3: minimise Σ(R − X)² + 0.2·Σ√(X²) over X, 10×10.

√(X²) is |X|: the tape sees that before it differentiates, so that the gradient at 0 is 0.
Step i of the descent is 0.1/i long.  The pitfall is a tape that records once, outside the loop.

Run: python examples/reconstruct_matrix.py [folder]     (two plots; by default a temporary folder)
"""

import sys
import tempfile
from math import prod
from pathlib import Path

import numpy as np

import symdiff as sd

SHRINK = prod(1 - 0.2 / i for i in range(1, 1001))  # what 1,000 steps leave of a distance: 0.215738


def loss(X, R):
    return sd.sum((R - X) ** 2) + 0.2 * sd.sum(sd.sqrt(X**2))


def start():
    """R, and where the descent begins; one entry of X is exactly 0."""
    rng = np.random.default_rng(0)
    R, X = rng.integers(0, 4, (10, 10)).astype(float), rng.normal(size=(10, 10))
    X[0, 0] = 0.0
    return R, X


def descend(R, X0, steps=1000):
    """Recorded in each step: the gradient of where X is now."""
    X, R = sd.Variable(X0, name="X"), sd.constant(R, name="R")
    for i in range(1, steps + 1):
        with sd.GradientTape() as tape:
            cost = loss(X, R)
        slope = tape.gradient(cost, X)
        assert np.isfinite(slope.numpy()).all()
        if i == 1:
            print("loss     =", tape.graph(cost))
            print("gradient =", sd.grad(tape.graph(cost), tape.graph(X)))
        X.assign_sub(0.1 / i * slope)
    return X.numpy()


def descend_recorded_once(R, X0, steps=1000):
    """Recorded once, outside the loop: every step follows the gradient of the first point."""
    X, R = sd.Variable(X0, name="X"), sd.constant(R, name="R")
    with sd.GradientTape(persistent=True) as tape:
        cost = loss(X, R)
    for i in range(1, steps + 1):
        X.assign_sub(0.1 / i * tape.gradient(cost, X))
    return X.numpy()


def plot(R, found, folder):
    from matplotlib.figure import Figure
    from scipy.stats import gaussian_kde

    figure = Figure(figsize=(11, 3.8), layout="constrained")
    maps = figure.subplots(1, len(found), sharey=True)
    size = max(np.abs(X - R).max() for X in found.values())
    for axes, (name, X) in zip(maps, found.items(), strict=True):
        image = axes.imshow(X - R, cmap="RdBu", vmin=-size, vmax=size)
        axes.set(title=name, xlabel="column", xticks=range(10), yticks=range(10))
    maps[0].set_ylabel("row")
    figure.colorbar(image, ax=maps, label="error X − R")
    figure.savefig(folder / "reconstruct_errors.png", dpi=150)

    figure = Figure(figsize=(11, 3.8), layout="constrained")
    plots = figure.subplots(1, len(found), sharey=True)
    grid = np.linspace(-1.4 * size, 1.4 * size, 400)
    for axes, (name, X) in zip(plots, found.items(), strict=True):
        for j, errors in enumerate((X - R).T):
            axes.plot(grid, gaussian_kde(errors)(grid), lw=1, label=f"column {j}")
        axes.set(title=name, xlabel="error X − R")
    plots[0].set_ylabel("density of the 10 errors of a column")
    plots[-1].legend(fontsize=7)
    figure.savefig(folder / "reconstruct_density.png", dpi=150)


def main(folder):
    R, X0 = start()
    X = descend(R, X0)
    once = descend_recorded_once(R, X0)

    # While an entry keeps its sign, each step is (X − X*)·(1 − 0.2/i) with X* = R − 0.1·sign.
    signs = np.sign(X0)
    target = R - 0.1 * signs
    kept = (np.sign(X) == signs) & (np.sign(target) == signs)
    np.testing.assert_allclose(X[kept], (target + SHRINK * (X0 - target))[kept], rtol=1e-11)
    print(f"\n{kept.sum()} of 100 entries keep their sign: X = X* + {SHRINK:.6f}·(X₀ − X*)")

    # The first gradient, followed all the way: without its minimum in sight, X runs past R.
    first = 2 * (X0 - R) + 0.2 * signs
    total = sum(0.1 / i for i in range(1, 1001))
    np.testing.assert_allclose(once, X0 - total * first, rtol=1e-10, atol=1e-12)
    found = {"at the start": X0, "recorded in each step": X, "recorded once": once}
    for name, at in found.items():
        cost = loss(sd.constant(at), R).numpy()
        error = f"total error Σ(R − X)² {np.sum((R - at) ** 2):9.4f}"
        print(f"{name:22} loss {cost:9.4f}   {error}   largest {np.abs(at - R).max():.4f}")
    try:
        plot(R, found, folder)
        print("plots:", *sorted(map(str, folder.glob("reconstruct_*.png"))))
    except ImportError:
        print("no plots without matplotlib: pip install 'symdiff-engine[examples]'")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
