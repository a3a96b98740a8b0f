"""Eight ways to one gradient, side by side: value, error against 50 digits, time, operations.

f(x1, ..., x6) = sin(p) + log(1 + p²) with p = x1·x2·x3·x4·x5·x6: six inputs, one output.

Run: python examples/methods_compared.py [folder]     (the plot; by default a temporary folder)
"""

import sys
import tempfile
from pathlib import Path
from timeit import Timer

import mpmath
import numpy as np

import symdiff as sd
from symdiff import Dual, central_difference, complex_step, forward_difference
from symdiff.witness import mp_derivative

POINT = [1.1, 0.9, 1.3, 0.8, 1.2, 0.7]
N = len(POINT)
UNIT = np.eye(N).tolist()
X = [sd.Var(f"x{i + 1}") for i in range(N)]
V = [sd.Var(f"v{i + 1}") for i in range(N)]  # a direction


def f(*x):
    """Plain Python: it takes numbers, complex numbers, dual numbers and symbols alike."""
    p = x[0]
    for factor in x[1:]:
        p = p * factor
    return np.sin(p) + np.log(1 + p * p)


def manual(*x):
    """By hand: dp/dxi = p/xi, then the chain rule."""
    p = x[0] * x[1] * x[2] * x[3] * x[4] * x[5]
    slope = np.cos(p) + 2 * p / (1 + p * p)
    return [slope * p / xi for xi in x]


def methods():
    """The name of each method, its gradient as a function of the point, and its operations."""
    graph = f(*X)
    once = sd.count_ops(graph)
    formulas = sd.grad(graph, X)  # symbolic: one formula for each partial derivative
    each = [sd.compile(formula, X) for formula in formulas]
    sweep = sd.jvp(graph, X, V)  # forward: one sweep for each direction, so six
    forward = sd.compile(sweep, [*X, *V])
    back = sd.vjp(graph, X, 1)  # reverse: one sweep back from f gives all six
    reverse = sd.compile(back, X)
    dual = lambda x: [f(*map(Dual, x, direction)).eps for direction in UNIT]
    pair = sd.count_ops([graph, sd.jvp(graph, X, V, simplify=False)])  # value and slope
    return [
        ("manual", lambda x: manual(*x), sd.count_ops(manual(*X))),
        ("forward difference", lambda x: forward_difference(f, x), (N + 1) * once + 3 * N),
        ("central difference", lambda x: central_difference(f, x), 2 * N * once + 5 * N),
        ("complex step", lambda x: complex_step(f, x), N * (once + 2)),
        ("symbolic", lambda x: [g(*x) for g in each], sum(map(sd.count_ops, formulas))),
        ("dual numbers", dual, N * pair),
        ("forward mode", lambda x: [forward(*x, *e) for e in UNIT], N * sd.count_ops(sweep)),
        ("reverse mode", lambda x: reverse(*x), sd.count_ops(back)),
    ]


def truth():
    """The gradient at POINT by mpmath, to 50 digits, without any derivative rule."""
    at = dict(zip(X, POINT, strict=True))
    return [mp_derivative(f(*X), at, [(x, ())], digits=50) for x in X]


def errors(found, exact):
    """The relative error of each entry, itself computed with 50 digits."""
    with mpmath.workdps(50):
        return [float(abs(a / b - 1)) for a, b in zip(found, exact, strict=True)]


def microseconds(gradient):
    """The time of one call: the best of three runs of about ten milliseconds."""
    timer = Timer(lambda: gradient(POINT))
    count = max(1, int(0.01 / timer.timeit(1)))
    return min(timer.repeat(3, count)) / count * 1e6


def plot(path, exact):
    """Error against step size, with what Taylor's formula and rounding predict."""
    from matplotlib.figure import Figure

    h = np.logspace(-15, -0.5, 117)
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    for quotient, look, label in (
        (complex_step, "C2s", "complex step: imag f(x + ih) / h"),
        (forward_difference, "C3.", "forward: (f(x + h) − f(x)) / h"),
        (central_difference, "C0.", "central: (f(x + h) − f(x − h)) / 2h"),
    ):
        found = [errors(quotient(f, POINT, step), exact)[0] for step in h]
        axes.loglog(h, np.maximum(found, 4e-17), look, ms=4, label=label)
    slopes = [sd.derivative(f(*X), X[0], n) for n in (1, 2, 3)]
    one, two, three = (abs(s(**{x.name: v for x, v in zip(X, POINT, strict=True)})) for s in slopes)
    axes.loglog(h, 2.0**-53 / h, "k:", lw=1, label="rounding: ε / h")
    axes.loglog(h, two / one / 2 * h, "k--", lw=1, label="truncation: h·f″/2f′")
    axes.loglog(h, three / one / 6 * h**2, "k-.", lw=1, label="truncation: h²·f‴/6f′")
    axes.set(ylim=(1e-17, 10), xlabel="step size h", ylabel="relative error of ∂f/∂x1")
    axes.set_title("Difference quotients: large steps truncate, small steps round")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper center", fontsize=9)
    figure.savefig(path, dpi=150)


def main(folder):
    print("f =", f(*X), "\n")
    exact = truth()
    print(f"{'method':20}{'df/dx1':>22}{'worst error':>14}{'µs':>10}{'operations':>12}")
    for name, gradient, operations in methods():
        found = gradient(POINT)
        worst, time = max(errors(found, exact)), microseconds(gradient)
        print(f"{name:20}{found[0]:22.16f}{worst:14.1e}{time:10.1f}{operations:12}")
        assert worst < (1e-4 if name == "forward difference" else 1e-9), name
    print(f"{'50 digits':20}{mpmath.nstr(exact[0], 17):>22}")
    print("(dual numbers build a small graph for every operation here: to read, not to be fast)\n")
    try:
        plot(folder / "step_size.png", exact)
        print("plot:", folder / "step_size.png")
    except ImportError:
        print("no plot without matplotlib: pip install 'symdiff-engine[examples]'")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="symdiff-")))
