"""Kernels on their own: the loop of one operation, its error in many digits, special values."""

import dataclasses
import math

import mpmath
import numpy as np

import symdiff as sd
from symdiff.backend.lower import lower
from symdiff.expr import OPS
from symdiff.native.batches import NativeBlocks
from symdiff.native.machine import here
from symdiff.ops.implementations import on_arrays

ROWS = [op for op in OPS.values() if op.native]
FUNCTIONS = [op for op in ROWS if op.native[1] > 0 and op.arity in (1, 2)]
SPECIAL = [
    math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 2.0**-1022, 1e-200,
    1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.0, 3.0, -3.0,
    40.0, -40.0, 709.7, -709.7, 709.8, 710.4,
    711.0, -708.5, -745.0, -745.2, -746.0, 1e5, -1e5, 2.0**52, 2.0**53 + 2, -(2.0**52) - 1, 2.0**27,
    1e10, 1e155, -1e155, 1e200, -1e200, 1e308, -1e308, 1.7976931348623157e308,
    -1.7976931348623157e308,
    1 - 2.0**-53, 1 + 2.0**-52, -1 + 2.0**-53, -1 - 2.0**-52, 1023.9, 1024.0, -1074.0, -1075.5,
]  # fmt: skip


def arguments(op):
    """Variables of the kinds that an operation takes."""
    kinds = ["bool" if op is sd.Where and i == 0 else "real" for i in range(op.arity or 2)]
    return [sd.Var(f"x{i}", kind=kind) for i, kind in enumerate(kinds)]


def native(op, width=None):
    """The operation as native code on arrays, for vectors of ``width`` doubles."""
    machine = here()
    if width is not None:
        machine = machine._replace(width=width, scaling=width == machine.width == 8)
    variables = arguments(op)
    blocks = NativeBlocks(lower([op(*variables)], variables), (), machine)
    assert len(blocks.parts) == len(blocks.objects) == 1, "some of it runs as NumPy"
    return lambda *columns: blocks(columns, columns[0].shape, np.float64)[0]


def drawn(op, count, seed):
    """Arguments of every size and sign, and more of those where functions bend."""
    rng = np.random.default_rng(seed)
    columns = []
    for _ in range(op.arity or 2):
        bits = rng.integers(0, 2**64, count, dtype=np.uint64).view(np.float64)
        sizes = np.exp(rng.uniform(-40, 7, count)) * rng.choice([-1.0, 1.0], count)
        parts = [
            bits, sizes, 1 + sizes[::-1] * 1e-3, np.exp(rng.uniform(-700, 700, count)),
            *[rng.uniform(-bound, bound, count) for bound in (1, 4, 30, 750)],
        ]  # fmt: skip
        columns.append(np.choose(rng.integers(0, len(parts), count), parts))
    return columns


@dataclasses.dataclass
class Worst:
    error: float
    at: tuple


def worst(op, columns, values):
    """The largest error, in units in the last place of the true value, where that is a number."""
    function = getattr(mpmath.mp, op.mpmath) if isinstance(op.mpmath, str) else None
    found = Worst(0.0, ())
    with mpmath.workprec(300):
        for value, *point in zip(values.tolist(), *[c.tolist() for c in columns], strict=True):
            if not all(map(math.isfinite, point)):
                continue
            given = [mpmath.mpf(x) for x in point]
            try:
                truth = function(*given) if function else op.mpmath(mpmath.mp, *given)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            if isinstance(truth, mpmath.mpc) or not mpmath.isfinite(truth):
                continue
            nearest = float(truth)
            if math.isinf(nearest):
                assert value == nearest, (op, point, value)
                continue
            error = float(abs(mpmath.mpf(value) - truth) / math.ulp(nearest))
            if math.isnan(error):
                return Worst(math.inf, (*point, value, nearest))
            if error > found.error:
                found = Worst(error, (*point, value, nearest))
    return found


def same_kind(ours, numpys):
    """Where two arrays are nan, inf and negative alike."""
    with np.errstate(all="ignore"):
        nan = np.isnan(ours), np.isnan(numpys)
        infinite = np.isinf(ours) == np.isinf(numpys)
        negative = np.signbit(ours) == np.signbit(numpys)
        return (nan[0] & nan[1]) | ((nan[0] == nan[1]) & infinite & negative)


def by_numpy(op, columns):
    with np.errstate(all="ignore"):
        return on_arrays(op)(*columns)
