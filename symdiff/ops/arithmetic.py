"""Arithmetic: the operations behind Python's operators, powers and named constants."""

from __future__ import annotations

import math
from itertools import accumulate

from ..domain import NONNEGATIVE, Interval
from ..expr import Expr, Op
from ..leaves import const
from ..rule import Linear, NonDiff, Partials
from .row import binary, promote, row, unary

NONZERO_SAMPLE = Interval(0.05, 40.0)


def _products_of_others(args: tuple[Expr, ...], out: Expr) -> list[Expr]:
    """The product of all arguments but one, for each: prefix times suffix, O(n) in total."""
    if len(args) == 2:
        return [args[1], args[0]]
    if len(args) == 1:
        return [const(1)]
    times = lambda a, b: a * b
    before = list(accumulate(args[:-1], times))
    after = list(accumulate(reversed(args[1:]), lambda a, b: b * a))[::-1]
    inner = [b * a for b, a in zip(before, after[1:], strict=False)]
    return [after[0], *inner, before[-1]]


add: Op = row("add", arity=None, rule=Linear(lambda g, node, i: g), numpy="np.add",
    native=("basic.add", 0.5),
    python="{0} + {1}", mpmath=lambda mp, *a: mp.fsum(a), kind=promote,
    facts="associative commutative", infix="+", precedence=60, latex="{0} + {1}", accuracy=(0.5,
    0.5))
sub: Op = row("sub", arity=2, rule=Linear(lambda g, node, i: -g if i else g), numpy="np.subtract",
    native=("basic.sub", 0.5),
    python="{0} - {1}", mpmath=lambda mp, a, b: a - b, kind=promote,
    infix="-", precedence=60, latex="{0} - {1}", accuracy=(0.5, 0.5))
neg: Op = row("neg", rule=Linear(lambda g, node, i: -g), numpy="np.negative",
    native=("basic.neg", 0.0), python="-{0}",
    mpmath=lambda mp, a: -a, kind=promote, facts="odd decreasing",
    infix="-", precedence=80, latex="-{0}", accuracy=(0.0, 0.0))
mul: Op = row("mul", arity=None, rule=Partials(all=_products_of_others), numpy="np.multiply",
    native=("basic.mul", 0.5),
    python="{0} * {1}", mpmath=lambda mp, *a: mp.fprod(a), kind=promote,
    facts="associative commutative",
    infix="*", precedence=70, latex="{0} {1}", pretty="·", accuracy=(0.5, 0.5))
div: Op = binary("div", lambda x, y, out: 1 / y, lambda x, y, out: -out / y, numpy="np.divide",
    native=("basic.div", 0.5),
    python="{0} / {1}", mpmath=lambda mp, a, b: a / b,
    test=(Interval(-40, 40), NONZERO_SAMPLE), cost=3, infix="/", precedence=70,
    latex=r"\frac{{{0}}}{{{1}}}", accuracy=(0.5, 1.5))
reciprocal: Op = unary("reciprocal", lambda x, out: -out * out, numpy="np.reciprocal",
    native=("basic.reciprocal", 0.5),
    python="1.0 / {0}", mpmath=lambda mp, a: 1 / a, test=(NONZERO_SAMPLE,),
    facts="odd", cost=3, latex=r"\frac{{1}}{{{0}}}", accuracy=(0.5, 2.0), source="DLMF 4.7.10")
square: Op = unary("square", lambda x, out: 2 * x, numpy="np.square",
    native=("basic.square", 0.5), python="{0} * {0}",
    mpmath=lambda mp, a: a * a, kind=promote, range=NONNEGATIVE, facts="even",
    latex="{0}^{{2}}", accuracy=(0.5, 0.5), source="DLMF 4.7.10")
abs: Op = unary("abs", lambda x, out: sign(x), numpy="np.abs",
    native=("vectors.absolute", 0.0), python="abs({0})", mpmath="fabs",
    kind=promote, range=NONNEGATIVE, kinks=((0.0, 0.0),), facts="even",
    latex=r"\left|{0}\right|", pretty="|{0}|", accuracy=(0.0, 0.0),
    source="x*sign(x); slope 0 at 0")
sign: Op = row("sign", rule=NonDiff("it is constant on either side of 0"), numpy="np.sign",
    native=("basic.sign", 0.0),
    mpmath="sign", range=Interval(-1, 1, True, True), kinks=((0.0, 0.0),),
    facts="odd increasing integer", latex=r"\operatorname{{sgn}}", accuracy=(0.0, 0.0))
mod: Op = binary("mod", lambda x, y, out: const(1), lambda x, y, out: -floor(x / y), numpy="np.mod",
    mpmath="fmod", kind=promote, test=(Interval(-40, 40), NONZERO_SAMPLE), cost=10,
    infix="%", precedence=70, latex=r"{0} \bmod {1}", accuracy=(0.5, 0.0),
    source="x - y*floor(x/y)")
floor: Op = row("floor", rule=NonDiff("it is constant between integers"), numpy="np.floor",
    native=("vectors.floor", 0.0),
    mpmath="floor", facts="increasing integer", latex=r"\left\lfloor {0} \right\rfloor",
    pretty="⌊{0}⌋", accuracy=(0.0, 0.0))
ceil: Op = row("ceil", rule=NonDiff("it is constant between integers"), numpy="np.ceil",
    native=("vectors.ceil", 0.0),
    mpmath="ceil", facts="increasing integer", latex=r"\left\lceil {0} \right\rceil",
    pretty="⌈{0}⌉", accuracy=(0.0, 0.0))
round: Op = row("round", rule=NonDiff("it is constant between half-integers"), numpy="np.rint",
    native=("vectors.rint", 0.0),
    mpmath="nint", facts="odd increasing integer", latex=r"\operatorname{{round}}",
    accuracy=(0.0, 0.0))
trunc: Op = row("trunc", rule=NonDiff("it is constant between integers"), numpy="np.trunc",
    native=("vectors.trunc", 0.0),
    mpmath=lambda mp, a: mp.floor(a) if a > 0 else mp.ceil(a), facts="odd increasing integer",
    latex=r"\operatorname{{trunc}}", accuracy=(0.0, 0.0))
stop_gradient: Op = row("stop_gradient", rule=NonDiff("sd.stop_gradient holds it fixed"),
    numpy="np.positive", native=("basic.same", 0.0), python="{0}", mpmath=lambda mp, a: a,
    latex=r"\operatorname{{stop}}", accuracy=(0.0, 0.0))

pi: Op = row("pi", arity=0, numpy="np.pi", python="math.pi", mpmath=lambda mp: +mp.pi,
    constant=math.pi, range=Interval(math.pi, math.nextafter(math.pi, 4), True),
    latex=r"\pi", pretty="π", cost=0, accuracy=(0.5, 0.0))
e: Op = row("e", arity=0, numpy="np.e", python="math.e", mpmath=lambda mp: +mp.e,
    constant=math.e, range=Interval(math.e, math.nextafter(math.e, 4), True),
    latex="e", pretty="e", cost=0, accuracy=(0.5, 0.0))
