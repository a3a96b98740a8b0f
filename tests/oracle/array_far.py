"""Array functions with tails, far out, where exponentials leave the numbers of moderate size."""

from __future__ import annotations

import random

from .arrays import ENDS, Step, axis_of, fitting, is_representable, values
from .trees import Call, call, f, leaf

__all__ = ["far"]

# Functions whose tails are tame, and what they are made of.
TAILS: tuple[Step, ...] = (
    lambda d, x, y: call(d.choice(("tanh", "sigmoid", "softplus", "erf", "erfc", "atan")), x),
    lambda d, x, y: call(d.choice(("exp", "cosh", "sinh", "expm1")), x),
    lambda d, x, y: f.exp(-1 * x**2 / d.choice((2, 50))),
    lambda d, x, y: f.exp(-1 * f.abs(x)),
    lambda d, x, y: 1 / (1 + f.exp(-1 * x)),
    lambda d, x, y: 1 / (f.exp(x) - 1),
    lambda d, x, y: f.exp(x) / (1 + f.exp(x)),
    lambda d, x, y: f.log(1 + f.exp(x)),
    lambda d, x, y: f.log(f.exp(x) + f.exp(y)),
    lambda d, x, y: f.log(f.cosh(x)),
    lambda d, x, y: x * f.exp(-1 * y) + f.exp(-2 * y),
    lambda d, x, y: f.softmax(x, axis=axis_of(d, x)),
    lambda d, x, y: f.exp(x) / f.sum(f.exp(x)),
    lambda d, x, y: f.log_softmax(x, axis=axis_of(d, x)),
    lambda d, x, y: f.logsumexp(x, axis=axis_of(d, x)),
    lambda d, x, y: f.log(f.sum(f.exp(x), axis=axis_of(d, x))),
    lambda d, x, y: f.tanh(x) / f.cosh(x) ** 2,
    lambda d, x, y: x - y,
    lambda d, x, y: x * y,
    lambda d, x, y: x @ y,
)


def far(draw: random.Random) -> Call:
    """A few functions with tails, at points where exponentials leave the moderate numbers."""
    while True:
        n, scale = draw.choice((1, 2, 3)), draw.choice((20.0, 60.0, 300.0))
        shapes = draw.choice((((n,), (n,)), ((n, n), (n,)), ((), (n,))))
        pool = [
            leaf(name, values(draw, shape, scale, 0.1))
            for name, shape in zip("xy", shapes, strict=True)
        ]
        inputs = list(pool)
        for _ in range(draw.randint(1, 3)):
            made = fitting(draw.choice(TAILS), draw, pool[-1], draw.choice(pool), is_representable)
            pool += [] if made is None else [made]
        ended = fitting(draw.choice(ENDS[:7]), draw, pool[-1], draw.choice(pool), is_representable)
        if len(pool) > len(inputs) and ended is not None:
            return ended
